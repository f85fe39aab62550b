//! What decided an attempt: a row of the proxy's decision table ([`super::audit`]) or one of the two that stand beside it.
//!
//! Joins, claims, queries and counts ask the decision, never its number: a new one does not compile until all of them know
//! what to say of it.

/// The decisions, in the order of the table. The numbers are those of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Decided {
    NoFailure = 1,
    NotReady = 2,
    /// A secret was missing, and the proxy refused.
    SecretClosed = 3,
    Placeholder = 4,
    /// A token could not be made, and the proxy refused.
    MintClosed = 5,
    Policy = 6,
    EgressGuard = 7,
    GatewaySecret = 8,
    LocalError = 9,
    Tls = 10,
    Network = 11,
    /// A tunnel was opened without the credential that it needed.
    Tunnel = 12,
    /// A secret was missing, and the request went out without it.
    SecretOpen = 13,
    /// A token could not be made, and the request went out without it.
    MintOpen = 14,
    /// The upstream refused a request that carried a credential.
    Attached = 15,
    /// The upstream refused, and no credential is on record.
    Bare = 16,
    RateLimit = 17,
    Outage = 18,
    NothingToSay = 19,
    /// Beside the table: the answer's own words.
    Answer = 20,
    /// Beside the table: a failed secret or token whose request was not refused for it.
    Unrefused = 21,
}

impl Decided {
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The action that such a record names.
    pub fn action(self) -> &'static str {
        match self {
            Decided::NotReady
            | Decided::SecretClosed
            | Decided::Placeholder
            | Decided::MintClosed
            | Decided::Policy => "reject",
            Decided::EgressGuard | Decided::GatewaySecret | Decided::LocalError | Decided::Tls | Decided::Network => {
                "error"
            }
            _ => "allow",
        }
    }

    /// The proxy refused for want of a secret or a token.
    pub fn is_closed(self) -> bool {
        matches!(self, Decided::SecretClosed | Decided::MintClosed | Decided::GatewaySecret)
    }

    /// The proxy went on without a secret or a token.
    pub fn is_open(self) -> bool {
        matches!(self, Decided::Tunnel | Decided::SecretOpen | Decided::MintOpen)
    }

    /// The upstream's refusal only echoes what the proxy could not attach.
    pub fn is_echo(self) -> bool {
        matches!(self, Decided::SecretOpen | Decided::MintOpen)
    }

    /// A token could not be made for the request.
    pub fn is_mint(self) -> bool {
        matches!(self, Decided::MintClosed | Decided::MintOpen)
    }

    /// Nothing of our own was found in it: what the upstream answered counts.
    pub fn is_upstream(self) -> bool {
        (Decided::Attached..=Decided::NothingToSay).contains(&self)
    }

    /// The upstream refused, and nothing but its status says so.
    pub fn is_bare_refusal(self) -> bool {
        matches!(self, Decided::Attached | Decided::Bare)
    }
}
