//! Reports made by hand, for the tests of the renderers: a full one, an empty one, a hostile one.

use super::model::*;
use crate::aggregate::charts::tests::{charts, event};
use crate::classify::completeness::Mode;
use crate::classify::symptoms::Status;
use crate::classify::timeline::Mark;
use crate::finding::{Attachment, Confidence, Credential, Evidence, Kind, Origin, Role};
use crate::redact::Safe;
use indexmap::IndexMap;

/// 2026-03-10T11:00:00Z.
const T0: i64 = 1_773_140_400;

fn safe(text: &str) -> Safe {
    Safe::own(text)
}

fn list(names: &[&str]) -> Vec<Safe> {
    names.iter().map(|n| safe(n)).collect()
}

fn evidence(line: u64, fields: &[(&str, &str)]) -> Evidence {
    Evidence {
        id: format!("b5c4b38f00cd:{}+412", line * 413),
        input: "dump.ndjson".into(),
        line,
        offset: line * 413,
        fields: fields.iter().map(|(k, v)| ((*k).to_owned(), safe(v))).collect(),
    }
}

fn finding(id: &str, class: &'static str, origin: Origin, role: Role, confidence: Confidence) -> Finding {
    Finding {
        id: id.into(),
        class,
        subtype: None,
        origin,
        role,
        confidence,
        caused_by: None,
        host: Some(safe("api.billfold.example")),
        method: Some(safe("POST")),
        path: Some(safe("/v1/charges")),
        by_status: vec![FindingStatus { status: 403, tunnel: false, count: 36 }],
        secret_ref: Some(safe("op://Agents Vault/billfold/api key")),
        transform: Some(safe("secrets")),
        identity: None,
        count: 36,
        episodes: 2,
        first: Some("2026-03-10T11:00:14.120000001Z".into()),
        last: Some("2026-03-10T11:30:32.5Z".into()),
        pods: list(&["centaur-centaur-proxy-blue-0a1b2c3d4e", "centaur-centaur-proxy-green-5f6a7b8c9d"]),
        services: list(&["iron-proxy"]),
        threads: list(&["slack:T01:C02:1773140400.000100", "cli:nightly"]),
        executions: list(&["exe_01", "exe_02", "exe_03"]),
        tools: list(&["billfold"]),
        credential: Credential {
            state: Attachment::Unresolved,
            names: list(&["op://Agents Vault/billfold/api key"]),
            locations: list(&["header:Authorization"]),
        },
        statement: safe(
            "The proxy could not resolve `op://Agents Vault/billfold/api key` and refused 36 requests itself (403); the upstream was never contacted.",
        ),
        next: Next {
            kind: "verify",
            text: safe("verify that the reference exists in the vault under this name"),
            fixer: "S/O",
            retry: "after-fix",
        },
        evidence: vec![
            evidence(
                120,
                &[
                    ("_time", "2026-03-10T11:00:14.120000001Z"),
                    ("audit.host", "api.billfold.example"),
                    ("audit.status_code", "403"),
                    ("rejected_by", "secrets"),
                    ("reject_reason", "secret_unavailable"),
                ],
            ),
            evidence(
                188,
                &[
                    ("_time", "2026-03-10T11:00:20Z"),
                    ("audit.host", "api.billfold.example"),
                    ("rejected_by", "secrets"),
                ],
            ),
        ],
        counter_evidence: vec![],
        query: safe(
            "_time:[2026-03-10T11:00:14.120000001Z, 2026-03-10T11:30:32.5Z] \"audit.host\":=\"api.billfold.example\" rejected_by:=secrets",
        ),
    }
}

/// A report with something in every part.
pub fn full() -> Report {
    let mut denied = finding("F02", "upstream.token-invalid", Origin::Upstream, Role::Root, Confidence::Likely);
    denied.host = Some(safe("api.calendar.example"));
    denied.by_status = vec![
        FindingStatus { status: 401, tunnel: false, count: 1204 },
        FindingStatus { status: 401, tunnel: true, count: 3 },
    ];
    denied.count = 1207;
    denied.statement =
        safe("api.calendar.example answered 401 to 1,207 requests. The proxy attached a credential each time.");
    denied.evidence =
        vec![evidence(900, &[("audit.status_code", "401"), ("response_transforms", "[{\"name\":\"x\"}]")])];
    let mut echo = finding("F03", "token.mint-failed", Origin::TokenEndpoint, Role::Derived, Confidence::Possible);
    echo.caused_by = Some("F01".into());
    let mut limited = finding("N01", "quota.rate-limited", Origin::Upstream, Role::Negative, Confidence::Confirmed);
    limited.by_status = vec![FindingStatus { status: 429, tunnel: false, count: 43 }];
    limited.statement = safe("Not an auth failure: api.weather.example answered 429 to 43 requests.");
    limited.host = Some(safe("api.weather.example"));
    limited.evidence = vec![evidence(1500, &[("audit.status_code", "429")])];
    let mut events = Vec::new();
    for n in 0..36 {
        events.push(event(
            T0 + n * 50,
            Kind::Attempt,
            "secret.ref-not-found",
            "api.billfold.example",
            ["proxy-blue", "proxy-green"][n as usize % 2],
        ));
    }
    for n in 0..240 {
        events.push(event(
            T0 + 600 + n * 5,
            Kind::Attempt,
            "upstream.token-invalid",
            "api.calendar.example",
            "proxy-blue",
        ));
    }
    for n in 0..43 {
        events.push(event(T0 + n * 40, Kind::Attempt, "avail.timeout", "api.weather.example", "proxy-red"));
    }
    events.push(event(T0 + 590, Kind::Change, "change", "", ""));
    let findings = vec![
        finding("F01", "secret.ref-not-found", Origin::SecretStore, Role::Root, Confidence::Confirmed),
        denied,
        echo,
    ];
    Report {
        schema: "authopsy.report/1",
        verdict: Verdict {
            found: true,
            class: Some("secret.ref-not-found"),
            origin: Some(Origin::SecretStore),
            confidence: Some(Confidence::Confirmed),
            summary: safe(
                "EVIDENCE FOUND: secret resolution failure for api.billfold.example, 36 requests, 11:00:14–11:30:32 UTC (dump covers 00:00–24:00, now = newest record)",
            ),
        },
        scope: scope(),
        counts: counts(),
        findings,
        secret_errors: vec![SecretError {
            reference: safe("op://Agents Vault/billfold/api key"),
            source: safe("1password"),
            message: safe("error resolving secret reference: the specified field cannot be found within the item"),
            count: 31,
            first: Some("2026-03-10T10:59:58Z".into()),
            last: Some("2026-03-10T11:30:00Z".into()),
            pods: list(&["centaur-centaur-proxy-blue-0a1b2c3d4e"]),
            mode: SecretMode::Closed,
        }],
        symptoms: symptoms(),
        detectors: detectors(),
        auth_files: Some(auth_files()),
        timeline: timeline(),
        nearby: vec![limited],
        hypotheses: vec![Hypothesis {
            text: safe("the field was renamed in the vault at about 10:55"),
            check: safe("open the item's history in the secret store"),
        }],
        redactions: Redactions {
            by_kind: IndexMap::from([("jwt".to_owned(), 3), ("bearer".to_owned(), 12)]),
            total: 15,
        },
        manifest: Manifest {
            tool: "authopsy",
            version: "0.1.0",
            rules_sha256: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff".into(),
            argv: list(&["triage", "dump.ndjson", "--host", "api.billfold.example"]),
            options: IndexMap::from([("hash", "sha256".to_owned())]),
            inputs: vec!["dump.ndjson".into()],
            limits_hit: vec![],
            case: None,
        },
        charts: charts(&events),
        glance: glance(),
    }
}

fn glance() -> Glance {
    let cause = |class, meaning, origin, confidence, ids: &[&str], after, succeeded: Option<&str>| Cause {
        class,
        meaning: safe(meaning),
        origins: vec![origin],
        confidence,
        findings: ids.iter().map(|id| (*id).to_owned()).collect(),
        count: 36,
        first: Some("2026-03-10T11:00:14.120000001Z".into()),
        last: Some("2026-03-10T11:30:32.5Z".into()),
        hosts: list(&["api.billfold.example"]),
        identities: vec![],
        after,
        succeeded: succeeded.map(str::to_owned),
        next: Next { kind: "verify", text: safe("verify that the reference exists"), fixer: "S/O", retry: "after-fix" },
    };
    let confirmed = Confidence::Confirmed;
    Glance {
        requests: 1_243,
        lines: 2,
        first: Some("2026-03-10T11:00:14.120000001Z".into()),
        last: Some("2026-03-10T11:30:32.5Z".into()),
        refused: vec![
            Refused { origin: Origin::Upstream, failures: 1_207 },
            Refused { origin: Origin::SecretStore, failures: 36 },
        ],
        reach: vec![Reach { what: "hosts", failed: 2, seen: Some(31) }, Reach { what: "tools", failed: 1, seen: None }],
        causes: vec![
            cause(
                "secret.ref-not-found",
                "the secret store does not know the reference",
                Origin::SecretStore,
                confirmed,
                &["F01"],
                After::Failing,
                None,
            ),
            cause(
                "upstream.token-invalid",
                "the upstream did not accept the credential",
                Origin::Upstream,
                Confidence::Likely,
                &["F02", "F03"],
                After::Success,
                Some("2026-03-10T11:40:00Z"),
            ),
        ],
        ask: None,
        unknown: vec![safe("when it began: no success stands before the first failure")],
    }
}

fn scope() -> Scope {
    Scope {
        inputs: vec![InputScope {
            name: "dump.ndjson".into(),
            sha256: "b5c4b38f00cda9110f90782197207e38453c087f7bc93211f17747584656b968".into(),
            bytes: 25_912_345,
            lines: 20_000,
            format: "ndjson",
        }],
        rows: Rows { read: 20_000, in_window: 19_500, selected: 2_139, malformed: 8, duplicate: 2 },
        span: Span { first: Some("2026-03-10T00:00:03Z".into()), last: Some("2026-03-10T23:59:57Z".into()) },
        as_of: Some("2026-03-10T23:59:57Z".into()),
        window: Window { start: Some("2026-03-10T00:00:00Z".into()), end: None },
        selectors: IndexMap::from([("host", safe("api.billfold.example"))]),
        completeness: Completeness {
            mode: Mode::Unknown,
            gaps: vec![safe("no record of any stream between 2026-03-10T04:00:00Z and 2026-03-10T04:21:00Z")],
            notes: vec![safe("the dump holds no CONNECT rows")],
            safe_claims: vec![safe("what failed inside the span")],
            unsafe_claims: vec![safe("when it began: no success stands before the first failure")],
        },
    }
}

fn counts() -> Counts {
    let status = |status, upstream, proxy, hosts: &[&str]| StatusCount {
        status,
        upstream,
        proxy,
        tunnel: u64::from(status == 401) * 3,
        unknown: 0,
        first: (upstream + proxy > 0).then(|| "2026-03-10T11:00:14.12Z".into()),
        last: (upstream + proxy > 0).then(|| "2026-03-10T11:30:32.5Z".into()),
        hosts: list(hosts),
    };
    let class = |class, origin, role, attempts| ClassCount { class, origin, role, attempts, episodes: 2 };
    Counts {
        by_status: vec![
            status(401, 1204, 0, &["api.calendar.example"]),
            status(403, 0, 36, &["api.billfold.example"]),
            status(503, 0, 0, &[]),
        ],
        by_class: vec![
            class("upstream.token-invalid", Origin::Upstream, Role::Root, 1207),
            class("secret.ref-not-found", Origin::SecretStore, Role::Root, 36),
            class("quota.rate-limited", Origin::Upstream, Role::Negative, 43),
        ],
        by_target: vec![target("api.billfold.example", 36, None), target("api.calendar.example", 1207, None)],
    }
}

/// A host that findings are about, with their credential.
fn target(host: &str, failed: u64, last_success: Option<&str>) -> Target {
    Target {
        host: safe(host),
        credential: Some(safe("op://Agents Vault/billfold/api key")),
        failed,
        last_success: last_success.map(str::to_owned),
    }
}

fn symptoms() -> Vec<Symptom> {
    let row = |row, id, status, missing: &[&str]| Symptom {
        row,
        id,
        status,
        evidence: if status == Status::Confirmed { vec![evidence(77, &[("_msg", "refresh failed")])] } else { vec![] },
        counter_evidence: vec![],
        missing: list(missing),
        fix: safe("re-login, refresh, one canary, reopen"),
    };
    vec![
        row(1, "refresh-chain-dead", Status::Confirmed, &[]),
        row(2, "proxy-unauthorized", Status::Likely, &["a saved answer of the management API"]),
        row(3, "login-incomplete", Status::Refuted, &[]),
        row(4, "stays-expired", Status::NotShown, &[]),
        row(5, "endpoint", Status::NotTestable, &["the configuration file"]),
    ]
}

fn detectors() -> Vec<Detection> {
    let detection = |id, fired, statement: &str| Detection {
        id,
        fired,
        statement: safe(statement),
        thresholds: IndexMap::from([("min_failures", "2".to_owned())]),
        inputs: IndexMap::from([
            ("last_success", "2026-03-10T10:59:40Z".to_owned()),
            ("first_failure", "2026-03-10T11:00:14Z".to_owned()),
        ]),
        censoring: fired.then(|| safe("bracketed")),
    };
    vec![
        detection("D01", true, "The credential stopped working between 10:59:40 and 11:00:14 UTC (34 s)."),
        detection("D14", false, "no window of 1 h or 24 h holds three credentials"),
    ]
}

fn timeline() -> Vec<Moment> {
    let moment = |time: &str, kind, text: &str, line: u64| Moment {
        time: time.into(),
        kind,
        text: safe(text),
        evidence: (line > 0).then(|| format!("b5c4b38f00cd:{}+412", line * 413)),
    };
    vec![
        moment("2026-03-10T10:59:40Z", Mark::LastSuccess, "POST api.billfold.example 200", 110),
        moment("2026-03-10T10:59:52.25Z", Mark::Change, "config update received from control plane", 115),
        moment("2026-03-10T11:00:14.120000001Z", Mark::FirstFailure, "403 rejected by secrets", 120),
        moment("2026-03-10T11:31:02Z", Mark::Recovery, "POST api.billfold.example 200", 0),
    ]
}

fn auth_files() -> serde_json::Value {
    let file = |path: &str, verdict: &str, expires: Option<&str>, id: Option<&str>| {
        serde_json::json!({"path": path, "provider": "aws-sso", "verdict": verdict, "state": "expired", "refresh": "possible",
            "expires_at": expires, "lapses_at": null, "findings": id.map(|id| serde_json::json!([{"id": id, "severity": "error"}])).unwrap_or_default()})
    };
    serde_json::json!({
        "schema": "authopsy.check/1",
        "scope": {"as_of": "2026-03-10T23:59:57Z"},
        "files": [
            file("auths/a.json", "dead", Some("2026-03-10T11:00:00Z"), Some("expiry-expired")),
            file("auths/b.json", "healthy", Some("2026-03-12T11:00:00Z"), None),
            file("auths/c.json", "expiring", Some("2026-03-11T00:30:00Z"), None)
        ],
        "cliff": [{"window": {"start": "2026-03-11T00:30:00Z", "end": "2026-03-11T01:10:00Z"}, "files": ["auths/c.json"]}],
        "summary": {"files": 3, "by_verdict": {"dead": 1, "healthy": 1, "expiring": 1}},
        "joins": [{"file": "auths/a.json", "finding": "F01"}]
    })
}

/// Nothing found, nothing near.
pub fn none_found() -> Report {
    let mut report = full();
    report.verdict = Verdict {
        found: false,
        class: None,
        origin: None,
        confidence: None,
        summary: safe(
            "NO EVIDENCE FOUND of an auth failure for thread cli:clean, 20,000 rows, 2026-03-10 00:00:03–23:59:57 UTC",
        ),
    };
    (report.findings, report.secret_errors, report.nearby, report.timeline) = (vec![], vec![], vec![], vec![]);
    (report.symptoms, report.detectors, report.auth_files, report.charts) = (vec![], vec![], None, None);
    report.counts = Counts {
        by_status: counts()
            .by_status
            .into_iter()
            .map(|s| StatusCount { upstream: 0, proxy: 0, tunnel: 0, first: None, last: None, hosts: vec![], ..s })
            .collect(),
        by_class: vec![],
        by_target: ["api.billfold.example", "api.calendar.example"]
            .map(|host| target(host, 0, Some("2026-03-10T23:00:00Z")))
            .into(),
    };
    report.glance = Glance {
        ask: Some(safe("to go on, one of these is needed: host · execution id")),
        unknown: vec![safe("anything outside the span of the rows")],
        ..Glance::default()
    };
    report.redactions = Redactions::default();
    report.hypotheses = vec![Hypothesis {
        text: safe("the trouble lies outside the window"),
        check: safe("give a time (UTC, within 10 min), thread key, execution id, host or integration name"),
    }];
    report
}

/// The full report with an attack in every text that comes from evidence.
pub fn hostile(attack: &str) -> Report {
    let mut report = full();
    let evil = |list: &mut Vec<Safe>| list.iter_mut().for_each(|s| *s = Safe::own(format!("{s}{attack}")));
    let all = |e: &mut Evidence| {
        e.input.push_str(attack);
        e.fields = e.fields.iter().map(|(k, v)| (format!("{k}{attack}"), Safe::own(format!("{v}{attack}")))).collect();
    };
    report.verdict.summary = Safe::own(format!("EVIDENCE FOUND: {attack}"));
    report.scope.inputs[0].name = attack.to_owned();
    report.scope.selectors.insert("thread", safe(attack));
    evil(&mut report.scope.completeness.gaps);
    for f in report.findings.iter_mut().chain(&mut report.nearby) {
        for field in [&mut f.host, &mut f.method, &mut f.path, &mut f.secret_ref, &mut f.transform, &mut f.identity] {
            *field = Some(safe(attack));
        }
        for names in [
            &mut f.pods,
            &mut f.services,
            &mut f.threads,
            &mut f.executions,
            &mut f.tools,
            &mut f.credential.names,
            &mut f.credential.locations,
        ] {
            evil(names);
        }
        (f.statement, f.query, f.next.text) = (safe(attack), safe(attack), safe(attack));
        f.evidence.iter_mut().for_each(all);
    }
    for e in &mut report.secret_errors {
        (e.reference, e.source, e.message) = (safe(attack), safe(attack), safe(attack));
        evil(&mut e.pods);
    }
    report.counts.by_status.iter_mut().for_each(|s| evil(&mut s.hosts));
    report.counts.by_status[0].hosts.push(safe(attack));
    report.timeline.iter_mut().for_each(|m| m.text = safe(attack));
    report.detectors.iter_mut().for_each(|d| d.statement = safe(attack));
    report.hypotheses.iter_mut().for_each(|h| (h.text, h.check) = (safe(attack), safe(attack)));
    report.manifest.argv = list(&[attack]);
    if let Some(charts) = &mut report.charts {
        charts.hosts.iter_mut().chain(&mut charts.pods).for_each(|s| s.name = safe(attack));
        charts.changes.iter_mut().for_each(|m| m.text = safe(attack));
    }
    if let Some(files) = report.auth_files.as_mut().and_then(|v| v.get_mut("files")).and_then(|v| v.as_array_mut()) {
        for file in files {
            file["path"] = attack.into();
            file["provider"] = attack.into();
        }
    }
    report
}
