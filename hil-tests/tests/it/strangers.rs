//! The emulator kept honest by strangers: gammu, gammu-smsd, smstools and Kannel, as Debian ships them, with every dialect.
//! What a pair does not do is a row of `EXCEPTIONS`, with the reason.

use std::time::{Duration, Instant};

use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::{Rig, RigOptions};
use hil_tests::strangers::gammu_smsd::GammuSmsd;
use hil_tests::strangers::kannel::Kannel;
use hil_tests::strangers::smstools::Smstools;
use hil_tests::strangers::{Gateway, Place, Received, gammu};
use tokio::sync::Semaphore;

/// The programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Gammu,
    GammuSmsd,
    Smstools,
    Kannel,
}

/// The slowest first, so that it does not wait for a turn.
const PROGRAMS: [Program; 4] = [Program::Kannel, Program::GammuSmsd, Program::Gammu, Program::Smstools];

/// What a pair does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    /// It notes no delivery.
    Reports,
    /// It does not see what lay in the modem before it started.
    Stored,
    /// It cannot tell the network.
    Network,
}

/// One row a pair that does less than all, with the reason.
const EXCEPTIONS: &[(Program, &str, Lack, &str)] = &[
    (Program::Gammu, "tc35", Lack::Network, "gammu 1.42 gives up where +CGREG is unknown; this modem has no packet service"),
    (Program::Gammu, "mute", Lack::Network, "gammu 1.42 gives up where +CREG cannot be set; this modem refuses it"),
    (Program::GammuSmsd, "cinterion", Lack::Reports, BFR),
    (Program::GammuSmsd, "tc35", Lack::Reports, BFR),
    (Program::GammuSmsd, "mute", Lack::Reports, NO_REPORTS),
    (Program::Smstools, "mute", Lack::Reports, NO_REPORTS),
    (Program::Kannel, "huawei", Lack::Stored, FROM_ONE),
    (Program::Kannel, "quectel", Lack::Stored, FROM_ONE),
    (Program::Kannel, "quectel", Lack::Reports, "the modem takes ds 2 only; Kannel 1.4.5 does not read what +CDSI names"),
    (Program::Kannel, "mute", Lack::Reports, NO_REPORTS),
];
const BFR: &str = "gammu 1.42 sets bfr to 0 whatever is listed (its issue 1206): this modem refuses the whole +CNMI";
const NO_REPORTS: &str = "the modem lists no ds but 0: it never tells of a report";
const FROM_ONE: &str = "Kannel 1.4.5 reads indices from 1 on; this modem counts from 0";

/// Pairs that run at a time: the machine may have two cores, and the programs mostly sleep between their polls.
static TURNS: Semaphore = Semaphore::const_new(6);
/// A pair takes 6 to 15 seconds, most of it the program's own pauses.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many of `IN` are stored first.
const STORED: usize = 2;

const PHONE: &str = "+15550100200";
const CUSTOMER: &str = "+15550100300";

/// What goes out: a short text, one of several parts, one that needs UCS-2.
const OUT: [&str; 3] = [
    "Your meter reading is due tomorrow.",
    "Water will be off in your street from eight to twelve on Monday. We renew the valve in front of number seven, and while the \
     street is open we replace the old pipe as well. Please keep some water in a bucket, and close your taps before you leave the \
     house in the morning, so that nothing runs over when it comes back.",
    "Zähler: 15 € für Łódź",
];

/// What comes in: plain, in UCS-2, of several parts, from letters. The first ones lie in the modem before a program starts.
const IN: [(&str, &str); 4] = [
    (CUSTOMER, "Y"),
    (CUSTOMER, "Łódź ist überall, 5 €"),
    (
        CUSTOMER,
        "I do not think that I used so much water this month, because we were away for three weeks and the house was empty. Could \
         somebody come and look at the meter, please, and at the pipe behind it, where I saw a wet spot on the wall before we left?",
    ),
    ("EVN Info", "Your order is ready"),
];

/// One test, because its pairs mostly sleep: it takes one thread of the harness, and leaves the others to the rest.
#[tokio::test(flavor = "multi_thread")]
async fn every_program_speaks_with_every_dialect() {
    let pairs = PROGRAMS.iter().flat_map(|program| Dialect::all().iter().map(move |dialect| (*program, *dialect)));
    let running: Vec<_> = pairs.map(|(program, dialect)| (program, dialect, tokio::spawn(pair(program, dialect)))).collect();
    let mut failed = Vec::new();
    for (program, dialect, task) in running {
        if let Err(words) = task.await.expect("no panic") {
            failed.push(format!("{program:?} with {}: {words}", dialect.name));
        }
    }
    assert!(failed.is_empty(), "{} pairs failed\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn every_exception_names_its_pair_and_why() {
    for (program, dialect, lack, why) in EXCEPTIONS {
        assert!(Dialect::named(dialect).is_some(), "{program:?} with {dialect}");
        assert!(why.len() > 20, "{program:?} with {dialect}: {why}");
        let rows = EXCEPTIONS.iter().filter(|row| (row.0, row.1, row.2) == (*program, *dialect, *lack)).count();
        assert_eq!(rows, 1, "{program:?} with {dialect}");
    }
}

async fn pair(program: Program, dialect: &'static Dialect) -> Result<(), String> {
    let lacks = |lack: Lack| EXCEPTIONS.iter().any(|row| (row.0, row.1, row.2) == (program, dialect.name, lack));
    let _turn = TURNS.acquire().await.map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let rig = Rig::start(RigOptions { dialect, modems: 1, ..RigOptions::quick(&folder.path().join("dev")) });
    let rig = rig.map_err(|error| error.to_string())?;
    let (port, number) = (rig.port(0), rig.number(0).await?);
    let place = Place { port: &port, folder: folder.path(), number: &number, dialect };
    let wants = Wants { stored: !lacks(Lack::Stored), reports: !lacks(Lack::Reports), network: !lacks(Lack::Network) };
    if program != Program::Gammu && wants.stored {
        inject(&rig, &IN[..STORED]).await?;
    }
    match program {
        Program::Gammu => typed(&rig, place, wants).await,
        Program::GammuSmsd => {
            let mut smsd = GammuSmsd::start(place)?;
            let mut judged = both_ways(&rig, &mut smsd, wants).await;
            if judged.is_ok() {
                judged = until("each text in the folder of what was sent", || same(smsd.count("sent")?, OUT.len())).await;
            }
            // Asked to end whatever came of it: killed, it leaves its shared memory with the system.
            smsd.end().await;
            judged
        }
        Program::Smstools => {
            let mut smsd = Smstools::start(place)?;
            both_ways(&rig, &mut smsd, wants).await?;
            until("each text in the folder of what was sent", || same(smsd.count("sent")?, OUT.len())).await?;
            smsd.end().await;
            Ok(())
        }
        Program::Kannel => {
            let mut kannel = Kannel::start(place).await?;
            both_ways(&rig, &mut kannel, wants).await
        }
    }
}

/// What is asked of a pair.
#[derive(Debug, Clone, Copy)]
struct Wants {
    stored: bool,
    reports: bool,
    network: bool,
}

/// gammu's command line: who the modem is, what goes out, what lies in it.
async fn typed(rig: &Rig, place: Place<'_>, wants: Wants) -> Result<(), String> {
    inject(rig, &IN).await?;
    let mut commands = vec!["identify".to_owned(), "getsmsc".to_owned(), "getallsms".to_owned()];
    if wants.network {
        commands.push("networkinfo".to_owned());
    }
    commands.extend(OUT.map(|text| gammu::send(PHONE, text)));
    let session = gammu::batch(place, &commands).await?;
    let (imei, imsi, smsc) = identity(rig).await?;
    let told = |name: &str| session.value(name).unwrap_or_default().to_owned();
    for (name, want) in [("IMEI", &*imei), ("SIM IMSI", &*imsi), ("Number", &*smsc), ("Firmware", place.dialect.firmware)] {
        same(told(name), want.to_owned()).map_err(|words| format!("{name}: {words}"))?;
    }
    // gammu writes makers in its own way, and models it does not know in brackets.
    same(told("Manufacturer").to_lowercase(), place.dialect.manufacturer.to_lowercase())?;
    if !told("Model").contains(place.dialect.model) {
        return Err(format!("the model is told as {}", told("Model")));
    }
    if wants.network {
        same(told("Network state"), "home network".to_owned())?;
        same(told("Name in phone"), "Test Network".to_owned())?;
    }
    same(session.texts(), wanted()).map_err(|words| format!("getallsms: {words}"))?;
    arrived(rig).await?;
    let taken = rig.sent().await?;
    same(session.references(), taken.len())?;
    same(taken.iter().all(|taken| taken.report), true)
}

/// A daemon: what it is handed goes out and is reported, what is sent to its modem comes in.
async fn both_ways(rig: &Rig, gateway: &mut impl Gateway, wants: Wants) -> Result<(), String> {
    for text in OUT {
        gateway.send(PHONE, text)?;
    }
    if wants.stored {
        inject(rig, &IN[STORED..]).await?;
    }
    arrived(rig).await.map_err(|words| format!("{words}\n{}", gateway.log()))?;
    if !wants.stored {
        inject(rig, &IN).await?;
    }
    let come = until("the texts that were sent to it", || {
        gateway.alive()?;
        let mut received = gateway.received()?;
        received.sort();
        let mut wanted = wanted();
        wanted.sort();
        same(received, wanted)
    });
    come.await.map_err(|words| format!("{words}\n{}", gateway.log()))?;
    if !wants.reports {
        return Ok(());
    }
    let noted = until("a report of each text", || {
        let noted = gateway.reports()?;
        if noted >= OUT.len() { Ok(()) } else { Err(format!("{noted} reports")) }
    });
    noted.await.map_err(|words| format!("{words}\n{}", gateway.log()))
}

async fn inject(rig: &Rig, texts: &[(&str, &str)]) -> Result<(), String> {
    for (from, text) in texts {
        rig.inject(0, from, text).await?;
    }
    Ok(())
}

/// The phone shows each text as it was written, and every part was sent with a report asked for.
async fn arrived(rig: &Rig) -> Result<(), String> {
    let mut shown: Vec<String> = rig.wait_for_text(PHONE, OUT.len(), PATIENCE).await?.into_iter().map(|text| text.text).collect();
    let mut wanted = OUT.map(str::to_owned).to_vec();
    shown.sort();
    wanted.sort();
    same(shown, wanted)
}

async fn identity(rig: &Rig) -> Result<(String, String, String), String> {
    let look = |world: &hil_tests::emulator::world::World| {
        let brain = world.brains().first()?;
        Some((brain.imei().to_owned(), brain.card().imsi.clone(), brain.card().smsc.clone()))
    };
    rig.wait_for_world(look, PATIENCE).await?.ok_or_else(|| "the rig has no modem".to_owned())
}

fn wanted() -> Vec<Received> {
    IN.map(|(from, text)| Received { from: from.to_owned(), text: text.to_owned() }).to_vec()
}

fn same<T: PartialEq + std::fmt::Debug>(got: T, want: T) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("got  {got:?}\nwant {want:?}")) }
}

async fn until(what: &str, mut look: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let Err(words) = look() else { return Ok(()) };
        if began.elapsed() > PATIENCE {
            return Err(format!("{what} did not come within {PATIENCE:?}: {words}"));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
