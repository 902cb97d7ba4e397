//! Comparison of samples with the requests and values of the SDK.

use std::collections::BTreeMap;

use coze_tests::lost::{canonical, text};
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
