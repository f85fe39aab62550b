//! Finding secrets: the literals of all rules, what each stands for, and the ways to look for them.

use super::keys::{self, Rule};
use super::kinds::{KINDS, Strength};
use super::needles::{Form, Needles};
use super::rules::{Look, Pass, least_tail};
use super::span::{self, Span};
use super::view::{LAYERS, REASONS, View};
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

/// Short flags that take a password, and the commands in which they do.
pub(super) static FLAGS: &[(&str, &[&str])] = &[
    (" -p", &["mysql", "mariadb", "sshpass", "docker login", "podman login", "registry login", "az login"]),
    (" -a ", &["redis-cli"]),
    (" -w ", &["ldapsearch", "ldapmodify", "ldapadd", "ldapwhoami", "ldapbind"]),
    ("-passin pass:", &["openssl"]),
    ("-passout pass:", &["openssl"]),
    (" -storepass ", &["keytool", "jarsigner"]),
    (" -keypass ", &["keytool", "jarsigner"]),
];

/// Every literal, where it counts, and what it stands for.
pub(super) fn literals() -> Vec<(&'static str, Form, Action)> {
    let mut all: Vec<(&'static str, Form, Action)> = Vec::new();
    for (index, kind) in KINDS.iter().enumerate() {
        for prefix in kind.prefixes {
            let form = match kind.strength {
                Strength::Sure => Form::Exact,
                Strength::Edge | Strength::Weak => Form::Edge(prefix.len() + least_tail(kind, prefix)),
            };
            all.push((prefix, form, Action::Prefix(index, prefix.len())));
        }
    }
    let mut add = |literal, action| all.push((literal, Form::AnyCase, action));
    keys::STEMS.iter().for_each(|s| add(s, Action::Stem));
    LONE_SCHEMES.iter().for_each(|s| add(s, Action::Scheme));
    PATHS.iter().for_each(|(path, kind)| add(path, Action::Path(kind)));
    REASONS.iter().for_each(|r| add(r, Action::View));
    add("://", Action::Url);
    add("-----BEGIN ", Action::PemBegin);
    add("-----END ", Action::PemEnd);
    add("#", Action::Mark);
    add("[REDACTED:", Action::Forged);
    add("Q~", Action::AzureSecret);
    ["-u ", "-u=", "-u\"", "-u'", "--user ", "--user=", "--proxy-user ", "-U "]
        .iter()
        .for_each(|f| add(f, Action::UserFlag));
    FLAGS.iter().enumerate().for_each(|(n, (flag, _))| add(flag, Action::Flag(n)));
    ["@tcp(", "@unix(", "jdbc:oracle:thin:", ":5432:"].iter().for_each(|f| add(f, Action::Dsn));
    ["|", "%7c", "!", ":AA"].iter().for_each(|f| add(f, Action::Joint));
    all
}

struct Literals {
    needles: Needles,
    actions: Vec<Action>,
}

static LITERALS: LazyLock<Literals> = LazyLock::new(|| {
    let all = literals();
    let needles: Vec<(&str, Form)> = all.iter().map(|(literal, form, _)| (*literal, *form)).collect();
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
        pass.value(rule, 0, value.len());
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
    let mut found = Vec::new();
    for _ in 0..LAYERS {
        let Some(peeled) = view.peel() else { break };
        view = peeled;
        found.clear();
        once(&view.bytes, name, people, Look { lines: false, peeled: true }, &mut found, |_| {});
        for span in &found {
            let (start, mut end) = view.original(span.start, span.end);
            if view.bytes[..span.start].last() == Some(&b'"') {
                end = extent::closed(line, start, end);
            }
            if start < end {
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

    #[test]
    fn a_row_with_escapes_stays_a_row() {
        for text in [
            "{\"\0type\":\"claude\",\"access_token\":\"e30.e30.xn\\\": \\",
            "\0\"access_token\":\"ab\\",
            "%22access_token%22:%22ab\\",
            "{\"refresh_token\":[\"y\",\"expi",
            "{\"refresh_token\":[\"y",
        ] {
            let nested = serde_json::json!({ "error": text, "n": 1 }).to_string();
            let mut row = serde_json::json!({ "_msg": text, "nested": nested }).to_string();
            let mut spans = Vec::new();
            dirty(row.as_bytes(), People::default(), &mut spans);
            assert!(!spans.is_empty(), "{row}");
            spans.iter().rev().for_each(|s| row.replace_range(s.start..s.end, &format!("[{}#1]", s.kind)));
            let row: serde_json::Value = serde_json::from_str(&row).unwrap_or_else(|e| panic!("{row}: {e}"));
            let nested = serde_json::from_str::<serde_json::Value>(row["nested"].as_str().expect("text"));
            assert_eq!(nested.expect("a row")["n"], 1);
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
