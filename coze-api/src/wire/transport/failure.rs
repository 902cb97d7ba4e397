//! Errors of the HTTP client as errors of this crate.

use std::error::Error as StdError;
use std::time::Duration;

use crate::base::error::{BoxError, Error, Kind};
use crate::base::redact;

/// The message for a body that ends early.
const BROKEN_OFF: &str = "the reply broke off";

/// Translates an error of sending a request: of the HTTP client, or of a transport.
#[cold]
pub(super) fn of_sending(error: BoxError, limit: Duration) -> Error {
    let error = match error.downcast::<reqwest::Error>() {
        Ok(error) => return translate(*error, limit),
        Err(error) => error,
    };
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => Error::from_kind(Kind::Transport("the transport failed")).with_source(error),
    }
}

/// Translates an error of the HTTP client, whose type is private.
#[cold]
pub(super) fn translate(error: reqwest::Error, limit: Duration) -> Error {
    let kind = if error.is_connect() {
        connect(&error)
    } else if error.is_timeout() {
        // Of a client that the user configured.
        Kind::Timeout(limit)
    } else if is_unprocessed(&error) {
        Kind::Unprocessed(server(&error))
    } else if error.is_builder() {
        Kind::Request("the request cannot be sent".into())
    } else if error.is_body() || error.is_decode() {
        Kind::Transport(BROKEN_OFF)
    } else {
        Kind::Transport("the connection broke before a reply came")
    };
    Error::from_kind(kind).with_source(error.without_url())
}

/// Explains why there is no connection.
fn connect(error: &reqwest::Error) -> Kind {
    let (cause, permanent) = explain(error);
    Kind::Connect { reason: format!("{}: {cause}", server(error)), permanent }
}

/// Returns the host of the server, and its port unless it is that of the scheme.
fn server(error: &reqwest::Error) -> String {
    let url = error.url();
    let host = url.and_then(|url| url.host_str()).unwrap_or("the server");
    let port = url.and_then(reqwest::Url::port).map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}")
}

/// Returns the texts of an error and its causes. The errors of the layers below have private types,
/// so only their texts tell them apart.
fn texts(error: &(dyn StdError + 'static)) -> Vec<String> {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(ToString::to_string).collect()
}

/// Returns `true` if a server of HTTP/2 says that it has not begun to process the request: it has
/// refused the stream, or given up the connection (GOAWAY) before it.
///
/// reqwest sends such a request again itself, unless its body is a stream, as that of an upload.
fn is_unprocessed(error: &(dyn StdError + 'static)) -> bool {
    const SIGNS: [&str; 2] = [
        "stream error received: refused stream before processing",
        "connection error received: not a result of an error",
    ];
    texts(error).iter().any(|text| SIGNS.iter().any(|sign| text.contains(sign)))
}

/// Finds the cause of a failure to connect, and whether it is certain to be the same next time.
fn explain(error: &(dyn StdError + 'static)) -> (String, bool) {
    let texts = texts(error);
    let has = |part: &str| texts.iter().any(|text| text.contains(part));
    let root = texts.last().map(String::as_str).unwrap_or_default();
    let root = redact::one_line(root, 200);
    if has("proxy authorization required") {
        return ("the proxy requires a user name and a password (HTTP 407)".to_owned(), true);
    }
    if has("certificate") {
        return (format!("the TLS certificate of the server is not accepted: {root}"), true);
    }
    if has("scheme is not http") {
        let hint = "https needs TLS, which this build lacks: enable the feature `rustls` or \
                    `native-tls` of coze-api";
        return (hint.to_owned(), true);
    }
    if has("dns error") {
        let unknown = ["not known", "No such host", "No address", "does not resolve"];
        if unknown.into_iter().any(has) {
            return (format!("unknown host: {root}"), true);
        }
        return (format!("the host cannot be looked up: {root}"), false);
    }
    if has("tunnel error") {
        return (format!("the proxy does not connect: {root}"), false);
    }
    (root, false)
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::io;

    use super::*;

    /// An error of a layer, with that of the layer below.
    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<dyn StdError + Send + Sync>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Layer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    fn explained(layer: &'static str, cause: &'static str) -> (String, bool) {
        let below = Layer(layer, Some(Box::new(io::Error::other(cause))));
        explain(&Layer("client error (Connect)", Some(Box::new(below))))
    }

    #[test]
    fn causes_that_stay_are_told_from_those_that_pass() {
        for (layer, cause, expected, permanent) in [
            (
                "dns error",
                "failed to lookup address information: Name or service not known",
                "unknown host: failed to lookup address information: Name or service not known",
                true,
            ),
            ("dns error", "nodename nor servname provided, or not known", "unknown host: ", true),
            ("dns error", "No such host is known. (os error 11001)", "unknown host: ", true),
            ("dns error", "Temporary failure in name resolution", "cannot be looked up: ", false),
            ("x", "invalid peer certificate: UnknownIssuer", "not accepted: invalid peer", true),
            ("invalid URL, scheme is not http", "", "enable the feature `rustls`", true),
            ("tunnel error: proxy authorization required", "", "HTTP 407", true),
            ("tunnel error: unsuccessful", "refused", "the proxy does not connect: ", false),
            ("tcp connect error", "Connection refused", "Connection refused", false),
        ] {
            let (reason, stays) = explained(layer, cause);
            assert!(reason.contains(expected), "{reason}");
            assert_eq!(stays, permanent, "{reason}");
        }
    }

    #[test]
    fn only_a_request_that_the_server_did_not_accept_is_unprocessed() {
        for (cause, expected) in [
            ("stream error received: refused stream before processing any application logic", true),
            ("connection error received: not a result of an error", true),
            ("stream error received: stream no longer needed", false),
            ("stream error sent by user: refused stream before processing any", false),
            ("connection error received: unspecific protocol error detected", false),
        ] {
            let below = Layer("http2 error", Some(Box::new(io::Error::other(cause))));
            let error = Layer("error sending request", Some(Box::new(below)));
            assert_eq!(is_unprocessed(&error), expected, "{cause}");
        }
    }

    #[test]
    fn a_cause_is_one_bounded_line() {
        let (reason, _) = explained("tcp connect error", "a\nb\u{1b}[31m");
        assert!(!reason.chars().any(char::is_control), "{reason:?}");
    }
}
