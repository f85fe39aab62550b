//! Rows that stand out: errors, slow requests, what the sandboxes did.

use super::ask::{Ask, float, quoted};
use super::params::Params;
use super::{Method, number, text};
use crate::store::StoreError;
use serde_json::Value;

pub static ERRORS: Method = Method {
    name: "errors",
    help: "rows of level error, in any letter case",
    params: &[text("service", ""), text("thread_key", ""), text("start", "1h"), number("limit", "50")],
    run: errors,
};

pub static SLOW_REQUESTS: Method = Method {
    name: "slow_requests",
    help: "HTTP requests slower than a threshold, slowest first",
    params: &[number("threshold_ms", "5000"), text("start", "1h"), number("limit", "50")],
    run: slow_requests,
};

pub static SANDBOX_ACTIVITY: Method = Method {
    name: "sandbox_activity",
    help: "rows of and about sandboxes",
    params: &[text("start", "1h"), number("limit", "50")],
    run: sandbox_activity,
};

/// The stream of a service.
pub fn of_service(ask: &Ask<'_>, service: &str) -> String {
    if ask.strict {
        format!("_stream:{{service=\"{service}\"}}")
    } else {
        format!("_stream:{{service={}}}", quoted(service))
    }
}

fn errors(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let mut query = ask.level("error");
    let (service, thread) = (params.text("service"), params.text("thread_key"));
    if !service.is_empty() {
        query.push_str(&format!(" AND {}", of_service(ask, &service)));
    }
    if !thread.is_empty() {
        query.push_str(&format!(" AND {}", ask.is_quoted("thread_key", &thread)));
    }
    let rows = ask.helper(&query, params.number("limit"), &params.text("start"), "")?;
    Ok(ask.objects(&rows))
}

fn slow_requests(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let threshold = params.number("threshold_ms");
    let slow = if ask.strict {
        format!("duration_ms:>{threshold}")
    } else {
        format!("(duration_ms:>{threshold} or fields.duration_ms:>{threshold})")
    };
    let query = format!("{} AND {slow}", ask.is("event", "http_request"));
    let mut rows = ask.helper(&query, params.number("limit"), &params.text("start"), "")?;
    rows.sort_by(|a, b| float(b, "duration_ms").total_cmp(&float(a, "duration_ms")));
    Ok(ask.objects(&rows))
}

fn sandbox_activity(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let start = params.text("start");
    let query = "_stream:{service=\"sandbox\"} OR event:warm_container_claimed OR event:sandbox_*";
    let rows = if ask.strict {
        // As the live tool has it, the window only bounds the first branch.
        let (bounded, start) = super::ask::window("*", &start);
        let prefix = bounded.strip_suffix("(*)").unwrap_or_default();
        ask.rows(&format!("{prefix}{query}"), params.number("limit"), start, "")?.rows
    } else {
        let query = format!("{query} OR fields.event:warm_container_claimed OR fields.event:sandbox_*");
        ask.helper(&query, params.number("limit"), &start, "")?
    };
    Ok(ask.objects(&rows))
}
