//! The published JSON Schemas, and the small checker that holds every report against them.
//!
//! The checker knows the keywords that our schemas use, no more, and refuses a schema with any other: it is for tests and
//! for `testdata/schema/`, not for schemas in general.

use serde_json::Value;

/// Schema of `triage --format json`.
pub const REPORT: &str = include_str!("../../testdata/schema/report-1.schema.json");
/// Schema of `check --format json`.
pub const CHECK: &str = include_str!("../../testdata/schema/check-1.schema.json");
/// The part of OCSF that event rows use.
pub const OCSF: &str = include_str!("../../testdata/schema/ocsf-1.3.0.schema.json");

/// What is wrong with a document: one line per fault, with its JSON pointer.
pub fn faults(schema: &str, document: &Value) -> Vec<String> {
    let root: Value = serde_json::from_str(schema).expect("a published schema is JSON");
    let mut faults = Vec::new();
    check(&root, &root, document, "", &mut faults);
    faults
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else { return };
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$ref" => match rule.as_str().and_then(|r| root.pointer(r.trim_start_matches('#'))) {
                Some(target) => check(root, target, value, at, faults),
                None => faults.push(format!("{at}: the schema names {rule}, which is not there")),
            },
            "properties" => properties(root, rule, value, at, faults),
            "additionalProperties" => additional(root, schema, rule, value, at, faults),
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}/{n}"), faults);
                }
            }
            "allOf" => rule.as_array().into_iter().flatten().for_each(|s| check(root, s, value, at, faults)),
            "anyOf" => {
                if !rule.as_array().into_iter().flatten().any(|s| fits(root, s, value)) {
                    faults.push(format!("{at}: fits no alternative"));
                }
            }
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            _ => simple(keyword, rule, value, at, faults),
        }
    }
}

fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut faults = Vec::new();
    check(root, schema, value, "", &mut faults);
    faults.is_empty()
}

fn properties(root: &Value, rule: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (key, schema) in rule.as_object().into_iter().flatten() {
        if let Some(member) = value.get(key) {
            check(root, schema, member, &format!("{at}/{key}"), faults);
        }
    }
}

fn additional(root: &Value, schema: &Value, rule: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (key, member) in value.as_object().into_iter().flatten() {
        if schema.pointer("/properties").and_then(|p| p.get(key)).is_some() {
            continue;
        }
        match rule {
            Value::Bool(false) => faults.push(format!("{at}/{key}: not in the schema")),
            Value::Bool(true) => {}
            rule => check(root, rule, member, &format!("{at}/{key}"), faults),
        }
    }
}

/// Keywords about one value without looking further into the schema.
fn simple(keyword: &str, rule: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let holds = match keyword {
        "type" => match rule {
            Value::Array(types) => types.iter().any(|t| is_type(t, value)),
            one => is_type(one, value),
        },
        "const" => rule == value,
        "enum" => rule.as_array().is_some_and(|words| words.contains(value)),
        "required" => rule
            .as_array()
            .into_iter()
            .flatten()
            .all(|key| !value.is_object() || value.get(key.as_str().unwrap_or("")).is_some()),
        "pattern" => value.as_str().is_none_or(|text| {
            regex::Regex::new(rule.as_str().unwrap_or("")).expect("a published pattern compiles").is_match(text)
        }),
        "minimum" => value.as_i64().is_none_or(|n| rule.as_i64().is_some_and(|least| n >= least)),
        "maximum" => value.as_i64().is_none_or(|n| rule.as_i64().is_some_and(|most| n <= most)),
        "minLength" => {
            value.as_str().is_none_or(|t| rule.as_u64().is_some_and(|least| t.chars().count() as u64 >= least))
        }
        "maxItems" => value.as_array().is_none_or(|a| rule.as_u64().is_some_and(|most| a.len() as u64 <= most)),
        _ => false,
    };
    if !holds {
        let mut text = value.to_string();
        text.truncate(text.char_indices().nth(80).map_or(text.len(), |(n, _)| n));
        faults.push(format!("{at}: {keyword} {rule}: {text}"));
    }
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::events::{self, Row};
    use crate::report::{Format, RenderOptions, render, sample};

    #[test]
    fn reports_fit_their_schema() {
        for report in [sample::full(), sample::none_found(), sample::hostile("\u{1b}[31m|`<b>")] {
            let bytes = render(&report, Format::Json, &RenderOptions::default());
            let document: Value = serde_json::from_slice(&bytes).expect("json");
            assert_eq!(faults(REPORT, &document), Vec::<String>::new());
        }
    }

    #[test]
    fn keys_stand_in_the_order_of_the_schema() {
        let bytes = render(&sample::full(), Format::Json, &RenderOptions::default());
        let document: Value = serde_json::from_slice(&bytes).expect("json");
        let schema: Value = serde_json::from_str(REPORT).expect("json");
        let order = |pointer: &str, value: &Value| -> Vec<String> {
            value.pointer(pointer).and_then(Value::as_object).map(|o| o.keys().cloned().collect()).unwrap_or_default()
        };
        assert_eq!(order("", &document), order("/properties", &schema));
        assert_eq!(order("/findings/0", &document), order("/$defs/finding/properties", &schema));
    }

    #[test]
    fn faults_are_found() {
        let mut document: Value =
            serde_json::from_slice(&render(&sample::full(), Format::Json, &RenderOptions::default())).expect("json");
        document["findings"][0]["count"] = (-1).into();
        document["verdict"]["confidence"] = "certain".into();
        document["surprise"] = true.into();
        document.as_object_mut().expect("object").remove("manifest");
        let found = faults(REPORT, &document);
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(faults("{\"oneOf\": []}", &document).len(), 1, "an unknown keyword is refused");
    }

    #[test]
    fn ocsf_rows_fit_the_pinned_schema() {
        let events = events::tests::events();
        for event in &events {
            let text = events::ocsf::row(&Row::new(event, &["b5c4b38f00cda911".into()]));
            let document: Value = serde_json::from_str(&text).expect("json");
            assert_eq!(faults(OCSF, &document), Vec::<String>::new());
        }
    }
}
