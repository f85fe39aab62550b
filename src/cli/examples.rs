//! Examples of every command: what `--help` and the manual pages print, and what a test runs.

/// One example.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The command it belongs to.
    pub command: &'static str,
    /// What it is for, as a fragment.
    pub purpose: &'static str,
    /// The line a user would type, quoted as a shell wants it. Paths stand for the user's own.
    pub line: &'static str,
}

macro_rules! examples {
    ($($command:literal: $($purpose:literal => $line:literal),+;)+) => {
        &[$($(Example { command: $command, purpose: $purpose, line: $line }),+),+]
    };
}

/// Every example, by command.
pub const EXAMPLES: &[Example] = examples! {
    "triage":
        "why did it fail?" => "authopsy triage dump.ndjson",
        "one host, as a ticket" => "authopsy triage dump.ndjson --host api.billfold.example --format markdown",
        "with the credential files, as a page to send" => "authopsy triage dump.ndjson --auths auths --format html -o report.html",
        "labels of secrets that can be compared with other reports" => "authopsy triage dump.ndjson --fp-key-file pepper.key",
        "from a script, with the speed afterwards" => "authopsy triage dump.ndjson -o report.txt --verbose";
    "events":
        "the table behind the report" => "authopsy events dump.ndjson --format csv",
        "for a Timesketch timeline" => "authopsy events dump.ndjson --format timesketch",
        "joined with other tables by their secrets" => "authopsy events dump.ndjson --fp-key-file pepper.key --quiet";
    "check":
        "one verdict per credential file" => "authopsy check auths",
        "in a pipeline: fail when a login is about to lapse" => "authopsy check auths --warn-within 2d --format junit",
        "with local times" => "authopsy check auths --tz Europe/Berlin";
    "query":
        "rows as the store would answer" => "authopsy query '_msg:forbidden | fields _time, _msg' dump.ndjson",
        "count by host" => "authopsy query '* | stats by (audit.host) count() n' dump.ndjson";
    "api":
        "the body that the store would send" => "authopsy api '/select/logsql/hits?query=*&step=1h' dump.ndjson";
    "vlogs":
        "a method of the live tool" => "authopsy vlogs query '{\"query\":\"error\"}' --dump dump.ndjson",
        "which methods there are" => "authopsy vlogs discover";
    "fields":
        "which fields a dump has" => "authopsy fields dump.ndjson";
    "values":
        "the statuses that were seen" => "authopsy values audit.status_code dump.ndjson";
    "streams":
        "the log streams" => "authopsy streams dump.ndjson";
    "hits":
        "rows per hour" => "authopsy hits dump.ndjson --step 1h";
    "facets":
        "frequent values of every field" => "authopsy facets dump.ndjson";
    "redact":
        "a dump that is safe to hand on" => "authopsy redact dump.ndjson -o safe.ndjson",
        "labels that can be compared with other dumps" => "authopsy redact dump.ndjson -o safe.ndjson --fp-key-file pepper.key";
    "verify":
        "is the report what the dump says?" => "authopsy verify report.json dump.ndjson",
        "a report made with a key" => "authopsy verify report.json dump.ndjson --fp-key-file pepper.key";
    "show":
        "one evidence record with its context" => "authopsy show b5c4b38f00cd:49560+412 dump.ndjson";
    "diff":
        "did the fix work?" => "authopsy diff before.json after.json",
        "as a ticket" => "authopsy diff before.json after.json --format markdown";
    "convert":
        "a dump as Parquet" => "authopsy convert dump.ndjson -o tables",
        "one folder per hour" => "authopsy convert dump.ndjson -o tables --partition hour";
    "explain":
        "everything that has an id" => "authopsy explain",
        "one class" => "authopsy explain upstream.token-invalid",
        "a row of the symptom table" => "authopsy explain row4";
    "completions":
        "for this shell session" => "source <(authopsy completions bash)";
    "man":
        "read the manual" => "authopsy man pages && man ./pages/authopsy-triage.1";
};

/// The foot of a command's help.
pub fn help(command: &str) -> String {
    let mut out = String::from("Examples:");
    for example in EXAMPLES.iter().filter(|e| e.command == command) {
        out.push_str(&format!("\n  # {}\n  {}", example.purpose, example.line));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    /// Words of a line, quotes taken away as a shell would.
    fn words(line: &str) -> Vec<String> {
        let (mut out, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
        for c in line.chars() {
            match c {
                '\'' => (quoted, any) = (!quoted, true),
                ' ' if !quoted => {
                    if any {
                        out.push(std::mem::take(&mut word));
                    }
                    any = false;
                }
                c => {
                    word.push(c);
                    any = true;
                }
            }
        }
        if any {
            out.push(word);
        }
        out
    }

    #[test]
    fn every_command_has_an_example_and_every_example_a_command() {
        let commands: Vec<String> = command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
        for name in &commands {
            assert!(EXAMPLES.iter().any(|e| e.command == name), "{name}");
        }
        for example in EXAMPLES {
            assert!(commands.iter().any(|name| name == example.command), "{}", example.command);
            assert!(example.line.contains(&format!("authopsy {}", example.command)), "{}", example.line);
        }
    }

    #[test]
    fn examples_parse() {
        for example in EXAMPLES {
            let line = example
                .line
                .split(" && ")
                .next()
                .unwrap_or_default()
                .trim_start_matches("source <(")
                .trim_end_matches(')');
            // A command without arguments of its own yet is a stub and has nothing to parse.
            let stub = command().find_subcommand(example.command).is_some_and(|c| c.get_arguments().next().is_none());
            if !stub {
                let parsed = command().try_get_matches_from(words(line));
                assert!(parsed.is_ok(), "{line}: {}", parsed.err().map(|e| e.to_string()).unwrap_or_default());
            }
        }
    }
}
