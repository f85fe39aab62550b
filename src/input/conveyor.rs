//! The conveyor: pieces of the inputs to the workers, their results to the sink in input order.
//!
//! One dispenser hands out pieces in order; a gate keeps the workers from running ahead of the sink, which bounds what
//! waits there. Digests are made by the same workers: the first one begins with them, the others end with them, so that
//! the slower of the two jobs never waits for the other.

use super::feeder::{self, Fed, Order, Pool};
use super::layout::{self, Codec, Layout};
use super::progress::Counted;
use super::source::{self, Opened, Stamp};
use super::split::{self, Pieces};
use super::{
    Chunk, Hash, Input, InputError, Inputs, LINES_TOLD, MAY_WAIT, Place, ReadMode, ReadOptions, Scanned, Summary,
    digest,
};
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes copied at a time where files are not mapped: larger copies leave the cache before they are read.
const COPY_BYTES: usize = 512 << 10;
/// Buffers of decoded text that wait for a worker.
const FED_AHEAD: usize = 4;

/// Results that may wait and are told together: each time wakes the sink, which costs as much as some thousand lines.
const TOLD_TOGETHER: usize = 4;

/// What happened to an input; the order of the parts of `damage` is by offset.
#[derive(Default, Clone)]
struct Account {
    stamp: Option<Stamp>,
    stored: u64,
    format: Option<&'static str>,
    digest: String,
    damage: Vec<(u64, String)>,
    is_torn: bool,
}

enum Piece {
    Range { pieces: Arc<Pieces>, start: u64, end: u64 },
    Fed { offset: u64, bytes: Vec<u8> },
}

/// A piece and its place in the order.
struct Task {
    input: usize,
    number: u64,
    piece: Piece,
}

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the pieces that were handed out and not yet sunk to a number.
struct Gate {
    state: Mutex<(u64, u64)>,
    moved: Condvar,
    ahead: u64,
    stop: AtomicBool,
}

impl Gate {
    /// Waits for room, after doing what must not wait meanwhile; false if the scan is over.
    fn enter(&self, before_waiting: impl FnOnce()) -> bool {
        let mut state = lock(&self.state);
        if state.0 >= state.1 + self.ahead && !self.is_stopped() {
            drop(state);
            before_waiting();
            state = lock(&self.state);
        }
        while state.0 >= state.1 + self.ahead && !self.is_stopped() {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.0 += 1;
        !self.is_stopped()
    }

    fn sunk(&self) {
        lock(&self.state).1 += 1;
        self.moved.notify_all();
    }

    fn stop(&self) {
        let _state = lock(&self.state);
        self.stop.store(true, Ordering::SeqCst);
        self.moved.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
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

enum Current {
    Range { pieces: Arc<Pieces>, next: u64 },
    Fed,
}

/// Hands out pieces, one input after the other.
struct Dispenser<'s> {
    input: usize,
    number: u64,
    current: Option<Current>,
    /// To the feeder and from it, until the scan is over.
    feeder: Option<(Sender<Order<'s>>, Receiver<Fed>)>,
    stdin: Option<Box<dyn Read + Send + 's>>,
}

/// Lets the feeder go, also when a panic passes.
struct LetGo<'d, 's>(&'d Mutex<Dispenser<'s>>);

impl Drop for LetGo<'_, '_> {
    fn drop(&mut self) {
        lock(self.0).feeder = None;
    }
}

/// Everything the workers share.
struct Belt<'s> {
    inputs: &'s Inputs,
    options: &'s ReadOptions,
    piece_bytes: u64,
    threads: usize,
    accounts: Vec<Mutex<Account>>,
    gate: Gate,
    pool: Pool,
    /// The next input to digest.
    digest_next: AtomicUsize,
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
    let dispenser =
        Mutex::new(Dispenser { input: 0, number: 0, current: None, feeder: Some((orders, fed)), stdin: Some(stdin) });
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
    let summaries = (0..reached).map(|input| belt.summary(input, lines[input])).collect();
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
            gate: Gate {
                state: Mutex::default(),
                moved: Condvar::new(),
                ahead: 4 * threads as u64 + 4,
                stop: AtomicBool::new(false),
            },
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
        let send = |unsent: &mut Vec<Message<T>>| unsent.drain(..).try_for_each(|message| tell.send(message));
        while self.gate.enter(|| _ = send(&mut unsent)) {
            let Some(task) = self.next(dispenser, tell, &mut || _ = send(&mut unsent)) else { break };
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

    /// The next piece, in order. Waits for the feeder where it must, after doing what must not wait meanwhile; nobody else
    /// could go on either.
    fn next<T>(
        &self,
        dispenser: &Mutex<Dispenser<'s>>,
        tell: &Sender<Message<T>>,
        before_waiting: &mut dyn FnMut(),
    ) -> Option<Task> {
        let mut state = dispenser.try_lock().unwrap_or_else(|_| {
            before_waiting();
            lock(dispenser)
        });
        loop {
            if self.gate.is_stopped() {
                return None;
            }
            let Some(current) = &mut state.current else {
                if state.input == self.inputs.inputs.len() {
                    return None;
                }
                before_waiting();
                state.current = self.open(&mut state);
                if state.current.is_none() {
                    Self::end(&mut state, tell);
                }
                continue;
            };
            let piece = match current {
                Current::Range { pieces, next } if *next < pieces.bytes => {
                    let start = *next;
                    *next = (start + self.piece_bytes).min(pieces.bytes);
                    Some(Piece::Range { pieces: Arc::clone(pieces), start, end: *next })
                }
                Current::Range { .. } => None,
                Current::Fed => {
                    before_waiting();
                    self.fed(&state)
                }
            };
            let Some(piece) = piece else {
                Self::end(&mut state, tell);
                continue;
            };
            let task = Task { input: state.input, number: state.number, piece };
            state.number += 1;
            return Some(task);
        }
    }

    fn end<T>(state: &mut Dispenser<'s>, tell: &Sender<Message<T>>) {
        let _ = tell.send(Message::End { input: state.input, pieces: state.number });
        state.input += 1;
        state.number = 0;
        state.current = None;
    }

    /// What the feeder has next of the current input; `None` at its end.
    fn fed(&self, state: &Dispenser<'s>) -> Option<Piece> {
        let (_, fed) = state.feeder.as_ref()?;
        match fed.recv() {
            Ok(Fed::Lines { offset, bytes }) => Some(Piece::Fed { offset, bytes }),
            Ok(Fed::End(outcome)) => {
                let mut account = lock(&self.accounts[state.input]);
                account.format = Some(outcome.format);
                account.stored = outcome.stored;
                account.damage.extend(outcome.damage);
                if !outcome.digest.is_empty() {
                    account.digest = outcome.digest;
                }
                None
            }
            Err(_) => None,
        }
    }

    fn open(&self, state: &mut Dispenser<'s>) -> Option<Current> {
        let input = &self.inputs.inputs[state.input];
        let mut account = lock(&self.accounts[state.input]);
        let opened = match state.stdin.take_if(|_| input.is_stdin()) {
            Some(reader) => Ok(Opened::Stream { reader, stamp: None }),
            None => source::open(input),
        };
        match opened {
            Ok(Opened::Ranges { file, stamp, layout, bom }) => {
                account.stamp = Some(stamp);
                account.format = Some(layout::word(layout, Codec::Plain));
                let pieces = Pieces {
                    file,
                    bytes: stamp.bytes,
                    mode: self.options.mode,
                    line_bytes_max: self.options.line_bytes_max.max(1) as u64,
                    skip: if bom { layout::BOM.len() as u64 } else { 0 },
                };
                Some(Current::Range { pieces: Arc::new(pieces), next: 0 })
            }
            Ok(Opened::Stream { reader, stamp }) => {
                account.stamp = stamp;
                let hash = if stamp.is_some_and(|s| s.bytes > 0) { Hash::None } else { self.options.hash };
                let (orders, _) = state.feeder.as_ref()?;
                let reader = Box::new(Counted { inner: reader, progress: self.options.progress });
                orders.send(Order { reader, hash }).ok()?;
                Some(Current::Fed)
            }
            Err(why) => {
                account.damage.push((0, why));
                None
            }
        }
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

    fn summary(&self, number: usize, lines: u64) -> Summary {
        let input = &self.inputs.inputs[number];
        let account = lock(&self.accounts[number]).clone();
        let mut damage = account.damage;
        // Whoever stopped early does not ask what became of the rest, unless that is why.
        let looks = !self.gate.is_stopped() || account.is_torn;
        if let Some(change) = account.stamp.filter(|_| looks).and_then(|stamp| stamp.difference(&input.path)) {
            damage.push((u64::MAX, change));
        }
        damage.sort();
        damage.dedup();
        Summary {
            name: input.name.clone(),
            digest: account.digest,
            bytes: account.stamp.map_or(account.stored, |stamp| stamp.bytes.max(account.stored)),
            lines,
            format: account.format.unwrap_or(layout::word(Layout::Unknown, Codec::Plain)),
            damage: damage.into_iter().map(|(_, text)| text).collect(),
            has_shrunk: account.is_torn || account.stamp.is_some_and(|stamp| stamp.has_shrunk(&input.path)),
        }
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
mod tests {
    use super::*;
    use std::io::Write;
    use std::path::{Path, PathBuf};

    /// What a scan saw: every line with its place, and the summaries.
    type Seen = (Vec<(usize, u64, u64, String)>, Vec<Summary>);

    fn scan_with(paths: &[PathBuf], options: &ReadOptions, stdin: &[u8], during: impl Fn() + Sync) -> Seen {
        let inputs = Inputs::discover(paths).expect("inputs");
        let mut seen = Vec::new();
        let work = |(): &mut (), chunk: Chunk<'_>| {
            during();
            if !chunk.offset.is_multiple_of(3) {
                chunk.may_wait();
            }
            chunk
                .lines()
                .map(|l| (l.offset, l.index, String::from_utf8_lossy(l.bytes).into_owned()))
                .collect::<Vec<_>>()
        };
        let sink = |place: Place, lines: Vec<(u64, u64, String)>| {
            seen.extend(lines.into_iter().map(|(at, n, text)| (place.input, at, place.lines_before + n, text)));
            ControlFlow::Continue(())
        };
        let scanned = inputs.scan_from(options, &mut &stdin[..], || (), work, sink).expect("a scan");
        (seen, scanned.summaries)
    }

    fn scan(paths: &[PathBuf], options: &ReadOptions) -> Seen {
        scan_with(paths, options, b"", || ())
    }

    fn write(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    fn sample() -> Vec<u8> {
        let mut text = String::new();
        for n in 0..3000 {
            text.push_str(&format!("{{\"_msg\":\"{}\"}}\n", "x".repeat(n % 97)));
            if n % 50 == 0 {
                text.push('\n');
            }
        }
        text.push_str("{\"_msg\":\"cut");
        text.into_bytes()
    }

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("written");
        encoder.finish().expect("finished")
    }

    #[test]
    fn every_way_of_reading_sees_the_same_lines() {
        let dir = tempfile::tempdir().expect("a directory");
        let text = sample();
        let half = text.len() / 2;
        let plain = write(dir.path(), "plain", &text);
        let packed = write(dir.path(), "gz", &[gz(&text[..half]), gz(&text[half..])].concat());
        let zst = write(dir.path(), "zst", &zstd::encode_all(&text[..], 1).expect("packed"));
        let (want, _) = scan(std::slice::from_ref(&plain), &ReadOptions { threads: 1, ..ReadOptions::default() });
        assert_eq!(want.len(), 3061);
        assert_eq!(want[3060].2, 3060);
        for (threads, chunk_bytes, mode) in [
            (1, 1, ReadMode::Map),
            (2, 100, ReadMode::Map),
            (3, 1000, ReadMode::Read),
            (2, 64 << 10, ReadMode::Read),
            (2, 4 << 20, ReadMode::Map),
        ] {
            for path in [&plain, &packed, &zst] {
                let options = ReadOptions { threads, chunk_bytes, mode, ..ReadOptions::default() };
                let (seen, summaries) = scan(std::slice::from_ref(path), &options);
                assert!(seen == want, "{threads} {chunk_bytes} {mode:?} {path:?}");
                assert_eq!((summaries[0].lines, summaries[0].damage.as_slice()), (3061, &[][..]));
                let stored = std::fs::read(path).expect("the file");
                let mut hasher = digest::Hasher::new(Hash::Sha256);
                hasher.update(&stored);
                assert_eq!(summaries[0].digest, hasher.finish());
            }
        }
        let (piped, summaries) = scan_with(&["-".into()], &ReadOptions::default(), &gz(&text), || ());
        assert!(piped == want);
        assert_eq!((summaries[0].format, summaries[0].digest.len()), ("ndjson.gz", 64));
    }

    #[test]
    fn several_inputs_come_in_order() {
        let dir = tempfile::tempdir().expect("a directory");
        let paths: Vec<PathBuf> = (0..20)
            .map(|n| {
                let text = format!("{{\"n\":\"{n}\"}}\n").repeat(n);
                write(dir.path(), &n.to_string(), &if n % 3 == 0 { gz(text.as_bytes()) } else { text.into_bytes() })
            })
            .collect();
        let options = ReadOptions { threads: 2, chunk_bytes: 30, ..ReadOptions::default() };
        let (seen, summaries) = scan(&paths, &options);
        assert_eq!(seen.len(), 190);
        assert!(seen.is_sorted_by_key(|(input, at, _, _)| (*input, *at)));
        assert_eq!(summaries.iter().map(|s| s.lines).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_line_beyond_the_limit_is_cut_located_and_stepped_over() {
        let dir = tempfile::tempdir().expect("a directory");
        let text =
            [b"{\"a\":\"b\"}\n", &b"x".repeat(1001)[..], b"\n", &b"y".repeat(1000)[..], b"\n{\"c\":\"d\"}"].concat();
        for path in [write(dir.path(), "plain", &text), write(dir.path(), "gz", &gz(&text))] {
            for chunk_bytes in [1, 7, 500, 4000] {
                let options = ReadOptions { threads: 2, chunk_bytes, line_bytes_max: 1000, ..ReadOptions::default() };
                let (seen, summaries) = scan(std::slice::from_ref(&path), &options);
                let lengths: Vec<(u64, u64, usize)> =
                    seen.iter().map(|(_, at, n, text)| (*at, *n, text.len())).collect();
                assert_eq!(
                    lengths,
                    [(0, 0, 9), (10, 1, 1000), (1012, 2, 1000), (2013, 3, 9)],
                    "{chunk_bytes} {path:?}"
                );
                assert_eq!(
                    summaries[0].damage,
                    ["byte 10: a line longer than 1000 bytes: only its beginning was read"]
                );
            }
        }
    }

    #[test]
    fn a_file_that_changes_while_being_read_is_damaged_and_nothing_crashes() {
        for mode in [ReadMode::Map, ReadMode::Read] {
            let dir = tempfile::tempdir().expect("a directory");
            let text = b"{\"_msg\":\"0123456789\"}\n".repeat(200_000);
            let path = write(dir.path(), "dump", &text);
            let cut = std::sync::Once::new();
            let options = ReadOptions { threads: 2, chunk_bytes: 1 << 20, mode, ..ReadOptions::default() };
            let (seen, summaries) = scan_with(std::slice::from_ref(&path), &options, b"", || {
                cut.call_once(|| {
                    std::fs::OpenOptions::new().write(true).open(&path).and_then(|f| f.set_len(100_000)).expect("cut");
                });
            });
            // The rest of the last page reads as zeros; such a line never looks whole.
            assert!(seen.iter().all(|(_, _, _, line)| !line.contains('\0') || !line.ends_with('}')));
            assert!(seen.iter().filter(|(_, _, _, line)| !line.is_empty()).count() < 200_000);
            let damage = summaries[0].damage.last().expect("damage");
            assert_eq!(damage, &format!("shrank from {} to 100000 bytes while being read", text.len()), "{mode:?}");

            let path = write(dir.path(), "replaced", &text);
            let (_, summaries) = scan_with(std::slice::from_ref(&path), &options, b"", || {
                std::fs::remove_file(&path).ok();
            });
            assert_eq!(summaries[0].damage, ["removed while being read"]);
        }
    }

    #[test]
    fn an_unreadable_input_does_not_stop_the_others() {
        let dir = tempfile::tempdir().expect("a directory");
        let good = write(dir.path(), "good", b"{}\n");
        let zip = write(dir.path(), "zip", b"PK\x03\x04rest");
        let cut = write(dir.path(), "cut", &gz(b"{}\n{}\n")[..20]);
        let empty = write(dir.path(), "empty", b"");
        let paths = [dir.path().join("none"), zip, cut, empty, good, "/dev/null".into()];
        let (seen, summaries) = scan(&paths, &ReadOptions::default());
        assert_eq!(seen.iter().filter(|(input, ..)| *input == 4).count(), 1);
        let damage: Vec<&str> = summaries.iter().map(|s| s.damage.first().map_or("", String::as_str)).collect();
        let want = [
            "no such file or directory",
            "a zip archive: unpack it first",
            "member 1 at byte 0: unexpected end",
            "",
            "",
            "not a regular file",
        ];
        assert_eq!(damage, want);
    }

    #[test]
    fn the_sink_may_stop_and_a_byte_order_mark_is_no_text() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = write(dir.path(), "dump", &[&b"\xef\xbb\xbf"[..], &sample()].concat());
        let inputs = Inputs::discover(&[path]).expect("inputs");
        let options = ReadOptions { chunk_bytes: 100, ..ReadOptions::default() };
        let mut first = None;
        let scanned = inputs.scan(
            &options,
            || (),
            |(), chunk| chunk.offset,
            |_, offset| {
                first = first.or(Some(offset));
                ControlFlow::Break(())
            },
        );
        assert_eq!((first, scanned.expect("a scan").summaries.len()), (Some(3), 1));
    }

    #[test]
    fn json_over_several_lines_keeps_offsets_and_line_numbers() {
        let dir = tempfile::tempdir().expect("a directory");
        let text = b"executing [x]...; duration: 1s\n{\n  \"_msg\": \"a\"\n}\n{\n  \"_msg\": \"b\"\n}\n";
        let (seen, summaries) = scan(&[write(dir.path(), "pretty", text)], &ReadOptions::default());
        let lines: Vec<(u64, u64)> = seen.iter().filter(|l| l.3.starts_with('{')).map(|l| (l.1, l.2)).collect();
        assert_eq!(lines, [(31, 1), (49, 4)]);
        assert_eq!((summaries[0].lines, summaries[0].format), (7, "json"));
    }

    #[test]
    fn results_that_wait_are_told_before_the_scan_waits_for_its_input() {
        let dir = tempfile::tempdir().expect("a directory");
        let inputs = Inputs::discover(&[write(dir.path(), "a", b"{}\n{}\n{}\n"), "-".into()]).expect("inputs");
        let options = ReadOptions { threads: 2, chunk_bytes: 3, ..ReadOptions::default() };
        // Standard input says something once the rows of the file have arrived.
        let (arrived, waits) = channel();
        struct Late(Receiver<()>, usize);
        impl Read for Late {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                while self.1 < 3 {
                    let patience = std::time::Duration::from_secs(60);
                    self.0.recv_timeout(patience).map_err(|_| std::io::ErrorKind::TimedOut)?;
                    self.1 += 1;
                }
                Ok(0)
            }
        }
        let work = |(): &mut (), chunk: Chunk<'_>| chunk.may_wait();
        let sink = |_: Place, ()| {
            let _ = arrived.send(());
            ControlFlow::Continue(())
        };
        let scanned = inputs.scan_from(&options, &mut Late(waits, 0), || (), work, sink).expect("a scan");
        assert!(scanned.summaries.iter().all(|s| s.damage.is_empty()), "{:?}", scanned.summaries);
    }

    #[test]
    fn a_panic_in_a_worker_is_told_and_not_waited_for() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = write(dir.path(), "dump", &sample());
        let inputs = Inputs::discover(&[path]).expect("inputs");
        let options = ReadOptions { threads: 2, chunk_bytes: 100, ..ReadOptions::default() };
        let run = std::panic::AssertUnwindSafe(|| {
            inputs.scan(
                &options,
                || (),
                |(), chunk| assert!(chunk.offset < 5000, "as planned"),
                |_, ()| ControlFlow::Continue(()),
            )
        });
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
