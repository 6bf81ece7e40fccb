//! Who is looking at the pages: sessions of people who signed in with an API key. In memory only: after a restart one
//! signs in again, and no page view ever writes to the disk.
//!
//! A cookie holds a random token; here only its hash is kept. The key itself is asked at every request, so that a
//! revoked key is out at once. Idle sessions end after 30 minutes, all of them after 8 hours.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::chance::Chance;
use crate::ids::KeyId;
use crate::signature::sha256_hex;
use crate::time::Tick;

/// The cookie's name.
pub const COOKIE: &str = "answerback";

const IDLE_MAX: Duration = Duration::from_mins(30);
const AGE_MAX: Duration = Duration::from_hours(8);
/// Technicians of one box, with several tabs and phones each.
const VISITS_MAX: usize = 256;
const TOKEN_OCTETS: usize = 32;

/// Sessions by the hash of their token.
#[derive(Default)]
pub struct Visits {
    open: Mutex<HashMap<String, Visit>>,
}

/// One signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The key it signed in with.
    pub key: KeyId,
    /// Every form carries it back.
    pub csrf: String,
    opened: Tick,
    seen: Tick,
}

impl Visits {
    /// Opens a session and returns the cookie's value.
    pub fn open(&self, key: KeyId, now: Tick, chance: &mut dyn Chance) -> String {
        let token = random(chance);
        let visit = Visit { key, csrf: random(chance), opened: now, seen: now };
        let mut open = self.lock();
        open.retain(|_, visit| visit.lives(now));
        if open.len() >= VISITS_MAX {
            let oldest = open.iter().min_by_key(|(_, visit)| visit.seen).map(|(hash, _)| hash.clone());
            oldest.and_then(|hash| open.remove(&hash));
        }
        open.insert(sha256_hex(token.as_bytes()), visit);
        token
    }

    /// The session of a cookie, which is then no longer idle.
    pub fn find(&self, token: &str, now: Tick) -> Option<Visit> {
        let mut open = self.lock();
        let visit = open.get_mut(&sha256_hex(token.as_bytes())).filter(|visit| visit.lives(now))?;
        visit.seen = now;
        Some(visit.clone())
    }

    /// Ends the session of a cookie.
    pub fn close(&self, token: &str) {
        self.lock().remove(&sha256_hex(token.as_bytes()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Visit>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    fn lives(&self, now: Tick) -> bool {
        now.since(self.seen) < IDLE_MAX && now.since(self.opened) < AGE_MAX
    }
}

fn random(chance: &mut dyn Chance) -> String {
    let mut octets = [0; TOKEN_OCTETS];
    chance.fill(&mut octets);
    octets.iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"))
}

/// The token among a browser's cookies.
pub fn token(cookies: &str) -> Option<&str> {
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Whether a browser says that a form was sent from our own page: its `Origin`, else its `Sec-Fetch-Site`.
pub fn same_origin(origin: Option<&str>, fetch_site: Option<&str>, host: Option<&str>) -> bool {
    match (origin, host) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host)),
        (Some(_), None) => false,
        (None, _) => matches!(fetch_site, None | Some("same-origin")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;
    use crate::time::Timestamp;

    #[test]
    fn sessions_end_when_idle_and_when_old() {
        let key = KeyId::new(Timestamp::from_unix_ms(1), &mut Seeded::new(1));
        let after = |minutes| Tick::from_nanos(minutes * 60 * 1_000_000_000);
        let every_20_minutes: Vec<u64> = (1..=30).map(|n| n * 20).collect();
        for (seen_at_min, lives_until_min) in [(&[29][..], 29), (&[31][..], 0), (&every_20_minutes[..], 460)] {
            let visits = Visits::default();
            let token = visits.open(key, after(0), &mut Seeded::new(2));
            let last = seen_at_min.iter().take_while(|minutes| visits.find(&token, after(**minutes)).is_some()).last();
            assert_eq!(last.copied().unwrap_or(0), lives_until_min, "{seen_at_min:?}");
        }
    }

    #[test]
    fn a_closed_session_is_not_found_and_no_other_token_opens_it() {
        let (visits, now) = (Visits::default(), Tick::from_nanos(0));
        let token = visits.open(KeyId::new(Timestamp::from_unix_ms(1), &mut Seeded::new(1)), now, &mut Seeded::new(2));
        assert!(visits.find("", now).is_none() && visits.find(&sha256_hex(token.as_bytes()), now).is_none());
        visits.close(&token);
        assert!(visits.find(&token, now).is_none());
    }

    #[test]
    fn the_number_of_sessions_is_bounded() {
        let (visits, mut chance) = (Visits::default(), Seeded::new(1));
        let key = KeyId::new(Timestamp::from_unix_ms(1), &mut chance);
        for n in 0..1000 {
            visits.open(key, Tick::from_nanos(n), &mut chance);
        }
        assert_eq!(visits.lock().len(), VISITS_MAX);
    }

    #[test]
    fn cookies_are_found_by_name() {
        for (cookies, want) in
            [("answerback=ab", Some("ab")), ("a=1; answerback=ab; b=2", Some("ab")), ("xanswerback=ab", None), ("", None)]
        {
            assert_eq!(token(cookies), want, "{cookies}");
        }
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        for (origin, site, host, want) in [
            (Some("http://127.0.0.1:8080"), None, Some("127.0.0.1:8080"), true),
            (Some("https://Box.example"), None, Some("box.example"), true),
            (Some("https://evil.example"), None, Some("127.0.0.1:8080"), false),
            (Some("http://127.0.0.1:8081"), None, Some("127.0.0.1:8080"), false),
            (Some("null"), None, Some("127.0.0.1:8080"), false),
            (Some("http://127.0.0.1:8080"), None, None, false),
            (None, Some("cross-site"), Some("127.0.0.1:8080"), false),
            (None, Some("same-origin"), Some("127.0.0.1:8080"), true),
            (None, None, Some("127.0.0.1:8080"), true),
        ] {
            assert_eq!(same_origin(origin, site, host), want, "{origin:?} {site:?} {host:?}");
        }
    }
}
