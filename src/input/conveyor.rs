//! The conveyor: pieces of the inputs to the workers, their results to the sink in input order.
//!
//! One dispenser hands out pieces in order; a gate keeps the workers from running ahead of the sink, which bounds what
//! waits there. Digests are made by the same workers: the first one begins with them, the others end with them, so that
//! the slower of the two jobs never waits for the other.

use super::account::Account;
use super::dispenser::{Dispenser, LetGo, Piece};
use super::feeder::{self, Pool};
use super::gate::{Gate, lock};
use super::split::{self, Pieces};
use super::{
    Chunk, Hash, Input, InputError, Inputs, LINES_TOLD, MAY_WAIT, Place, ReadMode, ReadOptions, Scanned, digest,
};
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Bytes copied at a time where files are not mapped: larger copies leave the cache before they are read.
const COPY_BYTES: usize = 512 << 10;
/// Buffers of decoded text that wait for a worker.
const FED_AHEAD: usize = 4;

/// Results that may wait and are told together: each time wakes the sink, which costs as much as some thousand lines.
const TOLD_TOGETHER: usize = 4;

enum Message<T> {
    Done {
        input: usize,
        number: u64,
        offset: u64,
        lines: u64,
        is_torn: bool,
        out: Option<T>,
    },
    /// An input has this many pieces.
    End {
        input: usize,
        pieces: u64,
    },
    /// A worker has nothing more to say.
    Left,
}

/// Says goodbye for a worker, whether it ended well or panicked; a panic also ends the scan for the others.
struct Farewell<'g, T> {
    gate: &'g Gate,
    tell: &'g Sender<Message<T>>,
}

impl<T> Drop for Farewell<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.gate.stop();
        }
        let _ = self.tell.send(Message::Left);
    }
}

/// Everything the workers share.
pub struct Belt<'s> {
    pub(super) inputs: &'s Inputs,
    pub(super) options: &'s ReadOptions,
    pub(super) piece_bytes: u64,
    pub(super) threads: usize,
    pub(super) accounts: Vec<Mutex<Account>>,
    pub(super) gate: Gate,
    pub(super) pool: Pool,
    /// The next input to digest.
    pub(super) digest_next: AtomicUsize,
}

pub fn run<W: Send, T: Send>(
    inputs: &Inputs,
    options: &ReadOptions,
    stdin: &mut (dyn Read + Send),
    make: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, Chunk<'_>) -> T + Sync,
    mut sink: impl FnMut(Place, T) -> ControlFlow<()>,
) -> Result<Scanned<W>, InputError> {
    let belt = Belt::new(inputs, options);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(belt.threads)
        .thread_name(|n| format!("scan-{n}"))
        .build()
        .map_err(|e| InputError::Io { path: "the evidence".to_owned(), source: std::io::Error::other(e) })?;
    let workers = Mutex::new(Vec::new());
    let (orders, ordered) = channel();
    let (feed, fed) = sync_channel(FED_AHEAD);
    let (tell, told) = channel();
    let stdin: Box<dyn Read + Send + '_> = Box::new(stdin);
    let dispenser = Mutex::new(Dispenser::new(orders, fed, stdin));
    let mut lines = vec![0; inputs.inputs.len()];
    let reached = std::thread::scope(|threads| {
        let _let_go = LetGo(&dispenser);
        threads.spawn(|| feeder::run(ordered, feed, &belt.pool, options));
        pool.in_place_scope(|scope| {
            let (belt, dispenser, workers, make, work, tell) = (&belt, &dispenser, &workers, &make, &work, &tell);
            scope.spawn_broadcast(move |_, context| {
                let _farewell = Farewell { gate: &belt.gate, tell };
                let mut worker = make();
                belt.labour(context.index(), dispenser, tell, |chunk| work(&mut worker, chunk));
                lock(workers).push((context.index(), worker));
            });
            belt.drain(&told, &mut lines, &mut sink)
        })
    });
    let mut workers = workers.into_inner().unwrap_or_else(PoisonError::into_inner);
    workers.sort_by_key(|(index, _)| *index);
    let summary = |input: usize| {
        let account = lock(&belt.accounts[input]).clone();
        // Whoever stopped early does not ask what became of the rest, unless that is why.
        let looks = !belt.gate.is_stopped() || account.is_torn;
        account.summary(&inputs.inputs[input], lines[input], looks)
    };
    let summaries = (0..reached).map(summary).collect();
    Ok(Scanned { workers: workers.into_iter().map(|(_, worker)| worker).collect(), summaries })
}

impl<'s> Belt<'s> {
    fn new(inputs: &'s Inputs, options: &'s ReadOptions) -> Self {
        let piece_bytes = match options.mode {
            ReadMode::Map => options.chunk_bytes,
            ReadMode::Read => options.chunk_bytes.min(COPY_BYTES),
        };
        // A piece is never longer than a line may be, so that only the last line of a piece can be too long.
        let piece_bytes = piece_bytes.clamp(1, options.line_bytes_max.max(1)) as u64;
        let threads = threads(inputs, options, piece_bytes);
        Belt {
            inputs,
            options,
            piece_bytes,
            threads,
            accounts: inputs.inputs.iter().map(|_| Mutex::default()).collect(),
            gate: Gate::new(4 * threads as u64 + 4),
            pool: Pool::default(),
            digest_next: AtomicUsize::new(0),
        }
    }

    /// One worker's day.
    fn labour<T>(
        &self,
        index: usize,
        dispenser: &Mutex<Dispenser<'s>>,
        tell: &Sender<Message<T>>,
        mut work: impl FnMut(Chunk<'_>) -> T,
    ) {
        if index == 0 && self.threads > 1 {
            self.digests();
        }
        let mut buffer = Vec::new();
        let mut unsent = Vec::new();
        let ended = |input, pieces| _ = tell.send(Message::End { input, pieces });
        let send = |unsent: &mut Vec<Message<T>>| unsent.drain(..).try_for_each(|message| tell.send(message));
        while self.gate.enter(|| _ = send(&mut unsent)) {
            let Some(task) = self.next(dispenser, &ended, &mut || _ = send(&mut unsent)) else { break };
            let mut done = |offset: u64, bytes: &[u8]| {
                if bytes.is_empty() {
                    return (0, None);
                }
                LINES_TOLD.set(None);
                let out = work(Chunk { input: task.input, offset, bytes });
                (LINES_TOLD.take().unwrap_or_else(|| split::lines(bytes)), Some(out))
            };
            MAY_WAIT.set(false);
            let (offset, (lines, out), is_torn) = match task.piece {
                Piece::Range { pieces, start, end } => {
                    let result = self.range(task.input, &pieces, start..end, &mut buffer, done);
                    if let Some(progress) = self.options.progress {
                        progress.add(end - start);
                    }
                    result
                }
                Piece::Fed { offset, bytes } => {
                    let result = done(offset, &bytes);
                    self.pool.give_back(bytes);
                    (offset, result, false)
                }
            };
            unsent.push(Message::Done { input: task.input, number: task.number, offset, lines, is_torn, out });
            if (!MAY_WAIT.get() || unsent.len() >= TOLD_TOGETHER) && send(&mut unsent).is_err() {
                break;
            }
        }
        let _ = send(&mut unsent);
        self.digests();
    }

    /// Works on the lines of a piece of a plain file. Says whether bytes vanished meanwhile.
    fn range<R>(
        &self,
        input: usize,
        pieces: &Pieces,
        piece: std::ops::Range<u64>,
        buffer: &mut Vec<u8>,
        mut done: impl FnMut(u64, &[u8]) -> R,
    ) -> (u64, R, bool) {
        pieces.will_need(piece.start + self.threads as u64 * self.piece_bytes, self.piece_bytes);
        for widest in [false, true] {
            let range =
                if widest { pieces.widest(piece.start, piece.end) } else { pieces.range(piece.start, piece.end) };
            let held = match pieces.hold(&range, buffer) {
                Ok(held) => held,
                Err(e) => {
                    self.damage(input, piece.start, format!("byte {}: {}", piece.start, super::reason(&e)));
                    break;
                }
            };
            let Some(cut) = pieces.cut(piece.start, piece.end, &range, held.bytes(), widest) else { continue };
            if let Some(at) = cut.overlong {
                self.damage(input, at, feeder::overlong(at, pieces.line_bytes_max));
            }
            let result = done(cut.offset, cut.bytes);
            let is_torn = held.is_spoiled();
            if is_torn {
                let at = piece.start;
                self.damage(input, at, format!("byte {at}: the file was cut behind this place while being read"));
                lock(&self.accounts[input]).is_torn = true;
            }
            return (cut.offset, result, is_torn);
        }
        (piece.start, done(piece.start, &[]), false)
    }

    fn damage(&self, input: usize, offset: u64, text: String) {
        lock(&self.accounts[input]).damage.push((offset, text));
    }

    /// Digests regular files until none is left.
    fn digests(&self) {
        if self.options.hash == Hash::None {
            return;
        }
        loop {
            let number = self.digest_next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = self.inputs.inputs.get(number) else { return };
            // Asked by path first: opening a pipe would wait for its writer.
            if input.is_stdin() || !std::fs::metadata(&input.path).is_ok_and(|m| m.is_file() && m.len() > 0) {
                continue;
            }
            let digest = std::fs::File::open(&input.path).and_then(|file| {
                let length = file.metadata()?.len();
                digest::of_file(&file, length, self.options.hash, &self.gate.stop)
            });
            if let Ok(Some(digest)) = digest {
                lock(&self.accounts[number]).digest = digest;
            }
        }
    }

    /// Brings the results into order and hands them to the sink. Returns how many inputs were reached.
    fn drain<T>(
        &self,
        told: &Receiver<Message<T>>,
        lines: &mut [u64],
        sink: &mut impl FnMut(Place, T) -> ControlFlow<()>,
    ) -> usize {
        let mut waiting = BTreeMap::new();
        let mut ends = BTreeMap::new();
        let (mut input, mut number, mut left) = (0, 0, 0);
        while input < lines.len() && left < self.threads {
            match told.recv() {
                Ok(Message::Done { input, number, offset, lines, is_torn, out }) => {
                    waiting.insert((input, number), (offset, lines, is_torn, out));
                }
                Ok(Message::End { input, pieces }) => {
                    ends.insert(input, pieces);
                }
                Ok(Message::Left) => left += 1,
                Err(_) => break,
            }
            loop {
                if let Some((offset, count, is_torn, out)) = waiting.remove(&(input, number)) {
                    let place = Place { input, offset, lines_before: lines[input], is_torn };
                    lines[input] += count;
                    number += 1;
                    self.gate.sunk();
                    if out.is_some_and(|out| sink(place, out).is_break()) {
                        self.gate.stop();
                        return input + 1;
                    }
                } else if ends.get(&input) == Some(&number) {
                    input += 1;
                    number = 0;
                } else {
                    break;
                }
            }
        }
        input
    }
}

/// Workers worth starting: no more than there are pieces, allowing for text that unpacks to many times its size.
fn threads(inputs: &Inputs, options: &ReadOptions, piece_bytes: u64) -> usize {
    let wanted = options.threads();
    let unknown = inputs.inputs.iter().any(Input::is_stdin) || inputs.bytes == 0;
    let pieces = (inputs.bytes.saturating_mul(8) / piece_bytes).saturating_add(2);
    if unknown { wanted } else { wanted.min(usize::try_from(pieces).unwrap_or(wanted)) }
}

#[cfg(test)]
mod tests;
