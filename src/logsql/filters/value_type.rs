//! `value_type(t)`: how the store keeps the column. Storage internals, which a dump does not hold.
//!
//! The store types whole blocks of rows. The one layout that is a function of the row alone is a block per row, where
//! every present value is a constant column; that is the answer given.

use super::{FilterSpec, Form, Test, on_field};
use crate::logsql::names::print_word;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["value_type"],
    form: Form::Function,
    example: "level:value_type(const)",
    help: "storage type of the column; answered as for blocks of one row, where every value is `const`",
    parse: |parser, field| {
        let [kind] = parser.args_of::<1>("value_type")?;
        Ok(on_field(field, ValueType { kind: kind.text }))
    },
};

#[derive(Debug)]
struct ValueType {
    kind: String,
}

impl Test for ValueType {
    fn print(&self, out: &mut String) {
        out.push_str("value_type(");
        print_word(&self.kind, out);
        out.push(')');
    }

    fn test(&self, value: &str) -> bool {
        !value.is_empty() && self.kind == "const"
    }
}
