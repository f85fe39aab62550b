//! Many lines to the few fields that are wanted of them.
//!
//! A chunk is taken a segment at a time, small enough to stay in the nearest cache: its index is made, every line finds
//! its template, and the wanted values are read at their places. A line that follows no template is parsed, and a
//! compact flat one becomes a template for those after it.

use super::kernel::{self, Kernel, LineAt, NO_TEMPLATE, Segment};
use super::template::{Template, Templates};
use super::{Malformed, Record, parse_any, scan};
use std::borrow::Cow;

/// Bytes a segment aims at: with its index and what rows are compared with, a first cache of 48 KiB holds it.
const SEGMENT_BYTES: usize = 24 << 10;
/// Lines longer than this are parsed without an index, which would need four times their size.
const INDEXED_LINE_MAX: usize = 1 << 20;

/// The fields a scan hands over, each with a number (its slot).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projection {
    /// A slot's name, or the best of its spellings.
    names: Vec<String>,
    /// A slot's other spellings, best one first.
    others: Vec<Vec<String>>,
    every: bool,
}

impl Projection {
    /// Slots in the order of `names`; a name given twice keeps its first slot.
    pub fn new(names: &[&str]) -> Self {
        let mut unique: Vec<String> = Vec::with_capacity(names.len());
        for name in names {
            if !unique.iter().any(|n| n == name) {
                unique.push((*name).to_owned());
            }
        }
        Projection { others: vec![Vec::new(); unique.len()], names: unique, every: false }
    }

    /// One slot for each list of spellings, best one first. A row shows the best of them that it has.
    pub fn spelled(slots: Vec<Vec<String>>) -> Self {
        let (names, others) = slots
            .into_iter()
            .map(|spellings| {
                let mut spellings = spellings.into_iter();
                (spellings.next().unwrap_or_default(), spellings.collect())
            })
            .unzip();
        Projection { names, others, every: false }
    }

    /// The spellings of a slot, best one first.
    pub(super) fn spellings(&self, slot: usize) -> impl Iterator<Item = &String> {
        std::iter::once(&self.names[slot]).chain(&self.others[slot])
    }

    /// Whether every field is handed over.
    pub(super) fn is_every(&self) -> bool {
        self.every
    }

    /// The same, and every other field can be asked for with [`Row::each`]. A line with any name twice is
    /// parsed.
    pub fn with_every_field(names: &[&str]) -> Self {
        Projection { every: true, ..Projection::new(names) }
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The slot of a name.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'d> {
    /// Offset of the line in the input: the chunk's own offset added.
    pub offset: u64,
    /// 0-based number of the line within the chunk.
    pub index: u64,
    /// The line without its line end.
    pub bytes: &'d [u8],
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'r> {
    bytes: &'r [u8],
    /// The bytes are the text itself, whatever backslashes they hold.
    decoded: bool,
}

impl<'r> Value<'r> {
    /// A value as it stands between its quotes.
    pub fn quoted(bytes: &'r [u8]) -> Self {
        Value { bytes, decoded: false }
    }

    /// The undecoded bytes; where [`Value::is_escaped`] is false they are the text.
    pub fn bytes(&self) -> &'r [u8] {
        self.bytes
    }

    /// Whether the bytes are the text itself, backslashes included.
    pub fn is_decoded(&self) -> bool {
        self.decoded
    }

    /// Whether the bytes hold JSON escapes. Looks at every byte: compare first, ask later.
    pub fn is_escaped(&self) -> bool {
        !self.decoded && memchr::memchr(b'\\', self.bytes).is_some()
    }

    /// The decoded text. Invalid UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'r, str> {
        scan::text(self.bytes, self.is_escaped())
    }

    /// Whether the decoded value is exactly `text`.
    pub fn is(&self, text: &str) -> bool {
        if self.bytes == text.as_bytes() { !self.is_escaped() } else { self.is_escaped() && self.text() == text }
    }
}

/// One record as the projection sees it.
pub struct Row<'r> {
    source: Source<'r>,
}

enum Source<'r> {
    /// A line that follows a template: its segment, its quotes, and what they mean.
    Indexed { bytes: &'r [u8], marks: &'r [u32], template: &'r Template },
    /// A line that was parsed.
    Parsed { record: &'r Record<'r>, projection: &'r Projection },
}

impl<'r> Row<'r> {
    /// The value in a slot, if present and not empty.
    #[inline(always)]
    pub fn raw(&self, slot: usize) -> Option<Value<'r>> {
        match &self.source {
            Source::Indexed { bytes, marks, template } => match value(bytes, marks, template.field(slot)?.field) {
                Some(value) => Some(value),
                None => self.other(slot),
            },
            Source::Parsed { .. } => self.other(slot),
        }
    }

    /// The value of a slot whose best spelling is empty, or of a row that was parsed.
    #[cold]
    fn other(&self, slot: usize) -> Option<Value<'r>> {
        match &self.source {
            Source::Indexed { bytes, marks, template } => {
                template.spare(slot).find_map(|s| value(bytes, marks, s.field))
            }
            Source::Parsed { record, projection } => projection.spellings(slot).find_map(|name| parsed(record, name)),
        }
    }

    /// Which of a slot's spellings [`Row::raw`] shows.
    pub fn spelling(&self, slot: usize) -> Option<usize> {
        match &self.source {
            Source::Indexed { bytes, marks, template } => {
                let all = template.field(slot).into_iter().chain(template.spare(slot));
                all.into_iter().find(|s| value(bytes, marks, s.field).is_some()).map(|s| s.spelling)
            }
            Source::Parsed { record, projection } => {
                projection.spellings(slot).position(|name| parsed(record, name).is_some())
            }
        }
    }

    /// The key sequence that the row follows: its number within the scanner, and its names. `None` for a row that was
    /// parsed. The names are exact only for a projection made with [`Projection::with_every_field`].
    pub fn sequence(&self) -> Option<(usize, &'r [String])> {
        match &self.source {
            Source::Indexed { template, .. } => Some((template.number, &template.names)),
            Source::Parsed { .. } => None,
        }
    }

    /// Whether a field of the row's sequence, by its number there, is not empty.
    pub fn is_filled(&self, field: usize) -> bool {
        match &self.source {
            Source::Indexed { bytes, marks, .. } => value(bytes, marks, field).is_some(),
            Source::Parsed { .. } => false,
        }
    }

    /// Whether no field of the row's sequence is empty.
    pub fn is_full(&self) -> bool {
        match &self.source {
            // All fields are looked at: that a row is full is the rule, and without a way out several are taken at once.
            Source::Indexed { marks, .. } => {
                marks.chunks_exact(4).fold(0, |empty, field| empty | u32::from(field[3] - field[2] == 1)) == 0
            }
            Source::Parsed { .. } => false,
        }
    }

    /// Whether the row names a field twice with different values, wanted or not: one of them is not shown.
    pub fn is_disputed(&self) -> bool {
        match &self.source {
            Source::Indexed { bytes, marks, template } => template.doubles.iter().any(|fields| {
                let mut values = fields.iter().filter_map(|field| value(bytes, marks, usize::from(*field)));
                let first = values.next();
                values.any(|v| first.is_some_and(|first| v.bytes != first.bytes && v.text() != first.text()))
            }),
            Source::Parsed { record, .. } => record.disputed() > 0,
        }
    }

    /// Fields of the row beyond [`super::MAX_FIELDS`], which are not looked at.
    pub fn dropped(&self) -> u32 {
        match &self.source {
            Source::Indexed { .. } => 0,
            Source::Parsed { record, .. } => record.dropped(),
        }
    }

    /// The decoded text in a slot; empty where the field is absent.
    pub fn text(&self, slot: usize) -> Cow<'r, str> {
        self.raw(slot).map_or(Cow::Borrowed(""), |v| v.text())
    }

    /// All fields that are present and not empty, in the order of the line. Exact only for a projection made with
    /// [`Projection::with_every_field`].
    pub fn each(&self, mut field: impl FnMut(&'r str, Value<'r>)) {
        match &self.source {
            Source::Indexed { bytes, marks, template } => {
                for (number, name) in template.names.iter().enumerate() {
                    if let Some(value) = value(bytes, marks, number) {
                        field(name, value);
                    }
                }
            }
            Source::Parsed { record, .. } => {
                for f in record.fields() {
                    field(&f.name, Value { bytes: f.value.bytes(), decoded: !f.value.is_escaped() });
                }
            }
        }
    }
}

#[inline(always)]
fn value<'r>(bytes: &'r [u8], marks: &[u32], field: usize) -> Option<Value<'r>> {
    let (open, close) = (marks[4 * field + 2] as usize, marks[4 * field + 3] as usize);
    (close > open + 1).then(|| Value::quoted(&bytes[open + 1..close]))
}

#[cold]
fn parsed<'r>(record: &'r Record<'r>, name: &str) -> Option<Value<'r>> {
    let raw = record.raw(name)?;
    Some(Value { bytes: raw.bytes(), decoded: !raw.is_escaped() })
}

/// A worker's scanner: made once, used for many chunks.
pub struct Scanner {
    projection: Projection,
    kernel: Kernel,
    templates: Templates,
    segment: Segment,
    parsed: u64,
}

impl Scanner {
    /// `kernel` is [`Kernel::best`], or another of [`Kernel::available`] for comparisons.
    pub fn new(projection: &Projection, kernel: Kernel) -> Self {
        Scanner {
            projection: projection.clone(),
            kernel,
            templates: Templates::new(projection),
            segment: Segment::default(),
            parsed: 0,
        }
    }

    /// Lines so far that had to be parsed.
    pub fn parsed(&self) -> u64 {
        self.parsed
    }

    /// Calls `each` for every line of a chunk that is not blank, in order, and returns the number of all its lines.
    /// `offset` is the chunk's place in the input.
    pub fn chunk<'d>(
        &mut self,
        offset: u64,
        bytes: &'d [u8],
        mut each: impl FnMut(Place<'d>, Result<&Row<'_>, Malformed>),
    ) -> u64 {
        let (mut at, mut index) = (0, 0);
        while at < bytes.len() {
            let (place, rest) = (offset + at as u64, &bytes[at..]);
            at += match self.kernel {
                Kernel::Plain => self.plain(place, &mut index, rest, &mut each),
                _ => self.indexed(place, &mut index, rest, &mut each),
            };
        }
        index
    }

    /// The lines of a segment; returns their bytes. A line too long for a segment has one for itself, or is parsed.
    fn indexed<'d>(
        &mut self,
        offset: u64,
        index: &mut u64,
        bytes: &'d [u8],
        each: &mut impl FnMut(Place<'d>, Result<&Row<'_>, Malformed>),
    ) -> usize {
        let mut length = SEGMENT_BYTES.min(bytes.len());
        let mut done = kernel::resolve(self.kernel, bytes, length, &self.templates, &mut self.segment);
        if done == 0 {
            length = memchr::memchr(b'\n', &bytes[length..]).map_or(bytes.len(), |n| length + n + 1);
            if length > INDEXED_LINE_MAX {
                return self.plain(offset, index, &bytes[..length], each);
            }
            done = kernel::resolve(self.kernel, bytes, length, &self.templates, &mut self.segment);
        }
        for number in 0..self.segment.lines.len() {
            let line = self.segment.lines[number];
            // Made where it is handed over: a copy would wait until all that was written before is stored.
            let place = || Place {
                offset: offset + u64::from(line.start),
                index: *index,
                bytes: &bytes[line.start as usize..line.end as usize],
            };
            if line.template != NO_TEMPLATE && !self.templates.get(line.template).parse {
                let marks = &self.segment.positions[line.first as usize..(line.first + line.quotes) as usize];
                let source = Source::Indexed { bytes, marks, template: self.templates.get(line.template) };
                each(place(), Ok(&Row { source }));
            } else {
                self.learn(bytes, line);
                self.parse(place(), each);
            }
            *index += 1;
        }
        done
    }

    #[cold]
    fn learn(&mut self, bytes: &[u8], line: LineAt) {
        if line.template == NO_TEMPLATE && line.fingerprint != 0 {
            let marks = &self.segment.positions[line.first as usize..=(line.first + line.quotes) as usize];
            self.templates.learn(bytes, line.start as usize, marks, line.fingerprint);
        }
    }

    /// All lines, one by one; returns their bytes.
    fn plain<'d>(
        &mut self,
        offset: u64,
        index: &mut u64,
        bytes: &'d [u8],
        each: &mut impl FnMut(Place<'d>, Result<&Row<'_>, Malformed>),
    ) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
            self.parse(Place { offset: offset + at as u64, index: *index, bytes: &bytes[at..end] }, each);
            at = end + 1;
            *index += 1;
        }
        bytes.len()
    }

    #[cold]
    fn parse<'d>(&mut self, mut place: Place<'d>, each: &mut impl FnMut(Place<'d>, Result<&Row<'_>, Malformed>)) {
        place.bytes = place.bytes.strip_suffix(b"\r").unwrap_or(place.bytes);
        if place.bytes.trim_ascii().is_empty() {
            return;
        }
        self.parsed += 1;
        match parse_any(place.bytes) {
            Ok(record) => {
                each(place, Ok(&Row { source: Source::Parsed { record: &record, projection: &self.projection } }))
            }
            Err(e) => each(place, Err(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_carry_the_wanted_fields_and_bad_lines_their_reason() {
        let projection = Projection::new(&["_msg", "n"]);
        let chunk = b"{\"n\":1,\"_msg\":\"a\\nb\"}\n\nnote\n{\"x\":\"y\"}\r\n{\"_msg\":\"";
        let mut seen = Vec::new();
        for kernel in Kernel::available() {
            seen.clear();
            let lines = Scanner::new(&projection, kernel).chunk(100, chunk, |place, row| {
                let shown = row.map(|r| format!("{}|{}", r.text(0), r.text(1)));
                seen.push((place.offset, place.index, shown));
            });
            assert_eq!(lines, 5);
            let want = [
                (100, 0, Ok("a\nb|1".to_owned())),
                (123, 2, Err(Malformed::NotAnObject)),
                (128, 3, Ok("|".to_owned())),
                (139, 4, Err(Malformed::Truncated)),
            ];
            assert_eq!(seen, want);
        }
    }

    /// What a scan of a chunk hands over, as text.
    fn shown(kernel: Kernel, projection: &Projection, chunk: &[u8]) -> Vec<String> {
        let mut seen = Vec::new();
        let mut scanner = Scanner::new(projection, kernel);
        let lines = scanner.chunk(7, chunk, |place, row| {
            let row = row.map(|row| {
                let slots: Vec<_> =
                    (0..projection.names().len()).map(|s| row.raw(s).map(|v| v.text().into_owned())).collect();
                let mut all = Vec::new();
                if projection.every {
                    row.each(|name, value| all.push((name.to_owned(), value.text().into_owned())));
                }
                (slots, all, row.is_disputed())
            });
            seen.push(format!("{} {} {:?} {row:?}", place.offset, place.index, place.bytes));
        });
        seen.push(lines.to_string());
        seen
    }

    fn agree(chunk: &[u8]) {
        let names = ["_msg", "kubernetes.pod_name", "a", "audit.q.host", "ab", "_time"];
        for projection in [Projection::new(&names), Projection::with_every_field(&names), Projection::new(&[])] {
            let want = shown(Kernel::Plain, &projection, chunk);
            for kernel in &Kernel::available()[1..] {
                assert_eq!(shown(*kernel, &projection, chunk), want, "{kernel:?}");
            }
        }
    }

    #[test]
    fn a_hidden_name_is_found_where_a_template_has_another() {
        let plain = r#"{"_time":"1","audit.abcdef.host":"x","service.name":"y"}"#;
        let hidden = r#"{"_time":"2","audit.\u0071.host":"z","service.name":"y"}"#;
        let short = r#"{"\u0061bc":"1"}"#;
        agree(
            [plain, plain, hidden, plain, short, short, r#"{"a23456789":"1"}"#, r#"{"\u0061789":"1"}"#]
                .join("\n")
                .as_bytes(),
        );
        agree(br#"{"log":"{\"_msg\":\"x\"}\n","time":"2026-01-01T00:00:00Z"}"#);
    }

    #[test]
    fn keys_of_any_length_are_compared_to_their_last_byte() {
        for length in (20..100).chain([4090, 4096, 4097, 70_000]) {
            let line = |key: &str| format!("{{\"_msg\":\"m\",\"{key}\":\"x\",\"_time\":\"1\"}}");
            let key = "abc".repeat(length)[..length].to_owned();
            let mut lines = vec![line(&key); 2];
            for at in [0, 1, length / 2, length - 2, length - 1] {
                let mut other = key.clone();
                other.replace_range(at..=at, "-");
                lines.push(line(&other));
            }
            agree(lines.join("\n").as_bytes());
        }
    }

    #[test]
    fn names_that_come_twice_are_told_wanted_or_not() {
        let rows = [
            r#"{"_msg":"a","other":"1","other":"2"}"#,
            r#"{"_msg":"a","other":"1","other":"1"}"#,
            r#"{"_msg":"a","other":"1","other":"\u0031"}"#,
            r#"{"_msg":"a","other":"","other":"2"}"#,
            r#"{"x":"1","x":"","x":"2"}"#,
            r#"{"_msg":"a","_msg":"b"}"#,
            r#"{"_msg":"a","annotation.one.color":"1","annotation.two.color":"2"}"#,
            r#"{"_msg":"a","annotation.two.color":"1","annotation.two.color":"2"}"#,
        ];
        let want = [true, false, false, false, true, true, false, true];
        let chunk = [rows, rows].concat().join("\n");
        for kernel in Kernel::available() {
            let mut seen = Vec::new();
            Scanner::new(&Projection::new(&["_msg"]), kernel)
                .chunk(0, chunk.as_bytes(), |_, row| seen.push(row.is_ok_and(Row::is_disputed)));
            assert_eq!(seen, [want, want].concat(), "{kernel:?}");
        }
    }

    const BASES: &[&str] = &[
        r#"{"_time":"2026-01-01T00:00:00Z","_stream":"{a=\"b\"}","_msg":"hello \"you\" \\","kubernetes.pod_name":"p-1","service":"s"}"#,
        r#"{"_msg":"x","a":"1","ab":"","audit.abcdef.host":"h","kubernetes.namespace":"n"}"#,
        r#"{"a":"","_msg":"1","a":"2"}"#,
        r#"{"_msg":"1","x":"1","x":"2","_msg":"2"}"#,
        r#"{"":"e","_msg":"m"}"#,
        r#"{"_msg":"m","n":1,"o":{"p":"q"}}"#,
        "not json",
        "",
    ];

    proptest::proptest! {
        #[test]
        fn every_kernel_agrees_with_the_plain_scanner(
            picks in proptest::collection::vec((0..BASES.len(), proptest::option::of((0..200_usize, 0..12_usize)), 0..2_usize), 1..40),
        ) {
            const ODD: [&[u8]; 12] = [b"\"", b"\\", b"{", b"}", b":", b",", b" ", b"a", b"\n", b"\xff", b"\r", b"\\u0061"];
            let mut chunk = Vec::new();
            for (base, change, insert) in picks {
                let mut line = BASES[base].as_bytes().to_vec();
                if let Some((at, with)) = change {
                    let at = at.min(line.len());
                    let end = if insert == 1 { at } else { (at + 1).min(line.len()) };
                    line.splice(at..end, ODD[with].iter().copied());
                }
                chunk.extend_from_slice(BASES[base].as_bytes());
                chunk.push(b'\n');
                chunk.extend_from_slice(&line);
                chunk.push(b'\n');
            }
            agree(&chunk);
            chunk.pop();
            agree(&chunk);
        }
    }
}
