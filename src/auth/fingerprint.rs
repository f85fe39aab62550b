//! Equality of secrets without the secrets: keyed digests that are compared and never shown.

use crate::redact::Secret;

/// A keyed digest of a secret. It has no `Debug`, `Display` or `Serialize`; two of them can only be compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

/// The key of one run. Without it a digest of a guessable value would give the value away.
pub struct Key([u8; 32]);

impl Key {
    pub fn new(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// The digest of a token, without the blanks around it: those never make two tokens different ones.
    pub fn of(&self, token: &str) -> Fingerprint {
        self.of_bytes(token.trim().as_bytes())
    }

    pub fn of_bytes(&self, bytes: &[u8]) -> Fingerprint {
        let digest = blake3::keyed_hash(&self.0, bytes);
        let mut short = [0; 16];
        short.copy_from_slice(&digest.as_bytes()[..16]);
        Fingerprint(short)
    }
}

/// SHA-256 of a token in hexadecimal, by which the server's usage records name it. It has no key, so it is compared and
/// never shown.
pub(super) fn sha256(token: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(token.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|n| char::from(b"0123456789abcdef"[usize::from(n)])).collect()
}

/// The owner of a credential: comparable, joinable with logs, shown only when asked for.
pub struct Account {
    pub(super) fingerprint: Fingerprint,
    /// As it is written: what a name may be beside, such as a token, is told by its letter case too.
    name: Secret,
}

impl Account {
    pub(super) fn new(key: &Key, name: &str) -> Account {
        let name = name.trim();
        Account { fingerprint: key.of(&name.to_lowercase()), name: Secret::new(name) }
    }

    /// Whether a text from elsewhere, such as a log line's identity, names this account.
    pub fn is(&self, text: &str) -> bool {
        text.trim().to_lowercase() == self.name.expose().to_lowercase()
    }

    /// The name itself, for a caller whose user asked for accounts to be shown. A token that somebody pasted into its
    /// place is in it too, so it passes a redactor first.
    pub fn reveal(&self) -> &str {
        self.name.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_the_same_in_any_letter_case() {
        let key = Key::new([1; 32]);
        let (one, two) = (Account::new(&key, " Ada@Example.com"), Account::new(&key, "ada@example.COM"));
        assert!(one.fingerprint == two.fingerprint && one.is("ADA@example.com ") && !one.is("bob@example.com"));
        assert_eq!(one.reveal(), "Ada@Example.com");
    }

    #[test]
    fn equal_tokens_have_equal_fingerprints_under_one_key_only() {
        let (one, two) = (Key::new([1; 32]), Key::new([2; 32]));
        assert!(one.of("token") == one.of(" token\n"));
        assert!(one.of("token") != one.of("Token"));
        assert!(one.of("token") != two.of("token"));
    }
}
