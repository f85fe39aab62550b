//! What is known about credential files: plain values that hold no token, and the links between files as fingerprints.

use super::case::Finding;
use super::expiry::{Form, Instant};
use super::fingerprint::{Account, Fingerprint, Key};
use super::read::Meta;
use super::verdict::{Refresh, State, Verdict};
use crate::finding::Severity;
use crate::finding::words;
use crate::redact::Safe;
use serde::Serialize;
use std::path::PathBuf;

words! {
    /// How far modes and owners are believed.
    Perms {
        /// These are the server's own files.
        Live = "live",
        /// A copy, whose modes prove little.
        Copy = "copy",
        Auto = "auto",
    }
}

/// What a run needs to know besides the paths.
pub struct Options {
    pub as_of: Instant,
    /// A credential that lapses within this time is called expiring.
    pub warn_within_seconds: i64,
    pub perms: Perms,
    /// Worker threads, 0 for one per core. Results never depend on it.
    pub threads: usize,
    pub key: Key,
    /// Masks e-mail addresses in paths.
    pub mask_paths: bool,
}

/// What is known about one file. It holds no token and no text of the file but checked words.
pub struct FileFact {
    /// As printed: the argument, `/` and the path below it.
    pub path: Safe,
    /// The path below the argument, by which logs and snapshots name the file.
    pub name: String,
    /// The provider, or the stock store's name; `None` for files that are no credentials.
    pub provider: Option<String>,
    /// The login type, when it is one of the words the providers know.
    pub auth_method: Option<String>,
    pub account: Option<Account>,
    /// Ordinal of the account in the directory, from 1.
    pub account_number: Option<u32>,
    /// Whether the server's loader accepts the file.
    pub loads: bool,
    pub state: State,
    pub refresh: Refresh,
    pub verdict: Verdict,
    pub expires_at: Option<Instant>,
    /// When the scheduler begins to refresh it.
    pub refresh_due: Option<Instant>,
    /// When the credential ends for good as far as the file shows.
    pub lapses_at: Option<Instant>,
    pub has_access_token: bool,
    pub has_refresh_token: bool,
    pub has_client_id: bool,
    pub has_client_secret: bool,
    /// The region, when it has the shape of one.
    pub region: Option<String>,
    pub disabled: bool,
    pub last_refresh: Option<Instant>,
    /// The file's own time, nanoseconds since the epoch.
    pub modified: Option<i64>,
    pub bytes: u64,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// For joining files with one another and with a snapshot.
    pub(super) links: Links,
}

impl FileFact {
    /// A file of which nothing is known yet.
    pub(super) fn blank(path: Safe, name: String) -> FileFact {
        FileFact {
            path,
            name,
            provider: None,
            auth_method: None,
            account: None,
            account_number: None,
            loads: false,
            state: State::None,
            refresh: Refresh::NotApplicable,
            verdict: Verdict::Inert,
            expires_at: None,
            refresh_due: None,
            lapses_at: None,
            has_access_token: false,
            has_refresh_token: false,
            has_client_id: false,
            has_client_secret: false,
            region: None,
            disabled: false,
            last_refresh: None,
            modified: None,
            bytes: 0,
            findings: Vec::new(),
            links: Links::default(),
        }
    }

    /// Whether a finding with this id was made.
    pub fn has(&self, id: &str) -> bool {
        self.findings.iter().any(|f| f.rule.id == id)
    }

    /// How long before the expiry the server begins to refresh it, in seconds; 0 where it does not.
    pub fn lead_seconds(&self) -> i64 {
        self.links.lead_seconds
    }

    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|f| f.severity).min()
    }

    /// The name without its directories.
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Equalities between files, as fingerprints.
#[derive(Clone, Default)]
pub(super) struct Links {
    pub content: Option<Fingerprint>,
    pub access: Option<Fingerprint>,
    pub refresh: Option<Fingerprint>,
    /// What requests carry: the access token, or what stands for it.
    pub carried: Option<Fingerprint>,
    /// SHA-256 of the access token in hexadecimal, by which usage records name it.
    pub token_sha256: Option<String>,
    pub client_id: Option<Fingerprint>,
    /// The registration file that this one names.
    pub registration: Option<Fingerprint>,
    /// When the client registration ends that another program's token file tells of.
    pub registration_end: Option<Instant>,
    /// A refresh goes through a registered client.
    pub needs_client: bool,
    /// The name under which this file can be looked up as a registration.
    pub registration_name: Option<Fingerprint>,
    pub account_part: Option<Fingerprint>,
    pub method: Option<Fingerprint>,
    pub provider: Option<&'static str>,
    pub is_store: bool,
    pub is_leftover: bool,
    pub is_link: bool,
    pub rotates: bool,
    pub silent_no_op: bool,
    pub needs_token: bool,
    pub usable: bool,
    /// Requests fail whatever a refresh does.
    pub hopeless: bool,
    pub readable: bool,
    pub lead_seconds: i64,
    pub interval_seconds: Option<f64>,
    pub renewal_end: Option<Instant>,
    /// Fingerprints of the member names, those of a nested token object among them, sorted.
    pub members: Vec<Fingerprint>,
    pub form: Option<(Form, bool)>,
    /// Every readable expiry of the file.
    pub expiries: Vec<Instant>,
    /// It holds what only files of the auth directory hold.
    pub typed: bool,
}

/// A fact and what the later steps need beside it.
pub struct Examined {
    pub fact: FileFact,
    pub meta: Option<Meta>,
    pub real: PathBuf,
}

/// All files of a run, by path.
pub struct Directory {
    pub files: Vec<FileFact>,
    /// How modes were taken; never [`Perms::Auto`].
    pub perms: Perms,
    /// What could not be looked at, and why.
    pub missed: Vec<Safe>,
}

impl Directory {
    /// The fact for a file name, as logs give it.
    pub fn by_name(&self, name: &str) -> Option<&FileFact> {
        self.files.iter().find(|f| f.name == name || f.file_name() == name)
    }
}
