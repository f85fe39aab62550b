//! The account of one input: what was found out about it by whoever worked on it, and its summary in the end.

use super::layout::{self, Codec, Layout};
use super::source::Stamp;
use super::{Input, Summary};

/// What happened to an input; the order of the parts of `damage` is by offset.
#[derive(Default, Clone)]
pub struct Account {
    pub stamp: Option<Stamp>,
    pub stored: u64,
    pub format: Option<&'static str>,
    pub digest: String,
    pub damage: Vec<(u64, String)>,
    pub is_torn: bool,
}

impl Account {
    /// What is told of an input. `looks` says whether it is looked at again, for what changed meanwhile.
    pub fn summary(self, input: &Input, lines: u64, looks: bool) -> Summary {
        let mut damage = self.damage;
        if let Some(change) = self.stamp.filter(|_| looks).and_then(|stamp| stamp.difference(&input.path)) {
            damage.push((u64::MAX, change));
        }
        damage.sort();
        damage.dedup();
        Summary {
            name: input.name.clone(),
            digest: self.digest,
            bytes: self.stamp.map_or(self.stored, |stamp| stamp.bytes.max(self.stored)),
            lines,
            format: self.format.unwrap_or(layout::word(Layout::Unknown, Codec::Plain)),
            damage: damage.into_iter().map(|(_, text)| text).collect(),
            has_shrunk: self.is_torn || self.stamp.is_some_and(|stamp| stamp.has_shrunk(&input.path)),
        }
    }
}
