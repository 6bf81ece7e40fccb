//! The modem's clock and what the network says of the time: `+CCLK`, `+CTZU`, `+CTZR` (27.007 8.15, 8.40, 8.41) and the makers' own
//! lines. Whether a time is to be believed is the caller's business.

use super::{QUERY, first};
use crate::answer::{Params, Value};
use crate::chat::{Info, Request};

/// `AT+CCLK?`.
pub fn clock_read() -> Request {
    Request::new("AT+CCLK?", QUERY).answered_by("+CCLK")
}

/// `"15/02/28,20:30:40-32"`: local time and its zone in quarter hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Year, month, day.
    pub date: (u16, u8, u8),
    /// Hour, minute, second.
    pub time: (u8, u8, u8),
    /// Quarter hours east of UTC.
    pub zone_quarters: Option<i8>,
}

/// What `AT+CCLK?` answered.
pub fn clock(lines: &[Info]) -> Option<Clock> {
    let params = first(lines, "+CCLK")?;
    let joined: Vec<String> = params.values.iter().filter_map(Value::text).collect();
    clock_text(&joined.join(","))
}

/// `+CTZE: "+08",1,"2020/10/21,13:49:57"`: the network told its time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone {
    /// Quarter hours east of UTC.
    pub quarters: i8,
    /// Hours of daylight saving within them.
    pub dst: u8,
    /// The time, where it is told with the zone.
    pub time: Option<Clock>,
}

impl TimeZone {
    /// Reads the parameters of `+CTZE`; `+CTZV` tells the zone alone.
    pub fn parse(params: &Params) -> Option<Self> {
        let quarters = params.text(0)?.trim().parse().ok()?;
        let dst = params.number(1).and_then(|dst| dst.try_into().ok()).unwrap_or_default();
        Some(Self { quarters, dst, time: params.text(2).and_then(|text| clock_text(&text)) })
    }
}

/// `AT+CTZR=<n>`: 2 tells of a new zone with the time, 1 without.
pub fn zone_reports(n: u8) -> Request {
    Request::new(format!("AT+CTZR={n}"), QUERY)
}

/// What a network said of its time, by whichever line: `+CTZE`, `+CTZEU`, `+CTZV`, `^NWTIME`, `*PSUTTZ`, `#NITZ`. Whether the time is
/// local or universal differs by maker and firmware.
pub fn told(code: &str, params: &Params) -> Option<Clock> {
    match code.to_ascii_uppercase().as_str() {
        "+CTZE" | "+CTZEU" => {
            let zone = TimeZone::parse(params)?;
            zone.time.map(|time| Clock { zone_quarters: Some(zone.quarters), ..time })
        }
        // `+CTZV: +08,"20/10/21,13:49:57"`
        "+CTZV" => {
            let quarters = params.text(0)?.trim().parse().ok()?;
            params.text(1).and_then(|text| clock_text(&text)).map(|time| Clock { zone_quarters: Some(quarters), ..time })
        }
        "*PSUTTZ" => spread(params),
        _ => clock_text(&joined(params)),
    }
}

/// `2023, 6, 8, 5, 15, 27, "+8", 1`, and `"23/06/08,05:15:27","+32",1` of older firmware.
fn spread(params: &Params) -> Option<Clock> {
    if let Some(clock) = params.text(0).and_then(|text| clock_text(&text)) {
        return Some(Clock { zone_quarters: params.text(1).and_then(|zone| zone.trim().parse().ok()), ..clock });
    }
    let at = |place: usize| params.number(place);
    let octet = |place: usize| at(place)?.try_into().ok();
    let year: u16 = at(0)?.try_into().ok()?;
    let year = if year < 100 { year.saturating_add(2000) } else { year };
    let zone_quarters = params.text(6).and_then(|zone| zone.trim().parse().ok());
    Some(Clock { date: (year, octet(1)?, octet(2)?), time: (octet(3)?, octet(4)?, octet(5)?), zone_quarters })
}

fn joined(params: &Params) -> String {
    let texts: Vec<String> = params.values.iter().take(2).filter_map(Value::text).collect();
    texts.join(",")
}

/// Reads `yy/MM/dd,hh:mm:ss±zz`, with a two or four digit year.
pub fn clock_text(text: &str) -> Option<Clock> {
    let (date, time) = text.split_once(',')?;
    let mut date = date.split('/').map(str::trim);
    let year: u16 = date.next()?.parse().ok()?;
    let (month, day) = (date.next()?.parse().ok()?, date.next()?.parse().ok()?);
    let zone_at = time.find(['+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at_checked(zone_at)?;
    let zone = if zone.is_empty() { None } else { Some(zone) };
    let mut time = time.split(':').map(str::trim);
    let (hour, minute, second) = (time.next()?.parse().ok()?, time.next()?.parse().ok()?, time.next()?.parse().ok()?);
    // Telit puts the hours of daylight saving behind it.
    let zone_quarters = zone.map(|zone| zone.split(',').next().unwrap_or(zone).trim().parse()).transpose().ok()?;
    let year = if year < 100 { year.saturating_add(2000) } else { year };
    Some(Clock { date: (year, month, day), time: (hour, minute, second), zone_quarters })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Line;

    fn check(line: &str, want: Option<(&str, Option<i8>)>) {
        let Line::Info { code, rest } = Line::parse(line) else { panic!("{line} has no code") };
        let told = told(code, &Params::parse(rest)).map(|clock| {
            let ((year, month, day), (hour, minute, second)) = (clock.date, clock.time);
            (format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"), clock.zone_quarters)
        });
        assert_eq!(told.as_ref().map(|(time, zone)| (time.as_str(), *zone)), want, "{line}");
    }

    #[test]
    fn every_maker_tells_the_time_in_a_way_of_its_own() {
        for (line, want) in [
            ("+CTZE: \"+08\",1,\"2020/10/21,13:49:57\"", Some(("2020-10-21 13:49:57", Some(8)))),
            ("+CTZE: -08,0,\"2020/10/21,13:49:57\"", Some(("2020-10-21 13:49:57", Some(-8)))),
            ("+CTZEU: \"+08\",0,\"2026/10/21,13:49:57\"", Some(("2026-10-21 13:49:57", Some(8)))),
            ("+CTZV: +08,\"26/10/21,13:49:57\"", Some(("2026-10-21 13:49:57", Some(8)))),
            ("^NWTIME: 14/08/05,04:00:21+40,02", Some(("2014-08-05 04:00:21", Some(40)))),
            ("^NWTIME: 18/03/09,12:36:21+4,00", Some(("2018-03-09 12:36:21", Some(4)))),
            ("^NWTIME:26/11/22,19:00:00-20,00", Some(("2026-11-22 19:00:00", Some(-20)))),
            ("*PSUTTZ: 2023, 6, 8, 5, 15, 27, \"+8\", 1", Some(("2023-06-08 05:15:27", Some(8)))),
            ("*PSUTTZ: \"14/06/02,03:25:12\",\"+32\",0", Some(("2014-06-02 03:25:12", Some(32)))),
            ("#NITZ: \"26/11/22,19:00:00+04,0\"", Some(("2026-11-22 19:00:00", Some(4)))),
            ("#NITZ: \"26/11/22,19:00:00+04\"", Some(("2026-11-22 19:00:00", Some(4)))),
            ("#NITZ: 26/11/22,19:00:00", Some(("2026-11-22 19:00:00", None))),
        ] {
            check(line, want);
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for line in [
            "+CTZV: \"+32\",0",
            "+CTZV: 32",
            "+CTZE: \"+08\",1",
            "+CTZE: ,,",
            "+CTZE: \"+999\",1,\"2020/10/21,13:49:57\"",
            "^NWTIME:",
            "^NWTIME: 26/11,19:00",
            "^NWTIME: 26/11/999,19:00:00+04",
            "*PSUTTZ: 2023, 6",
            "*PSUTTZ: 70000, 6, 8, 5, 15, 27, \"+8\", 1",
            "*PSUTTZ: -1, 6, 8, 5, 15, 27, \"+8\", 1",
            "*PSUTTZ: 2023, 600, 8, 5, 15, 27, \"+8\", 1",
            "#NITZ: ,,,",
        ] {
            check(line, None);
        }
    }
}
