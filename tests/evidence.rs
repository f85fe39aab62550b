//! Evidence and outputs: evidence is never written to, what is missing of it is never passed over, and an output is whole
//! or not there.

use crate::bench::Bench;
use crate::run::authopsy;
use authopsy::cli::Exit;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const FAILING: &str = "{\"_time\":\"2026-03-10T01:00:00Z\",\"_msg\":\"request\",\"service\":\"iron-proxy\",\"audit.action\":\"allow\",\
    \"audit.host\":\"api.crm.example\",\"audit.method\":\"GET\",\"audit.path\":\"/v1\",\"audit.status_code\":\"403\"}\n";

#[test]
fn no_command_writes_over_evidence() {
    let bench = Bench::new();
    let dump = bench.file("dir/dump.ndjson", FAILING);
    std::fs::hard_link(&dump, bench.path("hard")).expect("a link");
    let (hard, inside) = (bench.name("hard"), bench.name("dir/out"));
    let commands: [&[&str]; 5] =
        [&["query", "*", &dump], &["triage", &dump], &["events", &dump], &["redact", &dump], &["check", &dump]];
    for command in commands {
        let run = authopsy(&[command, &["-o", &hard]].concat());
        assert!(run.exit == Exit::Usage && run.err().contains("will not write"), "{command:?}: {}", run.err());
    }
    for command in [["query", "*"], ["triage", "--quiet"], ["events", "--quiet"]] {
        let run = authopsy(&[&command[..], &[&bench.name("dir"), "-o", &inside]].concat());
        assert_eq!(run.exit, Exit::Usage, "{command:?}: {}", run.err());
    }
    assert!(bench.read("hard") == FAILING && !bench.path("dir/out").exists());
}

#[test]
fn standard_input_is_evidence_under_its_name() {
    let bench = Bench::new();
    let dump = bench.file("dump.ndjson", FAILING);
    for command in [&["triage", "-"][..], &["query", "*", "-"]] {
        let input = std::fs::File::open(&dump).expect("the dump");
        let run = Command::new(env!("CARGO_BIN_EXE_authopsy"))
            .args(command)
            .args(["-o", &dump])
            .stdin(Stdio::from(input))
            .output()
            .expect("a run");
        assert_eq!((run.status.code(), bench.read("dump.ndjson").as_str()), (Some(2), FAILING), "{command:?}");
    }
}

#[test]
fn a_dump_on_standard_input_is_ready() {
    let bench = Bench::new();
    let input = std::fs::File::open(bench.file("dump.ndjson", FAILING)).expect("the dump");
    let run = Command::new(env!("CARGO_BIN_EXE_authopsy"))
        .args(["vlogs", "ready", "--dump", "-"])
        .stdin(Stdio::from(input))
        .output()
        .expect("a run");
    assert_eq!(String::from_utf8_lossy(&run.stdout), "true\n");
}

#[test]
fn a_query_that_fails_leaves_the_earlier_output() {
    let bench = Bench::new();
    let dump = bench.file("dump.ndjson", FAILING.repeat(20_000));
    let kept = bench.file("kept", "precious");
    let run = authopsy(&["query", "* | sort by (_msg)", &dump, "--memory-limit", "1KiB", "-o", &kept]);
    assert_eq!((run.exit, bench.read("kept").as_str()), (Exit::Incomplete, "precious"), "{}", run.err());
    let run = authopsy(&["query", "* | count()", &dump, "-o", &kept]);
    assert_eq!((run.exit, bench.read("kept").as_str()), (Exit::Done, "{\"count(*)\":\"20000\"}\n"), "{}", run.err());
}

#[test]
fn a_dash_is_standard_output_in_every_command() {
    let bench = Bench::new();
    let dump = bench.file("dump.ndjson", FAILING);
    let report = bench.name("report.json");
    assert_eq!(authopsy(&["triage", &dump, "--format", "json", "-o", &report]).exit, Exit::Done);
    let commands: [&[&str]; 7] = [
        &["query", "*", &dump],
        &["triage", &dump],
        &["events", &dump],
        &["redact", &dump],
        &["check", "testdata/authfiles/snapshots/after", "--as-of", "2026-02-21T12:00:00Z"],
        &["diff", &report, &report],
        &["explain", "row1"],
    ];
    for command in commands {
        assert!(!authopsy(&[command, &["-o", "-"]].concat()).stdout.is_empty(), "{command:?}");
    }
    assert!(!PathBuf::from("-").exists());
}

#[test]
fn what_a_directory_holds_and_nobody_can_read_makes_it_incomplete() {
    let bench = Bench::new();
    bench.file("dir/a.ndjson", FAILING.replace("403", "200").repeat(2));
    bench.file("dir/b.ndjson.xz", b"\xfd7zXZ\0rest");
    bench.file("dir/README", "hello\n");
    let dir = bench.name("dir");
    let run = authopsy(&["triage", &dir, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).expect("a report");
    assert_eq!(run.exit, Exit::Incomplete);
    assert_eq!(report["scope"]["completeness"]["mode"], "unknown");
    let inputs = report["scope"]["inputs"].as_array().expect("inputs");
    assert_eq!(inputs.len(), 2, "a README is no evidence: {inputs:?}");
    for command in [&["query", "*"][..], &["events"], &["redact", "-o", "-"]] {
        let run = authopsy(&[command, &[&dir]].concat());
        assert_eq!(run.exit, Exit::Incomplete, "{command:?}");
        assert!(run.err().contains("b.ndjson.xz: xz-compressed: decompress it first"), "{}", run.err());
    }
}

#[test]
fn the_event_table_says_what_is_missing() {
    let bench = Bench::new();
    let dump = bench.file("dump.ndjson", format!("not json\n{FAILING}"));
    let out = bench.name("out");
    for more in [&[][..], &["--out-dir", &out]] {
        let run = authopsy(&[&["events", &dump, &bench.name("none")], more].concat());
        assert_eq!(run.exit, Exit::Incomplete);
        let said = run.err();
        assert!(said.contains("none: no such file or directory"), "{said}");
        assert!(said.contains("1 line is no record, the first in") && said.contains("at byte 0"), "{said}");
    }
    let manifest: serde_json::Value = serde_json::from_str(&bench.read("out/manifest.json")).expect("a manifest");
    assert_eq!(manifest["run"]["missing"].as_array().map(Vec::len), Some(2), "{manifest}");
}

#[test]
fn a_missing_argument_does_not_take_the_report_of_the_others() {
    let run =
        authopsy(&["check", "testdata/authfiles/snapshots/after", "nosuch", "--fail-on", "none", "--format", "csv"]);
    assert!(run.exit == Exit::Incomplete && run.out().lines().count() > 5, "{}", run.err());
    let alone = authopsy(&["check", "nosuch"]);
    assert!(
        alone.exit == Exit::Incomplete && alone.err().contains("cannot read nosuch: no such file"),
        "{}",
        alone.err()
    );
}

#[test]
fn masked_addresses_are_masked_in_every_format() {
    let bench = Bench::new();
    bench.file("claude-bela.dale@example.org.json", "{\"type\":\"claude\",\"access_token\":\"x\"}");
    let path = bench.name("claude-bela.dale@example.org.json");
    for format in ["text", "json", "markdown", "csv", "html", "sarif", "junit"] {
        for argument in [&path, &bench.name("")] {
            let args = ["check", argument, "--pseudonymize", "--format", format, "--as-of", "2026-02-21T12:00:00Z"];
            let out = authopsy(&args).out();
            assert!(out.contains("claude-") && !out.contains("bela.dale"), "{format}: {out}");
        }
    }
}

#[test]
fn errors_of_the_command_line_are_ours_and_hold_no_secret() {
    let secret = "ghp_Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gHi";
    let option = format!("--{secret}");
    for args in [&["query", "*", "x", "--limit", secret][..], &["triage", &option, "x"], &[secret]] {
        let run = authopsy(args);
        assert!(run.exit == Exit::Usage && run.err().starts_with("authopsy: "), "{}", run.err());
        assert!(!run.err().contains("ghp_"), "{}", run.err());
    }
}

#[test]
fn what_would_quietly_change_the_question_is_refused() {
    let bench = Bench::new();
    let dump = bench.file("dump.ndjson", FAILING);
    for args in [
        &["--host", ""][..],
        &["--identity", " "],
        &["--start", "2026-03-11T00:00:00Z", "--end", "2026-03-10T00:00:00Z"],
    ] {
        for command in ["triage", "events"] {
            let run = authopsy(&[&[command, &dump], args].concat());
            assert_eq!(run.exit, Exit::Usage, "{command} {args:?}: {}", run.err());
        }
    }
    let baseline = authopsy(&["check", "testdata/authfiles/snapshots/after", "--baseline", "nosuch"]);
    assert_eq!((baseline.exit, baseline.err().contains("os error")), (Exit::Usage, false), "{}", baseline.err());
    let started = std::time::Instant::now();
    assert_eq!(authopsy(&["triage", &dump, "--threads", "9999999"]).exit, Exit::Done);
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let bench = Bench::new();
    let dump = bench.file("dump.ndjson", FAILING);
    for (args, path) in [
        (vec!["query", "*", &dump, "-o", "/nodir/x"], "/nodir/x"),
        (vec!["query", "*", &dump, "-o", "/dev/full"], "/dev/full"),
        (vec!["man", "/proc/x"], "/proc/x"),
    ] {
        let run = authopsy(&args);
        assert!(run.err().starts_with(&format!("authopsy: cannot write {path}: no ")), "{}", run.err());
        assert!(!run.err().contains("os error"), "{}", run.err());
    }
}

#[test]
fn manual_pages_list_what_a_command_takes() {
    let bench = Bench::new();
    assert_eq!(authopsy(&["man", &bench.name("pages")]).exit, Exit::Done);
    let page = bench.read("pages/authopsy-triage.1");
    assert!(page.contains("progress") && page.contains(".SH EXAMPLES"), "{page}");
    assert!(!page.contains("\\-\\-version") && !page.contains(".SH EXTRA"), "{page}");
    assert!(bench.read("pages/authopsy.1").contains("\\-\\-version"));
    assert!(!bench.path("pages/authopsy-help.1").exists());
}
