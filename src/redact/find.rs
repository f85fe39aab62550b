//! Finding secrets: the literals of all rules, what each stands for, and the ways to look for them.

use super::judge::Slot;
use super::keys::{self, Rule};
use super::kinds::{KINDS, Strength};
use super::needles::{Form, Needles};
use super::rules::{Look, Pass, least_tail, names_a_member};
use super::span::{self, Proof, Span};
use super::view::{self, LAYERS, View};
use super::{extent, people, runs, settle};
use std::sync::LazyLock;

pub use super::people::People;

/// What a literal stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    /// Index into [`KINDS`] and length of the prefix.
    Prefix(usize, usize),
    /// Part of a name that may say that its value is a secret.
    Stem,
    /// A word of an `Authorization` value, which may stand without the header's name.
    Scheme,
    /// `://`
    Url,
    /// `-----BEGIN `
    PemBegin,
    /// `-----END `
    PemEnd,
    /// `#`, the middle of a placeholder.
    Mark,
    /// `[REDACTED:`
    Forged,
    /// `Q~` of an Azure client secret.
    AzureSecret,
    /// A path segment after which a secret follows: bot tokens and webhooks.
    Path(&'static str),
    /// ` -u `: user and password of a command line.
    UserFlag,
    /// Index into [`FLAGS`].
    Flag(usize),
    /// `@tcp(`: a data source name without a scheme.
    Dsn,
    /// `|` between a number and a secret, `!` between an organisation and its session.
    Joint,
    /// A command that reads a password from its input.
    Piped,
    /// A flag that says that it does.
    Stdin,
    /// A reason to look at the decoded views of the line.
    View,
}

/// Words that begin a credential in a header's value.
pub(super) static SCHEMES: &[&str] = &[
    "bearer",
    "basic",
    "token",
    "apikey",
    "api-key",
    "digest",
    "negotiate",
    "ntlm",
    "dpop",
    "ssws",
    "bot",
    "genie",
    "geniekey",
    "splunk",
    "hawk",
    "oauth",
    "key",
    "mac",
    "jwt",
    "sso-key",
    "apitoken",
    "access_token",
    "goog1",
    "scram-sha-256",
    "aws4-hmac-sha256",
    "aws4-ecdsa-p256-sha256",
    "aws",
];

/// Schemes that are looked for without the header's name before them.
static LONE_SCHEMES: &[&str] = &[
    "bearer ",
    "bearer+",
    "bearer%20",
    "bearer\t",
    "basic ",
    "basic%20",
    "ssws ",
    "dpop ",
    "splunk ",
    "apikey ",
    "token token=",
    "auth plain ",
    "auth login ",
    "auth xoauth2 ",
];

static PATHS: &[(&str, &str)] = &[
    ("/bot", "telegram-token"),
    ("hooks.slack.com/services/", "webhook"),
    ("hooks.slack.com/workflows/", "webhook"),
    ("hooks.slack.com/triggers/", "webhook"),
    ("/api/webhooks/", "webhook"),
    ("webhook.office.com/webhookb2/", "webhook"),
    ("hooks.zapier.com/hooks/catch/", "webhook"),
];

/// What takes a password in a few commands.
pub(super) struct Flag {
    flag: &'static str,
    /// Commands in which a password follows; the empty one is in every line.
    pub password_in: &'static [&'static str],
    /// Commands in which `user:password` follows.
    pub pair_in: &'static [&'static str],
    /// Commands in which cookies follow.
    pub cookies_in: &'static [&'static str],
}

const fn flag(flag: &'static str, password_in: &'static [&'static str]) -> Flag {
    Flag { flag, password_in, pair_in: &[], cookies_in: &[] }
}

const fn pair(flag: &'static str, password_in: &'static [&'static str], pair_in: &'static [&'static str]) -> Flag {
    Flag { flag, password_in, pair_in, cookies_in: &[] }
}

const fn cookies(flag: &'static str) -> Flag {
    Flag { flag, password_in: &[], pair_in: &[], cookies_in: &["curl"] }
}

/// Commands that take a password behind `-p`.
const WITH_PASSWORD: &[&str] =
    &["mysql", "mariadb", "sshpass", "docker login", "podman login", "registry login", "az login"];

/// Those that begin with a quote stand in a list of arguments.
pub(super) static FLAGS: &[Flag] = &[
    flag(" -p", WITH_PASSWORD),
    flag("\"-p", WITH_PASSWORD),
    flag("'-p", WITH_PASSWORD),
    pair(" -a ", &["redis-cli"], &["http ", "https ", "xh "]),
    flag("\"-a", &["redis-cli"]),
    flag("'-a", &["redis-cli"]),
    pair(" -u", &[], &["curl "]),
    pair("\"-u", &[], &["curl"]),
    pair("'-u", &[], &["curl"]),
    cookies(" -b"),
    cookies("\"-b"),
    cookies("'-b"),
    flag(" -w ", &["ldapsearch", "ldapmodify", "ldapadd", "ldapwhoami", "ldapbind"]),
    flag("-passin pass:", &["openssl"]),
    flag("-passout pass:", &["openssl"]),
    flag(" -storepass ", &["keytool", "jarsigner"]),
    flag(" -keypass ", &["keytool", "jarsigner"]),
    flag(" -c ", &["snmpwalk", "snmpget", "snmpset", "snmpbulk"]),
    flag(" /p:", &["freerdp", "rdesktop"]),
    flag(" identified by ", &["CREATE USER", "ALTER USER", "CREATE ROLE", "GRANT ", "create user", "alter user"]),
    flag("ConvertTo-SecureString ", &[""]),
    flag("ConvertTo-SecureString -String ", &[""]),
];

/// Every literal, where it counts, and what it stands for.
pub(super) fn literals() -> Vec<(&'static [u8], Form, Action)> {
    let mut all: Vec<(&'static [u8], Form, Action)> = Vec::new();
    for (index, kind) in KINDS.iter().enumerate() {
        for prefix in kind.prefixes {
            let form = match kind.strength {
                Strength::Sure => Form::Exact,
                Strength::Edge | Strength::Weak => Form::Edge(prefix.len() + least_tail(kind, prefix.as_bytes())),
            };
            all.push((prefix.as_bytes(), form, Action::Prefix(index, prefix.len())));
        }
    }
    view::reasons().for_each(|reason| all.push((reason, Form::AnyCase, Action::View)));
    let mut add = |literal: &'static str, action| all.push((literal.as_bytes(), Form::AnyCase, action));
    keys::STEMS.iter().for_each(|s| add(s, Action::Stem));
    LONE_SCHEMES.iter().for_each(|s| add(s, Action::Scheme));
    PATHS.iter().for_each(|(path, kind)| add(path, Action::Path(kind)));
    add("://", Action::Url);
    add("-----BEGIN ", Action::PemBegin);
    add("-----END ", Action::PemEnd);
    add("#", Action::Mark);
    add("[REDACTED:", Action::Forged);
    add("Q~", Action::AzureSecret);
    // With a backslash: the quote behind is escaped.
    [
        "-u ",
        "-u=",
        "-u\"",
        "-u'",
        "-u\\",
        "--user ",
        "--user=",
        "--user\"",
        "--user'",
        "--user\\",
        "--proxy-user ",
        "-U ",
    ]
    .iter()
    .for_each(|f| add(f, Action::UserFlag));
    ["--password-stdin", "--with-token"].iter().for_each(|f| add(f, Action::Stdin));
    FLAGS.iter().enumerate().for_each(|(n, flag)| add(flag.flag, Action::Flag(n)));
    ["@tcp(", "@unix(", "jdbc:oracle:thin:", ":5432:"].iter().for_each(|f| add(f, Action::Dsn));
    ["| chpasswd", "|chpasswd", "| sudo -S", "|sudo -S"].iter().for_each(|f| add(f, Action::Piped));
    ["|", "%7c", "!", ":AA"].iter().for_each(|f| add(f, Action::Joint));
    all
}

struct Literals {
    needles: Needles,
    actions: Vec<Action>,
}

static LITERALS: LazyLock<Literals> = LazyLock::new(|| {
    let all = literals();
    let needles: Vec<(&[u8], Form)> = all.iter().map(|(literal, form, _)| (*literal, *form)).collect();
    Literals { needles: Needles::new(&needles), actions: all.iter().map(|(.., action)| *action).collect() }
});

impl Literals {
    fn each(&self, text: &[u8], mut visit: impl FnMut(Action, usize, usize)) {
        self.needles.each(text, |index, start, end| visit(self.actions[index], start, end));
    }
}

/// Secrets of a text that may hold line ends. The spans are ordered and disjoint.
pub fn in_text(text: &[u8], people: People, out: &mut Vec<Span>) {
    find(text, b"", people, false, out);
    span::join(out);
    if !out.is_empty() {
        settle::settle(text, out, |masked, found| find(masked, b"", people, false, found));
    }
}

/// Secrets of the value of a named field.
pub fn in_field(name: &[u8], rule: Option<Rule>, value: &[u8], people: People, out: &mut Vec<Span>) {
    find(value, name, people, false, out);
    if let Some(rule) = rule {
        let mut pass = Pass::new(value, Look::default(), out);
        pass.value(rule, Slot::Member, 0, value.len());
    }
    people::in_field(name, value, people, out);
    span::join(out);
    if !out.is_empty() {
        settle::settle(value, out, |masked, found| find(masked, name, people, false, found));
    }
}

/// Secrets of whole lines, each looked at by itself: what a line shows never depends on its neighbours. The spans are
/// ordered and disjoint.
pub fn dirty(lines: &[u8], people: People, out: &mut Vec<Span>) {
    find(lines, b"", people, true, out);
    span::join(out);
    if !out.is_empty() {
        settle::settle_lines(lines, out, |masked, found| find(masked, b"", people, true, found));
    }
}

fn find(text: &[u8], name: &[u8], people: People, lines: bool, out: &mut Vec<Span>) {
    let mut views: Vec<usize> = Vec::new();
    once(text, name, people, Look { lines, peeled: false }, out, |at| {
        if views.last().is_none_or(|&last| at >= last) {
            let end =
                if lines { memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n) } else { text.len() };
            views.push(end);
        }
    });
    for end in views {
        let start = if lines { memchr::memrchr(b'\n', &text[..end]).map_or(0, |n| n + 1) } else { 0 };
        decoded(&text[start..end], start, name, people, out);
    }
}

/// One look at the text as it stands.
fn once(text: &[u8], name: &[u8], people: People, look: Look, out: &mut Vec<Span>, mut view: impl FnMut(usize)) {
    let mut pass = Pass::new(text, look, out);
    LITERALS.each(text, |action, start, end| match action {
        Action::View => view(start),
        _ => pass.visit(action, start, end),
    });
    let public = pass.finish();
    runs::find(text, name, &public, out);
    people::in_text(text, people, out);
}

/// The same look at the decoded views of one line.
fn decoded(line: &[u8], base: usize, name: &[u8], people: People, out: &mut Vec<Span>) {
    let mut view = View::plain(line);
    let (mut found, mut strings) = (Vec::new(), None);
    for _ in 0..LAYERS {
        let Some(peeled) = view.peel() else { break };
        view = peeled;
        found.clear();
        once(&view.bytes, name, people, Look { lines: false, peeled: true }, &mut found, |_| {});
        for span in &found {
            let (start, end) = view.original(span.start, span.end);
            let end = strings.get_or_insert_with(|| extent::Strings::of(line)).within(start, end);
            // What the strings of the text make a name is one, whatever the view made of it.
            let name = span.proof == Proof::Name && line[..start].last() == Some(&b'"') && names_a_member(line, end);
            if start < end && !name {
                out.push(Span { start: base + start, end: base + end, ..*span });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::needles::tests::{AUTOMATON, texts};
    use super::*;
    use proptest::prelude::*;

    /// The text as the value of a row, and in a row within that row, masked.
    fn masked_row(text: &str) -> (String, serde_json::Value) {
        let nested = serde_json::json!({ "error": text, "n": 1 }).to_string();
        let mut row = serde_json::json!({ "_msg": text, "nested": nested }).to_string();
        let mut spans = Vec::new();
        dirty(row.as_bytes(), People::default(), &mut spans);
        spans.iter().rev().for_each(|s| row.replace_range(s.start..s.end, &format!("[{}#1]", s.kind)));
        let value: serde_json::Value = serde_json::from_str(&row).unwrap_or_else(|e| panic!("{row}: {e}"));
        let nested = serde_json::from_str::<serde_json::Value>(value["nested"].as_str().expect("text"));
        assert_eq!(nested.unwrap_or_else(|e| panic!("{row}: {e}"))["n"], 1);
        (row, value)
    }

    #[test]
    fn a_row_with_escapes_stays_a_row() {
        let vault = format!("\u{8}.{}", super::super::tests::noise(b"abcXYZ0189", 24, 3));
        for text in [
            "{\"\0type\":\"claude\",\"access_token\":\"e30.e30.xn\\\": \\",
            "\0\"access_token\":\"ab\\",
            "%22access_token%22:%22ab\\",
            "{\"refresh_token\":[\"y\",\"expi",
            "{\"refresh_token\":[\"y",
            "passwd:\\x27ab\\\\",
            "password:\"%5C%5C\"",
            "passwd:\\\\\\\\\"ab\\\\\\\\%5C\\\\\\\"",
            &vault,
            "echo \u{2}ab\"|--with-token",
        ] {
            let (row, _) = masked_row(text);
            assert!(row.contains("#1]"), "{row}");
        }
    }

    #[test]
    fn the_next_name_of_an_object_is_no_argument() {
        for text in [
            "--password",
            "--token",
            "Zk9Qx2Wv7Lm4",
            "login\",\"--password",
            "\"--password\" , ",
            "token=[%22",
            "'--password',",
        ] {
            assert_eq!(masked_row(text).1["_msg"], text);
        }
        for (text, masked) in [
            (r#"["--password","blue"]"#, r#"["--password","[password#1]"]"#),
            (r#"{"argv":["a","--password", "blue", "x"]}"#, r#"{"argv":["a","--password", "[password#1]", "x"]}"#),
            (r#"['--password', "blue"]"#, r#"['--password', "[password#1]"]"#),
            (r#"invalid token "Zk9Qx2Wv7Lm4Rt8Y": no"#, r#"invalid token "[token#1]": no"#),
        ] {
            let text = masked_row(text).1["_msg"].as_str().expect("text").to_owned();
            assert_eq!(text, masked);
        }
    }

    proptest! {
        /// What the needles pass over, no rule would have masked.
        #[test]
        fn needles_change_no_finding(text in texts(), lines in any::<bool>()) {
            let (mut fast, mut plain) = (Vec::new(), Vec::new());
            let mut pass = Pass::new(&text, Look { lines, peeled: false }, &mut fast);
            LITERALS.each(&text, |action, start, end| pass.visit(action, start, end));
            let public = pass.finish();
            let mut pass = Pass::new(&text, Look { lines, peeled: false }, &mut plain);
            for hit in AUTOMATON.find_overlapping_iter(&text) {
                pass.visit(LITERALS.actions[hit.pattern().as_usize()], hit.start(), hit.end());
            }
            prop_assert_eq!(pass.finish(), public);
            prop_assert_eq!(fast, plain, "{:?}", String::from_utf8_lossy(&text));
        }
    }
}
