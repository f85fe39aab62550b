//! The last step of text from evidence on its way into an answer.

use crate::redact::Redactor;
use std::borrow::Cow;
use std::collections::HashMap;

/// Redacts names and values, unless a person asked for their own evidence as it is.
#[derive(Default)]
pub struct Show {
    redactor: Option<Redactor>,
    /// Names repeat in every row, and are looked at once.
    names: HashMap<String, String>,
}

impl Show {
    pub fn redacted() -> Show {
        Show { redactor: Some(Redactor::new()), names: HashMap::new() }
    }

    /// Everything as it stands in the evidence.
    pub fn unredacted() -> Show {
        Show::default()
    }

    pub fn name<'t>(&mut self, name: &'t str) -> Cow<'t, str> {
        let Some(redactor) = &mut self.redactor else { return Cow::Borrowed(name) };
        if !self.names.contains_key(name) {
            self.names.insert(name.to_owned(), redactor.text(name).as_str().to_owned());
        }
        Cow::Owned(self.names[name].clone())
    }

    /// The value of a named field.
    pub fn value<'t>(&mut self, name: &str, value: &'t str) -> Cow<'t, str> {
        match &mut self.redactor {
            None => Cow::Borrowed(value),
            Some(redactor) => Cow::Owned(redactor.field(name, value).as_str().to_owned()),
        }
    }
}
