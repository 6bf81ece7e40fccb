//! What must hold for any text that is given to the loader of flows: no panic, the same findings twice, each with a line of
//! the text, a reason and a proposal; and a flow that it takes begins without a panic and comes to a rest. A plain function:
//! the bounded run in the tests and the cargo-fuzz target call it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use answerback::chance::Seeded;
use answerback::conversation::flow::{Flow, Kind};
use answerback::conversation::lint::{Severity, Site, check_source};
use answerback::conversation::packs::Packs;
use answerback::conversation::session::FlowRef;
use answerback::conversation::{Begin, Flows, Rosters, Rules, begin};
use answerback::msisdn::Msisdn;
use answerback::office::Queues;
use answerback::settings::Settings;
use answerback::terms::default_lanes;
use answerback::time::Timestamp;
use answerback::value::Value;

/// A body and its name.
pub type Body = (&'static str, fn(&[u8]));

/// All of them.
pub const BODIES: &[Body] = &[("flow", flow)];

/// The seeds: the flows that ship.
pub const SEEDS: &[&str] = &[
    include_str!("../../flows/account.balance.flow.toml"),
    include_str!("../../flows/alarm.page.flow.toml"),
    include_str!("../../flows/bill.due.flow.toml"),
    include_str!("../../flows/consent.join.flow.toml"),
    include_str!("../../flows/crew.job.flow.toml"),
    include_str!("../../flows/crew.visit.flow.toml"),
    include_str!("../../flows/energy.peak.flow.toml"),
    include_str!("../../flows/menu.self.flow.toml"),
    include_str!("../../flows/meter.read.flow.toml"),
    include_str!("../../flows/outage.confirm.flow.toml"),
    include_str!("../../flows/outage.report.flow.toml"),
    include_str!("../../flows/pay.past_due.flow.toml"),
    include_str!("../../flows/survey.visit.flow.toml"),
];

static PACKS: LazyLock<Packs> = LazyLock::new(|| Packs::load(&["en".to_owned(), "es".to_owned()]).expect("packs"));

/// A file of a technician whose editor went mad.
pub fn flow(octets: &[u8]) {
    let source = String::from_utf8_lossy(octets);
    let settings = Settings { utility: "Utility".to_owned(), emergency: "112".to_owned(), ..Settings::default() };
    let lanes = default_lanes();
    let site = Site::offline(&lanes, &settings, &PACKS);
    let (taken, found) = check_source("f.flow.toml", &source, &site);
    let (again, twice) = check_source("f.flow.toml", &source, &site);
    assert!(taken == again && found == twice, "the loader says something else the second time");
    let lines = source.matches('\n').count() as u32 + 1;
    for finding in &found {
        assert!((1..=lines).contains(&finding.line), "a finding on line {} of {lines}: {finding:?}", finding.line);
        assert!(!finding.reason.is_empty() && !finding.proposal.is_empty(), "{finding:?}");
    }
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error).count();
    assert_eq!(taken.is_none(), errors > 0, "taken with {errors} errors");
    if let Some(flow) = taken {
        begins(flow, &settings);
    }
}

/// A flow that the loader takes can be begun; whatever it does, it does it a bounded number of times.
fn begins(flow: Flow, settings: &Settings) {
    let (lanes, rosters, queues, mut flows) = (default_lanes(), Rosters::new(), Queues::default(), Flows::default());
    let (flow, name) = (Arc::new(flow.clone()), flow.name);
    flows.insert(1, Arc::clone(&flow));
    flows.activate(&name, 1);
    let rules = Rules { flows: &flows, packs: &PACKS, settings, lanes: &lanes, rosters: &rosters, queues: &queues, sims: &[] };
    let sample = |kind: Kind| match kind {
        Kind::Int => Value::Number(4_417),
        Kind::Money => Value::Text("84.50".to_owned()),
        Kind::Date => Value::Text("2036-12-24".to_owned()),
        Kind::Time => Value::Text("17:00".to_owned()),
        Kind::Bool => Value::Bool(true),
        Kind::List => Value::Rows(Vec::new()),
        Kind::Phone => Value::Text("+12025550123".to_owned()),
        Kind::Text(_) | Kind::Account => Value::Text("20417733".to_owned()),
    };
    let data: BTreeMap<String, Value> = flow.needs.iter().map(|(slot, need)| (slot.clone(), sample(need.kind))).collect();
    let person = Msisdn::from_e164("+12025550199").ok();
    let mut chance = Seeded::new(7);
    let request = Begin::new(FlowRef { name, revision: 1 }, person, data);
    if let Ok(moved) = begin(&flow, request, None, &rules, Timestamp::from_unix_ms(1_795_449_600_000), &mut chance) {
        assert!(moved.effects.len() < EFFECTS_MAX, "{} effects of one beginning", moved.effects.len());
    }
}

/// A hundred steps, each with a text before it, its own text, its timers and its event.
const EFFECTS_MAX: usize = 2_000;
