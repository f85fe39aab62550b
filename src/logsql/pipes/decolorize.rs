//! `decolorize [field]`: removes ANSI control sequences: colours, and whatever else a terminal was told.

use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["decolorize"],
    words: &[],
    example: "* | decolorize",
    help: "remove ANSI colour and control sequences from a field",
    parse,
};

/// Drops every `ESC [ …`.
#[derive(Debug, Clone)]
pub struct Decolorize {
    field: String,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let field = if parser.at_pipe_end() { "_msg".into() } else { parser.field_name()? };
    Ok(per_row(Decolorize { field }))
}

/// The text without control sequences: `ESC [`, parameters, intermediate characters and a final one (ECMA-48 5.4). Of a
/// broken one goes what there is.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once("\x1b[") {
        out.push_str(before);
        let body =
            sequence.trim_start_matches(|c| matches!(c, '0'..='?')).trim_start_matches(|c| matches!(c, ' '..='/'));
        rest = body.strip_prefix(|c| matches!(c, '0'..='~')).unwrap_or(body);
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

    fn columns(&self, before: Columns) -> Columns {
        before
    }

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
    fn control_sequences_go() {
        for (text, want) in [
            ("\x1b[1;31merr\x1b[0m \x1b[2K\x1b[m.", "err ."),
            ("foo\x1b[2Jbar", "foobar"),
            ("\x1b[Kx", "x"),
            ("\x1b[?25lx", "x"),
            ("\x1b[38:5:1m\x1b[0 qx", "x"),
            ("x\x1b[", "x"),
            ("x\x1b[12", "x"),
            ("x\x1b[1тест", "xтест"),
            ("\x1b[\x1b[1my", "y"),
            // No sequence of this kind.
            ("\x1b]0;title\x07 \x1b(B[1m", "\x1b]0;title\x07 \x1b(B[1m"),
        ] {
            assert_eq!(super::plain(text), want, "{text:?}");
        }
    }
}
