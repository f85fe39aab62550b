//! `rename a as b, p* as q*` and `copy …`: fields under other names, one pair after the other.

use super::PipeSpec;
use super::per_row::{RowPipe, per_row};
use crate::logsql::batch::Row;
use crate::logsql::names::Pattern;
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use crate::logsql::parse::{Parsed, Parser};

pub static RENAME: PipeSpec = PipeSpec {
    names: &["rename", "mv"],
    words: &["as"],
    example: "* | rename k as key, audit.* as a.*",
    help: "give fields other names; a missing field empties its target",
    parse: |parser| Ok(per_row(Rename { keep: false, pairs: pairs(parser)? })),
};

pub static COPY: PipeSpec = PipeSpec {
    names: &["copy", "cp"],
    words: &["as"],
    example: "* | copy k as key",
    help: "copy fields to other names; a missing field empties its target",
    parse: |parser| Ok(per_row(Rename { keep: true, pairs: pairs(parser)? })),
};

/// One pass over the row per pair.
#[derive(Debug, Clone)]
pub struct Rename {
    /// `copy`: the source stays.
    pub keep: bool,
    pub pairs: Vec<(Pattern, Pattern)>,
}

fn pairs(parser: &mut Parser) -> Parsed<Vec<(Pattern, Pattern)>> {
    let mut pairs = Vec::new();
    loop {
        let from = parser.pattern()?;
        parser.eat("as");
        pairs.push((from, parser.pattern()?));
        if parser.at_pipe_end() {
            return Ok(pairs);
        }
        parser.expect(",", "between names")?;
    }
}

/// The name that a matching field gets.
pub fn target(from: &Pattern, to: &Pattern, name: &str) -> String {
    match (from, to) {
        (Pattern::Prefix(from), Pattern::Prefix(to)) => format!("{to}{}", &name[from.len()..]),
        (_, Pattern::Name(to)) => to.clone(),
        (Pattern::Name(_), Pattern::Prefix(to)) => format!("{to}*"),
    }
}

/// The name that a field got its name from.
fn source(from: &Pattern, to: &Pattern, name: &str) -> Option<String> {
    match (from, to) {
        (Pattern::Prefix(from), Pattern::Prefix(to)) => Some(format!("{from}{}", name.strip_prefix(to.as_str())?)),
        (Pattern::Name(from) | Pattern::Prefix(from), _) => {
            (target(&Pattern::Name(from.clone()), to, from) == name).then(|| from.clone())
        }
    }
}

impl Rename {
    fn one(&self, from: &Pattern, to: &Pattern, row: &mut Row) {
        if from == to {
            return;
        }
        if let (Pattern::Name(from), Pattern::Name(to)) = (from, to) {
            if self.keep {
                let value = row.get(from).to_owned();
                row.set(to, value);
            } else {
                row.rename(from, to);
            }
            return;
        }
        // A wildcard rebuilds the row: what already has a target's name goes.
        let mut out = Row::new();
        for (name, value) in row.iter() {
            if from.matches(name) {
                if self.keep {
                    out.set(name, value);
                }
                out.set(&target(from, to, name), value);
            } else if !to.matches(name) {
                out.set(name, value);
            }
        }
        if out.get("_time") == row.get("_time") {
            out.set_time(crate::logsql::batch::Fields::time(row));
        }
        *row = out;
    }
}

impl RowPipe for Rename {
    fn print(&self, out: &mut String) {
        out.push_str(if self.keep { "copy " } else { "rename " });
        for (i, (from, to)) in self.pairs.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            from.print(out);
            out.push_str(" as ");
            to.print(out);
        }
    }

    fn needs(&self, needed: &mut Needed) {
        for (from, to) in self.pairs.iter().rev() {
            let wanted = needed.has_pattern(to);
            needed.remove_pattern(to);
            if wanted {
                needed.add_pattern(from);
            } else if !self.keep {
                needed.remove_pattern(from);
            }
        }
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        let mut names = vec![name.to_owned()];
        for (from, to) in self.pairs.iter().rev() {
            names = names.into_iter().map(|name| source(from, to, &name).unwrap_or(name)).collect();
        }
        names.into_iter().map(Origin::Field).collect()
    }

    fn keeps_time(&self) -> bool {
        !self.pairs.iter().any(|(from, to)| to.matches("_time") || (!self.keep && from.matches("_time")))
    }

    fn rewrite(&self, row: &mut Row) {
        for (from, to) in &self.pairs {
            self.one(from, to, row);
        }
    }
}
