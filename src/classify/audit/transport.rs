//! Failures of the connection to the upstream, by the words of the error.

use crate::classify::Judgement;
use crate::classify::classes::{self as c, Class};
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
    const SUBTYPES: [(&str, &str); 7] = [
        ("has expired or is not yet valid", "validity-time"),
        ("unknown authority", "unknown-ca"),
        ("is valid for", "name-mismatch"),
        ("not valid for any names", "name-mismatch"),
        ("certificate required", "client-cert-required"),
        ("bad certificate", "client-cert-required"),
        ("protocol version", "protocol"),
    ];
    let subtype = SUBTYPES.iter().find(|(text, _)| error.contains(text)).map_or("handshake", |(_, subtype)| subtype);
    local(&c::TLS, subtype)
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
