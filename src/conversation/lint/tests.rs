//! The shipped flows have no error, with whatever the settings name; what is refused stands in tests/it/flows/refusals.rs.

use super::*;
use crate::terms::default_lanes;

fn findings(source: &str) -> Vec<Finding> {
    let packs = Packs::load(&Packs::shipped()).expect("packs");
    let settings = Settings { utility: "Northgrid".to_owned(), emergency: "112".to_owned(), ..Settings::default() };
    let lanes = default_lanes();
    let site = Site::offline(&lanes, &settings, &packs);
    check_source("t.flow.toml", source, &site).1
}

#[test]
fn the_shipped_flows_have_no_error() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/flows")).expect("flows") {
        let path = entry.expect("an entry").path();
        let source = std::fs::read_to_string(&path).expect("a file");
        let errors: Vec<Finding> = findings(&source).into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}
