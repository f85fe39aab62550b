//! The report of `check` as a page: the answer, the table worst first, the reasons with their fixes, the cliff.

use super::model::{AsOf, CheckReport, FileRow, FindingRow, SnapshotRow};
use crate::auth::findings::Rule;
use crate::auth::{Refresh, Verdict};
use crate::finding::Severity;
use crate::report::page::{Block, Card, ColumnKind, Inline, Page, Section, Table, Tone};
use std::collections::BTreeMap;

/// How much a format shows. What is left out is counted.
pub struct Limits {
    pub rows: usize,
    pub reasons: usize,
    pub files_per_reason: usize,
    pub edges: usize,
    pub infos: bool,
}

pub const TEXT: Limits = Limits { rows: 60, reasons: 100, files_per_reason: 6, edges: 12, infos: false };
pub const MARKDOWN: Limits = Limits { rows: 200, reasons: 100, files_per_reason: 20, edges: 50, infos: true };
pub const HTML: Limits = Limits { rows: 2000, reasons: 100, files_per_reason: 200, edges: 400, infos: true };

/// Lays the report out.
pub fn page(report: &CheckReport<'_>, limits: &Limits) -> Page {
    let sections = vec![
        missed(report),
        files(report, limits),
        reasons(report, limits),
        snapshots(report),
        cliff(report, limits),
        config(report),
        saved(report),
        scope(report),
    ];
    Page {
        title: "authopsy check".to_owned(),
        verdict: verdict(report),
        tone: tone_of(report),
        sections: sections.into_iter().filter(|s| !s.blocks.is_empty()).collect(),
    }
}

fn count(report: &CheckReport<'_>, verdict: Verdict) -> u64 {
    report.summary.by_verdict.get(verdict.word()).copied().unwrap_or(0)
}

/// The answer in one sentence: what is broken, then what is in order.
fn verdict(report: &CheckReport<'_>) -> Inline {
    let parts: Vec<String> = Verdict::ALL
        .iter()
        .filter_map(|v| Some((count(report, *v), *v)).filter(|(n, _)| *n > 0))
        .map(|(n, v)| format!("{n} {}", plain(v)))
        .collect();
    let files = report.summary.files;
    let noun = if files == 1 { "file" } else { "files" };
    Inline::new().text(if parts.is_empty() {
        "no credential files found".to_owned()
    } else {
        format!("{files} {noun}: {}", parts.join(", "))
    })
}

/// One short word for a narrow column.
pub(super) fn short(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::ExpiredRefreshable => "refreshable",
        other => other.word(),
    }
}

fn plain(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::ExpiredRefreshable => "expired but refreshable",
        Verdict::Due => "due for refresh",
        other => other.word(),
    }
}

fn tone_of(report: &CheckReport<'_>) -> Tone {
    let severity = |word: &str| report.summary.by_severity.get(word).copied().unwrap_or(0);
    match (severity("error"), severity("warning")) {
        (0, 0) if report.summary.files > 0 => Tone::Good,
        (0, _) => Tone::Warn,
        _ => Tone::Bad,
    }
}

pub(in crate::report) fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Dead | Verdict::Unreadable => Tone::Bad,
        Verdict::ExpiredRefreshable | Verdict::Expiring | Verdict::Unknown => Tone::Warn,
        Verdict::Healthy => Tone::Good,
        Verdict::Due => Tone::Plain,
        Verdict::Inert | Verdict::Disabled => Tone::Quiet,
    }
}

fn missed(report: &CheckReport<'_>) -> Section {
    let blocks = if report.missed.is_empty() {
        Vec::new()
    } else {
        let items = report.missed.iter().map(|text| Inline::new().value(text.as_str())).collect();
        vec![Block::Prose(Inline::new().strong(Tone::Warn, "the evidence is incomplete")), Block::List(items)]
    };
    Section::new("missed", "Not looked at", blocks)
}

/// Worst first: by verdict, then by the worst finding, then by path.
pub(super) fn ordered<'r, 'a>(report: &'r CheckReport<'a>) -> Vec<&'r FileRow<'a>> {
    let mut rows: Vec<&FileRow<'_>> = report.files.iter().collect();
    rows.sort_by_key(|f| (f.verdict, worst(f), &f.path));
    rows
}

fn worst(file: &FileRow<'_>) -> u8 {
    file.findings.iter().filter(|f| !f.accepted).map(|f| rank(f.severity)).min().unwrap_or(3)
}

fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    }
}

fn files(report: &CheckReport<'_>, limits: &Limits) -> Section {
    if report.files.is_empty() {
        return Section::new("files", "Files", Vec::new());
    }
    let columns = [
        ("verdict", ColumnKind::Text),
        ("file", ColumnKind::Text),
        ("login", ColumnKind::Text),
        ("expires", ColumnKind::Time),
        ("refresh token", ColumnKind::Text),
    ];
    let mut table = Table::new("", &columns);
    table.rest = "--format json";
    // A directory of many files shows what needs a look; few files are all shown.
    let all = ordered(report);
    for file in all.iter().take(limits.rows) {
        table.push(cells(file));
    }
    table.total = all.len();
    Section::new("files", "Files", vec![Block::Table(table)])
}

fn cells(file: &FileRow<'_>) -> Vec<Inline> {
    let login: Vec<&str> = [file.provider, file.auth_method, file.region].into_iter().flatten().collect();
    vec![
        Inline::new().strong(tone(file.verdict), file.verdict.word().replace('_', " ")),
        Inline::new().value(file.name.as_str()),
        Inline::new().text(login.join(" ")),
        Inline::new().time_or_dash(file.expires_at.as_ref()),
        Inline::new().text(token_word(file)),
    ]
}

/// Whether the file holds the refresh token that its login needs.
pub(super) fn token_word(file: &FileRow<'_>) -> &'static str {
    let is_credential = file.provider.is_some() && file.verdict != Verdict::Unreadable;
    match (file.has_refresh_token, file.refresh) {
        _ if !is_credential => "—",
        (true, _) => "yes",
        (false, Refresh::NotApplicable | Refresh::Possible) => "none",
        (false, Refresh::Impossible | Refresh::Unknown) => "no",
    }
}

/// A rule and the files that break it.
type Group<'r, 'a> = (&'static Rule, Vec<(&'r FileRow<'a>, &'r FindingRow<'a>)>);

/// One card per kind of finding, with every file that has it: the fix stands there once.
fn reasons(report: &CheckReport<'_>, limits: &Limits) -> Section {
    let mut groups: BTreeMap<(u8, &str), Group<'_, '_>> = BTreeMap::new();
    for file in &report.files {
        for finding in file.findings.iter().filter(|f| !f.accepted) {
            let key = (rank(finding.severity), finding.rule.id);
            groups.entry(key).or_insert_with(|| (finding.rule, Vec::new())).1.push((file, finding));
        }
    }
    let infos: u64 = groups.iter().filter(|((rank, _), _)| *rank == 2).map(|(_, (_, files))| files.len() as u64).sum();
    let shown = groups.iter().filter(|((rank, _), _)| *rank < 2 || limits.infos);
    let total = shown.clone().count();
    let mut blocks: Vec<Block> =
        shown.take(limits.reasons).map(|((rank, id), (rule, files))| card(*rank, id, rule, files, limits)).collect();
    if total > limits.reasons {
        blocks.push(Block::Prose(
            format!("{} more kinds of findings, all in --format json", total - limits.reasons).into(),
        ));
    }
    if infos > 0 && !limits.infos {
        blocks.push(Block::Prose(format!("{infos} remarks of severity info, all in --format json").into()));
    }
    Section::new("reasons", "Reasons and fixes", blocks)
}

fn card(rank: u8, id: &str, rule: &Rule, files: &[(&FileRow<'_>, &FindingRow<'_>)], limits: &Limits) -> Block {
    let (tone, word) = [(Tone::Bad, "error"), (Tone::Warn, "warning"), (Tone::Quiet, "info")][usize::from(rank)];
    let mut list: Vec<Inline> =
        files.iter().take(limits.files_per_reason).map(|(file, finding)| one_file(file, finding)).collect();
    if files.len() > list.len() {
        list.push(format!("and {} more", files.len() - list.len()).into());
    }
    Block::Card(Card {
        id: format!("{word}-{id}"),
        tone,
        heading: Inline::new().strong(tone, word).text(" ").value(id).text(format!(" — {}", rule.meaning)),
        blocks: vec![
            Block::Facts(vec![("why".to_owned(), rule.why.into()), ("fix".to_owned(), rule.fix.into())]),
            Block::List(list),
        ],
    })
}

/// The file, and what the message says beyond the rule's own words.
fn one_file(file: &FileRow<'_>, finding: &FindingRow<'_>) -> Inline {
    let detail = finding
        .message
        .as_str()
        .strip_prefix(finding.rule.meaning)
        .map_or(finding.message.as_str(), |d| d.trim_start_matches("; "));
    let mut line = Inline::new().value(file.name.as_str());
    if !detail.is_empty() {
        line = line.text(format!(": {detail}"));
    }
    if let Some(first) = finding.related.first() {
        line = line.text(" with ").value(first.as_str());
        if finding.related.len() > 1 {
            line = line.text(format!(" and {} more", finding.related.len() - 1));
        }
    }
    line
}

fn snapshots(report: &CheckReport<'_>) -> Section {
    let Some(pairs) = &report.snapshots else { return Section::new("snapshots", "", Vec::new()) };
    let columns = [
        ("what happened", ColumnKind::Text),
        ("file", ColumnKind::Text),
        ("before", ColumnKind::Time),
        ("after", ColumnKind::Time),
    ];
    let mut table = Table::new("", &columns);
    for pair in pairs {
        let side = |side: &Option<super::model::SideRow>| {
            Inline::new().time_or_dash(side.as_ref().and_then(|s| s.expires_at.as_ref()))
        };
        let flags: Vec<String> = pair.flags.iter().map(|f| f.word().replace('_', " ")).collect();
        let what = Inline::new().text(pair.verdict.word().replace('_', " "));
        let what = if flags.is_empty() { what } else { what.text(format!(" ({})", flags.join(", "))) };
        table.push(vec![what, Inline::new().value(pair.file.as_str()), side(&pair.before), side(&pair.after)]);
    }
    let named = |of: fn(&SnapshotRow<'_>) -> bool| {
        pairs.iter().filter(|p| of(p)).map(|p| Inline::new().value(p.file.as_str())).collect::<Vec<_>>()
    };
    let mut blocks = vec![Block::Table(table)];
    for (title, list) in [
        ("expired, and nothing between the snapshots moved the expiry:", named(|p| p.row9)),
        ("a refresh ran, or would run, without helping:", named(|p| p.row4)),
    ] {
        if !list.is_empty() {
            blocks.push(Block::Prose(Inline::new().strong(Tone::Bad, title)));
            blocks.push(Block::List(list));
        }
    }
    Section::new("snapshots", "Before and after", blocks)
}

fn cliff(report: &CheckReport<'_>, limits: &Limits) -> Section {
    if report.cliff.is_empty() {
        return Section::new("cliff", "", Vec::new());
    }
    let mut table = Table::new(
        "when credentials lapse for good; what lapses within an hour stands together",
        &[("when", ColumnKind::Time), ("logins", ColumnKind::Number), ("files", ColumnKind::Prose)],
    );
    table.rest = "--format json";
    for edge in report.cliff.iter().take(limits.edges) {
        let mut names = Inline::new();
        for (n, path) in edge.files.iter().take(4).enumerate() {
            let name = path.as_str().rsplit('/').next().unwrap_or("");
            names = if n > 0 { names.text(", ").value(name) } else { names.value(name) };
        }
        if edge.files.len() > 4 {
            names = names.text(format!(" and {} more", edge.files.len() - 4));
        }
        table.push(vec![Inline::new().time(&edge.window.start), edge.files.len().to_string().into(), names]);
    }
    table.total = report.cliff.len();
    Section::new("cliff", "The cliff", vec![Block::Table(table)])
}

fn config(report: &CheckReport<'_>) -> Section {
    let cards = report.config.iter().enumerate().map(|(n, config)| {
        let list =
            config.pitfalls.iter().map(|p| Inline::new().value(&p.key).text(format!(": {}", p.message))).collect();
        let heading = Inline::new().value(config.path.as_str()).text(format!(": management key {}", config.secret_key));
        Block::Card(Card { id: format!("config-{n}"), tone: Tone::Plain, heading, blocks: vec![Block::List(list)] })
    });
    Section::new("config", "Configuration", cards.collect())
}

fn saved(report: &CheckReport<'_>) -> Section {
    let cards = report.saved.iter().enumerate().map(|(n, saved)| {
        let list: Vec<Inline> = saved
            .contradictions
            .iter()
            .map(|c| Inline::new().value(c.file.as_str()).text(format!(": {}", c.message)))
            .collect();
        let heading = Inline::new().value(saved.path.as_str()).text(format!(": {}", saved.statement));
        Block::Card(Card {
            id: format!("saved-{n}"),
            tone: Tone::Plain,
            heading,
            blocks: if list.is_empty() { Vec::new() } else { vec![Block::List(list)] },
        })
    });
    Section::new("saved", "Saved answers", cards.collect())
}

fn scope(report: &CheckReport<'_>) -> Section {
    let source = match report.scope.as_of_source {
        AsOf::Option => "given with --as-of",
        AsOf::Environment => "from SOURCE_DATE_EPOCH",
        AsOf::Clock => "the clock of this machine",
        AsOf::Evidence => "the newest row",
    };
    let paths: Vec<&str> = report.scope.paths.iter().take(4).map(|p| p.as_str()).collect();
    let mut looked_at = Inline::new().value(paths.join(" "));
    if report.scope.paths.len() > paths.len() {
        looked_at = looked_at.text(format!(" and {} more paths", report.scope.paths.len() - paths.len()));
    }
    let modes = match report.scope.perms {
        "live" => "believed: these are taken for the server's own files",
        _ => "not believed: these are taken for a copy",
    };
    let mut facts = vec![
        ("looked at".to_owned(), looked_at),
        ("as of".to_owned(), Inline::new().time(&report.scope.as_of).text(format!(", {source}"))),
        ("file modes".to_owned(), modes.into()),
    ];
    if report.summary.accepted > 0 {
        facts.push(("accepted".to_owned(), format!("{} findings by the baseline", report.summary.accepted).into()));
    }
    for note in &report.notes {
        facts.push(("note".to_owned(), note.as_str().into()));
    }
    Section::new("scope", "Scope", vec![Block::Facts(facts)])
}
