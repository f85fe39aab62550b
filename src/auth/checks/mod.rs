//! Checks that hold for every provider, one file per family.
//!
//! Belongs here: what is wrong with a file whatever its provider. Elsewhere: what one provider needs
//! ([`super::providers`]), which verdict follows ([`super::verdict`]).

pub mod claims;
pub mod cross;
pub mod endpoints;
pub mod expiry;
pub mod exposure;
pub mod naming;
pub mod state;
pub mod tokens;

use super::case::Case;

/// The checks of one file, in the order in which they build upon one another.
pub static FAMILIES: &[fn(&mut Case<'_>)] =
    &[naming::check, tokens::check, expiry::check, claims::check, state::check, endpoints::check];
