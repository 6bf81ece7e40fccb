//! Sabotages: each breaks one rule in the rig's own copy of the shell, or in what it hands to the product, so that it is seen
//! whether the invariants would notice. A sabotage that nobody notices is an invariant that is missing.

use super::Violation;
use super::run::play_and_rest;
use super::season;

/// One sabotage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutation {
    /// A text is deleted from its SIM before it is on disk.
    DeleteBeforeCommit,
    /// A client is told 202 before the message is on disk.
    AnswerBeforeCommit,
    /// The PDU goes out before its attempt is on disk.
    SendBeforeCommit,
    /// A call leaves before its row says so.
    PostBeforeCommit,
    /// A subscriber hears of what is not on disk.
    TellBeforeCommit,
    /// The dispatcher hands out what it has not written, and the modem takes its word for it.
    ClaimWithoutCommit,
    /// A text that the disk could not take is deleted from its SIM.
    DeleteOnFullDisk,
    /// What a modem told is not written again when the disk could not take it.
    ForgetOnFullDisk,
    /// An attempt in doubt is taken for one that was never made.
    ResendInDoubt,
    /// An unknown error behind Ctrl-Z is taken for a refusal.
    RefusedInDoubt,
    /// No answer is taken for a yes.
    SubmittedInDoubt,
    /// A restart does not look at open attempts.
    ForgetOpenAttempts,
    /// A reference is also given to an older attempt in doubt.
    OrphanToAnother,
    /// What the SIM keeps as its last reference is taken for a proof.
    ReferenceProves,
    /// Every text has the same reference, and a refusal as a duplicate is about whatever has it.
    SameReference,
    /// A receipt goes to the newest part with its reference, whoever it is for.
    ReceiptByReference,
    /// The last check says no and the PDU goes out.
    IgnoreLastCheck,
    /// A claim is handed to two modems, and neither asks.
    ClaimToTwo,
    /// A claim that no modem took stays claimed.
    ForgetGiveBack,
    /// A restart posts again what was being posted.
    RepostFromCalling,
    /// A look-up that found the call is taken for one that did not.
    LookUpFindsNothing,
    /// A call without an answer is taken for done.
    UnknownIsDone,
    /// Words of danger are not heard.
    SkipDangerTap,
    /// Questions count as asked an hour before they were.
    ForgetFence,
    /// No step has a risk.
    DropGate,
    /// No switch has one.
    DropSwitchGate,
    /// A text that comes twice is two texts.
    RepetitionIsNew,
    /// STOP is a word like any other.
    IgnoreStop,
    /// Each part is taken for a whole text.
    PartIsWhole,
    /// A subscriber's cursor jumps over an event.
    SkipEvent,
    /// A delivery that failed is taken for done.
    FailedHookIsDone,
    /// A subscriber gets the newest first.
    HooksOutOfOrder,
    /// A request that is repeated is a new one.
    RepeatedAskIsNew,
    /// Nobody notices that the wall clock was set.
    ClockJumpIgnored,
    /// A STOP is confirmed twice.
    ConfirmTwice,
    /// A telephone is given to two modems at once.
    RingOnTwo,
    /// It is given to a modem before that is on disk.
    RingBeforeCommit,
    /// What was being dialed when the box died is dialed again.
    RingAgain,
    /// A restart does not look at calls that were up.
    ForgetRings,
    /// What came of a call is not written.
    RingUntold,
    /// It is told twice.
    RingToldTwice,
    /// Nobody looks whether a telephone rings already.
    RingEngaged,
    /// A call is let ring for an hour.
    RingForAnHour,
    /// Flows ring nobody.
    NobodyRung,
    /// What is refused as a duplicate is taken for refused.
    DuplicateIsRefused,
    /// A restart forgets what each SIM has sent.
    ForgetUsage,
    /// A SIM is believed to live without a text of it.
    ProofBelieved,
    /// The next proof leaves at once.
    ProofTooOften,
    /// A proof that comes in is taken for a person's text.
    ProofIsAText,
    /// A SIM gets the PIN of whatever had the name of its modem before.
    PinByName,
    /// Nobody looks whether a modem has become deaf.
    NeverListens,
    /// A modem that was reset may be silent for hours.
    MendForever,
    /// A code without an answer is dialed again.
    UssdAgain,
    /// A code without an answer is taken for answered.
    UssdAnswered,
    /// What came of a code is not written.
    UssdUntold,
    /// A SIM that is gone is taken for one that can send.
    SimNeverGone,
    /// Nobody is told how urgent a text is.
    RankForgotten,
    /// The SIM that a person knows is taken for one that is gone.
    WishIgnored,
    /// A SIM may send what it likes in a minute.
    NoCapOfMinute,
    /// In a day.
    NoCapOfDay,
    /// In a month.
    NoCapOfMonth,
    /// To whom it likes.
    NoCapOfPeople,
    /// Each driver may restart its modem as if it were the first one.
    BudgetForgotten,
    /// What has harmed a model is tried on it again.
    HarmForgotten,
    /// A modem that was taken out of service is brought up anew at once.
    PauseIgnored,
    /// And so is one behind each refusal.
    RefusalsForgotten,
    /// Nobody remembers how often a modem fell.
    FallsForgotten,
    /// A text that is shown only is acknowledged before it is on disk.
    AcknowledgeBeforeCommit,
}

/// What is known of a sabotage.
#[derive(Debug, Clone, Copy)]
pub struct Sabotage {
    /// Which.
    pub mutation: Mutation,
    /// The rule that it breaks.
    pub breaks: &'static str,
    /// It is caught within so many plans of its season.
    pub plans_max: u64,
}

const fn row(mutation: Mutation, plans_max: u64, breaks: &'static str) -> Sabotage {
    Sabotage { mutation, breaks, plans_max }
}

/// Every sabotage.
pub const SABOTAGES: &[Sabotage] = &[
    row(Mutation::DeleteBeforeCommit, 3, "a text is on disk before it is deleted from its SIM"),
    row(Mutation::AnswerBeforeCommit, 3, "202 is said after COMMIT"),
    row(Mutation::SendBeforeCommit, 3, "an attempt is on disk before its PDU goes out"),
    row(Mutation::PostBeforeCommit, 3, "`calling` is on disk before a call leaves"),
    row(Mutation::TellBeforeCommit, 3, "subscribers hear of what is on disk"),
    row(Mutation::ClaimWithoutCommit, 3, "a claim is a row"),
    row(Mutation::DeleteOnFullDisk, 3, "what the disk could not take stays on the SIM"),
    row(Mutation::ForgetOnFullDisk, 3, "what a modem told is written once the disk takes it"),
    row(Mutation::ResendInDoubt, 3, "a doubt is not taken for `never sent`"),
    row(Mutation::RefusedInDoubt, 3, "an unknown error behind Ctrl-Z is no refusal"),
    row(Mutation::SubmittedInDoubt, 3, "silence is no yes"),
    row(Mutation::ForgetOpenAttempts, 3, "open attempts are in doubt after a restart"),
    row(Mutation::OrphanToAnother, 3, "a reference belongs to one attempt"),
    row(Mutation::ReferenceProves, 3, "the SIM's last reference is a hint and no proof"),
    row(Mutation::SameReference, 3, "a duplicate proves the first where no other text may be held"),
    row(Mutation::ReceiptByReference, 3, "a receipt is matched by SIM, MR, RA and time"),
    row(Mutation::IgnoreLastCheck, 3, "the last check stops a PDU"),
    row(Mutation::ClaimToTwo, 3, "one modem has a part in hand"),
    row(Mutation::ForgetGiveBack, 3, "a claim that no modem took is given back"),
    row(Mutation::RepostFromCalling, 3, "what was being posted is unknown after a restart"),
    row(Mutation::LookUpFindsNothing, 3, "a call that was done is not called failed"),
    row(Mutation::UnknownIsDone, 3, "a call without an answer is not called done"),
    row(Mutation::SkipDangerTap, 3, "an emergency is never swallowed"),
    row(Mutation::ForgetFence, 3, "a text answers nothing that was asked later"),
    row(Mutation::DropGate, 3, "money moves on a clear answer alone"),
    row(Mutation::DropSwitchGate, 3, "a load is switched on a clear answer alone"),
    row(Mutation::RepetitionIsNew, 3, "a text that comes twice is one text"),
    row(Mutation::IgnoreStop, 3, "after STOP nothing unasked leaves"),
    row(Mutation::PartIsWhole, 3, "parts are joined"),
    row(Mutation::SkipEvent, 3, "a subscriber hears of every event"),
    row(Mutation::FailedHookIsDone, 3, "a subscriber hears of an event until it takes it"),
    row(Mutation::HooksOutOfOrder, 3, "events of one conversation come in order"),
    row(Mutation::RepeatedAskIsNew, 3, "a repeated request is answered as before"),
    row(Mutation::ClockJumpIgnored, 3, "a clock that is set shortens no wait"),
    row(Mutation::ConfirmTwice, 3, "a STOP is confirmed once"),
    row(Mutation::RingOnTwo, 3, "a telephone is dialed once for one row"),
    row(Mutation::RingBeforeCommit, 3, "a call is on disk before a modem dials"),
    row(Mutation::RingAgain, 3, "what may have rung when the box died is in doubt, and not dialed again"),
    row(Mutation::ForgetRings, 3, "a call that was up when the box died is told"),
    row(Mutation::RingUntold, 3, "what came of a call is told"),
    row(Mutation::RingToldTwice, 3, "and told once"),
    row(Mutation::RingEngaged, 3, "a telephone is rung by one modem at a time"),
    row(Mutation::RingForAnHour, 3, "texts wait for a call a few minutes at most"),
    row(Mutation::NobodyRung, 3, "an alarm and a danger that nobody takes ring"),
    row(Mutation::DuplicateIsRefused, 3, "a refusal as a duplicate proves the first"),
    row(Mutation::ForgetUsage, 3, "no restart forgets what a SIM has sent of what it may"),
    row(Mutation::ProofBelieved, 3, "a SIM lives when a text of it has come in"),
    row(Mutation::ProofTooOften, 3, "nobody pays for more proofs than were asked for"),
    row(Mutation::ProofIsAText, 3, "a text of the box to itself is nobody's"),
    row(Mutation::NeverListens, 3, "a deaf modem is found within a minute"),
    row(Mutation::MendForever, 3, "a hung modem is back or given up within six minutes"),
    row(Mutation::UssdAgain, 3, "a code is not dialed twice in silence"),
    row(Mutation::UssdAnswered, 3, "what has no answer is unknown"),
    row(Mutation::UssdUntold, 3, "what came of a code is told"),
    row(Mutation::SimNeverGone, 3, "nothing waits for a SIM that is gone in silence"),
    row(Mutation::RankForgotten, 3, "what is urgent overtakes what is not"),
    row(Mutation::WishIgnored, 3, "an answer leaves on the SIM that the person knows"),
    row(Mutation::NoCapOfMinute, 3, "a SIM sends no more in a minute than it may"),
    row(Mutation::NoCapOfDay, 3, "nor in a day"),
    row(Mutation::NoCapOfMonth, 3, "nor in a month"),
    row(Mutation::NoCapOfPeople, 3, "nor to more people"),
    row(Mutation::BudgetForgotten, 3, "a modem is restarted three times an hour in one way"),
    row(Mutation::HarmForgotten, 3, "what took a modem away is not tried on its model again"),
    row(Mutation::PauseIgnored, 3, "a modem out of service sends nothing until its pause is over"),
    row(Mutation::RefusalsForgotten, 3, "five refusals of a SIM in a row take it out of service"),
    row(Mutation::FallsForgotten, 3, "a modem that falls more than three times an hour rests"),
    row(Mutation::AcknowledgeBeforeCommit, 3, "what is shown only is on disk before it is acknowledged"),
    row(Mutation::PinByName, 3, "a PIN follows its SIM, whatever its modem is called"),
];

/// What came of a hunt.
#[derive(Debug)]
pub struct Hunt {
    /// Plans that were played.
    pub plans: u64,
    /// What noticed the sabotage; `None`: nothing did.
    pub caught: Option<Violation>,
    /// A promise that the same plans break without a sabotage.
    pub innocent: Option<Violation>,
}

/// Plays the plans of a sabotage's season until it is caught or its bound is reached; each also without the sabotage, where
/// `control` asks for that.
pub fn hunt(sabotage: &Sabotage, control: bool) -> Hunt {
    let mut hunt = Hunt { plans: 0, caught: None, innocent: None };
    for seed in 1..=sabotage.plans_max {
        let plan = season::plan(sabotage.mutation, seed);
        hunt.plans = seed;
        hunt.caught = play_and_rest(&plan, Some(sabotage.mutation), false, season::REST).violation;
        if control && hunt.innocent.is_none() {
            hunt.innocent = play_and_rest(&plan, None, false, season::REST).violation;
        }
        if hunt.caught.is_some() {
            break;
        }
    }
    hunt
}
