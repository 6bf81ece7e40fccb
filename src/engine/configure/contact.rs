//! Contacts: what the box knows of a person beside the conversation. What a request does not name stays as it is.

use std::collections::BTreeMap;

use super::super::accept::number;
use super::super::verify::{Doubted, UNVERIFIED};
use super::super::{Reject, Work};
use crate::conversation::hours;
use crate::conversation::packs::Packs;
use crate::store::Contact;
use crate::value::Value;

/// What somebody wants to be known of a number.
#[derive(Debug, Clone, Default)]
pub struct NewContact {
    /// The number in any form.
    pub number: String,
    /// What people call them; empty forgets it.
    pub name: Option<String>,
    /// Language pack; empty forgets it.
    pub language: Option<String>,
    /// IANA zone; empty forgets it.
    pub zone: Option<String>,
    /// How many accounts stand on this number.
    pub accounts: Option<u32>,
    /// Whether the number is this person's; `None` leaves it as it is.
    pub verified: Option<bool>,
    /// Facts by name; `None` forgets one.
    pub facts: BTreeMap<String, Option<Value>>,
}

const NAME_LETTERS_MAX: usize = 64;
/// A number with more accounts is a company's switchboard.
const ACCOUNTS_MAX: u32 = 99;
const FACTS_MAX: usize = 50;
const FACT_NAME_LETTERS_MAX: usize = 64;

/// Writes down what is known of a number.
pub fn contact(work: &mut Work<'_, '_>, new: &NewContact) -> Result<Contact, Reject> {
    check(new)?;
    let msisdn = number(work, "/number", &new.number)?;
    let known = work.tx.contact(&msisdn)?;
    let mut contact =
        known.unwrap_or_else(|| Contact { msisdn, name: None, language: None, zone: None, accounts: 1, facts: BTreeMap::new() });
    let told = |slot: &mut Option<String>, words: &Option<String>| {
        if let Some(words) = words {
            *slot = Some(words.trim().to_owned()).filter(|words| !words.is_empty());
        }
    };
    told(&mut contact.name, &new.name);
    told(&mut contact.language, &new.language);
    told(&mut contact.zone, &new.zone);
    contact.accounts = new.accounts.unwrap_or(contact.accounts);
    match new.verified {
        Some(true) => contact.facts.remove(UNVERIFIED),
        Some(false) => contact.facts.insert(UNVERIFIED.to_owned(), Value::Text(Doubted::WrongNumber.word().to_owned())),
        None => None,
    };
    for (name, value) in &new.facts {
        match value {
            Some(value) => contact.facts.insert(name.clone(), value.clone()),
            None => contact.facts.remove(name),
        };
    }
    if contact.facts.len() > FACTS_MAX {
        return Err(Reject::at("invalid", "/facts", format!("at most {FACTS_MAX} facts of one person")));
    }
    work.tx.save_contact(&contact, work.now)?;
    Ok(contact)
}

fn check(new: &NewContact) -> Result<(), Reject> {
    let shipped = Packs::shipped();
    if new.name.as_ref().is_some_and(|name| name.chars().count() > NAME_LETTERS_MAX) {
        return Err(Reject::at("invalid", "/name", format!("at most {NAME_LETTERS_MAX} letters")));
    }
    if let Some(language) = new.language.as_ref().filter(|language| !language.is_empty() && !shipped.contains(language)) {
        let words = format!("there is no language pack `{language}`; there are {}", shipped.join(", "));
        return Err(Reject::at("invalid", "/language", words));
    }
    if let Some(zone) = new.zone.as_ref().filter(|zone| !zone.is_empty() && !hours::is_zone(&Value::Text((*zone).clone()))) {
        return Err(Reject::at("invalid", "/zone", format!("`{zone}` is no time zone; write it like Europe/Kyiv")));
    }
    if new.accounts.is_some_and(|accounts| !(1..=ACCOUNTS_MAX).contains(&accounts)) {
        return Err(Reject::at("invalid", "/accounts", format!("1 to {ACCOUNTS_MAX}")));
    }
    for (name, value) in &new.facts {
        let pointer = format!("/facts/{name}");
        if name.is_empty() || name.chars().count() > FACT_NAME_LETTERS_MAX || name.starts_with('@') {
            return Err(Reject::at("invalid", &pointer, format!("a fact has a name of 1 to {FACT_NAME_LETTERS_MAX} letters")));
        }
        if name == hours::OUTAGE_HOURS && value.as_ref().is_some_and(|value| hours::choice(value).is_none()) {
            let words = "hours, separated by semicolons: \"mon-fri 07:00-22:00; sat,sun,hol 09:00-22:00\"";
            return Err(Reject::at("invalid", &pointer, words));
        }
    }
    Ok(())
}

/// Forgets what is known of a number. What was said, and its consents, stay.
pub fn remove_contact(work: &mut Work<'_, '_>, number: &crate::msisdn::Msisdn) -> Result<(), Reject> {
    if work.tx.remove_contact(number)? { Ok(()) } else { Err(Reject::not_found("contact")) }
}
