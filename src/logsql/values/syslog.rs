//! Syslog messages: RFC 5424 and RFC 3164.

use super::unquote;
use crate::record::time::{self, Nanos, SECOND};

const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];
const LEVELS: [&str; 8] = ["emerg", "alert", "critical", "error", "warning", "notice", "info", "debug"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What an RFC 3164 timestamp leaves out.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The instant of reading: gives the year.
    pub now: Nanos,
    /// The sender's distance from UTC, in nanoseconds.
    pub offset: Nanos,
}

/// The fields of a message, in their order. Text that is no syslog has `format` and `message` alone.
pub fn parse(text: &str, clock: Clock) -> Vec<(String, String)> {
    let mut out = Fields(Vec::new());
    if let Some(rest) = priority(text, &mut out) {
        match rest.strip_prefix("1 ") {
            Some(rest) => rfc5424(rest, &mut out),
            None => rfc3164(rest, clock, &mut out),
        };
    }
    out.0
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Adds the text up to the next space; `None` when it was the last.
    fn word<'a>(&mut self, name: &str, text: &'a str) -> Option<&'a str> {
        let (word, rest) = text.split_once(' ').map_or((text, None), |(word, rest)| (word, Some(rest)));
        self.add(name, word);
        rest
    }
}

/// Reads `<165>`; a text without it goes on as it is, a broken one ends here.
fn priority<'a>(text: &'a str, out: &mut Fields) -> Option<&'a str> {
    let Some(rest) = text.strip_prefix('<') else { return (!text.is_empty()).then_some(text) };
    let (digits, rest) = rest.split_once('>')?;
    out.add("priority", digits);
    let value: u64 = digits.parse().ok()?;
    let (facility, severity) = (value / 8, value % 8);
    let keyword = usize::try_from(facility).ok().and_then(|i| FACILITIES.get(i)).copied();
    out.add("facility_keyword", keyword.unwrap_or("unknown"));
    out.add("level", LEVELS[severity as usize]);
    out.add("facility", &facility.to_string());
    out.add("severity", &severity.to_string());
    Some(rest)
}

fn rfc5424(text: &str, out: &mut Fields) -> Option<()> {
    out.add("format", "rfc5424");
    let mut rest = text;
    for name in ["timestamp", "hostname", "app_name", "proc_id", "msg_id"] {
        rest = out.word(name, rest)?;
    }
    let rest = match rest.strip_prefix("- ") {
        Some(rest) => rest,
        None => structured(rest, out)?,
    };
    out.add("message", rest);
    Some(())
}

/// Reads `[id name="value" …][…]` and the space after it.
fn structured<'a>(text: &'a str, out: &mut Fields) -> Option<&'a str> {
    let mut rest = text;
    loop {
        rest = element(rest, out)?;
        if let Some(rest) = rest.strip_prefix(' ') {
            return Some(rest);
        }
    }
}

fn element<'a>(text: &'a str, out: &mut Fields) -> Option<&'a str> {
    let text = text.strip_prefix('[')?;
    let end = text.find([' ', ']'])?;
    let (id, mut rest) = text.split_at(end);
    if rest.starts_with(']') {
        out.add(id, "");
    }
    while !rest.starts_with(']') {
        rest = rest.strip_prefix(' ')?;
        let (name, value) = rest.split_once('=')?;
        let (value, taken) = unquote::prefix(value).map(|(text, n)| (text, &value[n..]))?;
        out.add(&format!("{id}.{name}"), &value);
        rest = taken;
    }
    Some(&rest[1..])
}

fn rfc3164(text: &str, clock: Clock, out: &mut Fields) -> Option<()> {
    out.add("format", "rfc3164");
    let Some((instant, rest)) = text.get(..15).and_then(|stamp| Some((stamp_to_instant(stamp, clock)?, &text[15..])))
    else {
        out.add("message", text);
        return None;
    };
    out.add("timestamp", &time::format(instant));
    let Some(rest) = rest.strip_prefix(' ') else {
        if !rest.is_empty() {
            out.add("message", rest);
        }
        return None;
    };
    let rest = out.word("hostname", rest)?;
    let end = rest.find(['[', ':', ' ']).unwrap_or(rest.len());
    out.add("app_name", &rest[..end]);
    let mut rest = &rest[end..];
    if let Some(after) = rest.strip_prefix('[') {
        let (id, after) = after.split_once(']')?;
        out.add("proc_id", id);
        rest = after;
    }
    rest = rest.strip_prefix(':').unwrap_or(rest);
    rest = rest.strip_prefix(' ').unwrap_or(rest);
    if !rest.is_empty() {
        out.add("message", rest);
    }
    Some(())
}

/// `Jul  4 12:30:00` in the year of the clock, or the year before when that would lie more than a day ahead.
fn stamp_to_instant(stamp: &str, clock: Clock) -> Option<Nanos> {
    let month = MONTHS.iter().position(|name| stamp.starts_with(name))? + 1;
    let day = stamp.get(4..6)?.trim_start();
    let (year, _, _) = time::civil_from_days(clock.now.div_euclid(86_400 * SECOND));
    let at = |year: i64| -> Option<Nanos> {
        let text = format!("{year:04}-{month:02}-{day:0>2}T{}Z", stamp.get(7..)?);
        time::parse(&text)?.checked_sub(clock.offset)
    };
    let instant = at(year)?;
    if instant > clock.now.saturating_add(86_400 * SECOND) { at(year - 1) } else { Some(instant) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> String {
        let now = time::parse("2025-08-01T00:00:00Z").expect("an instant");
        parse(text, Clock { now, offset: 0 }).iter().map(|(n, v)| format!("{n}={v};")).collect()
    }

    #[test]
    fn new_style() {
        assert_eq!(
            fields(r#"<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 [x@1 a="3" b="A \"q\""] hello"#),
            "priority=165;facility_keyword=local4;level=notice;facility=20;severity=5;format=rfc5424;timestamp=2003-10-11T22:14:15.003Z;\
             hostname=host;app_name=app;proc_id=77;msg_id=ID47;x@1.a=3;x@1.b=A \"q\";message=hello;"
        );
    }

    #[test]
    fn old_style() {
        assert_eq!(
            fields("<30>Jul  4 12:30:00 db-1 sshd[12]: hi there"),
            "priority=30;facility_keyword=daemon;level=info;facility=3;severity=6;format=rfc3164;timestamp=2025-07-04T12:30:00Z;\
             hostname=db-1;app_name=sshd;proc_id=12;message=hi there;"
        );
        assert_eq!(
            fields("Dec 31 00:00:00 h a: m"),
            "format=rfc3164;timestamp=2024-12-31T00:00:00Z;hostname=h;app_name=a;message=m;"
        );
    }

    #[test]
    fn anything_else_is_a_message() {
        assert_eq!(fields("foo-bar"), "format=rfc3164;message=foo-bar;");
        assert_eq!(fields("日本語 ログ出力エラー"), "format=rfc3164;message=日本語 ログ出力エラー;");
    }
}
