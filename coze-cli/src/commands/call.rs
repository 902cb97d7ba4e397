//! `coze call`: any operation.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use clap::ArgMatches;
use coze_api::Download;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value, json};

use super::ops::found;
use super::progress::Bar;
use crate::backend::BackendArgs;
use crate::cli::{self, CallArgs, Format};
use crate::engine::{Call, DryRunError, Happening, Mode, Request};
use crate::failure::{Done, Failure};
use crate::operations::{Answer, Field, Kind, Operation};
use crate::output;
use crate::samples::curl;

pub(super) async fn run(
    args: CallArgs,
    matches: &ArgMatches,
    backend: &BackendArgs,
    format: Format,
) -> Done {
    let operation = found(&args.operation)?;
    let (values, paths) = values(operation, &args, matches)?;
    let bar = Bar::new();
    let uploads = paths
        .iter()
        .map(|(name, path)| (name.clone(), bar.upload(path)))
        .collect::<BTreeMap<_, _>>();
    let mode = match (args.all, args.stream, operation.answer) {
        (true, ..) => Mode::All,
        (_, true, _) | (_, _, Answer::Events) => Mode::Events,
        _ => Mode::Whole,
    };
    let call = Call { id: operation.id.clone(), values, uploads, mode };
    if args.dry_run {
        let backend = backend.unsent().await?;
        let request = call.request(&backend.client).await;
        return show(&request.map_err(|error| unfit(operation, error))?, &paths);
    }
    let backend = backend.open().await?;
    let mut running = call.run(&backend.client).map_err(|error| unfit(operation, error.into()))?;
    // A table is as wide as its widest row, so that the last item has to be known.
    let mut rows = (mode == Mode::All && format == Format::Table).then(Vec::new);
    while let Some(happening) = running.next().await {
        match happening? {
            Happening::Request(_) | Happening::Head { .. } => {}
            Happening::Value(value) => {
                bar.clear();
                output::value(&value, format)?;
            }
            Happening::Item(value) => match &mut rows {
                Some(rows) => rows.push(value),
                None => output::one_of_many(&value)?,
            },
            Happening::Event { event, data } => match format {
                Format::Json => {
                    output::one_of_many(&json!({"event": event, "data": data}))?;
                }
                Format::Table => output::line(&format!("{event}  {data}"))?,
            },
            Happening::File(download) => file(download, args.save.as_deref()).await?,
        }
    }
    rows.map_or(Ok(()), |rows| output::value(&Value::Array(rows), format))
}

/// Why an operation cannot be called, and where to read what it takes.
fn unfit(operation: &Operation, error: DryRunError) -> Failure {
    match error {
        DryRunError::Unfit(unfit) if unfit.field.is_some() => Failure::Usage(format!(
            "{unfit}; `coze call {} --help` shows the parameters",
            operation.id
        )),
        error => error.into(),
    }
}

/// The values, and the paths of the files.
type Values = (Map<String, Value>, BTreeMap<String, String>);

fn values(
    operation: &'static Operation,
    args: &CallArgs,
    matches: &ArgMatches,
) -> Result<Values, Failure> {
    let mut values = match &args.json {
        Some(path) => object(path)?,
        None => Map::new(),
    };
    for field in &operation.parameters {
        if let Some(texts) = cli::given(matches, field) {
            values.insert(field.name.clone(), parse(field, &texts)?);
        }
    }
    let mut paths = BTreeMap::new();
    for field in operation.parameters.iter().filter(|field| field.kind == Kind::File) {
        if let Some(Value::String(path)) = values.remove(&field.name) {
            paths.insert(field.name.clone(), path);
        }
    }
    Ok((values, paths))
}

fn object(path: &Path) -> Result<Map<String, Value>, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        std::fs::read_to_string(path)
            .map_err(|error| Failure::local(format!("cannot read {}: {error}", path.display())))?
    };
    serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("the values are no JSON object: {error}")))
}

/// The value that a text is, by the type of the parameter.
fn parse(field: &Field, texts: &[&String]) -> Result<Value, Failure> {
    let Some(text) = texts.last() else { return Ok(Value::Null) };
    let wrong = |what: &str| Failure::Usage(format!("--{} takes {what}, not `{text}`", field.name));
    let json = || serde_json::from_str::<Value>(text).ok();
    match field.kind {
        Kind::String | Kind::File => Ok(Value::String((*text).clone())),
        Kind::Integer => text.parse::<i64>().map(Value::from).map_err(|_| wrong("an integer")),
        Kind::Number => json().filter(Value::is_number).ok_or_else(|| wrong("a number")),
        Kind::Boolean => json().filter(Value::is_boolean).ok_or_else(|| wrong("`true` or `false`")),
        Kind::Object | Kind::Map => {
            json().filter(Value::is_object).ok_or_else(|| wrong("a JSON object"))
        }
        Kind::Json => Ok(json().unwrap_or_else(|| Value::String((*text).clone()))),
        Kind::Array => match (texts, json()) {
            ([_], Some(list @ Value::Array(_))) => Ok(list),
            _ => list(field, texts),
        },
    }
}

/// A list of which every item was given by itself.
fn list(field: &Field, texts: &[&String]) -> Result<Value, Failure> {
    let Some(item) = &field.items else { return Ok(Value::Null) };
    let items = texts.iter().map(|text| {
        parse(item, &[text]).map_err(|_| {
            Failure::Usage(format!(
                "--{} takes a {} or a JSON list, not `{text}`",
                field.name,
                item.type_name()
            ))
        })
    });
    items.collect()
}

/// Writes a file where it is wanted.
async fn file(mut download: Download, save: Option<&Path>) -> Done {
    use std::io::Write as _;

    if let Some(path) = save {
        let bytes = download.save(path).await?;
        return output::line(&format!("{bytes} bytes written to {}", path.display()));
    }
    if std::io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "the operation answers with a file: add --save FILE".to_owned(),
        ));
    }
    while let Some(chunk) = download.try_next().await? {
        std::io::stdout().write_all(&chunk)?;
    }
    Ok(())
}

/// Prints a request in place of sending it.
fn show(request: &Request, paths: &BTreeMap<String, String>) -> Done {
    output::line(&format!("{} {}", request.method, request.url))?;
    for (name, value) in &request.headers {
        output::line(&format!("{name}: {value}"))?;
    }
    if let Some(body) = request.body.text() {
        output::line(&format!("\n{body}"))?;
    }
    output::line(&format!("\n{}", curl(request, paths)))
}
