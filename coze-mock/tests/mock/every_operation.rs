//! Every operation of the spec is served: its example request passes the checks, and the reply
//! conforms to the spec.

use crate::support::{Mock, assert_error, json};
use coze_mock::Platform;
use coze_spec::model::{Api, Media, Operation, Param, Place, Type};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

fn api() -> &'static Api {
    coze_spec::api()
}

/// Returns the request that the examples of an operation describe.
pub(crate) fn example_request(
    mock: &Mock,
    operation: &Operation,
    platform: Platform,
) -> RequestBuilder {
    let mut path = operation.path_on(platform).to_owned();
    let mut query = Vec::new();
    let mut headers = Vec::new();
    for param in &operation.params {
        let (name, Some(example)) = (&param.field.wire, &param.example) else { continue };
        match (param.place, example.as_array()) {
            (Place::Path, _) if !path.contains(&format!("{{{name}}}")) => {
                query.push((name, text(example)));
            }
            (Place::Path, _) => path = path.replace(&format!("{{{name}}}"), &text(example)),
            (Place::Header, _) => headers.push((name, text(example))),
            (Place::Query { explode: false }, Some(values)) => {
                let values: Vec<String> = values.iter().map(text).collect();
                query.push((name, values.join(",")));
            }
            (Place::Query { .. }, Some(values)) => {
                query.extend(values.iter().map(|value| (name, text(value))));
            }
            (Place::Query { .. }, None) => query.push((name, text(example))),
            (Place::Body | Place::Part, _) => {}
        }
    }
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let query: Vec<String> =
        query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let mut request = mock.request(&operation.verb.name().to_uppercase(), &path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match &operation.body {
        Some(body) if body.media == Media::Json => {
            let request = request.header("content-type", "application/json");
            request.body(body.example.to_string())
        }
        Some(body) => request.multipart(form(operation, &body.example)),
        None => request,
    }
}

fn form(operation: &Operation, example: &Value) -> Form {
    let mut form = Form::new();
    for (name, value) in example.as_object().unwrap() {
        let mut part = Part::text(text(value));
        if operation.param(name).unwrap().field.kind == Type::File {
            part = part.file_name("example.txt");
        }
        form = form.part(name.clone(), part);
    }
    form
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[tokio::test]
async fn every_example_is_answered() {
    assert!(api().operations().next().is_some());
    let mut rejected = Vec::new();
    for operation in api().operations() {
        // An example may delete what another one needs.
        let mock = Mock::start().await;
        let id = &operation.id;
        let response = example_request(&mock, operation, Platform::Cloud).send().await.unwrap();
        assert_eq!(response.status(), 200, "{id}: {}", response.text().await.unwrap());
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        if kind.starts_with("application/json") {
            let body = json(response).await;
            if body["code"] != 0 {
                rejected.push(format!("{id}: {body}"));
            }
        } else {
            assert!(!response.headers()["x-tt-logid"].is_empty(), "{id}");
            assert!(!response.bytes().await.unwrap().is_empty(), "{id}");
        }
        let recorded = mock.server.requests().pop().unwrap();
        assert_eq!(recorded.operation.as_ref(), Some(id));
    }
    assert!(rejected.is_empty(), "{}", rejected.join("\n"));
}

#[tokio::test]
async fn every_streaming_operation_streams_on_request() {
    let mock = Mock::start().await;
    for operation in api().operations().filter(|operation| operation.stream.is_some()) {
        let id = &operation.id;
        let mut request = example_request(&mock, operation, Platform::Cloud).build().unwrap();
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap();
        let mut body: Value = serde_json::from_slice(body).unwrap();
        body["stream"] = Value::Bool(true);
        *request.body_mut() = Some(body.to_string().into());
        request.headers_mut().remove("content-length");
        let response = mock.client.execute(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{id}");
        let events = response.text().await.unwrap();
        assert!(events.contains("event:") && events.ends_with("\n\n"), "{id}: {events}");
    }
}

#[tokio::test]
async fn every_operation_requires_a_token() {
    let mock = Mock::start().await;
    for operation in api().operations() {
        let mut request = example_request(&mock, operation, Platform::Cloud).build().unwrap();
        request.headers_mut().remove("authorization");
        let response = mock.client.execute(request).await.unwrap();
        assert_eq!(response.status(), 401, "{}", operation.id);
        assert_error(&json(response).await, 4100, "Authorization");
    }
}

#[tokio::test]
async fn every_operation_requires_its_permission() {
    let builder = coze_mock::MockServer::builder();
    let nothing: [&str; 0] = [];
    let grant = coze_mock::Grant::limited(nothing);
    let mock = Mock::with(builder.token(crate::support::TOKEN, grant)).await;
    for operation in api().operations() {
        let reply = example_request(&mock, operation, Platform::Cloud).send().await.unwrap();
        if let Some(permission) = operation.permissions.first() {
            assert_error(&json(reply).await, 4101, permission);
        } else {
            assert_eq!(reply.status(), 200, "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn an_error_names_each_invalid_field() {
    let mock = Mock::start().await;
    let mut checked = 0;
    for operation in api().operations() {
        let request = example_request(&mock, operation, Platform::Cloud).build().unwrap();
        let Some(body) = request.body().and_then(reqwest::Body::as_bytes) else {
            continue;
        };
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else {
            continue;
        };
        for name in body.keys() {
            let mut request = request.try_clone().unwrap();
            let mut body = body.clone();
            // No field is an array of arrays, so this value is invalid everywhere.
            body[name] = serde_json::json!([[]]);
            *request.body_mut() = Some(Value::Object(body).to_string().into());
            request.headers_mut().remove("content-length");
            let reply = json(mock.client.execute(request).await.unwrap()).await;
            if operation.param(name).unwrap().field.kind == Type::Json {
                continue;
            }
            assert_error(&reply, 4000, &format!("`{name}"));
            checked += 1;
        }
    }
    assert!(checked > 150, "{checked}");
}

#[tokio::test]
async fn an_error_names_each_missing_parameter() {
    let mock = Mock::start().await;
    let mut checked = 0;
    for operation in api().operations() {
        let url = example_request(&mock, operation, Platform::Cloud).build().unwrap().url().clone();
        let required = |param: &&Param| param.is_argument();
        for param in operation.params.iter().filter(required) {
            let name = &param.field.wire;
            let mut request = example_request(&mock, operation, Platform::Cloud).build().unwrap();
            match param.place {
                Place::Query { .. } => {
                    let rest = url.query_pairs().filter(|(other, _)| other != name);
                    request.url_mut().query_pairs_mut().clear().extend_pairs(rest);
                }
                Place::Header => drop(request.headers_mut().remove(name)),
                _ => continue,
            }
            let reply = json(mock.client.execute(request).await.unwrap()).await;
            assert_error(&reply, 4000, &format!("`{name}` is required"));
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}
