//! What may be used only in named places: SQL, status codes, clocks, tasks, JSON, private words in logs, panics.

use super::layers::{Floor, floor};
use super::source::Source;
use super::{Violation, violation};

/// One ban on words of the code.
struct Ban {
    /// Its name in messages.
    rule: &'static str,
    /// What may not stand there, as whole words.
    words: &'static [&'static str],
    /// Where it holds.
    over: Scope,
    /// Paths that may, each with its reason beside it.
    except: &'static [&'static str],
    /// What to do instead.
    instead: &'static str,
}

#[derive(Clone, Copy)]
enum Scope {
    /// at-commands, L0, L1 and the emulator's brain, network and dialects.
    Pure,
    /// L1 alone.
    Decisions,
    /// All of the daemon and at-commands.
    Product,
    /// Everything, tests too.
    Everywhere,
}

const BANS: &[Ban] = &[
    Ban {
        rule: "pure",
        words: &[
            "std::fs",
            "std::io",
            "std::env",
            "std::thread",
            "std::process",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "tokio",
            "rusqlite",
            "axum",
            "tracing",
        ],
        over: Scope::Pure,
        except: &[],
        instead: "the core takes bytes, time and chance as arguments and returns what to do: move this into a shell (L4)",
    },
    Ban { rule: "json", words: &["serde_json"], over: Scope::Decisions, except: &[], instead: "L1 knows `Value`; L4 turns it into JSON" },
    Ban {
        rule: "clock",
        words: &[
            "Instant::now",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
            "clock_gettime",
            "UNIX_EPOCH",
            "CLOCK_REALTIME",
            "CLOCK_MONOTONIC",
        ],
        over: Scope::Product,
        // The one place that reads a clock.
        except: &["src/time.rs"],
        instead: "take `now` as an argument, or ask a `Clock` (src/time.rs)",
    },
    Ban {
        rule: "tasks",
        words: &["tokio::spawn", "thread::spawn", "thread::Builder", "task::spawn", "JoinSet", "spawn_blocking"],
        over: Scope::Product,
        // The writer is a thread, and the readers stand on blocking threads.
        except: &["src/store/writer", "src/store/reader", SHELLS],
        instead: "only shells (L4-L5) and the writer start tasks: return what to do, and let the shell do it",
    },
    Ban {
        rule: "sqlite",
        words: &["rusqlite"],
        over: Scope::Product,
        except: &["src/store/"],
        instead: "ask a function of src/store/<table>.rs",
    },
    Ban {
        rule: "status codes",
        words: &["StatusCode::"],
        over: Scope::Product,
        // The two rooms that answer HTTP.
        except: &["src/http/", "src/web/"],
        instead: "return a reason with a stable code; http and web choose the status (readers ask `.is_success()` or `.as_u16()`)",
    },
    Ban {
        rule: "commit before delete",
        words: &["after_commit"],
        over: Scope::Product,
        except: &["src/store/", "src/committed.rs"],
        instead: "only the store proves a commit: return the value from the writer's job and take the `Committed` it answers",
    },
    Ban {
        rule: "prints",
        words: &["println!", "print!", "eprintln!", "eprint!"],
        over: Scope::Product,
        // The command line talks to a person.
        except: &["src/cli/", "src/main.rs"],
        instead: "log with tracing, or return the text",
    },
    Ban {
        rule: "unfinished",
        words: &["todo!", "unimplemented!", "#[ignore"],
        over: Scope::Everywhere,
        except: &[],
        instead: "finish it or take it out; refuse by name what is not built",
    },
];

/// Stands in a list of exceptions for every room of L4 and L5.
const SHELLS: &str = "L4-L5";

/// Every ban broken by one file.
pub fn violations(source: &Source) -> Vec<Violation> {
    let mut found: Vec<Violation> = BANS.iter().flat_map(|ban| words(source, ban)).collect();
    found.extend(sql(source));
    found.extend(panics(source));
    found.extend(reasons(source));
    found.extend(private_words(source));
    found
}

fn words(source: &Source, ban: &Ban) -> Vec<Violation> {
    if source.path.starts_with("tests/it/tidy") || !holds(ban.over, &source.path) || ban.except.iter().any(|path| excepted(path, source)) {
        return Vec::new();
    }
    let everywhere = matches!(ban.over, Scope::Everywhere);
    let places = ban.words.iter().flat_map(|word| source.find(word).into_iter().map(move |offset| (offset, *word)));
    let places = places.filter(|(offset, _)| everywhere || !source.is_test(*offset));
    places.map(|(offset, word)| violation(source, offset, ban.rule, format!("`{word}` does not belong here: {}", ban.instead))).collect()
}

fn excepted(path: &str, source: &Source) -> bool {
    if path == SHELLS {
        return floor(&source.path).is_some_and(|floor| floor >= Floor::Shell);
    }
    source.path.starts_with(path)
}

fn holds(scope: Scope, path: &str) -> bool {
    let of_codec = path.starts_with("at-commands/src/");
    match scope {
        Scope::Pure => of_codec || floor(path).is_some_and(|floor| floor <= Floor::Pure) || BRAIN.iter().any(|part| path.starts_with(part)),
        Scope::Decisions => floor(path) == Some(Floor::Pure),
        Scope::Product => of_codec || path.starts_with("src/"),
        Scope::Everywhere => true,
    }
}

/// The emulator's own pure core.
const BRAIN: &[&str] = &["hil-tests/src/emulator/brain", "hil-tests/src/emulator/network", "hil-tests/src/emulator/dialect"];

/// SQL stands in src/store alone, one statement per function.
fn sql(source: &Source) -> Vec<Violation> {
    if source.path.starts_with("src/store/") || !holds(Scope::Product, &source.path) {
        return Vec::new();
    }
    let statements = source.strings.iter().filter(|(line, text)| is_sql(text) && !source.is_test_line(*line));
    statements
        .map(|(line, _)| Violation {
            path: source.path.clone(),
            line: *line,
            rule: "sql",
            what: "SQL outside src/store: give the statement a function in src/store/<table>.rs, named for what it does".to_owned(),
        })
        .collect()
}

fn is_sql(text: &str) -> bool {
    let has = |words: &[&str]| words.iter().all(|word| text.split_whitespace().any(|part| part == *word));
    let pairs: &[&[&str]] = &[
        &["SELECT", "FROM"],
        &["INSERT", "INTO"],
        &["UPDATE", "SET"],
        &["DELETE", "FROM"],
        &["CREATE", "TABLE"],
        &["BEGIN", "IMMEDIATE"],
        &["PRAGMA"],
        &["SAVEPOINT"],
    ];
    pairs.iter().any(|words| has(words))
}

/// A panic on purpose needs its proof beside it; anything from a modem, a customer or a client is input.
fn panics(source: &Source) -> Vec<Violation> {
    let words = [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err(", "panic!", "unreachable!"];
    let places = words.iter().flat_map(|word| source.find(word).into_iter().map(move |offset| (offset, *word)));
    let bare = places.filter(|(offset, _)| !source.is_test(*offset) && !source.has_reason(source.line_of(*offset)));
    bare.map(|(offset, word)| {
        violation(
            source,
            offset,
            "panics",
            format!("`{word}` without a comment beside it that proves it cannot happen: prove it, or return the error"),
        )
    })
    .collect()
}

/// A rule is relaxed only with its reason beside it.
fn reasons(source: &Source) -> Vec<Violation> {
    let words = ["unsafe", "#[allow(", "#![allow(", "#[expect(", "#![expect("];
    let places = words.iter().flat_map(|word| source.find(word).into_iter().map(move |offset| (offset, *word)));
    let bare = places.filter(|(offset, word)| {
        let spoken = word.starts_with('#') && source.code[source.bracketed(*offset)].contains("reason =");
        !spoken && !source.has_reason(source.line_of(*offset))
    });
    bare.map(|(offset, word)| violation(source, offset, "reasons", format!("`{word}` without a reason: say why beside it"))).collect()
}

/// Bodies and whole numbers never reach a log line.
fn private_words(source: &Source) -> Vec<Violation> {
    let macros =
        ["trace!", "debug!", "info!", "warn!", "error!", "event!", "span!", "info_span!", "debug_span!", "error_span!", "warn_span!"];
    let calls = macros.iter().flat_map(|name| source.find(name));
    let mut found = Vec::new();
    for call in calls.filter(|call| !source.is_test(*call)) {
        let inside = source.bracketed(call);
        for word in [".expose()", ".e164()", ".digits()"] {
            let places = source.code[inside.clone()].match_indices(word).map(|(at, _)| inside.start + at);
            found.extend(places.map(|at| {
                violation(
                    source,
                    at,
                    "private words",
                    format!("`{word}` in a log line: log the id, or the number as it prints itself (+1555***0100)"),
                )
            }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, code: &str, rules: &[&str]) {
        let found: Vec<&str> = violations(&Source::new(path, code)).iter().map(|violation| violation.rule).collect();
        assert_eq!(found, rules, "{path}: {code}");
    }

    #[test]
    fn the_core_is_pure() {
        check("at-commands/src/chat.rs", "use std::time::Instant; fn f() { Instant::now(); }", &["clock"]);
        check("src/modem/driver.rs", "use tokio::sync::mpsc;", &["pure"]);
        check("src/delivery/route.rs", "std::fs::read(path)", &["pure"]);
        check("hil-tests/src/emulator/brain.rs", "use tokio::io;", &["pure"]);
        check("hil-tests/src/emulator/pty.rs", "use tokio::io;", &[]);
        check("src/conversation/flow.rs", "serde_json::Value", &["json"]);
        check("src/http/error.rs", "serde_json::Value", &[]);
    }

    #[test]
    fn one_file_reads_the_clock() {
        for word in ["Instant::now()", "SystemTime::UNIX_EPOCH", "jiff::Timestamp::now()", "jiff::Zoned::now()"] {
            assert!(!violations(&Source::new("src/http/auth.rs", word)).is_empty(), "{word}");
            check("src/time.rs", word, &[]);
        }
        check("src/http/auth.rs", "#[cfg(test)]\nmod tests { fn f() { Instant::now() } }", &[]);
    }

    #[test]
    fn shells_alone_start_tasks() {
        check("src/serial/supervisor.rs", "tokio::spawn(x)", &[]);
        check("src/daemon.rs", "std::thread::spawn(x)", &[]);
        check("src/store/writer.rs", "std::thread::spawn(x)", &[]);
        check("src/store/part.rs", "std::thread::spawn(x)", &["tasks"]);
        check("src/engine/accept.rs", "tokio::spawn(x)", &["tasks"]);
    }

    #[test]
    fn sql_stays_in_the_store() {
        let statement = r#"tx.run("SELECT id FROM part WHERE state = ?1")"#;
        check("src/engine/accept.rs", statement, &["sql"]);
        check("src/store/part.rs", statement, &[]);
        check("src/cli/tail.rs", r#"help("Select a flow from the list")"#, &[]);
        check("src/engine/accept.rs", "use rusqlite::Error;", &["sqlite"]);
    }

    #[test]
    fn http_and_web_choose_status_codes() {
        check("src/engine/accept.rs", "StatusCode::NOT_FOUND", &["status codes"]);
        check("src/webhook/sender.rs", "response.status().is_success()", &[]);
        check("src/http/error.rs", "StatusCode::NOT_FOUND", &[]);
    }

    #[test]
    fn the_store_alone_proves_a_commit() {
        check("src/serial/supervisor.rs", "Committed::after_commit(slot)", &["commit before delete"]);
        check("src/store/writer.rs", "Committed::after_commit(slot)", &[]);
    }

    #[test]
    fn a_panic_carries_its_proof() {
        check("src/engine/accept.rs", "fn f() {\n    x.unwrap();\n}", &["panics"]);
        check("src/engine/accept.rs", "fn f() {\n    // Checked above.\n    x.unwrap();\n}", &[]);
        check("src/engine/accept.rs", "fn f() {\n    x.expect(\"y\"); // Checked above.\n}", &[]);
        check("src/engine/accept.rs", "x.unwrap_or(1); x.expected(1);", &[]);
        check("tests/it/http.rs", "x.unwrap();", &[]);
    }

    #[test]
    fn a_rule_is_relaxed_with_a_reason() {
        check("src/serial/port.rs", "unsafe { f() }", &["reasons"]);
        check("src/serial/port.rs", "// The fd is ours until drop.\nunsafe { f() }", &[]);
        check("src/serial/port.rs", "#[allow(dead_code)]", &["reasons"]);
        check("src/serial/port.rs", "#[expect(dead_code, reason = \"kept for the drop\")]", &[]);
    }

    #[test]
    fn private_words_stay_out_of_logs() {
        check("src/serial/supervisor.rs", "info!(to = %number, \"Part {id} submitted\");", &[]);
        check("src/serial/supervisor.rs", "info!(\n    to = number.e164(),\n    \"x\"\n);", &["private words"]);
        check("src/serial/supervisor.rs", "warn!(body = text.expose(), \"x\")", &["private words"]);
    }

    #[test]
    fn nothing_is_left_for_later() {
        check("src/engine/accept.rs", "todo!()", &["unfinished"]);
        check("tests/it/http.rs", "#[ignore = \"slow\"]\nfn f() {}", &["unfinished"]);
        check("src/engine/accept.rs", "println!(\"x\")", &["prints"]);
    }
}
