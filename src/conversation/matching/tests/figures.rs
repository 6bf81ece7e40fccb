//! Readings, days and hours as people write them, and what only looks like one.

use super::traps::{check, hears, prompt};
use super::{HEAD, Prompt};

#[test]
fn a_reading_is_heard_however_it_is_written() {
    let text = "want = \"reading\"\ndigits = 5\nmin = 4000\nmax = 9000\nas = \"value\"\ngo = \"end\"\n";
    let reading = Prompt::of(&format!("{}{text}", HEAD.replace("\"x\"", "\"meter M1\"")), "ask", &[]);
    hears(
        &reading,
        &[
            ("M1: 05502", "05502"),
            ("compteur M1 : 04705", "04705"),
            ("lettura 05216 (contatore M1), Bianchi", "05216"),
            ("four thousand six hundred and twelve", "04612"),
            ("viertausenddreihundertneunzehn", "04319"),
            ("四千五百零八", "04508"),
            ("4 3 2 9", "04329"),
            ("na liczniku 0 6 1 5 0, spisał wnuk", "06150"),
            ("4,264", "04264"),
        ],
    );
    check(
        &reading,
        &[
            ("M2: 05502", "05502"),
            ("M1 M1 05502", "05502"),
            ("M1 05502 or 05503", "05502"),
            ("four thousand or five thousand", "04000"),
            ("चार हजार एक सौ पचपन्न", "04100"),
            ("five thousand odd", "05000"),
            ("four thousand six hundred and fourty", "04600"),
            ("cuatro mil novecientos y pico", "04900"),
            ("quatre mille et quelques", "04000"),
            ("4, 264", "04264"),
            ("4 3, 2 9", "04329"),
            ("5,264 and 1", "05264"),
        ],
    );
}

#[test]
fn a_day_is_counted_from_today() {
    let date = prompt("want = \"date\"");
    let day = |days: i64| {
        let today: jiff::civil::Date = "2026-11-23".parse().expect("a day");
        today.saturating_add(jiff::Span::new().days(days)).to_string()
    };
    let cases = [
        ("heute in 14 Tagen", 14),
        ("in 2 weeks", 14),
        ("через неделю", 7),
        ("vandaag over een week", 7),
        ("dans une semaine", 7),
        ("za 2 tygodnie", 14),
        ("bir hafta sonra", 7),
    ];
    for (text, days) in cases {
        assert_eq!(date.hears(text), day(days), "{text}");
    }
    let today = day(0);
    let thursday = "qualquer dia menos quinta";
    check(&date, &[("de hoy en ocho días", &today), ("hoy en 8 días", &day(8)), ("today and 3 days", &today)]);
    assert_eq!(date.hears(thursday), "unclear");
    check(&date, &[("heute und in einer Woche", &day(7)), ("within 2 weeks", &day(14)), ("d'ici une semaine", &day(7))]);
}

#[test]
fn minutes_are_told_before_and_behind_the_hour() {
    let time = prompt("want = \"time\"");
    let cases = [
        ("za piętnaście dziesiąta", "09:45:00"),
        ("twenty to ten", "09:40:00"),
        ("ten past nine in the morning", "09:10:00"),
        ("zehn vor zehn", "09:50:00"),
        ("fünf vor halb zehn", "09:25:00"),
        ("без десяти десять", "09:50:00"),
        ("diez menos diez", "09:50:00"),
    ];
    for (text, at) in cases {
        assert_eq!(time.hears(text), at, "{text}");
    }
    check(&time, &[("from ten till twelve", "11:50:00"), ("mudem das dez para as onze", "10:50:00")]);
}

#[test]
fn a_household_counts_twins_and_nobody_twice() {
    let people = prompt("want = \"int\"\nmin = 0\nmax = 10");
    hears(&people, &[("me, my husband and the twins", "4")]);
    check(
        &people,
        &[
            ("5 persone più la badante", "5"),
            ("住民票では3人ですが実際は…", "3"),
            ("my wife and the twins", "3"),
            ("2 adults and 2 children, twins", "6"),
            ("me, my husband and our 2 kids, twins", "6"),
            ("हम दो हमारे दो", "2"),
        ],
    );
}

#[test]
fn an_amount_with_something_on_top_is_asked_about() {
    check(&prompt("want = \"money\""), &[("320 جنيه ونص", "320.00"), ("写着120多", "120.00"), ("80 plus", "80.00")]);
}

#[test]
fn who_waits_for_the_crew_has_agreed_to_it() {
    let visit = Prompt::of(&format!("{}{}", HEAD.replace("\"x\"", "\"Can our crew come Tuesday at 10:00?\""), super::YESNO), "ask", &[]);
    hears(
        &visit,
        &[
            ("Va benissimo, vi aspetto con il caffè pronto", "yes"),
            ("Perfecto, les espero con la puerta abierta", "yes"),
            ("Fine, see you then, the kettle boils", "yes"),
        ],
    );
    check(
        &visit,
        &[
            ("Fine, see you then unless it rains", "yes"),
            ("Perfecto, les espero el jueves", "yes"),
            ("Fine, I waited for you last time and nobody came", "yes"),
            ("Va benissimo, vi aspetto? ", "yes"),
            ("Хорошо, жду звонка мастера, договоримся", "yes"),
            ("Tamam, cevabınızı bekliyorum", "yes"),
            ("OK, I will wait for you to send the paperwork", "yes"),
            ("No, vi aspetto", "yes"),
        ],
    );
}

#[test]
fn when_a_call_suits_is_for_whoever_calls() {
    let asked = HEAD.replace("\"x\"", "\"reply 1 payment plan, 2 paid already, 3 call me, 4 not now\"");
    let menu = Prompt::of(&format!("{asked}want = \"menu\"\non = {{ 1 = \"end\", 2 = \"end\", 3 = \"end\", 4 = \"end\" }}\n"), "ask", &[]);
    hears(&menu, &[("call me after 5", "3"), ("call me tomorrow", "3")]);
    check(
        &menu,
        &[
            ("call me later, or 2", "3"),
            ("call me after 5? no", "3"),
            ("after 5 call me 2", "3"),
            ("call me after I paid already", "3"),
            ("I will call back tomorrow", "3"),
        ],
    );
}

#[test]
fn who_promises_to_pay_has_ordered_nothing() {
    let asked = "want = \"choice\"\nrisk = \"money\"\non = { yes = \"end\", no = \"end\" }\nwords = { yes = { en = [\"pay\"] } }\n";
    let money = Prompt::of(&format!("{}{asked}", HEAD.replace("\"x\"", "\"Reply Y to pay 84.20 now\"")), "ask", &[]);
    hears(&money, &[("pay it", "yes"), ("pay it now", "yes"), ("pay now please", "yes")]);
    check(&money, &[("We will pay", "yes"), ("We will pay it, thanks", "yes"), ("You can pay it", "yes"), ("Да, сейчас", "yes")]);
    check(
        &money,
        &[
            ("Yes, we will pay", "yes"),
            ("Yes I'll pay", "yes"),
            ("Yes I want to pay now", "yes"),
            ("yes you can pay it", "yes"),
            ("Ja, ich will zahlen", "yes"),
            ("Ja, wir werden zahlen", "yes"),
            ("Sí, quiero pagar", "yes"),
            ("Sí, vamos a pagar", "yes"),
            ("Oui, je veux payer", "yes"),
            ("Sì, voglio pagare", "yes"),
            ("Sim, vou pagar", "yes"),
            ("Ja, ik wil betalen", "yes"),
            ("Tak, zapłacę", "yes"),
            ("Да, оплачу", "yes"),
            ("Так, хочу сплатити", "yes"),
            ("Evet, ödeyeceğim", "yes"),
            ("نعم سأدفع", "yes"),
            ("हाँ, भुगतान करना है", "yes"),
            ("是的，我要付款", "yes"),
            ("はい、払いたいです", "yes"),
        ],
    );
    hears(
        &money,
        &[
            ("Yes, pay now", "yes"),
            ("Ja, jetzt zahlen", "yes"),
            ("Sí, pagar ahora", "yes"),
            ("Oui, payer maintenant", "yes"),
            ("Tak, zapłać teraz", "yes"),
            ("Да, оплатить сейчас", "yes"),
        ],
    );
}

#[test]
fn who_asks_for_something_to_be_sent_asks_for_no_link() {
    let asked = "want = \"choice\"\non = { yes = \"end\", no = \"end\" }\nwords = { yes = { en = [\"link\"] } }\n";
    let link = Prompt::of(&format!("{}{asked}", HEAD.replace("\"x\"", "\"Reply Y for a link to pay\"")), "ask", &[]);
    hears(&link, &[("send the link", "yes"), ("envoyez le lien", "yes"), ("пришлите ссылку", "yes")]);
    check(
        &link,
        &[
            ("I am at my mother's this month", "yes"),
            ("Please send a technician", "yes"),
            ("Send me the bill by post", "yes"),
            ("pode mandar um técnico", "yes"),
            ("j'ai envie de comprendre", "yes"),
            ("技術者を送ってください", "yes"),
        ],
    );
}
