//! Classify: what a failure in these systems looks like.

pub mod cliproxy;
