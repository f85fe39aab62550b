//! A dump as Parquet: one column per field, typed where no byte is lost, written in row groups of bounded memory.
//!
//! The evidence is read twice: once to learn the fields and their types, once to write. Workers read rows and look for
//! secrets; the sink, which sees them in order, only labels and writes. A value that does not fit its
//! column (redaction may have changed it), and fields past the limit, stand as JSON in the column `_rest`, so that
//! nothing disappears. `_line`, `_offset` and `_length` say where a row stands in its input, as evidence ids do.

use super::escape;
use super::events::TableError;
use super::parquet::{GROUP_BYTES, GROUP_ROWS, Table};
use crate::aggregate::frame::Frame;
use crate::aggregate::typing::{Kind, Seen};
use crate::input::{Chunk, Inputs, ReadOptions, Summary};
use crate::record::time::{self, SECOND};
use crate::record::{Kernel, Projection, Scanner};
use crate::redact::{Draft, Drafter, Drafts, Labels, People};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Fields that get a column of their own: the first ones of the evidence.
pub const COLUMNS_MAX: usize = 1000;

/// Bytes of a chunk: its rows wait for their turn unpacked, several chunks of them.
const CHUNK_BYTES: usize = 1 << 20;

/// Columns that every table has, after those of the dump.
const OWN: [(&str, Kind); 4] =
    [("_line", Kind::Integer), ("_offset", Kind::Integer), ("_length", Kind::Integer), ("_rest", Kind::Text)];

/// How the tables are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// One file per input.
    None,
    /// `hour=2026-03-10T11/part-00001.parquet` below a folder per input.
    Hour,
}

/// What was written for one input.
#[derive(Debug, Clone)]
pub struct Converted {
    pub input: Summary,
    /// File or folder, below the output directory.
    pub path: PathBuf,
    pub columns: usize,
    pub rows: u64,
    pub malformed: u64,
    pub blank: u64,
    /// Bytes differ between the two readings.
    pub changed: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error(transparent)]
    Input(#[from] crate::input::InputError),
    #[error("cannot write {path}: {reason}")]
    Write { path: String, reason: String },
    #[error(transparent)]
    Table(#[from] TableError),
}

fn cannot(path: &Path) -> impl Fn(std::io::Error) -> ConvertError + '_ {
    move |e| ConvertError::Write { path: path.display().to_string(), reason: crate::input::reason(&e) }
}

/// Converts every input into a table below `dir`.
pub fn convert(
    inputs: &Inputs,
    dir: &Path,
    partition: Partition,
    options: &ReadOptions,
) -> Result<Vec<Converted>, ConvertError> {
    let options = &ReadOptions { chunk_bytes: options.chunk_bytes.min(CHUNK_BYTES), ..options.clone() };
    let (seen, first) = learn(inputs, options)?;
    let layouts: Vec<Layout> = seen.iter().map(Layout::new).collect();
    std::fs::create_dir_all(dir).map_err(cannot(dir))?;
    let mut labels = Labels::default();
    let mut done: Vec<Output> = Vec::new();
    let mut fault: Option<ConvertError> = None;
    let second = inputs.scan(
        options,
        || (scanner(), Drafter::new(People::default())),
        |(scanner, drafter), chunk| rows(scanner, drafter, &layouts[chunk.input], partition == Partition::Hour, chunk),
        |place, chunk: Rows| {
            let step = (|| {
                while done.len() <= place.input {
                    if let Some(last) = done.last_mut() {
                        last.finish()?;
                    }
                    done.push(Output::create(dir, done.len(), &first[done.len()], &layouts[done.len()], partition)?);
                }
                done[place.input].write(&chunk, place.lines_before, &mut labels)
            })();
            match step {
                Ok(()) => ControlFlow::Continue(()),
                Err(e) => {
                    fault = Some(e);
                    ControlFlow::Break(())
                }
            }
        },
    )?;
    if let Some(fault) = fault {
        return Err(fault);
    }
    while done.len() < first.len() {
        // An input without lines still gets its (empty) table.
        done.push(Output::create(dir, done.len(), &first[done.len()], &layouts[done.len()], partition)?);
    }
    done.iter_mut().try_for_each(Output::finish)?;
    Ok(done
        .into_iter()
        .zip(first)
        .zip(second.summaries)
        .map(|((output, first), second)| output.told(first, &second))
        .collect())
}

fn scanner() -> Scanner {
    Scanner::new(&Projection::with_every_field(&[]), Kernel::best())
}

/// First reading: fields and types per input.
fn learn(inputs: &Inputs, options: &ReadOptions) -> Result<(Vec<Seen>, Vec<Summary>), ConvertError> {
    let mut seen: Vec<Seen> = vec![Seen::default(); inputs.inputs().len()];
    let scanned = inputs.scan(
        options,
        scanner,
        |scanner, chunk: Chunk<'_>| {
            let mut seen = Seen::default();
            scanner.chunk(chunk.offset, chunk.bytes, |_, row| {
                if let Ok(row) = row {
                    row.each(|name, value| seen.observe(name, &value.text(), COLUMNS_MAX * 16));
                }
            });
            seen
        },
        |place, chunk| {
            seen[place.input].merge(chunk, COLUMNS_MAX);
            ControlFlow::Continue(())
        },
    )?;
    Ok((seen, scanned.summaries))
}

/// The columns of one input's table.
struct Layout {
    columns: Vec<(String, Kind)>,
    /// Columns that come from the dump.
    fields: usize,
    index: IndexMap<String, usize, rapidhash::fast::RandomState>,
}

impl Layout {
    fn new(seen: &Seen) -> Layout {
        let mut columns: Vec<(String, Kind)> =
            seen.columns().into_iter().filter(|(name, _)| !OWN.iter().any(|(own, _)| own == name)).collect();
        let fields = columns.len();
        let index = columns.iter().enumerate().map(|(n, (name, _))| (name.clone(), n)).collect();
        columns.extend(OWN.iter().map(|(name, kind)| ((*name).to_owned(), *kind)));
        // Names of columns are evidence too, and a viewer shows them.
        for (name, _) in &mut columns {
            *name = escape::terminal(name).into_owned();
        }
        Layout { columns, fields, index }
    }
}

/// The records of a chunk, drafted.
#[derive(Default)]
struct Rows {
    rows: Vec<DraftedRow>,
    /// The fields of all rows, one after the other.
    fields: Vec<DraftedField>,
    drafts: Drafts,
    /// Names of fields without a column.
    names: Vec<String>,
    malformed: u64,
    blank: u64,
}

struct DraftedRow {
    index: u64,
    offset: u64,
    length: u64,
    /// Behind its last field in [`Rows::fields`].
    end: usize,
    /// Set when the table is split by hours.
    hour: Option<String>,
}

struct DraftedField {
    place: Place,
    draft: Draft,
    /// The instant of `_time`.
    at: Option<time::Nanos>,
}

/// Where a value goes.
enum Place {
    Column(usize),
    /// Index into [`Rows::names`].
    Rest(usize),
}

fn rows(scanner: &mut Scanner, drafter: &mut Drafter, layout: &Layout, hours: bool, chunk: Chunk<'_>) -> Rows {
    let mut out = Rows::default();
    let lines = scanner.chunk(chunk.offset, chunk.bytes, |place, row| {
        let Ok(row) = row else {
            out.malformed += 1;
            return;
        };
        let mut instant = None;
        row.each(|name, value| {
            let text = value.text();
            // An instant cannot be a secret; everything else goes through the redactor.
            let at = if name == "_time" { time::parse(&text) } else { None };
            let draft = match at {
                Some(_) => out.drafts.own(&text),
                None => drafter.field(name, &text, None, &mut out.drafts),
            };
            if name == "_time" && instant.is_none() {
                instant = Some(at);
            }
            let place = match layout.index.get(name) {
                Some(column) => Place::Column(*column),
                None => {
                    out.names.push(name.to_owned());
                    Place::Rest(out.names.len() - 1)
                }
            };
            out.fields.push(DraftedField { place, draft, at });
        });
        out.rows.push(DraftedRow {
            index: place.index,
            offset: place.offset,
            length: place.bytes.len() as u64,
            end: out.fields.len(),
            hour: hours.then(|| hour(instant.flatten())),
        });
    });
    out.blank = lines - out.malformed - out.rows.len() as u64;
    out
}

/// The table or tables of one input.
struct Output {
    path: PathBuf,
    columns: Vec<(String, Kind)>,
    /// Columns that come from the dump.
    fields: usize,
    /// Their names as they stand in the dump.
    names: Vec<String>,
    metadata: Vec<(String, String)>,
    sink: Option<Sink>,
    rows: u64,
    malformed: u64,
    blank: u64,
}

enum Sink {
    Whole(Box<Table<File>>),
    Hours { frames: BTreeMap<String, Frame>, parts: BTreeMap<String, u32> },
}

impl Output {
    fn create(
        dir: &Path,
        number: usize,
        input: &Summary,
        layout: &Layout,
        partition: Partition,
    ) -> Result<Output, ConvertError> {
        let columns = layout.columns.clone();
        let stem = format!("{:04}-{}", number + 1, escape::file_name(&input.name));
        let metadata = vec![
            ("authopsy.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("authopsy.input.digest".to_owned(), input.digest.clone()),
            ("authopsy.input.bytes".to_owned(), input.bytes.to_string()),
            ("authopsy.input.lines".to_owned(), input.lines.to_string()),
        ];
        let (path, sink) = match partition {
            Partition::None => {
                let path = dir.join(format!("{stem}.parquet"));
                let table = Table::new(fresh(&path)?, &columns, &metadata)?;
                (path, Sink::Whole(Box::new(table)))
            }
            Partition::Hour => {
                let path = dir.join(stem);
                std::fs::create_dir(&path).map_err(cannot(&path))?;
                (path, Sink::Hours { frames: BTreeMap::new(), parts: BTreeMap::new() })
            }
        };
        Ok(Output {
            path,
            columns,
            fields: layout.fields,
            names: layout.index.keys().cloned().collect(),
            metadata,
            sink: Some(sink),
            rows: 0,
            malformed: 0,
            blank: 0,
        })
    }

    fn write(&mut self, chunk: &Rows, lines_before: u64, labels: &mut Labels) -> Result<(), ConvertError> {
        self.malformed += chunk.malformed;
        self.blank += chunk.blank;
        self.rows += chunk.rows.len() as u64;
        let mut filler = Filler { chunk, lines_before, fields: self.fields, names: &self.names, labels };
        let mut first = 0;
        for row in &chunk.rows {
            let fields = &chunk.fields[first..row.end];
            first = row.end;
            match self.sink.as_mut() {
                Some(Sink::Whole(table)) => {
                    filler.fill(table.row(), row, fields);
                    table.end_row()?;
                }
                Some(Sink::Hours { frames, .. }) => {
                    let hour = row.hour.clone().unwrap_or_default();
                    let frame = frames.entry(hour).or_insert_with(|| Frame::new(&self.columns));
                    filler.fill(frame, row, fields);
                    frame.end_row();
                }
                None => {}
            }
        }
        self.spill(GROUP_BYTES, GROUP_ROWS)
    }

    /// Writes the fullest hours until what is held is small again.
    fn spill(&mut self, bytes: usize, rows: usize) -> Result<(), ConvertError> {
        let Some(Sink::Hours { frames, parts }) = self.sink.as_mut() else { return Ok(()) };
        let held = |frames: &BTreeMap<String, Frame>| {
            (frames.values().map(Frame::bytes).sum::<usize>(), frames.values().map(Frame::rows).sum::<usize>())
        };
        let (all_bytes, all_rows) = held(frames);
        if all_bytes < bytes && all_rows < rows {
            return Ok(());
        }
        loop {
            let (all_bytes, all_rows) = held(frames);
            if all_bytes * 2 <= bytes && all_rows * 2 <= rows {
                return Ok(());
            }
            let fullest = frames
                .iter()
                .max_by(|(a_hour, a), (b_hour, b)| a.bytes().cmp(&b.bytes()).then_with(|| b_hour.cmp(a_hour)));
            let Some(hour) = fullest.map(|(hour, _)| hour.clone()) else { return Ok(()) };
            let Some(frame) = frames.remove(&hour) else { return Ok(()) };
            let part = parts.entry(hour.clone()).or_default();
            *part += 1;
            let folder = self.path.join(format!("hour={hour}"));
            std::fs::create_dir_all(&folder).map_err(cannot(&folder))?;
            let path = folder.join(format!("part-{part:05}.parquet"));
            let mut table = Table::new(fresh(&path)?, &self.columns, &self.metadata)?;
            table.group(frame)?;
            table.finish()?;
        }
    }

    fn finish(&mut self) -> Result<(), ConvertError> {
        self.spill(0, 0)?;
        match self.sink.take() {
            Some(Sink::Whole(table)) => Ok(table.finish()?),
            _ => Ok(()),
        }
    }

    fn told(self, first: Summary, second: &Summary) -> Converted {
        Converted {
            changed: (first.bytes, first.lines, &first.digest) != (second.bytes, second.lines, &second.digest),
            input: first,
            path: self.path,
            columns: self.columns.len(),
            rows: self.rows,
            malformed: self.malformed,
            blank: self.blank,
        }
    }
}

/// An output never replaces a file: it may be evidence.
fn fresh(path: &Path) -> Result<File, ConvertError> {
    File::options().write(true).create_new(true).open(path).map_err(cannot(path))
}

/// The hour of an instant, or `unknown`.
fn hour(at: Option<time::Nanos>) -> String {
    at.map_or_else(|| "unknown".to_owned(), |at| time::format(at.div_euclid(SECOND) * SECOND)[..13].to_owned())
}

/// Fills rows of frames from a chunk.
struct Filler<'a> {
    chunk: &'a Rows,
    lines_before: u64,
    /// Columns that come from the dump, and their names there.
    fields: usize,
    names: &'a [String],
    labels: &'a mut Labels,
}

impl Filler<'_> {
    /// Fills the current row of a frame.
    fn fill(&mut self, frame: &mut Frame, row: &DraftedRow, fields: &[DraftedField]) {
        let mut rest = serde_json::Map::new();
        for DraftedField { place, draft, at } in fields {
            let safe = self.labels.fill(&self.chunk.drafts, *draft);
            let (exact, name) = match place {
                Place::Column(column) => (frame.put(*column, safe.as_str()), &self.names[*column]),
                Place::Rest(name) => (false, &self.chunk.names[*name]),
            };
            if let (false, Place::Column(column), Some(at)) = (exact, place, at) {
                // The instant is right however it is spelled; the spelling is kept with the rest.
                frame.put(*column, &time::format(*at));
            }
            if !exact {
                rest.insert(name.clone(), safe.as_str().into());
            }
        }
        frame.put(self.fields, &(self.lines_before + row.index + 1).to_string());
        frame.put(self.fields + 1, &row.offset.to_string());
        frame.put(self.fields + 2, &row.length.to_string());
        if !rest.is_empty() {
            frame.put(self.fields + 3, &serde_json::Value::from(rest).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(dir: &Path) -> Inputs {
        let mut text = String::new();
        for n in 0..5000 {
            let minute = n % 180;
            text.push_str(&format!(
                "{{\"_time\":\"2026-03-10T{:02}:{:02}:{:02}Z\",\"_msg\":\"request {n}\",\"n\":\"{n}\",\"ok\":\"{}\",\"ms\":\"{}.5\"{}}}\n",
                10 + minute / 60,
                minute % 60,
                n % 60,
                n % 2 == 0,
                n,
                if n == 7 { ",\"odd\":\"x\"" } else { "" }
            ));
        }
        text.push_str("not json\n\n");
        let path = dir.join("dump.ndjson");
        std::fs::write(&path, text).expect("written");
        Inputs::discover(&[path]).expect("inputs")
    }

    fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut found, mut open) = (Vec::new(), vec![dir.to_path_buf()]);
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path)
                } else {
                    found.push((path.clone(), std::fs::read(&path).expect("a file")))
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn counts_are_kept_and_bytes_do_not_depend_on_chunks_or_threads() {
        let dir = tempfile::tempdir().expect("a folder");
        let inputs = dump(dir.path());
        for partition in [Partition::None, Partition::Hour] {
            let mut first: Option<Vec<(PathBuf, Vec<u8>)>> = None;
            for (n, chunk_bytes) in [64 << 10, 4 << 20].into_iter().enumerate() {
                let out = dir.path().join(format!("{partition:?}{n}"));
                let options = ReadOptions { chunk_bytes, threads: n + 1, ..ReadOptions::default() };
                let done = convert(&inputs, &out, partition, &options).expect("converted");
                assert_eq!((done[0].rows, done[0].malformed, done[0].blank, done[0].changed), (5000, 1, 1, false));
                let found: Vec<(PathBuf, Vec<u8>)> = files(&out)
                    .into_iter()
                    .map(|(p, b)| (p.strip_prefix(&out).expect("below").to_path_buf(), b))
                    .collect();
                assert_eq!(found.len(), if partition == Partition::None { 1 } else { 3 });
                match &first {
                    None => first = Some(found),
                    Some(first) => assert!(*first == found, "{partition:?}"),
                }
            }
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().expect("a folder");
        let (inputs, out) = (dump(dir.path()), dir.path().join("out"));
        convert(&inputs, &out, Partition::None, &ReadOptions::default()).expect("converted");
        let again = convert(&inputs, &out, Partition::None, &ReadOptions::default());
        assert!(matches!(again, Err(ConvertError::Write { .. })));
    }
}
