//! The layer rule: imports go down only, and siblings never import each other.

use super::source::Source;
use super::{Violation, violation};

/// Every room of `src` and the floor it stands on. A new room gets its row here, with what it is for in one line.
const ROOMS: &[(&str, Floor)] = &[
    ("balance", Floor::Words),
    ("chance", Floor::Words),
    ("committed", Floor::Words),
    ("hooks", Floor::Words),
    ("ids", Floor::Words),
    ("msisdn", Floor::Words),
    ("office", Floor::Words),
    ("own_text", Floor::Words),
    ("roster", Floor::Words),
    ("settings", Floor::Words),
    ("signature", Floor::Words),
    ("target", Floor::Words),
    ("terms", Floor::Words),
    ("text", Floor::Words),
    ("time", Floor::Words),
    ("value", Floor::Words),
    ("conversation", Floor::Pure),
    ("delivery", Floor::Pure),
    ("modem", Floor::Pure),
    ("store", Floor::Store),
    ("engine", Floor::Engine),
    ("courier", Floor::Tool),
    ("endpoint", Floor::Shell),
    ("http", Floor::Shell),
    ("rehearsal", Floor::Shell),
    ("serial", Floor::Shell),
    ("timers", Floor::Shell),
    ("web", Floor::Shell),
    ("webhook", Floor::Shell),
    ("cli", Floor::Wiring),
    ("config", Floor::Wiring),
    ("daemon", Floor::Wiring),
    ("main", Floor::Wiring),
    ("telemetry", Floor::Wiring),
];

/// The floors of docs/architecture.md, lowest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Floor {
    /// L0: words that everybody shares. They may use each other.
    Words,
    /// L1: decisions. No clock, disk, thread or socket.
    Pure,
    /// L2: SQLite.
    Store,
    /// L3: what happens, one write transaction each.
    Engine,
    /// Below L4: the one HTTP client of webhook and endpoint. It knows no room above L0.
    Tool,
    /// L4: ports, sockets, timers.
    Shell,
    /// L5: start, stop and the command line. They may use each other.
    Wiring,
}

/// The room a file of `src` belongs to: `src/store/part.rs` and `src/store/mod.rs` are `store`, `src/ids.rs` is `ids`.
pub fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    Some(inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")).filter(|room| *room != "lib")
}

/// The floor of a file of `src`.
pub fn floor(path: &str) -> Option<Floor> {
    let room = room(path)?;
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Imports of one file that go up or sideways. Tests may reach anywhere.
pub fn imports(source: &Source) -> Vec<Violation> {
    let Some(here) = room(&source.path) else { return Vec::new() };
    let Some(mine) = floor(&source.path) else {
        return vec![violation(source, 0, "layers", format!("`{here}` has no floor: add its row to ROOMS in tests/it/tidy/layers.rs"))];
    };
    let used = used_rooms(source).into_iter().filter(|(offset, room)| room != here && !source.is_test(*offset));
    used.filter_map(|(offset, room)| {
        let theirs = ROOMS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)?;
        (!allowed(mine, theirs)).then(|| violation(source, offset, "layers", advice(here, mine, &room, theirs)))
    })
    .collect()
}

fn allowed(mine: Floor, theirs: Floor) -> bool {
    theirs < mine || (theirs == mine && matches!(mine, Floor::Words | Floor::Wiring))
}

fn advice(here: &str, mine: Floor, room: &str, theirs: Floor) -> String {
    if mine == theirs {
        format!("`{here}` imports its sibling `{room}`: let them meet on a floor below, or through a channel made in daemon.rs")
    } else {
        format!("`{here}` ({mine:?}) imports `{room}` ({theirs:?}) above it: move what both need down, or pass it in")
    }
}

/// Rooms named by `crate::`, `answerback::` or enough `super::`, with groups taken apart.
fn used_rooms(source: &Source) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for root in ["crate::", "answerback::"] {
        for offset in source.find(root) {
            heads(&source.code, offset + root.len(), &mut used);
        }
    }
    for offset in source.find("super::") {
        let chain = source.code[offset..].split("::").take_while(|part| *part == "super").count();
        let first = !source.code[..offset].ends_with("super::");
        if first && chain >= depth(&source.path) {
            heads(&source.code, offset + chain * "super::".len(), &mut used);
        }
    }
    used
}

/// How many `super::` lead from a file to the crate's root.
fn depth(path: &str) -> usize {
    let parts = path.split('/').count() - 1;
    if path.ends_with("/mod.rs") { parts - 1 } else { parts }
}

/// The first names of a use tree: `store::x` gives store, `{ids, store::{a, b}}` gives ids and store.
fn heads(code: &str, offset: usize, used: &mut Vec<(usize, String)>) {
    let name = |at: usize| code[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    if !code[offset..].starts_with('{') {
        used.push((offset, name(offset)));
        return;
    }
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(offset) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        let opens = matches!(byte, b'{' | b',') && depth == 1;
        if opens {
            let start = at + 1 + code[at + 1..].len() - code[at + 1..].trim_start().len();
            used.push((start, name(start)));
        }
        if depth == 0 {
            return;
        }
    }
}

/// at-commands stands alone: a grammar library, and Unicode's table of what a reader sees as one character.
const PURE_CRATES: &[&str] = &["nom", "unicode-segmentation"];

/// Dependencies of at-commands beyond its two pure ones.
pub fn manifest(text: &str) -> Vec<Violation> {
    let lines = text.lines().enumerate().skip_while(|(_, line)| line.trim() != "[dependencies]").skip(1);
    let inside = lines.take_while(|(_, line)| !line.trim().starts_with('['));
    let names = inside.filter_map(|(at, line)| line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty()).map(|name| (at, name)));
    let extra = names.filter(|(_, name)| !PURE_CRATES.contains(name) && !name.starts_with('#'));
    extra
        .map(|(at, name)| Violation {
            path: "at-commands/Cargo.toml".to_owned(),
            line: at + 1,
            rule: "layers",
            what: format!("at-commands depends only on {}, not on `{name}`: pass in what it is needed for", PURE_CRATES.join(" and ")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, code: &str, want: usize) {
        let found = imports(&Source::new(path, code));
        assert_eq!(found.len(), want, "{path}: {code}\n{found:?}");
    }

    #[test]
    fn imports_go_down_only() {
        check("src/engine/accept.rs", "use crate::store::Tx;", 0);
        check("src/store/part.rs", "use crate::engine::accept;", 1);
        check("src/store/part.rs", "fn f() { crate::engine::accept::message() }", 1);
        check("src/conversation/flow.rs", "use crate::{ids::SessionId, store, text::Text};", 1);
        check("src/conversation/flow.rs", "use crate::{\n    engine::{a, b},\n    store,\n};", 2);
        check("src/ids.rs", "use crate::time::Timestamp;", 0);
        check("src/ids.rs", "use super::store::Tx;", 1);
        check("src/main.rs", "use answerback::daemon;", 0);
        check("src/daemon.rs", "use crate::main;", 0);
    }

    #[test]
    fn siblings_never_meet() {
        check("src/http/sessions.rs", "use crate::web::page;", 1);
        check("src/http/sessions.rs", "use super::error::ApiError;", 0);
        check("src/http/sessions.rs", "use super::super::web::page;", 1);
        check("src/delivery/route.rs", "use crate::modem::Driver;", 1);
        check("src/delivery/mod.rs", "use super::modem::Driver;", 1);
    }

    #[test]
    fn tests_and_comments_may_name_anything() {
        check("src/store/part.rs", "// like crate::engine::accept\n#[cfg(test)]\nmod tests { use crate::engine::Work; }", 0);
    }

    #[test]
    fn a_room_without_a_floor_is_refused() {
        check("src/utils.rs", "", 1);
        check("src/lib.rs", "pub mod ids;", 0);
    }

    #[test]
    fn at_commands_takes_pure_crates_alone() {
        assert_eq!(manifest("[dependencies]\nnom.workspace = true\n\n[dev-dependencies]\nserde_json = \"1\"\n").len(), 0);
        assert_eq!(manifest("[dependencies]\nnom.workspace = true\ntokio = \"1\"\n")[0].line, 3);
    }
}
