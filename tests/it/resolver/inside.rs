//! While a sub-flow runs its lane counts (conversation.md section 7), whatever asks for it.

use answerback::conversation::effect::Effect;
use answerback::conversation::session::FlowRef;
use answerback::conversation::view::Asked;
use answerback::terms::{Category, Rank};
use answerback::value::Value;

use super::stage::{Stage, person};

/// The question of `crew.visit`, asked by a menu of the lane `account`.
fn in_a_menu(stage: &Stage) -> Asked {
    let mut asked = stage.open(1, "crew.visit", "ask", -300);
    asked.session.flow = FlowRef { name: "menu.self".to_owned(), revision: 1 };
    "account".clone_into(&mut asked.session.lane);
    asked.session.slots.insert("@inside".to_owned(), Value::Text("crew.visit@1:end".to_owned()));
    asked
}

/// Where one category may be stopped, it is the one of the sub-flow's question.
#[test]
fn a_stop_inside_a_menu_ends_the_category_of_what_was_asked() {
    let mut stage = Stage::new("US");
    stage.settings.stop_scope = "category".to_owned();
    let asked = in_a_menu(&stage);
    let stopped = stage.hear(&person(vec![asked]), "STOP").effects.into_iter().find_map(|effect| match effect {
        Effect::Consent(change) if !change.granted => Some(change.categories),
        _ => None,
    });
    assert_eq!(stopped, Some(vec![Category::Visits]));
}

/// Asking again goes out as a text of the sub-flow; who does not answer is given to its queue.
#[test]
fn what_a_menu_asks_is_asked_again_and_handed_over_as_its_own() {
    let stage = Stage::new("UA");
    let mut asked = in_a_menu(&stage);
    let again = stage.hear(&person(vec![asked.clone()]), "blue bananas").effects.into_iter().find_map(|effect| match effect {
        Effect::Say { outgoing, question: Some(_) } => Some((outgoing.category, outgoing.rank)),
        _ => None,
    });
    assert_eq!(again, Some((Category::Visits, Rank(4))));
    asked.question.asked_again = 9;
    assert_eq!(stage.hear(&person(vec![asked]), "blue bananas").queue.as_deref(), Some("visits"));
}
