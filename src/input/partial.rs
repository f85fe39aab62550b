//! Lines that a container runtime wrote in parts: `P` lines of CRI up to their `F` line, and entries of docker's json-file
//! up to the one whose text ends its line.
//!
//! The parts become one line at the offset and line number of the first, with the time and the stream of the first. Every
//! other part leaves an empty line, so that all that follows keeps its own number and offset. Lines that stand between
//! the parts, which are the other stream's, come behind the joined line. Parts are joined before anybody cuts the input
//! into chunks, by whoever reads it from its beginning to its end: a chunk that begins with a later part could not know
//! how far back the first one is.
//!
//! What is never joined: parts in different files (a log that was rotated within a line), and parts in a file whose first
//! telling line is of another form. Characters that docker cut in two were lost when it wrote them.

use super::feeder::overlong;
use super::layout::{self, Layout};
use memchr::memmem;

/// Bytes that docker holds before it writes an entry that does not end its line.
const DOCKER_PART_BYTES: usize = 16 << 10;
/// How many longest lines may lie between the first part of a line and its last.
const REACH: u64 = 2;

/// Reads a line without its line end.
type Reader = fn(&[u8]) -> Option<Part<'_>>;

/// Joins the parts of one input's lines.
pub struct Joiner {
    read: Reader,
    /// A part of fewer bytes was not cut for its length.
    part_bytes: usize,
    line_bytes_max: usize,
    streams: [Stream; 2],
    /// Lines from the first part of an open line on, in the order of the input.
    waiting: Vec<Held>,
    damage: Vec<(u64, String)>,
}

/// A line that is, or may be, a part of another.
struct Part<'l> {
    /// 0 is standard output, 1 standard error.
    stream: usize,
    head: &'l [u8],
    text: &'l [u8],
    tail: &'l [u8],
    /// Place of the `P` in the head, which a joined line must not keep.
    tag: Option<usize>,
    ends: bool,
}

enum Stream {
    Closed,
    Open(Open),
    /// In a line that is too long: its beginning was handed on, the rest is stepped over.
    Skipped,
}

/// A line whose last part has not come yet. Its beginning is in [`Joiner::waiting`].
struct Open {
    held: usize,
    offset: u64,
    tail: Vec<u8>,
    tag: Option<usize>,
    /// Empty lines that follow at once, in place of other parts.
    owed: usize,
    /// The part before was shorter than a runtime would make it.
    short: bool,
}

/// Whole lines from a place on.
struct Held {
    offset: u64,
    bytes: Vec<u8>,
}

impl Joiner {
    /// `None` for a layout whose lines come whole.
    pub fn of(layout: Layout, line_bytes_max: usize) -> Option<Joiner> {
        let (read, part_bytes) = match layout {
            Layout::Docker => (docker as Reader, DOCKER_PART_BYTES),
            Layout::Cri => (cri as Reader, 0),
            _ => return None,
        };
        Some(Joiner {
            read,
            part_bytes,
            line_bytes_max,
            streams: [Stream::Closed, Stream::Closed],
            waiting: Vec::new(),
            damage: Vec::new(),
        })
    }

    /// Takes the next whole lines and gives back what is complete, in order, as lines from an offset on.
    pub fn push(&mut self, offset: u64, bytes: Vec<u8>, out: &mut impl FnMut(u64, Vec<u8>)) {
        let (mut run, mut at) = (0, 0);
        while at < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n + 1);
            let here = offset + at as u64;
            self.give_up(here);
            self.release(out);
            let line = &bytes[at..end];
            if let Some(part) = (self.read)(line.strip_suffix(b"\n").unwrap_or(line))
                && self.wants(&part)
            {
                self.pass(offset + run as u64, &bytes[run..at], out);
                self.take(here, &part);
                self.release(out);
                run = end;
            }
            at = end;
        }
        if run == 0 && self.waiting.is_empty() {
            out(offset, bytes);
        } else {
            self.pass(offset + run as u64, &bytes[run..], out);
        }
    }

    /// The input has ended; returns what was wrong with it.
    pub fn finish(mut self, out: &mut impl FnMut(u64, Vec<u8>)) -> Vec<(u64, String)> {
        for stream in 0..self.streams.len() {
            if let Some(open) = self.open(stream) {
                // A program that ends within a line leaves a short entry, which is all there is of it.
                if !open.short {
                    let at = open.offset;
                    self.damage.push((at, format!("byte {at}: a line written in parts: its last part is missing")));
                }
                self.close(open, false);
            }
        }
        self.release(out);
        self.damage
    }

    fn open(&mut self, stream: usize) -> Option<Open> {
        match std::mem::replace(&mut self.streams[stream], Stream::Closed) {
            Stream::Open(open) => Some(open),
            other => {
                self.streams[stream] = other;
                None
            }
        }
    }

    /// Closes lines whose last part is too long in coming.
    fn give_up(&mut self, here: u64) {
        for stream in 0..self.streams.len() {
            let reach = REACH * self.line_bytes_max as u64;
            if let Stream::Open(Open { offset: at, .. }) = self.streams[stream]
                && here - at > reach
                && let Some(open) = self.open(stream)
            {
                let text =
                    format!("byte {at}: a line written in parts: its last part is not among the next {reach} bytes");
                self.damage.push((at, text));
                self.close(open, false);
            }
        }
    }

    /// Whether a line is to be joined with others. Words without a line end that a record follows are all that a program
    /// wrote before it ended.
    fn wants(&mut self, part: &Part<'_>) -> bool {
        if matches!(&self.streams[part.stream], Stream::Open(open) if open.short && layout::begins_record(part.text))
            && let Some(open) = self.open(part.stream)
        {
            self.close(open, false);
        }
        !part.ends || !matches!(self.streams[part.stream], Stream::Closed)
    }

    /// Lines that are no parts.
    fn pass(&mut self, offset: u64, bytes: &[u8], out: &mut impl FnMut(u64, Vec<u8>)) {
        match (bytes.is_empty(), self.waiting.is_empty()) {
            (true, _) => {}
            (_, true) => out(offset, bytes.to_vec()),
            _ => self.waiting.push(Held { offset, bytes: bytes.to_vec() }),
        }
    }

    fn take(&mut self, offset: u64, part: &Part<'_>) {
        let short = part.text.len() < self.part_bytes || unescaped_length(part.text) < self.part_bytes;
        let mut open = match std::mem::replace(&mut self.streams[part.stream], Stream::Skipped) {
            Stream::Closed => {
                let held = self.waiting.len();
                self.waiting.push(Held { offset, bytes: part.head.to_vec() });
                Open { held, offset, tail: part.tail.to_vec(), tag: part.tag, owed: 0, short }
            }
            Stream::Open(mut open) => {
                if open.held + 1 == self.waiting.len() {
                    open.owed += 1;
                } else {
                    self.waiting.push(Held { offset, bytes: b"\n".to_vec() });
                }
                open
            }
            Stream::Skipped => {
                self.waiting.push(Held { offset, bytes: b"\n".to_vec() });
                if part.ends {
                    self.streams[part.stream] = Stream::Closed;
                }
                return;
            }
        };
        open.short = short;
        let line = &mut self.waiting[open.held].bytes;
        line.extend_from_slice(part.text);
        if line.len() + open.tail.len() > self.line_bytes_max {
            line.truncate(self.line_bytes_max);
            self.damage.push((open.offset, overlong(open.offset, self.line_bytes_max as u64)));
            open.tail.clear();
            self.close(open, false);
            if part.ends {
                self.streams[part.stream] = Stream::Closed;
            }
        } else if part.ends {
            self.close(open, true);
            self.streams[part.stream] = Stream::Closed;
        } else {
            self.streams[part.stream] = Stream::Open(open);
        }
    }

    /// Ends a line that waits.
    fn close(&mut self, open: Open, whole: bool) {
        let line = &mut self.waiting[open.held].bytes;
        if let Some(tag) = open.tag.filter(|_| whole) {
            line[tag] = b'F';
        }
        line.extend_from_slice(&open.tail);
        line.resize(line.len() + 1 + open.owed, b'\n');
    }

    /// Gives back what waits, unless it still waits for something.
    fn release(&mut self, out: &mut impl FnMut(u64, Vec<u8>)) {
        if !self.waiting.is_empty() && !self.streams.iter().any(|stream| matches!(stream, Stream::Open(_))) {
            self.waiting.drain(..).for_each(|held| out(held.offset, held.bytes));
        }
    }
}

fn stream(word: &[u8]) -> Option<usize> {
    [&b"stdout"[..], b"stderr"].iter().position(|name| *name == word)
}

/// `2026-02-21T08:15:04.123456789Z stdout P text`.
fn cri(line: &[u8]) -> Option<Part<'_>> {
    let mut words = line.splitn(4, |b| *b == b' ');
    let (time, word, tags) = (words.next()?, words.next()?, words.next()?);
    let stream = stream(word)?;
    let text = words.next().unwrap_or_default();
    let ends = match layout::first_tag(tags) {
        b"F" => true,
        b"P" => false,
        _ => return None,
    };
    let head = &line[..line.len() - text.len()];
    let tag = (!ends).then_some(time.len() + word.len() + 2);
    Some(Part { stream, head, text, tail: &[], tag, ends })
}

/// `{"log":"text\n","stream":"stdout","time":"…"}`. Within a string a quote is always escaped, so the first end of a
/// string that a stream follows ends the text.
fn docker(line: &[u8]) -> Option<Part<'_>> {
    const HEAD: &[u8] = b"{\"log\":\"";
    const STREAM: &[u8] = b"\",\"stream\":\"";
    let rest = line.strip_prefix(HEAD).filter(|rest| rest.ends_with(b"}"))?;
    let (text, tail) = rest.split_at(memmem::find(rest, STREAM)?);
    let stream = stream(tail.get(STREAM.len()..STREAM.len() + 6)?)?;
    let slashes = text.strip_suffix(b"n").map_or(0, |text| text.iter().rev().take_while(|b| **b == b'\\').count());
    Some(Part { stream, head: &line[..HEAD.len()], text, tail, tag: None, ends: slashes % 2 == 1 })
}

/// Bytes that docker was given for a text as it stands between the quotes: an escape is one, unless it stands for a
/// longer character. A byte that is no text is written as U+FFFD.
fn unescaped_length(text: &[u8]) -> usize {
    let (mut length, mut at) = (text.len(), 0);
    while let Some(slash) = memchr::memchr(b'\\', &text[at..]).map(|n| at + n) {
        let (written, meant) = match &text[slash + 1..] {
            [b'u', b'2', b'0', b'2', b'8' | b'9', ..] => (6, 3),
            [b'u', ..] => (6, 1),
            _ => (2, 1),
        };
        length = length.saturating_sub(written - meant);
        at = (slash + written).min(text.len());
    }
    length
}

#[cfg(test)]
mod tests {
    use super::super::Chunk;
    use super::*;
    use proptest::prelude::*;

    /// Offset, number and text of every line that is not empty.
    type Lines = Vec<(u64, u64, String)>;

    fn joined(
        layout: Layout,
        part_bytes: usize,
        max: usize,
        text: &[u8],
        buffer: usize,
    ) -> (Lines, Vec<(u64, String)>) {
        let mut joiner = Joiner { part_bytes, ..Joiner::of(layout, max).expect("a layout of parts") };
        let (mut lines, mut number) = (Vec::new(), 0);
        let mut out = |offset: u64, bytes: Vec<u8>| {
            let chunk = Chunk { input: 0, offset, bytes: &bytes };
            for line in chunk.lines() {
                number += 1;
                if !line.bytes.is_empty() {
                    lines.push((line.offset, number, String::from_utf8_lossy(line.bytes).into_owned()));
                }
            }
        };
        let mut at = 0;
        while at < text.len() {
            let end = (at + buffer).min(text.len());
            let end = memchr::memchr(b'\n', &text[end - 1..]).map_or(text.len(), |n| end + n);
            joiner.push(at as u64, text[at..end].to_vec(), &mut out);
            at = end;
        }
        let damage = joiner.finish(&mut out);
        (lines, damage)
    }

    fn cri_lines(text: &str) -> (Vec<String>, Vec<(u64, String)>) {
        let (lines, damage) = joined(Layout::Cri, 0, 1000, text.as_bytes(), 1);
        (lines.into_iter().map(|(at, number, text)| format!("{at} {number} {text}")).collect(), damage)
    }

    #[test]
    fn parts_become_a_line_in_the_place_of_the_first() {
        let (lines, damage) = cri_lines("t1 stdout P a\nt2 stdout P:x  b \nt3 stdout F c\nt4 stdout F d\n");
        assert_eq!(lines, ["0 1 t1 stdout F a b c", "46 4 t4 stdout F d"]);
        assert_eq!(damage, []);
    }

    #[test]
    fn the_other_stream_is_not_mixed_in() {
        let (lines, damage) =
            cri_lines("t1 stdout P a\nt2 stderr F x\nnote\nt3 stderr P y\nt4 stdout F b\nt5 stderr F z");
        assert_eq!(lines, ["0 1 t1 stdout F ab", "14 2 t2 stderr F x", "28 3 note", "33 4 t3 stderr F yz"]);
        assert_eq!(damage, []);
    }

    #[test]
    fn a_line_without_its_last_part_is_told() {
        let (lines, damage) = cri_lines("t1 stdout F a\nt2 stdout P b\nt3 stderr F x\n");
        assert_eq!(lines, ["0 1 t1 stdout F a", "14 2 t2 stdout P b", "28 3 t3 stderr F x"]);
        assert_eq!(damage, [(14, "byte 14: a line written in parts: its last part is missing".to_owned())]);
    }

    #[test]
    fn what_is_too_long_or_too_far_is_given_up_and_told() {
        let long = "t1 stdout P 0123456789\nt2 stdout P 0123456789\nt3 stdout F x\nt4 stdout F y\n";
        let (lines, damage) = joined(Layout::Cri, 0, 30, long.as_bytes(), 1);
        let texts: Vec<&str> = lines.iter().map(|(.., text)| text.as_str()).collect();
        assert_eq!(texts, ["t1 stdout P 012345678901234567", "t4 stdout F y"]);
        assert_eq!(damage, [(0, overlong(0, 30))]);

        let far = format!("t1 stdout P a\n{}t3 stdout F b\n", "t2 stderr F x\n".repeat(10));
        let (lines, damage) = joined(Layout::Cri, 0, 30, far.as_bytes(), 1);
        assert_eq!((lines.len(), lines[0].2.as_str(), lines[11].2.as_str()), (12, "t1 stdout P a", "t3 stdout F b"));
        assert_eq!(damage[0].1, "byte 0: a line written in parts: its last part is not among the next 60 bytes");
    }

    fn entry(text: &str) -> String {
        format!("{{\"log\":{},\"stream\":\"stdout\",\"time\":\"t\"}}\n", serde_json::Value::from(text))
    }

    fn docker_texts(entries: &[&str]) -> Vec<String> {
        let text: String = entries.iter().map(|text| entry(text)).collect();
        let (lines, damage) = joined(Layout::Docker, 8, 1000, text.as_bytes(), 1);
        assert_eq!(damage, []);
        let log = |line: &str| {
            serde_json::from_str::<serde_json::Value>(line).expect("JSON")["log"].as_str().map(str::to_owned)
        };
        lines.iter().map(|(.., line)| log(line).expect("a text")).collect()
    }

    #[test]
    fn an_entry_without_a_line_end_goes_on_in_the_next() {
        assert_eq!(docker_texts(&["0123\"5\\n", "01234567", "x\n", "y\n"]), ["0123\"5\\n01234567x\n", "y\n"]);
        // Shortened by hand; a record cannot begin in the middle of another line, though.
        assert_eq!(docker_texts(&["{\"a\":", "1}\n"]), ["{\"a\":1}\n"]);
        assert_eq!(docker_texts(&["cannot", "{\"a\":1}\n", "bye"]), ["cannot", "{\"a\":1}\n", "bye"]);
        assert_eq!(docker_texts(&["01234567", "{\"a\":1}\n"]), ["01234567{\"a\":1}\n"]);
    }

    #[test]
    fn lengths_are_those_of_what_was_written() {
        for (text, want) in
            [("ab", 2), ("a\\\"\\\\", 3), ("\\u003c\\ufffd", 2), ("\\u2028é", 5), ("\\", 0), ("\\u0", 0)]
        {
            assert_eq!(unescaped_length(text.as_bytes()), want, "{text}");
        }
    }

    /// The same with the whole input in sight and nothing but the standard library and a JSON parser.
    fn plainly(layout: Layout, part_bytes: usize, text: &str) -> Lines {
        let mut lines: Lines = Vec::new();
        // By stream: the line it is in, and whether its last part was short.
        let mut open: [Option<(usize, bool)>; 2] = [None, None];
        let mut offset = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let (at, line) = (offset as u64, line.trim_end_matches('\n'));
            offset += line.len() + 1;
            let read = match layout {
                Layout::Cri => {
                    let words: Vec<&str> = line.splitn(4, ' ').collect();
                    (words.len() == 4).then(|| (words[1].to_owned(), words[3].to_owned(), words[2] == "F"))
                }
                _ => serde_json::from_str::<serde_json::Value>(line).ok().map(|entry| {
                    let text = entry["log"].as_str().expect("a text").to_owned();
                    let ends = text.ends_with('\n');
                    (entry["stream"].as_str().expect("a stream").to_owned(), text, ends)
                }),
            };
            let Some((stream, text, ends)) = read else {
                lines.push((at, number as u64 + 1, line.to_owned()));
                continue;
            };
            let stream = usize::from(stream == "stderr");
            if open[stream].is_some_and(|(_, short)| short) && text.starts_with("{\"") {
                open[stream] = None;
            }
            let short = text.len() < part_bytes;
            match open[stream] {
                Some((first, _)) => lines[first].2.push_str(&text),
                None => lines.push((at, number as u64 + 1, text)),
            }
            let first = open[stream].map_or(lines.len() - 1, |(first, _)| first);
            open[stream] = (!ends).then_some((first, short));
        }
        lines
    }

    /// The text alone of a line that was joined.
    fn texts(layout: Layout, lines: Lines) -> Lines {
        let text = |line: &str| match layout {
            Layout::Cri => line.splitn(4, ' ').nth(3).unwrap_or(line).to_owned(),
            _ => serde_json::from_str::<serde_json::Value>(line)
                .map_or(line.to_owned(), |entry| entry["log"].as_str().expect("a text").to_owned()),
        };
        lines.into_iter().map(|(at, number, line)| (at, number, text(&line))).collect()
    }

    proptest! {
        #[test]
        fn joining_is_the_plain_join(
            entries in proptest::collection::vec((any::<bool>(), 0_u8..5, "[a-z\"\\\\{é]{0,6}", any::<bool>()), 0..40),
            buffer in 1_usize..200,
        ) {
            for layout in [Layout::Cri, Layout::Docker] {
                let mut text = String::new();
                for (error, kind, words, ends) in &entries {
                    let stream = if *error { "stderr" } else { "stdout" };
                    let words = if *kind == 1 { format!("{{\"{words}") } else { words.clone() };
                    text.push_str(&match (layout, *kind) {
                        (_, 0) => "note\n".to_owned(),
                        (Layout::Cri, _) => format!("t {stream} {} {words}\n", if *ends { "F" } else { "P" }),
                        _ => {
                            let words = serde_json::Value::from(format!("{words}{}", if *ends { "\n" } else { "" }));
                            format!("{{\"log\":{words},\"stream\":\"{stream}\",\"time\":\"t\"}}\n")
                        }
                    });
                }
                let part_bytes = if layout == Layout::Cri { 0 } else { 4 };
                let (lines, _) = joined(layout, part_bytes, 1 << 20, text.as_bytes(), buffer);
                prop_assert_eq!(texts(layout, lines), plainly(layout, part_bytes, &text));
            }
        }
    }
}
