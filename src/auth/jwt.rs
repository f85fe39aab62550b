//! Decoding of JSON web tokens, without verifying anything.
//!
//! What a decoded token says is only what it *claims*: nothing here shows that it is genuine, accepted or unrevoked.

use super::expiry::Instant;
use super::json::{self, Object, Value};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const SEGMENT_BYTES_MAX: usize = 64 * 1024;
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a token claims about itself.
pub struct Claims {
    payload: Object,
}

/// Decodes the payload of a three-part token. `None` for anything else, encrypted tokens among it.
pub fn decode(token: &str) -> Option<Claims> {
    let mut parts = token.trim().split('.');
    let (header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    segment(header)?.has("alg").then_some(())?;
    Some(Claims { payload: segment(payload)? })
}

/// Whether a text has the outline of a token: three dotted parts, the first an encoded JSON object.
pub fn looks_like(token: &str) -> bool {
    token.starts_with("eyJ") && token.split('.').count() == 3
}

fn segment(text: &str) -> Option<Object> {
    if text.is_empty() || text.len() > SEGMENT_BYTES_MAX {
        return None;
    }
    let bytes = zeroize::Zeroizing::new(BASE64.decode(text.trim_end_matches('=')).ok()?);
    match json::parse(&bytes).ok()?.value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

impl Claims {
    /// A date claim such as `exp`, `iat` or `nbf`. Milliseconds, which some issuers write, are recognised by size.
    pub fn date(&self, name: &str) -> Option<Instant> {
        let seconds = self.payload.number(name).filter(|n| *n > 0.0)?;
        let seconds = if seconds > 1e11 { seconds / 1000.0 } else { seconds };
        Some(Instant { seconds: seconds as i64, nanos: 0 })
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.payload.filled(name)
    }

    /// The e-mail address, at the top or in the issuer's profile claim.
    pub fn email(&self) -> Option<&str> {
        self.text("email").or_else(|| self.payload.object("https://api.openai.com/profile")?.filled("email"))
    }

    /// A member of the account claim that OpenAI tokens carry.
    pub fn openai(&self, name: &str) -> Option<&str> {
        self.payload.object("https://api.openai.com/auth")?.filled(name)
    }

    /// The end of an AWS client registration: some client secrets are tokens whose `serialized` member is JSON text with
    /// an expiry stamp. The name is a third party's observation, so this is a hint and no more.
    pub fn registration_end(&self) -> Option<Instant> {
        let inner = self.payload.text("serialized").and_then(|text| match json::parse(text.as_bytes()).ok()?.value {
            Value::Object(object) => Some(object),
            _ => None,
        });
        let stamp = inner.as_ref().and_then(|object| object.number("expirationTimestamp"));
        let seconds = stamp.or_else(|| self.payload.number("expirationTimestamp")).filter(|n| *n > 0.0);
        match seconds {
            Some(n) if n > 1e11 => Some(Instant { seconds: (n / 1000.0) as i64, nanos: 0 }),
            Some(n) => Some(Instant { seconds: n as i64, nanos: 0 }),
            None => self.date("exp"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A token with the given payload and a worthless signature.
    pub fn token(payload: &str) -> String {
        format!(
            "{}.{}.c2ln",
            BASE64.encode("{\"alg\":\"none\"}").replace('=', ""),
            BASE64.encode(payload).replace('=', "")
        )
    }

    #[test]
    fn reads_claims() {
        let claims =
            decode(&token(r#"{"exp":1772366400,"iat":1771502400000,"email":"a@example.com"}"#)).expect("decodes");
        assert_eq!(claims.date("exp").map(|i| i.seconds), Some(1_772_366_400));
        assert_eq!(claims.date("iat").map(|i| i.seconds), Some(1_771_502_400));
        assert_eq!(claims.email(), Some("a@example.com"));
        let secret = decode(&token(r#"{"serialized":"{\"expirationTimestamp\":1771000000.5}"}"#)).expect("decodes");
        assert_eq!(secret.registration_end().map(|i| i.seconds), Some(1_771_000_000));
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", "a.b", "eyJhbGciOiJub25lIn0.%%%.x", "a.b.c.d.e", "...", "eyJ4IjoxfQ.eyJ4IjoxfQ.x"] {
            assert!(decode(text).is_none(), "{text}");
        }
        let long = format!("eyJhbGciOiJub25lIn0.{}.x", "A".repeat(70_000));
        assert!(decode(&long).is_none());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}", dots in "[A-Za-z0-9_.=-]{0,80}") {
            let _ = decode(&text);
            let _ = decode(&dots);
        }
    }
}
