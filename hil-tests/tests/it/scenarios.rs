//! Every scenario file on every rung that can play it here; wrong files; and that a scenario can fail.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hil_tests::emulator::{Rig, RigOptions};
use hil_tests::scenario::{Failure, Pty, Rung, Scenario, Simulated, Stage, lacks, play, read, read_all};

const PROGRAM: &str = env!("CARGO_BIN_EXE_scenario");
/// Each is a daemon with its modems: more at once would only measure the machine.
const AT_ONCE: usize = 4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

pub fn shipped() -> Vec<Scenario> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".scenario.toml"));
    files.sort();
    assert!(files.len() >= 20, "{} files", files.len());
    read_all(&files).unwrap_or_else(|troubles| panic!("{}", troubles.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// Its lines and how it ended.
type Played = (Vec<String>, Result<(), Failure>);

fn on_ptys(scenario: &Scenario) -> Played {
    played(scenario, Pty::build(scenario, Path::new(PROGRAM)))
}

fn simulated(scenario: &Scenario) -> Played {
    played(scenario, Simulated::build(scenario))
}

fn played<S: Stage>(scenario: &Scenario, built: Result<S, String>) -> Played {
    let mut lines = Vec::new();
    let ended = match built {
        Ok(mut stage) => play(scenario, &mut stage, &mut |line| lines.push(line.to_owned())),
        Err(words) => Err(Failure { file: scenario.file.clone(), line: 0, words }),
    };
    (lines, ended)
}

/// Plays every scenario that the rung can play; all that do not hold are told together.
fn every_one_holds(rung: Rung, at_once: usize, on: impl Fn(&Scenario) -> Played + Sync) {
    let scenarios = shipped();
    let skipped: Vec<String> = scenarios.iter().flat_map(|scenario| lacks(scenario, rung)).collect();
    assert_eq!(skipped, [""; 0], "every scenario is played on this rung");
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let (lines, Err(failure)) = on(scenario) {
                        let words = format!("{}\n{}\n{failure}", scenario.title, lines.join("\n"));
                        failures.lock().expect("nobody panics with it").push(words);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics with it");
    assert!(failures.is_empty(), "{} of {} scenarios do not hold\n\n{}", failures.len(), scenarios.len(), failures.join("\n\n"));
}

#[test]
fn every_scenario_holds_on_ptys() {
    every_one_holds(Rung::Pty, AT_ONCE, on_ptys);
}

#[test]
fn every_scenario_holds_in_the_simulation() {
    every_one_holds(Rung::Simulation, 2, simulated);
}

#[test]
fn every_shipped_flow_has_a_scenario() {
    let flows = std::fs::read_dir(folder().join("../../flows")).expect("the flows");
    let names = flows.map(|entry| entry.expect("an entry").file_name().to_string_lossy().replace(".flow.toml", ""));
    let scenarios = shipped();
    let begins = |scenario: &Scenario, name: &str| scenario.flows.iter().any(|flow| flow.file == format!("{name}.flow.toml"));
    let without: Vec<String> = names.filter(|name| !scenarios.iter().any(|scenario| begins(scenario, name))).collect();
    assert_eq!(without, [""; 0], "no scenario plays these flows");
}

#[test]
fn the_simulation_of_a_scenario_is_the_same_every_time() {
    let scenarios = shipped();
    let scenario = scenarios.iter().find(|scenario| scenario.file.contains("power-cut-behind")).expect("it is shipped");
    let (once, again) = (simulated(scenario), simulated(scenario));
    assert_eq!(once, again);
    assert!(once.1.is_ok(), "{once:?}");
}

fn scenario(steps: &str) -> Scenario {
    let source = format!("title = \"t\"\nabout = \"a\"\n{steps}");
    read("x.scenario.toml", &source, &folder()).unwrap_or_else(|troubles| panic!("{troubles:?}"))
}

#[test]
fn a_fault_that_was_never_met_fails_at_its_line() {
    // Nobody dials, the modem refuses nothing, and one of two texts is delivered twice.
    let text = "[[step]]\ntext = { from = \"+15550100200\", text = \"Y\" }\n";
    let fault = |fields: &str| format!("[[step]]\nfault = {{ {fields} }}\n");
    let expect = "[[step]]\nexpect.inbox = { from = \"+15550100200\", count = 1 }\n";
    let (dials, glued) = (fault("fault = \"no_call_list\""), fault("fault = \"glued\", line = \"RING\""));
    let twice = fault("fault = \"double_delivery\"");
    for (steps, line, words) in [
        (format!("{dials}{text}{expect}"), 3, "this fault was never met: 0 times"),
        (format!("{text}{glued}{expect}"), 5, "this fault was never met: 0 times"),
        (format!("{twice}{text}{expect}{twice}"), 9, "this fault was never met: 1 times; met were: double_delivery 1 times"),
    ] {
        let (lines, ended) = simulated(&scenario(&steps));
        let failure = ended.expect_err("it does not hold");
        assert!(failure.words.contains(words), "{steps}\n{}\n{failure}", lines.join("\n"));
        assert_eq!(failure.line, line, "{steps}\n{failure}");
    }
    let looks = format!("{text}[[step]]\nexpect = {{ within = \"1 s\", struck = {{ name = \"nul\", times = 2 }} }}\n");
    assert!(simulated(&scenario(&looks)).1.expect_err("nothing struck").words.contains("nul in modem 0: 0 times"));
}

#[test]
fn a_scenario_that_does_not_hold_fails_at_its_line() {
    let send = "[[step]]\nsend = { message = \"m\", to = \"+15550100200\", text = \"hello\", policy = \"notice\" }\n";
    let two = format!(
        "{send}[[step]]\nwait_until.message = {{ name = \"m\", state = \"delivered\" }}\n[[step]]\nexpect = {{ within = \"1 s\", network = {{ took = 2 }} }}\n"
    );
    // It is so for a moment, and not any more when the scene has settled.
    let moment = format!("[[step]]\nexpect.network = {{ took = 0 }}\n{send}");
    let wrong_state = format!("{send}[[step]]\nexpect.message = {{ name = \"m\", state = \"parked\" }}\n");
    for (steps, line, words) in [
        (two, 7, "not within 1.000 s: the network: it took 1"),
        (moment, 3, "is not so any more: the network: it took 1"),
        (wrong_state, 5, "the message m: delivered, submitted, 1 attempts"),
    ] {
        for on in [on_ptys, simulated] {
            let (lines, ended) = on(&scenario(&steps));
            let failure = ended.expect_err("it does not hold");
            assert!(failure.words.contains(words), "{steps}\n{}\n{failure}", lines.join("\n"));
            assert_eq!(failure.line, line, "{steps}\n{failure}");
        }
    }
}

/// One wrong file: the line and the words of every trouble.
fn check(source: &str, want: &[(usize, &str)]) {
    let source = if source.contains("title") { source.to_owned() } else { format!("title = \"t\"\nabout = \"a\"\n{source}") };
    let troubles = read("wrong.scenario.toml", &source, &folder()).expect_err("it is refused");
    let said: Vec<String> = troubles.iter().map(ToString::to_string).collect();
    assert_eq!(troubles.len(), want.len(), "{source}\n{said:#?}");
    for (trouble, (line, words)) in troubles.iter().zip(want) {
        assert_eq!(trouble.line, *line, "{source}\n{trouble}");
        assert!(trouble.to_string().contains(words), "{source}\n{trouble}\nhas no {words}");
    }
}

#[test]
fn a_wrong_file_says_line_reason_and_proposal() {
    let expect = "[[step]]\nexpect.network = { took = 0 }\n";
    let with = |step: &str| format!("[[step]]\n{step}\n{expect}");
    check("title = \"t\"\n", &[(1, "`about` is missing; add about = ...")]);
    check(&with("sned = { message = \"m\" }"), &[(4, "nothing here is called `sned`; did you mean `send`?")]);
    check(&with("after = \"2 parsecs\"\nunplug = 0"), &[(4, "`2 parsecs` is no length of time: write a number and ms, s, min, h or d")]);
    check(&with("unplug = 3"), &[(3, "there is no modem 3: this scenario has 1; they count from 0")]);
    check(&with("fault = { fault = \"lost_answr\", taken = true }"), &[(3, "`lost_answr` is not known here; did you mean `lost_answer`?")]);
    check(&with("fault = { fault = \"lost_answer\" }"), &[(3, "`taken` is missing")]);
    check(
        &with("fault = { fault = \"drop_prompt\", taken = true }"),
        &[(3, "this fault has no `taken`; allowed here: fault, modem, times")],
    );
    check(
        &with("fault = { fault = \"nul\", ms_on_ptys = 5 }"),
        &[(3, "`ms_on_ptys` takes the place of `ms`, and there is none; take it out")],
    );
    check(&with("plug = { modem = 3, link = \"modem4\" }"), &[(3, "there is no modem 3: this scenario has 1")]);
    check(&with("pin = { modem = 3, pin = \"1234\" }"), &[(3, "there is no modem 3: this scenario has 1")]);
    check(&with("expect.struck = { modem = 3, name = \"nul\" }"), &[(3, "there is no modem 3: this scenario has 1")]);
    check(&with("at = \"1 s\"\nafter = \"1 s\"\nunplug = 0"), &[(3, "`at` or `after`, not both")]);
    check(&with("unplug = 0\nplug = 0"), &[(3, "a step does one thing; make a [[step]] of each")]);
    check(&with("after = \"1 s\""), &[(3, "this step does nothing; give it one of send, ask")]);
    check(&with("restart = false"), &[(3, "`restart = false` does nothing")]);
    check(&with("send = { message = \"m\", to = \"+15550100200\", text = \"x\", policy = \"onec\" }"), &[(4, "did you mean `once`?")]);
    check(
        &with("send = { message = \"m\", to = \"0150\", text = \"x\", policy = \"once\" }"),
        &[(3, "`0150` is no number; write it whole")],
    );
    check(
        &with("expect.message = { name = \"m\", state = \"delivered\" }"),
        &[(3, "there is no message `m` here; an earlier step has to `send` it")],
    );
    check(&with("expect.message = { name = \"m\", state = \"deliverd\" }"), &[(4, "did you mean `delivered`?")]);
    check(&with("expect.modem = { modem = 0 }"), &[(3, "says nothing of modem 0 that could be wrong")]);
    check(
        &with("ask = { session = \"s\", flow = \"pay\", to = \"+15550100200\" }"),
        &[(3, "there is no flow `pay` here; name its file in a [[flow]]")],
    );
    check("[[step]]\nunplug = 0\n", &[(3, "nothing is expected: this scenario cannot fail")]);
    check(&format!("[[modem]]\ndialect = \"huwei\"\n{expect}"), &[(3, "there is no dialect `huwei`; did you mean `huawei`?")]);
    check(&format!("[[flow]]\nfile = \"none.flow.toml\"\n{expect}"), &[(3, "none.flow.toml cannot be read")]);
    check(
        &format!("[[flow]]\ntext = \"flow = 1\"\n{expect}"),
        &[(3, "line 1: flow: must be text"), (3, "lane"), (3, "start"), (3, "expires")],
    );
    check(&format!("{expect}[[step]\n"), &[(5, "")]);
    check(
        &format!("[[flow]]\nfile = \"../../flows/outage.confirm.flow.toml\"\n[answers.\"oms.rport\"]\nticket = \"1\"\n{expect}"),
        &[(5, "no flow here calls `oms.rport`; did you mean `oms.report`?")],
    );
    check(&format!("[[roster]]\nname = \"a\"\npeople = [{{ name = \"b\", number = \"12\" }}]\n{expect}"), &[(1, "`12` is no number")]);
    check(&with("event = { event = \"paid\" }"), &[(3, "an event reaches a session, or those `where` slots hold something")]);
    check(&with("event = { event = \"paid\", session = \"bill\" }"), &[(3, "there is no session `bill` here")]);
    // Several things in one file are told together.
    check(&with("unplug = 3\n[[step]]\nplug = 4"), &[(3, "there is no modem 3"), (5, "there is no modem 4")]);
}

#[test]
fn all_wrong_files_are_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<PathBuf> = ["a", "b"].iter().map(|name| folder.path().join(format!("{name}.scenario.toml"))).collect();
    for file in &files {
        std::fs::write(file, "title = \"t\"\nabout = \"a\"\n[[step]]\nunplg = 0\n").expect("a file");
    }
    let files: Vec<PathBuf> = files.into_iter().chain([folder.path().join("missing.scenario.toml")]).collect();
    let troubles = read_all(&files).expect_err("they are refused");
    let said: Vec<String> = troubles.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 3, "{said:#?}");
    let output = Command::new(PROGRAM).args(&files).output().expect("the program");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.iter().all(|line| told.contains(line)) && told.contains("a.scenario.toml:4:"), "{told}");
}

/// The program as a technician runs it, with these variables and no others of ours.
fn program(arguments: &[&str], variables: &[(&str, &str)]) -> (String, bool) {
    let mut command = Command::new(PROGRAM);
    command.env_remove("ANSWERBACK_HIL_PORT").env_remove("ANSWERBACK_HIL_NUMBER").envs(variables.iter().copied()).args(arguments);
    let output = command.output().expect("the program");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (said, output.status.success())
}

fn file(name: &str) -> String {
    folder().join(format!("{name}.scenario.toml")).to_string_lossy().into_owned()
}

#[test]
fn the_hardware_rung_says_why_it_is_skipped() {
    let notice = file("notice-is-delivered");
    let (said, good) = program(&["--rung", "hardware", &notice], &[]);
    assert!(good && said.lines().count() == 1, "{said}");
    assert!(said.starts_with("the hardware rung is skipped: ANSWERBACK_HIL_PORT is not set"), "{said}");
    let (said, _) = program(&["--rung", "hardware", &notice], &[("ANSWERBACK_HIL_PORT", "/dev/ttyUSB2")]);
    assert!(said.starts_with("the hardware rung is skipped: ANSWERBACK_HIL_NUMBER is not set"), "{said}");
    // A scenario that it cannot play starts nothing.
    let variables = [("ANSWERBACK_HIL_PORT", "/nowhere"), ("ANSWERBACK_HIL_NUMBER", "+15550101001")];
    let (said, good) = program(&["--rung", "hardware", &file("prompt-is-lost"), &file("question-is-answered")], &variables);
    assert!(good, "{said}");
    assert!(said.contains("line 6 switches a fault on, and real hardware has its own"), "{said}");
    assert!(said.contains("that needs a second modem") && said.contains("0 played, 0 failed, 2 skipped"), "{said}");
}

/// The emulator stands in for hardware: the rung knows nothing but the tty and the number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hardware_rung_plays_on_one_modem_and_on_two() {
    let folder = tempfile::tempdir().expect("a folder");
    let rig = Rig::start(RigOptions::quick(&folder.path().join("dev"))).expect("ptys");
    let (ports, numbers) = ([rig.port(0), rig.port(1)], [rig.number(0).await.expect("a number"), rig.number(1).await.expect("a number")]);
    let ports = ports.map(|port| port.to_string_lossy().into_owned());
    let played = |port: String, number: String, name: &'static str| async move {
        let variables = [("ANSWERBACK_HIL_PORT", port), ("ANSWERBACK_HIL_NUMBER", number)];
        let play = move || {
            let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            program(&["--rung", "hardware", &file(name)], &variables)
        };
        let (said, good) = tokio::task::spawn_blocking(play).await.expect("it runs");
        assert!(good && said.contains("1 played, 0 failed, 0 skipped"), "{said}");
    };
    played(ports[0].clone(), numbers[0].clone(), "notice-is-delivered").await;
    assert_eq!(rig.sent().await.expect("the log")[0].to, numbers[0], "the SIM texts itself");
    played(ports.join(","), numbers.join(","), "question-is-answered").await;
    let taken = rig.sent().await.expect("the log");
    assert!(taken.iter().any(|taken| taken.to == numbers[1]) && taken.iter().any(|taken| taken.text.as_deref() == Some("Y")), "{taken:?}");
}
