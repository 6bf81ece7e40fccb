//! Rules 4 and 7: STOP and its kin, START and its kin (conversation.md section 5).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::case::{Case, Reply};
use crate::conversation::effect::{ConsentChange, Effect, KEPT, Proof, QuestionChange, STAFF, TaskKind};
use crate::conversation::machine::{self, lane_of};
use crate::conversation::packs::Lexicon;
use crate::conversation::packs::shapes::{stand_near, stands_in};
use crate::conversation::rules::{Begin, Outcome, Resolution, Trigger};
use crate::conversation::session::{SentText, Session};
use crate::conversation::view::Asked;
use crate::conversation::{hours, law, normal};
use crate::ids::SessionId;
use crate::terms::{Category, Purpose, QuestionState};

/// A confirmation that has not left by then does not leave.
const CONFIRM_TERM: Duration = Duration::from_mins(5);

/// The word itself, as it is printed on every text.
const KEYWORDS: &[&str] = &["stop", "stopp", "стоп", "unsubscribe", "stopall"];
/// "I said", "just".
const SAID: &[&str] = &["said", "just", "reply", "sagte", "dit", "dije", "disse", "detto", "сказал", "сказала", "сказав", "zei"];
/// A text of more words speaks of something.
const BARE_WORDS_MAX: usize = 5;

/// Whoever writes more than this writes about something.
const OWN_WORDS_MAX: usize = 14;

/// How a text asks to stop.
enum Stop {
    Said,
    AllOfIt,
    Slip,
    Kept,
}

impl Case<'_, '_> {
    /// Rule 4: opt out, withdraw and park, one confirmation.
    pub(super) fn rule_4(&mut self) -> Option<Resolution> {
        match self.stop()? {
            Stop::Said => Some(self.opt_out(false)),
            Stop::AllOfIt => Some(self.opt_out(true)),
            Stop::Slip => Some(self.did_you_mean_stop("one slip from STOP")),
            Stop::Kept => {
                self.keep_texts();
                self.service("stop_kept", &[], Reply::Again);
                Some(self.taken(4, Outcome::None, "answered \"did you mean STOP?\" with no: texts stay on"))
            }
        }
    }

    fn stop(&self) -> Option<Stop> {
        if let Some(said) = self.said_stop() {
            return Some(said);
        }
        let lexicon = &self.rules.packs.lexicon;
        let core = self.heard.core(lexicon);
        if self.view.stop_asked {
            if self.heard.is_whole(&lexicon.no, lexicon) || self.heard.is_whole(&lexicon.no_light, lexicon) {
                return Some(Stop::Kept);
            }
            if self.heard.is_whole(&lexicon.yes, lexicon) || self.heard.is_whole(&lexicon.yes_light, lexicon) {
                return Some(Stop::Said);
            }
        }
        if lexicon.revoke.stand_in(&self.heard.words) || (self.stands_bare() && !self.is_answer()) {
            return Some(Stop::Slip);
        }
        match core {
            [word] if is_slip_of_stop(word, lexicon) && !lexicon.known.contains(word) && !is_word(word) && !self.is_answer() => {
                Some(Stop::Slip)
            }
            _ => None,
        }
    }

    /// The words themselves revoke, whatever was asked before.
    fn said_stop(&self) -> Option<Stop> {
        let lexicon = &self.rules.packs.lexicon;
        let whole = self.heard.is_whole(&lexicon.stop, lexicon) || self.first_sentence_stops();
        if whole && self.heard.core(lexicon).iter().any(|word| word == "all" || word == "stopall") {
            return Some(Stop::AllOfIt);
        }
        (whole || self.is_spelled_out() || lexicon.revokes(&self.heard.words)).then_some(Stop::Said)
    }

    /// "S T O P".
    fn is_spelled_out(&self) -> bool {
        let words = &self.heard.words;
        words.len() > 2
            && words.iter().all(|word| normal::is_letter(word))
            && self.rules.packs.lexicon.stop.is_word(&words.concat())
            && KEYWORDS.contains(&words.concat().as_str())
    }

    /// "Stop ok", "5 stop", "I said stop": the keyword, and nothing beside it that it could belong to.
    fn stands_bare(&self) -> bool {
        let (lexicon, words) = (&self.rules.packs.lexicon, &self.heard.words);
        let is_keyword = |word: &String| KEYWORDS.contains(&word.as_str()) && lexicon.stop.is_word(word);
        let Some(at) = words.iter().position(is_keyword).filter(|_| words.len() <= BARE_WORDS_MAX) else { return false };
        let answers = [&lexicon.yes, &lexicon.yes_light, &lexicon.no, &lexicon.no_light, &lexicon.courtesy];
        let says_nothing =
            |word: &String| is_keyword(word) || answers.iter().any(|phrases| phrases.is_word(word)) || word.chars().all(char::is_numeric);
        let leads = |word: &String| says_nothing(word) || lexicon.small.is_word(word) || SAID.contains(&word.as_str());
        words[..at].iter().all(leads) && words[at..].iter().all(says_nothing)
    }

    /// A STOP in what came of a longer text counts, whatever the rest of it says.
    pub(super) fn stopped_in_part(&mut self) -> Option<Resolution> {
        let all = matches!(self.said_stop()?, Stop::AllOfIt);
        Some(self.opt_out(all))
    }

    /// "Stop. Wrong number": the first sentence is the word, whatever follows it.
    fn first_sentence_stops(&self) -> bool {
        let own = &self.heard.own;
        let Some(end) = own.find(['.', '!', '\n']).filter(|end| *end > 0) else { return false };
        let first = normal::words(&own[..end]);
        matches!(first.as_slice(), [word] if word == "stop" || word == "unsubscribe" || word == "stopall")
    }

    /// "Enough of these messages": what nothing else takes may be a STOP in somebody's own words. It is asked about, so that it is
    /// neither lost nor taken for granted.
    pub(super) fn may_mean_stop(&mut self) -> Option<Resolution> {
        let (lexicon, words) = (&self.rules.packs.lexicon, &self.heard.words);
        if self.view.stop_asked || words.len() > OWN_WORDS_MAX || self.heard.own.contains(['?', '？', '؟']) {
            return None;
        }
        let said: Vec<_> = lexicon.quit_what.iter().filter(|what| stands_in(what, words)).collect();
        let quit = |quit: &Vec<_>| said.iter().any(|what| stand_near(quit, what, words));
        if said.is_empty() || !lexicon.quit.iter().any(quit) {
            return None;
        }
        Some(self.did_you_mean_stop("may be STOP in other words"))
    }

    /// A flow may use a word that looks like a slip of STOP.
    fn is_answer(&self) -> bool {
        self.waiting().into_iter().any(|asked| {
            self.ask(asked)
                .is_some_and(|ask| matches!(self.matched(asked, &ask), super::super::matching::Match::Answer { .. }) && ask.want.is_named())
        })
    }

    fn did_you_mean_stop(&mut self, why: &str) -> Resolution {
        self.consent(Vec::new(), false, true);
        self.service("did_you_mean_stop", &[], Reply::Again);
        self.taken(4, Outcome::Unclear, format!("{why}: asked whether STOP was meant; nothing unsolicited leaves until answered"))
    }

    fn consent(&mut self, categories: Vec<Category>, granted: bool, pending: bool) {
        self.record("sms", categories, granted, pending);
    }

    fn record(&mut self, source: &str, categories: Vec<Category>, granted: bool, pending: bool) {
        let (msisdn, proof) = (self.view.msisdn.clone(), self.proof());
        self.effects.push(Effect::Consent(ConsentChange { msisdn, categories, granted, source: source.to_owned(), proof, pending }));
    }

    /// The reply, and our text that the person had newest on the phone.
    fn proof(&self) -> Proof {
        let newest = self.view.sent.first();
        let session = newest.and_then(|sent| self.session_of(sent.session?));
        Proof {
            reply: self.inbound.text.clone(),
            shown: newest.map(|sent| sent.text.clone()),
            sim: Some(self.inbound.sim.clone()),
            flow: session.map(|session| session.flow.clone()),
            session: session.map(|session| session.id),
            by: None,
        }
    }

    /// "Did you mean STOP?" was answered with no: nothing changes but that it is answered.
    fn keep_texts(&mut self) {
        self.record(KEPT, Vec::new(), true, false);
    }

    fn opt_out(&mut self, all: bool) -> Resolution {
        let staff_stop = self.is_staff() && (self.newest_category() == Some(Category::Alarm) || self.is_alarm_sim());
        let categories = self.stopped(all, staff_stop);
        self.consent(categories.clone(), false, false);
        self.effects.push(Effect::Withdraw { msisdn: self.view.msisdn.clone(), categories: categories.clone() });
        let visit = self.park_all(&categories);
        if let Some(visit) = &visit {
            self.task(TaskKind::Inbox, "dispatch", true, format!("{} stopped texts, the visit stands", visit.flow.name), Some(visit));
        }
        if staff_stop {
            self.task(TaskKind::Inbox, "supervisor", true, "left the roster by STOP".to_owned(), None);
        } else if self.is_staff() && categories.contains(&Category::Work) {
            self.task(TaskKind::Inbox, "supervisor", true, "wants no job texts any more: STOP; alarms still reach them".to_owned(), None);
        }
        self.confirm_stop(if visit.is_some() { "stopped_visit" } else { "stopped" });
        let why = if staff_stop {
            "STOP on an alarm: off the roster"
        } else {
            "STOP: opted out, what was queued is withdrawn, open sessions are parked"
        };
        self.taken(4, Outcome::OptOut, why)
    }

    /// One confirmation goes out, first or not at all.
    fn confirm_stop(&mut self, name: &str) {
        let confirmed = self.view.stopped_at.is_some_and(|at| self.now.ms_since(at) < CONFIRMED_MS) && !self.view.out_of.is_empty();
        if confirmed || !self.may_reply(Reply::Consent) {
            return;
        }
        let text = crate::conversation::render::built_in(self.rules, &self.view.language, name, &[]);
        let mut outgoing = self.to_writer(text, Purpose::Service);
        outgoing.expires_at = Some(self.now.plus(CONFIRM_TERM));
        self.effects.push(Effect::Say { outgoing, question: None });
    }

    /// What a STOP ends. Nothing named is everything; staff keeps its alarms unless the STOP was about them.
    fn stopped(&self, all: bool, staff_stop: bool) -> Vec<Category> {
        const CUSTOMER: &[Category] = &[
            Category::Outage,
            Category::Visits,
            Category::Billing,
            Category::Account,
            Category::Energy,
            Category::Survey,
            Category::Consent,
        ];
        if staff_stop {
            return vec![Category::Alarm, Category::Work];
        }
        let settings = self.rules.settings;
        let today = self.now.civil(&hours::zone(None, None, settings)).date();
        let by_category = !all && law::stops_one_category(&settings.stop_scope, &settings.country, today);
        let newest = self.newest_category();
        match newest.filter(|category| by_category && !category.is_staff()) {
            Some(category) => vec![category],
            // Their jobs end with what a customer gets, where the STOP was about a job; the roster is another matter.
            None if self.is_staff() => CUSTOMER.iter().copied().chain(newest.filter(|category| *category == Category::Work)).collect(),
            None => Vec::new(),
        }
    }

    fn newest_category(&self) -> Option<Category> {
        self.category_of_text(self.view.sent.first()?)
    }

    /// What a text was about; the box's own answers and what a person wrote are about nothing by themselves.
    fn category_of_text(&self, sent: &SentText) -> Option<Category> {
        let of_session = sent.session.and_then(|session| self.category_of(session));
        match sent.purpose {
            Purpose::Prompt | Purpose::Reminder | Purpose::Again | Purpose::ReadBack | Purpose::Tell | Purpose::Plain => {
                of_session.or(Some(sent.category))
            }
            Purpose::WhichOne
            | Purpose::Service
            | Purpose::Fallback
            | Purpose::Safety
            | Purpose::Agent
            | Purpose::HandBack
            | Purpose::Proof => of_session,
        }
    }

    fn category_of(&self, session: SessionId) -> Option<Category> {
        lane_of(self.session_of(session)?, self.rules).map(|lane| lane.category)
    }

    fn session_of(&self, session: SessionId) -> Option<&Session> {
        let known = self.view.questions.iter().chain(&self.replier.closed).chain(&self.view.ended).map(|asked| &asked.session);
        known.chain(&self.view.sessions).find(|known| known.id == session)
    }

    /// The SIM it came in on is the alarms' own, or speaks to this person about alarms: the newest text over it was one.
    fn is_alarm_sim(&self) -> bool {
        let lists = |alarm: bool| {
            let mut lanes = self.rules.lanes.iter().filter(|lane| (lane.category == Category::Alarm) == alarm);
            lanes.any(|lane| lane.sims.contains(&self.inbound.sim))
        };
        let newest = self.view.sent.iter().find(|sent| sent.sim == self.inbound.sim);
        let spoke = newest.and_then(|sent| self.category_of_text(sent)) == Some(Category::Alarm);
        spoke || (lists(true) && !lists(false))
    }

    /// Whether this number stands on a roster.
    pub(super) fn is_staff(&self) -> bool {
        self.rules.rosters.values().flatten().any(|colleague| colleague.msisdn == self.view.msisdn)
    }

    /// Parks what the STOP ends; a visit among it gets the clarifying text. An alarm lives on for the others it pages.
    fn park_all(&mut self, categories: &[Category]) -> Option<Session> {
        let mut seen = BTreeSet::new();
        let view = self.view;
        let sessions = view.questions.iter().map(|asked| &asked.session).chain(&view.sessions);
        let mut visit = None;
        for session in sessions.filter(|session| session.state.is_open()) {
            let category = machine::category_of(session, self.rules);
            let ends = categories.is_empty() || categories.contains(&category);
            if !ends || !seen.insert(session.id) {
                continue;
            }
            if category == Category::Alarm {
                if !categories.is_empty() {
                    self.page_somebody_else(session);
                }
                continue;
            }
            if category == Category::Visits {
                visit = Some(session.clone());
            }
            let mut machine = self.machine(session);
            machine.park();
            let (parked, effects) = (machine.session, machine.effects);
            self.adopt(&parked, effects);
        }
        visit
    }

    /// Who left the roster is not waited for: the next person is paged at once.
    fn page_somebody_else(&mut self, session: &Session) {
        let own = |asked: &&Asked| asked.session.id == session.id && asked.question.state == QuestionState::Waiting;
        let Some(question) = self.view.questions.iter().find(own).map(|asked| asked.question.id) else { return };
        self.effects.push(Effect::Question { id: question, change: QuestionChange::State(QuestionState::Withdrawn) });
        let trigger = Trigger::Undelivered { question: Some(question) };
        let moved = crate::conversation::advance(session.clone(), trigger, None, self.rules, self.now, self.chance);
        self.effects.extend(moved.effects);
    }

    /// Rule 7: back to what this number had; a number without a record is asked for its consent.
    pub(super) fn rule_7(&mut self) -> Option<Resolution> {
        let lexicon = &self.rules.packs.lexicon;
        if !self.heard.is_whole(&lexicon.start, lexicon) {
            return None;
        }
        if !self.view.out_of.is_empty() || self.view.stop_asked {
            let left = self.is_staff() && self.view.out_of.iter().any(|category| category.is_staff());
            self.record(if left { STAFF } else { "sms" }, Vec::new(), true, false);
            if left {
                let note = "wrote START and is still off the roster: only the supervisor puts people back".to_owned();
                self.task(TaskKind::Inbox, "supervisor", false, note, None);
            }
            self.service("started", &[], Reply::Service);
            return Some(self.taken(7, Outcome::Start, "START: texts are on again as before the STOP"));
        }
        if self.view.has_consent_record {
            self.service("started", &[], Reply::Service);
            return Some(self.taken(7, Outcome::Start, "START: texts were on already"));
        }
        let joins = self.rules.flows.all_active().find(|(_, flow)| flow.begin.as_ref().is_some_and(|begin| !begin.system.is_empty()));
        let Some((exact, _)) = joins else {
            self.service("start_join", &[], Reply::Service);
            return Some(self.taken(7, Outcome::Start, "START from a number without a record"));
        };
        let mut request = Begin::new(exact, Some(self.view.msisdn.clone()), BTreeMap::new());
        request.asked_for = true;
        request.sim = Some(self.inbound.sim.clone());
        let session = self.open(request);
        let mut resolution = self.taken(7, Outcome::Start, "START from a number without a record: the opt-in question");
        resolution.session = session;
        Some(resolution)
    }
}

/// Within this long a second STOP is not confirmed again.
const CONFIRMED_MS: i64 = 24 * 3600 * 1000;

/// "Stpo", "unsubcribe": one slip from STOP, or from a reserved word that is too long to be another one.
fn is_slip_of_stop(word: &str, lexicon: &Lexicon) -> bool {
    let near = |one: &str| one.chars().count() >= SLIP_LETTERS_MIN && normal::one_slip(word, one);
    normal::one_slip(word, "stop") || (word.chars().count() >= SLIP_LETTERS_MIN && lexicon.stop.single_words().any(near))
}

/// Shorter words are one letter from many others.
const SLIP_LETTERS_MIN: usize = 8;

/// English words one slip away from STOP: they are no slips.
fn is_word(word: &str) -> bool {
    matches!(word, "shop" | "step" | "slop" | "stoop" | "strop" | "top" | "sop" | "stow" | "atop" | "stops")
}
