//! The README is a test: every command it shows is run, every output it shows is compared.
//!
//! In a `console` block a line `$ authopsy …` is run in the repository's root and the lines up to the next `$` are what
//! it must print (standard output, then standard error). A line `…` stands for any number of lines; a last line
//! `[exit N]` names an exit code other than 0. `AUTHOPSY_BLESS=1` writes the README anew.

use crate::run::{Outcome, authopsy};
use std::path::PathBuf;

/// One command of a block with the lines shown under it.
struct Shown {
    command: String,
    output: Vec<String>,
}

fn readme() -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).expect("a README");
    (path, text)
}

/// The fenced blocks: language and lines.
fn blocks(text: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in text.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.trim().to_owned(), Vec::new())),
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some((_, lines)), _) => lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    blocks
}

fn commands(lines: &[String]) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for line in lines {
        match (line.strip_prefix("$ "), shown.last_mut()) {
            (Some(command), _) => shown.push(Shown { command: command.to_owned(), output: Vec::new() }),
            (None, Some(last)) if last.command.ends_with('\\') => {
                last.command.pop();
                last.command.push_str(line.trim());
            }
            (None, Some(last)) => last.output.push(line.clone()),
            (None, None) => panic!("a console block begins with a command, not: {line}"),
        }
    }
    shown
}

/// Splits like a shell does where quotes are single or double and nothing is expanded.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words.into_iter().flat_map(|w| expand(&w)).collect()
}

/// A `*` in the last part of a path, as a shell expands it.
fn expand(word: &str) -> Vec<String> {
    let Some((folder, pattern)) =
        word.rsplit_once('/').filter(|(f, p)| p.contains('*') && !f.contains(['*', '{', ' ', '|']))
    else {
        return vec![word.to_owned()];
    };
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![word.to_owned()] };
    let (head, tail) = pattern.split_once('*').expect("a star");
    let mut names: Vec<String> = entries
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|n| n.starts_with(head) && n.ends_with(tail) && n.len() >= head.len() + tail.len())
        .map(|n| format!("{folder}/{n}"))
        .collect();
    names.sort();
    if names.is_empty() { vec![word.to_owned()] } else { names }
}

/// Whether a program's name may stand behind this text: at the start, behind a prompt, a CI step or a cron schedule.
fn is_command_place(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || ["$", "run:", "*", "|", "&&"].iter().any(|sign| before.ends_with(sign))
}

/// The command up to the first separator that no quote holds.
fn first_stage(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | ';' | '>' | '&' | '<') => return &line[..at],
            _ => {}
        }
    }
    line
}

fn printed(outcome: &Outcome) -> Vec<String> {
    let mut lines: Vec<String> =
        outcome.out().lines().chain(outcome.err().lines()).map(|l| l.trim_end().to_owned()).collect();
    if outcome.exit as u8 != 0 {
        lines.push(format!("[exit {}]", outcome.exit as u8));
    }
    lines
}

/// Whether the shown lines are the printed ones, `…` standing for any run of lines.
fn agrees(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line.trim() == "…" => (0..=printed.len()).any(|n| agrees(rest, &printed[n..])),
        Some((line, rest)) => printed.first().is_some_and(|p| p == line.trim_end()) && agrees(rest, &printed[1..]),
    }
}

/// What a blessed README shows: the printed lines, with what the old text elided still elided.
fn blessed(shown: &[String], printed: &[String]) -> Vec<String> {
    let Some(cut) = shown.iter().position(|l| l.trim() == "…") else { return printed.to_vec() };
    let tail = shown.len() - cut - 1;
    if printed.len() <= cut + tail {
        return printed.to_vec();
    }
    let mut lines = printed[..cut].to_vec();
    lines.push("…".to_owned());
    lines.extend_from_slice(&printed[printed.len() - tail..]);
    lines
}

#[test]
fn every_command_prints_what_the_readme_shows() {
    let (path, mut text) = readme();
    let bless = std::env::var_os("AUTHOPSY_BLESS").is_some();
    let mut wrong = Vec::new();
    for (_, lines) in blocks(&text.clone()).into_iter().filter(|(language, _)| language == "console") {
        for shown in commands(&lines) {
            let mut args = words(&shown.command);
            if args.first().map(String::as_str) != Some("authopsy") {
                assert!(shown.output.is_empty(), "only authopsy's own output can be checked: {}", shown.command);
                continue;
            }
            args.remove(0);
            let printed = printed(&authopsy(&args));
            if agrees(&shown.output, &printed) {
                continue;
            }
            if bless {
                let old = shown.output.join("\n");
                let new = blessed(&shown.output, &printed).join("\n");
                text = text.replacen(&old, &new, 1);
            }
            wrong.push(format!("$ {}\n{}", shown.command, printed.join("\n")));
        }
    }
    if bless {
        std::fs::write(path, text).expect("a writable README");
    } else {
        assert!(wrong.is_empty(), "the README shows something else than:\n{}", wrong.join("\n\n"));
    }
}

#[test]
fn every_command_line_in_any_block_is_understood() {
    use clap::Parser as _;
    let (_, text) = readme();
    let mut wrong = Vec::new();
    for (language, lines) in blocks(&text) {
        if !matches!(language.as_str(), "console" | "sh" | "bash" | "yaml" | "crontab") {
            continue;
        }
        let joined = lines.join("\n").replace("\\\n", " ");
        for line in joined.lines() {
            let Some(at) = line.find("authopsy ").filter(|&at| is_command_place(&line[..at])) else { continue };
            if language == "console" && !line.starts_with("$ ") {
                continue;
            }
            let command = first_stage(&line[at..]);
            if let Err(e) = authopsy::cli::Cli::try_parse_from(words(command))
                && e.use_stderr()
                && !lines.iter().any(|l| l == "[exit 2]")
            {
                wrong.push(format!("{line}\n{e}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table between the marks of this name is this one; written there instead where that is asked for.
pub fn hold_table(name: &str, table: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("a README");
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (head, rest) = readme.split_once(&begin).expect("the place of the table");
    let (old, tail) = rest.split_once(&end).expect("the end of the table");
    if std::env::var_os("AUTHOPSY_BLESS").is_some() {
        std::fs::write(path, format!("{head}{begin}{table}{end}{tail}")).expect("a writable README");
    } else {
        assert_eq!(old, table);
    }
}
