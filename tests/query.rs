//! `authopsy query` as a user sees it.

use crate::run::authopsy;
use authopsy::cli::Exit;

const DUMP: &str = "testdata/logsql/small.ndjson";

fn temporary(name: &str, text: &[u8]) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(name);
    std::fs::write(&path, text).expect("a file");
    let path = path.to_string_lossy().into_owned();
    (dir, path)
}

#[test]
fn rows_come_in_dump_order_in_every_format() {
    let query = "app:kubelet | fields seq_no | limit 2";
    let out = |format: &str| authopsy(&["query", query, DUMP, "--format", format]).out();
    let rows: Vec<serde_json::Value> = out("ndjson").lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&out("json")).expect("JSON"), rows);
    let first = rows[0]["seq_no"].as_str().expect("text");
    assert_eq!(out("csv").lines().next(), Some("seq_no"));
    assert_eq!(out("csv").lines().nth(1), Some(first));
    assert_eq!(out("logfmt").lines().next(), Some(format!("seq_no={first}").as_str()));
    assert_eq!(out("table").lines().next(), Some("seq_no"));
    let raw = authopsy(&["query", "app:kubelet", DUMP, "--format", "raw", "--limit", "1"]).out();
    assert!(!raw.starts_with('{') && !raw.is_empty());
}

#[cfg(feature = "columns")]
#[test]
fn parquet_is_written_to_a_file_or_a_pipe() {
    let query = "app:kubelet | fields _time, seq_no | limit 2";
    let piped = authopsy(&["query", query, DUMP, "--format", "parquet"]);
    assert_eq!(piped.exit, Exit::Done, "{}", piped.err());
    assert!(piped.stdout.starts_with(b"PAR1") && piped.stdout.ends_with(b"PAR1"));
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("rows.parquet").to_string_lossy().into_owned();
    assert_eq!(authopsy(&["query", query, DUMP, "--format", "parquet", "-o", &path]).exit, Exit::Done);
    assert_eq!(std::fs::read(&path).expect("a table"), piped.stdout);
    let empty = authopsy(&["query", "nosuchword | fields a", DUMP, "--format", "parquet"]);
    assert_eq!(empty.exit, Exit::Done, "{}", empty.err());
}

#[test]
fn limit_gives_the_newest_rows_in_ascending_order() {
    let all = authopsy(&["query", "* | sort by (_time) | fields _time", DUMP]).out();
    let newest = authopsy(&["query", "* | fields _time", DUMP, "--limit", "3"]).out();
    let all: Vec<&str> = all.lines().collect();
    assert_eq!(newest.lines().collect::<Vec<_>>(), all[all.len() - 3..]);
}

#[test]
fn a_wrong_query_is_shown_with_a_caret_before_any_evidence_is_opened() {
    let wrong = authopsy(&["query", "foo | stats cuont() x", "no/such/file"]);
    assert_eq!(wrong.exit, Exit::Usage);
    let lines: Vec<String> = wrong.err().lines().map(str::to_owned).collect();
    assert_eq!(lines[1], "  foo | stats cuont() x");
    assert_eq!(lines[2], "              ^^^^^");
    assert_eq!(lines[4], "  did you mean `count`?");
    let tail = authopsy(&["query", "* | sort by (x) limt 5", DUMP]);
    assert!(tail.err().ends_with("did you mean `limit`?\n"), "{}", tail.err());
    let silent = authopsy(&["query", "foo | srot by (x)", DUMP]);
    assert_eq!(silent.exit, Exit::Done);
    assert!(silent.err().contains("did you mean `sort`?"), "{}", silent.err());
}

#[test]
fn a_mistyped_option_is_not_taken_for_a_query() {
    let wrong = authopsy(&["query", "--formt=json", "*", DUMP]);
    assert_eq!(wrong.exit, Exit::Usage);
    assert!(wrong.err().contains("there is no option --formt"), "{}", wrong.err());
    let negated = authopsy(&["query", "-request | count() rows", DUMP]);
    let written = authopsy(&["query", "!request | count() rows", DUMP]);
    assert_eq!((negated.exit, negated.out()), (written.exit, written.out()));
}

#[test]
fn incomplete_evidence_is_told_and_never_yields_zero() {
    let (_dir, path) = temporary("cut.ndjson", b"{\"_msg\":\"one\"}\n{\"_msg\":\"two\"}\n{\"_msg\":\"thr");
    let cut = authopsy(&["query", "* | count() rows", &path]);
    assert_eq!(cut.exit, Exit::Incomplete);
    assert_eq!(cut.out(), "{\"rows\":\"2\"}\n");
    assert!(cut.err().contains("byte 30") || cut.err().contains("cut"), "{}", cut.err());
    assert_eq!(authopsy(&["query", "*", "no/such/file"]).exit, Exit::Incomplete);
}

#[test]
fn secrets_are_masked_unless_a_person_asks() {
    let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let (_dir, path) = temporary("dump.ndjson", format!("{{\"_msg\":\"Authorization: Bearer {token}\"}}\n").as_bytes());
    let raw = authopsy(&["query", "Authorization", &path, "--unredacted"]);
    assert!(raw.out().contains(token) && raw.err().contains("--unredacted"));
}

#[test]
fn a_secret_keeps_its_name_whatever_the_query_calls_it() {
    let secret = "Zk9Qx2Wv7Lm4Rt8Yqq15";
    let line = format!(
        r#"{{"_time":"2026-02-21T11:00:00Z","user":"ada","password":"{secret}","authorization":"Bearer {secret}","path":"/x?access_token={secret}&n=1"}}"#
    );
    let (_dir, dump) = temporary("secrets.ndjson", format!("{line}\n").as_bytes());
    for pipes in [
        "fields password",
        "rename password as p | fields p",
        "rename pass* as p* | fields p*",
        "copy password as p | rename p as q | fields q",
        "format '<user>:<password>' as z | fields z",
        "stats uniq_values(password) p",
        "stats by (user) values(password) p, count() n",
        "stats max(password) p",
        "extract_regexp 'Bearer (?P<t>.+)' from authorization | fields t",
        "extract 'access_token=<k>&' from path | stats by (k) count() n",
        "extract_regexp 'access_token=(?P<k>[^&]+)' from path | fields k",
        "extract 'Bearer <k>' from authorization | top 1 by (k)",
        "unpack_words from password as w | fields w",
        "fields user | join by (user) (* | rename password as p | fields user, p) | fields p",
        "fields user | union (* | rename password as p | fields p)",
    ] {
        let out = authopsy(&["query", &format!("* | {pipes}"), &dump]);
        assert!(
            out.exit == Exit::Done && !out.out().contains(secret) && !out.out().is_empty(),
            "{pipes}: {}",
            out.out()
        );
        let raw = authopsy(&["query", "--unredacted", &format!("* | {pipes}"), &dump]);
        assert!(raw.out().contains(secret), "{pipes}: {}", raw.out());
    }
    // What is only counted, measured or called the same stays.
    let kept = authopsy(&[
        "query",
        "* | stats by (user) count(password) p, count_uniq(password) token | fields user, p",
        &dump,
    ]);
    assert_eq!(kept.out(), "{\"user\":\"ada\",\"p\":\"1\"}\n");
    let kept = authopsy(&["query", "* | extract '&n=<n>' from path | rename user as who | fields who, n", &dump]);
    assert_eq!(kept.out(), "{\"who\":\"ada\",\"n\":\"1\"}\n");
}

#[test]
fn relative_times_refer_to_the_newest_row_or_what_was_asked_for() {
    let count = |args: &[&str]| {
        let all = [&["query", "_time:1h | count() n", DUMP][..], args].concat();
        authopsy(&all).out()
    };
    assert_ne!(count(&[]), "{\"n\":\"0\"}\n");
    assert_eq!(count(&["--as-of", "2020-01-01T00:00:00Z"]), "{\"n\":\"0\"}\n");
}

#[test]
fn threads_never_change_the_bytes() {
    for query in ["*", "* | stats by (app, level) count() n, values(seq_no) v", "error | sort by (_time) limit 3"] {
        let run = |threads: &str, io: &str| authopsy(&["query", query, DUMP, "--threads", threads, "--io", io]).stdout;
        let one = run("1", "read");
        assert!(["2", "3", "8"].iter().all(|t| run(t, "map") == one), "{query}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_needs_too_much_memory_is_refused_with_a_reason() {
    for query in ["* | sort by (_time)", "* | uniq by (seq_no)", "* | stats by (seq_no) count() n"] {
        let run = authopsy(&["query", query, DUMP, "--memory-limit", "1KiB"]);
        assert_eq!(run.exit, Exit::Incomplete, "{query}");
        assert!(run.err().contains("memory"), "{}", run.err());
    }
    assert_eq!(authopsy(&["query", "*", DUMP, "--memory-limit", "much"]).exit, Exit::Usage);
    assert_eq!(authopsy(&["query", "* | sort by (_time)", DUMP, "--memory-limit", "8GiB"]).exit, Exit::Done);
}
