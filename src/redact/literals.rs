//! The literals of all rules: what each stands for, and the one search for them.

use super::keys;
use super::kinds::{KINDS, Strength};
use super::needles::{Form, Needles};
use super::rules::{FLAGS, least_tail};
use super::view;
use std::sync::LazyLock;

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
    /// `1 LOGIN `, a command of IMAP and the digit that ends its tag.
    Login,
    /// `Password:` as a server of mail asks for it, in base64.
    Prompt,
    /// The checksum that Google's Secret Manager tells beside a secret.
    Checksum,
    /// The URL of a secret in a vault of Azure, from its domain on.
    Vault,
    /// `INSERT INTO `
    Insert,
    /// A reason to look at the decoded views of the line.
    View,
}

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
    "auth login\n",
    "auth login\r",
    "auth login\\",
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
    // The last digit of a tag stands before it.
    const LOGINS: [&str; 10] = [
        "0 LOGIN ", "1 LOGIN ", "2 LOGIN ", "3 LOGIN ", "4 LOGIN ", "5 LOGIN ", "6 LOGIN ", "7 LOGIN ", "8 LOGIN ",
        "9 LOGIN ",
    ];
    LOGINS.iter().for_each(|login| all.push((login.as_bytes(), Form::Exact, Action::Login)));
    all.push((b"UGFzc3dvcmQ6", Form::Exact, Action::Prompt));
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
    ["dataCrc32c", "data_crc32c"].iter().for_each(|f| add(f, Action::Checksum));
    [".vault.azure.net/secrets/", ".vault.azure.cn/secrets/", ".vault.usgovcloudapi.net/secrets/"]
        .iter()
        .for_each(|f| add(f, Action::Vault));
    add("insert into ", Action::Insert);
    ["|", "%7c", "!", ":AA"].iter().for_each(|f| add(f, Action::Joint));
    all
}

/// The literals, and what each stands for.
pub(super) struct Literals {
    needles: Needles,
    pub actions: Vec<Action>,
}

pub(super) static LITERALS: LazyLock<Literals> = LazyLock::new(|| {
    let all = literals();
    let needles: Vec<(&[u8], Form)> = all.iter().map(|(literal, form, _)| (*literal, *form)).collect();
    Literals { needles: Needles::new(&needles), actions: all.iter().map(|(.., action)| *action).collect() }
});

impl Literals {
    /// Calls `visit` with what every literal of the text stands for, and where it stands.
    pub fn each(&self, text: &[u8], mut visit: impl FnMut(Action, usize, usize)) {
        self.needles.each(text, |index, start, end| visit(self.actions[index], start, end));
    }
}
