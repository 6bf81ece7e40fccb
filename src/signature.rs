//! Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, written `v1,<base64>`.
//! Webhooks and the flows' http steps are signed alike.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::chance::Chance;
use crate::time::Timestamp;

/// A signing secret, spelled `whsec_` and base64. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

const PREFIX: &str = "whsec_";
const OCTETS: usize = 32;
/// The standard asks for 24 to 64 octets.
const OCTETS_MIN: usize = 24;
const OCTETS_MAX: usize = 64;

impl Secret {
    /// A new secret of 256 bits.
    pub fn generate(chance: &mut dyn Chance) -> Self {
        let mut octets = vec![0; OCTETS];
        chance.fill(&mut octets);
        Self(octets)
    }

    /// Reads `whsec_...`.
    pub fn parse(text: &str) -> Option<Self> {
        let octets = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (OCTETS_MIN..=OCTETS_MAX).contains(&octets.len()).then_some(Self(octets))
    }

    /// The secret in its spelled form, for the one who configures the receiver.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The value of the `webhook-signature` header.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key");
        mac.update(format!("{id}.{}.", at.unix_ms() / 1000).as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// SHA-256 of `octets` in lower-case hex: how keys and link tokens are stored.
pub fn sha256_hex(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().fold(String::with_capacity(64), |mut hex, octet| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{octet:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Clock as _, SystemClock};

    #[test]
    fn a_signature_satisfies_the_reference_verifier() {
        let secret = Secret::generate(&mut crate::chance::Seeded::new(3));
        let at = SystemClock.now();
        let signature = secret.sign("evt_1", at, b"{\"a\":1}");
        let verifier = standardwebhooks::Webhook::new(&secret.expose()).expect("their reader takes our secret");
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("webhook-id", "evt_1".parse().expect("header"));
        headers.insert("webhook-timestamp", (at.unix_ms() / 1000).to_string().parse().expect("header"));
        headers.insert("webhook-signature", signature.parse().expect("header"));
        verifier.verify(b"{\"a\":1}", &headers).expect("the signature is right");
        assert!(verifier.verify(b"{\"a\":2}", &headers).is_err());
    }

    #[test]
    fn a_secret_reads_back() {
        let secret = Secret::generate(&mut crate::chance::Seeded::new(4));
        assert_eq!(Secret::parse(&secret.expose()), Some(secret));
        assert_eq!(Secret::parse("whsec_c2hvcnQ="), None);
    }
}
