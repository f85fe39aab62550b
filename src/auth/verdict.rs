//! The one word per file, and the words it is made of.

use crate::finding::words;
use serde::Serialize;

words! {
    /// Where the access token stands at the instant of the check.
    State {
        Valid = "valid",
        /// Inside the provider's refresh lead.
        Expiring = "expiring",
        Expired = "expired",
        /// Has no expiry by design.
        None = "none",
        Unknown = "unknown",
    }
}
words! {
    /// Whether a refresh can succeed, as far as the file can show.
    Refresh {
        /// Every local precondition is there.
        Possible = "possible",
        Impossible = "impossible",
        Unknown = "unknown",
        NotApplicable = "not_applicable",
    }
}
words! {
    /// The one word per file, worst first.
    Verdict {
        Dead = "dead",
        Unreadable = "unreadable",
        ExpiredRefreshable = "expired_refreshable",
        Expiring = "expiring",
        Unknown = "unknown",
        Due = "due",
        Inert = "inert",
        Disabled = "disabled",
        Healthy = "healthy",
    }
}

/// What the verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub readable: bool,
    pub loads: bool,
    pub disabled: bool,
    pub state: State,
    pub refresh: Refresh,
    /// There is an access token, or what stands for one.
    pub usable: bool,
    /// The credential lapses within the asked-for time.
    pub lapses_soon: bool,
}

/// The verdict for a standing.
pub fn verdict(s: Standing) -> Verdict {
    let refreshable = matches!(s.refresh, Refresh::Possible | Refresh::Unknown);
    if !s.readable {
        return Verdict::Unreadable;
    }
    if !s.loads {
        return Verdict::Inert;
    }
    if s.disabled {
        return Verdict::Disabled;
    }
    match s.state {
        State::Expired if refreshable => Verdict::ExpiredRefreshable,
        State::Expired => Verdict::Dead,
        _ if !s.usable => {
            if refreshable {
                Verdict::ExpiredRefreshable
            } else {
                Verdict::Dead
            }
        }
        State::Unknown => Verdict::Unknown,
        _ if s.lapses_soon => Verdict::Expiring,
        State::Expiring if refreshable => Verdict::Due,
        State::Expiring => Verdict::Expiring,
        State::Valid | State::None => Verdict::Healthy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_per_standing() {
        let good = Standing {
            readable: true,
            loads: true,
            disabled: false,
            state: State::Valid,
            refresh: Refresh::Possible,
            usable: true,
            lapses_soon: false,
        };
        assert_eq!(verdict(good), Verdict::Healthy);
        assert_eq!(verdict(Standing { state: State::Expired, ..good }), Verdict::ExpiredRefreshable);
        assert_eq!(verdict(Standing { state: State::Expired, refresh: Refresh::Impossible, ..good }), Verdict::Dead);
        assert_eq!(
            verdict(Standing { state: State::None, refresh: Refresh::NotApplicable, usable: false, ..good }),
            Verdict::Dead
        );
        assert_eq!(verdict(Standing { state: State::Expiring, ..good }), Verdict::Due);
        assert_eq!(verdict(Standing { lapses_soon: true, ..good }), Verdict::Expiring);
        assert_eq!(verdict(Standing { disabled: true, state: State::Expired, ..good }), Verdict::Disabled);
        assert_eq!(verdict(Standing { loads: false, ..good }), Verdict::Inert);
        assert_eq!(verdict(Standing { readable: false, ..good }), Verdict::Unreadable);
    }
}
