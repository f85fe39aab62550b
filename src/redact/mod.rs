//! Redaction: the only way for text from evidence to reach an output.
//!
//! Belongs here: [`Secret`] (cannot print), [`Safe`] (text that went through the redactor), the [`Redactor`] and its
//! patterns. Elsewhere: making text inert for a terminal, HTML or a spreadsheet ([`crate::report::escape`]).
//!
//! Redaction is part of the model, before any renderer, never an option of a report, and never changes a count.
//!
//! How a secret is found, in the order of what it proves:
//!
//! | rule | file | example |
//! |---|---|---|
//! | the token says what it is | [`kinds`] (registry) | `ghp_…`, `eyJ…` |
//! | the name says that the value is secret | [`keys`] (registry), `judge` | `"client_secret":"…"`, `X-Api-Key: …`, `--token …` |
//! | the place is one of secrets | `rules`, `literals` | `Bearer …`, `https://user:…@host`, PEM blocks, `/bot123:…/` |
//! | the object is of a kind whose values are secret | `manifest` | `kind: Secret` … `data:` |
//! | it looks random | `runs` | 32 characters and more of mixed case and digits |
//!
//! One search looks for the literals of all rules at once ([`find::dirty`]); text without any is never looked at
//! again. Rules read through JSON escapes of any depth in place; percent escapes, `\u` escapes and invisible characters
//! are taken off in a [`view`] when they occur. Everything is linear in the text.

mod alphabet;
mod colour;
mod draft;
pub mod extent;
pub mod find;
mod holed;
pub mod invisible;
mod judge;
mod kernel;
pub mod keys;
pub mod kinds;
mod labels;
mod literals;
mod manifest;
mod needles;
pub mod people;
mod placeholder;
mod redactor;
mod rules;
mod runs;
mod safe;
mod secret;
mod settle;
pub mod shapes;
mod span;
pub mod view;

#[cfg(test)]
pub(crate) mod tests;

pub use draft::{Draft, Drafter, Drafts};
pub use find::People;
pub use holed::Holed;
pub use labels::{FingerprintKey, KEY_BYTES_MIN, Labels};
pub use redactor::{Redactor, holds_label};
pub use safe::Safe;
pub use secret::Secret;
pub use span::Span;
