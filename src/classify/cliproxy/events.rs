//! The story's failures as attempts of the notebook.

use crate::classify::Notebook;

/// One attempt per failed request, refresh or management call; changes and mints beside them.
pub fn push_all(_notes: &mut Notebook) {}
