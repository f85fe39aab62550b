//! Tool calls: the rows, and what they add up to.

use super::ask::{ANALYSIS_LIMIT, Ask, float, rounded};
use super::params::Params;
use super::{Method, number, text};
use crate::logsql::Row;
use crate::store::StoreError;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
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
    duration_ms_total: i64,
    threads: BTreeSet<String>,
    args: IndexMap<String, u64>,
    methods: IndexMap<String, u64>,
}

fn or_unknown(value: &str) -> String {
    if value.is_empty() { "unknown".into() } else { value.into() }
}

impl Usage {
    fn add(&mut self, row: &Row, strict: bool) {
        self.calls += 1;
        self.failures += u64::from(!matches!(row.get("success"), "" | "true"));
        self.duration_ms_total += float(row, "duration_ms").round() as i64;
        if !row.get("thread_key").is_empty() {
            self.threads.insert(row.get("thread_key").to_owned());
        }
        *self.args.entry(label(row.get("tool_args"), strict)).or_default() += 1;
        *self.methods.entry(or_unknown(row.get("tool_method"))).or_default() += 1;
    }
}

/// How the arguments of a call are shown. A dump holds a list as JSON text, which is read back unless strict.
fn label(args: &str, strict: bool) -> String {
    if args.is_empty() {
        return "(not captured)".into();
    }
    match serde_json::from_str(args) {
        Ok(Value::Array(list)) if !strict => shell_joined(&list),
        Ok(Value::Null) if !strict => "(no args)".into(),
        _ => args.to_owned(),
    }
}

fn shell_joined(list: &[Value]) -> String {
    let word = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c));
        if plain { text } else { format!("'{}'", text.replace('\'', "'\"'\"'")) }
    };
    if list.is_empty() { "(no args)".into() } else { list.iter().map(word).collect::<Vec<_>>().join(" ") }
}

fn tool_analytics(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let query = completed(ask);
    let rows = ask.helper(&query, ANALYSIS_LIMIT, &params.text("start"), "")?;
    let mut tools: IndexMap<String, Usage> = IndexMap::new();
    for row in &rows {
        tools.entry(or_unknown(row.get("tool_name"))).or_default().add(row, ask.strict);
    }
    let mut tools: Vec<(String, Usage)> = tools.into_iter().collect();
    tools.sort_by_key(|(_, usage)| Reverse(usage.calls));
    tools.truncate(usize::try_from(params.number("limit")).unwrap_or(usize::MAX));
    Ok(tools.into_iter().map(|(tool, usage)| shown(ask, &tool, usage)).collect())
}

fn shown(ask: &mut Ask<'_>, tool: &str, usage: Usage) -> Value {
    let mut args: Vec<(String, u64)> = usage.args.into_iter().collect();
    args.sort_by_key(|(_, calls)| Reverse(*calls));
    let args: Map<String, Value> =
        args.into_iter().map(|(label, n)| (ask.show.value("tool_args", &label).into_owned(), n.into())).collect();
    let methods: Map<String, Value> = usage
        .methods
        .into_iter()
        .map(|(name, n)| (ask.show.value("tool_method", &name).into_owned(), n.into()))
        .collect();
    json!({
        "tool": ask.show.value("tool_name", tool),
        "calls": usage.calls,
        "failures": usage.failures,
        "failure_rate_pct": rounded(usage.failures as f64 * 100.0 / usage.calls as f64, 1),
        "avg_duration_ms": (usage.duration_ms_total as f64 / usage.calls as f64).round() as i64,
        "unique_threads": usage.threads.len(),
        "args": args,
        "methods": methods,
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

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_of_arguments() {
        for (args, want) in
            [("", "(not captured)"), ("[]", "(no args)"), (r#"["ls","a b"]"#, "ls 'a b'"), ("{\"a\":1}", "{\"a\":1}")]
        {
            assert_eq!(label(args, false), want);
        }
        assert_eq!(label(r#"["ls"]"#, true), r#"["ls"]"#);
    }
}
