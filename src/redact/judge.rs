//! Judging what stands behind a telling name: the secret, or words about it.
//!
//! A log writes `name: value` for both. `X-Api-Key: opensesame` hands a secret over, `secret "db-password": permission
//! denied` reports on one, and either mistake is bad: a secret that is printed, an error that is gone. Neither the name nor
//! the value decides alone. Three questions do, and how surely the first two are answered says what the third must show.
//!
//! 1. How exact is the name ([`Gate`])? `client_secret` means nothing else; `secret` and `token` name a secret or refer to
//!    one; `state` and `key` are words of every kind of text.
//! 2. How surely does the separator set a value apart ([`Slot`])? What follows `?token=` or `"token":"` is the whole value
//!    of that name. What follows a colon may be the rest of a sentence, and is one when the name is quoted behind a word:
//!    `injecting secret "CRM_API_KEY": executing formatter`.
//! 3. What does the value look like? A reference, a masked form, a literal is never a secret, nor is what [says an
//!    error](shapes::says_an_error), a word of failure among words, wherever it stands. Random text always is one. The
//!    words and numbers in between are what the other two answers decide.
//!
//! A sentence may also say the value without any separator (`the token … was refused`): there only disorder counts.
//!
//! | name | parameter | member | assigned | line of its own | prose | told |
//! |---|---|---|---|---|---|---|
//! | `client_secret` (strong) | any | any | any | any but a state | not a lower-case word | not words |
//! | `password` | any | any | any | any | any | not words |
//! | `secret`, `token` (own) | any but a name | any but a name | random | random | random | random |
//! | `state`, `code` (short) | any but a state or a name | random | random | random | random | random |
//! | others | random | random | random | random | random | random |
//!
//! Names that are words too ask for eight bytes before "any" begins, and the usual words of a message never count behind a
//! colon. A password may be any word, an error's too, so there an error counts only where prose may stand, and a sentence
//! only when it speaks of a password that was refused.

use super::keys::{Gate, Rule};
use super::shapes;

/// How a value is set apart from what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// `?name=value&`, in a query, a form or a fragment.
    Parameter,
    /// The whole of a string, an element or an argument that belongs to the name, or of a variable of the environment.
    Member,
    /// `name=value` in running text.
    Assigned,
    /// `Name: value`, alone on a line: a header, YAML.
    Line,
    /// `name: value` within a sentence.
    Prose,
    /// `… "name": value`: a sentence quotes the name.
    Told,
    /// `the name value was …`: words of a sentence, and nothing that joins the two.
    Spoken,
}

/// Whether a value that is no reference, literal or mask is the secret of its name. `overlong`: what is seen of it is not
/// all, and holds no blank.
pub(super) fn is_secret(rule: Rule, slot: Slot, value: &[u8], overlong: bool) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let behind_colon = matches!(slot, Slot::Line | Slot::Prose | Slot::Told);
    // Any three letters are a word of random text now and then.
    let scattered = value.len() >= 16 && (shapes::is_secretish(value) || shapes::is_scattered(value));
    let error = !scattered && (shapes::says_an_error(value) || behind_colon && shapes::is_error_code(value));
    if error && (rule.gate != Gate::Password || behind_colon) {
        return false;
    }
    let told = match rule.gate {
        Gate::Password => shapes::tells_of_a_refused_password(value),
        _ => shapes::tells_of_a_fault(value),
    };
    if told && !scattered {
        return false;
    }
    let word = |longest: usize| value.len() <= longest && !digits && shapes::is_stop_word(value);
    if behind_colon && word(16) {
        return false;
    }
    if slot == Slot::Spoken {
        // The place of a code said already that it is one.
        return rule.kind == "code" || is_no_word(value) || rule.kind == "api-key" && is_hex(value);
    }
    let random = || overlong || looks_random(rule, value);
    match rule.gate {
        Gate::Strong if value.len() < 6 && value.iter().all(u8::is_ascii_digit) || word(12) => false,
        Gate::Strong => match slot {
            Slot::Told => !shapes::is_wordy(value),
            Slot::Prose => {
                value.len() >= 24 || !value.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'))
            }
            // `access_token: refreshed`; a word in `-ing` may as well be chosen by somebody.
            Slot::Line => value.ends_with(b"ing") || !shapes::says_a_state(value),
            _ => true,
        },
        // `Password=0` is a switch.
        Gate::Each if rule.kind == "password" => !matches!(value, b"0" | b"1"),
        Gate::Password => !matches!(value, b"0" | b"1") && (slot != Slot::Told || digits || !shapes::is_wordy(value)),
        Gate::Own if matches!(slot, Slot::Parameter | Slot::Member) => {
            let least = if rule.kind == "secret" && digits { 6 } else { 8 };
            value.len() >= least && !is_sentence(value) && !names_a_secret(value) || random()
        }
        Gate::Short if slot == Slot::Parameter => {
            value.len() >= 8 && !shapes::says_a_state(value) && !is_a_name(value) || random()
        }
        Gate::Parameter if slot == Slot::Parameter => value.len() >= 8 && !shapes::is_wordy(value) || random(),
        Gate::SecretId => shapes::is_uuid(value) || shapes::is_secretish(value),
        _ => random(),
    }
}

fn looks_random(rule: Rule, value: &[u8]) -> bool {
    if rule.gate == Gate::Weak {
        return shapes::is_secretish(value);
    }
    // Hex counts under short names, which are names of parameters first.
    let hex = value.len() >= 16 && value.iter().all(|b| b.is_ascii_hexdigit() || *b == b':');
    let digits = value.len() < 40 && value.iter().all(u8::is_ascii_digit);
    // `code=INC0012345`, but no case is filed under `secret`.
    let case = rule.kind != "secret" && shapes::is_number_of_a_case(value);
    let secret = || (shapes::is_secretish(value) || shapes::is_scattered(value)) && !case;
    value.len() >= 8 && !digits && (hex || secret())
}

/// Nothing that a sentence could go on with: letters and digits in disorder, so that names of pods and classes, versions,
/// times and identifiers are none. A part of both cases and digits has to be there when there are several.
pub(super) fn is_no_word(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"=").map_or(value, |v| v.strip_suffix(b"=").unwrap_or(v));
    let count = |f: fn(&u8) -> bool| value.iter().filter(|b| f(b)).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'~' | b'+' | b'/');
    let parted = digits + upper + lower < value.len();
    let disorder = |p: &[u8]| !shapes::is_wordy(p) && !p.iter().all(u8::is_ascii_hexdigit);
    let words = digits * 8 < value.len() && shapes::word_coverage(value) >= 0.6;
    let alphabet = value.chunk_by(|a, b| *b == a.wrapping_add(1)).any(|run| run.len() >= 10);
    // `tok_8Qm2xT9a`: an identifier says what it is of.
    let word = value.iter().take_while(|b| b.is_ascii_lowercase()).count();
    let identifier = (1..=8).contains(&word) && value[word..].starts_with(b"_") && value.len() <= word + 33;
    (8..=512).contains(&value.len())
        && !identifier
        && value.iter().all(part)
        && digits > 0
        && lower > 0
        && upper + lower >= 4
        && (!parted || upper > 0)
        && value.split(|b| !b.is_ascii_alphanumeric()).any(disorder)
        && !words
        && !alphabet
        && !shapes::is_number_of_a_case(value)
        && !super::runs::is_identifier(value)
}

/// Hexadecimal digits, and enough of them: behind `API key` a key, behind `token` rather the name of one.
fn is_hex(value: &[u8]) -> bool {
    value.len() >= 16 && value.iter().all(u8::is_ascii_hexdigit)
}

/// Holds blanks: text about a token, which has none itself.
fn is_sentence(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_whitespace)
}

/// Says which secret, not what it is: `prod/crm/api_key`, `refresh_token`, `web-tls-cert`.
fn names_a_secret(value: &[u8]) -> bool {
    const WORDS: &[&str] =
        &["token", "secret", "key", "password", "cred", "creds", "credential", "credentials", "cert", "tls", "auth"];
    let path = value.contains(&b'/');
    let last = shapes::words(value).last().unwrap_or_default();
    let several = last.len() < value.len();
    shapes::is_wordy(value) && (path || several && WORDS.iter().any(|w| last.eq_ignore_ascii_case(w.as_bytes())))
}

/// Words joined as names are: `user.name`, `cache:users`, `projects/website`.
fn is_a_name(value: &[u8]) -> bool {
    value.iter().any(|b| matches!(b, b'.' | b'/' | b':' | b'_')) && shapes::is_wordy(value)
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;

    fn scrub(text: &str) -> String {
        Redactor::new().text(text).as_str().to_owned()
    }

    /// Each survives by itself, in a row, and as a message within a message.
    fn stays(text: &str) {
        let row = serde_json::json!({ "_msg": text }).to_string();
        let nested = serde_json::json!({ "_msg": row }).to_string();
        [text, &row, &nested].iter().for_each(|t| assert_eq!(scrub(t), **t));
    }

    fn goes(text: &str, secret: &str) {
        let row = serde_json::json!({ "_msg": text }).to_string();
        let nested = serde_json::json!({ "_msg": row }).to_string();
        for text in [text, &row, &nested] {
            let safe = scrub(text);
            assert!(text.contains(secret) && !safe.contains(secret), "{safe}");
            assert_eq!(scrub(&safe), safe, "{text}");
        }
    }

    #[test]
    fn what_is_told_of_a_secret_stays() {
        for text in [
            r#"fetching parameter "/prod/warehouse/api_key": STUB-SDK-ERROR"#,
            r#"injecting secret "CRM_API_KEY": executing formatter: template: x"#,
            "rejected by gcp_id_token: token_endpoint_http_400",
            r#"volume "vault-token" : secret "vault-token" not found"#,
            r#"fetching parameter "/prod/db/password": ParameterNotFound: no such parameter"#,
            r#"secret "db-password": permission denied"#,
            r#"secret "db-password": timeout"#,
            r#""prod/api_token": AccessDeniedException: not authorized"#,
            r#"reading 'client_secret': connection reset by peer"#,
            "transform oauth_token: token_endpoint_http_400",
            "client_secret: AADSTS7000215: Invalid client secret provided",
            "client_secret: AADSTS7000215",
            "db password: ORA-01017: invalid username",
            r#"{"oauth_token":"token_unavailable"}"#,
            r#"{"client_secret":"invalid_client","token":"AccessDeniedException"}"#,
            r#"{"refresh_token":"ECONNREFUSED"}"#,
            r#"{"refresh_token":["Token is invalid or expired"],"id_token":"nonce mismatch"}"#,
            r#"{"refresh_token":["This field may not be blank."],"access_token":"reused"}"#,
            r#"{"api_key":"API key not valid. Please pass a valid API key."}"#,
            r#"{"api_key": ["Not a valid string."], "client_secret": "Unknown client"}"#,
            r#"{"authorization":["Missing Authorization header"],"Authorization":"header required"}"#,
            r#"{"authorization":"Bearer token missing"}"#,
            r#"{"password":["This field is required.","This password is too common."]}"#,
            r#"{"password":"Incorrect password.","new_password":["Passwords do not match"]}"#,
            "X-Api-Key: missing",
            "api-key: header was dropped by the proxy",
            "client_secret: rotation is not configured here",
            "access_token=expired, token=unavailable",
            "access_token: refreshed",
            "X-Api-Key: present",
            "client-secret: not_configured",
        ] {
            stays(text);
        }
    }

    #[test]
    fn what_a_telling_name_holds_goes() {
        for (text, secret) in [
            ("X-Management-Key: opensesame", "opensesame"),
            ("X-Management-Key: correct-horse-battery", "correct-horse-battery"),
            ("X-Api-Key: supersecret", "supersecret"),
            ("X-Management-Key: something", "something"),
            ("X-Api-Key: supersecret; Accept: */*", "supersecret"),
            ("> x-vault-token: rootrootroot\r\n> accept: */*", "rootrootroot"),
            ("curl -H 'X-Api-Key: letmeinplease' https://h.example", "letmeinplease"),
            ("curl -H X-Api-Key:letmeinplease https://h.example", "letmeinplease"),
            ("secret-key: opensesame", "opensesame"),
            ("cfg:\n  client_secret: opensesame\n  port: 1", "opensesame"),
            ("cfg:\n  \"client_secret\": opensesame\n  port: 1", "opensesame"),
            (r#"the "client_secret": Zk9Qx2Wv7Lm4 was refused"#, "Zk9Qx2Wv7Lm4"),
            (r#"user "db_password": hunter27"#, "hunter27"),
            ("otpauth://totp/Acme:a@b.c?secret=JBSWY3DPEHPK3PXP&issuer=Acme", "JBSWY3DPEHPK3PXP"),
            (r#"{"totp_secret":"JBSWY3DPEHPK3PXP"}"#, "JBSWY3DPEHPK3PXP"),
            (r#"{"secret":"opensesame"}"#, "opensesame"),
            (r#"{"password":"correct horse battery staple"}"#, "correct horse battery"),
            (r#"{"client_secret":"correct horse battery staple"}"#, "correct horse battery"),
            (r#"{"Authorization":"Bearer Zk9Qx2Wv7Lm4Rt8Y missing"}"#, "Zk9Qx2Wv7Lm4Rt8Y"),
            (r#"{"webhookSecret":"opensesame","slack_token":"correct-horse"}"#, "correct-horse"),
            ("GET /x?secret=opensesame HTTP/1.1", "opensesame"),
            ("GET /x?token=correct-horse HTTP/1.1", "correct-horse"),
            ("GET /x?a=1&session=12345678901234", "12345678901234"),
            ("GET /x?sig=12345678901234", "12345678901234"),
            ("GET /x?code=123456789012&state=x", "123456789012"),
            ("state=abcdefghijkl&code=x", "abcdefghijkl"),
            ("token=abrTFOFwfoyfm39MAmwbdeer, retry=1", "abrTFOFwfoyfm39MAmwbdeer"),
            ("secret:YupQqCDTVATweak119_I5mdc;x", "YupQqCDTVATweak119_I5mdc"),
            ("export APP_SECRET=opensesame", "opensesame"),
            ("GH_TOKEN=mazokedilu", "mazokedilu"),
            (r#"{"access_token":"XjecaUokgYhBg7OvB1oOUOCFB8e1NDRTO2No"}"#, "XjecaUokgYhBg7OvB1oOUOCFB8e1NDRTO2No"),
            ("X-Api-Key: kPq7NotvB1oOUOCFB8e1NDRT", "kPq7NotvB1oOUOCFB8e1NDRT"),
        ] {
            goes(text, secret);
        }
    }

    #[test]
    fn sentences_that_say_a_secret_lose_it() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015";
        for (text, secret) in [
            ("Incorrect API key provided: abcd1234efgh5678ijkl9012mnop3456.", "abcd1234efgh5678ijkl9012mnop3456"),
            ("Invalid API Key 9f86d081884c7d659a2feaa0c55ad015", hex),
            ("invalid management key 9f86d081884c7d659a2feaa0c55ad015, denied", hex),
            ("the refresh token Zk9Qx2Wv7Lm4Rt8Yqq11 has been revoked", "Zk9Qx2Wv7Lm4Rt8Yqq11"),
            ("got access token Zk9Qx2Wv7Lm4Rt8Yqq11 for user 7", "Zk9Qx2Wv7Lm4Rt8Yqq11"),
            ("using api key Zk9Qx2Wv7-Lm4Rt8Yqq11", "Zk9Qx2Wv7-Lm4Rt8Yqq11"),
            ("using api_key Zk9Qx2Wv7Lm4 now", "Zk9Qx2Wv7Lm4"),
            ("enter code WDJB-MJHT at https://github.com/login/device", "WDJB-MJHT"),
            ("password Zk9Qx2Wv7Lm4: rejected", "Zk9Qx2Wv7Lm4"),
            ("your password is: hunter27", "hunter27"),
            ("password is Zk9Qx2Wv7Lm4", "Zk9Qx2Wv7Lm4"),
            ("The client secret supplied was wrong: client secret value Zk9Qx2Wv7Lm4", "Zk9Qx2Wv7Lm4"),
        ] {
            goes(text, secret);
        }
        for text in [
            "the refresh token has been revoked, the api key is invalid",
            "token 6f1be1fa-c19c-4478-8999-84030d706457 is unknown",
            "cache key 9f86d081884c7d659a2feaa0c55ad015 was evicted",
            "refresh token worker-7849e9cba9-x2k4p started",
            "token 2026-02-21T11:00:00Z, token 20260221T110000Z",
            "secret crm-prod-10023 not found",
            "token oauth2.googleapis.com/token was refused",
            "no API key provided: add one to the header",
            "password is: required",
            "token v1beta2 secret CRMHUB_API_KEY key value",
            "the access token sha256:9f86d081884c7d65 was seen",
            "error code WDJB-MJHT was returned",
            "the token 9f86d081884c7d659a2feaa0c55ad015 was refused",
            "the token 01LT7QHU5R3CRMYMUXDLYCDMX3 was refused",
            "the token chatcmpl-rEkAL0ahZVcgfmy4xj0hBsk5PtX94 was refused",
            "the token 6704b6a8f04bd02f-FRA was refused",
            "the token com.example.auth.OAuth2AuthenticationTokenFilter was refused",
            "broker credential bcr_7Qm2xT9a refreshed, token tok_8Qm2xT9a too",
            "session cookie renewed, valid until tomorrow request_id=fee23bfa6ab0bd57",
            "1Password \"rate limit exceeded\", id-token \"issuer 7b did not match\", oauth_token [a1b2c3d4e5]",
            "rotated secret request_id=fee23bfa6ab0bd57",
            "API key provided by OAuth2ServerConfiguration",
        ] {
            stays(text);
        }
    }

    #[test]
    fn words_under_words_stay() {
        for text in [
            r#"{"secret":"prod/crm/api_key"}"#,
            r#"{"secret":"CRMHUB_API_KEY","token":"refresh_token"}"#,
            r#"{"secret":"web-tls"}"#,
            r#"{"state":"completed","code":"resource_exhausted","key":"pod_name"}"#,
            "GET /repos/x/pulls?state=completed&per_page=100",
            "GET /x?key=user.display_name&state=processing",
            "token=present session=established",
            r#"secret="default/registry-pull""#,
            "state: Running code: ECONNREFUSED key: value",
            "the token: identifier expected",
            "read from `X_TOKEN=`, or from the file `X_SECRET=` names",
            r#"{"token":"see the vault for it"}"#,
        ] {
            stays(text);
        }
    }
}
