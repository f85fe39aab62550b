//! Timesketch JSON lines: `message`, `datetime` and `timestamp_desc` are mandatory, `timestamp` is in microseconds.
//!
//! Source: the import guide of Timesketch. Text over 32 766 bytes loses its keyword search there, so it is cut with a
//! marker.

use super::{Matter, Row, line};
use crate::report::escape;
use serde_json::{Map, Value};

/// Longest text in bytes.
const TEXT_MAX: usize = 32_766;

pub fn row(row: &Row<'_>) -> String {
    let e = row.event;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("message", text(&row.sentence()));
    // The zone is spelled out, as the import asks for an offset.
    put("datetime", row.time().replace('Z', "+00:00").into());
    put("timestamp_desc", description(row.matter()).into());
    put("timestamp", e.at.div_euclid(1000).into());
    put("class", e.class.into());
    put("origin", e.origin.word().into());
    put("role", e.role.word().into());
    put("confidence", e.confidence.word().into());
    if let Some(status) = e.status {
        put("status", status.into());
    }
    put("tunnel", e.tunnel.into());
    for (key, value) in row.texts() {
        let key = match key {
            "thread" => "thread_key",
            "execution" => "execution_id",
            other => other,
        };
        if let Some(value) = value {
            put(key, text(value));
        }
    }
    if let Some(identity) = &e.identity {
        put("identity", text(identity.as_str()));
    }
    put("credential", e.credential.state.word().into());
    put("evidence_ref", row.evidence_id.clone().into());
    put("tag", Value::Array(vec![e.role.word().into()]));
    line(&out)
}

fn description(matter: Matter) -> &'static str {
    match matter {
        Matter::Change => "Config change",
        Matter::Token => "Token refresh failure",
        Matter::Secret => "Secret resolution failure",
        Matter::Request => "Request failure",
        Matter::Auth => "Auth failure",
    }
}

/// A text as the sketch can hold it: no formula for its own CSV export, not too long.
fn text(text: &str) -> Value {
    const MARK: &str = " [cut]";
    let text = escape::csv_cell(text);
    if text.len() <= TEXT_MAX {
        return text.into();
    }
    format!("{}{MARK}", &text[..text.floor_char_boundary(TEXT_MAX - MARK.len())]).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Safe;
    use crate::report::events::tests::events;

    #[test]
    fn mandatory_columns_are_there_and_typed() {
        for event in events() {
            let value: Value = serde_json::from_str(&row(&Row::new(&event, &[]))).expect("json");
            assert!(value["message"].as_str().is_some_and(|m| !m.is_empty()));
            let datetime = value["datetime"].as_str().expect("datetime");
            assert!(datetime.ends_with("+00:00") && crate::record::time::parse(datetime) == Some(event.at));
            assert!(value["timestamp_desc"].as_str().is_some_and(|d| !d.is_empty()));
            assert_eq!(value["timestamp"].as_i64(), Some(event.at / 1000));
        }
    }

    #[test]
    fn only_what_is_about_authentication_is_called_so() {
        let described = |class: &'static str| {
            let event = crate::finding::Event { class, kind: crate::finding::Kind::Attempt, ..events().remove(0) };
            let row = Row::new(&event, &[]);
            let sketch: Value = serde_json::from_str(&super::row(&row)).expect("json");
            let schema: Value = serde_json::from_str(&crate::report::events::ecs::row(&row)).expect("json");
            (sketch["timestamp_desc"].clone(), schema["event.category"][0].clone(), schema["event.type"][0].clone())
        };
        for (class, want) in [
            ("upstream.token-invalid", ("Auth failure", "api", "denied")),
            ("token.refresh-invalid-grant", ("Token refresh failure", "authentication", "start")),
            ("avail.timeout", ("Request failure", "web", "error")),
            ("quota.rate-limited", ("Request failure", "web", "error")),
        ] {
            assert_eq!(described(class), (want.0.into(), want.1.into(), want.2.into()), "{class}");
        }
    }

    #[test]
    fn long_text_is_cut_with_a_mark() {
        let mut event = events().remove(0);
        event.message = Safe::own("é".repeat(40_000));
        let value: Value = serde_json::from_str(&row(&Row::new(&event, &[]))).expect("json");
        let message = value["message"].as_str().expect("text");
        assert!(message.len() <= TEXT_MAX && message.ends_with(" [cut]"));
    }
}
