//! The program as people run it: help, exit codes, one line of words when something is wrong.

mod configuration;
mod flows;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A folder with a configuration of its own.
struct Box_ {
    dir: tempfile::TempDir,
}

impl Box_ {
    fn new() -> Self {
        let made = Self { dir: tempfile::tempdir().expect("a directory") };
        made.configure("");
        made
    }

    /// Writes the configuration; `more` stands at its end.
    fn configure(&self, more: &str) {
        let path = self.dir.path().display();
        let text = format!(
            "[http]\nlisten = \"127.0.0.1:0\"\nsocket = \"{path}/ab.sock\"\n[store]\ndir = \"{path}/state\"\n[modems]\nscan = []\n{more}"
        );
        self.write("answerback.toml", &text);
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.arg("--config").arg(self.dir.path().join("answerback.toml")).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// A daemon that is ready.
    fn daemon(&self) -> Daemon {
        let mut child = self.command(&["run"]).stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut log = BufReader::new(child.stderr.take().expect("its log"));
        let mut said = String::new();
        while !said.contains("serves http://") {
            assert_ne!(log.read_line(&mut said).expect("its log"), 0, "it ended before it was ready: {said}");
        }
        // Whoever stops reading would stop the daemon at a full pipe.
        std::thread::spawn(move || log.lines().for_each(drop));
        Daemon { child, said }
    }
}

struct Daemon {
    child: Child,
    /// Its log until it was ready.
    said: String,
}

impl Daemon {
    /// Ends as systemd ends it; answers whether it said that all was well.
    fn stop(mut self) -> bool {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).expect("a process number"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it runs");
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Gone already after `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_answerback"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ANSWERBACK_")) {
        command.env_remove(name);
    }
    command
}

/// Holds a failure to its exit code and to one line that says these words.
fn check(output: &Output, code: i32, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("answerback: ")).count(), 1, "one line: {said}");
    assert!(said.contains(words), "{words:?} in {said:?}");
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        &["run"][..],
        &["status"],
        &["send"],
        &["ask"],
        &["tail"],
        &["doctor"],
        &["resolve"],
        &["audit"],
        &["audit", "list"],
        &["audit", "verify"],
        &["key"],
        &["key", "create"],
        &["key", "list"],
        &["key", "revoke"],
        &["config"],
        &["config", "export"],
        &["config", "import"],
        &["flow"],
        &["flow", "check"],
        &["flow", "try"],
        &["flow", "replay"],
        &["flow", "rehearse"],
        &["message"],
        &["message", "show"],
        &["modem"],
        &["modem", "list"],
        &["modem", "pin"],
        &["modem", "recoveries"],
        &["modem", "restart"],
        &["modem", "selftest"],
        &["modem", "signal"],
        &["modem", "ussd"],
        &["queue"],
        &["queue", "list"],
        &["queue", "set"],
        &["queue", "remove"],
        &["roster"],
        &["roster", "list"],
        &["roster", "set"],
        &["roster", "remove"],
        &["desk"],
        &["desk", "list"],
        &["desk", "show"],
        &["desk", "take"],
        &["desk", "reply"],
        &["desk", "note"],
        &["desk", "release"],
        &["desk", "close"],
        &["desk", "done"],
    ] {
        let output = program().args(command).arg("--help").output().expect("the program runs");
        let help = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && help.contains("Example") && help.contains("answerback"), "{command:?}: {help}");
    }
}

#[test]
fn wrong_use_is_2() {
    for arguments in [&["sned"][..], &["send"], &["send", "1", "x", "--policy", "soon"], &["key", "create", "--name", "x"], &[]] {
        let output = program().args(arguments).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn without_a_daemon_local_commands_are_69() {
    let place = Box_::new();
    for arguments in
        [&["status"][..], &["send", "+12025550123", "hi"], &["tail"], &["key", "list"], &["config", "export"], &["modem", "list"]]
    {
        check(&place.run(arguments), 69, "the daemon is not running");
    }
}

#[test]
fn a_wrong_configuration_is_78_with_file_line_and_key() {
    let place = Box_::new();
    for (more, words) in [
        ("[htp]\n", "answerback.toml:8: htp: unknown; known are http, log, modems, store, modem"),
        ("[log]\nformat = \"xml\"\n", "answerback.toml:9: log.format: `xml` is no format; allowed are \"text\" and \"json\""),
        ("[log]\nformat = 1\n", "answerback.toml:9: log.format: must be a text"),
        ("[[modem]]\nname = \"x\"\n", "answerback.toml:8: modem.port: is missing"),
        ("oops\n", "answerback.toml:8: "),
    ] {
        place.configure(more);
        check(&place.run(&["run"]), 78, words);
        check(&place.run(&["status"]), 78, words);
    }
    place.configure("");
    check(
        &place.command(&["run"]).env("ANSWERBACK_HTTP_LISTEN", "0.0.0.0:80").output().expect("it runs"),
        78,
        "ANSWERBACK_HTTP_LISTEN: http.listen",
    );
    check(&program().args(["--config", "/nowhere/x.toml", "run"]).output().expect("it runs"), 78, "/nowhere/x.toml: cannot be read");
}

#[test]
fn a_daemon_that_cannot_start_says_why_and_what_to_do() {
    let place = Box_::new();
    let under_a_file = place.write("file", "");
    let run = |variable: &str, value: &str| place.command(&["run"]).env(variable, value).output().expect("it runs");
    check(&run("ANSWERBACK_STORE_DIR", &format!("{under_a_file}/state")), 1, "must own this directory");
    check(&run("ANSWERBACK_HTTP_SOCKET", &under_a_file), 1, "is there and is no socket");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    check(&run("ANSWERBACK_HTTP_LISTEN", &taken.local_addr().expect("its number").to_string()), 1, "is in use by another program");
    newer_database(&place.dir.path().join("newer"));
    check(&run("ANSWERBACK_STORE_DIR", &place.path("newer")), 1, "install the release that wrote it");
    let state = |name: &str, files: &[(&str, &str)]| {
        let dir = place.dir.path().join(name);
        std::fs::create_dir_all(&dir).expect("made");
        for (file, text) in files {
            std::fs::write(dir.join(file), text).expect("written");
        }
        dir.display().to_string()
    };
    let garbage = state("garbage", &[("answerback.db", &"no database ".repeat(1_000))]);
    check(&run("ANSWERBACK_STORE_DIR", &garbage), 1, "stop the daemon, keep its files, restore the newest backup");
    let emptied = state("emptied", &[("answerback.db", ""), ("answerback.db-wal", "what was answered")]);
    check(&run("ANSWERBACK_STORE_DIR", &emptied), 1, "answerback.db is empty or gone, and its log answerback.db-wal is not");
    let unfinished = state("unfinished", &[]);
    let database = rusqlite::Connection::open(Path::new(&unfinished).join("answerback.db")).expect("a database");
    database.execute_batch("CREATE TABLE setting (name TEXT)").expect("half made");
    drop(database);
    check(&run("ANSWERBACK_STORE_DIR", &unfinished), 1, "restore the newest backup or move it away with its -wal to begin anew");
}

#[test]
fn a_box_that_lost_its_database_says_so() {
    let place = Box_::new();
    let lost = |said: &str| said.contains("no database is left there") && said.contains("restore the newest backup");
    let first = place.daemon();
    assert!(!lost(&first.said), "{}", first.said);
    assert!(first.stop());
    for file in ["answerback.db", "answerback.db-wal", "answerback.db-shm"] {
        std::fs::write(place.path(&format!("state/{file}")), "").expect("emptied");
    }
    let second = place.daemon();
    assert!(lost(&second.said), "{}", second.said);
    assert!(second.stop());
    let third = place.daemon();
    assert!(!lost(&third.said), "told once: {}", third.said);
}

fn newer_database(dir: &Path) {
    std::fs::create_dir_all(dir).expect("made");
    let database = rusqlite::Connection::open(dir.join("answerback.db")).expect("a database");
    database.pragma_update(None, "user_version", 9999).expect("marked");
}

#[test]
fn a_second_daemon_is_refused_and_the_first_goes_on() {
    let place = Box_::new();
    let daemon = place.daemon();
    check(&place.run(&["run"]), 1, "is in use by another answerback");
    let elsewhere = place.command(&["run"]).env("ANSWERBACK_STORE_DIR", place.path("other")).output().expect("it runs");
    check(&elsewhere, 1, "ab.sock is in use by a running daemon");
    assert_eq!(json(&place.run(&["--json", "status"]))["queue"], 0);
    assert!(daemon.stop(), "SIGTERM is a good end");
    assert!(!place.dir.path().join("ab.sock").exists());
}

#[test]
fn a_killed_daemon_leaves_nothing_in_the_way() {
    let place = Box_::new();
    let mut daemon = place.daemon();
    let id = json(&place.run(&["--json", "send", "+12025550123", "hi"]))["id"].clone();
    daemon.child.kill().expect("it runs");
    daemon.child.wait().expect("it ends");
    let again = place.daemon();
    let listed = json(&place.run(&["--json", "status"]));
    assert_eq!((&listed["queue"], &listed["queue_eta"]), (&1.into(), &Value::Null), "what was answered 202 is there: {id}");
    let shown = place.run(&["message", "show", id.as_str().expect("an id")]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("should be on air  unknown"), "{shown:?}");
    let people = place.run(&["status"]);
    assert!(String::from_utf8_lossy(&people.stdout).contains("the queue should be on air  unknown"), "{people:?}");
    assert!(again.stop());
}

#[test]
fn systemd_is_told_of_start_progress_and_stop() {
    let place = Box_::new();
    let path = place.dir.path().join("notify.sock");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(std::time::Duration::from_secs(30))).expect("a limit");
    let heard = |wanted: &str| {
        let mut octets = [0; 256];
        loop {
            let length = socket.recv(&mut octets).expect("in time");
            if String::from_utf8_lossy(&octets[..length]).contains(wanted) {
                return;
            }
        }
    };
    let mut command = place.command(&["run"]);
    let mut child = command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000").stderr(Stdio::null()).spawn().expect("it runs");
    heard("READY=1");
    heard("WATCHDOG=1");
    heard("WATCHDOG=1");
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a process number"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it runs");
    heard("STOPPING=1");
    assert!(child.wait().expect("it ends").success());
}

const CONFIG: &str = "[settings]\nutility = \"City Power\"\ncountry = \"US\"\n\n[[endpoint]]\nname = \"billing.charge\"\n\
                      url = \"http://127.0.0.1:9/\"\nprivate = true\n\n[[webhook]]\nname = \"billing\"\nurl = \"https://billing.example/\"\n";

#[test]
fn a_broken_flow_is_told_by_the_import_and_by_the_check() {
    let place = Box_::new();
    let daemon = place.daemon();
    place.write("x.flow.toml", "flow = \"x\"\nlane = \"billing\"\nstrat = \"ask\"\n");
    let config = place.write("box.toml", "\n[[flow]]\nfile = \"x.flow.toml\"\n");
    let refused = place.run(&["config", "import", &config]);
    check(&refused, 78, "box.toml:");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("x.flow.toml:"), "the flow's own line, too");
    assert!(daemon.stop());
    let checked = place.run(&["flow", "check", &place.path("x.flow.toml")]);
    check(&checked, 1, "1 of 1 files would be refused");
    assert!(String::from_utf8_lossy(&checked.stdout).contains("x.flow.toml:3: error: strat"), "{checked:?}");
}

const PAST_DUE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/flows/pay.past_due.flow.toml");

#[test]
fn the_everyday_commands_work_on_a_daemon_without_modems() {
    let place = Box_::new();
    let daemon = place.daemon();
    assert!(place.run(&["config", "import", &place.write("box.toml", CONFIG)]).status.success());
    let made = json(&place.run(&["--json", "key", "create", "--name", "scada", "--scope", "send:alarm,read"]));
    assert!(made["key"].as_str().is_some_and(|key| key.starts_with("ab_")));
    let id = made["id"].as_str().expect("an id");
    assert!(place.run(&["key", "revoke", id]).status.success());
    assert!(String::from_utf8_lossy(&place.run(&["key", "list"]).stdout).contains("revoked"));
    assert!(String::from_utf8_lossy(&place.run(&["audit", "verify"]).stdout).contains("whole"));
    assert!(place.run(&["audit", "list"]).status.success());
    let sent = json(&place.run(&["--json", "send", "(202) 555-0123", "hi", "--policy", "once"]));
    check(&place.run(&["resolve", sent["id"].as_str().expect("an id"), "--as", "sent"]), 1, "(not_in_doubt)");
    check(&place.run(&["send", "12", "hi"]), 1, "(invalid_number)");
    check(&place.run(&["ask", "pay.nope", "+12025550123"]), 1, "(unknown_flow)");
    let rehearsed = String::from_utf8_lossy(&place.run(&["flow", "rehearse", PAST_DUE, "--since", "7d"]).stdout).into_owned();
    assert!(rehearsed.contains("0 replies: 0 as before"), "{rehearsed}");
    check(&place.run(&["flow", "rehearse", "pay.nope"]), 1, "(not_found)");
    check(&place.run(&["modem", "recoveries", "nowhere"]), 1, "(not_found)");
    check(&place.run(&["doctor"]), 1, "checks failed");
    let told = place.run(&["doctor", "--json"]);
    let checks: Value = serde_json::from_slice(&told.stdout).expect("JSON also when something is wrong");
    let of = |name: &str| checks["checks"].as_array().into_iter().flatten().find(|one| one["check"] == name).cloned().unwrap_or_default();
    assert_eq!((of("state directory")["state"].as_str(), of("modems")["state"].as_str()), (Some("ok"), Some("bad")), "{checks}");
    let mut tail = place.command(&["--json", "tail", "--after", "0"]).stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut line = String::new();
    BufReader::new(tail.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    assert!(line.contains("\"message.accepted\""), "{line}");
    assert!(daemon.stop());
    assert_eq!(tail.wait().expect("it ends").code(), Some(69), "the log ends with the daemon");
}

#[test]
fn staff_works_from_the_command_line() {
    let place = Box_::new();
    let _daemon = place.daemon();
    assert!(place.run(&["config", "import", &place.write("box.toml", CONFIG)]).status.success());
    let set = [
        "roster",
        "set",
        "oncall.water",
        "Anna=(202) 555-0301/4471/(202) 555-0399",
        "Ben=+12025550302@mon-fri 08:00-16:00@sat,sun 18:00-06:00",
    ];
    assert_eq!(place.run(&["roster", "set", "oncall.water", "Anna"]).status.code(), Some(2));
    check(&place.run(&["roster", "set", "oncall.water", "Anna=12"]), 1, "(invalid_number)");
    assert!(place.run(&set).status.success());
    let listed = String::from_utf8_lossy(&place.run(&["roster", "list"]).stdout).into_owned();
    assert!(listed.contains("+12025550301") && listed.contains("mon-fri 08:00-16:00; sat,sun 18:00-06:00"), "{listed}");
    assert!(listed.contains("4471, +12025550399"), "{listed}");
    check(&place.run(&["roster", "set", "oncall.gas", "Cy=+12025550303/x"]), 1, "(invalid_number)");
    let exported = String::from_utf8_lossy(&place.run(&["config", "export"]).stdout).into_owned();
    assert!(exported.contains("[[roster]]"), "{exported}");
    assert!(place.run(&["config", "import", &place.write("again.toml", &exported)]).status.success(), "an export is an import");
    let rosters: toml::Table = exported.parse().expect("TOML");
    assert_eq!(rosters["roster"][0]["people"][0]["aliases"].to_string(), "[\"4471\", \"+12025550399\"]");
    let listed_again = String::from_utf8_lossy(&place.run(&["roster", "list"]).stdout).into_owned();
    assert_eq!(listed_again, listed, "an import brings the aliases back");
    assert!(place.run(&["roster", "remove", "oncall.water"]).status.success());
    check(&place.run(&["roster", "remove", "oncall.water"]), 1, "(not_found)");

    assert!(place.run(&["queue", "set", "metering", "mon-fri 08:00-16:00", "--holiday", "2026-12-25"]).status.success());
    check(&place.run(&["queue", "set", "metering", "mondays"]), 1, "is no shift");
    let queues = String::from_utf8_lossy(&place.run(&["queue", "list"]).stdout).into_owned();
    assert!(queues.contains("2026-12-25") && queues.contains("We answer day and night."), "{queues}");
    assert!(place.run(&["queue", "remove", "metering"]).status.success());

    let person = "+12025550123";
    assert!(place.run(&["desk", "reply", person, "A crew is on its way."]).status.success());
    assert!(place.run(&["desk", "note", person, "Called: all is well."]).status.success());
    let shown = String::from_utf8_lossy(&place.run(&["desk", "show", person]).stdout).into_owned();
    assert!(
        shown.contains("< A crew is on its way.") && shown.contains("Called: all is well.") && shown.contains("held by local:"),
        "{shown}"
    );
    assert!(place.run(&["desk", "release", person]).status.success());
    check(&place.run(&["desk", "release", person]), 1, "(not_taken)");
    assert_eq!(place.run(&["desk", "release", person, "--step", "ask"]).status.code(), Some(2), "of which session");
    assert_eq!(place.run(&["desk", "note", person, "Called.", "--go", "ask"]).status.code(), Some(2), "of which session");
    check(&place.run(&["desk", "note", person, "Called.", "--session", "ses_none", "--close"]), 1, "session");
    assert!(place.run(&["desk", "take", person, "--queue", "billing"]).status.success());
    assert!(place.run(&["desk", "close", person]).status.success());
    assert!(place.run(&["desk", "list"]).status.success());
    assert_eq!(place.run(&["desk", "done", "task_none"]).status.code(), Some(1));
}
