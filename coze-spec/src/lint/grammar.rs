//! The allowed keys of every mapping, and the kind of value of each key.

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};

/// The allowed kind of a value.
enum Rule {
    Text,
    Flag,
    Integer,
    Number,
    Any,
    /// A name, or a mapping from values to names.
    Names,
    List(&'static Rule),
    Map(&'static Rule),
    /// A mapping with these keys. Findings contain the name.
    Object(&'static str, &'static [Key]),
}

use Rule::{Any, Flag, Integer, List, Map, Names, Number, Object, Text};

struct Key(&'static str, bool, &'static Rule);

const REQUIRED: bool = true;
const OPTIONAL: bool = false;

static TEXTS: Rule = List(&Text);

static ROOT: Rule = Object(
    "the document",
    &[
        Key("openapi", REQUIRED, &Text),
        Key("info", REQUIRED, &INFO),
        Key("servers", REQUIRED, &List(&SERVER)),
        Key("security", OPTIONAL, &List(&Map(&TEXTS))),
        Key("tags", REQUIRED, &List(&TAG)),
        Key("paths", REQUIRED, &Map(&PATH_ITEM)),
        Key("components", REQUIRED, &COMPONENTS),
        Key("x-coze-channels", OPTIONAL, &Map(&CHANNEL)),
        Key("x-coze-errors", OPTIONAL, &List(&ERROR)),
        Key("x-coze-studio", OPTIONAL, &STUDIO_SERVER),
        Key("x-webhooks", OPTIONAL, &Map(&WEBHOOK)),
    ],
);

static ERROR: Rule = Object(
    "an error code",
    &[
        Key("code", REQUIRED, &Text),
        Key("name", OPTIONAL, &Text),
        Key("kind", REQUIRED, &Text),
        Key("retry", REQUIRED, &Text),
        Key("source", REQUIRED, &Text),
        Key("meaning", REQUIRED, &Text),
        Key("action", OPTIONAL, &Text),
    ],
);

static INFO: Rule = Object(
    "info",
    &[
        Key("title", REQUIRED, &Text),
        Key("version", REQUIRED, &Text),
        Key("description", OPTIONAL, &Text),
        Key("license", OPTIONAL, &Map(&Text)),
    ],
);

static SERVER: Rule =
    Object("a server", &[Key("url", REQUIRED, &Text), Key("description", OPTIONAL, &Text)]);

static TAG: Rule = Object(
    "a tag",
    &[
        Key("name", REQUIRED, &Text),
        Key("description", REQUIRED, &Text),
        Key("externalDocs", OPTIONAL, &PAGE),
        Key("x-coze-aliases", OPTIONAL, &TEXTS),
        Key("x-coze-name", OPTIONAL, &Text),
    ],
);

static PAGE: Rule =
    Object("externalDocs", &[Key("url", REQUIRED, &Text), Key("description", REQUIRED, &Text)]);

static COMPONENTS: Rule = Object(
    "components",
    &[Key("schemas", REQUIRED, &Map(&SCHEMA)), Key("securitySchemes", OPTIONAL, &Map(&Map(&Text)))],
);

static PATH_ITEM: Rule = Object(
    "a path",
    &[
        Key("get", OPTIONAL, &OPERATION),
        Key("post", OPTIONAL, &OPERATION),
        Key("put", OPTIONAL, &OPERATION),
        Key("delete", OPTIONAL, &OPERATION),
    ],
);

static OPERATION: Rule = Object(
    "an operation",
    &[
        Key("operationId", REQUIRED, &Text),
        Key("tags", REQUIRED, &TEXTS),
        Key("summary", REQUIRED, &Text),
        Key("description", OPTIONAL, &Text),
        Key("deprecated", OPTIONAL, &Flag),
        Key("externalDocs", OPTIONAL, &PAGE),
        Key("parameters", OPTIONAL, &List(&PARAMETER)),
        Key("requestBody", OPTIONAL, &BODY),
        Key("responses", REQUIRED, &RESPONSES),
        Key("security", OPTIONAL, &List(&Map(&TEXTS))),
        Key("x-coze-also", OPTIONAL, &TEXTS),
        Key("x-coze-changes", OPTIONAL, &Flag),
        Key("x-coze-name", OPTIONAL, &Text),
        Key("x-coze-paging", OPTIONAL, &PAGING),
        Key("x-coze-permission", REQUIRED, &TEXTS),
        Key("x-coze-retry", OPTIONAL, &Text),
        Key("x-coze-studio", OPTIONAL, &STUDIO),
        Key("x-coze-timeout", OPTIONAL, &Integer),
    ],
);

static PARAMETER: Rule = Object(
    "a parameter",
    &[
        Key("name", REQUIRED, &Text),
        Key("in", REQUIRED, &Text),
        Key("required", OPTIONAL, &Flag),
        Key("description", REQUIRED, &Text),
        Key("schema", REQUIRED, &SCHEMA),
        Key("style", OPTIONAL, &Text),
        Key("explode", OPTIONAL, &Flag),
        Key("example", REQUIRED, &Any),
        Key("x-coze-const", OPTIONAL, &Text),
        Key("x-coze-name", OPTIONAL, &Text),
    ],
);

static BODY: Rule = Object(
    "a request body",
    &[
        Key("required", OPTIONAL, &Flag),
        Key("description", OPTIONAL, &Text),
        Key("content", REQUIRED, &CONTENT),
    ],
);

static CONTENT: Rule = Object(
    "the content of a request",
    &[Key("application/json", OPTIONAL, &MEDIA), Key("multipart/form-data", OPTIONAL, &MEDIA)],
);

static RESPONSE_CONTENT: Rule = Object(
    "the content of a response",
    &[
        Key("application/json", OPTIONAL, &MEDIA),
        Key("application/octet-stream", OPTIONAL, &MEDIA),
        Key("text/event-stream", OPTIONAL, &MEDIA),
    ],
);

static MEDIA: Rule =
    Object("a media type", &[Key("schema", REQUIRED, &SCHEMA), Key("example", REQUIRED, &Any)]);

static RESPONSES: Rule = Object("responses", &[Key("200", REQUIRED, &RESPONSE)]);

static RESPONSE: Rule = Object(
    "a response",
    &[Key("description", REQUIRED, &Text), Key("content", REQUIRED, &RESPONSE_CONTENT)],
);

static PAGING: Rule = Object(
    "x-coze-paging",
    &[
        Key("style", REQUIRED, &Text),
        Key("size", REQUIRED, &Text),
        Key("items", REQUIRED, &Text),
        Key("page", OPTIONAL, &Text),
        Key("total", OPTIONAL, &Text),
        Key("more", OPTIONAL, &Text),
        Key("task", OPTIONAL, &Text),
        Key("token", OPTIONAL, &Text),
        Key("next", OPTIONAL, &Text),
        Key("before", OPTIONAL, &Text),
        Key("after", OPTIONAL, &Text),
        Key("first", OPTIONAL, &Text),
        Key("last", OPTIONAL, &Text),
    ],
);

static EVENT: Rule = Object(
    "an event",
    &[
        Key("event", REQUIRED, &Text),
        Key("name", REQUIRED, &Text),
        Key("data", OPTIONAL, &Text),
        Key("ends", OPTIONAL, &Flag),
        Key("description", REQUIRED, &Text),
        Key("x-coze-studio", OPTIONAL, &TEXTS),
        // In the document about deployed projects.
        Key("code", OPTIONAL, &Text),
        Key("example", OPTIONAL, &Map(&Any)),
    ],
);

static SITE_ROOT: Rule = Object(
    "the document",
    &[Key("x-coze-site", REQUIRED, &SITE), Key("components", REQUIRED, &COMPONENTS)],
);

static SITE: Rule = Object(
    "x-coze-site",
    &[
        Key("description", REQUIRED, &Text),
        Key("externalDocs", REQUIRED, &PAGE),
        Key("tag", REQUIRED, &Text),
        Key("operations", REQUIRED, &List(&SITE_OPERATION)),
    ],
);

static SITE_OPERATION: Rule = Object(
    "an operation",
    &[
        Key("name", REQUIRED, &Text),
        Key("method", REQUIRED, &Text),
        Key("path", REQUIRED, &Text),
        Key("description", REQUIRED, &Text),
        Key("idempotent", OPTIONAL, &Flag),
        Key("timeout", OPTIONAL, &Integer),
        Key("request", OPTIONAL, &SCHEMA),
        Key("response", OPTIONAL, &SCHEMA),
        Key("events", OPTIONAL, &SCHEMA),
        Key("example", OPTIONAL, &Any),
    ],
);

static STUDIO_SERVER: Rule = Object(
    "x-coze-studio",
    &[
        Key("url", REQUIRED, &Text),
        Key("log_id", REQUIRED, &Text),
        Key("absent", REQUIRED, &Text),
        Key("wrapped", REQUIRED, &WRAPPED),
    ],
);

static WRAPPED: Rule =
    Object("`wrapped`", &[Key("codes", REQUIRED, &List(&Integer)), Key("format", REQUIRED, &Text)]);

static STUDIO: Rule = Object(
    "x-coze-studio",
    &[
        Key("path", OPTIONAL, &Text),
        Key("payload", OPTIONAL, &Text),
        Key("bare", OPTIONAL, &Flag),
        Key("first_page", OPTIONAL, &Integer),
        Key("send", OPTIONAL, &Map(&Any)),
        Key("ignores", OPTIONAL, &TEXTS),
        Key("note", OPTIONAL, &Text),
    ],
);

static CHANNEL: Rule = Object(
    "a channel",
    &[
        Key("name", REQUIRED, &Text),
        Key("path", OPTIONAL, &Text),
        Key("description", REQUIRED, &Text),
        Key("externalDocs", OPTIONAL, &PAGE),
        Key("x-coze-permission", REQUIRED, &TEXTS),
        Key("parameters", OPTIONAL, &List(&PARAMETER)),
        Key("client", REQUIRED, &List(&MESSAGE)),
        Key("server", REQUIRED, &List(&MESSAGE)),
    ],
);

static MESSAGE: Rule = Object(
    "an event",
    &[
        Key("event", REQUIRED, &Text),
        Key("name", REQUIRED, &Text),
        Key("data", OPTIONAL, &Text),
        Key("description", REQUIRED, &Text),
        Key("example", REQUIRED, &Map(&Any)),
    ],
);

static WEBHOOK: Rule = Object("a callback", &[Key("post", REQUIRED, &DELIVERY)]);

static DELIVERY: Rule = Object(
    "a callback",
    &[
        Key("summary", REQUIRED, &Text),
        Key("description", OPTIONAL, &Text),
        Key("externalDocs", OPTIONAL, &PAGE),
        Key("requestBody", REQUIRED, &BODY),
        Key("responses", REQUIRED, &CALLBACK_RESPONSES),
        Key("x-coze-name", OPTIONAL, &Text),
    ],
);

static CALLBACK_RESPONSES: Rule = Object("responses", &[Key("200", REQUIRED, &CALLBACK_RESPONSE)]);

static CALLBACK_RESPONSE: Rule = Object(
    "a response",
    &[Key("description", REQUIRED, &Text), Key("content", OPTIONAL, &CALLBACK_CONTENT)],
);

static CALLBACK_CONTENT: Rule =
    Object("the content of a response", &[Key("application/json", REQUIRED, &MEDIA)]);

static SCHEMA: Rule = Object(
    "a schema",
    &[
        Key("$ref", OPTIONAL, &Text),
        Key("allOf", OPTIONAL, &List(&SCHEMA)),
        Key("type", OPTIONAL, &Text),
        Key("format", OPTIONAL, &Text),
        Key("description", OPTIONAL, &Text),
        Key("properties", OPTIONAL, &Map(&SCHEMA)),
        Key("required", OPTIONAL, &TEXTS),
        Key("items", OPTIONAL, &SCHEMA),
        Key("additionalProperties", OPTIONAL, &Any),
        Key("enum", OPTIONAL, &List(&Any)),
        Key("nullable", OPTIONAL, &Flag),
        Key("default", OPTIONAL, &Any),
        Key("example", OPTIONAL, &Any),
        Key("minimum", OPTIONAL, &Number),
        Key("maximum", OPTIONAL, &Number),
        Key("minLength", OPTIONAL, &Integer),
        Key("maxLength", OPTIONAL, &Integer),
        Key("minItems", OPTIONAL, &Integer),
        Key("maxItems", OPTIONAL, &Integer),
        Key("x-coze-const", OPTIONAL, &Text),
        Key("x-coze-direction", OPTIONAL, &Text),
        Key("x-coze-name", OPTIONAL, &Names),
        Key("x-coze-stream", OPTIONAL, &List(&EVENT)),
        Key("x-coze-studio", OPTIONAL, &Any),
    ],
);

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    walk(&document.node(), &ROOT, findings);
}

/// Checks the document about deployed projects.
pub(super) fn check_site(document: &Document, findings: &mut Diagnostics) {
    walk(&document.node(), &SITE_ROOT, findings);
}

fn walk(node: &Node<'_>, rule: &Rule, findings: &mut Diagnostics) {
    let expected = match (rule, node.value) {
        (Any, _)
        | (Text | Names, Value::String(_))
        | (Flag, Value::Bool(_))
        | (Number, Value::Number(_)) => return,
        (Integer, Value::Number(number)) if number.is_u64() => return,
        (List(rule), Value::Array(_)) => {
            return node.items().iter().for_each(|item| walk(item, rule, findings));
        }
        (Names, Value::Object(_)) => return walk(node, &Map(&Text), findings),
        (Map(rule), Value::Object(_)) => {
            return node.entries().iter().for_each(|(_, entry)| walk(entry, rule, findings));
        }
        (Object(name, keys), Value::Object(_)) => {
            return object(node, name, keys, findings);
        }
        (Text, _) => "a string",
        (Names, _) => "a name, or the names of the values of an enum",
        (Flag, _) => "true or false",
        (Integer, _) => "a count",
        (Number, _) => "a number",
        (List(_), _) => "a list",
        (Map(_) | Object(..), _) => "a mapping",
    };
    let key = node.pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/");
    let message = format!("`{key}` is {}", kind(node.value));
    node.report(findings, message, format!("write {expected}"));
}

fn object(node: &Node<'_>, name: &str, keys: &[Key], findings: &mut Diagnostics) {
    for (key, entry) in node.entries() {
        if let Some(Key(_, _, rule)) = keys.iter().find(|known| known.0 == key) {
            walk(&entry, rule, findings);
            continue;
        }
        let nearest = keys
            .iter()
            .map(|known| (strsim::damerau_levenshtein(known.0, key), known.0))
            .min()
            .filter(|(distance, _)| *distance <= 2);
        let help = match nearest {
            _ if matches!(key, "anyOf" | "oneOf" | "not") => {
                "describe the one type that is sent; JSON of several types is `{}` with a description".to_owned()
            }
            Some((_, known)) => format!("did you mean `{known}`?"),
            None if key.contains(' ') => {
                "quote the text before it: in `{…}` a comma ends it".to_owned()
            }
            None => "remove it; spec/README.md lists the keys".to_owned(),
        };
        entry.report(findings, format!("unknown key `{key}` in {name}"), help);
    }
    for Key(key, _, _) in keys.iter().filter(|key| key.1) {
        if node.get(key).is_none() {
            let message = format!("`{key}` is missing in {name}");
            node.report(findings, message, format!("add `{key}`, as spec/README.md shows"));
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
