//! `/select/logsql/query`: rows as JSON lines.

use super::{Call, Endpoint, StoreError};
use crate::logsql::Row;
use crate::logsql::exec::Tally;
use std::borrow::Cow;
use std::ops::ControlFlow;

pub static ENDPOINT: Endpoint =
    Endpoint { path: "/select/logsql/query", help: "rows, one JSON object per line", answer };

fn answer(call: &mut Call<'_>) -> Result<Tally, StoreError> {
    let request = call.request.query_args()?.request(call.clock)?;
    call.show.answers(&request.query);
    let (show, out) = (&mut *call.show, &mut *call.out);
    let mut failed = None;
    let mut line = Vec::new();
    let tally = request.run(call.source, &mut |row| {
        let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            row.iter().map(|(name, value)| (show.name(name), show.value(name, value))).collect();
        line.clear();
        print_row(fields.iter().map(|(name, value)| (&**name, &**value)), &mut line);
        match out.write_all(&line) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(tally), |error| Err(error.into()))
}

/// Appends a row as the store prints it: one object of strings, and a newline.
pub fn print_row<'r>(fields: impl IntoIterator<Item = (&'r str, &'r str)>, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    for (name, value) in fields {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        print_string(name, out);
        out.push(b':');
        print_string(value, out);
    }
    out.extend_from_slice(b"}\n");
}

/// Appends a row without its empty fields; nothing for a row that has no others.
pub fn print(row: &Row, out: &mut Vec<u8>) {
    if !row.is_empty() {
        print_row(row.iter(), out);
    }
}

/// A JSON string with the store's escapes: `<` and `'` too.
pub fn print_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut clean = 0;
    for (at, &b) in bytes.iter().enumerate() {
        let escape: &[u8] = match b {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            b'<' => b"\\u003c",
            b'\'' => b"\\u0027",
            0..0x20 => &[b'\\', b'u', b'0', b'0', b'0' + (b >> 4), b"0123456789abcdef"[usize::from(b & 15)]],
            _ => continue,
        };
        out.extend_from_slice(&bytes[clean..at]);
        out.extend_from_slice(escape);
        clean = at + 1;
    }
    out.extend_from_slice(&bytes[clean..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::print_row;

    #[test]
    fn escapes_are_the_stores() {
        let mut out = Vec::new();
        print_row([("a", "x<y'\"\\\n\u{1}\u{1f}ж")], &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "{\"a\":\"x\\u003cy\\u0027\\\"\\\\\\n\\u0001\\u001fж\"}\n");
    }
}
