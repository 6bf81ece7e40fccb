//! `answerback config`: everything a technician changes, as ONE TOML file. The daemon takes it as a whole or not at all; its
//! refusals point into the JSON that was sent, and this file turns each pointer back into a line of the TOML.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hyper::Method;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::client::Client;
use super::{Failure, Place, say, table};
use crate::config::line_of;

/// Export and import settings, lanes, endpoints, webhooks, rosters, keys and flows as one file.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example:\n  answerback config export > box.toml\n  answerback config import box.toml")]
pub enum Config {
    /// Write the configuration to standard output.
    #[command(after_help = "Example:\n  answerback config export --secrets > box.toml")]
    Export {
        /// With the secrets of endpoints and webhooks: keep that file as carefully as the box.
        #[arg(long)]
        secrets: bool,
    },
    /// Apply a file as a whole; what it does not name stays as it is.
    #[command(after_help = "Example:\n  answerback config import box.toml")]
    Import {
        /// The file. `[[flow]] file = "NAME.flow.toml"` is looked for beside it.
        file: PathBuf,
    },
}

impl Config {
    /// Does it.
    pub async fn go(self, place: &Place, client: &Client) -> Result<(), Failure> {
        match self {
            Self::Export { secrets } => export(place, client, secrets).await,
            Self::Import { file } => import(place, client, &file).await,
        }
    }
}

async fn export(place: &Place, client: &Client, secrets: bool) -> Result<(), Failure> {
    let path = if secrets { "/v1/config?secrets=true" } else { "/v1/config" };
    let document = client.get(path).await?;
    if place.json {
        say(&format!("{document:#}"));
        return Ok(());
    }
    let text = toml::to_string_pretty(&without_nulls(&document));
    say(text.map_err(|error| Failure::no(format!("this configuration cannot be written as TOML: {error}")))?.trim_end());
    Ok(())
}

/// TOML has no null: an absent value is an absent key.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

async fn import(place: &Place, client: &Client, file: &Path) -> Result<(), Failure> {
    let name = file.display().to_string();
    let source = std::fs::read_to_string(file).map_err(|error| Failure::configuration(format!("{name}: cannot be read ({error})")))?;
    let read = read(&name, &source, file.parent().unwrap_or(Path::new(".")))?;
    let answer = client.call(Method::POST, "/v1/config", Some(&read.body)).await?;
    if !answer.ok {
        return Err(refused(&name, &read.lines, answer));
    }
    place.print(&answer.body, |applied| {
        let counts = applied.as_object().into_iter().flatten().map(|(what, count)| format!("{what} {count}"));
        format!("applied: {}", table::plain(&counts.collect::<Vec<_>>().join(", ")))
    });
    Ok(())
}

/// A refusal of the daemon, with the file's line in front.
fn refused(file: &str, lines: &BTreeMap<String, usize>, answer: super::client::Answer) -> Failure {
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let Some(first) = errors.first() else {
        return answer.accepted().err().unwrap_or_else(|| Failure::no("refused"));
    };
    let (pointer, reason) = (first["pointer"].as_str().unwrap_or_default(), first["reason"].as_str().unwrap_or_default());
    let more = if errors.len() > 1 { format!(" (and {} more)", errors.len() - 1) } else { String::new() };
    Failure::configuration(format!("{file}:{}: {}: {}{more}", line_at(lines, pointer), key(pointer), table::plain(reason)))
}

/// The line of a pointer, or of the nearest thing around it.
fn line_at(lines: &BTreeMap<String, usize>, pointer: &str) -> usize {
    let mut place = pointer;
    loop {
        if let Some(line) = lines.get(place) {
            return *line;
        }
        match place.rsplit_once('/') {
            Some((around, _)) => place = around,
            None => return 1,
        }
    }
}

/// `/endpoint/0/url` as people write it: `endpoint[0].url`.
fn key(pointer: &str) -> String {
    pointer.split('/').skip(1).fold(String::new(), |path, part| match part.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) if path.is_empty() => part.to_owned(),
        Err(_) => format!("{path}.{part}"),
    })
}

#[derive(Debug)]
struct Read {
    body: Value,
    /// JSON pointer to line.
    lines: BTreeMap<String, usize>,
}

fn read(file: &str, source: &str, beside: &Path) -> Result<Read, Failure> {
    let wrong = |line: usize, reason: &str| Failure::configuration(format!("{file}:{line}: {reason}"));
    let document = DeTable::parse(source).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(source, span.start));
        wrong(line, &error.message().replace('\n', "; "))
    })?;
    let mut lines = BTreeMap::new();
    let mut body = json_table(document.get_ref(), "", source, &mut lines);
    for (index, flow) in body.get_mut("flow").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
        let Some(path) = flow["file"].as_str().map(|name| beside.join(name)) else { continue };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let reason = format!("flow[{index}].file: {} cannot be read ({error})", path.display());
            wrong(line_at(&lines, &format!("/flow/{index}/file")), &reason)
        })?;
        flow["text"] = Value::String(text);
    }
    Ok(Read { body, lines })
}

fn json_table(table: &DeTable<'_>, pointer: &str, source: &str, lines: &mut BTreeMap<String, usize>) -> Value {
    let mut map = Map::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        lines.insert(pointer.clone(), line_of(source, key.span().start));
        map.insert(name.to_owned(), json_value(value, &pointer, source, lines));
    }
    Value::Object(map)
}

fn json_value(value: &Spanned<DeValue<'_>>, pointer: &str, source: &str, lines: &mut BTreeMap<String, usize>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Integer(number) => number.as_str().parse::<i64>().map_or_else(|_| Value::String(number.as_str().to_owned()), Value::from),
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or_else(|_| Value::String(number.as_str().to_owned()), Value::from),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Datetime(at) => Value::String(at.to_string()),
        DeValue::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let pointer = format!("{pointer}/{index}");
                lines.insert(pointer.clone(), line_of(source, item.span().start));
                json_value(item, &pointer, source, lines)
            });
            Value::Array(items.collect())
        }
        DeValue::Table(table) => json_table(table, pointer, source, lines),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str =
        "[settings]\nutility = \"X\"\n\n[[endpoint]]\nname = \"a\"\nurl = \"b\"\n[[endpoint]]\nname = \"c\"\ntimeout = 3\n";

    #[test]
    fn a_pointer_finds_its_line_again() {
        let read = read("f.toml", SOURCE, Path::new("/nowhere")).expect("right TOML");
        assert_eq!(read.body["endpoint"][1]["timeout"], 3);
        for (pointer, line) in
            [("/settings/utility", 2), ("/endpoint/0/url", 6), ("/endpoint/1/timeout", 9), ("/endpoint/1/url", 7), ("/x", 1)]
        {
            assert_eq!(line_at(&read.lines, pointer), line, "{pointer}");
        }
        assert_eq!(key("/endpoint/0/url"), "endpoint[0].url");
    }

    #[test]
    fn broken_toml_and_missing_files_name_file_and_line() {
        for (source, expect) in [
            ("[settings]\nutility = \n", "f.toml:2: "),
            ("\n[[flow]]\nfile = \"none.flow.toml\"\n", "f.toml:3: flow[0].file: /nowhere/none.flow.toml cannot be read"),
        ] {
            let failure = read("f.toml", source, Path::new("/nowhere")).expect_err(source);
            assert!(failure.words.starts_with(expect), "{}", failure.words);
            assert_eq!(failure.code, 78);
        }
    }
}
