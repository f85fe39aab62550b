//! One file under examination: what was read, what is already known, what was found.

use super::expiry::Instant;
use super::findings::{self, Rule};
use super::json::{Object, Value};
use super::providers::{Provider, Slot};
use super::verdict::Refresh;
use crate::finding::Severity;
use crate::redact::Safe;

/// One finding of one file. Its message is made of this program's own words and of values that were parsed, never of
/// text from the file.
#[derive(Debug, Clone)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub message: Safe,
    /// JSON pointer of the member, where there is one.
    pub pointer: Option<String>,
    /// Paths of other files that take part.
    pub related: Vec<Safe>,
    /// A baseline accepts it.
    pub accepted: bool,
}

impl Finding {
    /// A finding with its default severity. The id must be one of the registry.
    pub fn new(id: &'static str) -> Finding {
        let rule = findings::rule(id).expect("every id used by a check is registered, which a test holds");
        Finding {
            rule,
            severity: rule.severity,
            message: Safe::own(rule.meaning),
            pointer: None,
            related: Vec::new(),
            accepted: false,
        }
    }

    pub fn severity(&mut self, severity: Severity) -> &mut Finding {
        self.severity = severity;
        self
    }

    pub fn at(&mut self, pointer: impl Into<String>) -> &mut Finding {
        self.pointer = Some(pointer.into());
        self
    }

    /// Adds what is special in this case.
    pub fn say(&mut self, detail: impl AsRef<str>) -> &mut Finding {
        self.message = Safe::own(format!("{}; {}", self.message, detail.as_ref()));
        self
    }

    pub fn related(&mut self, path: Safe) -> &mut Finding {
        self.related.push(path);
        self
    }
}

/// Whether a token is where the server looks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Missing,
    Empty,
    WrongType,
    Present,
}

/// A token slot of the file, borrowed from it.
#[derive(Clone)]
pub struct Token<'a> {
    pub presence: Presence,
    text: &'a str,
    pub damaged: bool,
    pub pointer: String,
    /// A place that is tried before this one and holds no text.
    pub skipped: Option<String>,
    /// No check found a reason why it could not be a token.
    pub sound: bool,
}

impl<'a> Token<'a> {
    /// Looks into the slot's places, in their order.
    pub fn find(object: &'a Object, slot: &Slot) -> Token<'a> {
        let mut best: Option<Token<'a>> = None;
        for path in slot.paths {
            // An object of this name is a container, and what is in it is asked for apart.
            let container = path.last() == Some(&"token");
            let value = object.at(path).filter(|value| !(container && matches!(value, Value::Object(_))));
            let token = Token::of(value, path);
            if token.presence == Presence::Present {
                let wrong = best.filter(|before| before.presence == Presence::WrongType);
                return Token { skipped: wrong.map(|before| before.pointer), ..token };
            }
            // Where nothing is there at all, the place is the one that the provider writes.
            let better = |b: &Token<'_>| b.presence == Presence::Missing && token.presence != Presence::Missing;
            if best.as_ref().is_none_or(better) {
                best = Some(token);
            }
        }
        best.unwrap_or(Token::of(None, &[]))
    }

    fn of(value: Option<&'a Value>, path: &[&str]) -> Token<'a> {
        Token::at(value, path.iter().map(|step| format!("/{step}")).collect())
    }

    /// What a member holds, whose place the provider knows.
    pub fn at(value: Option<&'a Value>, pointer: String) -> Token<'a> {
        let (presence, text, damaged) = match value {
            None => (Presence::Missing, "", false),
            Some(Value::Text(t)) if t.expose().trim().is_empty() => (Presence::Empty, "", false),
            Some(Value::Text(t)) => (Presence::Present, t.expose(), t.damaged),
            Some(_) => (Presence::WrongType, "", false),
        };
        Token { presence, text, damaged, pointer, skipped: None, sound: presence == Presence::Present }
    }

    /// The token, for looking at its shape.
    pub fn expose(&self) -> &'a str {
        self.text
    }

    pub fn is_present(&self) -> bool {
        self.presence == Presence::Present
    }
}

/// Everything the checks of one file share.
pub struct Case<'a> {
    pub object: &'a Object,
    pub provider: &'static Provider,
    /// The file's own name.
    pub name: &'a str,
    pub as_of: Instant,
    pub access: Token<'a>,
    pub refresh: Token<'a>,
    pub loads: bool,
    /// Worsens while the checks run.
    pub can_refresh: Refresh,
    /// When the access token ends, by the server's reading or the best substitute.
    pub expires: Option<Instant>,
    /// When the means of refreshing end.
    pub renewal_end: Option<Instant>,
    pub findings: Vec<Finding>,
}

impl Case<'_> {
    pub fn note(&mut self, id: &'static str) -> &mut Finding {
        self.findings.push(Finding::new(id));
        self.findings.last_mut().expect("just pushed")
    }

    pub fn has(&self, id: &str) -> bool {
        self.findings.iter().any(|f| f.rule.id == id)
    }

    /// A refresh cannot succeed.
    pub fn block(&mut self) {
        if self.can_refresh != Refresh::NotApplicable {
            self.can_refresh = Refresh::Impossible;
        }
    }

    /// Whether a refresh can succeed depends on what the file cannot show.
    pub fn doubt(&mut self) {
        if self.can_refresh == Refresh::Possible {
            self.can_refresh = Refresh::Unknown;
        }
    }

    /// The default severity where the server loads the file, else only a remark.
    pub fn if_loaded(&self, severity: Severity) -> Severity {
        if self.loads { severity } else { Severity::Info }
    }
}
