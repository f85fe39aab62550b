//! `authopsy verify`: re-derive every figure of a report from its dumps.

use super::args::{FileArgs, KeyArgs, ReadArgs};
use super::triage::{KEY_ID, SelectArgs};
use super::{CliError, Exit, Io, beside};
use crate::record::time::{self, Nanos, SECOND};
use crate::redact::{self, Redactor};
use crate::report::escape;
use crate::report::page::grouped;
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;

/// Arguments of `authopsy verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The report, as JSON
    #[arg(value_name = "REPORT.json")]
    pub report: PathBuf,
    /// Dumps or directories it was made from, in any place and under any name
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// A selector whose value the report shows as a label, because a secret stood in it, has to be given again
    #[command(flatten)]
    pub select: SelectArgs,
    #[command(flatten)]
    pub key: KeyArgs,
    #[command(flatten)]
    pub read: ReadArgs,

    #[command(flatten)]
    pub files: FileArgs,
}

/// The largest report that is read.
const BYTES_MAX: usize = 256 << 20;

/// Runs the command. Exit 0: every figure is the same; 1: the first difference is named.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    let path = args.report.display();
    let bytes = beside::read_given(&args.report, BYTES_MAX)?;
    let recorded: Value = serde_json::from_slice(&bytes).map_err(|e| {
        CliError::Usage(format!("cannot read {path}: line {} column {}: not json", e.line(), e.column()))
    })?;
    if recorded["schema"] != "authopsy.report/1" {
        return Err(CliError::Usage(format!("cannot verify {path}: its schema is not authopsy.report/1")));
    }
    same_key(args, &recorded)?;
    let (derived, exit) = derive(args, &recorded, io)?;
    let mut complaints = inputs_differ(&recorded, &derived);
    let derived = renamed(derived, &recorded);
    if let Some(difference) = first_difference(&recorded, &derived, &mut String::new()) {
        complaints.push(difference);
    }
    if complaints.is_empty() {
        let (figures, count) = (grouped(leaves(&derived) as u64), inputs(&derived).len());
        let inputs = if count == 1 { "input" } else { "inputs" };
        writeln!(io.stdout, "equal: {figures} values of {path} re-derived from {count} {inputs}")?;
        return Ok(exit);
    }
    for complaint in complaints {
        let safe = Redactor::new().text(&complaint);
        writeln!(io.stdout, "differs: {}", escape::terminal(safe.as_str()))?;
    }
    Ok(Exit::Findings)
}

/// Without the key that made the labels no label is the same, whatever the dumps hold.
fn same_key(args: &Args, recorded: &Value) -> Result<(), CliError> {
    let path = args.report.display();
    let given = args.key.read()?.map(|key| key.id());
    match (recorded["manifest"]["options"][KEY_ID].as_str(), given.as_deref()) {
        (Some(made), None) => Err(CliError::Usage(format!(
            "cannot verify {path}: its labels are fingerprints of the key {made}: give it with --fp-key-file"
        ))),
        (Some(made), Some(given)) if made != given => Err(CliError::Usage(format!(
            "cannot verify {path}: its labels are fingerprints of the key {made}, --fp-key-file holds the key {given}"
        ))),
        (None, Some(_)) => {
            Err(CliError::Usage(format!("cannot verify {path}: it was made without a key, so leave --fp-key-file out")))
        }
        _ => Ok(()),
    }
}

/// Makes the report again with the recorded options over the inputs at hand.
fn derive(args: &Args, recorded: &Value, io: &mut Io<'_>) -> Result<(Value, Exit), CliError> {
    let mut line: Vec<OsString> = vec!["authopsy".into(), "triage".into()];
    line.extend(args.inputs.iter().map(Into::into));
    line.extend(recorded_options(args, recorded)?.into_iter().map(Into::into));
    let key = args.key.fp_key_file.iter().map(|path| ("--fp-key-file", path));
    line.extend(args.files.named().chain(key).flat_map(|(name, path)| [name.into(), path.into()]));
    let threads = args.read.threads.to_string();
    line.extend(["--format", "json", "--threads", &threads].map(Into::into));
    line.extend(["--io", if args.read.io == super::args::IoMode::Map { "map" } else { "read" }].map(Into::into));
    let hash = recorded["manifest"]["options"]["hash"].as_str().unwrap_or("sha256");
    line.push(format!("--hash={hash}").into());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let epoch = (as_of_source(recorded) == Some("environment")).then(|| as_of(recorded)).flatten();
    let terminal = super::Terminal { source_date_epoch: epoch.map(|at| Ok(at / SECOND)), ..io.terminal.clone() };
    let exit =
        super::run(line, &mut Io { stdin: &mut std::io::empty(), stdout: &mut stdout, stderr: &mut stderr, terminal });
    let derived = serde_json::from_slice(&stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&stderr).trim().trim_start_matches("authopsy: ").to_owned();
        CliError::Evidence(format!("cannot derive the report again: {said}"))
    })?;
    Ok((derived, exit))
}

/// Options that select what a report is about. Others are not taken from a report: it may come from anyone, and must not
/// make this program write or read a file of its choosing.
const RECORDED: &[&str] = &[
    "--host",
    "--thread",
    "--execution",
    "--pod",
    "--service",
    "--tool",
    "--integration",
    "--identity",
    "--query",
    "--start",
    "--end",
    "--as-of",
];

/// Options that name files beside the dumps. The files may have moved, so they are given anew.
const BESIDE: &[&str] = &["--auths", "--before", "--config", "--saved"];

/// The options of the recorded command line, and the instant it took for now. A value that the report could not keep,
/// as it held a secret, is taken from our own command line.
fn recorded_options(args: &Args, recorded: &Value) -> Result<Vec<String>, CliError> {
    let mut given = args.select.given();
    let argv: Vec<&str> =
        recorded["manifest"]["argv"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let options = argv.iter().position(|arg| arg.starts_with("--")).unwrap_or(argv.len());
    let mut out: Vec<String> = Vec::new();
    for pair in argv[options..].chunks(2) {
        let [name, value] = pair else {
            return Err(CliError::Usage(format!("cannot verify: the recorded option {} has no value", pair[0])));
        };
        // What the examiner said of the case is copied from the report.
        if *name == "--case" {
            continue;
        }
        if BESIDE.contains(name) {
            if args.files.named().all(|(given, _)| given != *name) {
                return Err(CliError::Usage(format!(
                    "cannot verify: the report was made with {name} {value}: give it again with {name}"
                )));
            }
            continue;
        }
        if !RECORDED.contains(name) {
            return Err(CliError::Usage(format!(
                "cannot verify: the recorded command line has {name}, which selects nothing"
            )));
        }
        let again = given.iter().position(|(option, _)| option == name).map(|at| given.remove(at).1);
        let value = match (redact::holds_label(value), again) {
            (false, None) => *value,
            (true, Some(again)) => again,
            (true, None) => {
                return Err(CliError::Usage(format!(
                    "cannot verify: a secret stood in the recorded {name}, so the report only holds {value}: give it again with {name}"
                )));
            }
            (false, Some(_)) => {
                return Err(CliError::Usage(format!(
                    "cannot verify: the report holds its {name}, so leave {name} out"
                )));
            }
        };
        // One word, so that no value is taken for an option.
        out.push(format!("{name}={value}"));
    }
    if let Some((name, _)) = given.first() {
        return Err(CliError::Usage(format!("cannot verify: the report was made without {name}, so leave {name} out")));
    }
    let told = as_of_source(recorded).is_some() || out.iter().any(|o| o.starts_with("--as-of="));
    if let (false, Some(as_of)) = (told, recorded["scope"]["as_of"].as_str()) {
        out.push(format!("--as-of={as_of}"));
    }
    Ok(out)
}

/// What a report over files beside the dumps took its instant from: it says so, and has to say it again.
fn as_of_source(recorded: &Value) -> Option<&str> {
    recorded["auth_files"]["scope"]["as_of_source"].as_str()
}

fn as_of(recorded: &Value) -> Option<Nanos> {
    time::parse(recorded["scope"]["as_of"].as_str()?)
}

fn inputs(report: &Value) -> &[Value] {
    report["scope"]["inputs"].as_array().map_or(&[], Vec::as_slice)
}

/// Inputs whose digests are not those of the report, named.
fn inputs_differ(recorded: &Value, derived: &Value) -> Vec<String> {
    let digest = |input: &Value| input["sha256"].as_str().unwrap_or_default().to_owned();
    let name = |input: &Value| input["name"].as_str().unwrap_or_default().to_owned();
    let (old, new): (Vec<String>, Vec<String>) =
        (inputs(recorded).iter().map(digest).collect(), inputs(derived).iter().map(digest).collect());
    let mut out = Vec::new();
    for (index, input) in inputs(recorded).iter().enumerate().filter(|(_, i)| !new.contains(&digest(i))) {
        let now = inputs(derived).get(index).map_or("absent".to_owned(), |i| format!("{} in {}", digest(i), name(i)));
        out.push(format!("{}: recorded digest {}, now {now}", name(input), digest(input)));
    }
    for input in
        inputs(derived).iter().filter(|i| !old.contains(&digest(i)) && inputs(derived).len() > inputs(recorded).len())
    {
        out.push(format!("{}: not among the recorded inputs", name(input)));
    }
    out
}

/// The derived report with inputs named as they were recorded, matched by digest: a dump may have moved.
fn renamed(mut derived: Value, recorded: &Value) -> Value {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let names: Vec<(String, String)> = inputs(&derived)
        .iter()
        .filter_map(|new| {
            let old = inputs(recorded).iter().find(|old| old["sha256"] == new["sha256"])?;
            Some((text(&new["name"]), text(&old["name"])))
        })
        .collect();
    rename(&mut derived, &names);
    // The command line is an input of the derivation, and the paths in it are those of the first run.
    derived["manifest"]["argv"] = recorded["manifest"]["argv"].clone();
    // What the examiner said of the case follows from no dump.
    if let (Some(manifest), Some(case)) = (derived["manifest"].as_object_mut(), recorded["manifest"].get("case")) {
        manifest.insert("case".to_owned(), case.clone());
    }
    derived
}

fn rename(value: &mut Value, names: &[(String, String)]) {
    match value {
        Value::String(text) => {
            if let Some((_, old)) = names.iter().find(|(new, _)| new == text) {
                old.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| rename(v, names)),
        Value::Object(map) => map.values_mut().for_each(|v| rename(v, names)),
        _ => {}
    }
}

/// The first place, in document order, where two reports say different things.
fn first_difference(old: &Value, new: &Value, at: &mut String) -> Option<String> {
    let depth = at.len();
    match (old, new) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|k| !a.contains_key(*k)));
            for key in keys {
                at.push_str(&format!("/{key}"));
                let found = match (a.get(key), b.get(key)) {
                    (Some(x), Some(y)) => first_difference(x, y, at),
                    (x, y) => Some(difference(at, x, y)),
                };
                at.truncate(depth);
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                at.push_str(&format!("/{index}"));
                let found = match (a.get(index), b.get(index)) {
                    (Some(x), Some(y)) => first_difference(x, y, at),
                    (x, y) => Some(difference(at, x, y)),
                };
                at.truncate(depth);
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        (a, b) if a == b => None,
        (a, b) => Some(difference(at, Some(a), Some(b))),
    }
}

fn difference(at: &str, old: Option<&Value>, new: Option<&Value>) -> String {
    let brief = |v: Option<&Value>| match v {
        None => "absent".to_owned(),
        Some(v) => {
            let text = v.to_string();
            let short: String = text.chars().take(120).collect();
            if short.len() < text.len() { format!("{short}…") } else { short }
        }
    };
    format!("{at}: recorded {}, derived {}", brief(old), brief(new))
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(map) => map.values().map(leaves).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_a_place() {
        let (old, new) = (json!({"a": [1, {"b": 2}], "c": 3}), json!({"a": [1, {"b": 4}], "c": 5}));
        assert_eq!(first_difference(&old, &new, &mut String::new()).as_deref(), Some("/a/1/b: recorded 2, derived 4"));
        assert_eq!(first_difference(&old, &old, &mut String::new()), None);
        let gone = first_difference(&json!({"a": 1}), &json!({}), &mut String::new());
        assert_eq!(gone.as_deref(), Some("/a: recorded 1, derived absent"));
    }
}
