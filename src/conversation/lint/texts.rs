//! Texts: they name the utility first, carry no address, and fit.

use std::collections::BTreeSet;

use at_commands::text::{Encoding, SegmentOptions, segment};

use super::names::ways;
use super::{Found, Site};
use crate::conversation::flow::template::Piece;
use crate::conversation::flow::{Ask, Flow, Kind, Step, Template, Texts, Verb, bounds};
use crate::conversation::rules::{Flows, Rosters, Rules};
use crate::conversation::{door, hours, render};
use crate::office::Queues;
use crate::terms::Category;
use crate::value::Value;

/// A text of the default alphabet takes one segment, another two (conversation.md section 7).
const PARTS_GSM7_MAX: usize = 1;
const PARTS_UCS2_MAX: usize = 2;

pub(super) fn check(flow: &Flow, site: &Site<'_>, found: &mut Found) {
    names_utility(flow, found);
    hours_fit(flow, site, found);
    let trimmed = site.lanes.iter().any(|lane| lane.name == flow.lane.name && lane.category == Category::Alarm);
    for (key, texts, ask) in all(flow) {
        for (language, template) in &texts.by_language {
            let key = format!("{key}.{language}");
            no_address(&key, texts.line, template, found);
            if !trimmed {
                fits(flow, site, &key, (texts.line, language, template, ask), found);
            }
        }
    }
}

/// Whether some text of the flow shows this slot to a person.
pub(super) fn shows(flow: &Flow, slot: &str) -> bool {
    let templates = |texts: &Texts| texts.by_language.values().any(|template| template.slots().any(|named| named == slot));
    all(flow).into_iter().any(|(_, texts, _)| templates(texts))
}

/// Every text of the flow; a question comes with its answers, for the room of a tag.
fn all(flow: &Flow) -> Vec<(String, &Texts, Option<&Ask>)> {
    let mut all: Vec<(String, &Texts, Option<&Ask>)> = Vec::new();
    for (event, outside) in &flow.events {
        all.extend(outside.tell.iter().map(|texts| (format!("event.{event}.tell"), texts, None)));
    }
    for step in flow.steps.values() {
        let key = format!("step.{}", step.name);
        all.extend(step.tell.iter().map(|texts| (format!("{key}.tell"), texts, None)));
        match &step.verb {
            Verb::Ask(ask) => {
                all.push((format!("{key}.ask"), &ask.text, Some(ask)));
                all.extend(ask.retry.say.iter().map(|say| (format!("{key}.retry.say"), say, None)));
            }
            Verb::Done(done) => all.extend(done.text.iter().map(|text| (format!("{key}.done"), text, None))),
            Verb::Consent(consent) => {
                all.extend(consent.done.iter().filter_map(|done| done.text.as_ref()).map(|text| (format!("{key}.done"), text, None)));
            }
            Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => {}
            Verb::Callback(_) | Verb::Ring(_) | Verb::Run(_) | Verb::When(_) => {}
        }
    }
    all
}

/// The first text of every session names the utility: an unknown number without a name reads as fraud.
fn names_utility(flow: &Flow, found: &mut Found) {
    let mut open: Vec<&str> = vec![&flow.start.name];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(step) = flow.step(name).filter(|_| seen.insert(name)) else { continue };
        match first_text(step) {
            Some((key, texts)) => {
                for (language, template) in &texts.by_language {
                    if !template.slots().any(|slot| slot == "utility") {
                        let key = format!("step.{}.{key}.{language}", step.name);
                        found.error(texts.line, key, "the first text of a session does not name the utility", "begin it with {utility}:");
                    }
                }
            }
            None => open.extend(ways(step).into_iter().map(|(_, target)| target.name.as_str())),
        }
    }
}

fn first_text(step: &Step) -> Option<(&'static str, &Texts)> {
    if let Some(texts) = &step.tell {
        return Some(("tell", texts));
    }
    match &step.verb {
        Verb::Ask(ask) => Some(("ask", &ask.text)),
        Verb::Done(done) => done.text.as_ref().map(|text| ("done", text)),
        Verb::Consent(consent) => consent.done.as_ref().and_then(|done| done.text.as_ref()).map(|text| ("done", text)),
        Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => None,
        Verb::Callback(_) | Verb::Ring(_) | Verb::Run(_) | Verb::When(_) => None,
    }
}

/// A web address in a text reads as fraud and cannot expire: `link` makes one.
fn no_address(key: &str, line: u32, template: &Template, found: &mut Found) {
    for piece in &template.pieces {
        let Piece::Words(words) = piece else { continue };
        let folded = words.to_lowercase();
        let domain = folded.split_whitespace().any(is_domain);
        if domain || ["http:", "https:", "www."].iter().any(|sign| folded.contains(sign)) {
            found.error(line, key, "a web address is written into the text", "use a `link` step and {link}");
        }
    }
}

fn is_domain(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let Some((name, ending)) = word.rsplit_once('.') else { return false };
    let endings = ["com", "org", "net", "info", "eu", "gov", "io", "me", "ly", "co", "ua", "de", "es", "fr", "it", "pl", "uk"];
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
        && endings.contains(&ending.split('/').next().unwrap_or_default())
}

/// With the longest values a text must fit, a question with the longest tag that the door may put behind it.
fn fits(flow: &Flow, site: &Site<'_>, key: &str, (line, language, template, ask): (u32, &str, &Template, Option<&Ask>), found: &mut Found) {
    let words = longest(flow, site, language, template, ask);
    let category = site.lanes.iter().find(|lane| lane.name == flow.lane.name).map(|lane| lane.category);
    let tag = ask.map(|ask| with_rules(site, |rules| door::longest_tag(ask, category, language, rules))).filter(|tag| !tag.is_empty());
    let longest = tag.map_or(words.clone(), |tag| format!("{words} {tag}"));
    if let Some(reason) = too_long(flow, &longest) {
        found.error(
            line,
            key,
            reason,
            format!("shorten it: it has {} characters; or let it cost more with max_parts", longest.chars().count()),
        );
    }
}

/// A text that hands over to a queue gets a sentence more, which says when somebody answers: what it costs is told, not refused.
fn hours_fit(flow: &Flow, site: &Site<'_>, found: &mut Found) {
    for step in flow.steps.values() {
        let hands_over = match &step.verb {
            Verb::Agent(_) => true,
            Verb::Callback(callback) => callback.list.is_none(),
            Verb::Ask(_) | Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) => false,
            Verb::Ring(_) | Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => false,
        };
        let Some(texts) = step.tell.as_ref().filter(|_| hands_over) else { continue };
        for (language, template) in &texts.by_language {
            let longest = longest(flow, site, language, template, None);
            let with_hours = format!("{longest} {}", hours::longest_answer_hint(language, site.packs));
            if too_long(flow, &longest).is_none()
                && let Some(reason) = too_long(flow, &with_hours)
            {
                let key = format!("step.{}.tell.{language}", step.name);
                let reason = format!("with the sentence that says when somebody answers: {reason}");
                found.warn(texts.line, key, reason, "shorten it, or let it cost a segment more");
            }
        }
    }
}

/// Why a text does not fit.
fn too_long(flow: &Flow, longest: &str) -> Option<String> {
    let options = SegmentOptions { parts_max: u8::MAX, ..SegmentOptions::default() };
    let (parts, encoding, forced) = match segment(longest, &options) {
        Ok(cut) => (cut.parts.len(), cut.encoding, cut.forced),
        Err(too_long) => (too_long.parts, Encoding::Gsm7, too_long.forced),
    };
    let most = match (flow.parts_max, encoding) {
        (Some(most), _) => usize::from(most),
        (None, Encoding::Gsm7) => PARTS_GSM7_MAX,
        (None, Encoding::Ucs2) => PARTS_UCS2_MAX,
    };
    let signs: String = forced.iter().take(8).collect();
    let why = if signs.is_empty() { String::new() } else { format!(" (these characters make it UCS-2: {signs})") };
    (parts > most).then(|| format!("with the longest values it takes {parts} segments, at most {most} are allowed{why}"))
}

fn with_rules<T>(site: &Site<'_>, use_them: impl FnOnce(&Rules<'_>) -> T) -> T {
    let (flows, rosters, queues) = (Flows::default(), Rosters::new(), Queues::new(Vec::new(), site.settings));
    let (packs, settings, lanes) = (site.packs, site.settings, site.lanes);
    use_them(&Rules { flows: &flows, packs, settings, lanes, rosters: &rosters, queues: &queues, sims: &[] })
}

fn longest(flow: &Flow, site: &Site<'_>, language: &str, template: &Template, ask: Option<&Ask>) -> String {
    let mut out = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Slot { numbered: true, .. } => out.push_str(&shortest_list(site, language, ask)),
            Piece::Slot { name, numbered: false, .. } => out.push_str(&longest_value(flow, site, language, name)),
        }
    }
    out
}

/// A list is paged to what is left: one row, and what every list offers behind its rows.
fn shortest_list(site: &Site<'_>, language: &str, ask: Option<&Ask>) -> String {
    let row = format!("1 {}", "x".repeat(render::ROW_LETTERS_MIN));
    let Some(ask) = ask.filter(|ask| ask.from.is_some()) else { return row };
    let said = |name: &str| site.packs.text(language, name);
    let none = (!render::offers(&ask.text, render::NONE)).then(|| format!("{} {}", render::NONE, said("none_of_these")));
    let more = (!ask.on.contains_key(&render::MORE.to_string())).then(|| format!("{} {}", render::MORE, said("more")));
    [Some(row), none, more].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn longest_value(flow: &Flow, site: &Site<'_>, language: &str, slot: &str) -> String {
    let settings = site.settings;
    match slot {
        "utility" if !settings.utility.is_empty() => return settings.utility.clone(),
        "emergency" if !settings.emergency.is_empty() => return settings.emergency.clone(),
        "link" if !settings.public_url.is_empty() => return format!("{}/l/{}", settings.public_url, "x".repeat(TOKEN_LETTERS)),
        _ => {}
    }
    let figures = match (slot, flow.needs.get(slot).map(|need| need.kind)) {
        ("utility", _) => 12,
        ("emergency", _) => 4,
        ("code", _) => 2,
        ("link", _) => 45,
        (_, Some(Kind::Money)) => 7 + settings.currency.len() + usize::from(!settings.currency.is_empty()),
        (_, Some(Kind::Date)) => return longest_date(site, language),
        (_, Some(Kind::Time | Kind::Bool)) => 5,
        (_, Some(Kind::Int)) => 6,
        (_, Some(Kind::Text(_) | Kind::Account | Kind::Phone | Kind::List) | None) => 0,
    };
    // What has no length of its own is cut to this when it is said.
    let letters = bounds::letters(&flow.needs, slot).map_or(figures, usize::from);
    "x".repeat(letters)
}

/// The day of the year that takes most letters.
fn longest_date(site: &Site<'_>, language: &str) -> String {
    let days = (1..=12).map(|month| jiff::civil::Date::constant(2028, month, 28));
    let shown = with_rules(site, |rules| days.map(|day| render::shown(&Value::Date(day), language, rules)).collect::<Vec<_>>());
    shown.into_iter().max_by_key(|day| day.chars().count()).unwrap_or_default()
}

/// Letters of a link's token.
const TOKEN_LETTERS: usize = 22;
