//! Records inside other loggers' lines: docker json-file, CRI, syslog, journald-short, compose and
//! `kubectl logs --prefix`.
//!
//! Wrappers are peeled one after another, at most [`MAX_LAYERS`]. Strict frames (docker, CRI, the newer syslog) may hold
//! any text, which becomes `_msg`; the loose ones only count as wrappers when a record or a text log line follows.
//! Messages that a container runtime wrote in parts come joined from [`crate::input`]; a part whose others are missing is
//! read as it is.

use super::scan::{self, Malformed};
use super::{Field, Raw, Record, textlog};
use std::borrow::Cow;

/// Wrappers around one record that are opened.
pub const MAX_LAYERS: usize = 4;

/// Reads a line of any known kind: a JSON record, a text log line, or either inside wrappers.
pub fn parse_any(line: &[u8]) -> Result<Record<'_>, Malformed> {
    layer(line, 0)
}

/// Whether a record has the shape of docker's json-file: `log`, `stream`, `time`, perhaps `attrs`.
pub fn is_docker(record: &Record<'_>) -> bool {
    record.raw("log").is_some()
        && record.raw("time").is_some()
        && record.fields().iter().all(|f| matches!(&*f.name, "log" | "stream" | "time") || f.name.starts_with("attrs"))
}

fn layer(line: &[u8], depth: usize) -> Result<Record<'_>, Malformed> {
    let line = line.trim_ascii();
    if line.first() == Some(&b'{') {
        let record = scan::parse(line)?;
        return if depth < MAX_LAYERS && is_docker(&record) { docker(record, depth) } else { Ok(record) };
    }
    if line.first() == Some(&0) {
        return Err(Malformed::Hole);
    }
    if let Some(record) = textlog::parse(line) {
        return Ok(record);
    }
    if depth >= MAX_LAYERS {
        return Err(Malformed::NotAnObject);
    }
    FRAMES.iter().find_map(|frame| frame(line)?.opened(depth)).unwrap_or(Err(Malformed::NotAnObject))
}

/// The text inside one wrapper, whatever it is. Docker's is a record and not among them.
pub fn payload(line: &[u8]) -> Option<&[u8]> {
    FRAMES.iter().find_map(|frame| frame(line)).map(|frame| frame.payload)
}

type Open = fn(&[u8]) -> Option<Frame<'_>>;

/// The kinds of frames, in the order in which a line is tried.
const FRAMES: [Open; 6] = [cri, kubectl, compose, journald, newer_syslog, syslog];

/// One wrapper, opened.
struct Frame<'a> {
    payload: &'a [u8],
    /// Any text may stand in it; in a loose one only a record or a text log line does.
    strict: bool,
    /// The collector's time, with its zone.
    time: Option<&'a str>,
    tells: [Option<(&'static str, &'a [u8])>; 2],
}

impl<'a> Frame<'a> {
    /// What it holds, with what it tells itself; nothing where the line only looks like such a frame.
    fn opened(self, depth: usize) -> Option<Result<Record<'a>, Malformed>> {
        let inner = if self.strict { text_or_record(self.payload, depth) } else { record_only(self.payload, depth)? };
        Some(inner.map(|inner| {
            let mut inner = timed(inner, self.time.map(str::to_owned));
            self.tells.into_iter().flatten().for_each(|(name, value)| inner.push(field(name, value)));
            inner
        }))
    }
}

fn field<'a>(name: &'static str, value: &'a [u8]) -> Field<'a> {
    Field { name: name.into(), value: Raw::borrowed(value, false) }
}

fn docker(record: Record<'_>, depth: usize) -> Result<Record<'_>, Malformed> {
    let log = record.get("log").unwrap_or_default().into_owned();
    let inner = text_or_record(log.as_bytes(), depth)?;
    let mut inner = timed(inner, record.get("time").map(Cow::into_owned)).into_owned();
    if let Some(stream) = record.get("stream") {
        inner.push(Field { name: "stream".into(), value: Raw::owned(stream.into_owned()) });
    }
    Ok(inner)
}

/// `2026-02-21T08:15:04.123456789Z stdout F text`.
fn cri(line: &[u8]) -> Option<Frame<'_>> {
    let mut parts = line.splitn(4, |b| *b == b' ');
    let (time, stream, tag) = (parts.next()?, parts.next()?, parts.next()?);
    // Further tags follow behind colons.
    let whole_or_part = matches!(tag, [b'F' | b'P'] | [b'F' | b'P', b':', ..]);
    if !matches!(stream, b"stdout" | b"stderr") || !whole_or_part {
        return None;
    }
    let time = zoned(time)?;
    let payload = parts.next().unwrap_or_default();
    Some(Frame { payload, strict: true, time: Some(time), tells: [Some(("stream", stream)), None] })
}

fn zoned(time: &[u8]) -> Option<&str> {
    std::str::from_utf8(time).ok().filter(|t| super::time::parse(t).is_some())
}

/// `[pod/name/container] payload`.
fn kubectl(line: &[u8]) -> Option<Frame<'_>> {
    let rest = line.strip_prefix(b"[pod/")?;
    let end = rest.iter().take(600).position(|b| *b == b']')?;
    let (pod, container) = rest[..end].split_at(rest[..end].iter().position(|b| *b == b'/')?);
    let payload = rest[end + 1..].strip_prefix(b" ")?;
    let tells = [Some(("kubernetes.pod_name", pod)), Some(("kubernetes.container_name", &container[1..]))];
    Some(Frame { payload, strict: false, time: None, tells })
}

/// `name-1  | payload`. A name has a letter; a status with a bar behind it is an access line.
fn compose(line: &[u8]) -> Option<Frame<'_>> {
    let bar = line.iter().take(200).position(|b| *b == b'|')?;
    let name = line[..bar].trim_ascii_end();
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !name.iter().any(u8::is_ascii_alphabetic) || !name.iter().all(word) {
        return None;
    }
    let payload = line[bar + 1..].strip_prefix(b" ")?;
    Some(Frame { payload, strict: false, time: None, tells: [Some(("container", name)), None] })
}

/// `Feb 21 08:15:04 host unit[123]: payload`. Its time has neither year nor zone and is not used.
fn journald(line: &[u8]) -> Option<Frame<'_>> {
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let stamp = line.get(..16)?;
    let month = MONTHS.chunks(3).any(|month| month == &stamp[..3]);
    let digits = |at: usize| stamp[at].is_ascii_digit() && stamp[at + 1].is_ascii_digit();
    if !month
        || stamp[3] != b' '
        || !stamp[5].is_ascii_digit()
        || !digits(7)
        || !digits(10)
        || !digits(13)
        || stamp[15] != b' '
    {
        return None;
    }
    let rest = &line[16..];
    let colon = memchr::memmem::find(&rest[..rest.len().min(400)], b": ")?;
    let mut head = rest[..colon].split(|b| *b == b' ');
    let (host, unit) = (head.next()?, head.next()?);
    let unit = unit.split(|b| *b == b'[').next().unwrap_or(unit);
    let tells = [Some(("_HOSTNAME", host)), Some(("SYSLOG_IDENTIFIER", unit))];
    Some(Frame { payload: &rest[colon + 2..], strict: false, time: None, tells })
}

/// The rest of a line behind the priority of syslog, `<0>` to `<191>`.
fn behind_priority(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"<")?;
    let digits = rest.iter().take(4).position(|b| *b == b'>')?;
    let number: u16 = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let plain = rest[..digits].iter().all(u8::is_ascii_digit);
    (plain && number <= 191).then(|| rest[digits + 1..].trim_ascii_start())
}

/// `<14>payload` or `<14>Feb 21 08:15:04 host unit[123]: payload`.
fn syslog(line: &[u8]) -> Option<Frame<'_>> {
    Some(Frame { payload: behind_priority(line)?, strict: false, time: None, tells: [None; 2] })
}

/// `<14>1 2026-02-21T08:15:04.123Z host unit 123 - - text`.
fn newer_syslog(line: &[u8]) -> Option<Frame<'_>> {
    let mut words = behind_priority(line)?.strip_prefix(b"1 ")?.splitn(6, |b| *b == b' ');
    let (time, host, unit) = (words.next()?, words.next()?, words.next()?);
    let time = zoned(time)?;
    let payload = behind_data(words.nth(2)?)?;
    let payload = payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(payload);
    let tells = [("_HOSTNAME", host), ("SYSLOG_IDENTIFIER", unit)].map(|tell| (tell.1 != b"-").then_some(tell));
    Some(Frame { payload, strict: true, time: Some(time), tells })
}

/// What follows the structured data of the newer syslog: `-`, or elements in brackets with escaped brackets in them.
fn behind_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"- ") {
        return Some(rest);
    }
    let mut rest = text;
    while let Some(inside) = rest.strip_prefix(b"[") {
        let end = memchr::memchr_iter(b']', inside).find(|at| *at == 0 || inside[at - 1] != b'\\')?;
        rest = &inside[end + 1..];
    }
    rest.strip_prefix(b" ")
}

/// What a strict frame holds: a record of any kind, or plain text as `_msg`.
fn text_or_record(payload: &[u8], depth: usize) -> Result<Record<'_>, Malformed> {
    let payload = payload.trim_ascii_end();
    match layer(payload, depth + 1) {
        Err(Malformed::NotAnObject) if !payload.is_empty() => Ok(Record::from_fields(vec![field("_msg", payload)])),
        other => other,
    }
}

/// What a loose frame must hold to count as one.
fn record_only(payload: &[u8], depth: usize) -> Option<Result<Record<'_>, Malformed>> {
    match layer(payload, depth + 1) {
        Err(Malformed::NotAnObject) => None,
        other => Some(other),
    }
}

/// Gives a record the collector's time, unless it has one with a zone.
fn timed(mut record: Record<'_>, time: Option<String>) -> Record<'_> {
    let zoned = record.raw("_time").is_some() && record.raw(textlog::UNZONED).is_none();
    let Some(time) = time.filter(|_| !zoned) else { return record };
    record.put_first(Field { name: "_time".into(), value: Raw::owned(time) });
    Record::from_fields(record.fields().iter().filter(|f| f.name != textlog::UNZONED).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match parse_any(line.as_bytes()) {
            Ok(record) => {
                let fields: Vec<String> =
                    record.fields().iter().map(|f| format!("{}={}", f.name, f.value.text())).collect();
                fields.join(";")
            }
            Err(e) => format!("{e:?}"),
        }
    }

    #[test]
    fn every_wrapper_is_peeled() {
        for (line, want) in [
            (
                r#"{"log":"{\"_msg\":\"x\\n\",\"_time\":\"2026-01-01T00:00:00Z\"}\n","stream":"stderr","time":"2026-01-01T00:00:01Z"}"#,
                "_msg=x\n;_time=2026-01-01T00:00:00Z;stream=stderr",
            ),
            (
                r#"{"log":"plain \"text\"\n","stream":"stdout","time":"2026-01-01T00:00:01Z"}"#,
                "_time=2026-01-01T00:00:01Z;_msg=plain \"text\";stream=stdout",
            ),
            (r#"2026-02-21T08:15:04.1Z stdout F {"_msg":"x"}"#, "_time=2026-02-21T08:15:04.1Z;_msg=x;stream=stdout"),
            (
                "2026-02-21T08:15:04+01:00 stderr F [2026-02-21 08:15:04] [info] [a.go:1] m",
                "_time=2026-02-21T08:15:04+01:00;level=info;caller=a.go:1;_msg=m;stream=stderr",
            ),
            (r#"Feb  1 08:15:04 web1 proxy[12]: {"_msg":"x"}"#, "_msg=x;_HOSTNAME=web1;SYSLOG_IDENTIFIER=proxy"),
            (r#"proxy-1  | {"_msg":"x"}"#, "_msg=x;container=proxy-1"),
            (
                "<14>[2026-02-21 08:15:04] [info] [a.go:1] m",
                "_time=2026-02-21T08:15:04Z;_time_zone=unknown;level=info;caller=a.go:1;_msg=m",
            ),
            (r#"<30>Feb  1 08:15:04 web1 proxy[12]: {"_msg":"x"}"#, "_msg=x;_HOSTNAME=web1;SYSLOG_IDENTIFIER=proxy"),
            (
                r#"<165>1 2026-02-21T08:15:04.1Z web1 proxy 12 - [a@1 b="\]"][c@1] {"_msg":"x"}"#,
                "_time=2026-02-21T08:15:04.1Z;_msg=x;_HOSTNAME=web1;SYSLOG_IDENTIFIER=proxy",
            ),
            (
                "<14>1 2026-02-21T08:15:04Z - proxy - - - [2026-02-21 09:15:04] [info] [a.go:1] m",
                "_time=2026-02-21T08:15:04Z;level=info;caller=a.go:1;_msg=m;SYSLOG_IDENTIFIER=proxy",
            ),
            (r#"[pod/proxy-0/main] {"_msg":"x"}"#, "_msg=x;kubernetes.pod_name=proxy-0;kubernetes.container_name=main"),
            (
                r#"proxy-1 | 2026-02-21T08:15:04Z stdout F {"_msg":"x"}"#,
                "_time=2026-02-21T08:15:04Z;_msg=x;stream=stdout;container=proxy-1",
            ),
        ] {
            assert_eq!(shown(line), want, "{line}");
        }
    }

    #[test]
    fn text_that_only_looks_like_a_wrapper_is_not_a_record() {
        for line in [
            "a | b",
            "[pod/x/y] z",
            "Feb 21 08:15:04 host unit: text",
            "2026-02-21T08:15:04Z stdout",
            "x | y | z",
            "é | {",
            "<14>text",
            "<192>[2026-02-21 08:15:04] [info] [a.go:1] m",
            "<+14>[2026-02-21 08:15:04] [info] [a.go:1] m",
            "<>[2026-02-21 08:15:04] [info] [a.go:1] m",
            "<14>1 yesterday web1 proxy 12 - - text",
            "<14>1 2026-02-21T08:15:04Z web1 proxy 12 - [cut",
        ] {
            assert!(parse_any(line.as_bytes()).is_err(), "{line}: {}", shown(line));
        }
    }

    #[test]
    fn a_payload_is_taken_as_it_is() {
        for (line, want) in [
            ("2026-02-21T08:15:04Z stdout F   indented", Some("  indented")),
            ("<14>1 2026-02-21T08:15:04Z web1 proxy 12 - - text", Some("text")),
            ("web | text", Some("text")),
            ("401 | text", None),
            ("a text", None),
        ] {
            assert_eq!(payload(line.as_bytes()), want.map(str::as_bytes), "{line}");
        }
    }

    #[test]
    fn a_cut_record_in_a_frame_stays_malformed() {
        assert_eq!(shown(r#"2026-02-21T08:15:04Z stdout P {"_msg":"x"#), "Truncated");
    }
}
