//! What is masked already: placeholders that stand in the evidence, and what others would take for one.

use super::super::placeholder;
use super::super::span::Proof;
use super::Pass;

impl Pass<'_, '_> {
    /// A placeholder that stands in the evidence.
    pub(super) fn placeholder(&mut self, mark: usize) {
        if let Some((start, end, kind)) = placeholder::around(self.text, mark) {
            self.mask(start, end, kind, Proof::Placeholder);
        }
    }

    /// `[REDACTED:kind:label]`, the form other tools would take for proof.
    pub(super) fn forged(&mut self, start: usize, end: usize) {
        let text = self.text;
        let label = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'#' | b'_' | b'-');
        let inner = text[end..].iter().take(80).position(|b| !label(b));
        if let Some(length) = inner.filter(|n| text[end + n] == b']' && text[end..end + n].contains(&b':')) {
            self.mask(start, end + length + 1, "secret", Proof::Name);
        }
    }
}
