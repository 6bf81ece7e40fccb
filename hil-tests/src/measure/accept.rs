//! From the POST to the 202 that promises the message is on disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use answerback::time::{Clock as _, SystemClock};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Options, SETTINGS, Spread, folder, resident_kib};
use crate::api::Api;
use crate::machine::Machine;

const CLIENTS: [usize; 2] = [1, 64];

/// A daemon without modems takes texts from one client, then from many.
pub(super) async fn measure(options: &Options, tell: &mut impl FnMut(&str)) -> Result<(), String> {
    let folder = folder(options)?;
    let machine = Machine::start(&options.program, folder.path(), &[]).await?;
    machine.import("settings.toml", SETTINGS).await?;
    let api = machine.api(machine.key("measure", &["send:notice", "read"]).await?);
    tell(&format!("memory          started: {} KiB resident", resident_kib(&machine).unwrap_or_default()));
    for clients in CLIENTS {
        let count = if clients == 1 { options.accepts / 10 } else { options.accepts };
        let begun = SystemClock.tick();
        let times = posts(&api, clients, count).await?;
        let seconds = SystemClock.tick().since(begun).as_secs_f64();
        let rate = times.len() as f64 / seconds;
        tell(&format!("accept          {clients} clients: {rate:.0}/s; {}", Spread::of(times)));
    }
    tell(&format!("memory          after them: {} KiB resident", resident_kib(&machine).unwrap_or_default()));
    machine.stop().await;
    Ok(())
}

/// Accepts texts from so many clients at once.
pub(super) async fn posts(api: &Api, clients: usize, count: usize) -> Result<Vec<std::time::Duration>, String> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let (api, next) = (api.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok::<_, String>(times);
                }
                let body = json!({ "to": format!("+1555{:07}", number), "text": "Power will be off on Tuesday from 9 to 11.", "policy": "notice" });
                let begun = SystemClock.tick();
                api.post("/v1/messages", &format!("measure-{clients}-{client}-{number}"), &body).await?;
                times.push(SystemClock.tick().since(begun));
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done.map_err(|error| error.to_string())??);
    }
    Ok(all)
}
