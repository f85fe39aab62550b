//! Aggregate: grouping, counting, sorting; the only room that may name polars besides `report/parquet.rs`.
//!
//! Belongs here: the tallies behind a report's tables and charts. Integers only, every order total. Elsewhere: the words
//! around them.

pub mod charts;
pub mod tallies;
