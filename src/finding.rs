//! The shared shape of what an analysis may say: events, evidence and places, always redacted, always located.

use crate::record::time::Nanos;
use crate::redact::Safe;
use serde::Serialize;

/// An enum whose variants are the fixed words of the contract.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The fixed word of the contract.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// Who made the decision that failed the attempt.
    Origin {
        Upstream = "upstream",
        TokenEndpoint = "token-endpoint",
        LocalProxy = "local-proxy",
        SecretStore = "secret-store",
        Mesh = "mesh",
        Client = "client",
        Unknown = "unknown",
    }
}
words! {
    /// The part an attempt plays in an incident.
    Role {
        Root = "root",
        /// Caused by another finding.
        Derived = "derived",
        /// Harmless now, explains later failures.
        Precursor = "precursor",
        /// Not an auth failure.
        Negative = "negative",
    }
}

impl Role {
    /// What failed is counted as a failure, a cause's own or that of another.
    pub fn is_failure(self) -> bool {
        matches!(self, Role::Root | Role::Derived)
    }
}

words! {
    /// How much the records support a claim. `Confirmed` sorts first.
    Confidence {
        Confirmed = "confirmed",
        Likely = "likely",
        Possible = "possible",
    }
}
words! {
    /// What an event row is.
    Kind {
        Attempt = "attempt",
        Change = "change",
        SecretError = "secret_error",
        Mint = "mint",
    }
}
words! {
    /// Whether a credential went out with the request.
    Attachment {
        Attached = "attached",
        NotAttached = "not_attached",
        Unresolved = "unresolved",
        Unknown = "unknown",
    }
}
words! {
    Severity {
        Error = "error",
        Warning = "warning",
        Info = "info",
    }
}

/// Where a record stands: the total order that ends every sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locator {
    /// Index of the input in the run.
    pub input: u32,
    /// Byte offset in the decompressed input.
    pub offset: u64,
    /// Length of the line in bytes, without its line end.
    pub length: u32,
    /// 1-based line number.
    pub line: u64,
}

/// The credential of an attempt: names and places, never a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credential {
    pub state: Attachment,
    pub names: Vec<Safe>,
    pub locations: Vec<Safe>,
}

/// One classified attempt, change, secret error or mint: a row of `events`.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: Nanos,
    pub locator: Locator,
    pub kind: Kind,
    /// A label of `classify::classes`, e.g. `upstream.token-invalid`.
    pub class: &'static str,
    pub subtype: Option<&'static str>,
    pub origin: Origin,
    pub role: Role,
    pub confidence: Confidence,
    /// HTTP status of the record; of an echo, the status the client saw.
    pub status: Option<u16>,
    /// A CONNECT, SOCKS or SNI row: a tunnel, not a request.
    pub tunnel: bool,
    pub host: Option<Safe>,
    pub method: Option<Safe>,
    pub path: Option<Safe>,
    pub pod: Option<Safe>,
    pub service: Option<Safe>,
    pub thread: Option<Safe>,
    pub execution: Option<Safe>,
    pub tool: Option<Safe>,
    pub secret_ref: Option<Safe>,
    pub credential: Credential,
    /// The account, auth file or principal the attempt was made for.
    pub identity: Option<Safe>,
    pub message: Safe,
}

/// A concrete record behind a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// `<input sha256, 12 hex>:<byte offset>+<length>`
    pub id: String,
    pub input: String,
    pub line: u64,
    pub offset: u64,
    /// Redacted fields worth showing, in the order of the record.
    pub fields: indexmap::IndexMap<String, Safe>,
}
