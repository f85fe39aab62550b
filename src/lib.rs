//! `authopsy`: offline forensic analysis of authentication failures.
//!
//! Somebody exported VictoriaLogs (NDJSON) and copied a directory of auth token files. There is no network, and an
//! outage has to be explained. This page is the map of the house: the rooms, in the order in which data walks through
//! them, and what each of them must never do. `tests/tidy.rs` holds the walls.
//!
//! | room | belongs there | never there |
//! |---|---|---|
//! | [`redact`] | `Secret`, `Safe`, the redactor | names no other room |
//! | [`input`] | finding, opening, mapping, unpacking, hashing and splitting evidence | names no other room; never writes |
//! | [`record`] | one line's bytes become fields, values and time | names no other room; no I/O |
//! | [`finding`] | the shared shape of what an analysis may say, always with a place in the evidence | no text that was not redacted |
//! | [`logsql`] | the query language: lexer, filters, pipes, stats, planner | knows nothing of this system's failures |
//! | [`store`] | the store's HTTP answers and the live tool's methods over a dump | no server, no socket |
//! | [`auth`] | what a provider's credential file looks like, and what follows from it | no log lines |
//! | [`classify`] | what a failure in these systems looks like: classes, vocabulary, detectors, symptoms | prints nothing |
//! | [`aggregate`] | grouping, counting, sorting; the wall around polars | no words for people |
//! | [`report`] | the finished report and its renderers | computes no number of a report; [`report::diff`] compares two finished ones |
//! | [`scan`] | the conveyor: inputs in, report out | joins rooms, judges no row |
//! | [`cli`] | flags, terminal, environment, exit codes | the only room that prints, exits or asks the machine |
//!
//! Three type changes mark the road: a hit (borrowed, millions), a [`finding::Event`] (owned, located, few), a
//! [`report::model::Report`] (complete, ordered, redacted). Nothing flows back.

pub mod aggregate;
pub mod auth;
pub mod classify;
pub mod cli;
pub mod finding;
pub mod input;
pub mod logsql;
pub mod record;
pub mod redact;
pub mod report;
pub mod scan;
pub mod store;
