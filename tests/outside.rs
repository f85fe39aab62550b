//! Public cases as an outside check: what others found out about their failures, told in records of our own.
//!
//! `testdata/outside/cases.jsonl` begins with a row that says what its fields are. A case is a few records, the source
//! that tells the cause, and the classes which that cause allows; these labels were written before the first run and do
//! not follow the classifier. What it gets wrong stands in [`MISSES`] with the reason, and in the README in numbers.
//! `AUTHOPSY_BLESS=1` writes the table anew.

use crate::run::authopsy;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

const CASES: &str = "testdata/outside/cases.jsonl";

/// Cases that are not right, and why they stay so.
const MISSES: &[(&str, &str)] = &[
    ("o068", "the endpoint said only `invalid_grant`; that the clock was wrong stands nowhere in the record"),
    ("o087", "the endpoint said only `invalid_grant`; the region that was asked stands nowhere in the record"),
    ("o088", "the portal's words are those for a token that ended; the region stands nowhere in the record"),
    (
        "o114",
        "a line of a program that is neither proxy: such lines are not read, so that no quoted error is taken for one",
    ),
    (
        "o115",
        "a line of a program that is neither proxy: such lines are not read, so that no quoted error is taken for one",
    ),
    (
        "o125",
        "the server says that a token was invalid where none was sent; by the standard that is what its challenge means",
    ),
];

/// Classes that say no more than that a rule is missing.
const FALLBACKS: &[&str] = &["upstream.forbidden-unspecified", "unknown.unclassified", "secret.unresolved"];

struct Case {
    id: String,
    labels: BTreeSet<String>,
    at_most: Option<String>,
    dump: String,
}

/// One claim of the report: class and tier.
type Claim = (String, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Right,
    TooSure,
    Wrong,
    NoClass,
    Silent,
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(CASES).expect("the cases");
    let rows = text.lines().skip(1).map(|line| serde_json::from_str(line).expect("a case"));
    rows.map(|row: Value| {
        let lines = row["records"].as_array().expect("records").iter().map(|record| format!("{record}\n"));
        let labels = row["labels"].as_array().expect("labels").iter().filter_map(Value::as_str);
        Case {
            id: row["id"].as_str().expect("an id").to_owned(),
            labels: labels.map(str::to_owned).collect(),
            at_most: row["at_most"].as_str().map(str::to_owned),
            dump: lines.collect(),
        }
    })
    .collect()
}

fn is_auth(class: &str) -> bool {
    !["quota", "avail", "request", "none"].contains(&class.split('.').next().unwrap_or_default())
}

fn tier(word: &str) -> usize {
    ["possible", "likely", "confirmed"].iter().position(|known| *known == word).expect("a tier")
}

impl Case {
    /// The claims of the report over the case, and whether it speaks of authentication at all.
    fn run(&self, folder: &Path) -> (Vec<Claim>, bool) {
        let path = folder.join(format!("{}.ndjson", self.id));
        std::fs::write(&path, &self.dump).expect("a file");
        let outcome = authopsy(&["triage", path.to_str().expect("a name"), "--format", "json"]);
        let report: Value = serde_json::from_slice(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.err()));
        let list = |name: &str| report[name].as_array().expect("a list").clone();
        let found = list("findings");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let about_auth = !found.is_empty();
        let claims = found.into_iter().chain(list("nearby"));
        (claims.map(|f| (text(&f["class"]), text(&f["confidence"]))).collect(), about_auth)
    }

    fn judge(&self, claims: &[Claim]) -> Verdict {
        if claims.is_empty() {
            return if self.labels.contains("none") { Verdict::Right } else { Verdict::Silent };
        }
        let (right, other): (Vec<&Claim>, Vec<&Claim>) = claims.iter().partition(|c| self.labels.contains(&c.0));
        let too_sure = |claim: &&Claim| self.at_most.as_ref().is_some_and(|most| tier(&claim.1) > tier(most));
        match (right.is_empty(), other.is_empty()) {
            (_, true) if right.iter().any(too_sure) => Verdict::TooSure,
            (_, true) => Verdict::Right,
            (true, _) if other.iter().all(|c| FALLBACKS.contains(&c.0.as_str())) => Verdict::NoClass,
            _ => Verdict::Wrong,
        }
    }
}

/// What the whole set adds up to.
#[derive(Default)]
struct Sum {
    verdicts: BTreeMap<Verdict, u64>,
    /// Whether it is about authentication (by the labels, by the report).
    auth: BTreeMap<(bool, bool), u64>,
    confused: BTreeMap<String, String>,
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.2}", part as f64 / whole as f64) }
}

impl Sum {
    fn table(&self) -> String {
        let n = |verdict| self.verdicts.get(&verdict).copied().unwrap_or_default();
        let all: u64 = self.verdicts.values().sum();
        let right = n(Verdict::Right);
        let claimed = right + n(Verdict::TooSure) + n(Verdict::Wrong);
        let auth = |truth, told| self.auth.get(&(truth, told)).copied().unwrap_or_default();
        let mut out = String::from(
            "| | cases | right | surer than right | wrong | no class | nothing said | precision | recall |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        writeln!(
            out,
            "| the class | {all} | {right} | {} | {} | {} | {} | {} | {} |",
            n(Verdict::TooSure),
            n(Verdict::Wrong),
            n(Verdict::NoClass),
            n(Verdict::Silent),
            share(right, claimed),
            share(right, all),
        )
        .expect("text");
        let (hit, false_alarm, missed) = (auth(true, true), auth(false, true), auth(true, false));
        writeln!(
            out,
            "| about authentication or not | {} | {} | – | {false_alarm} | – | {missed} | {} | {} |",
            self.auth.values().sum::<u64>(),
            hit + auth(false, false),
            share(hit, hit + false_alarm),
            share(hit, hit + missed),
        )
        .expect("text");
        out.push_str("\nNot right:\n\n");
        for (id, words) in &self.confused {
            writeln!(out, "- `{id}` {words}").expect("text");
        }
        out
    }
}

fn list(labels: &BTreeSet<String>) -> String {
    labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(" or ")
}

fn measure() -> Sum {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sum = Sum::default();
    for case in cases() {
        let (claims, told) = case.run(folder.path());
        let verdict = case.judge(&claims);
        *sum.verdicts.entry(verdict).or_default() += 1;
        let truth: BTreeSet<bool> = case.labels.iter().map(|label| is_auth(label)).collect();
        if let [truth] = truth.into_iter().collect::<Vec<_>>()[..] {
            *sum.auth.entry((truth, told)).or_default() += 1;
        }
        if verdict != Verdict::Right {
            let said: Vec<String> = claims.iter().map(|(class, tier)| format!("`{class}` ({tier})")).collect();
            let said = if said.is_empty() { "nothing".to_owned() } else { said.join(", ") };
            let why = MISSES.iter().find(|(id, _)| *id == case.id).map_or("unexplained", |(_, why)| why);
            sum.confused.insert(case.id.clone(), format!("{} → {said}: {why}", list(&case.labels)));
        }
    }
    sum
}

#[test]
fn public_cases_are_many_and_labelled_with_known_classes() {
    let cases = cases();
    let known: BTreeSet<&str> = authopsy::classify::classes::CLASSES.iter().map(|class| class.label).collect();
    for case in &cases {
        let unknown: Vec<&String> =
            case.labels.iter().filter(|l| !known.contains(l.as_str()) && *l != "none").collect();
        assert!(unknown.is_empty() && !case.labels.is_empty(), "{}: {unknown:?}", case.id);
    }
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len());
    let unsure = |case: &&Case| case.labels.len() > 1 || !case.labels.iter().any(|label| is_auth(label));
    assert!(cases.len() >= 80 && cases.iter().filter(unsure).count() >= 25);
}

#[test]
fn the_readme_says_how_public_cases_are_judged() {
    let sum = measure();
    let missed: BTreeSet<&str> = sum.confused.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = MISSES.iter().map(|(id, _)| *id).collect();
    let table = sum.table();
    assert_eq!(missed, known, "{table}");
    crate::readme::hold_table("outside", &table);
}
