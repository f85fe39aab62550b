//! Report: the finished facts and their renderers.
//!
//! Belongs here: the model of a report ([`model`]), one renderer per format, one sanitizer per sink. Elsewhere: every
//! number. A renderer that wants another number asks for a field in the model.

pub mod json;
pub mod model;
