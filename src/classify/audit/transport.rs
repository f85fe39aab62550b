//! Failures of the connection to the upstream, by the words of the error.

use crate::classify::Judgement;
use crate::classify::classes::{self as c, Class};
use crate::classify::vocabulary::{self, Place};
use crate::finding::{Confidence, Origin};

/// The text speaks of TLS or certificates.
pub fn is_tls(error: &str) -> bool {
    error.contains("x509") || error.contains("tls:") || error.contains("tls error") || error.contains("certificate")
}

fn local(class: &'static Class, subtype: &'static str) -> Judgement {
    Judgement::new(class, Origin::LocalProxy, Confidence::Confirmed).of_kind(subtype)
}

/// Sub-types of a TLS failure. Both directions of a wrong validity time are kept apart from the rest: a clock may be off.
pub fn tls(error: &str) -> Judgement {
    if error.contains("has expired or is not yet valid") {
        return local(&c::TLS, "validity-time");
    }
    // An error of the connection, as a client of the proxy sees it.
    let known = vocabulary::look_up(error, Place::Resource(502)).filter(|meaning| meaning.0.classes[0] == &c::TLS);
    local(&c::TLS, known.and_then(|meaning| meaning.0.subtype).unwrap_or("handshake"))
}

/// Sub-types of a failed connection.
pub fn network(error: &str) -> Judgement {
    const SUBTYPES: [(&str, &str); 10] = [
        ("no such host", "dns"),
        ("no route to host", "unreachable"),
        ("server misbehaving", "dns"),
        ("lookup ", "dns"),
        ("connection refused", "refused"),
        ("connection reset", "reset"),
        ("broken pipe", "reset"),
        ("unreachable", "unreachable"),
        ("EOF", "reset"),
        ("proxyconnect", "proxy-connect"),
    ];
    if error.contains("timeout") || error.contains("deadline exceeded") {
        return local(&c::TIMEOUT, "deadline");
    }
    match SUBTYPES.iter().find(|(text, _)| error.contains(text)) {
        Some((_, subtype)) => local(&c::CONNECT, subtype),
        None => local(&c::GATEWAY_ERROR, "transport"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshakes_fail_in_several_ways() {
        for (error, subtype) in [
            ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "unknown-ca"),
            ("x509: certificate has expired or is not yet valid: current time is later", "validity-time"),
            ("x509: certificate is valid for a.example, not b.example", "name-mismatch"),
            ("x509: certificate is not valid for any names, but wanted to match b.example", "name-mismatch"),
            ("remote error: tls: unrecognized name", "name-mismatch"),
            ("tls: first record does not look like a TLS handshake", "protocol"),
            ("remote error: tls: protocol version not supported", "protocol"),
            ("tls: server selected unsupported protocol version 301", "protocol"),
            ("remote error: tls: certificate required", "client-cert-required"),
            ("remote error: tls: bad certificate", "client-cert-required"),
            ("remote error: tls: unknown certificate authority", "client-cert-required"),
            ("remote error: tls: handshake failure", "handshake"),
            ("tls: something of tomorrow", "handshake"),
        ] {
            let told = tls(error);
            assert_eq!((told.class.label, told.subtype), ("avail.tls", Some(subtype)), "{error}");
        }
    }

    #[test]
    fn connections_fail_in_several_ways() {
        for (error, class, subtype) in [
            ("dial tcp 10.0.0.1:443: connect: no route to host", "avail.connect", "unreachable"),
            ("dial tcp 10.0.0.1:443: connect: network is unreachable", "avail.connect", "unreachable"),
            ("dial tcp 10.0.0.1:443: connect: connection refused", "avail.connect", "refused"),
            ("dial tcp: lookup x.example: no such host", "avail.connect", "dns"),
            ("net/http: timeout awaiting response headers", "avail.timeout", "deadline"),
            ("something else", "avail.gateway-error", "transport"),
        ] {
            let told = network(error);
            assert_eq!((told.class.label, told.subtype), (class, Some(subtype)), "{error}");
        }
    }
}
