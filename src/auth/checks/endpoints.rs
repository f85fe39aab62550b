//! Where the server sends the credential, as far as the file itself says it.

use super::super::case::Case;
use super::super::json::Value;
use crate::finding::Severity;

/// A member that holds an address.
struct Place {
    path: &'static [&'static str],
    /// The provider whose credential goes nowhere but to these hosts.
    vendor: Option<(&'static str, &'static [&'static str])>,
}

const PLACES: [Place; 5] = [
    Place { path: &["token_endpoint"], vendor: Some(("xai", &["x.ai"])) },
    Place { path: &["token", "token_uri"], vendor: Some(("gemini", GOOGLE)) },
    Place { path: &["service_account", "token_uri"], vendor: Some(("vertex", GOOGLE)) },
    Place { path: &["base_url"], vendor: None },
    Place { path: &["duo_gateway_base_url"], vendor: None },
];
const GOOGLE: &[&str] = &["googleapis.com", "google.com"];

/// Looks at the addresses.
pub fn check(case: &mut Case<'_>) {
    for Place { path, vendor } in PLACES {
        let Some(Value::Text(text)) = case.object.at(path) else { continue };
        let Some(address) = Address::of(text.expose()) else { continue };
        let own = vendor.filter(|(provider, _)| *provider == case.provider.name);
        let (severity, detail) = if !address.is_encrypted() {
            (case.if_loaded(Severity::Warning), "it is not https")
        } else if own.is_some_and(|(_, hosts)| !hosts.iter().any(|host| address.is_below(host))) {
            (Severity::Info, "it is not the vendor's host")
        } else {
            continue;
        };
        let pointer: String = path.iter().map(|step| format!("/{step}")).collect();
        case.note("endpoint-suspicious").severity(severity).at(pointer).say(detail);
    }
}

/// The parts of an absolute address that decide.
struct Address {
    scheme: String,
    host: String,
}

impl Address {
    fn of(text: &str) -> Option<Address> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let authority = rest.split(['/', '?', '#', '\\']).next()?;
        let host = authority.rsplit('@').next()?;
        let host = match host.strip_prefix('[') {
            Some(inside) => inside.split(']').next()?,
            None => host.split(':').next()?,
        };
        Some(Address { scheme: scheme.to_ascii_lowercase(), host: host.trim_end_matches('.').to_ascii_lowercase() })
    }

    /// Nobody reads along on the way from the machine to itself.
    fn is_encrypted(&self) -> bool {
        let itself = self.host == "localhost" || self.host == "::1" || self.host.starts_with("127.");
        self.scheme == "https" || itself
    }

    fn is_below(&self, domain: &str) -> bool {
        self.host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn the_host_is_what_a_client_would_ask() {
        let host = |text: &str| Address::of(text).map(|a| a.host);
        for (text, wanted) in [
            ("https://auth.x.ai/oauth2/token", "auth.x.ai"),
            ("https://auth.x.ai@evil.example/token", "evil.example"),
            ("https://evil.example#auth.x.ai", "evil.example"),
            ("https://evil.example\\.x.ai/", "evil.example"),
            ("http://[::1]:8080/v1", "::1"),
            ("HTTPS://AUTH.X.AI.:443", "auth.x.ai"),
        ] {
            assert_eq!(host(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(host("portal.qwen.ai"), None);
        let below = |text: &str| Address::of(text).is_some_and(|a| a.is_below("x.ai"));
        assert!(below("https://x.ai") && below("https://auth.x.ai/") && !below("https://notx.ai/"));
    }
}
