//! The file's type and name, against each other and against the account inside.

use super::super::case::Case;
use super::super::providers::{self, api_key, generic};
use crate::finding::Severity;

/// Checks type, file name and account.
pub fn check(case: &mut Case<'_>) {
    kind(case);
    prefix(case);
    email(case);
}

fn kind(case: &mut Case<'_>) {
    if case.provider.store || std::ptr::eq(case.provider, &api_key::PROVIDER) {
        return;
    }
    let written = case.object.filled("type").unwrap_or("");
    if written.is_empty() {
        let store = ["claudeAiOauth", "tokens", "OPENAI_API_KEY", "clientIdHash"].iter().any(|m| case.object.has(m));
        let finding = case.note("type-missing").at("/type");
        if store {
            finding.say("it has the layout of another program's store");
        }
        return;
    }
    let (lower, raw) = (written.to_lowercase(), case.object.text("type").unwrap_or(""));
    if written != lower || raw != written {
        case.note("type-case").at("/type");
    }
    if matches!(lower.as_str(), "gemini-cli") {
        case.note("type-not-loaded").at("/type").say("newer builds expect gemini");
    }
}

fn prefix(case: &mut Case<'_>) {
    let by_name = providers::by_prefix(case.name);
    let unsure = case.provider.store || std::ptr::eq(case.provider, &generic::PROVIDER);
    if let Some(other) = by_name.filter(|other| !unsure && !std::ptr::eq(**other, case.provider))
        && case.object.filled("type").is_some()
        && !case.name.to_lowercase().contains("api-key")
    {
        let detail = format!("the name says {}", other.name);
        case.note("type-filename-mismatch").at("/type").say(detail);
    }
}

/// An e-mail address in the name must be the one inside; some builds write it with underscores or dashes.
fn email(case: &mut Case<'_>) {
    let Some(email) = case.object.filled("email").filter(|e| e.contains('@')) else { return };
    let (name, email) = (case.name.to_lowercase(), email.to_lowercase());
    if case.provider.store || name.contains(&email) {
        return;
    }
    if name.contains('@') {
        case.note("filename-email-mismatch").at("/email");
        return;
    }
    let folded = |text: &str| -> String { text.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect() };
    let stem = name.strip_suffix(".json").unwrap_or(&name);
    let parts = folded(stem).split('-').filter(|p| !p.is_empty()).count();
    // Only names as long as a spelled-out address are compared, and only as a remark: many are free text.
    if parts >= 5 && !folded(stem).contains(&folded(&email)) && case.provider.accounts.first() == Some(&"email") {
        case.note("filename-email-mismatch").severity(Severity::Info).at("/email");
    }
}
