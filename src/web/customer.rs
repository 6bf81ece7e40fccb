//! What a customer's single-use page looks like, in the session's language. Pure: handlers are in `link.rs`.
//!
//! Big type, one decision, no account needed. It never asks for card data: paying by card is the provider's hosted page.

use maud::{Markup, html};

use super::layout::plain;
use super::show::words;
use crate::value::{Row, Value};

/// Everything the form shows.
pub struct FormView<'a> {
    /// Name of the utility.
    pub utility: &'a str,
    /// Language of the session.
    pub language: &'a str,
    /// Which page the flow named.
    pub page: &'a str,
    /// Slots to show, in order.
    pub facts: Vec<(String, Value)>,
    /// What is asked.
    pub asks: Vec<Asked>,
    /// Where the form goes.
    pub action: &'a str,
    /// Letters of the currency.
    pub currency: &'a str,
    /// What was missing in the form sent before.
    pub missing: bool,
}

/// One thing that is asked.
pub struct Asked {
    /// The slot it fills.
    pub slot: String,
    /// What can be chosen; empty is a line of text.
    pub choices: Vec<Row>,
}

/// A text line longer than this is no answer to any of our questions.
pub const ANSWER_CHARS_MAX: usize = 200;

/// Ways to pay that need no card number. The endpoint decides what it can do with them.
const METHODS: &[(&str, [&str; 2])] = &[
    ("debit", ["Direct debit from my bank account on file", "Domiciliación en mi cuenta bancaria registrada"]),
    ("next_bill", ["Add it to my next bill", "Sumarlo a mi próxima factura"]),
    ("call", ["Call me, I want to talk about it", "Llámenme, quiero hablarlo"]),
];

/// What is asked for a slot: ways to pay, the rows of a list the session holds (`slots` for `slot`), else a line of text.
pub fn asked(page: &str, slot: &str, language: &str, held: Option<&Value>) -> Asked {
    let choices = match (page, slot, held) {
        ("pay", "method", _) => {
            let words = |pair: &[&str; 2]| pair[usize::from(language.starts_with("es"))].to_owned();
            METHODS.iter().map(|(id, pair)| Row { id: (*id).to_owned(), label: words(pair) }).collect()
        }
        (_, _, Some(Value::Rows(rows))) => rows.clone(),
        _ => Vec::new(),
    };
    Asked { slot: slot.to_owned(), choices }
}

/// Whether an answer is one that was offered, or a line of text where none were.
pub fn acceptable(asked: &Asked, answer: &str) -> bool {
    if asked.choices.is_empty() {
        return !answer.is_empty() && answer.chars().count() <= ANSWER_CHARS_MAX;
    }
    asked.choices.iter().any(|choice| choice.id == answer)
}

/// The form.
pub fn form(view: &FormView) -> Markup {
    let say = |phrase| phrase_in(view.language, phrase);
    let title = match view.page {
        "pay" => say(Phrase::Pay),
        "meter" => say(Phrase::Meter),
        _ => say(Phrase::Choose),
    };
    let written = view.asks.iter().all(|asked| asked.choices.is_empty());
    let wrong = if written { Phrase::NoFit } else { Phrase::Missing };
    let content = html! {
        section class="card" lang=(view.language) {
            div class="in" {
                h1 { (title) }
                @if view.missing { p class="note bad" role="alert" { (say(wrong)) } }
                @for (name, value) in &view.facts { (fact(view, name, value)) }
                form method="post" action=(view.action) {
                    @for asked in &view.asks { (question(view.language, asked)) }
                    button class="main" type="submit" { (say(Phrase::Send)) }
                }
                p class="hint" { (say(Phrase::Once)) " " (say(Phrase::NoCard)) }
            }
        }
    };
    plain(title, view.utility, &content)
}

fn fact(view: &FormView, name: &str, value: &Value) -> Markup {
    let label = label(view.language, name);
    match value {
        Value::Money(money) => {
            html! { p { span class="soft" { (label) } br; span class="sum" { (money.to_string()) " " (view.currency) } } }
        }
        Value::Text(text) => html! { p { span class="soft" { (label) } br; (words(text)) } },
        Value::Number(number) => html! { p { span class="soft" { (label) } br; (number) } },
        Value::Date(date) => html! { p { span class="soft" { (label) } br; (date.strftime("%-d.%-m.%Y").to_string()) } },
        Value::Time(time) => html! { p { span class="soft" { (label) } br; (time.strftime("%H:%M").to_string()) } },
        Value::Bool(_) | Value::Rows(_) => html! {},
    }
}

fn question(language: &str, asked: &Asked) -> Markup {
    let label = label(language, &asked.slot);
    let id = format!("ask-{}", asked.slot);
    if asked.choices.is_empty() {
        return html! { div class="field" { label for=(id) { (label) } input id=(id) name=(asked.slot) required maxlength=(ANSWER_CHARS_MAX); } };
    }
    html! {
        fieldset {
            legend { (label) }
            @for choice in &asked.choices {
                label class="choice" { input type="radio" name=(asked.slot) value=(choice.id) required; (words(&choice.label)) }
            }
        }
    }
}

/// What follows: the receipt, also for the second time, and the kind noes.
pub fn outcome(utility: &str, language: &str, outcome: Outcome) -> Markup {
    let (title, text) = match outcome {
        Outcome::Taken => (Phrase::Thanks, Phrase::Taken),
        Outcome::Already => (Phrase::Thanks, Phrase::Already),
        Outcome::Expired => (Phrase::Over, Phrase::Expired),
    };
    let say = |phrase| phrase_in(language, phrase);
    let tone = if matches!(outcome, Outcome::Taken | Outcome::Already) { "note good" } else { "note" };
    let content = html! { section class="card" lang=(language) { div class="in" { h1 { (say(title)) } p class=(tone) role="status" { (say(text)) } } } };
    plain(say(title), utility, &content)
}

/// How a link page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The form was taken just now.
    Taken,
    /// It had been taken before.
    Already,
    /// Its time is over, the question was settled otherwise, or there never was such a link: which one is not told.
    Expired,
}

#[derive(Clone, Copy)]
enum Phrase {
    Pay,
    Choose,
    Meter,
    Missing,
    NoFit,
    Send,
    Once,
    NoCard,
    Thanks,
    Taken,
    Already,
    Over,
    Expired,
}

/// English, Spanish. Other languages of the box read English until their pack has these.
fn phrase_in(language: &str, phrase: Phrase) -> &'static str {
    let pair = match phrase {
        Phrase::Pay => ["How would you like to pay?", "¿Cómo desea pagar?"],
        Phrase::Choose => ["Please choose", "Por favor, elija"],
        Phrase::Meter => ["Your meter reading", "Lectura de su contador"],
        Phrase::NoFit => ["That does not fit. Please check it.", "Ese dato no encaja. Revíselo, por favor."],
        Phrase::Missing => ["Please choose one of these.", "Por favor, elija una de estas opciones."],
        Phrase::Send => ["Send", "Enviar"],
        Phrase::Once => ["This page works once.", "Esta página sirve una sola vez."],
        Phrase::NoCard => ["We never ask for card numbers here.", "Aquí nunca pedimos números de tarjeta."],
        Phrase::Thanks => ["Thank you", "Gracias"],
        Phrase::Taken => [
            "We have your answer and will text you the result. You can close this page.",
            "Tenemos su respuesta y le enviaremos el resultado por mensaje. Puede cerrar esta página.",
        ],
        Phrase::Already => {
            ["We already have your answer. Nothing was sent twice.", "Ya tenemos su respuesta. No se ha enviado nada dos veces."]
        }
        Phrase::Over => ["This page has closed", "Esta página se ha cerrado"],
        Phrase::Expired => [
            "Its time is over, the matter was settled another way, or the address is not exactly the one in our text. Reply CALL to our text and we will ring you.",
            "Su plazo ha terminado, el asunto se resolvió de otro modo o la dirección no es exactamente la de nuestro mensaje. Responda LLAMAR a nuestro mensaje y le llamaremos.",
        ],
    };
    pair[usize::from(language.starts_with("es"))]
}

fn label(language: &str, slot: &str) -> String {
    let known = LABELS.iter().find(|(name, _)| *name == slot).map(|(_, pair)| pair[usize::from(language.starts_with("es"))]);
    known.map_or_else(|| slot.replace('_', " "), str::to_owned)
}

const LABELS: &[(&str, [&str; 2])] = &[
    ("account", ["Account", "Cuenta"]),
    ("amount", ["Amount", "Importe"]),
    ("due", ["Was due", "Vencía"]),
    ("date", ["Date", "Fecha"]),
    ("last", ["Last reading", "Última lectura"]),
    ("meter", ["Meter", "Contador"]),
    ("method", ["Way to pay", "Forma de pago"]),
    ("order", ["Order", "Orden"]),
    ("reading", ["Reading, black digits only", "Lectura, solo las cifras negras"]),
    ("slot", ["Time", "Hora"]),
    ("window", ["Between", "Entre"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Money;

    fn view(language: &'static str, page: &'static str) -> FormView<'static> {
        FormView {
            utility: "Acme <Water>",
            language,
            page,
            facts: vec![
                ("account".into(), Value::Text("<b>A</b>\u{202e}".into())),
                ("amount".into(), Value::Money(Money { hundredths: 8450 })),
            ],
            asks: vec![asked(page, "method", language, None)],
            action: "/l/x",
            currency: "EUR",
            missing: false,
        }
    }

    fn check(shown: &str, wanted: &[&str], unwanted: &[&str]) {
        for part in wanted {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        for part in unwanted {
            assert!(!shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn the_form_shows_the_slots_and_asks_for_no_card() {
        let shown = form(&view("en", "pay")).into_string();
        check(
            &shown,
            &["How would you like to pay?", "84.50 EUR", "&lt;b&gt;A&lt;/b&gt;", "[U+202E]", "value=\"debit\"", "Acme &lt;Water&gt;"],
            &["<b>A", "cvv", "card number\"", "type=\"password\"", "style=", "onclick"],
        );
        check(&form(&view("es", "pay")).into_string(), &["¿Cómo desea pagar?", "Importe"], &["How would"]);
        check(&form(&view("uk", "other")).into_string(), &["Please choose", "<input id=\"ask-method\""], &[]);
    }

    #[test]
    fn only_what_was_offered_is_an_answer() {
        let rows = Value::Rows(vec![Row { id: "2".into(), label: "Tue 8-12".into() }]);
        for (page, slot, held, answer, want) in [
            ("pay", "method", None, "debit", true),
            ("pay", "method", None, "4111111111111111", false),
            ("pay", "method", None, "", false),
            ("slots", "slot", Some(&rows), "2", true),
            ("slots", "slot", Some(&rows), "3", false),
            ("other", "words", None, "anything", true),
            ("other", "words", None, "", false),
        ] {
            assert_eq!(acceptable(&asked(page, slot, "en", held), answer), want, "{page} {slot} {answer}");
        }
        assert!(!acceptable(&asked("other", "words", "en", None), &"x".repeat(201)));
    }
}
