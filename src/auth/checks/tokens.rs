//! The tokens themselves: whether they are where the server looks, and whether they can be tokens at all.

use super::super::case::{Case, Presence, Token};
use super::super::expiry::{self, Parsed};
use super::super::json::{Object, Value};
use super::super::jwt;
use super::super::providers::{Need, Shape, Slot};
use super::super::verdict::Refresh;
use super::expiry::TOLERANCE_SECONDS;
use crate::finding::Severity;

/// Shorter texts are no tokens of any provider known here.
const TOKEN_CHARS_MIN: usize = 12;

/// Judges both tokens and what a refresh can hope for.
pub fn check(case: &mut Case<'_>) {
    let need = (case.provider.need)(case.object);
    case.can_refresh = match need {
        Need::Token => Refresh::Possible,
        Need::Never => Refresh::NotApplicable,
        Need::Other(true) => Refresh::Possible,
        Need::Other(false) => Refresh::Impossible,
    };
    suspicious_names(case);
    twins(case);
    misplaced(case, need);
    missing_access(case, need);
    missing_refresh(case, need);
    let swapped = swapped(case);
    for is_refresh in [false, true] {
        let token = if is_refresh { case.refresh.clone() } else { case.access.clone() };
        let sound = !token.is_present() || (sound(case, &token, is_refresh, swapped) && !swapped);
        let slot = if is_refresh { &mut case.refresh } else { &mut case.access };
        slot.sound &= sound;
    }
    if need == Need::Token && !case.refresh.sound {
        case.block();
    }
    must_decode(case);
    damaged(case);
}

/// Secrets beside the two tokens.
const OTHER_SECRETS: [&str; 8] = [
    "id_token",
    "api_key",
    "client_id",
    "client_secret",
    "cookie",
    "personal_access_token",
    "oauth_client_secret",
    "session_token",
];

/// Bytes of another secret that were no UTF-8.
fn damaged(case: &mut Case<'_>) {
    if case.has("token-corrupted-utf8") {
        return;
    }
    let broken = |object: &Object, name: &&str| matches!(object.get(name), Some(Value::Text(text)) if text.damaged);
    let name = OTHER_SECRETS
        .into_iter()
        .find(|name| broken(case.object, name) || case.object.object("token").is_some_and(|t| broken(t, name)));
    if let Some(name) = name {
        case.note("token-corrupted-utf8").at(format!("/{name}"));
    }
}

/// A name that only looks like one the server reads: blanks around it, or letters of another alphabet.
fn suspicious_names(case: &mut Case<'_>) {
    let nested = ["token", "Token", "tokens"]
        .into_iter()
        .filter_map(|name| Some((format!("/{name}"), case.object.object(name)?)));
    let odd = std::iter::once((String::new(), case.object)).chain(nested).find_map(|(prefix, object)| {
        let position = object.members().position(|(name, _)| is_suspicious(name))?;
        Some(format!("{prefix}/#{position}"))
    });
    if let Some(pointer) = odd {
        case.note("key-suspicious").at(pointer);
    }
}

/// Whether a member name has blanks, invisible characters or letters of another alphabet among its own.
pub(super) fn is_suspicious(name: &str) -> bool {
    name.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c)) || looks_alike(name)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}')
}

/// Mixed scripts: ASCII letters beside letters that are drawn alike.
fn looks_alike(name: &str) -> bool {
    let ascii = name.chars().any(|c| c.is_ascii_alphabetic());
    let foreign = name.chars().any(|c| {
        !c.is_ascii()
            && (c.is_alphabetic() || matches!(c, '\u{2010}'..='\u{2015}' | '\u{ff3f}' | '\u{ff21}'..='\u{ff5a}'))
    });
    ascii && foreign
}

/// Members under both namings with different values: which one counts depends on the code path.
fn twins(case: &mut Case<'_>) {
    let differing = TWINS.into_iter().find(|(snake, camel)| {
        let both = case.object.text(snake).zip(case.object.text(camel));
        both.is_some_and(|(snake, camel)| snake.trim() != camel.trim())
    });
    if let Some((_, camel)) = differing {
        case.note("field-alias-conflict").at(format!("/{camel}"));
    }
}

const TWINS: [(&str, &str); 9] = [
    ("access_token", "accessToken"),
    ("refresh_token", "refreshToken"),
    ("client_id", "clientId"),
    ("client_secret", "clientSecret"),
    ("auth_method", "authMethod"),
    ("profile_arn", "profileArn"),
    ("start_url", "startUrl"),
    ("client_id_hash", "clientIdHash"),
    ("account_id", "accountId"),
];

/// Whether a refresh or access token is missing because it stands elsewhere.
fn misplaced(case: &mut Case<'_>, need: Need) {
    if case.provider.access.paths.is_empty() {
        return;
    }
    let gone = |token: &Token<'_>| matches!(token.presence, Presence::Missing);
    let wants_access = gone(&case.access) && !matches!(need, Need::Other(_));
    let wants_refresh = gone(&case.refresh) && need == Need::Token;
    if !wants_access && !wants_refresh {
        return;
    }
    let camel = [("accessToken", wants_access), ("refreshToken", wants_refresh)]
        .into_iter()
        .find(|(name, wanted)| *wanted && case.object.filled(name).is_some());
    if let Some((name, _)) = camel {
        case.note("camelcase-fields").at(format!("/{name}"));
        return;
    }
    let own = [case.access.pointer.clone(), case.refresh.pointer.clone()];
    let elsewhere = nested_tokens(case.object, "", (wants_access, wants_refresh), &own, 0)
        .or_else(|| other_name(case.object, wants_access, wants_refresh));
    if let Some(pointer) = elsewhere {
        case.note("token-in-wrong-field").at(pointer);
    }
}

const ACCESS_NAMES: [&str; 2] = ["access_token", "accessToken"];
const REFRESH_NAMES: [&str; 2] = ["refresh_token", "refreshToken"];

/// The place of a wanted token under its usual name, outside the provider's own slots.
fn nested_tokens(
    object: &Object,
    prefix: &str,
    wanted: (bool, bool),
    own: &[String; 2],
    depth: usize,
) -> Option<String> {
    let access = ACCESS_NAMES.iter().filter(|_| wanted.0);
    let refresh = REFRESH_NAMES.iter().filter(|_| wanted.1);
    let here =
        access.chain(refresh).filter(|name| object.filled(name).is_some()).map(|name| format!("{prefix}/{name}"));
    if let Some(pointer) = here.into_iter().find(|pointer| !own.contains(pointer)) {
        return Some(pointer);
    }
    object.members().enumerate().filter(|_| depth < 4).find_map(|(position, (name, value))| match value {
        Value::Object(inner) => {
            let prefix = format!("{prefix}{}", super::super::json::step(name, position));
            nested_tokens(inner, &prefix, wanted, own, depth + 1)
        }
        _ => None,
    })
}

/// A member whose name says token in another spelling.
fn other_name(object: &Object, wants_access: bool, wants_refresh: bool) -> Option<String> {
    let access =
        ["accesstoken", "token", "bearertoken", "authtoken", "oauthtoken", "bearer", "accesskey", "authorization"];
    let refresh = ["refreshtoken", "refresh", "renewtoken"];
    object.members().enumerate().filter(|(_, (name, _))| !is_suspicious(name)).find_map(|(position, (name, value))| {
        let folded: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let long = matches!(value, Value::Text(text) if text.expose().trim().len() >= 20);
        let fits = (wants_access && access.contains(&folded.as_str()))
            || (wants_refresh && refresh.contains(&folded.as_str()));
        (long && fits).then(|| super::super::json::step(name, position))
    })
}

/// The token is only missing because another finding says where it went: a consequence, told more softly.
fn explained(case: &Case<'_>) -> bool {
    ["camelcase-fields", "token-in-wrong-field", "gemini-token-object-missing"].iter().any(|id| case.has(id))
        || (case.provider.name == "gemini" && case.object.object("token").is_none())
}

fn missing_access(case: &mut Case<'_>, need: Need) {
    let paths = case.provider.access.paths;
    if paths.is_empty() || matches!(need, Need::Other(_)) {
        return;
    }
    let pointer = case.access.pointer.clone();
    let default = if explained(case) { Severity::Warning } else { Severity::Error };
    let default = match (case.provider.access.optional, need) {
        (true, Need::Token) => Severity::Info,
        (false, Need::Token) if case.provider.name == "antigravity" => Severity::Warning,
        _ => default,
    };
    let severity = case.if_loaded(default);
    match case.access.presence {
        Presence::Present => {}
        Presence::WrongType => {
            case.note("token-wrong-type").at(pointer.clone());
            case.note("access-token-missing").severity(Severity::Info).at(pointer);
        }
        Presence::Missing | Presence::Empty if case.provider.name == "iflow" => {}
        Presence::Missing | Presence::Empty => {
            case.note("access-token-missing").severity(severity).at(pointer);
        }
    }
}

fn missing_refresh(case: &mut Case<'_>, need: Need) {
    if need != Need::Token {
        return;
    }
    let pointer = case.refresh.pointer.clone();
    let severity = if case.provider.store || explained(case) { Severity::Warning } else { Severity::Error };
    let severity = case.if_loaded(severity);
    let follows = case.provider.without_refresh_token;
    match case.refresh.presence {
        Presence::Present => {}
        Presence::WrongType => {
            case.note("token-wrong-type").at(pointer.clone());
            case.note("refresh-token-missing").severity(Severity::Info).at(pointer);
        }
        Presence::Missing => {
            case.note("refresh-token-missing").severity(severity).at(pointer).say(follows);
        }
        Presence::Empty => {
            case.note("refresh-token-empty").severity(severity).at(pointer).say(follows);
        }
    }
}

/// Each token has the other one's shape.
fn swapped(case: &mut Case<'_>) -> bool {
    let (access, refresh) = (&case.provider.access.shape, &case.provider.refresh.shape);
    if !case.access.is_present() || !case.refresh.is_present() {
        return false;
    }
    let (a, r) = (case.access.expose().trim(), case.refresh.expose().trim());
    let by_shape =
        access != refresh && *access != Shape::Any && *refresh != Shape::Any && fits(a, *refresh) && fits(r, *access);
    let kind = |token: &str| jwt::decode(token).and_then(|claims| claims.text("typ").map(str::to_lowercase));
    let by_claim = kind(a).as_deref() == Some("refresh") && kind(r).as_deref() == Some("access");
    let by_end = ends_swapped(case, a, r);
    if by_shape || by_claim || by_end {
        let pointer = case.access.pointer.clone();
        case.note("token-swapped").at(pointer);
    }
    by_shape || by_claim || by_end
}

/// The stored end is the one that the refresh token claims, and not the one of the access token.
fn ends_swapped(case: &Case<'_>, access: &str, refresh: &str) -> bool {
    let met = expiry::walk(case.object);
    let Some(Parsed::At(stored, _)) = expiry::winner(&met).map(|m| m.parsed) else { return false };
    let far = |token: &str| {
        jwt::decode(token).and_then(|c| c.date("exp")).map(|end| end.seconds_since(stored).abs() > TOLERANCE_SECONDS)
    };
    far(access) == Some(true) && far(refresh) == Some(false)
}

/// Looks at one token that is there. False when it cannot be one.
fn sound(case: &mut Case<'_>, token: &Token<'_>, is_refresh: bool, swapped: bool) -> bool {
    let slot: &Slot = if is_refresh { &case.provider.refresh } else { &case.provider.access };
    let (shape, pointer) = (slot.shape, token.pointer.clone());
    let text = token.expose();
    let trimmed = text.trim();
    if is_placeholder(trimmed) {
        case.note("token-placeholder").at(pointer);
        return false;
    }
    if token.damaged {
        case.note("token-corrupted-utf8").at(pointer.clone());
    }
    if text.chars().any(char::is_whitespace) {
        case.note("token-whitespace").at(pointer.clone());
    }
    if token.damaged || swapped {
        return true;
    }
    let compact: String = trimmed.chars().filter(|c| !c.is_whitespace()).collect();
    let jwt_expected = shape == Shape::Jwt;
    if jwt_expected {
        if jwt::decode(&compact).is_none() {
            case.note("jwt-undecodable").at(pointer.clone());
            if !jwt::looks_like(&compact) {
                case.note("token-shape-unexpected").severity(Severity::Info).at(pointer);
            }
        }
    } else if !fits(&compact, shape)
        || (shape == Shape::Any && is_foreign(case, &compact))
        || compact.len() < TOKEN_CHARS_MIN
        || !compact.is_ascii()
    {
        let severity = case.if_loaded(Severity::Warning);
        case.note("token-shape-unexpected").severity(severity).at(pointer);
    }
    true
}

fn fits(token: &str, shape: Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Jwt => jwt::looks_like(token),
        Shape::Prefix(prefixes) => prefixes.iter().any(|p| token.starts_with(p)),
    }
}

/// Tokens that tell their issuer, and which providers may hold them.
const TELLING: [(&str, &[&str]); 11] = [
    ("sk-ant-", &["claude"]),
    ("ya29.", &["gemini", "antigravity"]),
    ("1//0", &["gemini", "antigravity"]),
    ("gho_", &["github-copilot"]),
    ("ghu_", &["github-copilot"]),
    ("ghp_", &["github-copilot"]),
    ("aoaAAAAA", &["kiro"]),
    ("aorAAAAA", &["kiro"]),
    ("glpat-", &["gitlab"]),
    ("-----BEGIN", &["vertex"]),
    ("AKIA", &[]),
];

/// A token of another issuer in a slot that takes any shape.
fn is_foreign(case: &Case<'_>, token: &str) -> bool {
    let known = case.provider.types.len() == 1 && !case.provider.store;
    known && TELLING.iter().any(|(prefix, at_home)| token.starts_with(prefix) && !at_home.contains(&case.provider.name))
}

/// Text that stands for a token: masked, cut out of a form, or never filled in.
fn is_placeholder(token: &str) -> bool {
    let lower = token.to_lowercase();
    let masked = ["...", "***", "•", "…", "####", "████"].iter().any(|m| token.contains(m));
    let template = (lower.starts_with('<') && lower.ends_with('>'))
        || (lower.starts_with('[') && lower.ends_with(']'))
        || lower.contains("${")
        || lower.contains("{{")
        || ["op://", "vault:", "env:", "$", "%env", "ref+", "file://"].iter().any(|p| lower.starts_with(p));
    let words = [
        "redacted",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "your-",
        "your_",
        "yourtoken",
        "replace",
        "insert",
        "hidden",
        "removed",
        "masked",
        "dummy",
        "fill-in",
        "token-here",
        "token_here",
        "xxxx",
        "todo",
        "example-token",
        "sample",
        "omitted",
        "secret-here",
        "censored",
    ];
    let named = words.iter().any(|word| lower.contains(word)) && token.len() < 48;
    let exact = [
        "null",
        "none",
        "undefined",
        "nil",
        "n/a",
        "na",
        "tbd",
        "test",
        "token",
        "string",
        "access_token",
        "refresh_token",
        "secret",
        "-",
        "false",
        "true",
        "nan",
        "empty",
    ];
    let mut letters = token.chars();
    let first = letters.next();
    let uniform = token.chars().count() > 2 && letters.all(|c| Some(c) == first);
    let tail_uniform = token.len() > 12 && {
        let tail: Vec<char> = token.chars().rev().take(10).collect();
        tail.iter().all(|c| *c == tail[0]) && matches!(tail[0], 'x' | 'X' | '*' | '-' | '_' | '0' | '.')
    };
    masked || template || named || exact.contains(&lower.as_str()) || uniform || tail_uniform
}

/// Further members that have to be JWTs.
fn must_decode(case: &mut Case<'_>) {
    for name in case.provider.jwts {
        if case.object.filled(name).is_some_and(|token| jwt::decode(token).is_none()) {
            case.note("jwt-undecodable").at(format!("/{name}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_tokens() {
        for text in [
            "<token>",
            "REDACTED",
            "xxxxxxxxxxxx",
            "***",
            "abcd...wxyz",
            "${TOKEN}",
            "op://vault/x",
            "your-token-here",
            "null",
            "sk-ant-oat01-XXXXXXXXXXXXXXXX",
            "[REDACTED]",
            "sk-…abcd",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "sk-ant-oat01-Aq3fZx81LmPw5TgY",
            "1//0Aq3fZx81LmPw5TgY",
            "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln",
            "gho_Aq3fZx81",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn look_alike_letters() {
        assert!(looks_alike("\u{430}ccess_token"));
        assert!(!looks_alike("access_token"));
        assert!(!looks_alike("заметка"));
    }
}
