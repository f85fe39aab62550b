//! Where the text of an answer's field stood before the query moved it: `rename password as p` shows a password as `p`.
//!
//! Whoever masks what a name makes secret asks here, since the answer has lost the name.

use super::ast::Query;
use std::collections::BTreeSet;

/// Where the text of a field may have stood before a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Under this name, as a whole or among others.
    Field(String),
    /// In a longer text, behind this one.
    Behind(String),
}

/// Most names that are followed through a query: one of a person's has a few.
const NAMES_MAX: usize = 1000;

impl Query {
    /// Where the text of an output field may have stood in the evidence, in total order.
    pub fn origins(&self, name: &str) -> Vec<Origin> {
        let mut fields = BTreeSet::from([name.to_owned()]);
        let mut behind = BTreeSet::new();
        for pipe in self.pipes.iter().rev() {
            let mut before = BTreeSet::new();
            for origin in fields.iter().flat_map(|field| pipe.origins(field)) {
                match origin {
                    Origin::Field(field) => _ = before.insert(field),
                    behind_text @ Origin::Behind(_) => _ = behind.insert(behind_text),
                }
            }
            if before.len() > NAMES_MAX {
                break;
            }
            fields = before;
        }
        fields.into_iter().map(Origin::Field).chain(behind).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::Options;

    fn origins(pipes: &str, name: &str) -> String {
        let query = Query::parse(&format!("* | {pipes}"), Options::default()).expect("a query");
        let text = |origin: &Origin| match origin {
            Origin::Field(name) => name.clone(),
            Origin::Behind(text) => format!("behind {text:?}"),
        };
        query.origins(name).iter().map(text).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn names_are_followed_back() {
        for (pipes, name, want) in [
            ("fields p", "p", "p"),
            ("rename password as p", "p", "password"),
            ("rename password as p, p as q", "q", "password"),
            ("rename a* as b*", "bc", "ac"),
            ("copy password as p", "password", "password"),
            ("rename password as p | format \"<p> of <user>\" as z", "z", "password, user"),
            ("extract 'token=<k>&' from path", "k", "path, behind \"token=\""),
            ("extract_regexp 'Bearer (?P<t>.+)' from auth", "t", "auth, behind \"Bearer \""),
            ("unpack_words from a as b", "b", "a"),
            ("stats by (user) values(password) p", "p", "password"),
            ("stats by (user) values(password) p", "user", "user"),
            ("stats count(password) p", "p", "p"),
            ("stats max(token, cookie) m", "m", "cookie, token"),
            ("union (* | rename token as t)", "t", "t, token"),
            ("join by (a) (* | rename token as t) prefix x_", "x_t", "token, x_t"),
            ("sort by (p) | limit 3 | rename p as q", "q", "p"),
        ] {
            assert_eq!(origins(pipes, name), want, "{pipes}");
        }
    }
}
