//! `answerback.toml`: what the daemon needs before its database opens (interfaces.md section 3), and the `ANSWERBACK_*` overrides.
//!
//! Everything else a technician changes lives in the database. An unknown key, a wrong type or a bad value is refused with
//! file, line, key and what is allowed; nothing is guessed and nothing is ignored.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

/// Where the file is looked for when nothing else is said.
pub const DEFAULT_FILE: &str = "/etc/answerback/answerback.toml";
/// Where the local commands find the daemon when nothing else is said.
pub const DEFAULT_SOCKET: &str = "/run/answerback/answerback.sock";
/// Where the root helper's unit listens.
const DEFAULT_HELPER: &str = "/run/answerback-usb.sock";

/// What the daemon is told before its database opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the HTTP API and the pages are served.
    pub listen: SocketAddr,
    /// The unix socket of the local commands.
    pub socket: PathBuf,
    /// The unix socket of the root helper that resets USB devices and switches power; nobody need listen there.
    pub helper: PathBuf,
    /// The state directory.
    pub store_dir: PathBuf,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Where modems are.
    pub modems: Modems,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where modems are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Modems {
    /// Every port that one of these patterns names, now or later.
    Scan(Vec<String>),
    /// These ports and no others.
    Named(Vec<ModemPort>),
}

/// One `[[modem]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModemPort {
    /// A device path; may be a symlink, may appear later.
    pub port: PathBuf,
    /// What people call it.
    pub name: Option<String>,
    /// Line speed; where none is named, 115200, and where nothing answers the other usual ones.
    pub baud: Option<u32>,
}

/// What is wrong and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file, or the variable of the environment.
    pub file: String,
    /// Line in the file, from 1.
    pub line: Option<usize>,
    /// Which key.
    pub key: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8480)),
            socket: PathBuf::from(DEFAULT_SOCKET),
            helper: PathBuf::from(DEFAULT_HELPER),
            store_dir: PathBuf::from("/var/lib/answerback"),
            log_format: LogFormat::Text,
            modems: Modems::Scan(vec!["/dev/answerback/*".to_owned(), "/dev/ttyUSB*".to_owned()]),
        }
    }
}

/// Reads the file (the default one may be absent, a named one may not), then lets the environment override it.
pub fn load(file: Option<&Path>, environment: &BTreeMap<String, String>) -> Result<Config, Error> {
    let path = file.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            let reason = format!("cannot be read ({error}); name a readable file with --config");
            return Err(Error { file: path.display().to_string(), line: None, key: String::new(), reason });
        }
    };
    let mut config = parse(&path.display().to_string(), &source)?;
    overlay(&mut config, environment)?;
    Ok(config)
}

/// Reads the text of one file.
pub fn parse(file: &str, source: &str) -> Result<Config, Error> {
    let at = Place { file, source };
    let document = DeTable::parse(source).map_err(|error| at.error(error.span(), "", error.message().replace('\n', "; ")))?;
    let mut config = Config::default();
    let mut named = Vec::new();
    for (section, value) in document.get_ref() {
        let (name, span) = (section.get_ref().as_ref(), section.span());
        match (name, value.get_ref()) {
            ("modem", DeValue::Array(rows)) => {
                for row in rows {
                    named.push(modem(&at, row)?);
                }
            }
            ("modem", _) => return Err(at.error(Some(span), name, "write [[modem]] with two brackets, one for each modem")),
            (name, DeValue::Table(table)) if SECTIONS.contains(&name) => read_section(&at, &mut config, name, table)?,
            (name, _) if SECTIONS.contains(&name) => return Err(at.error(Some(span), name, format!("write it as a table: [{name}]"))),
            (name, _) => return Err(at.error(Some(span), name, format!("unknown; known are {}, modem", SECTIONS.join(", ")))),
        }
    }
    if !named.is_empty() {
        config.modems = Modems::Named(named);
    }
    Ok(config)
}

const SECTIONS: [&str; 4] = ["http", "log", "modems", "store"];

/// One key of the file: its section, its name, how its value is taken and the variable that overrides it.
struct Key {
    section: &'static str,
    name: &'static str,
    variable: &'static str,
    take: fn(&mut Config, Given<'_>) -> Result<(), String>,
}

const KEYS: &[Key] = &[
    Key { section: "http", name: "listen", variable: "ANSWERBACK_HTTP_LISTEN", take: take_listen },
    Key { section: "http", name: "socket", variable: "ANSWERBACK_HTTP_SOCKET", take: take_socket },
    Key { section: "http", name: "tls", variable: "ANSWERBACK_HTTP_TLS", take: take_tls },
    Key { section: "log", name: "format", variable: "ANSWERBACK_LOG_FORMAT", take: take_log_format },
    Key { section: "modems", name: "helper", variable: "ANSWERBACK_MODEMS_HELPER", take: take_helper },
    Key { section: "modems", name: "scan", variable: "ANSWERBACK_MODEMS_SCAN", take: take_scan },
    Key { section: "store", name: "dir", variable: "ANSWERBACK_STORE_DIR", take: take_dir },
];

/// A value of the file, or of the environment.
#[derive(Clone, Copy)]
enum Given<'a> {
    File(&'a DeValue<'a>),
    Variable(&'a str),
}

fn read_section(at: &Place<'_>, config: &mut Config, section: &str, table: &DeTable<'_>) -> Result<(), Error> {
    for (name, value) in table {
        let path = format!("{section}.{}", name.get_ref());
        let Some(key) = KEYS.iter().find(|key| key.section == section && key.name == name.get_ref().as_ref()) else {
            let known: Vec<&str> = KEYS.iter().filter(|key| key.section == section).map(|key| key.name).collect();
            return Err(at.error(Some(name.span()), &path, format!("unknown; [{section}] has {}", known.join(", "))));
        };
        (key.take)(config, Given::File(value.get_ref())).map_err(|reason| at.error(Some(value.span()), &path, reason))?;
    }
    Ok(())
}

fn overlay(config: &mut Config, environment: &BTreeMap<String, String>) -> Result<(), Error> {
    for (variable, value) in environment {
        let wrong = |key: &str, reason: String| Error { file: variable.clone(), line: None, key: key.to_owned(), reason };
        if let Some(key) = KEYS.iter().find(|key| key.variable == variable) {
            (key.take)(config, Given::Variable(value)).map_err(|reason| wrong(&format!("{}.{}", key.section, key.name), reason))?;
        } else if PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) {
            let known: Vec<&str> = KEYS.iter().map(|key| key.variable).collect();
            return Err(wrong("", format!("unknown variable; known are {}", known.join(", "))));
        }
    }
    Ok(())
}

/// Variables that begin so are ours and must be known; other `ANSWERBACK_*` variables belong to tools beside the daemon.
const PREFIXES: [&str; 4] = ["ANSWERBACK_HTTP_", "ANSWERBACK_LOG_", "ANSWERBACK_MODEMS_", "ANSWERBACK_STORE_"];

fn words<'a>(given: Given<'a>, example: &str) -> Result<&'a str, String> {
    match given {
        Given::Variable(text) => Ok(text),
        Given::File(DeValue::String(text)) => Ok(text.as_ref()),
        Given::File(other) => Err(format!("must be a text such as \"{example}\", not {} {}", article(other), other.type_str())),
    }
}

fn article(value: &DeValue<'_>) -> &'static str {
    if value.is_integer() || value.is_array() { "an" } else { "a" }
}

fn path(given: Given<'_>, example: &str) -> Result<PathBuf, String> {
    let text = words(given, example)?;
    if Path::new(text).is_absolute() { Ok(PathBuf::from(text)) } else { Err(format!("must be an absolute path such as \"{example}\"")) }
}

fn take_listen(config: &mut Config, given: Given<'_>) -> Result<(), String> {
    let text = words(given, "127.0.0.1:8480")?;
    let text = text.replacen("localhost:", "127.0.0.1:", 1);
    let listen: SocketAddr =
        text.parse().map_err(|_| format!("`{text}` is no address; write address and port, such as \"127.0.0.1:8480\""))?;
    if !listen.ip().is_loopback() {
        return Err(format!(
            "`{text}` would be reachable from the network without TLS, which is not built in yet; listen on 127.0.0.1 or [::1] and put a TLS proxy in front"
        ));
    }
    config.listen = listen;
    Ok(())
}

fn take_socket(config: &mut Config, given: Given<'_>) -> Result<(), String> {
    config.socket = socket(given, DEFAULT_SOCKET)?;
    Ok(())
}

fn take_helper(config: &mut Config, given: Given<'_>) -> Result<(), String> {
    config.helper = socket(given, DEFAULT_HELPER)?;
    Ok(())
}

fn socket(given: Given<'_>, example: &str) -> Result<PathBuf, String> {
    let socket = path(given, example)?;
    // The kernel keeps 108 octets for the name of a unix socket, its closing zero included.
    if socket.as_os_str().len() > 107 {
        return Err("is longer than the 107 octets a socket's name may have; choose a shorter path".to_owned());
    }
    Ok(socket)
}

fn take_tls(_: &mut Config, _: Given<'_>) -> Result<(), String> {
    Err("TLS is not built in yet; remove this key, listen on loopback and put a TLS proxy in front".to_owned())
}

fn take_dir(config: &mut Config, given: Given<'_>) -> Result<(), String> {
    config.store_dir = path(given, "/var/lib/answerback")?;
    Ok(())
}

fn take_log_format(config: &mut Config, given: Given<'_>) -> Result<(), String> {
    config.log_format = match words(given, "text")? {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        other => return Err(format!("`{other}` is no format; allowed are \"text\" and \"json\"")),
    };
    Ok(())
}

fn take_scan(config: &mut Config, given: Given<'_>) -> Result<(), String> {
    const HOW: &str = "must be a list of device patterns such as [\"/dev/ttyUSB*\"]";
    let patterns: Vec<String> = match given {
        Given::Variable(text) => text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect(),
        Given::File(DeValue::Array(rows)) => {
            let texts = rows.iter().map(|row| row.get_ref().as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or_else(|| HOW.to_owned())?
        }
        Given::File(_) => return Err(HOW.to_owned()),
    };
    if let Some(relative) = patterns.iter().find(|pattern| !pattern.starts_with('/')) {
        return Err(format!("`{relative}` is not absolute; {HOW}"));
    }
    config.modems = Modems::Scan(patterns);
    Ok(())
}

const BAUDS: [u32; 9] = [9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_000_000];

fn modem(at: &Place<'_>, row: &toml::Spanned<DeValue<'_>>) -> Result<ModemPort, Error> {
    let Some(table) = row.get_ref().as_table() else {
        return Err(at.error(Some(row.span()), "modem", "write [[modem]] with its keys below it: port, name, baud"));
    };
    let (mut port, mut name, mut baud) = (None, None, None);
    for (key, value) in table {
        let (key_path, given) = (format!("modem.{}", key.get_ref()), Given::File(value.get_ref()));
        let wrong = |reason: String| at.error(Some(value.span()), &key_path, reason);
        match key.get_ref().as_ref() {
            "port" => port = Some(path(given, "/dev/ttyUSB0").map_err(wrong)?),
            "name" => name = Some(words(given, "modem 1").map_err(wrong)?.to_owned()),
            "baud" => baud = Some(speed(value.get_ref()).map_err(wrong)?),
            _ => return Err(at.error(Some(key.span()), &key_path, "unknown; [[modem]] has port, name, baud")),
        }
    }
    let port = port.ok_or_else(|| at.error(Some(row.span()), "modem.port", "is missing; write port = \"/dev/ttyUSB0\""))?;
    Ok(ModemPort { port, name, baud })
}

fn speed(value: &DeValue<'_>) -> Result<u32, String> {
    let allowed = || {
        let list: Vec<String> = BAUDS.iter().map(u32::to_string).collect();
        format!("must be one of {}", list.join(", "))
    };
    let number = value.as_integer().and_then(|integer| integer.as_str().parse().ok());
    number.filter(|baud| BAUDS.contains(baud)).ok_or_else(allowed)
}

struct Place<'a> {
    file: &'a str,
    source: &'a str,
}

impl Place<'_> {
    fn error(&self, span: Option<std::ops::Range<usize>>, key: &str, reason: impl Into<String>) -> Error {
        let line = span.map(|span| line_of(self.source, span.start));
        Error { file: self.file.to_owned(), line, key: key.to_owned(), reason: reason.into() }
    }
}

/// The line of an octet of a text, from 1.
pub(crate) fn line_of(source: &str, octet: usize) -> usize {
    source.as_bytes().iter().take(octet).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expect: &str) {
        let error = parse("answerback.toml", source).expect_err(source).to_string();
        assert!(error.starts_with(expect), "{source}\n{error}\n{expect}");
    }

    #[test]
    fn a_full_file_reads() {
        let source = "[http]\nlisten = \"127.0.0.1:9000\"\nsocket = \"/tmp/a.sock\"\n[store]\ndir = \"/tmp/a\"\n[log]\nformat = \"json\"\n\
                      [[modem]]\nport = \"/dev/ttyUSB0\"\nname = \"north\"\nbaud = 9600\n[[modem]]\nport = \"/dev/ttyUSB1\"\n";
        let config = parse("f", source).expect("a right file");
        assert_eq!(config.listen.to_string(), "127.0.0.1:9000");
        assert_eq!((config.socket, config.store_dir), (PathBuf::from("/tmp/a.sock"), PathBuf::from("/tmp/a")));
        assert_eq!(config.log_format, LogFormat::Json);
        let first = ModemPort { port: "/dev/ttyUSB0".into(), name: Some("north".to_owned()), baud: Some(9600) };
        let second = ModemPort { port: "/dev/ttyUSB1".into(), name: None, baud: None };
        assert_eq!(config.modems, Modems::Named(vec![first, second]));
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(parse("f", ""), Ok(Config::default()));
    }

    #[test]
    fn errors_name_file_line_key_and_what_is_allowed() {
        for (source, expect) in [
            ("\n[htpp]\n", "answerback.toml:2: htpp: unknown; known are http, log, modems, store, modem"),
            ("[http]\n\nlisen = 1", "answerback.toml:3: http.lisen: unknown; [http] has listen, socket, tls"),
            ("[http]\nlisten = 8480", "answerback.toml:2: http.listen: must be a text such as \"127.0.0.1:8480\", not an integer"),
            ("[http]\nlisten = \"here\"", "answerback.toml:2: http.listen: `here` is no address; write address and port"),
            ("[http]\nlisten = \"0.0.0.0:80\"", "answerback.toml:2: http.listen: `0.0.0.0:80` would be reachable"),
            ("[http]\ntls = true", "answerback.toml:2: http.tls: TLS is not built in yet"),
            ("[http]\nsocket = \"a.sock\"", "answerback.toml:2: http.socket: must be an absolute path"),
            ("[log]\nformat = \"xml\"", "answerback.toml:2: log.format: `xml` is no format; allowed are \"text\" and \"json\""),
            ("[store]\ndir = \"here\"", "answerback.toml:2: store.dir: must be an absolute path"),
            ("store = 1", "answerback.toml:1: store: write it as a table: [store]"),
            ("[modems]\nscan = \"x\"", "answerback.toml:2: modems.scan: must be a list"),
            ("[modems]\nscan = [\"ttyUSB*\"]", "answerback.toml:2: modems.scan: `ttyUSB*` is not absolute"),
            ("[modem]\nport = \"/dev/x\"", "answerback.toml:1: modem: write [[modem]] with two brackets"),
            ("[[modem]]\nname = \"x\"", "answerback.toml:1: modem.port: is missing"),
            ("[[modem]]\nport = \"/dev/x\"\nbaud = 12", "answerback.toml:3: modem.baud: must be one of 9600,"),
            ("[[modem]]\nport = \"/dev/x\"\nspeed = 12", "answerback.toml:3: modem.speed: unknown; [[modem]] has port, name, baud"),
            ("[http]\nlisten = \n", "answerback.toml:2: "),
        ] {
            check(source, expect);
        }
    }

    #[test]
    fn the_environment_overrides_and_is_held_to_the_same_rules() {
        let mut config = Config::default();
        let vars = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        overlay(&mut config, &vars(&[("ANSWERBACK_STORE_DIR", "/x"), ("ANSWERBACK_MODEMS_SCAN", "/dev/a, /dev/b")])).expect("right");
        assert_eq!(config.store_dir, PathBuf::from("/x"));
        assert_eq!(config.modems, Modems::Scan(vec!["/dev/a".to_owned(), "/dev/b".to_owned()]));
        let error = overlay(&mut config, &vars(&[("ANSWERBACK_LOG_FORMAT", "xml")])).expect_err("wrong");
        assert!(error.to_string().starts_with("ANSWERBACK_LOG_FORMAT: log.format: `xml` is no format"), "{error}");
        let error = overlay(&mut config, &vars(&[("ANSWERBACK_HTTP_LISTN", "x")])).expect_err("unknown");
        assert!(error.to_string().starts_with("ANSWERBACK_HTTP_LISTN: unknown variable"), "{error}");
        overlay(&mut config, &vars(&[("ANSWERBACK_HIL_PORT", "/dev/x")])).expect("a tool's variable");
    }
}
