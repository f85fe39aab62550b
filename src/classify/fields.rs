//! The fields that classification reads, and every spelling of them that collectors produce.
//!
//! A record is recognised by its shape: the application's JSON may sit at the root, under `log.` or `message.`, or under
//! any other prefix that ends where `audit.` begins; the OTLP export drops `audit.` altogether; pod, node, container and
//! label names differ per collector.

use crate::record::rows::{Projection, Row as ProjectedRow, Value};
use crate::record::{Raw, Record, short};
use std::borrow::Cow;

macro_rules! slots {
    ($($slot:ident: $($name:literal)|+;)+) => {
        /// A field that classification reads.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Slot { $($slot),+ }

        /// Every slot with its spellings, best one first.
        pub static SPELLINGS: &[(Slot, &[&str])] = &[$((Slot::$slot, &[$($name),+])),+];

        /// How many slots there are.
        pub const SLOTS: usize = SPELLINGS.len();

        fn slot_of(name: &str) -> Option<Slot> {
            match name { $($($name)|+ => Some(Slot::$slot),)+ _ => None }
        }
    };
}

slots! {
    Time: "_time";
    Zone: "_time_zone";
    Msg: "_msg";
    Text: "message" | "log" | "msg" | "fields.message";
    Level: "level";
    Service: "service";
    Container: "kubernetes.container_name" | "container_name" | "kubernetes.container.name" | "k8s.container.name" | "container";
    Pod: "kubernetes.pod_name" | "pod_name" | "kubernetes.pod.name" | "k8s.pod.name" | "pod";
    Node: "kubernetes.host" | "kubernetes.node_name" | "kubernetes.pod_node_name" | "kubernetes.node.name" | "k8s.node.name" | "node_name" | "node";
    Sandbox: "kubernetes.labels.centaur.ai/sandbox-id" | "kubernetes.pod_labels.centaur.ai/sandbox-id" | "pod_labels.centaur.ai/sandbox-id" | "kubernetes.labels.centaur_ai/sandbox-id" | "kubernetes.pod.labels.centaur.ai/sandbox-id" | "k8s.pod.labels.centaur.ai/sandbox-id" | "k8s.pod.label.centaur.ai/sandbox-id" | "fields.sandbox_id" | "sandbox_id";
    Action: "audit.action" | "action";
    Status: "audit.status_code" | "status_code";
    Host: "audit.host" | "host";
    Method: "audit.method" | "method";
    Path: "audit.path" | "path";
    Remote: "audit.remote_addr" | "remote_addr";
    Sni: "audit.sni" | "sni";
    Mode: "audit.mode" | "mode";
    TunnelTarget: "tunnel.target";
    TunnelTransforms: "tunnel.request_transforms";
    RequestTransforms: "request_transforms" | "audit.request_transforms";
    ResponseTransforms: "response_transforms" | "audit.response_transforms";
    RejectedBy: "rejected_by" | "audit.rejected_by";
    StubbedBy: "stubbed_by";
    Error: "error" | "audit.error";
    Secret: "secret" | "secret_ref";
    RetryIn: "retry_in";
    Grant: "grant";
    Reason: "reason";
    Target: "target";
    LineStatus: "status";
    Name: "name";
    Transforms: "transforms";
    ConfigHash: "config_hash";
    McpMessages: "mcp.messages";
    McpInjected: "mcp.gateway.credentials_injected";
    Thread: "thread_key" | "fields.thread_key";
    Execution: "execution_id" | "fields.execution_id";
    Tool: "tool_name";
    Event: "event" | "fields.event";
    Success: "success";
    Duration: "duration_ms";
    RequestId: "request_id" | "trace_id";
    Body: "response_body" | "upstream_body" | "audit.response_body" | "audit.upstream_body";
    Challenge: "www_authenticate" | "audit.www_authenticate" | "response_headers.www-authenticate";
    CredentialId: "credential_id";
    RetryAfter: "retry_after" | "audit.retry_after" | "response_headers.retry-after";
}

/// How the store's notice begins that nothing was mapped to `_msg`; the content sits in another field then.
const UNMAPPED: &[u8] = b"missing _msg field";

/// Slots by which a query finds a record again.
const SPELLED: [Slot; 14] = [
    Slot::Msg,
    Slot::Text,
    Slot::Pod,
    Slot::Action,
    Slot::Status,
    Slot::Host,
    Slot::Sni,
    Slot::Method,
    Slot::RequestTransforms,
    Slot::RejectedBy,
    Slot::Error,
    Slot::Secret,
    Slot::CredentialId,
    Slot::McpInjected,
];

/// How a record spells the slots of [`SPELLED`]: nothing for those it does not have, else one more than twice the number
/// of the spelling, and one more again where the record's prefix stands before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spelled([u8; SPELLED.len()]);

impl Spelled {
    /// Whether the record has a field for the slot.
    pub fn has(&self, slot: Slot) -> bool {
        SPELLED.iter().position(|spelled| *spelled == slot).is_some_and(|at| self.0[at] > 0)
    }

    /// The field's name in the record, whose prefix is given.
    pub fn name(&self, slot: Slot, prefix: &str) -> Option<String> {
        let at = SPELLED.iter().position(|spelled| *spelled == slot)?;
        let code = usize::from(self.0[at].checked_sub(1)?);
        let name = SPELLINGS[slot as usize].1.get(code / 2)?;
        Some(if code % 2 == 1 { format!("{prefix}{name}") } else { (*name).to_owned() })
    }
}

/// The code of a spelling.
fn code(variant: usize, is_prefixed: bool) -> u8 {
    u8::try_from(1 + 2 * variant + usize::from(is_prefixed)).unwrap_or(0)
}

/// What may stand before the application's own field names. Any other prefix that ends where `audit.` begins is found by
/// a whole parse.
const PREFIXES: [&str; 3] = ["", "log.", "message."];

/// One way to spell a slot.
#[derive(Debug, Clone)]
struct Spelling {
    prefix: &'static str,
    audit: bool,
    code: u8,
}

/// The projection of the hot loop and the way from a slot to its spellings in it.
#[derive(Debug, Clone)]
pub struct Table {
    pub projection: Projection,
    spellings: Vec<Vec<Spelling>>,
}

impl Default for Table {
    fn default() -> Self {
        let (mut names, mut spellings) = (Vec::with_capacity(SLOTS), Vec::with_capacity(SLOTS));
        for (_, variants) in SPELLINGS {
            let mut list = Vec::new();
            for prefix in PREFIXES {
                // Collectors write these names themselves; only the application's own are ever nested.
                let own = |name: &&str| {
                    prefix.is_empty() || !["kubernetes.", "k8s.", "_"].iter().any(|p| name.starts_with(p))
                };
                let number = |(n, name): (usize, &&'static str)| (prefix, *name, code(n, !prefix.is_empty()));
                list.extend(variants.iter().enumerate().filter(|(_, name)| own(name)).map(number));
            }
            list.sort_by_key(|(_, name, _)| !name.starts_with("audit."));
            names.push(list.iter().map(|(prefix, name, _)| format!("{prefix}{name}")).collect());
            let spelling = |(prefix, name, code): (&'static str, &str, u8)| Spelling {
                prefix,
                audit: name.starts_with("audit."),
                code,
            };
            spellings.push(list.into_iter().map(spelling).collect());
        }
        Table { projection: Projection::spelled(names), spellings }
    }
}

impl Table {
    /// How the row spells a slot that it has.
    fn spelling(&self, row: &ProjectedRow<'_>, slot: Slot) -> Option<&Spelling> {
        row.spelling(slot as usize).map(|spelling| &self.spellings[slot as usize][spelling])
    }
}

/// One value of a slot.
#[derive(Clone, Copy)]
pub enum SlotValue<'a> {
    Projected(Value<'a>),
    Parsed(&'a Raw<'a>),
}

impl<'a> SlotValue<'a> {
    /// The undecoded bytes.
    pub fn bytes(&self) -> &'a [u8] {
        match self {
            SlotValue::Projected(value) => value.bytes(),
            SlotValue::Parsed(raw) => raw.bytes(),
        }
    }

    /// Whether the bytes are the text itself, backslashes included.
    pub fn is_decoded(&self) -> bool {
        match self {
            SlotValue::Projected(value) => value.is_decoded(),
            SlotValue::Parsed(raw) => !raw.is_escaped(),
        }
    }

    pub fn text(&self) -> Cow<'a, str> {
        match self {
            SlotValue::Projected(value) => value.text(),
            SlotValue::Parsed(raw) => raw.text(),
        }
    }
}

/// The slots of one row.
pub enum Slots<'a> {
    /// Read from the projection when asked.
    Projected { row: &'a ProjectedRow<'a>, table: &'a Table },
    /// Collected from a whole parse.
    Parsed { values: Vec<Option<&'a Raw<'a>>>, codes: Vec<u8>, prefix: &'a str, audit: bool },
}

/// The store's notice that nothing was mapped to `_msg`. Its first byte is looked at first: most texts have another.
#[inline(always)]
fn is_notice(text: SlotValue<'_>) -> bool {
    let bytes = text.bytes();
    bytes.first() == UNMAPPED.first() && bytes.starts_with(UNMAPPED)
}

impl<'a> Slots<'a> {
    /// Looks at every field of a record once. Of several spellings of one slot the first of the record wins, except that
    /// `audit.` spellings beat the rest.
    pub fn of(record: &'a Record<'a>) -> Slots<'a> {
        let mut prefix = "";
        for name in record.fields().iter().map(|field| field.name.as_ref()) {
            match (PREFIXES[1..].iter().find(|p| name.starts_with(**p)), name.find(".audit.")) {
                (Some(known), _) => prefix = &name[..known.len()],
                (None, Some(at)) => prefix = &name[..=at],
                _ => {}
            }
        }
        if prefix.is_empty() {
            prefix = record.fields().iter().find_map(|field| nested(&field.name)).unwrap_or_default();
        }
        let (mut values, mut codes, mut audit) = (vec![None; SLOTS], vec![0; SLOTS], false);
        for field in record.fields() {
            let peeled = field.name.strip_prefix(prefix);
            let bare = peeled.unwrap_or(&field.name);
            let Some(slot) = slot_of(bare).or_else(|| label_slot(bare)) else { continue };
            audit |= bare.starts_with("audit.");
            let place: &mut Option<&'a Raw<'a>> = &mut values[slot as usize];
            if place.is_none() || bare.starts_with("audit.") {
                *place = Some(&field.value);
                let variant = SPELLINGS[slot as usize].1.iter().position(|name| *name == bare);
                let is_prefixed = peeled.is_some() && !prefix.is_empty();
                codes[slot as usize] = variant.map_or(0, |variant| code(variant, is_prefixed));
            }
        }
        Slots::Parsed { values, codes, prefix, audit }
    }

    #[inline(always)]
    pub fn raw(&self, slot: Slot) -> Option<SlotValue<'a>> {
        if slot == Slot::Msg { self.message() } else { self.own(slot) }
    }

    /// The text of the line: `_msg`, and where nothing was mapped to it the field that the content sits in.
    #[inline(always)]
    fn message(&self) -> Option<SlotValue<'a>> {
        let own = self.own(Slot::Msg);
        match own {
            Some(text) if !is_notice(text) => own,
            _ => self.own(Slot::Text).or(own),
        }
    }

    /// The record holds the store's notice that nothing was mapped to `_msg`.
    pub fn is_unmapped(&self) -> bool {
        self.own(Slot::Msg).is_some_and(is_notice)
    }

    /// How the record spells what a query may ask for. A message is spelled as what its text was read from.
    pub fn spelled(&self) -> Spelled {
        let mut spelled = Spelled::default();
        for (place, slot) in spelled.0.iter_mut().zip(SPELLED) {
            if slot != Slot::Msg || !self.is_unmapped() {
                *place = match self {
                    Slots::Projected { row, table } => table.spelling(row, slot).map_or(0, |s| s.code),
                    Slots::Parsed { codes, .. } => codes[slot as usize],
                };
            }
        }
        spelled
    }

    #[inline(always)]
    fn own(&self, slot: Slot) -> Option<SlotValue<'a>> {
        match self {
            Slots::Projected { row, .. } => row.raw(slot as usize).map(SlotValue::Projected),
            Slots::Parsed { values, .. } => values[slot as usize].map(SlotValue::Parsed),
        }
    }

    #[inline]
    pub fn has(&self, slot: Slot) -> bool {
        self.raw(slot).is_some()
    }

    /// The decoded text of a slot, empty when the field is absent.
    pub fn text(&self, slot: Slot) -> Cow<'a, str> {
        self.raw(slot).map_or(Cow::Borrowed(""), |value| value.text())
    }

    /// The slot's text equals this (undecoded bytes suffice, as no such value has escapes).
    #[inline]
    pub fn is(&self, slot: Slot, text: &str) -> bool {
        self.raw(slot).is_some_and(|raw| short::same(raw.bytes(), text.as_bytes()))
    }

    /// What stands before the application's own field names (`log.`, `message.`, or nothing).
    pub fn prefix(&self) -> &str {
        match self {
            Slots::Projected { row, table } => {
                let named = [Slot::Action, Slot::Error, Slot::Level, Slot::Secret, Slot::RequestTransforms];
                named.iter().find_map(|slot| table.spelling(row, *slot)).map_or("", |s| s.prefix)
            }
            Slots::Parsed { prefix, .. } => prefix,
        }
    }

    /// The audit fields carry their `audit.` part.
    pub fn audit_prefixed(&self) -> bool {
        match self {
            Slots::Projected { row, table } => table.spelling(row, Slot::Status).is_some_and(|s| s.audit),
            Slots::Parsed { audit, .. } => *audit,
        }
    }
}

/// What stands before the name of a field that every line of the proxy has, or that a failed fetch or mint has. Names
/// of the collector's own, and of writers that nest their fields themselves, are no such prefix.
fn nested(name: &str) -> Option<&str> {
    const NAMES: [&str; 6] = ["level", "error", "reason", "secret", "retry_in", "grant"];
    const OTHERS: [&str; 6] = ["kubernetes", "k8s", "fields", "span", "label", "labels"];
    let (prefix, last) = name.rsplit_once('.')?;
    let first = prefix.split('.').next().unwrap_or_default();
    let own = NAMES.contains(&last) && !OTHERS.contains(&first) && !first.starts_with('_');
    own.then(|| &name[..=prefix.len()])
}

/// Label keys keep dots and slashes in one collector and lose them in another.
fn label_slot(name: &str) -> Option<Slot> {
    if name.ends_with("/sandbox-id") || name.ends_with("_sandbox-id") || name.ends_with("/sandbox_id") {
        return Some(Slot::Sandbox);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::kernel::Kernel;
    use crate::record::parse;
    use crate::record::rows::Scanner;

    /// The slot's text, from a whole parse and, unless the prefix is an unknown one, from the projection.
    fn read(line: &str, slot: Slot) -> String {
        let record = parse(line.as_bytes()).expect("a record");
        let whole = Slots::of(&record).text(slot).into_owned();
        let table = Table::default();
        let mut projected = String::new();
        Scanner::new(&table.projection, Kernel::best()).chunk(0, line.as_bytes(), |_, row| {
            let row = row.expect("a row");
            projected = Slots::Projected { row, table: &table }.text(slot).into_owned();
        });
        assert!(projected == whole || line.contains("app."), "{line}: {projected} {whole}");
        whole
    }

    #[test]
    fn every_spelling_finds_its_slot() {
        for (slot, names) in SPELLINGS {
            for name in *names {
                assert_eq!(read(&format!(r#"{{"{name}":"x"}}"#), *slot), "x", "{name}");
            }
        }
    }

    #[test]
    fn prefixes_are_peeled() {
        let line = r#"{"kubernetes.pod_name":"p","log.audit.status_code":"403","log.level":"WARN","log.rejected_by":"allowlist"}"#;
        assert_eq!(read(line, Slot::Status), "403");
        assert_eq!(read(line, Slot::RejectedBy), "allowlist");
        assert_eq!(read(line, Slot::Pod), "p");
        let other = r#"{"app.audit.action":"reject","app.rejected_by":"ready"}"#;
        assert_eq!(read(other, Slot::Action), "reject");
        assert_eq!(read(other, Slot::RejectedBy), "ready");
    }

    #[test]
    fn lines_without_an_audit_field_have_prefixes_too() {
        for prefix in ["app.", "json.", "data.", "a.b."] {
            let line = format!(
                r#"{{"_msg":"oauth_token mint failed","kubernetes.labels.error":"no","{prefix}reason":"invalid_grant","{prefix}error":"x"}}"#
            );
            let record = parse(line.as_bytes()).expect("a record");
            let slots = Slots::of(&record);
            assert_eq!((&*slots.text(Slot::Reason), &*slots.text(Slot::Error)), ("invalid_grant", "x"), "{prefix}");
            assert_eq!(slots.prefix(), prefix);
        }
        let record = parse(br#"{"fields.error":"x","kubernetes.labels.secret":"y"}"#).expect("a record");
        assert!(!Slots::of(&record).has(Slot::Secret));
    }

    #[test]
    fn the_stores_notice_is_no_message() {
        let notice = "missing _msg field; see https://docs.example/#message-field";
        for name in ["message", "log", "msg", "fields.message", "log.message"] {
            assert_eq!(read(&format!(r#"{{"_msg":"{notice}","{name}":"x"}}"#), Slot::Msg), "x", "{name}");
        }
        assert_eq!(read(&format!(r#"{{"_msg":"{notice}"}}"#), Slot::Msg), notice);
        assert_eq!(read(r#"{"_msg":"said","message":"x"}"#, Slot::Msg), "said");
    }

    #[test]
    fn a_slot_keeps_the_name_that_the_record_has_for_it() {
        let line = r#"{"_msg":"request","pod":"p","log.audit.rejected_by":"secrets","log.audit.status_code":"403"}"#;
        let record = parse(line.as_bytes()).expect("a record");
        let table = Table::default();
        let mut all = vec![Slots::of(&record).spelled()];
        Scanner::new(&table.projection, Kernel::best()).chunk(0, line.as_bytes(), |_, row| {
            all.push(Slots::Projected { row: row.expect("a row"), table: &table }.spelled());
        });
        for spelled in all {
            let name = |slot| spelled.name(slot, "log.");
            assert_eq!(name(Slot::Pod).as_deref(), Some("pod"));
            assert_eq!(name(Slot::RejectedBy).as_deref(), Some("log.audit.rejected_by"));
            assert_eq!(name(Slot::Msg).as_deref(), Some("_msg"));
            assert_eq!(name(Slot::Error), None);
        }
    }

    #[test]
    fn audit_fields_beat_bare_ones() {
        assert_eq!(read(r#"{"host":"node","audit.host":"api.x.example"}"#, Slot::Host), "api.x.example");
    }
}
