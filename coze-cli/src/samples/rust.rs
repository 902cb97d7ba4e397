//! Sample code in Rust, with this SDK.

use coze_gen::expression::Expressions;
use coze_spec::model::{Operation, Reply};
use serde_json::Value;

use super::Context;
use super::scenario::Scenario;
use crate::engine::Mode;
use crate::output::single_line;

/// The names of `coze_api` that scenarios use.
const NAMES: [&str; 4] = ["ContentPart", "Message", "Tools", "Upload"];

/// Returns a program that makes the call.
pub(super) fn rust(context: &Context<'_>) -> String {
    let Context { operation, mode, .. } = context;
    let mut values = context.values.clone();
    if context.scenario == Some(Scenario::Image) {
        values.remove("additional_messages");
    }
    let call = Expressions::new(coze_spec::api()).call("coze", operation, &values).to_string();
    let (body, names) = match context.scenario {
        Some(scenario) => {
            let template = scenario.rust();
            let names = NAMES.into_iter().filter(|name| template.contains(&format!("{name}::")));
            (context.fill(template).replace("$CALL", &call), names.collect())
        }
        None => (statements(operation, &call, *mode), Vec::new()),
    };
    let deprecated = if operation.deprecated.is_some() { "#[allow(deprecated)]\n" } else { "" };
    let source = format!(
        "{}\n#[tokio::main]\n{deprecated}async fn main() -> \
         Result<(), Box<dyn std::error::Error>> {{\n\
         let coze = {};\n{body}\nOk(())\n}}\n",
        imports(&body, &names),
        client(context.base_url),
    );
    let Ok(file) = syn::parse_file(&source) else { return source };
    let unknown = values.keys().filter(|name| operation.param(name).is_none());
    let notes: Vec<String> = unknown
        .map(|name| format!("// The SDK has no setter for {}.\n", single_line(name)))
        .collect();
    // Separate the imports and the program by one blank line.
    let program = prettyplease::unparse(&file)
        .replacen("\n#[tokio::main]", "\n\n#[tokio::main]", 1)
        .replace("\n\n\n", "\n\n");
    notes.concat() + &program
}

/// Returns the creation of the client.
fn client(base_url: &str) -> String {
    if base_url == "https://api.coze.cn" {
        return "Client::from_env()?".to_owned();
    }
    let base_url = Value::from(base_url);
    format!(
        "Client::builder().token(std::env::var(\"COZE_API_TOKEN\")?).base_url({base_url}).build()?"
    )
}

fn imports(body: &str, names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.push("Client");
    names.sort_unstable();
    let names = match names.as_slice() {
        [name] => (*name).to_owned(),
        names => format!("{{{}}}", names.join(", ")),
    };
    let mut imports = String::new();
    if body.contains(".flush()") {
        imports.push_str("use std::io::Write as _;\n");
    }
    if body.contains("WorkflowEvent::") {
        imports.push_str("use coze_api::workflows::WorkflowEvent;\n");
    }
    imports.push_str("use coze_api::");
    imports.push_str(&names);
    imports.push_str(";\n");
    if body.contains("try_next") {
        imports.push_str("use futures_util::TryStreamExt as _;\n");
    }
    imports
}

fn statements(operation: &Operation, call: &str, mode: Mode) -> String {
    let each = "while let Some(event) = events.try_next().await? \
                { println!(\"{event:?}\"); }";
    match (&operation.reply, mode) {
        (Reply::Events, _) | (_, Mode::Events) => {
            format!("let mut events = {call}.stream().await?;\n{each}")
        }
        (Reply::Binary, _) => format!("{call}.await?.save(\"reply.bin\").await?;"),
        (_, Mode::AllPages) => format!(
            "let mut items = {call}.items();\n\
             while let Some(item) = items.try_next().await? {{ println!(\"{{item:?}}\"); }}"
        ),
        (Reply::Empty, _) => format!("{call}.await?;"),
        _ => format!("let reply = {call}.await?;\nprintln!(\"{{reply:#?}}\");"),
    }
}
