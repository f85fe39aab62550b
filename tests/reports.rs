//! Reports end to end: every format of every command that prints pages, over real evidence.

use crate::run::authopsy;
use authopsy::cli::Exit;
use authopsy::report::schema;

const DUMP: &str = "testdata/stories/cliproxy.ndjson.gz";
const HEALTHY: &str = "testdata/stories/cliproxy-healthy.ndjson.gz";

fn json(args: &[&str]) -> serde_json::Value {
    let run = authopsy(args);
    assert!(matches!(run.exit, Exit::Done | Exit::Findings), "{}", run.err());
    serde_json::from_slice(&run.stdout).expect("json")
}

#[test]
fn real_reports_fit_the_published_schema() {
    for dump in [DUMP, HEALTHY] {
        let report = json(&["triage", dump, "--format", "json"]);
        assert_eq!(schema::faults(schema::REPORT, &report), Vec::<String>::new());
    }
}

#[test]
fn event_rows_are_the_same_in_every_text_format_and_ocsf_is_valid() {
    let count = |format: &str| authopsy(&["events", DUMP, "--format", format]).out().lines().count();
    let rows = count("ndjson");
    assert!(rows > 100);
    for (format, head) in [("csv", 1), ("timesketch", 0), ("ecs", 0), ("ocsf", 0)] {
        assert_eq!(count(format), rows + head, "{format}");
    }
    for line in authopsy(&["events", DUMP, "--format", "ocsf"]).out().lines() {
        let row = serde_json::from_str(line).expect("json");
        assert_eq!(schema::faults(schema::OCSF, &row), Vec::<String>::new());
    }
}

#[test]
fn two_saved_reports_are_compared() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    for (dump, name) in [(DUMP, "old.json"), (HEALTHY, "new.json")] {
        let run = authopsy(&["triage", dump, "--format", "json", "-o", &path(name)]);
        assert_eq!(run.exit, Exit::Done, "{}", run.err());
    }
    let same = authopsy(&["diff", &path("old.json"), &path("old.json")]);
    assert!(same.out().starts_with("STILL FAILING: 0 not seen any more"), "{}", same.out());
    for format in ["text", "markdown", "html"] {
        let run = authopsy(&["diff", &path("old.json"), &path("new.json"), "--format", format]);
        assert_eq!(run.exit, Exit::Done);
        assert!(!run.stdout.is_empty());
    }
    let broken = authopsy(&["diff", DUMP, &path("new.json")]);
    assert_eq!(broken.exit, Exit::Usage);
    assert!(broken.err().contains("not JSON at line 1"), "{}", broken.err());
}

#[test]
fn every_id_of_a_report_can_be_explained() {
    let report = json(&["triage", DUMP, "--format", "json"]);
    let ids = ["/findings", "/nearby"]
        .iter()
        .flat_map(|list| report.pointer(list).and_then(|l| l.as_array()).into_iter().flatten());
    let mut words: Vec<String> = ids.filter_map(|f| f["class"].as_str().map(str::to_owned)).collect();
    for (list, key) in [("/symptoms", "id"), ("/detectors", "id")] {
        let entries = report.pointer(list).and_then(|l| l.as_array()).into_iter().flatten();
        words.extend(entries.filter_map(|e| e[key].as_str().map(str::to_owned)));
    }
    assert!(words.len() > 10);
    for word in words {
        assert_eq!(authopsy(&["explain", &word]).exit, Exit::Done, "{word}");
    }
    let unknown = authopsy(&["explain", "upstream.token-invalit"]);
    assert_eq!(unknown.exit, Exit::Usage);
    assert!(unknown.err().contains("did you mean upstream.token-invalid?"), "{}", unknown.err());
}

#[test]
fn shells_and_manuals_are_served() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(authopsy(&["completions", shell]).out().contains("triage"), "{shell}");
    }
    let dir = tempfile::tempdir().expect("a folder");
    let pages = dir.path().join("pages");
    assert_eq!(authopsy(&["man", &pages.to_string_lossy()]).exit, Exit::Done);
    let page = std::fs::read_to_string(pages.join("authopsy-triage.1")).expect("a page");
    assert!(page.contains("Examples") && page.contains("authopsy triage dump"), "{page}");
}

#[cfg(feature = "columns")]
#[test]
fn a_dump_becomes_tables_and_nothing_is_written_into_evidence() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("tables").to_string_lossy().into_owned();
    let run = authopsy(&["convert", DUMP, "-o", &out]);
    assert_eq!(run.exit, Exit::Done, "{}", run.err());
    assert!(run.out().contains("5001 rows"), "{}", run.out());
    assert_eq!(authopsy(&["convert", DUMP, "-o", &out]).exit, Exit::Usage, "an existing table stays");
    assert_eq!(authopsy(&["convert", "testdata/stories", "-o", "testdata/stories/out"]).exit, Exit::Usage);
    assert_eq!(authopsy(&["convert", "-", "-o", &out]).exit, Exit::Usage);
}
