//! The `ask` verb: the one with many keys.

use std::collections::BTreeMap;

use super::head::forms;
use super::reader::{Entry, Findings, Table, joined};
use super::steps::{due, one_of, silence};
use super::template::is_slot_name;
use super::{Ask, Checks, Figure, Mixed, Named, Remind, Retry, Risk, Roster, TagRule, Want};
use crate::terms::Word;

const KEYS: &[&str] = &[
    "ask", "want", "as", "on", "go", "words", "from", "digits", "min", "max", "range", "over", "under", "risk", "mixed", "retry", "remind",
    "silence", "join", "tag", "roster", "sole", "tell",
];

/// More reminders than this annoy people.
const REMINDERS_MAX: usize = 5;

/// Reads an `ask` step.
pub fn ask(f: &mut Findings, mut t: Table<'_>) -> Option<Ask> {
    let text = t.texts(f, "ask");
    if !t.has("want") {
        f.add(t.line, &joined(&t.path, "want"), "is missing", "write want = \"yesno\"");
    }
    let wants: Vec<(&str, Want)> = Want::WORDS.iter().map(|(want, word)| (*word, *want)).collect();
    let want = one_of(f, &mut t, "want", &wants);
    let fills = t.text(f, "as");
    if let Some(slot) = fills.as_ref().filter(|slot| !is_slot_name(&slot.name)) {
        f.add(slot.line, &joined(&t.path, "as"), format!("`{}` is no name of a slot", slot.name), "write small letters, digits and _");
    }
    let on = t.targets(f, "on");
    let go = t.text(f, "go");
    let (words, word_lines) = words(f, &mut t);
    let from = t.text(f, "from");
    let sole_take = one_of(f, &mut t, "sole", &[("take", true), ("ask", false)]).unwrap_or(false);
    let checks = checks(f, &mut t);
    let risk = one_of(f, &mut t, "risk", &[("money", Risk::Money), ("switch", Risk::Switch)]);
    let mixed_words = [("note", Mixed::Note), ("confirm", Mixed::Confirm), ("person", Mixed::Person)];
    let mixed = one_of(f, &mut t, "mixed", &mixed_words).unwrap_or_default();
    if mixed == Mixed::Note && risk.is_some() {
        f.add(t.line, &joined(&t.path, "mixed"), "`note` acts at once, and this step has a risk", "write mixed = \"confirm\"");
    }
    let retry = t.table(f, "retry").map(|table| retry(f, table)).unwrap_or_default();
    let remind = t.take(f, "remind").map(|entry| remind(f, &entry)).unwrap_or_default();
    let silence = t.take(f, "silence").and_then(|entry| silence(f, &entry));
    let join = t.duration(f, "join");
    let tags = [("auto", TagRule::Auto), ("always", TagRule::Always), ("never", TagRule::Never)];
    let tag = one_of(f, &mut t, "tag", &tags).unwrap_or_default();
    let roster = t.table(f, "roster").and_then(|table| roster(f, table));
    let (line, path) = (t.line, t.path.clone());
    t.finish(f, KEYS);
    let ask = Ask {
        text: text?,
        want: want?,
        fills: fills.map(|slot| slot.name),
        on,
        go,
        words,
        word_lines,
        from,
        sole_take,
        checks,
        risk,
        mixed,
        retry,
        remind,
        silence,
        join,
        tag,
        roster,
    };
    fits(f, &ask, line, &path);
    Some(ask)
}

/// Keys that make no sense together.
fn fits(f: &mut Findings, ask: &Ask, line: u32, path: &str) {
    if ask.want.is_named() && ask.on.is_empty() && ask.from.is_none() {
        f.add(line, &joined(path, "on"), "no answer leads anywhere", "write on = { yes = \"...\", no = \"...\" }");
    }
    if !ask.want.is_named() && ask.go.is_none() {
        f.add(line, &joined(path, "go"), "no way out", "write go = \"step\"");
    }
    if !ask.want.is_named() && ask.fills.is_none() {
        f.add(line, &joined(path, "as"), "the value goes nowhere", "write as = \"slot\"");
    }
    if !ask.want.is_named() && !ask.on.is_empty() {
        f.add(line, &joined(path, "on"), "a value has no named answers", "take `on` out, or write want = \"choice\"");
    }
    if ask.from.is_some() && (ask.want != Want::Menu || ask.fills.is_none() || ask.go.is_none()) {
        f.add(
            line,
            &joined(path, "from"),
            "rows out of data need a menu, a slot and a way on",
            "write want = \"menu\", as = \"...\", go = \"...\"",
        );
    }
    if (ask.want == Want::Code) != ask.roster.is_some() {
        f.add(line, &joined(path, "roster"), "`want = \"code\"` and `roster` go together", "write both, or neither");
    }
    for (answer, target) in &ask.on {
        let known = match ask.want {
            Want::YesNo => answer == "yes" || answer == "no",
            Want::Menu => answer.parse::<u32>().is_ok(),
            Want::Code => answer == "ack" || answer == "pass",
            Want::Choice | Want::Text | Want::Int | Want::Money | Want::Date => true,
            Want::Time | Want::Account | Want::Phone | Want::Reading | Want::Score => true,
        };
        if !known {
            let proposal = match ask.want {
                Want::YesNo => "write yes and no, or want = \"choice\"",
                Want::Menu => "write numbers: on = { 1 = \"...\" }",
                _ => "write ack and pass",
            };
            f.add(target.line, &joined(&joined(path, "on"), answer), format!("`{answer}` is no answer of this question"), proposal);
        }
    }
    for answer in ask.words.keys().filter(|answer| !ask.on.contains_key(*answer)) {
        let line = ask.word_lines.get(answer).copied().unwrap_or(line);
        f.add(line, &joined(&joined(path, "words"), answer), format!("`on` has no answer `{answer}`"), "name an answer of `on`");
    }
}

type WordsByAnswer = (BTreeMap<String, super::Words>, BTreeMap<String, u32>);

fn words(f: &mut Findings, t: &mut Table<'_>) -> WordsByAnswer {
    let Some(mut table) = t.table(f, "words") else { return WordsByAnswer::default() };
    let all = table.take_all(f);
    let lines = all.iter().map(|(answer, entry)| (answer.clone(), entry.line)).collect();
    let words = all.into_iter().filter_map(|(answer, entry)| entry.table(f).map(|table| (answer, forms(f, table)))).collect();
    (words, lines)
}

fn figure(f: &mut Findings, entry: &Entry<'_>) -> Option<Figure> {
    if entry.value.is_integer() {
        return entry.number(f).map(Figure::Fixed);
    }
    let text = entry.text(f)?;
    let slot = text.name.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|name| is_slot_name(name));
    if slot.is_none() {
        f.add(entry.line, &entry.key, format!("`{}` is no number", text.name), "write a number or \"{slot}\"");
    }
    slot.map(|name| Figure::Slot(name.to_owned()))
}

fn checks(f: &mut Findings, t: &mut Table<'_>) -> Checks {
    let mut take = |f: &mut Findings, name: &str| t.take(f, name).and_then(|entry| figure(f, &entry));
    let (digits, min, max) = (take(f, "digits"), take(f, "min"), take(f, "max"));
    let mut checks = Checks { digits, min, max, over: None, under: None };
    if let Some(entry) = t.take(f, "range") {
        let ends: Vec<i64> = entry
            .value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| {
                let integer = item.get_ref().as_integer()?;
                i64::from_str_radix(integer.as_str(), integer.radix()).ok()
            })
            .collect();
        match ends.as_slice() {
            [least, most] if least < most => {
                checks.min = Some(Figure::Fixed(*least));
                checks.max = Some(Figure::Fixed(*most));
            }
            _ => f.add(entry.line, &entry.key, "is no range", "write range = [1, 5]"),
        }
    }
    checks.over = t.text(f, "over");
    checks.under = t.text(f, "under");
    checks
}

fn retry(f: &mut Findings, mut t: Table<'_>) -> Retry {
    let times = t.number(f, "times").unwrap_or(2);
    if !(0..=5).contains(&times) {
        f.add(t.line, &joined(&t.path, "times"), format!("{times} times annoy people"), "write 0 to 5");
    }
    let say = t.texts(f, "say");
    let go = t.text(f, "go");
    t.finish(f, &["times", "say", "go"]);
    Retry { times: times.clamp(0, 5) as u8, say, go }
}

fn remind(f: &mut Findings, entry: &Entry<'_>) -> Vec<Remind> {
    let mut reminders = Vec::new();
    for mut t in entry.tables(f) {
        let due = due(f, &mut t, "after", "at");
        let by_email = one_of(f, &mut t, "via", &[("email", true), ("sms", false)]).unwrap_or(false);
        t.finish(f, &["after", "at", "via"]);
        reminders.extend(due.map(|due| Remind { due, by_email }));
    }
    if reminders.len() > REMINDERS_MAX {
        f.add(entry.line, &entry.key, format!("{} reminders", reminders.len()), "at most 5");
    }
    reminders
}

fn roster(f: &mut Findings, mut t: Table<'_>) -> Option<Roster> {
    let list: Option<Named> = t.required(f, "list", "\"oncall.water\"");
    let all = one_of(f, &mut t, "order", &[("one_by_one", false), ("all", true)]).unwrap_or(false);
    let every = t.duration(f, "every");
    if every.is_none() {
        f.add(t.line, &joined(&t.path, "every"), "is missing", "write every = \"5m\"");
    }
    let rounds = t.number(f, "rounds").unwrap_or(1).clamp(1, 20) as u32;
    t.finish(f, &["list", "order", "every", "rounds"]);
    Some(Roster { list: list?, all, every: every?, rounds })
}
