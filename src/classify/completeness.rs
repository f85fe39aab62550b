//! What an export can and cannot show: limits at export, silence, missing streams. The result caps every other claim.

use super::claims::{count, quoted, short, value};
use super::cliproxy::Answered;
use super::reader::{Ledger, MINUTE, Order};
use crate::finding::words;
use crate::record::time::Nanos;
use crate::record::{FIRST_WINS, MAX_FIELDS};
use serde::Serialize;

words! {
    /// What an export looks like, by its own words, its size and its order.
    Mode {
        Complete = "complete",
        NewestN = "newest_n",
        Sampled = "sampled",
        Unknown = "unknown",
    }
}

impl Mode {
    /// Rows are missing, so that absence and order prove nothing.
    pub fn is_cut(self) -> bool {
        matches!(self, Mode::NewestN | Mode::Sampled)
    }

    /// What a reader is told of it.
    pub fn meaning(self) -> &'static str {
        match self {
            Mode::Complete => "nothing suggests that the export was cut",
            Mode::NewestN => "the export looks cut to its newest rows: what came before is not shown",
            Mode::Sampled => "the export looks sampled: counts, first and last sightings are lower bounds",
            Mode::Unknown => "whether the export is complete cannot be told",
        }
    }
}

/// How complete the evidence is, in raw text (a `_note` comes from the evidence).
#[derive(Debug, Clone)]
pub struct Completeness {
    pub mode: Mode,
    /// Spans in which all streams were silent together, and the same in words.
    pub silent: Vec<(Nanos, Nanos)>,
    pub gaps: Vec<String>,
    pub notes: Vec<String>,
    pub safe_claims: Vec<String>,
    pub unsafe_claims: Vec<String>,
}

impl Completeness {
    /// Takes back that the records say who answered, where of so many failures they do not.
    pub fn unanswered(&mut self, unknown: usize, failed: usize) {
        let said = |claim: &String| claim == ANSWERED;
        match (unknown, self.safe_claims.iter().position(said)) {
            (0, _) | (_, None) => {}
            (n, Some(at)) if n == failed => drop(self.safe_claims.remove(at)),
            (n, Some(at)) => self.safe_claims[at] = format!("{ANSWERED}, but for {n} of {failed} failed ones"),
        }
    }
}

/// What records usually say.
const ANSWERED: &str = "who answered each recorded attempt";

/// Line counts that exports with a limit end at.
const ROUND: [u64; 6] = [50, 100, 200, 500, 1000, 10_000];
/// Shortest silence of all streams that is reported.
const SILENCE: Nanos = 5 * MINUTE;
/// Rows that such a silence must have swallowed at the usual rate.
const EXPECTED_MIN: u64 = 14;

/// One input as far as completeness goes.
#[derive(Debug, Clone)]
pub struct Extent {
    pub name: String,
    pub lines: u64,
    pub order: Order,
    pub damage: Vec<String>,
}

/// Requests that have to be comparable before missing lines count.
const PAIRS_MIN: u64 = 30;

/// Judges the evidence.
pub fn judge(ledger: &Ledger, inputs: &[Extent], answered: Answered) -> Completeness {
    let silent = silent(ledger);
    let mut out = Completeness {
        mode: mode(ledger, inputs, answered),
        gaps: silent.iter().copied().map(gap).collect(),
        silent,
        notes: Vec::new(),
        safe_claims: Vec::new(),
        unsafe_claims: Vec::new(),
    };
    notes(ledger, inputs, &mut out);
    if lacks_lines(answered) {
        out.notes.push(format!(
            "{} of {} requests of the LLM proxy whose credential was logged have no access line: rows are missing inside the span",
            answered.unanswered, answered.chosen
        ));
    }
    claims(&mut out);
    if ledger.unzoned > 0 {
        out.unsafe_claims.push(format!("the hour, or what came before what on another clock: {}", unzoned(ledger)));
    }
    if !ledger.torn.is_empty() {
        out.unsafe_claims.push("what followed the last record: the export was cut inside it".to_owned());
    }
    out
}

/// More than a tenth of the requests has only one of its two lines. A restart cuts off a few; a sample that leaves out rows
/// by chance leaves such halves everywhere.
fn lacks_lines(answered: Answered) -> bool {
    answered.chosen >= PAIRS_MIN && 10 * answered.unanswered > answered.chosen
}

fn mode(ledger: &Ledger, inputs: &[Extent], answered: Answered) -> Mode {
    let round: Vec<&Extent> = inputs.iter().filter(|i| ROUND.contains(&i.lines)).collect();
    if !ledger.notes.is_empty() {
        Mode::Sampled
    } else if round.iter().any(|i| i.order.fell && !i.order.rose) {
        Mode::NewestN
    } else if lacks_lines(answered) && 10 * answered.unanswered < 9 * answered.chosen {
        Mode::Sampled
    } else if !round.is_empty() || lacks_lines(answered) || unread(ledger, inputs) {
        // Where next to all access lines are missing, the export was asked for other lines.
        Mode::Unknown
    } else {
        Mode::Complete
    }
}

/// Part of the evidence could not be read or placed in time, its end is missing, or there is nothing: an export that failed
/// looks like one that found no rows.
fn unread(ledger: &Ledger, inputs: &[Extent]) -> bool {
    ledger.read == 0 || ledger.untimed > 0 || !ledger.torn.is_empty() || inputs.iter().any(|i| !i.damage.is_empty())
}

fn notes(ledger: &Ledger, inputs: &[Extent], out: &mut Completeness) {
    for note in &ledger.notes {
        out.notes.push(format!("the export says: {}", quoted(note)));
    }
    for input in inputs.iter().filter(|i| ROUND.contains(&i.lines)) {
        out.notes.push(format!(
            "{} has exactly {} lines, a usual limit of exports; ask again with a larger limit, or for a shorter time",
            input.name, input.lines
        ));
    }
    for input in inputs {
        out.notes.extend(input.damage.iter().map(|damage| format!("{}: {damage}", input.name)));
    }
    for bad in &ledger.bad_lines {
        let name = inputs.get(bad.input as usize).map_or("", |i| i.name.as_str());
        out.notes.push(format!("{name}: the line at byte {} is no record: {}", bad.offset, why(bad.reason)));
    }
    let more = ledger.malformed.saturating_sub(ledger.bad_lines.len() as u64);
    if more > 0 {
        out.notes.push(format!("and {more} more lines that are no records"));
    }
    if ledger.untimed > 0 {
        out.notes.push(format!(
            "{} without a readable _time: counted, not classified",
            count(ledger.untimed as usize, "row", "rows")
        ));
    }
    if ledger.unzoned > 0 {
        out.notes.push(format!("{}, which is shown as if it were UTC", unzoned(ledger)));
    }
    if ledger.disputed > 0 {
        out.notes.push(format!(
            "{} a field twice with different values: the last one counts, of {} the first",
            count(ledger.disputed as usize, "row names", "rows name"),
            FIRST_WINS.join(", ")
        ));
    }
    if ledger.crowded > 0 {
        out.notes.push(format!(
            "{} more than {MAX_FIELDS} fields: those after them were not looked at",
            count(ledger.crowded as usize, "row has", "rows have")
        ));
    }
    if ledger.audit_rows == 0 && ledger.read > 0 {
        let seen: Vec<String> = ledger.services.keys().filter(|s| !s.is_empty()).take(8).map(|s| value(s)).collect();
        let seen = if seen.is_empty() { "none".to_owned() } else { seen.join(", ") };
        out.notes.push(format!("no audit record of the proxy is in the window; services seen: {seen}"));
    }
}

fn unzoned(ledger: &Ledger) -> String {
    format!("{} local time without a zone", count(ledger.unzoned as usize, "row carries", "rows carry"))
}

fn why(reason: crate::record::Malformed) -> String {
    use crate::record::Malformed as M;
    match reason {
        M::NotAnObject => "not a JSON object".to_owned(),
        M::Syntax(at) => format!("syntax error at byte {at} of the line"),
        M::Truncated => "it ends inside the object".to_owned(),
        M::TooDeep => "nested too deeply".to_owned(),
        M::Hole => "it begins with NUL bytes, a hole in the file".to_owned(),
    }
}

/// Minutes in which all streams were silent together, between the first and the last row.
fn silent(ledger: &Ledger) -> Vec<(Nanos, Nanos)> {
    let rows: u64 = ledger.minutes.values().sum();
    let (Some(first), Some(last)) = (ledger.minutes.keys().next(), ledger.minutes.keys().next_back()) else {
        return Vec::new();
    };
    let active = ledger.minutes.len().max(1) as u64;
    let minutes: Vec<i64> = ledger.minutes.keys().copied().collect();
    let mut out = Vec::new();
    for pair in minutes.windows(2) {
        let silent = pair[1] - pair[0] - 1;
        if silent * MINUTE >= SILENCE && rows / active * silent.unsigned_abs() >= EXPECTED_MIN && last > first {
            out.push(((pair[0] + 1) * MINUTE, pair[1] * MINUTE));
        }
    }
    out
}

fn gap((from, to): (Nanos, Nanos)) -> String {
    format!("no row of any stream from {} to {} ({} min)", short(from), short(to), (to - from) / MINUTE)
}

fn claims(out: &mut Completeness) {
    let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    out.safe_claims = own(&["what the rows present say, row by row", ANSWERED]);
    out.unsafe_claims = match out.mode {
        Mode::Complete => own(&["anything outside the span of the rows"]),
        Mode::NewestN => {
            own(&["when it began: older rows were cut", "how often it happened", "that something did not happen"])
        }
        Mode::Sampled => own(&[
            "when it began or ended",
            "how often it happened",
            "rates",
            "recovery",
            "that something did not happen",
        ]),
        Mode::Unknown => own(&["that something did not happen", "that the first failure shown is the first one"]),
    };
    if out.mode == Mode::Complete {
        out.safe_claims.push("counts within the span: no sign of a limit at export was found".to_owned());
    }
    if !out.gaps.is_empty() {
        out.unsafe_claims.push("anything that happened inside a gap".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_requests_betray_a_sample() {
        let mut read = Ledger::default();
        read.read = 200;
        let mode = |chosen, unanswered| mode(&read, &[], Answered { chosen, unanswered });
        assert_eq!(mode(100, 10), Mode::Complete);
        assert_eq!(mode(100, 11), Mode::Sampled);
        assert_eq!(mode(100, 95), Mode::Unknown);
        assert_eq!(mode(20, 20), Mode::Complete);
    }

    #[test]
    fn who_answered_is_only_claimed_where_it_is_known() {
        let claim = |unknown, failed| {
            let mut judged = judge(&Ledger::default(), &[], Answered::default());
            judged.unanswered(unknown, failed);
            judged.safe_claims.into_iter().find(|claim| claim.starts_with(ANSWERED))
        };
        assert_eq!(claim(0, 3).as_deref(), Some(ANSWERED));
        assert!(claim(1, 3).is_some_and(|claim| claim.ends_with("but for 1 of 3 failed ones")));
        assert_eq!(claim(3, 3), None);
    }

    #[test]
    fn what_was_cut_or_has_no_time_is_not_complete() {
        let judged = |damage: fn(&mut Ledger)| {
            let mut ledger = Ledger::default();
            ledger.read = 1;
            damage(&mut ledger);
            judge(&ledger, &[], Answered::default())
        };
        let torn = judged(|ledger| ledger.torn = [0].into());
        assert_eq!(torn.mode, Mode::Unknown);
        assert!(torn.unsafe_claims.iter().any(|claim| claim.starts_with("what followed the last record")));
        assert_eq!(judged(|ledger| ledger.untimed = 1).mode, Mode::Unknown);
        assert_eq!(judged(|ledger| ledger.read = 0).mode, Mode::Unknown);
        let local = judged(|ledger| ledger.unzoned = 1);
        assert_eq!(local.mode, Mode::Complete);
        assert!(
            local
                .notes
                .contains(&"1 row carries local time without a zone, which is shown as if it were UTC".to_owned())
        );
        assert!(local.unsafe_claims.iter().any(|claim| claim.starts_with("the hour")));
        // A line in the middle that is no record is no sign of a cut.
        assert_eq!(judged(|ledger| ledger.malformed = 1).mode, Mode::Complete);
    }
}
