//! Row 8: Kiro login account selection seems ignored.

use super::{Case, Reading, Row, Status, list};
use crate::classify::claims::{named, value};
use crate::classify::cliproxy::What;

pub const ROW: Row = Row {
    row: 8,
    id: "kiro_account_selection",
    symptom: "Kiro login account selection seems ignored",
    condition: "a Kiro login opened the browser in normal mode",
    confirms: "the login's own line `kiro: using normal browser mode (--no-incognito)`",
    refutes: "the login's line `kiro: using incognito mode for multi-account support`",
    near_misses: "a quotation of the line · a pending device login · no browser with private windows (other fix)",
    fix: "Log in without --no-incognito, and without incognito-browser: false in the config, unless reusing the session is intended.",
    correction: "The same line is printed when the config says incognito-browser: false. When no browser with private windows is found, the effect is the same but the flag is innocent: install one, or copy the URL into a private window.",
    read,
};

fn read(case: &Case<'_>) -> Reading {
    let story = case.story;
    let normal: Vec<usize> =
        story.each(|w| matches!(w, What::NormalBrowser).then_some(())).map(|(n, _, ())| n).collect();
    let fallback: Vec<usize> =
        story.each(|w| matches!(w, What::NoIncognito).then_some(())).map(|(n, _, ())| n).collect();
    let private: Vec<usize> = story.each(|w| matches!(w, What::Incognito).then_some(())).map(|(n, _, ())| n).collect();
    let config = case.outside.configs.iter().find(|c| c.incognito == Some(false));
    if !normal.is_empty() {
        let mut reading = Reading::new(Status::Confirmed);
        reading.found = format!(
            "A login{} opened the browser in normal mode.",
            named(" in ", &list(normal.iter().map(|&n| value(&story.facts[n].place))), "")
        );
        if let Some(config) = config {
            reading.found.push_str(&format!(" {} sets incognito-browser: false.", value(&config.path)));
        }
        reading.evidence = normal;
        return reading;
    }
    if !fallback.is_empty() {
        let mut reading = Reading::new(Status::Possible);
        reading.evidence = fallback;
        reading.found =
            "No private window could be opened, so the login ran in normal mode although the flag was not used."
                .to_owned();
        reading.fix =
            "Install a browser with private windows, or open the login URL in a private window by hand.".to_owned();
        return reading;
    }
    let mut reading = Reading::none(case);
    if !private.is_empty() {
        reading.status = Status::Refuted;
        reading.counter = private;
        reading.found = "Logins used a private window.".to_owned();
        reading.fix = "Nothing to do.".to_owned();
    }
    reading
}
