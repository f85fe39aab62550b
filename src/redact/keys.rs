//! Names that say that their value is a secret: of JSON keys, headers, form and query parameters, variables, flags.
//!
//! Names are compared folded: lower case, letters and digits only, of the last dotted segment, trailing digits dropped.
//! So `X-Api-Key`, `api_key`, `apiKey2` and `spring.mail.apikey` are one name.

use super::manifest;
use std::sync::LazyLock;

/// What a name asks of its value before it is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Any value that is not a reference, a flag or masked already.
    Strong,
    /// As strong, and in prose too (`password: hunter`), except before the usual words of an error message.
    Password,
    /// The name is also used for harmless things: the value has to look like a secret.
    Weak,
    /// Like weak, and hex counts: short names of URL and form parameters.
    Parameter,
    /// `secret` and `token`, which hold one or name one: any value of a parameter or a member that is no name.
    Own,
    /// `state`, `code`: words of every text, but exact as names of parameters.
    Short,
    /// `Authorization` and its like: scheme word kept, the rest masked.
    Authorization,
    /// `Cookie` and `Set-Cookie`: names and attributes kept, values masked.
    Cookie,
    /// A map of secrets by any name, each of which has to look like one.
    Each,
    /// Base64 of a text.
    Encoded,
    /// A Vault AppRole id: a UUID is a secret, an ARN or a path is a name.
    SecretId,
}

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub kind: &'static str,
    pub gate: Gate,
}

enum How {
    Is,
    Ends,
    Has,
}
use How::{Ends, Has, Is};

/// How to compare, the folded name, and what it says.
type Name = (How, &'static str, Option<(&'static str, Gate)>);

/// First match wins: exemptions first, then the more specific names. `None` exempts.
#[rustfmt::skip]
static NAMES: &[Name] = &[
    // Counters, limits, kinds, places and names of secrets are evidence.
    (Ends, "tokens", None), (Ends, "tokentype", None), (Ends, "tokencount", None), (Ends, "tokenizer", None),
    (Ends, "nexttoken", None), (Ends, "pagetoken", None), (Ends, "continuationtoken", None), (Ends, "cancellationtoken", None),
    (Ends, "synctoken", None), (Is, "hastoken", None), (Is, "hasaccesstoken", None), (Is, "hasrefreshtoken", None), (Is, "hasidtoken", None), (Is, "haspassword", None), (Is, "hassecret", None),
    (Is, "securestring", Some(("secret", Gate::Strong))), (Ends, "secretstring", Some(("secret", Gate::Strong))), (Ends, "idtokenhint", Some(("token", Gate::Strong))),
    (Ends, "publickey", None), (Ends, "passwordless", None), (Ends, "statuscode", None), (Ends, "errorcode", None), (Ends, "exitcode", None),
    (Ends, "passthrough", None), (Ends, "cookiejar", None), (Ends, "codechallenge", None), (Ends, "passwordauthentication", None),
    // Passwords.
    (Ends, "password", Some(("password", Gate::Password))), (Ends, "passwd", Some(("password", Gate::Password))),
    (Ends, "passphrase", Some(("password", Gate::Password))), (Ends, "passcode", Some(("password", Gate::Password))),
    (Ends, "basicauth", Some(("password", Gate::Password))), (Ends, "bindpw", Some(("password", Gate::Password))), (Ends, "rootpw", Some(("password", Gate::Password))),
    (Ends, "userpwd", Some(("password", Gate::Password))), (Ends, "dbpwd", Some(("password", Gate::Password))),
    (Ends, "dbpass", Some(("password", Gate::Password))), (Ends, "userpass", Some(("password", Gate::Password))), (Ends, "mysqlpwd", Some(("password", Gate::Password))), (Ends, "rootpass", Some(("password", Gate::Password))), (Ends, "adminpass", Some(("password", Gate::Password))),
    (Ends, "smtppass", Some(("password", Gate::Password))), (Ends, "mailpass", Some(("password", Gate::Password))), (Ends, "ldappass", Some(("password", Gate::Password))), (Ends, "bindpass", Some(("password", Gate::Password))), (Ends, "proxypass", Some(("password", Gate::Password))),
    (Ends, "storepass", Some(("password", Gate::Password))), (Ends, "keypass", Some(("password", Gate::Password))), (Ends, "requirepass", Some(("password", Gate::Password))), (Is, "masterauth", Some(("password", Gate::Strong))), (Is, "rediscliauth", Some(("password", Gate::Password))), (Ends, "psk", Some(("password", Gate::Password))), (Ends, "bypass", None), (Ends, "compass", None), (Ends, "pwd", Some(("password", Gate::Parameter))), (Ends, "pass", Some(("password", Gate::Weak))),
    (Ends, "passwordhash", Some(("password", Gate::Strong))), (Ends, "passwordold", Some(("password", Gate::Password))), (Ends, "passwordnew", Some(("password", Gate::Password))), (Ends, "passwordconfirm", Some(("password", Gate::Password))),
    (Ends, "passwordconfirmation", Some(("password", Gate::Password))), (Ends, "mnemonic", Some(("secret", Gate::Password))), (Ends, "seedphrase", Some(("secret", Gate::Password))),
    // Headers.
    (Ends, "proxyauthorization", Some(("token", Gate::Authorization))), (Ends, "authorization", Some(("token", Gate::Authorization))),
    (Is, "cookie", Some(("cookie", Gate::Cookie))), (Is, "cookies", Some(("cookie", Gate::Cookie))), (Is, "setcookie", Some(("cookie", Gate::Cookie))), (Ends, "requestcookie", Some(("cookie", Gate::Cookie))),
    // Tokens with a qualified name.
    (Ends, "accesstoken", Some(("token", Gate::Strong))), (Ends, "refreshtoken", Some(("token", Gate::Strong))), (Ends, "idtoken", Some(("token", Gate::Strong))),
    (Ends, "authtoken", Some(("token", Gate::Strong))), (Ends, "apitoken", Some(("token", Gate::Strong))), (Ends, "bearertoken", Some(("token", Gate::Strong))),
    (Ends, "sessiontoken", Some(("token", Gate::Strong))), (Ends, "securitytoken", Some(("token", Gate::Strong))), (Ends, "vaulttoken", Some(("token", Gate::Strong))),
    (Ends, "privatetoken", Some(("token", Gate::Strong))), (Ends, "jobtoken", Some(("token", Gate::Strong))), (Ends, "deploytoken", Some(("token", Gate::Strong))),
    (Ends, "csrftoken", Some(("token", Gate::Strong))), (Ends, "xsrftoken", Some(("token", Gate::Strong))), (Ends, "bottoken", Some(("token", Gate::Strong))),
    (Ends, "usertoken", Some(("token", Gate::Strong))), (Ends, "clienttoken", Some(("token", Gate::Strong))), (Ends, "subjecttoken", Some(("token", Gate::Strong))), (Ends, "actortoken", Some(("token", Gate::Strong))),
    (Ends, "registrationtoken", Some(("token", Gate::Strong))), (Ends, "webidentitytoken", Some(("token", Gate::Strong))), (Ends, "kilocodetoken", Some(("token", Gate::Strong))),
    (Ends, "personalaccesstoken", Some(("token", Gate::Strong))), (Ends, "oauthtoken", Some(("token", Gate::Weak))), (Ends, "token", Some(("token", Gate::Own))),
    (Ends, "jwt", Some(("token", Gate::Short))), (Is, "bearer", Some(("token", Gate::Weak))), (Is, "xauth", Some(("token", Gate::Weak))), (Is, "auth", Some(("token", Gate::Weak))),
    // API keys and key material.
    (Ends, "apikeys", Some(("api-key", Gate::Weak))), (Ends, "apikey", Some(("api-key", Gate::Strong))), (Ends, "accesskeyid", Some(("aws-key-id", Gate::Weak))),
    (Ends, "secretaccesskey", Some(("aws-secret", Gate::Strong))), (Ends, "secretkey", Some(("secret", Gate::Strong))), (Ends, "accesskey", Some(("api-key", Gate::Strong))),
    (Ends, "accountkey", Some(("api-key", Gate::Strong))), (Ends, "subscriptionkey", Some(("api-key", Gate::Strong))), (Ends, "managementkey", Some(("api-key", Gate::Strong))),
    (Ends, "masterkey", Some(("secret", Gate::Strong))), (Ends, "privatekey", Some(("private-key", Gate::Strong))), (Ends, "signingkey", Some(("secret", Gate::Strong))),
    (Ends, "encryptionkey", Some(("secret", Gate::Strong))), (Ends, "sharedkey", Some(("secret", Gate::Strong))), (Ends, "sharedaccesskey", Some(("secret", Gate::Strong))), (Ends, "functionskey", Some(("api-key", Gate::Strong))), (Ends, "functionkey", Some(("api-key", Gate::Strong))),
    (Ends, "licensekey", Some(("api-key", Gate::Strong))), (Ends, "authkey", Some(("api-key", Gate::Strong))), (Ends, "appkey", Some(("api-key", Gate::Strong))), (Ends, "applicationkey", Some(("api-key", Gate::Strong))), (Ends, "clientkey", Some(("api-key", Gate::Weak))),
    (Ends, "integrationkey", Some(("api-key", Gate::Strong))), (Ends, "ingestkey", Some(("api-key", Gate::Strong))), (Ends, "sshkey", Some(("private-key", Gate::Weak))), (Ends, "hmackey", Some(("secret", Gate::Strong))),
    (Ends, "secretid", Some(("secret", Gate::SecretId))),
    (Ends, "keydata", Some(("private-key", Gate::Strong))), (Ends, "secretkeybase", Some(("secret", Gate::Strong))),
    (Is, "key", Some(("api-key", Gate::Short))), (Ends, "openaikey", Some(("api-key", Gate::Strong))), (Ends, "anthropickey", Some(("api-key", Gate::Strong))),
    // Secrets.
    (Ends, "clientsecret", Some(("secret", Gate::Strong))), (Ends, "appsecret", Some(("secret", Gate::Strong))), (Ends, "consumersecret", Some(("secret", Gate::Strong))), (Ends, "signingsecret", Some(("secret", Gate::Strong))),
    (Ends, "webhooksecret", Some(("secret", Gate::Strong))), (Ends, "sharedsecret", Some(("secret", Gate::Strong))), (Ends, "tokensecret", Some(("secret", Gate::Strong))), (Ends, "jwtsecret", Some(("secret", Gate::Strong))), (Ends, "sessionsecret", Some(("secret", Gate::Strong))),
    (Is, "totpsecret", Some(("code", Gate::Strong))), (Ends, "pullsecret", None), (Ends, "existingsecret", None), (Ends, "secret", Some(("secret", Gate::Own))), (Ends, "credential", Some(("secret", Gate::Weak))), (Ends, "credentials", Some(("secret", Gate::Weak))),
    (Is, "secrets", Some(("secret", Gate::Each))), (Is, "bxauth", Some(("cookie", Gate::Strong))),
    (Ends, "connectionstring", Some(("secret", Gate::Weak))), (Ends, "assertion", Some(("token", Gate::Strong))),
    // Signatures, codes, sessions.
    (Is, "sig", Some(("signature", Gate::Short))), (Ends, "signature", Some(("signature", Gate::Short))), (Is, "xhubsignature", Some(("signature", Gate::Parameter))),
    (Ends, "codeverifier", Some(("code", Gate::Strong))), (Ends, "devicecode", Some(("code", Gate::Strong))), (Ends, "usercode", Some(("code", Gate::Strong))), (Ends, "authcode", Some(("code", Gate::Strong))), (Ends, "authorizationcode", Some(("code", Gate::Parameter))), (Ends, "verificationcode", Some(("code", Gate::Strong))),
    (Is, "otp", Some(("code", Gate::Strong))), (Is, "totp", Some(("code", Gate::Strong))), (Is, "otpcode", Some(("code", Gate::Strong))), (Is, "mfacode", Some(("code", Gate::Strong))), (Is, "mfa", Some(("code", Gate::Short))),
    (Ends, "recoverycode", Some(("code", Gate::Strong))), (Ends, "recoverycodes", Some(("code", Gate::Strong))), (Ends, "backupcode", Some(("code", Gate::Strong))), (Ends, "backupcodes", Some(("code", Gate::Strong))), (Ends, "otpseed", Some(("code", Gate::Strong))),
    (Ends, "csrf", Some(("token", Gate::Parameter))), (Ends, "xsrf", Some(("token", Gate::Parameter))), (Ends, "sessid", Some(("token", Gate::Parameter))),
    (Is, "code", Some(("code", Gate::Short))), (Is, "state", Some(("code", Gate::Short))), (Is, "nonce", Some(("code", Gate::Short))), (Is, "ticket", Some(("token", Gate::Short))),
    (Is, "samlresponse", Some(("token", Gate::Strong))), (Is, "samlrequest", Some(("token", Gate::Strong))), (Is, "relaystate", Some(("token", Gate::Short))),
    (Ends, "sessionid", Some(("token", Gate::Short))), (Is, "session", Some(("token", Gate::Short))), (Is, "sessionkey", Some(("token", Gate::Strong))), (Is, "phpsessid", Some(("token", Gate::Strong))), (Is, "jsessionid", Some(("token", Gate::Strong))), (Is, "connectsid", Some(("token", Gate::Strong))),
    (Ends, "gitlabsession", Some(("token", Gate::Strong))), (Ends, "laravelsession", Some(("token", Gate::Strong))), (Ends, "railssession", Some(("token", Gate::Strong))),
    (Has, "password", Some(("password", Gate::Weak))), (Has, "apikey", Some(("api-key", Gate::Weak))),
];

/// What every name above contains: the literals the scanner looks for, in any case.
pub static STEMS: &[&str] = &[
    "token",
    "secret",
    "securestring",
    "passw",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "key",
    "authorization",
    "auth",
    "cookie",
    "signature",
    "sig",
    "credential",
    "assertion",
    "jwt",
    "bearer",
    "mnemonic",
    "seed",
    "connection",
    "code",
    "otp",
    "mfa",
    "state",
    "nonce",
    "ticket",
    "saml",
    "session",
    "sessid",
    "verifier",
    "connect.sid",
    "csrf",
    "xsrf",
    "bindpw",
    "rootpw",
    "psk",
];

/// Longest name that is looked at; longer ones are prose.
pub const LONGEST: usize = 80;

/// The names that a folded name may be, by its last byte: those that are compared with its end, and those looked for
/// inside.
static BY_LAST_BYTE: LazyLock<Vec<Vec<&Name>>> = LazyLock::new(|| {
    let ends = |(how, word, _): &Name, byte: u8| matches!(how, Has) || word.as_bytes().last() == Some(&byte);
    (0..=255).map(|byte| NAMES.iter().filter(|name| ends(name, byte)).collect()).collect()
});

fn is(folded: &[u8], (how, word, _): &Name) -> bool {
    match how {
        Is => folded == word.as_bytes(),
        Ends => folded.ends_with(word.as_bytes()),
        Has => memchr::memmem::find(folded, word.as_bytes()).is_some() && !names_a_fact(folded),
    }
}

/// What the name says, if anything.
pub fn rule(name: &[u8]) -> Option<Rule> {
    // A place that makes any value secret is stronger than a name, one that only makes encoded values secret is weaker.
    let place = manifest::rule(name);
    place.filter(|rule| rule.gate == Gate::Strong).or_else(|| named(name)).or(place)
}

/// What a name in the plural says of each value of a list or of an object: `api-keys`, `tokens`, `passwords`. What counts
/// tokens, or stands for a key of words, holds none that looks like a secret.
pub fn each(name: &[u8]) -> Option<Rule> {
    let one = name.strip_suffix(b"s").or_else(|| name.strip_suffix(b"S"))?;
    let rule = rule(one)?;
    matches!(rule.gate, Gate::Strong | Gate::Password | Gate::Own).then_some(Rule { gate: Gate::Each, ..rule })
}

/// The same by the name alone.
fn named(name: &[u8]) -> Option<Rule> {
    let mut buffer = [0; LONGEST];
    let folded = fold(name, &mut buffer)?;
    let ending = usize::from(*folded.last()?);
    for name in &BY_LAST_BYTE[ending] {
        if is(folded, name) {
            return name.2.map(|(kind, gate)| Rule { kind, gate });
        }
    }
    (folded.ends_with(b"key") && !locates(folded)).then_some(Rule { kind: "api-key", gate: Gate::Parameter })
}

/// Keys that say where something is (`cache_key`, `thread_key`), are public, or are another word.
fn locates(folded: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "arg",
        "cache",
        "column",
        "config",
        "dedup",
        "dict",
        "event",
        "field",
        "file",
        "foreign",
        "group",
        "hash",
        "host",
        "idempotency",
        "index",
        "issue",
        "item",
        "job",
        "kms",
        "label",
        "limit",
        "lock",
        "lookup",
        "map",
        "message",
        "metric",
        "mon",
        "object",
        "ordering",
        "partition",
        "path",
        "primary",
        "project",
        "public",
        "record",
        "request",
        "route",
        "routing",
        "row",
        "shard",
        "sort",
        "state",
        "tag",
        "task",
        "thread",
        "trace",
        "unique",
        "websocket",
    ];
    let rest = folded.strip_suffix(b"key").unwrap_or(folded);
    ends_with_one(rest, WORDS)
}

/// The last bytes are compared first, since most words differ there already.
fn ends_with_one(folded: &[u8], words: &[&str]) -> bool {
    let last = folded.last();
    words.iter().any(|word| word.as_bytes().last() == last && folded.ends_with(word.as_bytes()))
}

/// Lower-case letters and digits of the last segment, without trailing digits.
fn fold<'b>(name: &[u8], buffer: &'b mut [u8; LONGEST]) -> Option<&'b [u8]> {
    if name.len() > LONGEST {
        return None;
    }
    let dotted = name.iter().rposition(|&b| b == b'.').map_or(name, |dot| &name[dot + 1..]);
    let last = if dotted.eq_ignore_ascii_case(b"sid") { name } else { dotted };
    let mut length = 0;
    for &byte in last {
        if byte.is_ascii_alphanumeric() {
            buffer[length] = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    while length > 0 && buffer[length - 1].is_ascii_digit() {
        length -= 1;
    }
    (length > 0).then_some(&buffer[..length])
}

/// Names about a secret (`password_expires_at`, `api_key_name`), not of one.
fn names_a_fact(folded: &[u8]) -> bool {
    const ENDS: &[&str] = &[
        "name",
        "file",
        "path",
        "url",
        "uri",
        "type",
        "count",
        "length",
        "ref",
        "id",
        "at",
        "expiry",
        "expires",
        "status",
        "error",
        "policy",
        "required",
        "enabled",
        "method",
        "field",
        "hint",
        "age",
        "reset",
        "strength",
        "source",
        "location",
        "header",
        "algorithm",
    ];
    ends_with_one(folded, ENDS)
}

/// Names whose values are identifiers of evidence: entropy must not touch them.
pub fn protects(name: &[u8]) -> bool {
    const ENDS: &[&str] = &[
        "requestid",
        "traceid",
        "spanid",
        "parentid",
        "correlationid",
        "streamid",
        "executionid",
        "threadkey",
        "tooluseid",
        "toolcallid",
        "messageid",
        "eventid",
        "amzid",
        "xamzcfid",
        "cfray",
        "traceparent",
        "tracestate",
        "etag",
        "digest",
        "checksum",
        "hash",
        "integrity",
        "commit",
        "revision",
        "version",
        "image",
        "imageid",
        "container",
        "containerid",
        "podname",
        "resource",
        "resourcename",
        "arn",
        "kid",
        "hostid",
        "amznrequestid",
        "amzrequestid",
        "ifnonematch",
        "ifmatch",
        "fingerprint",
        "sha",
        "md",
        "uid",
        "uuid",
        "operationid",
        "jobid",
        "runid",
        "taskid",
        "generationid",
        "responseid",
        "conversationid",
        "deploymentid",
        "sandboxid",
        "buildid",
        "thumbprint",
        "jkt",
        "azureref",
        "keyid",
        "accountid",
        "clientid",
        "projectid",
        "userid",
        "nodename",
        "pageid",
        "fileid",
        "cursor",
        "uploadid",
        "versionid",
        "boundary",
        "publickey",
        "codechallenge",
    ];
    let mut buffer = [0; LONGEST];
    fold(name, &mut buffer).is_some_and(|folded| ends_with_one(folded, ENDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(name: &str) -> Option<Gate> {
        rule(name.as_bytes()).map(|r| r.gate)
    }

    #[test]
    fn spellings_of_a_name_are_one_name() {
        for name in [
            "X-Api-Key",
            "api_key",
            "apiKey2",
            "spring.mail.apikey",
            "OPENAI_API_KEY",
            "x-goog-api-key",
            "downstream_api_key",
        ] {
            assert_eq!(gate(name), Some(Gate::Strong), "{name}");
        }
        assert_eq!(gate("DB_PASSWORD"), Some(Gate::Password));
        assert_eq!(gate("connect.sid"), Some(Gate::Strong));
        assert_eq!(gate("secret_id"), Some(Gate::SecretId));
    }

    #[test]
    fn facts_about_secrets_are_not_secrets() {
        for name in [
            "max_tokens",
            "total_tokens",
            "token_type",
            "tokenizer",
            "secret_ref",
            "secret_name",
            "token_endpoint",
            "token_expires_at",
            "has_refresh_token",
            "thread_key",
            "arg_keys",
            "public_key",
            "status_code",
            "password_expires_at",
            "api_key_name",
            "secret_unavailable",
            "token_unavailable",
            "tool_use_id",
            "next_page_token",
            "access_token_sha256",
        ] {
            assert_eq!(gate(name), None, "{name}");
        }
    }

    #[test]
    fn plurals_are_maps_and_lists_of_secrets() {
        for name in ["api-keys", "APIKeys", "accessTokens", "tokens", "passwords", "clientSecrets"] {
            assert_eq!(each(name.as_bytes()).map(|r| r.gate), Some(Gate::Each), "{name}");
        }
        for name in ["keys", "arg_keys", "public_keys", "cookies", "states", "password", "token_types", "s", ""] {
            assert_eq!(each(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn the_index_by_last_byte_changes_no_answer() {
        let parts = NAMES.iter().map(|n| n.1).chain(["a", "_name", "my", "7", "hash", "status", "key", "thread"]);
        let parts: Vec<&str> = parts.collect();
        for (a, b) in parts.iter().flat_map(|a| parts.iter().map(move |b| (a, b))) {
            let name = format!("{a}{b}");
            let mut buffer = [0; LONGEST];
            let Some(folded) = fold(name.as_bytes(), &mut buffer) else { continue };
            let first = NAMES.iter().find(|name| is(folded, name));
            let indexed = BY_LAST_BYTE[usize::from(folded[folded.len() - 1])].iter().find(|name| is(folded, name));
            assert!(first.map(|n| n.1) == indexed.map(|n| n.1), "{name}");
        }
    }

    #[test]
    fn every_name_contains_a_stem() {
        for (_, word, says) in NAMES {
            if says.is_some() {
                let found = STEMS.iter().any(|s| word.contains(&s.replace(['.', '_', '-'], "")));
                assert!(found, "{word} is never looked for");
            }
        }
    }
}
