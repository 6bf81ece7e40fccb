//! What followed a text, and whether it is what the case wants.

use std::collections::BTreeMap;

use super::Trouble;
use super::case::{Case, Want};
use super::play::Play;
use crate::conversation::effect::TaskKind;
use crate::ids::SessionId;
use crate::store::page::Paging;
use crate::store::{EVENTS_MAX, Event, InboundRow, Task};

/// What followed one text.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Where the logs stood when it began.
    from: Marks,
    rule: Option<u8>,
    session: Option<String>,
    answer: Option<String>,
    values: Vec<String>,
    steps: BTreeMap<String, String>,
    calls: Vec<String>,
    sent: Vec<(String, String)>,
    danger: bool,
    callback: bool,
    out: bool,
    queues: Vec<String>,
    open: Vec<String>,
    rings: Vec<String>,
    why: String,
}

#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    calls: usize,
    sent: usize,
    rung: usize,
    event: i64,
    inbound: i64,
    tasks: usize,
}

impl Play<'_> {
    /// The row before ends, this one begins.
    pub(super) fn begin_row(&mut self, row: usize) -> Result<(), Trouble> {
        if row > 0 {
            self.end_row()?;
        }
        let from = Marks {
            calls: self.world.calls.len(),
            sent: self.world.sent.len(),
            rung: self.world.phones.rung.len(),
            event: self.world.newest_event()?,
            inbound: self.inbounds()?.iter().map(|inbound| inbound.id).max().unwrap_or(0),
            tasks: self.tasks()?.len(),
        };
        self.rows.push(Row { from, ..Row::default() });
        Ok(())
    }

    fn inbounds(&self) -> Result<Vec<InboundRow>, Trouble> {
        Ok(self.world.read(|reader| reader.inbounds(None, Paging::newest(100)))?.items)
    }

    fn tasks(&self) -> Result<Vec<Task>, Trouble> {
        let mut tasks = self.world.read(|reader| reader.tasks(true, Paging::newest(100)))?.items;
        tasks.reverse();
        Ok(tasks)
    }

    /// Everything that followed, up to now.
    pub(super) fn end_row(&mut self) -> Result<(), Trouble> {
        self.name_new_ones()?;
        let Some(mut row) = self.rows.pop() else { return Ok(()) };
        let new: Vec<InboundRow> = self.inbounds()?.into_iter().filter(|inbound| inbound.id > row.from.inbound).collect();
        match new.iter().min_by_key(|inbound| inbound.id) {
            None => row.rule = Some(1),
            Some(inbound) => {
                row.rule = inbound.rule;
                row.session = inbound.session.map(|id| self.name(id));
                row.answer.clone_from(&inbound.answer);
                row.why.clone_from(&inbound.why);
            }
        }
        row.calls = self.world.calls[row.from.calls..].to_vec();
        row.sent = self.world.sent[row.from.sent..].iter().map(|sent| (sent.to.clone(), sent.text.expose().to_owned())).collect();
        row.rings = self.world.phones.rung[row.from.rung..].to_vec();
        self.events(&mut row)?;
        for task in self.tasks()?.into_iter().skip(row.from.tasks) {
            row.callback |= task.kind == TaskKind::Callback;
            // What a text is marked with raises nobody: the task does.
            row.danger |= task.kind == TaskKind::Danger;
            row.queues.push(task.queue);
        }
        self.states(&mut row)?;
        self.rows.push(row);
        Ok(())
    }

    fn name(&self, id: SessionId) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn events(&self, row: &mut Row) -> Result<(), Trouble> {
        let events: Vec<Event> = self.world.read(|reader| reader.events_after(row.from.event, EVENTS_MAX))?;
        for event in events {
            let word = |key: &str| event.data.get(key).and_then(|value| value.as_str()).map(str::to_owned);
            match event.kind.as_str() {
                "session.answered" => {
                    let value = event.data.get("value");
                    row.values.extend(value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
                }
                "message.received" => row.queues.extend(word("queue")),
                _ => {}
            }
        }
        Ok(())
    }

    fn states(&mut self, row: &mut Row) -> Result<(), Trouble> {
        for (id, name) in &self.names {
            if let Some(session) = self.world.read(|reader| reader.session(*id))? {
                row.steps.insert(name.clone(), session.step.clone());
                if session.state.is_open() {
                    row.open.push(name.clone());
                }
            }
        }
        row.open.sort();
        let person = crate::msisdn::Msisdn::from_e164(&self.case.person).map_err(|error| Trouble(error.to_string()))?;
        row.out = self.world.opted_out(&person)?;
        Ok(())
    }
}

/// What fell, in words.
pub(super) fn judge(case: &Case, rows: &[Row]) -> Vec<String> {
    let mut fallen = Vec::new();
    for (at, want) in case.wants().into_iter().enumerate() {
        match rows.get(at) {
            Some(row) => fallen.extend(compare(want, row).into_iter().map(|what| format!("text {}: {what}", at + 1))),
            None => fallen.push(format!("text {} was never heard", at + 1)),
        }
    }
    fallen
}

fn compare(want: &Want, row: &Row) -> Vec<String> {
    let mut fallen = Vec::new();
    let mut is = |what: &str, same: bool, got: String, wanted: String| {
        if !same {
            fallen.push(format!("{what} is {got}, not {wanted} ({})", row.why));
        }
    };
    if let Some(rule) = want.rule {
        is("rule", row.rule == Some(rule), format!("{:?}", row.rule), rule.to_string());
    }
    if let Some(session) = &want.session {
        is("session", row.session.as_ref() == Some(session), format!("{:?}", row.session), session.clone());
    }
    if let Some(answer) = &want.answer {
        is("answer", row.answer.as_ref() == Some(answer), format!("{:?}", row.answer), answer.clone());
    }
    if let Some(value) = &want.value {
        let wanted = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        is("value", row.values.contains(&wanted), format!("{:?}", row.values), wanted);
    }
    if let Some(step) = &want.step {
        let only = row.steps.keys().next().filter(|_| row.steps.len() == 1);
        let session = want.session.as_ref().or(row.session.as_ref()).or(only);
        let got = session.and_then(|session| row.steps.get(session));
        is("step", got == Some(step), format!("{got:?}"), step.clone());
    }
    if let Some(calls) = &want.calls {
        is("calls", row.calls == *calls, format!("{:?}", row.calls), format!("{calls:?}"));
    }
    if let Some(sent) = want.sent {
        let said: Vec<&str> = row.sent.iter().map(|(_, text)| text.as_str()).collect();
        is("sent", row.sent.len() == sent, format!("{} {said:?}", row.sent.len()), sent.to_string());
    }
    if let Some(says) = &want.says {
        let last = row.sent.last().map(|(_, text)| text.clone()).unwrap_or_default();
        is("says", last.contains(says.as_str()), format!("{last:?}"), format!("{says:?}"));
    }
    if let Some(to) = &want.to {
        let last = row.sent.last().map(|(to, _)| to.clone()).unwrap_or_default();
        is("to", last == *to, last.clone(), to.clone());
    }
    if let Some(danger) = want.danger {
        is("danger", row.danger == danger, row.danger.to_string(), danger.to_string());
    }
    if let Some(callback) = want.callback {
        is("callback", row.callback == callback, row.callback.to_string(), callback.to_string());
    }
    if let Some(consent) = &want.consent {
        let got = if row.out { "out" } else { "in" };
        is("consent", got == consent, got.to_owned(), consent.clone());
    }
    if let Some(agent) = &want.agent {
        is("agent", row.queues.contains(agent), format!("{:?}", row.queues), agent.clone());
    }
    if let Some(rings) = &want.rings {
        is("rings", row.rings == *rings, format!("{:?}", row.rings), format!("{rings:?}"));
    }
    if let Some(open) = &want.open {
        let mut wanted = open.clone();
        wanted.sort();
        is("open", row.open == wanted, format!("{:?}", row.open), format!("{wanted:?}"));
    }
    fallen
}
