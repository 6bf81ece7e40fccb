//! The door (conversation.md section 2): any prompt that wants out while another question is open to that person.
//!
//! Disjoint answers: out. Another SIM: out there. Lower rank: behind the door, at most six hours. Else a tag.

use std::collections::BTreeSet;
use std::time::Duration;

use super::effect::{Effect, QuestionChange};
use super::flow::{Ask, TagRule, Want};
use super::machine::{RANK, ask_of, current_flow, lane_of};
use super::matching::forms;
use super::rules::Rules;
use super::session::{Outgoing, Question, Session};
use super::view::{Asked, PersonView};
use super::{hours, render};
use crate::ids::SessionId;
use crate::terms::{Category, Policy, Purpose, QuestionState, Rank};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// What the door says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// Out.
    Send,
    /// Out on this SIM, where nothing else is open.
    Sim(String),
    /// Out with a tag.
    Tag(u8),
    /// Behind the door until another question closes, at the latest until then.
    Hold(Timestamp),
}

/// Longer than this nothing waits.
const HOLD_MAX: Duration = Duration::from_hours(6);
/// Tags have one or two digits.
const TAG_MAX: u8 = 99;

/// What the door says to a prompt of this session.
pub fn decide(view: &PersonView, rules: &Rules<'_>, session: &Session, ask: &Ask, now: Timestamp) -> Door {
    let open: Vec<&Asked> = view.questions.iter().filter(|other| is_open(other) && other.session.id != session.id).collect();
    judge(&open, view, rules, session, ask, now)
}

fn is_open(asked: &Asked) -> bool {
    asked.question.state == QuestionState::Waiting
}

fn judge(open: &[&Asked], view: &PersonView, rules: &Rules<'_>, session: &Session, ask: &Ask, now: Timestamp) -> Door {
    let category = lane_of(session, rules).map(|lane| lane.category);
    if ask.tag == TagRule::Always {
        return Door::Tag(free_tag(view));
    }
    if open.is_empty() || matches!(category, Some(Category::Alarm | Category::Safety | Category::Consent)) {
        return Door::Send;
    }
    let rank = rank_of(session, rules);
    if category == Some(Category::Survey) {
        return Door::Hold(now.plus(HOLD_MAX));
    }
    let clashes: Vec<&&Asked> = open.iter().filter(|other| clash(ask, session, other, rules)).collect();
    if clashes.is_empty() {
        return Door::Send;
    }
    let used: BTreeSet<&str> = clashes.iter().filter_map(|other| other.question.sim.as_deref().or(other.session.sim.as_deref())).collect();
    if let Some(sim) = sims_of(session, rules).into_iter().find(|sim| !used.contains(sim)) {
        return Door::Sim(sim.to_owned());
    }
    let lower = clashes.iter().any(|other| rank > rank_of(&other.session, rules));
    if lower || ask.tag == TagRule::Never { Door::Hold(now.plus(HOLD_MAX)) } else { Door::Tag(free_tag(view)) }
}

/// The SIMs of the box that the lane of a session may use: its own in their order, else all.
fn sims_of<'a>(session: &Session, rules: &'a Rules<'_>) -> Vec<&'a str> {
    let own = lane_of(session, rules).map(|lane| lane.sims.as_slice()).unwrap_or_default();
    if own.is_empty() {
        return rules.sims.iter().map(String::as_str).collect();
    }
    own.iter().filter(|sim| rules.sims.contains(sim)).map(String::as_str).collect()
}

/// Rank of a session: that of its lane, or of the lane whose rank its keyword has.
pub fn rank_of(session: &Session, rules: &Rules<'_>) -> Rank {
    keyword_rank(session, rules).or_else(|| lane_of(session, rules).map(|lane| lane.rank)).unwrap_or(Rank(u8::MAX))
}

/// The rank that a session has from the keyword that began it.
pub fn keyword_rank(session: &Session, rules: &Rules<'_>) -> Option<Rank> {
    match session.slots.get(RANK)? {
        Value::Text(lane) => rules.lane(lane).map(|lane| lane.rank),
        Value::Number(_) | Value::Money(_) | Value::Date(_) | Value::Time(_) | Value::Bool(_) | Value::Rows(_) => None,
    }
}

/// Whether one text could be an answer to both.
fn clash(ask: &Ask, session: &Session, other: &Asked, rules: &Rules<'_>) -> bool {
    let Some(theirs) = ask_of(&other.session, &other.question.step, rules) else { return false };
    if other.question.tag.is_some() && theirs.tag == TagRule::Always {
        return false;
    }
    let (mine_is, theirs_is) = (shape(ask), shape(&theirs));
    if mine_is == Shape::Words || theirs_is == Shape::Words {
        return false;
    }
    if mine_is == Shape::Figures && theirs_is == Shape::Figures {
        return true;
    }
    let mine = forms::of(ask, session, rules);
    let theirs = forms::of(&theirs, &other.session, rules);
    mine.overlaps(&theirs, rules.packs)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Forms,
    Figures,
    Words,
}

fn shape(ask: &Ask) -> Shape {
    match ask.want {
        Want::YesNo | Want::Choice | Want::Menu | Want::Score | Want::Code => Shape::Forms,
        Want::Int | Want::Money | Want::Date | Want::Time | Want::Account | Want::Phone | Want::Reading => Shape::Figures,
        Want::Text => Shape::Words,
    }
}

fn free_tag(view: &PersonView) -> u8 {
    let live = view.questions.iter().filter_map(|asked| asked.question.tag);
    let taken: BTreeSet<u8> = live.chain(view.tags_used.iter().copied()).collect();
    (1..=TAG_MAX).find(|tag| !taken.contains(tag)).unwrap_or(TAG_MAX)
}

/// The text with its tag: "Reply Y7 or N7."
pub fn tagged(text: &Text, ask: &Ask, tag: u8, language: &str, rules: &Rules<'_>) -> Text {
    Text::new(format!("{} {}", text.expose(), tag_line(ask, tag, language, rules)))
}

fn tag_line(ask: &Ask, tag: u8, language: &str, rules: &Rules<'_>) -> String {
    let shown: Vec<String> = forms::shown(ask, language, rules).into_iter().map(|form| format!("{}{tag}", form.to_uppercase())).collect();
    // A value has no form that could be shown.
    match shown.as_slice() {
        [] => rules.packs.text(language, "tagged_value").replace("{tag}", &tag.to_string()),
        forms => rules.packs.text(language, "tagged").replace("{forms}", &forms.join(", ")),
    }
}

/// What may stand behind the text of a question on a lane of this category: the longest tag; nothing where it never has one.
pub fn longest_tag(ask: &Ask, category: Option<Category>, language: &str, rules: &Rules<'_>) -> String {
    let sent_at_once = matches!(category, Some(Category::Alarm | Category::Safety | Category::Consent));
    let never = ask.roster.is_some() || ask.tag == TagRule::Never || (sent_at_once && ask.tag != TagRule::Always);
    if never { String::new() } else { tag_line(ask, TAG_MAX, language, rules) }
}

/// After a move: questions that waited behind the door may go, one after the other.
pub fn release(view: &PersonView, rules: &Rules<'_>, effects: &mut Vec<Effect>, now: Timestamp) {
    let closed = closed_by(effects, view);
    if closed.is_empty() {
        return;
    }
    let mut open: Vec<&Asked> = view.questions.iter().filter(|asked| is_open(asked) && !closed.contains(&asked.question.id)).collect();
    let mut held: Vec<&Asked> =
        view.questions.iter().filter(|asked| asked.question.state == QuestionState::Held && !closed.contains(&asked.question.id)).collect();
    held.sort_by_key(|asked| (rank_of(&asked.session, rules), asked.question.id));
    let asked_now = asked_now(effects);
    for waiting in held {
        let Some(ask) = ask_of(&waiting.session, &waiting.question.step, rules) else { continue };
        if asked_now.iter().any(|(session, _)| *session != waiting.session.id && blocks(&ask, waiting, &asked_now, view, effects, rules)) {
            continue;
        }
        match judge(&open, view, rules, &waiting.session, &ask, now) {
            Door::Hold(_) => {}
            Door::Send => {
                effects.push(out(waiting, None, None, rules, now, view));
                open.push(waiting);
            }
            Door::Sim(sim) => {
                effects.push(out(waiting, Some(sim), None, rules, now, view));
                open.push(waiting);
            }
            Door::Tag(tag) => {
                effects.push(out(waiting, None, Some(tag), rules, now, view));
                open.push(waiting);
            }
        }
    }
}

/// Questions of the view that these effects close.
fn closed_by(effects: &[Effect], view: &PersonView) -> BTreeSet<i64> {
    let mut closed = BTreeSet::new();
    for effect in effects {
        match effect {
            Effect::Question { id, change: QuestionChange::State(state) } if *state != QuestionState::Waiting => {
                closed.insert(*id);
            }
            Effect::CloseQuestions { session, .. } => {
                closed.extend(view.questions.iter().filter(|asked| asked.session.id == *session).map(|asked| asked.question.id));
            }
            _ => {}
        }
    }
    closed
}

/// Sessions that put a new question in the same move.
fn asked_now(effects: &[Effect]) -> Vec<(SessionId, String)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(question, _) if question.held_until.is_none() && question.keep_until.is_none() => {
                Some((question.session, question.step.clone()))
            }
            _ => None,
        })
        .collect()
}

fn blocks(ask: &Ask, waiting: &Asked, asked_now: &[(SessionId, String)], view: &PersonView, effects: &[Effect], rules: &Rules<'_>) -> bool {
    asked_now.iter().any(|(session, step)| {
        let saved = effects.iter().find_map(|effect| match effect {
            Effect::Save(saved) if saved.id == *session => Some(saved.clone()),
            _ => None,
        });
        let Some(saved) = saved else { return false };
        let Some(question) = view.questions.first().map(|asked| asked.question.clone()) else { return false };
        let other = Asked { question: Question { step: step.clone(), tag: None, ..question }, session: saved };
        clash(ask, &waiting.session, &other, rules)
    })
}

/// Lets one held question out, with a tag when other questions are open.
pub fn let_out(
    view: &PersonView,
    rules: &Rules<'_>,
    session: &Session,
    question: &Question,
    now: Timestamp,
    force: bool,
) -> Option<Effect> {
    let ask = ask_of(session, &question.step, rules)?;
    let waiting = Asked { question: question.clone(), session: session.clone() };
    Some(match decide(view, rules, session, &ask, now) {
        Door::Send => out(&waiting, None, None, rules, now, view),
        Door::Sim(sim) => out(&waiting, Some(sim), None, rules, now, view),
        Door::Tag(tag) => out(&waiting, None, Some(tag), rules, now, view),
        // A question that is never tagged goes as it is: who answers both is asked which one.
        Door::Hold(_) if force && ask.tag == TagRule::Never => out(&waiting, None, None, rules, now, view),
        Door::Hold(_) if force => out(&waiting, None, Some(free_tag(view)), rules, now, view),
        Door::Hold(_) => return None,
    })
}

fn out(waiting: &Asked, sim: Option<String>, tag: Option<u8>, rules: &Rules<'_>, now: Timestamp, view: &PersonView) -> Effect {
    let (question, session) = (&waiting.question, &waiting.session);
    let lane = lane_of(session, rules);
    let text = match (tag, ask_of(session, &question.step, rules)) {
        (Some(tag), Some(ask)) => tagged(&question.text, &ask, tag, &session.language, rules),
        _ => question.text.clone(),
    };
    let outgoing = Outgoing {
        to: question.to.clone(),
        text,
        purpose: Purpose::Prompt,
        category: lane.map_or(Category::Account, |lane| lane.category),
        policy: lane.map_or(Policy::Notice, |lane| lane.policy),
        rank: rank_of(session, rules),
        sim: rules.sim_for(lane, sim.as_deref().or(session.sim.as_deref()), view.sent.first().map(|sent| sent.sim.as_str()), &question.to),
        session: Some(session.id),
        not_before: quiet_until(session, view, rules, now),
        expires_at: (session.expires_at > now).then_some(session.expires_at),
    };
    Effect::Release { question: question.id, outgoing, tag }
}

/// Until when the hours of a session's lane hold a text of it back.
pub fn quiet_until(session: &Session, view: &PersonView, rules: &Rules<'_>, now: Timestamp) -> Option<Timestamp> {
    let zone = hours::zone(view.zone.as_deref(), Some(&session.slots), rules.settings);
    let flow = current_flow(session, rules);
    let hours = lane_of(session, rules).map(|lane| hours::of(lane, flow.as_deref(), Some(&view.facts))).unwrap_or_default();
    hours::not_before(now, &hours, &rules.settings.holidays, &zone)
}

/// The rendered words of the rows of a "which one?" list: two that would read the same are told apart by what they ask about.
pub fn labels_of(offered: &[&Asked], rules: &Rules<'_>) -> Vec<String> {
    let plain: Vec<String> = offered.iter().map(|asked| label_of(asked, rules)).collect();
    let is_shared = |label: &String| plain.iter().filter(|other| *other == label).count() > 1;
    let told = |(asked, label): (&&Asked, &String)| match detail_of(asked, rules).filter(|_| is_shared(label)) {
        Some(detail) => format!("{label} {detail}"),
        None => label.clone(),
    };
    offered.iter().zip(&plain).map(told).collect()
}

fn detail_of(asked: &Asked, rules: &Rules<'_>) -> Option<String> {
    let slots = &asked.session.slots;
    let value = ["amount", "date", "due", "window", "ticket"].into_iter().find_map(|slot| slots.get(slot))?;
    Some(render::shown(value, &asked.session.language, rules))
}

/// The rendered words of one row of a "which one?" list.
fn label_of(asked: &Asked, rules: &Rules<'_>) -> String {
    let named = ["place", "site", "order", "meter", "account", "day"].into_iter().find_map(|slot| asked.session.slots.get(slot));
    let flow = asked.session.flow.name.split('.').next().unwrap_or_default().to_owned();
    match named {
        Some(value) => format!("{flow} {}", render::shown(value, &asked.session.language, rules)),
        None => flow,
    }
}
