//! What the box knows of one person, as the conversation wants to see it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::book::LATE_MAX;
use super::{Reject, Work};
use crate::conversation::session::{Question, Session};
use crate::conversation::view::{Asked, Guard, PersonView, Replier};
use crate::conversation::{Colleague, Rosters, hours, render};
use crate::msisdn::Msisdn;
use crate::terms::{Category, Purpose};
use crate::text::Text;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const CLOSED_FOR: Duration = Duration::from_hours(2);
/// A staff code lives for so long.
const CODES_FOR: Duration = Duration::from_hours(12);
const TAG_REST: Duration = Duration::from_hours(24 * 7);
const SAFETY_PAUSE: Duration = Duration::from_mins(10);
/// The newest of our texts decide the gate; older ones only serve quotes.
const SENT_MAX: u32 = 50;
const ENDED_MAX: u32 = 20;
/// Rules whose texts answer HELP, START and keywords.
const SERVICE_RULES: &[u8] = &[6, 7, 13];
/// Rules whose texts ask whether STOP was meant, and confirm it; a STOP in part of a text is confirmed by rule 3.
const STOP_RULES: &[u8] = &[3, 4];
/// The rule whose only service text is the hint how to report an outage.
const HINT_RULE: u8 = 17;

impl Work<'_, '_> {
    /// Who wrote; `heard` is the whole text at hand, with its row.
    pub fn replier(&self, who: &Msisdn, heard: Option<(&Text, i64)>) -> Result<Replier, Reject> {
        let person = self.person(who)?;
        Ok(Replier {
            closed: self.asked(self.tx.questions_closed(who, self.now.minus(CLOSED_FOR))?, &person.sessions)?,
            held: self.tx.held_answer(who)?,
            agent: self.tx.agent_hold(who)?,
            closed_thread: self.tx.thread_closed(who)?,
            guard: self.guard(who, heard, &person.language)?,
            refused: match heard {
                Some((_, row)) => self.tx.codes_refused_within(who, &self.now.last(CODES_FOR), row)?,
                None => Vec::new(),
            },
            handed_back_at: self.tx.handed_back_at(who)?,
            person,
        })
    }

    /// The view of a person.
    pub fn person(&self, who: &Msisdn) -> Result<PersonView, Reject> {
        let contact = self.tx.contact(who)?;
        let standing = self.standing(who)?;
        let open = self.tx.open_sessions_of(who)?;
        let questions = self.asked(self.tx.questions_heard(who)?, &open)?;
        let asked: BTreeSet<_> = questions.iter().map(|asked| asked.session.id).collect();
        let sessions: Vec<Session> = open.into_iter().filter(|session| !asked.contains(&session.id)).collect();
        let language = contact
            .as_ref()
            .and_then(|contact| contact.language.clone())
            .or_else(|| questions.last().map(|asked| asked.session.language.clone()))
            .or_else(|| self.book.packs.languages().first().cloned())
            .unwrap_or_default();
        Ok(PersonView {
            msisdn: who.clone(),
            language,
            out_of: standing.out.keys().copied().collect(),
            into: standing.into.iter().copied().collect(),
            stopped_at: standing.stopped_at,
            stop_asked: standing.asked,
            has_consent_record: standing.known,
            begun: self.begun(who, questions.iter().map(|asked| &asked.session).chain(&sessions))?,
            questions,
            sessions,
            ended: self.ended(who)?,
            tags_used: self.tx.tags_used(who, self.now.minus(TAG_REST))?,
            zone: contact.as_ref().and_then(|contact| contact.zone.clone()),
            sent: self.tx.sent_texts(who, SENT_MAX)?,
            accounts: contact.as_ref().map_or(1, |contact| contact.accounts.max(1)),
            facts: contact.map(super::verify::facts_of).unwrap_or_default(),
        })
    }

    /// Questions with their sessions; those that are `known` are not read again.
    fn asked(&self, questions: Vec<Question>, known: &[Session]) -> Result<Vec<Asked>, Reject> {
        let mut asked = Vec::with_capacity(questions.len());
        for question in questions {
            let known = known.iter().find(|session| session.id == question.session).cloned();
            if let Some(session) = known.map_or_else(|| self.tx.session(question.session), |known| Ok(Some(known)))? {
                asked.push(Asked { question, session });
            }
        }
        Ok(asked)
    }

    /// How often each flow that may follow one of these sessions began with a person, inside the time that it counts.
    fn begun<'s>(&self, who: &Msisdn, open: impl Iterator<Item = &'s Session>) -> Result<BTreeMap<String, u32>, Reject> {
        let open: BTreeSet<&str> = open.map(|session| session.flow.name.as_str()).collect();
        let mut begun = BTreeMap::new();
        for (exact, flow) in self.book.flows.all_active() {
            let Some(after) = flow.after.as_ref().filter(|after| open.contains(after.flow.name.as_str())) else { continue };
            let Some((_, window)) = after.per_person else { continue };
            let times = self.tx.sessions_begun(who, &exact.name, self.now.minus(window))?;
            begun.insert(exact.name, times);
        }
        Ok(begun)
    }

    fn ended(&self, who: &Msisdn) -> Result<Vec<Asked>, Reject> {
        let mut ended = Vec::new();
        for session in self.tx.ended_sessions_of(who, self.now.minus(LATE_MAX), ENDED_MAX)? {
            if let Some(question) = self.tx.last_question_of(session.id, who)? {
                ended.push(Asked { question, session });
            }
        }
        Ok(ended)
    }

    fn guard(&self, who: &Msisdn, heard: Option<(&Text, i64)>, language: &str) -> Result<Guard, Reject> {
        let made = |purpose, rules: &[u8], within| self.tx.texts_made_within(who, purpose, rules, &self.now.last(within));
        let fallback = made(Purpose::Fallback, &[], DAY)?;
        let rosters = Rosters::new();
        let fire = render::built_in(&self.book.rules(&[], &rosters), language, "fire", &[]);
        Ok(Guard {
            equal_last_hour: match heard {
                Some((text, row)) => self.tx.equal_texts_within(who, text, &self.now.last(HOUR), row)?,
                None => 0,
            },
            service_last_hour: made(Purpose::Service, SERVICE_RULES, HOUR)?,
            asked_last_day: made(Purpose::Again, &[], DAY)? + fallback + made(Purpose::Service, STOP_RULES, DAY)?,
            fallback_last_day: fallback,
            begun_last_hour: self.tx.keywords_within(who, &self.now.last(HOUR), heard.map_or(0, |(_, row)| row))?,
            hints_last_day: made(Purpose::Service, &[HINT_RULE], DAY)?,
            safety_last_10_min: made(Purpose::Safety, &[], SAFETY_PAUSE)?,
            fire_last_10_min: self.tx.equal_texts_made_within(who, Purpose::Safety, &fire, &self.now.last(SAFETY_PAUSE))?,
        })
    }

    /// Every roster with who is paged now: on shift, and not out of alarms. Where nobody's shift covers this minute,
    /// everybody who takes alarms is paged: a hole in a plan is no reason for silence.
    pub fn rosters_now(&self) -> Result<Rosters, Reject> {
        if self.book.rosters.is_empty() {
            return Ok(Rosters::new());
        }
        let local = self.now.civil(&hours::zone(None, None, &self.book.settings));
        let weekday = local.date().weekday().to_monday_zero_offset() as u8;
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let mut rosters = Rosters::new();
        let everybody: Vec<&Msisdn> = self.book.rosters.iter().flat_map(|roster| &roster.people).map(|on_call| &on_call.number).collect();
        // Two statements for all: every text and every timer asks, and hardly anybody of them has a record or a code.
        let (known, codes) = (self.tx.with_consents(&everybody)?, self.tx.codes_open_to(&everybody)?);
        for roster in &self.book.rosters {
            let mut people = Vec::with_capacity(roster.people.len());
            let mut anybody = false;
            for on_call in &roster.people {
                let takes = !known.contains(&on_call.number) || !self.standing(&on_call.number)?.out.contains_key(&Category::Alarm);
                let on_shift = on_call.is_on_shift(weekday, minute);
                anybody |= takes && on_shift;
                let live_codes = codes.get(&on_call.number).cloned().unwrap_or_default();
                let colleague =
                    Colleague { name: on_call.name.clone(), msisdn: on_call.number.clone(), on_duty: takes, is_out: !takes, live_codes };
                people.push((colleague, on_shift));
            }
            let called =
                |(colleague, on_shift): (Colleague, bool)| Colleague { on_duty: colleague.on_duty && (on_shift || !anybody), ..colleague };
            rosters.insert(roster.name.clone(), people.into_iter().map(called).collect());
        }
        Ok(rosters)
    }
}
