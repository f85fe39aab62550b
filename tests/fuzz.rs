//! Deterministic fuzzing: mutations of small corpora, thrown at every reader of foreign bytes.
//!
//! Not a coverage fuzzer: that needs a nightly compiler and a crate of its own, and this repository is one crate. A short
//! run with a fixed seed is part of every test run; `AUTHOPSY_FUZZ=SECONDS` runs each target so long from another seed and
//! prints how many executions found nothing:
//!
//! `AUTHOPSY_FUZZ=60 cargo test --release --no-default-features fuzz -- --nocapture --test-threads 1`

use authopsy::record;
use authopsy::redact::Redactor;
use std::time::{Duration, Instant};

/// A small generator of random numbers, the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 16) as usize % n.max(1)
    }
}

const SEEDS: &[&str] = &[
    r#"{"_time":"2026-03-10T01:00:00Z","_msg":"request","a":1,"b":null,"c":{"d":[true,"x"]},"e":"\u0041\ud83d\ude00\n"}"#,
    r#"{"_msg":"refresh {\"access_token\": \"x\", \"expires_in\": 3599}","secret":"op://v/i/f"}"#,
    r#"{"log":"{\"a\":\"b\"}\n","stream":"stdout","time":"2026-03-10T01:00:00Z"}"#,
    "2026-03-10T01:00:00.123456789Z stdout F {\"a\":\"b\"}",
    "api-1  | {\"a\":\"b\"}",
    "[pod/x/y] {\"a\":\"b\"}",
    "Mar 10 01:00:00 host unit[12]: message",
    "[2026-03-10 01:00:00] [abcd1234] [info ] [conductor.go:12] refresh failed: invalid_grant",
    "Authorization: Bearer abc.def Cookie: a=b; c=d https://u:p@h/x?token=y#z -----BEGIN PRIVATE KEY----- MII -----END PRIVATE KEY-----",
    "password=%22x%22&code=\u{200b}y [password#1] [REDACTED:a:b] curl -u a:b --token x 'k': \"v\" {'Authorization': 'x'}",
    r#"_time:5m error AND (host:="a" OR status:~"4..") | stats by (x) count() c, uniq(y) | sort by (c desc) limit 5"#,
    "type: claude\nkeys:\n  - a: b\n    c: [d, \"e\"]\nx: &y z\nw: *y\n",
    "apiVersion: v1\nkind: Secret\nstringData:\n  color: blue\ndata:\n  size: \"cGxhaW4=\"\n  text: |\n    more\nmetadata:\n  name: x\n",
    r#"{"kind":"SecretList","items":[{"data":{"a":"cGxhaW4="}}],"x.kind":"Secret","x.data.b":"c","y":"{\"kind\":\"Secret\",\"stringData\":{\"d\":\"e\"}}"}"#,
    r#"{"_time":"2026-03-10T01:00:00Z","a":"x","a":"y","_stream":"{}","_stream":"{a=\"b\"}","b":{"c":1},"b.c":"2"}"#,
    r#"run ["login","--password","x","-u","a:b","--token=y"] env ["API_KEY=z"] ('secret', 'w') {"name":"X-Api-Key","value":"v"}"#,
    "Authorization: Digest username=\"a\", realm='b', nonce=c, response=\"d\"\nAuthorization: OAuth x=\"y\",z=w FlyV1 fm2_a,fm2_b",
    "Set-Cookie: sid=a%3Ab; Path=/; HttpOnly\r\nCookie: t=\"b\"; __Host-s=c|d\r\n{'cookies': {'sid': 'x'}}",
    r#"{"manifest":"apiVersion: v1\nkind: Secret\nmetadata:\n  name: n\ndata:\n  color: cGxhaW4=\nstringData:\n  \"size\": 'a b'\n"}"#,
    r#"{"a":"{\"b\":\"{\\\"c\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"x\\\\\\\"}\\\"}\"}","secret":["y","z"]}"#,
    "get https://user:p%40w@h.example:8443/x?sig=a%2Fb&code=c#state=d failed: redis://:q@r/0, https://tok@h/, ftp://u:p/w@h",
    r#"<samlp:Response ID="_a"><ds:SignatureValue>b==</ds:SignatureValue><w:Password Type="t">c</w:Password></samlp:Response> SAMLResponse=d%3D%3D&RelayState=e"#,
    "machine h.example\n  login u\n  password p\n//registry.example/:_authToken=n\nalways-auth=true\n[default]\naws_secret_access_key = k\n",
    r#"{"private_key":"-----BEGIN RSA PRIVATE KEY-----\nMIIB\nxy==\n-----END RSA PRIVATE KEY-----\n","cert":"-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----"}"#,
    r#"%7B%22access_token%22%3A%22x%22%2C%22n%22%3A1%7D {\u0022password\u0022:\u0022y\u0022} &quot;token&quot;:&quot;z&quot; {\"kind\":\"Secret\",\"data\":{\"a\":\"Yg==\"}}"#,
    r#"{"type":"claude","access_token":"x","refresh_token":"y","expired":"2020-01-01T00:00:00Z","id_token":"e30.e30.x"}"#,
];

const SPICE: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "\r\n",
    "\0",
    "\u{1b}",
    "\\u",
    "\\ud800",
    "%",
    "%25",
    "=",
    "&",
    "token",
    "password=",
    "Bearer ",
    "eyJ",
    "sk-",
    "://",
    "@",
    "#1]",
    "[jwt#",
    "-----BEGIN ",
    "\u{200b}",
    "\u{202e}",
    "é",
    "9999999999999999999",
    "1e999",
    "-",
    "|",
    "(",
    "*",
    "'",
    "`",
    "AKIA",
    "secret",
    "kind: Secret",
    "\\n  ",
    "data:",
    "\"--password\",",
    "--token ",
    "\\\"",
    "\\\\\\\"",
    "\\u0022",
    "%22",
    "&quot;",
    "%5C",
    "\\x27",
    "\":\"",
    "\",\"",
    "Cookie: ",
    "Authorization: ",
    "Digest ",
    "=\"",
    "</",
    ">",
    "-u ",
    " -p",
    "machine h login u password ",
    "_authToken=",
    "-----END PRIVATE KEY-----",
    "PRIVATE KEY-----",
    "stringData:",
    " |\n",
    "\"kind\":\"Secret\"",
    "\\t",
    "\\b",
    " ",
    "\t",
];

fn mutated(dice: &mut Dice) -> Vec<u8> {
    let mut text = SEEDS[dice.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(text.len() + 1);
        match dice.below(6) {
            0 => {
                let spice = SPICE[dice.below(SPICE.len())].as_bytes();
                text.splice(at..at, spice.iter().copied());
            }
            1 => text.truncate(at),
            2 if at < text.len() => text[at] = dice.next() as u8,
            3 => {
                let end = (at + dice.below(20)).min(text.len());
                text.drain(at..end);
            }
            4 => {
                let other = SEEDS[dice.below(SEEDS.len())].as_bytes();
                let from = dice.below(other.len());
                text.splice(at..at, other[from..].iter().copied());
            }
            _ => {
                let end = (at + dice.below(30)).min(text.len());
                let copy = text[at..end].to_vec();
                text.splice(at..at, copy);
            }
        }
        text.truncate(4096);
    }
    text
}

/// Throws mutations at a target: a thousand in a test run, as many as fit when asked for a time.
#[expect(clippy::print_stderr, reason = "the number is what a long run is for")]
fn throw(name: &str, target: impl Fn(&[u8], &mut Dice)) {
    let seconds: Option<u64> = std::env::var("AUTHOPSY_FUZZ").ok().and_then(|s| s.parse().ok());
    let seed = if seconds.is_some() { u64::from(std::process::id()) << 20 | 1 } else { 0x5eed };
    let (mut dice, start, mut count) = (Dice(seed), Instant::now(), 0_u64);
    loop {
        let done = seconds.map_or(count >= 1000, |s| start.elapsed() >= Duration::from_secs(s));
        if done {
            break;
        }
        let text = mutated(&mut dice);
        target(&text, &mut dice);
        count += 1;
    }
    eprintln!("{name}: {count} executions found nothing (seed {seed})");
}

#[test]
fn record_scanner_agrees_with_serde_json() {
    throw("record", |text, _| {
        let Ok(text) = std::str::from_utf8(text) else {
            let _ = record::parse(text);
            return;
        };
        let line = text.lines().next().unwrap_or_default();
        let truth: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(line);
        if let (Ok(truth), Ok(record)) = (&truth, record::parse(line.as_bytes())) {
            for (name, value) in truth {
                let Some(value) = value.as_str().filter(|v| !v.is_empty() && !v.contains('\u{fffd}')) else { continue };
                let ours = record.get(name);
                // A member of a nested object has a name of the same form.
                let named = |name: &str| line.matches(&format!("\"{name}\"")).count();
                let nested = name.match_indices('.').any(|(dot, _)| named(&name[..dot]) > 0);
                let twice = named(name) > 1 || nested;
                assert!(twice || ours.as_deref() == Some(value), "{name} of {line}: {ours:?}");
            }
        }
    });
}

#[test]
fn every_kernel_agrees_with_the_plain_scanner() {
    use record::{Kernel, Projection, Scanner};
    let seen = |kernel, projection: &Projection, chunk: &[u8]| {
        let mut seen = Vec::new();
        let lines = Scanner::new(projection, kernel).chunk(0, chunk, |place, row| {
            let row = row.map(|row| {
                let slots = (0..projection.names().len()).map(|slot| row.raw(slot).map(|v| v.text().into_owned()));
                let mut all = Vec::new();
                row.each(|name, value| all.push(format!("{name}={}", value.text())));
                // Without every field wanted only those in slots are exact.
                let all = if projection.names().len() == 1 { all } else { Vec::new() };
                (slots.collect::<Vec<_>>(), all)
            });
            seen.push(format!("{} {row:?}", place.offset));
        });
        (lines, seen)
    };
    throw("kernels", |text, _| {
        // The second line of a kind is the one that follows a template.
        let chunk = [text, b"\n", text, b"\n", text].concat();
        for projection in [Projection::new(&["_msg", "a", "b.c", "_stream"]), Projection::with_every_field(&["_time"])]
        {
            let want = seen(Kernel::Plain, &projection, &chunk);
            for kernel in Kernel::available() {
                assert_eq!(seen(kernel, &projection, &chunk), want, "{kernel:?}: {:?}", String::from_utf8_lossy(text));
            }
        }
    });
}

#[test]
fn wrapped_lines_and_text_logs_end_in_a_record_or_a_reason() {
    throw("wrapped", |text, _| {
        let _ = record::wrapped::parse_any(text);
        let _ = record::textlog::parse(text);
        let _ = record::textlog::split(text);
    });
}

#[test]
fn no_canary_survives_and_a_second_pass_changes_nothing() {
    throw("redactor", |text, dice| {
        let text = String::from_utf8_lossy(text).into_owned();
        let canary = crate::redact::noise(36, dice.next());
        let planted = match dice.below(5) {
            0 => format!("{text} ghp_{canary} {text}"),
            1 => format!("{text}\n\"access_token\":\"{canary}\"\n{text}"),
            2 => format!("{text}\nAuthorization: Bearer {canary}\n{text}"),
            3 => format!("{text}\nhttps://user:{canary}@host.example/\n{text}"),
            _ => format!("{text} {canary} {text}"),
        };
        let safe = Redactor::new().text(&planted);
        // A bare canary is found by its randomness alone, which is a guess; with a name or prefix it is a promise.
        let promised = !planted.contains(&format!(" {canary} "));
        assert!(!promised || !safe.as_str().contains(&canary), "{planted:?} -> {safe:?}");
        let again = Redactor::new().text(safe.as_str());
        assert_eq!(again, safe, "not idempotent: {planted:?}");
    });
}

#[test]
fn a_redacted_row_is_still_a_row_with_the_same_names() {
    use authopsy::redact::{People, find};
    let names = |line: &str| -> Option<Vec<String>> {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).ok()?;
        Some(row.keys().cloned().collect())
    };
    throw("redacted row", |text, dice| {
        let canary = crate::redact::noise(36, dice.next());
        let text = String::from_utf8_lossy(text).replace(' ', if dice.below(4) == 0 { &canary } else { " " });
        let nested = serde_json::json!({ "error": text, "n": 1 }).to_string();
        let line = serde_json::json!({ "_msg": text, "nested": nested }).to_string();
        let mut spans = Vec::new();
        find::dirty(line.as_bytes(), People::default(), &mut spans);
        let mut masked = line.clone();
        spans.iter().rev().for_each(|s| masked.replace_range(s.start..s.end, &format!("[{}#1]", s.kind)));
        assert_eq!(names(&masked), names(&line), "{line} -> {masked}");
        let inner = |line: &str| -> Option<String> {
            let row: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(row["nested"].as_str()?.to_owned())
        };
        let inner = inner(&masked).expect("a text");
        assert_eq!(names(&inner), Some(vec!["error".to_owned(), "n".to_owned()]), "{line} -> {inner}");
    });
}

#[test]
fn credential_files_configurations_and_answers_end_in_facts_or_a_reason() {
    use authopsy::auth::{Key, config, json, read, saved};
    throw("auth files", |text, _| {
        let _ = json::parse(text);
        let _ = read::content(text);
        let _ = saved::read("saved", text);
    });
    throw("yaml", |text, _| {
        let key = Key::new([7; 32]);
        let _ = config::read("config.yaml", &String::from_utf8_lossy(text), &key);
    });
}

#[test]
fn queries_are_answered_or_rejected() {
    throw("logsql", |text, _| {
        let query = String::from_utf8_lossy(text);
        let _ = authopsy::logsql::Query::parse(&query, authopsy::logsql::Options::default());
    });
}

#[test]
fn packed_bytes_end_in_rows_or_a_reason() {
    use std::io::Write as _;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("x");
    throw("unpacking", |text, dice| {
        let mut packed = if dice.below(2) == 0 {
            let mut packer = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::fast());
            packer.write_all(text).expect("packed");
            packer.finish().expect("packed")
        } else {
            zstd::encode_all(text, 1).expect("packed")
        };
        for _ in 0..dice.below(3) {
            let at = dice.below(packed.len());
            packed[at] ^= 1 << dice.below(8);
        }
        packed.truncate(dice.below(packed.len()) + packed.len() / 2);
        std::fs::write(&path, packed).expect("written");
        if let Ok(inputs) = authopsy::input::Inputs::discover(std::slice::from_ref(&path)) {
            let options = authopsy::input::ReadOptions { threads: 1, ..Default::default() };
            let _ = inputs.scan(
                &options,
                || (),
                |(), chunk| chunk.lines().count(),
                |_, _| std::ops::ControlFlow::Continue(()),
            );
        }
    });
}
