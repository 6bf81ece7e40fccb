//! docs/flows.md: every example in it is a flow that the check takes, and its tables name every verb and key that the loader knows.

use answerback::conversation::lint::{Severity, Site, check_source};
use answerback::conversation::packs::Packs;
use answerback::settings::Settings;
use answerback::terms::default_lanes;

const MANUAL: &str = include_str!("../../../docs/flows.md");

#[test]
fn every_example_of_the_manual_passes_the_check() {
    let packs = Packs::load(&Packs::shipped()).expect("packs");
    let settings = Settings { utility: "Utility".to_owned(), emergency: "112".to_owned(), ..Settings::default() };
    let lanes = default_lanes();
    let site = Site::offline(&lanes, &settings, &packs);
    let examples: Vec<&str> = MANUAL.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 5, "{} examples", examples.len());
    for example in examples {
        let (flow, found) = check_source("docs/flows.md", example, &site);
        let errors: Vec<_> = found.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(flow.is_some() && errors.is_empty(), "{example}\n{errors:#?}");
    }
}

#[test]
fn the_tables_of_the_manual_name_every_key() {
    let keys = [
        "flow lane needs key start expires late quiet max_parts begin after event words again system rest look rank sample per_person wait",
        "ask tell http link agent callback ring roster run when consent done result keep to silence on go send save ok fail unknown read",
        "page ttl uses show photo data queue note urgent back within list for pause order every rounds grant revoke proof",
        "want as from sole digits min max range over under risk mixed retry times say remind via join tag",
        "yesno choice menu text int money date time account phone reading score code switch confirm person",
        "utility emergency heard heard_at",
    ];
    for key in keys.iter().flat_map(|line| line.split(' ')) {
        let named = MANUAL.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == key);
        assert!(named, "docs/flows.md does not name `{key}`");
    }
}
