//! `histogram(x)`: hits per range of values, 18 ranges a decade.

use super::frame::{Args, State, function};
use super::{StatsFunc, StatsSpec};
use crate::logsql::batch::Fields;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::logsql::values::vmrange;
use crate::record::time::Nanos;
use std::sync::Arc;

pub static SPEC: StatsSpec = StatsSpec {
    names: &["histogram"],
    example: "* | stats histogram(duration_ms) as buckets",
    help: "hits per range of values, as a JSON array of vmrange buckets",
    parse,
};

#[derive(Debug, Clone)]
pub struct Histogram {
    field: String,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn StatsFunc>> {
    let mark = parser.mark();
    let [field] = <[String; 1]>::try_from(parser.names_in_parens()?)
        .map_err(|_| parser.error_since(mark, "`histogram` takes one field").expected("`histogram(field)`"))?;
    Ok(function(Histogram { field }))
}

impl Args for Histogram {
    type State = vmrange::Histogram;

    fn print(&self, out: &mut String) {
        out.push_str("histogram(");
        print_word(&self.field, out);
        out.push(')');
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add(&self.field);
    }
}

impl State<Histogram> for vmrange::Histogram {
    fn new(_args: &Histogram, _range: (Nanos, Nanos)) -> Self {
        vmrange::Histogram::default()
    }

    fn observe(&mut self, args: &Histogram, row: &dyn Fields, _seq: Seq) {
        if let Some(number) = number::amount(&row.get(&args.field)) {
            self.add(number);
        }
    }

    fn merge(&mut self, _args: &Histogram, other: Self) {
        vmrange::Histogram::merge(self, other);
    }

    fn finish(self, _args: &Histogram) -> String {
        self.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_instants_are_no_amounts() {
        let args = Histogram { field: "x".into() };
        let mut state = <vmrange::Histogram as State<Histogram>>::new(&args, (0, 0));
        for value in ["10.0.0.1", "2025-07-01T00:00:00Z", "1s", "5", "-"] {
            let row: crate::logsql::Row = [("x", value)].into_iter().collect();
            state.observe(&args, &row, Seq::default());
        }
        let json = State::<Histogram>::finish(state, &args);
        assert_eq!(json.matches("\"hits\":1").count(), 3, "{json}");
    }
}
