//! `foo*`, `"foo bar"*`: a word or phrase begins with the text. `field:*` is "not empty".

use super::phrase::Bounds;
use super::{Filter, FilterSpec, Form, OnField, Place, Test, on_field};
use crate::logsql::ast::Expr;
use crate::logsql::names::print_word;
use crate::logsql::plan::mandatory::Mandatory;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["prefix*"],
    form: Form::Bare,
    example: "kubernetes.pod_name:centaur-api-proxy-*",
    help: "a word or phrase begins with the text; `field:*` is not empty",
    parse: |parser, field| parser.generic(field),
};

/// The filter of a prefix. The empty prefix asks for any value that is not empty.
pub fn filter(field: &str, prefix: String) -> Expr {
    on_field(field, Prefix::new(prefix))
}

/// Whether a filter is `_msg:*`, which is also written `*`.
pub fn is_star(filter: &dyn Filter) -> bool {
    let on_field = filter.as_any().downcast_ref::<OnField<Prefix>>();
    on_field.is_some_and(|f| f.field == "_msg" && f.test.text.is_empty())
}

/// A prefix, ready to be searched for.
#[derive(Debug, Clone)]
pub struct Prefix {
    text: String,
    mandatory: Mandatory,
    bounds: Bounds,
}

impl Prefix {
    pub fn new(text: String) -> Prefix {
        let bounds = Bounds { right: false, ..Bounds::of(&text) };
        Prefix { mandatory: Mandatory::new(&text), bounds, text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_in(&self, value: &str) -> bool {
        if self.text.is_empty() {
            return !value.is_empty();
        }
        let mut at = 0;
        while let Some(hit) = self.mandatory.find(&value.as_bytes()[at..]) {
            let start = at + hit;
            if self.bounds.hold(value, start, start + self.text.len()) {
                return true;
            }
            at = start + value[start..].chars().next().map_or(1, char::len_utf8);
        }
        false
    }
}

impl Test for Prefix {
    fn print(&self, out: &mut String) {
        if !self.text.is_empty() {
            print_word(&self.text, out);
        }
        out.push('*');
    }

    fn test(&self, value: &str) -> bool {
        self.is_in(value)
    }

    fn cost(&self) -> u32 {
        if self.text.is_empty() { 1 } else { 10 }
    }

    fn literal(&self) -> Option<(&str, Place)> {
        (!self.text.is_empty()).then_some((&self.text, Place::Anywhere))
    }

    fn accepts_raw(&self, raw: &[u8]) -> bool {
        // Comparing nothing is slow where the nothing is at no address, see `Table::add` of the counter.
        if self.text.is_empty() {
            return !raw.is_empty();
        }
        // Nothing stands before the beginning of a value, and a plain text in front is not part of an escape.
        self.mandatory.is_plain() && raw.starts_with(self.text.as_bytes())
    }

    fn rejects_raw(&self, raw: &[u8]) -> bool {
        !self.text.is_empty() && self.mandatory.is_absent(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::Prefix;

    #[test]
    fn only_the_left_end_is_checked() {
        let hit = |prefix: &str, value: &str| Prefix::new(prefix.to_owned()).is_in(value);
        assert!(hit("foo", "a foobar") && !hit("foo", "xfoobar") && hit("-foo", "x-foo"));
        assert!(hit("centaur-api-proxy-", "x-centaur-api-proxy-1"));
        assert!(hit("", "x") && !hit("", ""));
    }
}
