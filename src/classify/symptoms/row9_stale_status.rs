//! Row 9: manual status appears stale after refresh.

use super::{Case, MINUTE, Reading, Row, Status, list};
use crate::classify::claims::{count, value};
use crate::classify::cliproxy::{Fact, Story, What};
use crate::record::time::{self, Nanos};

pub const ROW: Row = Row {
    row: 9,
    id: "stale_status",
    symptom: "Manual status appears stale after refresh",
    condition: "a manual refresh reports a new expiry, and within two minutes the watcher says that the file is unchanged or finds no credential for it; or a refreshed credential cannot be written to its file",
    confirms: "the file still holds an expiry before the one that was reported; a snapshot pair that did not move",
    refutes: "the file was written and picked up after the refresh",
    near_misses: "a refresh whose file was written a second later · a listing without a refresh",
    fix: "Compare expires_at of the file with the answer; make sure that the auth directory is writable, reload the watcher or restart the process, refresh once more and confirm that expires_at moved forward.",
    correction: "success:true never proves that one given file moved: compare expires_at. The listing has no expires_at; its last_refresh and modtime are the only hints. A read-only volume refreshes in memory only and loses it at the next restart.",
    read,
};

/// The watcher reacts within this time.
const REACTION: Nanos = 2 * MINUTE;

/// The two expiries of a claim and a file count as equal within this time.
const EQUAL: Nanos = MINUTE;

/// At most this many claims are looked at.
const CLAIMS_MAX: usize = 500;

/// One reported refresh and what followed it.
struct Claim<'s> {
    index: usize,
    file: &'s str,
    expires: Option<Nanos>,
    against: Vec<usize>,
    settled: Vec<usize>,
    around: Vec<usize>,
}

fn read(case: &Case<'_>) -> Reading {
    let claims = claims(case.story);
    let stale: Vec<&Claim<'_>> = claims
        .iter()
        .filter(|c| !c.against.is_empty() && c.settled.is_empty() || file_is_behind(case, c) == Some(true))
        .collect();
    let Some(&best) = stale
        .iter()
        .max_by_key(|c| (file_is_behind(case, c) == Some(true), !c.against.is_empty(), std::cmp::Reverse(c.index)))
    else {
        return not_shown(case, &claims);
    };
    let mut reading = Reading::new(if best.against.len() > 1 { Status::Likely } else { Status::Possible });
    reading.evidence.push(best.index);
    reading.evidence.extend(&best.against);
    reading.evidence.extend(&best.around);
    reading.found = format!("{}: a manual refresh reported success", value(best.file));
    if let Some(expires) = best.expires {
        reading.found.push_str(&format!(" until {}", time::format(expires)));
    }
    let unsaved = best.against.iter().any(|&n| matches!(case.story.facts[n].what, What::Unsaved { .. }));
    reading.found.push_str(match (best.against.is_empty(), unsaved) {
        (true, _) => ".",
        (false, true) => ", but the refreshed credential could not be written to its file.",
        (false, false) => ", but the watcher found the file unchanged or unknown.",
    });
    with_file(case, best, &mut reading);
    for denied in denials(case.story, best) {
        reading.evidence.push(denied);
    }
    reading
}

fn claims(story: &Story) -> Vec<Claim<'_>> {
    story
        .each(|w| match w {
            What::Claimed { file, expires } => Some((&**file, *expires)),
            _ => None,
        })
        .take(CLAIMS_MAX)
        .map(|(index, fact, (file, expires))| {
            let mut claim =
                Claim { index, file, expires, against: Vec::new(), settled: Vec::new(), around: Vec::new() };
            for (n, other) in
                story.between(fact.at - time::SECOND, fact.at + REACTION).filter(|(_, o)| o.place == fact.place)
            {
                match &other.what {
                    What::FileUnchanged { file: f } | What::FileNotPicked { file: f } if **f == *file => {
                        claim.against.push(n)
                    }
                    What::Unsaved { file: f, .. } if f.as_deref().is_none_or(|f| f == file) => claim.against.push(n),
                    What::FileChanged { file: f } | What::FilePicked { file: f } if **f == *file => {
                        claim.settled.push(n)
                    }
                    what if super::row3_manual_refresh_404::refresh(what).is_some_and(|a| a.is_ok()) => {
                        claim.around.push(n)
                    }
                    _ => {}
                }
            }
            claim
        })
        .collect()
}

/// Whether the file holds an earlier expiry than the log reported. `None` when that cannot be said.
fn file_is_behind(case: &Case<'_>, claim: &Claim<'_>) -> Option<bool> {
    let (file, claimed) = (case.outside.file(claim.file)?, claim.expires?);
    Some(file.expires_at? < claimed - EQUAL)
}

fn with_file(case: &Case<'_>, claim: &Claim<'_>, reading: &mut Reading) {
    match (case.outside.file(claim.file), file_is_behind(case, claim)) {
        (Some(file), Some(true)) => {
            // A later write could only have moved the expiry forward again; one that left it behind is stale all the more.
            reading.status = Status::Confirmed;
            let held = file.expires_at.map(time::format).unwrap_or_default();
            reading.found.push_str(&format!(" The file still holds {held}."));
        }
        (Some(_), Some(false)) => {
            reading.status = Status::Possible;
            reading.found.push_str(" The file holds the reported expiry: what is stale, if anything, is in memory.");
        }
        (Some(_), None) => reading.missing.push("an expiry in the file or in the answer".to_owned()),
        (None, _) => reading
            .missing
            .push(format!("the file {} (--auths), or the directory before and after (--before)", value(claim.file))),
    }
    if let Some(pair) = case.outside.pair(claim.file).filter(|p| p.row9) {
        reading.status = Status::Confirmed;
        reading.found.push_str(&format!(" The snapshots before and after agree: {}.", pair.verdict.replace('_', " ")));
    }
    let saved = case.outside.answers.iter().find(|a| a.file.as_deref() == Some(claim.file) && a.expires_at.is_some());
    if let Some(answer) = saved {
        let told = answer.expires_at.map(time::format).unwrap_or_default();
        reading.found.push_str(&format!(" The saved answer {} reports {told}.", value(&answer.path)));
    }
}

/// Requests that the upstream refused with the stale token, shortly after.
fn denials(story: &Story, claim: &Claim<'_>) -> Vec<usize> {
    let fact = &story.facts[claim.index];
    story
        .between(fact.at, fact.at + 15 * MINUTE)
        .filter(|(_, o)| {
            o.place == fact.place
                && matches!(&o.what, What::Denied { provider, status: 401 | 403, .. } if &**provider == "kiro")
        })
        .map(|(n, _)| n)
        .take(2)
        .collect()
}

fn not_shown(case: &Case<'_>, claims: &[Claim<'_>]) -> Reading {
    let mut reading = Reading::none(case);
    if let Some(reading) = unsaved(case.story) {
        return reading;
    }
    let settled: Vec<usize> = claims.iter().flat_map(|c| &c.settled).copied().collect();
    let open = claims.iter().find(|c| c.settled.is_empty());
    if let Some(claim) = open {
        reading.status = Status::Possible;
        reading.evidence.push(claim.index);
        reading.counter = settled;
        reading.missing.push(format!(
            "watcher lines of {} after the refresh (debug level), or the file (--auths)",
            value(claim.file)
        ));
    } else if let Some(around) = unnamed(case.story) {
        reading.status = Status::Possible;
        reading.evidence = around;
        reading.counter = settled;
        reading.missing.push("the line or the answer that tells which expiry the refresh reported".to_owned());
    } else if !settled.is_empty() {
        reading.status = Status::Refuted;
        reading.counter = settled;
        reading.found = "After the manual refresh the file was written and picked up.".to_owned();
        reading.fix = "Nothing to do.".to_owned();
    }
    reading
}

/// Refreshed credentials that could not be written, whoever asked for the refresh: memory and file disagree from then on.
fn unsaved(story: &Story) -> Option<Reading> {
    let lost: Vec<_> = story
        .each(|w| match w {
            What::Unsaved { file, .. } => Some(file.as_deref()),
            _ => None,
        })
        .collect();
    let &(last, fact, file) = lost.last()?;
    let here = |(n, other): (usize, &Fact)| match &other.what {
        What::FileChanged { file: written } if other.place == fact.place && file.is_none_or(|f| *f == **written) => {
            Some(n)
        }
        _ => None,
    };
    let written = story.facts.iter().enumerate().skip(last).find_map(here);
    let mut reading = Reading::new(if written.is_some() { Status::Possible } else { Status::Likely });
    reading.evidence.extend(lost.iter().map(|(n, ..)| n));
    reading.counter.extend(written);
    let files = list(lost.iter().filter_map(|(_, _, file)| file.map(str::to_owned)));
    reading.found = format!(
        "{} could not be written to {}: memory holds what the file does not, and it is lost at the next start.",
        count(lost.len(), "refreshed credential", "refreshed credentials"),
        if files.is_empty() { "a file" } else { &files }
    );
    if written.is_some() {
        reading.found.push_str(" The last of them was written later.");
    }
    Some(reading)
}

/// A manual refresh that was answered well and after which the watcher found a file unchanged or unknown, where no line
/// tells what the refresh claimed.
fn unnamed(story: &Story) -> Option<Vec<usize>> {
    story.each(super::row3_manual_refresh_404::refresh).filter(|(_, _, a)| a.is_ok()).take(CLAIMS_MAX).find_map(
        |(index, fact, _)| {
            let near = story.near(index, time::SECOND, REACTION).filter(|(_, o)| o.place == fact.place);
            let mut found = vec![index];
            for (n, other) in near {
                match other.what {
                    What::Claimed { .. } => return None,
                    What::FileUnchanged { .. } | What::FileNotPicked { .. } => found.push(n),
                    _ => {}
                }
            }
            (found.len() > 1).then_some(found)
        },
    )
}
