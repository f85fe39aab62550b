//! One self-contained HTML file: no script, no request, a strict policy in a meta tag, readable with its styles dropped.

use super::page::{Block, Card, ColumnKind, Fold, Inline, Page, Run, Section, Table, Tone};
use super::{escape, spark, zone};
use base64::Engine as _;
use sha2::Digest as _;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The only style sheet. Its digest stands in the policy, so no other style can act.
const STYLE: &str = include_str!("html.css");

/// Renders a page.
pub fn render(page: &Page) -> String {
    let mut html = Html { out: String::new(), anchors: page.anchors(), used: BTreeSet::new(), title: "" };
    html.head(page);
    html.out.push_str("<body>\n<header>\n");
    let _ = write!(html.out, "<h1 class=\"{}\">", tone(page.tone));
    html.inline(&page.verdict);
    html.out.push_str("</h1>\n");
    // The short answers stand right below the verdict, before the way to the rest.
    let (answers, rest) = page.sections.split_at(usize::from(page.sections.first().is_some_and(|s| s.id == "glance")));
    if answers.is_empty() {
        html.contents(rest);
    }
    html.out.push_str("</header>\n<main>\n");
    for section in answers {
        html.section(section);
        html.contents(rest);
    }
    rest.iter().for_each(|s| html.section(s));
    html.out.push_str("</main>\n</body>\n</html>\n");
    html.out
}

struct Html<'a> {
    out: String,
    /// Every anchor of the page: a link to another is shown as text.
    anchors: BTreeSet<&'a str>,
    /// Anchors already given out. An id stands once.
    used: BTreeSet<String>,
    /// Title of the section that is being written: the caption of a table that has none.
    title: &'a str,
}

impl<'a> Html<'a> {
    fn head(&mut self, page: &Page) {
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(STYLE.as_bytes()));
        let title: String = page.verdict.0.iter().map(|r| if let Run::Text(t) = r { t.as_str() } else { "" }).collect();
        let title = super::layout::cut_end(&title, 120);
        let _ = write!(
            self.out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; \
             img-src data:; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <title>{} — {}</title>\n<style>{STYLE}</style>\n</head>\n",
            escape::html(&title),
            escape::html(&page.title)
        );
    }

    fn contents(&mut self, sections: &[Section]) {
        self.out.push_str("<nav aria-label=\"Sections\"><ul>\n");
        for section in sections {
            let _ = writeln!(
                self.out,
                "<li><a href=\"#{}\">{}</a></li>",
                escape::html(&section.id),
                escape::html(&section.title)
            );
        }
        self.out.push_str("</ul></nav>\n");
    }

    fn section(&mut self, section: &'a Section) {
        self.title = &section.title;
        let (id, attribute) = (escape::html(&section.id), self.id(&section.id));
        let _ = write!(
            self.out,
            "<section aria-labelledby=\"{id}-title\"{attribute}>\n<h2 id=\"{id}-title\">{}</h2>\n",
            escape::html(&section.title)
        );
        section.blocks.iter().for_each(|b| self.block(b));
        self.out.push_str("</section>\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Prose(inline) => self.wrapped("p", inline),
            Block::Facts(facts) => self.facts(facts),
            Block::List(items) => {
                self.out.push_str("<ul>\n");
                items.iter().for_each(|i| self.wrapped("li", i));
                self.out.push_str("</ul>\n");
            }
            Block::Table(table) => self.table(table),
            Block::Card(card) => self.card(card),
            Block::Fold(fold) => self.fold(fold),
            Block::Code(code) => {
                let _ = writeln!(
                    self.out,
                    "<pre tabindex=\"0\" aria-label=\"{}\"><code>{}</code></pre>",
                    escape::html(code.info),
                    escape::html(&code.text)
                );
            }
            Block::Figure(figure) => {
                let _ = writeln!(
                    self.out,
                    "<figure><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{0}\">{1}</div><figcaption>{0}</figcaption></figure>",
                    escape::html(&figure.caption),
                    figure.svg
                );
            }
        }
    }

    fn wrapped(&mut self, tag: &str, inline: &Inline) {
        let _ = write!(self.out, "<{tag}>");
        self.inline(inline);
        let _ = writeln!(self.out, "</{tag}>");
    }

    fn facts(&mut self, facts: &[(String, Inline)]) {
        self.out.push_str("<dl>\n");
        let mut shown = "";
        for (label, value) in facts {
            // A repeated or empty label belongs to the one above.
            if !label.is_empty() && label != shown {
                let _ = write!(self.out, "<dt>{}</dt>", escape::html(label));
                shown = label;
            }
            self.wrapped("dd", value);
        }
        self.out.push_str("</dl>\n");
    }

    fn card(&mut self, card: &Card) {
        let id = self.id(&card.id);
        let _ = write!(self.out, "<article class=\"{}\"{id}>\n<h3>", tone(card.tone));
        self.inline(&card.heading);
        self.out.push_str("</h3>\n");
        card.blocks.iter().for_each(|b| self.block(b));
        self.out.push_str("</article>\n");
    }

    fn fold(&mut self, fold: &Fold) {
        self.out.push_str("<details>\n<summary>");
        self.inline(&fold.summary);
        self.out.push_str("</summary>\n");
        fold.blocks.iter().for_each(|b| self.block(b));
        self.out.push_str("</details>\n");
    }

    fn table(&mut self, table: &Table) {
        let named = !table.caption.is_empty();
        let caption = escape::html(if named { &table.caption } else { self.title }).into_owned();
        // A screen too narrow for all columns shows the cells one below the other, each beside its title.
        let stack = match table.columns.len() {
            ..=3 => "",
            4 | 5 => " class=\"stack\"",
            _ => " class=\"wide\"",
        };
        let titles: Vec<String> =
            table
                .columns
                .iter()
                .map(|c| {
                    if !stack.is_empty() {
                        format!(" data-label=\"{}\"", escape::html(&c.title))
                    } else {
                        String::new()
                    }
                })
                .collect();
        let _ = write!(
            self.out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{caption}\">\n<table{}>\n<caption{}>{caption}",
            stack,
            if named { "" } else { " class=\"aside\"" }
        );
        if let Some(omission) = table.omission() {
            let _ = write!(self.out, " <small>({})</small>", escape::html(&omission));
        }
        self.out.push_str("</caption>\n<thead><tr>");
        for column in &table.columns {
            let _ = write!(self.out, "<th scope=\"col\"{}>{}</th>", class(column.kind), escape::html(&column.title));
        }
        self.out.push_str("</tr></thead>\n<tbody>\n");
        for row in &table.rows {
            let id = row.id.as_deref().map(|id| self.id(id)).unwrap_or_default();
            let _ = write!(self.out, "<tr{id}>");
            for (n, cell) in row.cells.iter().enumerate() {
                let kind = table.columns.get(n).map_or(ColumnKind::Text, |c| c.kind);
                let (open, close) = if n == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
                let title = titles.get(n).map_or("", String::as_str);
                let _ = write!(self.out, "<{open}{}{title}>", class(kind));
                self.inline(cell);
                let _ = write!(self.out, "</{close}>");
            }
            self.out.push_str("</tr>\n");
        }
        self.out.push_str("</tbody>\n</table>\n</div>\n");
    }

    /// The id attribute, for the first that asks for this anchor.
    fn id(&mut self, id: &str) -> String {
        if self.used.insert(id.to_owned()) { format!(" id=\"{}\"", escape::html(id)) } else { String::new() }
    }

    fn inline(&mut self, inline: &Inline) {
        for run in &inline.0 {
            match run {
                // The dash of a span of time stays with its beginning.
                Run::Text(text) if text == " – " => self.out.push_str("&nbsp;– "),
                Run::Text(text) => self.out.push_str(&words(text)),
                Run::Value(text) if text.is_empty() => {}
                Run::Value(text) => {
                    let _ = write!(self.out, "<code>{}</code>", escape::html(text));
                }
                Run::Strong(how, text) => {
                    let _ = write!(self.out, "<strong class=\"{}\">{}</strong>", tone(*how), escape::html(text));
                }
                Run::Link { to, text } if self.anchors.contains(to.as_str()) => {
                    let _ = write!(self.out, "<a href=\"#{}\">{}</a>", escape::html(to), escape::html(text));
                }
                Run::Link { text, .. } => {
                    let _ = write!(self.out, "<code>{}</code>", escape::html(text));
                }
                Run::Time { at, exact } => {
                    let _ = write!(
                        self.out,
                        "<time datetime=\"{}\">{}</time>",
                        escape::html(at),
                        escape::html(&zone::utc(at, *exact))
                    );
                }
                Run::Spark(counts) => {
                    let total: u64 = counts.iter().sum();
                    let _ = write!(
                        self.out,
                        "<span class=\"spark\" role=\"img\" aria-label=\"{total} in {} steps\">{}</span>",
                        counts.len(),
                        spark::sparkline(counts, 32)
                    );
                }
            }
        }
    }
}

/// Prose; text between backticks is code.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let parts: Vec<&str> = text.split('`').collect();
    for (n, part) in parts.iter().enumerate() {
        let closed = n + 1 < parts.len();
        if n % 2 == 1 && closed {
            let _ = write!(out, "<code>{}</code>", escape::html(part));
        } else {
            if n % 2 == 1 {
                out.push_str("&#96;");
            }
            out.push_str(&escape::html(part));
        }
    }
    out
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Bad => "bad",
        Tone::Warn => "warn",
        Tone::Good => "good",
        Tone::Quiet => "quiet",
    }
}

fn class(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Key => "",
        ColumnKind::Prose => " class=\"p\"",
        ColumnKind::Number => " class=\"n\"",
        ColumnKind::Time => " class=\"t\"",
    }
}
