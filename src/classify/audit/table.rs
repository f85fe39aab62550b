//! The decision table: one row of data per rule, evaluated top down.

use super::Audit;
use super::transport::{is_tls, network, tls};
use crate::classify::classes::{self as c, Class};
use crate::classify::secrets;
use crate::classify::{Decided, Judgement};
use crate::finding::{Confidence, Origin, Role};

/// How a rule gets its outcome.
pub enum Then {
    Fixed(&'static Class, Option<&'static str>, Origin, Confidence),
    By(fn(&Audit<'_>) -> Judgement),
    /// No failure: nothing is kept.
    Healthy,
}

/// One row of the decision table.
pub struct Rule {
    pub row: Decided,
    pub title: &'static str,
    pub test: fn(&Audit<'_>) -> bool,
    pub then: Then,
}

use Confidence::{Confirmed, Likely, Possible};
use Origin::{LocalProxy, Upstream};

/// The decision table. Several rules may come to one decision.
pub static RULES: &[Rule] = &[
    Rule {
        row: Decided::NoFailure,
        title: "not a failure",
        test: |a| matches!(&*a.action, "client_cancel" | "stub"),
        then: Then::Healthy,
    },
    Rule {
        row: Decided::NotReady,
        title: "proxy not ready",
        test: |a| {
            a.rejects()
                && (a.rejector() == "ready" || a.traces.reason.as_deref() == Some("awaiting_control_plane_config"))
        },
        then: Then::Fixed(&c::NOT_READY, None, LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::SecretClosed,
        title: "secret resolution, closed",
        test: |a| {
            a.rejects()
                && (a.traces.reject_reason.as_deref() == Some("secret_unavailable")
                    || a.traces.rejected.as_deref() == Some("credential_unavailable"))
        },
        then: Then::By(|a| secrets::secret(a.traces.error.as_deref().unwrap_or_default())),
    },
    Rule {
        row: Decided::SecretClosed,
        title: "secret resolution, told by the message",
        test: |a| a.unfetched && (a.rejects() || a.errs()),
        then: Then::By(|a| secrets::secret(&a.error)),
    },
    Rule {
        row: Decided::Placeholder,
        title: "placeholder missing",
        test: |a| a.rejects() && a.rejector() == "secrets" && a.traces.rejected.is_some(),
        then: Then::Fixed(&c::POLICY_REJECT, Some("placeholder"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::MintClosed,
        title: "token mint, closed",
        test: |a| a.rejects() && a.traces.rejected.as_deref() == Some("token_unavailable"),
        then: Then::By(|a| a.token()),
    },
    Rule {
        row: Decided::Policy,
        title: "egress allowlist",
        test: |a| a.rejects() && a.rejector() == "allowlist",
        then: Then::Fixed(&c::ALLOWLIST_DENY, None, LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::Policy,
        title: "caller without a login at the proxy",
        test: |a| a.rejects() && a.status == 407 && a.rejector().is_empty() && !a.response_refused,
        then: Then::Fixed(&c::CLIENT_KEY, None, LocalProxy, Confirmed),
    },
    Rule { row: Decided::Policy, title: "local policy", test: |a| a.rejects(), then: Then::By(policy) },
    Rule {
        row: Decided::EgressGuard,
        title: "egress IP guard",
        test: |a| a.errs() && a.error.contains("denied by upstream_deny_cidrs"),
        then: Then::Fixed(&c::POLICY_REJECT, Some("egress-ip"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::GatewaySecret,
        title: "secret resolution, gateway",
        test: |a| a.errs() && a.error.starts_with("gateway credential"),
        then: Then::By(|a| secrets::secret(&a.error)),
    },
    Rule {
        row: Decided::LocalError,
        title: "local transform error",
        test: |a| a.errs() && a.transform_fault().is_some(),
        then: Then::Fixed(&c::GATEWAY_ERROR, Some("transform"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::LocalError,
        title: "malformed at the door",
        test: |a| a.errs() && (a.status == 400 || a.error.contains("missing sni")),
        then: Then::Fixed(&c::REQUEST_INVALID, Some("handshake"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::LocalError,
        title: "credential that no header can hold",
        test: |a| a.errs() && a.is_unwritable(),
        then: Then::Fixed(&c::VALUE_MALFORMED, Some("whitespace"), LocalProxy, Confirmed),
    },
    Rule { row: Decided::Tls, title: "TLS", test: |a| a.errs() && is_tls(&a.error), then: Then::By(|a| tls(&a.error)) },
    Rule { row: Decided::Network, title: "network", test: |a| a.errs(), then: Then::By(|a| network(&a.error)) },
    Rule {
        row: Decided::Tunnel,
        title: "tunnel opened without a credential",
        test: |a| a.tunnel && a.status < 400 && a.lacks_credential(),
        then: Then::By(|_| Judgement {
            class: &c::FAIL_OPEN,
            subtype: None,
            origin: Origin::SecretStore,
            role: Role::Precursor,
            confidence: Confirmed,
        }),
    },
    Rule { row: Decided::Tunnel, title: "tunnel opened", test: |a| a.tunnel && a.status < 400, then: Then::Healthy },
    Rule {
        row: Decided::SecretOpen,
        title: "secret resolution, open",
        test: |a| a.denied() && !a.traces.unavailable.is_empty(),
        then: Then::By(|a| Judgement {
            class: &c::FAIL_OPEN,
            subtype: None,
            origin: Origin::SecretStore,
            role: Role::Root,
            confidence: if a.traces.attached.is_empty() { Likely } else { Possible },
        }),
    },
    Rule {
        row: Decided::MintOpen,
        title: "token missing, open",
        test: |a| a.denied() && a.traces.skipped_by.is_some(),
        then: Then::By(|a| a.token()),
    },
    Rule {
        row: Decided::Attached,
        title: "login wanted by a proxy on the way, credential for the upstream attached",
        test: |a| a.status == 407 && a.attached(),
        then: Then::Fixed(&c::CREDENTIAL_MISSING, Some("proxy-login"), Upstream, Possible),
    },
    Rule {
        row: Decided::Attached,
        title: "upstream denial, credential attached",
        test: |a| a.says(&c::TOKEN_INVALID) && a.attached(),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Attached,
        title: "upstream refusal, credential attached",
        test: |a| a.says(&c::FORBIDDEN_UNSPECIFIED) && a.attached(),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Attached,
        title: "payment required, credential attached",
        test: |a| a.says(&c::ENTITLEMENT_MISSING) && a.attached(),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Attached,
        title: "unavailable for legal reasons, credential attached",
        test: |a| a.says(&c::GEO_BLOCKED) && a.attached(),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "login wanted by a proxy on the way",
        test: |a| a.status == 407,
        then: Then::Fixed(&c::CREDENTIAL_MISSING, Some("proxy-login"), Upstream, Possible),
    },
    Rule {
        row: Decided::Bare,
        title: "upstream denial, not on record whether a credential was attached",
        test: |a| a.says(&c::TOKEN_INVALID) && !a.traces.whole,
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "upstream denial, nothing attached",
        test: |a| a.says(&c::TOKEN_INVALID),
        then: Then::Fixed(&c::CREDENTIAL_MISSING, None, Upstream, Possible),
    },
    Rule {
        row: Decided::Bare,
        title: "upstream refusal, no credential on record",
        test: |a| a.says(&c::FORBIDDEN_UNSPECIFIED),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "payment required, no credential on record",
        test: |a| a.says(&c::ENTITLEMENT_MISSING),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "unavailable for legal reasons, no credential on record",
        test: |a| a.says(&c::GEO_BLOCKED),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::RateLimit,
        title: "rate limit",
        test: |a| a.says(&c::RATE_LIMITED),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Outage,
        title: "upstream gateway",
        test: |a| a.says(&c::GATEWAY_ERROR),
        then: Then::By(by_status),
    },
    Rule { row: Decided::Outage, title: "upstream timeout", test: |a| a.says(&c::TIMEOUT), then: Then::By(by_status) },
    Rule {
        row: Decided::Outage,
        title: "upstream outage",
        test: |a| a.says(&c::UPSTREAM_UNAVAILABLE),
        then: Then::By(by_status),
    },
    Rule { row: Decided::NothingToSay, title: "nothing to say", test: |_| true, then: Then::Healthy },
];

/// What the upstream's status says where nothing else does.
fn by_status(a: &Audit<'_>) -> Judgement {
    let (class, confidence) = c::by_status(a.status).unwrap_or((&c::UNCLASSIFIED, Possible));
    Judgement::new(class, Upstream, confidence)
}

fn policy(a: &Audit<'_>) -> Judgement {
    let t = &a.traces;
    let subtype = if a.mcp_denied.is_some() {
        Some("mcp")
    } else if t.judge_fallback {
        Some("judge-fallback")
    } else if t.judge_decision.is_some() {
        Some("judge")
    } else if matches!(a.rejector(), "aws_auth" | "hmac_sign") {
        Some("signing-scope")
    } else if !a.rejector().is_empty() {
        Some("transform")
    } else {
        // Only requests' transforms are named by the record itself.
        a.response_refused.then_some("response-side")
    };
    Judgement::new(&c::POLICY_REJECT, LocalProxy, Confirmed).of_kind(subtype)
}

/// The first rule that matches.
pub fn decide(audit: &Audit<'_>) -> &'static Rule {
    RULES.iter().find(|rule| (rule.test)(audit)).expect("the last rule matches everything")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_table_come_in_order() {
        assert!(RULES.windows(2).all(|pair| pair[0].row <= pair[1].row));
        assert!(RULES.iter().all(|rule| !rule.title.is_empty()));
    }
}
