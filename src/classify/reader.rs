//! The hot loop of triage: a line becomes a row, the row goes to the rules of its writer.

use super::fields::{SlotValue, Table};
use super::notebook::Notebook;
use super::select::Selectors;
use super::{Row, Slot, Slots, audit, cliproxy, messages};
use crate::finding::Locator;
use crate::input::Chunk;
use crate::record::kernel::Kernel;
use crate::record::rows::{Place, Row as ProjectedRow, Scanner};
use crate::record::time::{self, Dated, Nanos, SECOND};
use crate::record::{self, Malformed, short};
use std::collections::{BTreeMap, BTreeSet};

/// One bucket of the row histogram.
pub const MINUTE: Nanos = 60 * SECOND;

/// What a chunk says about order, for the completeness of its input.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order {
    pub first: Option<Nanos>,
    pub last: Option<Nanos>,
    /// Some row is older, or newer, than the one before it.
    pub fell: bool,
    pub rose: bool,
}

impl Order {
    fn see(&mut self, at: Nanos) {
        if let Some(last) = self.last {
            self.fell |= at < last;
            self.rose |= at > last;
        }
        self.first = self.first.or(Some(at));
        self.last = Some(at);
    }

    /// Takes over the chunk that follows.
    pub fn then(&mut self, next: Order) {
        if let (Some(last), Some(first)) = (self.last, next.first) {
            self.fell |= first < last;
            self.rose |= first > last;
        }
        self.fell |= next.fell;
        self.rose |= next.rose;
        self.first = self.first.or(next.first);
        self.last = next.last.or(self.last);
    }
}

/// A line that is no record, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BadLine {
    pub input: u32,
    pub offset: u64,
    pub reason: Malformed,
}

/// Located bad lines kept; the rest is only counted.
const BAD_LINES_MAX: usize = 20;
/// Services looked up by comparison; more of them go through a map.
const SERVICES_MAX: usize = 32;

/// A power of two well above the number of services that most dumps have.
const GUESSES: usize = 32;

/// A number that mostly tells short names apart.
fn guess(name: &[u8]) -> usize {
    let byte = |at: Option<&u8>| at.map_or(0, |b| usize::from(*b));
    (name.len() ^ byte(name.first()) << 1 ^ byte(name.last()) << 2) % GUESSES
}

/// Every line goes into exactly one of these counts, besides `read`.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    pub read: u64,
    pub in_window: u64,
    pub out_of_window: u64,
    pub malformed: u64,
    /// Of the rows in the window, those that carry what the selectors ask for.
    pub selected: u64,
    /// Of the rows in the window, those without a readable time. They are never classified.
    pub untimed: u64,
    /// Of the rows in the window, those whose time is local and names no zone: it is read as if it were UTC.
    pub unzoned: u64,
    /// Of the rows in the window, those that name a field twice with different values.
    pub disputed: u64,
    /// Of the rows in the window, those with more fields than are kept.
    pub crowded: u64,
    pub audit_rows: u64,
    pub bad_lines: Vec<BadLine>,
    /// Inputs whose last line ends inside its record and has no line end: they were cut there.
    pub torn: BTreeSet<u32>,
    /// Texts of lines whose only key is `_note`.
    pub notes: Vec<String>,
    /// Rows by service, or by container where no service is named.
    pub services: BTreeMap<String, u64>,
    pub minutes: BTreeMap<i64, u64>,
    /// Span of the rows in the window.
    pub first: Option<Nanos>,
    pub last: Option<Nanos>,
    /// Span of all rows, whatever the window.
    pub seen_first: Option<Nanos>,
    pub seen_last: Option<Nanos>,
    /// The minute being counted.
    run: (i64, u64),
    /// Rows of the first few services, and rows without one.
    tallies: Vec<(Box<[u8]>, u64)>,
    nameless: u64,
    /// Where in `tallies` a name of this length and these ends was last found.
    guesses: [u8; GUESSES],
}

impl Ledger {
    pub fn absorb(&mut self, mut other: Ledger) {
        other.close();
        self.read += other.read;
        self.in_window += other.in_window;
        self.out_of_window += other.out_of_window;
        self.malformed += other.malformed;
        self.selected += other.selected;
        self.untimed += other.untimed;
        self.unzoned += other.unzoned;
        self.disputed += other.disputed;
        self.crowded += other.crowded;
        self.audit_rows += other.audit_rows;
        self.torn.extend(other.torn);
        self.bad_lines.extend(other.bad_lines);
        self.bad_lines.sort();
        self.bad_lines.truncate(BAD_LINES_MAX);
        self.notes.extend(other.notes);
        self.notes.sort();
        for (service, n) in other.services {
            *self.services.entry(service).or_default() += n;
        }
        for (minute, n) in other.minutes {
            *self.minutes.entry(minute).or_default() += n;
        }
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.seen_first = [self.seen_first, other.seen_first].into_iter().flatten().min();
        self.seen_last = self.seen_last.max(other.seen_last);
    }

    fn bad(&mut self, input: u32, offset: u64, reason: Malformed) {
        self.malformed += 1;
        if self.bad_lines.len() < BAD_LINES_MAX {
            self.bad_lines.push(BadLine { input, offset, reason });
        }
    }

    fn seen(&mut self, at: Nanos) {
        self.seen_first = Some(self.seen_first.map_or(at, |first| first.min(at)));
        self.seen_last = self.seen_last.max(Some(at));
    }

    fn time(&mut self, at: Nanos) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(Some(at));
        let minute = at.div_euclid(MINUTE);
        if self.run.0 != minute {
            self.flush();
            self.run.0 = minute;
        }
        self.run.1 += 1;
    }

    /// Books the rows of the minute that is being counted.
    fn flush(&mut self) {
        if self.run.1 > 0 {
            *self.minutes.entry(self.run.0).or_default() += self.run.1;
            self.run.1 = 0;
        }
    }

    fn service(&mut self, row: &Row<'_>) {
        let name = row.slots.raw(Slot::Service).or_else(|| row.slots.raw(Slot::Container));
        let Some(bytes) = name.map(|name| name.bytes()) else {
            self.nameless += 1;
            return;
        };
        let guess = &mut self.guesses[guess(bytes)];
        if let Some((known, n)) = self.tallies.get_mut(usize::from(*guess))
            && short::same(known, bytes)
        {
            *n += 1;
            return;
        }
        let full = self.tallies.len() >= SERVICES_MAX;
        let place = match self.tallies.iter().position(|(known, _)| short::same(known, bytes)) {
            Some(place) => place,
            None if full => {
                *self.services.entry(String::from_utf8_lossy(bytes).into_owned()).or_default() += 1;
                return;
            }
            None => {
                self.tallies.push((bytes.into(), 0));
                self.tallies.len() - 1
            }
        };
        self.tallies[place].1 += 1;
        *guess = place as u8;
    }

    /// Moves the running tallies into their tables.
    fn close(&mut self) {
        self.flush();
        if self.nameless > 0 {
            *self.services.entry(String::new()).or_default() += std::mem::take(&mut self.nameless);
        }
        for (name, n) in std::mem::take(&mut self.tallies) {
            *self.services.entry(String::from_utf8_lossy(&name).into_owned()).or_default() += n;
        }
    }
}

/// One worker's state.
pub struct Classifier<'s> {
    selectors: &'s Selectors,
    table: &'s Table,
    /// Some selector was given.
    selecting: bool,
    scanner: Option<Scanner>,
    dated: Dated,
    pub ledger: Ledger,
    pub notes: Notebook,
}

impl<'s> Classifier<'s> {
    /// `overlapping`: several inputs are read, which may hold the same lines.
    pub fn new(selectors: &'s Selectors, table: &'s Table, overlapping: bool) -> Self {
        let mut notes = Notebook::default();
        notes.overlapping = overlapping;
        let selecting = !selectors.is_empty();
        notes.samples.per_pod = selecting;
        Classifier {
            selectors,
            table,
            selecting,
            scanner: None,
            dated: Dated::default(),
            ledger: Ledger::default(),
            notes,
        }
    }

    /// Classifies the lines of a chunk.
    pub fn chunk(&mut self, chunk: Chunk<'_>) -> Order {
        let mut order = Order::default();
        let input = u32::try_from(chunk.input).expect("fewer than four billion inputs");
        let mut scanner = self.scanner.take().unwrap_or_else(|| Scanner::new(&self.table.projection, Kernel::best()));
        let lines = scanner.chunk(chunk.offset, chunk.bytes, |place, row| {
            self.ledger.read += 1;
            match row {
                Ok(row) => self.line(input, place, row, &mut order),
                Err(reason) => {
                    let ends = place.offset + place.bytes.len() as u64;
                    if reason == Malformed::Truncated && ends == chunk.offset + chunk.bytes.len() as u64 {
                        self.ledger.torn.insert(input);
                    }
                    self.ledger.bad(input, place.offset, reason);
                }
            }
        });
        chunk.tell_lines(lines);
        chunk.may_wait();
        self.scanner = Some(scanner);
        self.ledger.flush();
        order
    }

    fn line(&mut self, input: u32, place: Place<'_>, row: &ProjectedRow<'_>, order: &mut Order) {
        let slots = Slots::Projected { row, table: self.table };
        let at = slots.raw(Slot::Time).and_then(|raw| self.instant(raw));
        let Some(at) = at else { return self.untimed(place) };
        order.see(at);
        self.ledger.seen(at);
        if !self.selectors.in_window(at) {
            self.ledger.out_of_window += 1;
            return;
        }
        self.ledger.in_window += 1;
        self.ledger.unzoned += u64::from(slots.has(Slot::Zone));
        self.ledger.disputed += u64::from(row.is_disputed());
        self.ledger.crowded += u64::from(row.dropped() > 0);
        self.ledger.time(at);
        let locator = Locator {
            input,
            offset: place.offset,
            length: u32::try_from(place.bytes.len()).unwrap_or(u32::MAX),
            line: place.index + 1,
        };
        if slots.is(Slot::Msg, "request") && !slots.has(Slot::Status) {
            return self.strange(at, locator, place.bytes);
        }
        self.row(&Row { at, locator, slots: &slots, line: place.bytes });
    }

    /// Escapes are not expected in an instant, but allowed.
    fn instant(&mut self, raw: SlotValue<'_>) -> Option<Nanos> {
        self.dated.parse(raw.bytes()).or_else(|| time::parse(&raw.text()))
    }

    /// An audit record under a prefix that the projection does not know, perhaps.
    fn strange(&mut self, at: Nanos, locator: Locator, line: &[u8]) {
        let Ok(record) = record::parse_any(line) else { return };
        self.row(&Row { at, locator, slots: &Slots::of(&record), line });
    }

    /// A row without a readable time. The live tool ends a cut export with a line whose only key is `_note`.
    fn untimed(&mut self, place: Place<'_>) {
        self.ledger.in_window += 1;
        let note = record::parse_any(place.bytes).ok().filter(|record| record.fields().len() == 1);
        match note.as_ref().and_then(|record| record.get("_note")) {
            Some(note) => self.ledger.notes.push(note.into_owned()),
            None => self.ledger.untimed += 1,
        }
    }

    fn row(&mut self, row: &Row<'_>) {
        self.ledger.service(row);
        // What a record means does not depend on what is asked for: rows that the filter leaves out still explain others.
        self.notes.context = !self.selectors.admits(row);
        if !self.notes.context && self.selecting && self.selectors.row(row) {
            self.ledger.selected += 1;
        }
        messages::join_facts(row, &mut self.notes);
        if audit::is_audit(row) {
            self.ledger.audit_rows += 1;
            audit::observe(row, &mut self.notes);
        } else if !messages::observe(row, &mut self.notes) && !self.notes.context {
            cliproxy::observe(row, &mut self.notes);
        }
    }
}
