//! A wish for no more texts is never lost and never invented: what is not plainly one is asked about (conversation.md section 5).

use answerback::conversation::effect::Effect;
use answerback::conversation::{Outcome, Resolution};

use super::stage::{Stage, person};

/// What came of a wish.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Granted,
    Asked,
    None,
}

fn wish(resolution: &Resolution) -> Wish {
    let consent = resolution.effects.iter().find_map(|effect| match effect {
        Effect::Consent(change) if !change.granted => Some(change.pending),
        _ => None,
    });
    match consent {
        Some(true) => Wish::Asked,
        Some(false) => Wish::Granted,
        None => Wish::None,
    }
}

#[test]
fn a_wish_is_heard_or_asked_about_and_never_invented() {
    let stage = Stage::new("US");
    for (flow, step, text, want) in [
        ("crew.visit", "ask", "S T O P", Wish::Granted),
        ("crew.visit", "ask", "s.t.o.p", Wish::Granted),
        ("crew.visit", "ask", "с т о п", Wish::Granted),
        ("crew.visit", "ask", "stop ok", Wish::Asked),
        ("crew.visit", "ask", "yes stop", Wish::Asked),
        ("crew.visit", "ask", "I said stop", Wish::Asked),
        ("crew.visit", "ask", "ich sagte stop", Wish::Asked),
        ("survey.visit", "score", "5 stop", Wish::Asked),
        ("meter.read", "ask", "12345 stop", Wish::Asked),
        ("crew.visit", "ask", "yes, meet me at the bus stop", Wish::None),
        ("crew.visit", "ask", "yes stop by at ten", Wish::None),
        ("crew.visit", "ask", "stop the leak", Wish::None),
        ("crew.visit", "ask", "stop texting me", Wish::Granted),
        ("crew.visit", "ask", "please dont stop texting me", Wish::Asked),
        ("crew.visit", "ask", "please do not unsubscribe me", Wish::Asked),
        ("crew.visit", "ask", "bitte nicht von der liste streichen", Wish::Asked),
        ("crew.visit", "ask", "ich bekomme keine sms mehr von euch", Wish::Asked),
        ("crew.visit", "ask", "je ne reçois plus vos sms", Wish::Asked),
        ("crew.visit", "ask", "non cancellatemi dalla lista", Wish::Asked),
        ("crew.visit", "ask", "不要停止发短信", Wish::Asked),
        ("crew.visit", "ask", "停止しないでください", Wish::None),
        ("crew.visit", "ask", "dont text me after 10 at night", Wish::Asked),
    ] {
        let asked = stage.open(1, flow, step, -600);
        let resolution = stage.hear(&person(vec![asked]), text);
        assert_eq!(wish(&resolution), want, "{text:?}: {}", resolution.why);
        assert_eq!(want == Wish::Granted, matches!(resolution.outcome, Outcome::OptOut), "{text:?}");
    }
}
