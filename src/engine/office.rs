//! Work that came into a queue of people: who is told of it by text.

use std::time::Duration;

use super::outgoing::{Extra, PARTS_MAX};
use super::{Reject, Work};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::conversation::session::Outgoing;
use crate::terms::{Category, Policy, Purpose, Rank};
use crate::text::Text;

/// One text says that there is work; who comes sees the rest.
const TOLD_PAUSE: Duration = Duration::from_mins(10);
/// One segment of plain letters, with the name of the utility and of the queue.
const NOTE_LETTERS_MAX: usize = 90;

impl Work<'_, '_> {
    /// Tells the people on duty of the queue's roster, once in a while, and of what is urgent as an alarm is told. The control room hears of a danger in its own way.
    pub(super) fn tell_queue(&mut self, task: &NewTask) -> Result<(), Reject> {
        let queue = self.book.queues.or_default(&task.queue);
        let Some(told) = self.roster_of(task, queue.told.as_ref()) else { return Ok(()) };
        // What is urgent is told beside what is not.
        let mark = format!("queue_told{}.{}", if task.urgent { "_urgently" } else { "" }, queue.name);
        let before: Option<crate::time::Timestamp> = self.tx.setting(&mark)?;
        if before.is_some_and(|at| self.now.last(TOLD_PAUSE).contains(&at)) {
            return Ok(());
        }
        let note: String = task.note.expose().chars().filter(|sign| !sign.is_control()).take(NOTE_LETTERS_MAX).collect();
        let text = Text::new(format!("{} {}: {note}", self.book.settings.utility, queue.name).trim().to_owned());
        let lane = self.book.lane_of(Category::Work);
        let (policy, rank) = lane.map_or((Policy::Notice, Rank(3)), |lane| (lane.policy, lane.rank));
        // "Nobody can be paged" is an alarm, and stands behind no notice.
        let rank = if task.urgent { rank.min(Rank::URGENT) } else { rank };
        let rosters = self.rosters_now()?;
        for person in rosters.get(&told).into_iter().flatten().filter(|person| person.on_duty) {
            let outgoing = Outgoing {
                to: person.msisdn.clone(),
                text: text.clone(),
                purpose: Purpose::Tell,
                category: Category::Work,
                policy,
                rank,
                sim: None,
                session: None,
                not_before: None,
                expires_at: None,
            };
            self.enqueue(&outgoing, &Extra { source: "queue".to_owned(), ..Extra::default() }, PARTS_MAX)?;
        }
        Ok(self.tx.save_setting(&mark, &self.now, self.now)?)
    }

    /// Who is told of a task: whom its queue names; and of what is urgent for the control room and no flow follows, the roster with
    /// its name, where it names nobody.
    fn roster_of(&self, task: &NewTask, told: Option<&String>) -> Option<String> {
        let is_own = task.urgent && task.session.is_none() && task.queue == self.book.settings.control_room;
        match (task.kind, told) {
            (TaskKind::Danger, _) => None,
            (_, Some(told)) => Some(told.clone()),
            (_, None) => is_own.then(|| task.queue.clone()),
        }
    }
}
