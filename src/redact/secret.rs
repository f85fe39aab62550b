//! `Secret`: a value that cannot be shown by accident.

/// A value that must never be shown, not even in part. Its memory is wiped when it goes.
///
/// None of the traits that could give it away exist. Printing does not compile:
///
/// ```compile_fail
/// println!("{:?}", authopsy::redact::Secret::new("x"));
/// ```
/// ```compile_fail
/// println!("{}", authopsy::redact::Secret::new("x"));
/// ```
/// Nor does comparing, which would make an oracle of it:
/// ```compile_fail
/// use authopsy::redact::Secret;
/// let _ = Secret::new("x") == Secret::new("x");
/// ```
/// Nor hashing:
/// ```compile_fail
/// let _ = std::collections::HashSet::from([authopsy::redact::Secret::new("x")]);
/// ```
/// Nor serialising, nor copying:
/// ```compile_fail
/// let _ = serde_json::to_string(&authopsy::redact::Secret::new("x"));
/// ```
/// ```compile_fail
/// let _ = authopsy::redact::Secret::new("x").clone();
/// ```
/// What remains is its length, and one door with a name that stands out in a review:
/// ```
/// let secret = authopsy::redact::Secret::new("x");
/// assert_eq!((secret.len(), secret.expose()), (1, "x"));
/// ```
pub struct Secret(zeroize::Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(zeroize::Zeroizing::new(text.into()))
    }

    /// The one door: code that calls this must not let the text out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Length in bytes, the only fact about a secret that may be told.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
