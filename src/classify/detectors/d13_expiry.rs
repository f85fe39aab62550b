//! D13: does the expiry in the file explain the failure?

use super::limit::Part::{Span, Text};
use super::view::{View, duration};
use super::{Detector, Said};
use crate::classify::claims::{short, value};
use crate::record::time::{Nanos, SECOND};

pub const DETECTOR: Detector = Detector {
    id: "D13",
    name: "expiry-explained",
    finds: "failures that begin when the credential's file says it expires",
    needs: "credential files (--auths) that the failures name",
    thresholds: &[
        (
            "explained",
            &[
                Text("from "),
                Span(EARLY),
                Text(" before the expiry to "),
                Span(LATE),
                Text(" after it, or to the gap since the last success"),
            ],
        ),
        ("early", &[Text("more than "), Span(EARLY), Text(" before")]),
    ],
    would_change: "a file written after the failure: it no longer shows the expiry of the time",
    run,
};

const EARLY: Nanos = 120 * SECOND;
const LATE: Nanos = 600 * SECOND;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Explained,
    Early,
    Late,
}

/// A credential that is used once an hour shows its expiry up to an hour late: the time since its last success counts.
fn judge(first: Nanos, expiry: Nanos, since_ok: Option<Nanos>) -> Verdict {
    match first - expiry {
        d if d < -EARLY => Verdict::Early,
        d if d <= LATE.max(since_ok.unwrap_or(0)) => Verdict::Explained,
        _ => Verdict::Late,
    }
}

fn run(view: &View<'_>) -> Said {
    let mut seen: Vec<(Verdict, String)> = Vec::new();
    let mut newer = 0;
    for (key, all) in view.failing() {
        let Some(file) = view.outside.file(&key.identity) else { continue };
        let (Some(expiry), Some(first)) = (file.expires_at, all.iter().find(|o| !o.ok).map(|o| o.at)) else { continue };
        if file.newer_than(first) {
            newer += 1;
            continue;
        }
        let last_ok = all.iter().take_while(|o| o.at < first).filter(|o| o.ok).last();
        let verdict = judge(first, expiry, last_ok.map(|ok| first - ok.at));
        let words = match verdict {
            Verdict::Explained => "its expiry explains them",
            Verdict::Early => "not expiry: revocation, rotation, audience or clock",
            Verdict::Late => "something else refreshed it, or a grace period",
        };
        let text = format!(
            "{}: failures from {}, {} {} the expiry in its file: {words}",
            value(&file.name),
            short(first),
            duration((first - expiry).abs()),
            if first < expiry { "before" } else { "after" }
        );
        seen.push((verdict, text));
    }
    seen.sort();
    let said = match seen.first() {
        Some((Verdict::Explained, text)) => Said::fired(text.clone()),
        Some((_, text)) => Said::quiet(text.clone()),
        None => Said::quiet("no failing credential has a file with an expiry"),
    };
    let said = said.with("files", seen.len());
    if newer > 0 {
        said.censored(format!("{newer} files were written after the failure; their state at the time is unknown"))
    } else {
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn around_the_expiry() {
        assert_eq!(judge(0, 100 * SECOND, None), Verdict::Explained);
        assert_eq!(judge(0, 121 * SECOND, None), Verdict::Early);
        assert_eq!(judge(600 * SECOND, 0, None), Verdict::Explained);
        assert_eq!(judge(601 * SECOND, 0, None), Verdict::Late);
    }

    #[test]
    fn seldom_used_credentials_show_it_later() {
        let hour = 3600 * SECOND;
        assert_eq!(judge(2400 * SECOND, 0, Some(hour)), Verdict::Explained);
        assert_eq!(judge(2400 * SECOND, 0, Some(60 * SECOND)), Verdict::Late);
    }
}
