//! Placeholders that stand in the evidence: ours, and what others would take for one.

use super::super::kinds;
use super::super::span::Proof;
use super::Pass;

impl Pass<'_, '_> {
    /// A placeholder that stands in the evidence.
    pub(super) fn placeholder(&mut self, mark: usize) {
        let text = self.text;
        let name = text[..mark]
            .iter()
            .rev()
            .take(32)
            .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || **b == b'-')
            .count();
        let Some(start) = (mark - name).checked_sub(1).filter(|&s| text[s] == b'[') else { return };
        if let (Some(end), Some(kind)) = (placeholder_at(text, start), kinds::known(&text[start + 1..mark])) {
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

/// End of a placeholder of ours that begins here: `[kind#7]`.
pub(super) fn placeholder_at(text: &[u8], start: usize) -> Option<usize> {
    if text.get(start) != Some(&b'[') {
        return None;
    }
    let mark = start
        + 1
        + text[start + 1..]
            .iter()
            .take(32)
            .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || **b == b'-')
            .count();
    let label =
        text.get(mark + 1..)?.iter().take(20).take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
    let close = mark + 1 + label;
    let ours = text[mark] == b'#'
        && label > 0
        && text.get(close) == Some(&b']')
        && kinds::known(&text[start + 1..mark]).is_some();
    ours.then_some(close + 1)
}

/// The value is a placeholder of ours, perhaps with the closing brackets of the text around it.
pub fn held(text: &[u8], start: usize, end: usize) -> bool {
    placeholder_at(text, start).is_some_and(|own| {
        text[own.min(end)..end].iter().all(|b| matches!(b, b']' | b')' | b'}' | b',' | b';' | b'.' | b':'))
    })
}
