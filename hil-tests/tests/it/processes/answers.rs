//! A charge whose answer is an error, a silence, fifty megabytes, a web page, a redirect, half a JSON object, something of
//! another type or a lie, through a whole daemon: what the customer reads, what the person reads who takes over, that nothing
//! is posted twice, and that the next charge works.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::site::{PATIENCE, PLAIN, Site, items};

/// Who takes over is told at once; the product's own flows wait half an hour for the truth first.
const FLOW: &str = r#"
flow = "test.answers"
lane = "billing"
needs = { account = "account", amount = "money" }
start = "ask"
expires = "72h"

[step]
ask = { ask = { en = "{utility}: pay {amount} now? Reply Y or N." }, want = "yesno", risk = "money", on = { yes = "charge", no = "no" } }
charge = { http = "odd.charge", send = { account = "{account}", amount = "{amount}" }, save = { receipt = "receipt" }, ok = "paid", fail = "no", unknown = "checking" }
paid = { done = { en = "Paid {amount}. Receipt {receipt}." }, result = "paid" }
no = { done = { en = "Nothing was paid." }, result = "refused" }
checking = { agent = { queue = "billing", urgent = true, note = "charge of {amount} for {account}" }, tell = { en = "We are checking your payment. Please do not pay again." } }
"#;

const CHECKING: &str = "We are checking your payment. Please do not pay again.";
const PAID: &str = "Paid 84.50 USD. Receipt 8841.";
/// The endpoint may take this long.
const PATIENCE_S: u32 = 5;
const PAGE: usize = 8_192;
const LONG: usize = 6_104 * PAGE;
/// The daemon may grow by this much while it works; fifty megabytes are far more.
const GROWTH_KIB_MAX: u64 = 24 * 1024;

/// How the billing system treats one account, and what comes of it.
struct Case {
    account: &'static str,
    /// Status line and headers, without the length; empty where it never answers.
    head: &'static str,
    body: &'static str,
    /// Blanks behind the body.
    blanks: usize,
    /// A 429 comes so often before that.
    busy: usize,
    reads: &'static str,
    /// In the note to the person.
    why: &'static str,
}

const JSON: &str = "200 OK\r\nContent-Type: application/json";

const fn odd(account: &'static str, head: &'static str, body: &'static str, why: &'static str) -> Case {
    Case { account, head, body, blanks: 0, busy: 0, reads: CHECKING, why }
}

const CASES: [Case; 12] = [
    odd("A500", "500 Oops", r#"{"reason":"out of order"}"#, "it answered with an error of its own (status 500: out of order)"),
    odd("AHANGS", "", "", "no answer within 5 s"),
    Case { blanks: LONG, ..odd("ALONG", JSON, "", "the answer is longer than 64 KiB") },
    odd("AHTML", "200 OK\r\nContent-Type: text/html", "<html>Welcome</html>", "it answered with a web page, not a JSON object"),
    odd("AREDIRECT", "302 Found\r\nLocation: /elsewhere", "", "it sends us to another address (status 302)"),
    odd("AHALF", JSON, r#"{"receipt":"88"#, "it answered with something that cannot be read, not a JSON object"),
    odd("ATYPE", JSON, r#"{"receipt":true}"#, "its `receipt` is true or false, and a text shows it"),
    odd("AOBJECT", JSON, r#"{"receipt":{"no":8841}}"#, "the answer has no usable `receipt`"),
    odd("AAMOUNT", JSON, r#"{"receipt":"8841","amount":"8450.00"}"#, "the answer says `amount` 8450.00, and 84.50 was sent"),
    odd("ACURRENCY", JSON, r#"{"receipt":"8841","currency":"EUR"}"#, "the answer says `currency` EUR, and the amount was sent in USD"),
    // A door that is closed for a moment: the same charge under the same key, later.
    Case { busy: 2, reads: PAID, ..odd("ABUSY", JSON, r#"{"receipt":"8841","amount":84.5,"currency":"usd"}"#, "") },
    Case { reads: PAID, ..odd("AFINE", JSON, r#"{"receipt":"8841"}"#, "") },
];

/// Every key that was posted for an account, in order; and what else was asked for.
#[derive(Default)]
struct Books {
    keys: BTreeMap<String, Vec<String>>,
    elsewhere: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_no_sane_system_gives_charges_nobody_twice() {
    Site::plays(PLAIN, play).await;
}

async fn play(site: &Site) -> Result<(), String> {
    let books = Arc::new(Mutex::new(Books::default()));
    let url = serve(Arc::clone(&books)).await?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("test.answers.flow.toml");
    std::fs::write(&file, FLOW).map_err(|error| error.to_string())?;
    let endpoint = format!("[[endpoint]]\nname = \"odd.charge\"\nurl = \"{url}/charge\"\nprivate = true\ntimeout = {PATIENCE_S}\n");
    site.machine.import("answers.toml", &format!("{endpoint}\n[[flow]]\nfile = \"{}\"\n", file.display())).await?;
    let (fine, odd) = CASES.split_last().ok_or("no case")?;
    one(site, 99, fine).await?;
    let before = most_memory_kib(site)?;
    for (number, case) in odd.iter().enumerate() {
        one(site, number, case).await.map_err(|wrong| format!("{}: {wrong}", case.account))?;
    }
    let grown = most_memory_kib(site)?.saturating_sub(before);
    if grown > GROWTH_KIB_MAX {
        return Err(format!("the daemon has grown by {grown} KiB"));
    }
    one(site, 98, &Case { account: "AFINETOO", ..*fine }).await.map_err(|wrong| format!("the one behind them: {wrong}"))?;
    let books = books.lock().map_err(|error| error.to_string())?;
    for case in &CASES {
        let keys = books.keys.get(case.account).cloned().unwrap_or_default();
        if keys.len() != 1 + case.busy || keys.iter().any(|key| key.is_empty() || *key != keys[0]) {
            return Err(format!("{} was posted as {keys:?}", case.account));
        }
    }
    if books.elsewhere.is_empty() { Ok(()) } else { Err(format!("it went to {:?}", books.elsewhere)) }
}

/// A question, a yes, the charge, and what everybody reads of it.
async fn one(site: &Site, number: usize, case: &Case) -> Result<(), String> {
    let customer = format!("+155555502{number:02}");
    let body = json!({ "flow": "test.answers", "to": customer, "data": { "account": case.account, "amount": "84.50" } });
    let begun = site.api.post("/v1/sessions", case.account, &body).await?;
    let session = begun["id"].as_str().unwrap_or_default();
    reads(site, session, "City Power: pay 84.50 USD now? Reply Y or N.").await?;
    site.answers(&customer, "Y").await?;
    reads(site, session, case.reads).await?;
    let texts: Vec<String> = site.rig.received(&customer).await?.into_iter().map(|shown| shown.text).collect();
    if texts.len() != 2 || !texts[1].starts_with(case.reads) {
        return Err(format!("the customer reads {texts:?}"));
    }
    let of_session = |list: &Json| items(list).into_iter().filter(|task| task["session"] == session).collect::<Vec<_>>();
    let tasks = of_session(&site.api.get("/v1/tasks").await?);
    let note = tasks.first().and_then(|task| task["note"].as_str()).unwrap_or_default();
    let told = if case.why.is_empty() {
        tasks.is_empty()
    } else {
        tasks.len() == 1
            && note.starts_with("charge of 84.50")
            && note.contains("odd.charge may or may not have been done")
            && note.contains(case.why)
    };
    if told { Ok(()) } else { Err(format!("the person reads {tasks:#?}")) }
}

/// Waits until the phone has this text of a session; behind it may stand when people answer.
async fn reads(site: &Site, session: &str, words: &str) -> Result<(), String> {
    let arrived = |list: &Json| {
        items(list).iter().any(|message| {
            let text = message["text"].as_str().unwrap_or_default();
            message["session"] == session && message["state"] == "delivered" && text.starts_with(words)
        })
    };
    site.until("/v1/messages", words, arrived).await.map(drop)
}

/// The most that the daemon ever held in memory.
fn most_memory_kib(site: &Site) -> Result<u64, String> {
    let id = site.machine.id().ok_or("the daemon has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    line.trim().trim_end_matches(" kB").parse().map_err(|error| format!("{line}: {error}"))
}

async fn serve(books: Arc<Mutex<Books>>) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The box may hang up in the middle: that is its right.
            tokio::spawn(answer(stream, Arc::clone(&books)));
        }
    });
    Ok(format!("http://{address}"))
}

async fn answer(mut stream: TcpStream, books: Arc<Mutex<Books>>) -> std::io::Result<()> {
    let Some((head, body)) = request(&mut stream).await? else { return Ok(()) };
    let account = body["account"].as_str().unwrap_or_default().to_owned();
    let asked_before = {
        let Ok(mut books) = books.lock() else { return Ok(()) };
        if !head.starts_with("POST /charge ") {
            books.elsewhere.push(head.lines().next().unwrap_or_default().to_owned());
        }
        let key = head.lines().find_map(|line| line.strip_prefix("idempotency-key: ")).unwrap_or_default().to_owned();
        let keys = books.keys.entry(account.clone()).or_default();
        keys.push(key);
        keys.len() - 1
    };
    let fine = &CASES[CASES.len() - 1];
    let case = CASES.iter().find(|case| case.account == account).unwrap_or(fine);
    if case.head.is_empty() {
        tokio::time::sleep(PATIENCE).await;
        return Ok(());
    }
    let busy = asked_before < case.busy;
    let (line, text, blanks) = if busy { ("429 Too Many Requests", "", 0) } else { (case.head, case.body, case.blanks) };
    let head = format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len() + blanks);
    stream.write_all(head.as_bytes()).await?;
    for _ in 0..blanks / PAGE {
        stream.write_all(&[b' '; PAGE]).await?;
    }
    stream.shutdown().await
}

/// The head in lower-case names as the box sends them, and the JSON behind it.
async fn request(stream: &mut TcpStream) -> std::io::Result<Option<(String, Json)>> {
    let mut octets = Vec::new();
    loop {
        let mut page = [0; 4_096];
        let count = stream.read(&mut page).await?;
        if count == 0 {
            return Ok(None);
        }
        octets.extend_from_slice(&page[..count]);
        let words = String::from_utf8_lossy(&octets).into_owned();
        if let Some((head, body)) = words.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            return Ok(Some((head.to_owned(), body)));
        }
    }
}
