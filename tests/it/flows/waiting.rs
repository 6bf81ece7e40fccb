//! What the loader refuses of events, of the steps that wait for them, and of pages: each row changes the flow of `refusals`.

use answerback::conversation::lint::Severity;

use super::refusals::{GOOD, check, findings, settings};

#[test]
fn what_an_event_says_is_known_at_every_step_that_waits() {
    let event = "event.paid = { go = \"over\", data = [\"ref\"] }";
    let put =
        |data: &str| format!("event.paid = {{ go = \"over\", data = [{data}], tell = {{ en = \"{{utility}}: paid, {{receipt}}.\" }} }}");
    check(GOOD, (event, &put("\"ref\""), "event.paid"), "`{receipt}` is not set at every step at which this may happen", "`data`");
    assert_eq!(findings(&GOOD.replacen(event, &put("\"receipt\""), 1), &settings()), [], "the event brings it");
}

#[test]
fn a_step_that_waits_for_an_event_goes_on_somewhere_when_it_happens() {
    let silent = GOOD.replacen("event.paid = { go = \"over\", data = [\"ref\"] }", "event.paid = { data = [\"ref\"] }", 1);
    let reason = "neither the step nor event.paid says where it then goes";
    check(&silent, ("wait = \"paid\"\n", "wait = \"paid\"\n", "wait = \"paid\""), reason, "go = ");
    for way in ["go = \"over\"", "on = { paid = \"over\" }"] {
        assert_eq!(findings(&silent.replacen("wait = \"paid\"\n", &format!("wait = \"paid\"\n{way}\n"), 1), &settings()), [], "{way}");
    }
    // What the event brings is there behind the step that waits for it.
    let got = silent.replacen("wait = \"paid\"\n", "wait = \"paid\"\ngo = \"got\"\n", 1);
    let got = format!("{got}\n[step.got]\ndone = {{ en = \"{{utility}}: paid, {{ref}}.\" }}\n");
    assert_eq!(findings(&got, &settings()), []);
    let brought = ("event.paid = { data = [\"ref\"] }", "event.paid = { data = [\"method\"] }", "done = { en = \"{utility}: paid, {ref}");
    check(&got, brought, "`{ref}` is not set on every way", "fill it before");
}

#[test]
fn a_link_works_once_and_takes_no_photo() {
    let page = "page = \"pay\", ttl";
    for (more, reason, proposal) in
        [("uses = 2", "a page of 2 uses: a link works once", "uses = 1"), ("uses = 0", "a page of 0 uses", "uses = 1")]
    {
        check(GOOD, (page, &format!("page = \"pay\", {more}, ttl"), "link = "), reason, proposal);
    }
    let found = findings(&GOOD.replacen(page, "page = \"pay\", photo = true, ttl", 1), &settings());
    let told: Vec<_> = found.iter().map(|finding| (finding.severity, finding.reason.contains("take no photo"))).collect();
    assert_eq!(told, [(Severity::Warning, true)], "told, and nothing else");
    for more in ["uses = 1", "photo = false"] {
        assert_eq!(findings(&GOOD.replacen(page, &format!("page = \"pay\", {more}, ttl"), 1), &settings()), [], "{more}");
    }
}

/// More reminders annoy people.
#[test]
fn a_sixth_reminder_is_refused() {
    let with = |count: usize| {
        let list: Vec<String> = (1..=count).map(|hour| format!("{{ after = \"{hour}h\" }}")).collect();
        format!("silence = {{ after = \"6h\", go = \"over\" }}\nremind = [{}]", list.join(", "))
    };
    let silence = "silence = { after = \"6h\", go = \"over\" }";
    assert_eq!(findings(&GOOD.replacen(silence, &with(5), 1), &settings()), []);
    check(GOOD, (silence, &with(6), "remind = "), "6 reminders", "at most 5");
}
