//! Every text that leaves the answer to a question open is told to the log, once for each question it may be about; what answers
//! is not.

use answerback::conversation::effect::Effect;
use answerback::conversation::view::{Asked, Inbound, Replier};
use answerback::terms::Purpose;

use super::stage::{Stage, inbound, person};

/// What it is, who writes, over which SIM, what, and how often the log is told.
type Row<'a> = (&'a str, Replier, &'a str, &'a str, (usize, usize));

/// How often the log is told that something was unclear, and that a person is wanted.
fn told(stage: &Stage, replier: &Replier, inbound: &Inbound) -> (usize, usize) {
    let effects = stage.decide(replier, inbound).effects;
    let count = |name: &str| effects.iter().filter(|effect| matches!(effect, Effect::Emit { kind, .. } if kind == name)).count();
    (count("session.unclear"), count("agent.requested"))
}

#[test]
fn what_leaves_an_answer_open_is_told_and_nothing_else_is() {
    let stage = Stage::new("UA");
    let bill = || stage.open(1, "pay.past_due", "ask", -300);
    let outage = |id: i64| stage.open(id, "outage.confirm", "ask", -300 * id);
    let asked = |asked: Asked, times: u8| {
        let mut asked = asked;
        asked.question.asked_again = times;
        person(vec![asked])
    };
    let read_back = || {
        let mut asked = bill();
        asked.question.proposed = Some("yes".to_owned());
        let mut replier = person(vec![asked]);
        replier.person.sent[0].purpose = Purpose::ReadBack;
        replier
    };
    let shared = || {
        let mut replier = person(vec![bill()]);
        replier.person.accounts = 2;
        replier
    };
    let reaction = format!("Liked \u{201c}{}\u{201d}", outage(1).question.text.expose());
    let rows: Vec<Row<'_>> = vec![
        ("not a word of it", person(vec![outage(1)]), "A", "blue bananas", (1, 0)),
        ("asked often enough", asked(outage(1), 9), "A", "blue bananas", (1, 1)),
        ("a yes with a condition", person(vec![bill()]), "A", "yes but call me after 5", (1, 0)),
        ("the gate is shut", person(vec![bill()]), "B", "Y", (1, 0)),
        ("no to a read-back", read_back(), "A", "N", (1, 0)),
        ("whose account", shared(), "A", "Y", (1, 0)),
        ("which one", person(vec![outage(2), outage(1)]), "A", "Y", (2, 0)),
        ("a reaction", person(vec![outage(1)]), "A", &reaction, (1, 0)),
        ("an answer", person(vec![outage(1)]), "A", "Y", (0, 0)),
        ("STOP", person(vec![outage(1)]), "A", "STOP", (0, 0)),
        ("a slip of STOP is about no question", person(vec![outage(1)]), "A", "stpo", (0, 0)),
    ];
    for (name, replier, sim, text, want) in rows {
        let mut inbound = inbound(text, stage.now);
        sim.clone_into(&mut inbound.sim);
        assert_eq!(told(&stage, &replier, &inbound), want, "{name}");
    }
}
