//! Sample code in Go: `net/http` of the standard library.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Context;
use super::expression::string;
use super::http::{Exchange, Payload, REPLY_FILE, Response};
use crate::engine::Part;

/// Adds a file to a form.
const FILE: &str = r"
func addFile(form *multipart.Writer, name, path string) {
	content, err := os.ReadFile(path)
	check(err)
	part, err := form.CreateFormFile(name, path)
	check(err)
	_, err = part.Write(content)
	check(err)
}
";

/// Adds JSON to a form.
const JSON: &str = r#"
func addJSON(form *multipart.Writer, name, content string) {
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="` + name + `"`},
		"Content-Type":        {"application/json"},
	})
	check(err)
	_, err = part.Write([]byte(content))
	check(err)
}
"#;

/// Stops at errors.
const CHECK: &str = "
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
";

/// Returns a program that makes the call.
pub(super) fn go(context: &Context<'_>) -> String {
    let Some(scenario) = context.scenario else { return single(&context.exchange) };
    let mut program = Program::default();
    for part in scenario.go() {
        program.add(&context.fill(part));
    }
    program.finish(&context.exchange)
}

/// Returns a program that sends one request.
fn single(exchange: &Exchange) -> String {
    let mut program = Program::default();
    program.imports.extend(["io", "log", "net/http", "os"].map(str::to_owned));
    let mut main = String::new();
    let mut members = String::from(CHECK);
    let body = match &exchange.payload {
        Payload::Empty => "nil",
        Payload::Json(_) => {
            program.import("strings");
            main.push_str("body := strings.NewReader($BODY)\n");
            "body"
        }
        Payload::Form(parts) => {
            main.push_str(&form(parts, &mut program, &mut members));
            "&body"
        }
    };
    let _ = writeln!(
        main,
        "request, err := http.NewRequest({}, {}, {body})\ncheck(err)",
        string(&exchange.method),
        string(&exchange.url)
    );
    if exchange.token {
        main.push_str(
            "request.Header.Set(\"authorization\", \"Bearer \"+os.Getenv(\"COZE_API_TOKEN\"))\n",
        );
    }
    for (name, value) in &exchange.headers {
        let _ = writeln!(main, "request.Header.Set({}, {})", string(name), string(value));
    }
    if matches!(exchange.payload, Payload::Form(_)) {
        main.push_str("request.Header.Set(\"content-type\", form.FormDataContentType())\n");
    }
    main.push_str(
        "response, err := http.DefaultClient.Do(request)\ncheck(err)\n\
         defer response.Body.Close()\n",
    );
    match exchange.response {
        Response::Json | Response::Events => {
            main.push_str("_, err = io.Copy(os.Stdout, response.Body)\n");
        }
        Response::File => {
            let _ = writeln!(
                main,
                "file, err := os.Create(\"{REPLY_FILE}\")\ncheck(err)\ndefer file.Close()\n\
                 _, err = io.Copy(file, response.Body)"
            );
        }
    }
    main.push_str("check(err)\n");
    program.add(&format!("func main() {{\n{}}}\n{members}", tabbed(&main)));
    program.finish(exchange)
}

fn form(parts: &[(String, Part)], program: &mut Program, members: &mut String) -> String {
    program.import("bytes");
    program.import("mime/multipart");
    let mut lines = String::from("var body bytes.Buffer\nform := multipart.NewWriter(&body)\n");
    let (mut files, mut objects) = (false, false);
    for (name, part) in parts {
        let name = string(name);
        let _ = match part {
            Part::Text(text) => {
                writeln!(lines, "check(form.WriteField({name}, {}))", string(text))
            }
            Part::Json(json) => {
                objects = true;
                writeln!(lines, "addJSON(form, {name}, {})", string(json))
            }
            Part::File(file) => {
                files = true;
                writeln!(lines, "addFile(form, {name}, {})", string(file))
            }
        };
    }
    if files {
        members.push_str(FILE);
    }
    if objects {
        program.import("net/textproto");
        members.push_str(JSON);
    }
    lines + "check(form.Close())\n"
}

fn tabbed(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("\t{line}\n")).collect();
    lines.concat()
}

/// The parts of a program.
#[derive(Default)]
struct Program {
    imports: BTreeSet<String>,
    code: Vec<String>,
}

impl Program {
    fn import(&mut self, package: &str) {
        self.imports.insert(package.to_owned());
    }

    /// Adds code, and the imports at its head.
    fn add(&mut self, part: &str) {
        let code = match part.strip_prefix("import (\n").and_then(|rest| rest.split_once("\n)\n")) {
            Some((imports, code)) => {
                let names = imports.lines().map(|line| line.trim().trim_matches('"').to_owned());
                self.imports.extend(names);
                code
            }
            None => part,
        };
        self.code.push(code.trim().to_owned());
    }

    /// Returns the program with the JSON of the body.
    fn finish(self, exchange: &Exchange) -> String {
        let imports = self.imports.iter().map(|name| format!("\t\"{name}\"\n"));
        let imports = imports.collect::<Vec<_>>().concat();
        let code = self.code.join("\n\n");
        let code = match exchange.pretty_json() {
            Some(json) => code.replace("$BODY", &literal(&json)),
            None => code,
        };
        format!("package main\n\nimport (\n{imports})\n\n{code}\n")
    }
}

/// Writes a string of several lines.
fn literal(text: &str) -> String {
    if text.contains('`') { string(text) } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_a_backtick_is_quoted() {
        assert_eq!(literal("{\n}"), "`{\n}`");
        assert_eq!(literal("`\n"), r#""`\n""#);
    }
}
