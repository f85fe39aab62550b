//! A dump like the real ones, of any size: the same bytes for the same seed, and a longer one begins with a shorter.
//!
//! The shape is what matters to speed: about 770 bytes and 13 string fields a line, a dozen key sequences, escaped JSON
//! inside strings, times with 0 to 9 digits of fraction, a third of the rows from a proxy's audit log, a few in a
//! hundred about authentication, one in two hundred a failure.

use std::fmt::Write as _;
use std::io::Write as _;

/// A small generator of numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        ((self.next() >> 32) * n) >> 32
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }
}

const SERVICES: &[&str] = &[
    "centaur-api-proxy",
    "api-server",
    "worker",
    "scheduler",
    "chat-gateway",
    "code-bridge",
    "tool-runner",
    "database",
    "collector",
    "ingress",
];
const HOSTS: &[&str] = &[
    "api.code.example",
    "api.model.example",
    "chat.example",
    "files.chat.example",
    "tickets.example",
    "wiki.example",
    "sheets.example",
    "mail.example",
    "pay.example",
    "errors.example",
    "registry.example",
    "storage.example",
    "sts.cloud.example",
    "secrets.cloud.example",
    "login.example",
    "metrics.example",
];
const PATHS: &[&str] = &[
    "/v1/messages",
    "/v1/chat/completions",
    "/repos/acme/widgets/pulls",
    "/repos/acme/widgets/contents/src/main.rs",
    "/api/chat.postMessage",
    "/graphql",
    "/v4/sheets/1AbC/values/A1:Z100",
    "/mail/v1/users/me/messages",
    "/v1/customers",
    "/v2/library/base/manifests/3.20",
    "/simple/requests/",
    "/oauth2/v2.0/authorize",
];
const TOOLS: &[&str] = &[
    "code.create_pr",
    "code.search",
    "chat.post",
    "chat.history",
    "ticket.create",
    "wiki.page",
    "shell.exec",
    "browser.open",
];
const PLAIN: &[&str] = &[
    "starting reconciliation loop for deployment widgets, desired=3 ready=3 updated=3",
    "connection from 10.42.3.17:51822 accepted, protocol h2, cipher TLS_AES_128_GCM_SHA256",
    "checkpoint complete: wrote 1284 buffers (7.8%); 2 files recycled; write=128.4 s, sync=0.1 s, total=128.6 s",
    "INFO: 10.42.0.9:44732 - \"GET /healthz HTTP/1.1\" 200 OK",
    "queue depth 17, oldest job age 3.2s, 4 workers busy, 12 idle",
    "slow query: SELECT id, state FROM executions WHERE thread_key = $1 ORDER BY id DESC LIMIT 50 took 412ms",
    "webhook delivered to subscriber in 84ms after 1 attempt(s)",
    "it's a retry: upstream <none> replied in 3001ms, backing off 250ms",
    "tokenizer loaded, 100277 entries; authored by build 2026.07.1; secretary role idle",
];
const ABOUT_AUTH: &[&str] = &[
    "refreshing OAuth token for connection code, expires in 41s",
    "rotated secret widgets/db-password to version 14",
    "Authorization header rewritten by transform header-inject",
    "bearer credential attached to upstream request",
    "jwt validated, kid=2026-07, iss=https://issuer.example/",
    "secret store sync finished, 214 entries, 0 changed",
    "session cookie renewed, login valid until tomorrow",
];
const FAILURES: &[&str] = &[
    "failed to fetch secret widgets/code-app: context deadline exceeded",
    "upstream returned 401 Unauthorized for api.code.example",
    "403 Forbidden: resource not accessible by integration",
    "oauth refresh failed: invalid_grant (token has been expired or revoked)",
    "request rejected: missing bearer token",
    "permission denied while assuming role reader",
    "tls: failed to verify certificate: x509: certificate has expired",
];
const WORLD: &[&str] = &[
    "Пользователь открыл панель управления, время ответа 87 мс — всё в порядке",
    "実行が完了しました：スレッド 42、所要時間 1.8 秒 ✅",
    "déploiement terminé — 3 réplicas prêts, aucun incident signalé 🎉",
];
const FRAMES: &[&str] = &[
    "  File \"/app/runner.py\", line 212, in run\n    result = await self.execute(step)\n",
    "\tat example.Worker.process(Worker.java:142)\n",
    "goroutine 88 [running]:\nmain.(*Proxy).serve(0xc0001a2000)\n\t/src/proxy/serve.go:311 +0x4b2\n",
];

struct Pod {
    service: usize,
    name: String,
    stream: String,
    stream_id: String,
    /// Which of three key orders its block was written in.
    order: u64,
}

/// Writes dumps a line at a time.
pub struct Generator {
    dice: Dice,
    pods: Vec<Pod>,
    nanos: u64,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut pods = Vec::new();
        for (service, name) in SERVICES.iter().enumerate() {
            for _ in 0..if service == 0 { 12 } else { 6 } {
                let name = format!("{name}-{:09x}-{:05x}", dice.next() >> 28, dice.next() >> 44);
                let stream = format!(
                    "{{kubernetes.container_name=\\\"{}\\\",kubernetes.namespace=\\\"prod\\\",kubernetes.pod_name=\\\"{name}\\\"}}",
                    SERVICES[service]
                );
                let stream_id = format!("{:048x}", u128::from(dice.next()) << 32);
                pods.push(Pod { service, name, stream, stream_id, order: dice.below(3) });
            }
        }
        Generator { dice, pods, nanos: 0 }
    }

    /// Appends one line with its line end.
    pub fn line(&mut self, out: &mut String) {
        let dice = &mut self.dice;
        let pod =
            &self.pods[if dice.percent(36) { dice.below(12) } else { dice.below(self.pods.len() as u64) } as usize];
        self.nanos += dice.below(40_000_000);
        let failed = dice.below(200) == 0;
        let audit = pod.service == 0;
        let mut message = String::new();
        self::message(dice, audit, failed, &mut message);
        let head = |out: &mut String| {
            let _ = write!(out, "\"_stream_id\":\"{}\",\"_stream\":\"{}\",", pod.stream_id, pod.stream);
        };
        out.push_str("{\"_time\":\"");
        time(dice, self.nanos, out);
        out.push_str("\",");
        if pod.order != 2 {
            head(out);
        }
        if pod.order == 1 {
            place(pod, out);
        }
        let _ = write!(
            out,
            "\"_msg\":\"{message}\",\"level\":\"{}\",\"service\":\"{}\",",
            if failed { "error" } else { dice.pick(&["info", "info", "debug", "warn"]) },
            SERVICES[pod.service]
        );
        if pod.order != 1 {
            place(pod, out);
        }
        if audit {
            self::audit(dice, failed, out);
        }
        if pod.service < 7 && dice.percent(70) {
            let _ = write!(
                out,
                "\"thread_key\":\"chat:C0{:08x}\",\"execution_id\":\"exe_{:012x}\",",
                (dice.below(65_536) * 0x9e37_79b9) as u32,
                dice.next() >> 16
            );
            if dice.percent(50) {
                let _ = write!(out, "\"tool\":\"{}\",", dice.pick(TOOLS));
            }
            let _ = write!(out, "\"trace_id\":\"{:016x}{:016x}\",", dice.next(), dice.next());
        }
        if pod.order == 2 {
            head(out);
        }
        out.pop();
        out.push_str("}\n");
    }
}

fn place(pod: &Pod, out: &mut String) {
    let _ = write!(
        out,
        "\"kubernetes.pod_name\":\"{}\",\"kubernetes.namespace\":\"prod\",\"kubernetes.container_name\":\"{}\",",
        pod.name, SERVICES[pod.service]
    );
}

fn audit(dice: &mut Dice, failed: bool, out: &mut String) {
    let status = if failed {
        dice.pick(&["401", "403", "503", "502", "429"])
    } else {
        dice.pick(&["200", "200", "200", "201", "204", "304", "404"])
    };
    let path = dice.pick(PATHS);
    let _ = write!(
        out,
        "\"audit.host\":\"{}\",\"audit.method\":\"{}\",\"audit.path\":\"{path}/{}\",\"audit.status_code\":\"{status}\",\"audit.duration_ms\":\"{}\",",
        dice.pick(HOSTS),
        dice.pick(&["GET", "GET", "POST", "PATCH"]),
        dice.below(10_000),
        dice.below(4000)
    );
    let secrets = r#",{\"name\":\"secrets\",\"action\":\"continue\",\"annotations\":{\"swapped\":[{\"secret\":\"CODE_TOKEN\",\"locations\":[\"header:Authorization\"]}]}}"#;
    let _ = write!(
        out,
        r#""audit.request_transforms":"[{{\"name\":\"allowlist\",\"action\":\"continue\"}}{}]","#,
        if dice.percent(70) { secrets } else { "" }
    );
}

fn message(dice: &mut Dice, audit: bool, failed: bool, out: &mut String) {
    if failed {
        escape(dice.pick(FAILURES), out);
    } else if audit {
        out.push_str("request");
    } else if dice.percent(26) {
        for _ in 0..1 + dice.below(3) {
            let _ = write!(
                out,
                r#"{{\"event\":\"step\",\"n\":{},\"detail\":{{\"state\":\"running\",\"took\":\"{}ms\"}}}} "#,
                dice.below(1000),
                dice.below(9000)
            );
        }
    } else if dice.percent(3) {
        escape(dice.pick(WORLD), out);
    } else if dice.percent(3) {
        for _ in 0..2 + dice.below(6) {
            escape(dice.pick(FRAMES), out);
        }
    } else if dice.percent(7) {
        escape(dice.pick(ABOUT_AUTH), out);
    } else {
        escape(dice.pick(PLAIN), out);
    }
}

/// Appends text as the store writes it inside quotes.
fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '<' => out.push_str("\\u003c"),
            '\'' => out.push_str("\\u0027"),
            other => out.push(other),
        }
    }
}

fn time(dice: &mut Dice, nanos: u64, out: &mut String) {
    let digits = [0, 3, 6, 9][dice.below(4) as usize];
    let nanos = nanos / 10_u64.pow(9 - digits) * 10_u64.pow(9 - digits);
    out.push_str(&authopsy::record::time::format(1_784_332_800_000_000_000 + nanos as i64));
}

/// The first lines of a dump, at least so many bytes.
pub fn sample(bytes: usize, seed: u64) -> String {
    let mut generator = Generator::new(seed);
    let mut out = String::with_capacity(bytes + 8192);
    while out.len() < bytes {
        generator.line(&mut out);
    }
    out
}

/// Writes a dump of at least so many bytes. Returns what it wrote, in words.
pub fn write(path: &str, bytes: u64, seed: u64) -> String {
    let mut file = std::fs::File::create(path).expect("a file that can be written");
    let mut generator = Generator::new(seed);
    let (mut out, mut written, mut lines) = (String::with_capacity(9 << 20), 0, 0_u64);
    while written + (out.len() as u64) < bytes {
        generator.line(&mut out);
        lines += 1;
        if out.len() > 8 << 20 {
            file.write_all(out.as_bytes()).expect("written");
            written += out.len() as u64;
            out.clear();
        }
    }
    file.write_all(out.as_bytes()).expect("written");
    format!("{} bytes, {lines} lines\n", written + out.len() as u64)
}
