//! [`Target`]: an address of another system, checked before anything is sent there.
//!
//! The box stands inside a utility's network, so an address somebody typed could make it call machines it must not
//! call (SSRF). Public addresses are open; private and loopback ones only where the one who configured the webhook or
//! endpoint said so; link-local (cloud metadata), multicast and unspecified ones never. This file sends nothing.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A checked `http` or `https` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    uri: hyper::Uri,
    reach: Reach,
}

/// How far into the utility's own network a target may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Public addresses alone.
    Public,
    /// Loopback and private addresses too: `private = true` in the configuration.
    Private,
}

/// Why an address is not one we call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// It does not parse.
    #[error("`{0}` is not an address; write it like https://billing.example/hooks")]
    Form(String),
    /// Another scheme.
    #[error("`{0}` is not http or https")]
    Scheme(String),
    /// `user:password@host` would end up in logs.
    #[error("an address must not carry a user name or password")]
    Credentials,
    /// It lies in the utility's own network.
    #[error("{0} is a private address; add `private = true` to allow it")]
    Private(IpAddr),
    /// No setting allows this one.
    #[error("{0} is a link-local, multicast or unspecified address and is never called")]
    Never(IpAddr),
}

/// An address longer than this is a mistake.
const URL_CHARS_MAX: usize = 2_000;

impl Target {
    /// Reads an address. Names are looked up later, when something is sent: see [`Reach::admits`].
    pub fn parse(url: &str, reach: Reach) -> Result<Self, BadTarget> {
        let shown = || BadTarget::Form(url.chars().take(80).collect());
        if url.chars().count() > URL_CHARS_MAX || url.contains('#') {
            return Err(shown());
        }
        let uri: hyper::Uri = url.trim().parse().map_err(|_| shown())?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            Some(other) => return Err(BadTarget::Scheme(other.to_owned())),
            None => return Err(shown()),
        }
        let authority = uri.authority().ok_or_else(shown)?;
        if authority.as_str().contains('@') {
            return Err(BadTarget::Credentials);
        }
        if authority.host().is_empty() {
            return Err(shown());
        }
        if let Some(ip) = literal(authority.host()) {
            reach.admits(ip)?;
        }
        Ok(Self { uri, reach })
    }

    /// The address as hyper wants it.
    pub fn uri(&self) -> &hyper::Uri {
        &self.uri
    }

    /// How far it may lie.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The same target with one more query parameter; `value` is percent-encoded.
    pub fn with_query(&self, name: &str, value: &str) -> Result<Self, BadTarget> {
        let text = self.uri.to_string();
        let joint = if self.uri.query().is_some() { '&' } else { '?' };
        Self::parse(&format!("{text}{joint}{name}={}", percent(value)), self.reach)
    }
}

impl Reach {
    /// `private = true` or not.
    pub const fn of(private: bool) -> Self {
        if private { Self::Private } else { Self::Public }
    }

    /// Whether an address a name stands for may be called.
    pub fn admits(self, ip: IpAddr) -> Result<(), BadTarget> {
        match (kind(ip), self) {
            (Kind::Never, _) => Err(BadTarget::Never(ip)),
            (Kind::Private, Self::Public) => Err(BadTarget::Private(ip)),
            (Kind::Private, Self::Private) | (Kind::Public, _) => Ok(()),
        }
    }
}

enum Kind {
    Public,
    Private,
    Never,
}

fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn kind(ip: IpAddr) -> Kind {
    match ip {
        IpAddr::V4(ip) => kind_v4(ip),
        IpAddr::V6(ip) => kind_v6(ip),
    }
}

fn kind_v4(ip: Ipv4Addr) -> Kind {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (169, 254, _) | (224..=255, _, _) => Kind::Never,
        (0, _, _) => Kind::Never,
        (10 | 127, _, _) | (172, 16..=31, _) | (192, 168, _) => Kind::Private,
        // Carrier-grade NAT, IETF protocol assignments and benchmarks: somebody's inside (RFC 6890).
        (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _) => Kind::Private,
        _ => Kind::Public,
    }
}

fn kind_v6(ip: Ipv6Addr) -> Kind {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return kind_v4(inner);
    }
    let s = ip.segments();
    if ip.is_unspecified() || s[0] & 0xff00 == 0xff00 || s[0] & 0xffc0 == 0xfe80 {
        return Kind::Never;
    }
    if ip.is_loopback() || s[0] & 0xfe00 == 0xfc00 || s[0] & 0xffc0 == 0xfec0 {
        return Kind::Private;
    }
    // NAT64 and 6to4 carry an IPv4 address inside (RFC 6052, RFC 3056).
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return kind_v4(Ipv4Addr::from((u32::from(s[6]) << 16) | u32::from(s[7])));
    }
    if s[0] == 0x2002 {
        return kind_v4(Ipv4Addr::from((u32::from(s[1]) << 16) | u32::from(s[2])));
    }
    Kind::Public
}

/// A text as it may stand in an address.
pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, octet| {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(octet)),
            // Writing to a String cannot fail.
            other => drop(write!(out, "%{other:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `p` allowed with `private = true` alone, `+` always, `-` never.
    fn check(url: &str, want: char) {
        let public = Target::parse(url, Reach::Public).is_ok();
        let private = Target::parse(url, Reach::Private).is_ok();
        let found = match (public, private) {
            (true, true) => '+',
            (false, true) => 'p',
            (false, false) => '-',
            (true, false) => '?',
        };
        assert_eq!(found, want, "{url}");
    }

    #[test]
    fn a_private_target_needs_a_word_and_metadata_is_never_called() {
        for (url, want) in [
            ("https://billing.example/hooks", '+'),
            ("http://93.184.216.34/x?y=1", '+'),
            ("http://127.0.0.1:8080/", 'p'),
            ("http://10.1.2.3/", 'p'),
            ("http://172.16.0.1/", 'p'),
            ("http://172.32.0.1/", '+'),
            ("http://192.168.1.1/", 'p'),
            ("http://100.64.0.1/", 'p'),
            ("http://[::1]:99/", 'p'),
            ("http://[fd00::1]/", 'p'),
            ("http://[::ffff:127.0.0.1]/", 'p'),
            ("http://[64:ff9b::7f00:1]/", 'p'),
            ("http://[2002:0a00:0001::]/", 'p'),
            ("http://[2606:2800:220:1::1]/", '+'),
            ("http://169.254.169.254/latest/meta-data", '-'),
            ("http://[::ffff:169.254.169.254]/", '-'),
            ("http://[fe80::1]/", '-'),
            ("http://0.0.0.0/", '-'),
            ("http://224.0.0.1/", '-'),
            ("ftp://billing.example/", '-'),
            ("file:///etc/passwd", '-'),
            ("billing.example/hooks", '-'),
            ("https://user:secret@billing.example/", '-'),
            ("https://billing.example/#part", '-'),
            ("", '-'),
        ] {
            check(url, want);
        }
    }

    #[test]
    fn a_query_is_added_percent_encoded() {
        for (url, want) in [
            ("http://b.example/status", "http://b.example/status?key=ses_1%3Acharge%3A3"),
            ("http://b.example/status?a=1", "http://b.example/status?a=1&key=ses_1%3Acharge%3A3"),
        ] {
            let target = Target::parse(url, Reach::Public).unwrap().with_query("key", "ses_1:charge:3").unwrap();
            assert_eq!(target.uri().to_string(), want);
        }
    }
}
