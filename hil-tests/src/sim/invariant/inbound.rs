//! Inbound: what a modem took on itself is on disk, once for each text; a text is understood once, and answers only a question
//! of its writer that was open.

use std::collections::{BTreeMap, BTreeSet};

use answerback::store::page::Paging;
use answerback::store::{Changed, InboundRow, Reader};
use answerback::terms::AttemptState;
use at_commands::hex;
use at_commands::text::{SegmentOptions, segment};

use super::ledger::{Ledger, Life};
use crate::emulator::brain::Brain;
use crate::emulator::network::Taken;
use crate::sim::{Sim, Written};

/// What was seen of inbound texts.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    newest: i64,
    /// Whole texts by writer, SIM and words.
    texts: BTreeMap<(String, String, String), usize>,
    /// Questions that waited at the last look.
    waiting: BTreeSet<i64>,
}

/// A hard fence has so much slack while the offset of a service centre is not known.
const FENCE_MS: i64 = 120_000;
/// A service centre's clock is known from so many texts on.
const SAMPLES_MIN: u32 = 5;
/// Rows of the first page of new texts, and of the others: mostly there is one.
const FIRST_PAGE: u32 = 1;
const PAGE: u32 = 16;
const QUESTIONS_MAX: u32 = 500;

impl Inbox {
    /// Judges the texts that are new; whether there were any.
    pub(super) fn look(&mut self, sim: &Sim, ledger: &Ledger, changed: &Changed, everything: bool) -> Result<bool, String> {
        let rows = if changed.inbound || everything { sim.read(|reader| self.arrivals(reader))? } else { Vec::new() };
        for row in &rows {
            understood(row)?;
            self.written_so_often(sim, row)?;
            self.answers_its_question(sim, ledger, row)?;
        }
        if changed.questions || everything {
            let waiting = sim.read(|reader| reader.questions_waiting(QUESTIONS_MAX)).map_err(|error| error.to_string())?;
            self.waiting = waiting.into_iter().map(|question| question.id).collect();
        }
        Ok(!rows.is_empty())
    }

    fn arrivals(&mut self, reader: &Reader<'_>) -> Result<Vec<InboundRow>, String> {
        let (mut new, mut cursor, mut rows) = (Vec::new(), None, FIRST_PAGE);
        loop {
            let paging = Paging::new(std::mem::replace(&mut rows, PAGE), cursor);
            let page = reader.inbounds(None, paging).map_err(|error| error.to_string())?;
            let seen = page.items.last().is_none_or(|row| row.id <= self.newest);
            new.extend(page.items.into_iter().filter(|row| row.id > self.newest));
            cursor = page.next.filter(|_| !seen);
            if cursor.is_none() {
                break;
            }
        }
        new.sort_by_key(|row| row.id);
        self.newest = new.last().map_or(self.newest, |row| row.id);
        Ok(new)
    }

    /// Whether a text with these words came in.
    pub(super) fn has(&self, text: &str) -> bool {
        self.texts.keys().any(|(.., words)| words == text)
    }

    /// Never more rows than somebody wrote.
    fn written_so_often(&mut self, sim: &Sim, row: &InboundRow) -> Result<(), String> {
        if row.hex.is_some() || row.parts_have < row.parts_total {
            return Ok(());
        }
        let key = (row.sender.clone(), row.sim.clone(), row.text.expose().to_owned());
        let rows = self.texts.entry(key).or_default();
        *rows += 1;
        let times = candidates(sim, row).count() + of_the_box(sim, row);
        if *rows > times {
            return Err(format!("{} wrote {:?} {times} times, the box has it {rows} times", row.sender, row.text.expose()));
        }
        Ok(())
    }

    fn answers_its_question(&self, sim: &Sim, ledger: &Ledger, row: &InboundRow) -> Result<(), String> {
        let Some(id) = row.question.filter(|_| row.answer.is_some()) else { return Ok(()) };
        let question = sim.read(|reader| reader.question(id)).ok().flatten();
        let Some(question) = question else { return Err(format!("text {} answers question {id}, which is not there", row.id)) };
        if row.from.as_ref() != Some(&question.to) {
            return Err(format!("text {} of {} answers a question to another number", row.id, row.sender));
        }
        if !self.waiting.contains(&id) && question.keep_until.is_none() && row.rule != Some(15) {
            return Err(format!("text {} ({:?}) answers question {id}, which was not open", row.id, row.text.expose()));
        }
        let taken = sim.world().network().taken();
        let texts: Vec<&Life> = ledger.lives().filter(|life| life.message.question == Some(id)).collect();
        let asked = texts.iter().flat_map(|life| &life.taken).filter_map(|one| taken.get(one.place)).map(|one| one.at_ms).min();
        let in_state = |state| texts.iter().any(|life| life.attempts.iter().any(|attempt| attempt.state == state));
        let Some(asked) = asked else {
            // The box does not know better: what is in doubt may be on the phone.
            // What somebody wrote out of the blue may have ended that doubt.
            let misled = sim.wrote_unasked(&question.to) && in_state(AttemptState::Submitted);
            if in_state(AttemptState::InDoubt) || misled {
                return Ok(());
            }
            return Err(format!("text {} answers question {id}, which the network never took", row.id));
        };
        // Where the box's own clock was set and the centre's is not known yet, no fence can tell.
        let blind = sim.sets_clock && row.samples < SAMPLES_MIN;
        // The same where what was in doubt was sent once more, and only then taken.
        let perhaps_before = in_state(AttemptState::InDoubt);
        if blind || perhaps_before || candidates(sim, row).any(|one| one.at.unix_ms() + FENCE_MS >= asked) {
            return Ok(());
        }
        Err(format!("text {} ({:?}) answers question {id} and was written before it was asked", row.id, row.text.expose()))
    }
}

/// Every text is understood in the transaction that keeps it.
fn understood(row: &InboundRow) -> Result<(), String> {
    if row.rule.is_none() && row.outcome.is_none() {
        return Err(format!("text {} of {} has no rule and no outcome", row.id, row.sender));
    }
    let text = row.text.expose();
    if is_of_the_box(text) && (row.outcome.as_deref() != Some("proof") || row.from.is_some() || row.rule.is_some()) {
        return Err(format!("text {} ({text:?}) is the box's own and was taken for somebody's", row.id));
    }
    if is_danger(text) && !row.danger {
        return Err(format!("text {} ({text:?}) was not heard as danger", row.id));
    }
    if text.trim().eq_ignore_ascii_case("stop") && row.rule != Some(4) {
        return Err(format!("text {} ({text:?}) was taken by rule {:?}", row.id, row.rule));
    }
    Ok(())
}

/// How a reaction of the simulated people begins.
const REACTIONS: [&str; 3] = ["Liked \u{201c}", "👍 to \u{201c}", "Laughed at \u{201c}"];

/// What a text says of its own: a reaction quotes the box, and says nothing.
pub(super) fn own_words(text: &str) -> &str {
    let is_reaction = text.ends_with('\u{201d}') && REACTIONS.iter().any(|beginning| text.starts_with(beginning));
    if is_reaction { "" } else { text }
}

/// What the simulated people say when there is danger.
fn is_danger(text: &str) -> bool {
    let text = own_words(text);
    ["smell gas", "wire down", "huele a gas", "nach Gas", "пахне газом", "sent le gaz", "gaz kokusu"]
        .iter()
        .any(|words| text.contains(words))
}

/// What no simulated person writes.
fn is_of_the_box(text: &str) -> bool {
    ["Answerback proof of life ", "Answerback self-test "].iter().any(|words| text.contains(words))
}

/// How often the box wrote this to itself.
fn of_the_box(sim: &Sim, row: &InboundRow) -> usize {
    let own = |one: &&Taken| one.from == row.sender && one.text.as_deref() == Some(row.text.expose());
    let receiver = sim.world().brains().iter().map(Brain::card).find(|card| card.iccid == row.sim);
    let taken = sim.world().network().taken().iter();
    taken.filter(own).filter(|one| receiver.is_some_and(|card| card.number == one.to)).count()
}

/// What people wrote that this row may be.
fn candidates<'a>(sim: &'a Sim, row: &'a InboundRow) -> impl Iterator<Item = &'a Written> {
    let brains = sim.world().brains();
    sim.written().iter().filter(move |one| {
        let iccid = brains.get(one.modem).map_or("", |brain| brain.card().iccid.as_str());
        one.from == row.sender && iccid == row.sim && as_sent(&one.text) == row.text.expose()
    })
}

/// A text as the alphabet carries it.
fn as_sent(text: &str) -> String {
    segment(text, &SegmentOptions::default())
        .map(|segmented| segmented.parts.iter().filter_map(|part| part.ud.text()).collect())
        .unwrap_or_default()
}

/// At rest: every text that a modem acknowledged is on disk.
pub(super) fn nothing_acknowledged_is_lost(sim: &Sim) -> Result<(), String> {
    let kept = sim.read(kept)?;
    for (modem, pdu) in sim.world().network().acknowledged_texts() {
        let Some(brain) = sim.world().brains().get(*modem) else { continue };
        let hex = hex::encode(pdu).to_ascii_uppercase();
        if !kept.contains(&(brain.card().iccid.clone(), hex.clone())) {
            return Err(format!("modem{modem} acknowledged {hex} and it is not on disk"));
        }
    }
    Ok(())
}

/// SIM and PDU of everything that was kept.
fn kept(reader: &Reader<'_>) -> Result<BTreeSet<(String, String)>, String> {
    let (mut kept, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = reader.inbounds(None, Paging::new(PAGE, cursor)).map_err(|error| error.to_string())?;
        for row in &page.items {
            for part in reader.parts_of_inbound(row.id).map_err(|error| error.to_string())? {
                kept.insert((part.sim, part.hex.to_ascii_uppercase()));
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use answerback::text::Text;
    use answerback::time::Timestamp;

    use super::*;

    fn check(text: &str, rule: Option<u8>, danger: bool, holds: bool) {
        let row = InboundRow {
            id: 1,
            from: None,
            sender: "+15550100200".to_owned(),
            sim: String::new(),
            text: Text::new(text),
            hex: None,
            scts: None,
            offset_ms: 0,
            samples: 0,
            received_at: Timestamp::from_unix_ms(1),
            live: true,
            parts_have: 1,
            parts_total: 1,
            redelivered: 0,
            rule,
            outcome: None,
            session: None,
            question: None,
            answer: None,
            why: String::new(),
            candidates: Vec::new(),
            danger,
        };
        assert_eq!(understood(&row).is_ok(), holds, "{text}, rule {rule:?}");
    }

    #[test]
    fn a_stop_and_a_danger_are_never_missed() {
        check("Answerback proof of life 0123456789AB", Some(17), false, false);
        check("hello", Some(17), false, true);
        check("hello", None, false, false);
        check("I smell gas in the kitchen", Some(5), true, true);
        check("I smell gas in the kitchen", Some(17), false, false);
        check("Liked \u{201c}ACK 87: DANGER gas: I smell gas\u{201d}", Some(11), false, true);
        check("Liked your call: I smell gas", Some(17), false, false);
        check("stop", Some(4), false, true);
        check("STOP", Some(17), false, false);
    }
}
