//! The tokens themselves: whether they are where the server looks, and whether they can be tokens at all.

use super::super::aliases::TWINS;
use super::super::case::{Case, Presence, Token};
use super::super::expiry::{self, Parsed};
use super::super::json::{Object, Value};
use super::super::jwt;
use super::super::providers::{Need, Shape, Slot};
use super::super::verdict::Refresh;
use super::expiry::TOLERANCE_SECONDS;
use crate::finding::Severity;
use crate::redact::invisible;

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
        if let Some(pointer) = token.skipped.clone() {
            case.note("token-wrong-type").severity(Severity::Warning).at(pointer);
        }
        let sound = !token.is_present() || (sound(case, &token, is_refresh, swapped) && !swapped);
        let slot = if is_refresh { &mut case.refresh } else { &mut case.access };
        slot.sound &= sound;
    }
    if need == Need::Token && !case.refresh.sound {
        case.block();
    }
    must_decode(case);
    others(case);
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

/// Faults of the other secrets: bytes that were no UTF-8, placeholders, line breaks. One of each kind is told.
fn others(case: &mut Case<'_>) {
    let nested = case.object.object("token").into_iter().map(|object| ("/token", object));
    for (prefix, object) in std::iter::once(("", case.object)).chain(nested) {
        for name in OTHER_SECRETS {
            let pointer = format!("{prefix}/{name}");
            let Some(Value::Text(text)) = object.get(name) else { continue };
            if pointer == case.access.pointer {
                continue;
            }
            let held = text.expose().trim();
            let broken = text.expose().chars().any(is_unseen) || held.len() != text.expose().len();
            for (id, at_fault) in [
                ("token-corrupted-utf8", text.damaged),
                ("token-placeholder", !held.is_empty() && is_placeholder(held)),
                ("token-whitespace", !held.is_empty() && broken),
            ] {
                if at_fault && !case.has(id) {
                    case.note(id).at(pointer.clone());
                }
            }
            if is_placeholder(held) && case.provider.refresh_secrets.contains(&name) {
                case.block();
            }
        }
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

/// Whether a member name has blanks around it, blanks inside a name the server reads, invisible characters, or letters
/// of another alphabet among its own. A note's name may have several words.
pub(super) fn is_suspicious(name: &str) -> bool {
    let blanks = name.chars().any(char::is_whitespace);
    name.chars().any(is_unseen) || name.trim() != name || (blanks && is_read(name)) || looks_alike(name)
}

/// A control character, which no header can carry, or one that is drawn as nothing.
fn is_unseen(c: char) -> bool {
    c.is_control() || invisible::is_hidden(c)
}

/// Whether a name is, but for blanks and letter case, one that the server reads.
fn is_read(name: &str) -> bool {
    let folded = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let name = folded(name);
    let single = ["type", "disabled", "email", "region", "cookie", "provider", "token", "timestamp", "expires_in"];
    let twin = TWINS.iter().map(|(snake, _)| *snake);
    let times = expiry::KEYS.iter().chain(&expiry::LAST_REFRESH_KEYS).copied();
    OTHER_SECRETS.into_iter().chain(single).chain(twin).chain(times).any(|read| folded(read) == name)
}

/// Mixed scripts: ASCII letters beside letters that are drawn alike.
fn looks_alike(name: &str) -> bool {
    let ascii = name.chars().any(|c| c.is_ascii_alphabetic());
    // Armenian, Greek, Cyrillic and Cherokee letters, dotless i and alpha, dashes, full-width and mathematical forms.
    let alike = |c: char| {
        matches!(c, '\u{131}' | '\u{251}' | '\u{370}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{2010}'..='\u{2015}'
            | '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}')
    };
    ascii && name.chars().any(alike)
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
    let provider = case.provider;
    let camel = [("accessToken", wants_access, &provider.access), ("refreshToken", wants_refresh, &provider.refresh)]
        .into_iter()
        .filter(|(_, wanted, _)| *wanted)
        .find_map(|(name, _, slot)| {
            Some(format!("{}/{name}", homes(case.object, slot).find(|(_, o)| o.filled(name).is_some())?.0))
        });
    if let Some(pointer) = camel {
        case.note("camelcase-fields").at(pointer);
        return;
    }
    let own = [case.access.pointer.clone(), case.refresh.pointer.clone()];
    let elsewhere = nested_tokens(case.object, "", (wants_access, wants_refresh), &own, 0).or_else(|| {
        let homes = homes(case.object, &provider.access).chain(homes(case.object, &provider.refresh));
        homes.into_iter().find_map(|(prefix, home)| Some(prefix + &other_name(home, wants_access, wants_refresh)?))
    });
    if let Some(pointer) = elsewhere {
        case.note("token-in-wrong-field").at(pointer);
    }
}

/// The objects in which the server looks for a token, with their pointers.
fn homes<'a>(object: &'a Object, slot: &'static Slot) -> impl Iterator<Item = (String, &'a Object)> {
    slot.paths.iter().filter_map(move |path| {
        let parents = &path[..path.len() - 1];
        let home = parents.iter().try_fold(object, |here, name| here.object(name))?;
        Some((parents.iter().map(|name| format!("/{name}")).collect(), home))
    })
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
        Presence::WrongType => wrong_type(case, "access-token-missing", pointer),
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
        Presence::WrongType => wrong_type(case, "refresh-token-missing", pointer),
        Presence::Missing => {
            case.note("refresh-token-missing").severity(severity).at(pointer).say(follows);
        }
        Presence::Empty => {
            case.note("refresh-token-empty").severity(severity).at(pointer).say(follows);
        }
    }
}

/// What is no string is no token, and null is the plainest way to write that there is none.
fn wrong_type(case: &mut Case<'_>, missing: &'static str, pointer: String) {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let is_null = matches!(case.object.at(&steps), Some(Value::Null));
    let (kind, absence) =
        if is_null { (Severity::Warning, Severity::Error) } else { (Severity::Error, Severity::Warning) };
    let (kind, absence) = (case.if_loaded(kind), case.if_loaded(absence));
    case.note("token-wrong-type").severity(kind).at(pointer.clone());
    case.note(missing).severity(absence).at(pointer);
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
    // One of the two is a JWT, and it is the wrong one.
    let by_jwt = (*access, *refresh) == (Shape::Jwt, Shape::Any)
        && !jwt::looks_like(a)
        && !is_placeholder(a)
        && jwt::decode(r).is_some();
    let by_issuer = ROLES.iter().any(|(access, refresh)| a.starts_with(refresh) && r.starts_with(access));
    let by_shape = by_shape || by_jwt || by_issuer;
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
    sound_in(case, token, slot.shape, swapped)
}

/// Looks at a token that stands in no slot, such as one under a name that differs from file to file.
pub(in crate::auth) fn beside(case: &mut Case<'_>, value: Option<&Value>, pointer: String) -> bool {
    let token = Token::at(value, pointer);
    if token.is_present() {
        return sound_in(case, &token, Shape::Any, false);
    }
    if token.presence == Presence::WrongType {
        case.note("token-wrong-type").at(token.pointer.clone());
    }
    case.note("access-token-missing").at(token.pointer);
    false
}

fn sound_in(case: &mut Case<'_>, token: &Token<'_>, shape: Shape, swapped: bool) -> bool {
    let pointer = token.pointer.clone();
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
    } else if text.chars().any(is_unseen) {
        case.note("token-whitespace").at(pointer.clone()).say("a character that is not seen");
    }
    if token.damaged || swapped {
        return true;
    }
    let compact: String = trimmed.chars().filter(|c| !c.is_whitespace() && !is_unseen(*c)).collect();
    let jwt_expected = shape == Shape::Jwt;
    if jwt_expected {
        if jwt::decode(&compact).is_none() {
            case.note("jwt-undecodable").at(pointer.clone());
            if !jwt::looks_like(&compact) {
                case.note("token-shape-unexpected").severity(Severity::Info).at(pointer);
            }
        } else if !jwt::has_signature(&compact) {
            case.note("jwt-undecodable").at(pointer).say(UNSIGNED);
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
const TELLING: [(&str, &[&str]); 14] = [
    ("sk-ant-", &["claude"]),
    ("ya29.", &["gemini", "antigravity"]),
    ("1//0", &["gemini", "antigravity"]),
    ("gho_", &["github-copilot"]),
    ("ghu_", &["github-copilot"]),
    ("ghp_", &["github-copilot"]),
    ("aoaAAAAA", &["kiro"]),
    ("aorAAAAA", &["kiro"]),
    ("github_pat_", &["github-copilot"]),
    ("glpat-", &["gitlab"]),
    ("gloas-", &["gitlab"]),
    ("glort-", &["gitlab"]),
    ("-----BEGIN", &["vertex"]),
    ("AKIA", &[]),
];

/// Issuers whose access and refresh tokens begin differently, for slots that take any shape.
const ROLES: [(&str, &str); 1] = [("gloas-", "glort-")];

/// A token of another issuer in a slot that takes any shape.
fn is_foreign(case: &Case<'_>, token: &str) -> bool {
    let known = !case.provider.types.is_empty() && !case.provider.name.is_empty() && !case.provider.store;
    known && TELLING.iter().any(|(prefix, at_home)| token.starts_with(prefix) && !at_home.contains(&case.provider.name))
}

/// Text that stands for a token: masked, cut out of a form, or never filled in.
pub(in crate::auth) fn is_placeholder(token: &str) -> bool {
    let lower = token.to_lowercase();
    is_masked(token) || is_template(&lower) || is_form_text(&lower) || EXACT.contains(&lower.as_str())
}

/// What a tool leaves of a value that it hides.
fn is_masked(token: &str) -> bool {
    let marked = ["...", "***", "???", "•", "…", "####", "████"].iter().any(|mark| token.contains(mark));
    let mut letters = token.chars();
    let first = letters.next();
    let uniform = token.chars().count() > 2 && letters.all(|c| Some(c) == first);
    let tail: Vec<char> = token.chars().rev().take(10).collect();
    let tail_uniform = token.len() > 12
        && tail.iter().all(|c| *c == tail[0])
        && matches!(tail[0], 'x' | 'X' | '*' | '-' | '_' | '0' | '.');
    marked || uniform || tail_uniform
}

/// A variable of some template language, or a reference into a secret store, that nothing has replaced.
fn is_template(lower: &str) -> bool {
    let wrapped =
        [("<", ">"), ("[", "]"), ("(", ")"), ("{", "}"), ("__", "__"), ("@@", "@@"), ("%", "%"), ("enc[", "]")];
    let inside = |(open, close): &(&str, &str)| lower.len() > 2 && lower.starts_with(open) && lower.ends_with(close);
    let references = ["op://", "vault:", "env:", "$", "ref+", "file://", "secret://"];
    lower.contains("${")
        || lower.contains("{{")
        || wrapped.iter().any(inside)
        || references.iter().any(|prefix| lower.starts_with(prefix))
}

/// Words of a form. Long ones count anywhere; short ones only when they stand alone, since a random token spells a
/// four-letter word now and then, and not as part of a host name, which client ids end in.
fn is_form_text(lower: &str) -> bool {
    let long = ["redacted", "placeholder", "changeme", "replaceme", "yourtoken", "tokenhere", "censored", "undefined"];
    let short = [
        "asdf", "change", "dummy", "enter", "example", "fake", "fill", "hidden", "insert", "mask", "masked", "omitted",
        "paste", "removed", "replace", "sample", "todo", "unset", "xxxx", "your",
    ];
    long.iter().any(|word| lower.contains(word))
        || lower.split(|c: char| !c.is_alphanumeric() && c != '.').any(|word| short.contains(&word))
}

/// Values that a program writes for "nothing", and names of what should stand there.
const EXACT: [&str; 19] = [
    "null",
    "none",
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
    "foo",
    "bar",
];

const UNSIGNED: &str = "its claims can be read, but its signature is cut off or damaged";

/// Further members that have to be JWTs.
fn must_decode(case: &mut Case<'_>) {
    for name in case.provider.jwts {
        let Some(token) = case.object.filled(name) else { continue };
        if jwt::decode(token).is_none() {
            case.note("jwt-undecodable").at(format!("/{name}"));
        } else if !jwt::has_signature(token) {
            case.note("jwt-undecodable").at(format!("/{name}")).say(UNSIGNED);
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
