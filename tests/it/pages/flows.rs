//! The editor of flows: what the loader finds stands beside its line.

use answerback::terms::Scope;

use super::{FLOW, House, in_a_form};

#[tokio::test]
async fn the_loader_speaks_beside_the_line() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    let broken = FLOW.replace("test.link", "test.broken").replace("start = \"form\"", "start = \"nowhere\"");
    let line = 1 + broken.lines().position(|line| line.contains("nowhere")).unwrap();
    let source = in_a_form(&broken);
    let answer = house.post("/settings/flows/new", &cookie, &format!("{csrf}&do=save&source={source}")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("cannot be put to work") && answer.body.contains(&format!("data-line=\"{line}\"")), "{}", answer.body);
    assert!(answer.body.contains(&format!("<li class=\"bad\">{line}</li>")), "the line is marked");
    assert!(house.engine.book().await.unwrap().flows.active("test.broken").is_none());
    // The text that ships in the box is put to work as it is.
    let good = in_a_form(&FLOW.replace("test.link", "test.other"));
    let answer = house.post("/settings/flows/new", &cookie, &format!("{csrf}&do=save&source={good}")).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, "/settings/flows/test.other"));
    assert!(house.engine.book().await.unwrap().flows.active("test.other").is_some());
}

/// A keyword that answers a question of another flow on the box is said beside its line, and keeps nothing from being put to work.
#[tokio::test]
async fn the_loader_warns_of_a_keyword_that_another_flow_takes() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    let asks = "flow = \"test.asks\"\nlane = \"account\"\nstart = \"ask\"\nexpires = \"1h\"\n[step]\nend = { done = true }\n[step.ask]\n\
                ask = { en = \"{utility}: Y or N?\" }\nwant = \"yesno\"\non = { yes = \"end\", no = \"end\" }\n";
    let begun = "flow = \"test.begun\"\nlane = \"account\"\nbegin = { words = { en = [\"sure\"] } }\nstart = \"end\"\nexpires = \"1h\"\n[step]\n\
                 end = { done = { en = \"{utility}: fine.\" } }\n";
    for (source, name) in [(asks, "test.asks"), (begun, "test.begun")] {
        let answer = house.post("/settings/flows/new", &cookie, &format!("{csrf}&do=save&source={}", in_a_form(source))).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, &*format!("/settings/flows/{name}")), "{}", answer.body);
    }
    let shown = house.get("/settings/flows/test.begun", &cookie).await;
    assert!(
        shown.body.contains("is also an answer in flow test.asks (step.ask)") && shown.body.contains("<li class=\"wait\">3</li>"),
        "{}",
        shown.body
    );
    let other = house.get("/settings/flows/test.asks", &cookie).await;
    assert!(other.body.contains("is an answer here and begins flow test.begun"), "{}", other.body);
}
