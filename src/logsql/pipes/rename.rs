//! `rename a as b, p* as q*` and `copy …`: fields under other names, one pair after the other.

use super::PipeSpec;
use super::per_row::{RowPipe, per_row};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::Pattern;
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use crate::logsql::parse::{Parsed, Parser};

pub static RENAME: PipeSpec = PipeSpec {
    names: &["rename", "mv"],
    words: &["as"],
    example: "* | rename k as key, audit.* as a.*",
    help: "give fields other names; a missing field empties its target",
    parse: |parser| Ok(per_row(Rename { keep: false, pairs: pairs(parser)?, in_place: true })),
};

pub static COPY: PipeSpec = PipeSpec {
    names: &["copy", "cp"],
    words: &["as"],
    example: "* | copy k as key",
    help: "copy fields to other names; a missing field empties its target",
    parse: |parser| Ok(per_row(Rename { keep: true, pairs: pairs(parser)?, in_place: true })),
};

/// One pass over the row per pair.
#[derive(Debug, Clone)]
pub struct Rename {
    /// `copy`: the source stays.
    pub keep: bool,
    pub pairs: Vec<(Pattern, Pattern)>,
    /// A new name stands where the old one stood, or next to it; with the store it goes to the end.
    in_place: bool,
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
            } else if self.in_place {
                row.rename(from, to);
            } else {
                row.append_as(from, to);
            }
            return;
        }
        // A wildcard rebuilds the row: what already has a target's name goes.
        let (mut out, mut at_end) = (Row::new(), Vec::new());
        for (name, value) in row.iter() {
            if !from.matches(name) {
                if !to.matches(name) {
                    out.set(name, value);
                }
                continue;
            }
            if self.keep {
                out.set(name, value);
            }
            let target = target(from, to, name);
            if self.in_place { out.set(&target, value) } else { at_end.push((target, value)) }
        }
        at_end.into_iter().for_each(|(name, value)| out.set(&name, value));
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

    fn columns(&self, before: Columns) -> Columns {
        if before.names().is_none() {
            return Columns::Rows;
        }
        self.pairs.iter().fold(before, |columns, (from, to)| {
            let named = columns.names().into_iter().flatten().filter(|name| from.matches(name));
            let mut targets: Vec<String> = named.map(|name| target(from, to, name)).collect();
            if let (true, Pattern::Name(from)) = (targets.is_empty(), from) {
                targets.push(target(&Pattern::Name(from.clone()), to, from));
            }
            let left = if self.keep { columns } else { columns.without(|name| from.matches(name)) };
            left.with(targets.iter().map(String::as_str))
        })
    }

    fn keep_order(&mut self, shows: bool) {
        self.in_place = !shows;
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
