//! The head of a flow file: everything that is not a step.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::DeTable;

use super::reader::{Entry, Findings, Invalid, Table, propose};
use super::template::{Moment, Template, duration, is_slot_name};
use super::{After, Expires, Flow, Keywords, Kind, Late, Named, Need, Outside, Words, bounds, steps};

const KEYS: &[&str] =
    &["flow", "lane", "needs", "key", "start", "expires", "late", "quiet", "begin", "after", "event", "max_parts", "step"];

/// Reads a flow file.
pub fn parse(file: &str, source: &str) -> Result<Flow, Vec<Invalid>> {
    let (flow, found) = parse_all(file, source);
    match flow {
        Some(flow) if found.is_empty() => Ok(flow),
        Some(_) | None => Err(found),
    }
}

/// Reads what can be read: findings do not hide each other.
pub fn parse_all(file: &str, source: &str) -> (Option<Flow>, Vec<Invalid>) {
    let mut f = Findings::new(file, source);
    let (document, errors) = DeTable::parse_recoverable(source);
    for error in &errors {
        let line = f.line_of(error.span().map_or(0, |span| span.start));
        f.add(line, "toml", error.message().replace('\n', " "), "mend the TOML on this line first");
    }
    if !errors.is_empty() {
        return (None, f.found);
    }
    let flow = head(&mut f, file, Table::new("", 1, document.get_ref()));
    f.found.sort_by_key(|finding| finding.line);
    (Some(flow), f.found)
}

fn head(f: &mut Findings, file: &str, mut t: Table<'_>) -> Flow {
    let name = t.required(f, "flow", "\"pay.past_due\"");
    let of_lane = t.required(f, "lane", "\"billing\"");
    let needs = needs(f, &mut t);
    let key_at = t.take(f, "key");
    let key_line = key_at.as_ref().map_or(t.line, |entry| entry.line);
    let key = key_at.and_then(|entry| entry.template(f));
    let start = t.required(f, "start", "\"ask\"");
    if !t.has("expires") {
        f.add(t.line, "expires", "is missing: a session must end some day", "write expires = \"72h\"");
    }
    let expires_at = t.take(f, "expires");
    let expires_line = expires_at.as_ref().map_or(t.line, |entry| entry.line);
    let expires = expires_at.and_then(|entry| expires(f, &entry));
    let late = t.table(f, "late").and_then(|table| late(f, table));
    let ignores_quiet_hours = quiet(f, &mut t);
    let parts_max = parts_max(f, &mut t);
    let begin = t.table(f, "begin").map(|table| keywords(f, table));
    let after = t.table(f, "after").and_then(|table| after(f, table));
    let events = t.table(f, "event").map(|table| events(f, table)).unwrap_or_default();
    let line = t.line;
    let steps = t.table(f, "step").map(|table| steps::read(f, table)).unwrap_or_default();
    if steps.is_empty() && f.found.is_empty() {
        f.add(line, "step", "the flow has no step", "write [step.ask] and what it does");
    }
    t.finish(f, KEYS);
    if let Some(name) = &name {
        check_name(f, name);
    }
    // What is missing has its finding; the rest of the file is looked at all the same. An empty name stands for nothing.
    let nothing = || Named { name: String::new(), line };
    let mut flow = Flow {
        file: file.to_owned(),
        name: name.unwrap_or_else(nothing).name,
        lane: of_lane.unwrap_or_else(nothing),
        needs,
        key,
        key_line,
        start: start.unwrap_or_else(nothing),
        expires: expires.unwrap_or(Expires::After(Duration::ZERO)),
        expires_line,
        late,
        ignores_quiet_hours,
        parts_max,
        begin,
        after,
        events,
        steps,
    };
    bounds::apply(&mut flow);
    flow
}

fn check_name(f: &mut Findings, name: &Named) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    if name.name.is_empty() || name.name.len() > NAME_MAX || !name.name.chars().all(plain) {
        f.add(name.line, "flow", format!("`{}` is no name", name.name), "write small letters, digits, dots and _, at most 64");
    }
}

/// A name goes into URLs, rows and idempotency keys.
const NAME_MAX: usize = 64;

fn needs(f: &mut Findings, t: &mut Table<'_>) -> BTreeMap<String, Need> {
    let Some(mut table) = t.table(f, "needs") else { return BTreeMap::new() };
    let mut needs = BTreeMap::new();
    for (slot, entry) in table.take_all(f) {
        if !is_slot_name(&slot) {
            f.add(entry.line, &entry.key, format!("`{slot}` is no name of a slot"), "write small letters, digits and _");
            continue;
        }
        let Some(word) = entry.text(f) else { continue };
        let (plain, optional) = word.name.strip_suffix('?').map_or((word.name.as_str(), false), |plain| (plain, true));
        match kind(plain) {
            Some(kind) => {
                needs.insert(slot, Need { kind, optional, line: entry.line });
            }
            None => f.add(entry.line, &entry.key, format!("unknown type `{}`", word.name), propose(plain, KINDS)),
        }
    }
    needs
}

const KINDS: &[&str] = &["text:20", "int", "money", "date", "time", "phone", "account", "bool", "list"];

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "int" => Kind::Int,
        "money" => Kind::Money,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "phone" => Kind::Phone,
        "account" => Kind::Account,
        "bool" => Kind::Bool,
        "list" => Kind::List,
        "text" => Kind::Text(TEXT_MAX),
        other => Kind::Text(other.strip_prefix("text:")?.parse().ok().filter(|max| (1..=TEXT_MAX).contains(max))?),
    })
}

/// A slot longer than one text cannot be said.
const TEXT_MAX: u16 = 160;

fn expires(f: &mut Findings, entry: &Entry<'_>) -> Option<Expires> {
    const EXAMPLE: &str = "write \"72h\", \"until {date} 23:59\" or { after = \"8h\", event = \"...\", go = \"step\" }";
    if entry.value.is_table() {
        let mut table = entry.table(f)?;
        let after = table.duration(f, "after");
        let event = table.required(f, "event", "\"alarm.unanswered\"");
        let go = table.required(f, "go", "\"step\"");
        table.finish(f, &["after", "event", "go"]);
        if let Some(event) = event.as_ref().filter(|event| is_own_event(&event.name)) {
            f.add(
                event.line,
                "expires.event",
                format!("`{}` is told by the box itself", event.name),
                "name what is over: \"alarm.unanswered\"",
            );
        }
        return Some(Expires::Renew { after: after?, event: event?.name, go: go? });
    }
    let text = entry.text(f)?.name;
    let read = match text.strip_prefix("until ") {
        Some(moment) => Moment::parse(moment).map(Expires::Until),
        None => duration(&text).map(Expires::After),
    };
    if read.is_none() {
        f.add(entry.line, &entry.key, format!("`{text}` is no end"), EXAMPLE);
    }
    read
}

/// Whether the box itself tells this: who subscribes to its events hears of nothing else by their names.
fn is_own_event(name: &str) -> bool {
    const FAMILIES: &[&str] = &["message", "session", "agent", "consent", "modem", "time", "call"];
    const DANGERS: &[&str] = &["danger.heard", "danger.taken"];
    DANGERS.contains(&name) || name.split_once('.').is_some_and(|(family, _)| FAMILIES.contains(&family))
}

fn late(f: &mut Findings, mut table: Table<'_>) -> Option<Late> {
    let window = table.duration(f, "for");
    let go = table.required(f, "go", "\"stale\"");
    if window.is_none() {
        f.add(table.line, "late.for", "is missing", "write for = \"14d\"");
    }
    table.finish(f, &["for", "go"]);
    Some(Late { window: window?, go: go? })
}

fn quiet(f: &mut Findings, t: &mut Table<'_>) -> bool {
    match t.text(f, "quiet") {
        None => false,
        Some(word) if word.name == "send" => true,
        Some(word) if word.name == "wait" => false,
        Some(word) => {
            f.add(word.line, "quiet", format!("unknown value `{}`", word.name), "write \"send\" or \"wait\"");
            false
        }
    }
}

fn parts_max(f: &mut Findings, t: &mut Table<'_>) -> Option<u8> {
    let entry = t.take(f, "max_parts")?;
    let number = entry.number(f)?;
    let parts = u8::try_from(number).ok().filter(|parts| (1..=PARTS_MAX).contains(parts));
    if parts.is_none() {
        f.add(entry.line, &entry.key, format!("{number} parts"), format!("write 1 to {PARTS_MAX}"));
    }
    parts
}

/// People read no longer texts, and each part costs.
const PARTS_MAX: u8 = 6;

fn keywords(f: &mut Findings, mut table: Table<'_>) -> Keywords {
    let words = table.table(f, "words").map(|words| forms(f, words)).unwrap_or_default();
    let again = table.table(f, "again").map(|words| forms(f, words)).unwrap_or_default();
    let system = table.list(f, "system");
    for word in &system {
        if !["start", "unstop"].contains(&word.name.as_str()) {
            f.add(word.line, "begin.system", format!("unknown value `{}`", word.name), "write \"start\" or \"unstop\"");
        }
    }
    let rest = table.text(f, "rest");
    let look = table.text(f, "look");
    let rank = table.text(f, "rank");
    let line = table.line;
    if words.is_empty() && system.is_empty() {
        f.add(line, "begin.words", "no word begins it", "write words = { en = [\"out\"] }");
    }
    table.finish(f, &["words", "again", "system", "rest", "look", "rank"]);
    Keywords { words, again, system: system.into_iter().map(|word| word.name).collect(), rest, look, rank, line }
}

/// Forms by language.
pub fn forms(f: &mut Findings, mut table: Table<'_>) -> Words {
    let mut words = Vec::new();
    for (language, entry) in table.take_all(f) {
        let forms = entry.list(f);
        for form in &forms {
            if crate::conversation::normal::words(&form.name).is_empty() {
                f.add(form.line, &entry.key, format!("`{}` has no letter or digit", form.name), "write the word people text");
            }
        }
        words.push((language, forms.into_iter().map(|form| form.name).collect()));
    }
    words.into_iter().collect()
}

fn after(f: &mut Findings, mut table: Table<'_>) -> Option<After> {
    let flow = table.required(f, "flow", "\"crew.visit\"");
    let result = table.text(f, "result").map(|word| word.name);
    let wait = table.duration(f, "wait").unwrap_or_default();
    let one_in = match table.text(f, "sample") {
        None => 1,
        Some(word) => word.name.strip_prefix("1/").and_then(|n| n.parse().ok()).filter(|n| *n >= 1).unwrap_or_else(|| {
            f.add(word.line, "after.sample", format!("`{}` is no share", word.name), "write \"1/3\"");
            1
        }),
    };
    let per_person = table.text(f, "per_person").and_then(|word| {
        let read = word.name.split_once('/').and_then(|(times, window)| Some((times.parse().ok()?, duration(window)?)));
        if read.is_none() {
            f.add(word.line, "after.per_person", format!("`{}` is no limit", word.name), "write \"1/90d\"");
        }
        read
    });
    table.finish(f, &["flow", "result", "wait", "sample", "per_person"]);
    Some(After { flow: flow?, result, wait, one_in, per_person })
}

fn events(f: &mut Findings, mut table: Table<'_>) -> BTreeMap<String, Outside> {
    let mut events = BTreeMap::new();
    for (name, entry) in table.take_all(f) {
        let Some(mut table) = entry.table(f) else { continue };
        let go = table.text(f, "go");
        let data: Vec<String> = table.list(f, "data").into_iter().map(|slot| slot.name).collect();
        let tell = table.texts(f, "tell");
        let to_paged = to_paged(f, &mut table);
        let line = table.line;
        if go.is_none() && tell.is_none() && data.is_empty() {
            f.add(line, &entry.key, "the event does nothing", "write go = \"step\", tell = { en = \"...\" } or data = [\"slot\"]");
        }
        table.finish(f, &["go", "data", "tell", "to"]);
        events.insert(name, Outside { go, data, tell, to_paged, line });
    }
    events
}

/// `to = "paged"`.
pub fn to_paged(f: &mut Findings, table: &mut Table<'_>) -> bool {
    match table.text(f, "to") {
        None => false,
        Some(word) if word.name == "paged" => true,
        Some(word) => {
            f.add(word.line, "to", format!("unknown value `{}`", word.name), "write to = \"paged\"");
            false
        }
    }
}

/// A template under this key.
pub fn template(f: &mut Findings, t: &mut Table<'_>, name: &str) -> Option<Template> {
    t.take(f, name).and_then(|entry| entry.template(f))
}
