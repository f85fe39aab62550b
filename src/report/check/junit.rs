//! JUnit XML: one suite per directory, one case per file; errors fail, everything else is told in the case's output.
//!
//! Valid by the schema that Jenkins reads with (`junit-10.xsd` of its xunit plugin; `tests/tools/check_formats.py` checks
//! it). A timestamp is `YYYY-MM-DDThh:mm:ss`, without a zone and without parts of a second, as the schema of Apache Ant's
//! report task (`JUnit.xsd`) wants it; a property says which zone it is in. The rest of that older schema is not met: it
//! has no output per case, and asks for a host name and for durations, which would not be the same on every machine.

use super::model::{CheckReport, FileRow, FindingRow};
use crate::finding::Severity;
use crate::report::escape::xml;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the suites in the order of their directories.
pub fn write(report: &CheckReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Vec<&FileRow<'_>>> = BTreeMap::new();
    for file in &report.files {
        let path = file.path.as_str();
        suites.entry(path.rsplit_once('/').map_or(".", |(dir, _)| dir)).or_default().push(file);
    }
    let failing = |file: &&FileRow<'_>| fails(file);
    let failures = report.files.iter().filter(|f| fails(f)).count();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"authopsy check\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">",
        report.files.len()
    )?;
    for (dir, files) in suites {
        let failures = files.iter().copied().filter(failing).count();
        let (name, tests) = (xml(dir), files.len());
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" timestamp=\"{}\">",
            report.scope.as_of.get(..19).unwrap_or(&report.scope.as_of)
        )?;
        writeln!(out, "    <properties>\n      <property name=\"timezone\" value=\"UTC\"/>\n    </properties>")?;
        for file in files {
            case(file, dir, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn is_failure(finding: &FindingRow<'_>) -> bool {
    finding.severity == Severity::Error && !finding.accepted
}

fn fails(file: &FileRow<'_>) -> bool {
    file.findings.iter().any(is_failure)
}

fn case(file: &FileRow<'_>, dir: &str, out: &mut dyn Write) -> io::Result<()> {
    let name = file.path.as_str().rsplit('/').next().unwrap_or("");
    write!(out, "    <testcase classname=\"{}\" name=\"{}\"", xml(dir), xml(name))?;
    if file.findings.is_empty() {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    for finding in file.findings.iter().filter(|f| is_failure(f)) {
        writeln!(out, "      <failure type=\"{}\" message=\"{}\"/>", finding.id, xml(finding.message.as_str()))?;
    }
    let rest: Vec<&FindingRow<'_>> = file.findings.iter().filter(|f| !is_failure(f)).collect();
    if !rest.is_empty() {
        writeln!(out, "      <system-out>")?;
        for finding in rest {
            writeln!(out, "{} {}: {}", finding.severity, finding.id, xml(finding.message.as_str()))?;
        }
        writeln!(out, "      </system-out>")?;
    }
    writeln!(out, "    </testcase>")
}
