//! `count_uniq(a, b) [limit N]` and `count_uniq_hash(…)`: distinct tuples of values.

use super::frame::{Args, State, function, limit, print_call, print_limit, some_fields};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::names::{Pattern, Patterns};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::integer;
use crate::record::time::Nanos;
use hashbrown::HashSet;
use std::sync::Arc;

pub static EXACT: StatsSpec = StatsSpec {
    names: &["count_uniq"],
    example: "* | stats count_uniq(user) as users",
    help: "distinct tuples of values; the all-empty one does not count",
    parse: |parser| parse(parser, "count_uniq", false),
};

pub static HASH: StatsSpec = StatsSpec {
    names: &["count_uniq_hash"],
    example: "* | stats count_uniq_hash(user) as users",
    help: "like count_uniq, by 64-bit hashes: less memory, exact in all practice",
    parse: |parser| parse(parser, "count_uniq_hash", true),
};

#[derive(Debug, Clone)]
pub struct CountUniq {
    name: &'static str,
    hashed: bool,
    fields: Patterns,
    limit: u64,
}

fn parse(parser: &mut Parser, name: &'static str, hashed: bool) -> Parsed<Arc<dyn StatsFunc>> {
    let fields = some_fields(parser, name)?;
    Ok(function(CountUniq { name, hashed, fields, limit: limit(parser)? }))
}

impl Args for CountUniq {
    type State = Seen;

    fn print(&self, out: &mut String) {
        print_call(self.name, &self.fields, out);
        print_limit(self.limit, out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.needs(needed);
    }
}

/// The distinct keys so far. A limit only cuts the answer: the sets themselves must merge.
#[derive(Debug, Default)]
pub struct Seen {
    keys: HashSet<Box<[u8]>>,
    hashes: HashSet<u64>,
    buffer: Vec<u8>,
}

impl Seen {
    fn full(&self, limit: u64) -> bool {
        limit > 0 && (self.keys.len() + self.hashes.len()) as u64 >= limit
    }

    /// Writes the tuple's key; false when all of its values are empty. One field alone is counted as rows are grouped by
    /// it: an integer by its value.
    fn key(&mut self, fields: &Patterns, row: &dyn Fields) -> bool {
        self.buffer.clear();
        if let [Pattern::Name(name)] = &fields.0[..] {
            let value = integer::key(row.get(name));
            self.buffer.extend_from_slice(value.as_bytes());
            return !value.is_empty();
        }
        let mut any = false;
        let named = fields.0.iter().any(|f| matches!(f, Pattern::Prefix(_)));
        let buffer = &mut self.buffer;
        fields.each(row, &mut |name, value| {
            any |= !value.is_empty();
            for text in [if named { name } else { "" }, value] {
                buffer.extend_from_slice(&(text.len() as u64).to_le_bytes());
                buffer.extend_from_slice(text.as_bytes());
            }
        });
        any
    }
}

impl State<CountUniq> for Seen {
    fn new(_args: &CountUniq, _range: (Nanos, Nanos)) -> Self {
        Seen::default()
    }

    fn observe(&mut self, args: &CountUniq, row: &dyn Fields, _seq: Seq) {
        if self.full(args.limit) || !self.key(&args.fields, row) {
            return;
        }
        if args.hashed {
            self.hashes.insert(xxhash_rust::xxh64::xxh64(&self.buffer, 0));
        } else if !self.keys.contains(self.buffer.as_slice()) {
            self.keys.insert(self.buffer.as_slice().into());
        }
    }

    fn merge(&mut self, _args: &CountUniq, other: Self) {
        self.keys.extend(other.keys);
        self.hashes.extend(other.hashes);
    }

    fn finish(self, args: &CountUniq) -> String {
        let found = (self.keys.len() + self.hashes.len()) as u64;
        if args.limit > 0 { found.min(args.limit) } else { found }.to_string()
    }
}
