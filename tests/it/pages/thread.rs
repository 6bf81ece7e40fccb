//! What a thread says of each text: rule, reason, clocks, candidates, in words that an agent understands.

use answerback::store::Verdict;

use super::*;

#[tokio::test]
async fn a_thread_says_rule_reason_clocks_and_candidates_in_words() {
    let house = House::build().await;
    let (session, _) = house.begin().await;
    let (cookie, _) = house.sign_in(&[Scope::Agent]).await;
    house
        .run(move |work| {
            let received_at = work.now;
            let row = InboundRow {
                text: Text::new("Y"),
                scts: Some(received_at.minus(std::time::Duration::from_secs(90))),
                samples: 9,
                offset_ms: 4_000,
                received_at,
                why: "2 open questions take this text: asked which one".into(),
                ..blank(work.now)
            };
            let several = [session, SessionId::new(work.now, &mut Os)];
            for (outcome, answer, of, candidates) in [("unclear", None, None, &several[..]), ("answer", Some("yes"), Some(session), &[])] {
                let id = work.tx.insert_inbound(&row)?;
                let verdict = Verdict { rule: 12, outcome, session: of, question: None, answer, why: &row.why, candidates, danger: false };
                work.tx.save_verdict(id, &verdict)?;
            }
            Ok(())
        })
        .await;
    let thread = house.get("/conversations/+380501112233", &cookie).await.body;
    for words in [
        "Rule 12</b> · open question · <bdi dir=\"auto\" class=\"words\">not clear, asked back",
        "2 open questions take this text: asked which one",
        "It could have been meant for 2 questions:",
        "<li><b><bdi dir=\"auto\" class=\"words\">test.link</bdi></b>, which had said: <q>",
        "It belongs to <b><bdi dir=\"auto\" class=\"words\">test.link</bdi></b>",
        "understood as <b><bdi dir=\"auto\" class=\"words\">yes</bdi></b>",
        "read by the box",
        "that clock is 4 s slow",
    ] {
        assert!(thread.contains(words), "no `{words}` in {thread}");
    }
    assert!(!thread.contains(">@"), "what the machine notes for itself is not shown: {thread}");
}

/// A text of the person that rule 17 took.
pub fn blank(now: answerback::time::Timestamp) -> InboundRow {
    InboundRow {
        id: 0,
        from: answerback::msisdn::Msisdn::from_e164(PERSON).ok(),
        sender: PERSON.into(),
        sim: "A".into(),
        text: Text::new(""),
        hex: None,
        scts: None,
        offset_ms: 0,
        samples: 0,
        received_at: now,
        live: true,
        parts_have: 1,
        parts_total: 1,
        redelivered: 0,
        rule: Some(17),
        outcome: None,
        session: None,
        question: None,
        answer: None,
        why: String::new(),
        candidates: vec![],
        danger: false,
    }
}
