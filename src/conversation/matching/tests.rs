//! The table of conversation.md section 4, and every reply of tests/data/replies.

mod figures;
mod money;
mod remarks;
mod traps;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::chance::Seeded;
use crate::conversation::flow::{Flow, Verb};
use crate::conversation::rules::{Begin, Flows, Rosters};
use crate::conversation::session::FlowRef;
use crate::msisdn::Msisdn;
use crate::office::Queues;
use crate::settings::Settings;
use crate::terms::default_lanes;

/// A question of one step, with everything a match needs.
struct Prompt {
    flows: Flows,
    packs: Packs,
    settings: Settings,
    ask: Arc<Ask>,
    session: Session,
}

/// Loaded once: they are the same for every prompt.
static PACKS: std::sync::LazyLock<Packs> = std::sync::LazyLock::new(|| Packs::load(&Packs::shipped()).expect("packs"));

impl Prompt {
    fn of(source: &str, step: &str, data: &[(&str, Value)]) -> Self {
        let flow = Arc::new(Flow::parse("t", source).expect("a flow"));
        let packs = PACKS.clone();
        let Verb::Ask(ask) = flow.steps[step].verb.clone() else { panic!("no question") };
        let mut flows = Flows::default();
        flows.insert(1, flow.clone());
        flows.activate(&flow.name, 1);
        let settings = Settings { country: "UA".to_owned(), utility: "Northgrid".to_owned(), ..Settings::default() };
        let now = Timestamp::parse("2026-11-23T10:00:00Z").expect("a time");
        let data: BTreeMap<String, Value> = data.iter().map(|(slot, value)| ((*slot).to_owned(), value.clone())).collect();
        let mut begin = Begin::new(FlowRef { name: flow.name.clone(), revision: 1 }, Msisdn::from_e164("+380501112233").ok(), data);
        begin.at = Some(step.to_owned());
        let session = {
            let (lanes, rosters, queues) = (default_lanes(), Rosters::new(), Queues::default());
            let (flows, packs, settings, sims) = (&flows, &packs, &settings, &[]);
            let rules = Rules { flows, packs, settings, lanes: &lanes, rosters: &rosters, queues: &queues, sims };
            crate::conversation::begin(&flow, begin, None, &rules, now, &mut Seeded::new(1)).expect("a session").session
        };
        Self { flows, packs, settings, ask, session }
    }

    fn hears(&self, text: &str) -> String {
        let (lanes, rosters, queues) = (default_lanes(), Rosters::new(), Queues::default());
        let (flows, packs, settings, sims) = (&self.flows, &self.packs, &self.settings, &[]);
        let rules = Rules { flows, packs, settings, lanes: &lanes, rosters: &rosters, queues: &queues, sims };
        let now = Timestamp::parse("2026-11-23T10:00:00Z").expect("a time");
        match matched(&Heard::read(text, &self.packs), &self.ask, &self.session, &rules, now) {
            Match::Answer { taken: Taken::Named(name), .. } => name,
            Match::Answer { taken: Taken::Row(row), .. } => row.label,
            Match::Answer { taken: Taken::Value(value), .. } => match value {
                Value::Text(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Money(money) => money.to_string(),
                Value::Date(date) => date.to_string(),
                Value::Time(time) => time.to_string(),
                Value::Bool(_) | Value::Rows(_) => "?".to_owned(),
            },
            Match::Answer { taken: Taken::Over(_), .. } => "over".to_owned(),
            Match::Answer { taken: Taken::Under(_), .. } => "under".to_owned(),
            Match::Mixed(_) => "mixed".to_owned(),
            Match::Unclear => "unclear".to_owned(),
            Match::None => "none".to_owned(),
        }
    }
}

const HEAD: &str = "flow = \"t\"\nlane = \"visits\"\nstart = \"ask\"\nexpires = \"24h\"\n[step]\nend = { done = true }\n[step.ask]\nask = { en = \"x\" }\n";

fn check(question: &str, table: &[(&str, &str)]) {
    let prompt = Prompt::of(&format!("{HEAD}{question}"), "ask", &[]);
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, want)| {
            let got = prompt.hears(text);
            let is = got == *want || (*want == "ask" && matches!(got.as_str(), "unclear" | "mixed" | "none"));
            (!is).then(|| format!("{text:?}: {got}, not {want}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{question}\n{}", wrong.join("\n"));
}

const YESNO: &str = "want = \"yesno\"\non = { yes = \"end\", no = \"end\" }\n";

#[test]
fn yes_and_no_as_people_write_them() {
    let yes = [
        "Y",
        "y.",
        "YES!!",
        "Yesss",
        "Y pls",
        "yes please",
        "Yep",
        "sí",
        "SÍ gracias",
        "👍🏽",
        "ok 👍",
        "Confrim",
        "okay thanks",
        "y\n-- \nMaria",
        "“Y”",
        "У",
        "Ｙ",
        "Yes, see you then",
        "yes that's fine",
        "Sure",
        "yes.\nSent from my iPhone",
        "yes yes yes",
        "👍👍",
        "Yes I will be home",
        "hi yes please",
        "Okey",
        "yess",
    ];
    let no = ["NOOO", "nope", "👎", "No thx", "n.", "no thank you", "No gracias", "nah"];
    let table: Vec<(&str, &str)> = yes.iter().map(|t| (*t, "yes")).chain(no.iter().map(|t| (*t, "no"))).collect();
    check(YESNO, &table);
}

#[test]
fn half_answers_and_questions_are_asked_about() {
    let mixed = [
        "yes but call me",
        "y, can you come after 5?",
        "no already paid",
        "yes only if before 9",
        "Ok but when?",
        "Yes I already paid",
        "yes at 5",
    ];
    let unclear = ["yes and no", "not yes", "no i can't say yes", "Y/N?", "👍👎", "yes no", "maybe yes"];
    let none = [
        "I don't know",
        "who is this",
        "call me",
        "?",
        "what time",
        "later",
        "🙏",
        "yesterday",
        "hope",
        "noon",
        "",
        "!!!",
        "thanks",
        "I have no power",
        "nose",
    ];
    let ask =
        ["yesterday was fine", "Y do you need this", "y do you want to know", "yes my neighbour has the key if the dog is out", "Yes?"];
    let table: Vec<(&str, &str)> = mixed
        .iter()
        .map(|t| (*t, "mixed"))
        .chain(unclear.iter().map(|t| (*t, "unclear")))
        .chain(none.iter().map(|t| (*t, "none")))
        .chain(ask.iter().map(|t| (*t, "ask")))
        .collect();
    check(YESNO, &table);
}

#[test]
fn money_takes_exact_forms_only() {
    let question =
        "want = \"choice\"\nrisk = \"money\"\non = { yes = \"end\", no = \"end\" }\nwords = { yes = { en = [\"pay\", \"pay now\"] } }\n";
    check(
        question,
        &[
            ("Y", "yes"),
            ("yes", "yes"),
            ("S", "yes"),
            ("Yes please", "yes"),
            ("PAY", "yes"),
            ("pay now!", "yes"),
            ("“Y”", "yes"),
            ("y\n-- \nMaria", "yes"),
            ("ok", "ask"),
            ("👍", "ask"),
            ("Y 👍", "ask"),
            ("yse", "ask"),
            ("yesss", "ask"),
            ("sure why not", "ask"),
            ("pay half", "ask"),
            ("yes I paid it on Monday", "ask"),
            ("y but not today", "ask"),
            ("no", "no"),
            ("no already paid", "ask"),
            ("У", "ask"),
        ],
    );
}

#[test]
fn menus_and_scales() {
    let menu = "want = \"menu\"\non = { 1 = \"end\", 2 = \"end\", 3 = \"end\" }\nwords = { 3 = { en = [\"not now\"] } }\n";
    check(
        menu,
        &[
            ("2.", "2"),
            ("#2", "2"),
            ("two", "2"),
            ("2️⃣", "2"),
            ("option 2", "2"),
            ("the second", "2"),
            ("2 please", "2"),
            ("dos", "2"),
            ("opción 2", "2"),
            ("not now", "3"),
            ("1 or 2", "ask"),
            ("4", "ask"),
            ("Y", "ask"),
            ("2 but later", "ask"),
            ("12", "ask"),
            ("-1", "ask"),
        ],
    );
    let score = "want = \"score\"\nrange = [0, 10]\nas = \"v\"\ngo = \"end\"\n";
    check(
        score,
        &[
            ("8", "8"),
            ("eight", "8"),
            ("8/10", "8"),
            ("an 8 from me", "8"),
            ("ocho", "8"),
            ("10", "10"),
            ("0", "0"),
            ("8 out of 10", "8"),
            ("12", "ask"),
            ("7 or 8", "ask"),
            ("great", "ask"),
            ("7.5", "ask"),
            ("-3", "ask"),
        ],
    );
}

#[test]
fn figures_days_and_times() {
    let reading = "want = \"reading\"\ndigits = 5\nas = \"v\"\ngo = \"end\"\n";
    check(
        reading,
        &[
            ("04417", "04417"),
            ("READ 04417", "04417"),
            ("04 417", "04417"),
            ("reading: 04417", "04417"),
            ("It says 04417, thanks", "04417"),
            ("0441", "ask"),
            ("lOO12", "ask"),
            ("04417 04418", "ask"),
            ("04417 or 04418", "ask"),
            ("three", "ask"),
            ("044171", "ask"),
        ],
    );
    check(
        "want = \"account\"\ndigits = 8\nas = \"v\"\ngo = \"end\"\n",
        &[
            ("20417733", "20417733"),
            ("2041 7733", "20417733"),
            ("it is 20417733", "20417733"),
            ("the blue house", "ask"),
            ("2041773", "ask"),
        ],
    );
    check(
        "want = \"money\"\nas = \"v\"\ngo = \"end\"\n",
        &[("84.50", "84.50"), ("84,5", "84.50"), ("$20", "20.00"), ("20 or 30", "ask"), ("much", "ask")],
    );
    check(
        "want = \"date\"\nas = \"v\"\ngo = \"end\"\n",
        &[
            ("26.11.", "2026-11-26"),
            ("12/01", "2027-01-12"),
            ("26 Nov", "2026-11-26"),
            ("tomorrow", "2026-11-24"),
            ("Friday", "2026-11-27"),
            ("lunes", "2026-11-30"),
            ("2026-12-01", "2026-12-01"),
            ("31.02.", "ask"),
            ("never", "ask"),
        ],
    );
    check(
        "want = \"time\"\nas = \"v\"\ngo = \"end\"\n",
        &[("17:00", "17:00:00"), ("5 pm", "17:00:00"), ("9", "09:00:00"), ("25:00", "ask"), ("soon", "ask")],
    );
    check(
        "want = \"phone\"\nas = \"v\"\ngo = \"end\"\n",
        &[("050 111 22 33", "+380501112233"), ("+44 7700 900122", "+447700900122"), ("mine", "ask")],
    );
    check("want = \"int\"\nrange = [1, 100]\nas = \"v\"\ngo = \"end\"\n", &[("twenty five", "25"), ("3", "3"), ("300", "ask")]);
}
#[test]
fn every_reply_of_the_sample_is_right() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/replies");
    let prompts: BTreeMap<&str, Prompt> = ["confirm", "pay-strict", "rating", "meter"]
        .into_iter()
        .map(|name| {
            let source = std::fs::read_to_string(format!("{data}/{name}.flow.toml")).expect("a flow");
            (name, Prompt::of(&source, "ask", &[]))
        })
        .collect();
    let lines = std::fs::read_to_string(format!("{data}/replies.jsonl")).expect("replies");
    let mut wrong = Vec::new();
    for line in lines.lines() {
        let reply: serde_json::Value = serde_json::from_str(line).expect("a line");
        let (prompt, text) = (reply["prompt"].as_str().expect("prompt"), reply["text"].as_str().expect("text"));
        let allowed: Vec<&str> = reply["allowed"].as_array().expect("allowed").iter().filter_map(|a| a.as_str()).collect();
        let got = prompts[prompt].hears(text);
        let is = allowed.contains(&got.as_str())
            || (matches!(got.as_str(), "unclear" | "mixed" | "none") && !allowed.iter().any(|a| ANSWERS.contains(a)));
        let unsure = matches!(got.as_str(), "unclear" | "mixed" | "none") && allowed.contains(&"unclear");
        if !is && !unsure {
            wrong.push(format!("{prompt} {text:?}: {got}, not {allowed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const ANSWERS: &[&str] = &["yes", "no", "8", "04417"];

const YES_15: &[&str] = &[
    "oui merci",
    "Oui, pas de problème",
    "bien sûr",
    "D'accord !",
    "ok merci",
    "Ja bitte",
    "ja, passt",
    "Klar",
    "Jawohl!",
    "Sì, grazie",
    "va bene",
    "Certo!",
    "Sim, obrigado",
    "sim por favor",
    "Tá bom",
    "ja graag",
    "Ja hoor",
    "prima",
    "Tak, dziękuję",
    "tak proszę",
    "Oczywiście",
    "Так, дякую",
    "так!",
    "добре",
    "Звичайно",
    "Да, спасибо",
    "да пожалуйста",
    "Хорошо",
    "конечно",
    "Evet",
    "evet lütfen",
    "Tamam",
    "نعم",
    "نعم شكرا",
    "تمام",
    "हाँ",
    "जी हाँ धन्यवाद",
    "haan ji",
    "ठीक है",
    "是",
    "是的",
    "好的谢谢",
    "可以，谢谢",
    "はい",
    "はい、お願いします",
    "はいお願いします",
    "了解です",
    "はい。",
    "Ｙｅｓ",
    "ｙ",
    "OK!",
    "Д",
    "Т",
    "J",
    "O",
];
const NO_15: &[&str] = &[
    "Non merci",
    "non",
    "pas du tout",
    "Nein danke",
    "nö",
    "No grazie",
    "Não",
    "não, obrigado",
    "nee dank je",
    "Nee",
    "Nie, dziękuję",
    "nie",
    "Ні, дякую",
    "ні",
    "Нет, спасибо",
    "не надо",
    "Hayır",
    "hayır teşekkürler",
    "لا",
    "لا شكرا",
    "नहीं",
    "नहीं धन्यवाद",
    "nahi",
    "不",
    "不是",
    "不要谢谢",
    "いいえ",
    "いいえ、結構です",
    "結構です",
    "Н",
];
const ASK_15: &[&str] = &[
    "oui mais plus tard",
    "peut-être",
    "pas oui",
    "ja aber erst morgen",
    "vielleicht",
    "nicht ja",
    "sì ma dopo le 5",
    "forse",
    "sim mas não hoje",
    "talvez",
    "ja maar later",
    "misschien",
    "tak, ale później",
    "nie wiem",
    "так, але пізніше",
    "не знаю",
    "да нет",
    "да, но позже",
    "не да",
    "evet ama sonra",
    "belki",
    "نعم ولكن غدا",
    "ربما",
    "हाँ लेकिन कल",
    "शायद",
    "是不是",
    "可以吗",
    "好不好",
    "也许",
    "はいですか",
    "いいですか",
    "たぶん",
    "はい、でも明日",
    "quizás",
    "no sé",
    "sí pero mañana",
    "cuando",
    "¿qué?",
    "oui?",
    "ja?",
    "да?",
    "brand new meter",
    "mi casa",
    "da bin ich nicht",
    "no sé si",
    "ya pagué",
    "merci",
    "спасибо",
    "谢谢",
    "ありがとう",
];

#[test]
fn fifteen_languages_say_yes_and_no() {
    let rows = |texts: &'static [&'static str], want: &'static str| texts.iter().map(move |text| (*text, want));
    let table: Vec<(&str, &str)> = rows(YES_15, "yes").chain(rows(NO_15, "no")).chain(rows(ASK_15, "ask")).collect();
    check(YESNO, &table);
}
