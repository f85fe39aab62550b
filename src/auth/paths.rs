//! Paths as they are shown: names of credential files often hold an e-mail address.

/// Replaces the local part of every e-mail address in a path.
pub fn mask_mail(path: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut out = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('@') {
        let start =
            rest[..at].rfind(|c| !word(c)).map_or(0, |n| n + rest[n..].chars().next().map_or(1, char::len_utf8));
        let end = rest[at + 1..].find(|c| !word(c)).map_or(rest.len(), |n| at + 1 + n);
        let tail = &rest[at + 1..end];
        let kept = tail.rfind(".json").map_or("", |n| &tail[n..]);
        // The provider's prefix stays, so that the file can still be told.
        let head = rest[start..at].find('-').map_or("", |n| &rest[start..=start + n]);
        out.push_str(&rest[..start]);
        out.push_str(head);
        out.push_str("(e-mail)");
        out.push_str(kept);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::mask_mail;

    #[test]
    fn e_mail_addresses_in_paths_are_masked() {
        assert_eq!(mask_mail("auths/claude-ada.ash@example.com.json"), "auths/claude-(e-mail).json");
        assert_eq!(mask_mail("a@b/c.json"), "(e-mail)/c.json");
        assert_eq!(mask_mail("auths/kimi-1.json"), "auths/kimi-1.json");
    }
}
