//! A text that has to go out becomes a message row and its part rows: the outbox.

use std::time::Duration;

use at_commands::pdu::{Address, Class, Smsc, Submit};
use at_commands::text::{Encoding, Segment, SegmentOptions, Segmented, segment};

use super::{Reject, Work};
use crate::conversation::Rosters;
use crate::conversation::session::Outgoing;
use crate::delivery::cap::Passes;
use crate::ids::{MessageId, PartKey};
use crate::msisdn::Msisdn;
use crate::store::{Message, Part};
use crate::terms::MessageState;

/// A message without an end is worthless after three days; the longest `expires` of a sender is its own business.
pub const EXPIRES_DEFAULT: Duration = Duration::from_hours(72);
/// Most parts of one text, whatever the sender allows: 8-bit concatenation counts no further.
pub const PARTS_MAX: u8 = 255;

/// TP-PID of a short message that replaces another one: the number stands in the last three bits (23.040, clause 9.2.3.9).
const REPLACE: u8 = 0x40;

/// What is known of a text besides [`Outgoing`].
#[derive(Debug, Clone, Default)]
pub struct Extra {
    /// The question it puts, reminds of or reads back.
    pub question: Option<i64>,
    /// It leaves on the SIM named in [`Outgoing`] or not at all.
    pub sim_only: bool,
    /// The sender's own labels.
    pub tags: Vec<String>,
    /// Who asked for it.
    pub source: String,
    /// The rule whose inbound text it answers.
    pub rule: Option<u8>,
    /// Message class, 0 to 3.
    pub class: Option<u8>,
    /// No delivery report is asked for.
    pub no_report: bool,
    /// On the phone it takes the place of the last text with this number, 1 to 7 (TP-PID 41 to 47).
    pub replaces: Option<u8>,
}

/// Cuts a text; a refusal says how many parts it would take.
pub fn cut(text: &str, reference: u8, parts_max: u8, class: Option<u8>) -> Result<Segmented, Reject> {
    let class = class.map(Class::of);
    let options = SegmentOptions { reference: u16::from(reference), parts_max, class, ..SegmentOptions::default() };
    segment(text, &options).map_err(|long| {
        let forced: String = long.forced.iter().take(10).collect();
        let why = if forced.is_empty() { String::new() } else { format!("; these characters make it UCS-2: {forced}") };
        Reject::at("too_long", "/text", format!("the text takes {} parts, at most {} are allowed{why}", long.parts, long.parts_max))
    })
}

/// The word for an encoding in rows and answers.
pub const fn encoding_word(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Ucs2 => "ucs2",
    }
}

impl Work<'_, '_> {
    /// Inserts the message and its parts, queued, with the event that it was accepted.
    pub fn enqueue(&mut self, outgoing: &Outgoing, extra: &Extra, parts_max: u8) -> Result<Message, Reject> {
        let reference = self.tx.newest_reference(&outgoing.to)?.unwrap_or(0).wrapping_add(1);
        let segmented = cut(outgoing.text.expose(), reference, parts_max, extra.class)?;
        let sim = match &outgoing.sim {
            Some(sim) => Some(sim.clone()),
            None => {
                let (sims, rosters, last) = (self.tx.ready_sims()?, Rosters::new(), self.tx.last_sim_of(&outgoing.to)?);
                self.book.rules(&sims, &rosters).sim_for(self.book.lane_of(outgoing.category), None, last.as_deref(), &outgoing.to)
            }
        };
        let mut message = Message {
            n: 0,
            id: MessageId::new(self.now, self.chance),
            to: outgoing.to.clone(),
            text: outgoing.text.clone(),
            purpose: outgoing.purpose,
            category: outgoing.category,
            policy: outgoing.policy,
            rank: outgoing.rank,
            sim,
            sim_only: extra.sim_only,
            session: outgoing.session,
            question: extra.question,
            state: MessageState::Queued,
            encoding: encoding_word(segmented.encoding).to_owned(),
            parts: segmented.parts.len() as u8,
            reference,
            possibly_twice: false,
            replaces: extra.replaces,
            class: extra.class,
            report: !extra.no_report,
            doubted: false,
            tags: extra.tags.clone(),
            source: extra.source.clone(),
            rule: extra.rule,
            not_before: outgoing.not_before,
            expires_at: Some(outgoing.expires_at.unwrap_or_else(|| self.now.plus(EXPIRES_DEFAULT))),
            created_at: self.now,
            accepted_at: None,
            accepted_sim: None,
            submitted_at: None,
            delivered_at: None,
            ended_at: None,
            reason: None,
        };
        message.n = self.tx.insert_message(&message)?;
        self.insert_parts(&message, segmented)?;
        self.emit_message("message.accepted", &message)?;
        Ok(message)
    }

    /// The words of a text that has not left have changed: its parts are made again, in their place in the queue. A part that was
    /// refused keeps its row, and what is known of it; `false` where one of those would have to go.
    pub(super) fn cut_anew(&mut self, message: &Message, segmented: Segmented) -> Result<bool, Reject> {
        let before = self.tx.parts_of(message.id)?;
        let Some(first) = before.first() else { return Err(Reject::not_found("part")) };
        let surplus = before.get(segmented.parts.len()..).unwrap_or_default();
        let tried: Vec<PartKey> = self.tx.attempts_of(message.id)?.into_iter().map(|attempt| attempt.part).collect();
        if surplus.iter().any(|part| tried.contains(&part.key)) {
            return Ok(false);
        }
        for part in surplus {
            self.tx.remove_part(&part.key)?;
        }
        self.tx.save_message_text(message)?;
        for (seq, pdu) in pdus(message, segmented)? {
            let key = PartKey { message: message.id, seq };
            if usize::from(seq) <= before.len() {
                self.tx.save_part_pdu(&key, &pdu)?;
                continue;
            }
            // Due since the others were queued: it stands in its lane, not beside it.
            let queued = Part::queued(key, message.n, &message.to, message.rank, pdu, first.queued_at);
            self.tx.insert_part(&Part { wish: first.wish.clone(), passes: first.passes, ..queued })?;
        }
        Ok(true)
    }

    fn insert_parts(&mut self, message: &Message, segmented: Segmented) -> Result<(), Reject> {
        let is_page = message.session.map(|session| self.tx.is_paged(session, &message.to)).transpose()?.unwrap_or(false);
        let passes = Passes::of(message.rank, message.policy, is_page);
        for (seq, pdu) in pdus(message, segmented)? {
            let key = PartKey { message: message.id, seq };
            self.tx.insert_part(&Part {
                wish: message.sim.clone(),
                passes,
                due_at: message.not_before.map_or(self.now, |from| from.max(self.now)),
                ..Part::queued(key, message.n, &message.to, message.rank, pdu, self.now)
            })?;
        }
        Ok(())
    }
}

/// The SUBMITs of a text, numbered from 1.
fn pdus(message: &Message, segmented: Segmented) -> Result<Vec<(u8, Vec<u8>)>, Reject> {
    let da = address(&message.to)?;
    let pdu = |(seq, part): (u8, Segment)| {
        let mut submit = Submit::new(da.clone(), part.dcs, part.udh, part.ud);
        submit.status_report_request = message.report;
        submit.pid = message.replaces.map_or(0, |number| REPLACE | number);
        let pdu = submit.encode(Smsc::Absent).map_err(|error| Reject::new("internal", format!("a part does not encode: {error}")))?;
        Ok((seq, pdu))
    };
    (1_u8..).zip(segmented.parts).map(pdu).collect()
}

fn address(to: &Msisdn) -> Result<Address, Reject> {
    Address::from_e164(to.e164()).map_err(|error| Reject::at("invalid", "/to", format!("the number does not fit a message: {error}")))
}
