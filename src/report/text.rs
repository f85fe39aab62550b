//! The terminal: the verdict first, then tables that fit the width. Colour only says what the words say too.

use super::layout::{self, GAP, Line, Piece, TimeForm};
use super::page::{Block, Card, ColumnKind, Inline, Page, Table, Tone};
use anstyle::{AnsiColor, Effects, Style};
use std::fmt::Write as _;

/// Widest paragraph: longer lines are hard to read.
const PROSE_MAX: usize = 110;

/// Narrowest page that is laid out; a smaller terminal wraps by itself.
const WIDTH_MIN: usize = 40;

/// Renders a page for a terminal of this many columns.
pub fn render(page: &Page, width: usize, color: bool) -> String {
    let mut out = Text { out: String::new(), width: width.max(WIDTH_MIN), color };
    out.verdict(page);
    for section in &page.sections {
        out.out.push('\n');
        out.styled(&layout::cut_end(&section.title.to_uppercase(), out.width), Some(Tone::Plain));
        out.out.push('\n');
        for (n, block) in section.blocks.iter().enumerate() {
            // A table or a closing line after something else gets air; a card brings its own.
            let after_card = n > 0
                && matches!(section.blocks[n - 1], Block::Card(_))
                && !matches!(block, Block::Card(_) | Block::Fold(_));
            if after_card || (n > 0 && matches!(block, Block::Table(_))) {
                out.out.push('\n');
            }
            out.block(block, 0);
        }
    }
    out.out
}

struct Text {
    out: String,
    width: usize,
    color: bool,
}

impl Text {
    /// The first line whole, whatever its length: a script reads it.
    fn verdict(&mut self, page: &Page) {
        let line: String = layout::pieces(&page.verdict, TimeForm::Full).into_iter().map(|p| p.text).collect();
        let tone = (page.tone != Tone::Plain).then_some(page.tone);
        self.styled(&line, tone);
        self.out.push('\n');
    }

    fn block(&mut self, block: &Block, indent: usize) {
        match block {
            Block::Prose(inline) => self.paragraph(inline, indent, indent),
            Block::Facts(facts) => self.facts(facts, indent),
            Block::List(items) => {
                for item in items {
                    self.pad(indent);
                    self.out.push_str("- ");
                    self.lines(item, indent + 2);
                }
            }
            Block::Table(table) => self.table(table, indent),
            Block::Card(card) => self.card(card, indent),
            Block::Fold(fold) if fold.in_text => fold.blocks.iter().for_each(|b| self.block(b, indent)),
            Block::Code(code) => {
                // Never cut: it is there to be copied.
                self.pad(indent);
                self.styled(code.info, Some(Tone::Quiet));
                let _ = writeln!(self.out, "  {}", super::escape::terminal(&code.text));
            }
            Block::Fold(_) | Block::Figure(_) => {}
        }
    }

    fn card(&mut self, card: &Card, indent: usize) {
        self.out.push('\n');
        self.paragraph(&card.heading, indent, indent + 4);
        card.blocks.iter().for_each(|b| self.block(b, indent + 4));
    }

    fn facts(&mut self, facts: &[(String, Inline)], indent: usize) {
        let label = facts.iter().map(|(l, _)| layout::width(l)).max().unwrap_or(0).clamp(10, 14);
        let mut shown = "";
        for (name, value) in facts {
            self.pad(indent);
            // A repeated label belongs to the one above.
            let same = name.as_str() == shown;
            shown = name;
            let name = if same { String::new() } else { layout::cut_end(name, label) };
            self.styled(&name, Some(Tone::Quiet));
            self.pad(label + GAP - layout::width(&name));
            self.lines(value, indent + label + GAP);
        }
    }

    fn paragraph(&mut self, inline: &Inline, indent: usize, hanging: usize) {
        self.pad(indent);
        self.lines_after(inline, indent, hanging);
    }

    /// The inline from here on, later lines indented to where it began.
    fn lines(&mut self, inline: &Inline, indent: usize) {
        self.lines_after(inline, indent, indent);
    }

    fn lines_after(&mut self, inline: &Inline, indent: usize, hanging: usize) {
        let most = self.width.min(PROSE_MAX + hanging).saturating_sub(indent.max(hanging)).max(16);
        for (n, line) in layout::wrap(&layout::pieces(inline, TimeForm::Full), most).iter().enumerate() {
            if n > 0 {
                self.pad(hanging);
            }
            self.pieces(line);
            self.out.push('\n');
        }
    }

    fn table(&mut self, table: &Table, indent: usize) {
        let grid = layout::grid(table, self.width.saturating_sub(indent));
        let mut caption = table.caption.clone();
        if let Some(date) = &grid.date {
            let _ = write!(caption, " on {date}");
        }
        if let Some(omission) = table.omission() {
            let _ = write!(caption, " ({omission})");
        }
        if !caption.is_empty() {
            let pieces = [Piece { text: super::escape::terminal(&caption).into_owned(), tone: Some(Tone::Quiet) }];
            for line in layout::wrap(&pieces, self.width.saturating_sub(indent)) {
                self.pad(indent);
                self.pieces(&line);
                self.out.push('\n');
            }
        }
        let one = |text: String, tone| vec![vec![Piece { text, tone: Some(tone) }]];
        let header: Vec<_> = grid.header.iter().map(|t| one(t.clone(), Tone::Plain)).collect();
        let rule: Vec<_> = grid.columns.iter().map(|(_, w)| one("─".repeat(*w), Tone::Quiet)).collect();
        for cells in [header, rule] {
            self.cells(table, &grid.columns, &cells, indent);
        }
        for row in &grid.rows {
            self.cells(table, &grid.columns, &row.cells, indent);
            for line in &row.below {
                self.pad(indent + layout::BELOW);
                self.pieces(line);
                self.out.push('\n');
            }
        }
    }

    /// A row of cells: those with fewer lines are blank.
    fn cells(&mut self, table: &Table, columns: &[(usize, usize)], cells: &[Vec<Line>], indent: usize) {
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            self.pad(indent);
            for (cell, (n, width)) in cells.iter().zip(columns) {
                let empty = Line::new();
                let pieces = cell.get(line).unwrap_or(&empty);
                let used: usize = pieces.iter().map(|p| layout::width(&p.text)).sum();
                let free = width.saturating_sub(used);
                let right = table.columns[*n].kind == ColumnKind::Number;
                self.pad(if right { free } else { 0 });
                self.pieces(pieces);
                self.pad(GAP + if right { 0 } else { free });
            }
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.push('\n');
        }
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            self.styled(&piece.text, piece.tone);
        }
    }

    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn styled(&mut self, text: &str, tone: Option<Tone>) {
        let style = tone.filter(|_| self.color).map(style).unwrap_or_default();
        let text = super::escape::terminal(text);
        if style.is_plain() {
            self.out.push_str(&text);
        } else {
            let _ = write!(self.out, "{style}{text}{style:#}");
        }
    }
}

fn style(tone: Tone) -> Style {
    let color = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
    match tone {
        Tone::Plain => Style::new().effects(Effects::BOLD),
        Tone::Bad => color(AnsiColor::Red).effects(Effects::BOLD),
        Tone::Warn => color(AnsiColor::Yellow).effects(Effects::BOLD),
        Tone::Good => color(AnsiColor::Green),
        Tone::Quiet => Style::new().effects(Effects::DIMMED),
    }
}
