//! Writes a call in the forms of other tools: curl, an `.http` file, `coze call`, and a Rust test
//! that replays it against the mock.

mod replay;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use coze_api::Client;
use coze_spec::model::{Operation, Reply, Type};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::engine::{Body, DryRunError, InvalidInput, Mode, Part, Request};
use crate::program::PROGRAM;
use crate::samples::{Options, call, curl, file_name, with_required_values};

/// The forms of one call.
#[derive(Debug, Serialize)]
pub(crate) struct Exports {
    curl: String,
    http: String,
    coze: String,
    test: String,
}

/// A response that a test replays.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Recorded {
    /// The body.
    Body(String),
    /// The names and the data of the events.
    Events(Vec<(String, String)>),
}

/// Returns the forms of a call. Missing required values are filled in. `target` is the option of
/// `coze` that selects the API.
pub(crate) async fn exports(
    client: &Client,
    operation: &'static Operation,
    values: &Map<String, Value>,
    options: Options,
    recorded: Option<&Recorded>,
    target: &str,
) -> Result<Exports, InvalidInput> {
    let values = with_required_values(operation, values, options.on_mock);
    let mode =
        if options.stream && operation.stream.is_some() { Mode::Events } else { Mode::Reply };
    let request = call(operation, &values, mode).request(client).await;
    let request = request.map_err(|error| match error {
        DryRunError::Input(invalid) => invalid,
        DryRunError::Sdk(error) => InvalidInput::general(error.to_string()),
    })?;
    Ok(Exports {
        curl: curl(&request, &BTreeMap::new()),
        http: http(operation, &request),
        coze: coze(operation, values.clone(), mode, target),
        test: replay::test(operation, &values, mode, &request, client.base_url(), recorded),
    })
}

/// Headers that identify the SDK or that the client of an `.http` file sets itself.
const OMITTED_HEADERS: [&str; 4] =
    ["user-agent", "x-coze-client-user-agent", "content-length", "accept-encoding"];
/// The boundary of the parts of a form.
const BOUNDARY: &str = "coze-playground";

/// Returns the request for editors that run `.http` files, such as Visual Studio Code with the
/// extension REST Client.
fn http(operation: &Operation, request: &Request) -> String {
    let form = matches!(request.body, Body::Form(_));
    let mut text = format!("### {}\n{} {}\n", operation.id, request.method, request.url);
    for (name, value) in &request.headers {
        let (name, value) = match name.as_str() {
            "authorization" => (name.as_str(), "Bearer {{$processEnv COZE_API_TOKEN}}"),
            "content-type" if form => continue,
            omitted if OMITTED_HEADERS.contains(&omitted) => continue,
            _ => (name.as_str(), value.as_str()),
        };
        let _ = writeln!(text, "{name}: {value}");
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(json) => {
            let _ = writeln!(text, "\n{}", crate::json::pretty(json));
        }
        Body::Form(parts) => {
            let _ = writeln!(text, "content-type: multipart/form-data; boundary={BOUNDARY}\n");
            for (name, part) in parts {
                let _ = write!(text, "--{BOUNDARY}\n{}\n", form_part(name, part));
            }
            let _ = writeln!(text, "--{BOUNDARY}--");
        }
    }
    text
}

/// Returns the headers and the content of a part of a form.
fn form_part(name: &str, part: &Part) -> String {
    let head = format!("Content-Disposition: form-data; name=\"{}\"", header_text(name));
    match part {
        Part::Text(text) => format!("{head}\n\n{text}"),
        Part::Json(json) => format!("{head}\nContent-Type: application/json\n\n{json}"),
        Part::File(file) => format!("{head}; filename=\"{}\"\n\n< {file}", header_text(file)),
    }
}

/// Encodes a quoted text of a header as browsers do.
fn header_text(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Returns the command that makes the call. It reads the values from its standard input.
fn coze(operation: &Operation, mut values: Map<String, Value>, mode: Mode, target: &str) -> String {
    let mut command = format!("{PROGRAM} call {}{target}", operation.id);
    if mode == Mode::Events && operation.reply != Reply::Events {
        command.push_str(" --stream");
    }
    for param in operation.params.iter().filter(|param| param.field.kind == Type::File) {
        if let Some(name) = values.remove(&param.field.wire) {
            let field = format!("{}=@{}", param.field.wire, file_name(&name));
            let _ = write!(command, " -F {}", shell_quoted(&field));
        }
    }
    if values.is_empty() {
        return format!("{command}\n");
    }
    let json = serde_json::to_string_pretty(&values).unwrap_or_default();
    // Indented JSON has no line that would end it.
    format!("{command} --json - <<'JSON'\n{json}\nJSON\n")
}

/// Quotes an argument for a POSIX shell, if necessary.
fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=@./:".contains(c);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_its_parts_and_files_by_their_path() {
        let operation = crate::catalog::find("files.upload").expect("an operation");
        let request = Request {
            method: "POST".into(),
            url: "https://api.coze.cn/v1/files/upload".into(),
            headers: vec![
                ("authorization".into(), "Bearer ***".into()),
                ("content-type".into(), "multipart/form-data; boundary=x".into()),
                ("user-agent".into(), "coze".into()),
            ],
            body: Body::Form(vec![
                ("a\"b".into(), Part::Text("text".into())),
                ("file".into(), Part::File("diary.txt".into())),
            ]),
        };
        assert_eq!(
            http(operation, &request),
            "### files.upload\nPOST https://api.coze.cn/v1/files/upload\n\
             authorization: Bearer {{$processEnv COZE_API_TOKEN}}\n\
             content-type: multipart/form-data; boundary=coze-playground\n\n\
             --coze-playground\nContent-Disposition: form-data; name=\"a%22b\"\n\ntext\n\
             --coze-playground\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"diary.txt\"\n\n< diary.txt\n--coze-playground--\n"
        );
        let values = Map::from_iter([("file".to_owned(), Value::from("it's.txt"))]);
        assert_eq!(
            coze(operation, values, Mode::Reply, " --mock"),
            "coze call files.upload --mock -F 'file=@it'\\''s.txt'\n"
        );
    }
}
