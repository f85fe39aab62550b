//! Accepted findings: a file of fingerprints that a team has looked at, each with a reason and an end.
