//! Kannel: bearerbox with an AT modem and smsbox, texts in by its loopback HTTP, out by calls of a loopback server.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use at_commands::text::ucs2;

use super::hook::Hook;
use super::process::{Process, last_lines};
use super::{Gateway, Place, Received, written};

/// Running boxes. They keep nothing outside their folder, so that they are killed when this is dropped.
#[derive(Debug)]
pub struct Kannel {
    folder: PathBuf,
    ports: Ports,
    hook: Hook,
    bearerbox: Process,
    smsbox: Process,
}

/// Kannel takes no port 0: these were free a moment ago.
#[derive(Debug, Clone, Copy)]
struct Ports {
    admin: u16,
    boxes: u16,
    send: u16,
}

const STARTS_MAX: usize = 3;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const USER: &str = "stranger";
const PASSWORD: &str = "loopback";

impl Kannel {
    /// Starts both boxes; again with other ports where somebody was faster.
    pub async fn start(place: Place<'_>) -> Result<Self, String> {
        for _ in 1..STARTS_MAX {
            if let Ok(running) = Self::start_once(place).await {
                return Ok(running);
            }
        }
        Self::start_once(place).await
    }

    /// smsbox is started when bearerbox listens.
    async fn start_once(place: Place<'_>) -> Result<Self, String> {
        let ports = Ports::free().map_err(|error| format!("no free port: {error}"))?;
        let hook = Hook::start().map_err(|error| format!("no free port: {error}"))?;
        let settings = written(place.folder, "kannel.conf", &settings(place, ports, &hook.address().to_string()))?;
        let settings = settings.to_string_lossy().into_owned();
        let mut bearerbox = Process::start("bearerbox", place.folder, &[&settings])?;
        until_open(ports.boxes, &mut bearerbox).await?;
        let mut smsbox = Process::start("smsbox", place.folder, &[&settings])?;
        until_open(ports.send, &mut smsbox).await?;
        Ok(Self { folder: place.folder.to_owned(), ports, hook, bearerbox, smsbox })
    }
}

impl Gateway for Kannel {
    fn send(&mut self, to: &str, text: &str) -> Result<(), String> {
        let coding = if text.is_ascii() { 0 } else { 2 };
        let report = format!("http://{}/dlr?type=%d", self.hook.address());
        let target = format!(
            "/cgi-bin/sendsms?username={USER}&password={PASSWORD}&to={}&charset=UTF-8&coding={coding}&dlr-mask=3&dlr-url={}&text={}",
            escaped(to),
            escaped(&report),
            escaped(text)
        );
        let answer = got(self.ports.send, &target).map_err(|error| format!("sendsms: {error}"))?;
        // "Queued for later delivery" while the modem is being set up.
        let taken = ["Accepted for delivery", "Queued for later delivery"].iter().any(|words| answer.contains(words));
        if taken { Ok(()) } else { Err(format!("sendsms: {answer}")) }
    }

    fn received(&self) -> Result<Vec<Received>, String> {
        Ok(self.hook.targets().iter().filter_map(|target| message(target)).collect())
    }

    fn reports(&self) -> Result<usize, String> {
        Ok(self.hook.targets().iter().filter(|target| *target == "/dlr?type=1").count())
    }

    fn log(&self) -> String {
        format!("{}\n{:?}", last_lines(&self.folder.join("bearerbox.log")), self.hook.targets())
    }

    fn alive(&mut self) -> Result<(), String> {
        self.bearerbox.alive().and_then(|()| self.smsbox.alive())
    }
}

impl Ports {
    fn free() -> std::io::Result<Self> {
        // All are held until all are known, so that no two are the same.
        let held = [(); 3].map(|()| TcpListener::bind(("127.0.0.1", 0)));
        let [admin, boxes, send] = held;
        let number = |listener: std::io::Result<TcpListener>| listener?.local_addr().map(|address| address.port());
        let [admin, boxes, send] = [admin?, boxes?, send?].map(Ok).map(number);
        Ok(Self { admin: admin?, boxes: boxes?, send: send? })
    }
}

async fn until_open(port: u16, process: &mut Process) -> Result<(), String> {
    const TRIES: usize = 300;
    for _ in 0..TRIES {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(());
        }
        process.alive()?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("nothing listens at port {port}"))
}

/// Direct delivery, as Kannel wants it; what lies in the memory since before, or cannot be shown, it reads there. Kannel 1.4.5
/// takes the OK behind `+CPIN: READY` for the answer to its next command and is one answer late from then on: `no-pin`.
fn settings(place: Place<'_>, ports: Ports, hook: &str) -> String {
    let log = |name: &str| place.folder.join(name).display().to_string();
    let text = "/mo?from=%p&coding=%c&text=%b";
    format!(
        "group = core\nadmin-port = {}\nadmin-interface = 127.0.0.1\nadmin-password = {PASSWORD}\nsmsbox-port = {}\n\
         smsbox-interface = 127.0.0.1\nlog-file = {}\nlog-level = 0\nbox-allow-ip = 127.0.0.1\ndlr-storage = internal\n\n\
         group = smsc\nsmsc = at\nsmsc-id = modem\nmodemtype = tested\ndevice = {}\nspeed = 115200\nmy-number = {}\n\
         sim-buffering = true\nkeepalive = 2\n\n\
         group = modems\nid = tested\nname = \"{}\"\ndetect-string = \"{}\"\ninit-string = \"AT+CNMI={}\"\nno-pin = true\n\
         message-storage = \"{}\"\n\n\
         group = modems\nid = generic\nname = \"Generic Modem\"\n\n\
         group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {}\nsendsms-interface = 127.0.0.1\nglobal-sender = {}\n\
         log-file = {}\nlog-level = 0\n\n\
         group = sendsms-user\nusername = {USER}\npassword = {PASSWORD}\nmax-messages = 5\nconcatenation = true\n\n\
         group = sms-service\nkeyword = default\ncatch-all = true\nmax-messages = 0\nget-url = \"http://{hook}{text}\"\n",
        ports.admin,
        ports.boxes,
        log("bearerbox.log"),
        place.port.display(),
        place.number,
        place.dialect.name,
        place.dialect.manufacturer,
        place.indications_line(2),
        place.dialect.memory,
        ports.send,
        place.number,
        log("smsbox.log"),
    )
}

/// A GET, and all of its answer.
fn got(port: u16, target: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A value of a query (RFC 3986 section 2.1).
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The octets of a value, `+` being a blank.
fn unescaped(value: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        octets.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                at_commands::hex::decode(&String::from_utf8_lossy(&digits)).ok().and_then(|octets| octets.first().copied()).unwrap_or(b'?')
            }
            other => other,
        });
    }
    octets
}

/// A text as Kannel brings it: `%b` are octets, UTF-16 when `coding` is 2.
fn message(target: &str) -> Option<Received> {
    let query = target.strip_prefix("/mo?")?;
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(unescaped);
    let octets = value("text")?;
    let text = if value("coding")? == b"2" { ucs2::decode_lossy(&octets) } else { String::from_utf8_lossy(&octets).into_owned() };
    Some(Received { from: String::from_utf8_lossy(&value("from")?).into_owned(), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_comes_back() {
        for text in ["a b", "+15550100200", "Zähler: 15 € für Łódź", "%&?="] {
            assert_eq!(unescaped(&escaped(text)), text.as_bytes());
        }
    }

    #[test]
    fn calls_of_kannel_are_read() {
        let read = |target: &str| message(target).map(|text| (text.from, text.text));
        let pair = |from: &str, text: &str| Some((from.to_owned(), text.to_owned()));
        assert_eq!(read("/mo?from=%2B1555&coding=0&text=plain+text"), pair("+1555", "plain text"));
        assert_eq!(read("/mo?from=EVN+Info&coding=2&text=%01A%00%F3"), pair("EVN Info", "Łó"));
        assert_eq!(read("/dlr?type=1"), None);
    }
}
