//! The table against recorded stories: which rows are claimed, and from which lines.

use super::*;
use crate::classify::cliproxy;
use crate::finding::Locator;
use crate::record;
use serde_json::Value;
use std::io::Read;

fn read(name: &str) -> String {
    let path = format!("{}/testdata/stories/{name}", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::File::open(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut text = String::new();
    if name.ends_with(".gz") {
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).expect("gzip");
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).expect("text");
    }
    text
}

fn story(dump: &str) -> Story {
    let facts = dump.lines().enumerate().filter_map(|(n, line)| {
        let record = record::parse(line.as_bytes()).ok()?;
        let at = record::time::parse(&record.get("_time")?)?;
        let locator = Locator { input: 0, offset: n as u64 * 10_000, length: 1, line: n as u64 + 1 };
        cliproxy::read(&record, at, locator)
    });
    Story::new(facts.collect())
}

fn readings(story: &Story, outside: &Outside) -> Vec<(u8, Reading, Vec<u64>)> {
    let case = Case { story, outside };
    ROWS.iter()
        .map(|row| {
            let reading = (row.read)(&case);
            let lines = reading.evidence.iter().map(|&n| story.facts[n].locator.line).collect();
            (row.row, reading, lines)
        })
        .collect()
}

fn numbers(value: &Value) -> Vec<u64> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_u64).collect(),
        Value::Object(map) => map.get("lines").map(numbers).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[test]
fn every_story_is_told_from_its_own_lines() {
    let expected: Value = serde_json::from_str(&read("expected.json")).expect("JSON");
    for (dump, want) in expected["dumps"].as_object().expect("dumps") {
        let story = story(&read(&format!("{dump}.gz")));
        let decoys: Vec<u64> = want["decoys"].as_object().into_iter().flatten().flat_map(|(_, v)| numbers(v)).collect();
        let confirmed = numbers(&want["rows_confirmed"]);
        for (row, reading, lines) in readings(&story, &Outside::default()) {
            let claimed = matches!(reading.status, Status::Confirmed | Status::Likely);
            let label = format!("{dump} row {row}: {:?} {}", reading.status, reading.found);
            if !confirmed.contains(&u64::from(row)) {
                assert!(!claimed, "{label}");
                continue;
            }
            assert!(claimed || reading.status == Status::Possible, "{label}");
            let stories = want["stories"].as_array().into_iter().flatten().filter(|s| s["row"] == row);
            let own: Vec<u64> = stories
                .flat_map(|s| s["evidence"].as_object().into_iter().flatten())
                .flat_map(|(_, v)| numbers(v))
                .collect();
            assert!(lines.iter().any(|n| own.contains(n)), "{label}: cites none of {own:?}");
            assert!(lines.iter().all(|n| !decoys.contains(n)), "{label}: cites a decoy in {lines:?}");
        }
    }
}

#[test]
fn the_registry_is_the_table() {
    let rows: Vec<u8> = ROWS.iter().map(|r| r.row).collect();
    assert_eq!(rows, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let mut ids: Vec<&str> = ROWS.iter().map(|r| r.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 9);
    for row in ROWS {
        assert!(
            [row.condition, row.confirms, row.refutes, row.near_misses, row.fix, row.correction]
                .iter()
                .all(|t| !t.is_empty()),
            "{}",
            row.id
        );
    }
}

#[test]
fn no_line_of_the_family_means_not_testable() {
    let story = Story::new(Vec::new());
    assert!(readings(&story, &Outside::default()).iter().all(|(_, r, _)| r.status == Status::NotTestable));
}

/// A story of text lines, one a minute, of one process.
fn told(lines: &[&str]) -> Story {
    let facts = lines.iter().enumerate().filter_map(|(n, text)| {
        let at = (n as Nanos) * 20 * SECOND;
        cliproxy::testing::line(at, n as u64 + 1, "pod", text)
    });
    Story::new(facts.collect())
}

fn row(story: &Story, row: u8) -> (Status, Vec<u64>) {
    let all = readings(story, &Outside::default());
    let (_, reading, lines) = all.into_iter().find(|(n, ..)| *n == row).expect("a row");
    (reading.status, lines)
}

const CLAIM_A: &str = "[2026-02-21 11:10:00] [--------] [info ] [oauth_web.go:924] OAuth Web: manually refreshed token in kiro-a.json, expires at 2026-02-21T12:10:00Z";
const CLAIM_B: &str = "[2026-02-21 11:10:00] [--------] [info ] [oauth_web.go:924] OAuth Web: manually refreshed token in kiro-b.json, expires at 2026-02-21T12:10:00Z";
const PICKED_B: &str = "[2026-02-21 11:10:00] [--------] [info ] [watcher.go:1] watcher: updated in-memory auth for token kiro-b.json (auth ID: kiro-b.json)";
const REFRESH_OK: &str = r#"[2026-02-21 11:10:00] [--------] [info ] [gin_logger.go:93] 200 |  3ms | 10.0.0.1 | POST "/v0/management/auths/kiro/refresh""#;
const UNCHANGED_A: &str = "[2026-02-21 11:10:00] [--------] [debug] [watcher.go:1] auth file unchanged (hash match), skipping reload: kiro-a.json";

#[test]
fn a_settled_refresh_does_not_speak_for_another_file() {
    assert_eq!(row(&told(&[CLAIM_B, PICKED_B]), 9).0, Status::Refuted);
    assert_eq!(row(&told(&[CLAIM_B, PICKED_B, CLAIM_A]), 9), (Status::Possible, vec![3]));
}

#[test]
fn a_refresh_without_a_named_expiry_is_no_more_than_possible() {
    assert_eq!(row(&told(&[REFRESH_OK, UNCHANGED_A]), 9), (Status::Possible, vec![1, 2]));
    assert_eq!(row(&told(&[REFRESH_OK]), 9).0, Status::NotShown);
}

#[test]
fn refusals_without_the_lines_around_them_are_possible_and_not_refuted() {
    let selected = |id: u32| {
        format!(
            "[2026-02-20 22:12:38] [{id:08x}] [debug] [conductor.go:1] Use OAuth provider=claude auth_file=a.json for model m"
        )
    };
    let denied = |id: u32| {
        format!(
            "[2026-02-20 22:12:38] [{id:08x}] [debug] [claude_executor.go:1] request error, error status: 401, error message: {{}}"
        )
    };
    let lines: Vec<String> = (1..=5).flat_map(|id| [selected(id), denied(id)]).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(row(&told(&lines), 1).0, Status::Possible);
    assert_ne!(row(&told(&lines[..4]), 1).0, Status::Possible);
}

#[test]
fn layouts_without_request_ids_show_a_run_by_its_path() {
    let line = |status: u16| {
        format!(r#"[GIN] 2026/01/02 - 15:04:05 | {status} | 1.2s | 203.0.113.7 | POST    "/v1/messages""#)
    };
    let story = |all: &[u16]| {
        told(&all.iter().map(|s| line(*s)).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(row(&story(&[200, 200, 200, 401, 401, 401, 401]), 1).0, Status::Likely);
    assert_eq!(row(&story(&[401, 401, 401, 401]), 1).0, Status::Possible);
    assert_eq!(row(&story(&[200, 200, 401, 200]), 1).0, Status::NotShown);
}

#[test]
fn credentials_that_vanish_with_a_reload_are_told() {
    let load = |n: u32| {
        format!(
            "[2026-02-21 03:00:02] [--------] [info ] [clients.go:112] full client load complete - {n} clients ({n} auth files + 0 Gemini API keys)"
        )
    };
    let reload =
        "[2026-02-21 03:00:02] [--------] [info ] [config_reload.go:1] config file changed, reloading: config.yaml";
    assert_eq!(row(&told(&[&load(24), reload, &load(0)]), 5), (Status::Possible, vec![2, 3]));
    assert_eq!(row(&told(&[&load(24), reload, &load(24)]), 5).0, Status::Refuted);
}

/// What the scheduler says of one refresh.
fn refreshed(file: &str, outcome: &str) -> String {
    format!("[2026-02-21 08:01:00] [--------] [debug] [conductor.go:1] refreshed codex, {file}, {outcome}")
}

const REFUSED: &str = r#"token refresh failed with status 400: {"error":"invalid_grant"}"#;

#[test]
fn the_success_of_one_credential_does_not_excuse_another() {
    let [a, b] = ["codex-a.json", "codex-b.json"].map(|file| (refreshed(file, "<nil>"), refreshed(file, REFUSED)));
    assert_eq!(row(&told(&[&b.1, &b.1, &a.0]), 6), (Status::Likely, vec![1, 2, 2]));
    assert_eq!(row(&told(&[&b.1, &a.1, &b.0]), 6), (Status::Likely, vec![2, 2]));
    let recovered = told(&[&b.1, &b.0, &a.0]);
    assert_eq!(row(&recovered, 6).0, Status::Refuted);
    let all = readings(&recovered, &Outside::default());
    assert!(all[5].1.found.starts_with("Each refresh that was refused succeeded later."), "{}", all[5].1.found);
}

const RELOAD: &str =
    "[2026-02-21 03:00:02] [--------] [info ] [config_reload.go:1] config file changed, reloading: config.yaml";

#[test]
fn a_reload_is_to_blame_only_for_credentials_that_worked_before_it() {
    let [a, b] = ["codex-a.json", "codex-b.json"].map(|file| {
        let lost = refreshed(file, "dial tcp 203.0.113.9:443: connect: connection refused");
        (refreshed(file, "<nil>"), lost)
    });
    assert_eq!(row(&told(&[&b.0, RELOAD, &b.1, &b.1, &b.1]), 5).0, Status::Confirmed);
    assert_eq!(row(&told(&[&a.0, RELOAD, &b.1, &b.1, &b.1]), 5).0, Status::Possible);
    // The same config lets another account of the provider through.
    let spared = told(&[&b.0, RELOAD, &b.1, &b.1, &b.1, &a.0]);
    let reading = &readings(&spared, &Outside::default())[4].1;
    assert_eq!((reading.status, &reading.counter[..]), (Status::Possible, &[5][..]));
    // What comes after the roll-back says nothing of the config that was taken back.
    assert_eq!(row(&told(&[&b.0, RELOAD, &b.1, &b.1, &b.1, RELOAD, &a.0]), 5).0, Status::Confirmed);
}

#[test]
fn a_roll_back_does_not_cure_a_rejected_refresh_token() {
    let (well, refused) = (refreshed("codex-b.json", "<nil>"), refreshed("codex-b.json", REFUSED));
    let story = told(&[&well, RELOAD, &refused, &refused, &refused]);
    let reading = &readings(&story, &Outside::default())[4].1;
    assert_eq!(reading.status, Status::Possible);
    assert!(reading.fix.starts_with("Log in again"), "{}", reading.fix);
}

#[test]
fn a_write_that_no_line_could_show_is_not_denied() {
    let well = refreshed("codex-a.json", "<nil>");
    let reading = |lines: &[&str]| readings(&told(lines), &Outside::default()).swap_remove(3).1;
    let unwatched = reading(&[&well, &well, &well, &well]);
    assert!(unwatched.found.contains("no write of the file is on record; no watcher line"), "{}", unwatched.found);
    assert!(unwatched.fix.starts_with("Look at the file"), "{}", unwatched.fix);
    let watched = reading(&[UNCHANGED_A, &well, &well, &well, &well]);
    assert!(watched.found.contains("the file was not written"), "{}", watched.found);
    assert_eq!((watched.status, watched.fix.as_str()), (Status::Possible, ""));
}

#[test]
fn a_credential_that_could_not_be_written_is_told() {
    let lost = "[2026-02-21 08:00:01] [--------] [debug] [conductor.go:1] persist refreshed auth codex (codex-a.json) failed: open /auths/codex-a.json: read-only file system";
    let written = "[2026-02-21 08:00:01] [--------] [debug] [watcher.go:1] auth file changed (WRITE): codex-a.json, processing incrementally";
    let story = told(&[lost, lost]);
    assert_eq!(row(&story, 9), (Status::Likely, vec![1, 2]));
    assert_eq!(row(&story, 4), (Status::Possible, vec![1, 2]));
    assert_eq!(row(&told(&[lost, written]), 9), (Status::Possible, vec![1]));
}

#[test]
fn lines_that_name_no_process_leave_no_hole_in_a_sentence() {
    let refused = refreshed("codex-b.json", REFUSED);
    let not_found = r#"[2026-02-21 11:10:00] [--------] [info ] [gin_logger.go:93] 404 |  3ms | 10.0.0.1 | POST "/v0/management/auths/kiro/refresh""#;
    let login = "[2026-02-21 11:10:00] [--------] [info ] [kiro.go:1] kiro: using normal browser mode (--no-incognito)";
    let lines = [refused.as_str(), RELOAD, &refused, &refused, &refused, not_found, login];
    let facts =
        lines.iter().enumerate().filter_map(|(n, text)| cliproxy::testing::line(n as Nanos, n as u64, "", text));
    let story = Story::new(facts.collect());
    for (row, reading, _) in readings(&story, &Outside::default()) {
        let found = reading.found;
        let hole = found.starts_with([':', ' '])
            || found.contains("  ")
            || found.contains(" in over")
            || found.contains(" on was");
        assert!(!hole, "{row}: {found}");
    }
}

#[test]
fn a_sentence_says_no_more_than_its_lines() {
    let found = |lines: &[&str], wanted: u8| {
        let story = told(lines);
        let all = readings(&story, &Outside::default());
        all.into_iter().find(|(n, ..)| *n == wanted).expect("a row").1.found
    };
    let iflow = |error: &str| {
        format!("[2026-02-21 07:00:07] [error] [iflow_executor.go:355] iflow executor: token refresh failed: {error}")
    };
    let silent =
        iflow(r#"iflow token request failed: Post "https://iflow.example/oauth/token": dial tcp: i/o timeout"#);
    let busy = iflow("iflow token: provider rejected token request (code=500 message=server busy)");
    assert!(found(&[&silent], 6).contains("No answer came back"));
    assert!(found(&[&busy], 6).contains("A busy answer may pass"));
    let unsaved = "[2026-02-21 11:10:00] [--------] [warn ] [kiro_executor.go:1] kiro: failed to persist refreshed auth: read-only file system";
    assert!(found(&[CLAIM_A, unsaved], 9).contains("could not be written"));
    assert!(found(&[CLAIM_A, UNCHANGED_A], 9).contains("unchanged or unknown"));
}

#[test]
fn the_table_s_own_words_are_shown_whole() {
    for symptom in evaluate(&Run::default(), &Outside::default(), &mut Redactor::new()) {
        let fix = symptom.fix.as_str();
        assert!(!fix.contains("#1]"), "{}: {fix}", symptom.id);
    }
}

/// A text without what stands between backticks.
fn unquoted(text: &str) -> String {
    text.split('`').step_by(2).collect()
}

#[test]
fn names_of_records_are_quoted_in_every_sentence() {
    let expected: Value = serde_json::from_str(&read("expected.json")).expect("JSON");
    let mut told = 0;
    for dump in expected["dumps"].as_object().expect("dumps").keys() {
        let mut story = story(&read(&format!("{dump}.gz")));
        story.facts.iter_mut().for_each(|fact| fact.place = "web. All `is` well".into());
        for (row, reading, _) in readings(&story, &Outside::default()) {
            for text in reading.missing.iter().chain([&reading.found, &reading.fix]) {
                told += usize::from(text.contains("All 'is' well"));
                assert!(!unquoted(text).contains("well"), "{dump} row {row}: {text}");
            }
        }
    }
    assert!(told > 2, "{told}");
}
