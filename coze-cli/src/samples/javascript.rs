//! Sample code in JavaScript: @coze/api, the official SDK, where it has the operation, else
//! `fetch`.

mod bindings;
mod fetch;

use std::collections::{BTreeMap, BTreeSet};

use coze_spec::model::{Type, Verb};
use serde_json::Value;

use self::bindings::{Argument, Bindings};
use super::expression::{Expression, JAVASCRIPT, string};
use super::http::{REPLY_FILE, Response, comments, fits_doubles};
use super::scenario::Scenario;
use super::{Context, file_name};
use crate::output::single_line;

/// Returns a module that makes the call.
pub(super) fn javascript(context: &Context<'_>) -> String {
    coze_js(context)
        .unwrap_or_else(|remark| comments("//", &[remark]) + &fetch::program(&context.exchange))
}

/// Returns a module with @coze/api. The error says why it cannot make the call.
fn coze_js(context: &Context<'_>) -> Result<String, String> {
    let bindings = Bindings::get();
    let sdk = format!("@coze/api {}", bindings.version);
    let call = bindings
        .call(&context.operation.id, context.exchange.response == Response::Events)
        .ok_or_else(|| format!("{sdk} does not have this operation."))?;
    if let Some(bug) = &call.bug {
        return Err(format!("{sdk}: {bug}."));
    }
    if !context.values.values().all(fits_doubles) {
        return Err("JavaScript has no integers above 2^53.".to_owned());
    }
    if context.operation.verb == Verb::Get && context.values.values().any(is_split_in_query) {
        return Err(format!("{sdk} does not encode the query."));
    }
    let mut imports = Imports::default();
    let mut notes = Vec::new();
    let arguments = arguments(context, &call.arguments, &mut imports, &mut notes);
    let statements = match context.scenario {
        Some(scenario) => imports.template(scenario, &arguments, context),
        None => statement(&call.path, &arguments, context.exchange.response, &mut imports),
    };
    let notes: Vec<String> = notes
        .iter()
        .map(|name| format!("{sdk} has no argument for {}.", single_line(name)))
        .collect();
    let client = client(context.base_url, &mut imports);
    Ok(format!("{}\n{client}\n{}{statements}\n", imports.lines(), comments("//", &notes)))
}

/// Returns `true` for text with characters that end a value in a query.
fn is_split_in_query(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains(['&', '#', '%', '+']))
}

/// Writes the arguments, and collects the names of values without one.
fn arguments(
    context: &Context<'_>,
    expected: &[Argument],
    imports: &mut Imports,
    notes: &mut Vec<String>,
) -> Vec<Expression> {
    let named: Vec<&str> = expected.iter().filter_map(Argument::name).collect();
    let others = context.values.iter().filter(|(name, _)| !named.contains(&name.as_str()));
    let mut arguments = Vec::new();
    for argument in expected {
        arguments.push(match argument {
            Argument::Named(name) => match context.values.get(name) {
                Some(value) => Expression::literal(value),
                None => Expression::Atom("undefined".to_owned()),
            },
            Argument::Others | Argument::Streamed => {
                let entry = |(name, value): (&String, &Value)| {
                    (name.clone(), entry(context, name, value, imports))
                };
                let switch = (*argument == Argument::Streamed)
                    .then(|| ("stream".to_owned(), Expression::literal(&true.into())));
                Expression::Object(others.clone().map(entry).chain(switch).collect())
            }
        });
    }
    if named.len() == expected.len() {
        notes.extend(others.map(|(name, _)| name.clone()));
    }
    arguments
}

fn entry(context: &Context<'_>, name: &str, value: &Value, imports: &mut Imports) -> Expression {
    let is_file = context.operation.param(name).is_some_and(|param| param.field.kind == Type::File);
    if is_file {
        imports.add("node:fs", "createReadStream");
        return Expression::Atom(format!("createReadStream({})", string(file_name(value))));
    }
    if context.scenario == Some(Scenario::Image) && name == "additional_messages" {
        return Expression::Atom("[question]".to_owned());
    }
    Expression::literal(value)
}

/// Writes the creation of the client.
fn client(base_url: &str, imports: &mut Imports) -> String {
    imports.add("@coze/api", "CozeAPI");
    let host = match base_url {
        "https://api.coze.cn" => imports.add("@coze/api", "COZE_CN_BASE_URL"),
        "https://api.coze.com" => imports.add("@coze/api", "COZE_COM_BASE_URL"),
        other => string(other),
    };
    format!(
        "const coze = new CozeAPI({{\n  token: process.env.COZE_API_TOKEN,\n  \
         baseURL: {host},\n}});"
    )
}

/// Returns the statement that makes the call and prints its result.
fn statement(
    path: &str,
    arguments: &[Expression],
    response: Response,
    imports: &mut Imports,
) -> String {
    let call = format!("coze.{path}(");
    match response {
        Response::Json => {
            format!(
                "{}\nconsole.log(reply);",
                listed(arguments, &format!("const reply = await {call}"), ");")
            )
        }
        Response::Events => listed(
            arguments,
            &format!("for await (const event of {call}"),
            ")) {\n  console.log(event);\n}",
        ),
        Response::File => {
            imports.add("node:fs/promises", "writeFile");
            format!(
                "{}\nawait writeFile(\"{REPLY_FILE}\", reply);",
                listed(arguments, &format!("const reply = await {call}"), ");")
            )
        }
    }
}

/// Writes arguments between the texts before and after them. Only the last one is split.
fn listed(arguments: &[Expression], before: &str, after: &str) -> String {
    let Some((last, first)) = arguments.split_last() else { return format!("{before}{after}") };
    let first: String =
        first.iter().map(|argument| argument.between(&JAVASCRIPT, "", "") + ", ").collect();
    last.between(&JAVASCRIPT, &format!("{before}{first}"), after)
}

/// The imported names, by module.
#[derive(Default)]
struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    fn add(&mut self, module: &str, name: &str) -> String {
        self.0.entry(module.to_owned()).or_default().insert(name.to_owned());
        name.to_owned()
    }

    /// Fills in the template of a scenario, and imports what it imports.
    fn template(
        &mut self,
        scenario: Scenario,
        arguments: &[Expression],
        context: &Context<'_>,
    ) -> String {
        let mut code = Vec::new();
        for line in scenario.javascript().lines() {
            let import =
                line.strip_prefix("import { ").and_then(|rest| rest.split_once(" } from "));
            match import {
                Some((names, module)) => {
                    let module = module.trim_matches(['"', ';']);
                    names.split(", ").for_each(|name| drop(self.add(module, name)));
                }
                None => code.push(line),
            }
        }
        let code = context.fill(code.join("\n").trim());
        match code.split_once("$ARGS") {
            Some((before, after)) => listed(arguments, before, after),
            None => code,
        }
    }

    fn lines(&self) -> String {
        let line = |(module, names): (&String, &BTreeSet<String>)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("import {{ {} }} from \"{module}\";\n", names.join(", "))
        };
        // Modules of Node.js come first.
        let (node, others): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|(module, _)| module.starts_with("node:"));
        node.into_iter().chain(others).map(line).collect()
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a panic fails the test")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog;
    use crate::engine::Mode;

    fn sample(id: &str, values: &Value, mode: Mode) -> Result<String, String> {
        let operation = catalog::find(id).expect(id);
        let values = values.as_object().expect("an object");
        coze_js(&Context::of_call(operation, values, mode, "https://api.coze.cn"))
    }

    #[test]
    fn a_complete_program() {
        let values = json!({"bot_id": "1", "is_published": true});
        assert_eq!(
            sample("bots.retrieve", &values, Mode::Reply).expect("a sample"),
            "import { COZE_CN_BASE_URL, CozeAPI } from \"@coze/api\";\n\n\
             const coze = new CozeAPI({\n  token: process.env.COZE_API_TOKEN,\n  \
             baseURL: COZE_CN_BASE_URL,\n});\n\
             const reply = await coze.bots.retrieveNew(\"1\", { is_published: true });\n\
             console.log(reply);\n"
        );
    }

    #[test]
    fn values_without_an_argument_are_mentioned() {
        let values = json!({"conversation_id": "1", "chat_id": "2", "brand_new": 3});
        let sample = sample("chat.retrieve", &values, Mode::Reply).expect("a sample");
        assert!(sample.contains("// @coze/api 1.3.9 has no argument for brand_new.\n"), "{sample}");
    }

    #[test]
    fn calls_that_the_sdk_would_spoil_are_refused() {
        for (id, values, remark) in [
            ("databases.list", json!({}), "does not have this operation"),
            ("chat.submit_tool_outputs", json!({}), "loses the response"),
            ("bots.list", json!({"workspace_id": "a&b"}), "does not encode the query"),
            ("bots.create", json!({"n": [9_007_199_254_740_993_u64]}), "above 2^53"),
        ] {
            let refused = sample(id, &values, Mode::Reply).expect_err(id);
            assert!(refused.contains(remark), "{refused}");
        }
    }
}
