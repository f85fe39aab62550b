//! Members that steer the server: off switch, runtime state, refresh interval.

use super::super::aliases::INTERVALS;
use super::super::case::Case;
use super::super::expiry::{self, Parsed};
use super::super::json::Value;
use super::super::providers::DAY;
use crate::finding::Severity;

/// Looks at everything that is neither token nor time.
pub fn check(case: &mut Case<'_>) {
    disabled(case);
    runtime(case);
    weight(case);
    interval(case);
}

fn disabled(case: &mut Case<'_>) {
    match case.object.get("disabled") {
        Some(Value::Bool(true)) => {
            case.note("disabled").at("/disabled");
        }
        None | Some(Value::Bool(false) | Value::Null) => {}
        Some(_) => {
            case.note("disabled-not-boolean").at("/disabled");
        }
    }
}

#[derive(Clone, Copy)]
enum Want {
    Text,
    Bool,
    Object,
    /// An object whose values are all of one type.
    Texts,
    Objects,
    Time,
}

/// Members that hot reload decodes into typed fields, and their types.
const RUNTIME: [(&str, Want); 19] = [
    ("id", Want::Text),
    ("provider", Want::Text),
    ("prefix", Want::Text),
    ("label", Want::Text),
    ("status", Want::Text),
    ("status_message", Want::Text),
    ("unavailable", Want::Bool),
    ("proxy_url", Want::Text),
    ("attributes", Want::Texts),
    ("metadata", Want::Object),
    ("quota", Want::Object),
    ("last_error", Want::Object),
    ("created_at", Want::Time),
    ("updated_at", Want::Time),
    ("last_refreshed_at", Want::Time),
    ("next_refresh_after", Want::Time),
    ("next_retry_after", Want::Time),
    ("model_states", Want::Objects),
    ("primary_info", Want::Object),
];

fn runtime(case: &mut Case<'_>) {
    if case.provider.store {
        return;
    }
    // The typed decoder matches names without regard to case, and null leaves a field as it is.
    let wrong = case.object.members().find_map(|(name, value)| {
        let (known, want) = RUNTIME.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        (!is(value, *want)).then_some(*known)
    });
    if let Some(name) = wrong {
        case.note("runtime-field-wrong-type").at(format!("/{name}"));
    }
}

/// The loader takes a whole number; with anything else it skips the file.
fn weight(case: &mut Case<'_>) {
    let fits = match case.object.get("weight") {
        None | Some(Value::Null) => true,
        Some(Value::Number(text)) => text.parse::<f64>().is_ok_and(|n| n.fract() == 0.0),
        Some(_) => false,
    };
    if !fits && !case.provider.store && !case.has("runtime-field-wrong-type") {
        case.note("runtime-field-wrong-type")
            .at("/weight")
            .say("newer builds skip a file whose weight is no whole number");
    }
}

fn is(value: &Value, want: Want) -> bool {
    match (value, want) {
        (Value::Null, _)
        | (Value::Text(_), Want::Text)
        | (Value::Bool(_), Want::Bool)
        | (Value::Object(_), Want::Object) => true,
        (Value::Object(object), Want::Texts) => object.members().all(|(_, value)| is(value, Want::Text)),
        (Value::Object(object), Want::Objects) => object.members().all(|(_, value)| is(value, Want::Object)),
        (Value::Text(text), Want::Time) => {
            let at = expiry::value(value);
            matches!(at, Parsed::At(_, expiry::Form::Rfc3339) | Parsed::Zero(expiry::Form::Rfc3339))
                && text.expose() == text.expose().trim()
        }
        _ => false,
    }
}

/// A shorter interval leaves no time for a second try.
const SHORT_SECONDS: f64 = 30.0;
/// No provider's own lead is longer.
const LONG_SECONDS: i64 = 7 * DAY;

fn interval(case: &mut Case<'_>) {
    let Some((name, value)) = INTERVALS.iter().find_map(|name| Some((*name, case.object.get(name)?))) else { return };
    let lifetime = case
        .expires
        .zip(expiry::last_refresh(case.object))
        .map(|(end, last)| end.seconds_since(last))
        .filter(|n| *n > 0);
    let (severity, detail) = match expiry::interval_seconds(value) {
        None if matches!(value, Value::Null) => return,
        None => (Severity::Warning, "it is no number of seconds and no duration, so it is ignored"),
        Some(seconds) if seconds <= 0.0 => {
            (Severity::Info, "zero or negative, so it is ignored and the provider's own lead holds")
        }
        Some(seconds) if seconds < SHORT_SECONDS => {
            (Severity::Warning, "the credential is due again this soon after every refresh")
        }
        Some(seconds) if lifetime.is_some_and(|life| seconds >= life as f64) => {
            (Severity::Warning, "as long as the token lives: the credential is always due")
        }
        Some(seconds) if seconds > LONG_SECONDS as f64 => {
            (Severity::Warning, "longer than any token's lead: the credential is always due")
        }
        Some(_) => return,
    };
    case.note("refresh-interval-suspicious").severity(severity).at(format!("/{name}")).say(detail);
}
