//! `decolorize [field]`: removes ANSI colour sequences.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["decolorize"],
    example: "* | decolorize",
    help: "remove ANSI colour sequences from a field",
    parse,
};

/// Drops every `ESC [ … m`.
#[derive(Debug, Clone)]
pub struct Decolorize {
    field: String,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let field = if parser.at_pipe_end() { "_msg".into() } else { parser.field_name()? };
    Ok(per_row(Decolorize { field }))
}

/// The text without colour sequences.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(n) = rest.find("\x1b[") {
        let (before, sequence) = rest.split_at(n);
        out.push_str(before);
        let body = &sequence[2..];
        let end = body.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':')).unwrap_or(body.len());
        if body[end..].starts_with('m') {
            rest = &body[end + 1..];
        } else {
            out.push_str(&sequence[..2]);
            rest = body;
        }
    }
    out.push_str(rest);
    out
}

impl RowPipe for Decolorize {
    fn print(&self, out: &mut String) {
        out.push_str("decolorize");
        if self.field != "_msg" {
            out.push(' ');
            print_word(&self.field, out);
        }
    }

    fn needs(&self, _needed: &mut Needed) {}

    fn rewrite(&self, row: &mut Row) {
        let text = row.get(&self.field);
        if text.contains('\x1b') {
            let text = plain(text);
            row.set(&self.field, text);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_colours_go() {
        assert_eq!(super::plain("\x1b[1;31merr\x1b[0m \x1b[2K\x1b[m."), "err \x1b[2K.");
        assert_eq!(super::plain("\x1b["), "\x1b[");
    }
}
