//! `coze call`: calls any operation.

mod values;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;

use clap::ArgMatches;
use coze_api::Download;
use coze_api::stream::Frame;
use coze_spec::model::{Operation, Reply};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value};

use super::ops::find_operation;
use super::progress::UploadProgress;
use crate::backend::BackendArgs;
use crate::cli::{CallArgs, Format};
use crate::engine::{Call, CallEvent, DryRunError, Mode, Request, StreamFailure};
use crate::failure::{CommandResult, Failure};
use crate::language::{self, say, text};
use crate::samples::curl;
use crate::{json, output};

pub(super) async fn run(
    args: CallArgs,
    matches: &ArgMatches,
    backend: &BackendArgs,
    format: Format,
) -> CommandResult {
    let operation = find_operation(&args.operation)?;
    let (values, paths) = values::collect(operation, &args, matches)?;
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
        let unknown = say!(
            "`{name}` is not a known parameter; it is sent unchanged",
            "`{name}` 不是已知参数，将原样发送",
        );
        output::note(text("note", "注意"), &unknown)?;
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
    let message =
        say!("the response has no payload in `{}`", "响应的 `{}` 中没有业务数据", data.wire);
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
        DryRunError::Input(invalid) if invalid.field.is_some() => Failure::Usage(say!(
            "{invalid}; `coze call {} --help` shows the parameters",
            "{invalid}；`coze call {} --help` 显示参数",
            operation.id,
        )),
        error => error.into(),
    }
}

/// Writes a file to the path or to standard output.
async fn write_file(mut download: Download, save: Option<&Path>) -> CommandResult {
    use std::io::Write as _;

    if let Some(path) = save {
        let bytes = download.save(path).await?;
        return output::line(&output::written(bytes, path));
    }
    if std::io::stdout().is_terminal() {
        return Err(Failure::Usage(say!(
            "the operation returns a file: add --save FILE",
            "该接口返回文件，请加上 --save FILE",
        )));
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
