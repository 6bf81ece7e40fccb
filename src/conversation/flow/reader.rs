//! Reading TOML with its places: every finding knows its line, its key, the reason and what to write instead.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::template;
use super::{Named, Template, Texts};

/// Something in a flow file that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {key}: {reason}; {proposal}")]
pub struct Invalid {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The key, for example `step.ask.want`.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub proposal: String,
}

/// What was found so far.
pub struct Findings {
    file: String,
    line_starts: Vec<usize>,
    /// In the order they were found.
    pub found: Vec<Invalid>,
}

impl Findings {
    /// For this file.
    pub fn new(file: &str, source: &str) -> Self {
        let line_starts = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: file.to_owned(), line_starts, found: Vec::new() }
    }

    /// The line of an offset, from 1.
    pub fn line_of(&self, offset: usize) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset) as u32
    }

    /// Notes a finding.
    pub fn add(&mut self, line: u32, key: &str, reason: impl Into<String>, proposal: impl Into<String>) {
        let (reason, proposal) = (reason.into(), proposal.into());
        self.found.push(Invalid { path: self.file.clone(), line, key: key.to_owned(), reason, proposal });
    }
}

/// A value with its place.
#[derive(Clone)]
pub struct Entry<'a> {
    /// Its key with everything above it.
    pub key: String,
    /// Its line.
    pub line: u32,
    /// The value.
    pub value: &'a DeValue<'a>,
}

/// A table that is read key by key; what nobody took is unknown.
pub struct Table<'a> {
    /// Its key with everything above it.
    pub path: String,
    /// Its line.
    pub line: u32,
    map: &'a DeTable<'a>,
    taken: BTreeSet<String>,
}

impl<'a> Table<'a> {
    /// Of a TOML table.
    pub fn new(path: &str, line: u32, map: &'a DeTable<'a>) -> Self {
        Self { path: path.to_owned(), line, map, taken: BTreeSet::new() }
    }

    /// Whether the key is there.
    pub fn has(&self, name: &str) -> bool {
        self.map.iter().any(|(key, _)| key.get_ref() == name)
    }

    /// Takes a key.
    pub fn take(&mut self, f: &Findings, name: &str) -> Option<Entry<'a>> {
        let (key, value) = self.map.iter().find(|(key, _)| key.get_ref() == name)?;
        self.taken.insert(name.to_owned());
        Some(Entry { key: joined(&self.path, name), line: f.line_of(key.span().start), value: value.get_ref() })
    }

    /// Takes everything, in the order it is written.
    pub fn take_all(&mut self, f: &Findings) -> Vec<(String, Entry<'a>)> {
        let mut all: Vec<_> = self.map.iter().collect();
        all.sort_by_key(|(key, _)| key.span().start);
        all.into_iter()
            .map(|(key, value)| {
                let name = key.get_ref().to_string();
                self.taken.insert(name.clone());
                let entry = Entry { key: joined(&self.path, &name), line: f.line_of(key.span().start), value: value.get_ref() };
                (name, entry)
            })
            .collect()
    }

    /// Words under this key.
    pub fn text(&mut self, f: &mut Findings, name: &str) -> Option<Named> {
        self.take(f, name).and_then(|entry| entry.text(f))
    }

    /// Words under this key, which must be there.
    pub fn required(&mut self, f: &mut Findings, name: &str, example: &str) -> Option<Named> {
        if !self.has(name) {
            f.add(self.line, &joined(&self.path, name), "is missing", format!("write {name} = {example}"));
        }
        self.text(f, name)
    }

    /// A truth under this key.
    pub fn truth(&mut self, f: &mut Findings, name: &str) -> bool {
        let Some(entry) = self.take(f, name) else { return false };
        entry.value.as_bool().unwrap_or_else(|| {
            entry.wrong(f, "true or false", &format!("{name} = true"));
            false
        })
    }

    /// A length of time under this key.
    pub fn duration(&mut self, f: &mut Findings, name: &str) -> Option<Duration> {
        self.take(f, name).and_then(|entry| entry.duration(f))
    }

    /// A whole number under this key.
    pub fn number(&mut self, f: &mut Findings, name: &str) -> Option<i64> {
        self.take(f, name).and_then(|entry| entry.number(f))
    }

    /// A list of words under this key.
    pub fn list(&mut self, f: &mut Findings, name: &str) -> Vec<Named> {
        self.take(f, name).map(|entry| entry.list(f)).unwrap_or_default()
    }

    /// Texts by language under this key.
    pub fn texts(&mut self, f: &mut Findings, name: &str) -> Option<Texts> {
        self.take(f, name).and_then(|entry| entry.texts(f))
    }

    /// A table under this key.
    pub fn table(&mut self, f: &mut Findings, name: &str) -> Option<Table<'a>> {
        self.take(f, name).and_then(|entry| entry.table(f))
    }

    /// Steps by name under this key.
    pub fn targets(&mut self, f: &mut Findings, name: &str) -> std::collections::BTreeMap<String, Named> {
        let Some(mut table) = self.table(f, name) else { return std::collections::BTreeMap::new() };
        let all = table.take_all(f);
        all.into_iter().filter_map(|(answer, entry)| entry.text(f).map(|step| (answer, step))).collect()
    }

    /// Everything that was not taken is unknown.
    pub fn finish(self, f: &mut Findings, known: &[&str]) {
        for (key, _) in self.map {
            let name = key.get_ref().as_ref();
            if self.taken.contains(name) {
                continue;
            }
            let line = f.line_of(key.span().start);
            let path = joined(&self.path, name);
            f.add(line, &path, format!("unknown key `{name}`"), propose(name, known));
        }
    }
}

/// The key in its place.
pub fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// "did you mean ...", else what is allowed.
pub fn propose(name: &str, known: &[&str]) -> String {
    match known.iter().find(|candidate| is_near(name, candidate)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "nothing is allowed here".to_owned(),
        None => format!("allowed here: {}", known.join(", ")),
    }
}

/// Whether two names differ by one slip, or one begins with the other.
pub fn is_near(a: &str, b: &str) -> bool {
    crate::conversation::normal::one_slip(a, b) || (a.len() >= 3 && b.starts_with(a)) || (b.len() >= 3 && a.starts_with(b))
}

impl<'a> Entry<'a> {
    fn wrong(&self, f: &mut Findings, wanted: &str, example: &str) {
        f.add(self.line, &self.key, format!("must be {wanted}, not {}", self.value.type_str()), format!("write {example}"));
    }

    /// As words.
    pub fn text(&self, f: &mut Findings) -> Option<Named> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong(f, "text in quotes", "\"...\"");
        }
        text.map(|text| Named { name: text.to_owned(), line: self.line })
    }

    /// As a whole number.
    pub fn number(&self, f: &mut Findings) -> Option<i64> {
        let number = self.value.as_integer().and_then(|integer| i64::from_str_radix(integer.as_str(), integer.radix()).ok());
        if number.is_none() {
            self.wrong(f, "a whole number", "for example 2");
        }
        number
    }

    /// As a length of time.
    pub fn duration(&self, f: &mut Findings) -> Option<Duration> {
        let text = self.text(f)?;
        let duration = template::duration(&text.name);
        if duration.is_none() {
            f.add(
                self.line,
                &self.key,
                format!("`{}` is no length of time", text.name),
                "write a number and s, m, h or d: \"90s\", \"72h\"",
            );
        }
        duration
    }

    /// As a list of words.
    pub fn list(&self, f: &mut Findings) -> Vec<Named> {
        let Some(array) = self.value.as_array() else {
            self.wrong(f, "a list", "[\"...\"]");
            return Vec::new();
        };
        let entries = array.iter().map(|item| Entry { key: self.key.clone(), line: f.line_of(item.span().start), value: item.get_ref() });
        let entries: Vec<_> = entries.collect();
        entries.into_iter().filter_map(|entry| entry.text(f)).collect()
    }

    /// As a list of tables.
    pub fn tables(&self, f: &mut Findings) -> Vec<Table<'a>> {
        let Some(array) = self.value.as_array() else {
            self.wrong(f, "a list of tables", "[{ after = \"24h\" }]");
            return Vec::new();
        };
        let entries: Vec<_> =
            array.iter().map(|item| Entry { key: self.key.clone(), line: f.line_of(item.span().start), value: item.get_ref() }).collect();
        entries.into_iter().filter_map(|entry| entry.table(f)).collect()
    }

    /// As a table.
    pub fn table(&self, f: &mut Findings) -> Option<Table<'a>> {
        let map = self.value.as_table();
        if map.is_none() {
            self.wrong(f, "a table", "{ ... }");
        }
        map.map(|map| Table::new(&self.key, self.line, map))
    }

    /// As a template.
    pub fn template(&self, f: &mut Findings) -> Option<Template> {
        let text = self.text(f)?;
        Template::parse(&text.name).map_err(|reason| f.add(self.line, &self.key, reason, "write {slot} for the value of a slot")).ok()
    }

    /// As texts by language.
    pub fn texts(&self, f: &mut Findings) -> Option<Texts> {
        if self.value.as_str().is_some() {
            f.add(self.line, &self.key, "a text needs its language", "write { en = \"...\" }");
            return None;
        }
        let mut table = self.table(f)?;
        let mut by_language = std::collections::BTreeMap::new();
        for (language, entry) in table.take_all(f) {
            let is_code = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
            if !is_code {
                f.add(entry.line, &entry.key, format!("`{language}` is no language"), "write two letters: en, es, uk");
            } else if let Some(template) = entry.template(f) {
                by_language.insert(language, template);
            }
        }
        if by_language.is_empty() {
            f.add(self.line, &self.key, "a text without words", "write { en = \"...\" }");
            return None;
        }
        Some(Texts { by_language, line: self.line })
    }
}
