//! The form that Go's HTTP client gives to a request without an answer, whatever kept the answer away.
//!
//! Belongs here: the form. Elsewhere: the words of the commoner reasons (`vocabulary/transport.tsv`), which are sure where
//! the form alone makes it likely.

/// Whether a text ends in `Post "https://…": <reason>`. An answer that was read in full is quoted after a form of its own,
/// also where the client that read it stood below another.
pub fn is_unanswered(text: &str) -> bool {
    const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "head"];
    let lower = text.to_ascii_lowercase().replace("\\\"", "\"");
    let asked = lower.match_indices(" \"http").find_map(|(at, _)| {
        let method = lower[..at].rsplit(|c: char| !c.is_ascii_alphabetic()).next()?;
        METHODS.contains(&method).then(|| &lower[at + 2..])
    });
    let reason = asked.and_then(|url| url.split_once("\": ")).map_or("", |(_, reason)| reason);
    !reason.is_empty() && !["oauth2:", "response:", "status"].iter().any(|word| reason.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_url_with_a_reason_behind_it_is_a_request_without_an_answer() {
        for (text, want) in [
            (r#"Post "https://auth.example/token": some new reason"#, true),
            (r#"{"error":"Get \"https://vault.example/v1/x\": stream ended"}"#, true),
            (r#"Get "https://api.example": oauth2: "invalid_grant" "revoked""#, false),
            (r#"Post "https://auth.example/token""#, false),
            (r#"see "https://auth.example/token": how to"#, false),
            ("status 400: bad", false),
        ] {
            assert_eq!(is_unanswered(text), want, "{text}");
        }
    }
}
