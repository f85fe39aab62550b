//! `authopsy check`: recorded truth, secrets, sinks, exit codes, determinism.

use crate::run::authopsy;
use authopsy::auth::providers::{EXAMPLE_AS_OF, Named, PROVIDERS, Provider, recognise};
use authopsy::auth::{self, FileFact, Key, Options, Perms, findings, json};
use authopsy::cli::Exit;
use authopsy::finding::Severity;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const SET: &str = "testdata/authfiles";
const AS_OF: &str = "2026-02-21T12:00:00Z";
const FORMATS: [&str; 7] = ["text", "json", "markdown", "csv", "html", "sarif", "junit"];

fn set(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{SET}/{name}")).collect()
}

fn check(paths: &[String], more: &[&str]) -> crate::run::Outcome {
    let mut args: Vec<String> = vec!["check".into()];
    args.extend_from_slice(paths);
    args.extend(["--as-of", AS_OF, "--perms", "copy"].iter().map(|s| (*s).to_owned()));
    args.extend(more.iter().map(|s| (*s).to_owned()));
    authopsy(&args)
}

fn report(paths: &[String], more: &[&str]) -> Value {
    let outcome = check(paths, &[&["--format", "json", "--fail-on", "none"], more].concat());
    serde_json::from_slice(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {}", outcome.err()))
}

fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{SET}/{name}")).expect("a fixture");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

fn strings<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    value[name].as_array().map(|a| a.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

fn rank(severity: &str) -> i32 {
    ["info", "warning", "error"].iter().position(|s| *s == severity).expect("a severity") as i32
}

/// What one expectation says against what was reported.
fn disagreements(expected: &Value, got: &Value, always: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    if got["loads"] != expected["loads"] {
        wrong.push(format!("loads {}", got["loads"]));
    }
    for (name, more) in [("state", "state_accept"), ("refresh", "refresh_accept")] {
        if text(got, name) != text(expected, name) && !strings(expected, more).contains(&text(got, name)) {
            wrong.push(format!("{name} {}", got[name]));
        }
    }
    if !expected["expires_at"].is_null() && got["expires_at"] != expected["expires_at"] {
        wrong.push(format!("expires_at {}", got["expires_at"]));
    }
    let findings: BTreeMap<&str, &str> =
        got["findings"].as_array().expect("a list").iter().map(|f| (text(f, "id"), text(f, "severity"))).collect();
    let mut allowed: BTreeSet<&str> = strings(expected, "allowed").into_iter().chain(always.iter().copied()).collect();
    for wanted in expected["findings"].as_array().expect("a list") {
        let slug = text(wanted, "slug");
        allowed.insert(slug);
        match findings.get(slug) {
            Some(severity) if (rank(severity) - rank(text(wanted, "severity"))).abs() <= 1 => {}
            other => wrong.push(format!("{slug} is {other:?}")),
        }
    }
    wrong.extend(
        findings
            .iter()
            .filter(|(id, severity)| !allowed.contains(*id) && **severity != "info")
            .map(|(id, _)| format!("false alarm {id}")),
    );
    wrong
}

#[test]
fn every_file_of_the_recorded_set_is_judged_right() {
    let expected = lines("expected.jsonl");
    let always = strings(&expected[0]["_meta"], "always_allowed");
    let mut wrong = Vec::new();
    for (paths, need) in [(set(&["auths"]), None), (set(&["auths", "aws-sso-cache", "stock"]), Some("stores"))] {
        let got = report(&paths, &[]);
        let by_path: BTreeMap<String, &Value> = got["files"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|f| (text(f, "path").replacen(&format!("{SET}/"), "", 1), f))
            .collect();
        for case in &expected[1..] {
            let needs = strings(case, "needs");
            // The one file of more than a megabyte is made by another test.
            if needs.first().copied() != need || needs.len() > 1 || text(case, "case") == "file.huge" {
                continue;
            }
            let file =
                by_path.get(text(case, "file")).unwrap_or_else(|| panic!("{} is not reported", text(case, "file")));
            for reason in disagreements(case, file, &always) {
                wrong.push(format!("{} ({}): {reason}", text(case, "file"), text(case, "case")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_recorded_pair_of_snapshots_is_judged_right() {
    let got = report(&set(&["snapshots/after"]), &["--before", &format!("{SET}/snapshots/before")]);
    let pairs: BTreeMap<&str, &Value> =
        got["snapshots"].as_array().expect("a list").iter().map(|p| (text(p, "file"), p)).collect();
    for case in lines("snapshots.expected.jsonl") {
        let pair = pairs[text(&case, "file")];
        let accepted = [vec![text(&case, "verdict")], strings(&case, "verdict_accept")].concat();
        assert!(accepted.contains(&text(pair, "verdict")), "{case} {pair}");
        let flags = strings(pair, "flags");
        assert!(strings(&case, "flags").iter().all(|flag| flags.contains(flag)), "{case} {pair}");
        assert_eq!((&pair["row4"], &pair["row9"]), (&case["row4"], &case["row9"]), "{case}");
    }
}

#[test]
fn no_secret_leaves_in_any_format() {
    let canaries = std::fs::read_to_string(format!("{SET}/canaries.txt")).expect("a fixture");
    let mut forbidden: BTreeSet<&[u8]> = BTreeSet::new();
    for line in canaries.lines() {
        let secret = line.split_once("SYNTHETIC").map_or(line, |(_, tail)| tail).as_bytes();
        forbidden.extend(secret.windows(12));
    }
    let side: Vec<String> = ["config.after.yaml", "config.misspelt.yaml"]
        .iter()
        .flat_map(|f| ["--config".to_owned(), format!("{SET}/evidence/{f}")])
        .collect();
    let answers = ["auth-files.after.json", "refresh-response.kiro.json", "refresh-response.gemini.txt"];
    let answers = answers.iter().flat_map(|f| ["--saved".to_owned(), format!("{SET}/evidence/{f}")]);
    let more: Vec<String> = side.into_iter().chain(answers).collect();
    for format in FORMATS {
        let mut args: Vec<&str> = more.iter().map(String::as_str).collect();
        let before = format!("{SET}/snapshots/before");
        args.extend(["--format", format, "--show-accounts", "--before", &before]);
        let outcome = check(&set(&["auths", "aws-sso-cache", "stock", "snapshots/after"]), &args);
        let all = [outcome.stdout, outcome.stderr].concat();
        assert!(all.len() > 1000);
        let leak = all.windows(12).find(|w| forbidden.contains(w));
        assert!(leak.is_none(), "{format} leaks a window of a secret");
    }
}

#[test]
fn no_token_in_a_file_name_leaves_in_any_format() {
    let noise = |seed| crate::redact::noise(40, seed);
    let jwt = format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", noise(3));
    let (before, after) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let good = r#"{"type":"claude","access_token":"sk-ant-oat01-Aq3fZx81LmPw5TgY","expired":"2026-02-21T18:00:00Z"}"#;
    let below = after.path().join(format!("ghp_{}", noise(5)));
    std::fs::create_dir(&below).expect("made");
    for (n, stem) in [
        format!("claude-sk-ant-oat01-{}", noise(1)),
        format!("ghp_{}", noise(2)),
        format!("kimi-{jwt}"),
        format!("claude-access_token={}", noise(4)),
    ]
    .iter()
    .enumerate()
    {
        let dirs = [before.path(), after.path(), &below];
        dirs.iter()
            .skip(n % 2)
            .for_each(|dir| std::fs::write(dir.join(format!("{stem}.json")), good).expect("written"));
    }
    let [earlier, paths] = [&before, &after].map(|dir| dir.path().to_string_lossy().into_owned());
    for format in FORMATS {
        let outcome = check(std::slice::from_ref(&paths), &["--format", format, "--before", &earlier]);
        let all = String::from_utf8_lossy(&[outcome.stdout, outcome.stderr].concat()).into_owned();
        let plain = all.replace("%23", "#").replace("\\", "");
        assert!(["jwt#1", "anthropic-key#1", ".json"].iter().all(|kept| plain.contains(kept)), "{format}: {all}");
        for seed in 1..=5 {
            let secret = noise(seed);
            let leak = secret.as_bytes().windows(8).map(String::from_utf8_lossy).find(|w| all.contains(&**w));
            assert!(leak.is_none(), "{format} leaks {leak:?}");
        }
    }
}

#[test]
fn accounts_are_pseudonyms_unless_asked_for() {
    let path = set(&["auths"]);
    let quiet = check(&path, &["--format", "json", "--pseudonymize"]).out();
    assert!(quiet.contains("\"user#1\"") && !quiet.contains("@example") && !quiet.contains("@mail"));
    for spelled in ["kiro-idc-", "example-com", "mail_example_net", "example-org"] {
        assert!(!quiet.contains(&format!("{spelled}.json")) && !quiet.contains("iris-"), "{spelled}");
    }
    assert!(
        check(&path, &["--format", "json", "--show-accounts"])
            .out()
            .contains("\"account\": \"ada.knoll@mail.example.net\"")
    );
}

#[test]
fn the_same_bytes_for_any_number_of_threads_and_order_of_arguments() {
    for format in FORMATS {
        let one = check(&set(&["auths", "aws-sso-cache", "stock"]), &["--format", format, "--threads", "1"]).stdout;
        let four = check(&set(&["auths", "aws-sso-cache", "stock"]), &["--format", format, "--threads", "4"]).stdout;
        assert!(one == four, "{format}");
    }
    let (ab, ba) = (report(&set(&["auths", "stock"]), &[]), report(&set(&["stock", "auths"]), &[]));
    assert_eq!((&ab["files"], &ab["cliff"], &ab["summary"]), (&ba["files"], &ba["cliff"], &ba["summary"]));
}

#[test]
fn keys_stand_in_the_order_of_the_contract() {
    let got = report(&set(&["auths"]), &["--before", &format!("{SET}/snapshots/before")]);
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&got), ["schema", "scope", "files", "snapshots", "cliff", "summary"]);
    assert_eq!(keys(&got["scope"]), ["paths", "files", "as_of", "as_of_source", "perms"]);
    let file = [
        "path",
        "provider",
        "auth_method",
        "account",
        "verdict",
        "loads",
        "state",
        "refresh",
        "expires_at",
        "refresh_due",
        "lapses_at",
        "has_refresh_token",
        "region",
        "findings",
    ];
    assert_eq!(keys(&got["files"][0]), file);
    let first = got["files"].as_array().expect("a list").iter().find_map(|f| f["findings"].get(0)).expect("a finding");
    assert_eq!(keys(first), ["id", "severity", "message", "pointer", "related"]);
    assert_eq!(keys(&got["summary"]), ["files", "by_verdict", "by_severity", "by_id"]);
}

#[test]
fn the_text_fits_the_terminal() {
    let outcome = check(&set(&["auths", "aws-sso-cache", "stock"]), &[]);
    for line in outcome.out().lines().skip(1) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let glance = check(&set(&["auths/kiro-idc-dora-iris-mail-example-net.json"]), &[]).out();
    assert!(glance.contains("healthy  02-21 12:52Z  yes      idc us-west-2"), "{glance}");
}

#[test]
fn exit_codes() {
    let healthy = set(&["auths/kiro-idc-dora-iris-mail-example-net.json"]);
    let expired = set(&["auths/claude-jomo.iris@example.org.json"]);
    let broken = set(&["auths/claude-hugo.birch@example.org.json"]);
    assert_eq!(check(&healthy, &[]).exit, Exit::Done);
    assert_eq!(check(&expired, &[]).exit, Exit::Done);
    assert_eq!(check(&expired, &["--fail-on", "warning"]).exit, Exit::Findings);
    assert_eq!(check(&broken, &[]).exit, Exit::Findings);
    assert_eq!(check(&broken, &["--fail-on", "none"]).exit, Exit::Done);
    assert_eq!(check(&["testdata/no-such".to_owned()], &[]).exit, Exit::Incomplete);
    assert_eq!(authopsy(&["check", "x", "--as-of", "soon"]).exit, Exit::Usage);
    let empty = tempfile::tempdir().expect("a directory");
    let empty = vec![empty.path().to_string_lossy().into_owned()];
    assert_eq!(check(&empty, &[]).exit, Exit::Incomplete);
    assert_eq!(check(&empty, &["--allow-empty"]).exit, Exit::Done);
    let quiet = check(&healthy, &["--quiet"]);
    assert!(quiet.stdout.is_empty() && !check(&broken, &["--quiet"]).stdout.is_empty());
}

#[test]
fn a_baseline_accepts_what_it_names_until_it_ends() {
    let broken = set(&["auths/claude-hugo.birch@example.org.json"]);
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    assert_eq!(check(&broken, &["--format", "json", "-o", &at("report.json")]).exit, Exit::Findings);
    assert_eq!(check(&broken, &["--baseline", &at("report.json")]).exit, Exit::Done);
    let entry = |until: &str| {
        let entries = ["refresh-token-missing", "expiry-expired"]
            .map(|id| format!(r#"{{"id":"{id}","path":"{}","reason":"account closed","until":"{until}"}}"#, broken[0]));
        format!(r#"{{"schema":"authopsy.baseline/1","accepted":[{}]}}"#, entries.join(","))
    };
    std::fs::write(at("list.json"), entry("2026-12-31")).expect("written");
    assert_eq!(check(&broken, &["--baseline", &at("list.json")]).exit, Exit::Done);
    let sarif = check(&broken, &["--baseline", &at("list.json"), "--format", "sarif"]).out();
    assert_eq!(sarif.matches("\"suppressions\"").count(), 2);
    std::fs::write(at("old.json"), entry("2026-01-01")).expect("written");
    let ended = check(&broken, &["--baseline", &at("old.json")]);
    assert!(ended.exit == Exit::Findings && ended.out().contains("2 entries of the baseline have ended"));
    let over = check(&broken, &["--baseline", &at("report.json"), "-o", &at("report.json")]);
    assert!(over.exit == Exit::Usage && over.err().contains("it is evidence"), "{}", over.err());
}

#[test]
fn a_zone_is_a_second_column_and_colour_is_asked_for() {
    let broken = set(&["auths/claude-hugo.birch@example.org.json"]);
    let plain = check(&broken, &[]).out();
    let zoned = check(&broken, &["--tz", "+02:00"]).out();
    assert!(!plain.contains("+02:00") && !plain.contains('\u{1b}'));
    let header = zoned.lines().find(|l| l.starts_with("verdict")).expect("a header");
    assert!(header.contains("expires") && header.contains("+02:00"), "{zoned}");
    assert!(zoned.lines().any(|l| l.starts_with("dead") && l.contains("09:00Z  2026-02-21 11:00:00+02:00")), "{zoned}");
    assert!(check(&broken, &["--color", "always"]).out().contains('\u{1b}'));
    assert_eq!(check(&broken, &["--tz", "Mars/Olympus"]).exit, Exit::Usage);
}

#[test]
fn junit_times_have_no_zone_and_say_which_it_is() {
    let xml = check(&set(&["auths/claude-hugo.birch@example.org.json"]), &["--format", "junit"]).out();
    let stamp = xml.split("timestamp=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a timestamp");
    assert!(stamp.len() == 19 && stamp.as_bytes()[10] == b'T', "{stamp}");
    assert!(xml.contains("<property name=\"timezone\" value=\"UTC\"/>"), "{xml}");
}

fn options() -> Options {
    Options {
        as_of: EXAMPLE_AS_OF,
        warn_within_seconds: 7 * 86_400,
        perms: Perms::Copy,
        threads: 1,
        key: Key::new([3; 32]),
        mask_paths: false,
    }
}

/// A name under which the provider recognises the text.
fn name_for(provider: &Provider, text: &str) -> Option<String> {
    let Ok(json::Parsed { value: json::Value::Object(object), .. }) = json::parse(text.as_bytes()) else {
        panic!("an object: {text}")
    };
    let plain = format!("{}-x.json", provider.prefixes.first().unwrap_or(&provider.name));
    let names = [
        "auth.json",
        ".credentials.json",
        "oauth_creds.json",
        "kiro-auth-token.json",
        "hosts.json",
        "secrets.json",
        "oauth-token.json",
    ];
    let mut names = std::iter::once(plain.as_str()).chain(names);
    let fits = |name: &&str| recognise(&object, &Named { name, path: name }).provider.name == provider.name;
    names.find(fits).map(str::to_owned)
}

fn examine(name: &str, text: &str) -> FileFact {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(name), text).expect("written");
    auth::inspect(&[dir.path().to_path_buf()], &options()).expect("readable").files.remove(0)
}

#[test]
fn every_provider_teaches_by_example() {
    for provider in PROVIDERS {
        let name = name_for(provider, provider.example)
            .unwrap_or_else(|| panic!("{} does not recognise its example", provider.name));
        let fact = examine(&name, provider.example);
        // A provider outside the builds known here is always told as such.
        let bad: Vec<&str> = fact
            .findings
            .iter()
            .filter(|f| f.severity != Severity::Info && f.rule.id != "type-unknown")
            .map(|f| f.rule.id)
            .collect();
        assert!(bad.is_empty(), "{}: {bad:?}", provider.name);
        let (text, id) = provider.counter_example;
        let name = name_for(provider, text)
            .unwrap_or_else(|| panic!("{} does not recognise its counter-example", provider.name));
        assert!(examine(&name, text).has(id), "{} must get {id}", provider.name);
        assert!(findings::rule(id).is_some(), "{id}");
    }
}

/// A provider's example with some members set to other JSON (or taken out, where it is empty), and every finding above a
/// remark that this must give. Nothing else may be told.
type Variation = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const VARIATIONS: &[Variation] = &[
    ("claude", &[("/my note", r#""two words""#), ("/备注 owner", r#""x""#), ("/naïve", "1")], &[]),
    ("claude", &[("/\u{2764}\u{fe0f}", "1")], &[]),
    ("claude", &[("/refresh_token\u{61c}", r#""x""#)], &["key-suspicious"]),
    ("claude", &[("/refresh\u{e0041}_token", r#""x""#)], &["key-suspicious"]),
    ("claude", &[("/refresh token", r#""x""#)], &["key-suspicious"]),
    ("claude", &[("/refresh_token ", r#""x""#)], &["key-suspicious"]),
    ("claude", &[("/r\u{435}fresh_token", r#""x""#)], &["key-suspicious"]),
    ("claude", &[("/refresh_token", "null")], &["refresh-token-missing", "token-wrong-type"]),
    ("claude", &[("/refresh_token", "12345678901234")], &["refresh-token-missing", "token-wrong-type"]),
    ("claude", &[("/refresh_token", r#""__TOKEN__""#)], &["token-placeholder"]),
    ("claude", &[("/refresh_token", r#""enter token here""#)], &["token-placeholder"]),
    ("claude", &[("/refresh_token", r#""sk-ant-ort01-[REDACTED]""#)], &["token-placeholder"]),
    ("claude", &[("/refresh_token", r#""sk-ant-ort01-atodoB3fakexxxx81LmPw5TgY""#)], &[]),
    ("claude", &[("/refresh_token", r#""sk-ant-ort01-Bq3fZx81\u0000LmPw5TgY""#)], &["token-whitespace"]),
    ("claude", &[("/access_token", r#""sk-ant-oat01-Aq3fZx81LmPw5TgY\u0007""#)], &["token-whitespace"]),
    ("claude", &[("/access_token", r#""sk-ant-oat01-Aq3fZx81\u200bLmPw5TgY""#)], &["token-whitespace"]),
    (
        "codex",
        &[("/access_token", r#""eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2\u200bln""#)],
        &["token-whitespace"],
    ),
    ("iflow", &[("/api_key", r#""sk-Aq3fZx81\u0001LmPw5TgY""#)], &["token-whitespace"]),
    ("claude", &[("/refresh_interval_seconds", "0")], &[]),
    ("claude", &[("/refresh_interval_seconds", "5")], &["refresh-interval-suspicious"]),
    (
        "claude",
        &[("/refresh_interval_seconds", "0"), ("/refresh_interval", "999999999")],
        &["refresh-interval-suspicious"],
    ),
    ("claude", &[("/refresh_interval_seconds", r#""soon""#), ("/refreshInterval", "3600")], &[]),
    ("claude", &[("/weight", "3")], &[]),
    ("claude", &[("/weight", r#""3""#)], &["runtime-field-wrong-type"]),
    ("claude", &[("/attributes", r#"{"a":"b"}"#), ("/model_states", r#"{"m":{}}"#)], &[]),
    ("claude", &[("/attributes", r#"{"a":1}"#)], &["runtime-field-wrong-type"]),
    ("claude", &[("/model_states", r#"{"m":"x"}"#)], &["runtime-field-wrong-type"]),
    ("gemini", &[("/token/accessToken", r#""ya29.Aq3fZx81LmPw5TgY""#)], &[]),
    (
        "gemini",
        &[("/token/refreshToken", r#""1//0Aq3fZx81LmPw5TgY""#), ("/token/refresh_token", "")],
        &["camelcase-fields", "refresh-token-missing"],
    ),
    (
        "gemini",
        &[("/token/refresh-token", r#""1//0Aq3fZx81LmPw5TgY""#), ("/token/refresh_token", "")],
        &["refresh-token-missing", "token-in-wrong-field"],
    ),
    ("antigravity", &[("/timestamp", "1771674481000000")], &["expiry-epoch-unit"]),
    ("antigravity", &[("/expired", r#""2099-01-01T00:00:00Z""#)], &["expiry-far-future"]),
    ("iflow", &[("/cookie", r#""lang=zh; BXAuth=Aq3fZx81""#)], &[]),
    ("iflow", &[("/cookie", r#""BXAuth=;""#)], &["iflow-cookie-invalid"]),
    ("iflow", &[("/api_key", r#""REDACTED""#)], &["token-placeholder"]),
    ("kiro", &[("/client_id", ""), ("/clientId", r#""c1""#)], &["camelcase-fields", "kiro-idc-client-id-missing"]),
    ("kiro", &[("/client_secret", r#""${KIRO_SECRET}""#)], &["token-placeholder"]),
    ("xai", &[("/access_token", r#""gho_Aq3fZx81LmPw5TgY9kQAq3f""#)], &["token-shape-unexpected"]),
    (
        "xai",
        &[("/token_endpoint", r#""https://auth.x.ai/oauth2/token""#), ("/base_url", r#""http://127.0.0.1:1/""#)],
        &[],
    ),
    ("xai", &[("/token_endpoint", r#""http://auth.x.ai/oauth2/token""#)], &["endpoint-suspicious"]),
    ("gitlab", &[("/base_url", r#""http://gitlab.example.com""#)], &["endpoint-suspicious"]),
    ("gemini", &[("/token/token_uri", r#""http://oauth2.googleapis.com/token""#)], &["endpoint-suspicious"]),
    (
        "vertex",
        &[("/service_account/private_key", r#""-----BEGIN PRIVATE KEY----- QUJDRA== -----END PRIVATE KEY-----""#)],
        &["vertex-private-key-invalid"],
    ),
    (
        "gitlab",
        &[("/auth_method", r#""pat""#), ("/access_token", ""), ("/personal_access_token", r#"{"v":1}"#)],
        &["access-token-missing", "token-wrong-type"],
    ),
    ("unknown", &[("/access_token", ""), ("/token", r#"{"access_token":"Aq3fZx81LmPw5TgY9kQ"}"#)], &["type-unknown"]),
];

/// Sets, or takes out, the member behind a pointer.
fn set_member(root: &mut Value, pointer: &str, json: &str) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let members = root.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match json {
        "" => members.remove(name),
        text => members.insert(name.to_owned(), serde_json::from_str(text).expect("JSON")),
    };
}

#[test]
fn variations_of_the_examples_get_their_findings_and_no_others() {
    for (name, changes, wanted) in VARIATIONS {
        let provider = PROVIDERS.iter().find(|p| p.name == *name).expect("a provider");
        let mut root: Value = serde_json::from_str(provider.example).expect("an object");
        for (pointer, json) in *changes {
            set_member(&mut root, pointer, json);
        }
        let text = root.to_string();
        let fact = examine(&name_for(provider, provider.example).expect("a name"), &text);
        let told = fact.findings.iter().filter(|f| f.severity != Severity::Info).map(|f| f.rule.id);
        assert_eq!(told.collect::<BTreeSet<_>>(), wanted.iter().copied().collect(), "{name} {changes:?}");
    }
}

#[test]
fn a_refresh_is_due_by_the_lead_or_by_the_files_own_interval() {
    let claude = PROVIDERS.iter().find(|p| p.name == "claude").expect("a provider").example;
    let changed = |change: &[(&str, &str)]| {
        let mut root: Value = serde_json::from_str(claude).expect("an object");
        change.iter().for_each(|(pointer, json)| set_member(&mut root, pointer, json));
        examine("claude-x.json", &root.to_string())
    };
    let due = |change: &[(&str, &str)]| changed(change).refresh_due.map(auth::Instant::text);
    assert_eq!(due(&[]).as_deref(), Some("2026-02-21T14:00:00Z"), "four hours before the expiry");
    assert_eq!(due(&[("/expired", "")]).as_deref(), Some("2026-02-21T14:00:00Z"), "four hours after the last refresh");
    let own = ("/refresh_interval_seconds", "3600");
    assert_eq!(due(&[own]).as_deref(), Some("2026-02-21T11:00:00Z"), "an hour after the last refresh comes first");
    assert_eq!(due(&[own, ("/last_refresh", "")]).as_deref(), Some("2026-02-21T17:00:00Z"));
    assert_eq!(due(&[("/refresh_interval_seconds", "0")]).as_deref(), Some("2026-02-21T14:00:00Z"));
    let later = [("/refresh_interval_seconds", "0"), ("/refreshInterval", "\"1h\"")];
    assert_eq!(due(&later).as_deref(), Some("2026-02-21T11:00:00Z"), "the first above zero");
    assert_eq!(due(&[("/refresh_token", "")]), None);
    assert_eq!(due(&[("/disabled", "true")]), None, "never");
    // The verdict is that of the same rule.
    let verdict = |change: &[(&str, &str)]| changed(change).verdict.word();
    assert_eq!(verdict(&[own]), "due");
    let soon = [("/expired", "\"2026-02-21T14:00:00Z\""), ("/last_refresh", "\"2026-02-21T11:58:00Z\"")];
    assert_eq!(verdict(&soon), "due");
    assert_eq!(verdict(&[soon[0], soon[1], ("/refresh_interval_seconds", "600")]), "healthy");
}

#[test]
fn a_social_login_needs_no_registered_client() {
    let kiro = PROVIDERS.iter().find(|p| p.name == "kiro").expect("a provider").example;
    let judged = |method: &str| {
        let mut root: Value = serde_json::from_str(kiro).expect("an object");
        ["/client_id", "/client_secret"].iter().for_each(|pointer| set_member(&mut root, pointer, ""));
        set_member(&mut root, "/auth_method", &format!("\"{method}\""));
        set_member(&mut root, "/client_id_hash", "\"e5\"");
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("kiro-x.json"), root.to_string()).expect("written");
        let ended = r#"{"clientId":"c","clientSecret":"s","expiresAt":"2026-01-28T12:00:00Z"}"#;
        std::fs::write(dir.path().join("e5.json"), ended).expect("written");
        let directory = auth::inspect(&[dir.path().to_path_buf()], &options()).expect("readable");
        directory.by_name("kiro-x.json").is_some_and(|f| f.has("kiro-registration-expired"))
    };
    assert_eq!(["idc", "builder-id", "social", "google", "github"].map(judged), [true, true, false, false, false]);
}

#[test]
fn a_usage_record_is_joined_to_the_file_by_the_digest_of_its_token() {
    let claude = PROVIDERS.iter().find(|p| p.name == "claude").expect("a provider").example;
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("claude-x.json"), claude).expect("written");
    let directory = auth::inspect(&[dir.path().to_path_buf()], &options()).expect("readable");
    // Of the example's access token, by another program.
    let digest = "4aeebf0a5ba1a7f3375bc7f15096d7cdb9c7abbc63af0793a30bd10fce0f5813";
    let record = |second: u8, failed: bool, digest: &str| {
        format!(
            r#"{{"timestamp":"2026-02-21T11:00:0{second}Z","auth_index":"ab","failed":{failed},"access_token_sha256":"{digest}"}}"#
        )
    };
    let told = |digest: &str| {
        let queue = [record(1, false, digest), record(2, true, digest)].join("\n");
        auth::saved::contradictions(&auth::saved::read("queue", queue.as_bytes()), &directory, EXAMPLE_AS_OF).len()
    };
    assert_eq!((told(digest), told(&"0".repeat(64))), (1, 0));
}

#[test]
fn a_snapshot_that_could_not_be_read_moves_nothing() {
    let gemini = PROVIDERS.iter().find(|p| p.name == "gemini").expect("a provider").example;
    let state = |text: &str| {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("gemini-x.json"), text).expect("written");
        auth::inspect(&[dir.path().to_path_buf()], &options()).expect("readable")
    };
    let pair = |before: &str, after: &str| {
        let pairs = auth::snapshots::compare(&state(before), &state(after), EXAMPLE_AS_OF);
        (pairs[0].verdict.word(), pairs[0].flags.iter().map(|f| f.word()).collect::<Vec<_>>())
    };
    let later = gemini.replace("12:45:00Z", "12:55:00Z");
    assert_eq!(pair(&gemini[..60], &later), ("added", vec![]));
    assert_eq!(pair(&gemini[..60], &gemini[..50]), ("unreadable_after", vec![]));
    let other = later.replace("ya29.Aq", "ya29.Bq").replace(r#""client_secret":"GOCSPX-Aq3fZx81","#, "");
    assert_eq!(pair(gemini, &other), ("moved_forward", vec!["access_token_changed", "keys_lost"]));
    // A cookie renews the key that requests carry; there is no access token.
    let iflow = |key: &str, end: &str| {
        format!(
            r#"{{"type":"iflow","access_token":"","cookie":"BXAuth=Aq3fZx81;","email":"ada@example.com","api_key":"sk-{key}","expired":"{end}"}}"#
        )
    };
    let before = iflow("Aq3fZx81LmPw5TgY9kQ", "2026-02-21 18:00");
    let renewed = iflow("Bq3fZx81LmPw5TgY9kQ", "2026-02-23 18:00");
    assert_eq!(pair(&before, &renewed), ("moved_forward", vec!["access_token_changed"]));
    assert_eq!(pair(&before, &iflow("Aq3fZx81LmPw5TgY9kQ", "2026-02-23 18:00")).0, "expiry_moved_token_same");
}

#[test]
fn the_catalogue_of_findings_is_complete() {
    let text = std::fs::read_to_string(format!("{SET}/slugs.json")).expect("a fixture");
    let slugs: BTreeMap<String, Value> = serde_json::from_str(&text).expect("an object");
    for (id, slug) in &slugs {
        let rule = findings::rule(id).unwrap_or_else(|| panic!("{id} is not registered"));
        assert_eq!((rule.class, rule.severity.word()), (text_of(slug, "class"), text_of(slug, "severity")), "{id}");
    }
    // What the catalogue does not have.
    let own: Vec<&str> = findings::RULES.iter().map(|rule| rule.id).filter(|id| !slugs.contains_key(*id)).collect();
    assert_eq!(
        own,
        [
            "cooldown-active",
            "directory-mode-permissive",
            "endpoint-suspicious",
            "file-hard-link",
            "jwt-long-lived",
            "jwt-unsigned",
            "service-account-among-logins",
        ]
    );
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("text")
}

/// Ids that stand in the source as literals and are looked up at run time.
#[test]
fn every_id_in_the_source_is_registered() {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { walk(&path, out) } else { out.push(path) }
        }
    }
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/auth"), &mut files);
    let call = regex::Regex::new(r#"(?:note\(|Finding::new\(|refused\(|=> \(|has\()\s*"([a-z0-9]+(?:-[a-z0-9]+)+)""#)
        .expect("a pattern");
    let mut seen = 0;
    for file in files.iter().filter(|f| !["config.rs", "saved.rs", "json.rs"].iter().any(|name| f.ends_with(name))) {
        let text = std::fs::read_to_string(file).expect("source");
        for found in call.captures_iter(&text) {
            seen += 1;
            assert!(findings::rule(&found[1]).is_some(), "{} in {}", &found[1], file.display());
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn hostile_names_and_texts_are_inert_in_every_sink() {
    let dir = tempfile::tempdir().expect("a directory");
    let good = r#"{"type":"claude","access_token":"sk-ant-oat01-Aq3fZx81LmPw5TgY","expired":"2026-02-21T18:00:00Z","email":"=cmd|'/c calc'!A1@x"}"#;
    for name in [
        "=1+1.json",
        "\u{1b}[2J.json",
        "a\u{202e}b.json",
        "<script>alert(1)<.json",
        "@x|y`z`.json",
        "]]>.json",
        "new\nline.json",
    ] {
        std::fs::write(dir.path().join(name), good).expect("written");
    }
    let path = vec![dir.path().to_string_lossy().into_owned()];
    for format in FORMATS {
        let out = check(&path, &["--format", format, "--show-accounts"]).out();
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'), "{format}");
        assert!(
            matches!(format, "text" | "json" | "csv" | "sarif" | "markdown") || !out.contains("<script"),
            "{format}"
        );
        if matches!(format, "json" | "sarif") {
            assert!(serde_json::from_str::<Value>(&out).is_ok(), "{format}");
        }
        if format == "csv" {
            let cells = csv::Reader::from_reader(out.as_bytes())
                .into_records()
                .flat_map(|r| r.expect("CSV").iter().map(str::to_owned).collect::<Vec<_>>())
                .collect::<Vec<_>>();
            assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{cells:?}");
        }
    }
    assert!(!check(&path, &["--format", "html"]).out().to_lowercase().contains("<script"));
}

#[test]
fn huge_and_deep_files_are_bounded() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name);
    let note = "x".repeat(1_050_000);
    let file = |seed: &str, note: &str| {
        format!(
            r#"{{"type":"qwen","access_token":"{seed}q3fZx81LmPw5TgY9kQ","refresh_token":"{seed}r3fZx81LmPw5TgY9kQ","expired":"2026-02-21T17:00:00Z","note":{note}}}"#
        )
    };
    std::fs::write(at("qwen-big.json"), file("A", &format!("\"{note}\""))).expect("written");
    std::fs::write(at("qwen-deep.json"), file("B", &format!("{}{}", "[".repeat(5000), "]".repeat(5000))))
        .expect("written");
    std::fs::File::create(at("qwen-sparse.json")).and_then(|f| f.set_len(1 << 40)).expect("made");
    let got = report(&[dir.path().to_string_lossy().into_owned()], &[]);
    let by_name = |name: &str| {
        got["files"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|f| text(f, "path").ends_with(name))
            .expect("listed")
            .clone()
    };
    let big = by_name("qwen-big.json");
    assert_eq!((text(&big, "state"), text(&big["findings"][0], "id")), ("valid", "file-too-large"));
    assert_eq!(text(&by_name("qwen-deep.json"), "state"), "valid");
    assert_eq!(text(&by_name("qwen-sparse.json"), "verdict"), "unreadable");
    assert_eq!(got["missed"].as_array().map(Vec::len), Some(1));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_neither_hangs_nor_passes() {
    let dir = tempfile::tempdir().expect("a directory");
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("claude-pipe.json")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let got = report(&[dir.path().to_string_lossy().into_owned()], &[]);
    assert_eq!(text(&got["files"][0]["findings"][0], "id"), "file-unreadable");
    assert_eq!(text(&got["files"][0]["findings"][0], "message"), "the file cannot be opened; it is no regular file");
}

#[cfg(unix)]
#[test]
fn modes_and_links() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).expect("set");
    let at = |name: &str| dir.path().join(name);
    let good = |mail: &str| {
        format!(
            r#"{{"type":"claude","access_token":"sk-ant-oat01-{mail}Aq3fZx81","refresh_token":"sk-ant-ort01-{mail}Bq3f","expired":"2026-02-21T18:00:00Z","email":"{mail}@x.example"}}"#
        )
    };
    for (name, mode) in [("claude-adaada", 0o600), ("claude-bobbob", 0o644), ("claude-cleocleo", 0o660)] {
        let path = at(&format!("{name}.json"));
        std::fs::write(&path, good(&name[7..])).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
    }
    std::os::unix::fs::symlink("claude-adaada.json", at("claude-link.json")).expect("linked");
    std::os::unix::fs::symlink("nowhere.json", at("claude-gone.json")).expect("linked");
    let paths = [dir.path().to_string_lossy().into_owned()];
    for perms in ["live", "copy"] {
        let args = ["--perms", perms, "--format", "json", "--fail-on", "none", "--as-of", AS_OF];
        let outcome = authopsy(&[&["check", &paths[0]], &args[..]].concat());
        let got: Value = serde_json::from_slice(&outcome.stdout).expect("JSON");
        let ids = |name: &str| -> Vec<String> {
            let file = got["files"]
                .as_array()
                .expect("a list")
                .iter()
                .find(|f| text(f, "path").ends_with(name))
                .expect("listed");
            file["findings"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|f| format!("{} {}", text(f, "severity"), text(f, "id")))
                .collect()
        };
        let severity = if perms == "live" { "warning" } else { "info" };
        assert_eq!(ids("claude-adaada.json"), Vec::<String>::new());
        assert_eq!(ids("claude-bobbob.json"), [format!("{severity} file-mode-permissive")]);
        assert_eq!(ids("claude-cleocleo.json"), [format!("{severity} file-mode-permissive")]);
        assert_eq!(ids("claude-link.json"), ["info file-symlink"]);
        assert_eq!(ids("claude-gone.json"), ["error file-dangling-symlink", "info file-symlink"]);
    }
}

#[test]
fn sarif_names_rules_and_stable_places() {
    let run = |paths: &[&str]| -> Value {
        serde_json::from_str(&check(&set(paths), &["--format", "sarif"]).out()).expect("JSON")
    };
    let (one, two) = (run(&["auths"]), run(&["auths", "stock"]));
    let prints = |v: &Value| -> BTreeSet<String> {
        let results = v["runs"][0]["results"].as_array().expect("a list");
        results.iter().map(|r| text(&r["partialFingerprints"], "authopsy/v1").to_owned()).collect()
    };
    assert!(prints(&one).is_subset(&prints(&two)), "fingerprints do not depend on what else is checked");
    let rules = one["runs"][0]["tool"]["driver"]["rules"].as_array().expect("a list");
    for result in one["runs"][0]["results"].as_array().expect("a list") {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["locations"][0]["physicalLocation"]["region"].is_null(), "no snippet, no region");
    }
    let here = std::env::current_dir().expect("a directory");
    let absolute = check(&[here.join(SET).join("stock").to_string_lossy().into_owned()], &["--format", "sarif"]).out();
    let absolute: Value = serde_json::from_str(&absolute).expect("JSON");
    for (run, base) in [(&one["runs"][0], "SRCROOT"), (&absolute["runs"][0], "FSROOT")] {
        let results = run["results"].as_array().expect("a list");
        assert!(!results.is_empty() && run["originalUriBaseIds"][base].is_object());
        for result in results {
            let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            assert_eq!(place["uriBaseId"], base);
            let uri = text(place, "uri");
            assert!(!uri.starts_with('/') && !uri.contains(':'), "{uri} is relative");
        }
    }
}

/// The README's table of findings is made from the registry.
#[test]
fn the_readme_lists_every_finding() {
    let table: String =
        std::iter::once("| id | severity | what the file shows | what to do |\n|---|---|---|---|\n".to_owned())
            .chain(
                findings::RULES
                    .iter()
                    .map(|r| format!("| `{}` | {} | {} | {} |\n", r.id, r.severity, r.meaning, r.fix)),
            )
            .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("a README");
    let (begin, end) = ("<!-- findings: begin -->\n", "<!-- findings: end -->");
    let Some((head, rest)) = readme.split_once(begin) else { return };
    let (old, tail) = rest.split_once(end).expect("the end of the table");
    if std::env::var_os("AUTHOPSY_BLESS").is_some() {
        std::fs::write(path, format!("{head}{begin}{table}{end}{tail}")).expect("a writable README");
    } else {
        assert_eq!(old, table);
    }
}

/// The verdict and the findings of one file, by its name and text.
fn judged(name: &str, text: &str) -> (String, Vec<String>, Value) {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(name), text).expect("written");
    let report = report(&[dir.path().to_str().expect("a name").to_owned()], &[]);
    let file = report["files"][0].clone();
    let ids = file["findings"].as_array().into_iter().flatten().filter_map(|f| Some(f["id"].as_str()?.to_owned()));
    (file["verdict"].as_str().unwrap_or_default().to_owned(), ids.collect(), file)
}

#[test]
fn an_end_in_a_members_own_place_is_judged_like_any_other() {
    let gitlab = |end: &str| {
        let text = format!(
            r#"{{"type":"gitlab","auth_method":"oauth","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","oauth_client_id":"c1","email":"a@example.com","oauth_expires_at":{end}}}"#
        );
        judged("gitlab-a.json", &text)
    };
    for (end, id) in [
        ("1771696800000000", "expiry-epoch-unit"),
        ("1771696", "expiry-epoch-unit"),
        ("\"tomorrow\"", "expiry-unparsable"),
        ("[1]", "expiry-wrong-type"),
        ("\"0001-01-01T00:00:00Z\"", "expiry-zero"),
    ] {
        let (_, ids, file) = gitlab(end);
        assert!(
            ids.iter().any(|found| found == id) && !ids.iter().any(|found| found == "expiry-far-future"),
            "{end} {ids:?}"
        );
        assert_eq!(file["state"], "unknown", "{end}");
    }
    assert_eq!(gitlab("\"2026-02-21T13:40:00Z\"").0, "healthy");
}

#[test]
fn an_unknown_login_that_has_ended_is_not_healthy() {
    for text in [
        r#"{"type":"trae","access_token":"Aq3fZx81LmPw5TgY9kQ","email":"a@example.com","TokenExpireAt":1771000000000}"#,
        r#"{"type":"newcomer","access_token":"Aq3fZx81LmPw5TgY9kQ","expiry_date":1771000000000}"#,
        r#"{"type":"newcomer","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzEwMDAwMDB9.c2ln"}"#,
    ] {
        let (verdict, ids, file) = judged("trae-a.json", text);
        assert_eq!(file["state"], "expired", "{text} {ids:?}");
        assert_ne!(verdict, "healthy", "{text}");
    }
    let (_, _, file) = judged("new-a.json", r#"{"type":"newcomer","access_token":"Aq3fZx81LmPw5TgY9kQ"}"#);
    assert_eq!(file["state"], "none");
}

#[test]
fn exchanged_tokens_and_placeholders_are_noticed_where_they_matter() {
    let swapped = [
        (
            "gitlab-a.json",
            r#"{"type":"gitlab","auth_method":"oauth","access_token":"glort-Aq3fZx81LmPw5TgY","refresh_token":"gloas-Bq3fZx81LmPw5TgY","oauth_client_id":"c1","oauth_expires_at":"2026-02-21T13:40:00Z","email":"a@example.com"}"#,
        ),
        (
            "codebuddy-1.json",
            r#"{"type":"codebuddy","access_token":"cbrAq3fZx81LmPw5TgY9kQ","refresh_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","expires_in":2592000,"last_refresh":"2026-02-20T16:00:00Z","user_id":"7"}"#,
        ),
    ];
    for (name, text) in swapped {
        let (_, ids, file) = judged(name, text);
        assert!(ids.iter().any(|id| id == "token-swapped"), "{name} {ids:?}");
        assert_eq!(file["refresh"], "impossible", "{name}");
    }
    let key = r#"{"type":"iflow","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expired":"2026-02-24T00:00:00Z","api_key":"REDACTED","email":"a@example.com"}"#;
    assert_eq!(judged("iflow-a.json", key).0, "dead");
    let cookie = r#"{"type":"iflow","api_key":"sk-Aq3fZx81LmPw5TgY","email":"a@example.com","cookie":"BXAuth=REDACTED;","expired":"2026-03-13 20:00"}"#;
    let (_, ids, file) = judged("iflow-b.json", cookie);
    assert_eq!(
        (file["refresh"].as_str(), ids.contains(&"iflow-cookie-invalid".to_owned())),
        (Some("impossible"), false)
    );
    let twin = r#"{"type":"cline","access_token":12345,"accessToken":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expires_at":"2026-02-21T13:40:00Z","email":"a@example.com"}"#;
    assert!(judged("cline-a.json", twin).1.contains(&"token-wrong-type".to_owned()));
}

#[test]
fn a_service_account_without_a_project_sends_no_request() {
    let account = |project: &str| {
        let text = format!(
            r#"{{"type":"vertex","email":"robot@one-1.iam.gserviceaccount.com",{project}"service_account":{{"type":"service_account","project_id":"one-1","private_key":"-----BEGIN PRIVATE KEY-----\nQUJDRA==\n-----END PRIVATE KEY-----\n","client_email":"robot@one-1.iam.gserviceaccount.com"}}}}"#
        );
        judged("vertex-a.json", &text)
    };
    let (verdict, ids, _) = account("");
    assert_eq!((verdict.as_str(), ids.contains(&"project-id-missing".to_owned())), ("dead", true));
    assert_eq!(account(r#""project":"one-1","#).0, "healthy");
}

#[test]
fn a_kiro_login_depends_on_its_own_client() {
    let login = |hash: &str| {
        format!(
            r#"{{"type":"kiro","auth_method":"idc","access_token":"aoaAAAAAq3fZx81LmPw5TgY","refresh_token":"aorAAAAAq3fZx81LmPw5TgY","client_id":"mine","client_secret":"c2VjcmV0LXNlY3JldA"{hash},"region":"us-east-1","expires_at":"2026-02-21T12:50:00Z","email":"a@example.com"}}"#
        )
    };
    let registration = |id: &str, end: &str| {
        format!(
            r#"{{"clientId":"{id}","clientSecret":"c2VjcmV0LXNlY3JldA","expiresAt":"{end}","registrationExpiresAt":"{end}"}}"#
        )
    };
    let judged = |files: &[(&str, String)]| {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).expect("written");
        }
        let report = report(&[dir.path().to_str().expect("a name").to_owned()], &[]);
        let files = report["files"].as_array().cloned().unwrap_or_default();
        let login = files.iter().find(|f| f["provider"] == "kiro").cloned().expect("the login");
        (login["refresh"].as_str().unwrap_or_default().to_owned(), login["findings"].to_string())
    };
    let stale = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let hash = format!(r#","client_id_hash":"{stale}""#);
    let (refresh, findings) = judged(&[
        ("kiro-a.json", login(&hash)),
        (&format!("{stale}.json"), registration("another", "2026-02-01T00:00:00Z")),
    ]);
    assert!(refresh == "possible" && !findings.contains("kiro-registration-expired"), "{findings}");
    let token = r#"{"startUrl":"https://d.example/start","region":"us-east-1","accessToken":"aoaAAAAAq3fZx81LmPw5TgY","expiresAt":"2026-02-21T13:00:00Z","clientId":"mine","clientSecret":"c2VjcmV0LXNlY3JldA","registrationExpiresAt":"2026-02-20T00:00:00Z","refreshToken":"aorAAAAAq3fZx81LmPw5TgY"}"#;
    let (refresh, findings) = judged(&[("kiro-a.json", login("")), ("cache.json", token.to_owned())]);
    assert!(refresh == "impossible" && findings.contains("kiro-registration-expired"), "{findings}");
}

#[test]
fn an_api_key_in_the_store_of_codex_needs_no_login() {
    let key = r#""OPENAI_API_KEY":"sk-proj-Aq3fZx81LmPw5TgY9kQ""#;
    let tokens = r#""tokens":{"access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln"}"#;
    for (text, verdict, state) in [
        (format!(r#"{{"auth_mode":"apikey",{key},"tokens":null,"last_refresh":null}}"#), "healthy", "none"),
        (format!("{{{key}}}"), "healthy", "none"),
        (format!(r#"{{"auth_mode":"apikey",{key},{tokens}}}"#), "healthy", "none"),
        (format!(r#"{{"auth_mode":"chatgpt",{key},{tokens}}}"#), "healthy", "valid"),
        (r#"{"OPENAI_API_KEY":null,"personal_access_token":"at-Aq3fZx81LmPw5TgY"}"#.to_owned(), "healthy", "none"),
        (r#"{"auth_mode":"apikey","OPENAI_API_KEY":"REDACTED"}"#.to_owned(), "dead", "none"),
        (r#"{"OPENAI_API_KEY":null,"tokens":null,"last_refresh":null}"#.to_owned(), "dead", "unknown"),
    ] {
        let (told, ids, file) = judged("auth.json", &text);
        let no_login =
            ["refresh-token-missing", "expiry-missing"].iter().all(|id| !ids.iter().any(|found| found == id));
        assert_eq!((file["provider"].as_str(), told.as_str()), (Some("codex-cli"), verdict), "{text} {ids:?}");
        assert_eq!((file["state"].as_str(), no_login), (Some(state), state == "none"), "{text} {ids:?}");
    }
}

#[test]
fn tokens_under_names_of_their_own_are_looked_at() {
    for (token, verdict, wanted) in [
        (r#""gho_Aq3fZx81LmPw5TgY""#, "healthy", &[][..]),
        (r#""REDACTED""#, "dead", &["token-placeholder"]),
        (r#""YOUR_TOKEN""#, "dead", &["token-placeholder"]),
        (r#""gho_Aq3fZx81 LmPw5TgY""#, "healthy", &["token-whitespace"]),
        (r#""gho_A""#, "healthy", &["token-shape-unexpected"]),
        (r#""""#, "dead", &["access-token-missing"]),
        (r#"{"a":1}"#, "dead", &["access-token-missing", "token-wrong-type"]),
    ] {
        for (name, text) in [
            ("secrets.json", format!(r#"{{"apiKey@https://ampcode.com/":{token}}}"#)),
            ("hosts.json", format!(r#"{{"github.com":{{"user":"ada","oauth_token":{token}}}}}"#)),
            ("apps.json", format!(r#"{{"github.com:Iv1.a":{{"user":"ada","oauth_token":{token}}}}}"#)),
        ] {
            let (told, mut ids, file) = judged(name, &text);
            ids.sort();
            assert_eq!((told.as_str(), ids), (verdict, wanted.iter().map(|id| (*id).to_owned()).collect()), "{text}");
            let placed = |f: &Value| f["pointer"].as_str().is_some_and(|p| !p.contains("://") && !p.is_empty());
            assert!(file["findings"].as_array().expect("a list").iter().all(placed), "{file}");
        }
    }
}

#[test]
fn a_pair_shows_a_stale_status_only_where_the_server_refreshes_by_itself() {
    let example = |name: &str| PROVIDERS.iter().find(|p| p.name == name).expect("a provider").example;
    let row9 = |name: &str, text: &str| {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join(name), text).expect("written");
        let state = || auth::inspect(&[dir.path().to_path_buf()], &options()).expect("readable");
        let pair = auth::snapshots::compare(&state(), &state(), EXAMPLE_AS_OF).remove(0);
        assert!(pair.before.is_some_and(|side| side.expires_at.is_some_and(|end| end <= EXAMPLE_AS_OF)), "{text}");
        (pair.row4, pair.row9)
    };
    let claude = example("claude").replace("18:00:00Z", "09:00:00Z");
    assert_eq!(row9("claude-x.json", &claude), (false, true));
    let disabled = claude.replacen('{', r#"{"disabled":true,"#, 1);
    assert_eq!(row9("claude-x.json", &disabled), (false, false));
    let bare = disabled.replace("refresh_token", "note");
    assert_eq!(row9("claude-x.json", &bare), (false, false));
    let setup = claude.replace(r#""refresh_token""#, r#""setup_token":true,"note""#);
    assert_eq!(row9("claude-x.json", &setup), (false, false));
    let gemini = example("gemini").replace("12:45:00Z", "09:00:00Z");
    assert_eq!(row9("gemini-x.json", &gemini), (false, false));
    let own = gemini.replacen('{', r#"{"refresh_interval_seconds":600,"#, 1);
    assert_eq!(row9("gemini-x.json", &own), (false, true));
    let store = example("claude-cli").replace("1771696800000", "1771664400000");
    assert_eq!(row9(".credentials.json", &store), (false, false));
    let registration = example("sso-registration").replace("2026-04-02", "2026-02-02");
    assert_eq!(row9("e5.json", &registration), (false, false));
}

#[test]
fn an_empty_end_is_no_name_that_nobody_reads() {
    let text = r#"{"type":"gitlab","auth_method":"oauth","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","oauth_client_id":"c1","email":"a@example.com","oauth_expires_at":""}"#;
    let (_, ids, file) = judged("gitlab-a.json", text);
    assert_eq!((ids, text_of(&file["findings"][0], "severity")), (vec!["expiry-missing".to_owned()], "warning"));
}

#[test]
fn a_finding_points_at_the_member_that_the_provider_writes() {
    let place = |name: &str, id: &str, changes: &[(&str, &str)]| {
        let provider = PROVIDERS.iter().find(|p| p.name == name).expect("a provider");
        let mut root: Value = serde_json::from_str(provider.example).expect("an object");
        changes.iter().for_each(|(pointer, json)| set_member(&mut root, pointer, json));
        let fact = examine(&name_for(provider, provider.example).expect("a name"), &root.to_string());
        let found = fact.findings.iter().find(|f| f.rule.id == id).unwrap_or_else(|| panic!("{name} lacks {id}"));
        found.pointer.clone().unwrap_or_default()
    };
    assert_eq!(place("claude", "refresh-token-missing", &[("/refresh_token", "")]), "/refresh_token");
    assert_eq!(place("kilo", "access-token-missing", &[("/kilocodeToken", "")]), "/kilocodeToken");
    assert_eq!(place("gitlab", "access-token-missing", &[("/access_token", "")]), "/access_token");
    let both = [("/access_token", ""), ("/accessToken", "")];
    assert_eq!(place("cline", "access-token-missing", &both), "/access_token");
    let stamp = [("/last_refresh", ""), ("/lastRefresh", r#""2026-02-21T19:00:00Z""#)];
    assert_eq!(place("claude", "last-refresh-future", &stamp), "/lastRefresh");
    assert_eq!(place("claude", "expiry-before-last-refresh", &stamp), "/lastRefresh");
}

#[test]
fn the_end_in_a_store_is_read_in_the_stores_own_unit() {
    let claude = |end: &str| {
        let text = format!(
            r#"{{"claudeAiOauth":{{"accessToken":"sk-ant-oat01-Aq3fZx81LmPw5TgY","refreshToken":"sk-ant-ort01-Bq3fZx81LmPw5TgY","expiresAt":{end}}}}}"#
        );
        judged(".credentials.json", &text)
    };
    for (end, verdict, wanted) in [
        ("1771696800000", "healthy", None),
        ("\"1771696800000\"", "healthy", Some("expiry-nonstandard-format")),
        ("1771696800000000", "unknown", Some("expiry-epoch-unit")),
        ("1771696800", "unknown", Some("expiry-epoch-unit")),
        ("4102444800000", "unknown", Some("expiry-far-future")),
        ("\"soon\"", "unknown", Some("expiry-unparsable")),
        ("0", "unknown", Some("expiry-zero")),
        ("true", "unknown", Some("expiry-wrong-type")),
        ("\"\"", "unknown", Some("expiry-missing")),
    ] {
        let (told, ids, file) = claude(end);
        assert_eq!((told.as_str(), ids), (verdict, wanted.iter().map(|id| (*id).to_owned()).collect()), "{end}");
        let placed = ["expiry-missing", "expiry-far-future"].iter().any(|id| wanted == Some(*id));
        let pointer = file["findings"][0]["pointer"].as_str();
        assert!(wanted.is_none() || placed || pointer == Some("/claudeAiOauth/expiresAt"), "{file}");
    }
    let google = |end: &str| {
        let text = format!(
            r#"{{"access_token":"ya29.Aq3fZx81LmPw5TgY","refresh_token":"1//0Aq3fZx81LmPw5TgY","token_type":"Bearer","expiry_date":{end}}}"#
        );
        judged("oauth_creds.json", &text).1
    };
    assert_eq!((google("1771677000000"), google("1771677000")), (vec![], vec!["expiry-epoch-unit".to_owned()]));
    let kiro = |end: &str| {
        let text = format!(
            r#"{{"accessToken":"aoaAq3fZx81LmPw5TgY","refreshToken":"aorBq3fZx81LmPw5TgY","expiresAt":{end},"authMethod":"social","provider":"Google"}}"#
        );
        judged("kiro-auth-token.json", &text)
    };
    assert_eq!(kiro("\"2026-02-21T12:33:00UTC\"").1, Vec::<String>::new());
    assert_eq!((kiro("\"x\"").0.as_str(), kiro("\"x\"").1), ("unknown", vec!["expiry-unparsable".to_owned()]));
    assert_eq!(kiro("1771677180000").1, ["expiry-nonstandard-format"]);
}

/// A signed token with these claims.
fn claiming(payload: &str) -> String {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload);
    format!("eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl")
}

#[test]
fn a_date_that_cannot_be_one_is_not_believed() {
    let codex = |payload: &str| {
        let token = claiming(payload);
        let text = format!(
            r#"{{"type":"codex","access_token":"{token}","refresh_token":"rt_Aq3fZx81LmPw5TgY9","email":"ada@example.com"}}"#
        );
        let (_, ids, file) = judged("codex-ada@example.com.json", &text);
        (ids, file["expires_at"].as_str().map(str::to_owned))
    };
    assert_eq!(codex(r#"{"exp":1772366400}"#), (vec!["expiry-missing".into()], Some("2026-03-01T12:00:00Z".into())));
    let told = vec!["expiry-missing".to_owned(), "expiry-epoch-unit".to_owned()];
    assert_eq!(codex(r#"{"exp":1772366400000}"#), (told.clone(), Some("2026-03-01T12:00:00Z".into())));
    for end in ["253402300800", "1772366400000000", "1e30"] {
        assert_eq!(codex(&format!(r#"{{"exp":{end}}}"#)), (told.clone(), None), "{end}");
    }
    let (ids, end) = codex(r#"{"exp":1772366400,"exp":1771000000}"#);
    assert_eq!((ids, end), (vec!["expiry-missing".into(), "json-duplicate-key".into()], None));
    let (_, ids, file) = judged(
        "claude-a.json",
        r#"{"type":"claude","access_token":"sk-ant-oat01-Aq3fZx81LmPw5TgY","refresh_token":"sk-ant-ort01-Bq3fZx81LmPw5TgY","expired":1000000000000000}"#,
    );
    assert!(file["expires_at"].is_null() && ids.contains(&"expiry-far-future".to_owned()), "{file}");
}

#[test]
fn a_token_that_lost_its_signature_is_told() {
    let codex = |access: &str, id: &str| {
        let text = format!(
            r#"{{"type":"codex","access_token":"{access}","id_token":"{id}","refresh_token":"rt_Aq3fZx81LmPw5TgY9","expired":"2026-03-01T12:00:00Z","email":"ada@example.com"}}"#
        );
        let (_, ids, file) = judged("codex-ada@example.com.json", &text);
        assert_eq!(file["expires_at"], "2026-03-01T12:00:00Z");
        ids
    };
    let whole = claiming(r#"{"exp":1772366400}"#);
    let cut = whole.strip_suffix("c2lnbmF0dXJl").expect("a signature");
    assert_eq!(codex(&whole, &whole), Vec::<String>::new());
    for broken in [cut.to_owned(), format!("{cut}c2lnb"), format!("{cut}\u{e4}\u{f6}")] {
        assert_eq!(codex(&broken, &whole), ["jwt-undecodable"], "{broken}");
        assert_eq!(codex(&whole, &broken), ["jwt-undecodable"], "{broken}");
    }
}

#[test]
fn no_token_leaves_from_the_place_of_an_account() {
    let dir = tempfile::tempdir().expect("a directory");
    let refresh = crate::redact::noise(24, 7);
    let pasted = [format!("sk-ant-ort01-{}", crate::redact::noise(24, 6)), refresh.clone()];
    for (n, account) in pasted.iter().enumerate() {
        let text = format!(
            r#"{{"type":"claude","access_token":"sk-ant-oat01-Aq3fZx81LmPw5Tg{n}","refresh_token":"{refresh}","expired":"2026-02-21T18:00:00Z","email":"{account}"}}"#
        );
        std::fs::write(dir.path().join(format!("claude-{n}.json")), text).expect("written");
    }
    let plain = r#"{"type":"claude","access_token":"sk-ant-oat01-Cq3fZx81LmPw5TgY","expired":"2026-02-21T18:00:00Z","email":"Ada@Example.com"}"#;
    std::fs::write(dir.path().join("claude-2.json"), plain).expect("written");
    let path = vec![dir.path().to_string_lossy().into_owned()];
    for format in FORMATS {
        let outcome = check(&path, &["--format", format, "--show-accounts"]);
        let all = String::from_utf8_lossy(&[outcome.stdout, outcome.stderr].concat()).into_owned();
        for secret in &pasted {
            let leak = secret.as_bytes().windows(13).map(String::from_utf8_lossy).find(|w| all.contains(&**w));
            assert!(leak.is_none(), "{format} leaks {leak:?}");
        }
        assert!(!matches!(format, "json" | "csv") || all.contains("Ada@Example.com"), "{format}: {all}");
    }
}

#[test]
fn a_store_tells_why_it_cannot_be_refreshed() {
    let ide = |more: &str| {
        let text = format!(
            r#"{{"accessToken":"aoaAq3fZx81LmPw5TgY","refreshToken":"aorBq3fZx81LmPw5TgY","expiresAt":"2026-02-21T12:33:00Z"{more}}}"#
        );
        let (_, ids, file) = judged("kiro-auth-token.json", &text);
        let place = file["findings"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        (ids.join(" "), text_of(&file, "refresh").to_owned(), place)
    };
    let (ids, refresh, place) = ide(r#","authMethod":"IdC""#);
    assert_eq!((ids.as_str(), refresh.as_str()), ("kiro-idc-client-id-missing", "impossible"));
    assert_eq!(place, "/clientIdHash");
    let hash = r#","clientIdHash":"e5e5""#;
    let (ids, refresh, place) = ide(&format!(r#","authMethod":"IdC"{hash}"#));
    assert_eq!((ids.as_str(), refresh.as_str()), ("kiro-registration-file-missing", "impossible"));
    assert_eq!(place, "/clientIdHash");
    for social in [r#","authMethod":"social""#.to_owned(), format!(r#","authMethod":"social"{hash}"#)] {
        assert_eq!(ide(&social), (String::new(), "possible".to_owned(), String::new()), "{social}");
    }
    let sso = |more: &str| {
        let text = format!(
            r#"{{"startUrl":"https://d-1.awsapps.com/start","region":"eu-central-1","accessToken":"aoaAq3fZx81LmPw5TgY","expiresAt":"2026-02-21T13:00:00Z"{more}}}"#
        );
        let (_, ids, file) = judged("cache.json", &text);
        (ids.join(" "), text_of(&file, "refresh").to_owned())
    };
    assert_eq!(sso("").1, "not_applicable", "an old login, without a refresh token");
    let missing = |id: &str| (id.to_owned(), "impossible".to_owned());
    let refresh = r#","refreshToken":"aorBq3fZx81LmPw5TgY""#;
    let both = "kiro-idc-client-id-missing kiro-idc-client-secret-missing";
    assert_eq!(sso(refresh), missing(both));
    assert_eq!(sso(&format!(r#"{refresh},"clientId":"c1""#)), missing("kiro-idc-client-secret-missing"));
}

#[test]
fn a_store_of_other_logins_only_is_still_that_programs_store() {
    let text = r#"{"mcpOAuth":{"linear|abc":{"serverName":"linear","accessToken":"Aq3fZx81LmPw5TgY9kQ","expiresAt":1771696800000}}}"#;
    let (verdict, ids, file) = judged(".credentials.json", text);
    assert_eq!((file["provider"].as_str(), verdict.as_str()), (Some("claude-cli"), "unknown"), "{file}");
    assert_eq!((ids, text_of(&file["findings"][0], "severity")), (vec!["expiry-missing".to_owned()], "info"));
    let own = text.replacen('{', r#"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-Aq3fZx81LmPw5TgY"},"#, 1);
    assert!(judged(".credentials.json", &own).1.contains(&"refresh-token-missing".to_owned()));
}

/// The ids and severities of a provider's example with some members changed.
fn told(name: &str, changes: &[(&str, &str)]) -> Vec<(&'static str, &'static str)> {
    let provider = PROVIDERS.iter().find(|p| p.name == name).expect("a provider");
    let mut root: Value = serde_json::from_str(provider.example).expect("an object");
    changes.iter().for_each(|(pointer, json)| set_member(&mut root, pointer, json));
    let fact = examine(&name_for(provider, provider.example).expect("a name"), &root.to_string());
    fact.findings.iter().map(|f| (f.rule.id, f.severity.word())).collect()
}

#[test]
fn an_address_that_is_not_the_vendors_is_a_remark() {
    let strange = r#""https://auth.x.ai.collector.example/token""#;
    assert_eq!(told("xai", &[("/token_endpoint", strange)]), [("endpoint-suspicious", "info")]);
    assert_eq!(told("gemini", &[("/token/token_uri", strange)]), [("endpoint-suspicious", "info")]);
    assert_eq!(told("gemini", &[("/token/token_uri", r#""https://oauth2.googleapis.com/token""#)]), []);
    assert_eq!(told("claude", &[("/base_url", strange)]), [], "any gateway may stand there");
}

#[test]
fn a_token_tells_how_far_it_reaches() {
    let codex = |token: &str| {
        let token = format!("\"{token}\"");
        told("codex", &[("/access_token", &token), ("/id_token", ""), ("/expired", ""), ("/last_refresh", "")])
    };
    let missing = ("expiry-missing", "warning");
    assert_eq!(codex(&claiming(r#"{"exp":1772366400,"iat":1771502400}"#)), [missing]);
    let long = ("jwt-long-lived", "info");
    assert_eq!(codex(&claiming(r#"{"exp":1774267200,"iat":1771502400}"#)), [missing, long]);
    assert_eq!(codex(&claiming(r#"{"iat":1771502400}"#)), [missing, long]);
    let unsigned = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln";
    assert_eq!(codex(unsigned), [missing, ("jwt-unsigned", "info")]);
}

#[cfg(unix)]
#[test]
fn an_open_directory_is_told_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let claude = PROVIDERS.iter().find(|p| p.name == "claude").expect("a provider").example;
    let dir = tempfile::tempdir().expect("a directory");
    for name in ["claude-a.json", "claude-b.json"] {
        std::fs::write(dir.path().join(name), claude.replace("ada@", name)).expect("written");
        std::fs::set_permissions(dir.path().join(name), std::fs::Permissions::from_mode(0o600)).expect("set");
    }
    for (mode, perms, wanted) in [
        (0o700, Perms::Live, None),
        (0o755, Perms::Live, Some("info")),
        (0o777, Perms::Live, Some("warning")),
        (0o777, Perms::Copy, None),
    ] {
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).expect("set");
        let seen = auth::inspect(&[dir.path().to_path_buf()], &Options { perms, ..options() }).expect("readable");
        let found = seen.files.iter().flat_map(|f| &f.findings).filter(|f| f.rule.id == "directory-mode-permissive");
        assert_eq!(found.map(|f| f.severity.word()).collect::<Vec<_>>(), Vec::from_iter(wanted), "{mode:o}");
    }
}

#[test]
fn a_service_account_beside_logins_is_told() {
    let example = |name: &str| PROVIDERS.iter().find(|p| p.name == name).expect("a provider").example;
    let told = |files: &[(&str, &str)]| {
        let dir = tempfile::tempdir().expect("a directory");
        files.iter().for_each(|(name, text)| std::fs::write(dir.path().join(name), text).expect("written"));
        let seen = auth::inspect(&[dir.path().to_path_buf()], &options()).expect("readable");
        seen.by_name("vertex-one-1.json").expect("there").has("service-account-among-logins")
    };
    let vertex = ("vertex-one-1.json", example("vertex"));
    assert!(told(&[vertex, ("claude-a.json", example("claude"))]));
    assert!(!told(&[vertex, ("github-copilot-ada.json", example("github-copilot"))]));
}

#[test]
fn a_saved_cooldown_is_told_until_it_ends() {
    let record = |end: &str| format!(r#"{{"version":1,"records":[{{"model":"m","next_retry_after":"{end}"}}]}}"#);
    let (verdict, ids, file) = judged("claude-a.json.cds", &record("2026-02-21T12:10:00Z"));
    assert_eq!((verdict.as_str(), ids), ("inert", vec!["cooldown-active".to_owned()]), "{file}");
    assert!(text_of(&file["findings"][0], "message").ends_with("1 of them, the last until 2026-02-21T12:10:00Z"));
    for text in [record("2026-02-21T11:00:00Z"), "{".to_owned()] {
        assert_eq!(judged("claude-a.cds", &text).1, Vec::<String>::new(), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_saved_cooldown_that_cannot_be_read_is_no_missing_login() {
    let dir = tempfile::tempdir().expect("a directory");
    std::os::unix::fs::symlink("nowhere", dir.path().join("claude-a.cds")).expect("linked");
    let seen = auth::inspect(&[dir.path().to_path_buf()], &options()).expect("readable");
    assert_eq!((seen.files[0].has("file-dangling-symlink"), seen.files[0].worst()), (true, Some(Severity::Info)));
}
