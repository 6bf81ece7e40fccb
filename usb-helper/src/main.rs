//! `answerback-usb`: rungs 6 and 7 of the recovery ladder. systemd starts it as root for each connection to its socket: one line
//! comes in, one line goes out, and it ends. It is small, because it is the only part of Answerback that is root.
//!
//! ```text
//! ask ttyUSB0        can reset power | can reset | can | no: WORDS
//! reset ttyUSB0      done | no: WORDS        the device is taken from its drivers and given back
//! power ttyUSB0      done | no: WORDS        its socket of the hub is switched off and on, or the relay of the site
//! ```
//!
//! A device that was taken from its drivers has a note until it has them again. Each start looks for notes of a helper that was killed in
//! between; `answerback-usb --restore` does nothing else, and systemd runs it behind each request, however that ended.
//!
//! Only devices that the udev rules mark as modems are touched, and no device more than six times an hour.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use answerback_usb::{Machine, answer, restore};

/// A request is shorter; more is none.
const REQUEST_OCTETS_MAX: u64 = 64;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1).collect::<Vec<_>>();
    let only_restores = words.pop_if(|word| word == "--restore").is_some();
    let root = match words.as_slice() {
        [] => PathBuf::from("/"),
        [flag, root] if flag == "--root" => PathBuf::from(root),
        _ => {
            eprintln!("answerback-usb reads one request from its standard input: ask, reset or power, and the name of a tty");
            return ExitCode::from(64);
        }
    };
    let machine = Machine { root, pause: &std::thread::sleep };
    for words in restore(&machine) {
        eprintln!("{words}");
    }
    if only_restores {
        return ExitCode::SUCCESS;
    }
    let mut line = String::new();
    let answer = match std::io::stdin().take(REQUEST_OCTETS_MAX).read_to_string(&mut line) {
        Ok(_) => answer(&machine, &line),
        Err(_) => "no: a request is one line of ASCII".to_owned(),
    };
    // What it did stands in the journal of root, whoever asked.
    eprintln!("{}: {answer}", line.trim_end().escape_default());
    match writeln!(std::io::stdout(), "{answer}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
