//! The dispenser: the pieces of all inputs, one after the other, to whichever worker asks.

use super::Hash;
use super::conveyor::Belt;
use super::feeder::{Fed, Order};
use super::gate::lock;
use super::layout::{self, Codec};
use super::progress::Counted;
use super::source::{self, Opened};
use super::split::Pieces;
use std::io::Read;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};

/// Some of an input's lines.
pub enum Piece {
    Range { pieces: Arc<Pieces>, start: u64, end: u64 },
    Fed { offset: u64, bytes: Vec<u8> },
}

/// A piece and its place in the order.
pub struct Task {
    pub input: usize,
    pub number: u64,
    pub piece: Piece,
}

enum Current {
    Range { pieces: Arc<Pieces>, next: u64 },
    Fed,
}

/// Hands out pieces, one input after the other.
pub struct Dispenser<'s> {
    input: usize,
    number: u64,
    current: Option<Current>,
    /// To the feeder and from it, until the scan is over.
    feeder: Option<(Sender<Order<'s>>, Receiver<Fed>)>,
    stdin: Option<Box<dyn Read + Send + 's>>,
}

impl<'s> Dispenser<'s> {
    pub fn new(orders: Sender<Order<'s>>, fed: Receiver<Fed>, stdin: Box<dyn Read + Send + 's>) -> Self {
        Dispenser { input: 0, number: 0, current: None, feeder: Some((orders, fed)), stdin: Some(stdin) }
    }

    fn end(&mut self, ended: &dyn Fn(usize, u64)) {
        ended(self.input, self.number);
        self.input += 1;
        self.number = 0;
        self.current = None;
    }
}

/// Lets the feeder go, also when a panic passes.
pub struct LetGo<'d, 's>(pub &'d Mutex<Dispenser<'s>>);

impl Drop for LetGo<'_, '_> {
    fn drop(&mut self) {
        lock(self.0).feeder = None;
    }
}

impl<'s> Belt<'s> {
    /// The next piece, in order. Waits for the feeder where it must, after doing what must not wait meanwhile; nobody else
    /// could go on either. `ended` is told the number of pieces of an input.
    pub fn next(
        &self,
        dispenser: &Mutex<Dispenser<'s>>,
        ended: &dyn Fn(usize, u64),
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
                    state.end(ended);
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
                state.end(ended);
                continue;
            };
            let task = Task { input: state.input, number: state.number, piece };
            state.number += 1;
            return Some(task);
        }
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
}
