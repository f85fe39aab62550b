//! Files beside the dumps: what a report makes of credential files, configurations and saved answers.

use crate::run::{authopsy, authopsy_at};
use authopsy::cli::Exit;
use serde_json::Value;
use std::path::Path;

const STORY: &str = "testdata/stories/cliproxy.ndjson.gz";

fn report(dump: &str, extra: &[&str]) -> (Exit, Value) {
    let outcome = authopsy(&[&["triage", dump, "--format", "json"], extra].concat());
    (outcome.exit, serde_json::from_slice(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.err())))
}

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("a name").to_owned()
}

/// Requests of one credential: served until its expiry at noon, refused from a minute after it.
fn refused(dir: &Path) -> String {
    let lines = (0..6).flat_map(|n| {
        let (clock, id) = (format!("{}:0{n}:00", if n < 3 { 11 } else { 12 }), format!("0a1b2c0{n}"));
        let status = if n < 3 { 200 } else { 401 };
        let used = "[debug] [conductor.go:1] Use OAuth provider=kimi auth_file=kimi-cat.json for model k2".to_owned();
        let served = format!("[info ] [gin_logger.go:1] {status} |         1.2s |     203.0.113.7 | POST    \\\"/v1/messages\\\"");
        [used, served].map(|text| {
            format!("{{\"_time\":\"2026-03-10T{clock}Z\",\"_msg\":\"[2026-03-10 {clock}] [{id}] {text}\",\"service\":\"cliproxy\"}}")
        })
    });
    write(dir, "dump.ndjson", &lines.collect::<Vec<_>>().join("\n"))
}

fn detector<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["detectors"].as_array().into_iter().flatten().find(|d| d["id"] == id).expect("a detector")
}

#[test]
fn a_file_written_after_the_failure_does_not_explain_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let auths = dir.path().join("auths");
    std::fs::create_dir(&auths).expect("made");
    let auths_path = auths.to_str().expect("a name");
    let dump = refused(dir.path());
    let file = |last_refresh: &str| {
        let text = format!(
            r#"{{"type":"kimi","access_token":"a-1234567890","refresh_token":"r-1234567890","expired":"2026-03-10T12:00:00Z","last_refresh":"{last_refresh}"}}"#
        );
        write(&auths, "kimi-cat.json", &text);
        report(&dump, &["--auths", auths_path]).1
    };
    let explained = detector(&file("2026-03-10T11:00:00Z"), "D13").clone();
    assert_eq!(explained["fired"], true, "{explained}");
    let unknown = detector(&file("2026-03-10T14:00:00Z"), "D13").clone();
    assert_eq!(unknown["fired"], false, "{unknown}");
    assert!(unknown["censoring"].as_str().is_some_and(|text| text.contains("written after the failure")), "{unknown}");
}

#[test]
fn findings_are_joined_to_the_files_that_they_name() {
    let set = "testdata/authfiles/auths";
    let (_, report) = report(STORY, &["--auths", set, "--as-of", "2026-02-21T12:00:00Z"]);
    let joins = report["auth_files"]["joins"].as_array().expect("joins");
    assert!(!joins.is_empty());
    let paths: Vec<&Value> =
        report["auth_files"]["files"].as_array().expect("files").iter().map(|f| &f["path"]).collect();
    for join in joins {
        assert!(paths.contains(&&join["file"]), "{join}");
        let all = [&report["findings"], &report["nearby"]].into_iter().filter_map(Value::as_array).flatten();
        let finding = all.clone().find(|f| f["id"] == join["finding"]).expect("a finding of the report");
        let name = join["file"].as_str().and_then(|path| path.rsplit('/').next()).expect("a path");
        assert!(finding.to_string().contains(name), "{join} {finding}");
    }
    let page = authopsy(&["triage", STORY, "--auths", set, "--format", "markdown"]).out();
    assert!(page.contains("What lapses together") && !page.contains("{\"start\""), "raw JSON in the page");
}

#[test]
fn what_cannot_be_read_beside_the_dump_is_told_and_remembered() {
    let dir = tempfile::tempdir().expect("a directory");
    let dump = refused(dir.path());
    let tab = write(dir.path(), "tab.yaml", "remote-management:\n\tsecret-key: x\n");
    let odd = write(dir.path(), "odd.json", "{\"files\":[");
    let (exit, told) = report(&dump, &["--config", &tab, "--saved", &odd]);
    assert_eq!(exit, Exit::Incomplete);
    let notes = told["scope"]["completeness"]["notes"].to_string();
    assert!(notes.contains("tab.yaml: no YAML mapping") && notes.contains("odd.json"), "{notes}");
    let argv = told["manifest"]["argv"].to_string();
    assert!(argv.contains("--config") && argv.contains("--saved") && argv.contains("tab.yaml"), "{argv}");
    let (exit, _) = report(&dump, &[]);
    assert_eq!(exit, Exit::Done);

    let checked =
        authopsy(&["check", "testdata/authfiles/auths", "--config", &tab, "--fail-on", "none", "--format", "json"]);
    assert_eq!(checked.exit, Exit::Incomplete);
    let checked: Value = serde_json::from_slice(&checked.stdout).expect("a report all the same");
    assert!(checked["missed"].to_string().contains("tab.yaml: no YAML mapping"), "{}", checked["missed"]);
    assert!(checked["files"].as_array().is_some_and(|files| files.len() > 50));
}

#[test]
fn a_report_over_files_asks_for_them_to_be_verified() {
    let dir = tempfile::tempdir().expect("a directory");
    let dump = refused(dir.path());
    let set = "testdata/authfiles/stock";
    let outcome = authopsy(&["triage", &dump, "--auths", set, "--format", "json"]);
    let saved = write(dir.path(), "report.json", &outcome.out());
    let refused = authopsy(&["verify", &saved, &dump]);
    assert_eq!(refused.exit, Exit::Usage);
    assert!(refused.err().contains("made with --auths testdata/authfiles/stock: give it again"), "{}", refused.err());
    let equal = authopsy(&["verify", &saved, &dump, "--auths", set]);
    assert_eq!(equal.exit, Exit::Done, "{}{}", equal.out(), equal.err());
}

/// The instant that files are judged at is told by what gave it, and a verified report says the same again.
#[test]
fn a_report_tells_what_its_instant_was_taken_from() {
    let dir = tempfile::tempdir().expect("a directory");
    let dump = refused(dir.path());
    let set = dir.path().join("set");
    std::fs::create_dir(&set).expect("a directory");
    write(&set, "a.json", r#"{"type":"claude"}"#);
    let set = set.to_str().expect("UTF-8");
    let given = ["--as-of", "2026-03-01T00:00:00Z"];
    for (epoch, options, want) in
        [(None, &[][..], "evidence"), (None, &given[..], "option"), (Some(1_772_000_000), &[][..], "environment")]
    {
        let args = [&["triage", &dump, "--auths", set, "--format", "json"][..], options].concat();
        let made = authopsy_at(&args, epoch);
        let report: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        assert_eq!(report["auth_files"]["scope"]["as_of_source"], want);
        let saved = write(dir.path(), "report.json", &made.out());
        let equal = authopsy(&["verify", &saved, &dump, "--auths", set]);
        assert!(equal.out().starts_with("equal: "), "{want}: {}{}", equal.out(), equal.err());
    }
}
