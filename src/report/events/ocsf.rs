//! OCSF 1.3.0: a request is HTTP Activity (4002); what no request is known of is a Base Event (0).
//!
//! Source: the attribute lists and constraints of `ocsf/ocsf-schema` for `http_activity`, `network`, `base_event`,
//! `metadata`, `product`, `http_request`, `http_response` and `network_endpoint`. Authentication (3002) wants a user, and
//! a proxy record names none: it is never made up.

use super::{Row, line};
use crate::finding::{Event, Kind, Role};
use serde_json::{Map, Value, json};

/// The schema every row is written for.
pub const VERSION: &str = "1.3.0";

const HTTP_ACTIVITY: i64 = 4002;
const NETWORK: i64 = 4;

pub fn row(row: &Row<'_>) -> String {
    line(&object(row))
}

fn object(row: &Row<'_>) -> Map<String, Value> {
    let e = row.event;
    let request = request(e);
    let endpoints = endpoints(e);
    let http = e.kind == Kind::Attempt && (request.is_some() || e.status.is_some()) && !endpoints.is_empty();
    let (class, category) = if http { (HTTP_ACTIVITY, NETWORK) } else { (0, 0) };
    let activity = if http { activity(e) } else { 99 };
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("activity_id", activity.into());
    put("activity_name", activity_name(e, activity).into());
    put("category_uid", category.into());
    put("class_uid", class.into());
    put("type_uid", (class * 100 + activity).into());
    put("severity_id", severity(e).into());
    put("time", e.at.div_euclid(1_000_000).into());
    put("message", row.sentence().into());
    put("metadata", metadata(row));
    if e.kind == Kind::Change || e.role == Role::Negative {
        // A change, or what looks like a failure and is none: how it ended is not what the row is about.
        put("status_id", 0.into());
    } else {
        put("status_id", 2.into());
        put("status", "Failure".into());
        put("status_detail", e.class.into());
    }
    if let Some(status) = e.status {
        put("status_code", status.to_string().into());
    }
    if http {
        if let Some(request) = request {
            put("http_request", request);
        }
        if let Some(status) = e.status {
            put("http_response", json!({ "code": status }));
        }
        for (key, value) in endpoints {
            put(key, value);
        }
    }
    put("unmapped", unmapped(row));
    out
}

/// The method's number; a tunnel is a CONNECT. This version of the schema knows no PATCH.
fn activity(e: &Event) -> i64 {
    match e.method.as_ref().map(|m| m.as_str()) {
        _ if e.tunnel => 1,
        Some("CONNECT") => 1,
        Some("DELETE") => 2,
        Some("GET") => 3,
        Some("HEAD") => 4,
        Some("OPTIONS") => 5,
        Some("POST") => 6,
        Some("PUT") => 7,
        Some("TRACE") => 8,
        Some(_) => 99,
        None => 0,
    }
}

fn activity_name(e: &Event, activity: i64) -> String {
    match (e.kind, activity) {
        (Kind::Attempt, 1..=8) => {
            const NAMES: [&str; 8] = ["Connect", "Delete", "Get", "Head", "Options", "Post", "Put", "Trace"];
            NAMES[usize::try_from(activity - 1).unwrap_or(0)].to_owned()
        }
        (Kind::Attempt, 0) => "Unknown".to_owned(),
        (Kind::Attempt, _) => e.method.as_ref().map_or_else(|| "Other".to_owned(), ToString::to_string),
        (kind, _) => kind.word().to_owned(),
    }
}

/// Informational for a change, low for what is no auth failure, medium else. A log line is no alert.
fn severity(e: &Event) -> i64 {
    match (e.kind, e.role) {
        (Kind::Change, _) => 1,
        (_, crate::finding::Role::Negative) => 2,
        _ => 3,
    }
}

fn metadata(row: &Row<'_>) -> Value {
    json!({
        "version": VERSION,
        "uid": row.evidence_id,
        "event_code": row.event.class,
        "original_time": row.time(),
        "product": { "name": "authopsy", "vendor_name": "authopsy", "version": env!("CARGO_PKG_VERSION") },
    })
}

fn request(e: &Event) -> Option<Value> {
    let method = e.method.as_ref().map(|m| m.as_str());
    let (host, path) = (e.host.as_ref().map(|h| h.as_str()), e.path.as_ref().map(|p| p.as_str()));
    if method.is_none() && path.is_none() {
        return None;
    }
    let mut request = Map::new();
    // The schema lists the methods that may stand here; the activity's name has any.
    if let Some(method) = method.filter(|_| (1..=8).contains(&activity(e))) {
        request.insert("http_method".into(), method.into());
    }
    let mut url = Map::new();
    if let Some(host) = host {
        url.insert("hostname".into(), split_port(host).0.into());
    }
    if let Some(path) = path {
        url.insert("path".into(), path.into());
    }
    if !url.is_empty() {
        request.insert("url".into(), url.into());
    }
    Some(request.into())
}

/// At least one end of a connection must be known.
fn endpoints(e: &Event) -> Vec<(&'static str, Value)> {
    let mut out = Vec::new();
    if let Some(host) = &e.host {
        let (name, port) = split_port(host.as_str());
        let mut endpoint = Map::from_iter([("hostname".to_owned(), Value::from(name))]);
        if let Some(port) = port {
            endpoint.insert("port".into(), port.into());
        }
        out.push(("dst_endpoint", endpoint.into()));
    }
    if let Some(pod) = &e.pod {
        out.push(("src_endpoint", json!({ "name": pod.as_str() })));
    }
    out
}

/// `host:443` → host and port.
fn split_port(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (host, None),
        },
        _ => (host, None),
    }
}

/// What the schema has no place for, under the names of the contract.
fn unmapped(row: &Row<'_>) -> Value {
    let e = row.event;
    let mut out = Map::from_iter([
        ("kind".to_owned(), Value::from(e.kind.word())),
        ("origin".to_owned(), e.origin.word().into()),
        ("role".to_owned(), e.role.word().into()),
        ("confidence".to_owned(), e.confidence.word().into()),
        ("credential".to_owned(), e.credential.state.word().into()),
        ("tunnel".to_owned(), e.tunnel.into()),
    ]);
    for (key, value) in row.texts() {
        if let Some(value) = value.filter(|_| !matches!(key, "host" | "method" | "path")) {
            out.insert(key.to_owned(), value.into());
        }
    }
    if let Some(identity) = &e.identity {
        out.insert("identity".into(), identity.as_str().into());
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::events::tests::events;

    #[test]
    fn required_attributes_and_constraints_hold() {
        for event in events() {
            let value = object(&Row::new(&event, &["b5c4b38f00cda911".into()]));
            for key in ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"] {
                assert!(value.contains_key(key), "{key}");
            }
            let number = |key: &str| value[key].as_i64().expect(key);
            assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
            assert!(value["metadata"]["product"]["name"].is_string() && value["metadata"]["version"] == VERSION);
            if number("class_uid") == HTTP_ACTIVITY {
                assert!(value.contains_key("http_request") || value.contains_key("http_response"));
                assert!(value.contains_key("dst_endpoint") || value.contains_key("src_endpoint"));
            } else {
                assert_eq!(number("category_uid"), 0);
            }
        }
    }

    #[test]
    fn a_tunnel_is_a_connect_to_a_port() {
        let event = &events()[1];
        let value = object(&Row::new(event, &[]));
        assert_eq!(value["type_uid"], 400_201);
        assert_eq!(value["dst_endpoint"], json!({"hostname": "api.billfold.example", "port": 443}));
        assert_eq!(split_port("::1"), ("::1", None));
    }
}
