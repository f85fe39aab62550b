//! Command lines, connection strings and pipes: what passes a password to a program.

use super::super::alphabet::Alphabet;
use super::super::extent::{self, Quote};
use super::super::placeholder;
use super::super::shapes;
use super::edges::{after_escape, blanks, field_ends};
use super::joined::names_a_member;
use super::{Pass, encoded_text, exempt};

/// What takes a password in a few commands.
pub struct Flag {
    pub flag: &'static str,
    /// Commands in which a password follows; the empty one is in every line.
    password_in: &'static [&'static str],
    /// Commands in which `user:password` follows.
    pair_in: &'static [&'static str],
    /// Commands in which cookies follow.
    cookies_in: &'static [&'static str],
}

const fn flag(flag: &'static str, password_in: &'static [&'static str]) -> Flag {
    Flag { flag, password_in, pair_in: &[], cookies_in: &[] }
}

const fn pair(flag: &'static str, password_in: &'static [&'static str], pair_in: &'static [&'static str]) -> Flag {
    Flag { flag, password_in, pair_in, cookies_in: &[] }
}

const fn cookies(flag: &'static str) -> Flag {
    Flag { flag, password_in: &[], pair_in: &[], cookies_in: &["curl"] }
}

/// Bytes of a password in base64.
const LONGEST_REPLY: usize = 512;

/// Commands that take a password behind `-p`.
const WITH_PASSWORD: &[&str] =
    &["mysql", "mariadb", "sshpass", "docker login", "podman login", "registry login", "az login"];

/// Those that begin with a quote stand in a list of arguments.
pub static FLAGS: &[Flag] = &[
    flag(" -p", WITH_PASSWORD),
    flag("\"-p", WITH_PASSWORD),
    flag("'-p", WITH_PASSWORD),
    pair(" -a ", &["redis-cli"], &["http ", "https ", "xh "]),
    flag("\"-a", &["redis-cli"]),
    flag("'-a", &["redis-cli"]),
    pair(" -u", &[], &["curl "]),
    pair("\"-u", &[], &["curl"]),
    pair("'-u", &[], &["curl"]),
    cookies(" -b"),
    cookies("\"-b"),
    cookies("'-b"),
    flag(" -w ", &["ldapsearch", "ldapmodify", "ldapadd", "ldapwhoami", "ldapbind"]),
    flag("-passin pass:", &["openssl"]),
    flag("-passout pass:", &["openssl"]),
    flag(" -storepass ", &["keytool", "jarsigner"]),
    flag(" -keypass ", &["keytool", "jarsigner"]),
    flag(" -c ", &["snmpwalk", "snmpget", "snmpset", "snmpbulk"]),
    flag(" /p:", &["freerdp", "rdesktop"]),
    flag(" identified by ", &["CREATE USER", "ALTER USER", "CREATE ROLE", "GRANT ", "create user", "alter user"]),
    flag("ConvertTo-SecureString ", &[""]),
    flag("ConvertTo-SecureString -String ", &[""]),
];

impl Pass<'_, '_> {
    /// `curl -u user:password`, in quotes of any depth, or with quotes around each half.
    pub(super) fn user_flag(&mut self, start: usize, end: usize) {
        let text = self.text;
        if start > 0 && !matches!(text[start - 1], b' ' | b'\t' | b'"' | b'\'' | b'n' | b't' | b'\n') {
            return;
        }
        let end = end - usize::from(matches!(text[end - 1], b'"' | b'\'' | b'\\'));
        let Some((from, to)) = self.argument(end) else { return };
        // Commands for shares of files write `user%password`.
        let share = &text[start.saturating_sub(80)..start];
        let share =
            [&b"smbclient"[..], b"rpcclient", b"smbmap"].iter().any(|c| memchr::memmem::find(share, c).is_some());
        let sign = if share { b'%' } else { b':' };
        let Some(colon) = memchr::memchr(sign, &text[from..to]).map(|n| from + n) else { return };
        let (user, mut password) = ((from, colon), (colon + 1, to));
        if password.0 == to
            && let Some((quote, inner)) = extent::opening(text, to)
        {
            password = (inner, self.ends.quoted(text, inner, quote));
        }
        let value = &text[password.0..password.1];
        let ids = text[from..to].iter().all(|b| b.is_ascii_digit() || *b == b':');
        if value.is_empty() {
            // The key of an interface, which takes no password.
            if shapes::is_secretish(&text[user.0..user.1]) {
                self.mask_value(user.0, user.1, "token");
            }
        } else if !ids
            && !value.starts_with(b"//")
            && !stands_for_a_password(value)
            && !placeholder::held(text, password.0, password.1)
        {
            self.mask_value(password.0, password.1, "password");
        }
    }

    /// What follows a flag whose last letter was just read: the rest of its word, the next word, or the next string of a
    /// list of arguments.
    fn argument(&mut self, end: usize) -> Option<(usize, usize)> {
        let text = self.text;
        let mut at = end;
        if let Some((quote, after)) = extent::opening(text, at) {
            let comma = after + blanks(text, after);
            if text.get(comma) == Some(&b',') {
                let next = comma + 1 + self.gap(comma + 1);
                let (_, from) = extent::opening(text, next).filter(|(q, _)| q.slashes == quote.slashes)?;
                let to = self.ends.quoted(text, from, Quote { mark: text[from - 1], slashes: quote.slashes });
                return (!names_a_member(text, to)).then_some((from, to));
            }
            // The quote ends the command.
            if matches!(text.get(after), None | Some(b']' | b'}' | b' ' | b':')) {
                return None;
            }
        }
        at += text[at..].iter().take(2).take_while(|b| **b == b' ').count();
        Some(match extent::opening(text, at) {
            Some((quote, from)) => (from, self.ends.quoted(text, from, quote)),
            None => (at, self.ends.unquoted(text, at)),
        })
    }

    /// A short flag that takes a password in a few commands: `mysql -pSECRET`, `redis-cli -a SECRET`.
    pub(super) fn flag(&mut self, flag: &Flag, start: usize, end: usize) {
        let text = self.text;
        let before = &text[start.saturating_sub(160)..=start];
        let line = memchr::memrchr(b'\n', before).map_or(0, |n| n + 1);
        let has = |word: &str| memchr::memmem::find(&before[line..], word.as_bytes()).is_some();
        // In a list of arguments the words of a command are strings of their own.
        let listed = text[start] != b' ' && text[start] != b'-';
        let of = |commands: &[&str]| commands.iter().any(|c| has(c) || listed && c.split_whitespace().all(has));
        let pair = of(flag.pair_in);
        let cookies = of(flag.cookies_in);
        if !pair && !cookies && !of(flag.password_in) {
            return;
        }
        let Some((from, to)) = self.argument(end) else { return };
        if cookies {
            // Without a sign it is the name of a file.
            if memchr::memchr(b'=', &text[from..to]).is_some() {
                self.cookie(from, to);
            }
            return;
        }
        let from = match memchr::memchr(b':', &text[from..to]) {
            Some(colon) if pair => from + colon + 1,
            None if pair => return,
            _ => from,
        };
        let value = &text[from..to];
        let ports = value.iter().all(|b| b.is_ascii_digit() || *b == b':');
        // The quote may be the one that ends the command.
        let no_value = matches!(value.first(), None | Some(b'-' | b',' | b'}' | b']' | b':' | b' ' | b'\\'));
        if !no_value && !ports && !stands_for_a_password(value) && !placeholder::held(text, from, to) {
            self.mask_value(from, to, "password");
        }
    }

    /// `user:password@tcp(host)/name`, `jdbc:oracle:thin:user/password@host`, a line of a `.pgpass`.
    pub(super) fn dsn(&mut self, start: usize, end: usize) {
        let text = self.text;
        let stop = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'=' | b'\\');
        if text[start] == b':' {
            // host:5432:database:user:password
            let to = end + text[end..].iter().take(256).position(stop).unwrap_or((text.len() - end).min(256));
            let mut fields = text[end..to].splitn(3, |b| *b == b':');
            if let (Some([_, ..]), Some([_, ..]), Some(value @ [_, ..])) = (fields.next(), fields.next(), fields.next())
                && !stands_for_a_password(value)
                && !placeholder::held(text, to - value.len(), to)
            {
                self.mask_value(to - value.len(), to, "password");
            }
            return;
        }
        let (sign, from, to) = if text[start] == b'@' {
            let length = text[..start].iter().rev().take(256).take_while(|b| !stop(b)).count();
            (b':', start - length, start)
        } else {
            let length = text[end..].iter().take(256).take_while(|b| !stop(b) && **b != b'@').count();
            (b'/', end, end + length)
        };
        if let Some(at) = memchr::memchr(sign, &text[from..to]).map(|n| from + n + 1)
            && !stands_for_a_password(&text[at..to])
            && !placeholder::held(text, at, to)
        {
            self.mask_value(at, to, "password");
        }
    }

    /// `gh auth login --with-token <<< SECRET`, `echo SECRET | docker login --password-stdin`.
    pub(super) fn stdin(&mut self, start: usize, end: usize) {
        let text = self.text;
        let here = end + blanks(text, end);
        if text[here..].starts_with(b"<<<") {
            let at = here + 3;
            if let Some((from, to)) = self.argument(at + blanks(text, at)) {
                let value = &text[from..to];
                if !value.is_empty() && !stands_for_a_password(value) && !placeholder::held(text, from, to) {
                    self.mask_value(from, to, "password");
                }
            }
            return;
        }
        let line = &text[start.saturating_sub(200)..start];
        let line = &line[memchr::memrchr(b'\n', line).map_or(0, |n| n + 1)..];
        if let Some(bar) = memchr::memrchr(b'|', line) {
            self.piped(start - line.len() + bar, false);
        }
    }

    /// `a1 LOGIN user SECRET`: a tag begins the line, and the password ends it.
    pub(super) fn login(&mut self, start: usize, end: usize) {
        let text = self.text;
        let tag = start - text[..start].iter().rev().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
        let tag = after_escape(text, tag);
        let tagged = tag < start
            && text[tag].is_ascii_alphabetic()
            && text[start - 1].is_ascii_digit()
            && text[..end].ends_with(b"LOGIN ");
        let user = text[end..].iter().take(80).take_while(|b| b.is_ascii_graphic() && !matches!(b, b'\\')).count();
        if !tagged || user == 0 || text.get(end + user) != Some(&b' ') {
            return;
        }
        let at = end + user + 1;
        let (from, to, quoted) = match extent::opening(text, at) {
            Some((quote, from)) => (from, self.ends.quoted(text, from, quote), true),
            None => (at, self.ends.unquoted(text, at), false),
        };
        let value = &text[from..to];
        let says = quoted || shapes::is_secretish(value) && field_ends(text, to);
        if says && !value.is_empty() && !stands_for_a_password(value) && !placeholder::held(text, from, to) {
            self.mask_value(from, to, "password");
        }
    }

    /// What a client answers when a server of mail asks for the password: the last word of the next line.
    pub(super) fn prompt(&mut self, end: usize) {
        let text = self.text;
        if !text[..end].ends_with(b"UGFzc3dvcmQ6") {
            return;
        }
        // The quotes of whoever logs the line.
        let mut at = end;
        let mut breaks = false;
        for _ in 0..4 {
            let gap = self.gap(at);
            breaks |= (at..at + gap).any(|at| extent::line_break(text, at) > 0);
            at += gap;
            match text.get(at) {
                Some(b'\'') => at += 1,
                _ => break,
            }
        }
        // Who speaks: `C: `, `>>> `, `send: '`.
        for _ in 0..4 {
            let length = text[at..].iter().take(LONGEST_REPLY).take_while(|b| Alphabet::Base64.has(**b)).count();
            let to = at + length;
            let ends = extent::line_break(text, to) > 0 || matches!(text.get(to), None | Some(b'"' | b'\'' | b'\\'));
            if breaks && ends && length >= 4 && encoded_text(&text[at..to]) {
                return self.note(at, to, "password");
            }
            let word =
                text[at..].iter().take(16).take_while(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'')).count();
            at += word;
            if text.get(at) != Some(&b' ') {
                return;
            }
            at += 1 + usize::from(text.get(at + 1) == Some(&b'\''));
        }
    }

    /// `echo root:SECRET | chpasswd` (pairs), `echo SECRET | sudo -S`: what stands before the pipe.
    pub(super) fn piped(&mut self, bar: usize, pairs: bool) {
        let text = self.text;
        let blank = |b: &&u8| matches!(b, b' ' | b'\t');
        let stop = bar - text[..bar].iter().rev().take(8).take_while(blank).count();
        let quoted = matches!(text[..stop].last(), Some(b'"' | b'\''));
        let stop = stop - usize::from(quoted);
        let stop = stop - if quoted { extent::slashes_before(text, stop) } else { 0 };
        let outside = |b: &&u8| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`' | b'\\');
        let from = stop - text[..stop].iter().rev().take(256).take_while(outside).count();
        // What an escape is written with is no part of the value.
        let mut from = after_escape(text, from).min(stop);
        if pairs {
            let Some(colon) = memchr::memchr(b':', &text[from..stop]) else { return };
            from += colon + 1;
        } else {
            let before = text[..from].trim_ascii_end();
            let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
            let before = &before[before.len().saturating_sub(24)..];
            if ![&b"echo"[..], b"printf"].iter().any(|c| memchr::memmem::find(before, c).is_some()) {
                return;
            }
        }
        if from < stop && !stands_for_a_password(&text[from..stop]) && !placeholder::held(text, from, stop) {
            self.mask_value(from, stop, "password");
        }
    }
}

/// Words of a manual in the place of a password: `$PASSWORD`, `<password>`, `[PASSWORD]`, `{{ … }}`, `password`.
fn stands_for_a_password(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"password", b"passwd", b"pass", b"pwd", b"token", b"secret"];
    exempt(value)
        || matches!(value.first(), Some(b'$' | b'<' | b'['))
        || WORDS.iter().any(|w| value.eq_ignore_ascii_case(w))
}
