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
