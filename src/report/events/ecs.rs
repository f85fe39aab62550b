//! Elastic Common Schema 8.17, dotted names, one document per line. Own fields stand under `authopsy.`.
//!
//! Source: the field reference of `elastic/ecs`: allowed values of `event.category` and `event.type`.

use super::{Matter, Row, line};
use crate::finding::{Event, Kind, Role};
use serde_json::{Map, Value, json};

/// The version every row is written for.
pub const VERSION: &str = "8.17.0";

pub fn row(row: &Row<'_>) -> String {
    let e = row.event;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    let (category, kind) = categories(row.matter());
    put("@timestamp", row.time().into());
    put("ecs.version", VERSION.into());
    put("message", row.sentence().into());
    put("event.kind", "event".into());
    put("event.category", json!([category]));
    put("event.type", json!([kind]));
    put("event.outcome", outcome(e).into());
    put("event.action", e.class.into());
    put("event.id", row.evidence_id.clone().into());
    if !e.message.as_str().is_empty() {
        put("event.reason", e.message.as_str().into());
    }
    put("event.module", "authopsy".into());
    put("event.dataset", "authopsy.events".into());
    if let Some(status) = e.status {
        put("http.response.status_code", status.into());
    }
    for (key, value) in row.texts() {
        let name = match key {
            "host" => "url.domain",
            "method" => "http.request.method",
            "path" => "url.path",
            "pod" => "orchestrator.resource.name",
            "service" => "service.name",
            "thread" => "labels.thread_key",
            "execution" => "labels.execution_id",
            "tool" => "labels.tool",
            _ => "authopsy.secret_ref",
        };
        if let Some(value) = value {
            put(name, value.into());
        }
    }
    if let Some(identity) = &e.identity {
        // A credential may be known by where it is kept, which is no user.
        let name = if identity.as_str().contains("://") { "authopsy.identity" } else { "user.name" };
        put(name, identity.as_str().into());
    }
    put("rule.id", e.class.into());
    put("rule.version", env!("CARGO_PKG_VERSION").into());
    put("authopsy.kind", e.kind.word().into());
    put("authopsy.origin", e.origin.word().into());
    put("authopsy.role", e.role.word().into());
    put("authopsy.confidence", e.confidence.word().into());
    put("authopsy.credential", e.credential.state.word().into());
    put("authopsy.tunnel", e.tunnel.into());
    line(&out)
}

/// How it ended. Of a change, and of what looks like a failure and is none, the row does not say.
fn outcome(e: &Event) -> &'static str {
    if e.kind == Kind::Change || e.role == Role::Negative { "unknown" } else { "failure" }
}

/// Category and type, from the values that the schema allows together.
fn categories(matter: Matter) -> (&'static str, &'static str) {
    match matter {
        Matter::Change => ("configuration", "change"),
        Matter::Token => ("authentication", "start"),
        Matter::Secret => ("authentication", "info"),
        Matter::Request => ("web", "error"),
        Matter::Auth => ("api", "denied"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::events::tests::events;

    #[test]
    fn core_fields_are_there() {
        for event in events() {
            let value: Value = serde_json::from_str(&row(&Row::new(&event, &[]))).expect("json");
            assert!(value["message"].as_str().is_some_and(|text| text.starts_with(event.class)), "{value}");
            for key in ["@timestamp", "ecs.version", "event.kind", "event.category", "event.type", "event.outcome"] {
                assert!(!value[key].is_null(), "{key}");
            }
            assert_eq!(value["http.response.status_code"].as_u64(), event.status.map(u64::from));
        }
    }
}
