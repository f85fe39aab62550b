//! Addresses: the user and the password before the `@`.

use super::super::placeholder;
use super::super::shapes;
use super::Pass;
use super::edges::field_ends;

impl Pass<'_, '_> {
    /// The password of `scheme://user:password@host`, and a secret that stands alone before the `@`.
    pub(super) fn url(&mut self, start: usize, end: usize) {
        let text = self.text;
        if text[..start].ends_with(b"op") && !text[..start].ends_with(b"http") {
            return;
        }
        let stop = |b: &u8| {
            matches!(b, b'/' | b'?' | b'#' | b' ' | b'\t' | b'\n' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\' | b',')
        };
        let authority = end + text[end..].iter().take(512).position(stop).unwrap_or((text.len() - end).min(512));
        let (from, to) = match memchr::memrchr(b'@', &text[end..authority]) {
            Some(at) => (end, end + at),
            None => match self.wild_userinfo(end, authority) {
                Some(range) => range,
                None => return self.cut_userinfo(end, authority),
            },
        };
        match memchr::memchr(b':', &text[from..to]) {
            Some(colon) => {
                let password = from + colon + 1;
                let value = &text[password..to];
                if is_lone_secret(&text[from..from + colon]) {
                    self.mask_value(from, from + colon, "token");
                }
                if !shapes::is_masked(value) && !exempt_variable(value) && !placeholder::held(text, password, to) {
                    self.mask_value(password, to, "password");
                }
            }
            None if is_lone_secret(&text[from..to]) => {
                self.mask_value(from, to, "token");
            }
            None => {}
        }
    }

    /// A password with an unescaped `/`, `?` or `#` hides the `@` from the rule of authorities: what follows the colon is
    /// then no port.
    fn wild_userinfo(&mut self, from: usize, authority: usize) -> Option<(usize, usize)> {
        let text = self.text;
        let colon = from + memchr::memchr(b':', &text[from..authority])?;
        let port = text[colon + 1..authority].iter().all(u8::is_ascii_digit);
        if port {
            return None;
        }
        let limit = (colon + 256).min(text.len());
        let end = text[colon..limit]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`'))
            .map_or(limit, |n| colon + n);
        memchr::memrchr(b'@', &text[colon..end]).map(|at| (from, colon + at))
    }

    /// `scheme://user:password` whose field ends before the `@`. No port is that long, none has letters.
    fn cut_userinfo(&mut self, from: usize, authority: usize) {
        let text = self.text;
        let dots = text[from..authority].iter().rev().take_while(|b| **b == b'.').count();
        let to = authority - dots;
        let Some(colon) = memchr::memchr(b':', &text[from..to]).map(|n| from + n) else { return };
        let elided = memchr::memmem::find(&text[colon..to], "\u{2026}".as_bytes()).map_or(to, |n| colon + n);
        let value = &text[colon + 1..elided];
        if field_ends(text, elided) && !value.contains(&b':') && shapes::is_secretish(value) {
            self.mask_value(colon + 1, elided, "password");
        }
    }
}

/// A token in the place of a user's name.
fn is_lone_secret(user: &[u8]) -> bool {
    shapes::is_secretish(user) || user.len() >= 20 && user.iter().all(u8::is_ascii_hexdigit)
}

fn exempt_variable(value: &[u8]) -> bool {
    shapes::is_template(value) || value.starts_with(b"<")
}
