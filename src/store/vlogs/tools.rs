//! Tool calls: the rows, and what they add up to.

use super::ask::{ANALYSIS_LIMIT, Ask, Counts, float, or_unknown, rounded, whole};
use super::label::label;
use super::params::Params;
use super::{Method, number, text};
use crate::logsql::Row;
use crate::store::StoreError;
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeSet;

pub static TOOL_CALLS: Method = Method {
    name: "tool_calls",
    help: "completed tool calls",
    params: &[text("tool_name", ""), text("thread_key", ""), text("start", "1h"), number("limit", "100")],
    run: tool_calls,
};

pub static TOOL_ANALYTICS: Method = Method {
    name: "tool_analytics",
    help: "calls, failures and durations per tool",
    params: &[text("start", "24h"), number("limit", "30")],
    run: tool_analytics,
};

pub static TOOL_USAGE_BY_THREAD: Method = Method {
    name: "tool_usage_by_thread",
    help: "tool calls of a thread, or calls per thread",
    params: &[text("thread_key", ""), text("start", "24h"), number("limit", "200")],
    run: tool_usage_by_thread,
};

const CALL_FIELDS: [&str; 11] = [
    "_time",
    "_msg",
    "duration_ms",
    "success",
    "tool_args",
    "tool_args_count",
    "tool_args_redacted",
    "tool_args_truncated",
    "tool_name",
    "tool_method",
    "thread_key",
];
const USAGE_FIELDS: [&str; 9] = [
    "_time",
    "tool_args",
    "tool_args_count",
    "tool_args_redacted",
    "tool_args_truncated",
    "tool_name",
    "tool_method",
    "duration_ms",
    "success",
];

fn completed(ask: &Ask<'_>) -> String {
    ask.is("event", "tool_call_completed")
}

fn tool_calls(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let mut query = completed(ask);
    let (tool, thread) = (params.text("tool_name"), params.text("thread_key"));
    if !tool.is_empty() {
        query.push_str(&format!(" AND {}", ask.is("tool_name", &tool)));
    }
    if !thread.is_empty() {
        query.push_str(&format!(" AND {}", ask.is_quoted("thread_key", &thread)));
    }
    let rows = ask.helper(&query, params.number("limit"), &params.text("start"), "")?;
    Ok(rows.iter().map(|row| ask.projected(row, &CALL_FIELDS)).collect())
}

/// What the calls of one tool add up to.
#[derive(Default)]
struct Usage {
    calls: u64,
    failures: u64,
    /// Each call rounded first, as in the live tool. Wide enough for any ten thousand calls.
    duration_ms_total: i128,
    threads: BTreeSet<String>,
    args: Counts,
    methods: Counts,
}

impl Usage {
    fn add(&mut self, row: &Row, strict: bool) {
        self.calls += 1;
        self.failures += u64::from(!matches!(row.get("success"), "" | "true"));
        self.duration_ms_total += i128::from(whole(float(row, "duration_ms")));
        if !row.get("thread_key").is_empty() {
            self.threads.insert(row.get("thread_key").to_owned());
        }
        self.args.add(&label(row.get("tool_args"), strict));
        self.methods.add(or_unknown(row.get("tool_method")));
    }
}

fn tool_analytics(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let query = completed(ask);
    let rows = ask.helper(&query, ANALYSIS_LIMIT, &params.text("start"), "")?;
    let mut tools: IndexMap<String, Usage> = IndexMap::new();
    for row in &rows {
        tools.entry(or_unknown(row.get("tool_name")).to_owned()).or_default().add(row, ask.strict);
    }
    let mut tools: Vec<(String, Usage)> = tools.into_iter().collect();
    tools.sort_by_key(|(_, usage)| Reverse(usage.calls));
    tools.truncate(usize::try_from(params.number("limit")).unwrap_or(usize::MAX));
    Ok(tools.into_iter().map(|(tool, usage)| shown(ask, &tool, usage)).collect())
}

fn shown(ask: &mut Ask<'_>, tool: &str, usage: Usage) -> Value {
    json!({
        "tool": ask.show.value("tool_name", tool),
        "calls": usage.calls,
        "failures": usage.failures,
        "failure_rate_pct": rounded(usage.failures as f64 / usage.calls as f64 * 100.0, 1),
        "avg_duration_ms": whole(usage.duration_ms_total as f64 / usage.calls as f64),
        "unique_threads": usage.threads.len(),
        "args": usage.args.most_frequent_first().shown(ask, "tool_args"),
        "methods": usage.methods.shown(ask, "tool_method"),
    })
}

fn tool_usage_by_thread(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let (thread, start, limit) = (params.text("thread_key"), params.text("start"), params.number("limit"));
    if !thread.is_empty() {
        let query = format!("{} AND {}", completed(ask), ask.is_quoted("thread_key", &thread));
        let rows = ask.helper(&query, limit, &start, "")?;
        return Ok(rows.iter().map(|row| ask.projected(row, &USAGE_FIELDS)).collect());
    }
    let any = if ask.strict { "thread_key:*" } else { "(thread_key:* or fields.thread_key:*)" };
    let rows = ask.helper(&format!("{} AND {any}", completed(ask)), ANALYSIS_LIMIT, &start, "")?;
    let mut threads: IndexMap<String, u64> = IndexMap::new();
    rows.iter().for_each(|row| *threads.entry(row.get("thread_key").to_owned()).or_default() += 1);
    let mut threads: Vec<(String, u64)> = threads.into_iter().collect();
    threads.sort_by_key(|(_, calls)| Reverse(*calls));
    threads.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(threads
        .into_iter()
        .map(|(key, calls)| json!({"thread_key": ask.show.value("thread_key", &key), "tool_calls": calls}))
        .collect())
}
