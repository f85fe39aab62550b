//! Aggregate: grouping, counting, sorting; the only room that may name polars besides `report/parquet.rs`.
//!
//! Belongs here: counts behind charts and tables, types of columns, rows as columns. Elsewhere: words for people
//! ([`crate::report`]).

pub mod charts;
#[cfg(feature = "columns")]
pub mod frame;
pub mod typing;
