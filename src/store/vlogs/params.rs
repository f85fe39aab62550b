//! Arguments of a method: a JSON object of the tool's keywords.

use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "str",
            Kind::Number => "int",
        }
    }
}

/// A keyword of a method.
#[derive(Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    /// `None` when it must be given.
    pub default: Option<&'static str>,
}

impl Param {
    pub fn print(&self) -> String {
        match (self.default, self.kind) {
            (None, _) => self.name.to_owned(),
            (Some(default), Kind::Text) => format!("{}={default:?}", self.name),
            (Some(default), Kind::Number) => format!("{}={default}", self.name),
        }
    }

    pub fn default_value(&self) -> Value {
        match (self.default, self.kind) {
            (None, _) => Value::Null,
            (Some(default), Kind::Text) => default.into(),
            (Some(default), Kind::Number) => default.parse::<u64>().map_or(Value::Null, Value::from),
        }
    }
}

/// Checked arguments. Null is the same as left out.
#[derive(Debug, Default)]
pub struct Params {
    given: Map<String, Value>,
    known: &'static [Param],
}

impl Params {
    /// # Errors
    /// Text that is no JSON object, an unknown keyword, a missing one, a value of the wrong kind.
    pub fn parse(known: &'static [Param], arguments: &str) -> Result<Params, String> {
        let text = if arguments.trim().is_empty() { "{}" } else { arguments };
        let value: Value = serde_json::from_str(text).map_err(|e| format!("the arguments are not JSON: {e}"))?;
        let Value::Object(given) = value else { return Err("the arguments are not a JSON object".into()) };
        if let Some(name) = given.keys().find(|name| known.iter().all(|p| p.name != name.as_str())) {
            return Err(format!("unknown keyword `{name}`"));
        }
        let params = Params { given, known };
        for param in known {
            let value = params.given.get(param.name).filter(|v| !v.is_null());
            match (value, param.kind) {
                (None, _) if param.default.is_none() => return Err(format!("missing keyword `{}`", param.name)),
                (Some(value), Kind::Number) if number(value).is_none() => {
                    return Err(format!("`{}` must be a whole number", param.name));
                }
                (Some(Value::Array(_) | Value::Object(_)), Kind::Text) => {
                    return Err(format!("`{}` must be text", param.name));
                }
                _ => {}
            }
        }
        Ok(params)
    }

    pub fn text(&self, name: &str) -> String {
        match self.given.get(name).filter(|v| !v.is_null()) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => self.default(name).unwrap_or_default().to_owned(),
        }
    }

    pub fn number(&self, name: &str) -> u64 {
        let given = self.given.get(name).and_then(number);
        given.or_else(|| self.default(name)?.parse().ok()).unwrap_or(0)
    }

    fn default(&self, name: &str) -> Option<&'static str> {
        self.known.iter().find(|p| p.name == name)?.default
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use crate::store::vlogs::parse;

    #[test]
    fn keywords_are_checked_against_the_signature() {
        let (method, params) = parse("thread_logs", r#"{"thread_key":"K","limit":"7"}"#).expect("fine");
        assert_eq!((params.text("thread_key").as_str(), params.number("limit")), ("K", 7));
        assert_eq!(method.signature(), r#"thread_logs(thread_key, level="", limit=50, start="", end="")"#);
        for (method, json) in
            [("thread_logs", "{}"), ("thread_logs", r#"{"x":1}"#), ("thread_log", "{}"), ("errors", "[1]")]
        {
            let error = parse(method, json).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains("thread_logs(thread_key") || error.contains("errors(service"), "{error}");
        }
    }
}
