//! Reads what a rebuilt database says, as it is found and after R0. It opens it as the daemon does, and reads it with SQL of
//! its own: what the product's readers would overlook counts too.

use std::collections::BTreeMap;
use std::path::Path;

use answerback::chance::Os;
use answerback::engine::{Reject, Shelf, Work, restart};
use answerback::store::{FILE, Store};
use answerback::time::{Clock as _, SystemClock};
use at_commands::pdu::Smsc;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value as Json;

use super::judge::{Attempt, Call, Facts, Part};
use super::marks::identity;

/// Opens the database of a state directory, checks it, reads it, does R0 and reads it again. The shelf is one for all disks
/// of a recording: the configuration is the same wherever its mark is.
pub fn examine(dir: &Path, shelf: &Shelf) -> Result<(Facts, Facts), String> {
    let mut store = Store::open(dir).map_err(|error| error.to_string())?;
    store.check().map_err(|error| error.to_string())?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(dir.join(FILE), flags).map_err(|error| error.to_string())?;
    let found = read(&connection).map_err(|error| error.to_string())?;
    let restarted = store.transact::<_, Reject>(|tx| {
        let now = SystemClock.now();
        let book = shelf.book(tx, now)?;
        restart::all(&mut Work { tx, now, chance: &mut Os, book: &book })
    });
    restarted.map_err(|reject| format!("R0: {reject}"))?;
    Ok((found, read(&connection).map_err(|error| error.to_string())?))
}

fn read(connection: &Connection) -> rusqlite::Result<Facts> {
    let of = |sql: &str| -> rusqlite::Result<Vec<String>> { all(connection, sql, |row| row.get(0)) };
    let ids = "SELECT id FROM message UNION ALL SELECT id FROM session UNION ALL SELECT id FROM api_key UNION ALL SELECT id FROM webhook";
    let answers = of("SELECT answer FROM idempotency")?;
    let id_of =
        |answer: &String| serde_json::from_str::<Json>(answer).ok().and_then(|answer| answer["body"]["id"].as_str().map(str::to_owned));
    let inbound = "SELECT hex FROM inbound_part UNION SELECT hex FROM report UNION SELECT hex FROM inbound WHERE hex IS NOT NULL";
    let gap = "SELECT COUNT(*) <> COALESCE(MAX(seq), 0) FROM event";
    Ok(Facts {
        ids: of(ids)?.into_iter().collect(),
        repeatable: answers.iter().filter_map(id_of).collect(),
        parts: parts(connection)?,
        inbound: of(inbound)?.into_iter().collect(),
        calls: all(connection, "SELECT session || ':' || step || ':' || visit, state, read FROM calling", call)?.into_iter().collect(),
        events: of("SELECT id FROM event")?.into_iter().collect(),
        gap: connection.query_row(gap, [], |row| row.get(0))?,
    })
}

fn call(row: &Row<'_>) -> rusqlite::Result<(String, Call)> {
    Ok((row.get(0)?, Call { state: row.get(1)?, read: row.get(2)? }))
}

fn parts(connection: &Connection) -> rusqlite::Result<Vec<Part>> {
    let named = |row: &Row<'_>| -> rusqlite::Result<String> { Ok(format!("{}/{}", row.get::<_, String>(0)?, row.get::<_, u8>(1)?)) };
    let mut attempts: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
    let made = |row: &Row<'_>| Ok((named(row)?, Attempt { state: row.get(2)?, again: row.get(3)? }));
    for (part, attempt) in all(connection, "SELECT message, seq, state, again FROM attempt ORDER BY id", made)? {
        attempts.entry(part).or_default().push(attempt);
    }
    let sql = "SELECT part.message, part.seq, part.pdu, part.state, message.policy, part.possibly_twice
               FROM part JOIN message ON message.id = part.message";
    all(connection, sql, |row| {
        let (name, pdu) = (named(row)?, row.get::<_, Vec<u8>>(2)?);
        Ok(Part {
            attempts: attempts.remove(&name).unwrap_or_default(),
            name,
            // A part that is no SUBMIT matches nothing that left, and that is then told.
            pdu: identity(&pdu, Smsc::Absent).unwrap_or(pdu),
            state: row.get(3)?,
            policy: row.get(4)?,
            possibly_twice: row.get(5)?,
        })
    })
}

fn all<T>(connection: &Connection, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map([], read)?.collect()
}
