//! Sample code for `fetch`.

use crate::engine::Part;
use crate::samples::expression::{Expression, JAVASCRIPT, string};
use crate::samples::http::{Exchange, Payload, REPLY_FILE, Response, fits_doubles, indented};

/// Returns a module that sends the request.
pub(super) fn program(exchange: &Exchange) -> String {
    let mut headers: Vec<(String, Expression)> = Vec::new();
    if exchange.token {
        let token = "`Bearer ${process.env.COZE_API_TOKEN}`".to_owned();
        headers.push(("authorization".to_owned(), Expression::Atom(token)));
    }
    let plain = |(name, value): &(String, String)| (name.clone(), Expression::Atom(string(value)));
    headers.extend(exchange.headers.iter().map(plain));
    let (mut imports, mut before) = (String::new(), String::new());
    let mut options = vec![format!("method: {},", string(&exchange.method))];
    options.push(Expression::Object(headers).between(&JAVASCRIPT, "headers: ", ","));
    match &exchange.payload {
        Payload::Empty => {}
        Payload::Json(value) if fits_doubles(value) => {
            options.push(Expression::literal(value).between(
                &JAVASCRIPT,
                "body: JSON.stringify(",
                "),",
            ));
        }
        Payload::Json(value) => {
            // As a JavaScript value, its integers would lose digits.
            options.push(format!("body: {},", string(&value.to_string())));
        }
        Payload::Form(parts) => {
            if parts.iter().any(|(_, part)| matches!(part, Part::File(_))) {
                imports.push_str("import { readFile } from \"node:fs/promises\";\n");
            }
            before = form(parts);
            options.push("body: form,".to_owned());
        }
    }
    let read = match exchange.response {
        Response::Json => "console.log(await response.text());".to_owned(),
        Response::Events => {
            "for await (const chunk of response.body) {\n  process.stdout.write(chunk);\n}"
                .to_owned()
        }
        Response::File => {
            imports.push_str("import { writeFile } from \"node:fs/promises\";\n");
            format!("await writeFile(\"{REPLY_FILE}\", response.body);")
        }
    };
    let blank = if imports.is_empty() { "" } else { "\n" };
    format!(
        "{imports}{blank}{before}const response = await fetch(\n  {},\n  {{\n{}\n  }},\n);\n{read}\n",
        string(&exchange.url),
        indented(&options.join("\n"), 4),
    )
}

fn form(parts: &[(String, Part)]) -> String {
    let line = |(name, part): &(String, Part)| {
        let content = match part {
            Part::Text(text) => string(text),
            Part::Json(json) => {
                format!("new Blob([{}], {{ type: \"application/json\" }})", string(json))
            }
            Part::File(file) => {
                let file = string(file);
                format!("new Blob([await readFile({file})]), {file}")
            }
        };
        format!("form.append({}, {content});\n", string(name))
    };
    let lines: String = parts.iter().map(line).collect();
    format!("const form = new FormData();\n{lines}")
}
