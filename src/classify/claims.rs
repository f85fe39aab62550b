//! What a report may say: sentences made of (class, confidence) and numbers, the verb chosen here and nowhere else.
//!
//! Whatever a record says goes in as a quoted value ([`quoted`], [`value`]), so that no text of the evidence reads as ours.
//!
//! A fact of the records is told as "the log shows that". What follows from it is told as the class allows: nothing more
//! where it is confirmed, "consistent with" where it is likely, and what is missing where it is only possible.

use super::classes::{self as c, Class, Group, Step};
use super::settle::{Diagnosis, commonest};
use super::symbols::Sym;
use super::{Attempt, Case, Decided, LIST, messages};
use crate::finding::{Attachment, Confidence, Kind, Origin};
use crate::record::time::{self, Nanos, SECOND};
use std::collections::{BTreeMap, BTreeSet};

/// Records of one kind and one decision are told in one sentence.
type Shape = (Kind, Option<Decided>);

/// Raw text of the evidence in a sentence: everything goes through the redactor as one.
pub struct Teller<'a> {
    pub case: &'a Case,
    pub finding: &'a Diagnosis,
}

/// A login that is not the one for the host: what its refusal means, and what to check. The class of the finding speaks of
/// the credential for the host.
pub struct OtherLogin {
    subtype: &'static str,
    pub meaning: &'static str,
    pub verify: &'static str,
}

static OTHER_LOGINS: [OtherLogin; 2] = [
    OtherLogin {
        subtype: "control-plane",
        meaning: "the control plane refused the login of the proxy itself",
        verify: "verify the proxy's own token and registration at its control plane",
    },
    OtherLogin {
        subtype: "proxy-login",
        meaning: "a proxy on the way asked for a login of its own",
        verify: "verify the login for the proxy on the way",
    },
];

impl OtherLogin {
    /// The one that all records of a finding are about.
    pub fn of(case: &Case, finding: &Diagnosis) -> Option<&'static OtherLogin> {
        let members = || finding.members.iter().map(|i| &case.notes.attempts[*i]);
        OTHER_LOGINS.iter().find(|login| members().all(|a| a.subtype == Some(login.subtype)))
    }
}

/// The next step, typed: an act only where the class is confirmed.
pub fn next(class: &Class, confidence: Confidence, other: Option<&OtherLogin>) -> (&'static str, &'static str) {
    if let Some(login) = other {
        return ("verify", login.verify);
    }
    match (class.step, confidence) {
        (Step::Act, Confidence::Confirmed) => ("act", class.next),
        (Step::Act | Step::Verify, _) => ("verify", class.verify),
        (Step::Collect | Step::Nothing, _) => ("collect", class.next),
    }
}

/// What a class means, said no louder than the records allow: a bare status names nobody's credential, and without an
/// origin nobody is named at all.
pub fn headline(class: &Class, confidence: Confidence, origin: Origin, other: Option<&OtherLogin>) -> String {
    if let Some(login) = other {
        return login.meaning.to_owned();
    }
    match (class.group, confidence, origin) {
        _ if class.is_nearby() => class.meaning.to_owned(),
        (Group::Upstream, Confidence::Possible, Origin::Upstream) => {
            "the upstream refused the request and nothing recorded says why".to_owned()
        }
        (Group::Upstream, Confidence::Possible, _) => {
            "a request was refused and nothing recorded says by whom or why".to_owned()
        }
        (_, Confidence::Possible, _) => format!("consistent with: {}", class.meaning),
        (_, Confidence::Likely, _) if class.may_name_wrong => format!("consistent with: {}", class.meaning),
        _ => class.meaning.to_owned(),
    }
}

impl<'a> Teller<'a> {
    fn members(&self) -> impl Iterator<Item = &'a Attempt> {
        self.finding.members.iter().map(|i| &self.case.notes.attempts[*i])
    }

    fn first(&self) -> &'a Attempt {
        &self.case.notes.attempts[self.finding.members[0]]
    }

    fn get(&self, sym: Option<Sym>) -> &'a str {
        self.case.notes.symbols.get(sym)
    }

    fn host(&self) -> String {
        let host = self.get(self.finding.host);
        if host.is_empty() { "a host that the record does not name".to_owned() } else { quoted(host) }
    }

    fn secret(&self) -> String {
        let secret = self.get(self.finding.secret);
        if secret.is_empty() { "a credential".to_owned() } else { quoted(secret) }
    }

    /// `48 requests`, tunnels counted apart.
    fn requests(&self) -> String {
        let n = self.finding.members.len();
        let tunnels = self.members().filter(|a| a.tunnel).count();
        match tunnels {
            0 => count(n, "request", "requests"),
            t if t == n => count(n, "tunnel request", "tunnel requests"),
            t => format!("{}, {t} of them tunnels", count(n, "request", "requests")),
        }
    }

    /// `43×503 and 7×504`.
    fn statuses(&self) -> String {
        let mut by: BTreeMap<u16, usize> = BTreeMap::new();
        for status in self.members().filter_map(|a| a.status) {
            *by.entry(status).or_default() += 1;
        }
        match by.len() {
            1 => by.into_keys().next().map(|s| s.to_string()).unwrap_or_default(),
            _ => by.iter().map(|(s, n)| format!("{n}×{s}")).collect::<Vec<_>>().join(" and "),
        }
    }

    /// The tail of the commonest error text, quoted: what a store or endpoint said. A store that said several things about
    /// one secret is not told as if it had said one.
    fn tail(&self) -> String {
        let support = self.finding.support.iter().map(|i| &self.case.notes.attempts[*i]);
        let told = self.members().chain(support.filter(|a| a.kind != Kind::Attempt));
        let texts = told.map(|a| self.get(a.texts.message)).filter(|text| !text.is_empty());
        let texts: Vec<&str> = texts.collect();
        let best = commonest(texts.iter().copied()).unwrap_or_default();
        let several = self.finding.class.group == Group::Secret && texts.iter().any(|text| *text != best);
        let more = if several { " and others" } else { "" };
        let text = messages::inner(best);
        let reference = self.get(self.finding.secret);
        let before = format!("\"{reference}\": ");
        match text.rsplit_once(&before).filter(|_| !reference.is_empty()) {
            Some((_, tail)) => format!("{}{more}", quoted(tail)),
            None => format!("{}{more}", quoted(text)),
        }
    }

    /// The tail in brackets, behind what it explains.
    fn why(&self) -> String {
        let tail = self.tail();
        if tail.is_empty() { String::new() } else { format!(" ({tail})") }
    }

    /// The finding in one or two sentences.
    pub fn statement(&self) -> String {
        let fact = self.facts();
        let more = match (self.finding.class.group, self.finding.confidence) {
            (Group::Upstream, Confidence::Possible) => {
                self.upstream_context().map_or(String::new(), |t| format!(" {t}"))
            }
            (_, Confidence::Likely) if !self.finding.class.is_nearby() => {
                format!(" Consistent with: {}.", self.finding.class.meaning)
            }
            _ => String::new(),
        };
        format!("The log shows that {fact}.{more}{}", self.node())
    }

    /// The fact of each kind of record that the finding holds, in order of their first: an answer of the upstream and an
    /// answer of the proxy may share a class, and are not told as one.
    fn facts(&self) -> String {
        let mut parts: Vec<(Shape, Vec<usize>)> = Vec::new();
        for &i in &self.finding.members {
            let a = &self.case.notes.attempts[i];
            match parts.iter_mut().find(|(shape, _)| *shape == (a.kind, a.rule)) {
                Some((_, list)) => list.push(i),
                None => parts.push(((a.kind, a.rule), vec![i])),
            }
        }
        if let [_] = parts[..] {
            return self.fact();
        }
        let part = |members| Diagnosis { members, ..self.finding.clone() };
        let told = parts.into_iter().map(|(_, members)| Teller { case: self.case, finding: &part(members) }.fact());
        told.collect::<Vec<_>>().join("; and that ")
    }

    fn fact(&self) -> String {
        let (first, class) = (self.first(), self.finding.class);
        match first.kind {
            Kind::SecretError if class == &c::STALE_SERVED => {
                format!(
                    "a refresh of {} failed {} and the old value went on being used{}",
                    self.secret(),
                    times(self.finding.members.len()),
                    self.why()
                )
            }
            Kind::SecretError | Kind::Mint if first.rule == Some(Decided::Unrefused) => {
                let what = if first.kind == Kind::Mint { "make a token" } else { "resolve a secret" };
                format!(
                    "the proxy could not {what} ({}) and forwarded {} to {} without it; none of them was refused for that",
                    if self.tail().is_empty() { self.secret() } else { self.tail() },
                    count(self.finding.members.len(), "request", "requests"),
                    self.host()
                )
            }
            Kind::SecretError => {
                format!(
                    "{} could not be resolved {}{}; no refused request is tied to it",
                    self.secret(),
                    times(self.finding.members.len()),
                    self.why()
                )
            }
            Kind::Mint if first.subtype == Some("not-persisted") => {
                let whose = match self.get(self.finding.identity) {
                    "" => String::new(),
                    file => format!(" of {}", quoted(file)),
                };
                format!(
                    "a refreshed credential{whose} could not be written to its file, {}{}; the process holds what the file does not, until its next start",
                    times(self.finding.members.len()),
                    self.why()
                )
            }
            Kind::Mint => self.mint(),
            _ => Fact::of(self).told(first.rule),
        }
    }

    /// A fact of a log that tells no decision: what the class means only where that is sure, else what was seen.
    fn plain(&self, statuses: &str, tail: &str) -> String {
        let n = self.finding.members.len();
        if self.finding.class.group == Group::Quota && self.finding.origin == Origin::LocalProxy {
            return format!(
                "our proxy answered {statuses} itself while a limit lasts, {}; not an auth failure{tail}",
                times(n)
            );
        }
        if let Some(login) = OtherLogin::of(self.case, self.finding) {
            return format!("{}: {}{tail}", login.meaning, times(n));
        }
        if self.finding.confidence == Confidence::Confirmed || self.finding.class.is_nearby() {
            return format!("{}: {}{tail}", self.finding.class.meaning, times(n));
        }
        let what = match self.finding.class.group {
            Group::Token if self.finding.origin != Origin::Upstream => count(n, "refresh failed", "refreshes failed"),
            _ => count(n, "request was refused", "requests were refused"),
        };
        let with = if statuses.is_empty() { String::new() } else { format!(" with {statuses}") };
        let whose =
            if self.finding.origin == Origin::Unknown { "; whose answer that was is not on record" } else { "" };
        format!("{what}{with}{tail}{whose}")
    }

    fn mint(&self) -> String {
        let n = times(self.finding.members.len());
        match self.get(self.finding.transform) {
            "broker" => format!(
                "the refresh of broker credential {} failed {n}{}",
                quoted(self.get(self.finding.identity)),
                self.why()
            ),
            by => format!("{} could not mint a token, {n}{}", quoted(by), self.why()),
        }
    }

    fn attached(&self) -> String {
        let always = self.members().all(|a| a.credential == Attachment::Attached);
        let names: BTreeSet<&str> = self.members().flat_map(|a| self.get(a.texts.names).split(LIST)).collect();
        let places: BTreeSet<&str> = self.members().flat_map(|a| self.get(a.texts.locations).split(LIST)).collect();
        let list = |set: BTreeSet<&str>| set.into_iter().filter(|x| !x.is_empty()).collect::<Vec<_>>().join(", ");
        let (names, places) = (list(names), list(places));
        let by = self.get(self.finding.transform);
        let what = match (names.is_empty(), by.is_empty()) {
            (false, _) => quoted(&names),
            (true, false) => format!("a credential by {}", quoted(by)),
            (true, true) => "a credential".to_owned(),
        };
        let place = if places.is_empty() { String::new() } else { format!(" ({})", value(&places)) };
        format!(
            "the proxy attached {what}{place} {}; nothing local failed",
            if always { "each time" } else { "to some of them" }
        )
    }

    /// What went out with requests that lacked a credential of theirs.
    fn with_another(&self) -> String {
        let with: Vec<&Attempt> = self.members().filter(|a| a.credential == Attachment::Attached).collect();
        let missing = self.get(self.finding.secret);
        let names: BTreeSet<&str> = with.iter().flat_map(|a| self.get(a.texts.names).split(LIST)).collect();
        let places: BTreeSet<&str> = with.iter().flat_map(|a| self.get(a.texts.locations).split(LIST)).collect();
        let list = |set: BTreeSet<&str>| {
            set.into_iter().filter(|x| !x.is_empty() && *x != missing).map(quoted).collect::<Vec<_>>().join(", ")
        };
        let (names, places) = (list(names), list(places));
        let names = if names.is_empty() { "another credential".to_owned() } else { names };
        let places = if places.is_empty() { String::new() } else { format!(" ({places})") };
        let all = if with.len() == self.finding.members.len() { "" } else { " to some of them" };
        format!("attached {names}{places}{all}")
    }

    /// What went out with requests that the upstream judged.
    fn sent(&self) -> String {
        let n = self.finding.members.len();
        let bare = self.members().filter(|a| a.credential == Attachment::NotAttached).count();
        match bare {
            _ if self.members().any(|a| a.credential == Attachment::Attached) => self.attached(),
            0 => "the records do not say whether a credential was attached".to_owned(),
            bare if bare == n => "no credential was attached: no swap or injection is recorded".to_owned(),
            bare => format!(
                "no credential was attached to {bare} of them (no swap or injection is recorded); of the others the records do not say"
            ),
        }
    }

    fn paths(&self) -> String {
        let paths: BTreeSet<&str> = self.members().map(|a| self.get(a.texts.path)).filter(|p| !p.is_empty()).collect();
        match paths.len() {
            0 => String::new(),
            1..=3 => format!("; path {}", paths.into_iter().map(quoted).collect::<Vec<_>>().join(", ")),
            n => format!("; {n} paths"),
        }
    }

    fn last_good(&self) -> String {
        match &self.finding.bracket.last_ok {
            Some(ok) => format!("; the last request with a token succeeded at {}", short(ok.at)),
            None => String::new(),
        }
    }

    /// What stands around a refusal that says no reason. Only the proxy's own records tell what was attached, and which
    /// successes had the same.
    fn upstream_context(&self) -> Option<String> {
        self.first().rule?;
        // A proxy on the way did not judge what was meant for the host.
        if self.members().all(|a| a.status == Some(407)) {
            return None;
        }
        let b = &self.finding.bracket;
        let attached = self.members().any(|a| a.credential == Attachment::Attached);
        let bare = self.members().all(|a| a.credential == Attachment::NotAttached);
        let same = if b.is_named { "with the same credential" } else { "at this host" };
        Some(match (&b.last_ok, b.ok_during) {
            (Some(ok), 0) if attached => format!(
                "Before that, {}{} {same} succeeded, the last one at {}; none between the first and the last failure.",
                self.at_least(),
                count(b.ok_before as usize, "request", "requests"),
                short(ok.at)
            ),
            (_, n) if attached && n > 0 && b.is_named => format!(
                "Meanwhile {}{} with the same credential succeeded at this host, so the refusal is narrower than the credential, or came and went.",
                self.at_least(),
                count(n as usize, "other request", "other requests")
            ),
            _ if bare => {
                "Either no rule matches this host and path, or the client sent another placeholder.".to_owned()
            }
            _ if !attached => return None,
            _ if b.ok_during > 0 => return None,
            _ if self.case.earlier => {
                format!("No success {same} stands before it in the window; rows before the window were not looked at.")
            }
            _ => format!("No success {same} is on record before it; it failed at or before the first failure shown."),
        })
    }

    /// Successes are thinned before they are counted; failures never are.
    fn at_least(&self) -> &'static str {
        if self.case.notes.outcomes.is_thinned() { "at least " } else { "" }
    }

    fn node(&self) -> String {
        let Some(node) = self.finding.only_node.filter(|_| self.finding.class == &c::CLOCK_SKEW) else {
            return String::new();
        };
        let skew = self.finding.skew.as_ref().filter(|s| s.offset.abs() >= 30 * SECOND).map_or(String::new(), |skew| {
            let (word, by) = if skew.offset < 0 { ("behind", -skew.offset) } else { ("ahead of", skew.offset) };
            format!(
                "; its rows are {word} the API's rows for the same tool calls by {} s ({})",
                (by + SECOND / 2) / SECOND,
                count(skew.pairs, "pair", "pairs")
            )
        });
        format!(" Only pods on node {} fail, other nodes reach the same host{skew}.", quoted(self.get(Some(node))))
    }

    /// What the records suggest but do not show, with the check outside the dump that would settle it.
    pub fn hypothesis(&self) -> Option<(String, String)> {
        let f = self.finding;
        let b = &f.bracket;
        // Of the LLM proxy's credentials a line tells no more than which one was chosen.
        let attached = self.members().all(|a| a.credential == Attachment::Attached && a.rule.is_some());
        if f.class == &c::TOKEN_INVALID && b.ok_during == 0 && attached && !b.is_contradicted() {
            let named = match self.get(f.secret) {
                "" => "the attached credential".to_owned(),
                secret => format!("the credential {}", quoted(secret)),
            };
            let host = self.host();
            // That it ever was accepted is only known where a success stands before.
            let accepted = match &b.last_ok {
                Some(ok) => {
                    let missing = match self.case.silence(ok.at, self.first().at) {
                        0 => String::new(),
                        silent => format!(" (in {} of the time between no stream has a row)", duration(silent)),
                    };
                    format!("stopped being accepted by {host} after {}{missing}", short(ok.at))
                }
                None if self.case.earlier => format!("is not accepted by {host} in the window"),
                None => format!("is not accepted by {host}"),
            };
            return Some((
                format!("{named} {accepted}: expired, revoked or replaced there"),
                "the upstream's own console or audit log for that credential and time".to_owned(),
            ));
        }
        if f.class == &c::FORBIDDEN_UNSPECIFIED && self.first().rule == Some(Decided::Attached) {
            let narrower = if b.ok_during > 0 { ", as other requests with it went through meanwhile" } else { "" };
            return Some((
                format!("the identity behind {} may not do what was asked at {}{narrower}", self.secret(), self.host()),
                "the response body of one refused request, or the upstream's audit entry for it".to_owned(),
            ));
        }
        let bare = |a: &Attempt| a.credential == Attachment::NotAttached && a.status != Some(407);
        if f.class == &c::CREDENTIAL_MISSING && self.members().all(bare) {
            return Some((
                format!("no injection rule matches these requests to {}", self.host()),
                "the proxy's transform rules for this host and path, and the placeholder the client sends".to_owned(),
            ));
        }
        None
    }
}

/// What the sentences of the decisions are made of.
struct Fact<'t, 'a> {
    teller: &'t Teller<'a>,
    host: String,
    requests: String,
    statuses: String,
    /// What a store, endpoint or transform said, as [`Teller::why`] puts it.
    told: String,
    /// The transform.
    by: String,
}

impl<'t, 'a> Fact<'t, 'a> {
    fn of(teller: &'t Teller<'a>) -> Fact<'t, 'a> {
        Fact {
            teller,
            host: teller.host(),
            requests: teller.requests(),
            statuses: teller.statuses(),
            told: teller.why(),
            by: value(teller.get(teller.finding.transform)),
        }
    }

    /// The sentence of a decision.
    fn told(&self, decided: Option<Decided>) -> String {
        let Fact { teller, host, requests, statuses, told, .. } = self;
        let transform = || quoted(teller.get(teller.finding.transform));
        let Some(decided) = decided else { return teller.plain(statuses, told) };
        match decided {
            Decided::NotReady => format!(
                "the proxy had no configuration yet and answered {statuses} itself to {requests} for {host}; the upstream was never contacted"
            ),
            Decided::SecretClosed => self.secret_closed(),
            Decided::Placeholder => {
                self.refused(&format!(", as the placeholder for {} was not in the request", teller.secret()))
            }
            Decided::MintClosed => self.mint_closed(),
            Decided::Policy => self.policy(),
            Decided::EgressGuard => format!("the proxy refused {requests} for {host} with {statuses}{told}"),
            Decided::GatewaySecret => format!(
                "the proxy answered {statuses} itself to {requests} for {host}, as the gateway credential {} could not be resolved{told}",
                teller.secret()
            ),
            Decided::LocalError => format!(
                "transform {} failed and the proxy answered {statuses} itself to {requests} for {host}{told}",
                transform()
            ),
            Decided::Tls => {
                format!("{requests} for {host} ended in {statuses} of the proxy, as the TLS handshake failed{told}")
            }
            Decided::Network => {
                format!("{requests} for {host} ended in {statuses} of the proxy without an answer{told}")
            }
            Decided::Tunnel => {
                format!("the proxy opened {requests} for {host} without a credential that it could not resolve")
            }
            Decided::SecretOpen if teller.members().any(|a| a.credential == Attachment::Attached) => format!(
                "the proxy could not resolve {}{told} and forwarded {requests} to {host} without it, but {}; the answer was {statuses}, and which of them {host} wanted is not on record",
                teller.secret(),
                teller.with_another()
            ),
            Decided::SecretOpen => format!(
                "the proxy could not resolve {}{told} and forwarded {requests} to {host} without it; the {statuses} follows from that",
                teller.secret()
            ),
            Decided::MintOpen => self.mint_open(),
            Decided::Attached | Decided::Bare if teller.members().all(|a| a.status == Some(407)) => format!(
                "{requests} for {host} ended in 407, with which a proxy on the way asks for a login of its own; what was attached for the host itself was not judged"
            ),
            Decided::Attached | Decided::Bare if self.teller.finding.origin == Origin::Unknown => {
                format!("{}; {}", self.whose(), teller.sent())
            }
            Decided::Attached | Decided::Bare => {
                format!("{host} answered {statuses} to {requests}, and {}", teller.sent())
            }
            Decided::Answer => {
                format!("{host} answered {statuses} to {requests} and said why{told}; {}", teller.sent())
            }
            Decided::RateLimit | Decided::Outage if self.is_nobodys() => {
                format!("{}; this is not an auth failure", self.whose())
            }
            Decided::RateLimit => {
                format!("{host} answered {statuses} to {requests}; this is a rate limit, not an auth failure")
            }
            Decided::Outage => format!("{statuses} came from {host} itself, {requests}; this is not an auth failure"),
            Decided::NoFailure | Decided::NothingToSay | Decided::Unrefused => teller.plain(statuses, told),
        }
    }

    /// A refusal of the proxy's own by a transform, and why.
    fn refused(&self, why: &str) -> String {
        let Fact { host, requests, statuses, by, .. } = self;
        format!("the proxy refused {requests} for {host} itself ({statuses}, rejected_by={by}){why}")
    }

    fn secret_closed(&self) -> String {
        let Fact { host, requests, statuses, told, by, .. } = self;
        let secret = self.teller.secret();
        if by.is_empty() {
            return format!(
                "the proxy could not fetch {secret}{told} and answered {statuses} itself to {requests} for {host}"
            );
        }
        self.refused(&format!(", as it could not resolve {secret}{told}; the upstream was never contacted"))
    }

    /// A token fails for want of a secret, or at its endpoint.
    fn mint_closed(&self) -> String {
        let Fact { teller, host, requests, statuses, told, .. } = self;
        if teller.finding.class.group == Group::Secret {
            return self.refused(&format!(", as a token could not be made without {}{told}", teller.secret()));
        }
        format!(
            "a token exchange failed{told} and the proxy refused {requests} for {host} itself ({statuses}); the upstream was never contacted{}",
            teller.last_good()
        )
    }

    fn mint_open(&self) -> String {
        let Fact { teller, host, requests, statuses, told, .. } = self;
        if teller.finding.class.group == Group::Secret {
            return format!(
                "a token could not be made without {}{told}, the proxy forwarded {requests} to {host} without it, and {statuses} follows from that",
                teller.secret()
            );
        }
        format!(
            "a token exchange failed{told}, the proxy forwarded {requests} to {host} without a token, and {statuses} follows from that{}",
            teller.last_good()
        )
    }

    fn policy(&self) -> String {
        let Fact { teller, host, requests, statuses, told, .. } = self;
        if teller.finding.subtype == Some("mcp") {
            let messages = count(teller.finding.members.len(), "MCP message", "MCP messages");
            return format!("a policy of the proxy denied {messages} at {host} with HTTP status {statuses}{told}");
        }
        let by = named("", &quoted(teller.get(teller.finding.transform)), " of ");
        format!(
            "{by}the proxy refused {requests} for {host} itself ({statuses}); this was decided on our side{}",
            teller.paths()
        )
    }

    /// No record says who gave the answer.
    fn is_nobodys(&self) -> bool {
        let unknown = |origin| origin == Origin::Unknown;
        unknown(self.teller.finding.origin) && self.teller.members().all(|a| unknown(a.origin))
    }

    fn whose(&self) -> String {
        let Fact { host, requests, statuses, .. } = self;
        format!("{requests} for {host} ended in {statuses}, and the records do not say whose answer that was")
    }
}

/// Text of a record within a sentence of ours: between backticks, on one line, with no backtick of its own.
pub fn quoted(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("`{}`", line.replace('`', "'"))
}

/// A name of a record within a sentence of ours: as it is where it is one word, else quoted.
pub fn value(text: &str) -> String {
    const WORD_MAX: usize = 80;
    let word = text.len() <= WORD_MAX && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '`');
    if word { text.to_owned() } else { quoted(text) }
}

/// A place with the words around it; nothing where the records do not name it.
pub fn named(before: &str, place: &str, after: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{before}{place}{after}") }
}

/// `1 thing`, `3 things`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn times(n: usize) -> String {
    count(n, "time", "times")
}

/// An instant to the second.
pub fn short(at: Nanos) -> String {
    time::format(at - at.rem_euclid(SECOND))
}

/// A span of time for people, cut to its two largest units.
pub fn duration(nanos: Nanos) -> String {
    let seconds = nanos.abs() / SECOND;
    let text = match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86400),
    };
    if nanos < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_records_cannot_leave_their_quotes() {
        assert_eq!(quoted(" a `b`\n c "), "`a 'b' c`");
        assert_eq!(value("op://vault/item/field"), "op://vault/item/field");
        assert_eq!(value("op://my vault/item"), "`op://my vault/item`");
        assert_eq!((quoted(""), value("")), (String::new(), String::new()));
    }

    #[test]
    fn acts_need_confirmation() {
        for class in c::CLASSES {
            for confidence in [Confidence::Likely, Confidence::Possible] {
                assert_ne!(next(class, confidence, None).0, "act", "{}", class.label);
            }
        }
        assert_eq!(next(&c::INVALID_GRANT, Confidence::Confirmed, None).0, "act");
    }
}
