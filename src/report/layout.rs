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
    pub widths: Vec<usize>,
    pub header: Vec<String>,
    /// Rows of cells of lines.
    pub rows: Vec<Vec<Vec<Line>>>,
    /// The date all instants share, when only clock times are shown.
    pub date: Option<String>,
}

/// Space between columns.
pub const GAP: usize = 2;

/// Chooses the fullest form of the table that fits `most` columns.
pub fn grid(table: &Table, most: usize) -> Grid {
    let date = common_date(table);
    let forms = [TimeForm::Full, if date.is_some() { TimeForm::Clock } else { TimeForm::Short }];
    let mut form = forms[1];
    for candidate in forms {
        if fits(&natural(table, candidate), table, most) {
            form = candidate;
            break;
        }
    }
    let widths = shrink(natural(table, form), table, most);
    let rows = table
        .rows
        .iter()
        .map(|row| {
            let cells = row.cells.iter().zip(&widths).zip(&table.columns);
            cells.map(|((inline, w), column)| cell(inline, *w, column.kind, form)).collect()
        })
        .collect();
    let header = table.columns.iter().zip(&widths).map(|(c, w)| cut_end(&escape::terminal(&c.title), *w)).collect();
    Grid { widths, header, rows, date: date.filter(|_| form == TimeForm::Clock) }
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

/// Least width of a text column before instants are shortened.
const TEXT_LEAST: usize = 14;

fn fits(widths: &[usize], table: &Table, most: usize) -> bool {
    let least: usize = widths
        .iter()
        .zip(&table.columns)
        .map(|(w, c)| if c.kind == ColumnKind::Text { (*w).min(TEXT_LEAST) } else { *w })
        .sum();
    least + GAP * widths.len().saturating_sub(1) <= most
}

/// Takes from the widest text column until the table fits; then from sentences and names, at last from anything.
fn shrink(mut widths: Vec<usize>, table: &Table, most: usize) -> Vec<usize> {
    let room = most.saturating_sub(GAP * widths.len().saturating_sub(1));
    let steps: [(&[ColumnKind], usize); 6] = [
        (&[ColumnKind::Text, ColumnKind::Prose], 12),
        (&[ColumnKind::Key], 26),
        (&[ColumnKind::Text, ColumnKind::Prose], 8),
        (&[ColumnKind::Text, ColumnKind::Prose, ColumnKind::Key], 12),
        (&[ColumnKind::Text, ColumnKind::Prose, ColumnKind::Key], 4),
        (&[ColumnKind::Text, ColumnKind::Prose, ColumnKind::Key, ColumnKind::Time, ColumnKind::Number], 1),
    ];
    for (kinds, least) in steps {
        let may = |n: &usize, widths: &[usize]| kinds.contains(&table.columns[*n].kind) && widths[*n] > least;
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
            assert!(grid.widths.iter().sum::<usize>() + 2 * GAP <= most, "{most}: {:?}", grid.widths);
            for row in &grid.rows {
                for (cell, w) in row.iter().zip(&grid.widths) {
                    assert!(cell.iter().all(|line| line.iter().map(|p| width(&p.text)).sum::<usize>() <= *w));
                }
            }
        }
        assert_eq!(grid(&table, 40).date.as_deref(), Some("2026-03-10"));
    }
}
