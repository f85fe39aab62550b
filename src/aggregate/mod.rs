//! Aggregate: grouping, counting, sorting; the only room that may name polars besides `report/parquet.rs`.
//!
//! Belongs here: the tallies behind a report's tables and charts, types of columns, rows as columns. Integers only, every
//! order total. Elsewhere: the words around them.

pub mod charts;
#[cfg(feature = "columns")]
pub mod frame;
pub mod tallies;
pub mod typing;
