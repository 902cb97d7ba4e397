//! Comparison of samples with the requests and values of the SDK.

use std::collections::BTreeMap;

use coze_tests::server;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::fixture::Request;

/// Returns the differences between a request and its sample.
pub(crate) fn request(sample: &Request, sent: &server::Request) -> Vec<String> {
    let mut problems = Vec::new();
    let mut check = |what: &str, sent: String, sample: String| {
        if sent != sample {
            problems.push(format!("{what}:\n  sent   {sent}\n  sample {sample}"));
        }
    };
    let (path, query) = sent.target.split_once('?').unwrap_or((&sent.target, ""));
    check("method", sent.method.clone(), sample.method.clone());
    check("path", decoded(path), sample.path.clone());
    check("query", pairs(query), texts(&sample.query));
    for (name, value) in &sample.headers {
        check(name, sent.header(name).to_owned(), text(value));
    }
    if sample.form.is_empty() {
        // If no property of the body is required, the SDK sends an empty object where the sample
        // has no body.
        let empty = matches!(&*sent.body, b"" | b"{}");
        let mut body = if empty { Value::Null } else { sent.json() };
        let sample = sample.body.clone().unwrap_or_default();
        // Samples leave out the switch, whose default is `false` on the cloud.
        if sample.get("stream").is_none() && body.get("stream") == Some(&json!(false)) {
            body.as_object_mut().expect("an object").remove("stream");
        }
        // An empty object is equivalent to no body.
        let body = if body == json!({}) { Value::Null } else { body };
        check("body", canonical(&body), canonical(&sample));
    } else {
        check("form", texts(&form(sent)), texts(&with_types(&sample.form)));
    }
    problems
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned()
}

fn pairs(query: &str) -> String {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let pairs: BTreeMap<_, _> =
        pairs.map(|(name, value)| (decoded(name), decoded(value))).collect();
    format!("{pairs:?}")
}

fn texts(entries: &Map<String, Value>) -> String {
    let entries: BTreeMap<_, _> = entries.iter().map(|(name, value)| (name, text(value))).collect();
    format!("{entries:?}")
}

/// Formats a scalar as text, because samples write ids with and without quotes.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        value => canonical(value),
    }
}

/// Returns the same text for equivalent values: keys sorted, and integers as strings.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| *name);
            let entries =
                entries.iter().map(|(name, value)| format!("{name:?}: {}", canonical(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items = items.iter().map(canonical);
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Value::Number(number) => format!("{:?}", number.to_string()),
        value => value.to_string(),
    }
}

/// Returns the parts of a multipart body in the form of the samples.
fn form(sent: &server::Request) -> Map<String, Value> {
    let kind = sent.header("content-type");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("multipart");
    let body = String::from_utf8_lossy(&sent.body);
    let mut form = Map::new();
    for part in body.split(&format!("--{boundary}")).filter(|part| part.contains("\r\n\r\n")) {
        let (head, value) = part.split_once("\r\n\r\n").expect("a part");
        let attribute = |name: &str| {
            let (_, rest) = head.split_once(&format!("; {name}=\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let kind = head.split_once("Content-Type: ").map(|(_, rest)| rest.trim());
        let value = match attribute("filename") {
            Some(file) => json!({"file": file, "type": kind}),
            None => Value::from(value.trim_end_matches("\r\n")),
        };
        form.insert(attribute("name").expect("a name"), value);
    }
    form
}

/// Adds the content type that curl derives from a file name, where a sample does not state one.
fn with_types(form: &Map<String, Value>) -> Map<String, Value> {
    let mut form = form.clone();
    for value in form.values_mut().filter_map(Value::as_object_mut) {
        let file = text(&value["file"]).to_lowercase();
        let kind = match file.rsplit('.').next() {
            Some("mp3") => "audio/mpeg",
            Some("jpeg") => "image/jpeg",
            _ => continue,
        };
        value.entry("type").or_insert_with(|| kind.into());
    }
    form
}

/// Returns the paths of the members of `sample` that are missing in `value`, unless they are zero
/// values.
pub(crate) fn lost(value: &Value, sample: &Value) -> Vec<String> {
    let mut lost = Vec::new();
    compare(value, sample, String::new(), &mut lost);
    lost
}

fn compare(value: &Value, sample: &Value, path: String, lost: &mut Vec<String>) {
    match (value, sample) {
        (_, sample) if is_zero(sample) && is_zero(value) => {}
        (Value::Object(value), Value::Object(sample)) => {
            for (name, sample) in sample {
                let value = value.get(name).unwrap_or(&Value::Null);
                compare(value, sample, format!("{path}/{name}"), lost);
            }
        }
        (Value::Array(value), Value::Array(sample)) if value.len() == sample.len() => {
            for (index, (value, sample)) in value.iter().zip(sample).enumerate() {
                compare(value, sample, format!("{path}/{index}"), lost);
            }
        }
        _ if text(value) == text(sample) => {}
        (Value::Number(value), Value::Number(sample)) if value.as_f64() == sample.as_f64() => {}
        _ => lost.push(path),
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty() || value == "0",
        Value::Array(value) => value.is_empty(),
        Value::Object(value) => value.values().all(is_zero),
    }
}
