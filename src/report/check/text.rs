//! The report of `check` for a terminal. Its table of files is made here: a file name is what the reader looks for, so it
//! is wrapped, never cut.

use super::model::{CheckReport, FileRow};
use super::page::{self, Limits};
use crate::report::page::{Inline, Page, Tone};
use crate::report::zone::Zone;
use crate::report::{RenderOptions, escape, layout, text};
use anstyle::{AnsiColor, Effects, Style};
use std::fmt::Write as _;
use std::io::{self, Write};

const GAP: &str = "  ";
const FILE_LEAST: usize = 16;

/// Writes the report.
pub fn write(
    report: &CheckReport<'_>,
    limits: &Limits,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut whole = page::page(report, limits);
    if let Some(zone) = &options.tz {
        whole.add_zone(zone);
    }
    let at = whole.sections.iter().position(|s| s.id == "files");
    let Some(at) = at else { return out.write_all(text::render(&whole, options.width, options.color).as_bytes()) };
    let rest = Page {
        verdict: Inline::new(),
        tone: Tone::Plain,
        sections: whole.sections.split_off(at + 1),
        ..Page::default()
    };
    whole.sections.truncate(at);
    out.write_all(text::render(&whole, options.width, options.color).as_bytes())?;
    out.write_all(table(report, limits, options).as_bytes())?;
    // A page without a verdict begins with its empty line.
    let rest = text::render(&rest, options.width, options.color);
    out.write_all(rest.strip_prefix('\n').unwrap_or(&rest).as_bytes())
}

struct Line {
    verdict: &'static str,
    tone: Tone,
    expires: String,
    /// The same instant in the zone that was asked for; empty without one.
    local: String,
    token: &'static str,
    login: String,
    file: String,
}

fn table(report: &CheckReport<'_>, limits: &Limits, options: &RenderOptions) -> String {
    let ordered = page::ordered(report);
    let shown = ordered.len().min(limits.rows);
    let year = report.scope.as_of.get(..4).unwrap_or("");
    let mut lines: Vec<Line> = ordered[..shown].iter().map(|file| line(file, year, options.tz.as_ref())).collect();
    let header = Line {
        verdict: "verdict",
        tone: Tone::Plain,
        expires: "expires".into(),
        local: options.tz.as_ref().map_or(String::new(), |zone| zone.name().to_owned()),
        token: "token",
        login: "login".into(),
        file: "file".into(),
    };
    let width =
        |of: fn(&Line) -> usize, most: usize| lines.iter().chain([&header]).map(of).max().unwrap_or(0).min(most);
    let verdict = width(|l| l.verdict.len(), 11);
    let expires = width(|l| l.expires.len(), 17);
    let local = width(|l| l.local.len(), usize::MAX);
    let local_gap = if local > 0 { GAP } else { "" };
    let token = 7;
    let login = width(|l| layout::width(&l.login), 24);
    let taken = verdict + expires + local + local_gap.len() + token + login + 4 * GAP.len();
    let file = options.width.saturating_sub(taken).max(FILE_LEAST);
    let mut out = String::from("\n");
    if ordered.len() > shown {
        let _ = writeln!(out, "{} of {} files shown, worst first; the rest in --format json", shown, ordered.len());
    }
    let before_token = verdict + expires + local + local_gap.len() + 2 * GAP.len();
    let _ = writeln!(out, "{}refresh", " ".repeat(before_token));
    lines.insert(0, header);
    for (n, line) in lines.iter().enumerate() {
        let style = if options.color { style(line.tone) } else { Style::new() };
        let login_text = layout::cut_end(&line.login, login);
        for (k, part) in wrap(&line.file, file).into_iter().enumerate() {
            if k == 0 {
                let pad = " ".repeat(verdict.saturating_sub(line.verdict.len()));
                let gap = " ".repeat(login.saturating_sub(layout::width(&login_text)));
                let _ = write!(
                    out,
                    "{style}{}{style:#}{pad}{GAP}{:expires$}{local_gap}{:local$}{GAP}{:token$}{GAP}",
                    line.verdict, line.expires, line.local, line.token
                );
                let _ = writeln!(out, "{login_text}{gap}{GAP}{part}");
            } else {
                let _ = writeln!(out, "{}{part}", " ".repeat(taken));
            }
        }
        if n == 0 {
            let bar = |n: usize| "─".repeat(n);
            let _ = writeln!(
                out,
                "{}{GAP}{}{local_gap}{}{GAP}{}{GAP}{}{GAP}{}",
                bar(verdict),
                bar(expires),
                bar(local),
                bar(token),
                bar(login),
                bar(file)
            );
        }
    }
    out
}

fn line(file: &FileRow<'_>, year: &str, zone: Option<&Zone>) -> Line {
    let name = escape::terminal(file.name.as_str()).into_owned();
    let short = name.strip_suffix(".json").unwrap_or(&name).to_owned();
    let told = file
        .provider
        .is_some_and(|p| short.starts_with(p) || short.rsplit('/').next().is_some_and(|n| n.starts_with(p)));
    let words: Vec<&str> =
        [file.provider.filter(|_| !told), file.auth_method, file.region].into_iter().flatten().collect();
    Line {
        verdict: page::short(file.verdict),
        tone: page::tone(file.verdict),
        expires: file.expires_at.as_deref().map_or("—".to_owned(), |at| moment(at, year)),
        local: zone.zip(file.expires_at.as_deref()).and_then(|(zone, at)| zone.format(at)).unwrap_or_default(),
        token: page::token_word(file),
        login: words.join(" "),
        file: short,
    }
}

/// The minute within the year of the check, else the day.
fn moment(at: &str, year: &str) -> String {
    match (at.strip_prefix(year).filter(|_| !year.is_empty()), at.get(..10)) {
        (Some(rest), _) if rest.len() >= 12 => format!("{} {}Z", &rest[1..6], &rest[7..12]),
        (_, Some(day)) => day.to_owned(),
        _ => at.to_owned(),
    }
}

/// Breaks a name behind its separators, or where it must.
fn wrap(name: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars() {
        let last = words.last_mut().expect("never empty");
        last.push(c);
        if matches!(c, '-' | '_' | '@' | '/') || layout::width(last) >= most {
            words.push(String::new());
        }
    }
    for word in words.into_iter().filter(|w| !w.is_empty()) {
        let wide = layout::width(&word);
        if used > 0 && used + wide > most {
            lines.push(String::new());
            used = 0;
        }
        lines.last_mut().expect("never empty").push_str(&word);
        used += wide;
    }
    lines
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())).effects(Effects::BOLD),
        Tone::Warn => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Tone::Quiet => Style::new().effects(Effects::DIMMED),
        Tone::Plain => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_wrapped_behind_separators() {
        assert_eq!(wrap("kiro-idc-dora-cedar-mail", 12), ["kiro-idc-", "dora-cedar-", "mail"]);
        assert_eq!(wrap("abcdefghijklmnop", 5), ["abcde", "fghij", "klmno", "p"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn times_are_as_short_as_they_can_be() {
        assert_eq!(moment("2026-02-21T12:52:00Z", "2026"), "02-21 12:52Z");
        assert_eq!(moment("2099-12-31T23:59:59Z", "2026"), "2099-12-31");
    }
}
