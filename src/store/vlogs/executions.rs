//! Executions: their summaries, and what prompts and models add up to.

use super::ask::{ANALYSIS_LIMIT, Ask, float, rounded};
use super::params::Params;
use super::{Method, number, text};
use crate::logsql::Row;
use crate::store::StoreError;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

pub static EXECUTION_SUMMARIES: Method = Method {
    name: "execution_summaries",
    help: "summaries of executions",
    params: &[
        text("start", "24h"),
        text("harness", ""),
        text("status", ""),
        text("prompt_ref", ""),
        number("limit", "100"),
    ],
    run: execution_summaries,
};

pub static PROMPT_ANALYTICS: Method = Method {
    name: "prompt_analytics",
    help: "runs, success and cost per prompt",
    params: &[text("start", "7d"), number("limit", "50")],
    run: prompt_analytics,
};

pub static MODEL_ANALYTICS: Method = Method {
    name: "model_analytics",
    help: "calls, units and cost per harness and model",
    params: &[text("start", "24h"), number("limit", "50")],
    run: model_analytics,
};

const SUMMARY_FIELDS: [&str; 25] = [
    "_time",
    "execution_id",
    "thread_key",
    "harness",
    "engine",
    "persona_id",
    "prompt_ref",
    "prompt_sha",
    "status",
    "terminal_reason",
    "duration_s",
    "ttft_ms",
    "execution_sequence",
    "user_id",
    "total_tokens",
    "cost_usd",
    "models",
    "assistant_tool_use_events",
    "tool_error_events",
    "tool_retry_count",
    "tool_error_categories",
    "command_error_events",
    "subagent_failures",
    "tool_calls_by_name",
    "tool_errors_by_name",
];

fn summaries(ask: &mut Ask<'_>, params: &Params, filters: &[&str], limit: u64) -> Result<Vec<Row>, StoreError> {
    let mut query = ask.is("event", "execution_summary");
    for name in filters {
        let value = params.text(name);
        if !value.is_empty() {
            query.push_str(&format!(" AND {}", ask.is(name, &value)));
        }
    }
    ask.helper(&query, limit, &params.text("start"), "")
}

fn execution_summaries(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let rows = summaries(ask, params, &["harness", "status", "prompt_ref"], params.number("limit"))?;
    Ok(rows.iter().map(|row| ask.projected(row, &SUMMARY_FIELDS)).collect())
}

/// Groups rows by some fields, in first-seen order.
fn grouped<'r>(rows: &'r [Row], by: &[&str]) -> IndexMap<Vec<&'r str>, Vec<&'r Row>> {
    let mut groups: IndexMap<Vec<&str>, Vec<&Row>> = IndexMap::new();
    for row in rows {
        groups.entry(by.iter().map(|name| row.get(name)).collect()).or_default().push(row);
    }
    groups
}

/// Rows per value of a field, in first-seen order, the empty value left out. Lists count each of their items.
fn counts(ask: &mut Ask<'_>, rows: &[&Row], name: &str) -> Value {
    let mut found: IndexMap<String, u64> = IndexMap::new();
    for row in rows {
        let value = row.get(name);
        let items = crate::logsql::values::json::items(value).unwrap_or_else(|| vec![value.to_owned()]);
        items.into_iter().filter(|item| !item.is_empty()).for_each(|item| *found.entry(item).or_default() += 1);
    }
    let shown = found.into_iter().map(|(value, n)| (ask.show.value(name, &value).into_owned(), n.into()));
    shown.collect::<Map<String, Value>>().into()
}

fn mean(rows: &[&Row], name: &str) -> f64 {
    rows.iter().map(|row| float(row, name)).sum::<f64>() / rows.len().max(1) as f64
}

fn total(rows: &[&Row], name: &str) -> i64 {
    rows.iter().map(|row| float(row, name) as i64).sum()
}

fn prompt_analytics(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let rows = summaries(ask, params, &[], ANALYSIS_LIMIT)?;
    let mut groups: Vec<_> = grouped(&rows, &["prompt_ref", "prompt_sha"]).into_iter().collect();
    groups.retain(|(key, _)| !key[0].is_empty());
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    groups.truncate(usize::try_from(params.number("limit")).unwrap_or(usize::MAX));
    Ok(groups.into_iter().map(|(key, rows)| prompt(ask, &key, &rows)).collect())
}

fn prompt(ask: &mut Ask<'_>, key: &[&str], rows: &[&Row]) -> Value {
    let completed = rows.iter().filter(|row| row.get("status") == "completed").count();
    let failed = rows.iter().filter(|row| row.get("status") == "failed").count();
    json!({
        "prompt_ref": ask.show.value("prompt_ref", key[0]),
        "prompt_sha": ask.show.value("prompt_sha", key[1]),
        "runs": rows.len(),
        "completed": completed,
        "failed": failed,
        "success_rate_pct": rounded(completed as f64 * 100.0 / rows.len() as f64, 1),
        "avg_duration_s": rounded(mean(rows, "duration_s"), 3),
        "avg_tokens": mean(rows, "total_tokens").round() as i64,
        "avg_cost_usd": rounded(mean(rows, "cost_usd"), 6),
        "models": counts(ask, rows, "models"),
        "harnesses": counts(ask, rows, "harness"),
        "terminal_reasons": counts(ask, rows, "terminal_reason"),
    })
}

fn model_analytics(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let query = ask.is("event", "usage_observed");
    let rows = ask.helper(&query, ANALYSIS_LIMIT, &params.text("start"), "")?;
    let cost = |rows: &[&Row]| rows.iter().map(|row| float(row, "cost_usd")).sum::<f64>();
    let mut groups: Vec<_> = grouped(&rows, &["harness", "model"]).into_iter().collect();
    groups.sort_by(|a, b| cost(&b.1).total_cmp(&cost(&a.1)));
    groups.truncate(usize::try_from(params.number("limit")).unwrap_or(usize::MAX));
    let shown = groups.into_iter().map(|(key, rows)| {
        let kinds = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"];
        let sums: Vec<i64> = kinds.iter().map(|name| total(&rows, name)).collect();
        json!({
            "harness": ask.show.value("harness", key[0]),
            "model": ask.show.value("model", key[1]),
            "calls": rows.len(),
            kinds[0]: sums[0],
            kinds[1]: sums[1],
            kinds[2]: sums[2],
            kinds[3]: sums[3],
            "total_tokens": sums.iter().sum::<i64>(),
            "cost_usd": rounded(cost(&rows), 6),
            "avg_cost_usd": rounded(cost(&rows) / rows.len() as f64, 6),
        })
    });
    Ok(shown.collect())
}
