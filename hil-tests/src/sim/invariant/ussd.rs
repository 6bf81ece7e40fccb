//! USSD: what a modem dialed has a row of its own that was on disk as asked, each row once; what the network did not answer is
//! never called answered; an end is final, but for an answer that comes late.

use std::collections::BTreeMap;

use answerback::store::{Changed, Ussd, UssdKind, UssdState};
use answerback::terms::Word as _;

use crate::sim::Sim;

/// What was seen of exchanges so far.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    rows: BTreeMap<i64, UssdState>,
    /// Codes and replies that the networks had heard and answered at the last look.
    heard: usize,
}

impl Exchanges {
    /// Judges what is on disk by what the network heard and said.
    pub(super) fn look(&mut self, sim: &Sim, changed: &Changed, everything: bool) -> Result<(), String> {
        let heard = sim.world.brains().iter().map(|brain| brain.ussd_heard().len() + brain.ussd_said().len()).sum();
        let news = std::mem::replace(&mut self.heard, heard) != heard || changed.ussds;
        if !news && !everything {
            return Ok(());
        }
        let rows = rows(sim)?;
        for row in &rows {
            let before = self.rows.insert(row.id, row.state);
            may_become(row.id, before, row.state)?;
        }
        for text in texts(&rows) {
            let heard = sim.world.brains().iter().flat_map(|brain| brain.ussd_heard()).filter(|heard| *heard == text).count();
            let said = sim.world.brains().iter().flat_map(|brain| brain.ussd_said()).filter(|said| *said == text).count();
            judge(text, &rows, heard, said)?;
        }
        let known = |heard: &&String| texts(&rows).any(|text| text == *heard);
        let mut heard = sim.world.brains().iter().flat_map(|brain| brain.ussd_heard());
        heard.find(|heard| !known(heard)).map_or(Ok(()), |heard| Err(format!("{heard} was dialed and nobody wanted it")))
    }
}

/// The exchanges that somebody wanted: rows are numbered without a gap, and none goes before there are hundreds.
pub(in crate::sim) fn rows(sim: &Sim) -> Result<Vec<Ussd>, String> {
    let rows: Result<Vec<Ussd>, _> = (1..).map_while(|id| sim.read(|reader| reader.ussd(id)).transpose()).collect();
    let mut rows = rows.map_err(|error| error.to_string())?;
    rows.retain(|row| row.kind != UssdKind::Network);
    Ok(rows)
}

/// Every code and reply, once.
fn texts(rows: &[Ussd]) -> impl Iterator<Item = &String> {
    let spoken = |row: &Ussd| matches!(row.kind, UssdKind::Code | UssdKind::Reply);
    let first = move |place: usize| !rows[..place].iter().any(|before| before.asked == rows[place].asked);
    rows.iter().enumerate().filter(move |(place, row)| spoken(row) && first(*place)).map(|(_, row)| &row.asked)
}

/// Of one code: the network heard it at most once for each row that may have gone out, and answered each that is called answered.
fn judge(text: &str, rows: &[Ussd], heard: usize, said: usize) -> Result<(), String> {
    let count = |states: &[UssdState]| rows.iter().filter(|row| row.asked == text && states.contains(&row.state)).count();
    let answered = count(&[UssdState::Answered, UssdState::Menu]);
    let out = answered + count(&[UssdState::Asking, UssdState::Cancelled, UssdState::Refused, UssdState::Unknown]);
    if heard > out {
        return Err(format!("{text} was dialed {heard} times, {out} times it may have gone out"));
    }
    if answered > said {
        return Err(format!("{text} is said to be answered {answered} times, the network answered {said} times"));
    }
    Ok(())
}

fn may_become(id: i64, before: Option<UssdState>, now: UssdState) -> Result<(), String> {
    let late = before == Some(UssdState::Unknown);
    match before {
        Some(before) if before != now && !before.is_open() && !late => {
            Err(format!("exchange {id} was {} and is {}", before.word(), now.word()))
        }
        _ => Ok(()),
    }
}

/// No exchange is under way any more.
pub(super) fn at_rest(sim: &Sim) -> Result<(), String> {
    let open = sim.read(|reader| reader.ussds_open()).map_err(|error| error.to_string())?;
    open.first().map_or(Ok(()), |row| Err(format!("exchange {} of {} is still {}", row.id, row.modem, row.state.word())))
}

#[cfg(test)]
mod tests {
    use answerback::time::Timestamp;

    use super::*;
    use UssdState::{Answered, Asking, NotSent, Unknown, Waiting};

    fn row(id: i64, state: UssdState) -> Ussd {
        Ussd {
            id,
            modem: "modem0".to_owned(),
            iccid: None,
            asker: "a test".to_owned(),
            kind: UssdKind::Code,
            asked: "*100#".to_owned(),
            state,
            answer: None,
            why: None,
            tries: 1,
            asked_at: Timestamp::from_unix_ms(0),
            ended_at: None,
        }
    }

    #[test]
    fn a_code_goes_out_once_for_each_row_and_an_answer_was_said() {
        let of = |states: &[UssdState], heard, said| {
            let rows: Vec<Ussd> = states.iter().zip(1..).map(|(state, id)| row(id, *state)).collect();
            judge("*100#", &rows, heard, said).is_ok()
        };
        assert!(of(&[Answered, Unknown, NotSent], 2, 1) && of(&[Asking], 1, 0) && of(&[Unknown], 0, 0));
        assert!(!of(&[Unknown], 2, 0), "dialed twice");
        assert!(!of(&[NotSent], 1, 0) && !of(&[Waiting], 1, 0), "dialed and said to be not sent");
        assert!(!of(&[Answered], 1, 0), "answered by nobody");
    }

    #[test]
    fn an_end_is_final_but_for_a_late_answer() {
        let of = |before, now| may_become(1, before, now).is_ok();
        assert!(of(None, Asking) && of(Some(Asking), Unknown) && of(Some(Unknown), Answered) && of(Some(Answered), Answered));
        assert!(!of(Some(Answered), Unknown) && !of(Some(NotSent), Answered));
    }
}
