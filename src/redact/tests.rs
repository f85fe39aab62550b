//! The redactor as a whole: every registry entry, every place a secret may stand, and what must survive.

use super::kinds::{KINDS, Kind};
use super::*;

/// Text that looks random and is the same in every run.
pub(crate) fn noise(alphabet: &[u8], length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(alphabet[(state >> 33) as usize % alphabet.len()])
        })
        .collect()
}

const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn alphabet(kind: &Kind) -> &'static [u8] {
    use super::alphabet::Alphabet::*;
    match kind.tail {
        Hex => b"0123456789abcdef",
        Upper => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        Url | Dotted => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
        Base64 => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        Alnum | Compound | Crypt => ALNUM,
    }
}

fn scrub(text: &str) -> String {
    Redactor::new().text(text).as_str().to_owned()
}

fn survives(text: &str) {
    assert_eq!(scrub(text), text);
}

/// No eight bytes of the secret may be left, anywhere in the text, and a second pass changes nothing.
fn gone(text: &str, secret: &str) {
    let safe = scrub(text);
    for at in 0..=secret.len().saturating_sub(8) {
        let window = &secret[at..(at + 8).min(secret.len())];
        assert!(!safe.contains(window), "{window:?} of {secret:?} survives in {safe:?}");
    }
    assert_eq!(scrub(&safe), safe, "not idempotent: {text:?}");
    let mut spans = Vec::new();
    find::dirty(text.as_bytes(), People::default(), &mut spans);
    assert!(text.contains('\n') || !spans.is_empty(), "the prefilter misses {text:?}");
}

#[test]
fn every_kind_is_found_and_its_look_alikes_survive() {
    for (index, kind) in KINDS.iter().enumerate() {
        for (n, prefix) in kind.prefixes.iter().enumerate() {
            for round in 0..8 {
                let tail = noise(alphabet(kind), kind.sample, (index * 1000 + n * 10 + round + 1) as u64);
                let token = format!("{prefix}{tail}");
                // A name comes before its prefix.
                let own = if prefix.ends_with('=') { "[api-key#1]" } else { &format!("[{}#1]", kind.name) };
                assert!(scrub(&format!("saw {token} here")).ends_with(&format!("{own} here")), "{token}");
                for text in [
                    format!("here is the key {token} please use it"),
                    format!("export SOME_VAR={token} # copied"),
                    format!("{{\"note\":\"{token}\"}}"),
                    format!("x\\n{token}\\n"),
                ] {
                    gone(&text, &tail);
                }
            }
        }
        for miss in kind.misses {
            survives(&format!("saw {miss} here"));
        }
    }
}

#[test]
fn a_sign_behind_the_name_of_a_resource_gives_it_a_value() {
    let secret = noise(ALNUM, 20, 61);
    gone(&format!("arn:aws:iam::123456789012:user:password={secret}"), &secret);
    gone(&format!("arn:aws:iam::123456789012:user:token {secret}"), &secret);
    gone(&format!("barn:password: {secret}"), &secret);
}

#[test]
fn the_tail_tells_kinds_of_one_prefix_apart() {
    let hex = noise(b"0123456789abcdef", 48, 9);
    let uuid = format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30]);
    for (tail, kind) in [(&uuid[..], "checkout-key"), (&hex, "elevenlabs-key"), (&hex[..38], "checkout-key")] {
        for (text, masked) in [
            (format!("saw sk_{tail} here"), format!("saw [{kind}#1] here")),
            (format!("api_key=sk_{tail}&x=1"), format!("api_key=[{kind}#1]&x=1")),
        ] {
            assert_eq!(scrub(&text), masked);
        }
    }
}

#[test]
fn values_of_telling_names_are_found_in_every_form() {
    let secret = noise(ALNUM, 26, 7);
    for name in [
        "access_token",
        "refreshToken",
        "client_secret",
        "X-Api-Key",
        "DB_PASSWORD",
        "password",
        "token",
        "secret",
        "aws_secret_access_key",
    ] {
        for text in [
            format!("{{\"{name}\":\"{secret}\"}}"),
            format!("{{\"{name}\": \"{secret}\", \"x\": 1}}"),
            format!("{{'{name}': '{secret}'}}"),
            format!("{{\"body\":\"{{\\\"{name}\\\":\\\"{secret}\\\"}}\"}}"),
            format!("{{\"body\":\"{{\\\\\\\"{name}\\\\\\\":\\\\\\\"{secret}\\\\\\\"}}\"}}"),
            format!("{{\"body\":\"{{\\u0022{name}\\u0022:\\u0022{secret}\\u0022}}\"}}"),
            format!("{name}={secret}"),
            format!("{name} = {secret}"),
            format!("{name}='{secret}' LANG=C"),
            format!("{name}: {secret}"),
            format!("curl -H \"{name}: {secret}\" https://x.example"),
            format!("curl -H '{name}: {secret}'"),
            format!("https://x.example/p?a=1&{name}={secret}&b=2"),
            format!("https://x.example/p#{name}={secret}"),
            format!("a=1&{name}={secret}&b=2"),
            format!("{name}%3D{secret}%26b%3D2"),
            format!("%22{name}%22%3A%22{secret}%22"),
            format!("tool --{name} {secret} --verbose"),
            format!("tool --{name}={secret}"),
            format!("[\"--{name}\",\"{secret}\"]"),
            format!("{{\"name\":\"{name}\",\"value\":\"{secret}\"}}"),
            format!("{{\"{name}\":[\"{secret}\"]}}"),
            format!("map[{name}:[{secret}] Accept:[*/*]]"),
            format!("<{name}>{secret}</{name}>"),
            format!("{name} => \"{secret}\""),
            format!("x\\n{name}={secret}\\ny"),
            format!("\\u0026{name}={secret}\\u0026b=2"),
        ] {
            gone(&text, &secret);
        }
    }
}

#[test]
fn headers_lose_their_values_and_keep_their_schemes() {
    let secret = noise(ALNUM, 30, 3);
    for text in [
        format!("Authorization: Bearer {secret}"),
        format!("sending authorization: bearer {secret}"),
        format!("{{\"header:Proxy-Authorization\":\"Bearer {secret}\"}}"),
        format!("{{'Authorization': 'Bearer {secret}', 'Accept': '*/*'}}"),
        format!("Authorization: Token token={secret}"),
        format!("Authorization: {secret}"),
        format!("Authorization: SSWS {secret}"),
        format!("got Bearer {secret}."),
        format!("Cookie: theme=dark; sessionid={secret}; lang=en"),
        format!("Set-Cookie: sid={secret}; Path=/; HttpOnly"),
        format!("map[Authorization:[Bearer {secret}]]"),
        format!("Authorization: Digest username=\"u\", response=\"{secret}\""),
    ] {
        gone(&text, &secret);
    }
    assert_eq!(scrub(&format!("Authorization: Bearer {secret}")), "Authorization: Bearer [token#1]");
    assert_eq!(scrub(&format!("Set-Cookie: sid={secret}; Path=/")), "Set-Cookie: sid=[cookie#1]; Path=/");
}

#[test]
fn the_password_of_a_basic_header_goes_with_it() {
    let password = noise(ALNUM, 18, 5);
    let header = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("svc-report:{password}"))
    };
    gone(&format!("> Authorization: Basic {header}"), &header);
    gone(&format!("Basic {header}"), &header);
    gone(&format!("curl -u svc:{password} https://x.example"), &password);
}

#[test]
fn urls_lose_passwords_only() {
    let secret = noise(ALNUM, 20, 9);
    gone(&format!("postgres://app:{secret}@db.example:5432/prod?sslmode=require: tls error"), &secret);
    gone(&format!("https://{secret}@git.example/x"), &secret);
    gone(&format!("https://u:{}/{}@h.example/", &secret[..10], &secret[10..]), &secret);
    assert_eq!(scrub("https://u:hunter2@h.example/p"), "https://u:[password#1]@h.example/p");
    survives("https://h.example:8443/p?limit=1");
    survives("op://ai agents/KEY/credential");
}

#[test]
fn private_keys_go_and_public_ones_stay() {
    let lines: Vec<String> = (0..4)
        .map(|n| noise(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64, 40 + n))
        .collect();
    for gap in ["\n", "\\n", " ", ""] {
        let body = lines.join(gap);
        for line in &lines {
            gone(&format!("loaded -----BEGIN PRIVATE KEY-----{gap}{body}{gap}-----END PRIVATE KEY----- ok"), line);
            gone(&format!("-----BEGIN RSA PRIVATE KEY-----{gap}{body}"), line);
            gone(&format!("{body}{gap}-----END EC PRIVATE KEY-----"), line);
        }
        survives(&format!("-----BEGIN CERTIFICATE-----{gap}{body}{gap}-----END CERTIFICATE-----"));
        survives(&format!("-----BEGIN PUBLIC KEY-----{gap}{body}{gap}-----END PUBLIC KEY-----"));
    }
}

#[test]
fn a_title_may_end_in_the_dashes_of_the_next() {
    survives("-----BEGIN CERTIFICATE----------END PRIVATE KEY-----");
    survives("-----BEGIN X PUBLIC KEY-------END RSA PRIVATE KEY-----");
}

#[test]
fn cut_and_hidden_secrets_are_found() {
    let tail = noise(ALNUM, 40, 77);
    for keep in 8..20 {
        gone(&format!("{{\"e\":\"token ghp_{}\"}}", &tail[..keep]), &tail[..keep]);
        gone(&format!("saw ghp_{}...", &tail[..keep]), &tail[..keep]);
    }
    gone(&format!("access\u{200d}_token={tail}"), &tail);
    gone(&format!("ghp_{}\u{200b}{}", &tail[..20], &tail[20..]), &tail[..20]);
    gone(&format!("access%5Ftoken%3D{tail}"), &tail);
    gone(&format!("access%255Ftoken%253D{tail}"), &tail);
    gone(&format!("\\u0061ccess_token={tail}"), &tail);
    let inner = format!("{{\"access_token\":\"{tail}\"}}");
    let wrapped = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&inner)
    };
    gone(&format!("body {wrapped}"), &wrapped);
    gone(&format!("/bot712345678:{tail}/sendMessage"), &tail);
    gone(&format!("712345678:{}", &tail[..35]), &tail[..35]);
}

#[test]
fn what_is_left_of_a_cut_token_goes() {
    for (text, secret) in [
        ("https://u:atuteLyHzT5eXeka7ZJlKWdDq9Oh2Og", "atuteLyHzT5eXeka7ZJlKWdDq9Oh2Og"),
        ("postgres://app:Zk9Qx2Wv7Lm4Rt8Yqq11", "Zk9Qx2Wv7Lm4Rt8Yqq11"),
        ("{\"q\":\"amqp://u:Zk9Qx2Wv7Lm4...\"}", "Zk9Qx2Wv7Lm4"),
        ("token sk-XxhQ3pa7IOCUu34\u{2026}", "XxhQ3pa7IOCUu34"),
        ("token AKIACJUYKFGVYS4FNZJ\u{2026}", "CJUYKFGVYS4FNZJ"),
        ("token AKIAANGKVOTIQJHV...", "ANGKVOTIQJHV"),
        ("token glpat-strpuv0flik...", "strpuv0flik"),
        ("token rt_uJ71YpYicgn...", "uJ71YpYicgn"),
        ("{\"q\":\"rt_uJ71YpYicgn\"}", "uJ71YpYicgn"),
        ("token sk-proj-UIHfzrLYY...", "UIHfzrLYY"),
        ("token npm_A0PCZD2r\u{2026}", "A0PCZD2r"),
        ("token hvs.Eqtu6-AzdIXCLY-...", "Eqtu6-AzdIXCLY"),
        ("Basic gln54ZwI3I11ndi", "gln54ZwI3I11ndi"),
        ("[{\"arguments\":{\"token\":\"4XIcjnvCvBwyEcuql\u{2026}", "4XIcjnvCvBwyEcuql"),
        ("password=q65j1dDD...", "q65j1dDD"),
    ] {
        assert!(text.contains(secret));
        gone(text, secret);
    }
    for text in [
        "https://h.example:8443",
        "dial tcp://db.internal:postgres",
        "https://h.example:port",
        "saw sk-loading-circle",
        "started npm_config_prefix",
        "pod api-7849e9cba9-x2k4p",
        "name re_export2024",
        "hf_hub_download",
        "bedrock-api-key-rotation",
        "Basic authentication",
        "token abcd1234...",
        "ASIAN...",
        "op://vault/item:field9x7Q",
    ] {
        survives(text);
    }
}

#[test]
fn what_stands_on_two_lines_goes() {
    let (head, tail) = ("Zk9Qx2W", "v7Lm4Rt8Yqq11AaBbCcDdEe");
    for joint in ["\n", "\r\n", "\n    ", "\\\n", "\\\n  ", "\" + \"", "\"\n  + \""] {
        let text = format!("t \"sk-ant-oat01-{head}{joint}{tail}\" x");
        let row = serde_json::json!({ "_msg": text }).to_string();
        gone(&text, tail);
        gone(&row, tail);
        gone(&serde_json::json!({ "_msg": row }).to_string(), tail);
    }
    for line in [
        "/x4L906P4JGobfSyTV7AQ0I/1sOqa4qO8ul/Kwzqh0aUybsB+tAt2J0jgN992GhU",
        "sOqa4qO8ulKwzqh0aUybsBtAt2J0jgN992GhU/QqNameOfWordsInItByChanceX",
    ] {
        gone(line, line);
        gone(&format!("{{\"_msg\":\"{line}\"}}"), line);
        gone(&format!("{{\"_msg\":\"a\\n{line}\\n\"}}"), line);
    }
    for text in [
        "token sk-ant-oat01-[anthropic-key#1]\nreq_011CSHoEeqs5C35K2UUqR7Fy",
        "/srv/App/ReleaseCandidate/BuildNumber/2026/DataBase/AuthService9",
        "integrity=x4L906P4JGobfSyTV7AQ0Ia1sOqa4qO8ulqKwzqh0aUybsBAtAt2J0jgN992GhUU",
    ] {
        survives(text);
    }
    let text = format!("ghp_{}\n6f1be1fa-c19c-4478-8999-84030d706457\nnext line", noise(ALNUM, 12, 3));
    assert_eq!(scrub(&text), "[github-token#1]\n6f1be1fa-c19c-4478-8999-84030d706457\nnext line");
}

#[test]
fn values_apart_from_their_names_go() {
    for text in [
        "Content-Disposition: form-data; name=\"password\"\r\n\r\nFXMd7Lq2\r\n--x",
        "X-Api-Key: Zk9Qx2Wv, FXMd7Lq2",
        "Authorization: Bearer Zk9Qx2Wv7Lm4,Bearer FXMd7Lq2Yqq11",
        "Authorization: Bearer Zk9Qx2Wv7Lm4, Basic YTpGWE1kN0xxMg==, Bearer FXMd7Lq2Yqq11",
        r#"{"value":"FXMd7Lq2","name":"api_key"}"#,
        r#"{"value":"FXMd7Lq2","on":true,"note":"a, b","name":"api_key"}"#,
        r#"{"a":[{"value":"kept"},{"value":"FXMd7Lq2", "key": "api_key"},{"name":"x","value":"kept"}]}"#,
        r#"{"name":"DB_PASSWORD","enabled":true,"value":"FXMd7Lq2"}"#,
        r#"{"name":"X-Api-Key","type":"text", "n": 1, "value": "FXMd7Lq2"}"#,
        "env:\n- name: DB_PASSWORD\n  value: FXMd7Lq2\n- name: X\n  value: kept",
        "env:\n- name: \"DB_PASSWORD\"\n  value: \"FXMd7Lq2\"\n- name: X\n  value: kept",
        "{\"password\":\n  \"FXMd7Lq2\"}",
        "a:\n  password:\n    FXMd7Lq2\n  x: 1",
        "password: !vault FXMd7Lq2",
        r#"{"password":{"value":"FXMd7Lq2"}}"#,
        r#"{"client_secret": {"id": 7, "value": "FXMd7Lq2"}}"#,
        r#"{"secrets":{"GITHUB":"FXMd7Lq2","X":"kept"}}"#,
        r#"{"cookies":[{"name":"sid","value":"FXMd7Lq2"},{"path":"/","value":"FXMd7Lq2"}]}"#,
        r#"{"cookies":{"sid":"FXMd7Lq2"}}"#,
        "<string name=\"client_secret\">FXMd7Lq2</string>",
        "| client_secret | FXMd7Lq2 |",
        "BXAuth=FXMd7Lq2",
        "cookie BXAuth=FXMd7Lq2; lang=zh",
    ] {
        let row = serde_json::json!({ "_msg": text }).to_string();
        let nested = serde_json::json!({ "_msg": row }).to_string();
        for text in [text, &row, &nested] {
            gone(text, "FXMd7Lq2");
            assert_eq!(scrub(text).matches("kept").count(), text.matches("kept").count(), "{text}");
        }
    }
    let cut = "{\"name\":\"X-Api-Key\",\"value\":\n\"access_token\":\"3HDKcuAKnogoDHoBXPFRNyfejHfaLGQCSdFu\"";
    gone(cut, "3HDKcuAKnogoDHoBXPFRNyfejHfaLGQCSdFu");
    gone("token sk&#45;ant&#45;oat01&#x2d;Zk9Qx2Wv7Lm4Rt8Yqq11", "Zk9Qx2Wv7Lm4Rt8Yqq11");
    gone("<a b=&#34;access_token&#34;:&#34;FXMd7Lq2&#34;>", "FXMd7Lq2");
    for text in [
        r#"{"name":"api_key","enabled":true}"#,
        r#"{"name":"api_key","other":{"value":"FXMd7Lq2"}}"#,
        r#"{"value":"FXMd7Lq2"},{"name":"api_key"}"#,
        r#"{"name":"api_key","enabled":true},{"value":"FXMd7Lq2"}"#,
        r#"{"secrets":{"GITHUB":"op://v/i/f","X":"CRM_API_KEY"}}"#,
        r#"{"password":{"required":true,"value":null}}"#,
        "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      key: db-password",
        "schema:\n  password:\n    required: true\n  token:\n    type: string",
        "| token | the name of a token |",
        "<input name=\"password\" type=\"password\"/>",
        "name=\"password\"\r\n--x",
        "X-Api-Key: [api-key#1], rejected",
        "secrets: two were not found",
        "a &#45; b &#x2014; c &#1234567; &#; d",
    ] {
        survives(text);
        survives(&serde_json::json!({ "_msg": text }).to_string());
    }
}

#[test]
fn values_within_calls_casts_and_types_go() {
    for (text, masked) in [
        (r#"Creds { password: Password("FXMd7Lq2") }"#, r#"Creds { password: Password("[password#1]") }"#),
        (r#"Cfg { client_secret: Secret("FXMd7Lq2v"), n: 1 }"#, r#"Cfg { client_secret: Secret("[secret#1]"), n: 1 }"#),
        (r#"refresh_token: Some(Token("FXMd7Lq2v"))"#, r#"refresh_token: Some(Token("[token#1]"))"#),
        (r#"access_token: Ok("FXMd7Lq2v")"#, r#"access_token: Ok("[token#1]")"#),
        ("login(password=str('FXMd7Lq2'))", "login(password=str('[password#1]'))"),
        ("password=SecretStr('FXMd7Lq2') user='a'", "password=SecretStr('[password#1]') user='a'"),
        ("password=SecretBytes(b'FXMd7Lq2')", "password=SecretBytes(b'[password#1]')"),
        (r#"{ClientSecret:(*string)("FXMd7Lq2v")}"#, r#"{ClientSecret:(*string)("[secret#1]")}"#),
        (r#" AccessToken: (string) (len=40) "FXMd7Lq2v","#, r#" AccessToken: (string) (len=40) "[token#1]","#),
        (r#"Cfg{Password:[]byte("FXMd7Lq2")}"#, r#"Cfg{Password:[]byte("[password#1]")}"#),
        ("[\"password\"]=>\n  string(24) \"FXMd7Lq2\"\n", "[\"password\"]=>\n  string(24) \"[password#1]\"\n"),
        (r#"password: std::string("FXMd7Lq2")"#, r#"password: std::string("[password#1]")"#),
        (r#"Authorization: Token token="FXMd7Lq2v", x="#, r#"Authorization: Token token="[token#1]", x="#),
        (
            r#"map[Authorization:[Token token="FXMd7Lq2v"] A:[b]]"#,
            r#"map[Authorization:[Token token="[token#1]"] A:[b]]"#,
        ),
        (r#"Authorization: Snowflake Token="FXMd7Lq2v""#, r#"Authorization: Snowflake Token="[token#1]""#),
    ] {
        assert_eq!(scrub(text), masked);
        let row = serde_json::json!({ "_msg": text }).to_string();
        assert_eq!(scrub(&row), serde_json::json!({ "_msg": masked }).to_string());
        gone(&serde_json::json!({ "_msg": row }).to_string(), "FXMd7Lq2");
    }
    // The quote ends the string around the value.
    gone(r#"{"_msg":"password=FXMd7Lq2(","level":"info"}"#, "FXMd7Lq2");
    gone(r#"{"_msg":"password=FXMd7Lq2("}"#, "FXMd7Lq2");
    for text in [
        r#"password = env("DB_PASSWORD")"#,
        r#"password=vault.read("secret/db")"#,
        r#"token: Err("connection refused")"#,
        r#"password: PermissionError("not allowed")"#,
        r#"api_key = lookup("prod key")"#,
        r#"state: State("half-open") code: Code("ECONNRESET")"#,
        r#"Authorization: denied for user="a" by policy"#,
    ] {
        survives(text);
        survives(&serde_json::json!({ "_msg": text }).to_string());
    }
}

#[test]
fn a_path_spares_the_names_of_resources_only() {
    let random = "XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms";
    for text in [
        format!("/v1/sessions/{random}/files"),
        format!("/files/ghp_{random}"),
        format!("/files?sig={random}"),
        format!("wrote {random}.png"),
        format!("/o/{random}"),
    ] {
        in_rows(&text).iter().for_each(|text| gone(text, random));
    }
}

#[test]
fn pairs_of_bytes_structs_and_markup_join_names_and_values() {
    let one = "kQ1okTBGzvAmwufUxbvJDCTb";
    for text in [
        "scope={'type': 'http', 'headers': [(b'host', b'kept'), (b'x-api-key', b'SECRET')]}",
        r#"[(b"x-api-key", b"SECRET"), (b"accept", b"kept")]"#,
        "[(b'cookie', b'sid=SECRET'), (b'accept', b'kept')]",
        r#"Header { name: "x-api-key", value: "SECRET" }, Header { name: "accept", value: "kept" }"#,
        r#"<input value="SECRET" name="csrf_token"> <input value="kept" name="q">"#,
        r#"<meta name="csrf-token" content="SECRET"><meta name="author" content="kept">"#,
        r#"<env value="SECRET" name="DB_PASSWORD"/><env value="kept" name="MODE"/>"#,
        "<key>password</key>\n\t<string>SECRET</string>\n\t<key>user</key>\n\t<string>kept</string>",
        "<member><name>password</name><value><string>SECRET</string></value></member><value><string>kept</string></value>",
    ] {
        for text in in_rows(&text.replace("SECRET", one)) {
            gone(&text, one);
            assert_eq!(scrub(&text).matches("kept").count(), text.matches("kept").count(), "{text}");
        }
    }
    for text in [
        "[(b'x-api-key', b'authorization'), (b'x-api-key', b'accept')]",
        r#"Param { name: "token", value: None }, Param { name: "q", value: "Zk9Qx2Wv7Lm4" }"#,
        r#"<input value="Zk9Qx2Wv7Lm4"> <input name="csrf_token">"#,
        "<key>password</key>\n\t<true/>",
    ] {
        in_rows(text).iter().for_each(|text| survives(text));
    }
}

#[test]
fn lists_objects_and_literals_under_a_telling_name_go() {
    let one = "Bd0Kh8oOOL8dKLzdocJ2isAj";
    for text in [
        "auth-dir: /root\napi-keys:\n  - SECRET\ndebug: false",
        "auth-dir: /root\r\napi-keys:\r\n  - \"kept-1\"\r\n  - \"SECRET\"\r\ndebug: false",
        "tokens:\n- kept\n- SECRET\nname: kept",
        "passwords:\n  - 'SECRET'\n  - {}\nuser: kept",
        "cfg {APIKeys:[SECRET k2] Debug:false}",
        "accessTokens=[kept, SECRET], clientSecrets=[SECRET]",
        r#"{"passwords":["SECRET"],"tokens":["kept","SECRET"],"n":[1,2]}"#,
        "{\"api_keys\":[\n  \"SECRET\",\n  \"SECRET\"\n]}",
        r#"http.Header{"X-Api-Key":[]string{"SECRET", "SECRET"}, "Accept":[]string{"kept"}}"#,
        r#"url.Values{"client_secret":[]string{"SECRET"}, "a":[]string{"kept"}}"#,
        r#"Config{Secret:[]string{"SECRET"}, Name:"kept", Password:&Text{"SECRET"}}"#,
        r#"http.Header{"Cookie":[]string{"sid=SECRET"}}"#,
        r#"{"key":"password","value":{"stringValue":"SECRET"}}"#,
        r#"{"attributes":[{"key":"a","value":{"stringValue":"kept"}},{"key":"token", "value": {"stringValue":"SECRET"}}]}"#,
        r#"{"password":{"S":"SECRET"},"name":{"S":"kept"}}"#,
        r#"{"x-api-key":{"stringValue":"SECRET"}}"#,
        r#"{"password":{"$t":"SECRET"},"password":{"current":"SECRET","new":"SECRET"}}"#,
        r#"{"tokens":{"github":"SECRET","count":7},"api_keys":{"prod":"SECRET","mode":"kept"}}"#,
        r#"{"passwords":{"ada":"SECRET"}}"#,
        "a:\n  password:\n    value: SECRET\n  x: kept",
    ] {
        let text = text.replace("SECRET", one);
        for text in in_rows(&text) {
            gone(&text, one);
            assert_eq!(scrub(&text).matches("kept").count(), text.matches("kept").count(), "{text}");
        }
    }
    for text in [
        r#"{"tokens":["hello","world"],"token_ids":[101,2023],"max_tokens":[1200000000,2],"tokens":{"prompt":12,"model":"gpt-4o-mini"}}"#,
        "api-keys:\n  - name: prod\n    ref: op://v/i/f\n",
        "tokens:\n  - ${A_TOKEN}\n  - op://vault/item/field\n",
        "Changed the passwords:\n- alice\n- bob-1",
        "tokens=[input, output] passwords=[]",
        "Config{Password:(*string)(nil), Token:Token(nil), Name:\"x\"}",
        r#"{"name":"password","text":"Choose one"}"#,
        r#"{"key":"password","value":{"boolValue":true,"kind":"rotated"}}"#,
        r#"policy{"password":[]string{"is required"}}"#,
    ] {
        in_rows(text).iter().for_each(|text| survives(text));
    }
}

#[test]
fn colours_hide_nothing() {
    for escape in
        ["\u{1b}", "\\u001b", "\\u001B", "\\x1b", "\\033", "\\e", "^[", "#033", "%1b", "%1B", "\\u{1b}", "&#27;"]
    {
        let paint = |text: &str| text.replace('<', &format!("{escape}[")).replace('>', "m");
        for (text, masked) in [
            ("<31>glpat-aT5jpTFPWhLn_5drcFlC<0> x", "<31>[gitlab-token#1]<0> x"),
            ("<1;31>AKIAQ3EGRIZ5BKXXM7TD<0>", "<1;31>[aws-key-id#1]<0>"),
            (
                "<31>ERRO<0>[0000] refused <31>api_key<0>=FXMd7Lq2v",
                "<31>ERRO<0>[0000] refused <31>api_key<0>=[api-key#1]",
            ),
            ("<3>password<0><2>=<0>FXMd7Lq2 <3>user<0>", "<3>password<0><2>=<0>[password#1] <3>user<0>"),
            (
                "<38;5;37>Authorization<39><38;5;245>:<39> Bearer FXMd7Lq2v",
                "<38;5;37>Authorization<39><38;5;245>:<39> Bearer [token#1]",
            ),
            ("{ password: <32>'FXMd7Lq2'<39> }", "{ password: <32>'[password#1]'<39> }"),
            ("<36>api_<1>key=<0>FXMd7Lq2v", "<36>api_<1>key=<0>[api-key#1]"),
            (
                "<32>INFO<0> <2>token refresh<0> <1>done<0> key=<36>state<0>",
                "<32>INFO<0> <2>token refresh<0> <1>done<0> key=<36>state<0>",
            ),
        ] {
            let (text, masked) = (paint(text), paint(masked));
            assert_eq!(scrub(&text), masked);
            let row = serde_json::json!({ "_msg": text }).to_string();
            assert_eq!(scrub(&row), serde_json::json!({ "_msg": masked }).to_string());
            let nested = serde_json::json!({ "_msg": row }).to_string();
            assert!(!scrub(&nested).contains("FXMd7Lq2") && !scrub(&nested).contains("aT5jpTFPW"), "{nested}");
        }
        let jq = paint("{<34;1>\"password\"<0><1;39>: <0><0;32>\"FXMd7Lq2\"<0>}");
        gone(&jq, "FXMd7Lq2");
        gone(&serde_json::json!({ "_msg": jq }).to_string(), "FXMd7Lq2");
    }
    let lone = scrub("{\"private_key\":\u{1b}[pFXMd7Lq2Wk]}");
    assert_eq!(scrub(&lone), lone);
    survives("^[[:alpha:]]+$ and \u{1b}[ cut \u{1b}");
}

#[test]
fn stores_of_secrets_protocols_and_markup_join_names_and_values() {
    for text in [
        r#"{"Name":"prod/db","SecretString":"FXMd7Lq2"}"#,
        "secret_string: FXMd7Lq2v",
        r#"{"Name":"/prod/x","Type":"SecureString","Value":"FXMd7Lq2"}"#,
        r#"{"Value":"FXMd7Lq2","Type": "SecureString"}"#,
        r#"app -password "FXMd7Lq2""#,
        "Connect-X -Password 'FXMd7Lq2' -Force",
        "<password><![CDATA[FXMd7Lq2]]></password>",
        "<AccessToken>\n<![CDATA[FXMd7Lq2<v>]]>\n</AccessToken>",
        "<wsse:Password Type=\"t\"><![CDATA[FXMd7Lq2]]></wsse:Password>",
        "password -> FXMd7Lq2",
        "api_key \u{2192} FXMd7Lq2v",
        "client_secret --> FXMd7Lq2v",
        "**password**: `FXMd7Lq2`",
        "**Password:** FXMd7Lq2",
        "Sec-WebSocket-Protocol: access_token, FXMd7Lq2vWk9",
        r#"{"sec-websocket-protocol":"access_token, FXMd7Lq2vWk9"}"#,
        "GET /logout?id_token_hint=FXMd7Lq2v&x=1",
        r#"1700000000.1 [0 127.0.0.1:1] "AUTH" "FXMd7Lq2vWk9""#,
        r#""AUTH" "default" "FXMd7Lq2vWk9""#,
        "AUTH FXMd7Lq2vWk9",
        "AUTH default FXMd7Lq2vWk9",
        "PASS FXMd7Lq2vWk9",
        "> PASS FXMd7Lq2vWk9",
        "a1 LOGIN bob FXMd7Lq2vWk9",
        "AUTH LOGIN\nFXMd7Lq2vWk9",
        "AUTH LOGIN\r\nFXMd7Lq2vWk9",
        "Authorization: FXMd7Lq2!sDxo#M87",
        "Authorization: K55z!s2FXMd7Lq2",
    ] {
        let row = serde_json::json!({ "_msg": text }).to_string();
        let nested = serde_json::json!({ "_msg": row }).to_string();
        for text in [text, &row, &nested] {
            gone(text, "FXMd7Lq2");
        }
    }
    for text in [
        "state: pending -> active, token -> refreshed",
        "fn token() -> String",
        "the api_key -> header mapping",
        "<password><![CDATA[]]></password>",
        "PASS src/app/login.test.js",
        "--- PASS: TestLoginFlow (0.01s)",
        "PASS\nok  \tgithub.com/acme/app\t0.3s",
        "AUTH failed for user bob",
        "AUTH LOGIN\n334 wait",
        "user a1 LOGIN bob failed",
        "Sec-WebSocket-Protocol: access_token, graphql-ws",
        "Authorization: header-was-not-sent",
        r#"{"Type":"SecureString","Version":3}"#,
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "/v4/spreadsheets/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/values/A1",
        "/drive/v3/files/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs?alt=media",
        "/v1/users/me/messages/18c2f0a1b2c3d4e5/attachments/ANGjdJ8BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms",
        "/b/my-bucket/o/exports%2FXRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms.csv",
        "object key uploads/2026/02/XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upmsA1b2.png",
        "batch id=msgbatch_01P86h2CWlBCUedhyU4bJ7XcWz",
        r#"cnf {"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}"#,
        "s3://acme-logs/AWSLogs/123456789012/CloudTrail/us-east-1/2026/02/21/123456789012_CloudTrail_us-east-1_20260221T1000Z_Wb1qAq4NxQh5nQ5X.json.gz",
        "https://docs.google.com/spreadsheets/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit#gid=0",
    ] {
        survives(text);
        survives(&serde_json::json!({ "_msg": text }).to_string());
    }
}

/// The text as it is, in a row, and in a row within a row.
fn in_rows(text: &str) -> [String; 3] {
    let row = serde_json::json!({ "_msg": text }).to_string();
    let nested = serde_json::json!({ "_msg": row }).to_string();
    [text.to_owned(), row, nested]
}

#[test]
fn answers_of_cloud_stores_lose_their_value() {
    const VAULT: &str = "https://acme-prod.vault.azure.net/secrets/db/6e40b1ca";
    for text in [
        r#"{"name":"projects/1/secrets/db/versions/1","payload":{"data":"RlhNZDdMcTI=","dataCrc32c":"1234567"}}"#
            .to_owned(),
        r#"{ "payload": { "dataCrc32c": "1234567", "data": "RlhNZDdMcTI=" } }"#.to_owned(),
        r#"{"payload":{"dataCrc32c":1234567,"data":"RlhNZDdMcTI="#.to_owned(),
        r#"{"payload.data":"RlhNZDdMcTI=","payload.dataCrc32c":"1234567"}"#.to_owned(),
        "name: \"x\"\npayload {\n  data: \"RlhNZDdMcTI=\"\n  data_crc32c: 1234567\n}".to_owned(),
        format!(r#"{{"value":"RlhNZDdMcTI=","id":"{VAULT}","attributes":{{"enabled":true}}}}"#),
        format!(r#"{{"id":"{VAULT}","value":"RlhNZDdMcTI=","contentType":"text/plain"}}"#),
        format!(
            r#"{{ "attributes": {{ "enabled": true }}, "contentType": null, "id": "{VAULT}", "kid": null, "name": "db", "tags": {{ "a": "b" }}, "value": "RlhNZDdMcTI=" }}"#
        ),
        format!("{{'value':'RlhNZDdMcTI=','id':'{}'}}", VAULT.replace(".net", ".cn")),
    ] {
        for text in in_rows(&text) {
            gone(&text, "RlhNZDdMcTI=");
        }
    }
    for text in [
        r#"{"message":{"data":"RlhNZDdMcTI=","messageId":"1"},"payload":{"data":"kept"}}"#.to_owned(),
        r#"{"name":"projects/1/secrets/db/versions/1","state":"ENABLED","clientSpecifiedPayloadChecksum":true}"#
            .to_owned(),
        r#"{"data":"RlhNZDdMcTI=","name":"x","dataCrc32c":"1"}"#.to_owned(),
        "no dataCrc32c in the answer, data: kept".to_owned(),
        format!(r#"{{"value":[{{"id":"{VAULT}","attributes":{{"enabled":true}}}}]}}"#),
        format!(r#"{{"error":"not found","id":"{VAULT}","tags":{{"a":"b"}}}}"#),
        format!(r#"{{"url":"{VAULT}","value":"kept"}}"#),
        format!("GET {VAULT}?api-version=7.4 403"),
        format!(r#"{{"value":"***","id":"{VAULT}"}}"#),
        r#"{"value":"kept","id":"https://acme-prod.vault.azure.net/keys/db/6e40b1ca"}"#.to_owned(),
    ] {
        in_rows(&text).iter().for_each(|text| survives(text));
    }
}

#[test]
fn values_stand_under_the_names_of_their_columns() {
    for text in [
        "INSERT INTO users (name, password, mail) VALUES ('ada', 'FXMd7Lq2', 'kept');",
        "insert into `app`.`users` (`id`, `api_key`) values (1, 'FXMd7Lq2')",
        "INSERT INTO \"users\" (\"id\", \"password\")\nVALUES\n  (1, 'kept-1'),\n  (2, 'FXMd7Lq2')",
        "INSERT INTO [users] ([id],[client_secret]) VALUES (1,N'FXMd7Lq2')",
        "INSERT INTO users(name,password)VALUES('o''neil (x), y','a''FXMd7Lq2')",
        "INSERT INTO users (name, password) VALUES (lower('Ada'), crypt('FXMd7Lq2', gen_salt('bf')))",
        "INSERT INTO users (password, name) VALUES ('FXMd7Lq2",
        "INSERT INTO users (password) VALUES ('$2b$12$FXMd7Lq2FXMd7Lq2FXMd7Lq2FXMd7Lq2')",
    ] {
        for text in in_rows(text) {
            gone(&text, "FXMd7Lq2");
        }
    }
    let both = scrub("INSERT INTO t (password, note) VALUES ('FXMd7Lq2', 'Bearer 8Qm2xT9aZk4WpL7vNc3RbH6s')");
    assert_eq!(both, "INSERT INTO t (password, note) VALUES ('[password#1]', 'Bearer [token#1]')");
    for text in [
        "INSERT INTO users (id, token_count) VALUES (1, '500')",
        "INSERT INTO users (name, password) VALUES ($1, $2)",
        "INSERT INTO users (name, password) VALUES (?, ?), (%s, '%s'), (':name', ':password'), ('{}', '{}'), ('$n', '$password')",
        "INSERT INTO users (name, password) SELECT name, 'kept' FROM old",
        "INSERT INTO users VALUES (1, 'password', 'kept')",
        "INSERT INTO users (name, mail) VALUES ('password', 'kept')",
        "ERROR: duplicate key in INSERT INTO users (password) near 'kept'",
        "insert into the password field values (see 'kept')",
        "INSERT INTO users (name, password) VALUES ('ada', '***')",
    ] {
        in_rows(text).iter().for_each(|text| survives(text));
    }
}

#[test]
fn a_server_of_mail_asks_for_the_password() {
    for text in [
        "AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\nYWRh\r\n334 UGFzc3dvcmQ6\r\nRlhNZDdMcTI=\r\n235 ok",
        "S: 334 UGFzc3dvcmQ6\nC: RlhNZDdMcTI=",
        "<<< 334 UGFzc3dvcmQ6\n>>> RlhNZDdMcTI=\n<<< 535 no",
        "reply: b'334 UGFzc3dvcmQ6\\r\\n'\nsend: 'RlhNZDdMcTI=\\r\\n'",
        "reply: retcode (334); Msg: b'UGFzc3dvcmQ6'\nsend: 'RlhNZDdMcTI=\\r\\n'",
    ] {
        for text in in_rows(text) {
            gone(&text, "RlhNZDdMcTI=");
        }
    }
    for text in [
        "334 UGFzc3dvcmQ6\r\n535 5.7.8 Error: authentication failed",
        "334 UGFzc3dvcmQ6\nC: *\n501 cancelled",
        "334 UGFzc3dvcmQ6 RlhNZDdMcTI=",
        "334 UGFzc3dvcmQ6\nMAIL FROM:<ada@example.org>",
        "334 UGFzc3dvcmQ6",
    ] {
        in_rows(text).iter().for_each(|text| survives(text));
    }
    // What a line shows never depends on another one.
    let (mut spans, lines) = (Vec::new(), "334 UGFzc3dvcmQ6\nRlhNZDdMcTI=\n");
    find::dirty(lines.as_bytes(), People::default(), &mut spans);
    assert_eq!(spans, []);
}

#[test]
fn flags_with_one_dash_take_what_is_no_word() {
    for text in [
        "Connect-X -ApiKey FX!#Md7Lq2 -Server a.example",
        "Connect-X -Password FX!#Md7Lq2",
        "& .\\deploy.ps1 -Environment prod -ClientSecret FX!#Md7Lq2",
    ] {
        in_rows(text).iter().for_each(|text| gone(text, "FX!#Md7Lq2"));
    }
    for text in [
        "the -ApiKey parameter is required",
        "set -Password or -ApiKey",
        "Connect-X -ApiKey $env:KEY -Password $secret",
        "use -Password 2 times",
        "why -ApiKey here?",
        "Get-Item -KeyPath HKLM:\\a1",
    ] {
        in_rows(text).iter().for_each(|text| survives(text));
    }
}

#[test]
fn arguments_of_commands_go() {
    for text in [
        r#"["curl","-u","a:FXMd7Lq2","https://x"]"#,
        r#"["curl","--user","a:FXMd7Lq2"]"#,
        r#"['curl', '-u', 'a:FXMd7Lq2']"#,
        r#"["curl","-b","sid=FXMd7Lq2"]"#,
        r#"["curl","--cookie","sid=FXMd7Lq2"]"#,
        r#"["docker","login","-u","u","-p","FXMd7Lq2"]"#,
        r#"["sshpass","-p","FXMd7Lq2","ssh"]"#,
        r#"["mysql","-pFXMd7Lq2","app"]"#,
        r#"["redis-cli", "-a", "FXMd7Lq2"]"#,
        "curl -uuser:FXMd7Lq2 https://x",
        "curl -s -u user:FXMd7Lq2 https://x",
        "curl -b 'sid=FXMd7Lq2' https://x",
        "curl -b sid=FXMd7Lq2 https://x",
        "gh auth login --with-token <<< FXMd7Lq2",
        "gh auth login --with-token <<< 'FXMd7Lq2'",
        "echo FXMd7Lq2 | gh auth login --with-token",
        "echo 'FXMd7Lq2' | docker login -u u --password-stdin h.example",
        "REDISCLI_AUTH=FXMd7Lq2 redis-cli ping",
        "ENV MY_API_KEY FXMd7Lq2",
        "setx MY_API_KEY \"FXMd7Lq2\"",
        "set -x MY_TOKEN FXMd7Lq2",
        "mysql -pFXMd7Lq2 app",
        "docker login -u u -p FXMd7Lq2",
        "echo root:FXMd7Lq2 | chpasswd",
    ] {
        gone(text, "FXMd7Lq2");
        gone(&serde_json::json!({ "_msg": text }).to_string(), "FXMd7Lq2");
        gone(&serde_json::json!({ "a": serde_json::json!({ "_msg": text }).to_string() }).to_string(), "FXMd7Lq2");
    }
    for text in [
        r#"["curl","-u","$USER:$PASSWORD"]"#,
        r#"["curl","-b","jar.txt","-u"]"#,
        r#"{"cmd":["sort","-u"],"user":"a:b"}"#,
        r#"["docker","run","-p","8080:80","-u","1000:1000"]"#,
        r#"["git","-p","log"]"#,
        "curl -b jar.txt -u",
        "sort -ut: -b x=1",
        "gh auth login --with-token < token.txt",
        "cat token.txt | gh auth login --with-token",
        "echo $TOKEN | docker login --password-stdin",
        "the flag --password-stdin is required",
        "ENV PATH /usr/bin:/bin",
        r#"{"args":"curl -u","next":"a:b"}"#,
    ] {
        survives(text);
        survives(&serde_json::json!({ "_msg": text }).to_string());
    }
}

#[test]
fn evidence_survives() {
    for text in [
        "",
        "checked out 571d8ebefd66270097c41d7beeb66ad20ad87b8b for run 6f1be1fa-c19c-4478-8999-84030d706457, auth header was Bearer [REDACTED:secret]",
        r#"{"name":"secrets","annotations":{"swapped":[{"secret":"CRMHUB_API_KEY","locations":["header:Authorization"]}]}}"#,
        r#"failed to resolve secret op://ai-agents/BILLFOLD_API_KEY/credential: context deadline exceeded"#,
        r#"{"secret":"op://My Own Vault/BILLFOLD_API_KEY/credential","error":"x"}"#,
        r#"secret=op://ai-agents/X_TOKEN/credential error="not found""#,
        r#"{"rejected":"token_unavailable","skipped":"token_unavailable","error":"invalid_grant"}"#,
        r#"WWW-Authenticate: Bearer realm="api", error="invalid_token", error_description="The access token expired""#,
        r#"{"grant":"refresh_token","reason":"token_endpoint_http_400"}"#,
        "oauth_token mint failed: oauth2: cannot fetch token: 400 Bad Request",
        "input_tokens=12345 total_tokens: 99999 max_tokens=\"200000\"",
        "token expired; password: incorrect; invalid api_key: missing",
        "slack:C0B3NN41GHE:1773089111.289270",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "arn:aws:iam::123456789012:role/AuthServiceRoleForProduction/Session1",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/billing-AbCdEf",
        r#"fetching secret "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:basil-AbCdEf": timeout"#,
        "op://Vault 401/arn:aws:secretsmanager:us-east-1:123456789012:secret:basil-AbCdEf/credential",
        "password: (filtered by policy)",
        "postgres://app:$(cat_file)@db.example/app",
        r#"{"a":["arn:aws:secretsmanager:us-east-1:123456789012:secret","Zk9Qx2Wv7Lm4"]}"#,
        r#"{"a":["arn:aws:cognito-idp:us-east-1:123456789012:token","Zk9Qx2Wv7Lm4"]}"#,
        "centaur-centaur-proxy-asbx-e07672ab5fd4-7849e9cba9",
        "sha256:4af8456acd49d8d5b45b053923bf5c2295929b78cdd5fc46bd60afe5e4bad159",
        "x-amz-id-2: Zn9pQ0f6bQh0n8b7Qf5J2vX1wT4yU3iO6pA9sD8fG7hJ1kL2zX3cV4bN5mQ6wE7rT8yU9iO0pA1=",
        "toolu_P86h2CWlBCUedhyU4bJ7Xc",
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "model claude-sonnet-4-20250514 at 2026-03-10T00:00:08.909863326Z",
        "GET /v1/organizations/acme/projects/website/environments/production HTTP/1.1",
        "com.example.project.authentication.OAuth2AuthorizationRequestRedirectFilter",
        "_stream={kubernetes.container_name=\"slackbotv2\",service=\"x\"}",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "state: Running code: ECONNREFUSED key: value",
        "-u 1000:1000 -p 80:80",
        "the bearer token included in the request is invalid",
        "Basic authentication required",
        "***",
        "token=*** password=<redacted> secret=${SECRET}",
    ] {
        survives(text);
    }
}

#[test]
fn equal_values_get_equal_labels_and_forged_ones_get_their_own() {
    let (a, b) = (noise(ALNUM, 30, 1), noise(ALNUM, 30, 2));
    let text = format!("password={a} password={b} password={a} then [password#1]");
    let safe = scrub(&text);
    assert_eq!(safe, "password=[password#1] password=[password#2] password=[password#1] then [password#3]");
    assert_eq!(scrub(&safe), safe);
    assert_eq!(scrub("x [REDACTED:jwt:tok#1] y"), "x [secret#1] y");
}

#[test]
fn keyed_fingerprints_join_reports() {
    let key = || std::sync::Arc::new(FingerprintKey::new(vec![7; 32]).expect("long enough"));
    let text = format!("password={}", noise(ALNUM, 30, 1));
    let safe = Redactor::new().with_key(key()).text(&text);
    assert_eq!(safe, Redactor::new().with_key(key()).text(&format!("x {text}").replace("x ", "")));
    assert!(
        safe.as_str().starts_with("password=[password#") && safe.as_str().len() == "password=[password#]".len() + 13
    );
    assert!(FingerprintKey::new(vec![7; 31]).is_none());
}

#[test]
fn names_decide_for_whole_fields() {
    let mut redactor = Redactor::new();
    assert_eq!(redactor.field("audit.headers.authorization", "Bearer abcdef0123").as_str(), "Bearer [token#1]");
    assert_eq!(redactor.field("password", "hunter two").as_str(), "[password#1]");
    assert_eq!(redactor.field("secret", "op://v/i/f").as_str(), "op://v/i/f");
    assert_eq!(redactor.field("secret_id", "6f1be1fa-c19c-4478-8999-84030d706457").as_str(), "[secret#1]");
    assert_eq!(redactor.field("x-amz-id-2", &noise(ALNUM, 76, 4)).as_str(), noise(ALNUM, 76, 4));
    assert_eq!(redactor.by_kind().values().sum::<u64>(), 3);
}

#[test]
fn people_are_masked_on_request() {
    let mut people = People::default();
    ["email", "user", "ip"].iter().for_each(|w| assert!(people.add(w)));
    let mut redactor = Redactor::new().with_people(people);
    assert_eq!(
        redactor.text(r#"{"user":"ada","mail":"ada@example.org"} from 10.42.0.6:443"#).as_str(),
        r#"{"user":"[user#1]","mail":"[email#1]"} from [ip#1]:443"#
    );
    assert!(!people.add("shoe"));
}

#[test]
fn stress_is_linear() {
    for pattern in [
        "eyJ",
        "=",
        "sk-",
        "a.",
        "\"\\",
        "token=",
        "\"token\":\"",
        "://a:",
        "\\\"key\\\":\\\"",
        "%25",
        "-----BEGIN ",
        "[password#1",
        "Bearer ",
        "key=a,",
        "A3-",
        "#",
        "@",
        "'",
        "\\u0022key",
        "\"--token\",\"",
        "\"--token\" , ",
        "\\\"--token\\\",\\\"a\\\":",
        "\"token\",`",
        "token=[\"",
        "token=[%22",
        "\\u0022token\\u0022:\\u0022\\\"",
        "%22token%22:\"%5C",
        "-----BEGIN CERTIFICATE----------END PRIVATE KEY-----",
        "Cookie: a=b;",
        "kind: Secret\\ndata:\\n a: \\u0022",
        "kind: Secret\\u000adata:\\u000a a: \\u0022",
        "%22kind%22:%22Secret%22,%22data%22:{",
        "Authorization: Digest a=\"b\",",
        "-----BEGIN CERTIFICATE-----a ",
        "echo \"a:",
        "| chpasswd",
        "Cookie:a;",
        "Cookie: ",
        "curl \"-u\",\"",
        "curl -b a=",
        "echo | --with-token",
        "--with-token <<< ",
        "the token ",
        "key provided: ",
        "X-Api-Key: a, ",
        "\"token\": ",
        "a \"token\": b",
        "http://a:",
        "{\"name\":\"token\",\"a\":\"b\",",
        "\"a\":\"b\",\"name\":\"token\"",
        "\"token\":{\"a\":1,",
        "\"cookies\":[{\"a\":1},",
        "name: token\n",
        "name=\"token\"\\n\\n",
        "Authorization: a,",
        "&#45",
        "INSERT INTO a (password) VALUES ('",
        "insert into (",
        "('a'),",
        "\"data\":\"QUFB\",\"dataCrc32c\":\"1\",",
        "data_crc32c data: \"",
        "\"id\":\"https://a.vault.azure.net/secrets/b\",\"a\":1,",
        "UGFzc3dvcmQ6\n",
        " -ApiKey a1",
    ] {
        // No clock: a quadratic rule would need 4,096 times as long as for 4 KiB, and not end while somebody waits.
        scrub(&pattern.repeat((1 << 18) / pattern.len()));
    }
}

#[test]
fn a_member_without_its_value_leaves_the_next_one_its_own() {
    let secret = "sDIITkfOzkYMeMNjPmiMJBKyVycObosqMKmY";
    for text in [
        format!("{{\"private_key\":\n\"access_token\":\"{secret}\""),
        format!("{{\"password\":\r\n  \"api_key\" : \"{secret}\"}}"),
    ] {
        let safe = scrub(&text);
        assert!(!safe.contains(secret) && safe.contains("\"\n\"") == text.contains("\"\n\""), "{safe}");
        assert!(["access_token", "api_key"].iter().any(|name| safe.contains(&format!("\"{name}\""))), "{safe}");
        assert_eq!(scrub(&safe), safe);
    }
    // A map of cookies that was cut off within its row does not go on in the next member of the row.
    let text = r#"{"cookies":{"a":"cGxhaW"#;
    let nested = serde_json::json!({ "error": text, "n": 1 }).to_string();
    let row = serde_json::json!({ "_msg": text, "nested": nested }).to_string();
    let safe: serde_json::Value = serde_json::from_str(&scrub(&row)).expect("a row");
    let inner: serde_json::Value = serde_json::from_str(safe["nested"].as_str().expect("a text")).expect("a row");
    assert_eq!((&inner["n"], safe["_msg"].to_string().contains("cGxhaW")), (&1.into(), false), "{safe}");
}
