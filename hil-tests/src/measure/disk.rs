//! What one fsync costs on the measured disk: the limit of every durable answer.

use std::io::{self, Write as _};
use std::path::Path;

use answerback::time::{Clock as _, SystemClock};

use super::Spread;

const WRITES: usize = 500;
const OCTETS: usize = 4096;

/// Appends a page and syncs it, again and again.
pub(super) fn fsync(dir: &Path) -> io::Result<Spread> {
    let mut file = tempfile::tempfile_in(dir)?;
    let page = vec![0x5A; OCTETS];
    let mut times = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let begun = SystemClock.tick();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(SystemClock.tick().since(begun));
    }
    Ok(Spread::of(times))
}
