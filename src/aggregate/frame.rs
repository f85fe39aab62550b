//! Rows to polars, with a written schema: nothing is inferred from a sample.

use super::typing::{Kind, boolean, float, instant, integer};
use polars::prelude::{
    Column, DataFrame, DataType, IntoSeries as _, NamedFrom as _, Schema, Series, StringChunkedBuilder, TimeUnit,
    TimeZone,
};

/// Bytes a value costs besides its text, roughly.
const CELL_BYTES: usize = 24;

/// Gathers rows column by column.
pub struct Frame {
    names: Vec<String>,
    cells: Vec<Cells>,
    rows: usize,
    bytes: usize,
}

enum Cells {
    /// Texts of so many rows: few of them are allocations of their own.
    Text(Box<StringChunkedBuilder>, usize),
    Integer(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    Boolean(Vec<Option<bool>>),
    Time(Vec<Option<i64>>),
}

impl Cells {
    fn new(kind: Kind) -> Cells {
        match kind {
            Kind::Text => Cells::Text(Box::new(StringChunkedBuilder::new("".into(), 0)), 0),
            Kind::Integer => Cells::Integer(Vec::new()),
            Kind::Float => Cells::Float(Vec::new()),
            Kind::Boolean => Cells::Boolean(Vec::new()),
            Kind::Time => Cells::Time(Vec::new()),
        }
    }

    /// Puts a text into row `row`. `false` when it does not fit the type.
    fn put(&mut self, row: usize, text: &str) -> bool {
        match self {
            Cells::Text(cells, rows) => {
                (*rows..row).for_each(|_| cells.append_null());
                cells.append_value(text);
                *rows = row + 1;
                true
            }
            Cells::Integer(cells) => put(cells, row, integer(text)),
            Cells::Float(cells) => put(cells, row, float(text)),
            Cells::Boolean(cells) => put(cells, row, boolean(text)),
            Cells::Time(cells) => put(cells, row, instant(text)),
        }
    }

    fn series(self, name: &str, rows: usize) -> Series {
        let name = name.into();
        match self {
            Cells::Text(mut cells, so_far) => {
                (so_far..rows).for_each(|_| cells.append_null());
                cells.finish().into_series().with_name(name)
            }
            Cells::Integer(cells) => Series::new(name, padded(cells, rows)),
            Cells::Float(cells) => Series::new(name, padded(cells, rows)),
            Cells::Boolean(cells) => Series::new(name, padded(cells, rows)),
            Cells::Time(cells) => {
                Series::new(name, padded(cells, rows)).into_datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC))
            }
        }
    }
}

fn put<T>(cells: &mut Vec<Option<T>>, row: usize, value: Option<T>) -> bool {
    let fits = value.is_some();
    if fits {
        while cells.len() < row {
            cells.push(None);
        }
        cells.push(value);
    }
    fits
}

fn padded<T>(mut cells: Vec<Option<T>>, rows: usize) -> Vec<Option<T>> {
    cells.resize_with(rows, || None);
    cells
}

impl Frame {
    pub fn new(columns: &[(String, Kind)]) -> Frame {
        Frame {
            names: columns.iter().map(|(name, _)| name.clone()).collect(),
            cells: columns.iter().map(|(_, kind)| Cells::new(*kind)).collect(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Sets a column of the current row. `false` when the text does not fit the column's type.
    pub fn put(&mut self, column: usize, text: &str) -> bool {
        let fits = self.cells[column].put(self.rows, text);
        if fits {
            self.bytes += text.len() + CELL_BYTES;
        }
        fits
    }

    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Memory the rows take, roughly.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn finish(self) -> DataFrame {
        let rows = self.rows;
        let columns =
            self.names.iter().zip(self.cells).map(|(name, cells)| Column::from(cells.series(name, rows))).collect();
        DataFrame::new(rows, columns).expect("columns have one length and different names")
    }
}

/// The polars schema of these columns.
pub fn schema(columns: &[(String, Kind)]) -> Schema {
    let dtype = |kind: Kind| match kind {
        Kind::Text => DataType::String,
        Kind::Integer => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Boolean => DataType::Boolean,
        Kind::Time => DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)),
    };
    columns.iter().map(|(name, kind)| (name.as_str().into(), dtype(*kind))).collect()
}
