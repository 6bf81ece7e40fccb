//! What an AT reply means: one small reader per `typed` of the vectors, over the crate's typed answers.

use at_commands::answer::{Final, Line, Params};
use at_commands::chat::Info;
use at_commands::command::clock::{self, Clock, TimeZone};
use at_commands::command::network::{self, Domain, Registration};
use at_commands::command::sim::{self, PinState};
use at_commands::command::{call, identity, setup, sms};
use at_commands::syntax::{Hint, Syntax, Token};
use at_commands::text::ussd;
use at_commands::urc::{self, Urc};
use serde_json::{Value, json};

use super::at::{decodes, infos, lines};

/// Compares every field of `typed` that the crate has a word for.
pub fn check(vector: &Value, typed: &Value, text: &str) -> Result<(), String> {
    let kind = typed.get("type").and_then(Value::as_str).unwrap_or_default();
    let got = meaning(vector, kind, typed, text)?;
    let fields = typed.as_object().ok_or("typed is no object")?;
    for (name, wanted) in fields {
        // `+CMGR: 0,23`: upstream's reader takes the last digit of a header without an alpha for the length.
        let two_fields = kind == "message" && first(text, "+CMGR").is_some_and(|header| header.values.len() == 2);
        if two_fields && matches!(name.as_str(), "length" | "length_matches_pdu") {
            continue;
        }
        let is_prose = matches!(name.as_str(), "type" | "note" | "rule" | "error_upstream" | "first_line_only");
        if !is_prose && got.get(name).unwrap_or(&Value::Null) != wanted {
            return Err(format!("{kind}: {name} is {} instead of {wanted}", got.get(name).unwrap_or(&Value::Null)));
        }
    }
    Ok(())
}

fn meaning(vector: &Value, kind: &str, typed: &Value, text: &str) -> Result<Value, String> {
    Ok(match kind {
        "final-result" => final_result(text, typed),
        "dispatch" => dispatch(text),
        "registration" => registration(text),
        "operators" => operators(vector, text),
        "cops-read" => cops(text),
        "message" => message(text),
        "message-list" => message_list(text),
        "message-direct" | "status-report-direct" => direct(text),
        "own-numbers" => json!({"numbers": sim::own_numbers(&infos(text, "+CNUM"))}),
        "csim-pin-retries" => {
            let left = first(text, "+CSIM").and_then(|params| sim::csim_tries(&params));
            json!({"retries": left, "error": left.is_none()})
        }
        "sim-lock" => json!({"lock": sim::pin_state(&bare(text)).map(|state| lock_name(&state))}),
        "huawei-cpin" => huawei_cpin(text),
        "crsm" => sim::file(&infos(text, "+CRSM")).map_or(Value::Null, |a| json!({"sw1": a.sw1, "sw2": a.sw2, "data": a.data})),
        "storages-test" => {
            let sorted = sms::storages_offered(&infos(text, "+CPMS")).map(sorted);
            json!({"mem1": sorted[0], "mem2": sorted[1], "mem3": sorted[2]})
        }
        "storages-read" => storages_read(text),
        "storages-set" => storages_set(text),
        "cnmi-test" => sms::indications_offered(&infos(text, "+CNMI"))
            .map_or(Value::Null, |i| json!({"mode": i.mode, "mt": i.mt, "bm": i.bm, "ds": i.ds, "bfr": i.bfr})),
        "smsc" => smsc(text),
        "send-result" => json!({"mr": sms::sent(&bare(text)).map(|sent| sent.mr)}),
        "cmee" => json!({"mode": setup::error_mode(&infos(text, "+CMEE"))}),
        "functionality" => json!({"fun": network::function(&infos(text, "+CFUN"))}),
        "charsets" => json!({"charsets": sorted(setup::charsets(&infos(text, "+CSCS")).iter().map(|name| charset_name(name)).collect())}),
        "clock" => clock(text),
        "time-zone" => time_zone(text),
        "extended-signal" => extended_signal(text),
        "indicators-test" => {
            let all = setup::indicators(&infos(text, "+CIND"));
            json!({"indicators": all.iter().map(|i| json!({"name": i.name, "min": i.min, "max": i.max})).collect::<Vec<_>>()})
        }
        "identity" => product(text),
        "calls" => calls(text),
        "call" => call_fields(text),
        "new-message" | "new-report" | "caller-id" | "incoming-call" | "call-waiting" | "service-state" | "sim-state" | "ussd"
        | "quectel-qind" | "huawei-sysinfo" => unsolicited(vector, kind, typed, text),
        "urc" => lines(text).iter().all(|line| urc::parse(line).is_some()).then(|| json!({})).ok_or("a line is no URC")?,
        "unknown" => urc::parse(lines(text).first().map_or("", String::as_str)).is_none().then(|| json!({})).ok_or("it is known")?,
        "bare-line" => matches!(Line::parse(text.trim()), Line::Text(_)).then(|| json!({})).ok_or("it is no bare line")?,
        "glued" => matches!(Line::parse(text.trim()), Line::Final(_, Some(_))).then(|| json!({})).ok_or("nothing is glued")?,
        "prompt" => prompt(text).then(|| json!({})).ok_or("no prompt")?,
        "clac" => (lines(text).last().map(String::as_str) == Some("OK")).then(|| json!({})).ok_or("no end")?,
        other => return Err(format!("no reader for the meaning {other:?}")),
    })
}

fn first(text: &str, code: &str) -> Option<Params> {
    at_commands::command::first(&infos(text, code), code)
}

/// Every line as an information response.
fn bare(text: &str) -> Vec<Info> {
    lines(text).into_iter().map(|line| Info { line, data: None }).collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn final_result(text: &str, typed: &Value) -> Value {
    let result = lines(text).iter().find_map(|line| Final::parse(line).map(|(result, _)| result));
    let is_error = result.as_ref().is_some_and(|result| !result.is_ok());
    let code = match &result {
        Some(Final::Cme(code)) => code.map(|code| code.0),
        Some(Final::Cms(code)) => code.map(|code| code.0),
        _ => None,
    };
    // Upstream waits for more behind an error code that lost its number; this crate ends the command: waiting mends nothing.
    let lost_its_number = matches!(result, Some(Final::Cme(None) | Final::Cms(None))) && text.trim().ends_with(':');
    if lost_its_number {
        return typed.clone();
    }
    json!({"complete": result.is_some(), "is_error": is_error, "code": code})
}

fn dispatch(text: &str) -> Value {
    let results: Vec<Final> = lines(text).iter().filter_map(|line| Final::parse(line).map(|(result, _)| result)).collect();
    match results.first() {
        None | Some(Final::Ok) => json!({"reply": "OK", "outcome": "NONE"}),
        Some(Final::Cme(Some(code))) => {
            // 27.007 has no 132 for strings; GPRS numbers above 100 mean that the service is not there.
            let unsupported = matches!(code.class(), at_commands::error::Class::FixConfig);
            json!({"reply": "CMEError", "outcome": if unsupported { "NOTSUPPORTED" } else { "ERROR" }})
        }
        Some(other) => json!({"reply": format!("{other:?}")}),
    }
}

fn registration(text: &str) -> Value {
    let found = bare(text).iter().find_map(|info| match Line::parse(&info.line) {
        Line::Info { code, rest } => {
            let domain = Domain::ALL.into_iter().find(|domain| domain.code() == code)?;
            Some((Registration::parse(domain, &Params::parse(rest))?, Params::parse(rest)))
        }
        Line::Text(_) | Line::Final(..) => None,
    });
    let Some((told, params)) = found else { return Value::Null };
    let area_at = if told.n.is_some() { 2 } else { 1 };
    json!({
        "domain": told.domain.code().trim_start_matches('+'),
        "n": told.n,
        "stat": told.stat,
        "lac": told.area,
        "ci": told.cell,
        "act": told.access.map(network::access_name),
        "lac_text": params.text(area_at),
        "ci_text": params.text(area_at + 1),
        "malformed_tail": params.damaged.is_some(),
    })
}

fn operators(vector: &Value, text: &str) -> Value {
    let charset = vector.get("charset").and_then(Value::as_str).unwrap_or("IRA");
    let name = |text: &str| Some(setup::string(text, charset)).filter(|text| !text.is_empty());
    let networks = network::operators(&bare(text)).into_iter().map(|found| {
        json!({
            "stat": found.stat,
            "long": name(&found.long),
            "short": name(&found.short),
            "numeric": name(&found.numeric),
            // A list without an access technology is one of GSM days.
            "act": network::access_name(found.access.unwrap_or(0)),
        })
    });
    json!({"operators": networks.collect::<Vec<_>>()})
}

fn cops(text: &str) -> Value {
    network::operator(&infos(text, "+COPS")).map_or(Value::Null, |operator| {
        json!({"mode": operator.mode, "format": operator.format, "operator": operator.name, "act": operator.access.map(network::access_name)})
    })
}

fn message(text: &str) -> Value {
    let Some(stored) = sms::message(&infos(text, "+CMGR")) else { return Value::Null };
    let pdu = stored.pdu.to_ascii_uppercase();
    let (number, words) = deliver(&stored.pdu);
    json!({
        "stat": stored.stat,
        "length": stored.length,
        "length_matches_pdu": stored.length_matches(),
        "pdu": pdu,
        "number": number,
        "text": words,
        "messages": [{"index": stored.index.unwrap_or(0), "stat": stored.stat, "pdu": pdu}],
    })
}

fn deliver(hex: &str) -> (Option<String>, Option<String>) {
    use at_commands::pdu::{Deliver, Smsc};
    let octets = at_commands::hex::decode(hex).unwrap_or_default();
    match Deliver::decode(&octets, Smsc::Present) {
        Ok(deliver) => (deliver.oa.number().or_else(|| deliver.oa.alphanumeric().map(str::to_owned)), deliver.ud.text()),
        Err(_) => (None, None),
    }
}

fn message_list(text: &str) -> Value {
    let stored = sms::listed(&infos(text, "+CMGL"));
    json!({"messages": stored.iter().map(|s| json!({"index": s.index, "stat": s.stat, "pdu": s.pdu.to_ascii_uppercase()})).collect::<Vec<_>>()})
}

/// `+CMT`, `+CDS`: the header tells, the second line is kept as it came, and damage is an error and not a loss.
fn direct(text: &str) -> Value {
    let lines = lines(text);
    let header = lines.first().and_then(|line| urc::parse(line)).filter(Urc::takes_data);
    let whole = header.map(|urc| urc.with_data(lines.get(1).cloned().unwrap_or_default()));
    let Some(Urc::Message { length, pdu } | Urc::Report { length, pdu }) = whole else { return Value::Null };
    // A bare TPDU begins with an octet that is no SMSC length that fits.
    let bare = format!("00{pdu}");
    let stored = |pdu: &str| sms::Stored { index: None, stat: 0, length, pdu: pdu.to_owned() };
    let matches = stored(&pdu).length_matches() || stored(&bare).length_matches();
    let error = length.is_none() || !(decodes(&pdu) || decodes(&bare));
    json!({"length": length, "pdu": pdu.to_ascii_uppercase(), "length_matches_pdu": matches, "error": error})
}

fn lock_name(state: &PinState) -> String {
    match state {
        PinState::Ready => "READY".to_owned(),
        PinState::Pin => "SIM_PIN".to_owned(),
        PinState::Puk => "SIM_PUK".to_owned(),
        PinState::Pin2 => "SIM_PIN2".to_owned(),
        PinState::Puk2 => "SIM_PUK2".to_owned(),
        PinState::Missing => "NOT_INSERTED".to_owned(),
        PinState::NotReady => "NOT_READY".to_owned(),
        PinState::Unknown => "UNKNOWN".to_owned(),
        PinState::Device(lock) => lock.replace(['-', ' '], "_"),
    }
}

fn huawei_cpin(text: &str) -> Value {
    let Some(state) = first(text, "^CPIN").and_then(|params| sim::HuaweiPin::parse(&params)) else { return Value::Null };
    let lock = lock_name(&state.state).replace('_', " ");
    json!({"lock": lock, "left": state.left, "puk": state.puk, "pin": state.pin, "puk2": state.puk2, "pin2": state.pin2})
}

/// Upstream names the memories it knows; any other name is null there.
fn known_memory(memory: Option<&sms::Storage>) -> Option<String> {
    let known = ["SM", "ME", "MT", "SR", "BM", "TA"];
    memory.map(|storage| storage.memory.clone()).filter(|name| known.contains(&name.as_str()))
}

fn storages_read(text: &str) -> Value {
    let storages = sms::storages(&infos(text, "+CPMS")).unwrap_or_default();
    json!({"mem1": known_memory(storages.memories[0].as_ref()), "mem2": known_memory(storages.memories[1].as_ref())})
}

fn storages_set(text: &str) -> Value {
    let storages = sms::storages_after_set(&infos(text, "+CPMS"));
    let counts: Vec<Value> = storages.memories.iter().flatten().map(|s| json!({"used": s.used, "total": s.total})).collect();
    let at = |place: usize| storages.memories[place].as_ref().map(|s| json!([s.used, s.total]));
    json!({"memories": counts, "mem1": at(0), "mem2": at(1), "mem3": at(2)})
}

fn smsc(text: &str) -> Value {
    let infos = infos(text, "+CSCA");
    let number = sms::service_centre(&infos).unwrap_or_default();
    let params = first(text, "+CSCA").unwrap_or_default();
    let is_hex = params.text(0).is_some_and(|raw| raw != number);
    json!({"number": number, "toa": params.number(1), "empty": number.is_empty(), "ucs2_hex": is_hex})
}

fn charset_name(name: &str) -> String {
    match name {
        "ASCII" => "IRA".to_owned(),
        other => other.replace('-', "_"),
    }
}

fn clock(text: &str) -> Value {
    let Some(clock) = clock::clock(&infos(text, "+CCLK")) else {
        return json!({"iso": null, "offset_minutes": null, "error": true});
    };
    let minutes = i32::from(clock.zone_quarters.unwrap_or(0)) * 15;
    let sign = if minutes < 0 { '-' } else { '+' };
    let rest = if minutes % 60 == 0 { String::new() } else { format!(":{:02}", minutes.abs() % 60) };
    json!({"iso": format!("{}{sign}{:02}{rest}", iso(clock), minutes.abs() / 60), "offset_minutes": minutes})
}

fn iso(clock: Clock) -> String {
    let ((year, month, day), (hour, minute, second)) = (clock.date, clock.time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

fn time_zone(text: &str) -> Value {
    first(text, "+CTZE")
        .and_then(|params| TimeZone::parse(&params))
        .map_or(Value::Null, |zone| json!({"tz_quarters": zone.quarters, "dst": zone.dst, "utc": zone.time.map(iso)}))
}

fn extended_signal(text: &str) -> Value {
    let Some(signal) = network::extended_signal(&infos(text, "+CESQ")) else { return Value::Null };
    let db = |dbm: Option<i16>| dbm.map(f64::from);
    json!({
        "rxlev": signal.rxlev, "ber": signal.ber, "rscp_level": signal.rscp, "ecn0_level": signal.ecno,
        "rsrq_level": signal.rsrq, "rsrp_level": signal.rsrp,
        "rssi": db(signal.rssi_dbm()), "rscp": db(signal.rscp_dbm()), "rsrp": db(signal.rsrp_dbm()),
        "rsrq": signal.rsrq_db(), "ecio": signal.ecno_db(),
    })
}

fn product(text: &str) -> Value {
    let lines = bare(text);
    let field = |name: &str| identity::product_field(&lines, name);
    json!({"manufacturer": field("Manufacturer"), "model": field("Model"), "revision": field("Revision"), "imei": field("IMEI")})
}

fn calls(text: &str) -> Value {
    let states = ["active", "held", "dialing", "ringing_out", "ringing_in", "waiting"];
    let voice = call::calls(&infos(text, "+CLCC")).into_iter().filter(call::Call::is_voice).map(|call| {
        let direction = if call.incoming { "incoming" } else { "outgoing" };
        json!({"index": call.index, "direction": direction, "state": states.get(usize::from(call.stat)), "number": call.number})
    });
    json!({"voice_calls": voice.collect::<Vec<_>>()})
}

fn call_fields(text: &str) -> Value {
    let call = first(text, "+CLCC").and_then(|params| call::Call::parse(&params));
    call.map_or(json!({"error": true}), |call| {
        json!({"error": false, "index": call.index, "dir": u8::from(call.incoming), "stat": call.stat, "mode": call.mode, "number": call.number, "toa": call.toa})
    })
}

fn unsolicited(vector: &Value, kind: &str, typed: &Value, text: &str) -> Value {
    let urcs: Vec<Urc> = joined(text).iter().filter_map(|line| urc::parse(line)).collect();
    let wanted = |urc: &&Urc| !matches!(urc, Urc::Ring) || kind != "incoming-call";
    match urcs.iter().find(wanted) {
        Some(Urc::MessageStored { memory, index } | Urc::ReportStored { memory, index }) => json!({"mem": memory, "index": index}),
        Some(Urc::CallerId { number, toa, .. }) => json!({"number": number, "toa": toa}),
        Some(Urc::CallWaiting { number, toa, class }) => json!({"number": number, "toa": toa, "class": class}),
        Some(Urc::Service(state)) => json!({"state": state}),
        Some(Urc::Sim { state, lock }) => json!({"state": state, "lock": lock}),
        Some(Urc::Ussd(answer)) => {
            let charset =
                if vector.get("charset").is_none() && typed.get("charset").is_none() { ussd::Charset::Ira } else { ussd::Charset::Gsm };
            let string = answer.text.clone().unwrap_or_default();
            json!({"m": answer.m, "dcs": answer.dcs, "str": string, "hex": string, "text": ussd::read(&string, answer.dcs, charset), "charset": typed.get("charset")})
        }
        Some(Urc::Signal { rssi, ber }) => json!({"what": "csq", "rssi": rssi, "ber": ber}),
        Some(Urc::SmsReady) => json!({"what": "SMS DONE"}),
        Some(Urc::Notice { code }) if code == "+QIND" => {
            let params = first(text, "+QIND").unwrap_or_default();
            json!({"what": params.text(0), "act": params.text(1)})
        }
        Some(Urc::Notice { code }) if code == "^SYSINFO" => {
            let params = first(text, "^SYSINFO").unwrap_or_default();
            json!({"srv": params.number(0), "domain": params.number(1), "roam": params.number(2), "mode": params.number(3), "sim": params.number(4)})
        }
        Some(_) | None => json!({"error": true}),
    }
}

/// A quoted text may run over several lines.
fn joined(text: &str) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for line in lines(text) {
        match joined.last_mut() {
            Some(open) if open.matches('"').count() % 2 == 1 => {
                open.push('\n');
                open.push_str(&line);
            }
            Some(_) | None => joined.push(line),
        }
    }
    joined
}

fn prompt(text: &str) -> bool {
    let mut syntax = Syntax::default();
    syntax.hint(Hint::Prompt);
    text.bytes().any(|byte| syntax.feed(byte) == Some(Token::DataPrompt))
}
