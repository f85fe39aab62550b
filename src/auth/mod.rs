//! Auth: what a provider's credential file looks like, and what follows from it.
//!
//! Belongs here: finding and opening credential files, reading them as the server does, one verdict per file with its
//! reasons, pairs of snapshots, the proxy's configuration and saved management answers. Elsewhere: log lines
//! ([`crate::classify`]), words and tables for people ([`crate::report`]).
//!
//! Front door for other rooms: [`inspect::inspect`] gives a [`Directory`] of [`FileFact`]s, [`snapshots::compare`] two of
//! them side by side, [`config::read`] and [`saved::read`] the facts of a configuration and of saved answers. Tokens
//! live in [`crate::redact::Secret`] and are compared as [`fingerprint::Fingerprint`]s; nothing here can print one.
//!
//! One provider is one file in [`providers`], one kind of finding one entry in [`findings::RULES`].

mod aliases;
pub mod baseline;
pub mod case;
pub mod checks;
pub mod cliff;
pub mod config;
pub mod cooldown;
pub mod examination;
pub mod expiry;
pub mod facts;
mod fill;
pub mod findings;
pub mod fingerprint;
pub mod inspect;
pub mod json;
pub mod jwt;
pub mod mail;
pub mod providers;
pub mod read;
pub mod saved;
mod settle;
pub mod snapshots;
pub mod summary;
pub mod verdict;

pub use case::Finding;
pub use examination::{Examination, Request};
pub use expiry::Instant;
pub use facts::{Directory, FileFact, Options, Perms};
pub use fingerprint::{Account, Key};
pub use inspect::inspect;
pub use mail::{mask_known, mask_mail};
pub use read::AuthError;
pub use verdict::{Refresh, State, Verdict};
