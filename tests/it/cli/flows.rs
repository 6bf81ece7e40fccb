//! `answerback flow`: checked, replayed, without a daemon.

use super::{Box_, check, program};

#[test]
fn a_folder_of_flows_is_checked_as_a_whole() {
    let place = Box_::new();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/flows");
    let checked = program().args(["flow", "check", shipped]).output().expect("it runs");
    assert!(checked.status.success(), "{checked:?}");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(said.lines().count() >= 13 && !said.contains("error"), "{said}");
    // Alone, a flow may run one that is elsewhere; a folder has to hold it.
    place.write("outer.flow.toml", "flow = \"outer\"\nlane = \"account\"\nstart = \"a\"\nexpires = \"1h\"\n[step]\na = { run = \"inner\", go = \"b\" }\nb = { done = true }\n");
    assert!(place.run(&["flow", "check", &place.path("outer.flow.toml")]).status.success());
    let whole = place.run(&["flow", "check", &place.path("")]);
    check(&whole, 1, "1 of 1 files would be refused");
    assert!(String::from_utf8_lossy(&whole.stdout).contains("there is no flow `inner`"), "{whole:?}");
    std::fs::create_dir(place.path("empty")).expect("a folder");
    check(&place.run(&["flow", "check", &place.path("empty")]), 1, "no file here ends in .flow.toml");
}

#[test]
fn a_check_with_an_exported_configuration_knows_its_endpoints_and_rosters() {
    let place = Box_::new();
    let alarm = concat!(env!("CARGO_MANIFEST_DIR"), "/flows/alarm.page.flow.toml");
    let box_of = |name: &str, endpoint: &str, list: &str| {
        let rosters = ["oncall.water", list].map(|list| format!("[[roster]]\nname = \"{list}\"\npeople = []\n")).concat();
        let settings = "[settings]\nutility = \"City Power\"\nemergency = \"112\"\n";
        place.write(name, &format!("{settings}[[endpoint]]\nname = \"{endpoint}\"\nurl = \"http://127.0.0.1:9/\"\n{rosters}"))
    };
    let right = box_of("right.toml", "scada.ack", "managers.water");
    let checked = place.run(&["flow", "check", alarm, "--settings", &right]);
    assert!(checked.status.success(), "{checked:?}");
    for (name, endpoint, list, words) in [
        ("a.toml", "scada.ak", "managers.water", "there is no endpoint `scada.ack` in the settings; did you mean `scada.ak`?"),
        ("b.toml", "scada.ack", "managers", "there is no roster `managers.water` in the settings"),
    ] {
        let checked = place.run(&["flow", "check", alarm, "--settings", &box_of(name, endpoint, list)]);
        check(&checked, 1, "1 of 1 files would be refused");
        assert!(String::from_utf8_lossy(&checked.stdout).contains(words), "{checked:?}");
    }
}

#[test]
fn a_check_knows_the_pages_of_every_box_and_the_lanes_of_this_one() {
    let place = Box_::new();
    let flow = |lane: &str, page: &str| {
        place.write(
            "t.flow.toml",
            &format!(
                "flow = \"t\"\nlane = \"{lane}\"\nstart = \"a\"\nexpires = \"1h\"\n[step]\nb = {{ done = true }}\n\
                 a = {{ link = {{ page = \"{page}\" }}, tell = {{ en = \"{{utility}}: {{link}}\" }}, on = {{ done = \"b\", expired = \"b\" }} }}\n"
            ),
        )
    };
    for page in ["pay", "slots", "meter"] {
        assert!(place.run(&["flow", "check", &flow("account", page)]).status.success(), "{page}");
    }
    let checked = place.run(&["flow", "check", &flow("account", "mtr")]);
    check(&checked, 1, "1 of 1 files would be refused");
    assert!(String::from_utf8_lossy(&checked.stdout).contains("there is no page `mtr`"), "{checked:?}");
    let own = "[[lane]]\nname = \"solar\"\ncategory = \"energy\"\nrank = 7\npolicy = \"notice\"\nhours = [\"mon-fri 08:00-21:00\"]\n";
    let head = "[settings]\nutility = \"City Power\"\nemergency = \"112\"\npublic_url = \"https://city.example\"\n";
    let settings = place.write("box.toml", &format!("{head}{own}"));
    let without = place.write("bare.toml", head);
    let checked = |settings: &str, lane: &str| place.run(&["flow", "check", &flow(lane, "pay"), "--settings", settings]);
    assert!(checked(&settings, "solar").status.success() && checked(&settings, "billing").status.success());
    assert!(!checked(&without, "solar").status.success(), "this box has no such lane");
    let wrong = place.write("wrong.toml", &format!("{head}{}", own.replace("rank = 7", "rank = \"high\"")));
    assert!(!checked(&wrong, "solar").status.success());
}

/// Cases are played on the lanes of the settings: here texts about solar panels leave at night.
#[test]
fn cases_are_played_on_the_lanes_of_the_settings() {
    let place = Box_::new();
    let flows = place.path("flows");
    std::fs::create_dir(&flows).expect("a folder");
    let flow = "flow = \"t\"\nlane = \"energy\"\nstart = \"a\"\nexpires = \"2d\"\nneeds = { day = \"text:9?\" }\n[step]\n\
                a = { tell = { en = \"{utility}: sun.\" }, wait = \"x\", go = \"b\" }\nb = { done = true }\n";
    place.write("flows/t.flow.toml", flow);
    // Eleven in the evening.
    let case = "case = \"at night\"\nflows = [\"t\"]\nperson = \"+380501112233\"\nheard = [{ sim = \"A\", sc_time = 5, at = 6, text = \"HELP\" }]\n\
                then = [{ at = 46800, start = \"t\" }, { at = 46900, tick = true }]\nwant = { sent = SENT }\n";
    let lane = |hours: &str| {
        let own = format!("[[lane]]\nname = \"energy\"\ncategory = \"energy\"\nrank = 7\npolicy = \"notice\"\n{hours}");
        place.write("box.toml", &format!("[settings]\nutility = \"City Power\"\nemergency = \"112\"\nzone = \"Europe/Kyiv\"\n{own}"))
    };
    for (hours, sent) in [("", 2), ("from = 8\nuntil = 21\n", 1)] {
        let case = place.write("night.case.toml", &case.replace("SENT", &sent.to_string()));
        let played = place.run(&["flow", "replay", "--plain", "--flows", &flows, "--settings", &lane(hours), &case]);
        assert!(played.status.success(), "{hours:?}: {played:?}");
    }
}

#[test]
fn a_case_that_falls_is_told_and_the_exit_says_so() {
    let place = Box_::new();
    let flows = concat!(env!("CARGO_MANIFEST_DIR"), "/flows");
    let stop = "case = \"stop\"\nflows = [\"pay.past_due\"]\nperson = \"+380501112233\"\nheard = [{ sim = \"A\", sc_time = 5, at = 6, text = \"STOP\" }]\n";
    let good = place.write("good.case.toml", &format!("{stop}want = {{ rule = 4, consent = \"out\" }}\n"));
    let bad = place.write("bad.case.toml", &format!("{stop}want = {{ rule = 6 }}\n"));
    for (cases, manner, code, last) in [
        (vec![&good], vec![], 0, "1 passed, 0 failed"),
        (vec![&good], vec!["--double", "--restart"], 0, "1 passed, 0 failed"),
        (vec![&good, &bad], vec!["--plain"], 1, "1 passed, 1 failed"),
        (vec![&bad], vec!["--swap"], 1, "0 passed, 1 failed"),
    ] {
        let mut arguments = vec!["flow", "replay", "--flows", flows];
        arguments.extend(manner);
        arguments.extend(cases.iter().map(|case| case.as_str()));
        let output = place.run(&arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!((output.status.code(), said.lines().last()), (Some(code), Some(last)), "{said}");
        assert_eq!(said.lines().count(), cases.len() + 1, "one line a case: {said}");
    }
}

/// A keyword of one file is an answer in the other: both are told, whichever settings there are.
#[test]
fn a_folder_is_warned_of_a_keyword_that_is_an_answer_beside_it() {
    let place = Box_::new();
    let ask = "[step.ask]\nask = { en = \"{utility}: Y or N?\" }\nwant = \"yesno\"\non = { yes = \"b\", no = \"b\" }\n";
    let flow = |name: &str, begin: &str, start: &str, more: &str| {
        let head = format!("flow = \"{name}\"\nlane = \"account\"\nstart = \"{start}\"\nexpires = \"1h\"\n{begin}");
        place.write(&format!("{name}.flow.toml"), &format!("{head}[step]\nb = {{ done = {{ en = \"{{utility}}: fine.\" }} }}\n{more}"))
    };
    let begun = flow("begun", "begin = { words = { en = [\"sure\"] } }\n", "b", "");
    flow("asks", "", "ask", ask);
    let checked = place.run(&["flow", "check", &place.path("")]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "a warning refuses nothing: {said}");
    assert!(said.contains("begun.flow.toml:5: warning: begin.words: `sure` is also an answer in flow asks (step.ask)"), "{said}");
    assert!(said.contains("asks.flow.toml:7: warning: step.ask: `sure` is an answer here and begins flow begun"), "{said}");
    let alone = String::from_utf8_lossy(&place.run(&["flow", "check", &begun]).stdout).into_owned();
    assert!(!alone.contains("warning"), "{alone}");
}

/// Without settings nobody knows the endpoints: a warning, and the exit is 0. With them they are there, or it fails.
#[test]
fn endpoints_are_a_warning_until_settings_name_them() {
    let place = Box_::new();
    let flows = concat!(env!("CARGO_MANIFEST_DIR"), "/flows");
    let pay = format!("{flows}/pay.past_due.flow.toml");
    let settings = |name: &str, public_url: &str, endpoints: &[&str]| {
        let rows = endpoints.iter().map(|name| format!("[[endpoint]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/\"\n"));
        let head = format!("[settings]\nutility = \"City Power\"\nemergency = \"112\"\npublic_url = \"{public_url}\"\n");
        place.write(name, &format!("{head}{}", rows.collect::<String>()))
    };
    let checked = |more: &[&str]| {
        let output = place.run(&[&["flow", "check", &pay][..], more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = checked(&[]);
    assert!(
        code == Some(0) && said.contains("warning") && said.contains("an endpoint `billing.charge`; check with --settings FILE"),
        "{said}"
    );
    assert!(!said.contains("public_url"), "offline nobody knows the address either: {said}");
    let right = settings("right.toml", "https://city.example", &["billing.charge", "billing.claim_paid"]);
    let (code, said) = checked(&["--settings", &right]);
    assert!(code == Some(0) && !said.contains("warning"), "{said}");
    let (code, said) = checked(&["--settings", &settings("bare.toml", "", &["billing.charge", "billing.claim_paid"])]);
    assert!(code == Some(0) && said.contains("no `public_url` is set: the step goes to `expired` at once"), "{said}");
    let (code, said) = checked(&["--settings", &settings("none.toml", "https://city.example", &["x"])]);
    assert!(code == Some(1) && said.contains("there is no endpoint `billing.charge` in the settings"), "{said}");

    let case = "case = \"yes\"\nflows = [\"pay.past_due\"]\nperson = \"+380501112233\"\n\
                open = [{ id = \"p\", flow = \"pay.past_due\", step = \"ask\", data = { account = \"20417733\", amount = \"84.50\", due = \"2026-11-12\", card = \"*1\", mandate = true } }]\n\
                heard = [{ sc_time = 300, at = 306, text = \"HELP\" }]\nwant = { rule = 6, says = \"City Power here\" }\n";
    let case = place.write("yes.case.toml", case);
    let replayed = |more: &[&str]| {
        let output = place.run(&[&["flow", "replay", "--flows", flows, "--plain"][..], more, &[case.as_str()][..]].concat());
        let words = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        (output.status.code(), words(&output.stdout), words(&output.stderr))
    };
    let (code, said, aside) = replayed(&[]);
    assert!(code == Some(1) && said.contains("says is"), "another utility: {said}");
    assert!(aside.contains("warning") && aside.contains("billing.charge") && aside.contains("--settings FILE"), "{aside}");
    let (code, said, aside) = replayed(&["--settings", &right]);
    assert_eq!((code, aside.as_str()), (Some(0), ""), "{said}");
    let (code, said, _) = replayed(&["--settings", &place.path("none.toml")]);
    assert!(code == Some(1) && said.contains("there is no endpoint billing.charge in the settings"), "{said}");
}
