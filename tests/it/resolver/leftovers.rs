//! Money and switching move on an exact form alone: nothing stands beside it but what is polite (conversation.md section 2).

use std::sync::LazyLock;

use answerback::conversation::Resolution;
use answerback::conversation::effect::Effect;

use super::stage::{Stage, person};

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::new("US"));

/// Questions that move something, and what moves it.
const QUESTIONS: &[(&str, &str, &[&str])] = &[
    ("pay.past_due", "ask", &["Y", "yes", "PAY", "sí", "ja", "oui", "да"]),
    ("energy.peak", "ask", &["in", "YES", "join"]),
    ("bill.due", "sure", &["Y", "yes", "да"]),
];

/// What is polite, and how it is parted from the rest.
const POLITE: &[&str] = &[" thanks ", " thank you, ", ", gracias ", ". Danke. ", " merci ", ", спасибо "];

/// What is left over: another day, another person, a doubt, a wish, a joke.
const LEFT: &[&str] = &[
    "wednesday",
    "next month",
    "wrong person",
    "wrong day",
    "hold",
    "remind me friday",
    "for overcharging",
    "for cancelling it",
    "for the extension",
    "freitag",
    "el viernes",
    "vendredi",
    "потом",
    "lol",
    "haha",
    "Maria called",
];

/// Charged nobody, however near they are.
const ODD: &[&str] = &[
    "pay pal",
    "sí hombre",
    "ja ja",
    "ja ja ja",
    "yes lol",
    "y haha",
    "yes yes yes",
    "yes bro",
    "y 😂",
    "sí ya pagué",
    "oui payé",
    "sim já paguei",
];

/// Each of these is an order.
const ORDERS: &[&str] = &[
    "Yes please",
    "Y, thanks",
    "Sí, gracias",
    "Hola, sí por favor",
    "Ja, bitte",
    "Oui merci",
    "Да, спасибо",
    "Yes\nthank you\nMaria Lopez",
    "Sí, pagar ya",
    "Sim, podem debitar já",
];

fn moves(resolution: &Resolution) -> bool {
    resolution.effects.iter().any(|effect| matches!(effect, Effect::Call(call) if !call.read))
}

#[test]
fn what_is_left_over_moves_nothing() {
    let mut wrong = Vec::new();
    for (flow, step, orders) in QUESTIONS {
        let asked = person(vec![STAGE.open(1, flow, step, -300)]);
        for order in *orders {
            assert!(moves(&STAGE.hear(&asked, order)), "{flow}: {order}");
            for (polite, left) in POLITE.iter().flat_map(|polite| LEFT.iter().map(move |left| (polite, left))) {
                let text = format!("{order}{polite}{left}");
                wrong.extend(moves(&STAGE.hear(&asked, &text)).then(|| format!("{flow}: {text}")));
            }
        }
    }
    let bill = person(vec![STAGE.open(1, "pay.past_due", "ask", -300)]);
    wrong.extend(ODD.iter().filter(|text| moves(&STAGE.hear(&bill, text))).map(|text| (*text).to_owned()));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_polite_leaves_an_order_an_order() {
    let bill = person(vec![STAGE.open(1, "pay.past_due", "ask", -300)]);
    for text in ORDERS {
        assert!(moves(&STAGE.hear(&bill, text)), "{text}");
    }
}
