//! `.cds` files, in which newer builds keep over a restart which models of a login they do not ask for a while.

use super::expiry::{self, Instant, Parsed};
use super::json::{self, Object, Value};

/// The extension of such a file.
pub const EXTENSION: &str = ".cds";

/// Cooldowns that have not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    pub count: usize,
    /// When the last of them ends.
    pub until: Instant,
}

/// What runs at an instant. A file of another form tells nothing.
pub fn running(bytes: &[u8], as_of: Instant) -> Option<Running> {
    let Ok(json::Parsed { value: Value::Object(root), .. }) = json::parse(bytes) else { return None };
    let Some(Value::Array(records)) = root.get("records") else { return None };
    let ends: Vec<Instant> = records.iter().filter_map(end).filter(|end| *end > as_of).collect();
    Some(Running { count: ends.len(), until: ends.iter().copied().max()? })
}

/// The end of one record: that of the pause, or that of the quota where it is later.
fn end(record: &Value) -> Option<Instant> {
    let Value::Object(record) = record else { return None };
    let at = |object: &Object, name: &str| match expiry::value(object.get(name)?) {
        Parsed::At(at, _) => Some(at),
        _ => None,
    };
    let quota = record.object("quota").and_then(|quota| at(quota, "next_recover_at"));
    at(record, "next_retry_after").max(quota)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_ended_runs() {
        let as_of = Instant { seconds: 1_771_675_200, nanos: 0 };
        let told = |records: &str| {
            let text = format!(r#"{{"version":1,"provider":"claude","records":[{records}]}}"#);
            running(text.as_bytes(), as_of).map(|r| (r.count, r.until.text()))
        };
        let over = r#"{"model":"a","next_retry_after":"2026-02-21T11:00:00Z"}"#;
        let none = r#"{"model":"b","next_retry_after":"0001-01-01T00:00:00Z","quota":{}}"#;
        let runs = r#"{"model":"c","next_retry_after":"2026-02-21T12:10:00Z"}"#;
        let quota = r#"{"model":"d","next_retry_after":"2026-02-21T11:00:00Z","quota":{"next_recover_at":"2026-02-21T17:00:00Z"}}"#;
        assert_eq!((told(""), told(over), told(none)), (None, None, None));
        assert_eq!(told(&[over, runs, quota].join(",")), Some((2, "2026-02-21T17:00:00Z".to_owned())));
        assert_eq!((running(b"[]", as_of), running(b"{}", as_of), running(b"{", as_of)), (None, None, None));
    }
}
