//! Parquet: the same rows always give the same bytes. Fixed row groups, fixed compression, no clock in the metadata.

use super::events::{Row, TableError, csv};
use crate::aggregate::frame::{Frame, schema};
use crate::aggregate::typing::Kind;
use polars_io::parquet::write::{BatchedWriter, KeyValueMetadata, ParquetWriter};
use polars_io::prelude::ParquetCompression;
use std::io::Write;

/// Rows of a row group, at most.
pub const GROUP_ROWS: usize = 131_072;

/// Memory of a row group before it is written, roughly, in bytes. Writing takes about as much again, several times over:
/// this bounds what a conversion needs, whatever the size of the dump.
pub const GROUP_BYTES: usize = 24 << 20;

/// A Parquet file being written, one row group after the other.
pub struct Table<W: Write> {
    writer: BatchedWriter<W>,
    columns: Vec<(String, Kind)>,
    frame: Frame,
}

impl<W: Write> Table<W> {
    pub fn new(out: W, columns: &[(String, Kind)], metadata: &[(String, String)]) -> Result<Table<W>, TableError> {
        let writer = ParquetWriter::new(out)
            .with_compression(ParquetCompression::Zstd(None))
            .with_row_group_size(Some(GROUP_ROWS))
            .set_parallel(false)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata.to_vec())))
            .batched(&schema(columns))
            .map_err(fault)?;
        Ok(Table { writer, columns: columns.to_vec(), frame: Frame::new(columns) })
    }

    /// The row being filled; [`Table::end_row`] ends it.
    pub fn row(&mut self) -> &mut Frame {
        &mut self.frame
    }

    pub fn end_row(&mut self) -> Result<(), TableError> {
        self.frame.end_row();
        if self.frame.rows() >= GROUP_ROWS || self.frame.bytes() >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes the rows gathered so far as a row group.
    pub fn flush(&mut self) -> Result<(), TableError> {
        if self.frame.rows() > 0 {
            let frame = std::mem::replace(&mut self.frame, Frame::new(&self.columns));
            self.writer.write_batch(&frame.finish()).map_err(fault)?;
        }
        Ok(())
    }

    /// Writes a frame of the same columns as a row group of its own.
    pub fn group(&mut self, frame: Frame) -> Result<(), TableError> {
        self.writer.write_batch(&frame.finish()).map_err(fault)
    }

    pub fn finish(mut self) -> Result<(), TableError> {
        self.flush()?;
        self.writer.finish().map_err(fault)?;
        Ok(())
    }
}

fn fault(error: impl std::fmt::Display) -> TableError {
    TableError::Columns(error.to_string())
}

/// The events of a report: an instant, a number, a truth value, and texts that repeat and are stored as dictionaries.
pub fn events<'a>(
    rows: impl Iterator<Item = Row<'a>>,
    metadata: &[(String, String)],
    out: &mut dyn Write,
) -> Result<(), TableError> {
    let kind = |name: &str| match name {
        "time" => Kind::Time,
        "status" => Kind::Integer,
        "tunnel" => Kind::Boolean,
        _ => Kind::Text,
    };
    let columns: Vec<(String, Kind)> = csv::COLUMNS.iter().map(|name| ((*name).to_owned(), kind(name))).collect();
    let mut table = Table::new(out, &columns, metadata)?;
    for row in rows {
        for (column, text) in csv::cells(&row).iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            table.row().put(column, text);
        }
        table.end_row()?;
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::events::{self, tests::events};

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let events = events();
        let write = || {
            let mut out = Vec::new();
            let rows = events.iter().map(|e| Row::new(e, &["b5c4b38f00cda911".into()]));
            let format = events::named("parquet").expect("registered");
            events::write(format, rows, &[("authopsy.version".into(), "0.1.0".into())], &mut out).expect("written");
            out
        };
        let bytes = write();
        assert_eq!(bytes, write());
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    }
}
