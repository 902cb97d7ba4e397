//! Sample code in Java: `java.net.http`, the HTTP client of the JDK.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Context;
use super::expression::string;
use super::http::{Exchange, Payload, REPLY_FILE, Response, indented};
use crate::engine::Part;

/// Builds the parts of a form.
const FORM: &str = r#"
static BodyPublisher text(String boundary, String name, String kind, String content) {
    return BodyPublishers.ofString("--" + boundary + "\r\ncontent-disposition: form-data; name=\""
            + name + "\"" + kind + "\r\n\r\n" + content + "\r\n");
}

static BodyPublisher file(String boundary, String name, String file) throws IOException {
    var head = "--" + boundary + "\r\ncontent-disposition: form-data; name=\"" + name
            + "\"; filename=\"" + file + "\"\r\n\r\n";
    return BodyPublishers.concat(
            BodyPublishers.ofString(head),
            BodyPublishers.ofFile(Path.of(file)),
            BodyPublishers.ofString("\r\n"));
}
"#;

/// Returns a class that makes the call.
pub(super) fn java(context: &Context<'_>) -> String {
    let Some(scenario) = context.scenario else { return single(&context.exchange) };
    let mut program = Program::default();
    for part in scenario.java() {
        program.add(&context.fill(part));
    }
    program.finish("// Reads JSON with com.google.code.gson:gson.\n", &context.exchange)
}

/// Returns a class that sends one request.
fn single(exchange: &Exchange) -> String {
    let mut program = Program::default();
    program.import("java.net.URI");
    program.import("java.net.http.HttpClient");
    program.import("java.net.http.HttpRequest");
    program.import("java.net.http.HttpRequest.BodyPublishers");
    program.import("java.net.http.HttpResponse.BodyHandlers");
    let mut main = String::new();
    let mut headers = exchange.headers.clone();
    let (publisher, members) = match &exchange.payload {
        Payload::Empty => ("BodyPublishers.noBody()".to_owned(), ""),
        Payload::Json(_) => {
            main.push_str("var body = $BODY;\n");
            ("BodyPublishers.ofString(body)".to_owned(), "")
        }
        Payload::Form(parts) => {
            program.import("java.io.IOException");
            program.import("java.net.http.HttpRequest.BodyPublisher");
            program.import("java.nio.file.Path");
            program.import("java.util.UUID");
            main.push_str("var boundary = UUID.randomUUID().toString();\n");
            headers.push(("content-type".to_owned(), String::new()));
            (form(parts), FORM)
        }
    };
    let _ = writeln!(
        main,
        "var request = HttpRequest.newBuilder(URI.create({}))",
        string(&exchange.url)
    );
    if exchange.token {
        main.push_str(
            "        .header(\"authorization\", \"Bearer \" + System.getenv(\"COZE_API_TOKEN\"))\n",
        );
    }
    for (name, value) in &headers {
        let value = if value.is_empty() && name == "content-type" {
            "\"multipart/form-data; boundary=\" + boundary".to_owned()
        } else {
            string(value)
        };
        let _ = writeln!(main, "        .header({}, {value})", string(name));
    }
    let _ = writeln!(main, "        .method({}, {publisher})", string(&exchange.method));
    main.push_str("        .build();\n");
    let (handler, print) = match exchange.response {
        Response::Json => ("ofString()", "System.out.println(response.body());"),
        Response::Events => ("ofLines()", "response.body().forEach(System.out::println);"),
        Response::File => {
            program.import("java.nio.file.Path");
            ("ofFile(Path.of(\"$FILE\"))", "System.out.println(response.body());")
        }
    };
    let handler = handler.replace("$FILE", REPLY_FILE);
    let _ = writeln!(
        main,
        "var response = HttpClient.newHttpClient().send(request, BodyHandlers.{handler});\n{print}"
    );
    program.add(&format!(
        "public static void main(String[] args) throws Exception {{\n{}\n}}\n{members}",
        indented(&main, 4)
    ));
    program.finish("", exchange)
}

fn form(parts: &[(String, Part)]) -> String {
    let lines = parts.iter().map(|(name, part)| {
        let name = string(name);
        match part {
            Part::Text(text) => format!("text(boundary, {name}, \"\", {})", string(text)),
            Part::Json(json) => format!(
                "text(boundary, {name}, {}, {})",
                string("\r\ncontent-type: application/json"),
                string(json)
            ),
            Part::File(file) => format!("file(boundary, {name}, {})", string(file)),
        }
    });
    let end = "BodyPublishers.ofString(\"--\" + boundary + \"--\\r\\n\")".to_owned();
    let lines: Vec<String> = lines.chain([end]).collect();
    let indent = " ".repeat(16);
    format!("BodyPublishers.concat(\n{indent}{})", lines.join(&format!(",\n{indent}")))
}

/// The parts of a class.
#[derive(Default)]
struct Program {
    imports: BTreeSet<String>,
    members: Vec<String>,
}

impl Program {
    fn import(&mut self, name: &str) {
        self.imports.insert(format!("import {name};"));
    }

    /// Adds members, and the imports at their head.
    fn add(&mut self, part: &str) {
        let (imports, members): (Vec<_>, Vec<_>) =
            part.lines().partition(|line| line.starts_with("import "));
        self.imports.extend(imports.into_iter().map(str::to_owned));
        self.members.push(members.join("\n").trim().to_owned());
    }

    /// Returns the class with the JSON of the body.
    fn finish(self, note: &str, exchange: &Exchange) -> String {
        let imports: Vec<String> = self.imports.into_iter().collect();
        let members = indented(&self.members.join("\n\n"), 4);
        let members = match exchange.pretty_json() {
            Some(json) => members.replace("$BODY", &text_block(&json)),
            None => members,
        };
        let imports = imports.join("\n");
        format!("{note}{imports}\n\npublic class Sample {{\n{members}\n}}\n")
    }
}

/// Writes a text block, whose lines are indented below the statement.
fn text_block(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\"\"");
    let indent = " ".repeat(16);
    format!("\"\"\"\n{}\"\"\"", indented(&text, indent.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_blocks_keep_backslashes() {
        let indent = " ".repeat(16);
        assert_eq!(text_block("a\n\\n"), format!("\"\"\"\n{indent}a\n{indent}\\\\n\"\"\""));
    }
}
