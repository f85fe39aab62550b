//! Two states of one directory: did a refresh move the expiry, and is the stale status confirmed?

use super::expiry::Instant;
use super::facts::{Directory, FileFact};
use super::verdict::Refresh;
use crate::finding::words;
use crate::redact::Safe;
use serde::Serialize;
use std::collections::BTreeMap;

words! {
    /// What happened to one file between the snapshots.
    Movement {
        Unchanged = "unchanged",
        /// Rewritten, with the same instant or none that can be read.
        NotMoved = "not_moved",
        MovedForward = "moved_forward",
        MovedButStillExpired = "moved_but_still_expired",
        MovedBackward = "moved_backward",
        ExpiryMovedTokenSame = "expiry_moved_token_same",
        TokenChangedExpirySame = "token_changed_expiry_same",
        Removed = "removed",
        Added = "added",
        UnreadableAfter = "unreadable_after",
    }
}
words! {
    /// What else differs.
    Flag {
        AccessTokenChanged = "access_token_changed",
        RefreshTokenRotated = "refresh_token_rotated",
        RefreshTokenLost = "refresh_token_lost",
        LastRefreshChanged = "last_refresh_changed",
        AuthMethodChanged = "auth_method_changed",
        AccountChanged = "account_changed",
        /// A member that the file had before is gone.
        KeysLost = "keys_lost",
        DisabledChanged = "disabled_changed",
        ExpiryFormatChanged = "expiry_format_changed",
        /// Another expiry member moved while the one the server reads did not.
        ExpiryConflict = "expiry_conflict",
    }
}

/// One side of a pair, for printing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    pub expires_at: Option<Instant>,
    pub last_refresh: Option<Instant>,
    pub has_refresh_token: bool,
}

/// The verdict on one pair.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The path below the arguments.
    pub file: Safe,
    pub provider: Option<String>,
    pub verdict: Movement,
    /// In the order of [`Flag::ALL`].
    pub flags: Vec<Flag>,
    /// The pair supports "a refresh runs but the credential stays expired".
    pub row4: bool,
    /// The pair confirms that the stored status is stale: expired, and nothing moved it.
    pub row9: bool,
    pub before: Option<Side>,
    pub after: Option<Side>,
}

/// Compares two states, file by file, in the order of the names.
pub fn compare(before: &Directory, after: &Directory, as_of: Instant) -> Vec<Pair> {
    let mut names: BTreeMap<&str, (Option<&FileFact>, Option<&FileFact>)> = BTreeMap::new();
    for fact in before.files.iter().filter(|f| is_credential(f)) {
        names.entry(&fact.name).or_default().0.get_or_insert(fact);
    }
    for fact in after.files.iter().filter(|f| is_credential(f)) {
        names.entry(&fact.name).or_default().1.get_or_insert(fact);
    }
    names.into_iter().map(|(name, (before, after))| pair(name, before, after, as_of)).collect()
}

fn is_credential(fact: &FileFact) -> bool {
    fact.name.to_lowercase().ends_with(".json") && !fact.links.is_leftover
}

fn pair(name: &str, before: Option<&FileFact>, after: Option<&FileFact>, as_of: Instant) -> Pair {
    // What could not be read before was no credential to the server: nothing can be said to have moved.
    let known = before.filter(|b| b.links.readable || after.is_none_or(|a| !a.links.readable));
    let (verdict, flags) = match (known, after) {
        (Some(b), Some(a)) => {
            let flags = flags(b, a);
            (movement(b, a, &flags, as_of), flags)
        }
        (None, _) => (Movement::Added, Vec::new()),
        (_, None) => (Movement::Removed, Vec::new()),
    };
    let (row4, row9) = match (known, after) {
        (Some(b), Some(a)) => rows(verdict, &flags, b, a, as_of),
        _ => (false, false),
    };
    let provider = after.or(before).and_then(|f| f.provider.clone());
    Pair {
        file: Safe::own(name),
        provider,
        verdict,
        flags,
        row4,
        row9,
        before: before.map(side),
        after: after.map(side),
    }
}

fn side(fact: &FileFact) -> Side {
    Side { expires_at: fact.expires_at, last_refresh: fact.last_refresh, has_refresh_token: fact.has_refresh_token }
}

fn flags(b: &FileFact, a: &FileFact) -> Vec<Flag> {
    if !a.links.readable || !b.links.readable || b.links.content == a.links.content {
        return Vec::new();
    }
    let (old, new) = (&b.links, &a.links);
    let conflict = b.expires_at == a.expires_at
        && old.expiries != new.expiries
        && new.expiries.iter().any(|at| Some(*at) != a.expires_at);
    let lost = |m| new.members.binary_search(m).is_err();
    Flag::ALL
        .iter()
        .copied()
        .filter(|flag| match flag {
            Flag::AccessTokenChanged => old.carried != new.carried,
            Flag::RefreshTokenRotated => old.refresh.is_some() && new.refresh.is_some() && old.refresh != new.refresh,
            Flag::RefreshTokenLost => b.has_refresh_token && !a.has_refresh_token,
            Flag::LastRefreshChanged => b.last_refresh != a.last_refresh,
            Flag::AuthMethodChanged => old.method != new.method,
            Flag::AccountChanged => {
                b.account.as_ref().map(|x| x.fingerprint) != a.account.as_ref().map(|x| x.fingerprint)
            }
            Flag::KeysLost => old.members.iter().any(lost),
            Flag::DisabledChanged => b.disabled != a.disabled,
            Flag::ExpiryFormatChanged => old.form.is_some() && new.form.is_some() && old.form != new.form,
            Flag::ExpiryConflict => conflict,
        })
        .collect()
}

fn movement(b: &FileFact, a: &FileFact, flags: &[Flag], as_of: Instant) -> Movement {
    if b.links.content.is_some() && b.links.content == a.links.content {
        return Movement::Unchanged;
    }
    if !a.links.readable {
        return Movement::UnreadableAfter;
    }
    let token_same = !flags.contains(&Flag::AccessTokenChanged);
    match (b.expires_at, a.expires_at) {
        (Some(old), Some(new)) if new < old => Movement::MovedBackward,
        (old, Some(new)) if old.is_none_or(|old| new > old) => match () {
            () if token_same => Movement::ExpiryMovedTokenSame,
            () if new <= as_of => Movement::MovedButStillExpired,
            () => Movement::MovedForward,
        },
        // An end that is gone or cannot be read any more did not move, and is not the same either.
        (Some(_), None) => Movement::NotMoved,
        _ if token_same || flags.contains(&Flag::ExpiryConflict) => Movement::NotMoved,
        _ => Movement::TokenChangedExpirySame,
    }
}

fn rows(verdict: Movement, flags: &[Flag], b: &FileFact, a: &FileFact, as_of: Instant) -> (bool, bool) {
    let expired = a.expires_at.is_some_and(|end| end <= as_of);
    let stood_still = matches!(verdict, Movement::Unchanged | Movement::NotMoved);
    let stamped = flags.contains(&Flag::LastRefreshChanged) && !flags.contains(&Flag::AccessTokenChanged);
    let due = is_scheduled(a) && !(a.disabled && b.disabled);
    // Without a refresh token these providers report success and change nothing.
    let silent = due && a.links.silent_no_op && a.links.needs_token && !a.has_refresh_token;
    let row4 = verdict == Movement::MovedButStillExpired
        || flags.contains(&Flag::RefreshTokenLost)
        || (expired && stood_still && (stamped || silent));
    let row9 = expired && due && (stood_still || verdict == Movement::MovedBackward);
    (row4, row9)
}

/// Whether the server refreshes such a file by its own clock. Nothing shows in one that is refreshed at request time, by
/// another program or never: that its end stays in the past is everyday.
fn is_scheduled(fact: &FileFact) -> bool {
    let by_interval = fact.links.interval_seconds.is_some_and(|n| n > 0.0);
    fact.loads && fact.refresh != Refresh::NotApplicable && (by_interval || fact.links.lead_seconds > 0)
}
