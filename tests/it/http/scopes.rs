//! The authorization matrix: every route with every scope. What is not allowed is 403 before anything else is looked at.

use answerback::http::{Needs, ROUTES};
use answerback::terms::{Scope, Word as _};

use super::TestApp;

fn may(needs: Needs, scope: Scope) -> bool {
    match needs {
        Needs::Nothing => true,
        Needs::AnyOf(scopes) => scope == Scope::Admin || scopes.contains(&scope),
    }
}

#[tokio::test]
async fn every_route_takes_its_scopes_and_no_others() {
    let app = TestApp::start().await;
    for (scope, word) in Scope::WORDS {
        let bearer = format!("Bearer {}", app.key(&[*scope]).await);
        for route in ROUTES.iter().filter(|route| !route.path.ends_with("/stream")) {
            let path = route.path.replace("{id}", "none").replace("{name}", "none").replace("{msisdn}", "none");
            let reply = app.call(route.verb(), &path, &[("authorization", &bearer)], Vec::new()).await;
            let refused = reply.status == 403 && reply.json()["code"] == "scope";
            assert_eq!(!refused, may(route.needs, *scope), "{} {} with {word}: {}", route.verb(), route.path, reply.text);
        }
    }
}

#[tokio::test]
async fn every_route_but_the_open_ones_wants_a_key() {
    let app = TestApp::start().await;
    let open = ["/healthz", "/readyz", "/metrics"];
    for route in ROUTES {
        let path = route.path.replace("{id}", "none").replace("{name}", "none").replace("{msisdn}", "none");
        let reply = app.call(route.verb(), &path, &[], Vec::new()).await;
        if open.contains(&route.path) {
            assert_ne!(reply.status, 401, "{}", route.path);
        } else {
            reply.problem(401, "no_key");
        }
    }
}

#[tokio::test]
async fn the_policy_decides_which_scope_may_send() {
    let app = TestApp::start().await;
    for (scope, _) in Scope::WORDS {
        let key = app.key(&[*scope]).await;
        for (policy, needed) in [("alarm", Scope::SendAlarm), ("notice", Scope::SendNotice), ("once", Scope::SendOnce)] {
            let body = serde_json::json!({ "to": super::PERSON, "text": "hi", "policy": policy });
            let reply = app.post_as(&key, "/v1/messages", &[], &body).await;
            let may = *scope == needed || *scope == Scope::Admin;
            assert_eq!(reply.status == 202, may, "{policy} with {}: {}", scope.word(), reply.text);
        }
        // The lane of the flow is under policy once.
        let account = scope.word().replace(':', "");
        let reply = app.post_as(&key, "/v1/sessions", &[], &super::past_due(&account)).await;
        assert_eq!(reply.status == 202, matches!(scope, Scope::SendOnce | Scope::Admin), "{}: {}", scope.word(), reply.text);
    }
}
