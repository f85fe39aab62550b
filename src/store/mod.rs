//! Store: the log store's HTTP answers over a dump, without a server.
//!
//! Belongs here: the dump as a source of records, requests (path and arguments in, body out). Elsewhere: the query
//! language ([`crate::logsql`]), flags and exit codes ([`crate::cli`]). No socket is ever opened.

pub mod dump;
pub mod query;
