//! The feeder: one thread that reads what can only be read from its beginning (pipes, compressed files, records over
//! several lines) and hands whole lines to the workers in recycled buffers, so that decoding overlaps the work.

use super::decompress::Decoder;
use super::digest::Hasher;
use super::layout::{self, Codec, Layout};
use super::partial::Joiner;
use super::stitch::Stitcher;
use super::{Hash, ReadOptions};
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex};

/// Bytes of a buffer: large enough to make handing over cheap, small enough to stay near the cache.
const BUFFER_BYTES: usize = 1 << 20;

/// An input to feed.
pub struct Order<'s> {
    pub reader: Box<dyn Read + Send + 's>,
    /// A pipe is digested here, as nobody else can; a file elsewhere.
    pub hash: Hash,
}

/// What the feeder hands over, in the order of the input.
pub enum Fed {
    Lines { offset: u64, bytes: Vec<u8> },
    End(Outcome),
}

/// What is known of an input when it has been fed.
pub struct Outcome {
    pub format: &'static str,
    pub damage: Vec<(u64, String)>,
    /// Stored bytes read, and their digest if it was asked for here.
    pub stored: u64,
    pub digest: String,
}

/// Buffers on their way back.
#[derive(Default)]
pub struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    pub fn give_back(&self, buffer: Vec<u8>) {
        if buffer.capacity() <= 2 * BUFFER_BYTES
            && let Ok(mut pool) = self.0.lock()
            && pool.len() < 64
        {
            pool.push(buffer);
        }
    }

    fn take(&self, length: usize) -> Vec<u8> {
        let mut buffer = self.0.lock().ok().and_then(|mut pool| pool.pop()).unwrap_or_default();
        buffer.resize(length, 0);
        buffer
    }
}

/// Feeds one input after another until nobody orders or listens any more.
pub fn run(orders: Receiver<Order<'_>>, out: SyncSender<Fed>, pool: &Pool, options: &ReadOptions) {
    while let Ok(order) = orders.recv() {
        let mut feed =
            Feed { out: &out, pool, max: options.line_bytes_max, joiner: None, damage: Vec::new(), hung_up: false };
        let outcome = feed.input(order, options.chunk_bytes.clamp(1, BUFFER_BYTES));
        if feed.hung_up || out.send(Fed::End(outcome)).is_err() {
            return;
        }
    }
}

/// Counts and digests stored bytes as they pass.
struct Tap<R> {
    inner: R,
    count: Arc<AtomicU64>,
    hasher: Arc<Mutex<Hasher>>,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(out)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        if let Ok(mut hasher) = self.hasher.lock() {
            hasher.update(&out[..n]);
        }
        Ok(n)
    }
}

/// The text of an input: decoded, and stitched if its records span lines.
struct Text<'s> {
    decoder: Decoder<'s>,
    /// Decoded bytes that were looked at to name the format and are not yet handed on.
    head: Vec<u8>,
    head_at: usize,
    stitcher: Option<Stitcher>,
    stitched: Vec<u8>,
    stitched_at: usize,
    damage: Option<String>,
    ended: bool,
}

impl Text<'_> {
    /// Fills `out`; short only at the end.
    fn fill(&mut self, out: &mut [u8]) -> usize {
        if self.stitcher.is_none() {
            return self.raw(out);
        }
        let mut filled = 0;
        let mut piece = vec![0; 64 << 10];
        while filled < out.len() {
            if self.stitched_at == self.stitched.len() {
                if self.ended {
                    break;
                }
                self.stitched.clear();
                self.stitched_at = 0;
                let n = self.raw(&mut piece);
                let Some(stitcher) = &mut self.stitcher else { break };
                stitcher.push(&piece[..n], &mut self.stitched);
                if n < piece.len() {
                    stitcher.finish(&mut self.stitched);
                    self.ended = true;
                }
                continue;
            }
            let n = (out.len() - filled).min(self.stitched.len() - self.stitched_at);
            out[filled..filled + n].copy_from_slice(&self.stitched[self.stitched_at..self.stitched_at + n]);
            filled += n;
            self.stitched_at += n;
        }
        filled
    }

    fn raw(&mut self, out: &mut [u8]) -> usize {
        let from_head = out.len().min(self.head.len() - self.head_at);
        out[..from_head].copy_from_slice(&self.head[self.head_at..self.head_at + from_head]);
        self.head_at += from_head;
        if from_head == out.len() || self.damage.is_some() {
            return from_head;
        }
        let (n, damage) = self.decoder.fill(&mut out[from_head..]);
        self.damage = damage;
        from_head + n
    }
}

struct Feed<'f> {
    out: &'f SyncSender<Fed>,
    pool: &'f Pool,
    max: usize,
    joiner: Option<Joiner>,
    damage: Vec<(u64, String)>,
    hung_up: bool,
}

impl Feed<'_> {
    fn input(&mut self, order: Order<'_>, buffer_bytes: usize) -> Outcome {
        let count = Arc::new(AtomicU64::new(0));
        let hasher = Arc::new(Mutex::new(Hasher::new(order.hash)));
        let mut tap = Tap { inner: order.reader, count: Arc::clone(&count), hasher: Arc::clone(&hasher) };
        let mut format = layout::word(Layout::Unknown, Codec::Plain);
        match open(&mut tap) {
            Ok((mut text, layout, codec)) => {
                format = layout::word(layout, codec);
                self.joiner = Joiner::of(layout, self.max);
                self.text(&mut text, buffer_bytes);
                self.finish();
                if let Some(damage) = text.damage {
                    self.damage.push((u64::MAX, damage));
                }
            }
            Err(why) => self.damage.push((0, why)),
        }
        // Whatever lies behind the damage still belongs to the file that the digest names.
        let _ = std::io::copy(&mut tap, &mut std::io::sink());
        let digest = std::mem::replace(&mut *hasher.lock().unwrap_or_else(|e| e.into_inner()), Hasher::None);
        let stored = count.load(Ordering::Relaxed);
        Outcome { format, damage: std::mem::take(&mut self.damage), stored, digest: digest.finish() }
    }

    /// Hands the text over in buffers that end with a line.
    fn text(&mut self, text: &mut Text<'_>, buffer_bytes: usize) {
        let longest = self.max.saturating_add(1);
        let (mut offset, mut filled) = (text.head_at as u64, 0);
        let mut buffer = self.pool.take(buffer_bytes.min(longest));
        loop {
            let n = text.fill(&mut buffer[filled..]);
            filled += n;
            if filled < buffer.len() {
                buffer.truncate(filled);
                self.send(offset, buffer);
                return;
            }
            if let Some(newline) = memchr::memrchr(b'\n', &buffer) {
                let mut next = self.pool.take(buffer_bytes.min(longest).max(filled - newline));
                filled -= newline + 1;
                next[..filled].copy_from_slice(&buffer[newline + 1..]);
                buffer.truncate(newline + 1);
                self.send(offset, buffer);
                offset += newline as u64 + 1;
                buffer = next;
            } else if filled < longest {
                buffer.resize((filled * 2).min(longest), 0);
            } else {
                (offset, filled) = self.overlong(text, offset, &mut buffer);
            }
            if self.hung_up {
                return;
            }
        }
    }

    /// Hands over the first bytes of a line that is too long and skips the rest of it. Leaves what follows in `buffer`
    /// and returns its offset and length.
    fn overlong(&mut self, text: &mut Text<'_>, offset: u64, buffer: &mut Vec<u8>) -> (u64, usize) {
        self.damage.push((offset, overlong(offset, self.max as u64)));
        let mut skipped = offset + buffer.len() as u64;
        let mut line = std::mem::take(buffer);
        line.truncate(self.max);
        self.send(offset, line);
        *buffer = self.pool.take(BUFFER_BYTES.min(self.max.saturating_add(1)));
        loop {
            let n = text.fill(buffer);
            if let Some(newline) = memchr::memchr(b'\n', &buffer[..n]) {
                buffer.copy_within(newline + 1..n, 0);
                let left = n - newline - 1;
                // A short read was the end; the loop of the caller sees it again.
                return (skipped + newline as u64 + 1, left);
            }
            skipped += n as u64;
            if n < buffer.len() || self.hung_up {
                return (skipped, 0);
            }
        }
    }

    /// Whole lines, whose parts are joined on the way.
    fn send(&mut self, offset: u64, bytes: Vec<u8>) {
        match self.joiner.take() {
            Some(mut joiner) => {
                joiner.push(offset, bytes, &mut |offset, bytes| self.hand_over(offset, bytes));
                self.joiner = Some(joiner);
            }
            None => self.hand_over(offset, bytes),
        }
    }

    fn finish(&mut self) {
        if let Some(joiner) = self.joiner.take() {
            let damage = joiner.finish(&mut |offset, bytes| self.hand_over(offset, bytes));
            self.damage.extend(damage);
        }
    }

    fn hand_over(&mut self, offset: u64, bytes: Vec<u8>) {
        if !bytes.is_empty() && !self.hung_up {
            self.hung_up = self.out.send(Fed::Lines { offset, bytes }).is_err();
        }
    }
}

/// The words for a line that is too long.
pub fn overlong(offset: u64, max: u64) -> String {
    format!("byte {offset}: a line longer than {max} bytes: only its beginning was read")
}

/// Recognises the packing and the layout of a stream, which needs its first bytes.
fn open<'s>(tap: &'s mut (dyn Read + Send + 's)) -> Result<(Text<'s>, Layout, Codec), String> {
    let mut magic = vec![0; 512];
    let mut length = 0;
    while length < magic.len() {
        match tap.read(&mut magic[length..]) {
            Ok(0) => break,
            Ok(n) => length += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(super::reason(&e)),
        }
    }
    magic.truncate(length);
    let codec = layout::codec(&magic).map_err(str::to_owned)?;
    let mut decoder = Decoder::new(codec, Box::new(std::io::Cursor::new(magic).chain(tap)));
    let mut head = vec![0; layout::HEAD_BYTES];
    let (length, damage) = decoder.fill(&mut head);
    head.truncate(length);
    let layout = layout::layout(&head);
    let bom = if head.starts_with(layout::BOM) { layout::BOM.len() } else { 0 };
    let stitcher = (layout == Layout::Json).then(|| Stitcher::new(super::LINE_BYTES_MAX));
    let text =
        Text { decoder, head, head_at: bom, stitcher, stitched: Vec::new(), stitched_at: 0, damage, ended: false };
    Ok((text, layout, codec))
}
