//! Small dumps, and what may be said of them: never more than their records show, and never with a query that selects
//! other records than the finding's.

use crate::run::authopsy;
use serde_json::{Value, json};

/// Calls `with` with the path of a file that holds the dump.
fn kept<T>(dump: &str, with: impl FnOnce(&str) -> T) -> T {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("dump");
    std::fs::write(&path, dump).expect("a file");
    with(path.to_str().expect("a path"))
}

/// The report of a dump.
fn triage(dump: &str) -> Value {
    let outcome = kept(dump, |path| authopsy(&["triage", path, "--format", "json"]));
    serde_json::from_slice(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {}", outcome.err()))
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// `class origin credential xcount` of every finding, worst first, nearby ones last. Every query is tried.
fn told(dump: &str) -> Vec<String> {
    let report = triage(dump);
    let all = list(&report, "findings").iter().chain(list(&report, "nearby"));
    all.map(|f| {
        let query = f["query"].as_str().expect("a query");
        let found = kept(dump, |path| authopsy(&["query", query, path, "--format", "ndjson"]));
        assert_eq!(found.out().lines().count() as u64, f["count"].as_u64().expect("a count"), "{query}\n{dump}");
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        format!("{} {} {} x{}", word(&f["class"]), word(&f["origin"]), word(&f["credential"]["state"]), f["count"])
    })
    .collect()
}

fn statements(dump: &str) -> String {
    let report = triage(dump);
    let all = list(&report, "findings").iter().chain(list(&report, "nearby"));
    all.filter_map(|f| f["statement"].as_str()).collect::<Vec<_>>().join("\n")
}

/// A record of the proxy, `second` seconds after the hour; a null takes a field away.
fn record(second: u32, fields: &Value) -> String {
    let mut row = json!({
        "_time": format!("2026-06-09T10:{:02}:{:02}.5Z", second / 60, second % 60),
        "_msg": "request", "service": "iron-proxy", "kubernetes.pod_name": "px-1",
        "audit.host": "api.acme.example", "audit.method": "GET", "audit.path": "/v1/x", "audit.status_code": "200",
        "audit.action": "allow", "audit.mode": "mitm",
        "request_transforms": "[]", "response_transforms": r#"[{"name":"allowlist","action":"allow"}]"#,
    });
    for (name, value) in fields.as_object().expect("fields") {
        row[name.as_str()] = value.clone();
    }
    row.as_object_mut().expect("a record").retain(|_, value| !value.is_null());
    format!("{row}\n")
}

const SWAPPED: &str = r#"[{"name":"secrets","action":"allow","annotations":{"swapped":[{"secret":"K","locations":["header:Authorization"]}]}}]"#;
const SKIPPED: &str =
    r#"[{"name":"oauth_token","action":"allow","annotations":{"error":"mint_failed","skipped":"token_unavailable"}}]"#;

/// A text line of the LLM proxy.
fn line(second: u32, request: &str, source: &str, text: &str) -> String {
    format!("[2026-06-09 10:{:02}:{:02}] [{request}] [warn ] [{source}.go:1] {text}\n", second / 60, second % 60)
}

fn answer(second: u32, request: &str, status: u16, latency: &str, tail: &str) -> String {
    line(
        second,
        request,
        "gin_logger",
        &format!(r#"{status} |  {latency} |  203.0.113.7 | POST    "/v1/messages"{tail}"#),
    )
}

#[test]
fn what_was_attached_is_known_only_from_whole_traces() {
    for (transforms, refused, denied) in [
        (json!("[]"), "upstream.credential-missing upstream not_attached x1", "not_attached"),
        (json!(SWAPPED), "upstream.token-invalid upstream attached x1", "attached"),
        (Value::Null, "upstream.token-invalid upstream unknown x1", "unknown"),
        (json!(r#"["allowlist","secrets"]"#), "upstream.token-invalid upstream unknown x1", "unknown"),
        (json!(&SWAPPED[..60]), "upstream.token-invalid upstream unknown x1", "unknown"),
        (json!("inject_bearer:linear"), "upstream.token-invalid upstream attached x1", "attached"),
    ] {
        let dump = record(20, &json!({"audit.status_code": "401", "request_transforms": transforms}));
        assert_eq!(told(&dump), [refused], "{dump}");
        // A proxy on the way did not judge what was attached for the host.
        let dump = record(20, &json!({"audit.status_code": "407", "request_transforms": transforms}));
        assert_eq!(told(&dump), [format!("upstream.credential-missing upstream {denied} x1")], "{dump}");
        let dump = record(20, &json!({"audit.status_code": "403", "request_transforms": transforms}));
        assert_eq!(told(&dump), [format!("upstream.forbidden-unspecified upstream {denied} x1")], "{dump}");
        assert_eq!(statements(&dump).contains("no credential was attached"), denied == "not_attached", "{dump}");
        for (status, class) in [("402", "upstream.entitlement-missing"), ("451", "upstream.geo-blocked")] {
            let dump = record(20, &json!({"audit.status_code": status, "request_transforms": transforms}));
            assert_eq!(told(&dump), [format!("{class} upstream {denied} x1")], "{dump}");
        }
    }
}

#[test]
fn a_secret_that_could_not_be_fetched_is_no_outage() {
    let row = |message: &str, more: Value| {
        let mut fields = json!({"_msg": message, "audit.status_code": "503", "audit.action": null, "secret_ref": "vault/a b",
            "error": "secret store answered: permission denied", "request_transforms": null, "response_transforms": null});
        fields.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        record(20, &fields)
    };
    let want = "secret.store-permission-denied secret-store unresolved x1";
    for dump in [
        row("failed to fetch secret", json!({})),
        row("failed to fetch secret", json!({"secret_ref": null, "secret": "vault/a b"})),
        row("failed to fetch secret", json!({"audit.action": "error"})),
        // A line of its own, without the request.
        row(
            "failed to fetch secret",
            json!({"audit.host": null, "audit.status_code": null, "audit.method": null,
            "audit.path": null, "audit.mode": null}),
        ),
        row(
            "failed to fetch secret: secret store answered: permission denied",
            json!({"error": null, "audit.host": null,
            "audit.status_code": null, "audit.method": null, "audit.path": null, "audit.mode": null}),
        ),
    ] {
        assert_eq!(told(&dump), [want], "{dump}");
        let report = triage(&dump);
        assert_eq!(report["secret_errors"][0]["reference"], "vault/a b", "{dump}");
    }
    let other = row(
        "request completed",
        json!({"secret_ref": null, "error": "dial tcp 10.0.0.1:443: connect: no route to host"}),
    );
    assert_eq!(told(&other), ["avail.connect local-proxy unknown x1"]);
}

#[test]
fn answers_of_both_sides_share_a_class_and_no_sentence() {
    let proxy = json!({"audit.status_code": "502", "audit.action": "error", "response_transforms": null,
        "error": "net/http: timeout awaiting response headers"});
    let upstream = record(20, &json!({"audit.status_code": "504"}));
    let dump = format!("{upstream}{}", record(21, &proxy));
    assert_eq!(told(&dump), ["avail.timeout unknown not_attached x2"]);
    // Each of them is counted under who answered it.
    let by = triage(&dump)["counts"]["by_class"].clone();
    let origins: Vec<(&Value, &Value)> =
        by.as_array().expect("a list").iter().map(|c| (&c["origin"], &c["attempts"])).collect();
    assert_eq!(origins, [(&json!("upstream"), &json!(1)), (&json!("local-proxy"), &json!(1))]);
    let said = statements(&dump);
    assert!(said.contains("504 came from `api.acme.example` itself, 1 request"), "{said}");
    assert!(said.contains("1 request for `api.acme.example` ended in 502 of the proxy"), "{said}");
    assert_eq!(told(&upstream), ["avail.timeout upstream not_attached x1"]);
}

#[test]
fn a_mint_line_says_why_the_request_after_it_went_without_a_token() {
    let mint = |second: u32, error: &str| {
        format!(
            "{}\n",
            json!({"_time": format!("2026-06-09T10:00:{second:02}.4Z"), "_msg": "oauth_token mint failed",
                "service": "iron-proxy", "kubernetes.pod_name": "px-1", "reason": "mint_failed", "error": error})
        )
    };
    let request = |status: &str| record(20, &json!({"audit.status_code": status, "request_transforms": SKIPPED}));
    let secret = r#"loading client_secret from "op://E/O/s": the specified field cannot be found within the item"#;
    let refused = "dial tcp 10.0.0.1:443: connect: connection refused";
    for (error, want) in [
        (secret, "secret.ref-not-found secret-store unresolved x1"),
        (refused, "token.refresh-network local-proxy unresolved x1"),
        (r#"oauth2: "invalid_grant""#, "token.refresh-invalid-grant token-endpoint unresolved x1"),
    ] {
        assert_eq!(told(&format!("{}{}", mint(20, error), request("401"))), [want], "{error}");
    }
    // Too long before, or after: two facts.
    for second in [10, 21] {
        assert_eq!(told(&format!("{}{}", mint(second, refused), request("401"))).len(), 2, "{second}");
    }
    // Not refused for it: the row stays what it is, and the token's failure is on record.
    assert_eq!(told(&request("200")), ["token.mint-failed local-proxy unresolved x1"]);
    let unavailable = r#"[{"name":"secrets","action":"allow","annotations":{"secret_unavailable":["X_KEY"]}}]"#;
    let dump = record(20, &json!({"audit.status_code": "503", "request_transforms": unavailable}));
    assert_eq!(
        told(&dump),
        ["secret.unresolved secret-store unresolved x1", "avail.upstream-unavailable upstream unresolved x1"]
    );
}

#[test]
fn a_success_right_after_speaks_against_the_credential() {
    let ok = |second| record(second, &json!({"request_transforms": SWAPPED}));
    let refused = record(60, &json!({"audit.status_code": "401", "request_transforms": SWAPPED}));
    for (after, counted) in [(61, 1), (119, 1), (200, 0)] {
        let report = triage(&format!("{}{refused}{}", ok(1), ok(after)));
        assert_eq!(list(&report["findings"][0], "counter_evidence").len(), counted, "{after}");
        assert_eq!(list(&report, "hypotheses").len(), 1 - counted, "{after}");
        let bracket = report["detectors"][0]["statement"].as_str().expect("a statement");
        assert_eq!(bracket.contains("it stopped working"), counted == 0, "{bracket}");
    }
}

#[test]
fn the_control_plane_refuses_in_its_own_words() {
    let said = |error: &str| {
        format!(
            "{}\n",
            json!({"_time": "2026-06-09T10:00:20Z", "_msg": "fatal error", "service": "iron-proxy", "error": error})
        )
    };
    assert_eq!(
        told(&said("control plane: proxy_revoked: this proxy was revoked (HTTP 403)")),
        ["upstream.token-revoked upstream unknown x1"]
    );
    assert_eq!(told(&said("control plane: token_expired (HTTP 401)")), ["upstream.token-expired upstream unknown x1"]);
    assert_eq!(told(&said("listen tcp :8080: address already in use")), [""; 0]);
    assert_eq!(told(&said("control plane: validation_failed (HTTP 422)")), [""; 0]);
}

#[test]
fn a_proxy_that_its_control_plane_refused_is_not_ready_for_that_reason() {
    let failed = |pod: &str| {
        record(
            20,
            &json!({"_msg": "initial sync failed, will retry", "kubernetes.pod_name": pod,
            "error": "control plane: token_expired: x (HTTP 401)", "audit.host": null, "audit.method": null,
            "audit.path": null, "audit.status_code": null, "audit.action": null, "audit.mode": null,
            "request_transforms": null, "response_transforms": null}),
        )
    };
    let unready = r#"[{"name":"ready","action":"reject","annotations":{"reason":"awaiting_control_plane_config"}}]"#;
    let fields = json!({"audit.status_code": "503", "audit.action": "reject", "audit.rejected_by": "ready",
        "request_transforms": unready, "response_transforms": null});
    let (same, other) = (failed("px-1") + &record(80, &fields), failed("px-2") + &record(80, &fields));
    let causes = |dump: &str| -> Vec<Value> {
        let report = triage(dump);
        let of = |f: &Value| json!([f["class"], f["role"], f["caused_by"]]);
        let mut all: Vec<Value> = list(&report, "findings").iter().map(of).collect();
        all.sort_by_key(ToString::to_string);
        all
    };
    assert_eq!(
        causes(&same),
        [json!(["local.not-ready", "derived", "F01"]), json!(["upstream.token-expired", "root", null])]
    );
    assert_eq!(causes(&other)[0], json!(["local.not-ready", "root", null]));
    let report = triage(&same);
    assert!(verdict(&same, &[]).contains("the control plane refused the login of the proxy itself"));
    assert!(statements(&same).contains("the control plane refused the login of the proxy itself: 1 time"));
    assert_eq!(report["findings"][0]["next"]["kind"], "verify");
    assert!(report["findings"][0]["next"]["text"].to_string().contains("control plane"));
}

#[test]
fn a_rejection_without_a_name_is_told_without_one() {
    let refused = |status: &str, response: &str| {
        record(
            20,
            &json!({"audit.status_code": status, "audit.action": "reject", "audit.method": "CONNECT",
            "audit.path": null, "request_transforms": null, "response_transforms": response}),
        )
    };
    let subtype = |dump: &str| list(&triage(dump), "findings")[0]["subtype"].clone();
    let login = refused("407", "[]");
    assert_eq!(told(&login), ["local.client-key local-proxy unknown x1"]);
    assert!(statements(&login).contains("shows that the proxy refused"), "{}", statements(&login));
    assert_eq!(subtype(&refused("403", "[]")), Value::Null);
    assert_eq!(subtype(&refused("403", r#"[{"name":"dlp","action":"reject"}]"#)), "response-side");
}

#[test]
fn fields_of_log_lines_are_read_under_any_prefix() {
    for prefix in ["", "log.", "app.", "data."] {
        let mut row =
            json!({"_time": "2026-06-09T10:00:20Z", "_msg": "oauth_token mint failed", "service": "iron-proxy"});
        row[format!("{prefix}reason")] = json!("invalid_grant");
        row[format!("{prefix}error")] = json!("oauth2: invalid_grant");
        assert_eq!(told(&format!("{row}\n")), ["token.refresh-invalid-grant token-endpoint unresolved x1"], "{row}");
    }
}

#[test]
fn the_llm_proxys_own_answers_are_its_own() {
    let key = r#" | response="{"error":"Invalid API key"}""#;
    let example = r#" | response="{"error":{"code":"unsafe_example_api_key"}}""#;
    let cooling = r#" | response="{"error":{"code":"model_cooldown","reset_seconds":30}}""#;
    let upstream = " | claude-sonnet | claude:work | upstream=https://api.anthropic.com/v1/messages";
    let empty = r#" | gpt-5 | response="{"error":{"code":"auth_unavailable","message":"no auth available"}}""#;
    let worded = r#" | gpt-5 | response="{"error":{"message":"no auth available"}}""#;
    let bare = r#" | gpt-5 | response="auth_not_found: no auth candidates""#;
    let unserved = r#" | gpt-x | response="{"error":{"message":"unknown provider for model gpt-x"}}""#;
    for status in [400, 502] {
        assert_eq!(told(&answer(20, "aa000001", status, "1.2s", unserved)), [""; 0]);
    }
    for (dump, want) in [
        (answer(20, "aa000001", 503, "853ms", empty), "local.no-credential-available local-proxy unknown x1"),
        (answer(20, "aa000001", 500, "853ms", worded), "local.no-credential-available local-proxy unknown x1"),
        (answer(20, "aa000001", 503, "853ms", bare), "local.no-credential-available local-proxy unknown x1"),
        (
            answer(20, "aa000001", 503, "853ms", &format!("{upstream}{empty}")),
            "avail.upstream-unavailable unknown attached x1",
        ),
        (answer(20, "aa000001", 401, "25ms", key), "local.client-key local-proxy unknown x1"),
        (answer(20, "aa000001", 403, "0s", example), "local.client-key local-proxy unknown x1"),
        (answer(20, "aa000001", 429, "1.2s", cooling), "quota.rate-limited local-proxy unknown x1"),
        (answer(20, "aa000001", 403, "1.2s", ""), "upstream.forbidden-unspecified unknown unknown x1"),
        (answer(20, "aa000001", 401, "1.2s", upstream), "upstream.token-invalid upstream attached x1"),
        (
            answer(20, "aa000001", 401, "1.2s", &format!("{upstream}{key}")),
            "upstream.token-invalid upstream attached x1",
        ),
        (
            line(
                20,
                "aa000001",
                "codex_executor",
                "request error, error status: 503, error message: auth_unavailable: x",
            ),
            "avail.upstream-unavailable upstream unknown x1",
        ),
    ] {
        assert_eq!(told(&dump), [want], "{dump}");
        assert!(!statements(&dump).contains("placeholder"), "{dump}");
    }
}

#[test]
fn a_refusal_counts_without_its_access_line() {
    let revoked = r#"request error, error status: 401, error message: {"error":{"code":"token_invalidated"}}"#;
    let want = |n: usize| vec![format!("upstream.token-revoked upstream unknown x{n}")];
    let five: String = (0..5).map(|n| line(20 * n, &format!("a1b2c3d{n}"), "codex_executor", revoked)).collect();
    assert_eq!(told(&five), want(5));
    assert_eq!(told(&line(20, "--------", "codex_executor", revoked)), want(1));
    let both =
        format!("{}{}", line(20, "a1b2c3d4", "codex_executor", revoked), answer(21, "a1b2c3d4", 401, "1.2s", ""));
    assert_eq!(told(&both), want(1));
    let healed =
        format!("{}{}", line(20, "a1b2c3d4", "codex_executor", revoked), answer(21, "a1b2c3d4", 200, "1.2s", ""));
    assert_eq!(told(&healed), [""; 0]);
    let banned = "kiro: account is suspended, token kiro-1 set to cooldown for 24h0m0s";
    assert_eq!(
        told(&line(20, "--------", "kiro_executor", banned)),
        ["upstream.account-suspended upstream unknown x1"]
    );
}

#[test]
fn a_refresh_is_no_login() {
    let idc =
        |second: u32, text: &str| line(second, "--------", "sso_oidc", &format!("IDC token refresh failed {text}"));
    for (text, want) in [
        (r#"(status 429): {"error":"slow_down"}"#, "token.refresh-network token-endpoint unknown x1"),
        (r#"(status 401): {"error":"expired_token"}"#, "token.refresh-invalid-grant token-endpoint unknown x1"),
        (r#"(status 400): {"error":"invalid_grant"}"#, "token.refresh-invalid-grant token-endpoint unknown x1"),
    ] {
        assert_eq!(told(&idc(20, text)), [want], "{text}");
    }
    // A second holds many lines; the query selects one of them.
    let noise = line(20, "--------", "x", "periodic model refresh started").repeat(4);
    assert_eq!(told(&format!("{}{noise}", idc(20, r#"(status 400): {"error":"invalid_grant"}"#))).len(), 1);
}

#[test]
fn a_missing_route_is_told_only_where_no_management_call_worked() {
    let call = |second: u32, status: u16, what: &str| {
        line(second, "--------", "gin_logger", &format!(r#"{status} |  0s |  203.0.113.7 | {what}""#))
    };
    let refresh = call(20, 404, r#"POST    "/v0/management/auths/codex/refresh"#);
    assert_eq!(told(&refresh), ["local.management-key local-proxy unknown x1"]);
    let works = call(21, 200, r#"GET     "/v0/management/config"#);
    assert_eq!(told(&format!("{refresh}{works}")), [""; 0]);
}

#[test]
fn a_healthy_log_is_not_said_to_lack_its_stream() {
    let healthy: String = (0..20).map(|n| answer(n, &format!("aa0000{n:02}"), 200, "1.2s", "")).collect();
    let said = triage(&healthy)["verdict"]["summary"].to_string();
    assert!(said.contains("NO EVIDENCE FOUND") && !said.contains("missing"), "{said}");
    let row = json!({"_time": "2026-06-09T10:00:20Z", "_msg": "pipeline reloaded", "service": "iron-proxy"});
    let said = triage(&format!("{row}\n"))["verdict"]["summary"].to_string();
    assert!(said.contains("hold no record of a request"), "{said}");
    let row = json!({"_time": "2026-06-09T10:00:20Z", "_msg": "hello", "service": "api"});
    let said = triage(&format!("{row}\n"))["verdict"]["summary"].to_string();
    assert!(said.contains("the proxy's stream is missing"), "{said}");
}

/// The verdict's sentence for these selectors.
fn verdict(dump: &str, selectors: &[&str]) -> String {
    let outcome = kept(dump, |path| authopsy(&[&["triage", path, "--format", "json"], selectors].concat()));
    let report: Value = serde_json::from_slice(&outcome.stdout).expect("a report");
    report["verdict"]["summary"].as_str().expect("text").to_owned()
}

#[test]
fn healthy_is_only_what_shows_no_failure_at_all() {
    let host = ["--host", "api.acme.example"];
    let mut dump = record(0, &json!({}));
    assert!(verdict(&dump, &host).contains("present and healthy: 1 row, 1 request without a failure"));
    dump += &record(1, &json!({"audit.status_code": "429"}));
    dump += &record(2, &json!({"audit.status_code": "503"}));
    let said = verdict(&dump, &host);
    assert!(said.contains("present, no auth failure: 3 rows, 1 request that succeeded"), "{said}");
    assert!(said.contains("not an auth failure: 1×429 and 1×503"), "{said}");
    let stale = json!({"_time": "2026-06-09T10:00:03Z", "_msg": "failed to refresh secret, serving stale value",
        "service": "iron-proxy", "secret": "op://v/i/f", "error": "context deadline exceeded"});
    let said = verdict(&format!("{dump}{stale}\n"), &["--identity", "op://v/i/f"]);
    assert!(said.contains("no auth failure") && said.contains("but F01") && !said.contains("healthy"), "{said}");
}

#[test]
fn a_failed_tool_call_is_no_health_whoever_made_it() {
    let call = json!({"_time": "2026-06-09T10:00:01Z", "_msg": "tool_call_completed", "event": "tool_call_completed",
        "service": "api", "success": "false", "duration_ms": "90", "tool_name": "crm", "error": "401 Unauthorized"});
    let dump = format!("{}{call}\n", record(0, &json!({})));
    for selectors in [&["--tool", "crm"][..], &["--service", "api"], &["--query", "service:api"], &[]] {
        let said = verdict(&dump, selectors);
        assert!(said.contains("1 tool call failed, with a refusal in the text of the error"), "{selectors:?}: {said}");
        assert!(!said.contains("healthy"), "{selectors:?}: {said}");
    }
    let said = verdict(&dump, &["--query", "service:iron-proxy"]);
    assert!(said.contains("1 row let through, none shows one"), "{said}");
}

#[test]
fn a_thread_without_labels_is_not_called_healthy() {
    let dump = |label: &str| {
        let shim = json!({"_time": "2026-06-09T10:00:00Z", "_msg": "x", "service": "sandbox",
            "k8s.pod.name": "sb", "thread_key": "slack:C1:1.2", label: "asbx-1"});
        format!("{shim}\n{}", record(1, &json!({"audit.status_code": "401", label: "asbx-1"})))
    };
    let thread = ["--thread", "slack:C1:1.2"];
    for label in ["k8s.pod.labels.centaur.ai/sandbox-id", "k8s.pod.label.centaur.ai/sandbox-id"] {
        assert!(verdict(&dump(label), &thread).starts_with("EVIDENCE FOUND"), "{label}");
    }
    let said = verdict(&dump("another.label"), &thread);
    assert!(said.contains("no row of the proxy carries a sandbox label"), "{said}");
}

#[test]
fn what_a_finding_confirms_the_first_line_does_not_deny() {
    let unresolved = r#"[{"name":"secrets","action":"allow","annotations":{"secret_unavailable":["K"]}}]"#;
    let dump = record(0, &json!({"audit.method": "CONNECT", "request_transforms": unresolved}));
    let said = verdict(&dump, &[]);
    assert!(said.starts_with("EVIDENCE FOUND: a secret could not be resolved"), "{said}");
}

#[test]
fn messages_stand_where_the_collector_put_them() {
    for name in ["message", "msg", "log", "fields.message"] {
        let line = json!({"_time": "2026-06-09T10:00:01Z", "service": "iron-proxy", "secret": "op://v/i/f",
            "_msg": "missing _msg field; see https://docs.victoriametrics.com/victorialogs/keyconcepts/#message-field",
            name: "failed to fetch secret, caching error", "error": "env var \"X\" is not set or empty"});
        let dump = format!("{line}\n");
        assert_eq!(told(&dump), ["secret.ref-not-found secret-store unresolved x1"], "{name}");
    }
}

#[test]
fn queries_call_fields_what_the_records_call_them() {
    let unresolved = r#"[{"name":"secrets","action":"reject","annotations":{"rejected":"op://v/i/f","reject_reason":"secret_unavailable"}}]"#;
    let rejected = json!({"audit.status_code": "403", "audit.action": "reject", "audit.rejected_by": "secrets",
        "audit.request_transforms": unresolved, "request_transforms": null, "response_transforms": null});
    assert_eq!(told(&record(0, &rejected)), ["secret.unresolved secret-store unresolved x1"]);
    let expired = json!({"audit.status_code": "502", "audit.action": "error", "kubernetes.pod_name": null, "pod": "p1",
        "error": "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: x"});
    assert_eq!(told(&record(0, &expired)).len(), 1);
    let mixed = record(0, &expired)
        + &record(
            1,
            &json!({"audit.status_code": "502", "audit.action": "error",
        "error": "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: x"}),
        );
    assert_eq!(told(&mixed).len(), 1);
    for spelling in ["403.0", "4.03e2", "403"] {
        let dump =
            record(0, &json!({"audit.status_code": "403"})) + &record(1, &json!({"audit.status_code": spelling}));
        assert_eq!(told(&dump), ["upstream.forbidden-unspecified upstream not_attached x2"], "{spelling}");
    }
    assert_eq!(told(&record(0, &json!({"audit.status_code": "403.5"}))), Vec::<String>::new());
}

/// Hypotheses in one text.
fn suggested(dump: &str) -> String {
    triage(dump)["hypotheses"].to_string()
}

#[test]
fn a_change_that_changed_nothing_is_no_cause() {
    let sent = json!({"request_transforms": SWAPPED});
    let refused = json!({"request_transforms": SWAPPED, "audit.status_code": "401"});
    let line = |second: u32, pod: &str, service: &str, message: &str| {
        let row = json!({"_time": format!("2026-06-09T10:{:02}:00Z", second / 60), "_msg": message, "service": service,
            "kubernetes.pod_name": pod, "error": "x"});
        format!("{row}\n")
    };
    let dump =
        |change: &str| [record(0, &sent), change.to_owned(), record(720, &refused), record(780, &refused)].concat();
    let suspects = |change: &str| suggested(&dump(change)).contains("began after the change");
    assert!(suspects(&line(660, "px-1", "iron-proxy", "management reload succeeded")));
    assert!(suspects(&line(660, "px-2", "iron-proxy", "management reload succeeded")));
    assert!(!suspects(&line(660, "px-1", "iron-proxy", "management reload rejected invalid config")));
    assert!(!suspects(&line(660, "other-0", "gateway", "management reload succeeded")));
    // The credential served on for long.
    let served = line(60, "px-1", "iron-proxy", "management reload succeeded") + &record(600, &sent);
    assert!(!suspects(&served));
}

#[test]
fn two_credentials_of_one_request_are_both_told() {
    let both = r#"[{"name":"secrets","action":"allow","annotations":{"swapped":[{"secret":"B","locations":["header:X-Org"]}],"secret_unavailable":["K"]}}]"#;
    let said = statements(&record(0, &json!({"audit.status_code": "401", "request_transforms": both})));
    assert!(said.contains("without it, but attached `B` (`header:X-Org`)"), "{said}");
    assert!(said.contains("is not on record") && !said.contains("follows from that"), "{said}");
}

#[test]
fn a_first_failure_is_a_failure_of_the_host() {
    let line = json!({"_time": "2026-06-09T10:00:00Z", "_msg": "failed to fetch secret, caching error", "secret": "K",
        "service": "iron-proxy", "kubernetes.pod_name": "px-1", "error": "rate limit exceeded"});
    let unresolved = r#"[{"name":"secrets","action":"allow","annotations":{"secret_unavailable":["K"]}}]"#;
    let fields = |host: &str| json!({"audit.host": host, "audit.status_code": "401", "request_transforms": unresolved});
    let dump = format!("{line}\n{}{}", record(1, &fields("h0.example")), record(241, &fields("h1.example")));
    let report = triage(&dump);
    let rows: Vec<String> = list(&report, "timeline").iter().map(|m| format!("{} {}", m["time"], m["text"])).collect();
    let at = |words: &str| rows.iter().find(|row| row.contains(words)).map(|row| row[12..20].to_owned());
    assert_eq!(at("first failure: secret.fail-open at h0.example").as_deref(), Some("10:00:01"), "{rows:?}");
    assert_eq!(at("first failure: secret.fail-open at h1.example").as_deref(), Some("10:04:01"), "{rows:?}");
    assert_eq!(at("first secret error: K").as_deref(), Some("10:00:00"), "{rows:?}");
}

/// What the time line says of changes before the first failure.
fn unchanged(dump: &str) -> String {
    let report = triage(dump);
    let row = list(&report, "timeline").iter().find(|m| m["kind"] == "no_change");
    row.map_or("", |m| m["text"].as_str().expect("a text")).to_owned()
}

#[test]
fn records_begin_with_a_failure_only_where_nothing_stands_before_it() {
    let refused = json!({"request_transforms": SWAPPED, "audit.status_code": "403"});
    assert!(unchanged(&record(30, &refused)).starts_with("the records begin with the first failure"));
    let said = unchanged(&(record(0, &json!({})) + &record(30, &refused)));
    assert_eq!(said, "no change marker of its program in the 30 s of records before the first failure");
}

/// What a detector says, and whether it fired.
fn detected(report: &Value, id: &str) -> (bool, String) {
    let found = list(report, "detectors").iter().find(|d| d["id"] == id).expect("a detector");
    (found["fired"] == true, format!("{} {}", found["statement"], found["censoring"]))
}

#[test]
fn what_is_concluded_from_silence_says_where_rows_are_missing() {
    let served = json!({"request_transforms": SWAPPED});
    let refused = json!({"request_transforms": SWAPPED, "audit.status_code": "401"});
    let rows = |from: u32, fields: &Value| (0..15).map(|n| record(from + 20 * n, fields)).collect::<String>();
    let near = rows(0, &served) + &rows(300, &refused);
    let far = rows(0, &served) + &rows(3000, &refused);
    let report = triage(&near);
    assert!(!unchanged(&near).contains("no stream has a row") && !detected(&report, "D16").1.contains("silent"));
    assert!(detected(&report, "D02").1.contains("(likely)"));
    let report = triage(&far);
    assert!(unchanged(&far).contains("in 29 min of them no stream has a row"), "{}", unchanged(&far));
    assert!(detected(&report, "D01").1.contains("gap-widened"), "{:?}", detected(&report, "D01"));
    assert!(detected(&report, "D02").1.contains("possible: rows are missing"), "{:?}", detected(&report, "D02"));
    assert!(detected(&report, "D16").1.contains("every stream is silent for"));
    assert!(suggested(&far).contains("no stream has a row"), "{}", suggested(&far));
}

#[test]
fn what_stands_outside_the_window_is_not_denied() {
    let served = json!({"request_transforms": SWAPPED});
    let refused = json!({"request_transforms": SWAPPED, "audit.status_code": "401"});
    let rows = |from: u32, fields: &Value| (0..5).map(|n| record(from + 60 * n, fields)).collect::<String>();
    let dump = rows(0, &served) + &rows(600, &refused) + &rows(1800, &served);
    let window = ["--start", "2026-06-09T10:08:00Z", "--end", "2026-06-09T10:20:00Z"];
    let said = |dump: &str, more: &[&str]| {
        let told = kept(dump, |path| authopsy(&[&["triage", path], more].concat()).out());
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let denials = [
        "when the records end",
        "is on record before it",
        "the records begin with",
        "not accepted by `api.acme.example`:",
        "after it still failing",
    ];
    let text = said(&dump, &window);
    assert!(!denials.iter().any(|denial| text.contains(denial)), "{text}");
    for claim in ["when the records of the window end", "in the window", "the window begins with the first failure"] {
        assert!(text.contains(claim), "{claim}: {text}");
    }
    // Without rows before it, a window hides nothing.
    let dump = rows(600, &refused);
    let text = said(&dump, &window[..2]);
    assert!(text.contains("the records begin with the first failure"), "{text}");
}

#[test]
fn detectors_tell_of_what_was_asked_for() {
    let tried = |second: u32, host: &str, pod: &str, status: &str| {
        let fields = json!({"audit.host": host, "kubernetes.pod_name": pod, "audit.status_code": status,
            "request_transforms": SWAPPED.replace('K', host)});
        record(second, &fields)
    };
    let mut dump: String = (0..3).map(|n| tried(60 * n, "a.example", "px-1", "401")).collect();
    dump.extend((0..6).map(|n| tried(60 * n, "b.example", "px-2", "403")));
    dump.extend((0..6).map(|n| tried(600 + 60 * n, "b.example", "px-1", "200")));
    let asked = |host: &str| {
        let outcome = kept(&dump, |path| authopsy(&["triage", path, "--host", host, "--format", "json"]));
        serde_json::from_slice::<Value>(&outcome.stdout).expect("a report")
    };
    let report = asked("a.example");
    assert!(!detected(&report, "D03").0 && !detected(&report, "D09").0, "{report}");
    assert!(detected(&report, "D11").1.contains("3 failures hit 1 host, 1 pod, 1 service, 1 credential"));
    let report = asked("b.example");
    assert!(detected(&report, "D03").0, "{report}");
    assert!(detected(&report, "D09").1.contains("seen in the whole window"), "{:?}", detected(&report, "D09"));
    assert!(list(&asked("zzz.example"), "detectors").iter().all(|d| d["fired"] == false));
}

#[test]
fn one_credentials_flapping_is_not_explained_by_anothers() {
    let tried = |second: u32, host: &str, pod: &str, status: &str| {
        let fields = json!({"audit.host": host, "kubernetes.pod_name": pod, "audit.status_code": status,
            "request_transforms": SWAPPED.replace('K', host)});
        record(second, &fields)
    };
    let pods = ["px-1", "px-2"];
    let turns = |pods: &dyn Fn(usize) -> &'static str| {
        (0..20)
            .map(|n| tried(60 * n, "flap.example", pods(n as usize % 2), ["200", "401"][n as usize % 2]))
            .collect::<String>()
    };
    // Another credential fails on one pod alone.
    let other: String =
        (0..18).map(|n| tried(60 * n, "pod.example", pods[n as usize % 2], ["200", "401"][n as usize % 2])).collect();
    let flapping = |dump: &str| detected(&triage(dump), "D08").1;
    let alone = flapping(&(turns(&|_| "px-1") + &other));
    assert!(alone.contains("flap.example") && alone.contains("neither pod nor node is seen"), "{alone}");
    let split = flapping(&turns(&|n| pods[n]));
    assert!(split.contains("failures follow pod px-2: 10 of 10 there, 0 of 10 elsewhere"), "{split}");
}

#[test]
fn a_refreshed_credential_that_could_not_be_written_is_a_finding() {
    let dump = line(
        1,
        "--------",
        "conductor",
        "persist refreshed auth codex (codex-a.json) failed: open /auths/codex-a.json: read-only file system",
    );
    assert_eq!(told(&dump), ["token.refresh-ineffective local-proxy unknown x1"]);
    let said = statements(&dump);
    assert!(
        said.contains("a refreshed credential of `codex-a.json` could not be written to its file, 1 time"),
        "{said}"
    );
    assert!(verdict(&dump, &[]).contains("1 line (token.refresh-ineffective)"), "{}", verdict(&dump, &[]));
}

#[test]
fn a_change_of_a_process_without_a_name_leaves_no_hole() {
    let dump = line(1, "--------", "watcher", "config file changed, reloading: /c.yaml")
        + &line(
            61,
            "--------",
            "conductor",
            r#"refreshed codex, codex-b.json, token refresh failed with status 400: {"error":"invalid_grant"}"#,
        );
    let report = triage(&dump);
    let texts = format!("{}{}", report["timeline"], report["hypotheses"]);
    assert!(texts.contains("may have caused it") && texts.contains("config file changed"), "{texts}");
    assert!(!texts.contains(" on  ") && !texts.contains(" on \""), "{texts}");
}

#[test]
fn local_times_without_a_zone_are_told_as_such() {
    let dump = line(
        1,
        "--------",
        "conductor",
        r#"refreshed codex, codex-b.json, token refresh failed with status 400: {"error":"invalid_grant"}"#,
    );
    let completeness = triage(&dump)["scope"]["completeness"].clone();
    let notes = list(&completeness, "notes").iter().filter_map(Value::as_str).collect::<String>();
    assert!(notes.contains("1 row carries local time without a zone"), "{notes}");
    let text = kept(&dump, |path| authopsy(&["triage", path, "--tz", "Asia/Tokyo"]).out());
    assert!(!text.contains("+09:00"), "{text}");
    let zoned = triage(&record(0, &json!({"audit.status_code": "401"})));
    assert!(!zoned["scope"].to_string().contains("without a zone"), "{zoned}");
}

#[test]
fn an_echo_names_the_finding_that_it_follows() {
    let revoked = r#"request error, error status: 401, error message: {"type":"error","error":{"type":"authentication_error","message":"OAuth token has been revoked."}}"#;
    let root = line(1, "aaaaaa15", "conductor", "Use OAuth provider=claude auth_file=claude-a.json for model x")
        + &line(2, "aaaaaa15", "claude_executor", revoked)
        + &answer(3, "aaaaaa15", 401, "1.2s", "");
    let echo = |second: u32| {
        let id = format!("cccccc{second:02}");
        answer(60 + second, &id, 503, "0s", " | x | auth_unavailable: no auth available")
    };
    let derived = |dump: &str| {
        let report = triage(dump);
        let all = list(&report, "findings");
        let echo = all.iter().find(|f| f["class"] == "local.no-credential-available").expect("an echo").clone();
        let root = all.iter().find(|f| f["class"] == "upstream.token-revoked").map(|f| f["id"].clone());
        (echo, root)
    };
    let (found, root_id) = derived(&(root + &echo(10) + &echo(11)));
    assert_eq!(Some(&found["caused_by"]), root_id.as_ref(), "{found}");
    assert!(found["next"]["text"].as_str().is_some_and(|next| next.ends_with(" (F01)")), "{}", found["next"]);
    let (alone, _) = derived(&(echo(10) + &echo(11)));
    assert_eq!(alone["caused_by"], Value::Null);
    assert!(alone["next"]["text"].as_str().is_some_and(|next| next.ends_with("no cause of it is on record")));
}

#[test]
fn a_host_that_nobody_asked_again_is_not_called_mended() {
    let dir = tempfile::tempdir().expect("a directory");
    let report = |name: &str, dump: &str| {
        let path = dir.path().join(name).to_string_lossy().into_owned();
        kept(dump, |input| authopsy(&["triage", input, "--format", "json", "-o", &path]));
        path
    };
    let row = |second: u32, host: &str, status: &str| {
        record(second, &json!({"audit.host": host, "audit.status_code": status, "request_transforms": SWAPPED}))
    };
    let old = report("old.json", &row(0, "a.example", "401"));
    for (name, host, status, said) in [
        (
            "elsewhere.json",
            "b.example",
            "200",
            "CANNOT TELL: 1 not seen any more, 0 still there, 0 new, but no request to a.example is in",
        ),
        (
            "outage.json",
            "a.example",
            "504",
            "CANNOT TELL: 1 not seen any more, 0 still there, 0 new, but no request to a.example with K succeeds",
        ),
        ("mended.json", "a.example", "200", "NOT SEEN ANY MORE: 1 not seen any more"),
    ] {
        let new = report(name, &row(600, host, status));
        let told = authopsy(&["diff", &old, &new]).out();
        assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").starts_with(said), "{told}");
    }
}

#[test]
fn a_credential_that_never_served_did_not_stop_serving() {
    let refused = json!({"request_transforms": SWAPPED, "audit.status_code": "401"});
    let never = suggested(&record(0, &refused));
    assert!(never.contains("`K` is not accepted by") && !never.contains("stopped"), "{never}");
    let before = suggested(&(record(0, &json!({"request_transforms": SWAPPED})) + &record(60, &refused)));
    assert!(before.contains("stopped being accepted"), "{before}");
}

/// Traces may be written with blanks; rows enough that most are not parsed whole.
#[test]
fn successes_are_told_apart_by_credential_however_traces_are_written() {
    for gap in ["", " "] {
        let traces = |name: &str| {
            let swapped = format!(r#"[{{"secret":{gap}"{name}","locations":{gap}["header:Authorization"]}}]"#);
            let notes = format!(r#"{{"swapped":{gap}{swapped}}}"#);
            format!(r#"[{{"name":{gap}"secrets","action":{gap}"allow","annotations":{gap}{notes}}}]"#)
        };
        let row = |second: u32, name: &str, status: &str| {
            record(second, &json!({"audit.status_code": status, "request_transforms": traces(name)}))
        };
        let mut dump: String = (0..200).map(|second| row(second, "A", "200")).collect();
        dump += &row(200, "B", "200");
        dump += &row(201, "B", "401");
        let said = statements(&dump);
        assert!(said.contains("1 request with the same credential succeeded"), "{said}");
    }
}

#[test]
fn a_credential_that_its_header_cannot_hold_is_no_outage() {
    let swapped = SWAPPED.replace("header:Authorization", "header:x-api-key");
    let failed = |header: &str| {
        let error = format!("net/http: invalid header field value for \"{header}\"");
        let fields = json!({"audit.status_code": "502", "audit.action": "error", "error": error,
            "request_transforms": swapped, "response_transforms": null});
        told(&record(20, &fields))
    };
    assert_eq!(failed("X-Api-Key"), ["secret.value-malformed local-proxy attached x1"]);
    assert_eq!(failed("Authorization"), ["secret.value-malformed local-proxy attached x1"]);
    assert_eq!(failed("X-Trace"), ["avail.gateway-error local-proxy attached x1"]);
}

#[test]
fn credentials_of_the_gateway_are_told_apart() {
    let refused = |second: u32, injected: &str| {
        record(second, &json!({"audit.status_code": "401", "mcp.gateway.credentials_injected": injected}))
    };
    let one = r#"["op://v/A/c:header:Authorization"]"#;
    let other = r#"["op://v/B/c:header:Authorization"]"#;
    let served = record(50, &json!({"mcp.gateway.credentials_injected": other}));
    let dump = [refused(10, one), refused(20, other), refused(30, "[]"), refused(40, one), served].concat();
    let attached = "upstream.token-invalid upstream attached";
    let mut all = told(&dump);
    all.sort();
    let bare = "upstream.credential-missing upstream not_attached x1".to_owned();
    assert_eq!(all, [bare, format!("{attached} x1"), format!("{attached} x2")]);
    let report = triage(&dump);
    let of = |name: &str| {
        list(&report, "findings").iter().find(|f| f["credential"]["names"] == json!([name])).expect("a finding").clone()
    };
    assert_eq!(of("op://v/A/c")["credential"]["locations"], json!(["header:Authorization"]));
    assert!(of("op://v/B/c")["statement"].to_string().contains("op://v/B/c"));
    let spoken_for = |name: &str| !list(&of(name), "counter_evidence").is_empty();
    assert_eq!([spoken_for("op://v/A/c"), spoken_for("op://v/B/c")], [false, true]);
}

/// A line about a secret that could not be fetched, and is not asked for again within a minute.
fn unfetched(second: u32, pod: &str, error: &str) -> String {
    let fields = json!({"_msg": "failed to fetch secret, caching error", "kubernetes.pod_name": pod, "secret": "K",
        "error": format!("resolving 1password secret \"K\": {error}"), "retry_in": "60000000000",
        "audit.host": null, "audit.method": null, "audit.path": null, "audit.status_code": null, "audit.action": null,
        "audit.mode": null, "request_transforms": null, "response_transforms": null});
    record(second, &fields)
}

#[test]
fn an_error_of_another_time_is_no_reason() {
    const LIMIT: &str = "performing a vault operation: rate limit exceeded";
    let unarmed = r#"[{"name":"secrets","action":"allow","annotations":{"secret_unavailable":["K"]}}]"#;
    let open = |second: u32| record(second, &json!({"audit.status_code": "401", "request_transforms": unarmed}));
    let closed =
        r#"[{"name":"secrets","action":"reject","annotations":{"reject_reason":"secret_unavailable","rejected":"K"}}]"#;
    let refused = |second: u32| {
        let fields = json!({"audit.status_code": "403", "audit.action": "reject", "audit.rejected_by": "secrets",
            "request_transforms": closed, "response_transforms": null});
        record(second, &fields)
    };
    let modes = |dump: &str| -> Vec<String> {
        let report = triage(dump);
        let mut all: Vec<String> = list(&report, "secret_errors")
            .iter()
            .map(|e| format!("{} x{}", e["mode"].as_str().unwrap_or("-"), e["count"]))
            .collect();
        all.sort();
        all
    };
    let alone = "secret.store-unreachable secret-store unresolved x1";
    for (second, pod) in [(3000, "px-1"), (3000, "px-2"), (30, "px-2"), (0, "px-2")] {
        let dump = format!("{}{}{}", open(100), open(101), unfetched(second, pod, LIMIT));
        assert_eq!(told(&dump), ["secret.fail-open secret-store unresolved x2", alone], "{second} {pod}");
        assert_eq!(list(&triage(&dump), "findings")[0]["pods"], json!(["px-1"]));
        assert!(!statements(&dump).lines().next().unwrap_or_default().contains("rate limit"), "{second} {pod}");
        assert_eq!(modes(&dump), ["open x2", "unknown x1"], "{second} {pod}");
        let dump = format!("{}{}{}", refused(100), refused(101), unfetched(second, pod, LIMIT));
        assert_eq!(told(&dump), ["secret.unresolved secret-store unresolved x2", alone], "{second} {pod}");
        assert_eq!(modes(&dump), ["closed x2", "unknown x1"], "{second} {pod}");
    }
    let dump = format!("{}{}{}", unfetched(60, "px-1", LIMIT), open(100), open(101));
    assert_eq!(told(&dump), ["secret.fail-open secret-store unresolved x2"]);
    assert!(statements(&dump).contains("rate limit exceeded"));
    assert_eq!(modes(&dump), ["open x1"]);
    // Another pod asked the same store for the same name.
    for (pod, confidence) in [("px-1", "confirmed"), ("px-2", "likely")] {
        let report = triage(&format!("{}{}", unfetched(60, pod, LIMIT), refused(100)));
        assert_eq!(report["findings"][0]["class"], "secret.store-unreachable");
        assert_eq!(report["findings"][0]["confidence"], confidence, "{pod}");
    }
    // The same refusal before and after the error: two findings, and a query for each.
    let dump = [refused(10), unfetched(60, "px-1", LIMIT), refused(61)].concat();
    assert_eq!(told(&dump).len(), 2);
    let dump = format!("{}{}{}", unfetched(60, "px-1", LIMIT), refused(100), refused(101));
    assert_eq!(told(&dump), ["secret.store-unreachable secret-store unresolved x2"]);
    let dump = [unfetched(60, "px-1", LIMIT), open(61), unfetched(160, "px-1", "boom"), open(161)].concat();
    assert_eq!(told(&dump), ["secret.fail-open secret-store unresolved x2"]);
    assert!(statements(&dump).contains("and others"), "{}", statements(&dump));
}

#[test]
fn a_login_at_a_proxy_on_the_way_says_nothing_of_the_credential() {
    let dump = record(20, &json!({"audit.status_code": "407", "request_transforms": SWAPPED}));
    assert!(verdict(&dump, &[]).contains("a proxy on the way asked for a login of its own"));
    assert_eq!(list(&triage(&dump), "findings")[0]["next"]["text"], "verify the login for the proxy on the way");
    let dump = record(0, &json!({"request_transforms": SWAPPED, "audit.status_code": "407"}));
    assert_eq!(told(&dump), ["upstream.credential-missing upstream attached x1"]);
    assert!(statements(&dump).contains("a proxy on the way asks for a login"), "{}", statements(&dump));
    assert_eq!(suggested(&dump), "[]");
}

#[test]
fn a_broker_tells_its_failures_wherever_it_runs() {
    let text = "broker credential bcr_1 marked dead; human re-auth required: reason=invalid_grant";
    for head in ["", "E, [2026-03-10T09:00:00.1 #1] ERROR -- : ", "ERROR ", "[0f3c-77] "] {
        let line = json!({"_time": "2026-06-09T10:00:01Z", "service": "console", "_msg": format!("{head}{text}")});
        let want = ["token.refresh-invalid-grant token-endpoint unknown x1"];
        assert_eq!(told(&format!("{line}\n")), want, "{head}");
    }
    let split = |message: &str, more: Value| {
        let mut line = json!({"_time": "2026-06-09T10:00:01Z", "service": "iron-token-broker", "_msg": message});
        for (name, value) in more.as_object().expect("fields") {
            line[name.as_str()] = value.clone();
        }
        told(&format!("{line}\n"))
    };
    let dead = "credential marked dead; human re-auth required";
    let id = json!({"credential_id": "bcr_1", "reason": "invalid_grant"});
    assert_eq!(split(dead, id), ["token.refresh-invalid-grant token-endpoint unknown x1"]);
    let retryable = json!({"credential_id": "bcr_1", "stage": "refresh", "status": "503"});
    assert_eq!(split("refresh failed (retryable)", retryable), ["token.refresh-network token-endpoint unknown x1"]);
    assert_eq!(split("refresh failed", json!({"error": "invalid_grant"})), Vec::<String>::new());
}

#[test]
fn rows_without_a_time_are_no_complete_evidence() {
    let row = record(0, &json!({"_time": null, "time": "2026-06-09T10:00:00Z", "audit.status_code": "401"}));
    let outcome = kept(&row, |path| authopsy(&["triage", path, "--format", "json"]));
    assert_eq!(outcome.exit, authopsy::cli::Exit::Incomplete);
    let report: Value = serde_json::from_slice(&outcome.stdout).expect("a report");
    assert_eq!(report["scope"]["completeness"]["mode"], "unknown");
    let said = report["verdict"]["summary"].as_str().expect("text");
    assert!(said.contains("rows without a readable _time are not classified"), "{said}");
}

#[test]
fn an_export_that_ends_inside_a_record_was_cut() {
    let whole = record(0, &json!({})) + &record(1, &json!({}));
    let mode = |dump: &str| triage(dump)["scope"]["completeness"]["mode"].to_string();
    assert_eq!(mode(&whole), r#""complete""#);
    assert_eq!(mode(&whole[..whole.len() - 9]), r#""unknown""#);
}

#[test]
fn an_error_without_a_reference_is_listed() {
    let line = json!({"_time": "2026-06-09T10:00:00Z", "_msg": "failed to fetch secret, caching error",
        "service": "iron-proxy", "error": "something odd"});
    let report = triage(&format!("{line}\n"));
    assert_eq!(list(&report, "secret_errors").len(), 1);
    assert_eq!(
        (&report["secret_errors"][0]["reference"], &report["secret_errors"][0]["count"]),
        (&json!(""), &json!(1))
    );
}
