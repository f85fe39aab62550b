//! Values: how the store compares, spells, cuts, packs and unpacks the texts of a row.
//!
//! Belongs here: pure functions from text to text, each the rule behind one or more pipes and stats functions.
//! Elsewhere: what counts as a number ([`crate::logsql::number`]), the pipes themselves ([`crate::logsql::pipes`]).

pub mod bucket;
pub mod collapse;
pub mod decimal;
pub mod instant;
pub mod integer;
pub mod json;
pub mod logfmt;
pub mod option;
pub mod order;
pub mod pattern;
pub mod syslog;
pub mod template;
pub mod unix;
pub mod unquote;
pub mod vmrange;
