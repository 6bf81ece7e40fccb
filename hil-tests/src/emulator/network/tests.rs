//! The network by what it takes, what phones show and what comes back to the SIM.

use std::time::Duration;

use at_commands::Tick;
use at_commands::pdu::{Address, Inbound, Smsc, Submit, ValidityPeriod};
use at_commands::text::{SegmentOptions, segment};

use super::{Network, NetworkOptions};
use crate::emulator::brain::{Downlink, Uplink};
use crate::emulator::fault::Fault;

const SIM: &str = "+15550101001";
const PHONE: &str = "+15550100200";

fn network(options: NetworkOptions) -> Network {
    let mut network = Network::new(vec![SIM.to_owned(), "+15550101002".to_owned()], options);
    network.uplink(Tick::default(), 0, Uplink::Attached);
    network.uplink(Tick::default(), 1, Uplink::Attached);
    network
}

fn at(seconds: u64) -> Tick {
    Tick::default().plus(Duration::from_secs(seconds))
}

fn submit(network: &mut Network, to: &str, text: &str, minutes: Option<u32>) {
    let parts = segment(text, &SegmentOptions { reference: 9, ..SegmentOptions::default() }).expect("fits").parts;
    for (place, part) in parts.into_iter().enumerate() {
        let mut submit = Submit::new(Address::from_e164(to).expect("a number"), part.dcs, part.udh, part.ud);
        submit.status_report_request = true;
        submit.vp = minutes.map(ValidityPeriod::of_minutes);
        let mr = place as u8 + 1;
        submit.mr = mr;
        let pdu = submit.encode(Smsc::Present).expect("encodes");
        network.uplink(Tick::default(), 0, Uplink::Submit { mr, rp: u64::from(mr), pdu });
    }
}

/// Everything that comes out up to `seconds`, acknowledged as it comes.
fn until(network: &mut Network, seconds: u64) -> Vec<(usize, Downlink)> {
    let mut all = Vec::new();
    for now in (0..=seconds).map(at) {
        network.advance(now);
        while let Some((modem, downlink)) = network.poll_output() {
            if let Downlink::Deliver { id, .. } | Downlink::Report { id, .. } = &downlink {
                network.uplink(now, modem, Uplink::Acknowledge { id: *id });
            }
            all.push((modem, downlink));
        }
    }
    all
}

/// The kinds of what came, in order: `answer`, `text:..`, `report:<mr>:<st>`.
fn kinds(all: &[(usize, Downlink)]) -> Vec<String> {
    all.iter()
        .map(|(_, downlink)| match downlink {
            Downlink::Submitted { result, .. } => format!("answer:{result:?}"),
            Downlink::Deliver { pdu, .. } | Downlink::Report { pdu, .. } => match Inbound::decode(pdu, Smsc::Present) {
                Ok(Inbound::Deliver(deliver)) => format!("text:{}", deliver.text().unwrap_or_default()),
                Ok(Inbound::StatusReport(report)) => format!("report:{}:{}", report.mr, report.st.octet()),
                Err(error) => format!("broken:{error}"),
            },
            Downlink::Ring { .. } | Downlink::RingEnds => "ring".to_owned(),
        })
        .collect()
}

#[test]
fn a_text_is_taken_answered_delivered_and_reported() {
    let mut network = network(NetworkOptions::default());
    submit(&mut network, PHONE, "Pay 84.50?", None);
    let all = until(&mut network, 10);
    assert_eq!(kinds(&all), ["answer:Ok(())", "report:1:0"]);
    let taken = &network.taken()[0];
    assert_eq!((taken.from.as_str(), taken.to.as_str(), taken.text.as_deref()), (SIM, PHONE, Some("Pay 84.50?")));
    assert_eq!(network.received(PHONE)[0].text, "Pay 84.50?");
    let Downlink::Report { pdu, .. } = &all[1].1 else { panic!("a report") };
    let Ok(Inbound::StatusReport(report)) = Inbound::decode(pdu, Smsc::Present) else { panic!("decodes") };
    assert_eq!(report.ra.number().as_deref(), Some(PHONE));
    assert_eq!(report.scts.to_unix_ms(), Some(taken.at_ms), "SCTS is when the network took it");
    assert_eq!(report.dt.to_unix_ms(), Some(taken.at_ms + 4_000), "DT is when the report was written");
}

#[test]
fn a_long_text_is_joined_by_the_phone() {
    let mut network = network(NetworkOptions::default());
    let long = "meter ".repeat(60);
    submit(&mut network, PHONE, &long, None);
    until(&mut network, 10);
    assert_eq!(network.taken().len(), 3);
    assert_eq!(network.received(PHONE).iter().map(|text| (text.text.as_str(), text.parts)).collect::<Vec<_>>(), [(long.as_str(), 3)]);
}

#[test]
fn faults_of_the_network_strike_once() {
    let cases: &[(Fault, &[&str])] = &[
        (Fault::NoReport, &["answer:Ok(())"]),
        (Fault::DoubleReport, &["answer:Ok(())", "report:1:0", "report:1:0"]),
        (Fault::ReportFirst, &["report:1:0", "answer:Ok(())"]),
    ];
    for (fault, want) in cases {
        let mut network = network(NetworkOptions::default());
        network.arm(0, fault.clone(), 1);
        submit(&mut network, PHONE, "hello", None);
        assert_eq!(kinds(&until(&mut network, 10)), *want, "{fault:?}");
    }
}

#[test]
fn a_phone_that_is_off_gets_its_text_later_or_never() {
    let mut network = network(NetworkOptions::default());
    network.handset_power(PHONE, false);
    submit(&mut network, PHONE, "later", None);
    assert_eq!(kinds(&until(&mut network, 20)), ["answer:Ok(())"]);
    network.handset_power(PHONE, true);
    assert_eq!(kinds(&until(&mut network, 30)), ["report:1:0"]);
    network.handset_power(PHONE, false);
    submit(&mut network, PHONE, "never", Some(5));
    assert_eq!(kinds(&until(&mut network, 400)), ["answer:Ok(())", "report:1:70"]);
    assert_eq!(network.received(PHONE).len(), 1);
}

#[test]
fn an_injected_text_is_split_and_can_be_reversed_doubled_and_lost() {
    let long = "0123456789".repeat(20);
    let (head, tail) = (format!("text:{}", &long[..153]), format!("text:{}", &long[153..]));
    let cases: &[(Option<Fault>, Vec<&str>)] = &[
        (None, vec![&head, &tail]),
        (Some(Fault::ReverseParts), vec![&tail, &head]),
        (Some(Fault::LosePart), vec![&tail]),
        (Some(Fault::DoubleDelivery), vec![&head, &head, &tail]),
    ];
    for (fault, want) in cases {
        let mut network = network(NetworkOptions::default());
        if let Some(fault) = fault {
            network.arm(0, fault.clone(), 1);
        }
        assert_eq!(network.inject(0, PHONE, &long), Ok(2));
        assert_eq!(kinds(&until(&mut network, 5)), *want, "{fault:?}");
    }
}

#[test]
fn a_text_waits_for_a_sim_that_is_away_or_full() {
    let mut network = network(NetworkOptions::default());
    network.uplink(Tick::default(), 0, Uplink::Detached);
    network.inject(0, PHONE, "Y").expect("a modem");
    assert_eq!(kinds(&until(&mut network, 5)), Vec::<String>::new());
    network.uplink(at(5), 0, Uplink::Attached);
    let Some((0, Downlink::Deliver { id, .. })) = network.poll_output() else { panic!("a text") };
    network.uplink(at(5), 0, Uplink::Refuse { id, cause: 22 });
    assert!(network.poll_output().is_none() && network.held(0) == 1);
    network.uplink(at(6), 0, Uplink::MemoryAvailable);
    assert_eq!(kinds(&until(&mut network, 7)), ["text:Y"]);
    assert_eq!(network.held(0), 0);
}

#[test]
fn one_sim_texts_another() {
    let mut network = network(NetworkOptions::default());
    submit(&mut network, "+15550101002", "self test", None);
    let all = until(&mut network, 10);
    assert_eq!(kinds(&all), ["answer:Ok(())", "text:self test", "report:1:0"]);
    assert_eq!(all[1].0, 1);
}

#[test]
fn wrong_senders_are_refused_with_words() {
    let mut network = network(NetworkOptions::default());
    assert!(network.inject(7, PHONE, "Y").is_err_and(|words| words.contains("no modem 7")));
    assert!(network.inject(0, "a sender with far too many letters", "Y").is_err());
    assert_eq!(network.inject(0, "ELKOM", "Y"), Ok(1));
    assert_eq!(network.inject(0, "12345", "Y"), Ok(1));
    assert!(network.inject_pdu(0, "xyz").is_err());
}

#[test]
fn a_report_that_finds_no_room_comes_again_after_a_while() {
    let mut network = network(NetworkOptions::default());
    submit(&mut network, PHONE, "Hi", None);
    let report = |network: &mut Network, now: u64| {
        network.advance(at(now));
        std::iter::from_fn(|| network.poll_output()).find_map(|(_, downlink)| match downlink {
            Downlink::Report { id, .. } => Some(id),
            _ => None,
        })
    };
    let id = (0..30).find_map(|now| report(&mut network, now)).expect("a report");
    network.uplink(at(30), 0, Uplink::Refuse { id, cause: 22 });
    assert_eq!(report(&mut network, 30), None, "not at once, for ever");
    assert!(report(&mut network, 41).is_some());
}
