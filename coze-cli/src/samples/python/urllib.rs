//! Sample code for `urllib.request` of the standard library.

use crate::engine::Part;
use crate::samples::expression::{Expression, PYTHON, string};
use crate::samples::http::{Exchange, Payload, REPLY_FILE, Response};

/// A function that writes the parts of a form.
const FORM: &str = r#"
def form(parts, boundary):
    """Encodes the parts of a form: names, headers and contents."""
    body = b""
    for name, header, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{header}'
        body += head.encode() + b"\r\n\r\n" + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()

"#;

/// Returns a program that sends the request.
pub(super) fn program(exchange: &Exchange) -> String {
    let mut headers: Vec<(String, Expression)> = Vec::new();
    if exchange.token {
        let token = "f\"Bearer {os.environ['COZE_API_TOKEN']}\"".to_owned();
        headers.push(("authorization".to_owned(), Expression::Atom(token)));
    }
    let plain = |(name, value): &(String, String)| (name.clone(), Expression::Atom(string(value)));
    headers.extend(exchange.headers.iter().map(plain));
    let mut arguments = vec![("method".to_owned(), Expression::Atom(string(&exchange.method)))];
    let mut imports = vec!["import os", "import urllib.request"];
    let (mut functions, mut before) = ("\n", String::new());
    match &exchange.payload {
        Payload::Empty => {}
        Payload::Json(value) => {
            imports.insert(0, "import json");
            before = Expression::literal(value).between(&PYTHON, "body = ", "\n");
            arguments
                .push(("data".to_owned(), Expression::Atom("json.dumps(body).encode()".into())));
        }
        Payload::Form(parts) => {
            imports.push("import uuid");
            imports.push("from pathlib import Path");
            functions = FORM;
            before = form(parts);
            let kind = "f\"multipart/form-data; boundary={boundary}\"".to_owned();
            headers.push(("content-type".to_owned(), Expression::Atom(kind)));
            arguments
                .push(("data".to_owned(), Expression::Atom("form(parts, boundary)".to_owned())));
        }
    }
    arguments.insert(1, ("headers".to_owned(), Expression::Object(headers)));
    let request = request(&exchange.url, arguments);
    let read = match exchange.response {
        Response::Json => "    print(response.read().decode())".to_owned(),
        Response::Events => {
            "    for line in response:\n        print(line.decode(), end=\"\")".to_owned()
        }
        Response::File => {
            imports.insert(0, "import shutil");
            format!(
                "    with open(\"{REPLY_FILE}\", \"wb\") as file:\n        \
                 shutil.copyfileobj(response, file)"
            )
        }
    };
    format!(
        "{}\n{functions}{before}{request}\nwith urllib.request.urlopen(request) as response:\n\
         {read}\n",
        imports.join("\n"),
    )
}

/// Writes the request, whose first argument has no name.
fn request(url: &str, arguments: Vec<(String, Expression)>) -> String {
    let lines = arguments.into_iter().map(|(name, value)| {
        let lines = value.between(&PYTHON, &format!("{name}="), ",");
        format!("{}\n", crate::samples::http::indented(&lines, 4))
    });
    format!(
        "request = urllib.request.Request(\n    {},\n{})",
        string(url),
        lines.collect::<String>()
    )
}

fn form(parts: &[(String, Part)]) -> String {
    let line = |(name, part): &(String, Part)| {
        let (header, content) = match part {
            Part::Text(text) => (string(""), format!("{}.encode()", string(text))),
            Part::Json(json) => {
                (string("\r\nContent-Type: application/json"), format!("{}.encode()", string(json)))
            }
            Part::File(file) => (
                string(&format!("; filename=\"{file}\"")),
                format!("Path({}).read_bytes()", string(file)),
            ),
        };
        format!("    ({}, {header}, {content}),\n", string(name))
    };
    let lines: String = parts.iter().map(line).collect();
    format!("boundary = uuid.uuid4().hex\nparts = [\n{lines}]\n")
}
