//! JSON over several lines (pretty-printed objects, arrays) to one record a line, every byte where it was.
//!
//! Inside a record the line ends are taken out and put back behind it, so a record begins at its own offset and on its
//! own line number, and all that follows does too. Brackets and commas between the elements of an array become blanks;
//! elements on one line are parted by a line end. Anything else between records is passed on as it is.

/// The state of one input's stitching.
pub struct Stitcher {
    place: At,
    /// Line ends taken out of the current record.
    owed: usize,
    /// Bytes of the current record, to give up on one that never ends.
    length: usize,
    record_bytes_max: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Between records, where one may begin.
    Between,
    /// Behind a record on the same line.
    Behind,
    /// In a line that is no record.
    Junk,
    /// In a record, outside its strings.
    Inside { depth: u32, line_start: bool },
    /// In a string of a record; `escaped`: the next byte is.
    Quoted { depth: u32, escaped: bool },
}

impl Stitcher {
    pub fn new(record_bytes_max: usize) -> Self {
        Stitcher { place: At::Between, owed: 0, length: 0, record_bytes_max }
    }

    /// Takes more of the input; `out` grows by as many bytes, give or take the line ends that are owed.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) {
        for &byte in input {
            self.place = match self.place {
                At::Between | At::Behind => self.between(byte, out),
                At::Junk => {
                    out.push(byte);
                    if byte == b'\n' { At::Between } else { At::Junk }
                }
                At::Inside { depth, line_start } => self.inside(byte, depth, line_start, out),
                At::Quoted { depth, escaped } => self.quoted(byte, depth, escaped, out),
            };
        }
    }

    /// The input has ended: what is owed is paid.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.pay(out);
    }

    fn pay(&mut self, out: &mut Vec<u8>) {
        out.resize(out.len() + self.owed, b'\n');
        self.owed = 0;
        self.length = 0;
    }

    fn between(&mut self, byte: u8, out: &mut Vec<u8>) -> At {
        match byte {
            b'{' => {
                out.push(byte);
                At::Inside { depth: 1, line_start: false }
            }
            b'\n' => {
                out.push(byte);
                At::Between
            }
            b',' if self.place == At::Behind => {
                out.push(b'\n');
                At::Between
            }
            b'[' | b']' | b',' | b' ' | b'\t' | b'\r' => {
                out.push(b' ');
                self.place
            }
            _ => {
                out.push(byte);
                At::Junk
            }
        }
    }

    fn inside(&mut self, byte: u8, depth: u32, line_start: bool, out: &mut Vec<u8>) -> At {
        self.length += 1;
        // A brace in the first column is the next record: the one before it was cut.
        if (line_start && byte == b'{') || self.length > self.record_bytes_max {
            self.pay(out);
            return self.between(byte, out);
        }
        let depth = match byte {
            b'{' | b'[' => depth + 1,
            b'}' | b']' => depth - 1,
            _ => depth,
        };
        if byte == b'\n' {
            self.owed += 1;
            return At::Inside { depth, line_start: true };
        }
        out.push(byte);
        if depth == 0 {
            self.pay(out);
            return At::Behind;
        }
        if byte == b'"' { At::Quoted { depth, escaped: false } } else { At::Inside { depth, line_start: false } }
    }

    fn quoted(&mut self, byte: u8, depth: u32, escaped: bool, out: &mut Vec<u8>) -> At {
        self.length += 1;
        out.push(byte);
        // A string cannot hold a line end: the record was cut inside it.
        if byte == b'\n' || self.length > self.record_bytes_max {
            self.pay(out);
            return if byte == b'\n' { At::Between } else { At::Junk };
        }
        match byte {
            b'\\' if !escaped => At::Quoted { depth, escaped: true },
            b'"' if !escaped => At::Inside { depth, line_start: false },
            _ => At::Quoted { depth, escaped: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stitched(input: &str) -> Vec<(usize, String)> {
        let (mut out, mut stitcher) = (Vec::new(), Stitcher::new(1 << 20));
        for piece in input.as_bytes().chunks(3) {
            stitcher.push(piece, &mut out);
        }
        stitcher.finish(&mut out);
        assert_eq!(out.len(), input.len());
        let count = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count();
        let text = String::from_utf8(out).expect("UTF-8");
        let mut offset = 0;
        let mut found = Vec::new();
        for line in text.split('\n') {
            let trimmed = line.trim();
            if !trimmed.is_empty() {
                let at = offset + line.find(trimmed).expect("inside");
                assert!(input.as_bytes()[at] == trimmed.as_bytes()[0], "{trimmed} moved");
                assert!(count(&text.as_bytes()[..at]) >= count(&input.as_bytes()[..at]));
                found.push((at, trimmed.split_whitespace().collect::<Vec<_>>().join("")));
            }
            offset += line.len() + 1;
        }
        found
    }

    #[test]
    fn pretty_objects_become_lines_at_their_own_offsets() {
        let text = "note [x]\n{\n  \"a\": \"b\\\"}\",\n  \"c\": \"d\"\n}\n{\n  \"e\": \"f\"\n}";
        let want = [
            (0, "note[x]".to_owned()),
            (9, "{\"a\":\"b\\\"}\",\"c\":\"d\"}".to_owned()),
            (39, "{\"e\":\"f\"}".to_owned()),
        ];
        assert_eq!(stitched(text), want);
    }

    #[test]
    fn arrays_become_lines() {
        let want = [(1, "{\"a\":\"1\"}".to_owned()), (11, "{\"a\":[2,3]}".to_owned())];
        assert_eq!(stitched("[{\"a\":\"1\"},{\"a\":[2,3]}]"), want);
        assert_eq!(stitched("[\n  {\n  \"a\":\"1\"\n  },\n  {\"b\":\"2\"}\n]\n").len(), 2);
    }

    #[test]
    fn a_cut_record_does_not_swallow_the_next() {
        let found = stitched("{\n  \"a\": \"b\",\n{\n  \"c\": \"d\"\n}\n{\n  \"e\": \"f\n{\n  \"g\": \"h\"\n}\n");
        let texts: Vec<&str> = found.iter().map(|(_, t)| t.as_str()).collect();
        assert_eq!(texts, ["{\"a\":\"b\",", "{\"c\":\"d\"}", "{\"e\":\"f", "{\"g\":\"h\"}"]);
    }
}
