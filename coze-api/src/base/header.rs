//! HTTP headers.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::base::platform::STUDIO;
use crate::base::redact;

/// Checks a header, which must not change where the body ends. The value stays out of the message,
/// because it may be a secret.
pub(crate) fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::try_from(name)
        .map_err(|_| format!("\"{}\" is not the name of a header", redact::one_line(name, 60)))?;
    if matches!(parsed, header::CONTENT_LENGTH | header::TRANSFER_ENCODING) {
        return Err(format!("header {parsed} follows from the body and cannot be set"));
    }
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| format!("the value of header {parsed} has an invalid character"))?;
    value.set_sensitive(redact::is_secret_key(parsed.as_str()));
    Ok((parsed, value))
}

/// Returns the ID under which Coze logged the request, from the headers of a response.
pub(crate) fn log_id(headers: &HeaderMap) -> Option<&str> {
    let mut ids = ["x-tt-logid", STUDIO.log_id].into_iter();
    ids.find_map(|name| headers.get(name)?.to_str().ok().filter(|id| !id.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_headers_are_marked() {
        let names = ["Authorization", "Cookie", "X-Api-Key", "x-auth", "Proxy-Authorization"];
        for (name, is_secret) in names.map(|name| (name, true)).into_iter().chain([
            ("accept-language", false),
            ("x-request-id", false),
            ("x-token-count", false),
        ]) {
            let (_, value) = parse_header(name, "value").expect("a valid header");
            assert_eq!(value.is_sensitive(), is_secret, "{name}");
        }
    }
}
