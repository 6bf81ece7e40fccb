//! The control socket: JSON lines in, one JSON line each out with `"ok": true` or `"ok": false` and an `error` that says
//! what is wrong. An integrator drives the phones and the faults through it.

use std::io;
use std::path::Path;

use answerback::time::{Clock as _, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::brain::{Brain, Control, Habits, NetworkTime};
use super::fault::Fault;
use super::hub::Hub;
use super::rig::{RigError, RigHandle};
use super::world::WorldInput;

/// One line of the control protocol.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case")]
pub enum Request {
    /// A phone texts a SIM: as text, or as a PDU of your own in hex.
    Inject {
        /// To the SIM of this modem.
        #[serde(default)]
        modem: usize,
        /// Who sends it.
        #[serde(default)]
        from: String,
        /// The text, of any length.
        text: Option<String>,
        /// SMSC octets and TPDU in hex instead of `from` and `text`.
        pdu: Option<String>,
    },
    /// Every PDU the network took; `after` skips the first so many.
    Sent {
        /// Skip so many.
        #[serde(default)]
        after: usize,
    },
    /// What a phone shows.
    Received {
        /// The phone.
        number: String,
    },
    /// A status report of your choice about what a modem sent last, or about its TP-MR.
    Report {
        /// The modem that sent it.
        #[serde(default)]
        modem: usize,
        /// TP-MR; the last one when left out.
        mr: Option<u8>,
        /// TP-ST: 0 is received.
        #[serde(default)]
        st: u8,
    },
    /// Switches a fault on; its fields stand beside `fault`. `"fault": "none"` switches all off.
    Fault {
        /// Of this modem.
        #[serde(default)]
        modem: usize,
        /// How often it strikes; 0 is until cleared.
        #[serde(default = "once")]
        times: u32,
        /// The fault.
        #[serde(flatten)]
        fault: Value,
    },
    /// Modems, ports, phones.
    State,
    /// Pulls the plug.
    Unplug {
        /// Of this modem.
        #[serde(default)]
        modem: usize,
    },
    /// Puts it back.
    Plug {
        /// This modem.
        #[serde(default)]
        modem: usize,
        /// Under this link name instead of its own.
        link: Option<String>,
    },
    /// Power off and on; the port stays.
    Reset {
        /// Of this modem.
        #[serde(default)]
        modem: usize,
    },
    /// Prints a line as if unasked.
    Urc {
        /// On this modem.
        #[serde(default)]
        modem: usize,
        /// The line.
        line: String,
    },
    /// Registration (27.007 `<stat>`), signal, TP-MR or PIN of a modem.
    Set {
        /// Of this modem.
        #[serde(default)]
        modem: usize,
        /// 0 to 11.
        stat: Option<u8>,
        /// `+CSQ`.
        csq: Option<u8>,
        /// TP-MR of the last submission.
        mr: Option<u8>,
        /// A PIN to ask for after the next reset; empty asks for none.
        pin: Option<String>,
        /// The cell that serves.
        cell: Option<u32>,
        /// The network tells its time from now on, so many seconds ahead of this machine's clock, and `zone` quarter hours east.
        clock_ahead_s: Option<i64>,
        /// The zone of the network's time.
        zone: Option<i8>,
        /// What it does with references: `honours_mr`, `keeps_reference`, `says_sent`.
        habits: Option<Habits>,
    },
    /// Another SIM is put into a modem that is on.
    SwapSim {
        /// This modem.
        #[serde(default)]
        modem: usize,
        /// The number of the card: no other modem has one from 100 on.
        sim: u16,
        /// The modem tells nothing of it and stays registered.
        #[serde(default)]
        silent: bool,
    },
    /// Somebody calls a SIM; without `from` the number is withheld.
    Ring {
        /// The SIM of this modem.
        #[serde(default)]
        modem: usize,
        /// The caller.
        from: Option<String>,
    },
    /// The caller hangs up.
    Hangup {
        /// Of this modem.
        #[serde(default)]
        modem: usize,
    },
    /// What the network says by USSD to a code, or to a reply while a menu is open.
    Ussd {
        /// On the SIM of this modem.
        #[serde(default)]
        modem: usize,
        /// The code or the reply.
        code: String,
        /// Its words.
        text: String,
        /// It waits for a reply.
        #[serde(default)]
        menu: bool,
    },
    /// Switches a phone on or off.
    Phone {
        /// The phone.
        number: String,
        /// On or off.
        on: bool,
    },
}

/// One line of each kind, for `--help`.
pub const EXAMPLES: &str = r#"{"cmd":"inject","modem":0,"from":"+15550100200","text":"Y"}
{"cmd":"sent"}                       every PDU the network took
{"cmd":"received","number":"+15550100200"}   what that phone shows
{"cmd":"report","modem":0,"st":0}    a status report about the last text
{"cmd":"fault","modem":0,"fault":"lost_answer","taken":true}
{"cmd":"fault","modem":0,"fault":"none"}
{"cmd":"state"}  {"cmd":"unplug","modem":0}  {"cmd":"plug","modem":0}  {"cmd":"reset","modem":0}
{"cmd":"swap_sim","modem":0,"sim":107}   another SIM is put in; "silent":true tells nothing of it
{"cmd":"urc","modem":0,"line":"RING"}  {"cmd":"ring","modem":0,"from":"+15550100200"}  {"cmd":"hangup","modem":0}
{"cmd":"ussd","modem":0,"code":"*100#","text":"Balance 3.20"}   what the network says to that code; "menu":true waits for a reply
{"cmd":"set","modem":0,"clock_ahead_s":0,"zone":4}   the network tells this machine's time; without it, it tells none
{"cmd":"set","modem":0,"stat":2,"csq":99,"mr":254,"pin":"1234","cell":4711}  {"cmd":"phone","number":"+15550100200","on":false}"#;

const fn once() -> u32 {
    1
}

/// A line longer than this is no request of ours: 255 parts of text fit.
const LINE_MAX: usize = 256 * 1024;

/// Listens on a unix socket until the task is aborted.
pub(super) fn listen(socket: &Path, rig: RigHandle) -> io::Result<JoinHandle<()>> {
    if std::os::unix::net::UnixStream::connect(socket).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, format!("another rig listens on {}", socket.display())));
    }
    // A socket nobody listens on is left over from a rig that was killed.
    let _none = std::fs::remove_file(socket);
    let listener = UnixListener::bind(socket)?;
    Ok(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let rig = rig.clone();
            tokio::spawn(async move {
                // The one who asked hung up: nobody is left to tell.
                let _hung_up = serve(stream, rig).await;
            });
        }
    }))
}

async fn serve(stream: UnixStream, rig: RigHandle) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if line.len() > LINE_MAX {
            return Ok(());
        }
        if line.trim().is_empty() {
            continue;
        }
        let answer = match answer(&line, &rig).await {
            Ok(value) => value,
            Err(words) => json!({"ok": false, "error": words}),
        };
        write.write_all(format!("{answer}\n").as_bytes()).await?;
    }
}

async fn answer(line: &str, rig: &RigHandle) -> Result<Value, RigError> {
    let request: Request = serde_json::from_str(line).map_err(|error| format!("{error}; see modem-emulator --help for the commands"))?;
    rig.with(move |hub| perform(hub, request)).await?
}

fn perform(hub: &mut Hub, request: Request) -> Result<Value, RigError> {
    match request {
        Request::Inject { modem, pdu: Some(pdu), .. } => {
            hub.network(|network| network.inject_pdu(modem, &pdu))?;
            Ok(done())
        }
        Request::Inject { modem, from, text: Some(text), .. } => {
            let parts = hub.network(|network| network.inject(modem, &from, &text))?;
            Ok(json!({"ok": true, "parts": parts}))
        }
        Request::Inject { .. } => Err("inject needs `from` and `text`, or `pdu`".to_owned()),
        Request::Sent { after } => {
            let taken: Vec<_> = hub.world.network().taken().iter().skip(after).collect();
            Ok(json!({"ok": true, "sent": taken}))
        }
        Request::Received { number } => Ok(json!({"ok": true, "received": hub.world.network().received(&number)})),
        Request::Report { modem, mr, st } => {
            let mr = hub.network(|network| network.report(modem, mr, st))?;
            Ok(json!({"ok": true, "mr": mr}))
        }
        Request::Fault { modem, times, fault } => switch_fault(hub, modem, times, fault),
        Request::State => Ok(state(hub)),
        Request::Unplug { modem } => {
            hub.unplug(modem)?;
            Ok(done())
        }
        Request::Plug { modem, link } => {
            let link = hub.plug(modem, link.as_deref())?;
            Ok(json!({"ok": true, "link": link}))
        }
        Request::Reset { modem } => control(hub, modem, vec![Control::PowerCycle]),
        Request::Urc { modem, line } => control(hub, modem, vec![Control::Urc(line)]),
        Request::Set { modem, stat, csq, mr, pin, cell, clock_ahead_s, zone, habits } => {
            let pin = pin.map(|pin| Control::Pin { enabled: !pin.is_empty(), pin });
            let time = clock_ahead_s.map(|ahead| {
                let now = SystemClock.now().shifted_ms(ahead.saturating_mul(1000));
                Control::NetworkTime(Some(NetworkTime { now, quarters: zone.unwrap_or(0) }))
            });
            let asked = [
                stat.map(Control::Registration),
                csq.map(Control::Signal),
                mr.map(Control::LastMr),
                pin,
                cell.map(Control::Cell),
                time,
                habits.map(Control::Habits),
            ];
            control(hub, modem, asked.into_iter().flatten().collect())
        }
        Request::SwapSim { modem, sim, silent } => control(hub, modem, vec![Control::SwapSim { sim, silent }]),
        Request::Ring { modem, from } => {
            hub.network(|network| network.ring(modem, true, from));
            Ok(done())
        }
        Request::Hangup { modem } => {
            hub.network(|network| network.ring(modem, false, None));
            Ok(done())
        }
        Request::Ussd { modem, code, text, menu } => control(hub, modem, vec![Control::Ussd { code, text, menu }]),
        Request::Phone { number, on } => {
            hub.network(|network| network.handset_power(&number, on));
            Ok(done())
        }
    }
}

fn done() -> Value {
    json!({"ok": true})
}

fn known(hub: &Hub, modem: usize) -> Result<(), RigError> {
    match hub.world.brains().get(modem) {
        Some(_) => Ok(()),
        None => Err(format!("there is no modem {modem}; the rig has {}", hub.world.brains().len())),
    }
}

fn control(hub: &mut Hub, modem: usize, controls: Vec<Control>) -> Result<Value, RigError> {
    known(hub, modem)?;
    for control in controls {
        hub.act(|world, now| world.handle(now, WorldInput::Control { modem, control }));
    }
    Ok(done())
}

fn switch_fault(hub: &mut Hub, modem: usize, times: u32, fault: Value) -> Result<Value, RigError> {
    known(hub, modem)?;
    if fault.get("fault").is_some_and(|name| name == "none") {
        hub.act(|world, now| world.clear_faults(now, modem));
        return Ok(done());
    }
    let fault: Fault = serde_json::from_value(fault).map_err(|error| error.to_string())?;
    hub.act(|world, now| world.arm(now, modem, fault, times));
    Ok(done())
}

fn state(hub: &Hub) -> Value {
    let modems: Vec<Value> = hub.world.brains().iter().enumerate().map(|(modem, brain)| modem_state(hub, modem, brain)).collect();
    let phones: Vec<&str> = hub.world.network().numbers().collect();
    json!({"ok": true, "modems": modems, "phones": phones, "taken": hub.world.network().taken().len()})
}

fn modem_state(hub: &Hub, modem: usize, brain: &Brain) -> Value {
    let [sm, me, sr] = brain.stored();
    let (device, link) = hub.port(modem).unzip();
    let faults: Vec<&Fault> = brain.faults().collect();
    json!({
        "modem": modem,
        "dialect": brain.dialect().name,
        "imei": brain.imei(),
        "iccid": brain.card().iccid,
        "imsi": brain.card().imsi,
        "number": brain.card().number,
        "pin_tries": brain.card().pin_tries,
        "stat": brain.stat(),
        "stored": {"SM": sm, "ME": me, "SR": sr},
        "held_by_network": hub.world.network().held(modem),
        "last_mr": brain.card().last_mr,
        "ussd": brain.ussd_heard(),
        "device": device,
        "link": link,
        "faults": faults,
    })
}
