//! From the checks of one file to its facts: every text of the file becomes a checked word, a fingerprint or nothing.

use super::aliases;
use super::case::{Case, Token};
use super::checks;
use super::expiry::{self, Parsed};
use super::facts::FileFact;
use super::fingerprint::{self, Account, Key};
use super::json::{Object, Value};
use super::providers::{self, Lifetime, Need, Provider, kiro, kiro_ide};
use super::verdict::{Refresh, State};

/// Takes over what the checks found, as plain values.
pub(super) fn fill(fact: &mut FileFact, case: Case<'_>, kind: &str, key: &Key) {
    let (object, provider) = (case.object, case.provider);
    fact.provider =
        Some(if matches!(provider.name, "" | "unknown") { checked_word(kind) } else { provider.name.to_owned() });
    fact.auth_method = login_type(object);
    fact.loads = case.loads;
    fact.refresh = case.can_refresh;
    fact.expires_at = case.expires;
    fact.region = object.filled("region").filter(|r| kiro::is_region(r)).map(str::to_owned);
    fact.has_access_token = case.access.is_present() || iflow_key(provider, object);
    fact.has_refresh_token = case.refresh.is_present();
    fact.has_client_id = filled_any(object, &["client_id", "oauth_client_id"]);
    fact.has_client_secret = filled_any(object, &["client_secret", "oauth_client_secret"]);
    fact.disabled = matches!(object.get("disabled"), Some(Value::Bool(true)));
    fact.last_refresh = expiry::last_refresh(object);
    let account = provider.accounts.iter().find_map(|m| object.filled(m));
    // A token that was pasted into the neighbouring member names nobody.
    let pasted = |name: &&str| [&case.access, &case.refresh].iter().any(|token| token.expose().trim() == name.trim());
    fact.account = account.filter(|name| !pasted(name)).map(|name| Account::new(key, name));
    let lifetime = (provider.lifetime)(object);
    fact.state = if lifetime == Lifetime::Endless { State::None } else { State::Unknown };
    links(fact, &case, key);
    fact.findings.extend(case.findings);
}

/// iFlow requests carry the API key, so it stands for the access token.
fn iflow_key(provider: &Provider, object: &Object) -> bool {
    provider.name == "iflow" && object.filled("api_key").is_some()
}

fn links(fact: &mut FileFact, case: &Case<'_>, key: &Key) {
    let (object, provider) = (case.object, case.provider);
    let token = |token: &Token<'_>| token.sound.then(|| key.of(token.expose()));
    let met = expiry::walk(object);
    let links = &mut fact.links;
    links.access = token(&case.access);
    links.refresh = token(&case.refresh);
    let stands_in = iflow_key(provider, object).then(|| object.filled("api_key")).flatten();
    links.carried = links.access.or_else(|| stands_in.map(|text| key.of(text)));
    links.token_sha256 = case.access.sound.then(|| fingerprint::sha256(case.access.expose()));
    links.client_id = aliases::filled(object, "client_id").map(|id| key.of(id));
    links.registration = aliases::filled(object, "client_id_hash").map(|id| key.of(&id.to_lowercase()));
    links.needs_client = match provider.name {
        // The endpoint of social logins asks for the refresh token alone.
        "kiro" => kiro::method(object).0 != kiro::Method::Social,
        "kiro-ide" => links.registration.is_some() && kiro_ide::is_registered(object),
        _ => false,
    };
    let stem = case.name.strip_suffix(".json").unwrap_or(case.name);
    links.registration_name = (provider.name == "sso-registration").then(|| key.of(&stem.to_lowercase()));
    let tells = provider.name == "sso-token";
    links.registration_end = tells.then(|| providers::store_time(object, "registrationExpiresAt")).flatten();
    links.account_part = account_part(object, provider).map(|part| key.of(&part));
    links.method = aliases::filled(object, "auth_method").map(|method| key.of(method));
    links.provider = Some(provider.name);
    links.is_store = provider.store;
    links.rotates = provider.rotates;
    links.silent_no_op = provider.silent_no_op;
    links.needs_token = (provider.need)(object) == Need::Token;
    let stands_for_one = provider.store && case.has("token-placeholder");
    links.usable = provider.access.paths.is_empty()
        && !stands_for_one
        && !case.has("vertex-service-account-missing")
        && !case.has("access-token-missing")
        || case.access.sound
        || iflow_key(provider, object)
        || provider.access.optional && case.can_refresh == Refresh::Possible;
    // An API key that stands for one is as good as absent, and Vertex sends no request without a project.
    links.hopeless = stands_in.is_some_and(checks::tokens::is_placeholder)
        || (provider.name == "vertex" && case.has("project-id-missing"))
        || ["vertex-service-account-missing", "vertex-private-key-invalid", "iflow-api-key-missing"]
            .iter()
            .any(|id| case.has(id));
    links.lead_seconds = (provider.lead_seconds)(object);
    links.interval_seconds = expiry::interval(object).map(|(_, seconds)| seconds);
    links.renewal_end = case.renewal_end;
    links.members = object.members().map(|(name, _)| key.of(name)).collect();
    let nested = object.object("token").into_iter().flat_map(Object::members);
    links.members.extend(nested.map(|(name, _)| key.of(&format!("token/{name}"))));
    links.members.sort_unstable();
    links.form = expiry::winner(&met).and_then(|m| match m.parsed {
        Parsed::At(at, form) => Some((form, at.nanos != 0)),
        _ => None,
    });
    links.expiries =
        met.iter().filter_map(|m| if let Parsed::At(at, _) = m.parsed { Some(at) } else { None }).collect();
    links.typed = object.filled("type").is_some();
}

fn account_part(object: &Object, provider: &Provider) -> Option<String> {
    let parts: Vec<&str> = provider.account_parts.iter().filter_map(|m| object.filled(m)).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn filled_any(object: &Object, names: &[&str]) -> bool {
    let is_filled = |object: &Object| names.iter().any(|name| aliases::filled(object, name).is_some());
    is_filled(object) || object.object("token").is_some_and(is_filled)
}

fn login_type(object: &Object) -> Option<String> {
    let method = object.filled("auth_method").or_else(|| object.filled("authMethod"))?;
    let plain = method.len() <= 20 && method.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    Some(if plain { method.to_owned() } else { "other".to_owned() })
}

/// A type name from the file is shown only when it looks like one.
fn checked_word(kind: &str) -> String {
    let plain =
        !kind.is_empty() && kind.len() <= 24 && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_');
    if plain { kind.to_owned() } else { "unknown".to_owned() }
}
