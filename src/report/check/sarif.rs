//! SARIF 2.1.0, for code scanning: the rules come from the registry, nothing is quoted from a file, and fingerprints
//! depend on rule, path and pointer only.

use super::model::{CheckReport, FileRow, FindingRow};
use crate::auth::findings::{RULES, Rule};
use crate::finding::Severity;
use crate::input::hex;
use crate::report::escape;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// Writes the report as one run.
pub fn write(report: &CheckReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let results: Vec<Value> =
        report.files.iter().flat_map(|file| file.findings.iter().map(|f| result(file, f))).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": RULES.iter().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [invocation(report)],
            "originalUriBaseIds": {
                "SRCROOT": { "description": { "text": "the directory in which the check was run" } },
                "FSROOT": { "uri": "file:///", "description": { "text": "the root of its file system" } },
            },
            "columnKind": "utf16CodeUnits",
            "redactionTokens": ["user#"],
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::from)?;
    out.write_all(escape::json_document(&text).as_bytes())?;
    out.write_all(b"\n")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": sentence(rule.meaning) },
        "fullDescription": { "text": format!("{} {}", sentence(rule.meaning), sentence(rule.why)) },
        "help": { "text": format!("{} {}", sentence(rule.why), sentence(rule.fix)) },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": ["security", rule.class] },
    })
}

fn invocation(report: &CheckReport<'_>) -> Value {
    let missed: Vec<Value> =
        report.missed.iter().map(|text| json!({ "level": "warning", "message": { "text": text.as_str() } })).collect();
    json!({
        "executionSuccessful": true,
        "toolExecutionNotifications": missed,
        "properties": { "asOf": report.scope.as_of, "asOfSource": report.scope.as_of_source },
    })
}

fn result(file: &FileRow<'_>, finding: &FindingRow<'_>) -> Value {
    let index = RULES.binary_search_by(|rule| rule.id.cmp(finding.id)).ok();
    let mut location = json!({ "physicalLocation": { "artifactLocation": artifact(file.path.as_str()) } });
    if let Some(pointer) = finding.pointer {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": pointer, "kind": "member" }]);
    }
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": sentence(finding.message.as_str()) },
        "locations": [location],
        "partialFingerprints": { "authopsy/v1": fingerprint(file.path.as_str(), finding) },
    });
    if !finding.related.is_empty() {
        let related: Vec<Value> = finding
            .related
            .iter()
            .map(|path| json!({ "physicalLocation": { "artifactLocation": artifact(path.as_str()) } }))
            .collect();
        result["relatedLocations"] = related.into();
    }
    if finding.accepted {
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted" }]);
    }
    result
}

/// Every place is relative to a base (SARIF 2.1.0, 3.4.3 and 3.4.4): a relative path to the directory of the run, an absolute one
/// to the root.
fn artifact(path: &str) -> Value {
    let uri: String = path.bytes().map(encoded).collect();
    match uri.strip_prefix('/') {
        Some(below) => json!({ "uri": below.trim_start_matches('/'), "uriBaseId": "FSROOT" }),
        None => json!({ "uri": uri.strip_prefix("./").unwrap_or(&uri), "uriBaseId": "SRCROOT" }),
    }
}

/// Percent encoding of everything that is not plain in a path.
fn encoded(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+');
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

fn fingerprint(path: &str, finding: &FindingRow<'_>) -> String {
    let mut digest = Sha256::new();
    for part in [finding.id, path, finding.pointer.unwrap_or("")] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    hex(&digest.finalize()[..16])
}
