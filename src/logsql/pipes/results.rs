//! How extracted values meet the values that are there: `keep_original_fields`, `skip_empty_results`.

use crate::logsql::batch::Row;
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

    pub fn set(self, row: &mut Row, name: &str, value: String) {
        let kept = self.keep_original_fields && !row.get(name).is_empty();
        if !kept && !(self.skip_empty_results && value.is_empty()) {
            row.set(name, value);
        }
    }
}
