//! LogsQL that selects a finding's records again, here or in the live store.

use super::classes as c;
use super::neighbours::Neighbours;
use super::settle::Diagnosis;
use super::{Attempt, Case, Decided, LIST, Slot, Spelled, Sym};
use crate::finding::{Attachment, Kind, Role};
use crate::logsql::names;
use crate::logsql::text::quote;
use crate::record::time;
use std::collections::{BTreeMap, BTreeSet};

/// What is among many items, of which most are like the one before.
fn distinct<T: Copy + Ord>(all: impl Iterator<Item = T>) -> BTreeSet<T> {
    let (mut set, mut last) = (BTreeSet::new(), None);
    for item in all {
        if last != Some(item) {
            set.insert(item);
            last = Some(item);
        }
    }
    set
}

/// Records of one spelling and one rule share their conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shape<'a> {
    prefix: &'a str,
    audit_prefixed: bool,
    acted: bool,
    kind: Kind,
    rule: Option<Decided>,
    /// Only of records that no rule of the decision table judged.
    marks: &'a str,
}

/// The query of a finding: one group of conditions per shape of record, joined by `or`, inside the finding's span.
pub fn of(case: &Case, neighbours: &Neighbours, finding: &Diagnosis) -> String {
    let (all, s) = (&case.notes.attempts, &case.notes.symbols);
    let mut shapes: BTreeMap<Shape<'_>, Vec<&Attempt>> = BTreeMap::new();
    // Members of one shape mostly follow one another.
    let shape_of = |a: &Attempt| (a.texts.prefix, a.audit_prefixed, a.acted, a.kind, a.rule, a.texts.marks);
    for run in finding.members.chunk_by(|a, b| shape_of(&all[*a]) == shape_of(&all[*b])) {
        let a = &all[run[0]];
        let shape = Shape {
            prefix: s.get(a.texts.prefix),
            audit_prefixed: a.audit_prefixed,
            acted: a.acted,
            kind: a.kind,
            rule: a.rule,
            marks: if a.rule.is_none() { s.get(a.texts.marks) } else { "" },
        };
        shapes.entry(shape).or_default().extend(run.iter().map(|i| &all[*i]));
    }
    let (first, last) = (&all[finding.members[0]], &all[finding.members[finding.members.len() - 1]]);
    let span = format!("_time:[{}, {}]", time::format(first.at), time::format(last.at));
    let groups: Vec<String> = shapes
        .iter()
        .map(|(shape, members)| {
            let spelled = distinct(members.iter().map(|a| a.spelled));
            Group { case, neighbours, finding, shape: *shape, members, spelled }.conditions()
        })
        .collect();
    match &groups[..] {
        [one] => format!("{span} {one}"),
        many => format!("{span} ({})", many.iter().map(|g| format!("({g})")).collect::<Vec<_>>().join(" or ")),
    }
}

struct Group<'a> {
    case: &'a Case,
    neighbours: &'a Neighbours,
    finding: &'a Diagnosis,
    shape: Shape<'a>,
    members: &'a [&'a Attempt],
    /// The ways in which members spell their fields: few, where the members are many.
    spelled: BTreeSet<Spelled>,
}

impl Group<'_> {
    /// Some member has a field for the slot.
    fn has(&self, slot: Slot) -> bool {
        self.spelled.iter().any(|spelled| spelled.has(slot))
    }

    /// Every member has one.
    fn all_have(&self, slot: Slot) -> bool {
        self.spelled.iter().all(|spelled| spelled.has(slot))
    }

    fn conditions(&self) -> String {
        let list = match self.shape.kind {
            Kind::Attempt if self.shape.rule.is_some() => self.audit(),
            _ if self.shape.rule == Some(Decided::Unrefused) => self.unrefused(),
            Kind::SecretError => self.secret_lines(),
            // The one message of the LLM proxy that names a credential before it says what happened.
            Kind::Mint if self.finding.subtype == Some("not-persisted") => self.by_time(),
            Kind::Mint => self.mint_lines(),
            _ => self.by_time(),
        };
        list.join(" ")
    }

    fn field(&self, name: &str) -> String {
        names::word(&format!("{}{name}", self.shape.prefix))
    }

    fn audit_field(&self, name: &str) -> String {
        self.field(&if self.shape.audit_prefixed { format!("audit.{name}") } else { name.to_owned() })
    }

    /// What the members call a field; the usual name where none of them has it.
    fn names(&self, slot: Slot) -> Vec<String> {
        let spelled = self.spelled.iter().filter_map(|spelled| spelled.name(slot, self.shape.prefix));
        let mut names: Vec<String> = spelled.map(|name| names::word(&name)).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            names.push(match slot {
                Slot::Action => self.audit_field("action"),
                Slot::Status => self.audit_field("status_code"),
                Slot::Host => self.audit_field("host"),
                Slot::Method => self.audit_field("method"),
                Slot::RequestTransforms => self.field("request_transforms"),
                Slot::RejectedBy => self.field("rejected_by"),
                Slot::Error => self.field("error"),
                Slot::Secret => self.field("secret"),
                Slot::Pod => "kubernetes.pod_name".to_owned(),
                Slot::McpInjected => self.field("mcp.gateway.credentials_injected"),
                _ => "_msg".to_owned(),
            });
        }
        names
    }

    /// `field:condition`, under any of the names that the members have for the field.
    fn says(&self, slot: Slot, condition: &str) -> String {
        any(&self.names(slot), condition)
    }

    /// `!field:condition`, under all of these names.
    fn lacks(&self, slot: Slot, condition: &str) -> String {
        self.names(slot).iter().map(|name| format!("!{name}:{condition}")).collect::<Vec<_>>().join(" ")
    }

    /// A condition on the text of the line: `_msg`, or the field that the content sits in where nothing was mapped to it.
    fn told(&self, condition: &str) -> String {
        let texts = self.spelled.iter().filter(|spelled| !spelled.has(Slot::Msg));
        let mut names: Vec<String> = texts.filter_map(|s| s.name(Slot::Text, self.shape.prefix)).collect();
        if self.has(Slot::Msg) || names.is_empty() {
            names.push("_msg".to_owned());
        }
        names.sort_unstable();
        names.dedup();
        any(&names.iter().map(|name| names::word(name)).collect::<Vec<_>>(), condition)
    }

    fn texts(&self, of: impl Fn(&Attempt) -> Option<Sym>) -> Vec<&str> {
        let s = &self.case.notes.symbols;
        let syms = distinct(self.members.iter().filter_map(|a| of(a)));
        let mut texts: Vec<&str> = syms.into_iter().map(|sym| s.text(sym)).collect();
        texts.sort_unstable();
        texts
    }

    /// The hosts as written; of records without one, the TLS names that stand for them.
    fn hosts(&self) -> Option<String> {
        let hosts = self.texts(|a| a.texts.host_as_written);
        let slot = if !self.has(Slot::Host) && self.has(Slot::Sni) { Slot::Sni } else { Slot::Host };
        (!hosts.is_empty()).then(|| self.says(slot, &among(&hosts)))
    }

    fn audit(&self) -> Vec<String> {
        let mut out = Vec::new();
        out.extend(self.hosts());
        let s = &self.case.notes.symbols;
        let written = |(text, status): (Option<Sym>, Option<u16>)| match text {
            Some(text) => Some(s.text(text).to_owned()),
            None => status.map(|status| status.to_string()),
        };
        let statuses = distinct(self.members.iter().map(|a| (a.texts.status_as_written, a.status)));
        let statuses: BTreeSet<String> = statuses.into_iter().filter_map(written).collect();
        let statuses: Vec<&str> = statuses.iter().map(String::as_str).collect();
        out.push(self.says(Slot::Status, &among(&statuses)));
        let tunnels = self.members.iter().filter(|a| a.tunnel).count();
        let connects = self.texts(|a| a.texts.method).contains(&"CONNECT");
        if tunnels == self.members.len() && connects {
            out.push(self.says(Slot::Method, "=CONNECT"));
        } else if tunnels == 0 {
            out.push(self.lacks(Slot::Method, "=CONNECT"));
        }
        // A record that says what failed in its message need not say what was done.
        let told = self.shape.rule == Some(Decided::SecretClosed) && self.texts(|a| a.texts.transform).is_empty();
        let action = self.shape.rule.filter(|_| self.shape.acted).map_or("\"\"", Decided::action);
        out.extend((!told).then(|| self.says(Slot::Action, &format!("={action}"))));
        out.extend(self.rule());
        if self.finding.class == &c::CLOCK_SKEW || self.finding.subtype == Some("validity-time") {
            let pods = self.texts(|a| a.texts.pod);
            if !pods.is_empty() {
                out.push(self.says(Slot::Pod, &among(&pods)));
            }
        }
        out
    }

    /// What the decision table looked at.
    fn rule(&self) -> Vec<String> {
        let traces = |condition: &str| self.says(Slot::RequestTransforms, condition);
        let says = |text: &str| traces(&quoted(text));
        let lacks = |condition: &str| self.lacks(Slot::RequestTransforms, condition);
        let error = |condition: &str| self.says(Slot::Error, condition);
        let secret = self.case.notes.symbols.get(self.finding.secret);
        let transforms = self.texts(|a| a.texts.transform);
        let rejected_by = || match &transforms[..] {
            [] => self.says(Slot::RejectedBy, "\"\""),
            some => self.says(Slot::RejectedBy, &among(some)),
        };
        let named = |mut list: Vec<String>| {
            if !secret.is_empty() {
                list.push(says(secret));
            }
            list
        };
        // A transform that is known by its name alone.
        let injectors: String = transforms.iter().map(|name| format!(" or {}", quoted(name))).collect();
        let attached = || traces(&format!("(swapped or injected{injectors})"));
        // The gateway for MCP writes no trace.
        let gateway = self.members.iter().filter(|a| a.spelled.has(Slot::McpInjected)).count();
        let either = |trace: String, list: String| match gateway {
            0 => trace,
            n if n == self.members.len() => list,
            _ => format!("({trace} or {list})"),
        };
        let no_gateway = || self.neighbours.has_gateway.then(|| self.says(Slot::McpInjected, NOT_INJECTED));
        let decided = self.shape.rule.unwrap_or(Decided::NothingToSay);
        let unknown = || self.members.iter().any(|a| a.credential == Attachment::Unknown);
        let mut list = match decided {
            Decided::NotReady | Decided::Policy => vec![rejected_by()],
            Decided::SecretClosed if transforms.is_empty() => {
                vec![self.told(&format!("={}*", quoted("failed to fetch secret"))), self.secret_field()]
            }
            Decided::SecretClosed => {
                named(vec![rejected_by(), traces("(secret_unavailable or credential_unavailable)")])
            }
            Decided::Placeholder => named(vec![rejected_by(), lacks(&quoted("secret_unavailable"))]),
            Decided::MintClosed => vec![rejected_by(), says("token_unavailable")],
            Decided::EgressGuard => vec![error(&quoted("denied by upstream_deny_cidrs"))],
            Decided::GatewaySecret => vec![error(&quoted(&format!("gateway credential \"{secret}\"")))],
            Decided::LocalError => {
                transforms.iter().map(|t| error(&format!("={}*", quoted(&format!("transform {t} "))))).collect()
            }
            Decided::Tls => vec![error(&self.tls_words())],
            Decided::Network => vec![error(&among(&self.texts(|a| a.texts.message)))],
            Decided::Tunnel => vec![traces("(secret_unavailable or token_unavailable)")],
            Decided::SecretOpen => named(vec![says("secret_unavailable")]),
            Decided::MintOpen => vec![says("token_unavailable")],
            Decided::Attached => {
                let mut list = vec![
                    either(attached(), self.lacks(Slot::McpInjected, NOT_INJECTED)),
                    lacks("(secret_unavailable or token_unavailable)"),
                ];
                if !secret.is_empty() {
                    list.push(either(says(secret), self.says(Slot::McpInjected, &quoted(secret))));
                }
                list
            }
            Decided::Bare if unknown() => vec![self.times()],
            Decided::Bare => {
                let traces = lacks("(swapped or injected or secret_unavailable or token_unavailable)");
                [traces].into_iter().chain(no_gateway()).collect()
            }
            Decided::NoFailure
            | Decided::RateLimit
            | Decided::Outage
            | Decided::NothingToSay
            | Decided::Answer
            | Decided::Unrefused => Vec::new(),
        };
        let apart = match decided {
            Decided::Answer => {
                self.members.iter().all(|a| a.status.is_some_and(is_kept)) && !self.has_neighbour(Decided::Attached)
            }
            _ if decided.is_mint() || decided == Decided::Bare => !self.has_neighbour(decided),
            _ if decided.is_upstream() => !self.has_neighbour(Decided::Answer),
            Decided::SecretClosed => !self.has_twin(decided),
            _ => true,
        };
        if !apart {
            list.push(self.times());
        }
        list
    }

    /// All records of the finding, whatever their shape.
    fn own(&self) -> impl Iterator<Item = &Attempt> {
        self.finding.members.iter().map(|i| &self.case.notes.attempts[*i])
    }

    /// Another finding's rows of this very rule lack the same secret at the same host, and only what a line says of them sets
    /// them apart.
    fn has_twin(&self, rule: Decided) -> bool {
        self.neighbours.has_lack(self.members, self.own(), rule)
    }

    /// Another finding's rows of this rule or a later one look the same from outside their answers.
    fn has_neighbour(&self, from: Decided) -> bool {
        self.neighbours.has_answer(self.members, self.own(), from)
    }

    fn tls_words(&self) -> String {
        match self.members.iter().all(|a| matches!(a.subtype, Some("validity-time" | "certificate-time"))) {
            true => quoted("certificate has expired or is not yet valid"),
            false => among(&self.texts(|a| a.texts.message)),
        }
    }

    /// Audit rows whose status tells nothing of the credential that they went without.
    fn unrefused(&self) -> Vec<String> {
        let traces = self.says(Slot::RequestTransforms, "(secret_unavailable or token_unavailable)");
        self.hosts().into_iter().chain([traces, self.times()]).collect()
    }

    fn secret_lines(&self) -> Vec<String> {
        vec![self.message(), self.secret_field()]
    }

    /// The constant messages of the members, which may have a tail of their own.
    fn message(&self) -> String {
        match self.shape.marks {
            "failed to fetch secret" => self.told(&format!("={}*", quoted(self.shape.marks))),
            marks => self.told(&format!("={}", quoted(marks))),
        }
    }

    /// The reference under the name that it has in the records; where it was read from a text, only the time tells.
    fn secret_field(&self) -> String {
        let secrets = self.texts(|a| a.texts.secret);
        if secrets.is_empty() || !self.all_have(Slot::Secret) {
            return self.times();
        }
        self.says(Slot::Secret, &among(&secrets))
    }

    fn mint_lines(&self) -> Vec<String> {
        let ids = self.texts(|a| a.texts.identity);
        if !self.shape.marks.is_empty() && self.all_have(Slot::CredentialId) {
            return vec![self.message(), self.says(Slot::CredentialId, &among(&ids)), self.times()];
        }
        if self.texts(|a| a.texts.transform) == ["broker"] {
            let one = |identity: &&str| self.told(&quoted(&format!("broker credential {identity}")));
            let any = ids.iter().map(one).collect::<Vec<_>>().join(" or ");
            return vec![format!("({any})"), self.times()];
        }
        vec![self.message(), self.times()]
    }

    /// The instant, and what tells the record from others of the same second.
    fn by_time(&self) -> Vec<String> {
        let marks = self.shape.marks.split(LIST).filter(|mark| !mark.is_empty());
        marks.map(|mark| self.phrase(mark)).chain([self.times()]).collect()
    }

    /// A phrase of the message. A request id may as well stand in a field of its own, as it does in a plain log.
    fn phrase(&self, mark: &str) -> String {
        let mark_is_id = mark.len() == 8 && mark.bytes().all(|b| b.is_ascii_hexdigit());
        let text = quoted(mark);
        let said = self.told(&text);
        if mark_is_id { format!("({said} or request_id:={text} or reqid:={text})") } else { said }
    }

    /// The instants themselves: exact, and only used where nothing in the records tells them apart.
    fn times(&self) -> String {
        let all: Vec<String> = self.members.iter().map(|a| format!("_time:[{0}, {0}]", time::format(a.at))).collect();
        format!("({})", all.join(" or "))
    }
}

/// What the gateway for MCP writes where it attached nothing.
const NOT_INJECTED: &str = r#"in("", "[]", "false", "null", "0")"#;

/// Statuses that make every row of an upstream an attempt, whatever its answer says.
fn is_kept(status: u16) -> bool {
    c::by_status(status).is_some_and(|(class, _)| class.role != Role::Negative)
}

/// `name:condition` for any of the names.
fn any(names: &[String], condition: &str) -> String {
    match names {
        [one] => format!("{one}:{condition}"),
        many => {
            format!("({})", many.iter().map(|name| format!("{name}:{condition}")).collect::<Vec<_>>().join(" or "))
        }
    }
}

fn among(values: &[&str]) -> String {
    match values {
        [one] => format!("={}", quoted(one)),
        many => format!("in({})", many.iter().map(|v| quoted(v)).collect::<Vec<_>>().join(", ")),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::text::unquote;

    #[test]
    fn texts_are_quoted_as_the_language_reads_them() {
        for text in ["plain", "a \"b\"", "line\nend", "bell\u{7} and \u{1}", "ü"] {
            assert_eq!(unquote(&quoted(text)).map(|(_, read)| read).as_deref(), Some(text), "{text:?}");
        }
        assert_eq!([names::word("audit.host"), names::word("by")], ["audit.host", "\"by\""]);
    }
}
