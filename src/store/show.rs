//! The last step of text from evidence on its way into an answer.

use crate::logsql::Query;
use crate::logsql::origins::Origin;
use crate::redact::{Redactor, keys};
use std::borrow::Cow;
use std::collections::HashMap;

/// Redacts names and values, unless a person asked for their own evidence as it is.
#[derive(Default)]
pub struct Show {
    redactor: Option<Redactor>,
    /// Names repeat in every row, and are looked at once.
    names: HashMap<String, String>,
    /// The query that is answered: what it gave other names is masked as under its own.
    query: Option<Query>,
    /// Of every field of the answer where its text came from, as far as that makes it secret.
    origins: HashMap<String, Vec<Origin>>,
}

impl Show {
    pub fn redacted() -> Show {
        Show { redactor: Some(Redactor::new()), ..Show::default() }
    }

    /// Everything as it stands in the evidence.
    pub fn unredacted() -> Show {
        Show::default()
    }

    pub fn is_unredacted(&self) -> bool {
        self.redactor.is_none()
    }

    /// From now on values are those that this query answers with.
    pub fn answers(&mut self, query: &Query) {
        // Without pipes every field has its own name.
        self.query = (!query.pipes.is_empty()).then(|| query.clone());
        self.origins.clear();
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
        let Show { redactor: Some(redactor), query, origins, .. } = self else { return Cow::Borrowed(value) };
        let told = query.as_ref().and_then(|query| {
            if !origins.contains_key(name) {
                origins.insert(name.to_owned(), telling(query, name));
            }
            origins[name].iter().find_map(|origin| masked_by(origin, value, redactor))
        });
        Cow::Owned(told.unwrap_or_else(|| redactor.field(name, value).as_str().to_owned()))
    }
}

/// The origins of a field that may make its text secret, beside its own name.
fn telling(query: &Query, name: &str) -> Vec<Origin> {
    let mut origins = query.origins(name);
    origins.retain(|origin| match origin {
        Origin::Field(field) => field != name && keys::rule(field.as_bytes()).is_some(),
        Origin::Behind(text) => !text.is_empty(),
    });
    origins
}

/// The value as it may be shown, if its origin makes a secret of it.
fn masked_by(origin: &Origin, value: &str, redactor: &mut Redactor) -> Option<String> {
    match origin {
        Origin::Field(field) => {
            let safe = redactor.field(field, value);
            (safe.as_str() != value).then(|| safe.as_str().to_owned())
        }
        Origin::Behind(text) => {
            let whole = format!("{text}{value}");
            let safe = redactor.text(&whole);
            let shown = safe.as_str();
            // Where the text before it was masked too, nothing tells the two apart.
            (shown != whole).then(|| shown.strip_prefix(text.as_str()).unwrap_or(shown).to_owned())
        }
    }
}
