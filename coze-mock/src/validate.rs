//! Checks requests and responses against the types and limits of the model.

use coze_spec::model::{Field, Limits, Operation, Param, Place, Reply, Schema, Shape, Type};
use serde_json::{Map, Number, Value};

use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::spec::{api, members, schema};

/// The maximum number of problems that a message lists.
const MAX_PROBLEMS: usize = 3;

/// Checks a parameter outside the body.
pub(crate) fn parameter(
    endpoint: &Endpoint,
    param: &Param,
    value: Option<&Value>,
) -> Result<(), ApiError> {
    let noun = match param.place {
        Place::Path => "path parameter",
        Place::Query { .. } => "query parameter",
        _ => "header",
    };
    // The platform accepts requests without a constant header, and official SDKs omit it.
    if value.is_none() && param.constant.is_some() && param.place == Place::Header {
        return Ok(());
    }
    let mut check = Check::of(endpoint, noun);
    check.member("", &param.field, value);
    if let (Some(constant), Some(value)) = (&param.constant, value)
        && value != constant.as_str()
    {
        check.wrong(&param.field.wire, format_args!("it is always `{constant}`"));
    }
    check.result().map_err(ApiError::bad_request)
}

/// Checks the body of a request. A `null` counts as not sent.
pub(crate) fn body(endpoint: &Endpoint, body: &Value) -> Result<(), ApiError> {
    let body = without_nulls(body);
    let mut check = Check::of(endpoint, "field");
    check.object("", endpoint.body_params().map(|param| &param.field), &body);
    check.result().map_err(ApiError::bad_request)
}

/// Checks a JSON response of an operation.
pub(crate) fn response(operation: &Operation, body: &Value) -> Result<(), String> {
    let payload: &[Field] = match &operation.reply {
        Reply::Data(field) => std::slice::from_ref(field),
        Reply::Flat(name) => schema(name).map_or(&[], Schema::fields),
        Reply::Empty | Reply::Binary | Reply::Events => &[],
    };
    let mut check = Check::new("field");
    check.object("", api().envelope.iter().chain(payload), body);
    check.result()
}

/// Checks a value against a named schema.
pub(crate) fn named(name: &str, value: &Value) -> Result<(), String> {
    let mut check = Check::new("field");
    check.named("", name, value);
    check.result()
}

/// Refuses query parameters, and members of the body at any depth, that the spec does not have.
pub(crate) fn refuse_unknown(
    endpoint: &Endpoint,
    query: &[(String, String)],
    body: &Value,
) -> Result<(), ApiError> {
    if let Some((name, _)) = query.iter().find(|(name, _)| endpoint.param(name).is_none()) {
        return Err(ApiError::bad_request(format_args!("there is no query parameter `{name}`")));
    }
    let fields = || endpoint.body_params().map(|param| &param.field);
    // The switch between a response and a stream is a fact about the stream, not a parameter.
    let switch = endpoint.stream().is_some_and(|stream| stream.switch);
    let sent = members(body).filter(|(name, _)| !switch || *name != "stream");
    match unknown_member(fields, sent) {
        Some(path) => Err(ApiError::bad_request(format_args!("there is no field `{path}`"))),
        None => Ok(()),
    }
}

fn unknown_member<'a, I: Iterator<Item = &'a Field>>(
    fields: impl Fn() -> I,
    mut sent: impl Iterator<Item = (&'a String, &'a Value)>,
) -> Option<String> {
    sent.find_map(|(name, value)| match fields().find(|field| field.wire == *name) {
        None => Some(name.clone()),
        Some(field) => unknown_inside(&field.kind, value).map(|path| format!("{name}.{path}")),
    })
}

fn unknown_inside(kind: &Type, value: &Value) -> Option<String> {
    let inside =
        |kind, name: &str, value| unknown_inside(kind, value).map(|path| format!("{name}.{path}"));
    match (kind, value) {
        (Type::Named(name), _) => {
            let fields = schema(name).filter(|schema| schema.is_struct())?.fields();
            unknown_member(|| fields.iter(), members(value))
        }
        (Type::List(item), Value::Array(items)) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, value)| inside(item, &index.to_string(), value))
        }
        (Type::Map(item), _) => members(value).find_map(|(name, value)| inside(item, name, value)),
        _ => None,
    }
}

/// The value without the members of objects that are null.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members
                .map(|(name, value)| (name.clone(), without_nulls(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        scalar => scalar.clone(),
    }
}

/// A check in progress. Messages name the field but leave out its value, which may be long or
/// secret.
struct Check {
    noun: &'static str,
    /// `true` if the documented limits are enforced.
    limits: bool,
    problems: Vec<String>,
}

impl Check {
    fn new(noun: &'static str) -> Self {
        Self { noun, limits: true, problems: Vec::new() }
    }

    /// A check of a request to this endpoint.
    fn of(endpoint: &Endpoint, noun: &'static str) -> Self {
        Self { limits: endpoint.has_limits(), ..Self::new(noun) }
    }

    fn result(mut self) -> Result<(), String> {
        self.problems.truncate(MAX_PROBLEMS);
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems.join("; ")) }
    }

    fn wrong(&mut self, path: &str, why: impl std::fmt::Display) {
        self.problems.push(match (path, self.noun) {
            ("", _) => format!("the body is wrong: {why}"),
            (_, noun) => format!("the {noun} `{path}` is wrong: {why}"),
        });
    }

    fn object<'a>(&mut self, path: &str, fields: impl Iterator<Item = &'a Field>, value: &Value) {
        if !value.is_object() {
            return self.wrong(path, "it is not an object");
        }
        for field in fields {
            self.member(path, field, value.get(&field.wire));
        }
    }

    fn member(&mut self, parent: &str, field: &Field, value: Option<&Value>) {
        let path = join(parent, &field.wire);
        match value {
            None if field.required => {
                self.problems.push(format!("the {} `{path}` is required", self.noun));
            }
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(value) => self.value(&path, &field.kind, &field.limits, value),
        }
    }

    fn value(&mut self, path: &str, kind: &Type, limits: &Limits, value: &Value) {
        let each = limits.each.as_deref();
        let none = Limits::default();
        let noun = match (kind, value) {
            (Type::Named(name), _) => return self.named(path, name, value),
            (Type::List(item), Value::Array(items)) => {
                self.count(path, items.len(), (limits.min_items, limits.max_items), "items");
                for (index, value) in items.iter().enumerate() {
                    self.value(&join(path, &index.to_string()), item, each.unwrap_or(&none), value);
                }
                return;
            }
            (Type::Map(item), Value::Object(members)) => {
                for (name, value) in members {
                    self.value(&join(path, name), item, each.unwrap_or(&none), value);
                }
                return;
            }
            (Type::String | Type::Secret, Value::String(text)) => {
                let bounds = (limits.min_length, limits.max_length);
                return self.count(path, text.chars().count(), bounds, "characters");
            }
            (Type::Int32 | Type::Int64 | Type::Double, Value::Number(number))
                if fits(kind, number) =>
            {
                return self.range(path, limits, number);
            }
            (Type::Json | Type::File, _) | (Type::Boolean, Value::Bool(_)) => return,
            (Type::List(_), _) => "a list",
            (Type::Map(_), _) => "an object",
            (Type::String | Type::Secret, _) => "a string",
            (Type::Int32, _) => "a 32-bit integer",
            (Type::Int64, _) => "an integer",
            (Type::Double, _) => "a number",
            (Type::Boolean, _) => "a boolean",
        };
        self.wrong(path, format_args!("it is not {noun}"));
    }

    fn named(&mut self, path: &str, name: &str, value: &Value) {
        let Some(schema) = schema(name) else { return };
        match &schema.shape {
            Shape::Struct(fields) => self.object(path, fields.iter(), value),
            Shape::Strings(_) if !self.limits => {
                self.value(path, &Type::String, &Limits::default(), value);
            }
            Shape::Integers(_) if !self.limits => {
                self.value(path, &Type::Int64, &Limits::default(), value);
            }
            Shape::Strings(_) | Shape::Integers(_) => {
                let values = schema.values();
                if !values.contains(value) {
                    let values: Vec<_> = values.iter().map(Value::to_string).collect();
                    self.wrong(path, format_args!("it is none of {}", values.join(", ")));
                }
            }
            Shape::Events(_) | Shape::Commands(_) => {}
        }
    }

    fn count(
        &mut self,
        path: &str,
        count: usize,
        (min, max): (Option<u64>, Option<u64>),
        unit: &str,
    ) {
        if !self.limits {
            return;
        }
        let count = count as u64;
        if let Some(min) = min.filter(|min| count < *min) {
            self.wrong(path, format_args!("it has {count} {unit}, and needs at least {min}"));
        }
        if let Some(max) = max.filter(|max| count > *max) {
            self.wrong(path, format_args!("it has {count} {unit}, and may have at most {max}"));
        }
    }

    fn range(&mut self, path: &str, limits: &Limits, number: &Number) {
        let bound = |limit: &Option<Number>| limit.as_ref().and_then(Number::as_f64);
        let Some(value) = number.as_f64().filter(|_| self.limits) else { return };
        if let Some(min) = bound(&limits.minimum).filter(|min| value < *min) {
            self.wrong(path, format_args!("it must be at least {min}"));
        }
        if let Some(max) = bound(&limits.maximum).filter(|max| value > *max) {
            self.wrong(path, format_args!("it must be at most {max}"));
        }
    }
}

fn fits(kind: &Type, number: &Number) -> bool {
    match kind {
        Type::Int32 => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Type::Int64 => !number.is_f64(),
        _ => true,
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

#[cfg(test)]
mod tests {
    use coze_spec::model::Platform;
    use serde_json::json;

    use super::*;

    fn endpoint(id: &str) -> Endpoint {
        Endpoint::of(api().operation(id).unwrap(), Platform::Cloud)
    }

    #[test]
    fn every_example_is_valid() {
        let mut checked = 0;
        for operation in api().operations() {
            if let Some(example @ Value::Object(_)) = &operation.example {
                assert_eq!(response(operation, example), Ok(()), "{}", operation.id);
                checked += 1;
            }
            if let Some(example) = &operation.body {
                let endpoint = Endpoint::of(operation, Platform::Cloud);
                assert_eq!(body(&endpoint, &example.example), Ok(()), "{}", operation.id);
            }
        }
        assert!(checked > 100, "{checked}");
    }

    #[test]
    fn wrong_values_name_their_field() {
        let operation = api().operation("bots.create").unwrap();
        let message = response(operation, &json!({"code": 0, "data": {"bot_id": 1}})).unwrap_err();
        assert!(message.contains("`data.bot_id` is wrong: it is not a string"), "{message}");
        let cases = [
            (
                json!({"bot_id": "1", "name": "x".repeat(21)}),
                "it has 21 characters, and may have at most 20",
            ),
            (
                json!({"bot_id": "1", "model_info_config": {"model_id": "1", "temperature": "hot"}}),
                "it is not a number",
            ),
            (
                json!({"bot_id": "1", "prompt_info": {"prompt_mode": "loud"}}),
                "it is none of \"standard\", \"prefix\"",
            ),
        ];
        for (value, text) in cases {
            let error = body(&endpoint("bots.update"), &value).unwrap_err();
            assert!(error.msg.contains(text), "{}", error.msg);
        }
    }

    #[test]
    fn unknown_members_are_found_at_any_depth() {
        let unknown = |id: &str, body: Value| {
            refuse_unknown(&endpoint(id), &[], &body).err().map(|error| error.msg)
        };
        let body = json!({"bot_id": "1", "connectors": {"1024": {"anything": "x"}}});
        assert_eq!(unknown("bots.publish", body), None);
        let message = unknown("bots.publish", json!({"bot": 1})).unwrap();
        assert!(message.ends_with("there is no field `bot`"), "{message}");
        let body = json!({"plugin_id_list": {"id_list": [{}, {"plugin_name": "x"}]}});
        let message = unknown("bots.create", body).unwrap();
        assert!(message.ends_with("`plugin_id_list.id_list.1.plugin_name`"), "{message}");
    }
}
