//! The report of `check` as indented JSON, streamed: a million files need no second copy in memory.

use super::model::CheckReport;
use crate::report::escape;
use std::io::{self, Write};

/// Writes the report, one line end at its end, nothing active in it.
pub fn write(report: &CheckReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut inert = Inert { out: io::BufWriter::new(out) };
    serde_json::to_writer_pretty(&mut inert, report).map_err(io::Error::from)?;
    inert.write_all(b"\n")?;
    inert.out.flush()
}

/// Escapes active characters. The serializer hands over whole characters, never parts of one.
struct Inert<W: Write> {
    out: W,
}

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.out.write_all(escape::json_document(text).as_bytes())?,
            Err(_) => self.out.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
