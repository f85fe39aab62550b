//! `authopsy api`, `vlogs` and the tables, as a user sees them.

use crate::run::authopsy;
use authopsy::cli::Exit;
use authopsy::store::vlogs::METHODS;
use serde_json::{Value, json};

const DUMP: &str = "testdata/store/dump.ndjson";

fn api(request: &str) -> Value {
    serde_json::from_str(&authopsy(&["api", request, DUMP]).out()).expect("JSON")
}

fn vlogs(method: &str, arguments: &str) -> Value {
    serde_json::from_str(&authopsy(&["vlogs", method, arguments, "--dump", DUMP]).out()).expect("JSON")
}

#[test]
fn endpoints_answer_with_the_stores_bodies() {
    let hits = json!({"hits": [{"fields": {}, "timestamps": ["2026-03-10T09:00:00Z", "2026-03-10T10:00:00Z"], "values": [2, 1], "total": 3}]});
    assert_eq!(api("/select/logsql/hits?query=level:ERROR&step=1h"), hits);
    let values = api("/select/logsql/field_values?query=*&field=audit.status_code");
    assert_eq!(values["values"][0], json!({"value": "", "hits": 7}));
    let streams = api("/select/logsql/stream_field_values?query=*&field=service");
    assert_eq!(streams["values"][2], json!({"value": "sandbox", "hits": 2}));
    let vector = api("/select/logsql/stats_query?query=*|count()+n&time=2026-03-11T00:00:00Z");
    assert_eq!(vector["data"]["result"][0]["value"], json!([1_773_187_200, "10"]));
    let matrix = api("/select/logsql/stats_query_range?query=*|stats+by+(service)+count()+n&step=1h");
    assert_eq!(matrix["data"]["result"][0]["values"], json!([[1_773_133_200, "1"], [1_773_136_800, "3"]]));
}

#[test]
fn the_list_of_labels_knows_no_limit() {
    let labels = api("/select/logsql/stream_field_names?query=*");
    assert_ne!(labels["values"][0]["hits"], 0);
    assert_eq!(api("/select/logsql/stream_field_names?query=*&limit=1"), labels);
}

#[test]
fn what_the_store_refuses_is_refused() {
    for request in [
        "/select/logsql/nosuch?query=*",
        "/select/logsql/tail?query=*",
        "/select/logsql/query",
        "/select/logsql/query?query=|",
        "/select/logsql/query?query=*&limit=x",
        "/select/logsql/hits?query=*&step=foo",
        "/select/logsql/field_values?query=*",
        "/select/logsql/stats_query?query=*|fields+a",
        "/select/logsql/stats_query?query=*|count()+c|uniq+by+(c)",
        "/select/logsql/query?query=*|block_stats",
        "/select/logsql/query?query=*|rename+_time+as+t&limit=1",
        "/select/logsql/stats_query?query=*|stats+by+(a)+count()+c|limit+5",
        "/select/logsql/stats_query?query=*|stats+by+(a)+count()+c|fields+c",
        "/select/logsql/stats_query?query=*|stats+by+(a)+count()+c|fields+a",
        "/select/logsql/stats_query?query=*|stats+by+(a)+count()+c|rename+c+as+a",
        "/select/logsql/stats_query?query=*|stats+by+(a)+count()+c|math+c+*+2+as+a",
        "/select/logsql/stats_query_range?query=*|stats+by+(a)+count()+c|delete+_time",
    ] {
        let ran = authopsy(&["api", request, DUMP]);
        assert_eq!(ran.exit, Exit::Usage, "{request}");
        assert!(!ran.err().is_empty(), "{request}");
    }
}

#[test]
fn pipes_behind_stats_keep_what_tells_series_apart() {
    let series = |query: &str| {
        let body = api(&format!("/select/logsql/stats_query?query=*|stats+by+(level)+count()+n{query}"));
        body["data"]["result"][0]["metric"].clone()
    };
    assert_eq!(series("|sort+by+(n)|limit+1")["__name__"], "n");
    assert_eq!(series("|format+%22x%22+as+f")["f"], "x");
    assert_eq!(series("|rename+level+as+l,n+as+m")["__name__"], "m");
    assert!(series("|rename+level+as+l")["l"].is_string());
}

#[test]
fn answers_do_not_depend_on_threads() {
    for request in [
        "/select/logsql/query?query=*|stats+by+(service)+count(),sum(audit.duration_ms),values(level)",
        "/select/logsql/query?query=*|sort+by+(_time+desc)+limit+3",
        "/select/logsql/facets?query=*",
    ] {
        let one = authopsy(&["api", request, DUMP, "--threads", "1"]).out();
        assert_eq!(one, authopsy(&["api", request, DUMP, "--threads", "4"]).out(), "{request}");
    }
}

#[test]
fn every_method_answers_one_line_of_json() {
    for method in METHODS {
        let arguments = match method.name {
            "query" | "hits" => r#"{"query":"*"}"#,
            "field_values" => r#"{"field":"service"}"#,
            "thread_logs" | "thread_trace" => r#"{"thread_key":"slack:C1:1.5"}"#,
            "execution_timeline" => r#"{"execution_id":"exe_1"}"#,
            _ => "{}",
        };
        for strict in [&["--strict"][..], &[]] {
            let args = [&["vlogs", method.name, arguments, "--dump", DUMP][..], strict].concat();
            let out = authopsy(&args).out();
            assert_eq!(out.lines().count(), 1, "{}", method.name);
            assert!(serde_json::from_str::<Value>(&out).is_ok(), "{}", method.name);
        }
    }
}

#[test]
fn methods_mean_well_unless_strict() {
    assert_eq!(vlogs("errors", r#"{"start":"24h"}"#).as_array().map(Vec::len), Some(3));
    let strict = authopsy(&["vlogs", "errors", r#"{"start":"24h"}"#, "--strict", "--dump", DUMP]).out();
    assert_eq!(strict, "[]\n");
    let newest = vlogs("query", r#"{"query":"*","limit":1}"#);
    assert_eq!(newest[0]["_time"], "2026-03-10T10:20:00Z");
    assert!(newest[1]["_note"].as_str().is_some_and(|note| note.starts_with("Results truncated at 1")));
    let tools = vlogs("tool_analytics", "{}");
    assert_eq!(tools[0]["args"], json!({"ls -l": 1, "ls 'a b'": 1}));
    assert_eq!(vlogs("service_health", r#"{"start":"24h"}"#)["proxy"], json!({"total_count": 4, "error_count": 3}));
}

/// The answer of a method over rows of its own.
fn over(rows: &[Value], method: &str, options: &[&str]) -> Value {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("dump.ndjson");
    let line = |(i, row): (usize, &Value)| {
        let mut row = row.clone();
        row["_time"] = format!("2026-03-10T10:00:{i:02}Z").into();
        format!("{row}\n")
    };
    std::fs::write(&path, rows.iter().enumerate().map(line).collect::<String>()).expect("a dump");
    let path = path.to_string_lossy().into_owned();
    let arguments = if method == "query" { r#"{"query":"*","limit":1}"# } else { "{}" };
    let args = [&["vlogs", method, arguments, "--dump", &path][..], options].concat();
    serde_json::from_str(&authopsy(&args).out()).expect("JSON")
}

#[test]
fn models_add_up_what_was_observed() {
    let rows = [
        json!({"event": "usage_observed", "model": "m", "input_tokens": "1", "output_tokens": "2",
            "cache_creation_input_tokens": "4", "cache_read_input_tokens": "8", "cost_usd": "0.5"}),
        json!({"event": "usage_observed", "harness": "amp", "input_tokens": "1.5", "cost_usd": "0.4999999"}),
        json!({"event": "usage_observed", "harness": "amp", "input_tokens": "1.5", "cost_usd": "0.0000001"}),
        json!({"fields.event": "usage_observed", "fields.model": "n", "fields.cost_usd": "1e-8", "fields.input_tokens": "x"}),
    ];
    let row = |harness: &str, model: &str, calls: u64, tokens: [u64; 5], cost: f64, mean: f64| {
        json!({"harness": harness, "model": model, "calls": calls, "input_tokens": tokens[0], "output_tokens": tokens[1],
            "cache_creation_input_tokens": tokens[2], "cache_read_input_tokens": tokens[3], "total_tokens": tokens[4],
            "cost_usd": cost, "avg_cost_usd": mean})
    };
    let want = json!([
        // As dear as the next one once rounded, and seen first.
        row("unknown", "m", 1, [1, 2, 4, 8, 15], 0.5, 0.5),
        row("amp", "unknown", 2, [3, 0, 0, 0, 3], 0.5, 0.25),
        row("unknown", "n", 1, [0; 5], 0.0, 0.0),
    ]);
    assert_eq!(over(&rows, "model_analytics", &[]), want);
}

#[test]
fn prompts_fail_unless_they_complete() {
    let rows: Vec<Value> = [("cancelled", "claude", "0.5", "10"), ("failed", "amp", "0.625", "11"), ("", "amp", "x", "")]
        .iter()
        .map(|(status, harness, duration, tokens)| {
            json!({"event": "execution_summary", "prompt_ref": "p", "status": status, "harness": harness, "models": "[\"m1\"]",
                "duration_s": duration, "total_tokens": tokens, "terminal_reason": if status.is_empty() { "" } else { "[\"x\"]" }})
        })
        .collect();
    let answer = over(&rows, "prompt_analytics", &[]);
    assert_eq!(answer[0]["failed"], 3);
    assert_eq!(answer[0]["models"], json!(["m1"]));
    assert_eq!(answer[0]["harnesses"], json!(["amp", "claude"]));
    assert_eq!(answer[0]["terminal_reasons"], json!({"[\"x\"]": 2}));
    assert_eq!((&answer[0]["avg_duration_s"], &answer[0]["avg_tokens"]), (&json!(0.375), &json!(7)));
    let two = over(&rows[..2], "prompt_analytics", &[]);
    // 0.5625 and 10.5: halves go to the even neighbour.
    assert_eq!((&two[0]["avg_duration_s"], &two[0]["avg_tokens"]), (&json!(0.562), &json!(10)));
    let strict = over(&rows, "prompt_analytics", &["--strict"]);
    assert_eq!(strict[0]["models"], json!(["\"", "1", "[", "]", "m"]));
}

#[test]
fn calls_are_rounded_as_in_the_live_tool() {
    let mut rows = vec![json!({"event": "tool_call_completed", "tool_name": "t", "duration_ms": "0"}); 14];
    rows.push(
        json!({"event": "tool_call_completed", "tool_name": "t", "success": "no", "tool_args": "{\"b\": 1, \"a\": 2}"}),
    );
    rows.push(json!({"event": "tool_call_completed", "tool_name": "t", "tool_args": "[true, null]"}));
    let answer = over(&rows, "tool_analytics", &[]);
    // 1 of 16 is 6.25 %.
    assert_eq!(answer[0]["failure_rate_pct"], 6.2);
    assert_eq!(answer[0]["args"], json!({"(not captured)": 14, "{\"a\":2,\"b\":1}": 1, "True None": 1}));
    let halves = ["10.5", "12.5"].map(|ms| json!({"event": "tool_call_completed", "duration_ms": ms}));
    let answer = over(&halves, "tool_analytics", &[]);
    assert_eq!((&answer[0]["tool"], &answer[0]["avg_duration_ms"]), (&json!("unknown"), &json!(11)));
    let strict = over(&halves, "query", &["--strict"]);
    assert_eq!(strict[1], json!({"_note": "Results truncated at 1. Increase limit or narrow your query."}));
}

#[test]
fn a_wrong_method_or_keyword_gets_the_signature() {
    for (method, arguments) in
        [("nosuch", "{}"), ("thread_trace", r#"{"thread":"x"}"#), ("thread_trace", "{}"), ("errors", "x")]
    {
        let ran = authopsy(&["vlogs", method, arguments, "--dump", DUMP]);
        assert_eq!(ran.exit, Exit::Usage);
        assert!(ran.err().contains("(") && ran.err().contains("start="), "{}", ran.err());
    }
    assert_eq!(authopsy(&["vlogs", "ready"]).exit, Exit::Usage);
}

#[test]
fn tables_for_people() {
    let values = authopsy(&["values", "audit.status_code", DUMP]).out();
    assert_eq!(values, " ROWS  VALUE\n    7  (empty)\n    2  401\n    1  200\n");
    let hits = authopsy(&["hits", DUMP, "--step", "30m", "--query", "service:proxy"]).out();
    assert!(hits.contains("█▄▄") && hits.contains("2 at 2026-03-10 09:00"), "{hits}");
    assert!(authopsy(&["fields", DUMP]).out().contains("    3  audit.host\n"));
    assert!(authopsy(&["streams", DUMP]).out().contains("    4  {service=\"proxy\"}\n"));
    assert!(authopsy(&["facets", DUMP]).out().contains(" level "));
    assert!(authopsy(&["values", "level", DUMP, "--query", "nosuchword"]).out().is_empty());
}
