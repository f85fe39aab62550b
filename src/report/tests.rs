//! Every format over the same reports: what stands first, what fits, what stays inert.

use super::escape::{is_active, tests::ATTACKS};
use super::{FORMATS, Format, RenderOptions, layout, render, sample, zone::Zone};

fn text(report: &super::model::Report, format: Format, options: &RenderOptions) -> String {
    String::from_utf8(render(report, format, options)).expect("UTF-8")
}

/// Writes the renderings to `target/look`, where a person can look at them.
#[test]
#[ignore = "writes files to look at"]
fn look() {
    let dir = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/target/look"));
    std::fs::create_dir_all(dir).expect("a folder");
    let hostile = ATTACKS.join(" ");
    for (name, report) in
        [("full", sample::full()), ("none", sample::none_found()), ("hostile", sample::hostile(&hostile))]
    {
        for info in FORMATS {
            let bytes = render(&report, info.format, &RenderOptions::default());
            std::fs::write(dir.join(format!("{name}.{}", info.extension)), bytes).expect("written");
        }
        let wide = RenderOptions { width: 200, tz: Some(Zone::named("Europe/Berlin").expect("zone")), color: true };
        std::fs::write(dir.join(format!("{name}-200.txt")), render(&report, Format::Text, &wide)).expect("written");
    }
}

#[test]
fn the_summary_is_the_first_line() {
    for report in [sample::full(), sample::none_found()] {
        let summary = report.verdict.summary.as_str();
        let out = text(&report, Format::Text, &RenderOptions::default());
        assert_eq!(out.lines().next(), Some(summary));
        let head: String = summary.chars().take(17).collect();
        assert!(
            text(&report, Format::Markdown, &RenderOptions::default()).starts_with(&format!("**{}", head.trim_end()))
        );
        let html = text(&report, Format::Html, &RenderOptions::default());
        let body = html.find("<body>").expect("a body");
        let first = html[body..].split(">").nth(3).expect("text");
        assert!(
            first.contains(head.trim_end())
                || html[body..].find("<h1").is_some_and(|at| html[body + at..].contains(head.trim_end()))
        );
    }
}

#[test]
fn text_fits_the_terminal() {
    for report in
        [sample::full(), sample::none_found(), sample::hostile("日本語テキスト長い長い長い長い名前 \u{1b}[31m")]
    {
        for width in [60, 80, 120, 200] {
            let out = text(&report, Format::Text, &RenderOptions { width, ..RenderOptions::default() });
            for line in out.lines().skip(1).filter(|l| !l.trim_start().starts_with("logsql")) {
                assert!(layout::width(line) <= width, "{width}: {} {line}", layout::width(line));
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn colour_only_adds() {
    let report = sample::full();
    let plain = text(&report, Format::Text, &RenderOptions::default());
    let colored = text(&report, Format::Text, &RenderOptions { color: true, ..RenderOptions::default() });
    assert!(!plain.contains('\u{1b}') && colored.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('m').expect("a style ends") + 1..];
    }
    assert_eq!(stripped + rest, plain);
}

#[test]
fn nothing_hostile_acts_in_any_format() {
    for attack in ATTACKS {
        let report = sample::hostile(attack);
        for info in FORMATS {
            let out = text(&report, info.format, &RenderOptions::default());
            assert!(!out.chars().any(|c| is_active(c) && c != '\n'), "{} {attack:?}", info.name);
            if info.format == Format::Html {
                for tag in out.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or("").to_lowercase()) {
                    let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or("");
                    assert!(!matches!(name, "script" | "img" | "iframe" | "object" | "base" | "form"), "{tag}");
                    for bad in [" on", " style=", " src=", "href=\"http", "href=\"javascript", "refresh"] {
                        assert!(!attributes(&tag).contains(bad), "{bad} in {tag}");
                    }
                }
                assert_eq!(out.matches("<style>").count(), 1);
            }
        }
    }
}

/// A tag with the insides of its quoted values taken out, the beginnings of links kept.
fn attributes(tag: &str) -> String {
    let parts: Vec<&str> = tag.split('"').collect();
    let keep = |n: usize, part: &str| {
        if n.is_multiple_of(2) || parts[n - 1].ends_with("href=") { part.to_owned() } else { String::new() }
    };
    parts.iter().enumerate().map(|(n, part)| keep(n, part)).collect::<Vec<_>>().join("\"")
}

#[test]
fn html_anchors_resolve_and_stand_once() {
    let html = text(&sample::full(), Format::Html, &RenderOptions::default());
    let values = |key: &str| -> Vec<String> {
        html.split(key).skip(1).map(|rest| rest.split('"').next().unwrap_or("").to_owned()).collect()
    };
    let ids = values(" id=\"");
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    for target in values("href=\"#") {
        assert!(ids.contains(&target), "{target}");
    }
    assert!(values("href=\"#").iter().any(|t| t.starts_with("e-")));
}

#[test]
fn html_is_balanced() {
    for report in [sample::full(), sample::none_found(), sample::hostile("</details></table>")] {
        let html = text(&report, Format::Html, &RenderOptions::default());
        for tag in [
            "section", "article", "details", "table", "tr", "th", "td", "dl", "dd", "ul", "li", "svg", "figure", "div",
            "code",
        ] {
            let opens = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
            assert_eq!(opens, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn a_zone_stands_beside_utc() {
    let options = RenderOptions { width: 200, tz: Some(Zone::named("Asia/Tokyo").expect("zone")), color: false };
    let out = text(&sample::full(), Format::Text, &options);
    assert!(out.contains("2026-03-10 11:00:14Z") && out.contains("2026-03-10 20:00:14+09:00"), "{out}");
}

#[test]
fn cut_tables_say_so() {
    let mut report = sample::full();
    let moment = report.timeline[0].clone();
    report.timeline = vec![moment; 1000];
    for info in FORMATS.iter().filter(|i| i.format != Format::Json) {
        let out = text(&report, info.format, &RenderOptions::default());
        assert!(out.contains("of 1,000 shown"), "{}", info.name);
    }
}

#[test]
fn formats_have_one_name_each() {
    let mut names: Vec<&str> = FORMATS.iter().map(|f| f.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
    assert_eq!(Format::named("html"), Some(Format::Html));
}
