//! `seq(a, "b c")`: phrases in this order, not overlapping.

use super::phrase::Phrase;
use super::{FilterSpec, Form, Test, on_field};
use crate::logsql::names::print_word;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["seq"],
    form: Form::Function,
    example: r#"seq("login failed", user, from)"#,
    help: "the words or phrases occur in this order",
    parse: |parser, field| {
        let phrases = parser.args()?.into_iter().map(|a| Phrase::new(a.text)).collect();
        Ok(on_field(field, Seq { phrases }))
    },
};

#[derive(Debug)]
struct Seq {
    phrases: Vec<Phrase>,
}

impl Test for Seq {
    fn print(&self, out: &mut String) {
        out.push_str("seq(");
        for (i, phrase) in self.phrases.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            print_word(phrase.text(), out);
        }
        out.push(')');
    }

    fn test(&self, value: &str) -> bool {
        let mut at = 0;
        self.phrases.iter().filter(|p| !p.text().is_empty()).all(|phrase| match phrase.find(value, at) {
            Some(end) => {
                at = end;
                true
            }
            None => false,
        })
    }

    fn cost(&self) -> u32 {
        20
    }
}
