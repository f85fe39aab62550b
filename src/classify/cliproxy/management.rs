//! Lines of the management API.

use super::What;
use super::template::{Template, cut};

pub const TEMPLATES: &[Template] = &[
    Template {
        prefix: "management auth rejected: ",
        means: "the exact reason why a management key was refused",
        rows: &[2],
        read: |_, rest| {
            let value = |name: &str| {
                let at = rest.find(name)? + name.len();
                rest[at..].split([' ', '"']).next()
            };
            let reason = rest.split_once("err=\"").map_or("", |(_, r)| r.trim_end_matches('"'));
            Some(What::KeyRefused {
                client: value("clientIP=")?.into(),
                provided: value("providedLen=").and_then(|n| n.parse().ok()).unwrap_or(0),
                status: value("status=")?.parse().ok()?,
                reason: cut(reason),
            })
        },
    },
    Template {
        prefix: "management routes registered after secret key configuration",
        means: "management is on since the start",
        rows: &[3],
        read: |_, _| Some(What::RoutesOn),
    },
    Template {
        prefix: "management routes enabled",
        means: "management was switched on",
        rows: &[3],
        read: |_, _| Some(What::RoutesOn),
    },
    Template {
        prefix: "management routes disabled after secret key removal",
        means: "management was switched off",
        rows: &[3],
        read: |_, _| Some(What::RoutesOff),
    },
];

#[cfg(test)]
mod tests {
    use super::super::testing::what;
    use super::*;

    #[test]
    fn the_reason_of_a_refused_key() {
        let line = what(
            r#"[2026-02-21 00:30:05] [--------] [debug] [handler.go:214] management auth rejected: clientIP=198.51.100.36 localClient=false allowRemote=true secretHashSet=true envSecretSet=false providedLen=19 status=401 err="invalid management key""#,
        );
        assert_eq!(
            line,
            Some(What::KeyRefused {
                client: "198.51.100.36".into(),
                provided: 19,
                status: 401,
                reason: "invalid management key".into()
            })
        );
    }
}
