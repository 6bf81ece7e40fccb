//! What a package installs beside the program: the systemd unit and the udev rules, put before the real tools.
//!
//! No modem and no running systemd is needed: the unit is analysed offline, and the rules meet a USB device that exists
//! only in a /sys of its own (tests/data/udev/plug-in). Where a tool is missing, the test fails and says what to install.

use std::path::PathBuf;
use std::process::{Command, Output};

#[test]
fn the_unit_is_understood_without_a_word() {
    let unit = std::fs::read_to_string(root().join("systemd/answerback.service")).expect("the unit");
    assert!(unit.contains("ExecStart=/usr/bin/answerback run\n"), "the package installs the program there");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("answerback.service");
    // The program is not installed where tests run, and verify wants to see it.
    std::fs::write(&copy, unit.replace("/usr/bin/answerback run", "/bin/true run")).expect("a copy of the unit");
    let said = run("systemd-analyze", "systemd", &["verify", "--man=no", &copy.to_string_lossy()]);
    assert_eq!(text(&said), "", "systemd-analyze verify has something to say");
}

#[test]
fn the_unit_leaves_little_to_attack() {
    let unit = root().join("systemd/answerback.service");
    let said = run("systemd-analyze", "systemd", &["security", "--offline=true", "--threshold=20", &unit.to_string_lossy()]);
    let shown = text(&said);
    let line = shown.lines().find(|line| line.contains("Overall exposure level")).unwrap_or("no exposure level in the answer");
    let level: f64 =
        line.rsplit("service: ").next().and_then(|rest| rest.split(' ').next()).and_then(|level| level.parse().ok()).expect(line);
    assert!(said.status.success() && level <= 2.0, "at most 2.0 is promised: {line}");
}

#[test]
fn the_user_exists_and_may_open_modems() {
    let box_root = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(box_root.path().join("etc")).expect("its etc");
    let (into, file) = (format!("--root={}", box_root.path().display()), root().join("systemd/answerback.sysusers"));
    let said = run("systemd-sysusers", "systemd", &[&into, &file.to_string_lossy()]);
    assert!(said.status.success(), "{}", text(&said));
    let made = |name: &str| std::fs::read_to_string(box_root.path().join("etc").join(name)).unwrap_or_default();
    assert!(made("passwd").contains(":/var/lib/answerback:/usr/sbin/nologin"), "{}", made("passwd"));
    assert!(made("group").lines().any(|line| line.starts_with("dialout:") && line.ends_with(":answerback")), "{}", made("group"));
}

#[test]
fn rules_parse_on_every_line() {
    let said = plug_in("2c7c", "0125", None);
    let complaints: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("70-answerback.rules"))
        .filter(|line| !line.starts_with("Reading rules file") && !line.starts_with("1-2: "))
        .collect();
    assert!(complaints.is_empty(), "udev does not take every line:\n{}", complaints.join("\n"));
}

#[test]
fn modem_manager_leaves_our_modems_alone() {
    let ours = [
        ("12d1", "1506"),
        ("19d2", "0002"),
        ("2c7c", "0125"),
        ("1e0e", "9001"),
        ("1bc7", "1201"),
        ("1199", "9071"),
        ("1e2d", "0061"),
        ("1546", "1102"),
        ("05c6", "908b"),
    ];
    let others = [("0403", "6001"), ("1546", "01a8"), ("05c6", "9001")];
    for (vendor, product, want) in ours.map(|(v, p)| (v, p, true)).into_iter().chain(others.map(|(v, p)| (v, p, false))) {
        let said = plug_in(vendor, product, None);
        assert_eq!(said.contains("ID_MM_DEVICE_IGNORE=1"), want, "{vendor}:{product}\n{said}");
        assert_eq!(said.contains("power/control' writing 'on'"), want, "{vendor}:{product} must not fall asleep\n{said}");
    }
}

#[test]
fn ports_that_speak_at_get_a_link_and_others_none() {
    let at = [
        ("12d1", "1506", "02", "ttyUSB2"),
        ("19d2", "0001", "00", "ttyUSB0"),
        ("19d2", "0002", "04", "ttyUSB4"),
        ("19d2", "0003", "01", "ttyUSB1"),
        ("2c7c", "0125", "02", "ttyUSB2"),
        ("2c7c", "0128", "05", "ttyUSB5"),
        ("1e0e", "9001", "02", "ttyUSB2"),
        ("1e0e", "9011", "04", "ttyUSB4"),
        ("1e0e", "9200", "03", "ttyUSB3"),
        ("1bc7", "1201", "04", "ttyUSB4"),
        ("1bc7", "1004", "00", "ttyUSB0"),
        ("1bc7", "1101", "01", "ttyUSB1"),
        ("1199", "9091", "03", "ttyUSB3"),
        ("1e2d", "0069", "00", "ttyUSB0"),
        ("1e2d", "0061", "02", "ttyACM1"),
        ("1546", "1102", "00", "ttyACM0"),
        ("05c6", "908b", "01", "ttyUSB1"),
    ];
    let others = [
        ("2c7c", "0125", "00", "ttyUSB0"),
        ("2c7c", "0128", "02", "ttyUSB2"),
        ("1e0e", "9001", "00", "ttyUSB0"),
        ("19d2", "0002", "00", "ttyUSB0"),
        ("1546", "01a8", "00", "ttyACM0"),
        ("0403", "6001", "00", "ttyUSB0"),
    ];
    for (vendor, product, interface, tty) in at {
        let said = plug_in(vendor, product, Some((interface, tty)));
        let link =
            format!("/dev/answerback/pci-0000:00:14.0-usb-0:2:1.{}-if{interface}", interface.trim_start_matches('0').parse().unwrap_or(0));
        assert!(said.contains(&link), "{vendor}:{product} interface {interface} has no {link}\n{said}");
        assert!(said.contains("ID_MM_PORT_IGNORE=1") && said.contains("MODE 0660"), "{vendor}:{product}\n{said}");
    }
    for (vendor, product, interface, tty) in others {
        let said = plug_in(vendor, product, Some((interface, tty)));
        assert!(!said.contains("/dev/answerback/"), "{vendor}:{product} interface {interface} is no AT port\n{said}");
    }
}

#[test]
fn the_shipped_configuration_says_the_defaults() {
    let source = std::fs::read_to_string(root().join("docs/answerback.toml")).expect("the file");
    let read = answerback::config::parse("docs/answerback.toml", &source).expect("the daemon reads it");
    assert_eq!(read, answerback::config::Config::default());
    let named = source.replace("# [[modem]]", "[[modem]]").replace("# port", "port").replace("# name", "name").replace("# baud", "baud");
    answerback::config::parse("docs/answerback.toml", &named).expect("the example below the comment signs holds too");
}

/// What udev makes of a modem in a USB socket, or of one port of it.
fn plug_in(vendor: &str, product: &str, port: Option<(&str, &str)>) -> String {
    let (script, rules) = (root().join("tests/data/udev/plug-in"), root().join("udev"));
    let (script, rules) = (script.to_string_lossy().into_owned(), rules.to_string_lossy().into_owned());
    let own_namespace: &[&str] = if nix::unistd::geteuid().is_root() { &["-m"] } else { &["-r", "-m"] };
    let mut args: Vec<&str> = [own_namespace, &["bash", &script, &rules, vendor, product]].concat();
    if let Some((interface, tty)) = port {
        args.extend([interface, tty]);
    }
    run("udevadm", "udev", &["--version"]);
    let said = text(&run("unshare", "util-linux", &args));
    assert!(said.contains("Reading rules file: /run/udev/rules.d/70-answerback.rules"), "the rules were not read: {said}");
    said
}

fn run(program: &str, package: &str, args: &[&str]) -> Output {
    // Nobody's locale or pager in the answer.
    let output = Command::new(program).args(args).env("LC_ALL", "C").env("SYSTEMD_PAGER", "").output();
    output.unwrap_or_else(|error| panic!("{program} does not run ({error}): apt-get install {package}"))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
