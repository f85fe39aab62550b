//! `sum_len(a, b)`: total length of the values in bytes.

use super::StatsSpec;
use super::frame::{Over, State, fields, function};
use crate::logsql::batch::Fields;
use crate::logsql::pipes::Seq;
use crate::record::time::Nanos;

pub static SPEC: StatsSpec = StatsSpec {
    names: &["sum_len"],
    example: "* | stats sum_len(_msg) as bytes",
    help: "total length of the values in bytes",
    parse: |parser| Ok(function(Over::<Length>::new("sum_len", fields(parser)?))),
};

/// The store counts the time column with this length, whatever its text.
const TIME_LEN: u64 = 35;

#[derive(Debug)]
pub struct Length(u64);

impl State<Over<Length>> for Length {
    fn new(_args: &Over<Length>, _range: (Nanos, Nanos)) -> Self {
        Length(0)
    }

    fn observe(&mut self, args: &Over<Length>, row: &dyn Fields, _seq: Seq) {
        let is_column = row.time().is_some();
        args.fields.each(row, &mut |name, value| {
            self.0 += if is_column && name == "_time" { TIME_LEN } else { value.len() as u64 };
        });
    }

    fn merge(&mut self, _args: &Over<Length>, other: Self) {
        self.0 += other.0;
    }

    fn finish(self, _args: &Over<Length>) -> String {
        self.0.to_string()
    }
}
