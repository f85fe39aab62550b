//! `count_empty(a, b)`: rows where all of the fields are empty.

use super::StatsSpec;
use super::frame::{Over, State, fields, function};
use crate::logsql::batch::Fields;
use crate::logsql::pipes::Seq;
use crate::record::time::Nanos;

pub static SPEC: StatsSpec = StatsSpec {
    names: &["count_empty"],
    example: "* | stats count_empty(user) as anonymous",
    help: "rows where all of the fields are empty",
    parse: |parser| Ok(function(Over::<Empty>::new("count_empty", fields(parser)?))),
};

#[derive(Debug)]
pub struct Empty(u64);

impl State<Over<Empty>> for Empty {
    fn new(_args: &Over<Empty>, _range: (Nanos, Nanos)) -> Self {
        Empty(0)
    }

    fn observe(&mut self, args: &Over<Empty>, row: &dyn Fields, _seq: Seq) {
        let mut empty = true;
        args.fields.each(row, &mut |_, value| empty &= value.is_empty());
        self.0 += u64::from(empty);
    }

    fn merge(&mut self, _args: &Over<Empty>, other: Self) {
        self.0 += other.0;
    }

    fn finish(self, _args: &Over<Empty>) -> String {
        self.0.to_string()
    }
}
