//! Texts that look like an answer and are another one, or none.

use super::{HEAD, Prompt, YESNO};

pub(super) fn prompt(want: &str) -> Prompt {
    Prompt::of(&format!("{HEAD}{want}\nas = \"value\"\ngo = \"end\"\n"), "ask", &[])
}

fn yesno(asked: &str) -> Prompt {
    Prompt::of(&format!("{}{YESNO}", HEAD.replace("\"x\"", asked)), "ask", &[])
}

/// None of these is heard as the answer beside it.
pub(super) fn check(prompt: &Prompt, table: &[(&str, &str)]) {
    let wrong: Vec<String> =
        table.iter().filter(|(text, answer)| prompt.hears(text) == *answer).map(|(text, answer)| format!("{text}: {answer}")).collect();
    assert_eq!(wrong, [""; 0]);
}

/// Each of these is.
pub(super) fn hears(prompt: &Prompt, table: &[(&str, &str)]) {
    for (text, answer) in table {
        assert_eq!(prompt.hears(text), *answer, "{text}");
    }
}

const VISIT: &str = "\"Can our crew come Tuesday at 10:00?\"";

#[test]
fn a_letter_of_the_other_answer_is_no_name() {
    let prompt = yesno(VISIT);
    check(&prompt, &[("Ok, N", "yes"), ("Y - N", "yes"), ("ok\nn", "yes"), ("Yes please - n", "yes"), ("Да, Н", "yes"), ("No, Y", "no")]);
    hears(&prompt, &[("Y - John Miller", "yes"), ("Yes, M", "yes"), ("Yes, Y", "yes")]);
}

#[test]
fn who_ends_a_visit_does_not_agree_to_it() {
    check(
        &yesno(VISIT),
        &[
            ("Да, отмените", "yes"),
            ("Так, скасуйте", "yes"),
            ("Sì, cancellate", "yes"),
            ("Sì, disdite", "yes"),
            ("Sí, anulen la cita", "yes"),
            ("Ja, Termin streichen", "yes"),
            ("Tak, odwołajcie", "yes"),
            ("Yes, call it off", "yes"),
            ("Yes, my husband is home, it's already fixed", "yes"),
            ("Tak, mąż będzie w domu, już naprawione", "yes"),
            ("Yes, husband 15:00", "yes"),
            ("Yes, ring 2pm", "yes"),
            ("Yes, nobody can answer the doorbell", "yes"),
            ("Да, на домофон никто не ответит", "yes"),
            ("Ja, niemand öffnet die Haustür", "yes"),
            ("Yes, at the weekend", "yes"),
            ("Yes, Boxing Day", "yes"),
            ("Да, попозже", "yes"),
            ("Yes, wrong address", "yes"),
            ("Sí, el banco abre, trabajo", "yes"),
            ("Ja, der Laden öffnet, ich muss arbeiten", "yes"),
        ],
    );
}

#[test]
fn no_need_answers_nothing_where_something_shall_end() {
    let prompt = yesno("\"Shall we drop the visit of the crew?\"");
    check(
        &prompt,
        &[("No visit needed", "no"), ("nicht mehr nötig", "no"), ("ya no hace falta", "no"), ("не надо", "no"), ("不用了", "no")],
    );
    hears(&prompt, &[("No", "no"), ("Yes", "yes")]);
    hears(&yesno(VISIT), &[("nicht mehr nötig", "no"), ("ya no hace falta", "no"), ("it's already fixed", "no")]);
    check(&yesno("\"Have you sent the form?\""), &[("It's sorted", "no"), ("ist erledigt", "no"), ("уже сделали", "no")]);
}

#[test]
fn a_day_on_which_nobody_is_there_is_not_the_day() {
    check(
        &prompt("want = \"date\""),
        &[
            ("Friday I'm away", "2026-11-27"),
            ("between 5 and 6", "2027-06-05"),
            ("2-3 days", "2027-03-02"),
            ("10:30", "2027-10-30"),
            ("10:30", "2026-10-30"),
        ],
    );
}

#[test]
fn an_hour_is_no_range_and_no_duration() {
    let prompt = prompt("want = \"time\"");
    check(
        &prompt,
        &[
            ("8-10", "08:10:00"),
            ("15-17 Uhr", "15:17:00"),
            ("5-6 pm", "17:06:00"),
            ("2:30", "02:30:00"),
            ("3:00", "03:00:00"),
            ("tonight at 5", "05:00:00"),
            ("in 20 minutes", "20:00:00"),
            ("через 20 минут", "20:00:00"),
            ("十一點半", "10:30:00"),
            ("en fin d'après-midi", "12:00:00"),
        ],
    );
    hears(
        &prompt,
        &[("8:30", "08:30:00"), ("05:30", "05:30:00"), ("half past ten", "10:30:00"), ("tonight at 8", "20:00:00"), ("14-00", "14:00:00")],
    );
}

#[test]
fn not_everybody_is_named() {
    let prompt = prompt("want = \"int\"\nmin = 0\nmax = 10");
    check(
        &prompt,
        &[
            ("My wife and 2 kids", "3"),
            ("5 and me", "5"),
            ("4 und ich", "4"),
            ("nobody but me", "0"),
            ("2, nobody else", "0"),
            ("eu, minha mãe e meu irmão", "2"),
        ],
    );
    hears(
        &prompt,
        &[
            ("me, my wife and 2 kids", "4"),
            ("me, my wife and my brother", "3"),
            ("eu, minha mãe e meu irmão", "3"),
            ("nobody, house is empty", "0"),
            ("2 adults 2 kids", "4"),
            ("2 adults and a baby", "3"),
        ],
    );
}

#[test]
fn a_score_that_was_not_given() {
    let prompt = prompt("want = \"score\"\nrange = [0, 10]");
    check(
        &prompt,
        &[
            ("10, minus one for the mud", "10"),
            ("10, lost a point", "10"),
            ("10, ein Punkt Abzug", "10"),
            ("10, минус балл", "10"),
            ("10，扣一分", "10"),
            ("Would have been a 10, they came late", "10"),
            ("hätte 10 gegeben, kamen zu spät", "10"),
            ("less than 5", "5"),
            ("You are number one!", "1"),
            ("Vous êtes numéro un", "1"),
            ("Вы номер один", "1"),
            ("one of the best", "1"),
            ("prima hoor", "1"),
        ],
    );
    hears(&prompt, &[("9, minus one for the mud", "9"), ("I would give 8", "8"), ("10, the best", "10"), ("9, would use again", "9")]);
}

#[test]
fn a_moment_is_no_option() {
    let prompt = Prompt::of(
        &format!(
            "{}want = \"menu\"\non = {{ 1 = \"end\", 2 = \"end\", 3 = \"end\" }}\n",
            HEAD.replace("\"x\"", "\"Reply 1 now, 2 later, 3 never\"")
        ),
        "ask",
        &[],
    );
    check(
        &prompt,
        &[("One second", "2"), ("a second", "2"), ("any of the 3", "3"), ("all 3", "3"), ("one of these", "1"), ("一会儿", "1")],
    );
    hears(&prompt, &[("the second", "2"), ("2 please", "2"), ("option two", "2")]);
}

#[test]
fn figures_that_are_something_else() {
    let reading = prompt("want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000");
    check(&reading, &[("about 04417", "04417"), ("last month 05588", "05588"), ("04417 thanks wrong meter", "04417")]);
    hears(&reading, &[("zero four four one seven", "04417"), ("my meter says 04417", "04417"), ("18 Elm, reading is 04877", "04877")]);
    check(&reading, &[("one zero four four one seven", "04417"), ("meter 3 and 04417", "04417"), ("04417, 04418", "04417")]);
    let money = prompt("want = \"money\"");
    check(&money, &[("50 z 84", "50.84"), ("50 з 84", "50.84"), ("50 and 50", "50.50"), ("fifty and thirty", "50.30")]);
    let phone = prompt("want = \"phone\"");
    check(&phone, &[("not 0501112233", "+380501112233"), ("+380501112233 after 5", "+3805011122335")]);
    check(&phone, &[("0501112233, 0671112233", "+380501112233")]);
    hears(
        &phone,
        &[
            ("050 111 22 33", "+380501112233"),
            ("+38 (050) 111-22-33", "+380501112233"),
            ("+380501112233 after 5", "+380501112233"),
            ("050-111-22-33, not before 9", "+380501112233"),
        ],
    );
    let account = prompt("want = \"account\"\ndigits = 8");
    check(&account, &[("23.11.2026", "23112026"), ("account 1234, meter 5678", "12345678"), ("1234 and 5678", "12345678")]);
    hears(
        &account,
        &[
            ("1234 5678", "12345678"),
            ("55.120.874", "55120874"),
            ("26/417/093", "26417093"),
            ("one zero two two five five nine one", "10225591"),
        ],
    );
    check(&money, &[("2 bags", "2.00"), ("50%", "50.00"), ("20 per month", "20.00"), ("200 küsür", "200.00")]);
}
