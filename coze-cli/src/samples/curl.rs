//! Formats a request of the SDK as a curl command.

use std::collections::BTreeMap;

use super::http::OMITTED_HEADERS;
use crate::engine::{Body, Part, Request};

/// Returns the curl command for a request. It takes the token from `COZE_API_TOKEN`.
///
/// `paths` contains the paths of the files in a form. Files without a path are named by their file
/// name.
pub(crate) fn curl(request: &Request, paths: &BTreeMap<String, String>) -> String {
    let mut lines = vec![format!("curl --request {} {}", request.method, quoted(&request.url))];
    let form = matches!(request.body, Body::Form(_));
    for (name, value) in &request.headers {
        if OMITTED_HEADERS.contains(&name.as_str()) || (form && name == "content-type") {
            continue;
        }
        lines.push(if name == "authorization" {
            // The shell expands the variable in double quotes.
            "--header \"authorization: Bearer $COZE_API_TOKEN\"".to_owned()
        } else {
            format!("--header {}", quoted(&format!("{name}: {value}")))
        });
    }
    match &request.body {
        Body::Empty => {
            // Like the SDK, send `content-length: 0`, which some gateways require.
            let empty = request.headers.iter().any(|(name, _)| name == "content-length");
            if empty {
                lines.push("--data ''".to_owned());
            }
        }
        // `--data` would read a file if the body started with `@`.
        Body::Json(json) => lines.push(format!("--data-raw {}", quoted(json))),
        Body::Form(parts) => {
            lines.extend(parts.iter().map(|(name, part)| form_option(name, part, paths)));
        }
    }
    lines.join(" \\\n  ")
}

/// Returns the option for a part of a form.
fn form_option(name: &str, part: &Part, paths: &BTreeMap<String, String>) -> String {
    match part {
        Part::Text(text) => {
            format!("--form-string {}", quoted(&format!("{name}={text}")))
        }
        Part::Json(json) => {
            let json = json.replace('\\', "\\\\").replace('"', "\\\"");
            format!("--form {}", quoted(&format!("{name}=\"{json}\";type=application/json")))
        }
        Part::File(file) => {
            let path = paths.get(name).unwrap_or(file);
            let path = path.replace('\\', "\\\\").replace('"', "\\\"");
            format!("--form {}", quoted(&format!("{name}=@\"{path}\"")))
        }
    }
}

/// Quotes an argument for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_shell() {
        let request = Request {
            method: "POST".into(),
            url: "https://api.coze.cn/v3/chat?conversation_id=1".into(),
            headers: vec![("authorization".into(), "Bearer ***".into())],
            body: Body::Json(r#"{"text":"it's $HOME `id`"}"#.into()),
        };
        assert_eq!(
            curl(&request, &BTreeMap::new()),
            "curl --request POST 'https://api.coze.cn/v3/chat?conversation_id=1' \\\n  \
             --header \"authorization: Bearer $COZE_API_TOKEN\" \\\n  \
             --data-raw '{\"text\":\"it'\\''s $HOME `id`\"}'"
        );
    }
}
