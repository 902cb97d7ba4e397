//! `coze call`: calls any operation.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use clap::ArgMatches;
use coze_api::Download;
use coze_api::stream::Frame;
use coze_spec::model::{Operation, Param, Reply, Shape, Type};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value};

use super::ops::find_operation;
use super::progress::UploadProgress;
use crate::backend::BackendArgs;
use crate::cli::{self, CallArgs, Format};
use crate::engine::{Call, CallEvent, DryRunError, Mode, Request, StreamFailure};
use crate::failure::{CommandResult, Failure};
use crate::samples::curl;
use crate::{catalog, json, language, output};

pub(super) async fn run(
    args: CallArgs,
    matches: &ArgMatches,
    backend: &BackendArgs,
    format: Format,
) -> CommandResult {
    let operation = find_operation(&args.operation)?;
    let (values, paths) = collect_values(operation, &args, matches)?;
    let progress = UploadProgress::new();
    let uploads = paths
        .iter()
        .map(|(name, path)| (name.clone(), progress.upload(path)))
        .collect::<BTreeMap<_, _>>();
    let mode = match (args.all, args.stream, &operation.reply) {
        (true, ..) => Mode::AllPages,
        (_, true, _) | (_, _, Reply::Events) => Mode::Events,
        _ => Mode::Reply,
    };
    for name in values.keys().filter(|name| operation.param(name).is_none()) {
        output::note("note", &format!("`{name}` is not a known parameter; it is sent unchanged"))?;
    }
    let call = Call { operation, values, uploads, mode };
    if args.dry_run {
        let backend = backend.open_for_dry_run().await?;
        let request = call.request(&backend.client).await;
        return print_request(&request.map_err(|error| usage_failure(operation, error))?, &paths);
    }
    let backend = backend.open().await?;
    let mut events =
        call.run(&backend.client).map_err(|error| usage_failure(operation, error.into()))?;
    // The widths of a table's columns depend on all rows, so the items are collected first.
    let mut failed = false;
    let mut missing = None;
    let mut rows = (mode == Mode::AllPages && format == Format::Table).then(Vec::new);
    while let Some(event) = events.next().await {
        match event? {
            CallEvent::Request(_) => {}
            // The error that follows includes the body.
            CallEvent::Body(_) if failed => {}
            CallEvent::Head { status, .. } => failed = status >= 400,
            CallEvent::Body(body) => {
                progress.clear();
                print_reply(operation, &body, format)?;
                missing = missing_payload(operation, &body);
            }
            CallEvent::Item(item) => match &mut rows {
                Some(rows) => rows.push(serde_json::from_str(&item).unwrap_or(Value::String(item))),
                None => output::line(&json::compact(&item))?,
            },
            CallEvent::Frame(frame) => output::line(&frame_line(&frame, format))?,
            CallEvent::StreamFailed(failure) => return Err(Failure::Stream(failure)),
            CallEvent::File(download) => write_file(download, args.save.as_deref()).await?,
        }
    }
    if let Some(failure) = missing {
        return Err(failure);
    }
    rows.map_or(Ok(()), |rows| output::value(&Value::Array(rows), format))
}

/// Prints a response body: as indented JSON, otherwise unchanged, or as a table of its payload.
fn print_reply(operation: &Operation, body: &[u8], format: Format) -> CommandResult {
    let text = String::from_utf8_lossy(body);
    if format == Format::Table
        && let Ok(Value::Object(root)) = serde_json::from_str::<Value>(&text)
    {
        return output::value(&payload(operation, root).unwrap_or_default(), format);
    }
    output::line(&json::pretty(&text))
}

/// Returns the payload of a response, from where any platform has it.
fn payload(operation: &Operation, mut root: Map<String, Value>) -> Option<Value> {
    let Reply::Data(data) = &operation.reply else {
        language::api().envelope.iter().for_each(|field| drop(root.remove(&field.wire)));
        return Some(Value::Object(root));
    };
    let studio = operation.studio.as_ref();
    let names = [Some(&data.wire), studio.and_then(|studio| studio.payload.as_ref())];
    let mut found = names.into_iter().flatten().filter_map(|name| root.remove(name));
    let found = found.find(|payload| !payload.is_null());
    let bare = studio.is_some_and(|studio| studio.bare) && !root.contains_key("code");
    found.or_else(|| (bare && !root.is_empty()).then_some(Value::Object(root)))
}

/// Returns the failure for a response that reports success without its documented payload.
fn missing_payload(operation: &Operation, body: &[u8]) -> Option<Failure> {
    let Reply::Data(data) = &operation.reply else { return None };
    let root: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let success = root.get("code").is_none_or(|code| code == 0);
    let missing = data.required && success && payload(operation, root).is_none();
    let message = format!("the response has no payload in `{}`", data.wire);
    missing.then_some(Failure::Stream(StreamFailure { code: None, message }))
}

/// Formats a frame as a line with its unchanged name and data.
fn frame_line(frame: &Frame, format: Format) -> String {
    let (event, data) = (frame.event(), json::compact(&frame.text()));
    match format {
        Format::Json => format!("{{\"event\":{},\"data\":{data}}}", Value::from(event)),
        Format::Table => format!("{event}  {data}"),
    }
}

/// Converts an error in the values of a call, and says where the parameters are documented.
fn usage_failure(operation: &Operation, error: DryRunError) -> Failure {
    match error {
        DryRunError::Input(invalid) if invalid.field.is_some() => Failure::Usage(format!(
            "{invalid}; `coze call {} --help` shows the parameters",
            operation.id
        )),
        error => error.into(),
    }
}

/// The values of the parameters, and the paths of the files to upload.
type Values = (Map<String, Value>, BTreeMap<String, String>);

fn collect_values(
    operation: &'static Operation,
    args: &CallArgs,
    matches: &ArgMatches,
) -> Result<Values, Failure> {
    let mut values = match &args.json {
        Some(path) => read_object(path)?,
        None => Map::new(),
    };
    for param in cli::settable(operation) {
        if let Some(texts) = cli::parameter_values(matches, param) {
            values.insert(param.field.wire.clone(), parse(param, &texts)?);
        }
    }
    let mut paths = BTreeMap::new();
    for param in operation.params.iter().filter(|param| param.field.kind == Type::File) {
        let name = &param.field.wire;
        if let Some(Value::String(path)) = values.remove(name) {
            paths.insert(name.clone(), path);
        }
    }
    Ok((values, paths))
}

fn read_object(path: &Path) -> Result<Map<String, Value>, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        std::fs::read_to_string(path)
            .map_err(|error| Failure::local(format!("cannot read {}: {error}", path.display())))?
    };
    serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("the values are not a JSON object: {error}")))
}

/// Parses command-line texts according to the type of the parameter.
fn parse(param: &Param, texts: &[&String]) -> Result<Value, Failure> {
    let name = &param.field.wire;
    let Type::List(item) = &param.field.kind else {
        let Some(text) = texts.last() else { return Ok(Value::Null) };
        return scalar(&param.field.kind, text).ok_or_else(|| {
            let expected = expected_type(&param.field.kind);
            Failure::Usage(format!("--{name} takes {expected}, not `{text}`"))
        });
    };
    if let [text] = texts
        && let Ok(list @ Value::Array(_)) = serde_json::from_str(text)
    {
        return Ok(list);
    }
    // Each occurrence of the option is one item.
    let items = texts.iter().map(|text| {
        scalar(item, text).ok_or_else(|| {
            let expected = expected_type(item);
            Failure::Usage(format!("--{name} takes {expected} or a JSON list, not `{text}`"))
        })
    });
    items.collect()
}

/// Parses a text as a value of the type.
fn scalar(kind: &Type, text: &str) -> Option<Value> {
    let string = || Value::String(text.to_owned());
    let json = || serde_json::from_str::<Value>(text).ok();
    match kind {
        Type::String | Type::Secret | Type::File => Some(string()),
        Type::Int32 | Type::Int64 => text.parse::<i64>().ok().map(Value::from),
        Type::Double => json().filter(Value::is_number),
        Type::Boolean => json().filter(Value::is_boolean),
        Type::Json => Some(json().unwrap_or_else(string)),
        Type::List(_) => json().filter(Value::is_array),
        Type::Map(_) => json().filter(Value::is_object),
        Type::Named(name) => match language::api().schema(name).map(|schema| &schema.shape) {
            Some(Shape::Strings(_)) => Some(string()),
            Some(Shape::Integers(_)) => text.parse::<i64>().ok().map(Value::from),
            _ => json().filter(Value::is_object),
        },
    }
}

/// Describes a type with its article.
fn expected_type(kind: &Type) -> String {
    match catalog::type_name(language::api(), kind).as_str() {
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "an integer".to_owned(),
        "object" => "a JSON object".to_owned(),
        name if name.starts_with("map") => "a JSON object".to_owned(),
        name if name.starts_with("list") => "a JSON list".to_owned(),
        name => format!("a {name}"),
    }
}

/// Writes a file to the path or to standard output.
async fn write_file(mut download: Download, save: Option<&Path>) -> CommandResult {
    use std::io::Write as _;

    if let Some(path) = save {
        let bytes = download.save(path).await?;
        return output::line(&format!("{bytes} bytes written to {}", path.display()));
    }
    if std::io::stdout().is_terminal() {
        return Err(Failure::Usage("the operation returns a file: add --save FILE".to_owned()));
    }
    while let Some(chunk) = download.try_next().await? {
        std::io::stdout().write_all(&chunk)?;
    }
    Ok(())
}

/// Prints a request and the curl command for it.
fn print_request(request: &Request, paths: &BTreeMap<String, String>) -> CommandResult {
    output::line(&format!("{} {}", request.method, request.url))?;
    for (name, value) in &request.headers {
        output::line(&format!("{name}: {value}"))?;
    }
    if let Some(body) = request.body.text() {
        output::line(&format!("\n{body}"))?;
    }
    output::line(&format!("\n{}", curl(request, paths)))
}
