//! Providers: what each kind of credential file looks like. One provider, one file, one line in [`PROVIDERS`].
//!
//! Belongs here: how a file is recognised, where its tokens are and how they look, when it is refreshed, what it needs.
//! Elsewhere: rules that hold for all of them ([`super::checks`]), the expiry engine ([`super::expiry`]).

pub mod amp;
pub mod antigravity;
pub mod api_key;
pub mod claude;
pub mod claude_cli;
pub mod claude_mcp;
pub mod cline;
pub mod codebuddy;
pub mod codex;
pub mod codex_cli;
pub mod codex_key;
pub mod copilot_apps;
pub mod cursor;
pub mod gemini;
pub mod gemini_cli;
pub mod generic;
pub mod github_copilot;
pub mod gitlab;
pub mod history;
pub mod iflow;
pub mod iflow_cli;
pub mod kilo;
pub mod kimi;
pub mod kiro;
pub mod kiro_ide;
pub mod qwen;
pub mod qwen_cli;
pub mod roo;
pub mod sso_registration;
pub mod sso_token;
pub mod vertex;
pub mod xai;

use super::case::Case;
use super::expiry::Instant;
use super::json::Object;

/// Every provider, stores after the proxy's own, the general one last.
pub static PROVIDERS: &[&Provider] = &[
    &antigravity::PROVIDER,
    &claude::PROVIDER,
    &cline::PROVIDER,
    &codebuddy::PROVIDER,
    &codex::PROVIDER,
    &cursor::PROVIDER,
    &gemini::PROVIDER,
    &github_copilot::PROVIDER,
    &gitlab::PROVIDER,
    &history::PROVIDER,
    &iflow::PROVIDER,
    &kilo::PROVIDER,
    &kimi::PROVIDER,
    &kiro::PROVIDER,
    &qwen::PROVIDER,
    &vertex::PROVIDER,
    &xai::PROVIDER,
    &amp::PROVIDER,
    &api_key::PROVIDER,
    &claude_cli::PROVIDER,
    &claude_mcp::PROVIDER,
    &codex_key::PROVIDER,
    &codex_cli::PROVIDER,
    &copilot_apps::PROVIDER,
    &kiro_ide::PROVIDER,
    &sso_token::PROVIDER,
    &sso_registration::PROVIDER,
    &iflow_cli::PROVIDER,
    &qwen_cli::PROVIDER,
    &gemini_cli::PROVIDER,
    &roo::PROVIDER,
    &generic::PROVIDER,
];

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3600;
pub const DAY: i64 = 86_400;

/// One kind of credential file, as plain data.
pub struct Provider {
    /// What the report calls it.
    pub name: &'static str,
    /// Values of `type`, in lower case.
    pub types: &'static [&'static str],
    /// First words of its file names.
    pub prefixes: &'static [&'static str],
    /// Recognises a file without `type`: another program's store, or a key file.
    pub untyped: Option<fn(&Object, &Named<'_>) -> bool>,
    /// Whether it is another program's store, which the proxy's loader never reads.
    pub store: bool,
    /// How long before its expiry the scheduler refreshes it, in seconds; 0 where no lead is registered.
    pub lead_seconds: fn(&Object) -> i64,
    pub access: Slot,
    pub refresh: Slot,
    /// Further secrets without which a refresh fails.
    pub refresh_secrets: &'static [&'static str],
    /// Further members that must decode as a JWT when they are filled.
    pub jwts: &'static [&'static str],
    pub lifetime: fn(&Object) -> Lifetime,
    pub need: fn(&Object) -> Need,
    /// What the server does when a needed refresh token is not there.
    pub without_refresh_token: &'static str,
    /// A refresh succeeds by name and changes nothing when the refresh token is absent.
    pub silent_no_op: bool,
    /// Refresh tokens are used up by refreshing.
    pub rotates: bool,
    /// Members that name the account, best first.
    pub accounts: &'static [&'static str],
    /// Members that tell two credentials of one account apart.
    pub account_parts: &'static [&'static str],
    /// What only this provider needs.
    pub check: fn(&mut Case<'_>),
    /// A sound file, at [`EXAMPLE_AS_OF`].
    pub example: &'static str,
    /// A file with one fault, and the id of the finding it must get.
    pub counter_example: (&'static str, &'static str),
}

/// The instant at which examples are sound: 2026-02-21T12:00:00Z.
pub const EXAMPLE_AS_OF: Instant = Instant { seconds: 1_771_675_200, nanos: 0 };

/// Where a token is and how it looks.
pub struct Slot {
    /// Paths of member names, in the order in which the server tries them; empty where there is no such token.
    pub paths: &'static [&'static [&'static str]],
    pub shape: Shape,
    /// Requests get along without it.
    pub optional: bool,
}

/// No such token.
pub const NOWHERE: Slot = Slot { paths: &[], shape: Shape::Any, optional: true };

/// What can be said about a token from the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Any,
    Jwt,
    Prefix(&'static [&'static str]),
}

/// Where the end of the access token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// In a member that the server's expiry engine reads.
    Stored,
    /// In a member that only this provider's own code reads, before those of the engine.
    Member(&'static str),
    /// In another program's store, behind the first of these paths that can be read.
    Store(&'static [&'static [&'static str]], Clock),
    /// Where only this provider's own code looks.
    Own(Option<Instant>),
    /// Nowhere: the token has no end of its own.
    Endless,
}

/// How another program writes a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// As a number of milliseconds.
    Millis,
    /// As text, in more spellings than the server reads.
    Text,
    /// As text, or as a number of seconds or milliseconds.
    Any,
}

/// What a refresh needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The refresh token.
    Token,
    /// Nothing: this credential is never refreshed.
    Never,
    /// Something else, which is there or not.
    Other(bool),
}

/// The place of a file, for recognising stores by it.
pub struct Named<'a> {
    /// The file's own name.
    pub name: &'a str,
    /// The path below the argument, and the argument.
    pub path: &'a str,
}

pub(super) fn no_lead(_: &Object) -> i64 {
    0
}

pub(super) fn nothing_more(_: &mut Case<'_>) {}

/// How a file was recognised.
pub struct Recognised {
    pub provider: &'static Provider,
    /// The value of `type`, in lower case and without blanks around it; empty when missing.
    pub kind: String,
    /// The value was not spelled in lower case.
    pub odd_case: bool,
}

/// Recognises an object by its `type`, else by its shape, else by its name.
pub fn recognise(object: &Object, named: &Named<'_>) -> Recognised {
    let written = object.filled("type").unwrap_or("");
    let kind = written.to_lowercase();
    let odd_case = kind != written;
    let by_type = || PROVIDERS.iter().find(|p| p.types.contains(&kind.as_str()));
    let by_shape = || PROVIDERS.iter().find(|p| p.untyped.is_some_and(|recognises| recognises(object, named)));
    let found = if kind.is_empty() { by_shape().or_else(|| by_prefix(named.name)) } else { by_type() };
    Recognised { provider: found.copied().unwrap_or(&generic::PROVIDER), kind, odd_case }
}

/// The provider that a file name begins with.
pub fn by_prefix(name: &str) -> Option<&'static &'static Provider> {
    PROVIDERS.iter().find(|p| p.prefixes.iter().any(|prefix| begins(name, prefix)))
}

/// The length of the provider's prefix in a file name, with the sign behind it; 0 where it begins otherwise.
pub fn prefix_bytes(name: &str) -> usize {
    let prefixes = PROVIDERS.iter().flat_map(|p| p.prefixes);
    prefixes.into_iter().find(|prefix| begins(name, prefix)).map_or(0, |prefix| prefix.len() + 1)
}

fn begins(name: &str, prefix: &str) -> bool {
    let head = name.as_bytes().get(..prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
        && name[prefix.len()..].starts_with(['-', '.', '_'])
}

/// Of a provider that is not known: it has an end where any member looks like one, or the token claims one; nothing else
/// says that it has none.
pub(super) fn lifetime_of_unknown(object: &Object, access: &Slot) -> Lifetime {
    let claims = || super::jwt::decode(super::case::Token::find(object, access).expose())?.date("exp");
    let told = !super::expiry::walk(object).is_empty()
        || object.members().any(|(name, _)| super::expiry::is_unread(name))
        || claims().is_some();
    if told { Lifetime::Stored } else { Lifetime::Endless }
}

/// A time member of another program's store; such programs read more spellings than the server does.
pub(in crate::auth) fn store_time(object: &Object, name: &str) -> Option<Instant> {
    super::expiry::read_widely(object.get(name)?)
}
