//! The raw methods: `start` and `end` go to the store as they are.

use super::ask::Ask;
use super::params::Params;
use super::{Method, number, required, text};
use crate::store::StoreError;
use serde_json::{Value, json};

pub static QUERY: Method = Method {
    name: "query",
    help: "rows of a LogsQL query",
    params: &[required("query"), number("limit", "100"), text("start", ""), text("end", "")],
    run: |ask, params| {
        let limit = params.number("limit");
        let found = ask.rows(&params.text("query"), limit, &params.text("start"), &params.text("end"))?;
        let mut rows: Vec<Value> = Vec::with_capacity(found.rows.len() + 1);
        for row in &found.rows {
            let pairs: Vec<_> = row.iter().map(|(name, value)| ask.pair(name, value)).collect();
            rows.push(Value::Object(pairs.into_iter().collect()));
        }
        if found.cut {
            let which = if ask.strict { "" } else { " (the newest ones)" };
            rows.push(
                json!({"_note": format!("Results truncated at {limit}{which}. Increase limit or narrow your query.")}),
            );
        }
        Ok(rows.into())
    },
};

pub static HITS: Method = Method {
    name: "hits",
    help: "rows per time bucket",
    params: &[required("query"), text("start", ""), text("end", ""), text("step", "")],
    run: |ask, params| ask.endpoint("hits", args(params, &["query", "start", "end", "step"])),
};

pub static FIELD_NAMES: Method = Method {
    name: "field_names",
    help: "names of the fields",
    params: &[text("query", "*"), text("start", ""), text("end", "")],
    run: |ask, params| {
        let body = ask.endpoint("field_names", args(params, &["query", "start", "end"]))?;
        Ok(names(&body))
    },
};

pub static FIELD_VALUES: Method = Method {
    name: "field_values",
    help: "values of a field, most frequent first",
    params: &[required("field"), text("query", "*"), number("limit", "100"), text("start", ""), text("end", "")],
    run: |ask, params| {
        let mut all = args(params, &["field", "query", "start", "end"]);
        all.push(("limit".into(), params.number("limit").to_string()));
        let body = ask.endpoint("field_values", all)?;
        Ok(names(&body))
    },
};

pub static STREAMS: Method = Method {
    name: "streams",
    help: "log streams with their row counts",
    params: &[text("query", "*"), text("start", ""), text("end", "")],
    run: |ask, params| {
        let mut body = ask.endpoint("streams", args(params, &["query", "start", "end"]))?;
        Ok(body["values"].take())
    },
};

pub static READY: Method =
    Method { name: "ready", help: "whether the dump can be read", params: &[], run: |ask, _| ready(ask) };

fn ready(ask: &mut Ask<'_>) -> Result<Value, StoreError> {
    Ok(ask.rows("*", 1, "", "").is_ok().into())
}

fn args(params: &Params, names: &[&str]) -> Vec<(String, String)> {
    names.iter().map(|name| ((*name).to_owned(), params.text(name))).collect()
}

/// The values of a list, without their counts.
pub fn names(body: &Value) -> Value {
    body["values"].as_array().into_iter().flatten().map(|one| one["value"].clone()).collect()
}
