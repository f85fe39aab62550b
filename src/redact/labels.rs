//! Labels: the placeholder that stands for a masked value.
//!
//! By default a value gets an ordinal in order of first appearance: nothing to brute-force, nothing that says more than
//! "the same value again". Values are told apart by a 128-bit digest, so that no secret is kept. With a key of the user a
//! label is a keyed fingerprint instead, comparable between reports.
//!
//! A placeholder that stands in the evidence already is a value like any other, of the kind it names. It gets the next
//! ordinal of that kind, so it can never pose as one of ours; and redacting twice gives the same text, since first
//! appearance orders the placeholders as it ordered the values.

use super::placeholder;
use super::span::{Proof, Span};
use hmac::{KeyInit, Mac};
use std::collections::{BTreeMap, HashMap};

type HmacSha256 = hmac::Hmac<sha2::Sha256>;

/// What tells two masked values apart, without keeping them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueId([u8; 16]);

impl ValueId {
    pub fn of(value: &[u8]) -> ValueId {
        let digest = blake3::hash(value);
        ValueId(digest.as_bytes()[..16].try_into().expect("32 bytes"))
    }
}

/// A key for fingerprints that can be compared between reports. It cannot be printed.
pub struct FingerprintKey(zeroize::Zeroizing<Vec<u8>>);

/// A key must not be guessable.
pub const KEY_BYTES_MIN: usize = 32;

impl FingerprintKey {
    /// `None` when the key is shorter than [`KEY_BYTES_MIN`].
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let bytes = zeroize::Zeroizing::new(bytes);
        (bytes.len() >= KEY_BYTES_MIN).then_some(FingerprintKey(bytes))
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = HmacSha256::new_from_slice(&self.0).expect("any length is a key");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// 64 bits of HMAC-SHA-256 over the kind and the value, in 13 characters.
    fn fingerprint(&self, kind: &str, value: &[u8]) -> String {
        let value = value.trim_ascii();
        base32(&self.mac(&[b"authopsy-fp-v1\0", kind.as_bytes(), b"\0", value])[..8])
    }

    /// Names the key without giving it away: eight hex digits.
    pub fn id(&self) -> String {
        self.mac(&[b"id"])[..4].iter().map(|b| format!("{b:02x}")).collect()
    }
}

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for &byte in bytes {
        buffer = buffer << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(buffer >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(buffer << (5 - bits) & 31) as usize]));
    }
    out
}

/// A value as a worker saw it: enough to label it later, in evidence order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    pub kind: &'static str,
    pub id: ValueId,
    /// The keyed fingerprint, when there is a key.
    pub fingerprint: Option<String>,
}

impl Masked {
    pub fn new(span: &Span, text: &[u8], key: Option<&FingerprintKey>) -> Masked {
        let value = &text[span.start..span.end];
        let domain = if span.proof == Proof::Placeholder { "placeholder" } else { span.kind };
        let fingerprint = key.map(|key| key.fingerprint(domain, value));
        Masked { kind: span.kind, id: ValueId::of(value), fingerprint }
    }
}

/// Hands out labels in evidence order and counts what was masked.
#[derive(Default)]
pub struct Labels {
    given: HashMap<ValueId, (&'static str, u64)>,
    last: BTreeMap<&'static str, u64>,
    by_kind: BTreeMap<&'static str, u64>,
}

impl Labels {
    /// Appends the placeholder of a value.
    pub fn write(&mut self, masked: &Masked, out: &mut Vec<u8>) {
        let (kind, text) = match &masked.fingerprint {
            Some(fingerprint) => (masked.kind, fingerprint.clone()),
            None => {
                let (kind, ordinal) = self.ordinal(masked);
                (kind, ordinal.to_string())
            }
        };
        *self.by_kind.entry(kind).or_default() += 1;
        placeholder::write(kind, text.as_bytes(), out);
    }

    fn ordinal(&mut self, masked: &Masked) -> (&'static str, u64) {
        let last = &mut self.last;
        *self.given.entry(masked.id).or_insert_with(|| {
            let n = last.entry(masked.kind).or_default();
            *n += 1;
            (masked.kind, *n)
        })
    }

    /// How many values were masked so far, by kind.
    pub fn by_kind(&self) -> &BTreeMap<&'static str, u64> {
        &self.by_kind
    }

    /// How many different values were masked so far.
    pub fn distinct(&self) -> usize {
        self.given.len()
    }
}
