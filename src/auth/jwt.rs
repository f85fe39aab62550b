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
    /// Places of members that the payload has twice. Readers disagree about their values, so nothing follows from them.
    twice: Vec<String>,
    unsigned: bool,
}

/// Decodes the payload of a three-part token. `None` for anything else, encrypted tokens among it.
pub fn decode(token: &str) -> Option<Claims> {
    let mut parts = token.trim().split('.');
    let (header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (header, _) = segment(header)?;
    header.has("alg").then_some(())?;
    let (payload, twice) = segment(payload)?;
    Some(Claims { payload, twice, unsigned: is_unsigned(&header) })
}

/// Whether the third part can be a signature: only a token that says it is unsigned has none. A token that was cut
/// usually lost its end, and its claims can still be read.
pub fn has_signature(token: &str) -> bool {
    let mut parts = token.trim().split('.');
    let (Some(header), Some(signature)) = (parts.next(), parts.nth(1)) else { return false };
    let letters = signature.trim_end_matches('=');
    let unsigned = || segment(header).is_some_and(|(header, _)| is_unsigned(&header));
    if letters.is_empty() {
        return unsigned();
    }
    letters.len() % 4 != 1 && letters.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn is_unsigned(header: &Object) -> bool {
    header.filled("alg").is_some_and(|alg| alg.eq_ignore_ascii_case("none"))
}

/// Whether a text has the outline of a token: three dotted parts, the first an encoded JSON object.
pub fn looks_like(token: &str) -> bool {
    token.starts_with("eyJ") && token.split('.').count() == 3
}

/// The object of one part, and the places of what it has twice.
fn segment(text: &str) -> Option<(Object, Vec<String>)> {
    if text.is_empty() || text.len() > SEGMENT_BYTES_MAX {
        return None;
    }
    let bytes = zeroize::Zeroizing::new(BASE64.decode(text.trim_end_matches('=')).ok()?);
    let parsed = json::parse(&bytes).ok()?;
    match parsed.value {
        Value::Object(object) => Some((object, parsed.duplicates)),
        _ => None,
    }
}

/// Above this a number is no date in seconds that anybody means: the year 5138.
const SECONDS_MAX: f64 = 1e11;

/// A date claim's number. Milliseconds, which some issuers write, are recognised by what they give; what gives nothing
/// plausible in either unit is no date.
fn instant(number: f64) -> Option<Instant> {
    let at = |seconds: f64| Instant { seconds: seconds as i64, nanos: 0 };
    match number {
        n if n <= 0.0 => None,
        n if n <= SECONDS_MAX => Some(at(n)),
        n => Some(at(n / 1000.0)).filter(|at| at.is_plausible()),
    }
}

impl Claims {
    /// A date claim such as `exp`, `iat` or `nbf`.
    pub fn date(&self, name: &str) -> Option<Instant> {
        instant(self.single(name)?.payload.number(name)?)
    }

    /// Why a date claim is not what it has to be, a number of seconds.
    pub fn date_fault(&self, name: &str) -> Option<&'static str> {
        let number = self.payload.number(name).filter(|n| *n > SECONDS_MAX)?;
        Some(match instant(number) {
            Some(_) => "in milliseconds, where seconds are the rule",
            None => "no date in seconds, nor in milliseconds",
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.payload.has(name)
    }

    /// Whether some claim stands in it twice.
    pub fn has_twice(&self) -> bool {
        !self.twice.is_empty()
    }

    /// Whether the token says that nobody signed it.
    pub fn is_unsigned(&self) -> bool {
        self.unsigned
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.single(name)?.payload.filled(name)
    }

    fn single(&self, name: &str) -> Option<&Claims> {
        let doubled = self.twice.iter().any(|place| place.strip_prefix('/') == Some(name));
        (!doubled).then_some(self)
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
        match stamp.or_else(|| self.payload.number("expirationTimestamp")).filter(|n| *n > 0.0) {
            Some(number) => instant(number),
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
    fn believes_no_date_that_cannot_be_one() {
        let date = |number: &str| {
            let claims = decode(&token(&format!(r#"{{"exp":{number}}}"#))).expect("decodes");
            (claims.date("exp").map(|at| at.seconds), claims.date_fault("exp").is_some())
        };
        assert_eq!(date("1772366400"), (Some(1_772_366_400), false));
        assert_eq!(date("1772366400.5"), (Some(1_772_366_400), false));
        assert_eq!(date("1772366400000"), (Some(1_772_366_400), true));
        for number in ["253402300800", "1772366400000000", "1e30"] {
            assert_eq!(date(number), (None, true), "{number}");
        }
        assert_eq!((date("0"), date("-5")), ((None, false), (None, false)));
        let twice = decode(&token(r#"{"exp":1772366400,"exp":1,"sub":"a"}"#)).expect("decodes");
        assert_eq!((twice.date("exp"), twice.text("sub"), twice.has_twice()), (None, Some("a"), true));
    }

    #[test]
    fn a_signature_is_there_and_whole() {
        let unsigned = token("{}");
        let none = unsigned.strip_suffix("c2ln").expect("a signature");
        let signed = none.replacen(none.split('.').next().expect("a header"), "eyJhbGciOiJSUzI1NiJ9", 1);
        for (text, whole) in [
            (unsigned.clone(), true),
            (none.to_owned(), true),
            (signed.clone(), false),
            (format!("{signed}c2ln"), true),
            (format!("{signed}c2lnbg=="), true),
            (format!("{signed}c2lnb"), false),
            (format!("{signed}c2\u{e4}n"), false),
            (format!("{signed}c2+n"), false),
        ] {
            assert_eq!(has_signature(&text), whole, "{text}");
        }
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
