//! Members that go by more than one name: snake_case as the server writes them, camelCase as other programs do.

use super::json::Object;

/// Names under both namings.
pub const TWINS: [(&str, &str); 9] = [
    ("access_token", "accessToken"),
    ("refresh_token", "refreshToken"),
    ("client_id", "clientId"),
    ("client_secret", "clientSecret"),
    ("auth_method", "authMethod"),
    ("profile_arn", "profileArn"),
    ("start_url", "startUrl"),
    ("client_id_hash", "clientIdHash"),
    ("account_id", "accountId"),
];

/// Members that hold the interval between refreshes, in the order in which the server tries them.
pub const INTERVALS: [&str; 4] =
    ["refresh_interval_seconds", "refreshIntervalSeconds", "refresh_interval", "refreshInterval"];

/// The filled member of this name, or else its twin.
pub fn filled<'o>(object: &'o Object, snake: &str) -> Option<&'o str> {
    let camel = TWINS.iter().find(|(name, _)| *name == snake).map(|(_, camel)| *camel);
    object.filled(snake).or_else(|| object.filled(camel?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::json::{Value, parse};

    #[test]
    fn a_member_is_found_under_either_name() {
        let text =
            br#"{"clientId":"camel","auth_method":" ","authMethod":"idc","client_id_hash":"a","clientIdHash":"b"}"#;
        let Value::Object(object) = parse(text).expect("JSON").value else { panic!("an object") };
        assert_eq!(filled(&object, "client_id"), Some("camel"));
        assert_eq!(filled(&object, "auth_method"), Some("idc"));
        assert_eq!(filled(&object, "client_id_hash"), Some("a"));
        assert_eq!(filled(&object, "client_secret"), None);
    }
}
