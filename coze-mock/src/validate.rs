//! Checks requests and replies against the schemas of the spec.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::schema;
use crate::spec::{Operation, Parameter, Place};

/// How many complaints a message lists at most.
const LISTED: usize = 3;

/// The compiled schemas of an operation; compiled when it is first called.
#[derive(Debug)]
pub(crate) struct Checks {
    path: Option<Validator>,
    query: Option<Validator>,
    header: Option<Validator>,
    body: Option<Validator>,
    reply: Option<Validator>,
}

impl Checks {
    pub(crate) fn of(operation: &Operation) -> &Self {
        operation.checks.get_or_init(|| {
            let of = |place| parameters(operation, place);
            let body = operation.body.as_ref().map(|body| &body.schema);
            let reply = operation.json.as_ref().map(|media| &media.schema);
            Self {
                path: of(Place::Path),
                query: of(Place::Query),
                header: of(Place::Header),
                body: body.and_then(compile),
                reply: reply.and_then(compile),
            }
        })
    }

    /// Checks the parameters of one place.
    pub(crate) fn parameters(
        &self,
        place: Place,
        values: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        let (validator, what) = match place {
            Place::Path => (&self.path, "path parameter"),
            Place::Query => (&self.query, "query parameter"),
            Place::Header => (&self.header, "header"),
        };
        check(validator.as_ref(), &Value::Object(values.clone()), what)
    }

    /// Checks the body of a request. A `null` counts as not sent.
    pub(crate) fn body(&self, body: &Value) -> Result<(), ApiError> {
        check(self.body.as_ref(), &without_nulls(body), "field")
    }

    /// Checks a reply; says what is wrong with it.
    pub(crate) fn reply(&self, reply: &Value) -> Result<(), String> {
        complaints(self.reply.as_ref(), reply, "field")
    }
}

/// The value without the members of objects that are null.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members = members.map(|(name, value)| (name.clone(), without_nulls(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        scalar => scalar.clone(),
    }
}

/// Refuses what the spec does not have: query parameters, and properties of the body at any depth.
pub(crate) fn refuse_unknown(
    operation: &Operation,
    query: &[(String, String)],
    body: &Value,
) -> Result<(), ApiError> {
    let known = |name: &str| operation.parameters.iter().any(|each| each.name == name);
    if let Some((name, _)) = query.iter().find(|(name, _)| !known(name)) {
        let why = format!("there is no query parameter `{name}`");
        return Err(ApiError::bad_request(why));
    }
    let schema = operation.body.as_ref().map(|body| &body.schema);
    match schema.and_then(|schema| schema::unknown_member(schema, body)) {
        Some(path) => Err(ApiError::bad_request(format!("there is no field `{path}`"))),
        None => Ok(()),
    }
}

/// The check of one component of the spec.
#[derive(Debug)]
pub(crate) struct Component(Option<Validator>);

impl Component {
    pub(crate) fn of(name: &str) -> Self {
        Self(compile(&json!({"$ref": format!("#/components/schemas/{name}")})))
    }

    /// Says what is wrong with a value.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        complaints(self.0.as_ref(), value, "field")
    }
}

fn check(validator: Option<&Validator>, value: &Value, what: &str) -> Result<(), ApiError> {
    complaints(validator, value, what).map_err(ApiError::bad_request)
}

fn complaints(validator: Option<&Validator>, value: &Value, what: &str) -> Result<(), String> {
    let Some(validator) = validator else { return Ok(()) };
    if validator.is_valid(value) {
        return Ok(());
    }
    let all = validator.iter_errors(value).take(LISTED);
    let all: Vec<_> = all.map(|error| complaint(&error, what)).collect();
    Err(all.join("; "))
}

/// What is wrong, with the name of the field. The value itself is left out: it may be long, or secret.
fn complaint(error: &jsonschema::ValidationError<'_>, what: &str) -> String {
    let path = error.instance_path().as_str().trim_start_matches('/').replace('/', ".");
    if let jsonschema::error::ValidationErrorKind::Required { property } = error.kind() {
        let property = property.as_str().unwrap_or_default();
        let dot = if path.is_empty() { "" } else { "." };
        return format!("the {what} `{path}{dot}{property}` is required");
    }
    if path.is_empty() {
        return format!("the body is wrong: {}", error.masked());
    }
    format!("the {what} `{path}` is wrong: {}", error.masked())
}

fn parameters(operation: &Operation, place: Place) -> Option<Validator> {
    let all = operation.parameters.iter().filter(|parameter| parameter.place == place);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for Parameter { name, schema, required: needed, .. } in all {
        properties.insert(name.clone(), schema.clone());
        // The page of this operation does not list the header, and official SDKs do not send it.
        let lax = place == Place::Header && operation.id == "datasets.process";
        if *needed && !lax {
            required.push(name.as_str());
        }
    }
    if properties.is_empty() {
        return None;
    }
    compile(&json!({"type": "object", "properties": properties, "required": required}))
}

/// Compiles a schema of the spec. One that cannot be compiled checks nothing; a test sees to it that all can.
fn compile(schema: &Value) -> Option<Validator> {
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    options.build(&schema::standalone(schema)).ok()
}

#[cfg(test)]
mod tests {
    use crate::spec::Spec;

    use super::*;

    #[test]
    fn every_schema_compiles() {
        for operation in Spec::get().operations() {
            let checks = Checks::of(operation);
            let has = |place| operation.parameters.iter().any(|each| each.place == place);
            assert_eq!(checks.path.is_some(), has(Place::Path), "{}", operation.id);
            assert_eq!(checks.query.is_some(), has(Place::Query), "{}", operation.id);
            assert_eq!(checks.header.is_some(), has(Place::Header), "{}", operation.id);
            assert_eq!(checks.body.is_some(), operation.body.is_some(), "{}", operation.id);
            assert_eq!(checks.reply.is_some(), operation.json.is_some(), "{}", operation.id);
        }
    }

    #[test]
    fn every_example_reply_is_valid() {
        for operation in Spec::get().operations() {
            let result = Checks::of(operation).reply(operation.example());
            if operation.json.is_some() {
                assert_eq!(result, Ok(()), "{}", operation.id);
            }
        }
    }

    #[test]
    fn a_wrong_reply_names_its_field() {
        let operation = Spec::get().operation("bots.create").unwrap();
        let result = Checks::of(operation).reply(&json!({"code": 0, "data": {"bot_id": 1}}));
        let message = result.unwrap_err();
        assert!(message.contains("`data.bot_id`"), "{message}");
    }
}
