//! Builds the preload library `shim.c` and puts it in front of a daemon. The C compiler is the one that the build of SQLite
//! needs anyway; Rust would need unsafe code at every one of these functions.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = include_str!("shim.c");
const LOG: &str = "power-cut.log";

/// A built library and where it writes.
#[derive(Debug)]
pub struct Shim {
    library: PathBuf,
    log: PathBuf,
}

/// The variable that ends the daemon right after this many Ctrl-Z.
pub const DIE_AFTER_SENDS: &str = "POWER_CUT_SENDS";

impl Shim {
    /// Compiles the library into `folder`, with `CC` or `cc`.
    pub fn build(folder: &Path) -> Result<Self, String> {
        let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
        std::fs::write(&source, SOURCE).map_err(|error| format!("{}: {error}", source.display()))?;
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let flags = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-pthread", "-o"];
        let output = Command::new(&compiler).args(flags).arg(&library).arg(&source).output();
        let output = output.map_err(|error| format!("{}: {error}; scripts/setup installs a C compiler", compiler.display()))?;
        if output.status.success() {
            return Ok(Self { library, log: folder.join(LOG) });
        }
        Err(format!("the preload library does not compile:\n{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// What a daemon needs in its environment to be recorded: every file that begins with `files` is watched.
    pub fn variables(&self, files: &Path) -> Vec<(String, OsString)> {
        [("LD_PRELOAD", self.library.as_os_str()), ("POWER_CUT_FILES", files.as_os_str()), ("POWER_CUT_LOG", self.log.as_os_str())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    /// The records so far, one of each process.
    pub fn records(&self) -> Result<Vec<Vec<u8>>, String> {
        let mut records = Vec::new();
        loop {
            let mut file = self.log.clone().into_os_string();
            file.push(format!(".{}", records.len()));
            match std::fs::read(&file) {
                Ok(record) => records.push(record),
                Err(_) if !records.is_empty() => return Ok(records),
                Err(error) => return Err(format!("{}: {error}; the library was not loaded", file.display())),
            }
        }
    }
}
