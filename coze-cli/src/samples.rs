//! Sample code for calls: Rust with this SDK, curl, Python and JavaScript with the official SDKs,
//! Java and Go.
//!
//! A language is a module with a function from a [`Context`] to a program. Languages without an SDK
//! write the [`http::Exchange`], and [`scenario`] has the programs around a call.

mod curl;
mod expression;
mod go;
mod http;
mod java;
mod javascript;
mod python;
mod rust;
mod scenario;

use std::collections::BTreeMap;

use coze_api::{Client, Upload};
use coze_spec::model::{Field, Operation, Param, Type};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::settable;

pub(crate) use curl::curl;
pub(crate) use scenario::Scenario;

use self::expression::string;
use self::http::{Exchange, REPLY_FILE, Response};
use crate::engine::{Call, DryRunError, InvalidInput, Mode, Request};
use crate::language::text;

/// The language of sample code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    Rust,
    Curl,
    Python,
    Javascript,
    Java,
    Go,
}

/// The samples of one call.
#[derive(Debug, Serialize)]
pub(crate) struct Samples {
    /// The programs by language.
    #[serde(flatten)]
    pub(crate) programs: BTreeMap<Language, String>,
    /// The reasons why there is no program, by language.
    pub(crate) missing: BTreeMap<Language, &'static str>,
    /// The scenario of the programs; none if they only make the call.
    scenario: Option<Scenario>,
    /// The scenarios to choose from; none if there is nothing to choose.
    scenarios: Vec<Choice>,
}

/// A scenario to choose.
#[derive(Debug, Serialize)]
struct Choice {
    /// `None` for the call alone.
    id: Option<Scenario>,
    title: &'static str,
}

/// Returns the choices of an operation.
fn choices(operation: &Operation, scenarios: &[Scenario]) -> Vec<Choice> {
    let plain = Scenario::default_of(operation, Mode::Reply).is_none() && !scenarios.is_empty();
    let plain =
        plain.then(|| Choice { id: None, title: text("Make this call", "仅发起此调用") });
    let choice = |scenario: &Scenario| Choice { id: Some(*scenario), title: scenario.title() };
    plain.into_iter().chain(scenarios.iter().map(choice)).collect()
}

/// The kind of samples.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Set to stream events.
    pub(crate) stream: bool,
    /// The scenario to show instead of the default.
    pub(crate) scenario: Option<Scenario>,
    /// Set if the client talks to the mock.
    pub(crate) on_mock: bool,
}

/// The call of a sample.
pub(crate) struct Context<'a> {
    operation: &'static Operation,
    values: &'a Map<String, Value>,
    mode: Mode,
    scenario: Option<Scenario>,
    exchange: Exchange,
    base_url: &'a str,
}

/// Returns the samples of a call. Missing required values are filled in.
pub(crate) async fn samples(
    client: &Client,
    operation: &'static Operation,
    values: &Map<String, Value>,
    options: Options,
) -> Result<Samples, InvalidInput> {
    let mut values = with_required_values(operation, values, options.on_mock);
    let scenarios = Scenario::of(operation);
    let mode =
        if options.stream && operation.stream.is_some() { Mode::Events } else { Mode::Reply };
    let chosen = options.scenario.filter(|scenario| scenarios.contains(scenario));
    let scenario = chosen.or_else(|| Scenario::default_of(operation, mode));
    let mode = scenario.map_or(mode, Scenario::mode);
    if let Some(scenario) = scenario {
        scenario.adapt(operation, &mut values, options.on_mock);
    }
    let request = call(operation, &values, mode).request(client).await;
    let request = request.map_err(|error| match error {
        DryRunError::Input(invalid) => invalid,
        DryRunError::Sdk(error) => InvalidInput::general(error.to_string()),
    })?;
    let exchange = Exchange::of(&request, operation, mode);
    let base_url = client.base_url();
    let context = Context { operation, values: &values, mode, scenario, exchange, base_url };
    let mut samples = Samples {
        programs: BTreeMap::new(),
        missing: BTreeMap::new(),
        scenario,
        scenarios: choices(operation, scenarios),
    };
    for language in <Language as clap::ValueEnum>::value_variants() {
        match scenario.and_then(|scenario| scenario.missing_in(*language)) {
            Some(reason) => drop(samples.missing.insert(*language, reason)),
            None => drop(samples.programs.insert(*language, language.program(&context, &request))),
        }
    }
    Ok(samples)
}

impl Language {
    fn program(self, context: &Context<'_>, request: &Request) -> String {
        match self {
            Self::Rust => rust::rust(context),
            Self::Curl => context.curl(request),
            Self::Python => python::python(context),
            Self::Javascript => javascript::javascript(context),
            Self::Java => java::java(context),
            Self::Go => go::go(context),
        }
    }
}

impl Context<'_> {
    /// Replaces the placeholders of a template, which are string literals.
    fn fill(&self, template: &str) -> String {
        let value = |name: &str| self.values.get(name).and_then(Value::as_str).unwrap_or_default();
        let values = [
            ("$BASE", self.base_url),
            ("$PATH", self.exchange.path()),
            ("$WORKFLOW_ID", value("workflow_id")),
            ("$QUESTION", "What is in the image?"),
        ];
        values.into_iter().fold(template.to_owned(), |text, (name, value)| {
            text.replace(&string(name), &string(value))
        })
    }

    fn curl(&self, request: &Request) -> String {
        let curl = curl(request, &BTreeMap::new());
        if self.exchange.response == Response::File {
            return format!("{curl} \\\n  --output {REPLY_FILE}");
        }
        if self.scenario != Some(Scenario::Poll) {
            return curl;
        }
        let curl = curl.replacen("curl ", "curl --silent ", 1);
        include_str!("samples/scenarios/poll.sh")
            .replace("$BASE", self.base_url)
            .replace("$CURL", &curl)
    }
}

/// Returns the call, with empty files whose names are taken from the values.
pub(crate) fn call(operation: &'static Operation, values: &Map<String, Value>, mode: Mode) -> Call {
    let mut values = values.clone();
    let mut uploads = BTreeMap::new();
    let files = operation.params.iter().filter(|param| param.field.kind == Type::File);
    for Param { field, .. } in files {
        if let Some(name) = values.remove(&field.wire) {
            let name = file_name(&name);
            uploads.insert(field.wire.clone(), Upload::bytes(name, ""));
        }
    }
    Call { operation, values, uploads, mode }
}

/// Returns the example values of an operation.
pub(crate) fn example(operation: &Operation) -> Map<String, Value> {
    let example =
        |param: &Param| Some((param.field.wire.clone(), param_example(operation, param)?.clone()));
    settable(operation).filter_map(example).collect()
}

fn param_example<'a>(operation: &'a Operation, param: &'a Param) -> Option<&'a Value> {
    let body_example = || operation.body.as_ref()?.example.get(&param.field.wire);
    param.example.as_ref().or_else(body_example)
}

/// Adds missing required values, in the order of the parameters: examples on the mock, and
/// elsewhere placeholders for texts, because an account does not have the objects of examples.
pub(crate) fn with_required_values(
    operation: &Operation,
    values: &Map<String, Value>,
    on_mock: bool,
) -> Map<String, Value> {
    let mut completed = Map::new();
    for param in settable(operation) {
        let name = &param.field.wire;
        let value = match values.get(name).filter(|value| !value.is_null()) {
            Some(value) => Some(value.clone()),
            None if param.field.required => {
                let placeholder = (!on_mock).then(|| placeholder(&param.field)).flatten();
                Some(placeholder.unwrap_or_else(|| required_example(operation, param)))
            }
            None => None,
        };
        completed.extend(value.map(|value| (name.clone(), value)));
    }
    for (name, value) in values.iter().filter(|(_, value)| !value.is_null()) {
        completed.entry(name.clone()).or_insert_with(|| value.clone());
    }
    completed
}

/// Returns a placeholder that a reader replaces, such as `BOT_ID`.
fn placeholder(field: &Field) -> Option<Value> {
    let name = field.wire.to_uppercase();
    match &field.kind {
        Type::String | Type::Secret => Some(name.into()),
        Type::List(item) if **item == Type::String => {
            let name = if name.ends_with("IDS") { name.trim_end_matches('S') } else { &name };
            Some(Value::Array(vec![name.into()]))
        }
        _ => None,
    }
}

fn required_example(operation: &Operation, param: &Param) -> Value {
    let example = || param_example(operation, param).cloned();
    match &param.field.kind {
        Type::File => Value::from("example.txt"),
        Type::String | Type::Secret => example().unwrap_or_else(|| "".into()),
        Type::Int32 | Type::Int64 | Type::Double => example().unwrap_or_else(|| 0.into()),
        Type::Boolean => example().unwrap_or(Value::Bool(false)),
        Type::List(_) => example().unwrap_or_else(|| Value::Array(Vec::new())),
        Type::Map(_) | Type::Json | Type::Named(_) => {
            example().unwrap_or_else(|| Value::Object(Map::new()))
        }
    }
}

/// Returns the name of a file value, or a default for other values.
pub(crate) fn file_name(value: &Value) -> &str {
    value.as_str().filter(|name| !name.is_empty()).unwrap_or("example.txt")
}

#[cfg(test)]
impl<'a> Context<'a> {
    /// Returns the context of a call whose request does not matter.
    fn of_call(
        operation: &'static Operation,
        values: &'a Map<String, Value>,
        mode: Mode,
        base_url: &'a str,
    ) -> Self {
        let request = Request {
            method: "GET".to_owned(),
            url: format!("{base_url}/path"),
            headers: Vec::new(),
            body: crate::engine::Body::Empty,
        };
        let exchange = Exchange::of(&request, operation, mode);
        Self { operation, values, mode, scenario: None, exchange, base_url }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_texts_are_placeholders_on_an_account_and_examples_on_the_mock() {
        let values = |id: &str, on_mock| {
            let operation = crate::catalog::find(id).expect("an operation");
            let given = Map::from_iter([("name".to_owned(), Value::from("Mine"))]);
            with_required_values(operation, &given, on_mock)
        };
        let account = values("bots.create", false);
        assert_eq!(account["space_id"], "SPACE_ID");
        assert_eq!(account["name"], "Mine");
        assert_ne!(values("bots.create", true)["space_id"], "SPACE_ID");
        assert_eq!(
            values("bots.publish", false)["connector_ids"],
            serde_json::json!(["CONNECTOR_ID"])
        );
    }
}
