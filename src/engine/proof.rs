//! Texts of the box to itself: how one is known when it comes in, however late, twice, or to a box that has forgotten why it
//! was sent. It proves something only where its token is the one that is waited for.

use super::{Reject, Work, doubt, selftest};
use crate::chance::Chance;
use crate::conversation::view::Sender;
use crate::own_text::{LIFE, SELF_TEST, TOKEN_CHARACTERS};
use crate::store::Message;
use crate::terms::MessageState;

/// What a text is to be known by.
pub(super) fn new_token(chance: &mut dyn Chance) -> String {
    let mut octets = [0; TOKEN_CHARACTERS / 2];
    chance.fill(&mut octets);
    at_commands::hex::encode(&octets)
}

/// A text of the box to itself has moved. Nobody is asked about one in doubt that nothing waits for any more.
pub(super) fn text_moved(work: &mut Work<'_, '_>, message: &Message) -> Result<(), Reject> {
    if let Some(test) = selftest::of_message(work, message.id)? {
        return selftest::text_moved(work, test, message);
    }
    if !matches!(message.state, MessageState::InDoubt | MessageState::Parked) {
        return Ok(());
    }
    match work.tx.lives()?.into_iter().find(|life| life.message == Some(message.id)) {
        Some(life) if life.awaited => Ok(()),
        // It was faster than the silence of the modem.
        Some(life) if !life.missing => doubt::came_in(work, message.id),
        Some(_) | None => doubt::resolve(work, message.id, doubt::As::Cancel, "the box"),
    }
}

/// Whether a box wrote this text, this one or another: word for word, or from a SIM of this box, where the network may have
/// added its own words.
pub(super) fn is_of_a_box(work: &Work<'_, '_>, sender: &Sender, text: &str) -> Result<bool, Reject> {
    let kinds = [SELF_TEST, LIFE];
    if kinds.iter().any(|kind| kind.is_whole(text)) {
        return Ok(true);
    }
    let Sender::Number(number) = sender else { return Ok(false) };
    Ok(kinds.iter().any(|kind| kind.token(text).is_some()) && work.tx.sims()?.iter().any(|sim| sim.number.as_ref() == Some(number)))
}
