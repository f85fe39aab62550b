//! `redact`, `show` and `verify` end to end: what leaves the program, and that it can be derived again.

use crate::run::authopsy;
use authopsy::cli::Exit;
use std::path::{Path, PathBuf};

/// Random-looking text that is the same in every run, so that nothing like a token stands in the source.
pub fn noise(length: usize, seed: u64) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
        })
        .collect()
}

/// A dump of `rows` rows in which every third carries a secret, and the secrets.
fn dump(rows: usize) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut secrets = Vec::new();
    for row in 0..rows {
        let secret = noise(32, (row % 50) as u64 + 1);
        let message = match row % 9 {
            0 => format!("sending authorization: bearer {secret}"),
            3 => format!("POST /token refresh_token={secret}&client_id=acme"),
            6 => format!("body {{\\\"clientSecret\\\":\\\"{secret}\\\",\\\"note\\\":\\\"a\\u0026b\\\"}}"),
            _ => "request".to_owned(),
        };
        if row % 3 == 0 {
            secrets.push(secret);
        }
        let (second, host) = (row % 60, "api.crm.example");
        text.push_str(&format!(
            "{{\"_time\":\"2026-03-10T01:{:02}:{second:02}Z\",\"_msg\":\"{message}\",\"service\":\"iron-proxy\",\
             \"audit.action\":\"allow\",\"audit.host\":\"{host}\",\"audit.method\":\"GET\",\"audit.status_code\":\"403\",\
             \"secret\":\"op://my vault/CRM_KEY/credential\",\"trace_id\":\"0af7651916cd43dd8448eb211c8031{:02}\"}}\n",
            row / 60 % 60,
            row % 100,
        ));
    }
    (text, secrets)
}

fn file(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("written");
    path.to_string_lossy().into_owned()
}

fn there(dir: &Path, name: &str) -> (PathBuf, String) {
    let path = dir.join(name);
    let text = path.to_string_lossy().into_owned();
    (path, text)
}

#[test]
fn a_redacted_dump_has_the_same_rows_and_no_secret() {
    let dir = tempfile::tempdir().expect("a directory");
    let (text, secrets) = dump(900);
    let input = file(dir.path(), "dump.ndjson", text.as_bytes());
    let (path, output) = there(dir.path(), "safe.ndjson");
    let run = authopsy(&["redact", &input, "-o", &output]);
    assert_eq!(run.exit, Exit::Done, "{}", run.err());
    let safe = std::fs::read_to_string(path).expect("a dump");
    assert!(secrets.iter().all(|s| !safe.contains(&s[..8])));
    assert!(run.err().starts_with("masked 300 values of"), "{}", run.err());
    for (old, new) in text.lines().zip(safe.lines()) {
        let (old, new): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(old).expect("json"), serde_json::from_str(new).expect("still json"));
        let keys = |v: &serde_json::Value| v.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&old), keys(&new));
        assert_eq!(
            (&old["secret"], &old["trace_id"], &old["_time"]),
            (&new["secret"], &new["trace_id"], &new["_time"])
        );
    }
    assert_eq!(text.lines().count(), safe.lines().count());
}

#[test]
fn the_bytes_do_not_depend_on_threads_packing_or_a_second_pass() {
    let dir = tempfile::tempdir().expect("a directory");
    let (text, _) = dump(40_000);
    let input = file(dir.path(), "dump.ndjson", text.as_bytes());
    let mut packer = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, text.as_bytes()).expect("packed");
    let packed = file(dir.path(), "dump.gz", &packer.finish().expect("packed"));
    let redacted = |input: &str, threads: &str, io: &str| {
        let (path, output) = there(dir.path(), "out.ndjson");
        let run = authopsy(&["redact", input, "-o", &output, "--threads", threads, "--io", io, "--quiet"]);
        assert_eq!((run.exit, run.err()), (Exit::Done, String::new()));
        std::fs::read(path).expect("a dump")
    };
    let one = redacted(&input, "1", "map");
    assert_eq!(one, redacted(&input, "4", "read"));
    assert_eq!(one, redacted(&packed, "2", "map"));
    let again = file(dir.path(), "again.ndjson", &one);
    assert_eq!(one, redacted(&again, "3", "map"));
}

/// A container runtime cuts a line wherever its buffer ends.
#[test]
fn a_secret_across_the_parts_of_a_line_is_masked() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = "t stderr F before\n2026-03-10T01:00:00Z stdout P {\"_msg\":\"sent Bearer Xq82kLm3\n2026-03-10T01:00:00Z stderr F other\n\
               2026-03-10T01:00:00Z stdout F vN5pR7sT9wY1zB4cD6\"}\n";
    let input = file(dir.path(), "0.log", log.replace("t stderr", "2026-03-10T01:00:00Z stderr").as_bytes());
    let once = authopsy(&["redact", &input, "-o", "-"]);
    assert_eq!(once.exit, Exit::Done, "{}", once.err());
    let want = "2026-03-10T01:00:00Z stderr F before\n2026-03-10T01:00:00Z stdout F {\"_msg\":\"sent Bearer [token#1]\"}\n\
                2026-03-10T01:00:00Z stderr F other\n\n";
    assert_eq!(once.out(), want);
    let again = file(dir.path(), "1.log", &once.stdout);
    assert_eq!(authopsy(&["redact", &again, "-o", "-"]).out(), want);
}

#[test]
fn packed_outputs_unpack_to_the_same_dump() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = file(dir.path(), "dump.ndjson", dump(500).0.as_bytes());
    let plain = authopsy(&["redact", &input, "-o", "-"]);
    for name in ["safe.ndjson.gz", "safe.ndjson.zst"] {
        let (_, output) = there(dir.path(), name);
        assert_eq!(authopsy(&["redact", &input, "-o", &output]).exit, Exit::Done);
        // Redacting a redacted dump changes nothing, so it serves to unpack here.
        assert_eq!(authopsy(&["redact", &output, "-o", "-"]).stdout, plain.stdout, "{name}");
    }
}

#[test]
fn the_report_counts_by_kind_as_json() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = file(dir.path(), "dump.ndjson", dump(90).0.as_bytes());
    let (_, output) = there(dir.path(), "safe.ndjson");
    let run = authopsy(&["redact", &input, "-o", &output, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).expect("json");
    assert_eq!((&report["schema"], &report["total"]), (&"authopsy.redaction/1".into(), &30.into()));
}

#[test]
fn fingerprints_need_a_key_file_and_are_the_same_in_every_dump() {
    let dir = tempfile::tempdir().expect("a directory");
    let secret = noise(30, 9);
    let key = file(dir.path(), "key", noise(40, 1).as_bytes());
    let short = file(dir.path(), "short", b"1234");
    let line = |dump: &str| {
        let input = file(dir.path(), "d.ndjson", dump.as_bytes());
        authopsy(&["redact", &input, "-o", "-", "--fp-key-file", &key]).out()
    };
    let label = |text: &str| text[text.find("[password#").expect("masked")..text.find(']').expect("closed")].to_owned();
    let first = line(&format!("{{\"_msg\":\"password={secret}\"}}\n"));
    let second = line(&format!("{{\"_msg\":\"password=x{secret} password={secret}\"}}\n"));
    assert!(second.contains(&label(&first)), "{first}{second}");
    let input = file(dir.path(), "d.ndjson", b"{}\n");
    assert_eq!(authopsy(&["redact", &input, "-o", "-", "--fp-key-file", &short]).exit, Exit::Usage);
}

#[test]
fn reports_and_events_label_with_the_key_and_do_not_hold_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let secret = noise(30, 9);
    let row = |second: u32| {
        format!(
            "{{\"_time\":\"2026-03-10T01:00:0{second}Z\",\"_msg\":\"request\",\"service\":\"iron-proxy\",\"audit.action\":\"allow\",\
             \"audit.host\":\"api.crm.example\",\"audit.method\":\"GET\",\"audit.status_code\":\"401\",\
             \"error\":\"refused password={secret}\"}}\n"
        )
    };
    let input = file(dir.path(), "dump.ndjson", (row(1) + &row(2)).as_bytes());
    let words = noise(40, 1);
    let key = file(dir.path(), "pepper", words.as_bytes());
    let other = file(dir.path(), "salt", noise(40, 2).as_bytes());
    let short = file(dir.path(), "short", b"1234");
    let redacted = authopsy(&["redact", &input, "-o", "-", "--fp-key-file", &key]);
    let text = redacted.out();
    let label = &text[text.find("[password#").expect("masked")..];
    let label = &label[..=label.find(']').expect("closed")];
    let id = redacted.err().rsplit(' ').next().expect("the id of the key").trim().to_owned();
    for line in [["triage", "json"], ["triage", "text"], ["events", "ndjson"]] {
        let run = |more: &[&str]| {
            let args = [line[0], &input, "--format", line[1], "--fp-key-file", &key];
            authopsy(&args.iter().chain(more).copied().collect::<Vec<_>>())
        };
        let keyed = run(&[]);
        assert_eq!(keyed.exit, Exit::Done, "{line:?}: {}", keyed.err());
        assert_eq!(keyed.stdout, run(&["--threads", "3"]).stdout, "{line:?}");
        let out = keyed.out();
        assert!(line[1] == "text" || out.contains(label), "{line:?}: {out}");
        assert!(!out.contains(&secret) && !out.contains(&words) && !out.contains("pepper"), "{line:?}: {out}");
        assert_eq!(out.contains(&id), line[0] == "triage", "{line:?}: {out}");
    }
    let (_, report) = there(dir.path(), "report.json");
    let made = |more: &[&str]| {
        let args = ["triage", &input, "--format", "json", "-o", &report];
        assert_eq!(authopsy(&args.iter().chain(more).copied().collect::<Vec<_>>()).exit, Exit::Done);
    };
    let verify = |more: &[&str]| {
        let run = authopsy(&["verify", &report, &input].iter().chain(more).copied().collect::<Vec<_>>());
        (run.exit, run.out() + &run.err())
    };
    made(&["--fp-key-file", &key]);
    assert_eq!(verify(&["--fp-key-file", &key]).0, Exit::Done, "{}", verify(&["--fp-key-file", &key]).1);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&report).expect("a report")).expect("json");
    let evidence = json["findings"][0]["evidence"][0]["id"].as_str().expect("evidence").to_owned();
    for format in ["text", "json"] {
        let show = |more: &[&str]| {
            let args = ["show", &evidence, &input, "--format", format];
            authopsy(&args.iter().chain(more).copied().collect::<Vec<_>>())
        };
        let keyed = show(&["--fp-key-file", &key]);
        assert!(keyed.exit == Exit::Done && keyed.out().contains(label), "the same label: {}", keyed.out());
        assert!(show(&[]).out().contains("[password#1]") && show(&["--fp-key-file", &short]).exit == Exit::Usage);
    }
    for (more, says) in
        [(vec![], format!("of the key {id}: give it")), (vec!["--fp-key-file", &other], "holds the key".to_owned())]
    {
        let (exit, said) = verify(&more);
        assert!(exit == Exit::Usage && said.contains(&says), "{said}");
    }
    made(&[]);
    assert_eq!(verify(&["--fp-key-file", &key]).0, Exit::Usage);
    let run = authopsy(&["triage", &input, "--fp-key-file", &key, "-o", &key]);
    assert_eq!(run.exit, Exit::Usage);
    assert_eq!(std::fs::read_to_string(&key).expect("still there"), words);
}

#[test]
fn a_run_tells_of_itself_when_asked_and_only_on_standard_error() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = dump(30).0;
    let input = file(dir.path(), "dump.ndjson", text.as_bytes());
    for command in ["triage", "events"] {
        let plain = authopsy(&[command, &input]);
        let told = authopsy(&[command, &input, "--verbose", "--threads", "1"]);
        let quiet = authopsy(&[command, &input, "--quiet"]);
        assert!(plain.stdout == told.stdout && plain.stdout == quiet.stdout && quiet.stderr.is_empty(), "{command}");
        let head = format!("authopsy: {} bytes, 30 lines, ", authopsy::report::page::grouped(text.len() as u64));
        assert!(told.err().starts_with(&head) && told.err().ends_with(" MB/s, 1 thread\n"), "{}", told.err());
        assert_eq!(authopsy(&[command, &input, "--verbose", "--quiet"]).exit, Exit::Usage);
    }
}

#[test]
fn an_earlier_output_is_replaced_by_every_command() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = file(dir.path(), "dump.ndjson", dump(30).0.as_bytes());
    std::fs::create_dir(dir.path().join("auths")).expect("a directory");
    file(dir.path(), "auths/a.json", b"{\"type\":\"claude\"}");
    let auths = there(dir.path(), "auths").1;
    let report = there(dir.path(), "report.json").1;
    assert_eq!(authopsy(&["triage", &input, "--format", "json", "-o", &report]).exit, Exit::Done);
    let old = file(dir.path(), "out", b"old");
    for args in [
        vec!["triage", &input],
        vec!["events", &input],
        vec!["redact", &input],
        vec!["check", &auths, "--as-of", "2026-01-01T00:00:00Z"],
        vec!["diff", &report, &report],
        vec!["explain", "row4"],
    ] {
        std::fs::write(&old, "old").expect("written");
        let run = authopsy(&args.iter().copied().chain(["-o", &old]).collect::<Vec<_>>());
        assert!(run.stdout.is_empty(), "{args:?}: {}", run.err());
        let new = std::fs::read_to_string(&old).expect("written");
        assert!(new != "old" && !new.is_empty(), "{args:?}: {}", run.err());
    }
    let run = authopsy(&["diff", &report, &report, "-o", &report]);
    assert!(run.exit == Exit::Usage && run.err().contains("it is evidence"), "{}", run.err());
}

#[test]
fn evidence_is_never_the_output() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = file(dir.path(), "dump.ndjson", b"{}\n");
    let within = dir.path().to_string_lossy().into_owned();
    let (_, output) = there(dir.path(), "x.ndjson");
    assert_eq!(authopsy(&["redact", &input, "-o", &input]).exit, Exit::Usage);
    assert_eq!(authopsy(&["redact", &within, "-o", &output]).exit, Exit::Usage);
    assert_eq!(std::fs::read(dir.path().join("dump.ndjson")).expect("still there"), b"{}\n");
}

#[test]
fn triage_of_the_redacted_dump_finds_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = file(dir.path(), "dump.ndjson", dump(900).0.as_bytes());
    let (_, output) = there(dir.path(), "safe.ndjson");
    authopsy(&["redact", &input, "-o", &output]);
    let report = |path: &str| -> serde_json::Value {
        serde_json::from_slice(&authopsy(&["triage", path, "--format", "json"]).stdout).expect("a report")
    };
    let (before, after) = (report(&input), report(&output));
    assert_eq!(before["counts"], after["counts"]);
    let brief = |report: &serde_json::Value| -> Vec<String> {
        let findings = report["findings"].as_array().expect("findings");
        findings
            .iter()
            .map(|f| format!("{} {} {} {} {}", f["id"], f["class"], f["count"], f["first"], f["statement"]))
            .collect()
    };
    assert!(!brief(&before).is_empty());
    assert_eq!(brief(&before), brief(&after));
}

#[test]
fn verify_derives_a_report_again_and_names_a_flipped_byte() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = dump(600).0;
    let input = file(dir.path(), "dump.ndjson", text.as_bytes());
    let (_, report) = there(dir.path(), "report.json");
    let made =
        authopsy(&["triage", &input, "--host", "api.crm.example", "--format", "json", "-o", &report, "--threads", "1"]);
    assert_eq!(made.exit, Exit::Done, "{}", made.err());
    let moved = file(dir.path(), "elsewhere.ndjson", text.as_bytes());
    for args in [["verify", &report, &input, "--threads", "3"], ["verify", &report, &moved, "--io", "read"]] {
        let run = authopsy(&args);
        assert_eq!(run.exit, Exit::Done, "{}{}", run.out(), run.err());
        assert!(run.out().starts_with("equal: "), "{}", run.out());
    }
    let flipped = file(dir.path(), "flipped.ndjson", text.replacen("\"403\"", "\"401\"", 1).as_bytes());
    let run = authopsy(&["verify", &report, &flipped]);
    assert_eq!(run.exit, Exit::Findings);
    assert!(run.out().contains("dump.ndjson: recorded digest"), "{}", run.out());
    let forged = std::fs::read_to_string(&report).expect("a report").replacen("\"count\": 600", "\"count\": 601", 1);
    let forged = file(dir.path(), "forged.json", forged.replacen("\"count\":600", "\"count\":601", 1).as_bytes());
    let run = authopsy(&["verify", &forged, &input]);
    assert!(run.exit == Exit::Findings && run.out().contains("recorded 601, derived 600"), "{}", run.out());
}

#[test]
fn a_report_about_a_secret_is_verified_when_the_secret_is_given_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let secret = format!("ghp_{}", noise(36, 4));
    let text = dump(30).0.replace("\"audit.host\"", &format!("\"thread_key\":\"{secret}\",\"audit.host\""));
    let input = file(dir.path(), "dump.ndjson", text.as_bytes());
    let (_, report) = there(dir.path(), "report.json");
    let key = file(dir.path(), "key", noise(40, 1).as_bytes());
    let query = format!("thread_key:=\"{secret}\"");
    for keyed in [vec![], vec!["--fp-key-file", &*key]] {
        for (name, value) in [("--thread", &secret), ("--query", &query)] {
            let args = ["triage", &input, name, value, "--host", "api.crm.example", "--format", "json", "-o", &report];
            let made = authopsy(&args.iter().chain(&keyed).copied().collect::<Vec<_>>());
            assert_eq!(made.exit, Exit::Done, "{}", made.err());
            assert!(!std::fs::read_to_string(&report).expect("a report").contains(&secret[4..12]));
            let verify = |more: &[&str]| {
                let args = ["verify", &report, &input];
                let run = authopsy(&args.iter().chain(&keyed).chain(more).copied().collect::<Vec<_>>());
                let said = run.out() + &run.err();
                assert!(!said.contains(&secret[4..12]), "{said}");
                (run.exit, said)
            };
            let (exit, said) = verify(&[name, value]);
            assert!(exit == Exit::Done && said.starts_with("equal: "), "{name}: {said}");
            let (exit, said) = verify(&[]);
            assert!(exit == Exit::Usage && said.contains(&format!("give it again with {name}")), "{name}: {said}");
            let wrong = value.replace(&secret, &format!("ghp_{}", noise(36, 5)));
            let (exit, said) = verify(&[name, &wrong]);
            assert!(exit == Exit::Findings && said.starts_with("differs: "), "{name}: {said}");
            // What the report holds is not replaced, what it does not have is not added.
            for (more, says) in [("--host", "the report holds its --host"), ("--pod", "made without --pod")] {
                let (exit, said) = verify(&[name, value, more, "x"]);
                assert!(exit == Exit::Usage && said.contains(says), "{more}: {said}");
            }
        }
    }
}

#[test]
fn verify_takes_no_orders_from_a_report() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = file(dir.path(), "dump.ndjson", dump(30).0.as_bytes());
    let (_, report) = there(dir.path(), "report.json");
    assert_eq!(authopsy(&["triage", &input, "--format", "json", "-o", &report]).exit, Exit::Done);
    let honest: serde_json::Value = serde_json::from_slice(&std::fs::read(&report).expect("a report")).expect("json");
    let (planted, target) = there(dir.path(), "planted");
    for order in [["--output", &target], ["--out-dir", &target], ["--auths", &target], ["--host", "--quiet"]] {
        let mut forged = honest.clone();
        forged["manifest"]["argv"] = serde_json::json!(["triage", "x", order[0], order[1]]);
        let forged = file(dir.path(), "forged.json", forged.to_string().as_bytes());
        let run = authopsy(&["verify", &forged, &input]);
        assert!(matches!(run.exit, Exit::Usage | Exit::Findings), "{order:?}: {}", run.out());
        assert!(!planted.exists(), "{order:?}");
    }
}

#[test]
fn outputs_are_never_written_over_or_among_evidence() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = dump(30).0;
    let input = file(dir.path(), "dump.ndjson", text.as_bytes());
    let within = dir.path().to_string_lossy().into_owned();
    let (_, among) = there(dir.path(), "out");
    for args in [
        ["triage", &input, "-o", &input],
        ["events", &input, "-o", &input],
        ["redact", &input, "-o", &input],
        ["triage", &within, "-o", &among],
        ["triage", &within, "--out-dir", &among],
        ["events", &within, "--out-dir", &among],
        ["check", &within, "-o", &among],
        ["check", &within, "--out-dir", &among],
    ] {
        let run = authopsy(&args);
        assert!(run.exit == Exit::Usage && run.err().contains("it is evidence"), "{args:?}: {}", run.err());
        assert_eq!(std::fs::read_to_string(&input).expect("still there"), text, "{args:?}");
        assert_eq!(std::fs::read_dir(dir.path()).expect("a directory").count(), 1, "{args:?}");
    }
}

#[test]
fn a_directory_of_outputs_holds_every_format_and_can_be_checked() {
    use sha2::Digest as _;
    let dir = tempfile::tempdir().expect("a directory");
    let input = file(dir.path(), "dump.ndjson", dump(90).0.as_bytes());
    std::fs::create_dir(dir.path().join("auths")).expect("a directory");
    file(
        dir.path(),
        "auths/a.json",
        b"{\"type\":\"claude\",\"access_token\":\"x\",\"expired\":\"2020-01-01T00:00:00Z\"}",
    );
    let auths = there(dir.path(), "auths").1;
    let case = file(dir.path(), "case.toml", b"id = \"C-7\"\n[[exhibit]]\nname = \"dump\"\n");
    let (out, name) = there(dir.path(), "out");
    let columns = usize::from(cfg!(feature = "columns"));
    for (args, formats) in [
        (vec!["triage", &input, "--case", &case], 4),
        (vec!["events", &input], 5 + columns),
        (vec!["check", &auths, "--as-of", "2026-01-01T00:00:00Z"], 7),
    ] {
        let run = authopsy(&[&args[..], &["--out-dir", &name]].concat());
        assert!(matches!(run.exit, Exit::Done | Exit::Findings) && run.stdout.is_empty(), "{args:?}: {}", run.err());
        let sums = std::fs::read_to_string(out.join("SHA256SUMS")).expect("sums");
        assert_eq!(sums.lines().count(), formats + 1, "{sums}");
        for line in sums.lines() {
            let (sum, file) = line.split_once("  ").expect("the format of coreutils");
            let own = sha2::Sha256::digest(std::fs::read(out.join(file)).expect(file));
            assert_eq!(own.iter().map(|b| format!("{b:02x}")).collect::<String>(), sum, "{file}");
        }
        assert_eq!(std::fs::read_dir(&out).expect("a directory").count(), formats + 2);
        let manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(out.join("manifest.json")).expect("a manifest")).expect("json");
        assert_eq!(manifest["files"].as_array().map(Vec::len), Some(formats));
        if args[0] == "triage" {
            assert_eq!(manifest["run"]["case"]["entries"]["exhibit.1.name"], "dump");
            let report = out.join("report.json").to_string_lossy().into_owned();
            let run = authopsy(&["verify", &report, &input]);
            assert!(run.exit == Exit::Done && run.out().starts_with("equal: "), "{}", run.out());
            assert!(std::fs::read_to_string(out.join("report.md")).expect("a page").contains("C-7"));
        }
        let again = authopsy(&[&args[..], &["--out-dir", &name]].concat());
        assert!(again.exit == Exit::Usage && again.err().contains("it is not empty"), "{}", again.err());
        std::fs::remove_dir_all(&out).expect("removed");
    }
}

#[test]
fn show_prints_the_cited_record_redacted_and_names_a_wrong_digest() {
    use sha2::Digest as _;
    let dir = tempfile::tempdir().expect("a directory");
    let (text, secrets) = dump(30);
    let input = file(dir.path(), "dump.ndjson", text.as_bytes());
    let digest: String = sha2::Sha256::digest(text.as_bytes()).iter().take(6).map(|b| format!("{b:02x}")).collect();
    let first = text.lines().next().expect("a line").len();
    let id = format!("{digest}:0+{first}");
    let run = authopsy(&["show", &id, &input, "-C", "1"]);
    assert_eq!(run.exit, Exit::Done, "{}", run.err());
    assert!(
        run.out().starts_with('>') && run.out().contains("bearer [token#1]") && !run.out().contains(&secrets[0][..8])
    );
    let json: serde_json::Value =
        serde_json::from_slice(&authopsy(&["show", &id, &input, "--format", "json"]).stdout).expect("json");
    assert_eq!(json["records"][0]["line"], 1);
    let wrong = authopsy(&["show", &format!("000000000000:0+{first}"), &input]);
    assert!(
        wrong.exit == Exit::Incomplete && wrong.err().contains("no input has the digest 000000000000"),
        "{}",
        wrong.err()
    );
    assert_eq!(authopsy(&["show", &format!("{digest}:1+{first}"), &input]).exit, Exit::Incomplete);
    assert_eq!(authopsy(&["show", "nonsense", &input]).exit, Exit::Usage);
}

#[test]
fn errors_of_our_own_hold_no_secret() {
    let secret = noise(36, 77);
    let run = authopsy(&["redact", &format!("/nowhere/ghp_{secret}.ndjson"), "-o", "-"]);
    assert!(run.exit != Exit::Done && !run.err().contains(&secret[..8]), "{}", run.err());
}
