//! `coze api`: sends a request to any path.

use std::collections::BTreeMap;

use coze_api::Method;
use coze_spec::model::Operation;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::call::read_text;
use super::exchange::{self, Fields, Printer};
use super::progress::UploadProgress;
use crate::backend::BackendArgs;
use crate::catalog;
use crate::cli::{ApiArgs, Format};
use crate::engine::{Call, Mode, RawBody, RawRequest};
use crate::failure::{CommandResult, Failure};
use crate::language::say;

pub(super) async fn run(args: ApiArgs, backend: &BackendArgs, format: Format) -> CommandResult {
    let options = &args.exchange;
    let progress = UploadProgress::new();
    let fields = exchange::fields(options)?;
    let paths: BTreeMap<String, String> = fields.paths.iter().cloned().collect();
    let request = request(&args, fields, &progress)?;
    let operation = catalog::at(request.method.as_str(), &request.path);
    let mode = match (options.all, options.stream) {
        (true, _) => Mode::AllPages,
        (_, true) => Mode::Events,
        _ => Mode::Reply,
    };
    let mut printer = Printer::new(options, None, mode, format)?;
    if options.dry_run {
        let backend = backend.open_for_dry_run().await?;
        let request = request.request(&backend.client).await?;
        return exchange::print_request(&request, &paths, options.curl);
    }
    let values = values(&request, operation);
    let backend = backend.open().await?;
    if backend.mock.is_none() {
        printer.keep_ids(operation, &values);
    }
    let events = match operation.filter(|operation| operation.paging.is_some()) {
        Some(operation) if mode == Mode::AllPages => {
            Call { operation, values, uploads: BTreeMap::new(), mode }.run(&backend.client)?
        }
        _ => request.run(&backend.client, mode, options.save.is_some()),
    };
    printer.print(events, &progress).await
}

/// Returns the request of the arguments.
fn request(
    args: &ApiArgs,
    fields: Fields,
    progress: &UploadProgress,
) -> Result<RawRequest, Failure> {
    let method = args.method.to_uppercase();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| {
        Failure::Usage(say!("{method} is not an HTTP method", "{method} 不是 HTTP 方法"))
    })?;
    let (path, query) = args.path.split_once('?').unwrap_or((&args.path, ""));
    if path.contains("://") {
        return Err(Failure::Usage(say!(
            "{path} is a URL, but a path is needed, such as /v1/bots; --base-url sets the rest",
            "{path} 是 URL，但此处需要路径，例如 /v1/bots；其余部分由 --base-url 设置",
        )));
    }
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let mut query = pairs(query);
    let reads = matches!(method, Method::GET | Method::HEAD | Method::DELETE);
    let body = match &args.input {
        Some(input) => {
            let json = read_text(input)?.trim().to_owned();
            let json = RawValue::from_string(json).map_err(|error| {
                let input = input.display();
                Failure::Usage(say!("{input} is not JSON: {error}", "{input} 不是 JSON：{error}"))
            })?;
            query.extend(as_query(fields.values));
            RawBody::Json(json)
        }
        None if !fields.paths.is_empty() => {
            let files = fields.paths.into_iter();
            let files = files.map(|(name, path)| (name, progress.upload(path)));
            RawBody::Form(fields.values, files.collect())
        }
        None if reads || fields.values.is_empty() => {
            query.extend(as_query(fields.values));
            RawBody::Empty
        }
        None => {
            let object: Map<String, Value> = fields.values.into_iter().collect();
            RawBody::Json(serde_json::value::to_raw_value(&object).map_err(Failure::local)?)
        }
    };
    let headers = exchange::headers(&args.exchange)?;
    Ok(RawRequest { method, path, query, headers, body })
}

/// Returns the parameters in the query of a path.
fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn as_query(values: Vec<(String, Value)>) -> impl Iterator<Item = (String, String)> {
    values.into_iter().map(|(name, value)| (name, crate::output::cell(Some(&value))))
}

/// Returns the values of a request by their names.
fn values(request: &RawRequest, operation: Option<&Operation>) -> Map<String, Value> {
    let mut values = Map::new();
    if let Some(operation) = operation {
        let path = catalog::path_values(operation, &request.path);
        values.extend(path.into_iter().map(|(name, value)| (name, value.into())));
    }
    let query = request.query.iter();
    values.extend(query.map(|(name, value)| (name.clone(), value.as_str().into())));
    let headers = request.headers.iter();
    values.extend(headers.map(|(name, value)| (format!("header:{name}"), value.as_str().into())));
    if let RawBody::Json(json) = &request.body
        && let Ok(Value::Object(body)) = serde_json::from_str(json.get())
    {
        values.extend(body);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let expected = [("a", "1 2"), ("b", "中=&"), ("c", ""), ("a", "3")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs("a=1+2&b=%E4%B8%AD%3D%26&c&&a=3"), expected);
    }
}
