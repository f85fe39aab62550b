//! JSON bodies piece by piece, in the store's spelling.

use super::query::print_string;

/// A body under construction.
#[derive(Default)]
pub struct Body(Vec<u8>);

impl Body {
    pub fn raw(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub fn string(&mut self, text: &str) -> &mut Self {
        print_string(text, &mut self.0);
        self
    }

    /// Items with commas in between.
    pub fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut Self, T)) -> &mut Self {
        for (i, one) in items.into_iter().enumerate() {
            if i > 0 {
                self.raw(",");
            }
            item(self, one);
        }
        self
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
