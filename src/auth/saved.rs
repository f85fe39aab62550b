//! Saved management answers.
