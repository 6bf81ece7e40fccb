//! gammu-smsd with the files backend: texts go in by `gammu-smsd-inject`, come out as files of gammu's backup format.

use std::collections::BTreeMap;
use std::path::PathBuf;

use at_commands::hex;
use at_commands::text::ucs2;

use super::process::{Process, command, last_lines};
use super::{Gateway, Place, Received, files, folders, written};

/// A running gammu-smsd.
#[derive(Debug)]
pub struct GammuSmsd {
    folder: PathBuf,
    settings: PathBuf,
    process: Process,
}

impl GammuSmsd {
    /// Starts it with every poll as short as it goes.
    pub fn start(place: Place<'_>) -> Result<Self, String> {
        folders(place.folder, &["inbox", "outbox", "sent", "error"])?;
        let settings = written(place.folder, "smsdrc", &settings(place))?;
        let process = Process::start("gammu-smsd", place.folder, &["--config", &settings.to_string_lossy()])?;
        Ok(Self { folder: place.folder.to_owned(), settings, process })
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(mut self) {
        self.process.end().await;
    }

    /// Files in one of its folders.
    pub fn count(&self, folder: &str) -> Result<usize, String> {
        files(&self.folder.join(folder)).map(|files| files.len())
    }

    fn inbox(&self) -> Result<Vec<Backup>, String> {
        Ok(files(&self.folder.join("inbox"))?.iter().map(|file| Backup::read(&String::from_utf8_lossy(file))).collect())
    }
}

impl Gateway for GammuSmsd {
    fn send(&mut self, to: &str, text: &str) -> Result<(), String> {
        let mut inject = command("gammu-smsd-inject", &self.folder)?;
        inject.arg("--config").arg(&self.settings).args(["TEXT", to, "-report", "-autolen"]).arg(text.chars().count().to_string());
        inject.args(if text.is_ascii() { &[][..] } else { &["-unicode"] }).arg("-text").arg(text);
        let output = inject.as_std_mut().output().map_err(|error| format!("gammu-smsd-inject: {error}"))?;
        if output.status.success() { Ok(()) } else { Err(format!("gammu-smsd-inject: {}", String::from_utf8_lossy(&output.stderr))) }
    }

    fn received(&self) -> Result<Vec<Received>, String> {
        Ok(self.inbox()?.into_iter().filter(|backup| !backup.report).map(|backup| backup.text).collect())
    }

    fn reports(&self) -> Result<usize, String> {
        Ok(self.inbox()?.into_iter().filter(|backup| backup.report).count())
    }

    fn log(&self) -> String {
        last_lines(&self.folder.join("smsd.log"))
    }

    fn alive(&mut self) -> Result<(), String> {
        self.process.alive()
    }
}

/// The settings: no checks of signal or battery, every pause as short as it goes.
fn settings(place: Place<'_>) -> String {
    let path = |name: &str| place.folder.join(name).display().to_string();
    let [_, _, _, ds, _] = place.indications(1);
    format!(
        "[gammu]\nport = {}\nconnection = at115200\nsynchronizetime = no\natgen_setcnmi = ,,,{ds}\n\n\
         [smsd]\nservice = files\nlogfile = {}\ndebuglevel = 1\ninboxpath = {}/\noutboxpath = {}/\nsentsmspath = {}/\n\
         errorsmspath = {}/\ninboxformat = detail\noutboxformat = detail\ndeliveryreport = sms\ncommtimeout = 1\n\
         receivefrequency = 1\nstatusfrequency = 0\nloopsleep = 1\nmultiparttimeout = 60\nchecksecurity = 0\ncheckbattery = 0\n\
         checksignal = 0\nchecknetwork = 0\n",
        place.port.display(),
        path("smsd.log"),
        path("inbox"),
        path("outbox"),
        path("sent"),
        path("error"),
    )
}

/// A file of the inbox.
#[derive(Debug, PartialEq, Eq)]
struct Backup {
    report: bool,
    text: Received,
}

impl Backup {
    /// Sections are parts in their order, `Text00`, `Text01` ... pieces of one part.
    fn read(file: &str) -> Self {
        let (mut report, mut from, mut text, mut section) = (false, String::new(), BTreeMap::new(), 0);
        for line in file.lines() {
            section += usize::from(line.starts_with('['));
            let Some((name, value)) = line.split_once(" = ") else { continue };
            match name {
                "PDU" => report = value == "Status_Report",
                "NumberUnicode" => from = unicode(value),
                _ if name.starts_with("Text") => drop(text.insert((section, name.to_owned()), unicode(value))),
                _ => {}
            }
        }
        Self { report, text: Received { from, text: text.into_values().collect() } }
    }
}

/// gammu writes UCS-2 as hex.
fn unicode(value: &str) -> String {
    hex::decode(value).map(|octets| ucs2::decode_lossy(&octets)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, report: bool, from: &str, text: &str) {
        let want = Backup { report, text: Received { from: from.to_owned(), text: text.to_owned() } };
        assert_eq!(Backup::read(file), want);
    }

    #[test]
    fn files_of_the_inbox_are_read() {
        check("[SMSBackup000]\n; Hi\nPDU = Deliver\nNumberUnicode = 0045\nText00 = 00480069\n", false, "E", "Hi");
        check("[SMSBackup000]\nPDU = Status_Report\nNumberUnicode = 002B0031\nText00 = 0044\n", true, "+1", "D");
        check("[SMSBackup000]\nText00 = 0041\nText01 = 0042\n[SMSBackup001]\nNumberUnicode = 0031\nText00 = 0043\n", false, "1", "ABC");
    }
}
