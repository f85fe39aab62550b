//! Aggregate: grouping, counting, sorting; the only room that may name polars besides `report/parquet.rs`.

pub mod charts;
