"""Holds the outputs of `authopsy check` against the schemas of their formats.

    check_formats.py SARIF.json sarif-schema-2.1.0.json JUNIT.xml junit.xsd...

The schemas are not part of this repository: OASIS publishes the one of SARIF 2.1.0, the xunit plugin of Jenkins
`junit-10.xsd`, Apache Ant's report task `JUnit.xsd`. Needed are the packages jsonschema and lxml.
"""
import json, sys
import jsonschema
from lxml import etree

sarif, schema, junit, *xsds = sys.argv[1:]
document = json.load(open(sarif, encoding="utf-8"))
rules = json.load(open(schema, encoding="utf-8"))
kind = jsonschema.validators.validator_for(rules)
faults = list(kind(rules, format_checker=kind.FORMAT_CHECKER).iter_errors(document))
for fault in faults[:20]:
    print("sarif:", "/".join(map(str, fault.absolute_path)), fault.message[:200])
assert not faults, f"{len(faults)} faults"
results = sum(len(run["results"]) for run in document["runs"])
print(f"sarif: valid, {results} results")
tree = etree.parse(junit)
for xsd in xsds:
    etree.XMLSchema(etree.parse(xsd)).assertValid(tree)
    print(f"junit: valid by {xsd.rsplit('/', 1)[-1]}, {len(tree.findall('.//testcase'))} cases")
