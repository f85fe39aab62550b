//! Executions: their summaries, and what prompts and models add up to.

use super::ask::{ANALYSIS_LIMIT, Ask, Counts, float, or_unknown, rounded, whole};
use super::params::Params;
use super::{Method, number, text};
use crate::logsql::Row;
use crate::store::StoreError;
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::collections::BTreeSet;

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

/// Groups rows by two fields, in first-seen order.
fn grouped<'r>(
    rows: &'r [Row],
    key: impl Fn(&'r Row) -> (&'r str, &'r str),
) -> IndexMap<(&'r str, &'r str), Vec<&'r Row>> {
    let mut groups: IndexMap<_, Vec<&Row>> = IndexMap::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(row);
    }
    groups
}

/// The sum of a field's numbers.
fn sum(rows: &[&Row], name: &str) -> f64 {
    rows.iter().map(|row| float(row, name)).sum()
}

fn mean(rows: &[&Row], name: &str) -> f64 {
    sum(rows, name) / rows.len().max(1) as f64
}

/// Distinct values in byte order, shown.
fn listed(ask: &mut Ask<'_>, name: &str, values: BTreeSet<String>) -> Value {
    values
        .into_iter()
        .filter(|value| !value.is_empty())
        .map(|value| ask.show.value(name, &value).into_owned())
        .collect()
}

/// The models of a run. A dump holds the list as JSON text; the live tool takes that text letter by letter.
fn models(text: &str, strict: bool) -> Vec<String> {
    if strict {
        return text.chars().map(String::from).collect();
    }
    crate::logsql::values::json::items(text).unwrap_or_else(|| vec![text.to_owned()])
}

fn prompt_analytics(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let rows = summaries(ask, params, &[], ANALYSIS_LIMIT)?;
    let mut groups: Vec<_> = grouped(&rows, |row| (row.get("prompt_ref"), row.get("prompt_sha"))).into_iter().collect();
    groups.retain(|((prompt, _), _)| !prompt.is_empty());
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    groups.truncate(usize::try_from(params.number("limit")).unwrap_or(usize::MAX));
    Ok(groups.into_iter().map(|(key, rows)| prompt(ask, key, &rows)).collect())
}

fn prompt(ask: &mut Ask<'_>, (prompt_ref, prompt_sha): (&str, &str), rows: &[&Row]) -> Value {
    let (runs, completed) = (rows.len(), rows.iter().filter(|row| row.get("status") == "completed").count());
    let used = rows.iter().flat_map(|row| models(row.get("models"), ask.strict)).collect();
    let harnesses = rows.iter().map(|row| row.get("harness").to_owned()).collect();
    let mut reasons = Counts::default();
    for reason in rows.iter().map(|row| row.get("terminal_reason")).filter(|reason| !reason.is_empty()) {
        reasons.add(reason);
    }
    json!({
        "prompt_ref": ask.show.value("prompt_ref", prompt_ref),
        "prompt_sha": ask.show.value("prompt_sha", prompt_sha),
        "runs": runs,
        "completed": completed,
        // Whatever did not complete: cancelled and unknown ends too.
        "failed": runs - completed,
        "success_rate_pct": rounded(completed as f64 / runs as f64 * 100.0, 1),
        "avg_duration_s": rounded(mean(rows, "duration_s"), 3),
        "avg_tokens": whole(mean(rows, "total_tokens")),
        "avg_cost_usd": rounded(mean(rows, "cost_usd"), 6),
        "models": listed(ask, "models", used),
        "harnesses": listed(ask, "harness", harnesses),
        "terminal_reasons": reasons.shown(ask, "terminal_reason"),
    })
}

fn model_analytics(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let query = ask.is("event", "usage_observed");
    let rows = ask.helper(&query, ANALYSIS_LIMIT, &params.text("start"), "")?;
    let key = |row| (or_unknown(Row::get(row, "harness")), or_unknown(Row::get(row, "model")));
    let mut groups: Vec<_> = grouped(&rows, key).into_iter().collect();
    let cost = |rows: &[&Row]| rounded(sum(rows, "cost_usd"), 6);
    groups.sort_by(|a, b| cost(&b.1).total_cmp(&cost(&a.1)));
    groups.truncate(usize::try_from(params.number("limit")).unwrap_or(usize::MAX));
    let shown = groups.into_iter().map(|((harness, model), rows)| {
        let kinds = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        let sums = kinds.map(|name| sum(&rows, name));
        json!({
            "harness": ask.show.value("harness", harness),
            "model": ask.show.value("model", model),
            "calls": rows.len(),
            kinds[0]: sums[0] as i64,
            kinds[1]: sums[1] as i64,
            kinds[2]: sums[2] as i64,
            kinds[3]: sums[3] as i64,
            "total_tokens": sums.iter().sum::<f64>() as i64,
            "cost_usd": cost(&rows),
            "avg_cost_usd": rounded(mean(&rows, "cost_usd"), 6),
        })
    });
    Ok(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::models;

    #[test]
    fn models_of_a_run() {
        for (text, want) in
            [(r#"["m1","m2"]"#, vec!["m1", "m2"]), ("m1", vec!["m1"]), ("[]", vec![]), ("[m", vec!["[m"])]
        {
            assert_eq!(models(text, false), want, "{text}");
        }
        assert_eq!(models("[1]", true), ["[", "1", "]"]);
    }
}
