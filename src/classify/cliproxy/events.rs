//! Story to events. Filled in below the vocabulary.
use super::Story;
use crate::finding::Event;
use crate::redact::Redactor;

pub fn events(_story: &Story, _redactor: &mut Redactor) -> Vec<Event> {
    Vec::new()
}
