//! The spec, embedded: which operations there are, and what they take and answer.

use std::collections::HashSet;
use std::sync::{LazyLock, OnceLock};

use http::Method;
use serde_json::{Map, Value};

use crate::paging::Paging;
use crate::validate::Checks;

static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    let bundle = include_str!(concat!(env!("OUT_DIR"), "/bundle.json"));
    Spec::read(serde_json::from_str(bundle).unwrap_or_default())
});

/// The operations of the spec.
#[derive(Debug)]
pub struct Spec {
    bundle: Value,
    operations: Vec<Operation>,
    example_ids: HashSet<String>,
}

impl Spec {
    /// The spec that was embedded when this crate was built.
    pub fn get() -> &'static Self {
        &SPEC
    }

    /// The whole bundle, an OpenAPI 3.0.3 document.
    pub fn bundle(&self) -> &Value {
        &self.bundle
    }

    /// Every operation, in the order of the bundle.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of that id, for example `bots.create`.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Whether the examples of the spec use this id for something.
    pub(crate) fn has_example_id(&self, id: &str) -> bool {
        self.example_ids.contains(id)
    }

    fn read(bundle: Value) -> Self {
        let mut spec = Self { bundle, operations: Vec::new(), example_ids: HashSet::new() };
        for (path, item) in spec.bundle["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes());
                let Ok(method) = method else { continue };
                let operation = Operation::read(method, path, operation);
                operation.collect_example_ids(&mut spec.example_ids);
                spec.operations.push(operation);
            }
        }
        spec
    }

    /// The schema that a reference leads to, or the schema itself.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
        reference
            .and_then(|reference| self.bundle.pointer(reference.trim_start_matches('#')))
            .unwrap_or(schema)
    }
}

/// An operation: what it takes and what it answers.
#[derive(Debug)]
pub struct Operation {
    /// Its id, for example `bots.create`.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// The template of its path, for example `/v1/bots/{bot_id}`.
    pub path: String,
    /// The permissions that a token needs.
    pub permissions: Vec<String>,
    /// Whether it asks for an access token.
    pub protected: bool,
    /// How its pages follow each other.
    pub paging: Option<Paging>,
    /// Parameters in path, query and headers.
    pub(crate) parameters: Vec<Parameter>,
    /// The body that it takes.
    pub(crate) body: Option<Body>,
    /// The JSON reply.
    pub(crate) json: Option<Media>,
    /// The example of a reply that is a file.
    pub(crate) file: Option<String>,
    /// The example of a reply that is a stream of events.
    pub(crate) events: Option<String>,
    /// Whether it is a WebSocket.
    pub(crate) is_channel: bool,
    pub(crate) checks: OnceLock<Checks>,
}

/// A parameter outside the body.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) required: bool,
    /// Whether the values of a list come as repetitions of the parameter, not joined by commas.
    pub(crate) explode: bool,
    pub(crate) schema: Value,
    pub(crate) example: Value,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) multipart: bool,
    pub(crate) schema: Value,
    pub(crate) example: Value,
}

/// A JSON reply.
#[derive(Debug)]
pub(crate) struct Media {
    pub(crate) schema: Value,
    pub(crate) example: Value,
}

impl Operation {
    /// An operation that is not in the spec, for example an endpoint of OAuth: nothing of it is checked.
    pub(crate) fn extra(id: &str, method: Method, path: &str) -> Self {
        Self {
            id: id.to_owned(),
            method,
            path: path.to_owned(),
            permissions: Vec::new(),
            protected: false,
            paging: None,
            parameters: Vec::new(),
            body: None,
            json: None,
            file: None,
            events: None,
            is_channel: false,
            checks: OnceLock::new(),
        }
    }

    /// A WebSocket channel, by the name of its file in the spec. Its handshake is checked as any request is.
    pub(crate) fn channel(name: &str) -> Self {
        let spec = &Spec::get().bundle()["x-coze-channels"][name];
        let path = spec["path"].as_str().unwrap_or_default();
        let mut parameters: Vec<_> =
            list(&spec["parameters"]).iter().map(Parameter::read).collect();
        // Browsers cannot set headers.
        let token = serde_json::json!({"name": "authorization", "schema": {"type": "string"}});
        parameters.push(Parameter::read(&token));
        Self {
            permissions: strings(&spec["x-coze-permission"]),
            protected: true,
            parameters,
            is_channel: true,
            ..Self::extra(&format!("realtime.{name}"), Method::GET, path)
        }
    }

    fn read(method: Method, path: &str, spec: &Value) -> Self {
        let content = &spec["responses"]["200"]["content"];
        let text = |media: &str| content[media]["example"].as_str().map(str::to_owned);
        Self {
            permissions: strings(&spec["x-coze-permission"]),
            protected: spec["security"].as_array().is_none_or(|all| !all.is_empty()),
            paging: Paging::read(&spec["x-coze-paging"]),
            parameters: list(&spec["parameters"]).iter().map(Parameter::read).collect(),
            body: Body::read(&spec["requestBody"]),
            json: content.get("application/json").map(|media| Media {
                schema: media["schema"].clone(),
                example: media["example"].clone(),
            }),
            file: text("application/octet-stream"),
            events: text("text/event-stream"),
            ..Self::extra(spec["operationId"].as_str().unwrap_or_default(), method, path)
        }
    }

    /// The example of its JSON reply, envelope included; null if it has none.
    pub fn example(&self) -> &Value {
        self.json.as_ref().map_or(&Value::Null, |media| &media.example)
    }

    /// Whether it can answer with a stream of events.
    pub fn streams(&self) -> bool {
        self.events.is_some()
    }

    /// The default of a parameter or of a property of the body.
    pub(crate) fn default_of(&self, name: &str) -> Option<&Value> {
        let parameter = self.parameters.iter().find(|parameter| parameter.name == name);
        let schema = match (parameter, &self.body) {
            (Some(parameter), _) => &parameter.schema,
            (None, Some(body)) => Spec::get().resolve(&body.schema)["properties"].get(name)?,
            (None, None) => return None,
        };
        schema.get("default")
    }

    /// Whether the payload of its JSON reply stands at the root, beside the envelope.
    pub(crate) fn is_flat(&self) -> bool {
        self.json.as_ref().is_some_and(|media| media.schema["allOf"][1]["$ref"].is_string())
    }

    /// The payload of a reply.
    pub(crate) fn payload_of<'a>(&self, reply: &'a Value) -> &'a Value {
        if self.is_flat() { reply } else { &reply["data"] }
    }

    /// Whether the example of the request has this value.
    pub(crate) fn is_example(&self, name: &str, value: &str) -> bool {
        let mut parameters = self.parameters.iter();
        parameters.any(|parameter| parameter.name == name && parameter.example == value)
            || self.body.as_ref().is_some_and(|body| body.example[name] == value)
    }

    /// Gathers what looks like an id in the examples: of the request, and of the things in the reply.
    fn collect_example_ids(&self, ids: &mut HashSet<String>) {
        for parameter in &self.parameters {
            collect(&parameter.name, &parameter.example, ids);
        }
        if let Some(body) = &self.body {
            collect("", &body.example, ids);
        }
        collect("", self.example(), ids);
    }
}

impl Parameter {
    fn read(spec: &Value) -> Self {
        Self {
            name: spec["name"].as_str().unwrap_or_default().to_owned(),
            place: match spec["in"].as_str() {
                Some("path") => Place::Path,
                Some("header") => Place::Header,
                _ => Place::Query,
            },
            required: spec["required"] == true,
            explode: spec["explode"] != false,
            schema: spec["schema"].clone(),
            example: spec["example"].clone(),
        }
    }
}

impl Body {
    fn read(spec: &Value) -> Option<Self> {
        let content = spec["content"].as_object()?;
        let (kind, media) = content.iter().next()?;
        Some(Self {
            required: spec["required"] == true,
            multipart: kind == "multipart/form-data",
            schema: media["schema"].clone(),
            example: media["example"].clone(),
        })
    }
}

fn collect(name: &str, example: &Value, ids: &mut HashSet<String>) {
    match example {
        Value::String(text) if is_id_name(name) && !text.is_empty() => {
            ids.insert(text.clone());
        }
        Value::Array(items) => {
            for item in items {
                collect(name, item, ids);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                collect(name, value, ids);
            }
        }
        _ => {}
    }
}

/// Names such as `bot_id`, `id`, `user_ids`, `owner_uid` and `node_execute_uuid`.
fn is_id_name(name: &str) -> bool {
    let name = name.strip_suffix('s').unwrap_or(name);
    name.ends_with("id")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn strings(value: &Value) -> Vec<String> {
    list(value).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The members of an object, or nothing.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
