//! Explain: any id that a report can print, told from the registry that knows it.
//!
//! Belongs here: turning an entry of a registry into a [`Topic`]. Elsewhere: the entries. A new class, row, check or
//! language construct is explained without a line here; a new registry is one entry of [`KINDS`].

use super::check;
use super::events;
use super::glossary;
use super::page::{Block, Card, ColumnKind, Inline, Page, Section, Table, Tone, anchor};
use super::sections::words;
use crate::auth::findings::RULES;
use crate::classify::audit::RULES as AUDIT_RULES;
use crate::classify::classes::{CLASSES, Step};
use crate::classify::detectors::{DETECTORS, limit};
use crate::classify::subtypes::SUBTYPES;
use crate::classify::symptoms::ROWS;
use crate::classify::vocabulary;
use crate::finding::{Confidence, Origin, Role};
use crate::logsql::filters::FILTERS;
use crate::logsql::pipes::PIPES;
use crate::logsql::stats::STATS;
use crate::redact::kinds::{KINDS as TOKEN_KINDS, OTHER_KINDS};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that can be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// What the user types.
    pub id: String,
    /// Other spellings of it.
    pub aliases: Vec<String>,
    /// Word of [`KINDS`].
    pub kind: &'static str,
    /// One line.
    pub title: String,
    /// Label and text, in reading order.
    pub body: Vec<(&'static str, String)>,
}

/// A registry that can be explained.
pub struct Kind {
    pub name: &'static str,
    pub about: &'static str,
    pub topics: fn() -> Vec<Topic>,
}

/// Every registry, in the order of the list that `explain` prints.
pub const KINDS: &[Kind] = &[
    Kind { name: "class", about: "labels of failures, in `triage` and `events`", topics: classes },
    Kind { name: "symptom", about: "rows of the symptom table", topics: symptoms },
    Kind { name: "detector", about: "detectors over time, in `triage`", topics: detectors },
    Kind { name: "check", about: "findings of credential files, in `check`", topics: checks },
    Kind { name: "rule", about: "rows of the decision table that gives an audit record its class", topics: rules },
    Kind {
        name: "word",
        about: "who refused, how sure, which part: the words beside every finding",
        topics: judgements,
    },
    Kind { name: "verdict", about: "what a credential file is worth, in `check`", topics: || listed("verdict") },
    Kind { name: "token", about: "access token and refresh of a credential file", topics: || listed("token") },
    Kind {
        name: "movement",
        about: "what happened to a file between two snapshots, in `check --before`",
        topics: || listed("movement"),
    },
    Kind { name: "credential", about: "whether a credential went out with a request", topics: || listed("credential") },
    Kind { name: "row", about: "kinds of rows, in `events`", topics: || listed("row") },
    Kind {
        name: "answer",
        about: "other words of an answer: symptom states, modes, next steps, pitfalls of a configuration",
        topics: || listed("answer"),
    },
    Kind { name: "mask", about: "kinds of masked values, as in `[jwt#1]`", topics: masks },
    Kind { name: "subtype", about: "what a record adds to its class, in `triage` and `events`", topics: subtypes },
    Kind { name: "filter", about: "LogsQL: what selects rows", topics: filters },
    Kind { name: "pipe", about: "LogsQL: what is done with the rows", topics: pipes },
    Kind { name: "stats", about: "LogsQL: functions of the pipe `stats`", topics: stats },
    Kind { name: "format", about: "formats of reports and event tables", topics: formats },
];

/// Everything that can be explained, in the order of [`KINDS`].
pub fn topics() -> Vec<Topic> {
    KINDS.iter().flat_map(|kind| (kind.topics)()).collect()
}

/// The topics with this id: more than one where two registries use the same word. Case does not matter.
pub fn find(id: &str) -> Vec<Topic> {
    let is = |word: &str| word.eq_ignore_ascii_case(id);
    topics().into_iter().filter(|t| is(&t.id) || t.aliases.iter().any(|a| is(a))).collect()
}

/// The known id that was probably meant.
pub fn nearest(id: &str) -> Option<String> {
    let ids: Vec<String> = topics().into_iter().flat_map(|t| std::iter::once(t.id).chain(t.aliases)).collect();
    crate::logsql::suggest::nearest(id, ids.iter().map(String::as_str)).map(str::to_owned)
}

/// The list of everything.
pub fn index() -> Page {
    let all = topics();
    let sections = KINDS
        .iter()
        .map(|kind| {
            let mut table = Table::new(kind.about, &[("id", ColumnKind::Key), ("meaning", ColumnKind::Prose)]);
            for topic in all.iter().filter(|t| t.kind == kind.name) {
                table.push(vec![Inline::new().value(topic.id.as_str()), Inline::from(topic.title.as_str())]);
            }
            Section::new(kind.name, kind.name, vec![Block::Table(table)])
        })
        .collect();
    let verdict = format!("{} ids can be explained: authopsy explain ID", all.len());
    Page { title: "authopsy reference".into(), verdict: Inline::from(verdict), tone: Tone::Plain, sections }
}

/// The explanation of some topics.
pub fn page(topics: &[Topic]) -> Page {
    let names: Vec<&str> = topics.iter().map(|t| t.title.as_str()).collect();
    let sections = topics
        .iter()
        .map(|topic| {
            let facts = topic
                .body
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(label, text)| ((*label).to_owned(), Inline::from(text.as_str())));
            let card = Card {
                id: anchor("t-", &topic.id),
                tone: Tone::Plain,
                heading: Inline::new().strong(Tone::Plain, topic.id.as_str()),
                blocks: vec![Block::Facts(facts.collect())],
            };
            Section::new(topic.kind, topic.kind, vec![Block::Card(card)])
        })
        .collect();
    Page { title: "authopsy reference".into(), verdict: Inline::from(names.join(" / ")), tone: Tone::Plain, sections }
}

fn classes() -> Vec<Topic> {
    let kind = |step: Step| match step {
        Step::Collect => "collect",
        Step::Verify => "verify",
        Step::Act => "act, once confirmed",
        Step::Nothing => "nothing",
    };
    let topic = |class: &&'static crate::classify::Class| Topic {
        id: class.label.to_owned(),
        aliases: Vec::new(),
        kind: "class",
        title: class.meaning.to_owned(),
        body: vec![
            ("meaning", class.meaning.to_owned()),
            ("role", class.role.word().to_owned()),
            (
                "bare status",
                class.status_only.map_or_else(
                    || "a status code alone never shows it".to_owned(),
                    |(tier, codes)| {
                        let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
                        format!("{} alone makes it {} at most", codes.join(", "), tier.word())
                    },
                ),
            ),
            ("next step", kind(class.step).to_owned()),
            ("next", class.next.to_owned()),
            ("or first", if class.verify == class.next { String::new() } else { class.verify.to_owned() }),
            ("fixed by", words::fixer(class.fixer)),
            ("retry", words::retry(class.retry)),
        ],
    };
    CLASSES.iter().map(topic).collect()
}

/// The sub-types: their classes, what they say of each, and the error texts that show them.
fn subtypes() -> Vec<Topic> {
    const TEXTS_MAX: usize = 6;
    let mut all: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (class, subtypes) in SUBTYPES {
        subtypes.iter().for_each(|(word, means)| all.entry(word).or_default().push((class.label, means)));
    }
    let topic = |(word, of): (&str, Vec<(&str, &str)>)| {
        let classes = of.iter().map(|(label, _)| *label).collect::<Vec<_>>().join(", ");
        let means = match &of[..] {
            [(_, means)] => (*means).to_owned(),
            several => several.iter().map(|(label, means)| format!("{label}: {means}")).collect::<Vec<_>>().join("; "),
        };
        let texts: BTreeSet<&str> =
            vocabulary::entries().iter().filter(|e| e.subtype == Some(word)).map(|e| e.literal).collect();
        let more = texts.len().saturating_sub(TEXTS_MAX);
        let mut shown = texts.into_iter().take(TEXTS_MAX).map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ");
        if more > 0 {
            shown.push_str(&format!(" and {more} more"));
        }
        Topic {
            id: word.to_owned(),
            aliases: Vec::new(),
            kind: "subtype",
            title: format!("a kind of {classes}"),
            body: vec![("of the class", classes), ("means", means), ("shown by", shown)],
        }
    };
    all.into_iter().map(topic).collect()
}

fn symptoms() -> Vec<Topic> {
    let topic = |row: &crate::classify::symptoms::Row| Topic {
        id: row.id.to_owned(),
        aliases: vec![format!("row{}", row.row), format!("row {}", row.row)],
        kind: "symptom",
        title: format!("row {}: {}", row.row, row.symptom),
        body: vec![
            ("row", row.row.to_string()),
            ("symptom", row.symptom.to_owned()),
            ("condition", row.condition.to_owned()),
            ("confirms", row.confirms.to_owned()),
            ("refutes", row.refutes.to_owned()),
            ("near misses", row.near_misses.to_owned()),
            ("fix", row.fix.to_owned()),
            ("correction", row.correction.to_owned()),
        ],
    };
    ROWS.iter().map(topic).collect()
}

fn detectors() -> Vec<Topic> {
    let topic = |d: &crate::classify::detectors::Detector| Topic {
        id: d.id.to_owned(),
        aliases: vec![d.name.to_owned()],
        kind: "detector",
        title: d.name.to_owned(),
        body: vec![
            ("finds", d.finds.to_owned()),
            ("needs", d.needs.to_owned()),
            (
                "thresholds",
                d.thresholds
                    .iter()
                    .map(|(name, parts)| format!("{} {}", name.replace('_', " "), limit::told(parts)))
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            ("would change it", d.would_change.to_owned()),
        ],
    };
    DETECTORS.iter().map(topic).collect()
}

fn checks() -> Vec<Topic> {
    let topic = |rule: &crate::auth::findings::Rule| Topic {
        id: rule.id.to_owned(),
        aliases: Vec::new(),
        kind: "check",
        title: rule.meaning.to_owned(),
        body: vec![
            ("meaning", rule.meaning.to_owned()),
            ("family", rule.class.to_owned()),
            ("severity", format!("{}; what else the file shows can raise or lower it", rule.severity.word())),
            ("why", rule.why.to_owned()),
            ("fix", rule.fix.to_owned()),
        ],
    };
    RULES.iter().map(topic).collect()
}

/// Rules of the decision table by row; a row may have several rules, tried in order.
fn rules() -> Vec<Topic> {
    let mut rows: BTreeMap<u8, Vec<&str>> = BTreeMap::new();
    for rule in AUDIT_RULES {
        rows.entry(rule.row.number()).or_default().push(rule.title);
    }
    let topic = |(row, titles): (u8, Vec<&str>)| Topic {
        id: format!("rule{row}"),
        aliases: vec![format!("rule {row}")],
        kind: "rule",
        title: titles[0].to_owned(),
        body: vec![
            ("row", row.to_string()),
            ("matches", titles.join("; ")),
            ("order", "rows are tried from the first to the last, the first that fits decides".to_owned()),
        ],
    };
    rows.into_iter().map(topic).collect()
}

/// The fixed words of a finding that are no label.
fn judgements() -> Vec<Topic> {
    let origin = |o: &Origin| {
        let meaning = match o {
            Origin::Upstream => "the service that was called answered with the refusal",
            Origin::TokenEndpoint => "the endpoint that issues or refreshes tokens refused, or could not be reached",
            Origin::LocalProxy => "the proxy decided by its own rules or trouble; the upstream was not asked",
            Origin::SecretStore => "a secret could not be resolved; a later 401 or 403 only follows from that",
            Origin::Mesh => "a sidecar or gateway between the proxy and the upstream decided",
            Origin::Client => "the caller's side: what it sent, or that it went away",
            Origin::Unknown => "the records do not show who decided",
        };
        (o.word(), "who refused", meaning)
    };
    let confidence = |c: &Confidence| {
        let meaning = match c {
            Confidence::Confirmed => {
                "whoever decided says so in a record of its own, and no record of equal weight disagrees"
            }
            Confidence::Likely => "relayed by one that did not decide, or two independent signs beyond a status code",
            Confidence::Possible => "one weak sign only: a status code, a general phrase, or timing",
        };
        (c.word(), "how sure", meaning)
    };
    let role = |r: &Role| {
        let meaning = match r {
            Role::Root => "a cause of its own",
            Role::Derived => "caused by another finding, which it names",
            Role::Precursor => "harmless when it happened, explains later failures; not counted as a failure",
            Role::Negative => "looks like an auth failure and is none",
        };
        (r.word(), "which part", meaning)
    };
    let all =
        Origin::ALL.iter().map(origin).chain(Confidence::ALL.iter().map(confidence)).chain(Role::ALL.iter().map(role));
    all.map(|(word, about, meaning)| Topic {
        id: word.to_owned(),
        aliases: Vec::new(),
        kind: "word",
        title: meaning.to_owned(),
        body: vec![("meaning", meaning.to_owned()), ("tells", about.to_owned())],
    })
    .collect()
}

/// The words of one list of the glossary.
fn listed(kind: &str) -> Vec<Topic> {
    glossary::topics().into_iter().filter(|t| t.kind == kind).collect()
}

/// Kinds of masked values: by the beginnings that give them away, or by the field or text they stand in.
fn masks() -> Vec<Topic> {
    let mut kinds: BTreeMap<&str, Vec<&str>> = OTHER_KINDS.iter().map(|name| (*name, Vec::new())).collect();
    for kind in TOKEN_KINDS {
        kinds.entry(kind.name).or_default().extend(kind.prefixes);
    }
    let topic = |(name, prefixes): (&str, Vec<&str>)| Topic {
        id: name.to_owned(),
        aliases: Vec::new(),
        kind: "mask",
        title: format!("a masked value of the kind {name}"),
        body: vec![
            ("shown as", format!("[{name}#1]; equal numbers in one output are equal values")),
            (
                "found by",
                if prefixes.is_empty() {
                    "the name of its field, or the text around it".to_owned()
                } else {
                    format!("its beginning: {}", prefixes.join(" "))
                },
            ),
        ],
    };
    kinds.into_iter().map(topic).collect()
}

/// A construct of the query language: names, example, help.
fn construct(kind: &'static str, names: &'static [&'static str], example: &str, help: &str) -> Topic {
    Topic {
        id: names.first().copied().unwrap_or_default().to_owned(),
        aliases: names.iter().skip(1).map(|n| (*n).to_owned()).collect(),
        kind,
        title: help.to_owned(),
        body: vec![
            ("meaning", help.to_owned()),
            ("also", names.iter().skip(1).copied().collect::<Vec<_>>().join(", ")),
            ("example", example.to_owned()),
        ],
    }
}

fn filters() -> Vec<Topic> {
    FILTERS.iter().map(|f| construct("filter", f.names, f.example, f.help)).collect()
}

fn pipes() -> Vec<Topic> {
    PIPES.iter().map(|p| construct("pipe", p.names, p.example, p.help)).collect()
}

fn stats() -> Vec<Topic> {
    STATS.iter().map(|s| construct("stats", s.names, s.example, s.help)).collect()
}

fn formats() -> Vec<Topic> {
    let topic = |name: &str, extension: &str, about: &str, command: &str| Topic {
        id: name.to_owned(),
        aliases: Vec::new(),
        kind: "format",
        title: about.to_owned(),
        body: vec![("meaning", about.to_owned()), ("file", format!("*.{extension}")), ("command", command.to_owned())],
    };
    let reports = super::FORMATS.iter().map(|f| topic(f.name, f.extension, f.about, "authopsy triage --format"));
    let tables = events::FORMATS.iter().map(|f| topic(f.name, f.extension, f.about, "authopsy events --format"));
    // What `check` shares with `triage` is told once.
    let shared = |name: &str| {
        super::FORMATS.iter().map(|f| f.name).chain(events::FORMATS.iter().map(|f| f.name)).any(|n| n == name)
    };
    let own = check::FORMATS.iter().filter(|(_, name, ..)| !shared(name));
    let checks = own.map(|(_, name, extension, about)| topic(name, extension, about, "authopsy check --format"));
    reports.chain(tables).chain(checks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, RenderOptions, render_page};

    #[test]
    fn every_id_has_an_explanation_in_every_format() {
        for topic in topics() {
            assert!(!topic.id.is_empty() && !topic.title.is_empty(), "{topic:?}");
            assert!(find(&topic.id).contains(&topic));
            for format in [Format::Text, Format::Markdown, Format::Html] {
                let bytes = render_page(page(std::slice::from_ref(&topic)), format, &RenderOptions::default());
                assert!(!bytes.is_empty());
            }
        }
    }

    #[test]
    fn ids_are_unique_within_a_kind() {
        let mut ids: Vec<(&str, String)> = topics().into_iter().map(|t| (t.kind, t.id)).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
        assert!(all > 150, "{all}");
    }

    #[test]
    fn words_of_people_are_understood() {
        assert_eq!(find("ROW1")[0].kind, "symptom");
        assert_eq!(
            (find("rule 15")[0].kind, find("local-proxy")[0].kind, find("jwt")[0].kind),
            ("rule", "word", "mask")
        );
        assert!(find("upstream.token-invalid")[0].body.iter().any(|(label, _)| *label == "retry"));
        assert_eq!(find("cert-expired")[0].body[0].1, "avail.tls");
        assert_eq!(nearest("upstream.token-invalit").as_deref(), Some("upstream.token-invalid"));
        assert!(find("nothing-of-the-sort").is_empty());
    }
}
