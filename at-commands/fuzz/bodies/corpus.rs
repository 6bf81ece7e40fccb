//! The seeds of fuzzing: the octets and the lines of the vectors, each given to the bodies that can make something of it.

use serde_json::Value;

/// The octets of every vector that is whole hex.
pub fn octets(vectors: &[Value]) -> Vec<Vec<u8>> {
    vectors.iter().filter_map(|vector| at_commands::hex::decode(vector.get("hex").and_then(Value::as_str)?).ok()).collect()
}

/// What modems said in the vectors, with a line end behind it.
pub fn lines(vectors: &[Value]) -> Vec<Vec<u8>> {
    let texts =
        vectors.iter().filter(|vector| vector["kind"].as_str().is_some_and(|kind| kind.starts_with("at-") || kind == "malformed-reply"));
    texts.filter_map(|vector| Some(format!("{}\r\n", vector.get("text").and_then(Value::as_str)?).into_bytes())).collect()
}

/// The same as dialogues: a command (bytes 80 to 87, see `chat`), some time, and what the modem said.
pub fn dialogues(vectors: &[Value]) -> Vec<Vec<u8>> {
    let said = lines(vectors).into_iter().zip((0x80..=0x87_u8).cycle());
    said.map(|(line, command)| [&[command, 0xA4][..], &line, &[0xAF], b"\r\nOK\r\n"].concat()).collect()
}
