//! PEM blocks: private keys, whole or cut, and public material.

use super::super::alphabet::Alphabet;
use super::super::extent;
use super::super::span::Proof;
use super::Pass;
use super::edges::after_escape;

/// Last words of the titles of public PEM blocks.
const PUBLIC: &[&[u8]] =
    &[b"CERTIFICATE", b"CERTIFICATE REQUEST", b"PUBLIC KEY", b"X509 CRL", b"DH PARAMETERS", b"EC PARAMETERS", b"PKCS7"];

impl Pass<'_, '_> {
    /// Where the next end marker stands.
    fn next_end(&mut self, from: usize) -> Option<usize> {
        let (asked, found) = self.end_marker;
        if from < asked || found.is_some_and(|at| at < from) {
            let at = memchr::memmem::find(&self.text[from..], b"-----END ").map(|n| from + n);
            self.end_marker = (from, at);
        }
        self.end_marker.1
    }

    pub(super) fn in_public(&self, at: usize) -> bool {
        self.public.last().is_some_and(|&(start, end)| (start..end).contains(&at))
    }

    /// A PEM block: private keys are masked, public material is kept from the rule of randomness.
    pub(super) fn pem(&mut self, start: usize, end: usize) {
        let text = self.text;
        let title = &text[end..text.len().min(end + 64)];
        let Some(title_end) = memchr::memmem::find(title, b"-----") else {
            // Cut inside the title: nothing of the key is there.
            return;
        };
        let title = &title[..title_end];
        let body = end + title_end + 5;
        let private = memchr::memmem::find(title, b"PRIVATE").is_some()
            || title.starts_with(b"AGE ENCRYPTED")
            || title.starts_with(b"OpenVPN Static key");
        let public = PUBLIC.iter().any(|word| title.ends_with(word));
        if !private && !public || title.iter().any(|b| matches!(b, b'\n' | b'"')) {
            return;
        }
        let limit = if self.look.lines { self.ends.line(text, body) } else { text.len() };
        if !private {
            let strict =
                |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\\' | b' ' | b'\r' | b'\n');
            let end = text[body..limit].iter().position(|&b| !strict(b)).map_or(limit, |n| body + n);
            self.public.push((start, end));
            return;
        }
        // A quote ends the string that holds the block: an end marker behind it belongs to another one.
        let own = |at: &usize| *at < limit && memchr::memchr(b'"', &text[body..*at]).is_none();
        let stop = match self.next_end(body).filter(own) {
            Some(at) => {
                let after = at + 9;
                let word = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b' ';
                let title = after + text[after..limit].iter().take(64).take_while(word).count();
                title + text[title..limit].iter().take(5).take_while(|b| **b == b'-').count()
            }
            None => pem_body_end(text, body, limit),
        };
        self.mask(start, stop, "private-key", Proof::Shape);
    }

    /// The end of a private key whose beginning was cut off.
    pub(super) fn pem_tail(&mut self, start: usize, end: usize) {
        let text = self.text;
        let title = &text[end..text.len().min(end + 64)];
        let private = memchr::memmem::find(title, b"PRIVATE KEY").is_some_and(|at| at < 24);
        // The dashes of a title may be those of the end marker too.
        let floor = self.covered.max(self.public.last().map_or(0, |p| p.1)).min(start);
        if private {
            let body = text[floor..start]
                .iter()
                .rev()
                .take_while(|&&b| pem_byte(b) && !(self.look.lines && b == b'\n'))
                .count();
            let first = start - body;
            let skip = text[first..start].iter().take_while(|b| b.is_ascii_whitespace() || **b == b'\\').count();
            self.mask(after_escape(text, first + skip).min(start), start, "private-key", Proof::Shape);
        }
    }
}

fn pem_byte(b: u8) -> bool {
    Alphabet::Base64.has(b) || matches!(b, b'\\' | b'\n' | b'\r' | b' ' | b'\t' | b',' | b':')
}

/// Where the body of a block without an end marker stops.
fn pem_body_end(text: &[u8], from: usize, limit: usize) -> usize {
    let end = text[from..limit].iter().position(|&b| !pem_byte(b)).map_or(limit, |n| from + n);
    // Backslashes at the end are those of the quote that closes the string.
    end - extent::slashes_ending(&text[from..end])
}
