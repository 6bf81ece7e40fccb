//! smstools' smsd: texts go in as files of its spool, and come out as such.

use std::path::PathBuf;

use super::process::{Process, last_lines};
use super::{Gateway, Place, Received, files, folders, written};

/// A running smsd.
#[derive(Debug)]
pub struct Smstools {
    folder: PathBuf,
    process: Process,
    handed_over: usize,
}

impl Smstools {
    /// Starts it with every pause as short as it goes.
    pub fn start(place: Place<'_>) -> Result<Self, String> {
        folders(place.folder, &["outgoing", "checked", "incoming", "sent", "failed"])?;
        let settings = written(place.folder, "smsd.conf", &settings(place))?;
        let process = Process::start("smsd", place.folder, &[&format!("-c{}", settings.display()), "-t"])?;
        Ok(Self { folder: place.folder.to_owned(), process, handed_over: 0 })
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(mut self) {
        self.process.end().await;
    }

    /// Files in one of its folders.
    pub fn count(&self, folder: &str) -> Result<usize, String> {
        files(&self.folder.join(folder)).map(|files| files.len())
    }

    fn incoming(&self) -> Result<Vec<Spooled>, String> {
        let files = files(&self.folder.join("incoming"))?;
        Ok(files.iter().filter_map(|file| Spooled::read(&String::from_utf8_lossy(file))).collect())
    }
}

impl Gateway for Smstools {
    /// Written beside the spool and moved in, so that smsd never sees half a file.
    fn send(&mut self, to: &str, text: &str) -> Result<(), String> {
        let alphabet = if text.is_ascii() { "ISO" } else { "UCS" };
        let mut file = format!("To: {}\nReport: yes\nAlphabet: {alphabet}\n\n", to.trim_start_matches('+')).into_bytes();
        if text.is_ascii() {
            file.extend(text.bytes());
        } else {
            file.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        }
        self.handed_over += 1;
        let (beside, inside) = (self.folder.join("next"), self.folder.join(format!("outgoing/text{:03}", self.handed_over)));
        std::fs::write(&beside, file).and_then(|()| std::fs::rename(&beside, inside)).map_err(|error| format!("the spool: {error}"))
    }

    fn received(&self) -> Result<Vec<Received>, String> {
        Ok(self.incoming()?.into_iter().filter(|spooled| !spooled.report).map(|spooled| spooled.text).collect())
    }

    fn reports(&self) -> Result<usize, String> {
        Ok(self.incoming()?.into_iter().filter(|spooled| spooled.report && spooled.text.text.contains("\nStatus: 0,")).count())
    }

    fn log(&self) -> String {
        last_lines(&self.folder.join("smsd.log"))
    }

    fn alive(&mut self) -> Result<(), String> {
        self.process.alive()
    }
}

fn settings(place: Place<'_>) -> String {
    let path = |name: &str| place.folder.join(name).display().to_string();
    let indications = place.indications(1);
    // Reports that are not stored come as lines of their own, in phase 2+ with an acknowledgement.
    let shown = indications[3] == 1;
    let acknowledged = shown && place.wants_phase_2plus();
    // Stored ones lie in a memory of their own where the modem has one.
    let memories = if indications[3] == 2 && place.dialect.slots[2] > 0 {
        format!("primary_memory = {}\nsecondary_memory = SR\nsecondary_memory_max = {}\n", place.dialect.memory, place.dialect.slots[2])
    } else {
        String::new()
    };
    let phase = if acknowledged { "+CSMS=1;" } else { "" };
    let yes = |on: bool| if on { "yes" } else { "no" };
    format!(
        "devices = MODEM\noutgoing = {}\nchecked = {}\nincoming = {}\nsent = {}\nfailed = {}\nlogfile = {}\ninfofile = {}\n\
         pidfile = {}\nloglevel = 7\ndelaytime = 1\ndelaytime_mainprocess = 1\nerrorsleeptime = 1\nblocktime = 5\nautosplit = 3\n\
         stats_interval = 0\nincoming_utf8 = yes\ndecode_unicode_text = yes\n\n\
         [MODEM]\ndevice = {}\nincoming = yes\nreport = yes\nmode = new\nbaudrate = 115200\nrtscts = no\nmemory_start = {}\n\
         init = AT{phase}+CNMI={}\nusing_routed_status_report = {}\nrouted_status_report_cnma = {}\n{memories}",
        path("outgoing"),
        path("checked"),
        path("incoming"),
        path("sent"),
        path("failed"),
        path("smsd.log"),
        path("smsd.working"),
        path("smsd.pid"),
        place.port.display(),
        place.dialect.first_index,
        place.indications_line(1),
        yes(shown),
        yes(acknowledged),
    )
}

/// A file of the spool.
#[derive(Debug, PartialEq, Eq)]
struct Spooled {
    report: bool,
    text: Received,
}

impl Spooled {
    fn read(file: &str) -> Option<Self> {
        let (head, body) = file.split_once("\n\n")?;
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
        let from = if field("From_TOA:").starts_with("91") { format!("+{}", field("From:")) } else { field("From:").to_owned() };
        let text = body.strip_suffix('\n').unwrap_or(body).to_owned();
        Some(Self { report: body.starts_with("SMS STATUS REPORT"), text: Received { from, text } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, report: bool, from: &str, text: &str) {
        let want = Spooled { report, text: Received { from: from.to_owned(), text: text.to_owned() } };
        assert_eq!(Spooled::read(file), Some(want));
    }

    #[test]
    fn files_of_the_spool_are_read() {
        check("From: 15550100300\nFrom_TOA: 91 international, ISDN/telephone\n\nplain\n", false, "+15550100300", "plain");
        check("From: EVN Info\nFrom_TOA: D0 alphanumeric, unknown\n\nŁódź", false, "EVN Info", "Łódź");
        check("From: 1\nFrom_TOA: 91 i\n\nSMS STATUS REPORT\nStatus: 0,Ok", true, "+1", "SMS STATUS REPORT\nStatus: 0,Ok");
    }
}
