//! What kind of file this is, from its first bytes, never from its name.
//!
//! Only enough is recognised here to name the format and to choose how lines are cut; reading them is the record room's.

/// Bytes of the (decompressed) head that are looked at.
pub const HEAD_BYTES: usize = 64 << 10;

/// How the stored bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Plain,
    Gzip,
    Zstd,
}

/// How the records stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Ndjson,
    /// An array, or objects over several lines.
    Json,
    Docker,
    Cri,
    Syslog,
    Journald,
    Compose,
    Kubectl,
    TextLog,
    Unknown,
}

impl Layout {
    /// Whether a record may span lines, so that only a reader who knows all lines before can cut the text.
    pub fn spans_lines(self) -> bool {
        matches!(self, Layout::Json | Layout::Docker | Layout::Cri)
    }
}

/// Recognises the packing; `Err` names a kind of file that is refused, and what to do about it.
pub fn codec(head: &[u8]) -> Result<Codec, &'static str> {
    const REFUSED: &[(&[u8], &str)] = &[
        (b"PK\x03\x04", "a zip archive: unpack it first"),
        (b"BZh", "bzip2-compressed: decompress it first"),
        (b"\xfd7zXZ\x00", "xz-compressed: decompress it first"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
        (b"PAR1", "a parquet file: not read"),
        (b"\xff\xfe", "not utf-8: it begins with a utf-16 byte order mark"),
        (b"\xfe\xff", "not utf-8: it begins with a utf-16 byte order mark"),
        (b"\x00\x00\xfe\xff", "not utf-8: it begins with a utf-32 byte order mark"),
    ];
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Codec::Gzip);
    }
    // The second form is a skippable frame, which parallel compressors write first.
    let skippable = head.len() >= 4 && head[0] & 0xf0 == 0x50 && head[1..4] == [0x2a, 0x4d, 0x18];
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || skippable {
        return Ok(Codec::Zstd);
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err("a tar archive: unpack it first");
    }
    REFUSED.iter().find(|(magic, _)| head.starts_with(magic)).map_or(Ok(Codec::Plain), |(_, why)| Err(why))
}

/// The UTF-8 byte order mark.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// The first line of a head that is recognised decides. A last line that may be cut is not looked at.
pub fn layout(head: &[u8]) -> Layout {
    let head = head.strip_prefix(BOM).unwrap_or(head);
    let whole = if head.len() < HEAD_BYTES - BOM.len() {
        head.len()
    } else {
        memchr::memrchr(b'\n', head).unwrap_or(head.len())
    };
    let lines = head[..whole].split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty());
    lines.take(1000).find_map(of_line).unwrap_or(Layout::Unknown)
}

fn of_line(line: &[u8]) -> Option<Layout> {
    match line[0] {
        b'<' if is_syslog(line) => Some(Layout::Syslog),
        b'{' if line.len() == 1 => Some(Layout::Json),
        b'{' if line.starts_with(b"{\"log\":\"") => Some(Layout::Docker),
        b'{' => Some(Layout::Ndjson),
        b'[' if line.starts_with(b"[pod/") => Some(Layout::Kubectl),
        b'[' if line.starts_with(b"[GIN] ") || (line.len() > 21 && line[5] == b'-' && line[20] == b']') => {
            Some(Layout::TextLog)
        }
        b'[' if matches!(line[1..].trim_ascii_start().first(), None | Some(b'{')) => Some(Layout::Json),
        b'0'..=b'9' if line.len() > 20 && line[10] == b'T' && is_cri(line) => Some(Layout::Cri),
        b'0'..=b'9' if line.len() > 20 && line[4] == b'/' && line[7] == b'/' && line[13] == b':' => {
            Some(Layout::TextLog)
        }
        _ if follows(line, b"]: ").is_some_and(starts_record) && line.get(9) == Some(&b':') => Some(Layout::Journald),
        _ if follows(line, b" | ").is_some_and(starts_record) => Some(Layout::Compose),
        _ => None,
    }
}

/// A priority, then the newer header or a line that is recognised without it.
fn is_syslog(line: &[u8]) -> bool {
    let Some(end) = line.iter().take(5).position(|b| *b == b'>').filter(|end| *end > 1) else { return false };
    let rest = line[end + 1..].trim_ascii_start();
    line[1..end].iter().all(u8::is_ascii_digit)
        && match rest.first() {
            None | Some(b'<') => false,
            Some(b'1') if rest.get(1) == Some(&b' ') => rest.get(12) == Some(&b'T'),
            Some(_) => of_line(rest).is_some(),
        }
}

fn is_cri(line: &[u8]) -> bool {
    let mut words = line.splitn(4, |b| *b == b' ').skip(1);
    matches!(words.next(), Some(b"stdout" | b"stderr"))
        && words.next().is_some_and(|tags| matches!(first_tag(tags), b"F" | b"P"))
}

/// The tag of a CRI line that says whether it is whole; others follow behind colons.
pub fn first_tag(tags: &[u8]) -> &[u8] {
    tags.split(|b| *b == b':').next().unwrap_or(tags)
}

/// Whether the text of a docker entry, as it stands between its quotes, begins as a record or a text log's line does.
pub fn begins_record(text: &[u8]) -> bool {
    text.starts_with(b"{\\\"") || (text.first() == Some(&b'[') && text.get(5) == Some(&b'-'))
}

fn follows<'a>(line: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    memchr::memmem::find(&line[..line.len().min(400)], mark).map(|at| line[at + mark.len()..].trim_ascii_start())
}

fn starts_record(rest: &[u8]) -> bool {
    rest.starts_with(b"{\"") || (rest.first() == Some(&b'[') && rest.get(5) == Some(&b'-'))
}

/// Why a file met in a directory is not taken for a dump; `None` if it is one, or may hold one in a form that is not
/// read. A lone JSON document (a token file, a package list) only counts with a field that every export has.
pub fn why_no_dump(head: &super::source::Head) -> Option<&'static str> {
    let text = head.text.as_ref().ok()?;
    if text.is_empty() {
        return Some("empty");
    }
    let of_store =
        [&b"\"_time\""[..], b"\"_msg\"", b"\"_stream\""].iter().any(|name| memchr::memmem::find(text, name).is_some());
    match layout(text) {
        Layout::Unknown => Some("no records in its first lines"),
        Layout::Json if !of_store => Some("json without the fields of a log export"),
        Layout::Ndjson if !of_store && objects(text) < 2 => Some("json without the fields of a log export"),
        _ => None,
    }
}

/// Lines that begin as objects do.
fn objects(text: &[u8]) -> usize {
    text.split(|b| *b == b'\n').filter(|line| line.starts_with(b"{\"")).count()
}

/// The word of [`super::Summary::format`].
pub fn word(layout: Layout, codec: Codec) -> &'static str {
    let words = match layout {
        Layout::Ndjson => ["ndjson", "ndjson.gz", "ndjson.zst"],
        Layout::Json => ["json", "json.gz", "json.zst"],
        Layout::Docker => ["docker", "docker.gz", "docker.zst"],
        Layout::Cri => ["cri", "cri.gz", "cri.zst"],
        Layout::Syslog => ["syslog", "syslog.gz", "syslog.zst"],
        Layout::Journald => ["journald", "journald.gz", "journald.zst"],
        Layout::Compose => ["compose", "compose.gz", "compose.zst"],
        Layout::Kubectl => ["kubectl", "kubectl.gz", "kubectl.zst"],
        Layout::TextLog => ["text-log", "text-log.gz", "text-log.zst"],
        Layout::Unknown => ["unknown", "unknown.gz", "unknown.zst"],
    };
    words[codec as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_telling_line_names_the_layout() {
        for (head, want) in [
            ("{\"_msg\":\"x\"}\n", Layout::Ndjson),
            ("executing [x]...; duration: 1s\n{\n  \"_msg\": \"x\"\n}\n", Layout::Json),
            ("[{\"_msg\":\"x\"}]", Layout::Json),
            ("[\n  {\n", Layout::Json),
            ("{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}", Layout::Docker),
            ("2026-02-21T08:15:04.1Z stdout F x", Layout::Cri),
            ("[2026-02-21 08:15:04] [--------] [info ] [a.go:1] m", Layout::TextLog),
            ("Feb 21 08:15:04 host unit[1]: {\"_msg\":\"x\"}", Layout::Journald),
            ("<14>[2026-02-21 08:15:04] [--------] [info ] [a.go:1] m", Layout::Syslog),
            ("<14>Feb 21 08:15:04 host unit[1]: {\"_msg\":\"x\"}", Layout::Syslog),
            ("<14>1 2026-02-21T08:15:04Z host unit 1 - - text", Layout::Syslog),
            ("<html>\n<14>text\n", Layout::Unknown),
            ("web-1  | {\"_msg\":\"x\"}", Layout::Compose),
            ("[pod/a/b] {\"_msg\":\"x\"}", Layout::Kubectl),
            ("hello\n\nworld [1]\n", Layout::Unknown),
            ("\u{feff}{\"a\":\"b\"}", Layout::Ndjson),
        ] {
            assert_eq!(layout(head.as_bytes()), want, "{head}");
        }
    }
}
