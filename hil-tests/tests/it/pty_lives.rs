//! Proof of life over a pty: a SIM texts itself or another SIM of the box, the text comes in, and the API says how long ago each
//! SIM last proved that it sends and that it receives. A proof that does not come in is a task.

use std::time::Duration;

use answerback::engine::{Work, configure, expire};
use answerback::http::{self, App, Rooms};
use answerback::msisdn::Msisdn;
use answerback::serial::{PortWish, Ports};
use answerback::settings::{ProofOfLife, Settings};
use answerback::store::page::Paging;
use answerback::store::{Life, Queue, Reader};
use answerback::terms::Scope;
use hil_tests::api::Api;
use hil_tests::emulator::fault::Fault;
use hil_tests::emulator::{Rig, RigOptions};
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::bench::{Bench, PATIENCE, north};

const QUARTER: Duration = Duration::from_mins(15);

/// Two modems, `north` and `south`.
async fn two() -> Bench {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(&dir.path().join("dev"))).expect("ptys");
    let south = PortWish { path: rig.port(1), name: "south".to_owned(), ..north(&rig) };
    let ports = Ports::Named(vec![north(&rig), south]);
    let bench = Bench::on(dir, rig, ports);
    bench.until("both are ready", |reader| Ok((reader.ready_sims()?.len() == 2).then_some(()))).await;
    bench
}

impl Bench {
    /// The SIM in a modem.
    async fn iccid(&self, modem: &'static str) -> String {
        let row = self.engine.read(move |reader| reader.modem(modem)).await.expect("the store reads");
        row.and_then(|row| row.iccid).expect("it has said which it has")
    }

    /// The box learns the number of the SIM in a modem.
    async fn knows_number(&self, place: usize, modem: &'static str) {
        let (number, iccid) = (self.rig.number(place).await.expect("the rig"), self.iccid(modem).await);
        let number = Msisdn::from_e164(&number).expect("a number");
        let write = move |work: &mut Work<'_, '_>| {
            let sim = work.tx.sim(&iccid)?.unwrap_or_default();
            Ok(work.tx.save_sim(&answerback::store::Sim { iccid, number: Some(number), ..sim })?)
        };
        self.engine.run(Queue::Others, write).await.expect("written");
    }

    /// Each SIM is to prove that it lives.
    async fn wants_proofs(&self, to: &'static str) {
        let write = move |work: &mut Work<'_, '_>| {
            let proof_of_life = ProofOfLife { every_hours: 6, to: to.to_owned() };
            configure::settings(work, &Settings { proof_of_life, ..work.book.settings.clone() })
        };
        self.engine.run(Queue::Others, write).await.expect("written");
        self.does_what_is_due(Duration::ZERO).await;
    }

    /// What will be due after so long is done now.
    async fn does_what_is_due(&self, after: Duration) {
        let due = move |work: &mut Work<'_, '_>| {
            let later = &mut Work { now: work.now.plus(after), tx: &mut *work.tx, chance: &mut *work.chance, book: work.book };
            while expire::due(later)? > 0 {}
            Ok(())
        };
        self.engine.run(Queue::Others, due).await.expect("done");
    }

    async fn until_life(&self, what: &str, iccid: &str, fits: impl Fn(&Life) -> bool + Copy + Send + 'static) -> Life {
        let iccid = iccid.to_owned();
        self.until(what, move |reader: &Reader<'_>| Ok(reader.life(&iccid)?.filter(fits))).await
    }

    /// What the API says of a SIM.
    async fn told_of(&self, iccid: &str) -> Json {
        let (_stop, stopping) = watch::channel(false);
        let (engine, fleet, sandbox) = (self.engine.clone(), self.fleet.clone(), answerback::daemon::sandbox());
        let app = App::new(Rooms { engine, fleet, sandbox, stopping: stopping.clone() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        tokio::spawn(http::serve_network(listener, http::router(&app), stopping));
        let new = configure::NewKey { name: "reader".to_owned(), scopes: vec![Scope::Read], expires_at: None };
        let made = self.engine.run(Queue::Others, move |work| Ok(configure::new_key(work, &new)?.secret)).await;
        let api = Api::new(format!("http://{address}"), made.expect("a key").into_inner());
        let status = api.get("/v1/status").await.expect("the status");
        let sims = status["sims"].as_array().cloned().unwrap_or_default();
        sims.into_iter().find(|sim| sim["iccid"] == iccid).expect("it is listed")
    }

    async fn tasks(&self) -> usize {
        self.engine.read(|reader| reader.open_modem_tasks("SIM ")).await.expect("the store reads").len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_leaves_and_comes_in() {
    for to in [ProofOfLife::ITSELF, ProofOfLife::ANOTHER] {
        let bench = two().await;
        let (north, south) = (bench.iccid("north").await, bench.iccid("south").await);
        // Only one of them can be texted: to itself, or by the other.
        let (sender, receiver) = if to == ProofOfLife::ITSELF { (&south, &south) } else { (&north, &south) };
        bench.knows_number(1, "south").await;
        let before = bench.told_of(receiver).await;
        assert_eq!((&before["received_minutes_ago"], &before["proof_of_life"]), (&Json::Null, &Json::Null), "{to}");
        bench.dispatch();
        bench.wants_proofs(to).await;
        bench.until_life(to, sender, |life| life.proved_at.is_some()).await;
        let (sent, received) = (bench.told_of(sender).await, bench.told_of(receiver).await);
        assert_eq!((&sent["sent_minutes_ago"], &received["received_minutes_ago"]), (&0.into(), &0.into()), "{to}: {sent} {received}");
        assert_eq!((&sent["proof_of_life"]["awaited"], &sent["proof_of_life"]["missing"]), (&false.into(), &false.into()), "{to}");
        assert!(sent["proof_of_life"]["proved_at"].is_string(), "{to}: {sent}");
        let taken = bench.rig.wait_for_sent(1, PATIENCE).await.expect("it left");
        let place = usize::from(to == ProofOfLife::ITSELF);
        assert!(taken.iter().any(|taken| taken.modem == place), "{to}: {taken:?}");
        let rows = bench.engine.read(|reader| reader.inbounds(None, Paging::newest(10))).await.expect("the store reads").items;
        assert!(rows.iter().all(|row| row.from.is_none() && row.rule.is_none() && row.outcome.as_deref() == Some("proof")), "{rows:?}");
        let heads = bench.engine.read(|reader| reader.conversation_heads(10)).await.expect("the store reads");
        assert!(heads.is_empty(), "{to}: {heads:?}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_does_not_come_in_is_a_task() {
    let bench = two().await;
    let south = bench.iccid("south").await;
    bench.knows_number(1, "south").await;
    bench.rig.fault(1, Fault::LosePart, 1).await.expect("armed");
    bench.dispatch();
    bench.wants_proofs(ProofOfLife::ITSELF).await;
    let life = bench.until_life("it is queued", &south, |life| life.awaited).await;
    let first = life.message.expect("a text");
    bench.until_state(first, answerback::terms::MessageState::Submitted).await;
    bench.does_what_is_due(QUARTER).await;
    assert_eq!(bench.tasks().await, 0, "it may still come");
    bench.does_what_is_due(2 * QUARTER + Duration::from_secs(1)).await;
    assert_eq!(bench.tasks().await, 1);
    assert_eq!(bench.told_of(&south).await["proof_of_life"]["missing"], true);
    // What was lost comes after all.
    let text = bench.engine.read(move |reader| reader.message(first)).await.expect("the store reads").expect("a message").text;
    let number = bench.rig.number(1).await.expect("the rig");
    bench.rig.inject(1, &number, text.expose()).await.expect("on its way");
    bench.until_life("it came in", &south, |life| !life.missing).await;
    assert_eq!(bench.tasks().await, 0);
    bench.stop().await;
}
