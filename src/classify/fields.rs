//! The fields that classification reads, and every spelling of them that collectors produce.
//!
//! A record is recognised by its shape: the application's JSON may sit at the root, under `log.` or `message.`, or under
//! any other prefix that ends where `audit.` begins; the OTLP export drops `audit.` altogether; pod, node, container and
//! label names differ per collector.

use crate::record::{Raw, Record};
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
    Msg: "_msg";
    Level: "level";
    Service: "service";
    Container: "kubernetes.container_name" | "container_name" | "kubernetes.container.name" | "k8s.container.name" | "container";
    Pod: "kubernetes.pod_name" | "pod_name" | "kubernetes.pod.name" | "k8s.pod.name" | "pod";
    Node: "kubernetes.host" | "kubernetes.node_name" | "kubernetes.pod_node_name" | "kubernetes.node.name" | "k8s.node.name" | "node_name" | "node";
    Sandbox: "kubernetes.labels.centaur.ai/sandbox-id" | "kubernetes.pod_labels.centaur.ai/sandbox-id" | "fields.sandbox_id" | "sandbox_id";
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
    RequestTransforms: "request_transforms";
    ResponseTransforms: "response_transforms";
    RejectedBy: "rejected_by";
    StubbedBy: "stubbed_by";
    Error: "error";
    Secret: "secret";
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
}

/// Where a slot's value comes from: a prefixed spelling, and which of them it was.
#[derive(Debug, Clone, Default)]
pub struct Slots<'a> {
    values: Vec<Option<&'a Raw<'a>>>,
    /// What stands before the application's own field names (`log.`, `message.`, or nothing).
    pub prefix: &'a str,
    /// The audit fields carry their `audit.` part.
    pub audit_prefixed: bool,
}

const PREFIXES: [&str; 2] = ["log.", "message."];

impl<'a> Slots<'a> {
    /// Looks at every field of a record once. Of several spellings of one slot the first of the record wins, except that
    /// `audit.` spellings and the root beat the rest.
    pub fn of(record: &'a Record<'a>) -> Slots<'a> {
        let mut slots = Slots { values: vec![None; SLOTS], prefix: "", audit_prefixed: false };
        for field in record.fields() {
            slots.take(&field.name, &field.value);
        }
        slots
    }

    fn take(&mut self, name: &'a str, value: &'a Raw<'a>) {
        let bare = self.bare(name);
        if let Some(slot) = slot_of(bare).or_else(|| label_slot(bare)) {
            let audit = bare.starts_with("audit.");
            self.audit_prefixed |= audit;
            let place = &mut self.values[slot as usize];
            if place.is_none() || audit {
                *place = Some(value);
            }
        }
    }

    fn bare(&mut self, name: &'a str) -> &'a str {
        for prefix in PREFIXES {
            if let Some(rest) = name.strip_prefix(prefix) {
                self.prefix = &name[..prefix.len()];
                return rest;
            }
        }
        match name.find(".audit.") {
            Some(at) => {
                self.prefix = &name[..=at];
                &name[at + 1..]
            }
            None if !self.prefix.is_empty() => name.strip_prefix(self.prefix).unwrap_or(name),
            None => name,
        }
    }

    pub fn raw(&self, slot: Slot) -> Option<&'a Raw<'a>> {
        self.values.get(slot as usize).copied().flatten()
    }

    pub fn has(&self, slot: Slot) -> bool {
        self.raw(slot).is_some()
    }

    /// The decoded text of a slot, empty when the field is absent.
    pub fn text(&self, slot: Slot) -> Cow<'a, str> {
        self.raw(slot).map_or(Cow::Borrowed(""), Raw::text)
    }

    /// The slot's text equals this (undecoded bytes suffice, as no such value has escapes).
    pub fn is(&self, slot: Slot, text: &str) -> bool {
        self.raw(slot).is_some_and(|raw| raw.bytes() == text.as_bytes())
    }
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
    use crate::record::parse;

    fn read(line: &str, slot: Slot) -> String {
        let record = parse(line.as_bytes()).expect("a record");
        Slots::of(&record).text(slot).into_owned()
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
    fn audit_fields_beat_bare_ones() {
        assert_eq!(read(r#"{"host":"node","audit.host":"api.x.example"}"#, Slot::Host), "api.x.example");
    }
}
