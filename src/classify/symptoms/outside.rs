//! What other rooms know of files, snapshots, configurations and saved answers, as plain facts.

use crate::record::time::Nanos;

/// Everything beside the log lines. Empty lists mean that none was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    pub files: Vec<FileFact>,
    pub pairs: Vec<PairFact>,
    pub configs: Vec<ConfigFact>,
    pub answers: Vec<AnswerFact>,
}

/// One credential file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFact {
    /// Last part of the path: what the log calls it.
    pub name: String,
    /// As shown in the report.
    pub path: String,
    pub provider: String,
    /// `auth_method` as written.
    pub method: String,
    pub expires_at: Option<Nanos>,
    /// `None` when the method has no refresh token.
    pub has_refresh_token: Option<bool>,
    pub last_refresh: Option<Nanos>,
    /// Required members that are absent or empty, by name.
    pub missing: Vec<String>,
    /// Ids of what a file check found.
    pub findings: Vec<String>,
}

/// One file before and after a refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairFact {
    pub name: String,
    pub verdict: String,
    /// The pair supports "refresh runs but stays expired".
    pub row4: bool,
    /// The pair supports "status stale after refresh".
    pub row9: bool,
}

/// Whether a configuration switches the management routes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ManagementKey {
    #[default]
    Unknown,
    Set,
    Empty,
    /// A key stands under a name that the program does not read.
    Misspelt,
}

/// One `config.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFact {
    pub path: String,
    pub management: ManagementKey,
    /// `Some(false)` opens the user's own browser session for Kiro logins.
    pub incognito: Option<bool>,
    /// Top-level settings that matter to refreshes and hold no secret, as text.
    pub settings: Vec<(String, String)>,
}

/// One claim of a saved management answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerFact {
    pub path: String,
    pub file: Option<String>,
    pub provider: Option<String>,
    pub expires_at: Option<Nanos>,
    pub error: Option<String>,
}

impl Outside {
    /// The file that the log calls `name`.
    pub fn file(&self, name: &str) -> Option<&FileFact> {
        self.files.iter().find(|f| f.name == name)
    }

    pub fn pair(&self, name: &str) -> Option<&PairFact> {
        self.pairs.iter().find(|p| p.name == name)
    }
}

impl FileFact {
    /// Expired at this instant, as far as the file tells.
    pub fn expired_at(&self, at: Nanos) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= at)
    }

    /// The file was written after the incident, so it shows the state after it.
    pub fn newer_than(&self, at: Nanos) -> bool {
        self.last_refresh.is_some_and(|refresh| refresh > at)
    }
}
