//! Vlogs: the live tool's methods over a dump: same names, same JSON arguments, bare return values.
//!
//! Belongs here: the registry of methods, their parameters, the queries they compose and what they make of the rows.
//! Elsewhere: the endpoints they ask ([`crate::store`]).
//!
//! By default the methods do what a person means: the newest rows in time order, levels in any letter case, values
//! quoted, nested `fields.X` read as `X`, one time window for the whole query. `strict` is the live tool to the letter,
//! with rows in dump order where the store's order is undefined.

pub mod ask;
pub mod errors;
pub mod executions;
pub mod health;
pub mod label;
pub mod params;
pub mod raw;
pub mod threads;
pub mod tools;

use super::StoreError;
use ask::Ask;
use params::{Kind, Param, Params};
use serde_json::{Value, json};

/// One method of the live tool.
pub struct Method {
    pub name: &'static str,
    /// One line.
    pub help: &'static str,
    pub params: &'static [Param],
    pub run: fn(&mut Ask<'_>, &Params) -> Result<Value, StoreError>,
}

/// Every method.
pub static METHODS: &[&Method] = &[
    &raw::QUERY,
    &raw::HITS,
    &raw::FIELD_NAMES,
    &raw::FIELD_VALUES,
    &raw::STREAMS,
    &raw::READY,
    &threads::THREAD_LOGS,
    &threads::THREAD_TRACE,
    &errors::ERRORS,
    &errors::SLOW_REQUESTS,
    &tools::TOOL_CALLS,
    &threads::EXECUTION_TIMELINE,
    &health::SERVICE_HEALTH,
    &errors::SANDBOX_ACTIVITY,
    &tools::TOOL_ANALYTICS,
    &tools::TOOL_USAGE_BY_THREAD,
    &executions::EXECUTION_SUMMARIES,
    &executions::PROMPT_ANALYTICS,
    &executions::MODEL_ANALYTICS,
    &DISCOVER,
];

static DISCOVER: Method = Method {
    name: "discover",
    help: "methods with their parameters",
    params: &[],
    run: |_, _| {
        let param = |p: &Param| {
            let required = p.default.is_none();
            json!({"name": p.name, "type": p.kind.name(), "required": required, "default": p.default_value()})
        };
        let method = |m: &&&Method| {
            let params: Vec<Value> = m.params.iter().map(param).collect();
            json!({"name": m.name, "signature": m.signature(), "help": m.help, "params": params})
        };
        Ok(METHODS.iter().filter(|m| m.name != "discover").collect::<Vec<_>>().iter().map(method).collect())
    },
};

impl Method {
    /// `name(a, b=1)`
    pub fn signature(&self) -> String {
        let params: Vec<String> = self.params.iter().map(Param::print).collect();
        format!("{}({})", self.name, params.join(", "))
    }
}

/// Finds a method and reads its arguments, before any evidence is opened.
///
/// # Errors
/// An unknown method or keyword, with the signature.
pub fn parse(name: &str, arguments: &str) -> Result<(&'static Method, Params), StoreError> {
    let Some(method) = METHODS.iter().find(|method| method.name == name) else {
        let known = METHODS.iter().map(|m| m.name);
        let hint = crate::logsql::suggest::nearest(name, known)
            .map_or_else(String::new, |m| format!("\n  did you mean `{m}`?"));
        let list: Vec<String> = METHODS.iter().map(|m| format!("  {}", m.signature())).collect();
        return Err(StoreError::Refused(format!("unknown method `{name}`{hint}\nmethods:\n{}", list.join("\n"))));
    };
    let params = Params::parse(method.params, arguments)
        .map_err(|why| StoreError::Refused(format!("{name}: {why}\n  {}", method.signature())))?;
    Ok((method, params))
}

/// A parameter of text with a default.
const fn text(name: &'static str, default: &'static str) -> Param {
    Param { name, kind: Kind::Text, default: Some(default) }
}

/// A parameter of text without which the method cannot run.
const fn required(name: &'static str) -> Param {
    Param { name, kind: Kind::Text, default: None }
}

/// A whole number with a default.
const fn number(name: &'static str, default: &'static str) -> Param {
    Param { name, kind: Kind::Number, default: Some(default) }
}
