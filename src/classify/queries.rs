//! LogsQL that selects a finding's records again, here or in the live store.

use super::classes as c;
use super::settle::Finding;
use super::{Attempt, Case, Decided, LIST, Sym};
use crate::finding::{Attachment, Kind, Role};
use crate::logsql::names;
use crate::logsql::text::quote;
use crate::record::time;
use std::collections::{BTreeMap, BTreeSet};

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
pub fn of(case: &Case, finding: &Finding) -> String {
    let (all, s) = (&case.notes.attempts, &case.notes.symbols);
    let mut shapes: BTreeMap<Shape<'_>, Vec<&Attempt>> = BTreeMap::new();
    for a in finding.members.iter().map(|i| &all[*i]) {
        let shape = Shape {
            prefix: s.get(a.texts.prefix),
            audit_prefixed: a.audit_prefixed,
            acted: a.acted,
            kind: a.kind,
            rule: a.rule,
            marks: if a.rule.is_none() { s.get(a.texts.marks) } else { "" },
        };
        shapes.entry(shape).or_default().push(a);
    }
    let (first, last) = (&all[finding.members[0]], &all[finding.members[finding.members.len() - 1]]);
    let span = format!("_time:[{}, {}]", time::format(first.at), time::format(last.at));
    let groups: Vec<String> =
        shapes.iter().map(|(shape, members)| Group { case, finding, shape: *shape, members }.conditions()).collect();
    match &groups[..] {
        [one] => format!("{span} {one}"),
        many => format!("{span} ({})", many.iter().map(|g| format!("({g})")).collect::<Vec<_>>().join(" or ")),
    }
}

struct Group<'a> {
    case: &'a Case,
    finding: &'a Finding,
    shape: Shape<'a>,
    members: &'a [&'a Attempt],
}

impl Group<'_> {
    fn conditions(&self) -> String {
        let list = match self.shape.kind {
            Kind::Attempt if self.shape.rule.is_some() => self.audit(),
            _ if self.shape.rule == Some(Decided::Unrefused) => self.unrefused(),
            Kind::SecretError => self.secret_lines(),
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

    fn texts(&self, of: impl Fn(&Attempt) -> Option<Sym>) -> Vec<&str> {
        let s = &self.case.notes.symbols;
        let mut distinct: Vec<Sym> = self.members.iter().filter_map(|a| of(a)).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut texts: Vec<&str> = distinct.into_iter().map(|sym| s.text(sym)).collect();
        texts.sort_unstable();
        texts
    }

    fn audit(&self) -> Vec<String> {
        let mut out = Vec::new();
        let hosts = self.texts(|a| a.texts.host_as_written);
        if !hosts.is_empty() {
            out.push(format!("{}:{}", self.audit_field("host"), among(&hosts)));
        }
        let statuses: BTreeSet<u16> = self.members.iter().filter_map(|a| a.status).collect();
        let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
        let statuses: Vec<&str> = statuses.iter().map(String::as_str).collect();
        out.push(format!("{}:{}", self.audit_field("status_code"), among(&statuses)));
        let method = self.audit_field("method");
        let tunnels = self.members.iter().filter(|a| a.tunnel).count();
        let connects = self.texts(|a| a.texts.method).contains(&"CONNECT");
        if tunnels == self.members.len() && connects {
            out.push(format!("{method}:=CONNECT"));
        } else if tunnels == 0 {
            out.push(format!("!{method}:=CONNECT"));
        }
        // A record that says what failed in its message need not say what was done.
        let told = self.shape.rule == Some(Decided::SecretClosed) && self.texts(|a| a.texts.transform).is_empty();
        let action = self.shape.rule.filter(|_| self.shape.acted).map_or("\"\"", Decided::action);
        out.extend((!told).then(|| format!("{}:={action}", self.audit_field("action"))));
        out.extend(self.rule());
        if self.finding.class == &c::CLOCK_SKEW || self.finding.subtype == Some("validity-time") {
            let pods = self.texts(|a| a.texts.pod);
            if !pods.is_empty() {
                out.push(format!("{}:{}", names::word("kubernetes.pod_name"), among(&pods)));
            }
        }
        out
    }

    /// What the decision table looked at.
    fn rule(&self) -> Vec<String> {
        let traces = self.field("request_transforms");
        let says = |text: &str| format!("{traces}:{}", quoted(text));
        let error = self.field("error");
        let secret = self.case.notes.symbols.get(self.finding.secret);
        let transforms = self.texts(|a| a.texts.transform);
        let rejected_by = || match &transforms[..] {
            [] => format!("{}:\"\"", self.field("rejected_by")),
            some => format!("{}:{}", self.field("rejected_by"), among(some)),
        };
        let named = |mut list: Vec<String>| {
            if !secret.is_empty() {
                list.push(says(secret));
            }
            list
        };
        // A transform that is known by its name alone.
        let injectors: String = transforms.iter().map(|name| format!(" or {}", quoted(name))).collect();
        let attached = || format!("{traces}:(swapped or injected{injectors})");
        let decided = self.shape.rule.unwrap_or(Decided::NothingToSay);
        let unknown = || self.members.iter().any(|a| a.credential == Attachment::Unknown);
        let mut list = match decided {
            Decided::NotReady | Decided::Policy => vec![rejected_by()],
            Decided::SecretClosed if transforms.is_empty() => {
                vec![format!("_msg:={}*", quoted("failed to fetch secret")), self.secret_field()]
            }
            Decided::SecretClosed => {
                named(vec![rejected_by(), format!("{traces}:(secret_unavailable or credential_unavailable)")])
            }
            Decided::Placeholder => named(vec![rejected_by(), format!("!{}", says("secret_unavailable"))]),
            Decided::MintClosed => vec![rejected_by(), says("token_unavailable")],
            Decided::EgressGuard => vec![format!("{error}:{}", quoted("denied by upstream_deny_cidrs"))],
            Decided::GatewaySecret => {
                vec![format!("{error}:{}", quoted(&format!("gateway credential \"{secret}\"")))]
            }
            Decided::LocalError => {
                transforms.iter().map(|t| format!("{error}:={}*", quoted(&format!("transform {t} ")))).collect()
            }
            Decided::Tls => vec![format!("{error}:{}", self.tls_words())],
            Decided::Network => vec![format!("{error}:{}", among(&self.texts(|a| a.texts.message)))],
            Decided::Tunnel => vec![format!("{traces}:(secret_unavailable or token_unavailable)")],
            Decided::SecretOpen => named(vec![says("secret_unavailable")]),
            Decided::MintOpen => vec![says("token_unavailable")],
            Decided::Attached => {
                named(vec![attached(), format!("!{traces}:(secret_unavailable or token_unavailable)")])
            }
            Decided::Bare if unknown() => vec![self.times()],
            Decided::Bare => {
                vec![format!("!{traces}:(swapped or injected or secret_unavailable or token_unavailable)")]
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
            _ => true,
        };
        if !apart {
            list.push(self.times());
        }
        list
    }

    /// Another finding's rows of this rule or a later one look the same from outside their answers.
    fn has_neighbour(&self, from: Decided) -> bool {
        let hosts: BTreeSet<Option<Sym>> = self.members.iter().map(|a| a.texts.host_as_written).collect();
        let statuses: BTreeSet<Option<u16>> = self.members.iter().map(|a| a.status).collect();
        let mut mine = self.finding.members.clone();
        mine.sort_unstable();
        let mut others = self.case.notes.attempts.iter().enumerate().filter(|(_, a)| a.rule >= Some(from));
        others.any(|(n, a)| {
            hosts.contains(&a.texts.host_as_written) && statuses.contains(&a.status) && mine.binary_search(&n).is_err()
        })
    }

    fn tls_words(&self) -> String {
        match self.members.iter().all(|a| matches!(a.subtype, Some("validity-time" | "certificate-time"))) {
            true => quoted("certificate has expired or is not yet valid"),
            false => among(&self.texts(|a| a.texts.message)),
        }
    }

    /// Audit rows whose status tells nothing of the credential that they went without.
    fn unrefused(&self) -> Vec<String> {
        let hosts = self.texts(|a| a.texts.host_as_written);
        let host = format!("{}:{}", self.audit_field("host"), among(&hosts));
        let traces = self.field("request_transforms");
        vec![host, format!("{traces}:(secret_unavailable or token_unavailable)"), self.times()]
    }

    fn secret_lines(&self) -> Vec<String> {
        vec![self.message(), self.secret_field()]
    }

    /// The constant messages of the members, which may have a tail of their own.
    fn message(&self) -> String {
        match self.shape.marks {
            "failed to fetch secret" => format!("_msg:={}*", quoted(self.shape.marks)),
            marks => format!("_msg:={}", quoted(marks)),
        }
    }

    /// The reference; under either of its names, where the writer is not one that is known to use the first.
    fn secret_field(&self) -> String {
        let secrets = self.texts(|a| a.texts.secret);
        if secrets.is_empty() {
            return self.times();
        }
        let values = among(&secrets);
        let secret = self.field("secret");
        match self.shape.marks {
            "" | "failed to fetch secret" => format!("({secret}:{values} or {}:{values})", self.field("secret_ref")),
            _ => format!("{secret}:{values}"),
        }
    }

    fn mint_lines(&self) -> Vec<String> {
        if self.texts(|a| a.texts.transform) == ["broker"] {
            let identities = self.texts(|a| a.texts.identity);
            let one = |identity: &&str| format!("_msg:={}*", quoted(&format!("broker credential {identity} ")));
            let any = identities.iter().map(one).collect::<Vec<_>>().join(" or ");
            return vec![format!("({any})"), self.times()];
        }
        vec![self.message(), self.times()]
    }

    /// The instant, and what tells the record from others of the same second.
    fn by_time(&self) -> Vec<String> {
        let marks = self.shape.marks.split(LIST).filter(|mark| !mark.is_empty());
        marks.map(phrase).chain([self.times()]).collect()
    }

    /// The instants themselves: exact, and only used where nothing in the records tells them apart.
    fn times(&self) -> String {
        let all: Vec<String> = self.members.iter().map(|a| format!("_time:[{0}, {0}]", time::format(a.at))).collect();
        format!("({})", all.join(" or "))
    }
}

/// A phrase of the message. A request id may as well stand in a field of its own, as it does in a plain log.
fn phrase(mark: &str) -> String {
    let mark_is_id = mark.len() == 8 && mark.bytes().all(|b| b.is_ascii_hexdigit());
    let text = quoted(mark);
    if mark_is_id { format!("(_msg:{text} or request_id:={text} or reqid:={text})") } else { format!("_msg:{text}") }
}

/// Statuses that make every row of an upstream an attempt, whatever its answer says.
fn is_kept(status: u16) -> bool {
    c::by_status(status).is_some_and(|(class, _)| class.role != Role::Negative)
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
