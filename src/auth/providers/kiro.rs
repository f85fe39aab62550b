//! Kiro: AWS logins. Which endpoint refreshes one depends on four members, and a gap sends it to the wrong one.

use super::{Lifetime, MINUTE, Need, Provider, Shape, Slot};
use crate::auth::case::Case;
use crate::auth::json::Object;
use crate::auth::jwt;
use crate::finding::Severity;

pub static PROVIDER: Provider = Provider {
    name: "kiro",
    types: &["kiro"],
    prefixes: &["kiro"],
    untyped: None,
    store: false,
    lead_seconds: |_| 20 * MINUTE,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Prefix(&["aoa", "eyJ"]), optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Prefix(&["aor"]), optional: false },
    refresh_secrets: &["client_id", "client_secret"],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "the refresh fails with an error line",
    silent_no_op: false,
    rotates: true,
    accounts: &["email"],
    account_parts: &["auth_method"],
    check,
    example: r##"{"type":"kiro","access_token":"aoaAq3fZx81LmPw5TgY","refresh_token":"aorBq3fZx81LmPw5TgY","profile_arn":"arn:aws:codewhisperer:us-east-1:1:profile/A","expires_at":"2026-02-21T12:52:00Z","auth_method":"idc","provider":"Enterprise","client_id":"c1","client_secret":"s1","region":"us-west-2","start_url":"https://d-1.awsapps.com/start","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"kiro","access_token":"aoaAq3fZx81LmPw5TgY","refresh_token":"aorBq3fZx81LmPw5TgY","profile_arn":"arn:aws:codewhisperer:us-east-1:1:profile/A","expires_at":"2026-02-21T12:52:00Z","auth_method":"idc","provider":"Enterprise","client_id":"c1","region":"us-west-2","start_url":"https://d-1.awsapps.com/start","email":"ada@example.com"}"##,
        "kiro-idc-client-secret-missing",
    ),
};

/// The login type as the executor sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::auth) enum Method {
    Idc,
    BuilderId,
    Social,
    ExternalIdp,
    Missing,
    Unknown,
}

/// The login type, and whether it is spelled exactly as most builds compare it.
pub(in crate::auth) fn method(object: &Object) -> (Method, bool) {
    let Some(written) = object.filled("auth_method") else {
        let external = object.has("issuer_url") && object.has("token_endpoint");
        return (if external { Method::ExternalIdp } else { Method::Missing }, true);
    };
    let folded: String = written.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let (method, exact) = match folded.as_str() {
        "idc" => (Method::Idc, "idc"),
        "builderid" => (Method::BuilderId, "builder-id"),
        "social" => (Method::Social, "social"),
        "google" => (Method::Social, "google"),
        "github" => (Method::Social, "github"),
        "externalidp" => return (Method::ExternalIdp, true),
        _ => return (Method::Unknown, true),
    };
    (method, object.text("auth_method") == Some(exact))
}

/// Whether a region has the shape of an AWS region. Sovereign partitions have longer first parts than the server's own
/// pattern allows; an availability zone's letter, upper case or underscores never fit.
pub(in crate::auth) fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or("");
    let rest: Vec<&str> = parts.collect();
    let Some((number, words)) = rest.split_last() else { return false };
    (2..=5).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && !words.is_empty()
        && words.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn check(case: &mut Case<'_>) {
    let (method, exact) = method(case.object);
    match method {
        Method::Idc => idc(case),
        Method::BuilderId => builder(case),
        Method::Social => social(case),
        Method::ExternalIdp => {
            case.note("kiro-external-idp-unsupported").at("/auth_method");
            case.block();
        }
        Method::Missing => missing_method(case),
        Method::Unknown => {
            case.note("kiro-auth-method-unknown").at("/auth_method");
            case.block();
        }
    }
    if !exact {
        case.note("kiro-auth-method-case").at("/auth_method");
        if method != Method::Social {
            case.doubt();
        }
    }
    camel_case(case);
    profile(case, method);
    registration(case);
}

/// What decides about the endpoint stands under a name that most builds do not read.
fn camel_case(case: &mut Case<'_>) {
    let names = [("client_id", "clientId"), ("client_secret", "clientSecret"), ("auth_method", "authMethod")];
    let found = names.into_iter().find(|(snake, camel)| absent(case, snake) && !absent(case, camel));
    if let Some((_, camel)) = found.filter(|_| !case.has("camelcase-fields")) {
        case.note("camelcase-fields").at(format!("/{camel}"));
    }
}

fn absent(case: &Case<'_>, name: &str) -> bool {
    case.object.filled(name).is_none()
}

fn idc(case: &mut Case<'_>) {
    for (name, id) in [
        ("client_id", "kiro-idc-client-id-missing"),
        ("client_secret", "kiro-idc-client-secret-missing"),
        ("region", "kiro-idc-region-missing"),
    ] {
        if absent(case, name) {
            case.note(id).at(format!("/{name}"));
            case.block();
        }
    }
    if region_is_odd(case) {
        case.note("kiro-region-invalid").at("/region");
        case.block();
    }
    if absent(case, "start_url") {
        case.note("kiro-start-url-missing").at("/start_url");
    }
}

fn region_is_odd(case: &Case<'_>) -> bool {
    case.object.text("region").is_some_and(|region| !region.trim().is_empty() && !is_region(region))
}

fn builder(case: &mut Case<'_>) {
    if absent(case, "client_id") || absent(case, "client_secret") {
        let name = if absent(case, "client_id") { "/client_id" } else { "/client_secret" };
        case.note("kiro-builder-client-missing").at(name);
        case.block();
    }
    if region_is_odd(case) {
        case.note("kiro-region-invalid")
            .severity(Severity::Info)
            .at("/region")
            .say("ignored: builder-id always uses us-east-1");
    }
}

fn social(case: &mut Case<'_>) {
    let leftover = ["client_id", "client_secret", "start_url"].into_iter().find(|name| !absent(case, name));
    if let Some(name) = leftover {
        case.note("kiro-method-drift").at(format!("/{name}"));
    }
}

/// Without a method the social endpoint is asked, which suits a social login only.
fn missing_method(case: &mut Case<'_>) {
    let social =
        ["Google", "Github", "GitHub", "google", "github"].iter().any(|p| case.object.filled("provider") == Some(p));
    case.note("kiro-auth-method-missing").at("/auth_method");
    if !social {
        case.block();
    }
}

fn profile(case: &mut Case<'_>, method: Method) {
    let enterprise = case.object.filled("provider").is_some_and(|p| p.eq_ignore_ascii_case("enterprise"));
    let wanted =
        method == Method::Social || (enterprise && method != Method::BuilderId && method != Method::ExternalIdp);
    match case.object.filled("profile_arn") {
        None if wanted => {
            let severity = case.if_loaded(Severity::Warning);
            case.note("kiro-profile-arn-missing").severity(severity).at("/profile_arn");
        }
        Some(arn) => {
            let api_region = case.object.filled("api_region");
            let arn_region = arn.split(':').nth(3).filter(|r| !r.is_empty());
            if api_region.zip(arn_region).is_some_and(|(api, arn)| api != arn) {
                case.note("region-arn-mismatch").at("/api_region");
            }
        }
        None => {}
    }
}

/// What the file itself tells about the end of its client registration.
fn registration(case: &mut Case<'_>) {
    if !matches!(method(case.object).0, Method::Idc | Method::BuilderId) {
        return;
    }
    for name in
        ["client_secret_expires_at", "clientSecretExpiresAt", "registration_expires_at", "registrationExpiresAt"]
    {
        if let Some(end) = super::store_time(case.object, name) {
            return super::sso_registration::judge(case, end, &format!("/{name}"));
        }
    }
    let claimed =
        case.object.filled("client_secret").and_then(jwt::decode).and_then(|claims| claims.registration_end());
    let Some(end) = claimed else { return };
    // Third-party knowledge of an undocumented format: a hint that blocks nothing.
    case.renewal_end = Some(end);
    if end <= case.as_of {
        case.note("kiro-registration-expired")
            .severity(Severity::Warning)
            .at("/client_secret")
            .say(format!("the client secret claims to end {} (not verified)", end.text()));
        case.doubt();
    } else if super::sso_registration::ends_soon(end, case.as_of) {
        case.note("kiro-registration-expiring")
            .at("/client_secret")
            .say(format!("the client secret claims to end {} (not verified)", end.text()));
    }
}

#[cfg(test)]
mod tests {
    use super::is_region;

    #[test]
    fn regions() {
        for good in ["us-east-1", "eu-central-1", "ap-southeast-1", "us-gov-west-1", "eusc-de-east-1", "cn-north-1"] {
            assert!(is_region(good), "{good}");
        }
        for bad in [
            "us_east_1",
            "us-east-1a",
            "US-EAST-1",
            " us-east-1",
            "us-east",
            "useast1",
            "1-east-1",
            "us--1",
            "us-east-123",
        ] {
            assert!(!is_region(bad), "{bad}");
        }
    }
}
