//! Successes, which are kept as counts by what tells them apart.

use super::row::attached_of;
use crate::classify::notebook::Notebook;
use crate::classify::outcomes::Key;
use crate::classify::texts::joined;
use crate::classify::{Row, Slot};

/// Most rows are successes like others before: what tells them apart is compared undecoded, and decoded once. Says whether a
/// transform went on without a secret or a token.
pub(super) fn keep(row: &Row<'_>, notes: &mut Notebook) -> bool {
    let told = notes.traces.of(row.slots.raw(Slot::RequestTransforms).map_or(b"", |value| value.bytes()));
    let mut raw = std::mem::take(&mut notes.raw_key);
    raw.clear();
    let (lacks_credential, comparable) = (told.lacks_credential, raw_key(row, &told.names, &mut raw).is_some());
    match notes.raw_keys.get(raw.as_slice()).filter(|_| comparable) {
        Some(key) => notes.outcomes.push_known(*key, row.at, row.locator),
        None => {
            let key = success_key(row, notes);
            let key = notes.outcomes.push(key, row.at, row.locator);
            if comparable {
                notes.raw_keys.insert(raw.as_slice().into(), key);
            }
        }
    }
    notes.raw_key = raw;
    lacks_credential
}

const KEY_SLOTS: [Slot; 4] = [Slot::Host, Slot::Pod, Slot::Node, Slot::Sandbox];

/// Writes the undecoded texts that make a success's key, and the names that its traces tell; `None` where they do not say it
/// by themselves.
fn raw_key(row: &Row<'_>, names: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let is_decoded = |slot| row.slots.raw(slot).is_some_and(|value| value.is_decoded());
    if is_decoded(Slot::RequestTransforms) {
        return None;
    }
    for slot in KEY_SLOTS.into_iter().chain([Slot::McpInjected]) {
        if is_decoded(slot) {
            return None;
        }
        let bytes = row.slots.raw(slot).map_or(&b""[..], |value| value.bytes());
        out.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_le_bytes());
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(names);
    Some(())
}

fn success_key(row: &Row<'_>, notes: &mut Notebook) -> Key {
    let (traces, _) = attached_of(row);
    let names = joined(traces.attached.iter().map(|a| a.name.as_str()));
    let [host, pod, node, sandbox] = KEY_SLOTS.map(|slot| row.text(slot));
    let host = notes.host(&host);
    let s = &mut notes.symbols;
    Key { host, pod: s.some(&pod), node: s.some(&node), sandbox: s.some(&sandbox), names: s.some(&names) }
}
