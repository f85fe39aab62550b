//! The end of the access token: whether the server finds it, and whether it can be true.

use super::super::case::Case;
use super::super::expiry::{self, Form, Instant, Met, Parsed};
use super::super::jwt;
use super::super::providers::{Clock, DAY, HOUR, Lifetime, iflow, kiro};
use crate::finding::Severity;

/// An expiry further ahead disables refreshing for good.
pub const FAR_SECONDS: i64 = 3653 * DAY;
/// Two sources may differ by this much: the time between issuing a token and writing the file.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Finds the end of the access token and judges how it is written.
pub fn check(case: &mut Case<'_>) {
    match (case.provider.lifetime)(case.object) {
        Lifetime::Endless => {}
        Lifetime::Own(end) => own(case, end),
        Lifetime::Store(paths, clock) => in_store(case, paths, clock),
        Lifetime::Stored => stored(case, expiry::walk(case.object)),
        Lifetime::Member(name) => {
            let own =
                case.object.get(name).map(|value| Met { pointer: format!("/{name}"), parsed: expiry::value(value) });
            stored(case, own.into_iter().chain(expiry::walk(case.object)).collect());
        }
    }
    (case.provider.check)(case);
    ahead(case);
    last_refresh(case);
}

/// Providers whose own code knows where to look.
fn own(case: &mut Case<'_>, end: Option<Instant>) {
    case.expires = end;
    if end.is_none() {
        let severity = if case.provider.store { Severity::Info } else { case.if_loaded(Severity::Warning) };
        case.note("expiry-missing").severity(severity);
    }
}

/// Another program reads its own store: what is wrong there is no more than a remark, under the name it has everywhere.
fn in_store(case: &mut Case<'_>, paths: &[&[&str]], clock: Clock) {
    let read = |held| if clock == Clock::Millis { expiry::millis(held) } else { expiry::value(held) };
    let held: Vec<_> = paths.iter().filter_map(|path| Some((path, case.object.at(path)?))).collect();
    let readable = held.iter().find(|(_, value)| expiry::read_widely(value).is_some());
    let Some((path, value)) = readable.or(held.first()) else { return own(case, None) };
    let pointer: String = path.iter().map(|step| format!("/{step}")).collect();
    let (id, detail) = match (read(value), expiry::person(value)) {
        (Parsed::At(at, form), _) => match expiry::unit_confusion(at, form) {
            Some(confusion) => ("expiry-epoch-unit", Some(confusion.to_owned())),
            None => {
                case.expires = Some(at);
                let fits = match clock {
                    Clock::Any => true,
                    Clock::Millis => form == Form::Number,
                    Clock::Text => !matches!(form, Form::Number | Form::NumberText),
                };
                if fits {
                    return;
                }
                ("expiry-nonstandard-format", None)
            }
        },
        (Parsed::Unparsable, Some(at)) if clock != Clock::Millis => {
            case.expires = Some(at);
            return;
        }
        (Parsed::Unparsable, at) => ("expiry-unparsable", at.map(|at| format!("a person would read {}", at.text()))),
        (Parsed::Zero(_), _) => ("expiry-zero", None),
        (Parsed::WrongType, _) => ("expiry-wrong-type", None),
        (Parsed::Blank, _) => return own(case, None),
    };
    let finding = case.note(id).severity(Severity::Info).at(pointer);
    if let Some(detail) = detail {
        finding.say(detail);
    }
}

/// `met` are the members that say when it ends, in the order in which they are tried.
fn stored(case: &mut Case<'_>, met: Vec<Met>) {
    let winner = expiry::winner(&met).cloned();
    skipped(case, &met, winner.as_ref());
    match winner {
        Some(Met { pointer, parsed: Parsed::At(at, form) }) => found(case, &met, &pointer, at, form),
        Some(Met { pointer, .. }) => zero(case, &met, &pointer),
        None => absent(case, &met),
    }
}

/// Members that the server tried before the deciding one and could not read.
fn skipped(case: &mut Case<'_>, met: &[Met], winner: Option<&Met>) {
    let decided = winner.is_some();
    for m in met.iter().take_while(|m| winner.is_none_or(|w| m.pointer != w.pointer)) {
        let id = match m.parsed {
            Parsed::Unparsable => "expiry-unparsable",
            Parsed::WrongType => "expiry-wrong-type",
            _ => continue,
        };
        if case.has(id) {
            continue;
        }
        let steps: Vec<&str> = m.pointer.split('/').skip(1).collect();
        let person = case.object.at(&steps).and_then(expiry::person);
        let finding = case.note(id).at(m.pointer.clone());
        if decided {
            finding.severity(Severity::Warning).say("the server goes on to the next name");
        } else if let Some(at) = person {
            finding.say(format!("a person would read {}", at.text()));
        }
    }
}

fn found(case: &mut Case<'_>, met: &[Met], pointer: &str, at: Instant, form: Form) {
    if let Some(confusion) = expiry::unit_confusion(at, form) {
        case.note("expiry-epoch-unit").at(pointer).say(confusion);
        return;
    }
    case.expires = Some(at);
    spelling(case, pointer, at, form);
    let other = met.iter().find_map(|m| match m.parsed {
        Parsed::At(other, _) if other.seconds_since(at).abs() > TOLERANCE_SECONDS => Some((m.pointer.clone(), other)),
        _ => None,
    });
    if let Some((other_pointer, other)) = other {
        let detail =
            format!("the server reads {} from {pointer}, and {} stands in {other_pointer}", at.text(), other.text());
        // Where both namings are written by design, the disagreement is one of twins.
        let twins = case.provider.name == "cline";
        let (twin, conflict) =
            if twins { (Severity::Warning, Severity::Info) } else { (Severity::Info, Severity::Warning) };
        case.note("expiry-conflict").severity(conflict).at(other_pointer.clone()).say(detail);
        if expiry::folded(&other_pointer) == expiry::folded(pointer) {
            case.note("field-alias-conflict").severity(twin).at(other_pointer);
        }
    }
}

/// Forms that not every reader understands, or that hide a zone.
fn spelling(case: &mut Case<'_>, pointer: &str, at: Instant, form: Form) {
    let is_kiro = std::ptr::eq(case.provider, &kiro::PROVIDER);
    let cookie = std::ptr::eq(case.provider, &iflow::PROVIDER) && iflow::is_cookie(case.object);
    match form {
        Form::Rfc3339 => {}
        Form::Zoneless if cookie => {
            // This branch writes China local time; the server reads it eight hours too late.
            case.expires = Some(at.plus_seconds(-8 * HOUR));
            case.note("expiry-naive-timezone")
                .severity(Severity::Info)
                .at(pointer)
                .say(format!("cookie logins hold China time, the server reads {}", at.text()));
        }
        Form::Zoneless if is_kiro => {
            case.note("expiry-nonstandard-format").at(pointer).say("Kiro's own code reads RFC 3339 only");
            case.note("expiry-naive-timezone").severity(Severity::Info).at(pointer);
        }
        Form::Zoneless => {
            case.note("expiry-naive-timezone").at(pointer).say(format!("the server reads {}", at.text()));
        }
        Form::Number | Form::NumberText if is_kiro => {
            case.note("expiry-nonstandard-format").at(pointer).say("Kiro's own code reads RFC 3339 only");
        }
        Form::Number if case.provider.name == "cline" => {}
        Form::Number | Form::NumberText => {
            case.note("expiry-nonstandard-format").severity(Severity::Info).at(pointer);
        }
    }
}

fn zero(case: &mut Case<'_>, met: &[Met], pointer: &str) {
    let hidden = met.iter().find_map(|m| match m.parsed {
        Parsed::At(at, _) => Some((m.pointer.clone(), at)),
        _ => None,
    });
    let finding = case.note("expiry-zero").at(pointer);
    if let Some((other, at)) = hidden {
        finding.say(format!("it hides {other}, which says {}", at.text()));
    }
}

/// No name that the server reads holds anything. What stands under other names is a person's reading.
fn absent(case: &mut Case<'_>, met: &[Met]) {
    let refused = met.iter().any(|m| matches!(m.parsed, Parsed::Unparsable | Parsed::WrongType));
    let claimed = || jwt::decode(case.access.expose()).and_then(|claims| claims.date("exp"));
    if refused {
        case.expires = claimed();
        return;
    }
    // The provider's own code has read what it met.
    let is_unread = |name: &str| expiry::is_unread(name) && !met.iter().any(|m| m.pointer == format!("/{name}"));
    let unread = case.object.members().find(|(name, _)| is_unread(name) && !super::tokens::is_suspicious(name));
    let unread = unread.map(|(name, value)| {
        let at = match expiry::value(value) {
            Parsed::At(at, form) => expiry::unit_confusion(at, form).is_none().then_some(at),
            _ => expiry::person(value),
        };
        (name.to_owned(), at)
    });
    match unread {
        Some((name, at)) => {
            case.expires = at.or_else(claimed);
            let severity = case.if_loaded(Severity::Warning);
            let finding =
                case.note("expiry-unrecognized-key").severity(severity).at(super::super::json::step(&name, 0));
            if let Some(at) = at {
                finding.say(format!("it says {}", at.text()));
            }
            case.note("expiry-missing").severity(Severity::Info);
        }
        None => {
            case.expires = claimed();
            let severity = if case.has("gemini-token-object-missing") {
                Severity::Info
            } else {
                case.if_loaded(Severity::Warning)
            };
            let fallback = case.expires;
            let finding = case.note("expiry-missing").severity(severity);
            if let Some(at) = fallback {
                finding.say(format!("the access token claims to end {} (not verified)", at.text()));
            }
        }
    }
}

fn ahead(case: &mut Case<'_>) {
    let Some(end) = case.expires else { return };
    if end.seconds_since(case.as_of) > FAR_SECONDS {
        case.note("expiry-far-future").say(format!("it says {}", end.text()));
    }
}

fn last_refresh(case: &mut Case<'_>) {
    let Some((name, last)) = expiry::last_refresh_member(case.object) else { return };
    let pointer = format!("/{name}");
    if last.seconds_since(case.as_of) > TOLERANCE_SECONDS {
        case.note("last-refresh-future").at(pointer.clone()).say(format!("it says {}", last.text()));
    }
    if case.expires.is_some_and(|end| end < last) {
        // A last refresh in the future explains it already.
        let severity = if case.has("last-refresh-future") { Severity::Info } else { Severity::Warning };
        case.note("expiry-before-last-refresh")
            .severity(severity)
            .at(pointer)
            .say(format!("last refresh {}", last.text()));
    }
}
