//! E-mail addresses in the names of files: most logins are saved under the address of their owner.

use super::providers;

const MASK: &str = "(e-mail)";
/// The sign of an address, plain and as it stands in a URL.
const SIGNS: [&str; 2] = ["@", "%40"];
/// Last parts of addresses. Two letters at the end of a name count as well.
const ENDS: [&str; 10] = ["com", "net", "org", "edu", "gov", "mil", "info", "biz", "app", "dev"];

/// Replaces every e-mail address in a path. The provider's prefix stays, so that the file can still be told.
pub fn mask_mail(path: &str) -> String {
    path.split('/').map(mask_part).collect::<Vec<_>>().join("/")
}

fn mask_part(part: &str) -> String {
    if SIGNS.iter().any(|sign| part.contains(sign)) { mask_signed(part) } else { mask_spelled(part) }
}

/// Addresses with their sign.
fn mask_signed(part: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut out = String::new();
    let mut rest = part;
    while let Some((at, sign)) = SIGNS.iter().filter_map(|sign| Some((rest.find(sign)?, *sign))).min() {
        let start =
            rest[..at].rfind(|c| !word(c)).map_or(0, |n| n + rest[n..].chars().next().map_or(1, char::len_utf8));
        let behind = at + sign.len();
        let end = rest[behind..].find(|c| !word(c)).map_or(rest.len(), |n| behind + n);
        let tail = &rest[behind..end];
        let kept = tail.rfind(".json").map_or("", |n| &tail[n..]);
        out.push_str(&rest[..start]);
        out.push_str(&rest[start..start + providers::prefix_bytes(&rest[start..at])]);
        out.push_str(MASK);
        out.push_str(kept);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// An address whose sign and dots became dashes or underscores, as several builds write it: name, host and an end.
fn mask_spelled(part: &str) -> String {
    let Some(extension) = part.rfind(".json") else { return part.to_owned() };
    let prefix = providers::prefix_bytes(&part[..extension]);
    let words: Vec<&str> = part[prefix..extension].split(['-', '_', '.']).collect();
    let ends = |(n, word): (usize, &&str)| {
        let country = n + 1 == words.len() && word.len() == 2 && word.bytes().all(|b| b.is_ascii_alphabetic());
        country || ENDS.contains(&word.to_ascii_lowercase().as_str())
    };
    if words.iter().enumerate().skip(2).any(ends) {
        format!("{}{MASK}{}", &part[..prefix], &part[extension..])
    } else {
        part.to_owned()
    }
}

/// Replaces an address that is known from elsewhere, whatever stands for its signs.
pub fn mask_known(path: &str, address: &str) -> String {
    let folded = |text: &str| -> Vec<u8> {
        text.bytes()
            .map(|b| if b.is_ascii_punctuation() && b != b'/' { b'-' } else { b.to_ascii_lowercase() })
            .collect()
    };
    match memchr::memmem::find(&folded(path), &folded(address)) {
        Some(at) => format!("{}{MASK}{}", &path[..at], &path[at + address.len()..]),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_in_paths_are_masked() {
        for (path, masked) in [
            ("auths/claude-ada.ash@example.com.json", "auths/claude-(e-mail).json"),
            ("a@b/c.json", "(e-mail)/c.json"),
            ("mary-ann@example.com.json", "(e-mail).json"),
            ("gita-marie.iris@example.com-proj-1.json", "(e-mail).json"),
            ("auths/codex-5f3a1b2c-ada-iris@example.com-plus.json.bak", "auths/codex-(e-mail).json.bak"),
            ("github-copilot-mary-ann@example.com.json", "github-copilot-(e-mail).json"),
            ("claude-a%40b.example.json", "claude-(e-mail).json"),
            ("a@b.example,c%40d.example", "(e-mail),(e-mail)"),
            ("x/kiro-idc-ada-iris-example-com.json", "x/kiro-(e-mail).json"),
            ("antigravity-dora_fern_mail_example_net.json", "antigravity-(e-mail).json"),
            ("kiro-google-ada-example-co-uk.json", "kiro-(e-mail).json"),
        ] {
            assert_eq!(mask_mail(path), masked);
        }
    }

    #[test]
    fn other_names_stay() {
        for path in [
            "auths/kimi-1.json",
            "auths/gemini-my-project-401.json",
            "kiro-auth-token.json",
            "kiro-builder-id-6f1be1fa-c19c-4478-8999-84030d706457.json",
            "/home/com/net/org/cursor.work.json",
            "oauth_creds.json",
        ] {
            assert_eq!(mask_mail(path), path);
        }
    }

    #[test]
    fn a_known_address_is_found_under_other_signs() {
        let known = |path: &str| mask_known(path, "Ada.Ash@corp.internal");
        assert_eq!(known("a/kiro-ada-ash-corp-internal.json"), "a/kiro-(e-mail).json");
        assert_eq!(known("a/kiro-ada_ash_corp_internal.json"), "a/kiro-(e-mail).json");
        assert_eq!(known("a/kiro-ada/ash-corp-internal.json"), "a/kiro-ada/ash-corp-internal.json");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(path in "\\PC{0,40}", address in "\\PC{1,10}") {
            let _ = mask_mail(&path);
            let _ = mask_known(&path, &address);
        }
    }
}
