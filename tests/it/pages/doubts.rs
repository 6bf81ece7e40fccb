//! A text in doubt on the pages: what was seen of its attempts, and the three decisions of a person.

use answerback::engine::accept::{self, NewMessage};
use answerback::engine::doubt;
use answerback::engine::submit::{self, Begin};
use answerback::ids::{MessageId, PartKey};
use answerback::terms::{MessageState, Policy, Scope};
use answerback::text::Text;

use super::{House, PERSON};

const SIM: &str = "8938001";

/// A text that is sent once at most, and whose only attempt got no answer.
async fn doubted(house: &House) -> MessageId {
    house
        .run(|work| {
            let new = NewMessage {
                to: PERSON.into(),
                text: Text::new("Pay <b>84.50</b>"),
                policy: Policy::Once,
                rank: None,
                category: None,
                not_before: None,
                expires_at: None,
                sim: None,
                parts_max: None,
                class: None,
                report: true,
                replaces: None,
                tags: Vec::new(),
                source: "test".into(),
                idempotency: None,
            };
            let message = accept::message(work, &new)?.answer.id;
            let key = PartKey { message, seq: 1 };
            submit::claim(work, &key, SIM)?;
            match submit::begin_attempt(work, &key, SIM, "north gate")? {
                Begin::Go { attempt } => doubt::in_doubt(work, &key, attempt, "timeout")?,
                Begin::Denied { why } => panic!("{why}"),
            }
            Ok(message)
        })
        .await
}

#[tokio::test]
async fn a_text_in_doubt_stands_with_its_evidence_and_three_decisions() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Agent, Scope::Read]).await;
    let decisions = [("sent", MessageState::Submitted), ("resend", MessageState::Queued), ("cancel", MessageState::Withdrawn)];
    for (decision, state) in decisions {
        let id = doubted(&house).await;
        let body = house.get("/", &cookie).await.body;
        let seen = "no definite answer after the message was handed over: timeout";
        for words in ["In doubt: were these sent?", "What was seen", seen, "Pay &lt;b&gt;84.50", &format!("id=\"{decision}-{id}\"")] {
            assert!(body.contains(words), "{words}: {body}");
        }
        let done = house.post(&format!("/messages/{id}/resolve"), &cookie, &format!("{csrf}&as={decision}")).await;
        assert_eq!((done.status, done.location.as_str()), (303, "/"), "{}", done.body);
        let message = house.run(move |work| Ok(work.tx.message(id)?)).await.expect("its row");
        assert_eq!(message.state, state, "{decision}");
        assert!(!house.get("/", &cookie).await.body.contains("In doubt: were these sent?"));
    }
    // Who may only look sees what was seen, and no button.
    let id = doubted(&house).await;
    let (cookie, csrf) = house.sign_in(&[Scope::Read]).await;
    let body = house.get("/", &cookie).await.body;
    assert!(body.contains("What was seen") && !body.contains("/resolve"), "{body}");
    assert_eq!(house.post(&format!("/messages/{id}/resolve"), &cookie, &format!("{csrf}&as=sent")).await.status, 403);
}
