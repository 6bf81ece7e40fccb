//! What the loader refuses (conversation.md section 7): every refusal with its line, its reason and a proposal, and all of a
//! file at once. Each row changes one flow that has nothing wrong with it.

use answerback::conversation::lint::{Finding, Severity, Site, check_source};
use answerback::conversation::packs::Packs;
use answerback::settings::Settings;
use answerback::terms::default_lanes;

/// Nothing is wrong with it.
pub(super) const GOOD: &str = r#"
flow = "pay.card"
lane = "billing"
needs = { amount = "money", order = "text:12", ref = "text:12?", rows = "list" }
key = "{from}:{order}"
start = "ask"
expires = { after = "24h", event = "unanswered", go = "again" }
late = { for = "1d", go = "again" }
begin = { words = { en = ["card"], es = ["tarjeta"] } }
event.paid = { go = "over", data = ["ref"] }

[step.ask]
ask = { en = "{utility}: pay {amount}? Reply PAY or LATER.", es = "{utility}: pagar {amount}? PAGAR o LUEGO." }
want = "choice"
on = { pay = "charge", later = "wait" }
words = { pay = { en = ["pay now"], es = ["pagar"] }, later = { en = ["not now"], es = ["luego"] } }
retry = { times = 2, say = { en = "PAY or LATER?" }, go = "person" }
silence = { after = "6h", go = "over" }

[step.charge]
http = "billing.charge"
send = { order = "{order}" }
save = { receipt = "receipt" }
ok = "paid"
fail = "person"
unknown = "person"

[step.paid]
done = { en = "Paid {amount}, receipt {receipt}." }
result = "paid"

[step.person]
agent = { queue = "billing", note = "{order}: {heard}" }
tell = { en = "A person will write to you." }

[step.wait]
tell = { en = "OK. Tell us when it is paid." }
wait = "paid"
silence = { after = "12h", go = "page" }

[step.page]
link = { page = "pay", ttl = "24h", show = ["amount"], data = ["method"] }
tell = { en = "{utility}: pay here: {link}" }
on = { done = "chosen", expired = "over" }

[step.chosen]
consent = { grant = ["billing"], proof = "{heard}" }
go = "ring"

[step.ring]
callback = { queue = "billing", within = "2h" }
go = "sub"

[step.sub]
run = "bill.due"
go = "sort"

[step.sort]
when = { "method == desk" = "over", else = "rest" }

[step.rest]
ask = { en = "Which one? {rows:numbered}" }
want = "menu"
from = "rows"
as = "row"
go = "over"

[step.over]
done = { en = "{utility}: nothing to do any more." }

[step.again]
ask = { en = "{utility}: still pay {amount}? Reply Y or N." }
want = "yesno"
on = { yes = "charge", no = "over" }
"#;

/// A flow that pages people and has nothing wrong with it, either.
const PAGED: &str = r#"
flow = "door.open"
lane = "alarm"
needs = { site = "text:24" }
start = "page"
expires = "4h"

[step.page]
roster = { list = "oncall", order = "one_by_one", every = "5m" }
ask = { en = "ACK {code}: {site}. {utility}" }
want = "code"
on = { ack = "end", pass = "page" }

[step]
end = { done = true }
"#;

pub(super) fn findings(source: &str, settings: &Settings) -> Vec<Finding> {
    let packs = Packs::load(&["en".to_owned(), "es".to_owned()]).expect("packs");
    let lanes = default_lanes();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (endpoints, queues, rosters) = (names(&["billing.charge"]), names(&["billing"]), names(&["oncall"]));
    let (pages, flows) = (names(&["pay"]), names(&["bill.due"]));
    let site = Site {
        endpoints: Some(&endpoints),
        queues: Some(&queues),
        rosters: Some(&rosters),
        pages: Some(&pages),
        flows: Some(&flows),
        beside: &[],
        lanes: &lanes,
        settings,
        packs: &packs,
    };
    let (taken, found) = check_source("t.flow.toml", source, &site);
    assert_eq!(taken.is_none(), found.iter().any(|finding| finding.severity == Severity::Error), "{found:#?}");
    assert!(found.iter().all(|finding| !finding.proposal.is_empty() && !finding.reason.is_empty()), "{found:#?}");
    found
}

pub(super) fn settings() -> Settings {
    Settings {
        utility: "Northgrid".to_owned(),
        emergency: "112".to_owned(),
        public_url: "https://northgrid.example".to_owned(),
        ..Settings::default()
    }
}

/// The flow with `cut` replaced by `put` is refused on the line where `put` begins with a change: there stands `at`.
pub(super) fn check(good: &str, (cut, put, at): (&str, &str, &str), reason: &str, proposal: &str) {
    assert!(good.contains(cut), "{cut:?} is not in the flow");
    let source = good.replacen(cut, put, 1);
    let line = 1 + source[..source.find(at).unwrap_or_else(|| panic!("{at:?} is nowhere"))].matches('\n').count() as u32;
    let found = findings(&source, &settings());
    let hit = |finding: &&Finding| {
        finding.line == line
            && finding.severity == Severity::Error
            && finding.reason.contains(reason)
            && finding.proposal.contains(proposal)
    };
    assert!(found.iter().any(|finding| hit(&finding)), "line {line}: {reason:?} {proposal:?}\n{found:#?}");
}

#[test]
fn the_flows_of_this_table_have_nothing_wrong() {
    for good in [GOOD, PAGED] {
        assert_eq!(findings(good, &settings()), []);
    }
}

#[test]
fn a_reserved_consent_word_is_no_answer_in_any_language_and_no_keyword() {
    for word in [
        "stop",
        "STOP",
        "stopall",
        "stop all",
        "unsubscribe",
        "end",
        "quit",
        "cancel",
        "revoke",
        "opt out",
        "optout",
        "opt-out",
        "arret",
        "alto",
        "baja",
        "стоп",
        "pare",
        "стоп.",
    ] {
        check(GOOD, ("\"not now\"", &format!("\"{word}\""), "words = { pay"), "reserved consent word", "SKIP");
        check(GOOD, ("\"card\"", &format!("\"{word}\""), "begin = "), "reserved consent word", "another word");
    }
    for name in ["cancel", "end", "quit", "stop"] {
        let (on, words) = (format!("{name} = \"wait\" }}\n"), format!("{name} = {{ en = [\"not now\"]"));
        let renamed = GOOD.replacen("later = \"wait\" }\n", &on, 1).replacen("later = { en = [\"not now\"]", &words, 1);
        check(&renamed, ("words = { pay", "# words = { pay", "on = { pay"), "reserved consent word", "SKIP");
    }
}

#[test]
fn a_word_that_is_heard_before_any_answer_is_none() {
    for word in ["help", "INFO", "who is this", "START", "hilfe", "ayuda"] {
        check(GOOD, ("\"not now\"", &format!("\"{word}\""), "words = { pay"), "before any answer", "use another word");
    }
}

#[test]
fn a_flow_tells_no_event_in_the_name_of_the_box() {
    for event in ["session.expired", "message.delivered", "danger.heard"] {
        check(GOOD, ("event = \"unanswered\"", &format!("event = \"{event}\""), "expires = "), "by the box itself", "alarm.unanswered");
    }
}

#[test]
fn a_name_that_nobody_knows_is_refused_with_one_that_is_near() {
    for (cut, put, at, reason, proposal) in [
        ("late = {", "lates = {", "lates", "unknown key `lates`", "`late`"),
        ("result = \"paid\"", "resul = \"paid\"", "resul ", "unknown key `resul`", "`result`"),
        ("silence = { after = \"6h\"", "silence = { afte = \"1h\", after = \"6h\"", "afte ", "unknown key `afte`", "`after`"),
        ("ttl = \"24h\"", "tll = \"24h\"", "tll", "unknown key `tll`", "`ttl`"),
        ("note = \"{order}", "nte = \"x\", note = \"{order}", "nte", "unknown key `nte`", "`note`"),
        ("want = \"choice\"", "want = \"choise\"", "choise", "unknown value `choise`", "`choice`"),
        ("money\"", "mony\"", "mony", "unknown type `mony`", "money"),
        ("start = \"ask\"", "start = \"aks\"", "aks", "there is no step `aks`", "`ask`"),
        ("later = \"wait\"", "later = \"wiat\"", "wiat", "there is no step `wiat`", "`wait`"),
        ("ok = \"paid\"", "ok = \"piad\"", "piad", "there is no step `piad`", "`paid`"),
        ("go = \"again\" }\nbegin", "go = \"agin\" }\nbegin", "\"agin\"", "there is no step `agin`", "`again`"),
        ("event.paid = { go = \"over\"", "event.paid = { go = \"ovr\"", "ovr", "there is no step `ovr`", "`over`"),
        ("receipt {receipt}", "receipt {reciept}", "reciept", "there is no slot `reciept`", "`receipt`"),
        ("key = \"{from}:{order}\"", "key = \"{from}:{ordr}\"", "ordr", "there is no slot `ordr`", "`order`"),
        ("{ order = \"{order}\" }", "{ order = \"{odrer}\" }", "[step.charge]", "there is no slot `odrer`", "`order`"),
        ("show = [\"amount\"]", "show = [\"amout\"]", "[step.page]", "there is no slot `amout`", "`amount`"),
        ("method == desk", "metod == desk", "metod", "there is no slot `metod`", "`method`"),
        ("from = \"rows\"", "from = \"rwos\"", "rwos", "there is no slot `rwos`", "`rows`"),
        ("wait = \"paid\"", "wait = \"piad\"", "piad", "there is no event `piad`", "`paid`"),
        ("lane = \"billing\"", "lane = \"biling\"", "biling", "there is no lane `biling`", "`billing`"),
        ("http = \"billing.charge\"", "http = \"billing.chrge\"", "chrge", "there is no endpoint `billing.chrge`", "`billing.charge`"),
        ("page = \"pay\"", "page = \"pya\"", "pya", "there is no page `pya`", "`pay`"),
        ("queue = \"billing\", note", "queue = \"bilings\", note", "bilings", "there is no queue `bilings`", "allowed here: billing"),
        ("queue = \"billing\", within", "queue = \"bill\", within", "\"bill\"", "there is no queue `bill`", "`billing`"),
        ("run = \"bill.due\"", "run = \"bill.deu\"", "bill.deu", "there is no flow `bill.deu`", "`bill.due`"),
        ("grant = [\"billing\"]", "grant = [\"biling\"]", "biling", "there is no category `biling`", "`billing`"),
        ("paid = { go = \"over\"", "paid = { goo = \"x\", go = \"over\"", "goo", "unknown key `goo`", "`go`"),
    ] {
        check(GOOD, (cut, put, at), reason, proposal);
    }
    check(PAGED, ("list = \"oncall\"", "list = \"oncal\"", "oncal\""), "there is no roster `oncal`", "`oncall`");
    check(PAGED, ("pass = \"page\"", "pas = \"page\"", "pas "), "`pas` is no answer", "ack and pass");
}

#[test]
fn a_step_needs_a_way_out() {
    for (cut, put, at, proposal) in [
        ("wait = \"paid\"\nsilence = { after = \"12h\", go = \"page\" }", "", "[step.wait]", "go = "),
        ("on = { pay = \"charge\", later = \"wait\" }", "on = { }", "[step.ask]", "on = {"),
        ("as = \"row\"\ngo = \"over\"", "as = \"row\"", "[step.rest]", "go = "),
        (
            "unknown = \"person\"",
            "unknown = \"person\"\n[step.look]\nhttp = \"billing.charge\"\nread = true\nfail = \"over\"",
            "[step.look]",
            "ok = ",
        ),
        ("on = { done = \"chosen\", expired = \"over\" }", "on = { done = \"chosen\" }", "[step.page]", "expired"),
        (", else = \"rest\"", "", "when = ", "else = "),
        ("proof = \"{heard}\" }\ngo = \"ring\"", "proof = \"{heard}\" }", "[step.chosen]", "go = "),
        ("run = \"bill.due\"\ngo = \"sort\"", "run = \"bill.due\"", "[step.sub]", "go = "),
    ] {
        let reason = if proposal == "ok = " || (proposal == "go = " && at == "[step.sub]") { "is missing" } else { "" };
        check(GOOD, (cut, put, at), reason, proposal);
    }
    check(
        GOOD,
        ("go = \"sub\"", "go = \"bell\"\n[step.bell]\ntell = { en = \"a\" }\ngo = \"ring\"", "[step.ring]"),
        "in circles",
        "an end",
    );
}

#[test]
fn two_answers_share_no_form_also_across_languages() {
    for (cut, put, reason) in [
        ("[\"not now\"]", "[\"pay now\"]", "`pay now` is a form of"),
        ("es = [\"luego\"]", "es = [\"pay now\"]", "`pay now` is a form of"),
        ("es = [\"luego\"]", "es = [\"PAY, now\"]", "is a form of"),
        ("[\"not now\"], es = [\"luego\"]", "[\"yes\"], es = [\"luego\"]", ""),
        ("[\"not now\"], es = [\"luego\"]", "[\"vale\"], es = [\"luego\"]", ""),
    ] {
        let both = GOOD.replacen("en = [\"pay now\"]", "en = [\"pay now\", \"yes\"]", 1);
        let good = if reason.is_empty() { both.as_str() } else { GOOD };
        check(good, (cut, put, "words = { pay"), if reason.is_empty() { "take" } else { reason }, "words");
    }
}

#[test]
fn nothing_is_changed_without_somebody_who_was_asked() {
    let reason = "changes something, and nobody is asked";
    for (cut, put, at) in [
        ("late = { for = \"1d\", go = \"again\" }", "late = { for = \"1d\", go = \"charge\" }", "late = "),
        ("silence = { after = \"6h\", go = \"over\" }", "silence = { after = \"6h\", go = \"charge\" }", "silence = { after = \"6h\""),
        ("silence = { after = \"12h\", go = \"page\" }", "silence = { after = \"12h\", go = \"charge\" }", "silence = { after = \"12h\""),
        ("event.paid = { go = \"over\"", "event.paid = { go = \"charge\"", "event.paid"),
        ("event = \"unanswered\", go = \"again\"", "event = \"unanswered\", go = \"charge\"", "expires = "),
        ("wait = \"paid\"", "wait = \"paid\"\non = { paid = \"charge\" }", "on = { paid"),
        ("expired = \"over\"", "expired = \"charge\"", "on = { done"),
        ("say = { en = \"PAY or LATER?\" }, go = \"person\"", "say = { en = \"PAY or LATER?\" }, go = \"charge\"", "retry = "),
        // By way of a step that only speaks, and of one that only branches.
        ("go = \"over\", data", "go = \"by\", data", "event.paid"),
    ] {
        let by = format!(
            "{GOOD}\n[step.by]\ntell = {{ en = \"so\" }}\ngo = \"by2\"\n[step.by2]\nwhen = {{ \"ref == x\" = \"over\", else = \"charge\" }}\n"
        );
        check(&by, (cut, put, at), reason, "`ask`");
    }
}

#[test]
fn a_slot_is_set_on_every_way_to_the_text_that_uses_it() {
    check(GOOD, ("fail = \"person\"", "fail = \"paid\"", "done = { en = \"Paid"), "`{receipt}` is not set on every way", "fill it before");
    check(
        GOOD,
        ("A person will write", "{receipt}: a person will write", "tell = { en = \"{receipt}"),
        "is not set on every way",
        "leave it out",
    );
    check(GOOD, ("nothing to do any more", "nothing to do for {ref}", "done = { en = \"{utility}: nothing"), "is not set", "leave it out");
}

#[test]
fn a_change_says_what_follows_when_its_outcome_is_not_known() {
    check(GOOD, ("unknown = \"person\"\n", "", "[step.charge]"), "needs `unknown`", "read = true");
}

#[test]
fn the_first_text_names_the_utility_in_every_language() {
    check(GOOD, ("en = \"{utility}: pay {amount}", "en = \"Pay {amount}", "ask = { en = \"Pay"), "does not name the utility", "{utility}:");
    check(GOOD, ("es = \"{utility}: pagar", "es = \"pagar", "ask = { en = \"{utility}: pay"), "does not name the utility", "{utility}:");
    let ring = ("start = \"ask\"", "start = \"first\"", "[step.first]");
    let first = format!("{GOOD}\n[step.first]\nagent = {{ queue = \"billing\" }}\ntell = {{ en = \"Wait.\" }}\ngo = \"ask\"\n");
    check(&first, (ring.0, ring.1, "tell = { en = \"Wait"), "does not name the utility", "{utility}:");
}

#[test]
fn somebody_must_be_there_to_be_asked_or_rung() {
    check(GOOD, ("queue = \"billing\", note", "note", "agent = "), "is missing", "queue = ");
    check(GOOD, ("queue = \"billing\", within", "within", "callback = "), "nobody rings", "queue = ");
    check(PAGED, ("list = \"oncall\", ", "", "roster = "), "is missing", "list = ");
    check(PAGED, ("roster = { list = \"oncall\", order = \"one_by_one\", every = \"5m\" }\n", "", "[step.page]"), "go together", "both");
}

#[test]
fn only_staff_that_was_texted_is_rung_and_for_so_long() {
    let ring = |ring: &str| format!("end = {{ done = true }}\nloud = {{ ring = {ring} }}\n");
    let put = |list: &str| (PAGED.replace("pass = \"page\" }", "pass = \"loud\" }"), ring(list));
    let refused = |list: &str, at: &str, reason: &str, proposal: &str| {
        let (flow, step) = put(list);
        check(&flow, ("end = { done = true }\n", &step, at), reason, proposal);
    };
    refused("{ for = \"20s\" }, go = \"end\"", "loud = ", "is missing", "list = ");
    refused("{ list = \"oncall\", for = \"4s\" }, go = \"end\"", "loud = ", "5 to 60 seconds", "for = ");
    refused("{ list = \"oncall\", rounds = 9 }, go = \"end\"", "loud = ", "9 rounds", "1 to 5");
    refused("{ list = \"oncall\", pause = \"2h\" }, go = \"end\"", "loud = ", "at most 30m", "pause = ");
    refused("{ list = \"oncall\" }", "loud = ", "is missing", "go = ");
    refused("{ list = \"oncal\" }, go = \"end\"", "loud = ", "there is no roster `oncal`", "`oncall`");
    refused("{ list = \"oncall\" }, ok = \"end\"", "loud = ", "nobody can acknowledge while the telephones ring", "go = ");
    refused("{ list = \"oncall\" }, go = \"page\", fail = \"paeg\"", "loud = ", "there is no step `paeg`", "`page`");
    refused("{ list = \"oncall\" }, go = \"page\", after = \"page\"", "loud = ", "", "");
    let (flow, step) = put("{ list = \"oncall\" }, go = \"page\", ok = \"pay\"");
    let step = format!("{step}pay = {{ http = \"billing.charge\", ok = \"end\", fail = \"end\" }}\n");
    check(&flow, ("end = { done = true }\n", &step, "loud = "), "changes something", "lead to an `ask` first");
    let (flow, step) = put("{ list = \"oncall\" }, go = \"end\"");
    assert_eq!(findings(&flow.replace("end = { done = true }\n", &step), &settings()), [], "this one is right");
    check(
        GOOD,
        ("callback = { queue = \"billing\", within = \"2h\" }", "ring = { list = \"oncall\" }", "ring = "),
        "no step pages it",
        "callback",
    );
    let bills = flow.replace("lane = \"alarm\"", "lane = \"billing\"");
    check(&bills, ("end = { done = true }\n", &step, "loud = "), "no machine rings them", "callback");
}

#[test]
fn a_text_fits_with_its_longest_values_and_its_tag() {
    let long = |letters: usize| "x".repeat(letters);
    let put = |words: &str| format!("{{ en = \"{words}\" }}");
    let over = "{ en = \"{utility}: nothing to do any more.\" }";
    // 160 letters of the plain alphabet are one text, one more is two; with an ї two of 67 fit.
    assert_eq!(findings(&GOOD.replacen(over, &put(&format!("{{utility}}: {}", long(149))), 1), &settings()), []);
    check(GOOD, (over, &put(&format!("{{utility}}: {}", long(150))), "done = { en = \"{utility}: xx"), "2 segments, at most 1", "shorten");
    assert_eq!(findings(&GOOD.replacen(over, &put(&format!("{{utility}}: ї{}", long(122))), 1), &settings()), []);
    check(
        GOOD,
        (over, &put(&format!("{{utility}}: ї{}", long(123))), "done = { en = \"{utility}: ї"),
        "(these characters make it UCS-2: ї)",
        "shorten",
    );
    // The longest value of a slot counts, and a question keeps room for its tag.
    assert_eq!(findings(&GOOD.replacen(over, &put(&format!("{{utility}}: {{order}}{}", long(137))), 1), &settings()), []);
    check(
        GOOD,
        (over, &put(&format!("{{utility}}: {{order}}{}", long(138))), "done = { en = \"{utility}: {order}"),
        "2 segments",
        "shorten",
    );
    let still = "{utility}: still pay {amount}? Reply Y or N.";
    check(GOOD, (still, &format!("{{utility}}: {}", long(149)), "ask = { en = \"{utility}: xx"), "2 segments", "shorten");
    // Of what nobody declared a text shows 30 letters, and they are counted.
    let paid = "{ en = \"Paid {amount}, receipt {receipt}.\" }";
    let put_paid = |letters: usize| put(&format!("Paid {{amount}}, receipt {{receipt}}.{}", long(letters)));
    assert_eq!(findings(&GOOD.replacen(paid, &put_paid(107), 1), &settings()), []);
    check(GOOD, (paid, &put_paid(108), "done = { en = \"Paid"), "2 segments", "shorten");
    // A tag may have two digits, and a value is asked for with one as well.
    let yes = |letters: usize| format!("{{utility}}: {}", long(letters));
    assert_eq!(findings(&GOOD.replacen(still, &yes(133), 1), &settings()), []);
    check(GOOD, (still, &yes(134), "ask = { en = \"{utility}: xx"), "2 segments", "shorten");
    let number = |letters: usize, tag: &str| {
        let ask = format!("ask = {{ en = \"{}\" }}\nwant = \"int\"\nas = \"n\"\ngo = \"over\"\n{tag}", yes(letters));
        GOOD.replacen("later = \"wait\" }", "later = \"number\" }", 1) + &format!("\n[step.number]\n{ask}\n")
    };
    let errors = |flow: &str| findings(flow, &settings()).into_iter().filter(|finding| finding.severity == Severity::Error).count();
    assert_eq!((errors(&number(116, "")), errors(&number(117, "")), errors(&number(149, "tag = \"never\""))), (0, 1, 0));
    // A flow may allow more, or less.
    let two = GOOD.replacen("start =", "max_parts = 2\nstart =", 1);
    assert_eq!(findings(&two.replacen(over, &put(&format!("{{utility}}: {}", long(290))), 1), &settings()), []);
    check(
        &two,
        (over, &put(&format!("{{utility}}: {}", long(300))), "done = { en = \"{utility}: xx"),
        "3 segments, at most 2",
        "max_parts",
    );
    let one = two.replacen("max_parts = 2", "max_parts = 1", 1);
    check(
        &one,
        (over, &put("{utility}: ї of seventy letters and more, because they are written as UCS-2 here."), "done = { en = \"{utility}: ї"),
        "2 segments, at most 1",
        "max_parts",
    );
    check(GOOD, ("start =", "max_parts = 0\nstart =", "max_parts"), "0 parts", "1 to 6");
    // An alarm is trimmed, never refused.
    assert_eq!(findings(&PAGED.replacen("{site}. ", &long(300), 1), &settings()), []);
}

#[test]
fn an_address_is_no_text() {
    for address in ["https://northgrid.example/pay", "http://1.2.3.4", "www.northgrid.example", "northgrid.com", "pay at NORTHGRID.COM/x."]
    {
        check(GOOD, ("nothing to do any more.", address, address), "web address", "{link}");
    }
}

#[test]
fn without_an_emergency_number_and_a_control_room_nothing_is_taken() {
    for (settings, key) in [
        (Settings { emergency: String::new(), ..settings() }, "emergency"),
        (Settings { control_room: String::new(), ..settings() }, "control_room"),
    ] {
        let found = findings(GOOD, &settings);
        let [finding] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!((finding.line, finding.severity, finding.key.as_str()), (1, Severity::Error, "settings"));
        assert!(finding.reason.contains(&format!("`{key}`")) && finding.proposal.contains(key), "{finding:?}");
    }
}

#[test]
fn a_link_needs_a_public_address_and_says_so() {
    let found = findings(GOOD, &Settings { public_url: String::new(), ..settings() });
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((finding.severity, finding.key.as_str()), (Severity::Warning, "step.page"));
    assert!(finding.reason.contains("goes to `expired` at once") && finding.proposal.contains("public_url"), "{finding:?}");
}

#[test]
fn a_keyword_that_is_also_an_answer_is_warned_of() {
    let found = findings(&GOOD.replacen("[\"card\"]", "[\"card\", \"pay now\"]", 1), &settings());
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert!(finding.severity == Severity::Warning && finding.reason.contains("the answer wins"), "{finding:?}");
}

/// Changes that are refused, each by a finding of its own; the last ones are the reader's, and hide none of the others.
const WRONG: &[(&str, &str, &str)] = &[
    ("late = { for = \"1d\", go = \"again\" }", "late = { for = \"1d\", go = \"charge\" }", "late.go"),
    ("\"card\"", "\"stop\"", "begin.words"),
    ("start = \"ask\"", "start = \"aks\"", "start"),
    ("pay = \"charge\"", "pay = \"chrage\"", "step.ask.on.pay"),
    ("en = [\"not now\"]", "en = [\"cancel\"]", "step.ask.words.later"),
    ("http = \"billing.charge\"", "http = \"nobody\"", "step.charge.http"),
    ("fail = \"person\"", "fail = \"paid\"", "step.paid.done"),
    ("queue = \"billing\", note", "queue = \"nobody\", note", "step.person.agent.queue"),
    ("A person will", "www.x.com will", "step.person.tell.en"),
    ("grant = [\"billing\"]", "grant = [\"bills\"]", "step.chosen.consent"),
    ("lane = \"billing\"", "lnae = \"billing\"", "lane"),
    ("lane = \"billing\"", "lnae = \"billing\"", "lnae"),
    ("unknown = \"person\"\n", "", "step.charge.unknown"),
    ("want = \"menu\"", "want = \"meni\"", "step.rest.want"),
    ("[step.sub]\nrun", "[step.sub]\nrnu", "step.sub"),
];

#[test]
fn all_that_is_wrong_with_a_file_comes_at_once() {
    let source = WRONG.iter().fold(GOOD.to_owned(), |source, (cut, put, _)| source.replacen(cut, put, 1));
    let found = findings(&source, &settings());
    for (_, _, key) in WRONG {
        assert!(found.iter().any(|finding| finding.key == *key), "nothing of {key}: {found:#?}");
    }
    assert!(found.is_sorted_by_key(|finding| finding.line), "{found:#?}");
    // What is there and cannot be read is not said to be missing.
    let missing = found.iter().find(|finding| ["`rest`", "`sub`"].iter().any(|step| finding.reason.contains(&format!("no step {step}"))));
    assert_eq!(missing, None);
    assert!(!found.iter().any(|finding| finding.reason.contains("``")), "{found:#?}");
}
