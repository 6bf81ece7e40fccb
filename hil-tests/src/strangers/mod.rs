//! Other people's SMS programs on emulated modems: gammu, gammu-smsd, smstools and Kannel as Debian ships them.
//!
//! Their authors never saw the emulator, so what they cannot do with it is the emulator's fault until a standard says
//! otherwise. A driver here writes a program's configuration into a folder, starts it, hands texts over, reads what came, and
//! ends it by its process id. It judges nothing: that is the tests' work.

pub mod gammu;
pub mod gammu_smsd;
mod hook;
pub mod kannel;
mod process;
pub mod smstools;

use std::path::Path;

use crate::emulator::dialect::Dialect;

/// A program that stays up and carries texts both ways.
pub trait Gateway: Send {
    /// Hands over a text, and asks for a report of its delivery.
    fn send(&mut self, to: &str, text: &str) -> Result<(), String>;
    /// What came in so far, in no order.
    fn received(&self) -> Result<Vec<Received>, String>;
    /// How many texts, or parts of them, it says were delivered.
    fn reports(&self) -> Result<usize, String>;
    /// What it logged, for a failure.
    fn log(&self) -> String;
    /// Whether it still runs; if not, how it ended.
    fn alive(&mut self) -> Result<(), String>;
}

/// A text that came in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Received {
    /// E.164 with its plus sign, or letters.
    pub from: String,
    /// The whole text.
    pub text: String,
}

/// Where a program works: its modem, its folder, and what a technician would set for a modem of that make.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The modem's port.
    pub port: &'a Path,
    /// An empty folder.
    pub folder: &'a Path,
    /// The modem's own number.
    pub number: &'a str,
    /// How it speaks.
    pub dialect: &'a Dialect,
}

impl Place<'_> {
    /// The values of `+CNMI` for texts shown as `mt` says: the first of these that the modem lists.
    fn indications(&self, mt: u8) -> [u8; 5] {
        let offered = self.dialect.cnmi_phase_2plus.unwrap_or(self.dialect.cnmi);
        let first = |place: usize, wishes: &[u8]| {
            let taken = |wish: &&u8| offered[place].contains(wish) && !(place == 3 && self.dialect.cnmi_ds_refused.contains(wish));
            wishes.iter().find(taken).copied().unwrap_or(0)
        };
        [first(0, &[2, 1]), first(1, &[mt, 1]), 0, first(3, &[1, 2]), first(4, &[0, 1])]
    }

    /// `2,1,0,1,0`.
    fn indications_line(&self, mt: u8) -> String {
        self.indications(mt).map(|value| value.to_string()).join(",")
    }

    /// Whether reports are shown only to a terminal that acknowledges (27.005 section 3.4.1, phase 2+).
    fn wants_phase_2plus(&self) -> bool {
        self.dialect.cnmi_phase_2plus.is_some()
    }
}

/// Writes a file of a program's configuration.
fn written(folder: &Path, name: &str, text: &str) -> Result<std::path::PathBuf, String> {
    let file = folder.join(name);
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// Makes the folders a program works in.
fn folders(within: &Path, names: &[&str]) -> Result<(), String> {
    for name in names {
        std::fs::create_dir_all(within.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// The octets of every file of a folder.
fn files(folder: &Path) -> Result<Vec<Vec<u8>>, String> {
    let cannot = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        // A file may be moved on between the listing and the reading.
        if let Ok(octets) = entry.map_err(cannot).and_then(|entry| std::fs::read(entry.path()).map_err(cannot)) {
            found.push(octets);
        }
    }
    Ok(found)
}
