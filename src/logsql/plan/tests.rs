//! With and without a plan, with any chunks and workers, every query gives the same rows.

use crate::logsql::exec::{Bytes, Tally};
use crate::logsql::{Globals, Options, Query, Row};
use proptest::prelude::*;
use std::ops::ControlFlow;

const NOW: i64 = 1_751_371_200_000_000_000;

/// Values in which filters of the generated queries may be found, whole or in part.
fn value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("foo"),
        Just("foobar"),
        Just("needle-1"),
        Just("bar"),
        Just(" "),
        Just("-"),
        Just("\""),
        Just("\\"),
        Just("/"),
        Just("тест"),
        Just("\n"),
        Just("5"),
        Just("1h"),
        Just("<"),
        Just("x\u{301}"),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|v| v.concat())
}

fn field() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("_msg"), Just("a"), Just("b"), Just("c.d")]
}

/// Writes a JSON string, some characters as escapes.
fn json(text: &str, escapes: u8) -> String {
    let mut out = String::from("\"");
    for (i, c) in text.chars().enumerate() {
        let escaped = (u32::from(escapes) >> (i % 8)) & 1 == 1;
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '/' if escaped => out.push_str("\\/"),
            c if escaped && (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// One line: mostly records of several styles, some that are none.
fn line() -> impl Strategy<Value = String> {
    let fields = prop::collection::vec((field(), value(), prop_oneof![4 => Just(0_u8), 1 => any::<u8>()]), 0..5);
    let record = (fields, 0..8_u8, 0..90_u32).prop_map(|(fields, style, minute)| {
        let time = format!("2025-07-01T{:02}:{:02}:00Z", 10 + minute / 60, minute % 60);
        let (colon, comma) = if style == 0 { (": ", " , ") } else { (":", ",") };
        let mut parts = vec![format!("\"_time\"{colon}\"{time}\"")];
        for (name, text, escapes) in fields {
            parts.push(format!("\"{name}\"{colon}{}", json(&text, escapes)));
        }
        if style == 1 {
            parts.push("\"n\":5,\"o\":{\"p\":\"foo\"},\"q\":[\"foo\", 1]".to_owned());
        }
        format!("{{{}}}", parts.join(comma))
    });
    prop_oneof![20 => record, 1 => Just("note foo".to_owned()), 1 => Just("{\"a\":\"foo".to_owned()), 1 => Just(String::new())]
}

fn filter() -> impl Strategy<Value = String> {
    let leaf = (field(), 0..14_u8).prop_map(|(field, kind)| {
        let test = match kind {
            0 => "foo",
            1 => "\"foo bar\"",
            2 => "needle-1",
            3 => "need*",
            4 => "=foo",
            5 => "=foo*",
            6 => "~\"fo+\\\\w\"",
            7 => "i(FOO)",
            8 => "in(foo, bar, \"\")",
            9 => ">3",
            10 => "seq(foo, bar)",
            11 => "\"\"",
            12 => "contains_any(тест, \"/\")",
            _ => "len_range(1, 4)",
        };
        format!("{field}:{test}")
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|v| format!("({})", v.join(" "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|v| format!("({})", v.join(" or "))),
            inner.prop_map(|f| format!("!{f}")),
        ]
    })
}

fn pipes() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(""),
        Just(" | fields a, c.d"),
        Just(" | stats by (a) count() n"),
        Just(" | stats by (a, b) count() n, count(c.d) m, max(_msg) x"),
        Just(" | stats by (_time:5m, a) count() n"),
        Just(" | uniq by (a, b) with hits"),
        Just(" | top 3 by (a)"),
        Just(" | stats row_min(a) r, row_max(_msg, c*, b) s, row_any(c.d, a) t, values(b, a) limit 5 as v"),
        Just(" | stats max(b, a) m, median(c.d, b) q, uniq_values(a, b) limit 2 as u"),
        Just(" | sort by (a) | stats values(c.d, a) v, row_max(a, *) r, uniq_values(a) limit 1 as u"),
        Just(" | fields b, a | sort | limit 3"),
        Just(" | sort desc limit 3"),
        Just(" | sort by (b) rank as r | rename a* as x* | fields r, xa, b | pack_json as p"),
        Just(" | field_names"),
        Just(" | filter foo | stats count() n, uniq_values(a) v"),
        Just(" | limit 3"),
        Just(" | sort by (a, b, _msg, _time) limit 4"),
        Just(" | copy a as z | filter z:foo | count()"),
        Just(" | unroll (q) | stats by (q) count() n"),
        Just(" | stats by (a) row_any() r, values(b) v"),
        Just(" | stats by (b) sum(a) s, quantile(0.3, a, b) q, count_uniq(a) c"),
        Just(" | sort by (a, _msg, _time) | stats sum(a) s, avg(a, c.d) if (b:*) t"),
        Just(" | sort by (b, _msg, _time) | stats by (a) sum(b) s"),
        Just(" | unroll (q) | stats sum(q) s, sum(*) t"),
        Just(" | facets 3"),
    ]
}

type Answer = (Vec<String>, Tally);

fn collect(run: impl FnOnce(&mut dyn FnMut(Row) -> ControlFlow<()>) -> Tally) -> Answer {
    let mut rows = Vec::new();
    let tally = run(&mut |row| {
        rows.push(format!("{:?}", row.iter().collect::<Vec<_>>()));
        ControlFlow::Continue(())
    });
    (rows, tally)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_changes_nothing(
        lines in prop::collection::vec(line(), 0..40),
        filter in filter(),
        pipes in pipes(),
        chunk in 1..400_usize,
        workers in 1..4_usize,
    ) {
        let text = lines.join("\n");
        let query = format!("{filter}{pipes}");
        let query = Query::parse(&query, Options { now: NOW }).unwrap_or_else(|e| panic!("{}", e.render(&query)));
        let globals = Globals::default();
        let whole = Bytes::new(text.as_bytes());
        let want = collect(|emit| query.run_plain(&whole, &globals, emit).expect("an answer"));
        for source in [whole, Bytes { bytes: text.as_bytes(), chunk, workers }] {
            let got = collect(|emit| query.run(&source, &globals, emit).expect("an answer"));
            prop_assert_eq!(&got.0, &want.0);
            // A limit may stop the scan earlier or later.
            if !pipes.contains("limit") {
                prop_assert_eq!(got.1, want.1);
            }
        }
    }

    #[test]
    fn what_was_printed_means_the_same(filter in filter(), pipes in pipes()) {
        let options = Options { now: NOW };
        let query = format!("{filter}{pipes}");
        let once = Query::parse(&query, options).unwrap_or_else(|e| panic!("{}", e.render(&query))).print();
        let twice = Query::parse(&once, options).unwrap_or_else(|e| panic!("{}", e.render(&once))).print();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn no_text_breaks_the_parser(text in "(?s).{0,80}") {
        if let Err(e) = Query::parse(&text, Options { now: NOW }) {
            prop_assert!(!e.render(&text).is_empty());
        }
    }

    #[test]
    fn no_query_like_text_breaks_the_parser(
        words in prop::collection::vec(
            prop_oneof![
                Just("foo"), Just("|"), Just("("), Just(")"), Just(":"), Just("*"), Just("not"), Just("or"), Just("\""),
                Just("'"), Just("`"), Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just("="), Just("!~"), Just("in"),
                Just("stats"), Just("count"), Just("by"), Just("_time"), Just("5m"), Just("offset"), Just("if"), Just("as"),
                Just("math"), Just("+"), Just("sort"), Just("range"), Just("~"), Just(">"), Just("union"), Just("#"), Just("\n"),
                Just("extract"), Just("\"<a>b\""), Just("format"), Just("-"), Just("options"), Just("ж"), Just("limit"),
            ],
            0..25,
        ),
        glued in any::<bool>(),
    ) {
        let text = words.join(if glued { "" } else { " " });
        match Query::parse(&text, Options { now: NOW }) {
            Ok(query) => {
                let once = query.print();
                let again = Query::parse(&once, Options { now: NOW });
                prop_assert!(again.is_ok(), "{:?} printed as {:?}: {:?}", text, once, again.err());
                prop_assert_eq!(again.map(|q| q.print()).ok(), Some(once));
            }
            Err(e) => prop_assert!(!e.render(&text).is_empty()),
        }
    }
}

#[test]
fn deep_and_huge_queries_are_refused() {
    let options = Options { now: NOW };
    for deep in
        ["(", "!", "not ", "a:in(", "a:(", "- ", ":", "* | union (", "* | filter if (", "* | math (", "* | math -"]
    {
        let text = deep.repeat(50_000);
        assert!(Query::parse(&text, options).is_err(), "{deep}");
    }
    for shallow in ["a ", "a or ", "* | limit 1 | ", "a:!", "\"x\" "] {
        let _ = Query::parse(&shallow.repeat(20_000), options);
    }
    assert!(Query::parse(&"a ".repeat(1 << 20), options).is_err());
}

#[test]
fn the_plan_is_told_in_words() {
    let query = "kubernetes.pod_name:=\"api-proxy-1\" (auth or token or a:b) | stats by (level) count() n";
    let query = Query::parse(query, Options { now: NOW }).expect("a query");
    let text = super::explain(&query);
    for part in [
        "`api-proxy-1`",
        "_msg, a, kubernetes.pod_name, level",
        "in one pass: auth, token",
        "then       stats by (level)",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}
