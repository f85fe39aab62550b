//! Which literal every matching line must hold: what [`Needle`] looks for before any parsing.

use crate::logsql::ast::Expr;
use crate::record::{Needle, longest_run};

/// The needle of a filter: the longest run of a mandatory text.
pub fn of(filter: &Expr) -> Option<Needle> {
    let parts = match filter {
        Expr::And(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut best = "";
    for part in parts {
        let Expr::Leaf(leaf) = part else { continue };
        // Times are rewritten on the way in, so their text may not stand in the line.
        if let Some(literal) = leaf.literal().filter(|l| l.field != "_time") {
            let run = longest_run(literal.text);
            if run.len() > best.len() {
                best = run;
            }
        }
    }
    Needle::new(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::parse::Options;

    #[test]
    fn the_longest_safe_run_of_what_is_mandatory() {
        let needle = |filter: &str| {
            let filter = Expr::parse(filter, Options::default()).expect(filter);
            of(&filter).map(|n| n.text().to_owned())
        };
        assert_eq!(needle("error pod:=\"api-proxy-1\"").as_deref(), Some("api-proxy-1"));
        assert_eq!(needle("\"failed to fetch\"").as_deref(), Some("failed"));
        for none in ["*", "foo", "error or failed", "!failed", "_time:=\"2025-07-04T08:00:00Z\""] {
            assert_eq!(needle(none), None, "{none}");
        }
    }
}
