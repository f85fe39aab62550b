//! The little SVG that charts need. Integers only, so that the bytes never drift between machines.

use crate::report::escape;
use std::fmt::Write as _;

pub struct Svg {
    body: String,
    title: String,
    width: i64,
    height: i64,
}

impl Svg {
    pub fn new(title: &str, width: i64, height: i64) -> Self {
        Svg { body: String::new(), title: title.to_owned(), width, height }
    }

    /// A filled box in the text colour, `percent` opaque, with a title for pointer and screen reader.
    pub fn bar(&mut self, x: i64, y: i64, width: i64, height: i64, percent: i64, title: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"currentColor\" fill-opacity=\"{}\"><title>{}</title></rect>",
            opacity(percent),
            escape::html(title)
        );
    }

    /// A box in a colour, filled or only outlined, with a title.
    #[expect(clippy::too_many_arguments, reason = "four of them are one box")]
    pub fn mark(&mut self, x: i64, y: i64, width: i64, height: i64, color: &str, outlined: bool, title: &str) {
        let fill = if outlined { "none" } else { color };
        let _ = write!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\" stroke=\"{color}\"><title>{}</title></rect>",
            escape::html(title)
        );
    }

    /// A box without filling.
    pub fn frame(&mut self, x: i64, y: i64, width: i64, height: i64) {
        let _ = write!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.3\"/>"
        );
    }

    pub fn line(&mut self, x1: i64, y1: i64, x2: i64, y2: i64, width: i64) {
        let _ = write!(
            self.body,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"currentColor\" stroke-width=\"{width}\"/>"
        );
    }

    /// A dashed line down the drawing: a change marker.
    pub fn dashes(&mut self, x: i64, y1: i64, y2: i64, title: &str) {
        let _ = write!(
            self.body,
            "<line x1=\"{x}\" y1=\"{y1}\" x2=\"{x}\" y2=\"{y2}\" stroke=\"currentColor\" stroke-width=\"1\" stroke-dasharray=\"3 3\"><title>{}</title></line>",
            escape::html(title)
        );
    }

    /// Text at a baseline; `anchor` is `start`, `middle` or `end`.
    pub fn text(&mut self, x: i64, y: i64, text: &str, anchor: &str, size: i64) {
        let _ = write!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"{size}\" font-family=\"sans-serif\" fill=\"currentColor\">{}</text>",
            escape::html(text)
        );
    }

    /// A name, cut in the middle when it is long; the whole name is its title.
    pub fn name(&mut self, x: i64, y: i64, text: &str, most: usize) {
        let _ = write!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\" font-size=\"13\" font-family=\"sans-serif\" fill=\"currentColor\">{}<title>{}</title></text>",
            escape::html(&crate::report::layout::cut_middle(&escape::terminal(text), most)),
            escape::html(text)
        );
    }

    /// A name in bold with more words behind it, from the left.
    pub fn label(&mut self, x: i64, y: i64, name: &str, most: usize, more: &str) {
        let _ = write!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"13\" font-family=\"sans-serif\" fill=\"currentColor\"><tspan font-weight=\"bold\">{}</tspan>{}<title>{}</title></text>",
            escape::html(&crate::report::layout::cut_middle(&escape::terminal(name), most)),
            escape::html(more),
            escape::html(name)
        );
    }

    pub fn finish(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\"><title>{t}</title>\
             <desc>Its numbers stand in a table beside it.</desc>{b}</svg>",
            w = self.width,
            h = self.height,
            t = escape::html(&self.title),
            b = self.body
        )
    }
}

/// `0.35` from 35.
fn opacity(percent: i64) -> String {
    match percent.clamp(0, 100) {
        100 => "1".to_owned(),
        p => format!("0.{p:02}"),
    }
}

/// A share of `most` in percent, never below `least` for a count that is not zero, on a scale that keeps small counts
/// visible beside large ones (square root, in integers).
pub fn shade(n: u64, most: u64, least: i64) -> i64 {
    if n == 0 || most == 0 {
        return 0;
    }
    let root = (u128::from(n) * 10_000 / u128::from(most)).isqrt();
    i64::try_from(root).unwrap_or(100).clamp(least, 100)
}
