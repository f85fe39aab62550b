//! Stories written from what a detector is defined to find, for those that the recordings hold nothing of: each with
//! near misses that must stay quiet. Times, names, counts and spacing come from the seed.

use crate::dice::Dice;
use authopsy::record::time::{self, Nanos, SECOND};
use serde_json::{Value, json};

const MINUTE: Nanos = 60 * SECOND;
const HOUR: Nanos = 60 * MINUTE;
const DAY: Nanos = 24 * HOUR;

/// One story: rows by time, credential files, and whether the detector's subject is there.
pub struct Story {
    pub detector: &'static str,
    pub there: bool,
    pub rows: Vec<(Nanos, String)>,
    pub auths: Vec<(String, String)>,
}

/// A writer of stories, with the detector it is about and whether its subject is in them.
struct Writer(&'static str, bool, fn(&mut Scene));

const WRITERS: &[Writer] = &[
    Writer("D06", true, |s| s.storm(24, 1, 1)),
    Writer("D06", true, |s| s.refused_refreshes(6, 40 * SECOND)),
    Writer("D06", false, |s| s.storm(19, 1, 1)),
    Writer("D06", false, |s| s.storm(30, 20, 1)),
    Writer("D06", false, |s| s.storm(40, 1, 4)),
    Writer("D06", false, |s| s.refused_refreshes(6, 300 * SECOND)),
    Writer("D07", true, |s| s.told_to_wait(false, 600, 90)),
    Writer("D07", true, |s| s.told_to_wait_by_header(12, true)),
    Writer("D07", true, |s| s.told_to_wait_until_a_date(30)),
    Writer("D07", false, |s| s.told_to_wait(false, 600, 605)),
    Writer("D07", false, |s| s.told_to_wait(true, 600, 90)),
    Writer("D07", false, |s| s.told_to_wait_by_header(12, false)),
    Writer("D07", false, |s| s.told_to_wait_by_header(61, true)),
    Writer("D09", true, |s| s.contrast(["pod-3", "A"], 12)),
    Writer("D09", true, |s| s.contrast(["pod-1", "B"], 12)),
    Writer("D09", false, Scene::spread),
    Writer("D09", false, |s| s.contrast(["pod-3", "A"], 4)),
    Writer("D10", true, |s| s.scope(&[true, false, false, false], 4)),
    Writer("D10", true, |s| s.scope(&[true, true, true], 5)),
    Writer("D10", false, |s| s.scope(&[true, false], 5)),
    Writer("D10", false, |s| s.scope(&[true, false, false], 2)),
    Writer("D12", true, |s| s.refreshed_twice("llm-2", REUSED, 20 * MINUTE)),
    Writer("D12", true, |s| s.refreshed_twice("llm-2", GRANT, 20 * MINUTE)),
    Writer("D12", true, Scene::one_token_in_two_files),
    Writer("D12", true, Scene::one_account_in_two_files),
    Writer("D12", false, |s| s.refreshed_twice("llm-1", GRANT, 20 * MINUTE)),
    Writer("D12", false, |s| s.refreshed_twice("llm-2", GRANT, 40 * DAY)),
    Writer("D12", false, Scene::refused_elsewhere),
    Writer("D13", true, |s| s.expires(30 * SECOND, MINUTE)),
    Writer("D13", true, |s| s.expires(40 * MINUTE, HOUR)),
    Writer("D13", false, |s| s.expires(-20 * MINUTE, MINUTE)),
    Writer("D13", false, |s| s.expires(35 * MINUTE, MINUTE)),
    Writer("D14", true, |s| s.lapses(4, 9 * MINUTE, 2)),
    Writer("D14", true, |s| s.lapses(3, 5 * HOUR, 4)),
    Writer("D14", false, |s| s.lapses(4, 2 * DAY, 2)),
    Writer("D14", false, |s| s.lapses(2, 9 * MINUTE, 0)),
    Writer("D14", false, |s| s.lapses(3, 9 * MINUTE, 9)),
    Writer("D15", true, |s| s.signed_with_a_wrong_clock(826)),
    Writer("D15", true, |s| s.lines_with_a_wrong_clock(140, 4)),
    Writer("D15", true, |s| s.tool_calls_of_two_clocks(-140, 4)),
    Writer("D15", false, |s| s.signed_with_a_wrong_clock(12)),
    Writer("D15", false, |s| s.lines_with_a_wrong_clock(8 * 3600, 6)),
    Writer("D15", false, |s| s.lines_with_a_wrong_clock(140, 2)),
    Writer("D15", false, |s| s.tool_calls_of_two_clocks(-9, 4)),
    Writer("D20", true, |s| s.unexplained(3, 5)),
    Writer("D20", false, |s| s.unexplained(1, 9)),
    Writer("D22", true, |s| s.lead(None, 15 * MINUTE, true)),
    Writer("D22", false, |s| s.lead(Some(3 * HOUR), 15 * MINUTE, true)),
    Writer("D22", false, |s| s.lead(None, 20 * DAY, true)),
    Writer("D22", false, |s| s.lead(None, 150 * MINUTE, true)),
    Writer("D22", false, |s| s.lead(None, 15 * MINUTE, false)),
    Writer("D23", true, |s| s.written(4, 2 * MINUTE, true)),
    Writer("D23", false, |s| s.written(4, 11 * MINUTE, true)),
    Writer("D23", false, |s| s.written(2, MINUTE, true)),
    Writer("D23", false, |s| s.written(3, SECOND / 2, true)),
    Writer("D23", false, |s| s.written(5, MINUTE, false)),
    Writer("D24", true, |s| s.limited(Some(900), 900 * SECOND)),
    Writer("D24", false, |s| s.limited(Some(900), 1500 * SECOND)),
    Writer("D24", false, |s| s.limited(Some(900), 300 * SECOND)),
    Writer("D24", false, |s| s.limited(None, 900 * SECOND)),
];

const REUSED: &str = r#"token refresh failed with status 401: {"error":{"code":"refresh_token_reused"}}"#;
const GRANT: &str = r#"token refresh failed (status 400): {"error":"invalid_grant"}"#;

/// All stories of one seed.
pub fn stories(seed: u64) -> Vec<Story> {
    let write = |(n, writer): (usize, &Writer)| {
        let mut dice = Dice(seed * 1000 + n as u64);
        let base = time::parse("2026-05-04T08:00:00Z").expect("a time") + dice.below(86_400) as Nanos * SECOND;
        let mut scene = Scene { dice, base, rows: Vec::new(), auths: Vec::new(), requests: 0 };
        scene.healthy();
        writer.2(&mut scene);
        let mut rows = scene.rows;
        rows.sort();
        Story { detector: writer.0, there: writer.1, rows, auths: scene.auths }
    };
    WRITERS.iter().enumerate().map(write).collect()
}

struct Scene {
    dice: Dice,
    base: Nanos,
    rows: Vec<(Nanos, String)>,
    auths: Vec<(String, String)>,
    requests: usize,
}

impl Scene {
    /// Records of a store begin with their time.
    fn push(&mut self, at: Nanos, row: Value) {
        let Value::Object(fields) = row else { unreachable!("rows are objects") };
        let rest: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
        self.rows.push((at, format!("{{\"_time\":\"{}\",{}}}", time::format(at), rest.join(","))));
    }

    /// Up to a tenth more or less.
    fn about(&mut self, span: Nanos) -> Nanos {
        span + span / 10 * (self.dice.below(201) as Nanos - 100) / 100
    }

    fn audit(&mut self, at: Nanos, pod: &str, host: &str, status: u16, secret: &str, more: Value) {
        let traces = json!([
            {"name": "allowlist", "action": "allow"},
            {"name": "secrets", "action": "allow",
             "annotations": {"swapped": [{"secret": secret, "locations": ["header:Authorization"]}]}},
        ]);
        let mut row = json!({
            "_msg": "request", "service": "iron-proxy", "level": "INFO", "kubernetes.pod_name": pod,
            "audit.action": "allow", "audit.host": host, "audit.method": "GET", "audit.path": "/v1/items",
            "audit.status_code": status.to_string(), "request_transforms": traces.to_string(),
            "response_transforms": "[{\"name\":\"allowlist\",\"action\":\"allow\"}]",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            row[name.as_str()] = value.clone();
        }
        self.push(at, row);
    }

    /// A line of the LLM proxy; its own clock may be off by some seconds.
    fn line_with(&mut self, at: Nanos, off: i64, pod: &str, request: &str, text: &str) {
        let clock = time::format((at + off * SECOND).div_euclid(SECOND) * SECOND);
        let clock = clock.trim_end_matches('Z').replace('T', " ");
        let message = format!("[{clock}] [{request}] [debug] [conductor.go:1204] {text}");
        self.push(at, json!({"_msg": message, "kubernetes.pod_name": pod, "kubernetes.container_name": "cliproxy"}));
    }

    fn line(&mut self, at: Nanos, pod: &str, text: &str) {
        self.line_with(at, 0, pod, "--------", text);
    }

    /// A request of the LLM proxy: the credential it chose, what the upstream said, what the client got.
    fn request(&mut self, at: Nanos, file: &str, status: u16, body: &str) {
        self.requests += 1;
        let id = format!("{:08x}", 0x00c0_0000 + self.requests);
        let ms = SECOND / 1000;
        self.line_with(at, 0, "llm-1", &id, &format!("Use OAuth provider=claude auth_file={file} for model m-1"));
        if status != 200 {
            let said = format!("request error, error status: {status}, error message: {body}");
            self.line_with(at + 300 * ms, 0, "llm-1", &id, &said);
        }
        let answer = format!(r#"{status} |         812ms |      10.1.2.3 | POST    "/v1/messages""#);
        self.line_with(at + 900 * ms, 0, "llm-1", &id, &answer);
    }

    fn refreshed(&mut self, at: Nanos, pod: &str, file: &str, outcome: &str) {
        self.line(at, pod, &format!("refreshed codex, {file}, {outcome}"));
    }

    /// Other traffic, so that no story is alone in its dump.
    fn healthy(&mut self) {
        for n in 0..8 {
            let at = self.base - HOUR + n * 17 * MINUTE;
            self.audit(at, "egress-9", "calm.example", 200, "CALM_KEY", json!({}));
        }
    }

    fn storm(&mut self, n: usize, gap: Nanos, threads: usize) {
        for i in 0..n as Nanos {
            let thread = format!("chat:c{}", i as usize % threads);
            let at = self.base + i * gap * SECOND + self.dice.below(300) as Nanos * SECOND / 1000;
            self.audit(at, "egress-1", "api.storm.example", 401, "STORM_KEY", json!({"thread_key": thread}));
        }
    }

    fn refused_refreshes(&mut self, n: Nanos, gap: Nanos) {
        for i in 0..n {
            self.refreshed(self.base + i * gap, "llm-1", "codex-s.json", GRANT);
        }
    }

    fn told_to_wait(&mut self, other_file: bool, wait: i64, next: i64) {
        let body = format!(r#"{{"error":{{"type":"usage_limit_reached","resets_in_seconds":{wait}}}}}"#);
        self.request(self.base, "claude-w.json", 429, &body);
        let file = if other_file { "claude-x.json" } else { "claude-w.json" };
        for n in 0..3 {
            self.request(self.base + (next + 20 * n) * SECOND, file, 200, "");
        }
    }

    fn told_to_wait_by_header(&mut self, next: i64, same_pod: bool) {
        self.audit(self.base, "egress-1", "api.wait.example", 429, "WAIT_KEY", json!({"retry_after": "60"}));
        let pod = if same_pod { "egress-1" } else { "egress-2" };
        self.audit(self.base + next * SECOND, pod, "api.wait.example", 200, "WAIT_KEY", json!({}));
    }

    fn told_to_wait_until_a_date(&mut self, next: i64) {
        self.base = time::parse("2026-05-04T09:30:00Z").expect("a time") + self.dice.below(60) as Nanos * SECOND;
        let told = json!({"retry_after": "Mon, 04 May 2026 09:40:00 GMT"});
        self.audit(self.base, "egress-1", "api.wait.example", 503, "WAIT_KEY", told);
        self.audit(self.base + next * SECOND, "egress-1", "api.wait.example", 401, "WAIT_KEY", json!({}));
    }

    /// Of three pods and two credentials, those of one value fail so often.
    fn contrast(&mut self, [pod, secret]: [&str; 2], fails: Nanos) {
        for n in 0..16 {
            for (p, other) in ["pod-1", "pod-2", "pod-3"].iter().enumerate() {
                let key = if secret == "B" && *other == pod { "B" } else { "A" };
                let status = if *other == pod && n < fails { 403 } else { 200 };
                let at = self.base + (n * 90 + p as Nanos * 20) * SECOND + self.dice.below(9) as Nanos * SECOND;
                self.audit(at, other, "api.split.example", status, key, json!({}));
            }
        }
    }

    /// Every third request fails, whoever sends it.
    fn spread(&mut self) {
        for n in 0..48 {
            let pod = ["pod-1", "pod-2", "pod-3", "pod-4"][n as usize % 4];
            let status = if n % 3 == 0 { 403 } else { 200 };
            let at = self.base + n * 40 * SECOND;
            self.audit(at, pod, "api.spread.example", status, "A", json!({}));
        }
    }

    fn scope(&mut self, failing: &[bool], attempts: Nanos) {
        for (k, fails) in failing.iter().enumerate() {
            for n in 0..attempts {
                let at = self.base + (n * 120 + k as Nanos * 7) * SECOND;
                let status = if *fails { 401 } else { 200 };
                self.audit(at, "egress-1", "api.scope.example", status, &format!("KEY_{k}"), json!({}));
            }
        }
    }

    fn refreshed_twice(&mut self, second: &str, outcome: &str, later: Nanos) {
        self.refreshed(self.base, "llm-1", "codex-t.json", "<nil>");
        let later = self.about(later);
        self.refreshed(self.base + later, second, "codex-t.json", outcome);
    }

    fn refused_elsewhere(&mut self) {
        self.refreshed(self.base, "llm-1", "codex-t.json", "<nil>");
        self.refreshed(self.base + 20 * MINUTE, "llm-2", "codex-u.json", GRANT);
    }

    /// Letters and digits that no two credentials share.
    fn token(&mut self, head: &str) -> String {
        let letters = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
        let tail: String = (0..48).map(|_| char::from(letters[self.dice.below(letters.len())])).collect();
        format!("{head}{tail}")
    }

    fn auth(&mut self, name: &str, refresh: Option<&str>, written: Nanos, expires: Nanos) {
        let access = self.token("sk-ant-oat01-");
        let mut file = json!({
            "type": "claude", "email": format!("{name}@mail.example"), "access_token": access,
            "expired": time::format(expires), "last_refresh": time::format(written),
        });
        if let Some(refresh) = refresh {
            file["refresh_token"] = Value::from(refresh);
        }
        self.auths.push((format!("claude-{name}@mail.example.json"), file.to_string()));
    }

    fn one_token_in_two_files(&mut self) {
        let refresh = self.token("sk-ant-ort01-");
        for name in ["ada", "bea"] {
            self.auth(name, Some(&refresh), self.base - HOUR, self.base + 7 * HOUR);
        }
    }

    fn one_account_in_two_files(&mut self) {
        for name in ["ada", "ada"] {
            let refresh = self.token("sk-ant-ort01-");
            self.auth(name, Some(&refresh), self.base - HOUR, self.base + 7 * HOUR);
        }
        self.auths[1].0 = "claude-ada@mail.example-2.json".to_owned();
    }

    /// Requests with a credential so far apart; the first failure comes so long after the expiry in its file.
    fn expires(&mut self, first: Nanos, gap: Nanos) {
        let expiry = self.base + 10 * HOUR;
        let refresh = self.token("sk-ant-ort01-");
        self.auth("eva", Some(&refresh), expiry - 8 * HOUR, expiry);
        let file = "claude-eva@mail.example.json";
        let body = r#"{"error":{"type":"authentication_error","message":"Invalid authentication credentials"}}"#;
        for n in 1..8 {
            self.request(expiry + first - n * gap, file, 200, "");
        }
        for n in 0..6 {
            self.request(expiry + first + n * gap.min(5 * MINUTE), file, 401, body);
        }
    }

    /// Files that cannot be refreshed and lapse one after another, beside some that live on.
    fn lapses(&mut self, n: Nanos, apart: Nanos, others: usize) {
        for i in 0..n {
            let expires = self.base + 30 * HOUR + i * apart;
            self.auth(&format!("l{i}"), None, self.base - HOUR, expires);
        }
        for i in 0..others {
            let refresh = self.token("sk-ant-ort01-");
            self.auth(&format!("o{i}"), Some(&refresh), self.base - HOUR, self.base + 7 * HOUR);
        }
        self.request(self.base, "claude-l0@mail.example.json", 200, "");
    }

    fn signed_with_a_wrong_clock(&mut self, off: i64) {
        let basic = |at: Nanos| time::format(at / SECOND * SECOND).replace(['-', ':'], "");
        for n in 0..3 {
            let at = self.base + n * 10 * MINUTE;
            let (client, server) = (basic(at - off * SECOND), basic(at));
            let text = format!("Signature expired: {client} is now earlier than {server} ({server} - 5 min.)");
            let body = json!({"__type": "InvalidSignatureException", "message": text}).to_string();
            self.audit(at, "egress-1", "sts.example", 403, "AWS_KEY", json!({"response_body": body}));
        }
    }

    fn lines_with_a_wrong_clock(&mut self, off: i64, n: Nanos) {
        for i in 0..n {
            self.line_with(
                self.base + i * 7 * MINUTE,
                off,
                "llm-7",
                "--------",
                "refreshed codex, codex-c.json, <nil>",
            );
        }
    }

    /// Tool calls whose rows of the sandbox's node and of the API differ by so many seconds, and what the node's clock
    /// breaks meanwhile.
    fn tool_calls_of_two_clocks(&mut self, off: i64, n: Nanos) {
        for i in 0..n {
            let at = self.base + i * 3 * MINUTE;
            let duration = (400 + 37 * i).to_string();
            let call = |who: &str| {
                json!({
                    "_msg": "tool_call_completed", "event": "tool_call_completed", "service": who, "success": "false",
                    "thread_key": "chat:clock", "tool_name": "warehouse", "tool_method": "query", "duration_ms": duration,
                    "level": "info",
                })
            };
            let mut shim = call("sandbox");
            shim["kubernetes.labels.centaur.ai/sandbox-id"] = Value::from("sbx-clock");
            shim["kubernetes.host"] = Value::from("node-c");
            self.push(at + off * SECOND, shim);
            let mut api = call("api");
            api["error"] = Value::from("token endpoint refused the assertion (401)");
            self.push(at + SECOND / 2, api);
            let error = r#"minting jwt access token: oauth2: "invalid_grant" "Invalid JWT: Token must be a short-lived token; check your iat and exp""#;
            self.push(
                at + off * SECOND - SECOND / 4,
                json!({
                    "_msg": "oauth_token mint failed", "service": "iron-proxy", "level": "ERROR", "grant": "jwt_bearer",
                    "reason": "invalid_grant", "error": error, "kubernetes.pod_name": "egress-c",
                    "kubernetes.host": "node-c", "thread_key": "chat:clock", "tool_name": "warehouse",
                }),
            );
        }
    }

    fn unexplained(&mut self, strange: Nanos, known: Nanos) {
        for n in 0..strange {
            self.refreshed(self.base + n * 20 * MINUTE, "llm-1", "codex-q.json", "the oracle is out of ink (E-7)");
        }
        for n in 0..known {
            self.refreshed(self.base + (n * 20 + 9) * MINUTE, "llm-1", "codex-r.json", GRANT);
        }
    }

    /// A credential with a lead of four hours; the scheduler works at this pace, and refreshes it after so long or never.
    fn lead(&mut self, refreshed: Option<Nanos>, pace: Nanos, refreshable: bool) {
        let expiry = self.base + 12 * HOUR;
        let refresh = self.token("sk-ant-ort01-");
        self.auth("mia", refreshable.then_some(&*refresh), expiry - 8 * HOUR, expiry);
        let mut at = self.base;
        while at < self.base + 13 * HOUR {
            self.line(at, "llm-1", "checking refresh for codex, codex-z.json, oauth");
            at += pace;
        }
        if let Some(after) = refreshed {
            let text = "refreshed claude, claude-mia@mail.example.json, <nil>";
            self.line(expiry - 4 * HOUR + after, "llm-1", text);
        }
        self.request(self.base + 13 * HOUR, "claude-other.json", 200, "");
    }

    fn written(&mut self, n: Nanos, apart: Nanos, changed: bool) {
        for i in 0..n {
            let text = match changed {
                true => "auth file changed (WRITE): claude-k@mail.example.json, processing incrementally",
                false => "auth file unchanged (hash match), skipping reload: claude-k@mail.example.json",
            };
            self.line(self.base + i * apart, "llm-1", text);
        }
    }

    /// 403s of one host, the first of which may state a limit and its reset; the last comes so long after it.
    fn limited(&mut self, reset: Option<i64>, last: Nanos) {
        let body = reset.map(|s| json!({"message": "API rate limit exceeded", "retry_after": s}).to_string());
        let said = body.map_or(json!({}), |body| json!({"response_body": body}));
        self.audit(self.base, "egress-1", "api.limit.example", 403, "LIMIT_KEY", said);
        for n in 1..=10 {
            self.audit(self.base + last * n / 10, "egress-1", "api.limit.example", 403, "LIMIT_KEY", json!({}));
        }
        for n in 1..4 {
            let at = self.base + last + n * 3 * MINUTE;
            self.audit(at, "egress-1", "api.limit.example", 200, "LIMIT_KEY", json!({}));
        }
    }
}
