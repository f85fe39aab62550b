//! LogsQL against the recorded answers of a real store.
//!
//! `testdata/logsql/` holds 3085 log lines, the store's answers to queries over them, and pairs of a query and the
//! normal form in which the store prints it back.

use authopsy::logsql::request::Args;
use authopsy::logsql::{Options, Query, Source, exec::Bytes};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::ControlFlow;

/// The instant that stands for the store's clock where a case does not say it.
const NOW: i64 = 1_752_494_400_000_000_000;

fn data(name: &str) -> String {
    let path = format!("{}/testdata/logsql/{name}.gz", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    let file = std::fs::File::open(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).expect(name);
    text
}

fn lines(text: &str) -> impl Iterator<Item = Value> {
    text.lines().map(|l| serde_json::from_str(l).expect("a JSON line"))
}

/// A value with sorted keys and no white space: the canonical text of the cases.
fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                Value::Object(keys.into_iter().map(|k| (k.clone(), sorted(&map[k]))).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

fn args_of(case: &Value) -> Args {
    let mut args = Args { query: case["query"].as_str().expect("a query").to_owned(), ..Args::default() };
    for group in ["args", "time_range"] {
        for (name, value) in case[group].as_object().into_iter().flatten() {
            let values = texts(value);
            match name.as_str() {
                "start" => args.start = values.first().cloned(),
                "end" => args.end = values.first().cloned(),
                "time" => args.time = values.first().cloned(),
                "limit" => args.limit = values[0].parse().expect("a limit"),
                "extra_filters" => args.extra_filters = values,
                "extra_stream_filters" => args.extra_stream_filters = values,
                other => panic!("unknown argument {other}"),
            }
        }
    }
    args
}

/// The rows of a case's query, each in canonical text.
fn rows(args: &Args, source: &dyn Source) -> Result<Vec<String>, String> {
    let request = args.request(NOW).map_err(|e| e.render())?;
    let mut rows = Vec::new();
    let run = request.run(source, &mut |row| {
        let object: serde_json::Map<String, Value> =
            row.iter().map(|(n, v)| (n.to_owned(), Value::String(v.to_owned()))).collect();
        rows.push(canonical(&Value::Object(object)));
        ControlFlow::Continue(())
    });
    run.map_err(|e| e.to_string())?;
    Ok(rows)
}

/// Whether rows are those of a case (or of its `rows_1row`).
fn same(rows: &[String], want: &Value, ordered: bool) -> bool {
    let mut rows = rows.to_vec();
    if !ordered {
        rows.sort();
    }
    let list = if want.is_array() { want.as_array() } else { want["rows"].as_array() };
    match list {
        Some(list) => {
            let mut want: Vec<String> = list.iter().map(canonical).collect();
            if !ordered {
                want.sort();
            }
            rows == want
        }
        None => {
            use sha2::Digest as _;
            let text: String = rows.iter().map(|r| format!("{r}\n")).collect();
            let digest: String = sha2::Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            want["rows_count"].as_u64() == Some(rows.len() as u64) && want["sha256"].as_str() == Some(&digest)
        }
    }
}

fn check(case: &Value, source: &dyn Source) -> Result<(), String> {
    let answer = rows(&args_of(case), source);
    if case["kind"] == "error" {
        return answer.map_or(Ok(()), |_| Err("must be refused".to_owned()));
    }
    let rows = answer?;
    let ordered = case["ordered"] == true;
    if same(&rows, case, ordered) || (case["layout_dependent"] == true && same(&rows, &case["rows_1row"], ordered)) {
        return Ok(());
    }
    Err(format!("{} rows, first: {}", rows.len(), rows.first().map_or("", String::as_str)))
}

/// The lines of each `app`, so that most cases need not read all of them.
fn rows_by_app(corpus: &str) -> BTreeMap<String, String> {
    let mut by_app: BTreeMap<String, String> = BTreeMap::new();
    for line in corpus.lines() {
        let app = line.split(r#""app":""#).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("");
        let rows = by_app.entry(app.to_owned()).or_default();
        rows.push_str(line);
        rows.push('\n');
    }
    by_app
}

/// The `app` that all rows of a query must have, if its text plainly says so and no subquery reads others.
fn only_app(query: &str) -> Option<&str> {
    let rest = query.strip_prefix("app:")?;
    let app = &rest[..rest.find(|c: char| !(c.is_ascii_alphabetic() || c == '-')).unwrap_or(rest.len())];
    // A word matches inside longer names too.
    let alone =
        ["nomsg", "dup", "ctx", "clock", "typed", "tricky", "orders", "kubelet", "ledger", "syslog"].contains(&app);
    let elsewhere = [" or ", " OR ", "union", "join", "in(app", "stream_context", "(app:"];
    (alone && rest[app.len()..].starts_with([' ', '|']) && !elsewhere.iter().any(|w| query.contains(w))).then_some(app)
}

#[test]
fn every_recorded_answer_of_the_store() {
    let corpus = data("corpus.ndjson");
    let by_app = rows_by_app(&corpus);
    let cases: Vec<Value> = lines(&data("cases.jsonl")).collect();
    let queries: Vec<(usize, &Value)> =
        cases.iter().enumerate().filter(|(_, c)| c.get("path").is_none_or(|p| p == "/select/logsql/query")).collect();
    let run = |(n, case): &(usize, &Value)| {
        let query = case["query"].as_str().expect("a query");
        let bytes = only_app(query).and_then(|app| by_app.get(app)).map_or(corpus.as_bytes(), |rows| rows.as_bytes());
        // Chunks and workers vary from case to case: no answer may depend on them.
        let source = Bytes { bytes, chunk: [usize::MAX, 70_000, 4_000][n % 3], workers: n % 4 + 1 };
        check(case, &source).err().map(|why| format!("{}: {}: {why}", case["id"], case["query"]))
    };
    let (left, right) = queries.split_at(queries.len() / 2);
    let (left, right) = std::thread::scope(|scope| {
        let right = scope.spawn(|| right.iter().filter_map(run).collect::<Vec<_>>());
        (left.iter().filter_map(run).collect::<Vec<_>>(), right.join().expect("no panic"))
    });
    let (bad, count) = ([left, right].concat(), queries.len());
    assert!(bad.is_empty(), "{} of {count} differ:\n{}", bad.len(), bad.join("\n"));
}

#[test]
fn queries_print_in_the_stores_normal_form() {
    let options = Options { now: NOW };
    let print = |text: &str| Query::parse(text, options).map(|q| q.print());
    let (mut exact, mut count, mut bad) = (0, 0, Vec::new());
    for case in lines(&data("parser-cases.jsonl")) {
        let (query, normal) = (case["query"].as_str().expect("query"), case["normalized"].as_str().expect("normal"));
        count += 1;
        match (print(query), print(normal)) {
            (Ok(printed), _) if printed == normal => exact += 1,
            (Ok(printed), Ok(again)) if printed == again => {}
            // The store prints this number bare, and cannot read it back.
            (Ok(printed), Err(_))
                if printed.replace("\"2025-07-04T00:00:00Z\" as", "2025-07-04T00:00:00Z as") == normal => {}
            (printed, again) => bad.push(format!("{query}\n  gives {printed:?}\n  want  {normal} ({again:?})")),
        }
    }
    assert!(bad.is_empty(), "{} of {count} differ:\n{}", bad.len(), bad.join("\n"));
    assert!(exact * 100 >= count * 99, "only {exact} of {count} print exactly as the store does");
}

#[test]
fn what_was_printed_parses_to_the_same_text() {
    let options = Options { now: NOW };
    for case in lines(&data("parser-cases.jsonl")) {
        let query = case["query"].as_str().expect("query");
        let once = Query::parse(query, options).unwrap_or_else(|e| panic!("{}", e.render(query))).print();
        let twice = Query::parse(&once, options).unwrap_or_else(|e| panic!("{}", e.render(&once))).print();
        // In the store's own text of `sort | limit | offset` the offset stands behind the limit of the sort, and is lost.
        let lost = once.contains(" limit 5 | offset 3").then(|| once.replace(" | offset 3", ""));
        assert_eq!(lost.unwrap_or(once), twice, "{query}");
    }
}

/// Rows of three streams; the last two share an instant.
const ROWS: &str = r#"{"_time":"2025-07-01T00:00:00Z","_stream_id":"s1","k":"a","j":"{\"k\":\"x\"}"}
{"_time":"2025-07-01T00:00:01Z","_stream_id":"s1","k":"b","j":"no"}
{"_time":"2025-07-01T00:00:02Z","_stream_id":"s2","k":"c","j":"{\"z\":1}"}
{"_time":"2025-07-01T00:00:03Z","_stream_id":"s3","k":"d"}
{"_time":"2025-07-01T00:00:03Z","_stream_id":"s3","k":"e"}
"#;

/// The answer over [`ROWS`], which neither a plan nor the number of workers may change.
fn answer(query: &str) -> String {
    let parsed = Query::parse(query, Options { now: NOW }).unwrap_or_else(|e| panic!("{}", e.render(query)));
    let globals = authopsy::logsql::Globals::default();
    let mut answers = [true, true, false].map(|planned| (planned, Vec::new()));
    for (i, (planned, rows)) in answers.iter_mut().enumerate() {
        let source = Bytes { bytes: ROWS.as_bytes(), chunk: [usize::MAX, 1, usize::MAX][i], workers: i + 1 };
        let mut emit = |row: authopsy::logsql::Row| {
            let fields: Vec<String> = row.iter().map(|(name, value)| format!("{name}={value}")).collect();
            rows.extend((!fields.is_empty()).then(|| fields.join(" ")));
            ControlFlow::Continue(())
        };
        let run = if *planned { Query::run } else { Query::run_plain };
        run(&parsed, &source, &globals, &mut emit).expect("an answer");
    }
    let [(_, first), others @ ..] = answers;
    others.iter().for_each(|(_, rows)| assert_eq!(*rows, first, "{query}"));
    first.join(", ")
}

#[test]
fn a_column_that_the_store_does_not_ask_for_is_not_there() {
    for (query, want) in [
        ("* | unpack_json from j fields (k) result_prefix \"p.\" | fields p.k", ""),
        ("* | unpack_json from j fields (k) result_prefix \"p.\" | fields k, p.k", "p.k=x"),
        ("* | unpack_json from j fields (k) | fields k", "k=x"),
        ("* | unpack_json from j fields (k) keep_original_fields | fields k | limit 3", "k=a, k=b, k=c"),
        ("* | format if (k:a) \"x\" as j | fields j", "j=x"),
        ("* | format if (k:a) \"x\" as j skip_empty_results | fields j | limit 2", "j=x, j=no"),
        ("* | extract if (j:no) \"n<k>\" from j | fields k", "k=o"),
        ("* | first 1 by (k) partition by (_stream_id) | count() n", "n=1"),
        ("* | first 1 by (k) partition by (_stream_id) | fields k", "k=a, k=c, k=d"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn limits_and_offsets_melt_into_sorts_as_in_the_store() {
    for (query, want) in [
        ("* | sort by (k) | limit 0 | count() n", "n=5"),
        ("* | uniq by (k) | limit 0 | count() n", "n=5"),
        ("* | uniq by (k) with hits | limit 1", "k=a hits=0"),
        ("* | sort by (k) limit 2 | offset 1 | fields k", "k=a, k=b"),
        ("* | sort by (k) | limit 2 | offset 1 | fields k", "k=b"),
        ("* | sort by (k desc) | offset 1 | limit 2 | fields k", "k=d, k=c"),
        ("* | sort by (k) offset 3 | offset 1 | fields k", "k=d, k=e"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn top_takes_any_number_and_steps_aside_for_taken_names() {
    for (query, want) in [
        ("* | top 1.9 by (k)", "k=a hits=1"),
        ("* | top '1' k rank as k", "k=a hits=1 ks=1"),
        ("* | top 1e0 by (k) hits as k", "k=a ks=1"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
    assert!(Query::parse("* | top 0.5 by (k)", Options { now: NOW }).is_err());
    assert!(Query::parse("* | sort by (k) rank offset 1", Options { now: NOW }).is_err());
}

#[test]
fn the_words_of_a_pipe_are_no_names_unless_quoted_or_in_parentheses() {
    for refused in [
        "top rank",
        "top hits",
        "top by rank",
        "top by hits",
        "top 5 rank",
        "top 5 by Hits",
        "top",
        "top by ()",
        "uniq hits",
        "uniq by hits",
        "uniq with hits",
        "uniq with",
        "uniq limit",
        "uniq by with hits",
        "uniq by ()",
        "uniq by limit 5",
        "facets 0",
        "facets 0.9",
        "facets -1",
        "facets max_value_len 0",
        "facets max_values_per_field 0",
        "stream_context before -0.5",
        "stream_context before x",
        "stream_context time_window 5m",
        "stream_context before 1 time_window 5m after 1",
        "stream_context after 1 time_window 5m time_window 5m",
    ] {
        assert!(Query::parse(&format!("* | {refused}"), Options { now: NOW }).is_err(), "{refused}");
    }
    for (taken, want) in [
        ("top 'rank'", "top by (rank)"),
        ("top by (rank, hits)", "top by (rank, hits)"),
        ("top k, rank", "top by (k, rank)"),
        ("top limit", "top by (\"limit\")"),
        ("top k hits", "refused"),
        ("uniq 'hits' hits", "uniq by (hits) with hits"),
        ("uniq by (with, limit) limit 3", "uniq by (with, \"limit\") limit 3"),
        ("uniq rank", "uniq by (rank)"),
        ("facets 2.7", "facets 2"),
        ("facets 1K max_value_len 1.5 max_values_per_field 2.5", "facets 1000 max_values_per_field 2 max_value_len 1"),
        ("stream_context before 1.5", "stream_context before 1"),
        ("stream_context after 0.5", "stream_context after 0"),
        ("stream_context after 2 before 1 time_window 5m", "stream_context before 1 after 2 time_window 5m"),
    ] {
        let printed = Query::parse(&format!("* | {taken}"), Options { now: NOW })
            .map_or_else(|_| "refused".to_owned(), |query| query.print().trim_start_matches("* | ").to_owned());
        assert_eq!(printed, want, "{taken}");
    }
}

#[test]
fn packed_fields_stand_as_they_do_in_the_row() {
    const EMPTY_NAME: &str = r#"{"_time":"2025-07-01T00:00:01Z","_stream_id":"s1","k":"b","j":"=1","_msg":"1"}"#;
    for (query, want) in [
        // Every column is there: what every row has, then by name.
        (
            "k:a | pack_json fields (k, _time) as p | copy p as q | delete j",
            r#"{"_time":"2025-07-01T00:00:00Z","k":"a"}"#,
        ),
        ("k:a | pack_json fields (k, _t*, k) as p", r#"{"_time":"2025-07-01T00:00:00Z","k":"a"}"#),
        // Only these are, in the order of asking.
        ("k:a | pack_json fields (k, _time) as p | fields p", r#"{"k":"a","_time":"2025-07-01T00:00:00Z"}"#),
        ("k:a | fields k, _time | pack_json as p | fields p", r#"{"k":"a","_time":"2025-07-01T00:00:00Z"}"#),
        ("k:a | fields k, _time | pack_json fields (_time, k) as p", r#"{"k":"a","_time":"2025-07-01T00:00:00Z"}"#),
        ("k:b | pack_logfmt fields (k, j, _time) as p | fields p", "k=b j=no _time=2025-07-01T00:00:01Z"),
        ("k:b | pack_logfmt fields (k, j, _time) as p", "_time=2025-07-01T00:00:01Z j=no k=b"),
        // A name that is empty is the default field, and a value is quoted as in JSON.
        (
            "k:b | format \"=1\" as j | unpack_logfmt from j | pack_json fields (_stream_id, *) as p | fields p",
            EMPTY_NAME,
        ),
        ("k:b | format \"a=b `<k> &lt;&lt;'\" as k | pack_logfmt fields (k) as p", r#"k="a=b `b \u003c\u003c\u0027""#),
        ("k:b | format \"a=<k>`\" as k | pack_logfmt fields (k) as p", "k=a=b`"),
    ] {
        let answer = answer(query);
        let packed = answer.split_once("p=").map(|(_, rest)| rest.split_once(" q=").map_or(rest, |(packed, _)| packed));
        assert_eq!(packed, Some(want), "{query}: {answer}");
    }
    assert_eq!(
        answer("k:b | unpack_logfmt from nosuch | format \"\" as k | pack_json fields (k) as p | fields p"),
        "p={}"
    );
}

#[test]
fn columns_stand_where_the_store_has_them() {
    for (query, want) in [
        // As they are asked for: groups, then function by function the fields, what is compared and the condition.
        ("* | stats row_min(k, k, _time) a, row_max(k, _time, k) r", r#"{"k":"e","_time":"2025-07-01T00:00:03Z"}"#),
        ("* | stats count(k) c, row_max(_time, _stream_id, k) r", r#"{"k":"d","_stream_id":"s3"}"#),
        ("* | stats row_min(_time, j) if (k:b) a, row_max(_time, _stream_id, k) r", r#"{"k":"d","_stream_id":"s3"}"#),
        (
            "* | stats by (_stream_id) row_min(_time, k, _stream_id) r | fields r | limit 1",
            r#"{"_stream_id":"s1","k":"a"}"#,
        ),
        // Any row has its fields by name.
        ("k:a | stats row_any(k, _stream_id) r", r#"{"_stream_id":"s1","k":"a"}"#),
        // Whole rows: what every row has, then by name.
        ("k:b | stats row_min(k) r", r#"{"_time":"2025-07-01T00:00:01Z","_stream_id":"s1","j":"no","k":"b"}"#),
        ("k:b | stats row_max(k, k*, j*) r", r#"{"j":"no","k":"b"}"#),
        ("k:b | pack_json fields (k*, j*) as r | fields r", r#"{"j":"no","k":"b"}"#),
        // Behind a sort its own are first.
        ("* | sort by (k) | stats row_max(k, _time, k) r", r#"{"k":"e","_time":"2025-07-01T00:00:03Z"}"#),
        ("k:b | sort by (k) | stats row_max(k, _s*, j, k) r", r#"{"k":"b","_stream_id":"s1","j":"no"}"#),
        (
            "k:a | fields k, _stream_id | sort by (_stream_id) rank as n | pack_json as r | fields r",
            r#"{"n":"1","_stream_id":"s1","k":"a"}"#,
        ),
        // New names are last.
        ("k:b | fields k, j | rename k as z | pack_json as r | fields r", r#"{"j":"no","z":"b"}"#),
        ("k:b | fields k, j | rename k* as j* | pack_json as r | fields r", r#"{"j":"b"}"#),
        ("k:b | fields k, j | copy k* as z* | pack_json as r | fields r", r#"{"k":"b","j":"no","z":"b"}"#),
        ("k:b | fields k, j | rename k as z | stats row_min(j, z, j) r", r#"{"j":"no","z":"b"}"#),
        // What is kept stays where it is.
        ("k:a | stats by (k) count() c | fields c, k | pack_json as r | fields r", r#"{"k":"a","c":"1"}"#),
        ("k:b | fields k, _stream_id, j | fields j, k | pack_json as r | fields r", r#"{"k":"b","j":"no"}"#),
    ] {
        let answer = answer(query);
        let row = answer.split_once("r=").map(|(_, row)| row);
        assert_eq!(row, Some(want), "{query}: {answer}");
    }
    for (query, want) in [
        // Of values that are as good as each other that of the first column.
        ("k:a | format `5` as a | format `5.0` as b | stats min(b, a) x, max(b, a) y, median(b, a) z", "x=5 y=5 z=5.0"),
        // Nothing shows it here: fields are as people list them.
        ("k:a | fields k, _stream_id | sort by (_stream_id) rank as n | rename k as z", "z=a _stream_id=s1 n=1"),
        ("k:a | stats by (k) count() c | fields c, k", "c=1 k=a"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn values_of_a_block_come_column_by_column() {
    for (query, want) in [
        ("* | sort by (k) | stats values(_stream_id, k) limit 6 as v", r#"["a","b","c","d","e","s1"]"#),
        (
            "* | sort by (k desc) | stats values(k, j) limit 7 as v | fields v",
            "[\"e\",\"d\",\"c\",\"b\",\"a\",\"\",\"\"]",
        ),
        ("* | sort by (k) | stats values(k, _stream_id) if (k:in(d, e)) v", r#"["d","e","s3","s3"]"#),
        // Row by row where a block has rows of several groups, and where blocks are not known.
        (
            "* | sort by (k) | stats by (_stream_id) values(k, _stream_id) v | fields v | limit 1",
            r#"["a","s1","b","s1"]"#,
        ),
        ("* | stats values(_stream_id, k) limit 3 as v", r#"["s1","a","s1"]"#),
    ] {
        assert_eq!(answer(query), format!("v={want}"), "{query}");
    }
}

#[test]
fn a_limit_of_distinct_values_takes_the_least_of_those_that_were_seen() {
    assert_eq!(unrolled(r#"["c","b","a","d"]"#, "stats uniq_values(l) limit 2 v"), r#"v=["a","b"]"#);
    for (query, want) in [
        ("* | sort by (k desc) | stats uniq_values(k) limit 2 as v", r#"v=["a","b"]"#),
        // With several groups in a block, and one row in each, it stops once there are more than enough.
        (
            "* | format if (k:e) \"y\" as g | sort by (k desc) | stats by (g) uniq_values(k) limit 1 v | fields v",
            r#"v=["e"], v=["c"]"#,
        ),
        ("* | format \"<k>\" as x | stats uniq_values(x) limit 1 as v", r#"v=["a"]"#),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn a_sort_without_fields_sees_empty_columns() {
    for (query, want) in [
        ("* | fields j, k | sort | limit 2", "k=d, k=e"),
        ("* | fields j, k | first 1", "k=d"),
        ("* | fields j, k | sort desc | offset 3 | fields k", "k=e, k=d"),
        ("k:in(b, d, e) | delete _time, _stream_id | sort | fields k", "k=b, k=d, k=e"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn an_empty_field_has_no_digits_and_a_loose_list_has_items() {
    for (query, want) in [
        ("k:a | format \"<hexnumdecode:nosuch>\" as x | fields x", "x=0"),
        (
            "k:a | format '[\"foo\",1,{\"baz\":\"x\"},[1,2],null,NaN]' as x | unroll (x) | fields x",
            r#"x=foo, x=1, x={"baz":"x"}, x=[1,2], x=null, x=NaN"#,
        ),
        ("k:a | format '[NaN]' as x | json_array_len(x) as n | fields n", "n=1"),
        ("k:a | format ' [1]' as x | json_array_len(x) as n | fields n", "n=0"),
        ("k:a | format ' [1]' as x | unroll (x) | count() n", "n=1"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn what_may_stand_unquoted_after_a_sign() {
    for (query, want) in [
        ("k:~[a] | fields k", "refused"),
        ("k:~a.*|[b] | fields k", "refused"),
        ("k:~^.* | fields k | limit 2", "k=a, k=b"),
        ("k:~* | fields k", "refused"),
        ("k:exact() | fields k", "refused"),
        ("k:i(a *) | fields k", "refused"),
        ("k:i(A*) | fields k", "k=a"),
        ("* | fields j, k | filter j:=", "k=d, k=e"),
    ] {
        match Query::parse(query, Options { now: NOW }) {
            Ok(_) => assert_eq!(answer(query), want, "{query}"),
            Err(_) => assert_eq!(want, "refused", "{query}"),
        }
    }
}

#[test]
fn ages_and_ends_of_time_ranges() {
    for (query, rows) in [
        ("_time:<1d", 0),
        ("_time:>1d", 5),
        ("_time:<14d", 5),
        ("_time:>now-14d", 5),
        ("_time:<2025-07-02Z offset 1h", 0),
        ("_time:[2025-06-01Z, -20d]", 5),
        ("_time:[2025-06-01Z, now-20d]", 0),
        ("k:in(nosuch:*)", 5),
    ] {
        assert_eq!(answer(&format!("{query} | count() n")), format!("n={rows}"), "{query}");
    }
}

#[test]
fn hours_of_the_day_are_instants() {
    for (query, rows) in [
        ("_time:day_range[00:00, 00:00]", 1),
        ("_time:day_range[00:00, 00:01)", 5),
        ("_time:day_range(00:00, 24:00)", 4),
        ("_time:day_range[23:60, 24:30]", 0),
        ("_time:day_range[00:00, 00:01] offset 2s", 3),
        ("_time:day_range(00:00, 00:01] offset 2s", 2),
        ("_time:day_range[23:00, 24:00] offset 2s", 2),
    ] {
        assert_eq!(answer(&format!("{query} | count() n")), format!("n={rows}"), "{query}");
    }
}

/// The rows are of a Tuesday, two days after a Sunday.
#[test]
fn a_week_that_ends_on_sunday_has_no_days_in_a_pipe() {
    for (query, want) in [
        ("_time:week_range[Sun, Sun] offset 2d | count() n", "n=5"),
        ("* | filter _time:week_range[Sun, Sun] offset 2d | count() n", "n=5"),
        ("* | fields k, _time | filter _time:week_range[Sun, Sun] offset 2d | count() n", "n=0"),
        ("* | fields k, _time | filter _time:week_range[Sun, Mon) offset 2d | count() n", "n=0"),
        ("* | fields k, _time | filter _time:week_range[Sun, Mon] offset 2d | count() n", "n=5"),
        ("* | count() if (_time:week_range[Sun, Sun] offset 2d) n", "n=0"),
        ("* | fields k | filter _time:week_range[Mon, Sat] | count() n", "n=0"),
        ("* | fields k | filter _time:week_range[Sun, Sat] | count() n", "n=5"),
        ("* | fields k | filter _time:day_range[00:00, 24:00] | count() n", "n=5"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn a_bare_label_value_goes_on_to_a_comma_or_brace() {
    for (query, want) in [
        ("{app=a|b}", r#"{app="a|b"}"#),
        ("{app=~(a|b)[c], x!=(y}", r#"{app=~"(a|b)[c]",x!="(y"}"#),
        ("{a(b)=c}", r#"{"a(b)"="c"}"#),
        ("{app in (a, b)}", r#"{app=~"a|b"}"#),
    ] {
        let parsed = Query::parse(query, Options { now: NOW }).unwrap_or_else(|e| panic!("{}", e.render(query)));
        assert_eq!(parsed.print(), want, "{query}");
    }
    for query in ["{app=}", "{app={}", "{app=a b}", "{app=a|", "{app=~(a}"] {
        assert!(Query::parse(query, Options { now: NOW }).is_err(), "{query}");
    }
}

#[test]
fn a_bare_star_is_every_row_only_in_a_query() {
    for (query, want) in [
        ("* | count() n", "n=5"),
        ("_msg:* | count() n", "n=5"),
        ("* | filter * | count() n", "n=5"),
        ("* | fields k | filter * | count() n", "n=0"),
        ("* | fields k | filter k:in(* | fields k) | count() n", "n=5"),
        ("* | count() if (*) n", "n=0"),
        ("* | count() if () n", "n=5"),
        ("* | count() if (* k:a)", "count(*) if (* k:a)=0"),
    ] {
        assert_eq!(answer(query), want, "{query}");
    }
}

#[test]
fn the_store_s_bounds_quotes_and_refusals() {
    let with = |field: &str, value: &str, query: &str| {
        answer(&format!("k:a | format `{value}` as {field} | {query} | fields {field}"))
    };
    for (value, filter, want) in [
        ("inf", "j:<inf", "j=inf"),
        ("-inf", "j:range(-inf, inf)", "j=-inf"),
        ("5", "j:>nan", ""),
        ("5", "j:range[nan, 9]", ""),
        ("infinity", "j:>5", ""),
        ("=~\"b\"", "j:=~\"b\"", "j==~\"b\""),
        ("ab", "j:=~\"b\"", ""),
        ("\"ab", "j:=\"ab", "j=\"ab"),
        ("a\"b\"", "j:~a\"b\"", "j=a\"b\""),
        ("a{b}", "j:~a{b}", "j=a{b}"),
        ("x\u{fffd}b", "j:b", ""),
        ("1.9.1", "j:>1.9.0", "j=1.9.1"),
    ] {
        assert_eq!(with("j", value, &format!("filter {filter}")), want, "{value} {filter}");
    }
    for (query, want) in [
        ("j:>1.9.0", "j:>\"1.9.0\""),
        ("foo {app=\"x\"}", "{app=\"x\"} foo"),
        ("a:!~\".+\"", "!a:*"),
        ("\"\":foo:bar", "foo:bar"),
        ("* | stats count(word)", "* | stats count(word) as \"count(word)\""),
        ("_time:2025+02:00", "_time:2025+02:00"),
    ] {
        let printed = Query::parse(query, Options { now: NOW }).map(|query| query.print());
        assert_eq!(printed.unwrap_or_else(|e| panic!("{}", e.render(query))), want, "{query}");
    }
    for query in [
        "_stream:foo",
        "_stream:(foo)",
        "_stream:*",
        "{\"foo=bar}",
        "_stream_id:in(\"*\")",
        "_time:2025-07-04T03:33:20.123",
        "_time:[2025-07-04T03:33:20.12, 2025-07-05]",
        "_time:2025-07-04z",
        "_time:\"2025\"-07",
        "* :a",
        "len_range(+1, 5)",
    ] {
        assert!(Query::parse(query, Options { now: NOW }).is_err(), "{query}");
    }
}

#[test]
fn contexts_end_where_the_next_match_is() {
    let separated = "k=a, _msg=---, k=b, _msg=---";
    assert_eq!(answer("k:in(a, b) | stream_context after 0 | fields k, _msg"), separated);
    assert_eq!(answer("k:in(a, b) | stream_context before 5 after 5 | fields k, _msg"), separated);
    assert_eq!(answer("k:a | stream_context after 5 | fields k, _msg"), "k=a, k=b");
    // Two matches at one instant shut each other out.
    assert_eq!(answer("k:in(d, e) | stream_context before 5 | fields k, _msg"), "");
}

#[test]
fn subqueries_inherit_options() {
    let query = Query::parse("options(ignore_global_time_filter=true) k:in(a | fields k) b", Options { now: NOW });
    let text = "options(ignore_global_time_filter=true) k:in(options(ignore_global_time_filter=true) a | fields k) b";
    assert_eq!(query.expect("a query").print(), text);
}

#[test]
fn subqueries_hand_numbers_over_as_uniq_writes_them() {
    let count = |one: &str, other: &str| {
        answer(&format!(
            "k:a | format \"{one}\" as j | filter j:in(k:b | format \"{other}\" as j | fields j) | count() n"
        ))
    };
    assert_eq!([count("1000", "1_000"), count("1_000", "1_000"), count("x", "x")], ["n=1", "n=0", "n=1"]);
}

/// The answer for a row whose list is unrolled.
fn unrolled(list: &str, pipes: &str) -> String {
    answer(&format!("k:a | format `{list}` as l | unroll (l) | fields l | {pipes}"))
}

#[test]
fn integers_are_counted_by_their_value() {
    let list = r#"["1_000","1000","-1_0","-10","x"]"#;
    assert_eq!(unrolled(list, "stats count_uniq(l) u, count_uniq_hash(l) h, count_uniq(l, k) b"), "u=3 h=3 b=5");
    assert_eq!(unrolled(r#"["1_000","1000"]"#, "facets"), "");
    let const_fields = unrolled(r#"["1_000","1000","-0"]"#, "facets keep_const_fields | fields field_value, hits");
    assert_eq!(const_fields, "field_value=1000 hits=2, field_value=0 hits=1");
}

#[test]
fn a_lone_minus_is_a_size_and_a_duration_of_zero() {
    assert_eq!(unrolled(r#"["-"]"#, "format \"<duration_seconds:l>\" as y | fields y"), "y=0");
    assert_eq!(unrolled(r#"["-","x"]"#, "stats by (l:1s) count() c"), "l=0 c=1, l=x c=1");
    assert_eq!(answer("* | limit - | fields k"), "");
    assert_eq!(answer("k:len_range(-, 1) | count() n"), "n=5");
}

#[test]
fn negative_sizes_wrap_around_as_lengths() {
    assert_eq!(answer("k:len_range(-1KB, inf) | count() n"), "n=0");
    assert_eq!(answer("k:len_range(0, -1KB) | count() n"), "n=5");
    for query in ["k:len_range(-1s, inf)", "* | limit -1", "* | limit -1KB"] {
        assert!(Query::parse(query, Options { now: NOW }).is_err(), "{query}");
    }
}

#[test]
fn sums_are_those_of_the_store_s_columns_where_these_are_known() {
    for (list, stats, want) in [
        ("[9007199254740992,1,1]", "sum(l) s, sum(l) if (l:*) t", "s=9007199254740992 t=9007199254740992"),
        ("[9007199254740992,1,1]", "by (k) sum(l) s, sum(k) t", "s=9007199254740992 t=NaN"),
        (r#"["1s","2s"]"#, "sum(l) s", "s=3000000000"),
        (r#"["1s","1s"]"#, "sum(l) s", "s=NaN"),
        (r#"["1s","2s"]"#, "by (l) sum(l) s", "l=1s s=NaN, l=2s s=NaN"),
        (
            r#"["1s","2s","3"]"#,
            "by (k) sum(l) s, rate_sum(l) r, avg(l) if (l:2s) a",
            "s=3000000003 r=3000000003 a=2000000000",
        ),
        (r#"["1s","2s"]"#, "sum(l) if (l:2s) s", "s=2000000000"),
    ] {
        assert_eq!(unrolled(list, &format!("stats {stats}")), want, "{list} {stats}");
    }
    let sorted = |pipes: &str| {
        answer(&format!("k:in(a, b) | format if (k:a) \"1s\" as v | format if (k:b) \"2s\" as w | {pipes}"))
    };
    assert_eq!(sorted("sort by (k) | stats sum(v) s, sum(v, w) t"), "s=1000000000 t=3000000000");
    assert_eq!(sorted("first 2 by (k) | fields v | stats sum(v) s"), "s=1000000000");
    assert_eq!(sorted("sort by (k) | stats by (k) sum(v) s"), "k=a s=NaN, k=b s=NaN");
    assert_eq!(sorted("stats sum(v) s"), "s=NaN");
    assert_eq!(sorted("unroll (v) | stats sum(w) s"), "s=NaN");
}

#[test]
fn an_address_is_a_number_only_where_numbers_are_compared_or_calculated() {
    let list = r#"["1000","9.0.0.1","90m"]"#;
    assert_eq!(unrolled(list, "sort by (l) limit 3"), "l=9.0.0.1, l=1000, l=90m");
    assert_eq!(unrolled(list, "stats min(l) a, max(l) b, median(l) c"), "a=9.0.0.1 b=90m c=1000");
    assert_eq!(unrolled(list, "stats uniq_values(l) u"), r#"u=["9.0.0.1","1000","90m"]"#);
    assert_eq!(unrolled(list, "filter l:>1000 | count() n"), "n=2");
    assert_eq!(unrolled(r#"["9.0.0.1"]"#, "math l + 0 as m | fields m"), "m=150994945");
    assert_eq!(unrolled(r#"["9.0.0.1","2025-07-01T00:00:00Z"]"#, "stats histogram(l) h"), "h=]");
    assert_eq!(answer("* | stats histogram(_time) h"), "h=]");
}

#[test]
fn sizes_are_rounded_to_as_many_digits_as_the_store_sees() {
    let math = "math round(2.5, 10 / 7) as a, round(1, 0.1 + 0.2) as b, round(-7, 2.5 / 7) as c | fields a, b, c";
    assert_eq!(answer(&format!("k:a | {math}")), "a=2.857142857142 b=0.9 c=-7.142857142857");
}

#[test]
fn rates_in_subqueries_are_per_second_of_nothing() {
    let rate = "_time:2025-07-01 | stats rate() r";
    let outer = format!("r={}", 5.0 / 86_400.0);
    assert_eq!(answer(rate), outer);
    assert_eq!(answer(&format!("k:none | fields r | union ({rate})")), "r=5");
    assert_eq!(answer(&format!("k:a | format \"5\" as r | fields r | filter r:in({rate} | fields r)")), "r=5");
    assert_eq!(
        answer(&format!(
            "{rate} | format \"\" as x | join by (x) (_time:2025-07-01 | stats rate() q) inner | fields r, q"
        )),
        format!("{outer} q=5")
    );
}

#[test]
fn expressions_know_characters_by_number_and_ascii_words() {
    for (value, pattern, found) in [
        ("a\u{2028}", r"\x{2028}$", true),
        ("AA", r"^\x{41}{2}$", true),
        ("é", r"\B", true),
        ("ab", r"a\Bb", true),
        ("ab", r"\Ba", false),
    ] {
        let query = format!("k:a | format `{value}` as v | filter v:~`{pattern}` | fields v");
        assert_eq!(answer(&query), if found { format!("v={value}") } else { String::new() }, "{pattern}");
    }
    let replaced = answer(r#"k:a | format "éaé ab" as v | replace_regexp (`\B`, "-") at v | fields v"#);
    assert_eq!(replaced, "v=-éaé- a-b");
}

#[test]
fn a_limit_that_means_the_newest_needs_times() {
    let source = Bytes::new(ROWS.as_bytes());
    let run = |query: &str| rows(&Args { query: query.into(), limit: 2, ..Args::default() }, &source);
    assert_eq!(run("* | fields k, _time").map(|rows| rows.len()), Ok(2));
    assert_eq!(run("* | fields k").map(|rows| rows[0].clone()), Ok("{\"k\":\"a\"}".to_owned()));
    assert!(run("* | rename _time as t").is_err_and(|why| why.contains("_time")));
}
