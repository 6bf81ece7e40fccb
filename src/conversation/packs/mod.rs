//! Language packs: the words people use and the box's own texts, as TOML data embedded in the program.
//!
//! Forms of all packs that are on are heard together, whatever language a prompt had; texts come from one pack.

pub mod ahead;
pub mod bags;
pub mod clock;
mod cut;
mod dangers;
mod doubts;
pub mod exact;
pub mod kin;
pub mod lexicon;
pub mod patterns;
mod phrases;
pub mod shapes;
mod shipped;
pub mod tongue;
pub mod words;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

pub use lexicon::Lexicon;
pub use phrases::Phrases;

/// One language as its file holds it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Two letters.
    pub language: String,
    /// Exact forms of yes.
    pub yes: Vec<String>,
    /// Forms of yes that are too light for money.
    #[serde(default)]
    pub yes_light: Vec<String>,
    /// Exact forms of no.
    pub no: Vec<String>,
    /// Forms of no that are too light for money.
    #[serde(default)]
    pub no_light: Vec<String>,
    /// Short words that are yes only where nothing else is said: "hai", "давайте".
    #[serde(default)]
    pub yes_whole: Vec<String>,
    /// Short words that are no only where nothing else is said: "la", "net".
    #[serde(default)]
    pub no_whole: Vec<String>,
    /// "I can't", "nobody will be home": no to what we offer or ask for, and no word about a fact.
    #[serde(default)]
    pub declines: Vec<String>,
    /// Yes to a visit, and no word about anything else: "see you then", "will be home". `(a|b)` is either.
    pub accepts: Vec<String>,
    /// "Thanks for": what follows it is about what was received.
    pub thanks: Vec<String>,
    /// "Dear", "hello": a name may follow.
    pub greets: Vec<String>,
    /// "This is": the writer's name follows, or stands in front.
    pub introduces: Vec<String>,
    /// Who is in a house and what belongs to it: beside an answer they tell how to come in.
    pub house: Vec<String>,
    /// "But": behind an apology it takes nothing back.
    pub but: Vec<String>,
    /// What a question about a visit speaks of: "come", "crew".
    pub visit: Vec<String>,
    /// What a question that ends something speaks of: "drop", "cancel".
    pub undoes: Vec<String>,
    /// "Last", "ago": a day that is over.
    pub past: Vec<String>,
    /// "Next week".
    pub next_week: Vec<String>,
    /// "Week", "month": beside a day they make it another one.
    pub weeks: Vec<String>,
    /// "In 2 days".
    pub ahead: ahead::Counted,
    /// "About", "roughly": no amount to the cent.
    pub about: Vec<String>,
    /// What options of a list may mean, and how people say it: "payment plan", "in instalments". `*` as in `revoke`.
    pub meanings: BTreeMap<String, Vec<String>>,
    /// "So", "in total": the sum stands beside it.
    pub sum: Vec<String>,
    /// "Plus": something comes on top.
    pub plus: Vec<String>,
    /// How many people live somewhere, without a number: "just me", "zu dritt".
    pub people: BTreeMap<String, Vec<String>>,
    /// How words are shortened in a chat: "u" is "you".
    #[serde(default)]
    pub chat: BTreeMap<String, String>,
    /// Reserved consent words, as the whole message.
    pub stop: Vec<String>,
    /// Plain-language revocations, anywhere; `*` stands for up to three words.
    pub revoke: Vec<String>,
    /// "Don't stop texting me", "I get no texts": beside a revocation they make it one to be asked about.
    #[serde(default)]
    pub keep: Vec<String>,
    /// "Enough", "sick of": near a word of `quit_what` they may mean STOP, and are asked about. `*` ends the beginning of a word.
    pub quit: Vec<String>,
    /// "Messages", "texts".
    pub quit_what: Vec<String>,
    /// Words that ask for help, as the whole message.
    pub help: Vec<String>,
    /// Words that come back after a STOP, as the whole message.
    pub start: Vec<String>,
    /// Words that ask for a call, as the whole message.
    pub call: Vec<String>,
    /// Phrases that ask for a call inside a longer text.
    pub call_me: Vec<String>,
    /// "Who has it": what people on call ask about an alarm.
    pub who_has: Vec<String>,
    /// Phrases that ask for a person, anywhere.
    pub agent: Vec<String>,
    /// "Wrong number", anywhere.
    pub wrong_number: Vec<String>,
    /// Gas in the air: words in any order within four; each may be the beginning of a longer one, `(a|b)` is either.
    pub danger_gas: Vec<String>,
    /// Wires, sparks, smoke.
    pub danger_wires: Vec<String>,
    /// Fire, alone.
    pub danger_fire: Vec<String>,
    /// A life at risk, alone: "unconscious", "cannot breathe"; phrases as those of gas.
    pub danger_life: Vec<String>,
    /// Who or what cannot be without power or heat: "ventilator", "newborn".
    pub frail: Vec<String>,
    /// What is missing then: "no power", "freezing".
    pub lack: Vec<String>,
    /// Water where it should not be: "leaking", "flooded".
    pub wet: Vec<String>,
    /// What water must not reach: "fuse box", "socket".
    pub electrics: Vec<String>,
    /// What sounds like danger and is none: "smoke detector * battery"; `*` stands for up to three words.
    #[serde(default)]
    pub calm: Vec<String>,
    /// Words of courtesy: they never change a meaning.
    pub courtesy: Vec<String>,
    /// "Would", "less than": a score that is none.
    pub would: Vec<String>,
    /// "Number one", "the best": praise and no figure.
    pub best: Vec<String>,
    /// "All", "any": no option of a list.
    pub every: Vec<String>,
    /// Repaired, needed no longer: no to a visit.
    pub mended: Vec<String>,
    /// "Need", "want": beside a no to what shall end they may mean either.
    pub needs: Vec<String>,
    /// "Please", "thank you", "hello": all the courtesy there may be around an answer that moves money.
    pub polite: Vec<String>,
    /// Words beside an answer that leave it what it is.
    #[serde(default)]
    pub harmless: Vec<String>,
    /// Words that turn a meaning round.
    pub negators: Vec<String>,
    /// "Problem", "mind": who denies one agrees.
    pub objections: Vec<String>,
    /// "Until", "tomorrow": a contrast that tells when; in the reason of a no it turns nothing.
    pub during: Vec<String>,
    /// "But", "unless", "already".
    pub contrast: Vec<String>,
    /// Words that begin a question.
    pub question: Vec<String>,
    /// Words that ask at the end of a text only: Turkish "mi", which is "my" in Spanish.
    #[serde(default)]
    pub question_end: Vec<String>,
    /// "Or", between two numbers.
    pub either: Vec<String>,
    /// Words in front of a menu number: "option", "number".
    pub option: Vec<String>,
    /// Articles, prepositions, pronouns: they say nothing by themselves.
    pub small: Vec<String>,
    /// "Kind regards": a name may follow.
    pub closings: Vec<String>,
    /// "Out of", between a number and the most it could be.
    #[serde(default)]
    pub out_of: Vec<String>,
    /// The same where the most comes first: "10 üzerinden 8".
    #[serde(default)]
    pub whole_first: Vec<String>,
    /// Words and signs of money.
    pub currency: Vec<String>,
    /// "Can I": a wish put as a question.
    #[serde(default)]
    pub may: Vec<String>,
    /// "If possible", beside a day or an hour.
    #[serde(default)]
    pub if_possible: Vec<String>,
    /// What a reason begins with: "before", "because".
    #[serde(default)]
    pub reasons: Vec<String>,
    /// "Minus", "one off": what was taken from a score.
    #[serde(default)]
    pub deducted: Vec<String>,
    /// "Because": a cause and no condition.
    #[serde(default)]
    pub because: Vec<String>,
    /// "Floor": a number in front counts floors.
    #[serde(default)]
    pub floors: Vec<String>,
    /// "Doorbell", "the dog": how the crew gets in.
    #[serde(default)]
    pub access: Vec<String>,
    /// "In red": the digits of a meter that are not asked for.
    #[serde(default)]
    pub red: Vec<String>,
    /// "Will let you in": somebody is there, whoever is away.
    #[serde(default)]
    pub lets_in: Vec<String>,
    /// "I can pay", beside an amount.
    #[serde(default)]
    pub can_pay: Vec<String>,
    /// Figures of another kind: "postcode".
    #[serde(default)]
    pub other_figures: Vec<String>,
    /// A yes that may be "if" where it leads: Spanish "si".
    #[serde(default)]
    pub yes_or_if: Vec<String>,
    /// "A week from": the coming one and seven days.
    #[serde(default)]
    pub week_after: Vec<String>,
    /// "I will be waiting for you": whoever says so has agreed to a visit.
    #[serde(default)]
    pub awaits: Vec<String>,
    /// How this language says yes where money moves or something is switched.
    #[serde(default)]
    pub exact: exact::Forms,
    /// "Hours": a number in front counts them, and is no score.
    pub durations: Vec<String>,
    /// "Stars": of five, wherever a score goes to.
    pub stars: Vec<String>,
    /// Its hundredth part: "cents".
    #[serde(default)]
    pub hundredths: Vec<String>,
    /// What stands behind the number of a month.
    #[serde(default)]
    pub month_mark: Vec<String>,
    /// What stands behind a day of the month.
    #[serde(default)]
    pub day_mark: Vec<String>,
    /// How the time is told.
    pub clock: clock::Told,
    /// "First" and so on, in order.
    pub ordinals: Vec<String>,
    /// Number words.
    pub numbers: BTreeMap<String, i64>,
    /// Who lives in a house.
    #[serde(default)]
    pub kin: kin::Kin,
    /// Hundreds and thousands, heard in amounts only.
    #[serde(default)]
    pub hundreds: BTreeMap<String, i64>,
    /// January first.
    pub months: Vec<String>,
    /// Monday first.
    pub weekdays: Vec<String>,
    /// "Today", "tomorrow", "day after tomorrow".
    pub days: Vec<String>,
    /// "My power is out", anywhere.
    pub outage: Vec<String>,
    /// What phones write in front of a quoted text when somebody taps a reaction.
    #[serde(default)]
    pub reactions: Vec<String>,
    /// "Sent from my ...": the beginning of a signature line.
    pub signatures: Vec<String>,
    /// The box's own texts by name.
    pub texts: BTreeMap<String, String>,
}

/// What the box itself says in a language.
#[derive(Debug, Clone)]
pub struct Own {
    /// How yes and no are named in a text.
    pub yes: String,
    /// No.
    pub no: String,
    /// January first.
    pub months: Vec<String>,
    /// The box's own texts by name.
    pub texts: BTreeMap<String, String>,
}

impl From<Pack> for Own {
    fn from(pack: Pack) -> Self {
        let first = |forms: Vec<String>| forms.into_iter().next().unwrap_or_default();
        Self { yes: first(pack.yes), no: first(pack.no), months: pack.months, texts: pack.texts }
    }
}

/// The packs that are on, and everything they hear.
#[derive(Debug, Clone)]
pub struct Packs {
    own: Arc<BTreeMap<String, Own>>,
    order: Vec<String>,
    /// The forms of all of them together.
    pub lexicon: Arc<Lexicon>,
    /// How a text's language is told.
    pub tongues: tongue::Shared,
}

/// Those that were made last: whoever wants the same ones shares them.
static RECENT: Mutex<VecDeque<Packs>> = Mutex::new(VecDeque::new());
/// The box's own, those of a change that is tried, and all that ship.
const RECENT_MAX: usize = 3;

/// A language nobody ships.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no language pack `{name}`; there are {known}")]
pub struct UnknownPack {
    name: String,
    known: String,
}

impl Packs {
    /// The packs of these languages; the first is the default. None at all is English.
    pub fn load(enabled: &[String]) -> Result<Self, UnknownPack> {
        let fallback = ["en".to_owned()];
        let enabled = if enabled.is_empty() { &fallback } else { enabled };
        // Nothing below panics with the lock in hand, and what lies here is whole in any case.
        let recent = || RECENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(packs) = recent().iter().find(|packs| packs.order == enabled) {
            return Ok(packs.clone());
        }
        let packs = Self::make(enabled)?;
        let mut recent = recent();
        recent.push_front(packs.clone());
        recent.truncate(RECENT_MAX);
        Ok(packs)
    }

    fn make(enabled: &[String]) -> Result<Self, UnknownPack> {
        let mut by_language = BTreeMap::new();
        for name in enabled {
            by_language.insert(name.clone(), shipped::pack(name).ok_or_else(|| unknown(name))?);
        }
        let mut lexicon = Lexicon::new(enabled.iter().filter_map(|name| by_language.get(name)));
        // STOP, HELP and START are reserved everywhere, whatever languages are on.
        if let Some(english) = shipped::pack("en") {
            lexicon.reserve(&english);
        }
        Ok(Self {
            own: Arc::new(by_language.into_iter().map(|(name, pack)| (name, Own::from(pack))).collect()),
            order: enabled.to_vec(),
            lexicon: Arc::new(lexicon),
            tongues: Arc::new(tongue::Tongues::of(enabled)),
        })
    }

    /// Every language that ships.
    pub fn shipped() -> Vec<String> {
        shipped::LANGUAGES.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    /// The languages that are on, the default first.
    pub fn languages(&self) -> &[String] {
        &self.order
    }

    /// What the box says in a language that is on.
    pub fn get(&self, language: &str) -> Option<&Own> {
        self.own.get(language)
    }

    /// The box's own text `name` in this language, else in the default one: every pack has every text.
    pub fn text(&self, language: &str, name: &str) -> String {
        let find = |own: &Own| own.texts.get(name).cloned();
        let default = self.order.first().and_then(|first| self.own.get(first));
        self.own.get(language).and_then(find).or_else(|| default.and_then(find)).unwrap_or_default()
    }
}

fn unknown(name: &str) -> UnknownPack {
    UnknownPack { name: name.to_owned(), known: Packs::shipped().join(", ") }
}
