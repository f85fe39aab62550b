//! Hosts as they are compared.

/// Host without port, lower case.
pub fn bare_host(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let host = match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && !host.contains(':') => {
            host
        }
        Some((host, port)) if host.ends_with(']') && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => text,
    };
    host.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_port_and_case() {
        assert_eq!(bare_host("API.x.example:443"), "api.x.example");
        assert_eq!(bare_host("api.x.example"), "api.x.example");
        assert_eq!(bare_host("::1"), "::1");
        assert_eq!(bare_host("[::1]:443"), "[::1]");
    }
}
