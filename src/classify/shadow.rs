//! How long a failed fetch of a secret explains requests: while the error is remembered. On the same pod it is the reason;
//! another pod asked the same store for the same name in the same minute, which makes its reason likely.
//!
//! Elsewhere: what follows from it for a request ([`super::settle`]) and how much one error costs
//! ([`super::detectors`], D19).

use super::{Attempt, Sym};
use crate::record::time::{Nanos, SECOND};
use std::collections::HashMap;

/// Stamps of a request and of the line about its secret may differ by this much.
pub const SLACK: Nanos = SECOND;

/// Requests that went without a secret, each with a number of its reader's, by secret and time.
#[derive(Debug, Default)]
pub struct Wanting {
    by_secret: HashMap<Sym, Vec<(Nanos, usize)>>,
}

impl Wanting {
    /// Of requests with their numbers; those that name no secret are passed over.
    pub fn of<'a>(requests: impl Iterator<Item = (&'a Attempt, usize)>) -> Wanting {
        let mut by_secret: HashMap<Sym, Vec<(Nanos, usize)>> = HashMap::new();
        for (request, number) in requests {
            if let Some(secret) = request.texts.secret {
                by_secret.entry(secret).or_default().push((request.at, number));
            }
        }
        by_secret.values_mut().for_each(|requests| requests.sort_unstable());
        Wanting { by_secret }
    }

    /// The numbers of the requests that failed while the error of this line was remembered.
    pub fn within(&self, line: &Attempt) -> impl Iterator<Item = usize> {
        let all = line.texts.secret.and_then(|secret| self.by_secret.get(&secret)).map_or(&[][..], Vec::as_slice);
        let (from, to) = (line.at.saturating_sub(SLACK), line.at.saturating_add(line.span).saturating_add(SLACK));
        let begun = all.partition_point(|request| request.0 < from);
        all[begun..].iter().take_while(move |request| request.0 <= to).map(|request| request.1)
    }
}
