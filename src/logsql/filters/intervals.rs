//! `string_range(a, b)`, `len_range(a, b)`, `ipv4_range(a, b)`: other orders than that of numbers.

use super::{FilterSpec, Form, Test, on_field};
use crate::logsql::ast::Expr;
use crate::logsql::names::print_word;
use crate::logsql::number::{self, ipv4, print_ipv4};
use crate::logsql::parse::{Arg, Parsed, Parser};

pub static STRING: FilterSpec = FilterSpec {
    names: &["string_range"],
    form: Form::Function,
    example: "user:string_range(a, n)",
    help: "the value sorts at or after the first text and before the second, as bytes",
    parse: |parser, field| {
        let [from, to] = parser.args_of::<2>("string_range")?;
        Ok(on_field(field, Strings { from: from.text, to: to.text }))
    },
};

pub static LEN: FilterSpec = FilterSpec {
    names: &["len_range"],
    form: Form::Function,
    example: "len_range(1000, inf)",
    help: "the number of characters (code points) of the value, both bounds included",
    parse: |parser, field| {
        let mark = parser.mark();
        let args = parser.args_of::<2>("len_range")?;
        let [min, max] = [length(parser, mark, &args[0])?, length(parser, mark, &args[1])?];
        let [a, b] = args.map(|a| a.text);
        Ok(on_field(field, Length { min, max, text: format!("len_range({a}, {b})") }))
    },
};

pub static IPV4: FilterSpec = FilterSpec {
    names: &["ipv4_range"],
    form: Form::Function,
    example: r#"audit.src_ip:ipv4_range("10.0.0.0/8")"#,
    help: "the value is an IPv4 address in the range or network",
    parse: addresses,
};

#[derive(Debug)]
struct Strings {
    from: String,
    to: String,
}

#[derive(Debug)]
struct Length {
    min: u64,
    max: u64,
    text: String,
}

#[derive(Debug)]
struct Addresses {
    min: u32,
    max: u32,
}

/// A length: a count, a size, `inf`. A negative count or size wraps around, so that as a lower bound nothing matches; a
/// negative duration is refused.
fn length(parser: &Parser, mark: usize, arg: &Arg) -> Parsed<u64> {
    if arg.text.eq_ignore_ascii_case("inf") || arg.text.eq_ignore_ascii_case("+inf") {
        return Ok(u64::MAX);
    }
    let negative = || number::plain_i64(&arg.text).or_else(|| number::bytes(&arg.text)).map(i64::cast_unsigned);
    number::unsigned(&arg.text).or_else(negative).ok_or_else(|| {
        let mut error = parser.error_since(mark, format!("`{}` is not a length", arg.text));
        error.span = arg.span.clone();
        error.expected("a number or `inf`")
    })
}

fn addresses(parser: &mut Parser, field: &str) -> Parsed<Expr> {
    let mark = parser.mark();
    let args = parser.args()?;
    let wrong = |arg: &Arg| {
        let mut error = parser.error_since(mark, format!("`{}` is not an IPv4 address", arg.text));
        error.span = arg.span.clone();
        error.expected("an address such as `10.0.0.1` or a network such as `10.0.0.0/8`")
    };
    let (min, max) = match args.as_slice() {
        [one] => network(&one.text).ok_or_else(|| wrong(one))?,
        [from, to] => (ipv4(&from.text).ok_or_else(|| wrong(from))?, ipv4(&to.text).ok_or_else(|| wrong(to))?),
        _ => {
            let message = format!("`ipv4_range` has {} arguments", args.len());
            return Err(parser.error_since(mark, message).expected("one or two arguments"));
        }
    };
    Ok(on_field(field, Addresses { min, max }))
}

/// A single address or a network; host bits are masked.
fn network(text: &str) -> Option<(u32, u32)> {
    let Some((address, bits)) = text.split_once('/') else { return ipv4(text).map(|a| (a, a)) };
    let bits: u32 = bits.parse().ok().filter(|b| *b <= 32)?;
    let hosts = u32::MAX.checked_shr(bits).unwrap_or(0);
    let address = ipv4(address)?;
    Some((address & !hosts, address | hosts))
}

impl Test for Strings {
    fn print(&self, out: &mut String) {
        out.push_str("string_range(");
        print_word(&self.from, out);
        out.push_str(", ");
        print_word(&self.to, out);
        out.push(')');
    }

    fn test(&self, value: &str) -> bool {
        self.from.as_str() <= value && value < self.to.as_str()
    }

    fn cost(&self) -> u32 {
        1
    }
}

impl Test for Length {
    fn print(&self, out: &mut String) {
        out.push_str(&self.text);
    }

    fn test(&self, value: &str) -> bool {
        let len = value.chars().count() as u64;
        self.min <= len && len <= self.max
    }

    fn cost(&self) -> u32 {
        4
    }
}

impl Test for Addresses {
    fn print(&self, out: &mut String) {
        out.push_str(&format!("ipv4_range({}, {})", print_ipv4(self.min), print_ipv4(self.max)));
    }

    fn test(&self, value: &str) -> bool {
        ipv4(value).is_some_and(|a| self.min <= a && a <= self.max)
    }

    fn cost(&self) -> u32 {
        3
    }
}
