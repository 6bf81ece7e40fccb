//! A friendly word is no yes where that yes would drop a visit or report an outage.

use answerback::conversation::{Outcome, Resolution};

use super::stage::{Stage, person};

fn agrees(resolution: &Resolution) -> bool {
    resolution.outcome == Outcome::Answer && resolution.answer.as_deref() == Some("yes")
}

#[test]
fn what_welcomes_the_crew_drops_no_visit_and_what_works_is_no_outage() {
    let stage = Stage::new("US");
    for (flow, step, text, yes) in [
        ("crew.visit", "sure", "all good", false),
        ("crew.visit", "sure", "ok see you tuesday", false),
        ("crew.visit", "sure", "Ja kommen Sie", false),
        ("crew.visit", "sure", "Да, приезжайте", false),
        ("crew.visit", "sure", "はい、お待ちしています", false),
        ("crew.visit", "sure", "yes the gate code is 1234", false),
        ("crew.visit", "sure", "Y", true),
        ("crew.visit", "sure", "yes please", true),
        ("outage.confirm", "ask", "its ok", false),
        ("outage.confirm", "ask", "it works", false),
        ("outage.confirm", "ask", "kein Problem", false),
        ("outage.confirm", "ask", "todo bien", false),
        ("outage.confirm", "ask", "大丈夫です", false),
        ("outage.confirm", "ask", "Yes", true),
        ("outage.confirm", "ask", "ja", true),
        ("outage.confirm", "ask", "Sí, gracias", true),
        ("crew.visit", "ask", "Yes and I said I don't need it", false),
        ("crew.visit", "ask", "Yes they came yesterday", false),
        ("crew.visit", "ask", "Oui il est venu hier", false),
    ] {
        let asked = stage.open(1, flow, step, -600);
        let resolution = stage.hear(&person(vec![asked]), text);
        assert_eq!(agrees(&resolution), yes, "{flow} {step} {text:?}: {}", resolution.why);
    }
}
