//! The emulator on real ptys: what an integrator's program sees, and the control socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use hil_tests::emulator::{Rig, RigOptions};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(5);

/// Types a line and reads until `end` was printed.
fn talk(port: &Path, typed: &str, end: &str) -> String {
    let mut tty = std::fs::OpenOptions::new().read(true).write(true).open(port).expect("the port opens");
    tty.write_all(typed.as_bytes()).expect("the port takes octets");
    let (mut printed, mut buffer, started) = (String::new(), [0; 512], Instant::now());
    while !printed.contains(end) && started.elapsed() < PATIENCE {
        let count = tty.read(&mut buffer).expect("the port gives octets");
        printed.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    printed
}

async fn talking(port: &Path, typed: &'static str, end: &'static str) -> String {
    let port = port.to_owned();
    tokio::task::spawn_blocking(move || talk(&port, typed, end)).await.expect("no panic")
}

fn ask(control: &Path, request: &str) -> Value {
    let mut socket = UnixStream::connect(control).expect("the control socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    socket.write_all(format!("{request}\n").as_bytes()).expect("written");
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).expect("an answer");
    serde_json::from_str(&line).expect("JSON")
}

async fn asking(control: &Path, request: &'static str) -> Value {
    let control = control.to_owned();
    tokio::task::spawn_blocking(move || ask(&control, request)).await.expect("no panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_talks_to_a_modem_through_its_port() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(dir.path())).expect("ptys");
    assert_eq!(talking(&rig.port(0), "ATE0\r", "OK").await, "ATE0\r\r\nOK\r\n");
    assert_eq!(talking(&rig.port(0), "AT+CSQ\r", "OK").await, "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    assert_eq!(talking(&rig.port(0), "AT+CMGF=1\r", "OK").await, "\r\nOK\r\n");
    assert_eq!(talking(&rig.port(0), "AT+CMGS=\"+15550100200\"\rhello\x1A", "OK").await, "\r\n> \r\n+CMGS: 1\r\n\r\nOK\r\n");
    let texts = rig.wait_for_text("+15550100200", 1, PATIENCE).await.expect("the phone shows it");
    assert_eq!(texts[0].text, "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unplugged_port_disappears_and_comes_back_under_another_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(dir.path())).expect("ptys");
    rig.unplug(0).await.expect("unplugged");
    assert!(!rig.port(0).exists());
    assert!(rig.unplug(0).await.is_err(), "it is not plugged");
    let port = rig.plug(0, Some("modem9")).await.expect("plugged");
    assert_eq!(port, dir.path().join("modem9"));
    assert_eq!(talking(&port, "AT\r", "OK").await, "AT\r\r\nOK\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_socket_answers_every_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let control = dir.path().join("control");
    let rig = Rig::start(RigOptions { control: Some(control.clone()), ..RigOptions::quick(dir.path()) }).expect("ptys");
    talking(&rig.port(0), "ATE0+CNMI=2,1,0,1,0\r", "OK").await;
    let injected = asking(&control, r#"{"cmd":"inject","modem":0,"from":"+15550100200","text":"Y"}"#).await;
    assert_eq!(injected, json!({"ok": true, "parts": 1}));
    assert_eq!(talking(&rig.port(0), "", "1\r\n").await, "\r\n+CMTI: \"SM\",1\r\n");
    assert_eq!(asking(&control, r#"{"cmd":"sent"}"#).await, json!({"ok": true, "sent": []}));
    let state = asking(&control, r#"{"cmd":"state"}"#).await;
    assert_eq!((&state["modems"][0]["stored"]["SM"], &state["modems"][1]["number"]), (&json!(1), &json!("+15550101002")));
    for ok in [
        r#"{"cmd":"fault","modem":0,"fault":"lost_answer","taken":true}"#,
        r#"{"cmd":"fault","modem":0,"fault":"none"}"#,
        r#"{"cmd":"unplug","modem":1}"#,
        r#"{"cmd":"plug","modem":1}"#,
        r#"{"cmd":"set","modem":0,"stat":2}"#,
    ] {
        assert_eq!(asking(&control, ok).await["ok"], json!(true), "{ok}");
    }
    for wrong in [
        r#"{"cmd":"inject","modem":0}"#,
        r#"{"cmd":"inject","modem":9,"from":"+15550100200","text":"Y"}"#,
        r#"{"cmd":"report","modem":0}"#,
        r#"{"cmd":"fault","modem":0,"fault":"no_such_fault"}"#,
        r#"{"cmd":"unplug","modem":5}"#,
        "not JSON",
    ] {
        let answer = asking(&control, wrong).await;
        assert_eq!(answer["ok"], json!(false), "{wrong}");
        assert!(answer["error"].as_str().is_some_and(|words| !words.is_empty()), "{wrong}");
    }
}
