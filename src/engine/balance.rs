//! Balances of SIMs: asked for by USSD when a rule says so, never more often, and told when they get low.
//!
//! The next time is moved in the transaction that takes the question down, so that no restart asks once more.

use std::time::Duration;

use super::emit::About;
use super::{Reject, Work, ussd};
use crate::balance::{Level, Pattern};
use crate::modem::io::UssdAsk;
use crate::store::{Balance, ModemState, Ussd, UssdState};
use crate::terms::Word as _;
use crate::value::Money;

/// A rule somebody wants, by its SIM; one that is there already is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBalance {
    /// Which SIM.
    pub iccid: String,
    /// What is asked, for example `*100#`.
    pub code: String,
    /// Where the number stands in the answer, for example `Balance: {} EUR`.
    pub pattern: String,
    /// The first limit, for example `5.00`.
    pub warn: Option<String>,
    /// The second limit.
    pub critical: Option<String>,
    /// How often it is asked at most.
    pub every_minutes: u32,
}

/// Who asked, in the rows of exchanges.
pub const ASKER: &str = "balance";
/// A quarter of an hour to a month.
const EVERY_MINUTES: std::ops::RangeInclusive<u32> = 15..=43_200;
const BALANCES_MAX: usize = 1_000;
/// When nothing went out, it is tried again after this: that costs nothing.
const NOT_SENT_PAUSE: Duration = Duration::from_mins(15);

/// Puts a rule in place. What was read before stays; the balance is asked for as soon as the SIM's modem is ready, unless it
/// was asked for by the former rule within the time of the new one.
pub fn put(work: &mut Work<'_, '_>, new: &NewBalance) -> Result<Balance, Reject> {
    let Checked { code, warn, critical, .. } = checked(new)?;
    let all = work.tx.balances()?;
    let former = all.iter().find(|known| known.iccid == new.iccid).cloned();
    if former.is_none() && all.len() >= BALANCES_MAX {
        return Err(Reject::at("invalid", "/iccid", format!("at most {BALANCES_MAX} rules")));
    }
    let every = minutes(new.every_minutes);
    let next_at = match &former {
        Some(former) => former.next_at.minus(minutes(former.every_minutes)).plus(every).max(work.now),
        None => work.now,
    };
    let (amount, read_at) = former.map_or((None, None), |former| (former.amount, former.read_at));
    let level = amount.map_or(Level::Unknown, |amount| Level::of(amount, warn, critical));
    let rule = Balance {
        iccid: new.iccid.clone(),
        code,
        pattern: new.pattern.clone(),
        warn,
        critical,
        every_minutes: new.every_minutes,
        next_at,
        amount,
        read_at,
        level,
        problem: None,
    };
    work.tx.save_balance(&rule)?;
    Ok(rule)
}

/// What a rule says, once it is known to be one.
struct Checked {
    code: String,
    pattern: Pattern,
    warn: Option<Money>,
    critical: Option<Money>,
}

fn checked(new: &NewBalance) -> Result<Checked, Reject> {
    if !(18..=20).contains(&new.iccid.len()) || !new.iccid.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
        return Err(Reject::at("invalid", "/iccid", "the ICCID of a SIM has 18 to 20 digits; `answerback status` shows it"));
    }
    let code = ussd::checked_code("/code", &new.code)?.to_owned();
    let pattern = Pattern::parse(&new.pattern).map_err(|words| Reject::at("invalid", "/pattern", words))?;
    let warn = limit("/warn", new.warn.as_deref())?;
    let critical = limit("/critical", new.critical.as_deref())?;
    if let (Some(warn), Some(critical)) = (warn, critical)
        && critical > warn
    {
        return Err(Reject::at("invalid", "/critical", "the second limit is below the first"));
    }
    if !EVERY_MINUTES.contains(&new.every_minutes) {
        return Err(Reject::at("invalid", "/every_minutes", "15 minutes to 43200 (a month)"));
    }
    Ok(Checked { code, pattern, warn, critical })
}

/// What a rule would make of what the network said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The network's words; `None` where it has answered nothing to this code on this SIM yet.
    pub answer: Option<String>,
    /// What is read in them.
    pub amount: Option<Money>,
    /// How bad that is.
    pub level: Level,
}

/// Tries a rule on the last answer to its code, or on words of somebody's own. Nothing is asked and nothing is kept.
pub fn tried(reader: &crate::store::Reader<'_>, new: &NewBalance, words: Option<&str>) -> crate::store::Result<Result<Trial, Reject>> {
    let rule = match checked(new) {
        Ok(rule) => rule,
        Err(no) => return Ok(Err(no)),
    };
    let answer = match words {
        Some(words) => Some(words.to_owned()),
        None => reader.last_ussd_answer(&new.iccid, &rule.code)?,
    };
    let amount = answer.as_deref().and_then(|answer| rule.pattern.read(answer));
    let level = amount.map_or(Level::Unknown, |amount| Level::of(amount, rule.warn, rule.critical));
    Ok(Ok(Trial { answer, amount, level }))
}

fn limit(pointer: &str, text: Option<&str>) -> Result<Option<Money>, Reject> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || Reject::at("invalid", pointer, "write an amount like 5.00");
    Money::parse(text).map(Some).ok_or_else(wrong)
}

fn minutes(minutes: u32) -> Duration {
    Duration::from_mins(u64::from(minutes))
}

/// Takes a rule away.
pub fn remove(work: &mut Work<'_, '_>, iccid: &str) -> Result<(), Reject> {
    if work.tx.remove_balance(iccid)? { Ok(()) } else { Err(Reject::not_found("balance rule")) }
}

/// Whether a rule is due whose SIM can be asked now.
pub fn is_due(reader: &crate::store::Reader<'_>, now: crate::time::Timestamp) -> crate::store::Result<bool> {
    let sims = reader.ready_sims()?;
    Ok(reader.balances()?.iter().any(|rule| rule.next_at <= now && sims.contains(&rule.iccid)))
}

/// Takes down a question for every rule that is due and whose SIM can be asked; answers how many.
pub fn ask_due(work: &mut Work<'_, '_>) -> Result<usize, Reject> {
    let modems = work.tx.modems()?;
    let mut asked = 0;
    for mut rule in work.tx.balances()? {
        let ready = modems.iter().find(|modem| modem.state == ModemState::Ready && modem.iccid.as_deref() == Some(rule.iccid.as_str()));
        let Some(modem) = ready.filter(|_| rule.next_at <= work.now) else { continue };
        let new = ussd::NewUssd { modem: modem.name.clone(), ask: UssdAsk::Code(rule.code.clone()), asker: ASKER.to_owned() };
        match ussd::ask(work, &new) {
            Ok(_) => rule.next_at = work.now.plus(minutes(rule.every_minutes)),
            // Somebody has an exchange or a menu of their own there.
            Err(reject) if reject.cause.is_none() => rule.next_at = work.now.plus(NOT_SENT_PAUSE),
            Err(reject) => return Err(reject),
        }
        work.tx.save_balance(&rule)?;
        asked += 1;
    }
    Ok(asked)
}

/// An exchange ended: a rule of its SIM with this code has a reading, or the reason why it has none.
pub(super) fn heard(work: &mut Work<'_, '_>, row: &Ussd) -> Result<(), Reject> {
    let Some(mut rule) = row.iccid.as_deref().map(|iccid| work.tx.balance(iccid)).transpose()?.flatten() else { return Ok(()) };
    if rule.code != row.asked {
        return Ok(());
    }
    if row.state == UssdState::NotSent && row.asker == ASKER {
        rule.next_at = rule.next_at.min(work.now.plus(NOT_SENT_PAUSE));
    }
    let answer = row.answer.as_deref().filter(|_| matches!(row.state, UssdState::Answered | UssdState::Menu));
    let read = answer.and_then(|text| Pattern::parse(&rule.pattern).ok()?.read(text));
    let before = rule.level;
    match (read, answer) {
        (Some(amount), _) => {
            rule.level = Level::of(amount, rule.warn, rule.critical);
            (rule.amount, rule.read_at, rule.problem) = (Some(amount), Some(work.now), None);
        }
        (None, Some(_)) => rule.problem = Some("The network's answer does not fit the pattern; look at it on the modem's page.".to_owned()),
        (None, None) => rule.problem = ussd::words(row),
    }
    work.tx.save_balance(&rule)?;
    if rule.level > before.max(Level::Good) {
        tell(work, &row.modem, &rule)?;
    }
    Ok(())
}

fn tell(work: &mut Work<'_, '_>, modem: &str, rule: &Balance) -> Result<(), Reject> {
    let data = serde_json::json!({
        "modem": modem, "iccid": rule.iccid, "balance": rule.amount.map(|amount| amount.to_string()), "level": rule.level.word(),
        "warn": rule.warn.map(|limit| limit.to_string()), "critical": rule.critical.map(|limit| limit.to_string()),
    });
    work.emit("modem.sim", About { subject: modem, msisdn: None, session: None }, data)?;
    Ok(())
}
