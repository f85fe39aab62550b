//! The main report over captured records and over a generated dump whose truth is known.

use crate::run::authopsy;
use authopsy::cli::Exit;
use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const DUMP: &str = "testdata/incidents/small.ndjson.gz";

fn json(args: &[&str]) -> Value {
    let outcome = authopsy(args);
    assert!(matches!(outcome.exit, Exit::Done | Exit::Incomplete), "{args:?}: {}", outcome.err());
    serde_json::from_slice(&outcome.stdout).expect("a report")
}

fn report(extra: &[&str]) -> Value {
    json(&[&["triage", DUMP, "--format", "json"], extra].concat())
}

fn rows(dump: &str) -> Vec<Value> {
    let outcome = authopsy(&["events", dump, "--format", "ndjson"]);
    outcome.out().lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

fn truth() -> Value {
    let bytes = std::fs::read("testdata/incidents/small.truth.json").expect("the truth");
    serde_json::from_slice(&bytes).expect("the truth")
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn all_findings(report: &Value) -> Vec<&Value> {
    list(report, "findings").iter().chain(list(report, "nearby")).collect()
}

/// What each kind of captured record may be called; the empty label stands for "no row".
const CAPTURED: &[(&str, &str)] = &[
    ("client_cancel", r"^$|^request\."),
    ("stub", r"^$|^request\."),
    ("ok", r"^$|^request\."),
    ("passthrough", r"^$|^request\."),
    ("websocket", r"^$|^request\."),
    ("tunnel_open", r"^$|^request\."),
    ("tunnel_open:secret_unavailable", r"^secret\."),
    ("local_bad_request", r"^(local|request)\."),
    ("local_policy", r"^local\.(allowlist-deny|policy-reject)"),
    ("local_policy:ip_guard", r"^local\.policy-reject"),
    ("local_policy:placeholder_missing", r"^local\.policy-reject"),
    ("local_transform_error", r"^(avail\.gateway-error|local\.)"),
    ("network", r"^avail\.(connect|timeout|gateway-error)"),
    ("proxy_not_ready", r"^local\.not-ready"),
    ("rate_limit", r"^quota\.rate-limited"),
    ("secret_resolution", r"^secret\."),
    ("tls", r"^(avail\.tls|token\.clock-skew)"),
    ("token_mint", r"^(token|secret)\."),
    ("upstream_denial:credential_attached", r"^upstream\."),
    ("upstream_denial:no_credential_attached", r"^upstream\."),
    ("upstream_outage", r"^avail\."),
    ("log:secret_error", r"^secret\."),
    ("log:secret_stale", r"^secret\.stale-served"),
    ("log:token_mint", r"^(token|secret)\."),
];

#[test]
fn every_captured_record_gets_its_class() {
    let mut got: BTreeMap<String, Value> = BTreeMap::new();
    for row in rows("testdata/audit/records.ndjson.gz") {
        if row["kind"] != "change" {
            got.entry(row["time"].as_str().expect("a time").to_owned()).or_insert(row);
        }
    }
    let bytes = std::fs::read("testdata/audit/classes.json").expect("the classes");
    let wanted: Vec<(String, String, String)> = serde_json::from_slice(&bytes).expect("the classes");
    let patterns: BTreeMap<&str, Regex> =
        CAPTURED.iter().map(|(kind, pattern)| (*kind, Regex::new(pattern).expect(pattern))).collect();
    let mut checked = 0;
    for (time, scenario, kind) in &wanted {
        let Some(pattern) = patterns.get(kind.as_str()) else { continue };
        let row = got.get(time).unwrap_or(&Value::Null);
        let class = row["class"].as_str().unwrap_or_default();
        assert!(pattern.is_match(class), "{scenario}: {kind} became {class:?}");
        if let Some(state) = kind.strip_prefix("upstream_denial:") {
            let state = if state == "credential_attached" { "attached" } else { "not_attached" };
            assert_eq!(row["credential"]["state"], state, "{scenario}");
        }
        if kind.starts_with("local_") || kind.starts_with("secret_resolution") {
            assert_ne!(row["origin"], "upstream", "{scenario}");
        }
        checked += 1;
    }
    assert!(checked > 190, "only {checked} records were held against their class");
}

/// The classes that an incident of the truth may be found as, and what its echo may be called.
const INCIDENTS: &[(&str, &str)] = &[
    ("upstream_denial", r"^upstream\."),
    ("secret_resolution", r"^secret\.|^upstream\."),
    ("oauth_refresh", r"^token\.|^upstream\.|^local\.not-ready"),
    ("local_policy", r"^local\."),
    ("upstream_outage", r"^avail\."),
    ("clock_skew", r"^(token\.clock-skew|avail\.tls|token\.mint-failed)"),
    ("rate_limit", r"^quota\."),
    ("network_or_tls", r"^avail\."),
    ("local_transform_error", r"^(avail\.gateway-error|local\.)"),
];

fn findings_of<'r>(report: &'r Value, incident: &Value) -> Vec<&'r Value> {
    let class = incident["class"].as_str().expect("a class");
    let pattern = INCIDENTS.iter().find(|(c, _)| *c == class).map(|(_, p)| Regex::new(p).expect(p)).expect(class);
    let hosts: BTreeSet<&str> = list(incident, "hosts").iter().filter_map(Value::as_str).collect();
    all_findings(report)
        .into_iter()
        .filter(|f| {
            f["host"].as_str().is_some_and(|h| hosts.contains(h))
                && pattern.is_match(f["class"].as_str().unwrap_or_default())
        })
        .collect()
}

#[test]
fn every_incident_is_found_with_its_counts_and_references() {
    let (report, truth) = (report(&[]), truth());
    for incident in list(&truth, "incidents") {
        let mine = findings_of(&report, incident);
        assert!(!mine.is_empty(), "{} was not found", incident["id"]);
        for (tunnel, name) in [(false, "status_counts"), (true, "connect_status_counts")] {
            for (status, n) in incident[name].as_object().expect(name) {
                if tunnel && status == "200" {
                    continue;
                }
                let status: u64 = status.parse().expect("a status");
                let counted: u64 = mine
                    .iter()
                    .flat_map(|f| list(f, "by_status"))
                    .filter(|b| b["status"] == status && b["tunnel"] == tunnel)
                    .filter_map(|b| b["count"].as_u64())
                    .sum();
                assert_eq!(Some(counted), n.as_u64(), "{} {status} tunnel {tunnel}", incident["id"]);
            }
        }
        let mut references: BTreeSet<String> =
            list(&report, "secret_errors").iter().map(|s| s["reference"].to_string()).collect();
        for finding in &mine {
            references.insert(finding["secret_ref"].to_string());
            references.extend(list(&finding["credential"], "names").iter().map(Value::to_string));
        }
        for wanted in list(incident, "secret_refs") {
            assert!(references.contains(&wanted.to_string()), "{} misses {wanted}", incident["id"]);
        }
    }
}

#[test]
fn what_must_not_be_claimed_is_not() {
    let (report, truth) = (report(&[]), truth());
    for incident in list(&truth, "incidents") {
        for finding in findings_of(&report, incident) {
            let said = format!("{} {}", finding["statement"], finding["next"]["text"]).to_lowercase();
            for word in list(incident, "must_not_claim").iter().filter_map(Value::as_str) {
                assert!(!said.contains(word), "{}: {word:?} in {said}", incident["id"]);
            }
        }
    }
}

#[test]
fn decoys_are_not_failures() {
    let failures: BTreeSet<String> = rows(DUMP)
        .iter()
        .filter(|row| row["role"] == "root" || row["role"] == "derived")
        .filter(|row| {
            !row["class"]
                .as_str()
                .is_some_and(|c| c.starts_with("request.") || c.starts_with("quota.") || c.starts_with("avail."))
        })
        .map(|row| row["time"].to_string())
        .collect();
    for decoy in list(&truth(), "decoys") {
        assert!(!failures.contains(&decoy.to_string()), "{decoy}");
    }
}

#[test]
fn nothing_is_found_where_nothing_is() {
    for case in list(&truth(), "no_evidence") {
        let value = &case["value"];
        let args: Vec<&str> = match case["discriminator"].as_str().expect("a name") {
            "thread_key" => vec!["--thread", value.as_str().expect("text")],
            "execution_id" => vec!["--execution", value.as_str().expect("text")],
            "host" => vec!["--host", value.as_str().expect("text")],
            _ => vec!["--start", value[0].as_str().expect("text"), "--end", value[1].as_str().expect("text")],
        };
        let report = report(&args);
        assert_eq!(report["verdict"]["found"], false, "{args:?}");
        assert!(report["verdict"]["summary"].as_str().is_some_and(|s| s.starts_with("NO EVIDENCE FOUND")), "{args:?}");
    }
}

#[test]
fn three_nothings_are_told_apart() {
    let says = |args: &[&str], word: &str| {
        let summary = report(args)["verdict"]["summary"].to_string();
        assert!(summary.contains(word), "{args:?}: {summary}");
    };
    says(&["--host", "nowhere.example"], "not in the dump");
    says(&["--host", "api.llmco.example"], "present and healthy");
    says(&["--start", "2020-01-01", "--end", "2020-01-02"], "the dump covers");
    says(&["--service", "nowhere"], "not in the dump");
}

/// An end covers the second that its text names, as the store has it; the newest row is never "after now".
#[test]
fn a_window_holds_what_the_texts_of_its_ends_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dump.ndjson");
    let rows: String = ["10:04:59", "10:05:00", "10:05:00.7", "10:05:01", "10:06:00"]
        .map(|clock| format!("{{\"_time\":\"2026-03-10T{clock}Z\",\"_msg\":\"x\"}}\n"))
        .concat();
    std::fs::write(&path, rows).expect("a file");
    let path = path.to_str().expect("a name");
    for (args, rows) in [
        (&["--end", "2026-03-10T10:05:00Z"][..], 3),
        (&["--end", "2026-03-10T10:05:00"], 3),
        (&["--end", "2026-03-10T11:05:00+01:00"], 3),
        (&["--end", "2026-03-10T10:05"], 4),
        (&["--end", "1773137100"], 3),
        (&["--end", "2026-03-10T10:05:00.000Z"], 2),
        (&["--end", "2026-03-10T10:05:00.000000000Z"], 2),
        (&["--end", "now"], 5),
        (&["--start", "1.5m"], 5),
        (&["--start", "59s"], 2),
        (&["--start", "2026-03-10T10:05:00Z", "--end", "2026-03-10T10:05:00Z"], 2),
    ] {
        let report = json(&[&["triage", path, "--format", "json"], args].concat());
        assert_eq!(report["scope"]["rows"]["in_window"], rows, "{args:?}");
        assert_eq!(report["scope"]["as_of"], "2026-03-10T10:06:00Z", "{args:?}");
    }
    let shown = json(&["triage", path, "--format", "json", "--end", "2026-03-10T10:05:00Z"]);
    assert_eq!(shown["scope"]["window"]["end"], "2026-03-10T10:05:00Z");
    assert_eq!(shown["scope"]["span"]["last"], "2026-03-10T10:05:00.7Z");
}

#[test]
fn what_cannot_be_read_is_told_and_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let whole = crate::run::lines(DUMP)[..50].join("\n") + "\n";
    std::fs::write(at("a.ndjson"), &whole).expect("a file");
    let folder_name = folder.path().to_str().expect("a name");
    let mode = || {
        let outcome = authopsy(&["triage", folder_name, "--format", "json"]);
        let report: Value = serde_json::from_slice(&outcome.stdout).expect("a report");
        (outcome.exit, report["scope"]["completeness"]["mode"].clone(), outcome.err(), report)
    };
    std::fs::write(at("note.txt"), "hello\n").expect("a file");
    let (exit, _, err, report) = mode();
    assert!(exit == Exit::Done && err.contains("note.txt: no records in its first lines: not read"), "{err}");
    assert!(report["scope"]["completeness"]["notes"].to_string().contains("note.txt"), "{report}");
    // A packed file whose very beginning is broken may be a dump.
    std::fs::write(at("b.gz"), b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff").expect("a file");
    let (exit, mode, err, report) = mode();
    assert!(exit == Exit::Incomplete && mode == "unknown", "{err}");
    let summary = report["verdict"]["summary"].to_string().to_lowercase();
    assert!(summary.contains("part of the evidence could not be read"), "{summary}");
}

/// Lines that something was put around carry the same evidence.
#[test]
fn wrapped_lines_are_evidence_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = crate::run::lines(DUMP);
    let evidence = |name: &str, wrap: &dyn Fn(&str) -> String| {
        let path = folder.path().join(name);
        let text: String = lines.iter().map(|line| wrap(line) + "\n").collect();
        std::fs::write(&path, text).expect("a file");
        let report = json(&["triage", path.to_str().expect("a name"), "--format", "json"]);
        let fields = |finding: &&Value| {
            let rows = list(finding, "evidence")
                .iter()
                .map(|row| format!("{} {}", row["fields"]["_time"], row["fields"]["_msg"]));
            (finding["class"].clone(), rows.collect::<Vec<_>>())
        };
        all_findings(&report).iter().map(fields).collect::<Vec<_>>()
    };
    let plain = evidence("plain.ndjson", &str::to_owned);
    assert!(plain.iter().any(|(_, rows)| !rows.is_empty()));
    assert_eq!(evidence("compose.log", &|line| format!("proxy-1  | {line}")), plain);
    assert_eq!(evidence("cri.log", &|line| format!("2026-03-10T10:00:00.1Z stdout F {line}")), plain);
}

/// Attempts that are joined from many lines are not stamped by the line that happens to be read last.
#[test]
fn a_filter_says_the_same_of_joined_attempts_whatever_is_read_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.log");
    let line = |minute: u8| {
        format!(
            "[2026-03-10 10:0{minute}:00] [abcdef1{minute}] [warn ] [gin_logger.go:92] 401 |    1.2ms |  1.2.3.4 | POST    \"/v1/chat/completions\"\n"
        )
    };
    std::fs::write(&path, (0..5).map(line).collect::<String>()).expect("a file");
    let path = path.to_str().expect("a name");
    let query = "_time:[2026-03-10T10:00:00Z, 2026-03-10T10:02:00Z]";
    for threads in ["1", "2", "3"] {
        let report = json(&["triage", path, "--format", "json", "--query", query, "--threads", threads]);
        assert_eq!(report["verdict"]["found"], true, "{}", report["verdict"]);
        assert_eq!(list(&report, "findings")[0]["count"], 3);
    }
}

#[test]
fn a_nothing_offers_the_nearest_values() {
    let report = report(&["--host", "api.crmhub.exampel"]);
    let notes = report["scope"]["completeness"]["notes"].to_string();
    assert!(notes.contains("nearest hosts in the dump: api.crmhub.example"), "{notes}");
}

#[test]
fn the_query_of_a_finding_selects_its_records() {
    let report = report(&[]);
    for finding in all_findings(&report) {
        let query = format!("{} | count() n", finding["query"].as_str().expect("a query"));
        let outcome = authopsy(&["query", &query, DUMP, "--format", "ndjson"]);
        let row: Value =
            serde_json::from_slice(&outcome.stdout).unwrap_or_else(|_| panic!("{query}: {}", outcome.err()));
        assert_eq!(row["n"], finding["count"].to_string(), "{} {query}", finding["id"]);
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads_or_reading() {
    for format in ["json", "text", "markdown", "html"] {
        let one = authopsy(&["triage", DUMP, "--format", format, "--threads", "1"]).stdout;
        let two = authopsy(&["triage", DUMP, "--format", format, "--threads", "2", "--io", "read"]).stdout;
        assert!(!one.is_empty() && one == two, "{format}");
    }
}

#[test]
fn the_ledger_adds_up() {
    let report = report(&["--start", "2026-03-10T09:00:00Z", "--end", "2026-03-10T12:00:00Z"]);
    let rows = &report["scope"]["rows"];
    let n = |name: &str| rows[name].as_u64().expect(name);
    assert!(n("in_window") > 0 && n("in_window") < n("read"));
    assert_eq!(n("malformed") + n("duplicate"), 0);
}

#[test]
fn an_overlapping_export_is_counted_once() {
    let twice = json(&["triage", DUMP, "testdata/incidents/../incidents/small.ndjson.gz", "--format", "json"]);
    let once = report(&[]);
    assert_eq!(list(&twice, "findings").len(), list(&once, "findings").len());
    for (a, b) in all_findings(&twice).iter().zip(all_findings(&once)) {
        assert_eq!((&a["class"], &a["count"]), (&b["class"], &b["count"]));
    }
}

#[test]
fn the_timeline_tells_the_story_in_twelve_rows() {
    let report = report(&[]);
    let kinds: BTreeSet<&str> = list(&report, "timeline").iter().filter_map(|m| m["kind"].as_str()).collect();
    assert!(list(&report, "timeline").len() <= 12);
    for kind in ["first_failure", "change", "recovery", "last_success"] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
    assert!(list(&report, "hypotheses").len() <= 3);
}

#[test]
fn the_clock_of_one_node_is_named() {
    let report = report(&[]);
    let skew = all_findings(&report).into_iter().find(|f| f["class"] == "token.clock-skew").expect("clock skew");
    let said = skew["statement"].to_string();
    assert!(said.contains("Only pods on node") && said.contains("300 s"), "{said}");
}

#[test]
fn a_filter_narrows_what_is_looked_at() {
    let narrowed = report(&["--query", "audit.status_code:=429"]);
    let classes: BTreeSet<&str> = all_findings(&narrowed).iter().filter_map(|f| f["class"].as_str()).collect();
    assert_eq!(classes, BTreeSet::from(["quota.rate-limited"]));
    let broken = authopsy(&["triage", DUMP, "--query", "level:"]);
    assert!(broken.err().contains("--query"), "{}", broken.err());
    assert_eq!(authopsy(&["triage", DUMP, "--query", "(level:x"]).exit, Exit::Usage);
}

#[test]
fn the_query_of_a_finding_gives_that_finding_again() {
    let whole = report(&[]);
    for class in ["secret.ref-not-found", "token.clock-skew", "secret.fail-open"] {
        let findings = all_findings(&whole);
        let finding = findings.iter().filter(|f| f["class"] == class).find(|f| f["host"].is_string()).expect(class);
        let again = report(&["--query", finding["query"].as_str().expect("a query")]);
        let told: Vec<_> = all_findings(&again).iter().map(|f| (f["class"].clone(), f["count"].clone())).collect();
        assert_eq!(told, [(finding["class"].clone(), finding["count"].clone())], "{}", finding["query"]);
    }
}

#[test]
fn the_lead_is_a_cause_on_record_that_still_fails() {
    let report = report(&[]);
    let first = &list(&report, "findings")[0];
    assert_eq!((&first["class"], &first["id"]), (&report["verdict"]["class"], &Value::from("F01")));
    assert_eq!(first["confidence"], "confirmed", "{}", first["statement"]);
    assert!(first["count"].as_u64() >= Some(3));
}

/// A sandbox's requests are logged by the pod of its proxy.
#[test]
fn the_pod_of_a_sandbox_reaches_the_requests_of_its_proxy() {
    let whole = report(&[]);
    let finding = all_findings(&whole).into_iter().find(|f| f["class"] == "secret.fail-open").expect("a finding");
    let proxy = finding["pods"].as_array().expect("pods").iter().filter_map(Value::as_str).next().expect("a pod");
    let (_, rest) = proxy.split_once("proxy-").expect("a proxy");
    let (sandbox, _) = rest.rsplit_once('-').expect("a sandbox id");
    let narrowed = report(&["--pod", &format!("centaur-centaur-sandbox-{sandbox}")]);
    let hosts: Vec<&Value> = all_findings(&narrowed).iter().map(|f| &f["host"]).collect();
    assert!(hosts.contains(&&finding["host"]), "{sandbox}: {hosts:?}");
    assert!(all_findings(&narrowed).iter().all(|f| f["pods"].to_string().contains(sandbox)));
}

/// A tool call that failed is not called healthy because no proxy row is tied to it.
#[test]
fn a_failed_tool_call_without_a_request_is_told_as_that() {
    let report = report(&["--tool", "curl"]);
    let summary = report["verdict"]["summary"].to_string();
    assert!(summary.contains("no refused request is tied to it; 1 tool call failed"), "{summary}");
    let notes = report["scope"]["completeness"]["notes"].to_string();
    assert!(notes.contains("refused requests of the same thread"), "{notes}");
}

#[test]
fn a_cut_export_says_so_in_the_first_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = crate::run::lines(DUMP);
    let write = |name: &str, lines: &[String]| {
        let path = folder.path().join(name);
        std::fs::write(&path, lines.join("\n") + "\n").expect("a file");
        path.to_str().expect("a name").to_owned()
    };
    let mut newest: Vec<String> = whole[whole.len() - 1000..].to_vec();
    newest.push(r#"{"_note":"results truncated at 1000"}"#.to_owned());
    let first = |path: &str, args: &[&str]| {
        let report = json(&[&["triage", path, "--format", "json"], args].concat());
        report["verdict"]["summary"].as_str().expect("text").to_owned()
    };
    let cut = write("cut.ndjson", &newest);
    assert!(first(&cut, &[]).contains("the export was cut"), "{}", first(&cut, &[]));
    let nothing = first(&cut, &["--host", "nowhere.example"]);
    assert!(nothing.starts_with("NO EVIDENCE FOUND") && nothing.contains("absence proves little"), "{nothing}");
    let without: Vec<String> = whole.iter().filter(|line| !line.contains("iron-proxy")).cloned().collect();
    let without = write("without.ndjson", &without);
    let summary = first(&without, &["--tool", "crmhub"]);
    assert!(summary.contains("stream is missing") && summary.contains("a refusal"), "{summary}");
    let summary = first(&without, &[]);
    assert!(summary.starts_with("EVIDENCE FOUND") && summary.contains("proxy's stream is missing"), "{summary}");
    let half = write("half.ndjson", &whole[whole.len() - 500..].iter().rev().cloned().collect::<Vec<_>>());
    let summary = first(&half, &[]);
    assert!(summary.contains("export was cut") || summary.contains("only the newest rows"), "{summary}");
}
