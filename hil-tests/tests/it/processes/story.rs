//! One conversation (question, reply, charge, receipt) through as many power cuts as the plot wants.

use std::collections::BTreeSet;

use answerback::time::{Clock as _, SystemClock};
use hil_tests::emulator::fault::Fault;
use hil_tests::utility::{Behaviour, Seen};
use serde_json::{Value as Json, json};

use super::exchange::DELIVERED;
use super::judge::{judge, on_air, seen};
use super::site::{CUSTOMER, PLAIN, POLL_EVERY, Setting, Site, deadline};

/// What happens in a conversation.
#[derive(Debug, Clone)]
pub struct Plot {
    /// Where the process dies, one after the other: `(from when, the point)`.
    pub deaths: Vec<(From, &'static str)>,
    /// How billing treats the charge.
    pub billing: Behaviour,
    /// So many look-ups stay without an answer.
    pub silent_look_ups: u32,
    /// What goes wrong with the modem, and how often.
    pub fault: Option<(Fault, u32)>,
    /// The messages that are in doubt on the way, by how they begin.
    pub doubts: &'static [&'static str],
    /// The network never took the one in doubt, and a person sends it once more.
    pub person: bool,
    /// What the modem told first may be on disk already, and then there is no doubt.
    pub maybe: bool,
    /// Who proved that the network took the one in doubt: a kind of evidence.
    pub witness: Option<&'static str>,
    /// The charge never left: nobody posts it, and a person is asked to look.
    pub never_charged: bool,
}

/// From when a point counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Before the question is asked.
    Question,
    /// Before the customer replies; the question is settled.
    Reply,
    /// From the next start on.
    Start,
    /// When all is over, and something else happens that sends no text.
    After,
}

/// Instead of a point: the power goes when billing has the octets and has not answered.
pub const CALL_LEFT: &str = "the octets of a call left";
pub const LOOK_UP_LEFT: &str = "the octets of a look-up left";

/// The question of the flow, and its last words.
pub const QUESTION: &str = "City Power:";
pub const RECEIPT: &str = "Paid ";
const READ_BACK: &str = "Please reply PAY to confirm";

struct Play<'p> {
    plot: &'p Plot,
    site: Site,
    died: usize,
    session: Option<String>,
    replies: Vec<&'static str>,
    resent: Vec<String>,
}

/// Plays it and judges it; every point the daemon came to, and a line for the table.
pub async fn play(plot: Plot) -> Result<(BTreeSet<String>, String), String> {
    let site = Site::build(Setting { quick: plot.fault.is_some(), ..PLAIN }).await?;
    let mut play = Play { plot: &plot, site, died: 0, session: None, replies: Vec::new(), resent: Vec::new() };
    let told = play.run().await;
    let line = told.map_err(|wrong| format!("{wrong}\n{}", play.site.machine.last_log_lines()))?;
    let points = play.site.machine.points_reached();
    play.site.machine.stop().await;
    Ok((points, line))
}

impl Play<'_> {
    async fn run(&mut self) -> Result<String, String> {
        {
            let mut ledger = self.site.utility.ledger();
            (ledger.behaviour, ledger.silent_look_ups) = (self.plot.billing, self.plot.silent_look_ups);
        }
        if let Some((fault, times)) = &self.plot.fault {
            self.site.rig.fault(0, fault.clone(), *times).await?;
        }
        let until = deadline();
        self.order(From::Question).await?;
        while !self.is_over().await? {
            self.happen_after().await?;
            if SystemClock.tick() >= until {
                let last = (self.site.messages().await, self.site.texts_in().await);
                return Err(format!("it did not come to its end, died {} times of {}: {last:#?}", self.died, self.plot.deaths.len()));
            }
            tokio::time::sleep(POLL_EVERY).await;
            self.cut_power_when_seen().await?;
            if self.site.machine.has_ended() {
                self.rise().await?;
            }
            self.ask().await;
            self.reply().await?;
            self.decide().await?;
        }
        self.end().await
    }

    /// Orders the next death if it counts from now on.
    async fn order(&self, from: From) -> Result<(), String> {
        match self.plot.deaths.get(self.died) {
            Some((when, point)) if *when == from => {
                if self.plot.witness == Some("report") {
                    // It comes when the box is up again: until then it could be read and lost.
                    self.site.rig.fault(0, Fault::NoReport, 1).await?;
                }
                self.site.machine.order_to_die_at(Some(point))
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn rise(&mut self) -> Result<(), String> {
        let due =
            self.plot.deaths.get(self.died).ok_or_else(|| format!("it died once too often\n{}", self.site.machine.last_log_lines()))?;
        self.died += 1;
        self.site.be_patient();
        self.site.machine.order_to_die_at(None)?;
        self.order(From::Start).await?;
        match self.site.machine.start_again().await {
            Ok(()) if self.plot.witness == Some("report") => self.site.rig.report(0, None, DELIVERED).await.map(drop),
            Ok(()) => Ok(()),
            // It died on its way up, as ordered.
            Err(_) if self.site.machine.has_ended() && matches!(self.plot.deaths.get(self.died), Some((From::Start, _))) => Ok(()),
            Err(words) => Err(format!("no start after {due:?}: {words}")),
        }
    }

    async fn cut_power_when_seen(&mut self) -> Result<(), String> {
        let Some((_, point)) = self.plot.deaths.get(self.died) else { return Ok(()) };
        let seen = self.site.utility.log().into_iter().any(|seen| match seen {
            Seen::Call(_) => *point == CALL_LEFT,
            Seen::LookUp(_) => *point == LOOK_UP_LEFT,
            Seen::Hook(_) => false,
        });
        if seen { self.site.machine.power_cut().await } else { Ok(()) }
    }

    /// A client asks, with the same key again where it got no answer.
    async fn ask(&mut self) {
        if self.session.is_some() {
            return;
        }
        let body = json!({
            "flow": "pay.past_due", "to": CUSTOMER,
            "data": { "account": "00451189", "amount": "84.50", "due": "2026-11-12", "card": "1234", "mandate": true },
        });
        let answer = self.site.api.post("/v1/sessions", "the-one-question", &body).await;
        self.session = answer.ok().and_then(|answer| answer["id"].as_str().map(str::to_owned));
    }

    /// The customer answers when the question has arrived, and once more where the box reads it back.
    async fn reply(&mut self) -> Result<(), String> {
        let shown = self.site.rig.received(CUSTOMER).await?;
        let asked = shown.last().is_some_and(|text| text.text.starts_with(if self.replies.is_empty() { QUESTION } else { READ_BACK }));
        if !asked || self.replies.len() == 2 {
            return Ok(());
        }
        match self.plot.deaths.get(self.died) {
            Some((From::Question | From::Start, _)) => return Ok(()),
            Some((From::Reply, _)) if !self.is_settled().await => return Ok(()),
            Some((From::Reply | From::After, _)) | None => self.order(From::Reply).await?,
        }
        let words = if self.replies.is_empty() { "Y" } else { "PAY" };
        self.replies.push(words);
        self.site.answers(CUSTOMER, words).await
    }

    /// Where a death is due when all is over, an event is told to the subscriber.
    async fn happen_after(&mut self) -> Result<(), String> {
        if !matches!(self.plot.deaths.get(self.died), Some((From::After, _))) || !self.is_told().await? {
            return Ok(());
        }
        self.order(From::After).await?;
        let consent = json!({ "msisdn": CUSTOMER, "granted": true, "proof": "signed on paper" });
        // It may die before it answers: it did come to the point.
        let _answered = self.site.api.post("/v1/consents", "a consent", &consent).await;
        Ok(())
    }

    /// A person sends once more what waits for one, where the plot has one.
    async fn decide(&mut self) -> Result<(), String> {
        if !self.plot.person || !self.resent.is_empty() {
            return Ok(());
        }
        let messages = self.site.messages().await.unwrap_or_default();
        let Some(parked) = messages.iter().find(|message| message["state"] == "parked") else { return Ok(()) };
        if parked["certainty"] != "in_doubt" || on_air(parked, &self.site.rig.sent().await?) != 0 {
            return Err(format!("it is not shown as it is: {parked:#}"));
        }
        self.site.resend(parked).await?;
        self.resent.push(parked["id"].as_str().unwrap_or_default().to_owned());
        Ok(())
    }

    /// Whether all there is has been sent, and nothing lies on the SIM.
    async fn is_settled(&self) -> bool {
        let Ok(messages) = self.site.messages().await else { return false };
        let sent = |message: &Json| message["state"] == "submitted" || message["state"] == "delivered";
        !messages.is_empty() && messages.iter().all(sent) && self.site.rig.stored(0).await == Ok([0; 3])
    }

    async fn is_over(&self) -> Result<bool, String> {
        Ok(self.died == self.plot.deaths.len() && self.is_told().await?)
    }

    /// Whether the conversation has come to its end.
    async fn is_told(&self) -> Result<bool, String> {
        let Some(session) = &self.session else { return Ok(false) };
        let Ok(session) = self.site.api.get(&format!("/v1/sessions/{session}")).await else { return Ok(false) };
        let never_left = self.never_left();
        let there = if never_left { session["step"] == "checking" } else { session["result"] == "paid" };
        let wanted = if never_left { "We are checking" } else { RECEIPT };
        let shown = self.site.rig.received(CUSTOMER).await?.iter().any(|text| text.text.starts_with(wanted));
        Ok(there && shown && self.is_settled().await)
    }

    /// How often billing was asked to charge.
    fn posts(&self) -> usize {
        self.site.utility.calls().iter().filter(|call| call.path == "/billing/charge").count()
    }

    /// The charge has its row and never left: the power went in between, by order, or because the call began beside the
    /// reply's last steps.
    fn never_left(&self) -> bool {
        let beside = self.plot.deaths.iter().any(|(from, _)| *from == From::Reply);
        self.posts() == 0 && (self.plot.never_charged || beside)
    }

    async fn end(&self) -> Result<String, String> {
        judge(&self.site, &self.resent).await?;
        let messages = self.site.messages().await?;
        let begins = |message: &Json| message["text"].as_str().unwrap_or_default().chars().take(10).collect::<String>();
        let doubted: Vec<String> = messages.iter().filter(|message| seen(message, "silence")).map(begins).collect();
        let known_in_time = self.plot.maybe && doubted.is_empty() && self.resent.is_empty();
        let as_told = |(doubt, wanted): (&String, &&str)| doubt.starts_with(*wanted) || wanted.starts_with(doubt.as_str());
        if !known_in_time && (doubted.len() != self.plot.doubts.len() || !doubted.iter().zip(self.plot.doubts).all(as_told)) {
            return Err(format!("in doubt were {doubted:?}, not {:?}: {messages:#?}", self.plot.doubts));
        }
        let proved = |kind: &str| messages.iter().any(|message| seen(message, kind));
        if !self.plot.witness.is_none_or(proved) {
            return Err(format!("no {:?} proved that it was taken: {messages:#?}", self.plot.witness));
        }
        let posts = self.posts();
        if posts != usize::from(!self.plot.never_charged) && !self.never_left() {
            return Err(format!("the charge was posted {posts} times"));
        }
        let texts = self.site.texts_in().await?;
        let as_sent = texts.iter().map(|text| text["text"].as_str().unwrap_or_default()).eq(self.replies.iter().copied());
        if !as_sent || texts.iter().any(|text| text["session"] != self.session.as_deref().unwrap_or_default()) {
            return Err(format!("each reply is not there once: {texts:#?}"));
        }
        let sent = self.site.rig.sent().await?.len();
        if sent != messages.len() {
            return Err(format!("{} messages, {sent} on air", messages.len()));
        }
        Ok(format!("{sent} on air, {posts} posts, {} in doubt, {} sent again by a person", doubted.len(), self.resent.len()))
    }
}
