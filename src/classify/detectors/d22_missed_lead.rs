//! D22: a credential whose refresh was due and did not come.

use super::limit::Part::Text;
use super::view::{View, duration};
use super::{Detector, Said};
use crate::classify::claims::{short, value};
use crate::classify::cliproxy::{Story, What};
use crate::record::time::Nanos;

pub const DETECTOR: Detector = Detector {
    id: "D22",
    name: "missed lead",
    finds: "no refresh between the lead time and the expiry, although the scheduler was at work",
    needs: "credential files (--auths) and debug lines of the scheduler over the whole lead",
    thresholds: &[
        ("lead", &[Text("that of the file's provider and login, as `check` tells when a refresh is due")]),
        ("silence", &[Text("less than half of the lead")]),
    ],
    would_change: "scheduler lines at debug level: without them the answer is undetermined, never missed",
    run,
};

/// The scheduler is shown at work over the whole lead: its lines leave no silence of half the lead.
fn is_awake(story: &Story, from: Nanos, expiry: Nanos) -> bool {
    let lines = story.between(from, expiry).filter(|(_, f)| is_scheduler(&f.what)).map(|(_, f)| f.at);
    let mut last = from;
    let mut longest = 0;
    for at in lines.chain([expiry]) {
        longest = longest.max(at - last);
        last = at;
    }
    2 * longest < expiry - from
}

fn is_scheduler(what: &What) -> bool {
    matches!(what, What::Checked { .. } | What::Refreshed { .. } | What::Called { .. })
}

fn run(view: &View<'_>) -> Said {
    let story = &view.case.notes.cliproxy.story;
    let Some((start, end)) = view.span() else { return Said::quiet("no evidence") };
    let scheduler = story.facts.iter().filter(|f| is_scheduler(&f.what)).count();
    let mut missed: Vec<String> = Vec::new();
    let mut undetermined = 0;
    for file in &view.outside.files {
        let (Some(expiry), Some(true)) = (file.expires_at, file.has_refresh_token) else { continue };
        if file.lead == 0 {
            continue;
        }
        let (lead, from) = (file.lead, expiry.saturating_sub(file.lead));
        if from < start || expiry > end {
            continue;
        }
        let tried =
            story.renewals.iter().any(|a| a.file.as_deref() == Some(&*file.name) && a.at >= from && a.at < expiry);
        let awake = is_awake(story, from, expiry);
        match (tried, awake) {
            (false, true) => {
                missed.push(format!("{} ({} before {})", value(&file.name), duration(lead), short(expiry)))
            }
            (false, false) => undetermined += 1,
            _ => {}
        }
    }
    missed.sort();
    let said = match missed.first() {
        Some(first) => Said::fired(format!("no refresh of {first}, although the scheduler refreshed others meanwhile")),
        None => Said::quiet("no refresh is shown to be missed"),
    };
    let said = said.with("missed", missed.len()).with("undetermined", undetermined).with("scheduler_lines", scheduler);
    if scheduler == 0 {
        said.censored("without debug lines of the scheduler nothing can be called missed")
    } else {
        said
    }
}
