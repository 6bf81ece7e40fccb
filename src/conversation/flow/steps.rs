//! The steps of a flow file: which verb each has, and the keys around it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::head::template;
use super::head::to_paged;
use super::reader::{Entry, Findings, Table, joined, propose};
use super::{
    AgentStep, Branch, Branches, CallbackStep, ConsentStep, Done, DueAt, Http, Keep, LinkStep, Moment, RingStep, Run, Silence, Step, Tell,
    Verb, verbs,
};

const VERBS: &[&str] = &["ask", "http", "link", "agent", "callback", "ring", "run", "when", "consent", "done"];

/// Every step of the table.
pub fn read(f: &mut Findings, mut table: Table<'_>) -> BTreeMap<String, Step> {
    let mut steps = BTreeMap::new();
    for (name, entry) in table.take_all(f) {
        // One that cannot be read is there all the same: what leads to it is not wrong as well.
        let unread = || Step { name: name.clone(), line: entry.line, tell: None, verb: Verb::Done(Done::default()) };
        let step = step(f, &name, &entry).unwrap_or_else(unread);
        steps.insert(name, step);
    }
    steps
}

fn step(f: &mut Findings, name: &str, entry: &Entry<'_>) -> Option<Step> {
    let mut t = entry.table(f)?;
    let verbs: Vec<&str> = VERBS.iter().copied().filter(|verb| t.has(verb)).collect();
    let verb = match verbs.as_slice() {
        // A step that only waits says nothing.
        [] if t.has("tell") || t.has("wait") => "tell",
        [] => {
            let mut all = VERBS.to_vec();
            all.push("tell");
            f.add(t.line, &t.path, "the step does nothing", format!("give it one of: {}", all.join(", ")));
            return None;
        }
        [one] => one,
        ["consent", "done"] => "consent",
        [first, second, ..] => {
            f.add(t.line, &t.path, format!("`{first}` and `{second}` in one step"), "one verb a step: make two steps of it");
            return None;
        }
    };
    let line = t.line;
    let (tell, verb) = match verb {
        "tell" => (None, tell(f, t)?),
        verb => {
            let tell = t.texts(f, "tell");
            (tell, other(f, verb, t)?)
        }
    };
    let (tell, verb) = match verb {
        (Some(texts), verb) => (Some(texts), verb),
        (None, verb) => (tell, verb),
    };
    Some(Step { name: name.to_owned(), line, tell, verb })
}

type Read = (Option<super::Texts>, Verb);

fn other(f: &mut Findings, verb: &str, t: Table<'_>) -> Option<Read> {
    let verb = match verb {
        "ask" => Verb::Ask(Arc::new(verbs::ask(f, t)?)),
        "http" => Verb::Http(http(f, t)?),
        "link" => Verb::Link(link(f, t)?),
        "agent" => Verb::Agent(agent(f, t)?),
        "callback" => Verb::Callback(callback(f, t)?),
        "ring" => Verb::Ring(ring(f, t)?),
        "run" => Verb::Run(run(f, t)?),
        "when" => Verb::When(when(f, t)?),
        "consent" => Verb::Consent(consent(f, t)?),
        _ => Verb::Done(done(f, t)),
    };
    Some((None, verb))
}

fn tell(f: &mut Findings, mut t: Table<'_>) -> Option<Read> {
    let has_text = t.has("tell");
    let texts = t.texts(f, "tell");
    let go = t.text(f, "go");
    let wait = t.text(f, "wait");
    let on = t.targets(f, "on");
    let to_paged = to_paged(f, &mut t);
    let silence = t.take(f, "silence").and_then(|entry| silence(f, &entry));
    let keep = t.table(f, "keep").and_then(|table| keep(f, table));
    // A text that cannot be read is none; a step without one sleeps.
    let says_or_sleeps = texts.is_some() || (!has_text && wait.is_some() && keep.is_none());
    if wait.is_none() && (keep.is_some() || silence.is_some() || !on.is_empty()) {
        f.add(t.line, &t.path, "`keep`, `silence` and `on` need a step that waits", "write wait = \"EVENT\"");
    }
    if wait.is_none() && go.is_none() {
        f.add(t.line, &t.path, "no way out", "write go = \"step\" or wait = \"EVENT\"");
    }
    t.finish(f, &["tell", "go", "wait", "to", "silence", "keep", "on"]);
    if !says_or_sleeps {
        return None;
    }
    Some((texts, Verb::Tell(Tell { go, wait, on, to_paged, silence, keep })))
}

/// `after = "24h"` or `at = "{date} 09:00"`.
pub fn due(f: &mut Findings, t: &mut Table<'_>, after: &str, at: &str) -> Option<DueAt> {
    let line = t.line;
    let moment = t.take(f, at).and_then(|entry| {
        let text = entry.text(f)?;
        let moment = Moment::parse(&text.name);
        if moment.is_none() {
            f.add(entry.line, &entry.key, format!("`{}` is no day and time", text.name), "write \"{date} -1d 09:00\"");
        }
        moment
    });
    let duration = t.duration(f, after);
    match (duration, moment) {
        (Some(_), Some(_)) => {
            f.add(line, &t.path, format!("`{after}` and `{at}` together"), "write one of them");
            None
        }
        (Some(duration), None) => Some(DueAt::After(duration)),
        (None, Some(moment)) => Some(DueAt::At(moment)),
        (None, None) => {
            f.add(line, &t.path, "no time", format!("write {after} = \"24h\" or {at} = \"{{date}} 09:00\""));
            None
        }
    }
}

/// `silence = { after, go }`.
pub fn silence(f: &mut Findings, entry: &Entry<'_>) -> Option<Silence> {
    let mut t = entry.table(f)?;
    let due = due(f, &mut t, "after", "at");
    let go = t.required(f, "go", "\"step\"");
    t.finish(f, &["after", "at", "go"]);
    Some(Silence { due: due?, go: go? })
}

fn keep(f: &mut Findings, mut t: Table<'_>) -> Option<Keep> {
    let step = t.required(f, "step", "\"ask\"");
    let until = due(f, &mut t, "for", "until");
    t.finish(f, &["step", "for", "until"]);
    Some(Keep { step: step?, until: until? })
}

fn http(f: &mut Findings, mut t: Table<'_>) -> Option<Http> {
    let endpoint = t.text(f, "http");
    let read = t.truth(f, "read");
    let mut send = BTreeMap::new();
    if let Some(mut table) = t.table(f, "send") {
        for (field, entry) in table.take_all(f) {
            if let Some(template) = entry.template(f) {
                send.insert(field, template);
            }
        }
    }
    let mut save = BTreeMap::new();
    if let Some(mut table) = t.table(f, "save") {
        for (slot, entry) in table.take_all(f) {
            if let Some(field) = entry.text(f) {
                save.insert(slot, field.name);
            }
        }
    }
    let ok = t.required(f, "ok", "\"step\"");
    let fail = t.required(f, "fail", "\"step\"");
    let unknown = t.text(f, "unknown");
    if !read && unknown.is_none() {
        let reason = "a step that changes something needs `unknown`: the answer may get lost after the request left";
        f.add(t.line, &joined(&t.path, "unknown"), reason, "write unknown = \"step\", or read = true for a look-up");
    }
    t.finish(f, &["http", "send", "save", "ok", "fail", "unknown", "read", "tell"]);
    Some(Http { endpoint: endpoint?, send, save, ok: ok?, fail: fail?, unknown, read })
}

fn link(f: &mut Findings, mut t: Table<'_>) -> Option<LinkStep> {
    let mut inner = t.table(f, "link")?;
    let page = inner.required(f, "page", "\"pay\"");
    let ttl = inner.duration(f, "ttl").unwrap_or(LINK_TTL);
    let uses = inner.number(f, "uses").unwrap_or(1);
    if uses != 1 {
        let proposal = "write uses = 1: what was sent moves the flow on; for another form make another `link` step";
        f.add(inner.line, &joined(&inner.path, "uses"), format!("a page of {uses} uses: a link works once"), proposal);
    }
    let show = inner.list(f, "show").into_iter().map(|slot| slot.name).collect();
    let data = inner.list(f, "data").into_iter().map(|slot| slot.name).collect();
    let photo = inner.truth(f, "photo");
    inner.finish(f, &["page", "ttl", "uses", "show", "photo", "data"]);
    let mut on = t.targets(f, "on");
    let line = t.line;
    let path = joined(&t.path, "on");
    let (done, expired) = (on.remove("done"), on.remove("expired"));
    for (other, target) in on {
        f.add(target.line, &joined(&path, &other), format!("a link has no `{other}`"), "write on = { done = \"...\", expired = \"...\" }");
    }
    if done.is_none() || expired.is_none() {
        f.add(line, &path, "no way out", "write on = { done = \"...\", expired = \"...\" }");
    }
    if !t.has("tell") {
        f.add(line, &joined(&t.path, "tell"), "nobody is told the address", "write tell = { en = \"... {link}\" }");
    }
    t.finish(f, &["link", "tell", "on"]);
    Some(LinkStep { page: page?, ttl, uses: 1, show, photo, data, done: done?, expired: expired? })
}

/// A link dies after a day unless the step says otherwise.
const LINK_TTL: std::time::Duration = std::time::Duration::from_hours(24);

fn agent(f: &mut Findings, mut t: Table<'_>) -> Option<AgentStep> {
    let mut inner = t.table(f, "agent")?;
    let queue = inner.required(f, "queue", "\"billing\"");
    let note = template(f, &mut inner, "note");
    let urgent = inner.truth(f, "urgent");
    let back = inner.text(f, "back");
    inner.finish(f, &["queue", "note", "urgent", "back"]);
    let go = t.text(f, "go");
    t.finish(f, &["agent", "tell", "go"]);
    Some(AgentStep { queue: queue?, note, urgent, go, back })
}

fn callback(f: &mut Findings, mut t: Table<'_>) -> Option<CallbackStep> {
    let mut inner = t.table(f, "callback")?;
    let queue = inner.text(f, "queue");
    let list = inner.text(f, "list");
    let within = inner.duration(f, "within");
    let mut to = Vec::new();
    if let Some(entry) = inner.take(f, "to") {
        for number in entry.list(f) {
            match super::Template::parse(&number.name) {
                Ok(template) => to.push(template),
                Err(reason) => f.add(number.line, &entry.key, reason, "write to = [\"{from}\"]"),
            }
        }
    }
    if queue.is_none() && list.is_none() {
        f.add(inner.line, &inner.path, "nobody rings", "write queue = \"billing\" or list = \"oncall.water\"");
    }
    inner.finish(f, &["queue", "within", "to", "list"]);
    let go = t.text(f, "go");
    t.finish(f, &["callback", "tell", "go"]);
    Some(CallbackStep { queue, within, to, list, go })
}

/// How long a telephone rings: below it nobody hears it, above it an answering machine does.
const RING_SECONDS: std::ops::RangeInclusive<u64> = 5..=60;
const RING_FOR: std::time::Duration = std::time::Duration::from_secs(25);
/// Rounds of one step; the flow may come back to it.
const RING_ROUNDS_MAX: i64 = 5;
const RING_PAUSE: std::time::Duration = std::time::Duration::from_mins(1);
const RING_PAUSE_MAX: std::time::Duration = std::time::Duration::from_mins(30);

fn ring(f: &mut Findings, mut t: Table<'_>) -> Option<RingStep> {
    let mut inner = t.table(f, "ring")?;
    let list = inner.required(f, "list", "\"oncall.water\"");
    let ring_for = inner.duration(f, "for").unwrap_or(RING_FOR);
    if !RING_SECONDS.contains(&ring_for.as_secs()) {
        f.add(inner.line, &joined(&inner.path, "for"), "a telephone rings for 5 to 60 seconds", "write for = \"25s\"");
    }
    let rounds = inner.number(f, "rounds").unwrap_or(1);
    if !(1..=RING_ROUNDS_MAX).contains(&rounds) {
        f.add(inner.line, &joined(&inner.path, "rounds"), format!("{rounds} rounds"), "write 1 to 5, and lead the flow back here for more");
    }
    let pause = inner.duration(f, "pause").unwrap_or(RING_PAUSE);
    if pause > RING_PAUSE_MAX {
        f.add(inner.line, &joined(&inner.path, "pause"), "the pause between two rounds is at most 30m", "write pause = \"2m\"");
    }
    inner.finish(f, &["list", "for", "rounds", "pause"]);
    let [ok, fail, unknown] = ["ok", "fail", "unknown"].map(|way| t.text(f, way));
    let go = match t.text(f, "go") {
        None if ok.is_some() || fail.is_some() || unknown.is_some() => {
            let reason = "nobody can acknowledge while the telephones ring";
            f.add(t.line, &joined(&t.path, "go"), reason, "write go = \"step\", a step that pages them");
            None
        }
        None => t.required(f, "go", "\"step\""),
        go => go,
    };
    t.finish(f, &["ring", "tell", "go", "ok", "fail", "unknown"]);
    Some(RingStep { list: list?, ring_for, rounds: u32::try_from(rounds).unwrap_or(1), pause, go: go?, ok, fail, unknown })
}

fn run(f: &mut Findings, mut t: Table<'_>) -> Option<Run> {
    let flow = t.text(f, "run");
    let go = t.required(f, "go", "\"step\"");
    t.finish(f, &["run", "go", "tell"]);
    Some(Run { flow: flow?, go: go? })
}

fn when(f: &mut Findings, mut t: Table<'_>) -> Option<Branches> {
    let mut inner = t.table(f, "when")?;
    let (mut branches, mut otherwise) = (Vec::new(), None);
    let line = inner.line;
    for (condition, entry) in inner.take_all(f) {
        let Some(target) = entry.text(f) else { continue };
        if condition == "else" {
            otherwise = Some(target);
            continue;
        }
        match Branch::parse(&condition) {
            Some(branch) => branches.push((branch, target)),
            None => f.add(entry.line, &entry.key, format!("`{condition}` is no condition"), "write \"slot == value\" with == != < <= > >="),
        }
    }
    if otherwise.is_none() {
        f.add(line, &inner.path, "no way out when no condition holds", "write else = \"step\"");
    }
    t.finish(f, &["when"]);
    Some(Branches { branches, otherwise })
}

fn consent(f: &mut Findings, mut t: Table<'_>) -> Option<ConsentStep> {
    let mut inner = t.table(f, "consent")?;
    let grant = inner.list(f, "grant");
    let revoke = inner.list(f, "revoke");
    let proof = template(f, &mut inner, "proof");
    if grant.is_empty() && revoke.is_empty() {
        f.add(inner.line, &inner.path, "no category", "write grant = [\"billing\"]");
    }
    inner.finish(f, &["grant", "revoke", "proof"]);
    let go = t.text(f, "go");
    let done = if t.has("done") { Some(ending(f, &mut t)) } else { None };
    if go.is_some() == done.is_some() {
        f.add(t.line, &t.path, "no way out, or two", "write go = \"step\" or done = { en = \"...\" }");
    }
    t.finish(f, &["consent", "go", "done", "result", "tell", "keep"]);
    Some(ConsentStep { grant, revoke, proof, go, done })
}

fn done(f: &mut Findings, mut t: Table<'_>) -> Done {
    let done = ending(f, &mut t);
    t.finish(f, &["done", "result", "tell", "keep"]);
    done
}

fn ending(f: &mut Findings, t: &mut Table<'_>) -> Done {
    let entry = t.take(f, "done");
    let text = match entry {
        Some(entry) if entry.value.is_bool() => {
            if entry.value.as_bool() == Some(false) {
                f.add(entry.line, &entry.key, "`done = false` ends nothing", "write done = true");
            }
            None
        }
        Some(entry) => entry.texts(f),
        None => None,
    };
    let result = t.text(f, "result").map(|word| word.name);
    let line = t.line;
    let keep = t.table(f, "keep").and_then(|table| keep(f, table));
    if keep.is_some() && text.is_none() {
        f.add(line, &joined(&t.path, "keep"), "nothing is said that could be answered", "write done = { en = \"...\" }");
    }
    Done { text, result, keep }
}

/// One of a few words.
pub fn one_of<T: Copy>(f: &mut Findings, t: &mut Table<'_>, name: &str, words: &[(&str, T)]) -> Option<T> {
    let word = t.text(f, name)?;
    let found = words.iter().find(|(spelled, _)| *spelled == word.name).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(spelled, _)| *spelled).collect();
        f.add(word.line, &joined(&t.path, name), format!("unknown value `{}`", word.name), propose(&word.name, &known));
    }
    found
}
