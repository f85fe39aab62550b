//! NDJSON: every field of the contract, absent ones as null, keys in its order.

use super::{Row, line};
use serde_json::{Map, Value, json};

pub fn row(row: &Row<'_>) -> String {
    line(&object(row))
}

/// The row as the contract spells it.
pub fn object(row: &Row<'_>) -> Map<String, Value> {
    let e = row.event;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("time", row.time().into());
    put("kind", e.kind.word().into());
    put("class", e.class.into());
    put("subtype", e.subtype.into());
    put("origin", e.origin.word().into());
    put("role", e.role.word().into());
    put("confidence", e.confidence.word().into());
    put("status", e.status.into());
    put("tunnel", e.tunnel.into());
    for (key, value) in row.texts() {
        put(key, value.into());
    }
    put("credential", json!(e.credential));
    put("identity", e.identity.as_ref().map(|s| s.as_str()).into());
    put("evidence_id", row.evidence_id.clone().into());
    put("message", e.message.as_str().into());
    out
}
