//! gammu's command line: one batch of commands on one connection, because each connection costs it four seconds.

use std::time::Duration;

use super::process::{command, last_lines};
use super::{Place, Received, written};

/// What a batch printed, and what it logged.
#[derive(Debug)]
pub struct Session {
    printed: String,
    /// The end of its log, for a failure.
    pub log: String,
}

/// A submission may take as long as the network wants; the emulated one is quick.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs these commands of gammu one after the other, each as one would type it.
pub async fn batch(place: Place<'_>, commands: &[String]) -> Result<Session, String> {
    let log = place.folder.join("gammu.log");
    let settings = format!(
        "[gammu]\nport = {}\nconnection = at115200\nsynchronizetime = no\nlogfile = {}\nlogformat = textalldate\n",
        place.port.display(),
        log.display()
    );
    let settings = written(place.folder, "gammurc", &settings)?;
    let file = written(place.folder, "commands", &format!("{}\n", commands.join("\n")))?;
    let mut command = command("gammu", place.folder)?;
    command.arg("--config").arg(settings).arg("batch").arg(file);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.map_err(|_| format!("gammu does not end:\n{}", last_lines(&log)))?.map_err(|error| format!("gammu: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("gammu ended ({}):\n{printed}\n{errors}\n{}", output.status, last_lines(&log)));
    }
    Ok(Session { printed, log: last_lines(&log) })
}

/// The command that sends a text and asks for a report.
pub fn send(to: &str, text: &str) -> String {
    let alphabet = if text.is_ascii() { "" } else { " -unicode" };
    format!("sendsms TEXT {to} -report{alphabet} -autolen {} -text \"{text}\"", text.chars().count())
}

impl Session {
    /// What stands behind the first `name :`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.printed.lines().find_map(|line| {
            let (left, right) = line.split_once(" : ")?;
            (left.trim_end() == name).then(|| right.trim_matches('"'))
        })
    }

    /// How many parts the network took.
    pub fn references(&self) -> usize {
        self.printed.matches("OK, message reference=").count()
    }

    /// The texts `getallsms` printed, parts joined.
    pub fn texts(&self) -> Vec<Received> {
        let mut texts: Vec<Received> = Vec::new();
        for shown in self.printed.split("\nLocation ").skip(1).filter_map(shown) {
            match texts.last_mut().filter(|_| shown.part > 1) {
                Some(first) => first.text.push_str(&shown.text.text),
                None => texts.push(shown.text),
            }
        }
        texts
    }
}

/// A message as `getallsms` shows it.
struct Shown {
    text: Received,
    part: usize,
}

/// One block: fields, an empty line, the text, an empty line.
fn shown(block: &str) -> Option<Shown> {
    let (fields, rest) = block.split_once("\n\n")?;
    let from = fields.lines().find_map(|line| line.strip_prefix("Remote number"))?.split('"').nth(1)?;
    let part = fields.split(", part ").nth(1).and_then(|of| of.split(' ').next()).map_or(Some(1), |part| part.parse().ok())?;
    let text = rest.split("\n\n").next()?.trim_end_matches('\n');
    Some(Shown { text: Received { from: from.to_owned(), text: text.to_owned() }, part })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "IMEI                 : 860000010000015\n\
        Sending SMS 1/1...OK, message reference=7\n\
        Location 1, folder \"Inbox\", SIM memory, Inbox folder\nSMS message\n\
        Remote number        : \"EVN Info\"\nStatus               : UnRead\n\nplain\n\n\
        Location 2, folder \"Inbox\", SIM memory, Inbox folder\nRemote number        : \"+15550100300\"\n\
        User Data Header     : Concatenated (linked) message, ID (8 bit) 3, part 1 of 2\n\nfirst \n\n\
        Location 3, folder \"Inbox\", SIM memory, Inbox folder\nRemote number        : \"+15550100300\"\n\
        User Data Header     : Concatenated (linked) message, ID (8 bit) 3, part 2 of 2\n\nsecond\n\n\n3 SMS parts\n";

    #[test]
    fn what_gammu_prints_is_read() {
        let session = Session { printed: PRINTED.to_owned(), log: String::new() };
        assert_eq!(session.value("IMEI"), Some("860000010000015"));
        assert_eq!(session.references(), 1);
        let texts: Vec<(String, String)> = session.texts().into_iter().map(|text| (text.from, text.text)).collect();
        let want = [("EVN Info", "plain"), ("+15550100300", "first second")];
        assert_eq!(texts, want.map(|(from, text)| (from.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_text_outside_ascii_is_sent_as_unicode() {
        assert_eq!(send("+15550100200", "a b"), "sendsms TEXT +15550100200 -report -autolen 3 -text \"a b\"");
        assert_eq!(send("+15550100200", "ä"), "sendsms TEXT +15550100200 -report -unicode -autolen 1 -text \"ä\"");
    }
}
