//! A request of the SDK as a command of curl.

use std::collections::BTreeMap;

use crate::engine::{Body, Part, Request};

/// What says which SDK it is would be untrue of curl; the rest curl writes by itself.
const LEFT_OUT: [&str; 3] = ["user-agent", "x-coze-client-user-agent", "content-length"];

/// The command. The token is taken from the environment variable `COZE_API_TOKEN`.
///
/// `paths` says where the files of a form are; without it their names stand there.
pub(crate) fn curl(request: &Request, paths: &BTreeMap<String, String>) -> String {
    let mut lines = vec![format!("curl --request {} {}", request.method, quoted(&request.url))];
    let form = matches!(request.body, Body::Form(_));
    for (name, value) in &request.headers {
        if LEFT_OUT.contains(&name.as_str()) || (form && name == "content-type") {
            continue;
        }
        lines.push(if name == "authorization" {
            // In double quotes, so that the shell puts the token there.
            "--header \"authorization: Bearer $COZE_API_TOKEN\"".to_owned()
        } else {
            format!("--header {}", quoted(&format!("{name}: {value}")))
        });
    }
    match &request.body {
        Body::Empty => {
            // As the SDK does: some gateways ask for a length.
            let empty = request.headers.iter().any(|(name, _)| name == "content-length");
            if empty {
                lines.push("--data ''".to_owned());
            }
        }
        // Not `--data`, which would take a first `@` for the name of a file.
        Body::Json(json) => lines.push(format!("--data-raw {}", quoted(json))),
        Body::Form(parts) => {
            lines.extend(parts.iter().map(|(name, part)| part_of(name, part, paths)));
        }
    }
    lines.join(" \\\n  ")
}

fn part_of(name: &str, part: &Part, paths: &BTreeMap<String, String>) -> String {
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

/// An argument that no shell changes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_reaches_the_shell() {
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
