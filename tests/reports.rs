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

/// Every dump of the repository.
fn dumps() -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![std::path::PathBuf::from("testdata")];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if [".ndjson", ".ndjson.gz", ".ndjson.zst"].iter().any(|end| name.ends_with(end)) {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_report_fits_the_published_schema() {
    let dumps = dumps();
    assert!(dumps.len() >= 5, "{dumps:?}");
    for dump in &dumps {
        for more in [&[][..], &["--auths", "testdata/authfiles/auths"]] {
            let args = [&["triage", dump, "--format", "json"], more].concat();
            let run = authopsy(&args);
            let report = serde_json::from_slice(&run.stdout).unwrap_or_else(|e| panic!("{dump}: {e} {}", run.err()));
            assert_eq!(schema::faults(schema::REPORT, &report), Vec::<String>::new(), "{dump}");
        }
    }
}

const DEMO: &str = "testdata/demo/outage.ndjson.gz";

/// The answers at the head are sums of what stands below, and name nothing else.
#[test]
fn the_answers_at_the_head_are_those_of_the_findings() {
    for dump in [DEMO, DUMP, HEALTHY] {
        let report = json(&["triage", dump, "--format", "json"]);
        let glance = &report["glance"];
        let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
        let number = |value: &serde_json::Value| value.as_u64().expect("a number");
        let counted: Vec<_> =
            list(&report["findings"]).into_iter().filter(|f| f["role"] == "root" || f["role"] == "derived").collect();
        let total: u64 = counted.iter().map(|f| number(&f["count"])).sum();
        assert_eq!(report["verdict"]["found"], !counted.is_empty());
        assert_eq!(number(&glance["requests"]) + number(&glance["lines"]), total, "{dump}");
        assert_eq!(list(&glance["refused"]).iter().map(|r| number(&r["failures"])).sum::<u64>(), total);
        assert_eq!(list(&glance["causes"]).iter().map(|c| number(&c["count"])).sum::<u64>(), total);
        let mut ids: Vec<String> = list(&glance["causes"])
            .iter()
            .flat_map(|c| list(&c["findings"]))
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        ids.sort();
        assert_eq!(ids, counted.iter().filter_map(|f| f["id"].as_str()).collect::<Vec<_>>());
        for cause in list(&glance["causes"]) {
            assert_eq!(cause["after"] == "success", !cause["succeeded"].is_null());
            if let Some(at) = cause["succeeded"].as_str() {
                assert!(at > cause["first"].as_str().expect("an instant"), "{cause}");
            }
        }
        for reach in list(&glance["reach"]) {
            assert!(reach["seen"].is_null() || number(&reach["failed"]) <= number(&reach["seen"]), "{reach}");
        }
        assert_eq!(glance["ask"].is_null(), !counted.is_empty());
    }
}

/// The longest text that a comment of a ticket takes.
#[test]
fn a_report_fits_a_ticket() {
    for dump in [DEMO, DUMP] {
        let text = authopsy(&["triage", dump, "--auths", "testdata/authfiles/auths", "--format", "markdown"]).out();
        assert!(text.chars().count() < 65_536, "{dump}: {}", text.chars().count());
        let (answers, records) = (text.find("## At a glance"), text.find("## Records"));
        assert!(answers.is_some_and(|at| at < 1000) && records > text.find("## Manifest"), "{dump}");
    }
}

/// A dump that ends in the middle of an outage must not look like one that is over.
#[test]
fn what_still_fails_when_the_records_end_says_so() {
    let after = |end: &str| {
        let report =
            json(&["triage", DEMO, "--end", end, "--query", "audit.host:=api.crmhub.example", "--format", "json"]);
        report["glance"]["causes"][0]["after"].as_str().map(str::to_owned)
    };
    assert_eq!(after("2026-03-10T09:16:00Z").as_deref(), Some("failing"));
    assert_eq!(after("2026-03-10T10:00:00Z").as_deref(), Some("success"));
    assert_eq!(after("2026-03-10T09:00:00Z"), None);
}

/// What a screen reader, a keyboard and a page without its style sheet rely on.
#[test]
fn pages_can_be_read_without_looking() {
    let dir = tempfile::tempdir().expect("a folder");
    let saved = dir.path().join("report.json").to_string_lossy().into_owned();
    assert_eq!(authopsy(&["triage", DEMO, "--format", "json", "-o", &saved]).exit, Exit::Done);
    let pages: [&[&str]; 4] = [
        &["triage", DEMO, "--auths", "testdata/authfiles/auths", "--format", "html"],
        &["triage", HEALTHY, "--format", "html"],
        &["check", "testdata/authfiles/auths", "--fail-on", "none", "--format", "html"],
        &["diff", &saved, &saved, "--format", "html"],
    ];
    for args in pages {
        let page = authopsy(args).out();
        assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{args:?}");
        for landmark in ["<header>", "<main>", "<nav aria-label=\"Sections\">", "<h1"] {
            assert_eq!(page.matches(landmark).count(), 1, "{args:?}: {landmark}");
        }
        let mut level = 0;
        for heading in page.split("<h").skip(1).filter_map(|h| h.chars().next()?.to_digit(10)) {
            assert!(heading <= level + 1, "{args:?}: a heading of level {heading} after one of level {level}");
            level = heading;
        }
        for table in page.split("<table").skip(1) {
            let table = &table[..table.find("</table>").expect("a table ends")];
            let caption = table.split("<caption").nth(1).and_then(|c| c.split('>').nth(1)).expect("a caption");
            assert!(!caption.starts_with('<'), "{args:?}: an empty caption");
            assert_eq!(
                table.matches("<th").count(),
                table.matches(" scope=").count() + 1,
                "{args:?}: scopes, and thead"
            );
        }
        for svg in page.split("<svg").skip(1) {
            assert!(svg.split('>').next().is_some_and(|tag| tag.contains("role=\"img\"")), "{args:?}");
            assert!(svg.contains("><title>") && svg.contains("<desc>"), "{args:?}");
        }
        for link in page.split("<a ").skip(1) {
            let text = link.split('>').nth(1).unwrap_or("").trim_end_matches("</a");
            assert!(!text.trim().is_empty() && link.starts_with("href=\"#"), "{args:?}: {}", &link[..60]);
        }
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
fn pods_that_are_only_counted_are_no_name_of_a_record() {
    let run = authopsy(&["triage", DEMO, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).expect("a report");
    let change = report["detectors"].as_array().expect("detectors").iter().find(|d| d["id"] == "D04").expect("D04");
    let statement = change["statement"].as_str().expect("a statement");
    assert!(statement.contains(" episodes on 3 pods rose from 0 "), "{statement}");
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
    assert!(broken.err().contains(": line 1 column ") && broken.err().contains(": not json"), "{}", broken.err());
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
    assert!(page.contains("EXAMPLES") && page.contains("authopsy triage dump"), "{page}");
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

#[cfg(feature = "columns")]
#[test]
fn an_answer_becomes_a_table() {
    let dir = tempfile::tempdir().expect("a folder");
    let table = |query: &str, threads: &str| {
        let path = dir.path().join("answer.parquet").to_string_lossy().into_owned();
        let args = ["query", query, DEMO, "--format", "parquet", "-o", &path, "--threads", threads];
        let run = authopsy(&args);
        assert_eq!(run.exit, Exit::Done, "{}", run.err());
        std::fs::read(path).expect("a table")
    };
    for query in
        ["* | stats by (audit.host) count() n", "_msg:request | fields _time, audit.status_code", "nothing:here"]
    {
        let bytes = table(query, "1");
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{query}");
        assert_eq!(bytes, table(query, "4"), "{query}");
    }
}
