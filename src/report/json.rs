//! The report as JSON: the model as it is, two spaces of indent, one line end.

use super::model::Report;

pub fn render(report: &Report) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(report).expect("a report holds nothing that JSON cannot say");
    bytes.push(b'\n');
    bytes
}
