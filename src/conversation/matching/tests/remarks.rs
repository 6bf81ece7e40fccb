//! What people say beside an answer: what leaves it as it is, and what turns it.

use super::{HEAD, Prompt, YESNO};

fn visit(asked: &str) -> Prompt {
    Prompt::of(&format!("{}{YESNO}", HEAD.replace("\"x\"", asked)), "ask", &[])
}

#[test]
fn a_plain_yes_to_a_visit_may_have_a_remark() {
    for (asked, text, is_yes) in [
        ("\"Can our crew come Tuesday?\"", "Yes, my kids are at nursery", true),
        ("\"Can our crew come Tuesday?\"", "It's ok, my husband mended it", false),
        ("\"Can our crew come Tuesday?\"", "Si puedo les aviso", false),
        ("\"Shall we drop the visit of the crew?\"", "Yes, my kids are at nursery", false),
        ("\"Is your power back?\"", "Yes, my kids are at nursery", false),
    ] {
        assert_eq!(visit(asked).hears(text) == "yes", is_yes, "{asked} {text}");
    }
}

#[test]
fn somebody_who_opens_makes_up_for_who_is_away() {
    let prompt = visit("\"Can our crew come Tuesday at 10:00?\"");
    let wrong: Vec<&str> = [
        ("Yes, my neighbour will let you in, I'm at work", true),
        ("Ja, meine Schwiegermutter macht auf, ich bin in der Arbeit", true),
        ("Так, сусідка відчинить, я на зміні", true),
        ("Ja, mijn schoonmoeder doet open want ik moet werken", true),
        ("My neighbour will let you in, I'm at work", false),
        ("Ok, nobody will be home", false),
        ("Ok, I cant let you in", false),
        ("Vale, mi marido no estará en casa", false),
        ("Ok, nikogo nie będzie w domu", false),
        ("Хорошо, никого не будет дома", false),
        ("好的，没人开门", false),
        ("了解です。火曜日は不在にしております。", false),
        ("Ok sorry can't do it, my son is home sick", false),
        ("Ok. No, my wife will be home", false),
        ("Ok, não posso, minha mãe vai estar em casa doente", false),
        ("Yes when my husband is home", false),
        ("Ja wenn der Nachbar aufmachen kann", false),
        ("Да когда муж будет дома", false),
        ("Yes, my wife will be home after the school run", false),
        ("好的，我妈回来以后开门", false),
        ("Yes 2pm neighbour will let you in", false),
        ("Да 14 сосед откроет", false),
        ("Yes 26th my wife is home", false),
        ("好的按11点来", false),
        ("It's fine, my husband is home and mended it", false),
    ]
    .into_iter()
    .filter(|(text, is_yes)| (prompt.hears(text) == "yes") != *is_yes)
    .map(|(text, _)| text)
    .collect();
    assert_eq!(wrong, [""; 0]);
    assert_ne!(prompt.hears("No abre el portero"), "no");
}

#[test]
fn how_to_get_in_takes_no_yes_back() {
    let prompt = visit("\"Can our crew come Tuesday at 10:00?\"");
    let wrong: Vec<&str> = [
        ("Yes, the doorbell doesn't work, please knock", true),
        ("Да, домофон не работает", true),
        ("Yes but the doorbell doesn't work", false),
        ("Yes, flat 4, 3rd floor, mind the dog", true),
        ("The doorbell doesn't work", false),
        ("No, the doorbell doesn't work", false),
        ("Yes but does the doorbell work?", false),
        ("Yes but knock at 11", false),
        ("Yes but only if the dog is out", false),
        ("Yes but the dog is here so don't come", false),
        ("Yes but ring the bell on Friday", false),
    ]
    .into_iter()
    .filter(|(text, is_yes)| (prompt.hears(text) == "yes") != *is_yes)
    .map(|(text, _)| text)
    .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_value_stands_beside_what_belongs_to_it() {
    let asks = |want: &str| Prompt::of(&format!("{HEAD}{want}\nas = \"value\"\ngo = \"end\"\n"), "ask", &[]);
    for (want, text, value) in [
        ("want = \"score\"\nrange = [0, 10]", "2 because they were late", "2"),
        ("want = \"score\"\nrange = [0, 10]", "9, minus one for the mud", "9"),
        ("want = \"score\"\nrange = [0, 10]", "10, minus 1 = 9", "unclear"),
        ("want = \"score\"\nrange = [0, 10]", "8, one point off so 7", "unclear"),
        ("want = \"score\"\nrange = [0, 10]", "10, minus 2 for the mud", "unclear"),
        ("want = \"score\"\nrange = [0, 10]", "10 when they come on time", "unclear"),
        ("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000", "Hello, 05 908, thanks", "05908"),
        ("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000", "It's 05230 and a 7 in red", "05230"),
        ("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000", "05588,4", "05588"),
        ("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000", "05588 or 05598", "unclear"),
        ("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000", "05588 and 4 cats", "unclear"),
        ("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000", "zero six zero four four", "06044"),
        ("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000", "zero six zero four", "none"),
        ("want = \"time\"", "at 4", "unclear"),
        ("want = \"time\"", "half past two", "unclear"),
        ("want = \"time\"", "at 4 in the afternoon", "16:00:00"),
        ("want = \"money\"", "centoventitré e cinquanta", "123.50"),
        ("want = \"money\"", "trinta e seis e oitenta", "36.80"),
        ("want = \"date\"", "Friday after Christmas", "unclear"),
        ("want = \"int\"\nmin = 0\nmax = 10", "six with the grandparents", "6"),
        ("want = \"int\"\nmin = 0\nmax = 10", "On habite avec mes grands-parents", "unclear"),
        ("want = \"int\"\nmin = 0\nmax = 10", "My husband with 3 nephews", "unclear"),
        ("want = \"int\"\nmin = 0\nmax = 10", "10 years with my wife", "unclear"),
        ("want = \"int\"\nmin = 0\nmax = 10", "прописаны трое, а живем вдвоем", "unclear"),
    ] {
        assert_eq!(asks(want).hears(text), value, "{want} {text}");
    }
}
