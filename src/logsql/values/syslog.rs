//! Syslog messages: RFC 5424 and RFC 3164.

use super::logfmt;
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

const DAY: Nanos = 86_400 * SECOND;

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
///
/// Senders write much that the RFC does not allow; the store reads it as logfmt, and so that no message is lost over it.
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
    let (id, rest) = text.split_at(text.find([' ', ']'])?);
    let id = match id.split_once('=') {
        // No id, the first parameter stands in its place.
        Some((name, value)) => {
            out.add(name, value);
            ""
        }
        None => id,
    };
    let end = parameters(rest)?;
    let pairs = logfmt::parse(&rest[..end].trim().replace("\\]", "]"));
    if pairs.is_empty() && !id.is_empty() {
        out.add(id, "");
    }
    for (name, value) in pairs {
        if id.is_empty() { out.add(&name, &value) } else { out.add(&format!("{id}.{name}"), &value) }
    }
    Some(&rest[end + 1..])
}

/// Where the bracket stands that closes the parameters; `None` when none does.
fn parameters(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let escaped = |at: usize| at > 0 && bytes[at - 1] == b'\\';
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            b']' if !escaped(at) => return Some(at),
            b' ' => at += 1,
            _ => {
                at += memchr::memchr(b'=', &bytes[at..])? + 1;
                if *bytes.get(at)? == b'"' {
                    at += 1;
                    while bytes.get(at)? != &b'"' || escaped(at) {
                        at += 1;
                    }
                    at += 1;
                } else {
                    at += memchr::memchr2(b' ', b']', &bytes[at..])?;
                }
            }
        }
    }
}

fn rfc3164(text: &str, clock: Clock, out: &mut Fields) -> Option<()> {
    out.add("format", "rfc3164");
    let Some((instant, rest)) = text.get(..15).and_then(|stamp| Some((stamp_to_instant(stamp, clock)?, &text[15..])))
    else {
        out.add("message", text);
        return None;
    };
    out.add("timestamp", &with_millis(instant));
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

/// An instant with three digits after the dot, as the store prints times that it reads out of messages.
fn with_millis(instant: Nanos) -> String {
    let seconds = instant.div_euclid(SECOND);
    let whole = time::format(seconds.saturating_mul(SECOND));
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), instant.rem_euclid(SECOND) / 1_000_000)
}

/// `Jul  4 12:30:00` in the year of the clock, or the year before when that would lie more than a day ahead.
fn stamp_to_instant(stamp: &str, clock: Clock) -> Option<Nanos> {
    let month = MONTHS.iter().position(|name| stamp.starts_with(name))? + 1;
    let (day, clock_time) = (stamp.get(4..6)?.trim_start(), stamp.get(7..)?);
    if stamp.as_bytes()[3] != b' ' || stamp.as_bytes()[6] != b' ' {
        return None;
    }
    // Any year may have had the day; where the real one has not, it is the day after.
    let leap = time::parse(&format!("2000-{month:02}-{day:0>2}T{clock_time}Z"))?;
    let in_leap_year = leap - time::days_from_civil(2000, month as i64, 1) * DAY;
    let at = |year: i64| (time::days_from_civil(year, month as i64, 1) * DAY + in_leap_year).checked_sub(clock.offset);
    let (year, _, _) = time::civil_from_days(clock.now.div_euclid(DAY));
    let instant = at(year)?;
    if instant > clock.now.saturating_add(DAY) { at(year - 1) } else { Some(instant) }
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
    fn structured_data_of_all_kinds_leaves_the_message() {
        for (data, want) in [
            (r#"[a@1 k="v"] m"#, "a@1.k=v;message=m;"),
            (r#"[sd@51059 project="secret" ] 1.2.3.4 msg"#, "sd@51059.project=secret;message=1.2.3.4 msg;"),
            (r#"[x=y z=a q="]= "] This is"#, "x=y;z=a;q=]= ;message=This is;"),
            (r#"[u event="User [synouser\] left" n="1"] m"#, "u.event=User [synouser] left;u.n=1;message=m;"),
            (r#"[a@1 k=v  l="w"][b] m"#, "a@1.k=v;a@1.l=w;b=;message=m;"),
            (r#"[a k="тест \"q\""][b l="2"] m"#, r#"a.k=тест "q";b.l=2;message=m;"#),
            ("- m", "message=m;"),
            ("[a@1] ", "a@1=;message=;"),
            // Where nothing closes it there is no message.
            (r#"[a k="v] m"#, ""),
            ("[a k] m", ""),
            ("[a k=", ""),
            ("[a", ""),
            ("m", ""),
        ] {
            let all = fields(&format!("<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 {data}"));
            assert_eq!(all.split_once("msg_id=ID47;").map(|(_, rest)| rest), Some(want), "{data}");
        }
    }

    #[test]
    fn old_style() {
        assert_eq!(
            fields("<30>Jul  4 12:30:00 db-1 sshd[12]: hi there"),
            "priority=30;facility_keyword=daemon;level=info;facility=3;severity=6;format=rfc3164;timestamp=2025-07-04T12:30:00.000Z;\
             hostname=db-1;app_name=sshd;proc_id=12;message=hi there;"
        );
        assert_eq!(
            fields("Dec 31 00:00:00 h a: m"),
            "format=rfc3164;timestamp=2024-12-31T00:00:00.000Z;hostname=h;app_name=a;message=m;"
        );
    }

    #[test]
    fn days_and_stamps_at_the_edge() {
        for (text, want) in [
            ("Feb 29 01:02:03 h", "timestamp=2025-03-01T01:02:03.000Z;hostname=h;"),
            ("Jul 04 12:30:00 h", "timestamp=2025-07-04T12:30:00.000Z;hostname=h;"),
            ("Jul 32 12:30:00 h", "message=Jul 32 12:30:00 h;"),
            ("Jul  4X12:30:00 h", "message=Jul  4X12:30:00 h;"),
            ("Jul 4 12:30:00 h", "message=Jul 4 12:30:00 h;"),
        ] {
            assert_eq!(fields(text), format!("format=rfc3164;{want}"), "{text}");
        }
    }

    #[test]
    fn anything_else_is_a_message() {
        assert_eq!(fields("foo-bar"), "format=rfc3164;message=foo-bar;");
        assert_eq!(fields("日本語 ログ出力エラー"), "format=rfc3164;message=日本語 ログ出力エラー;");
    }
}
