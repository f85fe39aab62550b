//! Pieces of grammar that several pipes share.

use crate::logsql::batch::Row;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::re2;

/// Compiles a regular expression that was read since `mark`.
pub fn regex(parser: &Parser, mark: usize, text: &str) -> Parsed<re2::Pattern> {
    re2::compile(text, false)
        .map_err(|why| parser.error_since(mark, format!("bad regular expression: {why}")).expected("RE2 syntax"))
}

/// `f` or `(f)`.
pub fn name_with_optional_parens(parser: &mut Parser) -> Parsed<String> {
    if !parser.eat("(") {
        return parser.field_name();
    }
    let name = parser.field_name()?;
    parser.expect(")", "after the field")?;
    Ok(name)
}

/// `as x`, or just `x`, when the pipe does not end here.
pub fn optional_as(parser: &mut Parser) -> Parsed<Option<String>> {
    if parser.eat("as") || !parser.at_pipe_end() { parser.field_name().map(Some) } else { Ok(None) }
}

/// `from f`, or just `f`, when neither the pipe ends here nor one of its own words follows; `_msg` otherwise.
pub fn optional_from(parser: &mut Parser, words: &[&str]) -> Parsed<String> {
    if parser.eat("from") || !(parser.at_pipe_end() || parser.is_any(words)) {
        return parser.field_name();
    }
    Ok("_msg".into())
}

/// A list of plain names, in parentheses or bare: `(a, b)`, `a, b`.
pub fn names(parser: &mut Parser) -> Parsed<Vec<String>> {
    if parser.is("(") {
        return parser.names_in_parens();
    }
    let mut names = vec![parser.field_name()?];
    while parser.eat(",") {
        names.push(parser.field_name()?);
    }
    Ok(names)
}

/// The by-list of `top` and `uniq`, in parentheses or bare. A bare list does not begin with a word of the pipe itself.
pub fn by_list(parser: &mut Parser, pipe: &str, words: &[&str]) -> Parsed<Vec<String>> {
    parser.eat("by");
    let names = if parser.is_any(words) || parser.at_pipe_end() { Vec::new() } else { names(parser)? };
    if names.is_empty() {
        return Err(parser.error(format!("no field in `{pipe}`")).expected("at least one field, in quotes if need be"));
    }
    Ok(names)
}

/// A number of any spelling (`2.7`, `1K`), no less than `least`; its whole part counts.
pub fn whole_part(parser: &mut Parser, what: &str, least: f64) -> Parsed<(u64, String)> {
    let mark = parser.mark();
    let text = parser.word(what)?;
    match number::full(&text).filter(|number| *number >= least) {
        Some(number) => Ok((number as u64, text)),
        None => Err(parser.error_since(mark, format!("`{text}` is not {what}")).expected(format!("{least} or more"))),
    }
}

/// `rank [as x]`; the default name is `rank`. Of the words that may follow, the store takes all but `limit` for a name.
pub fn rank(parser: &mut Parser) -> Parsed<Option<String>> {
    if !parser.eat("rank") {
        return Ok(None);
    }
    if parser.eat("as") && (parser.at_pipe_end() || parser.is("(")) {
        return Err(parser.error("no name after `rank as`").expected("a field name"));
    }
    if parser.at_pipe_end() || parser.is("limit") {
        return Ok(Some("rank".into()));
    }
    parser.field_name().map(Some)
}

/// Appends ` rank as x`, in its shortest form.
pub fn print_rank(rank: Option<&str>, out: &mut String) {
    if let Some(name) = rank {
        out.push_str(" rank");
        if name != "rank" {
            out.push_str(" as ");
            crate::logsql::names::print_word(name, out);
        }
    }
}

/// A name for a result that no field of `taken` has: an `s` is added until it is free.
pub fn free_name(name: &str, taken: &[String]) -> String {
    let mut name = name.to_owned();
    while taken.contains(&name) {
        name.push('s');
    }
    name
}

/// A number that only depends on what a row holds.
pub fn row_seed(row: &Row) -> u64 {
    let mut text = Vec::new();
    for (name, value) in row.iter() {
        text.extend_from_slice(&(name.len() as u64).to_le_bytes());
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(&(value.len() as u64).to_le_bytes());
        text.extend_from_slice(value.as_bytes());
    }
    xxhash_rust::xxh64::xxh64(&text, 0)
}
