//! What `coze call` and `coze api` share: the fields and headers of requests, and the output.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use coze_api::Download;
use coze_api::stream::Frame;
use coze_spec::model::{Operation, Reply};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value};

use super::progress::UploadProgress;
use crate::cli::{ExchangeArgs, Format};
use crate::engine::{CallEvent, CallEvents, Mode, Request};
use crate::failure::{CommandResult, Failure};
use crate::jq::Filter;
use crate::language::{self, say, text};
use crate::recent::Collector;
use crate::samples::curl;
use crate::{json, output};

/// The fields that `-f` and `-F` give.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) values: Vec<(String, Value)>,
    /// The paths of files.
    pub(super) paths: Vec<(String, String)>,
}

/// Returns the fields of the arguments.
pub(super) fn fields(args: &ExchangeArgs) -> Result<Fields, Failure> {
    let mut fields = Fields::default();
    for pair in &args.field {
        let (name, text) = split(pair, '=', "-f", "NAME=TEXT")?;
        fields.values.push((name.to_owned(), text.into()));
    }
    for pair in &args.typed_field {
        let (name, text) = split(pair, '=', "-F", "NAME=JSON")?;
        if let Some(path) = text.strip_prefix('@') {
            fields.paths.push((name.to_owned(), path.to_owned()));
            continue;
        }
        let value = serde_json::from_str(text).map_err(|error| {
            Failure::Usage(say!(
                "-F {name} takes JSON, but the value is not valid: {error}; -f takes a text",
                "-F {name} 需要 JSON，但给出的值无效：{error}；-f 接受文本",
            ))
        })?;
        fields.values.push((name.to_owned(), value));
    }
    Ok(fields)
}

/// Returns the headers of the arguments.
pub(super) fn headers(args: &ExchangeArgs) -> Result<Vec<(String, String)>, Failure> {
    let headers = args.header.iter().map(|header| {
        let (name, value) = split(header, ':', "-H", "'NAME: VALUE'")?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    });
    headers.collect()
}

fn split<'a>(
    pair: &'a str,
    separator: char,
    option: &str,
    form: &str,
) -> Result<(&'a str, &'a str), Failure> {
    let parts = pair.split_once(separator).filter(|(name, _)| !name.trim().is_empty());
    parts.ok_or_else(|| {
        Failure::Usage(say!(
            "{option} takes {form}, not `{pair}`",
            "{option} 的格式为 {form}，不能是 `{pair}`",
        ))
    })
}

/// How the events of a call are printed.
pub(super) struct Printer<'a> {
    args: &'a ExchangeArgs,
    operation: Option<&'a Operation>,
    format: Format,
    filter: Option<Filter>,
    /// The rows of a table, which are collected because the widths of columns depend on them.
    rows: Option<Vec<Value>>,
    /// The objects in the responses, if they are kept.
    recent: Option<Collector>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(
        args: &'a ExchangeArgs,
        operation: Option<&'a Operation>,
        mode: Mode,
        format: Format,
    ) -> Result<Self, Failure> {
        let filter = args.jq.as_deref().map(Filter::new).transpose()?;
        let is_table = mode == Mode::AllPages && format == Format::Table && filter.is_none();
        Ok(Self { args, operation, format, filter, rows: is_table.then(Vec::new), recent: None })
    }

    /// Keeps the ids in the responses of an operation, if the model has it, and in the values of
    /// the call.
    pub(super) fn keep_ids(
        &mut self,
        operation: Option<&'static Operation>,
        values: &Map<String, Value>,
    ) {
        let mut recent = Collector::of(operation);
        recent.add_values(values);
        self.recent = Some(recent);
    }

    /// Prints the events of a call until it ends.
    pub(super) async fn print(
        mut self,
        mut events: CallEvents,
        progress: &UploadProgress,
    ) -> CommandResult {
        let mut failed = false;
        let mut missing = None;
        while let Some(event) = events.next().await {
            match event? {
                CallEvent::Request(request) => self.sent(&request),
                // The error that follows includes the body.
                CallEvent::Body(_) if failed => {}
                CallEvent::Head { status, headers, after, .. } => {
                    failed = status >= 400;
                    progress.clear();
                    self.head(status, &headers, after)?;
                }
                CallEvent::Body(body) => {
                    progress.clear();
                    let json = json_text(&body);
                    match &json {
                        Some(json) => self.body(json)?,
                        None => write_text(&body)?,
                    }
                    self.add_ids(json.as_deref());
                    let check = |operation| unusable(operation, &body, json.as_deref());
                    missing = self.operation.and_then(check);
                }
                CallEvent::Item(item) => {
                    self.add_ids(Some(&item));
                    match &mut self.rows {
                        Some(rows) => {
                            rows.push(serde_json::from_str(&item).unwrap_or(Value::String(item)));
                        }
                        None => self.json(&json::compact(&item))?,
                    }
                }
                CallEvent::Frame(frame) => {
                    if frame.event().ends_with(".created") {
                        self.add_ids(Some(&frame.text()));
                    }
                    self.frame(&frame)?;
                }
                CallEvent::StreamFailed(failure) => return Err(Failure::Stream(failure)),
                CallEvent::File(file) => write_file(*file, self.args.save.as_deref()).await?,
            }
        }
        if let Some(failure) = missing {
            return Err(failure);
        }
        if let Some(recent) = self.recent.take().filter(|_| !failed) {
            recent.keep();
        }
        self.rows.map_or(Ok(()), |rows| output::value(&Value::Array(rows), self.format))
    }

    fn add_ids(&mut self, json: Option<&str>) {
        if let (Some(recent), Some(json)) = (&mut self.recent, json) {
            recent.add_response(json);
        }
    }

    /// Prints a request if the user wants to see the exchange. Its token is masked.
    fn sent(&self, request: &Request) {
        if !self.args.verbose {
            return;
        }
        output::status(&format!("> {} {}", request.method, request.url));
        for (name, value) in &request.headers {
            output::status(&format!("> {name}: {value}"));
        }
        if let Some(body) = request.body.text() {
            output::status(&format!(">\n> {}", body.replace('\n', "\n> ")));
        }
    }

    fn head(&self, status: u16, headers: &[(String, String)], after: Duration) -> CommandResult {
        if self.args.verbose {
            output::status(&format!("< HTTP {status} ({} ms)", after.as_millis()));
            for (name, value) in headers {
                output::status(&format!("< {name}: {value}"));
            }
        }
        if !self.args.include {
            return Ok(());
        }
        output::line(&format!("HTTP {status}"))?;
        for (name, value) in headers {
            output::line(&format!("{name}: {value}"))?;
        }
        output::line("")
    }

    /// Prints the JSON of a response indented, filtered, or as a table of its payload.
    fn body(&self, json: &str) -> CommandResult {
        if self.filter.is_some() {
            return self.json(json);
        }
        if self.format == Format::Table
            && let Ok(Value::Object(root)) = serde_json::from_str::<Value>(json)
        {
            return output::value(&payload(self.operation, root).unwrap_or_default(), self.format);
        }
        output::json(&json::pretty(json))
    }

    /// Prints JSON text, or the results of the filter for it.
    fn json(&self, text: &str) -> CommandResult {
        match &self.filter {
            Some(filter) => filter.apply(text)?.iter().try_for_each(|line| output::line(line)),
            None => output::json(text),
        }
    }

    /// Prints a frame as a line with its unchanged name and data.
    fn frame(&self, frame: &Frame) -> CommandResult {
        let (event, data) = (frame.event(), json::compact(&frame.text()));
        if self.format == Format::Table && self.filter.is_none() {
            return output::line(&format!("{event}  {data}"));
        }
        self.json(&format!("{{\"event\":{},\"data\":{data}}}", Value::from(event)))
    }
}

/// Returns the payload of a response, from where any platform has it.
fn payload(operation: Option<&Operation>, mut root: Map<String, Value>) -> Option<Value> {
    let Some(operation) = operation else {
        return root.remove("data").or(Some(Value::Object(root)));
    };
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

/// Returns a body as JSON, unchanged unless it has faults that the SDK repairs, such as a byte
/// order mark or invalid UTF-8. `None` if it is not JSON.
fn json_text(body: &[u8]) -> Option<Cow<'_, str>> {
    // Half of a surrogate pair is an error only where a string is read.
    if let Ok(text) = std::str::from_utf8(body)
        && serde_json::from_str::<Value>(text).is_ok()
    {
        return Some(Cow::Borrowed(text));
    }
    // The frame of no data would decode as `null`.
    let repaired = Frame::new("", body.to_vec()).json::<Value>();
    repaired.ok().filter(|_| !body.is_empty()).map(|value| Cow::Owned(value.to_string()))
}

/// Returns the failure for a response that reports success, but not as the operation is
/// documented: it is not JSON, or lacks the payload.
fn unusable(operation: &Operation, body: &[u8], json: Option<&str>) -> Option<Failure> {
    let message = match (&operation.reply, json) {
        (Reply::Empty, None) if body.is_empty() => return None,
        (_, None) => text("the response is not JSON", "响应不是 JSON").to_owned(),
        (Reply::Data(data), Some(json)) => {
            let root: Map<String, Value> = serde_json::from_str(json).ok()?;
            let success = root.get("code").is_none_or(|code| code == 0);
            if !(data.required && success && payload(Some(operation), root).is_none()) {
                return None;
            }
            say!("the response has no payload in `{}`", "响应的 `{}` 中没有业务数据", data.wire)
        }
        _ => return None,
    };
    Some(Failure::Stream(crate::engine::StreamFailure::new(message)))
}

/// Writes a file to the path or to standard output.
async fn write_file(mut download: Download, save: Option<&Path>) -> CommandResult {
    if let Some(path) = save {
        let bytes = download.save(path).await?;
        return output::line(&output::written(bytes, path));
    }
    if std::io::stdout().is_terminal() {
        return Err(no_terminal());
    }
    while let Some(chunk) = download.try_next().await? {
        std::io::stdout().write_all(&chunk)?;
    }
    Ok(())
}

/// Writes a body other than JSON to standard output.
fn write_text(body: &[u8]) -> CommandResult {
    match std::str::from_utf8(body) {
        Ok(text) => output::line(text),
        Err(_) if std::io::stdout().is_terminal() => Err(no_terminal()),
        Err(_) => Ok(std::io::stdout().write_all(body)?),
    }
}

fn no_terminal() -> Failure {
    Failure::Usage(say!(
        "the operation returns a file: add --save FILE",
        "该接口返回文件，请加上 --save FILE",
    ))
}

/// Prints a request and the curl command for it, or only the latter.
pub(super) fn print_request(
    request: &Request,
    paths: &BTreeMap<String, String>,
    only_curl: bool,
) -> CommandResult {
    if only_curl {
        return output::line(&curl(request, paths));
    }
    output::line(&format!("{} {}", request.method, request.url))?;
    for (name, value) in &request.headers {
        output::line(&format!("{name}: {value}"))?;
    }
    if let Some(body) = request.body.text() {
        output::line(&format!("\n{body}"))?;
    }
    output::line(&format!("\n{}", curl(request, paths)))
}
