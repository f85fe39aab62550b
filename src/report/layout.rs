//! Text in columns: display width, cutting with an ellipsis, wrapping, tables that fit.

use super::page::{ColumnKind, Inline, Run, Table, Tone};
use super::{escape, spark, zone};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Marks of a sparkline inside a line of text.
const SPARK_WIDTH: usize = 24;

/// Text with one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub tone: Option<Tone>,
}

/// How much of an instant a narrow table can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeForm {
    /// `2026-03-10 11:00:14Z`
    Full,
    /// `11:00:14Z`, when all instants of the table share the date, which the caption then tells.
    Clock,
    /// `03-10 11:00Z`
    Short,
}

pub fn width(text: &str) -> usize {
    text.width()
}

/// The pieces of an inline, escaped for a terminal.
pub fn pieces(inline: &Inline, form: TimeForm) -> Vec<Piece> {
    let piece = |text: String, tone| Piece { text, tone };
    inline
        .0
        .iter()
        .map(|run| match run {
            Run::Text(text) | Run::Value(text) | Run::Link { text, .. } => {
                piece(escape::terminal(text).into_owned(), None)
            }
            Run::Strong(tone, text) => piece(escape::terminal(text).into_owned(), Some(*tone)),
            Run::Time { at, exact } => piece(instant(at, *exact, form), None),
            Run::Spark(counts) => piece(spark::sparkline(counts, SPARK_WIDTH), None),
        })
        .collect()
}

fn instant(at: &str, exact: bool, form: TimeForm) -> String {
    let full = escape::terminal(&zone::utc(at, exact)).into_owned();
    match form {
        TimeForm::Full => full,
        TimeForm::Clock => full.get(11..).map_or_else(|| full.clone(), milliseconds),
        TimeForm::Short => match (full.get(5..16), full.ends_with('Z')) {
            (Some(short), true) => format!("{short}Z"),
            _ => full,
        },
    }
}

/// A clock time with at most three digits of a second.
fn milliseconds(clock: &str) -> String {
    match clock.split_once('.') {
        Some((clock, fraction)) if fraction.len() > 4 => format!("{clock}.{}Z", &fraction[..3]),
        _ => clock.to_owned(),
    }
}

/// Cuts at the end: `a long sen…`.
pub fn cut_end(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut out = head(text, most.saturating_sub(1));
    if most > 0 {
        out.push('…');
    }
    out
}

/// Cuts in the middle: names differ at both ends, `centaur-prox…-8f3a2b`.
pub fn cut_middle(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    if most < 8 {
        return cut_end(text, most);
    }
    let tail_width = (most - 1) * 2 / 5;
    let reversed: String = text.chars().rev().collect();
    let tail: String = head(&reversed, tail_width).chars().rev().collect();
    format!("{}…{tail}", head(text, most - 1 - width(&tail)))
}

/// The longest beginning that is at most `most` columns wide.
fn head(text: &str, most: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= most
        })
        .collect()
}

/// Breaks pieces into lines of at most `most` columns, at spaces. A word that fits no line is cut.
pub fn wrap(pieces: &[Piece], most: usize) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut used = 0;
    for (word, space) in words(pieces) {
        let mut wide: usize = word.iter().map(|p| width(&p.text)).sum();
        let gap = usize::from(space && used > 0);
        if used > 0 && space && used + gap + wide > most {
            lines.push(Vec::new());
            used = 0;
        }
        let line = lines.last_mut().expect("there is always a line");
        if used > 0 && gap == 1 {
            line.push(Piece { text: " ".into(), tone: None });
            used += 1;
        }
        for piece in word {
            let room = most.saturating_sub(used);
            let text = if wide > room { cut_middle(&piece.text, room) } else { piece.text };
            wide = wide.saturating_sub(width(&text));
            used += width(&text);
            line.push(Piece { text, tone: piece.tone });
        }
    }
    lines
}

/// Words (each one or more pieces) and whether a space stood before them.
fn words(pieces: &[Piece]) -> Vec<(Vec<Piece>, bool)> {
    let mut out: Vec<(Vec<Piece>, bool)> = Vec::new();
    let mut space = false;
    let mut open = false;
    for piece in pieces {
        for (n, part) in piece.text.split(' ').enumerate() {
            if n > 0 {
                (space, open) = (true, false);
            }
            if part.is_empty() {
                continue;
            }
            let part = Piece { text: part.to_owned(), tone: piece.tone };
            match out.last_mut() {
                Some((word, _)) if open => word.push(part),
                _ => out.push((vec![part], space)),
            }
            (space, open) = (false, true);
        }
    }
    out
}

/// One line of at most `most` columns: the widest value gives way first.
pub fn one_line(pieces: Vec<Piece>, most: usize, value: bool) -> Vec<Piece> {
    let total: usize = pieces.iter().map(|p| width(&p.text)).sum();
    if total <= most {
        return pieces;
    }
    if let [only] = pieces.as_slice() {
        let text = if value { cut_middle(&only.text, most) } else { cut_end(&only.text, most) };
        return vec![Piece { text, tone: only.tone }];
    }
    let mut room = most.saturating_sub(1);
    let mut out = Vec::new();
    for piece in pieces {
        let text = head(&piece.text, room);
        room -= width(&text);
        let cut = text.len() < piece.text.len();
        out.push(Piece { text, tone: piece.tone });
        if cut {
            break;
        }
    }
    out.push(Piece { text: "…".into(), tone: None });
    out
}

/// One line of a cell.
pub type Line = Vec<Piece>;

/// A table laid out: cells as lines of pieces, padded by the caller to these widths.
pub struct Grid {
    /// Columns that stand side by side: the index in the table and the width.
    pub columns: Vec<(usize, usize)>,
    pub header: Vec<String>,
    pub rows: Vec<GridRow>,
    /// The date all instants share, when only clock times are shown.
    pub date: Option<String>,
}

/// One row: the cells that stand side by side, then lines of what found no room there.
pub struct GridRow {
    pub cells: Vec<Vec<Line>>,
    pub below: Vec<Line>,
}

/// Space between columns.
pub const GAP: usize = 2;

/// Columns of indentation of what stands below a row.
pub const BELOW: usize = 4;

/// Chooses the fullest form of the table that fits `most` columns. Columns stand in the order of their weight: where not
/// all find room with what tells the rows apart whole, the last ones go below their row, each with its title.
pub fn grid(table: &Table, most: usize) -> Grid {
    let date = common_date(table);
    let short = if date.is_some() { TimeForm::Clock } else { TimeForm::Short };
    let mut kept: Vec<usize> = (0..table.columns.len()).collect();
    let mut form = TimeForm::Full;
    if !fits(&natural(table, form), table, &kept, most) {
        form = short;
        let widths = natural(table, form);
        while !fits(&widths, table, &kept, most) {
            let light = |n: &usize| *n > 0 && table.columns[*n].kind != ColumnKind::Key;
            match kept.iter().rposition(light).or((kept.len() > 2).then(|| kept.len() - 1)) {
                Some(at) => kept.remove(at),
                None => break,
            };
        }
    }
    let natural = natural(table, form);
    let widths = shrink(kept.iter().map(|n| natural[*n]).collect(), table, &kept, most);
    let row = |row: &super::page::Row| GridRow {
        cells: kept
            .iter()
            .zip(&widths)
            .filter_map(|(n, w)| Some(cell(row.cells.get(*n)?, *w, table.columns[*n].kind, form)))
            .collect(),
        below: below(table, row, &kept, form, most.saturating_sub(BELOW)),
    };
    let rows = table.rows.iter().map(row).collect();
    let title = |n: &usize| escape::terminal(&table.columns[*n].title).into_owned();
    let header = kept.iter().zip(&widths).map(|(n, w)| cut_end(&title(n), *w)).collect();
    let columns = kept.iter().copied().zip(widths).collect();
    Grid { columns, header, rows, date: date.filter(|_| form == TimeForm::Clock) }
}

/// What found no room beside: title and value, one after the other, sentences at most [`PROSE_LINES`] lines long.
fn below(table: &Table, row: &super::page::Row, kept: &[usize], form: TimeForm, most: usize) -> Vec<Line> {
    let mut line = Line::new();
    for (n, value) in row.cells.iter().enumerate().filter(|(n, v)| !kept.contains(n) && !v.is_blank()) {
        let Some(column) = table.columns.get(n) else { continue };
        if !line.is_empty() {
            line.push(Piece { text: " · ".into(), tone: Some(Tone::Quiet) });
        }
        line.push(Piece { text: format!("{} ", escape::terminal(&column.title)), tone: Some(Tone::Quiet) });
        let pieces = pieces(value, form);
        line.extend(if column.kind == ColumnKind::Prose {
            one_line(pieces, most * PROSE_LINES, false)
        } else {
            pieces
        });
    }
    if line.is_empty() { Vec::new() } else { wrap(&line, most.max(1)) }
}

/// Most lines of a sentence in a cell.
const PROSE_LINES: usize = 3;

fn cell(inline: &Inline, most: usize, kind: ColumnKind, form: TimeForm) -> Vec<Line> {
    if let [Run::Spark(counts)] = inline.0.as_slice() {
        let text = spark::sparkline(counts, most.min(SPARK_WIDTH));
        return vec![vec![Piece { text, tone: None }]];
    }
    let value = matches!(inline.0.first(), Some(Run::Value(_)));
    let pieces = pieces(inline, form);
    if kind != ColumnKind::Prose {
        return vec![one_line(pieces, most, value)];
    }
    let mut lines = wrap(&pieces, most);
    if lines.len() > PROSE_LINES {
        lines.truncate(PROSE_LINES);
        let last = lines.pop().expect("there are several lines");
        let room = most.saturating_sub(2);
        let fits = last.iter().map(|p| width(&p.text)).sum::<usize>() <= room;
        let mut last = one_line(last, room, false);
        if fits {
            last.push(Piece { text: " …".into(), tone: None });
        }
        lines.push(last);
    }
    lines
}

/// Widths that every cell and title would like to have.
fn natural(table: &Table, form: TimeForm) -> Vec<usize> {
    let mut widths: Vec<usize> = table.columns.iter().map(|c| width(&c.title)).collect();
    for row in &table.rows {
        for (n, cell) in row.cells.iter().enumerate().take(widths.len()) {
            let wide = pieces(cell, form).iter().map(|p| width(&p.text)).sum();
            widths[n] = widths[n].max(wide);
        }
    }
    widths
}

/// Width up to which a column is shown whole beside others, before it goes below.
fn enough(kind: ColumnKind) -> usize {
    match kind {
        ColumnKind::Key => 48,
        ColumnKind::Text => 24,
        ColumnKind::Prose => 36,
        ColumnKind::Number | ColumnKind::Time => usize::MAX,
    }
}

fn fits(widths: &[usize], table: &Table, kept: &[usize], most: usize) -> bool {
    let least: usize = kept.iter().map(|n| widths[*n].min(enough(table.columns[*n].kind))).sum();
    least + GAP * kept.len().saturating_sub(1) <= most
}

/// Takes from the widest text column until the table fits; then from sentences and names, at last from anything.
fn shrink(mut widths: Vec<usize>, table: &Table, kept: &[usize], most: usize) -> Vec<usize> {
    let room = most.saturating_sub(GAP * widths.len().saturating_sub(1));
    let steps: [(&[ColumnKind], usize); 6] = [
        (&[ColumnKind::Text, ColumnKind::Prose], 24),
        (&[ColumnKind::Key], 26),
        (&[ColumnKind::Text, ColumnKind::Prose], 8),
        (&[ColumnKind::Text, ColumnKind::Prose, ColumnKind::Key], 12),
        (&[ColumnKind::Text, ColumnKind::Prose, ColumnKind::Key], 4),
        (&[ColumnKind::Text, ColumnKind::Prose, ColumnKind::Key, ColumnKind::Time, ColumnKind::Number], 1),
    ];
    for (kinds, least) in steps {
        let may = |n: &usize, widths: &[usize]| kinds.contains(&table.columns[kept[*n]].kind) && widths[*n] > least;
        while widths.iter().sum::<usize>() > room {
            let widest = (0..widths.len()).filter(|n| may(n, &widths)).max_by_key(|n| (widths[*n], usize::MAX - *n));
            match widest {
                Some(n) => widths[n] -= 1,
                None => break,
            }
        }
    }
    widths
}

/// The date that all instants of a table share.
fn common_date(table: &Table) -> Option<String> {
    let mut date: Option<String> = None;
    for cell in table.rows.iter().flat_map(|r| &r.cells) {
        for run in &cell.0 {
            if let Run::Time { at, .. } = run {
                let this = zone::utc(at, false).get(..10)?.to_owned();
                match &date {
                    Some(other) if *other != this => return None,
                    _ => date = Some(this),
                }
            }
        }
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_count_columns_not_bytes() {
        assert_eq!(cut_end("日本語テキスト", 7), "日本語…");
        assert_eq!(cut_middle("centaur-centaur-proxy-8f3a2b", 16), "centaur-c…8f3a2b");
        assert_eq!(cut_middle("日本語テキスト", 9), "日本語…ト");
        assert_eq!(cut_end("short", 7), "short");
        assert_eq!(cut_end("x", 0), "");
    }

    #[test]
    fn lines_never_pass_the_width() {
        let pieces = [
            Piece { text: "some words and averyveryverylongword".into(), tone: None },
            Piece { text: "joined, then more".into(), tone: Some(Tone::Bad) },
        ];
        for most in 1..60 {
            for line in wrap(&pieces, most) {
                assert!(line.iter().map(|p| width(&p.text)).sum::<usize>() <= most, "{most}: {line:?}");
            }
        }
    }

    #[test]
    fn tables_fit_any_width_that_can_hold_them() {
        let mut table = Table::new(
            "t",
            &[("status", ColumnKind::Number), ("first", ColumnKind::Time), ("hosts", ColumnKind::Text)],
        );
        table.push(vec![
            "401".into(),
            Inline::new().time("2026-03-10T11:00:14Z"),
            Inline::new().value("a-very-long-host-name.example.internal"),
        ]);
        for most in 20..90 {
            let grid = grid(&table, most);
            let wide: usize = grid.columns.iter().map(|(_, w)| w).sum();
            assert!(wide + GAP * (grid.columns.len() - 1) <= most, "{most}: {:?}", grid.columns);
            for row in &grid.rows {
                for (cell, (_, w)) in row.cells.iter().zip(&grid.columns) {
                    assert!(cell.iter().all(|line| line_width(line) <= *w));
                }
                assert!(row.below.iter().all(|line| line_width(line) + BELOW <= most));
            }
        }
        assert_eq!(grid(&table, 40).date.as_deref(), Some("2026-03-10"));
    }

    fn line_width(line: &Line) -> usize {
        line.iter().map(|p| width(&p.text)).sum()
    }

    #[test]
    fn what_tells_rows_apart_stays_whole_and_the_rest_goes_below() {
        let columns = [
            ("id", ColumnKind::Key),
            ("class", ColumnKind::Key),
            ("host", ColumnKind::Key),
            ("count", ColumnKind::Number),
            ("status", ColumnKind::Text),
            ("note", ColumnKind::Text),
        ];
        let mut table = Table::new("t", &columns);
        let long = "token.refresh-client-rejected";
        table.push(vec![
            "F01".into(),
            long.into(),
            "bigquery.cloudwork.example".into(),
            "16".into(),
            "502 (tunnel)".into(),
            "—".into(),
        ]);
        let grid = grid(&table, 76);
        assert_eq!(grid.columns.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(grid.rows[0].cells[1][0][0].text, long);
        let below: String = grid.rows[0].below.iter().flatten().map(|p| p.text.as_str()).collect();
        assert_eq!(below, "status 502 (tunnel)", "an empty value is not worth a title");
    }
}
