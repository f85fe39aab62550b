//! Vlogs.
