//! What a package installs beside the program: the systemd unit and the udev rules, put before the real tools.
//!
//! No modem and no running systemd is needed: the unit is analysed offline, and the rules meet a USB device that exists
//! only in a /sys of its own (tests/data/udev/plug-in). Where a tool is missing, the test fails and says what to install.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn the_unit_is_understood_without_a_word() {
    assert!(unit().contains("ExecStart=/usr/bin/answerback run\n"), "the package installs the program there");
    assert_eq!(verified(&unit()), "", "systemd-analyze verify has something to say");
    // It would have: a mistake in one key is told.
    let wrong = verified(&unit().replace("WatchdogSec=", "WatchdogSecs="));
    assert!(wrong.contains("WatchdogSecs"), "{wrong}");
}

#[test]
fn the_helpers_units_are_understood_and_it_may_do_little() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = |name: &str| {
        let text = std::fs::read_to_string(root().join("systemd").join(name)).expect("the unit");
        let copy = folder.path().join(name);
        std::fs::write(&copy, text.replace("/usr/bin/answerback-usb", "/bin/true")).expect("a copy");
        (copy.to_string_lossy().into_owned(), text)
    };
    let ((socket, listens), (service, unit)) = (copy("answerback-usb.socket"), copy("answerback-usb@.service"));
    assert_eq!(
        text(&run("systemd-analyze", "systemd", &["verify", "--man=no", &socket, &service])),
        "",
        "systemd-analyze verify has something to say"
    );
    let helper = answerback::config::Config::default().helper;
    assert!(listens.contains(&format!("ListenStream={}\n", helper.display())), "the daemon asks there");
    assert!(unit.contains("ExecStart=-/usr/bin/answerback-usb\n"), "the package installs the program there");
    // It is root, which systemd counts heavily; all else is closed.
    let (level, _) = exposure(&unit);
    assert!(level <= 3.5, "at most 3.5 is promised: {level}");
}

/// What `systemd-analyze verify` says of a unit.
fn verified(unit: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("answerback.service");
    // The program is not installed where tests run, and verify wants to see it.
    std::fs::write(&copy, unit.replace("/usr/bin/answerback run", "/bin/true run")).expect("a copy of the unit");
    text(&run("systemd-analyze", "systemd", &["verify", "--man=no", &copy.to_string_lossy()]))
}

#[test]
fn the_unit_leaves_little_to_attack() {
    let (level, held) = exposure(&unit());
    assert!(held && level <= 2.0, "at most 2.0 is promised: {level}");
    // Each of these lines is counted: without them the promise is broken.
    let guards = ["CapabilityBoundingSet=", "SystemCallFilter=", "ProtectSystem=", "NoNewPrivileges=", "RestrictAddressFamilies="];
    let open: Vec<String> = unit().lines().filter(|line| !guards.iter().any(|guard| line.starts_with(guard))).map(str::to_owned).collect();
    let (level, held) = exposure(&open.join("\n"));
    assert!(!held && level > 2.0, "an open unit passes with {level}");
}

/// The exposure level of a unit, and whether systemd-analyze finds it low enough.
fn exposure(unit: &str) -> (f64, bool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("answerback.service");
    std::fs::write(&copy, unit).expect("a copy of the unit");
    let said = run("systemd-analyze", "systemd", &["security", "--offline=true", "--threshold=20", &copy.to_string_lossy()]);
    let shown = text(&said);
    let line = shown.lines().find(|line| line.contains("Overall exposure level")).unwrap_or("no exposure level in the answer");
    let level = line.rsplit("service: ").next().and_then(|rest| rest.split(' ').next()).and_then(|level| level.parse().ok());
    (level.expect(line), said.status.success())
}

fn unit() -> String {
    std::fs::read_to_string(root().join("systemd/answerback.service")).expect("the unit")
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
    assert_eq!(complaints(&shipped_rules()), [""; 0], "udev does not take every line");
    // It says so where it does not.
    let wrong = shipped_rules().replace("SUBSYSTEM==\"usb\",", "SUBSYSTM==\"usb\",");
    assert!(complaints(&wrong).iter().any(|line| line.contains("SUBSYSTM")), "{:?}", complaints(&wrong));
}

/// What udev says of the lines of these rules.
fn complaints(rules: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("70-answerback.rules"), rules).expect("the rules");
    let said = plug_in_with(folder.path(), "2c7c", "0125", None);
    let about = said.lines().filter(|line| line.contains("70-answerback.rules"));
    about.filter(|line| !line.starts_with("Reading rules file") && !line.starts_with("1-2: ")).map(str::to_owned).collect()
}

fn shipped_rules() -> String {
    std::fs::read_to_string(root().join("udev/70-answerback.rules")).expect("the rules")
}

/// Whole sticks of three makers: every port of each, and which of them get a link.
#[test]
fn a_whole_stick_gets_links_for_its_at_ports_alone() {
    let sticks: [(&str, &str, &[&str], &[&str]); 3] = [
        ("12d1", "1506", &["00", "01", "02", "03"], &["00", "01", "02"]),
        ("19d2", "0002", &["00", "01", "02", "03", "04"], &["02", "04"]),
        ("2c7c", "0125", &["00", "01", "02", "03"], &["02"]),
    ];
    for (vendor, product, interfaces, at) in sticks {
        let linked = |rules: &Path| -> Vec<&str> {
            let has_link = |(number, interface): &(usize, &&str)| {
                plug_in_with(rules, vendor, product, Some((interface, &format!("ttyUSB{number}")))).contains("/dev/answerback/")
            };
            interfaces.iter().enumerate().filter(has_link).map(|(_, interface)| *interface).collect()
        };
        assert_eq!(linked(&root().join("udev")), at, "{vendor}:{product}");
        // Rules that do not know the maker give it none.
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("70-answerback.rules"), shipped_rules().replace(vendor, "ffff")).expect("the rules");
        assert_eq!(linked(folder.path()), [""; 0], "{vendor}:{product} without rules of its own");
    }
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
        assert_eq!(said.contains("ANSWERBACK_MODEM=1"), want, "{vendor}:{product} may be reset by the helper or not\n{said}");
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
        // Diagnostics by its descriptors.
        ("12d1", "1506", "01 ff 02 03", "ttyUSB1"),
        ("12d1", "1506", "01 ff 01 33", "ttyUSB1"),
        ("1bc7", "1101", "01 ff ff 30", "ttyUSB1"),
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
    plug_in_with(&root().join("udev"), vendor, product, port)
}

/// [`plug_in`] with the rules of another folder.
fn plug_in_with(rules: &Path, vendor: &str, product: &str, port: Option<(&str, &str)>) -> String {
    let (script, rules) = (root().join("tests/data/udev/plug-in"), rules.to_string_lossy());
    let script = script.to_string_lossy();
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
