//! How extracted values meet the values that are there: `keep_original_fields`, `skip_empty_results`.

use super::condition::Condition;
use crate::logsql::batch::Row;
use crate::logsql::names::Pattern;
use crate::logsql::needed::Needed;
use crate::logsql::parse::Parser;

/// The two options. Without them a result overwrites, even an empty one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Results {
    /// An existing value that is not empty wins.
    pub keep_original_fields: bool,
    /// An empty result does not overwrite.
    pub skip_empty_results: bool,
}

impl Results {
    pub fn parse(parser: &mut Parser) -> Results {
        let keep_original_fields = parser.eat("keep_original_fields");
        let skip_empty_results = !keep_original_fields && parser.eat("skip_empty_results");
        Results { keep_original_fields, skip_empty_results }
    }

    pub fn print(self, out: &mut String) {
        if self.keep_original_fields {
            out.push_str(" keep_original_fields");
        }
        if self.skip_empty_results {
            out.push_str(" skip_empty_results");
        }
    }

    /// Whether a result always replaces what is there.
    pub fn overwrites(self) -> bool {
        self == Results::default()
    }

    /// What a pipe needs that sets some fields (no list is all) out of one. As in the store, a condition is no reason to
    /// keep what the rows without it have in those fields.
    pub fn needs(self, needed: &mut Needed, results: &[Pattern], from: &str, condition: &Condition) {
        if needed.is_nothing() {
            condition.needs(needed);
            return;
        }
        let wanted = results.is_empty() || results.iter().any(|field| needed.has_pattern(field));
        if self.overwrites() {
            let names = results.iter().filter(|field| matches!(field, Pattern::Name(_)));
            names.for_each(|field| needed.remove_pattern(field));
        }
        if wanted {
            needed.add(from);
            condition.needs(needed);
        }
    }

    /// Whether what [`Results::needs`] asks for may be too little.
    pub fn loses_fields(self, condition: &Condition) -> bool {
        condition.0.is_some() && self.overwrites()
    }

    pub fn set(self, row: &mut Row, name: &str, value: String) {
        let kept = self.keep_original_fields && !row.get(name).is_empty();
        let skipped = self.skip_empty_results && value.is_empty();
        if !kept && !skipped {
            row.set(name, value);
        }
    }
}
