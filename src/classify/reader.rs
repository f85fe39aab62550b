//! The hot loop of triage: a line becomes a row, the row goes to the rules of its writer.

use super::notebook::Notebook;
use super::select::Selectors;
use super::{Row, Slot, Slots, audit, cliproxy, messages};
use crate::finding::Locator;
use crate::input::{Chunk, Line};
use crate::record::time::{self, Nanos, SECOND};
use crate::record::{self, Malformed};
use std::collections::BTreeMap;

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
    pub audit_rows: u64,
    pub bad_lines: Vec<BadLine>,
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
}

impl Ledger {
    pub fn absorb(&mut self, other: Ledger) {
        self.read += other.read;
        self.in_window += other.in_window;
        self.out_of_window += other.out_of_window;
        self.malformed += other.malformed;
        self.selected += other.selected;
        self.untimed += other.untimed;
        self.audit_rows += other.audit_rows;
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

    fn time(&mut self, at: Nanos) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(Some(at));
        *self.minutes.entry(at.div_euclid(MINUTE)).or_default() += 1;
    }
}

/// One worker's state.
pub struct Classifier<'s> {
    selectors: &'s Selectors,
    pub ledger: Ledger,
    pub notes: Notebook,
}

impl<'s> Classifier<'s> {
    pub fn new(selectors: &'s Selectors) -> Self {
        let mut notes = Notebook::default();
        notes.samples.per_pod = !selectors.is_empty();
        Classifier { selectors, ledger: Ledger::default(), notes }
    }

    /// Classifies the lines of a chunk.
    pub fn chunk(&mut self, chunk: Chunk<'_>) -> Order {
        let mut order = Order::default();
        let input = u32::try_from(chunk.input).expect("fewer than four billion inputs");
        for line in chunk.lines() {
            self.line(input, line, &mut order);
        }
        order
    }

    /// Classifies one line.
    fn line(&mut self, input: u32, line: Line<'_>, order: &mut Order) {
        if line.bytes.trim_ascii().is_empty() {
            return;
        }
        self.ledger.read += 1;
        match record::parse(line.bytes) {
            Ok(record) => self.record(input, line, &record, order),
            Err(reason) => self.ledger.bad(input, line.offset, reason),
        }
    }

    fn record(&mut self, input: u32, line: Line<'_>, record: &record::Record<'_>, order: &mut Order) {
        if let [only] = record.fields()
            && only.name == "_note"
        {
            self.ledger.notes.push(only.value.text().into_owned());
            self.ledger.in_window += 1;
            return;
        }
        let slots = Slots::of(record);
        let Some(at) = time::parse(&slots.text(Slot::Time)) else {
            self.ledger.untimed += 1;
            self.ledger.in_window += 1;
            return;
        };
        order.see(at);
        self.ledger.seen_first = Some(self.ledger.seen_first.map_or(at, |first| first.min(at)));
        self.ledger.seen_last = self.ledger.seen_last.max(Some(at));
        if !self.selectors.in_window(at) {
            self.ledger.out_of_window += 1;
            return;
        }
        self.ledger.in_window += 1;
        self.ledger.time(at);
        let locator = Locator {
            input,
            offset: line.offset,
            length: u32::try_from(line.bytes.len()).unwrap_or(u32::MAX),
            line: line.index + 1,
        };
        self.row(&Row { at, locator, record, slots: &slots, line: line.bytes });
    }

    fn row(&mut self, row: &Row<'_>) {
        self.service(row);
        if !self.selectors.is_empty() && self.selectors.row(row) {
            self.ledger.selected += 1;
        }
        messages::join_facts(row, &mut self.notes);
        if audit::is_audit(row) {
            self.ledger.audit_rows += 1;
            audit::observe(row, &mut self.notes);
        } else if !messages::observe(row, &mut self.notes) {
            cliproxy::observe(row, &mut self.notes);
        }
    }

    fn service(&mut self, row: &Row<'_>) {
        let name = row.slots.raw(Slot::Service).or_else(|| row.slots.raw(Slot::Container));
        let text = name.map_or("".into(), record::Raw::text);
        match self.ledger.services.get_mut(text.as_ref()) {
            Some(n) => *n += 1,
            None => {
                self.ledger.services.insert(text.into_owned(), 1);
            }
        }
    }
}
