//! The LLM proxy's side: its envelope, access lines, scheduler, providers, watcher and management lines.

use super::{Notebook, Remap, Row};
use crate::finding::Locator;

/// What the LLM proxy's rules keep beside their attempts, per worker.
#[derive(Debug, Default)]
pub struct Facts {}

impl Facts {
    /// Takes over another worker's facts; symbols are translated by the map.
    pub fn absorb(&mut self, _other: Facts, _map: &Remap) {}

    /// Orders the facts and adds the lines that stand before each row's chunk.
    pub fn settle(&mut self, _lines_before: &dyn Fn(&Locator) -> u64) {}
}

/// Sees every parsed record that the agent platform's proxy did not write. What classifies is pushed into the notebook
/// with [`Notebook::push`]; anything else goes to `notes.cliproxy`.
pub fn observe(_row: &Row<'_>, _notes: &mut Notebook) {}
