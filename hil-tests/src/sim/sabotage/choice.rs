//! A shell that has the wrong part leave, or on the wrong SIM, or more of them than a SIM may send.

use answerback::delivery::route::{ModemView, SimWish};
use answerback::engine::{Reject, queue};
use answerback::settings::Caps;
use answerback::terms::Rank;

use crate::sim::Sim;
use crate::sim::mutation::Mutation;
use crate::sim::office::Ask;
use crate::sim::plan::Setup;

/// Behind all else.
const PLAIN: Rank = Rank(9);

/// What a box is told of how it is set up.
pub(in crate::sim) fn told(mutation: Option<Mutation>, setup: &Setup) -> Setup {
    let without = |caps: Caps| match mutation {
        Some(Mutation::NoCapOfMinute) => Caps { minute: 0, ..caps },
        Some(Mutation::NoCapOfDay) => Caps { day: 0, ..caps },
        Some(Mutation::NoCapOfMonth) => Caps { month: 0, ..caps },
        Some(Mutation::NoCapOfPeople) => Caps { recipients: 0, ..caps },
        _ => caps,
    };
    Setup { caps: setup.caps.map(without), ..setup.clone() }
}

/// A request that says nothing of its rank.
pub(super) fn unranked(ask: &Ask) -> Ask {
    let mut ask = ask.clone();
    if let Ask::Message(message) = &mut ask {
        message.rank = message.rank.map(|_| PLAIN);
    }
    ask
}

impl Sim {
    /// The modems without the one that somebody wishes, where another one is free.
    pub(super) fn without_the_wished(&self, views: &[ModemView]) -> Result<Vec<ModemView>, Reject> {
        let waiting = self.read(|reader| queue::waiting(reader, self.now()))?;
        let bound = waiting.iter().any(|part| matches!(part.asks.sim, SimWish::Only(_)));
        let wished = waiting.iter().find_map(|part| match &part.asks.sim {
            SimWish::Prefer(iccid) => Some(iccid),
            SimWish::Any | SimWish::Only(_) => None,
        });
        let others: Vec<ModemView> = views.iter().filter(|view| wished.is_none_or(|wished| view.iccid != *wished)).cloned().collect();
        let free = others.iter().any(|view| view.ready && !view.busy);
        Ok(if free && !bound { others } else { views.to_vec() })
    }
}
