//! Recall and false redaction, measured: shapes of secrets in the places where they stand, and shapes of evidence that must
//! survive in the same places.
//!
//! Every value is made here from a shape, so that no scanner finds a secret in this repository. `{a36}` in a shape is 36
//! letters and digits; the alphabets are those of [`alphabet`].

use authopsy::redact::{People, Redactor, find};

/// A small generator of random numbers, the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }
}

fn alphabet(letter: char) -> &'static str {
    match letter {
        'a' => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        'b' => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        'w' => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
        'l' => "abcdefghijklmnopqrstuvwxyz0123456789",
        'u' => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        'x' => "0123456789abcdef",
        'd' => "0123456789",
        'k' => "bcdfghjklmnpqrstvwxz2456789",
        _ => panic!("no alphabet {letter}"),
    }
}

/// A value of a shape.
fn made(shape: &str, dice: &mut Dice) -> String {
    let mut out = String::new();
    let mut rest = shape;
    while let Some((before, after)) = rest.split_once('{') {
        let (part, after) = after.split_once('}').expect("closed");
        out.push_str(before);
        let (letter, length) = part.split_at(1);
        let set = alphabet(letter.chars().next().expect("a letter")).as_bytes();
        let length: usize = length.parse().expect("a length");
        out.extend((0..length).map(|_| char::from(set[dice.below(set.len())])));
        rest = after;
    }
    out + rest
}

/// Tokens that say what they are, by the families of the public scanners.
#[rustfmt::skip]
const TOKENS: &[&str] = &[
    "AKIA{u16}", "ASIA{u16}", "ABIA{u16}", "IQoJb3JpZ2lu{b300}", "FwoGZXIvYXdz{b250}", "ABSK{b120}", "bedrock-api-key-{b120}", "aoaAAAAA{w150}:{b90}",
    "AIza{w35}", "ya29.{w160}", "ya29.a0{w200}", "1//0{w98}", "4/0A{w70}", "GOCSPX-{w28}", "AQ.Ab8RN6{w44}",
    "{a3}8Q~{a34}", "0.A{w20}.{w700}", "M.C5{d2}_BAY.0.U.-{a120}",
    "ghp_{a36}", "gho_{a36}", "ghu_{a36}", "ghs_{a36}", "ghs_{a20}.{w460}.{w36}", "ghr_{a76}", "github_pat_{a22}_{a59}",
    "glpat-{w20}", "glpat-{w27}.01.{l9}", "gldt-{w20}", "glrt-t1_{w20}", "glcbt-{x2}_{w20}", "glft-{w20}", "glimt-{w25}", "glagent-{w50}", "gloas-{x64}", "glptt-{x40}", "GR1348941{w20}",
    "xoxb-{d12}-{d13}-{a24}", "xoxp-{d12}-{d12}-{d13}-{x32}", "xoxe-1-{a146}", "xoxe.xoxp-1-{a163}", "xapp-1-A{u10}-{d13}-{x64}", "xoxc-{d12}-{d12}-{d12}-{x64}",
    "sk_live_{a24}", "rk_test_{a99}", "whsec_{b32}", "sk_org_live_{a60}", "SK{x32}", "SG.{w22}.{w43}", "key-{x32}", "{x32}-{x8}-{x8}", "{x32}-us12",
    "npm_{a36}", "pypi-AgEIcHlwaS5vcmc{w160}", "rubygems_{x48}", "oy2{l43}", "cio{a32}", "dckr_pat_{w27}", "dckr_oat_{w32}",
    "hvs.{w95}", "hvb.{w150}", "s.{a24}", "{a14}.atlasv1.{w67}", "ops_eyJ{b300}", "A3-{u6}-{u11}-{u5}-{u5}-{u5}", "pul-{x40}",
    "sk-{a48}", "sk-proj-{w74}T3BlbkFJ{w74}", "sk-svcacct-{w120}", "sk-admin-{w110}", "sk-ant-api03-{w93}AA", "sk-ant-oat01-{w93}AA", "sk-ant-ort01-{w93}AA", "sk-ant-sid01-{w86}-{w8}AA",
    "hf_{a34}", "gsk_{a52}", "xai-{a80}", "pplx-{a48}", "nvapi-{w64}", "r8_{a37}", "tvly-dev-{a32}", "lsv2_pt_{x32}_{x10}", "csk-{l48}", "llx-{a48}", "wandb_v1_{a77}", "pcsk_{a6}_{a63}", "fc-{x32}", "e2b_{x40}", "jina_{a60}", "tgp_v1_{w43}", "sk_{x48}",
    "dapi{x32}", "dop_v1_{x64}", "HRKU-AA{w58}", "tskey-auth-k{a10}CNTRL-{a32}", "fo1_{w43}", "nfp_{a36}", "vcp_{w56}", "sbp_{x40}", "sb_secret_{w31}", "pscale_tkn_{w43}", "rnd_{a28}", "cfut_{a40}{x8}", "v1.0-{x24}-{x146}",
    "shpat_{x32}", "shpss_{x32}", "sq0atp-{w22}", "EAAAE{w59}", "access_token$production${l16}${x32}", "FLWSECK_TEST-{x32}-X", "rzp_live_{a14}", "pdl_live_apikey_{l26}_{a22}_{a3}", "live_{a30}", "amzn.mws.{x8}-{x4}-{x4}-{x4}-{x12}", "xnd_production_{a60}", "shippo_live_{x40}", "duffel_live_{w43}", "EZAK{a54}", "access-production-{x8}-{x4}-{x4}-{x4}-{x12}",
    "N{a25}.{w6}.{w38}", "{d10}:AA{w33}", "ATATT3xFfGF0{w170}={u8}", "ATBB{a32}", "BBDC-{b44}", "lin_api_{a40}", "ntn_{d11}{a35}", "secret_{a43}", "pat{a14}.{x64}", "2/{d16}/{d16}:{x32}", "figd_{w40}", "tfp_{a44}", "PMAK-{x24}-{x34}", "pat-na1-{x8}-{x4}-{x4}-{x4}-{x12}", "00D{a12}!AQ{w90}", "{d15}|{w27}",
    "NRAK-{u27}", "NRII-{w32}", "apikey_{x64}", "dnkey-{a26}-{a52}", "pk_{x34}", "sl.{w136}", "1001.{x32}.{x32}", "AAAAAAAAAAAAAAAAAAAAA{a20}%2B{a30}%3D{a40}", "sntrys_eyJ{a120}_{b43}", "sntryu_{x64}", "glsa_{a32}_{x8}", "glc_eyJ{b120}", "dt0c01.{u24}.{u64}", "phx_{a43}", "sgp_{x16}_{x40}", "squ_{x40}", "CCIPAT_{a22}_{x40}", "bkua_{x40}", "AKCp{a69}", "snyk_uat.{x8}.{w80}", "dp.pt.{a43}", "dp.st.prd.{a43}",
    "CFPAT-{w43}", "xkeysib-{x64}-{a16}", "rdme_{l70}", "LTAI{a20}", "AKID{a32}", "AQVN{w36}", "aio_{a28}", "sha256~{w43}", "API-{u26}", "SWMTKN-1-{l50}-{l25}", "AstraCS:{a24}:{x64}", "CCDB1_{a22}_{a40}", "mdb_sa_sk_{w40}", "os_v2_app_{l103}", "dvc_server_{a24}", "zpka_{l32}_{x8}", "rootly_{x64}", "v4.local.{w140}", "gAAAAAB{w150}",
    "AGE-SECRET-KEY-1{u58}", "nsec1{l58}", "xprv9{a107}", "b3BlbnNzaC1rZXktdjEAAAAA{b300}", "MIIEvQIBADANBgkqhkiG9w0BAQ{b600}", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVkt{b200}",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI{a20}.{w86}", "eyJhbGciOiJSU0EtT0FFUCJ9.{w120}.{w16}.{w80}.{w22}", "ewogICJhbGciOiAi{a24}.ewogICJz{a40}.{w43}", "$2b$12${a53}", "$6${a8}${a86}", "$argon2id$v=19$m=65536,t=3,p=4${a22}${a43}",
    "sk_{x8}-{x4}-{x4}-{x4}-{x12}", "1003.{x32}.{x32}", "PRD-{x12}-{x4}-{x4}-{x4}-{x4}",
];

/// Where a token stands.
#[rustfmt::skip]
const PLACES: &[&str] = &[
    "the token {} was refused", "key={}", "{\"value\":\"{}\",\"n\":1}", "{\"b\":\"{\\\"v\\\":\\\"{}\\\"}\"}", "X-Thing: {}", "Authorization: Bearer {}", "GET /v1/x?auth={}&limit=5 HTTP/1.1",
    "https://api.example/v1/{}/send", "tool --opt {} --verbose", "export FOO={}; run", "token: {}", "'{}'", "rejected ({})", "map[x:[{}] y:[z]]", "line\n{}\nline", "a%3D{}%26b%3D1", "It was {}.", "sent {}",
];

/// Names whose value is a secret whatever it looks like.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "access_token", "refreshToken", "client_secret", "api_key", "X-Api-Key", "DB_PASSWORD", "password", "auth_token", "secretAccessKey", "session_token", "csrf_token", "webhook_secret", "DD_API_KEY", "FASTLY_API_TOKEN",
    "ALGOLIA_ADMIN_KEY", "adafruit_key", "datadogKey", "X-Vault-Token", "Private-Token", "Ocp-Apim-Subscription-Key", "x-goog-api-key", "PGPASSWORD", "smtp_pass", "jwt_secret", "SECRET_KEY_BASE", "consumer_key", "code_verifier", "PHPSESSID", "fernet_key", "keystorePass",
];

/// How a name and its value are joined.
#[rustfmt::skip]
const JOINTS: &[&str] = &[
    "N=V", "N: V", "\"N\":\"V\"", "'N': 'V'", "{\\\"N\\\":\\\"V\\\"}", "{\\\\\\\"N\\\\\\\": \\\\\\\"V\\\\\\\"}", "--N V x", "--N=V", "export N=V", "curl -H \"N: V\" https://h.example", "N%3DV%26", "?N=V&x=1", "<N>V</N>", "<N>\n  V\n</N>", "N => \"V\"", "N := `V`", "N ::= V",
    "N ?= V", "$N .= \"V\"", "N ??= 'V'", "var N string = \"V\"", "N: string = \"V\"", "N: |\n  V", "N: >-\n    V", "N,V,", "(\"N\", \"V\")", "{\"name\":\"N\",\"value\":\"V\"}", "<entry name=\"N\" value=\"V\" />", "<key>N</key>\n<string>V</string>", "map[N:[V]]", "{N=V, user=x}", "N: Some(\"V\")", "N=b'V'", "N:\tV", "&lt;N&gt;V&lt;/N&gt;",
];

/// Places that are those of secrets.
#[rustfmt::skip]
const PLACED: &[&str] = &[
    "Authorization: Bearer {}", "proxy-authorization: bearer {}", "Authorization: GenieKey {}", "{'Authorization': b'Bearer {}'}", "Authorization%3A%20Bearer%20{}", "map[Authorization:[Bearer {}]]", "Cookie: theme=dark; sid={}; lang=en", "Set-Cookie: session={}; Path=/",
    "postgres://app:{}@db:5432/prod", "mongodb+srv://app:{}@c.example/x", "redis://:{}@cache:6379/0", "amqp://u:{}@mq", "root:{}@tcp(db:3306)/app", "jdbc:oracle:thin:scott/{}@//db:1521/x", "Server=db;User Id=sa;Password={};Encrypt=true", "Driver=ODBC;Uid=sa;Pwd={};", "host=h user=u password={} dbname=x",
    "https://{}@o1.ingest.example/45", "https://{}:x-oauth-basic@git.example/o/r", "curl -u admin:{} https://x", "curl --user 'admin:{}' https://x", "curl -u=\"admin:{}\" x", "curl -u {}: https://x", "mysql -uroot -p{} -h db", "sshpass -p {} ssh x", "docker login -u b -p {} reg", "redis-cli -a {} ping",
    "machine h login bob password {}", "db:5432:prod:app:{}", "aws configure set aws_secret_access_key {}", "//r.example/:_authToken={}", "grant_type=password&password={}", "otpauth://totp/A?secret={}&issuer=A", "login failed with password \"{}\"", "hook /api/webhooks/123456789/{}", "<w:Password Type=\"t\">{}</w:Password>",
    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\\n{}\\n", "&sig={}&se=1", "credentials AKIAIOSFODNN7EXAMPLE {} rejected",
];

/// Evidence, by shape.
#[rustfmt::skip]
const EVIDENCE: &[&str] = &[
    "{x8}-{x4}-{x4}-{x4}-{x12}", "{x32}", "{x16}", "{x40}", "{x7}", "{x64}", "sha256:{x64}", "01{u24}", "00-{x32}-{x16}-01", "api-{k10}-{k5}", "auth-proxy-{x12}-{x10}", "pat-worker-{k10}-{k5}", "test-db-0", "live-feed-{x10}", "sync-2893{d4}-{k5}",
    "arn:aws:iam::{d12}:role/AuthRole", "arn:aws:secretsmanager:us-east-1:{d12}:secret:prod/crm-{a6}", "op://My Vault/CRM_API_KEY/credential", "BILLFOLD_API_TOKEN", "/var/lib/auth/token/session.json", "/v1/projects/crm/secrets/key/versions/7", "auth.token.svc.cluster.local", "elb-{d9}.us-east-1.elb.amazonaws.com", "ada.lovelace@example.org",
    "2026-03-10T01:02:03.{d7}Z", "17{d8}", "AADSTS{d6}", "v1.2.3-rc.4", "registry.example/auth/token:v1.2@sha256:{x64}", "req_011{a21}", "exe_{l20}", "toolu_01{a22}", "msg_01{a22}", "chatcmpl-{a29}", "slack:C{u10}:17{d8}.{d6}", "claude-sonnet-4-20250514", "10.42.0.6:51{d3}", "fe80::{x4}:{x4}:{x4}:{x4}", "W/\"{x32}\"",
    "----WebKitFormBoundary{a16}", "{d15}", "{x16}-FRA", "1-{x8}-{x24}", "token_endpoint_http_502", "invalid_grant", "secret_unavailable", "refresh_token_reused", "ExpiredTokenException", "com.example.auth.OAuth2AuthenticationTokenFilter", "https://idp.example/tenants/{x8}-{x4}-{x4}-{x4}-{x12}/oauth2/token", "projects/crm-{d4}/secrets/key/versions/latest",
    "gke-auth-pool-1-{x8}-{k4}", "i-0{x16}", "s3://logs-{d6}/auth/{x8}.parquet", "goroutine 7 [running]: main.(*Server).Token(0xc000{x6})",
    "sha512-{b86}==", "data:image/png;base64,iVBORw0KGgo{b300}", "data:font/woff2;base64,d09GMgAB{b200}", "_ZNSt6vectorIiSaIiEE9push_backERKi", "job-{x8}-{k5}-token", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
];

/// Names of evidence, with their values.
#[rustfmt::skip]
const FACTS: &[(&str, &str)] = &[
    ("request_id", "{x8}-{x4}-{x4}-{x4}-{x12}"), ("trace_id", "{x32}"), ("_stream_id", "{x48}"), ("thread_key", "slack:C{u10}:17{d8}.{d6}"), ("cache_key", "user:{d6}:{x12}"), ("idempotency_key", "{x8}-{x4}-{x4}-{x4}-{x12}"), ("x-amz-id-2", "{b75}="), ("x-amz-cf-id", "{w54}=="), ("kid", "{w22}"),
    ("etag", "{a22}"), ("secret", "op://My Vault/CRM_API_KEY/credential"), ("secret_ref", "crm/api-key"), ("secret_id", "arn:aws:secretsmanager:us-east-1:{d12}:secret:prod/crm-{a6}"), ("token_endpoint", "https://idp.example/oauth2/token"), ("token_expires_at", "2026-03-10T01:02:03Z"), ("max_tokens", "{d6}"), ("error", "token_endpoint_http_502"),
    ("password_file", "/run/secrets/db"), ("token_type", "Bearer"), ("state", "STATE_WAITING"), ("code", "UNAVAILABLE"), ("ticket", "INC00{d5}"), ("client_id", "{x8}-{x4}-{x4}-{x4}-{x12}"), ("commit", "{x40}"), ("boundary", "{a30}"), ("bypass", "false"), ("credential", "attached"), ("auth", "failed"),
];

/// Sentences of logs that speak of secrets and hold none.
#[rustfmt::skip]
const SENTENCES: &[&str] = &[
    "the bearer token included in the request is invalid", "Authorization header missing", "Bearer", "WWW-Authenticate: Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token expired\"", "Basic authentication required", "token expired", "password policy requires 12 characters", "password authentication failed for user \"app\"",
    "token is expired by 3h2m1s", "authorization: required", "api key not valid. Please pass a valid API key.", "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}", "arg_keys: [\"token\",\"secret\",\"password\"]", "fields: access_token,refresh_token,expires_in",
    "Access-Control-Allow-Headers: authorization,content-type,x-api-key", "[\"Authorization\",\"Accept\"]", "(\"authorization\", \"content-type\")", "grant_type=client_credentials&client_id=acme-web", "secrets \"prod-db-credentials-4kzq9\" is forbidden", "secret \"default-token-x7k29\" not found", "couldn't find key password in Secret ns/db",
    "InvalidClientTokenId: The security token included in the request is invalid", "rpc error: code = Unauthenticated desc = invalid credentials", "state: Running, code: ECONNREFUSED, key: value", "unexpected token \"<\" in JSON at position 0", "password=<redacted> token=*** secret=[REDACTED]", "Authorization: Bearer ${TOKEN}", "Authorization: Bearer <token>",
    "curl -u \"${USER}:${PASS}\" https://x", "curl -u <user:password> https://x", "curl --user neo4j:[PASSWORD] http://x", "docker run -u 1000:1000 -p 8080:80 img", "dial tcp 10.0.0.7:5432: connect: connection refused", "{\"run\":\"mysql -u root -p\"}", "password = var.db_password", "token := os.Getenv(\"GITHUB_TOKEN\")", "api_key = os.environ[\"API_KEY\"]",
    "--token-file /var/run/secrets/kubernetes.io/serviceaccount/token", "S3 Extended Request ID: {b75}=", "integrity sha512-{b86}==", "example.com/x v1.2.3 h1:{b43}=", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b43} ada@host", "-----BEGIN CERTIFICATE-----\n{b64}\n{b64}\n-----END CERTIFICATE-----", "signature algorithm: ES256", "login failed for user 'sa'", "assertion failed: left == right",
    "password = (sensitive value)", "+ token = (known after apply)", "api_key: \"your-api-key-here\"", "\"api_key\":\"<API_KEY>\"", "client_secret=<client-secret> (attempt 2)", "PASSWORD=%DB_PASSWORD%", "UPDATE users SET password = $1 WHERE id = $2", "apiKey: this.apiKey,", "PuttyPassword=0", "BUILD_API_KEY=\nDEPLOY_API_KEY=",
    "identified by the user \"ada\"", "250-AUTH PLAIN LOGIN CRAM-MD5", "docker run -c 512 img", "msbuild /p:Configuration=Release", "echo done | sudo -u app ls", "ETag: W/\"1a-{b27}\"", "AUTH failed", "GET /a?b -a c:d", "[\"--password\"]", "{\"_msg\":\"--password\",\"nested\":\"x\"}", "psk: none", "-----BEGIN CERTIFICATE----------END PRIVATE KEY-----",
];

/// What the redactor makes of a text: alone, as the value of a row, and as the value of a row within a row.
fn views(text: &str) -> [String; 3] {
    let alone = Redactor::new().text(text).as_str().to_owned();
    assert_eq!(Redactor::new().text(&alone).as_str(), alone, "not the same when redacted twice: {text:?}");
    let row = |text: &str| serde_json::json!({ "_msg": text }).to_string();
    let masked = |line: String| {
        let mut spans = Vec::new();
        find::dirty(line.as_bytes(), People::default(), &mut spans);
        let mut out = line.clone();
        spans.iter().rev().for_each(|s| out.replace_range(s.start..s.end, &format!("[{}#1]", s.kind)));
        out
    };
    let value = |line: String, whole: &str| -> String {
        let row: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {whole:?} -> {line}"));
        row["_msg"].as_str().expect("a text").to_owned()
    };
    let one = value(masked(row(text)), text);
    let two = value(value(masked(row(&row(text))), text), text);
    [alone, one, two]
}

/// No twelve bytes of the secret are left.
fn gone(text: &str, secret: &str) -> bool {
    let windows = || (0..=secret.len().saturating_sub(12)).map(|at| &secret[at..(at + 12).min(secret.len())]);
    views(text).iter().all(|view| !windows().any(|w| view.contains(w)))
}

/// Counts of one family: tried, and failed with the first failure.
#[derive(Default)]
struct Tally {
    tried: u32,
    failed: Vec<(String, String)>,
}

impl Tally {
    fn add(&mut self, family: &str, good: bool, text: &str) {
        self.tried += 1;
        if !good {
            self.failed.push((family.to_owned(), text.to_owned()));
        }
    }

    /// At least 99 of 100, and no family that fails more than a fifth of its tries.
    fn judge(&self, of_a_family: u32) {
        let failed = self.failed.len() as u32;
        assert!(
            failed * 100 <= self.tried,
            "{failed} of {}: {:#?}",
            self.tried,
            &self.failed[..failed.min(20) as usize]
        );
        for (family, text) in &self.failed {
            let own = self.failed.iter().filter(|f| f.0 == *family).count() as u32;
            assert!(own * 5 <= of_a_family, "{own} of {of_a_family} of {family}: {text}");
        }
    }
}

#[test]
fn tokens_are_found_wherever_they_stand() {
    let (mut dice, mut tally) = (Dice(11), Tally::default());
    for shape in TOKENS {
        for place in PLACES {
            let token = made(shape, &mut dice);
            let text = place.replace("{}", &token);
            tally.add(shape, gone(&text, &token), &text);
        }
    }
    tally.judge(PLACES.len() as u32);
}

#[test]
fn values_of_telling_names_are_found_in_every_notation() {
    let (mut dice, mut tally) = (Dice(12), Tally::default());
    for joint in JOINTS {
        for name in NAMES {
            let value = made(["{x32}", "{a40}", "{w30}", "{l24}"][dice.below(4)], &mut dice);
            let text =
                joint.replace('N', "\u{1}").replace('V', "\u{2}").replace('\u{1}', name).replace('\u{2}', &value);
            tally.add(joint, gone(&text, &value), &text);
        }
    }
    tally.judge(NAMES.len() as u32);
}

#[test]
fn places_of_secrets_are_known() {
    let (mut dice, mut tally) = (Dice(13), Tally::default());
    const ROUNDS: u32 = 20;
    for place in PLACED {
        for _ in 0..ROUNDS {
            let value = made(["{a40}", "{l38}2q"][usize::from(!place.contains("AKIA")) * dice.below(2)], &mut dice);
            let text = place.replace("{}", &value);
            tally.add(place, gone(&text, &value), &text);
        }
    }
    tally.judge(ROUNDS);
}

#[test]
fn evidence_of_every_shape_survives() {
    let (mut dice, mut tally) = (Dice(14), Tally::default());
    let kept = |text: &str| views(text).iter().all(|view| view == text);
    for shape in EVIDENCE {
        for place in PLACES.iter().filter(|p| {
            !p.contains("Bearer") && !p.starts_with("token") && !p.contains("auth=") && !p.starts_with("key=")
        }) {
            let text = place.replace("{}", &made(shape, &mut dice));
            tally.add(shape, kept(&text), &text);
        }
    }
    for (name, shape) in FACTS {
        for joint in ["N=V", "\"N\":\"V\"", "N: V", "{\\\"N\\\":\\\"V\\\"}", "N='V'"] {
            let value = made(shape, &mut dice);
            let text = joint.replace('N', "\u{1}").replace('V', &value).replace('\u{1}', name);
            tally.add(name, kept(&text), &text);
        }
    }
    for sentence in SENTENCES {
        let text = made_sentence(sentence, &mut dice);
        tally.add(sentence, kept(&text), &text);
    }
    tally.judge(PLACES.len() as u32);
}

/// Only braces around a letter and a number are shapes.
fn made_sentence(sentence: &str, dice: &mut Dice) -> String {
    let shaped = sentence.contains("{b");
    if shaped { made(sentence, dice) } else { sentence.to_owned() }
}
