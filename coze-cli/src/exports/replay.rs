//! Writes a Rust test that replays a call against the mock.

use std::fmt::Write as _;

use coze_gen::expression::Expressions;
use coze_spec::model::{Operation, Reply};
use serde_json::{Map, Value};

use super::Recorded;
use crate::engine::{Body, Mode, Request};
use crate::output::single_line;

/// The parts of a test that depend on the response.
#[derive(Default)]
struct Parts {
    /// The names that are imported from `coze_mock`.
    mock: Vec<&'static str>,
    /// Constants with the recorded texts.
    constants: String,
    /// The behavior of the mock, or an empty text for its own one.
    behavior: String,
    /// The code of the expected error.
    code: Option<i64>,
    /// The number of the expected events.
    events: Option<usize>,
}

/// Returns a test that makes a call, and checks the request. If there is a recorded response, the
/// mock sends it; otherwise it responds as it does to any request.
pub(super) fn test(
    operation: &Operation,
    values: &Map<String, Value>,
    mode: Mode,
    request: &Request,
    base_url: &str,
    recorded: Option<&Recorded>,
) -> String {
    let parts = parts(operation, recorded);
    let call = Expressions::new(coze_spec::api()).call("coze", operation, values).to_string();
    let streams = mode == Mode::Events || operation.reply == Reply::Events;
    let mut mock = parts.mock.clone();
    mock.push("MockServer");
    mock.sort_unstable();
    let start = if parts.behavior.is_empty() {
        "MockServer::start()".to_owned()
    } else {
        format!("MockServer::builder().on({:?}, {}).start()", operation.id, parts.behavior)
    };
    let body = match &request.body {
        Body::Json(json) => {
            format!("const BODY: &str = {};\n", raw_literal(&crate::json::pretty(json)))
        }
        Body::Empty | Body::Form(_) => String::new(),
    };
    let source = format!(
        "use coze_api::Client;\nuse coze_mock::{{{}}};\n{}\n{}{body}\n#[tokio::test]\n{}\
         async fn {}() -> Result<(), Box<dyn std::error::Error>> {{\n\
         let mock = {start}.await?;\n\
         let coze = Client::builder().base_url(mock.base_url()).token(\"test\").build()?;\n\
         {}\n{}\nOk(())\n}}\n",
        mock.join(", "),
        if streams && parts.code.is_none() { "use futures_util::TryStreamExt as _;\n" } else { "" },
        parts.constants,
        if operation.deprecated.is_some() { "#[allow(deprecated)]\n" } else { "" },
        operation.id.replace('.', "_"),
        reaction(operation, &call, streams, &parts),
        request_checks(operation, request, base_url),
    );
    let program = syn::parse_file(&source).map_or(source, |file| prettyplease::unparse(&file));
    // Separate the imports, the constants and the test by blank lines.
    let program = program.replacen("\n#[tokio::test]", "\n\n#[tokio::test]", 1);
    let program = program.replace(";\nconst ", ";\n\nconst ");
    header(operation, values) + &program.replace("\n\n\n", "\n\n")
}

/// Returns the comment at the top of the file.
fn header(operation: &Operation, values: &Map<String, Value>) -> String {
    let unknown = values.keys().filter(|name| operation.param(name).is_none());
    let notes: Vec<String> = unknown
        .map(|name| format!("// The SDK has no setter for {}.\n", single_line(name)))
        .collect();
    format!(
        "// A call of `{}`, recorded by the playground. Dev-dependencies: coze-api, coze-mock,\n\
         // futures-util, serde_json, and tokio with the features `macros` and `rt`.\n{}\n",
        operation.id,
        notes.concat(),
    )
}

fn parts(operation: &Operation, recorded: Option<&Recorded>) -> Parts {
    match recorded {
        Some(Recorded::Events(events)) if !events.is_empty() => {
            let event = |(name, data): &(String, String)| {
                format!("Event::text({name:?}, {})", raw_literal(data))
            };
            let events: Vec<String> = events.iter().map(event).collect();
            Parts {
                mock: vec!["Event", "Reply"],
                behavior: format!("|_, _| Ok(Reply::events([{}]).unchecked())", events.join(", ")),
                events: Some(events.len()),
                ..Parts::default()
            }
        }
        Some(Recorded::Body(body)) => recorded_body(operation, body),
        _ => Parts::default(),
    }
}

fn recorded_body(operation: &Operation, body: &str) -> Parts {
    let Ok(json) = serde_json::from_str::<Value>(body) else { return Parts::default() };
    let code = json["code"].as_i64().filter(|code| *code != 0);
    if let Some(code) = code {
        let msg = json["msg"].as_str().unwrap_or_default();
        return Parts {
            mock: vec!["ApiError"],
            behavior: format!("|_, _| Err(ApiError::new({code}, {}))", raw_literal(msg)),
            code: Some(code),
            ..Parts::default()
        };
    }
    if matches!(operation.reply, Reply::Binary | Reply::Events) {
        return Parts::default();
    }
    Parts {
        mock: vec!["ApiError", "Reply"],
        constants: format!("const RESPONSE: &str = {};\n", raw_literal(&crate::json::pretty(body))),
        behavior:
            "|_, _| { let body = serde_json::from_str(RESPONSE).map_err(ApiError::internal)?; \
                   Ok(Reply::json(body).unchecked()) }"
                .to_owned(),
        ..Parts::default()
    }
}

/// Returns the statements that make the call and check its result.
fn reaction(operation: &Operation, call: &str, streams: bool, parts: &Parts) -> String {
    if let Some(code) = parts.code {
        let send = if streams { ".stream()" } else { "" };
        return format!(
            "let error = {call}{send}.await.map(drop).expect_err(\"the recorded error\");\n\
             assert_eq!(error.code(), Some({code}));"
        );
    }
    if streams {
        let count = parts.events.map_or_else(
            || "assert_ne!(count, 0);".to_owned(),
            |events| format!("assert_eq!(count, {events});"),
        );
        return format!(
            "let mut events = {call}.stream().await?;\nlet mut count = 0;\n\
             while let Some(event) = events.try_next().await? {{\n\
             println!(\"{{event:?}}\");\ncount += 1;\n}}\n{count}"
        );
    }
    match operation.reply {
        Reply::Binary => {
            format!("let bytes = {call}.await?.bytes().await?;\nassert!(!bytes.is_empty());")
        }
        Reply::Empty => format!("{call}.await?;"),
        _ => format!("let reply = {call}.await?;\nprintln!(\"{{reply:#?}}\");"),
    }
}

/// Returns the statements that check the request.
fn request_checks(operation: &Operation, request: &Request, base_url: &str) -> String {
    let target = request.url.strip_prefix(base_url.trim_end_matches('/')).unwrap_or(&request.url);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut checks = format!(
        "let request = mock.requests_to({:?}).pop().ok_or(\"no request\")?;\n\
         assert_eq!(request.line(), {:?});\n",
        operation.id,
        format!("{} {path}", request.method),
    );
    if !query.is_empty() {
        let _ = writeln!(checks, "assert_eq!(request.query.as_deref(), Some({query:?}));");
    }
    if matches!(request.body, Body::Json(_)) {
        checks += "let body: serde_json::Value = serde_json::from_str(BODY)?;\n\
                   assert_eq!(request.json(), body);\n";
    }
    checks
}

/// Writes a raw string with as many `#` as its text needs. Texts without quotes, backslashes and
/// line breaks become ordinary strings.
fn raw_literal(text: &str) -> String {
    if !text.contains(['"', '\\', '\n', '\r']) {
        return format!("{text:?}");
    }
    // A raw string cannot contain a carriage return.
    if text.contains('\r') {
        return format!("{text:?}");
    }
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_the_text() {
        for text in
            ["", "plain", "a\"b", "a\"#b\"##c", "back\\slash", "two\nlines", "a\r\"b", "扣子"]
        {
            let literal = raw_literal(text);
            let parsed: syn::LitStr = syn::parse_str(&literal).expect("a literal");
            assert_eq!(parsed.value(), text, "{literal}");
        }
    }
}
