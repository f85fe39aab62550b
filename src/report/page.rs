//! The page: what a report says, in blocks, before any format. Terminal, Markdown and HTML are three walks over it, so no
//! format can say more or less than another.

use super::zone::Zone;

/// A whole document.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Short name for a title bar.
    pub title: String,
    /// The first line of every format.
    pub verdict: Inline,
    pub tone: Tone,
    pub sections: Vec<Section>,
}

#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Anchor, unique in the page.
    pub id: String,
    pub title: String,
    pub blocks: Vec<Block>,
}

/// How much a thing matters. The only source of colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    /// Confirmed trouble.
    Bad,
    /// Likely trouble, or something the reader must know before believing a number.
    Warn,
    /// Explicitly fine.
    Good,
    /// Background.
    Quiet,
}

#[derive(Debug, Clone)]
pub enum Block {
    Prose(Inline),
    /// Label and value, one per line.
    Facts(Vec<(String, Inline)>),
    List(Vec<Inline>),
    Table(Table),
    /// A finding or anything else with a heading and an anchor of its own.
    Card(Card),
    /// Shown on demand where the format can fold.
    Fold(Fold),
    /// Something to copy: a query.
    Code(Code),
    /// Drawn where the format can draw; the same data stands in a table.
    Figure(Figure),
}

#[derive(Debug, Clone, Default)]
pub struct Card {
    pub id: String,
    pub tone: Tone,
    pub heading: Inline,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
pub struct Fold {
    pub summary: Inline,
    pub blocks: Vec<Block>,
    /// Whether the terminal, which cannot fold, prints it at all.
    pub in_text: bool,
}

#[derive(Debug, Clone)]
pub struct Code {
    pub info: &'static str,
    pub text: String,
}

/// An inline drawing and its caption.
#[derive(Debug, Clone)]
pub struct Figure {
    pub caption: String,
    pub svg: String,
}

#[derive(Debug, Clone, Default)]
pub struct Table {
    pub caption: String,
    /// In the order of their weight: where space is short, the last ones give way first.
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Rows there are; more than `rows.len()` when the table was cut.
    pub total: usize,
    /// Where the rest of a cut table is.
    pub rest: &'static str,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub title: String,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    /// A name that tells rows apart: given up last when space is short.
    Key,
    /// Sentences: broken at spaces over a few lines rather than cut.
    Prose,
    Number,
    Time,
}

#[derive(Debug, Clone, Default)]
pub struct Row {
    pub id: Option<String>,
    pub cells: Vec<Inline>,
}

/// A run of text with one meaning. Each format escapes each run for its own sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// Words, the program's own or redacted prose.
    Text(String),
    /// A value of the evidence, shown as it is.
    Value(String),
    Strong(Tone, String),
    /// Own words that lead to an anchor of the page.
    Link {
        to: String,
        text: String,
    },
    /// RFC 3339 in UTC, and whether the fraction matters.
    Time {
        at: String,
        exact: bool,
    },
    /// Small counts over time.
    Spark(Vec<u64>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inline(pub Vec<Run>);

impl Inline {
    pub fn new() -> Self {
        Inline::default()
    }

    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Run::Text(text.into()));
        self
    }

    pub fn value(mut self, text: impl Into<String>) -> Self {
        self.0.push(Run::Value(text.into()));
        self
    }

    pub fn strong(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push(Run::Strong(tone, text.into()));
        self
    }

    pub fn link(mut self, to: impl Into<String>, text: impl Into<String>) -> Self {
        self.0.push(Run::Link { to: to.into(), text: text.into() });
        self
    }

    /// To the second, which is what a reader compares.
    pub fn time(mut self, at: &str) -> Self {
        self.0.push(Run::Time { at: at.to_owned(), exact: false });
        self
    }

    /// With every digit the record has.
    pub fn exact(mut self, at: &str) -> Self {
        self.0.push(Run::Time { at: at.to_owned(), exact: true });
        self
    }

    pub fn time_or_dash(self, at: Option<&String>) -> Self {
        match at {
            Some(at) => self.time(at),
            None => self.text("—"),
        }
    }

    pub fn number(self, n: u64) -> Self {
        self.text(grouped(n))
    }

    pub fn spark(mut self, counts: &[u64]) -> Self {
        self.0.push(Run::Spark(counts.to_vec()));
        self
    }

    pub fn join(mut self, other: Inline) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Empty, or only the sign for "none".
    pub fn is_blank(&self) -> bool {
        let blank = |run: &Run| matches!(run, Run::Text(text) | Run::Value(text) if text.is_empty() || text == "—");
        self.0.iter().all(blank)
    }

    /// Nothing to show: no run, or only empty words.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|run| *run == Run::Text(String::new()))
    }
}

impl Section {
    pub fn new(id: &str, title: &str, blocks: Vec<Block>) -> Self {
        Section { id: id.to_owned(), title: title.to_owned(), blocks }
    }
}

impl From<&str> for Inline {
    fn from(text: &str) -> Self {
        Inline::new().text(text)
    }
}

impl From<String> for Inline {
    fn from(text: String) -> Self {
        Inline::new().text(text)
    }
}

impl Table {
    pub fn new(caption: impl Into<String>, columns: &[(&str, ColumnKind)]) -> Self {
        let columns = columns.iter().map(|(title, kind)| Column { title: (*title).to_owned(), kind: *kind }).collect();
        Table { caption: caption.into(), columns, ..Table::default() }
    }

    pub fn push(&mut self, cells: Vec<Inline>) {
        self.push_at(None, cells);
    }

    pub fn push_at(&mut self, id: Option<String>, cells: Vec<Inline>) {
        self.rows.push(Row { id, cells });
        self.total = self.total.max(self.rows.len());
    }

    /// `N of M shown, …` when rows were left out.
    pub fn omission(&self) -> Option<String> {
        (self.total > self.rows.len()).then(|| {
            let (shown, total) = (grouped(self.rows.len() as u64), grouped(self.total as u64));
            if self.rest.is_empty() {
                format!("{shown} of {total} shown")
            } else {
                format!("{shown} of {total} shown, the rest in {}", self.rest)
            }
        })
    }
}

impl Page {
    /// Adds a second column to every column of times, and a second reading to every instant in a line of facts.
    pub fn add_zone(&mut self, zone: &Zone) {
        for section in &mut self.sections {
            section.blocks.iter_mut().for_each(|b| zone_block(b, zone));
        }
    }

    /// Every anchor of the page.
    pub fn anchors(&self) -> std::collections::BTreeSet<&str> {
        fn walk<'a>(blocks: &'a [Block], out: &mut std::collections::BTreeSet<&'a str>) {
            for block in blocks {
                match block {
                    Block::Card(card) => {
                        out.insert(&card.id);
                        walk(&card.blocks, out);
                    }
                    Block::Fold(fold) => walk(&fold.blocks, out),
                    Block::Table(table) => out.extend(table.rows.iter().filter_map(|r| r.id.as_deref())),
                    _ => {}
                }
            }
        }
        let mut out: std::collections::BTreeSet<&str> = self.sections.iter().map(|s| s.id.as_str()).collect();
        self.sections.iter().for_each(|s| walk(&s.blocks, &mut out));
        out
    }
}

fn zone_block(block: &mut Block, zone: &Zone) {
    match block {
        Block::Facts(facts) => facts.iter_mut().for_each(|(_, value)| zone_inline(value, zone)),
        Block::Card(card) => card.blocks.iter_mut().for_each(|b| zone_block(b, zone)),
        Block::Fold(fold) => fold.blocks.iter_mut().for_each(|b| zone_block(b, zone)),
        Block::Table(table) => zone_table(table, zone),
        Block::List(items) => items.iter_mut().for_each(|i| zone_inline(i, zone)),
        Block::Prose(_) | Block::Code(_) | Block::Figure(_) => {}
    }
}

fn zone_inline(inline: &mut Inline, zone: &Zone) {
    let runs = std::mem::take(&mut inline.0);
    for run in runs {
        let second = match &run {
            Run::Time { at, .. } => zone.format(at),
            _ => None,
        };
        inline.0.push(run);
        if let Some(second) = second {
            inline.0.push(Run::Text(format!(" ({second})")));
        }
    }
}

fn zone_table(table: &mut Table, zone: &Zone) {
    let times: Vec<usize> = (0..table.columns.len()).filter(|n| table.columns[*n].kind == ColumnKind::Time).collect();
    for (shift, at) in times.into_iter().enumerate() {
        let at = at + shift;
        let title = format!("{} ({})", table.columns[at].title, zone.name());
        table.columns.insert(at + 1, Column { title, kind: ColumnKind::Text });
        for row in &mut table.rows {
            let runs = row.cells.get(at).into_iter().flat_map(|cell| &cell.0);
            let times = runs.filter_map(|run| match run {
                Run::Time { at, .. } => zone.format(at),
                _ => None,
            });
            let second = times.collect::<Vec<_>>().join(" – ");
            row.cells.insert(at + 1, Inline::from(second));
        }
    }
}

/// A count with a comma between groups of three digits.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 pod`, `3 pods`.
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as u64), if n == 1 { one } else { many })
}

/// An anchor made of letters, digits and hyphens; other characters become hyphens.
pub fn anchor(prefix: &str, text: &str) -> String {
    let tail: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{prefix}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(plural(1, "pod", "pods"), "1 pod");
    }

    #[test]
    fn a_zone_adds_a_column_and_changes_no_utc() {
        let zone = Zone::named("Asia/Tokyo").expect("zone");
        let mut table = Table::new("t", &[("first", ColumnKind::Time), ("n", ColumnKind::Number)]);
        table.push(vec![Inline::new().time("2026-03-10T11:00:14Z"), "1".into()]);
        let mut page = Page {
            sections: vec![Section { blocks: vec![Block::Table(table)], ..Section::default() }],
            ..Page::default()
        };
        page.add_zone(&zone);
        let Block::Table(table) = &page.sections[0].blocks[0] else { panic!("a table") };
        assert_eq!(table.columns[1].title, "first (Asia/Tokyo)");
        assert_eq!(table.rows[0].cells[1], Inline::from("2026-03-10 20:00:14+09:00"));
    }
}
