//! Gzip members and zstd frames to text, with the place of whatever is wrong.

use super::layout::Codec;
use std::io::{BufRead, BufReader, Read};

/// Stored bytes read at a time.
const STORED_BUFFER: usize = 256 << 10;

/// An input may expand without limit up to here, and beyond only so many times its stored size. Gzip cannot pass the
/// factor; a zstd bomb does.
const FREE_EXPANSION: u64 = 1 << 30;
const EXPANSION_MAX: u64 = 2000;

/// Counts what was consumed of a buffered reader.
struct Counted<R> {
    inner: BufReader<R>,
    consumed: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(out)?;
        self.consumed += n as u64;
        Ok(n)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.inner.consume(n);
        self.consumed += n as u64;
    }
}

type Stored<'s> = Counted<Box<dyn Read + Send + 's>>;

enum State<'s> {
    Plain(Stored<'s>),
    Gzip(Box<flate2::bufread::GzDecoder<Stored<'s>>>),
    Zstd(Box<zstd::stream::raw::Decoder<'static>>, Stored<'s>),
    /// Ended, with all that was stored consumed or given up.
    Ended,
}

/// Reads an input's text, whatever its packing.
pub struct Decoder<'s> {
    state: State<'s>,
    /// Members or frames begun, the current one included, and where it begins in the stored bytes.
    part: u64,
    part_at: u64,
    /// Whether any of the current frame was fed to the decoder.
    in_frame: bool,
    produced: u64,
}

impl<'s> Decoder<'s> {
    pub fn new(codec: Codec, reader: Box<dyn Read + Send + 's>) -> Self {
        let stored = Counted { inner: BufReader::with_capacity(STORED_BUFFER, reader), consumed: 0 };
        let state = match codec {
            Codec::Plain => State::Plain(stored),
            Codec::Gzip => State::Gzip(Box::new(flate2::bufread::GzDecoder::new(stored))),
            Codec::Zstd => match zstd::stream::raw::Decoder::new() {
                Ok(decoder) => State::Zstd(Box::new(decoder), stored),
                Err(_) => State::Ended,
            },
        };
        Decoder { state, part: 1, part_at: 0, in_frame: false, produced: 0 }
    }

    /// Fills as much of `out` as the input gives: the count (short only at the end), and what went wrong there.
    pub fn fill(&mut self, out: &mut [u8]) -> (usize, Option<String>) {
        let mut filled = 0;
        while filled < out.len() {
            match self.step(&mut out[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(damage) => {
                    self.state = State::Ended;
                    return (filled, Some(damage));
                }
            }
        }
        (filled, None)
    }

    fn step(&mut self, out: &mut [u8]) -> Result<usize, String> {
        let n = match &self.state {
            State::Plain(_) => self.plain(out)?,
            State::Gzip(_) => self.gzip(out)?,
            State::Zstd(..) => self.zstd(out)?,
            State::Ended => 0,
        };
        self.produced += n as u64;
        let stored = self.consumed();
        if self.produced > FREE_EXPANSION && self.produced / EXPANSION_MAX > stored.max(1) {
            return Err(format!("expands more than {EXPANSION_MAX} times at byte {stored}: stopped there"));
        }
        Ok(n)
    }

    fn consumed(&self) -> u64 {
        match &self.state {
            State::Plain(stored) | State::Zstd(_, stored) => stored.consumed,
            State::Gzip(decoder) => decoder.get_ref().consumed,
            State::Ended => 0,
        }
    }

    fn plain(&mut self, out: &mut [u8]) -> Result<usize, String> {
        let State::Plain(stored) = &mut self.state else { return Ok(0) };
        loop {
            match stored.read(out) {
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(format!("byte {}: {}", stored.consumed, super::reason(&e))),
            }
        }
    }

    fn gzip(&mut self, out: &mut [u8]) -> Result<usize, String> {
        loop {
            let State::Gzip(decoder) = &mut self.state else { return Ok(0) };
            match decoder.read(out) {
                Ok(0) => {}
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(format!("member {} at byte {}: {}", self.part, self.part_at, gzip_words(&e))),
            }
            let State::Gzip(decoder) = std::mem::replace(&mut self.state, State::Ended) else { return Ok(0) };
            let mut stored = decoder.into_inner();
            self.part += 1;
            self.part_at = stored.consumed;
            match ahead(&mut stored)? {
                Ahead::End => return Ok(0),
                Ahead::Magic(0x1f) => self.state = State::Gzip(Box::new(flate2::bufread::GzDecoder::new(stored))),
                Ahead::Magic(_) => return Err(format!("byte {}: trailing data that is not gzip", self.part_at)),
            }
        }
    }

    fn zstd(&mut self, out: &mut [u8]) -> Result<usize, String> {
        use zstd::stream::raw::{InBuffer, Operation, OutBuffer};
        loop {
            let State::Zstd(decoder, stored) = &mut self.state else { return Ok(0) };
            let place = (self.part, self.part_at);
            let at_place = |what: &str| format!("frame {} at byte {}: {what}", place.0, place.1);
            let input = match stored.fill_buf() {
                Ok(input) => input,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(format!("byte {}: {}", stored.consumed, super::reason(&e))),
            };
            let ended = input.is_empty();
            if !self.in_frame {
                match input.first() {
                    None => return Ok(0),
                    Some(0x28) | Some(0x50..=0x5f) => self.in_frame = true,
                    Some(_) => return Err(format!("byte {}: trailing data that is not zstd", stored.consumed)),
                }
            }
            let mut source = InBuffer::around(input);
            let mut target = OutBuffer::around(&mut *out);
            let hint = decoder.run(&mut source, &mut target).map_err(|e| at_place(&zstd_words(&e)))?;
            let (read, written) = (source.pos(), target.pos());
            stored.consume(read);
            if hint == 0 {
                self.in_frame = false;
                self.part += 1;
                self.part_at = stored.consumed;
            }
            if written > 0 {
                return Ok(written);
            }
            if ended && hint != 0 {
                return Err(at_place("unexpected end"));
            }
        }
    }
}

enum Ahead {
    End,
    Magic(u8),
}

/// What follows a gzip member. Zero padding up to the end counts as the end, as `gzip -d` has it.
fn ahead(stored: &mut Stored<'_>) -> Result<Ahead, String> {
    loop {
        let at = stored.consumed;
        let bytes = match stored.fill_buf() {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(format!("byte {at}: {}", super::reason(&e))),
        };
        let Some(first) = bytes.iter().position(|b| *b != 0) else {
            let length = bytes.len();
            if length == 0 {
                return Ok(Ahead::End);
            }
            stored.consume(length);
            continue;
        };
        let magic = bytes[first];
        stored.consume(first);
        return Ok(Ahead::Magic(magic));
    }
}

fn gzip_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        "unexpected end".to_owned()
    } else if text.contains("checksum") {
        "checksum mismatch".to_owned()
    } else if text.contains("header") {
        "not a gzip header".to_owned()
    } else {
        "corrupt data".to_owned()
    }
}

fn zstd_words(error: &std::io::Error) -> String {
    let text = error.to_string().to_lowercase();
    if text.contains("checksum") {
        "checksum mismatch".to_owned()
    } else if text.contains("memory") || text.contains("window") {
        "needs a window of more than 128 MiB".to_owned()
    } else if text.contains("unknown frame") {
        "not a zstd frame".to_owned()
    } else {
        "corrupt data".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("written");
        encoder.finish().expect("finished")
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.include_checksum(true).expect("a checksum");
        encoder.write_all(text).expect("written");
        encoder.finish().expect("finished")
    }

    fn decode(codec: Codec, stored: &[u8]) -> (String, Option<String>) {
        let mut decoder = Decoder::new(codec, Box::new(stored));
        let mut out = vec![0; 1 << 20];
        let (n, damage) = decoder.fill(&mut out);
        (String::from_utf8_lossy(&out[..n]).into_owned(), damage)
    }

    #[test]
    fn members_and_frames_follow_one_another() {
        let members = [gz(b"one\n"), gz(b""), gz(b"two\n"), vec![0; 512]].concat();
        assert_eq!(decode(Codec::Gzip, &members), ("one\ntwo\n".to_owned(), None));
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let frames = [zst(b"one\n"), skippable.to_vec(), zst(b""), zst(b"two\n")].concat();
        assert_eq!(decode(Codec::Zstd, &frames), ("one\ntwo\n".to_owned(), None));
    }

    #[test]
    fn damage_is_located_and_what_came_before_is_kept() {
        for (codec, pack, part) in [(Codec::Gzip, gz as fn(&[u8]) -> Vec<u8>, "member"), (Codec::Zstd, zst, "frame")] {
            let (first, second) = (pack(b"one\n"), pack(b"two two two two\n"));
            let at = first.len();
            let cut = [&first[..], &second[..second.len() - 3]].concat();
            let (text, damage) = decode(codec, &cut);
            assert!(text.starts_with("one\n"), "{text}");
            assert_eq!(damage.as_deref(), Some(format!("{part} 2 at byte {at}: unexpected end").as_str()));
            let mut flipped = [&first[..], &second].concat();
            let last = flipped.len() - if codec == Codec::Gzip { 8 } else { 1 };
            flipped[last] ^= 1;
            assert_eq!(
                decode(codec, &flipped).1.as_deref(),
                Some(format!("{part} 2 at byte {at}: checksum mismatch").as_str())
            );
            let garbage = [&first[..], b"garbage"].concat();
            let damage = decode(codec, &garbage).1.expect("damage");
            assert!(damage.starts_with(&format!("byte {at}: trailing data")), "{damage}");
        }
    }

    #[test]
    fn a_bomb_is_stopped() {
        let frame = zstd::bulk::compress(&vec![b'a'; 64 << 20], 1).expect("compressed");
        let bomb = frame.repeat(64);
        let mut decoder = Decoder::new(Codec::Zstd, Box::new(&bomb[..]));
        let mut out = vec![0; 1 << 20];
        let (mut total, mut damage) = (0_u64, None);
        while damage.is_none() && total < 4 << 30 {
            let (n, wrong) = decoder.fill(&mut out);
            total += n as u64;
            damage = wrong;
            if n < out.len() {
                break;
            }
        }
        assert!(damage.expect("damage").starts_with("expands more than 2000 times"));
        assert!(total < 2 << 30);
    }
}
