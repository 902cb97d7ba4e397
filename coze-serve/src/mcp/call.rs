//! Calls of tools.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coze_api::{Client, RawCall, Upload};
use coze_spec::model::{Operation, Reply, Shape, Type};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value};

use super::progress::Progress;
use super::result::{self, failure};
use super::{Action, Entry, Server};
use crate::operation::{self, Input};
use crate::turn::{Events, Piece, Turn};

/// Runs a tool. A failure is a result too, so that the model can read it.
pub(super) async fn run(
    server: &Server,
    entry: &Entry,
    arguments: Map<String, Value>,
    progress: &mut Progress,
) -> CallToolResult {
    let known = entry.tool.input_schema.get("properties").and_then(Value::as_object);
    let unknown =
        arguments.keys().find(|name| known.is_none_or(|known| !known.contains_key(*name)));
    if let Some(name) = unknown {
        return failure(format!("the tool has no argument `{name}`"));
    }
    let result = match &entry.action {
        Action::Operation(operation) => of_operation(&server.client, operation, arguments).await,
        Action::Bot(id) => ask(server, id, arguments, progress).await,
        Action::Workflow(id) => run_workflow(&server.client, id, arguments, progress).await,
    };
    result.unwrap_or_else(|error| error.0)
}

/// A failure, which is the result of a call.
struct Failure(CallToolResult);

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self(failure(message))
    }
}

impl From<coze_api::Error> for Failure {
    fn from(error: coze_api::Error) -> Self {
        Self(result::of_error(&error))
    }
}

async fn of_operation(
    client: &Client,
    operation: &Operation,
    arguments: Map<String, Value>,
) -> Result<CallToolResult, Failure> {
    let (values, uploads) = split(operation, arguments)?;
    let input = Input { operation, values: &values, uploads: &uploads, stream: false };
    let request = operation::request(client, input).map_err(|invalid| invalid.to_string())?;
    if operation.reply == Reply::Binary {
        return file(request).await;
    }
    let response = request.exchange().await?;
    match response.error() {
        Some(error) => Err(error.into()),
        None => Ok(result::of_body(&response.into_body())),
    }
}

/// The values of a call, and its files.
type SplitArguments = (Map<String, Value>, BTreeMap<String, Upload>);

/// Splits the arguments into values and files.
fn split(operation: &Operation, arguments: Map<String, Value>) -> Result<SplitArguments, String> {
    let (mut values, mut uploads) = (Map::new(), BTreeMap::new());
    for (name, value) in arguments {
        let kind = operation.param(&name).map(|param| &param.field.kind);
        match (kind, value) {
            (Some(Type::File), value) => {
                let upload = upload(&value).map_err(|why| format!("{name}: {why}"))?;
                uploads.insert(name, upload);
            }
            // Models write IDs as numbers at times.
            (Some(kind), Value::Number(number)) if is_text(kind) => {
                values.insert(name, number.to_string().into());
            }
            (_, value) => drop(values.insert(name, value)),
        }
    }
    Ok((values, uploads))
}

fn is_text(kind: &Type) -> bool {
    match kind {
        Type::String | Type::Secret => true,
        Type::Named(name) => {
            let schema = coze_spec::api().schema(name);
            schema.is_some_and(|schema| matches!(schema.shape, Shape::Strings(_)))
        }
        _ => false,
    }
}

fn upload(file: &Value) -> Result<Upload, &'static str> {
    let member = |name: &str| file.get(name).and_then(Value::as_str);
    let name = member("name").ok_or("the file has no `name`")?;
    match (member("text"), member("base64")) {
        (Some(text), None) => Ok(Upload::bytes(name, text.to_owned())),
        (None, Some(base64)) => match STANDARD.decode(base64.trim()) {
            Ok(bytes) => Ok(Upload::bytes(name, bytes)),
            Err(_) => Err("`base64` is not Base64"),
        },
        _ => Err("the file has either `text` or `base64`"),
    }
}

async fn file(request: RawCall) -> Result<CallToolResult, Failure> {
    let download = request.download().await?;
    let media = download.content_type().unwrap_or("application/octet-stream").to_owned();
    let bytes = download.bytes().await?;
    Ok(result::of_file(&media, &bytes))
}

/// Asks a bot. If the future is dropped, the chat is canceled.
async fn ask(
    server: &Server,
    bot_id: &str,
    mut arguments: Map<String, Value>,
    progress: &mut Progress,
) -> Result<CallToolResult, Failure> {
    let mut text = |name: &str| match arguments.remove(name) {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let message = text("message").filter(|text| !text.is_empty());
    let message = message.ok_or_else(|| "message: a value is required".to_owned())?;
    let mut chat = server.client.chat().create(bot_id, &*server.user_id).message(message);
    if let Some(id) = text("conversation_id").filter(|id| !id.is_empty()) {
        chat = chat.conversation_id(id);
    }
    let open = async { chat.stream().await.map(Events::Chat) };
    let mut turn = Turn::start(server.client.clone(), None, open).await?;
    let answer = collect(&mut turn, progress).await?;
    if let Some(call) = turn.tool_calls().next() {
        let name = call.function.as_ref().map_or("", |function| &*function.name);
        return Err(
            format!("the bot waits for its local plugin `{name}`, which is not here").into()
        );
    }
    let mut notes = format!("conversation_id: {}", turn.chat().conversation_id);
    for question in turn.follow_ups() {
        notes = format!("{notes}\nsuggested question: {question}");
    }
    let content = vec![ContentBlock::text(answer), ContentBlock::text(notes)];
    Ok(CallToolResult::success(content))
}

/// Runs a workflow. If the future is dropped, its stream is closed; the API cannot cancel a run.
async fn run_workflow(
    client: &Client,
    id: &str,
    arguments: Map<String, Value>,
    progress: &mut Progress,
) -> Result<CallToolResult, Failure> {
    let run = client.workflows().runs().stream(id).parameters(arguments);
    let open = async { run.stream().await.map(Events::Workflow) };
    let mut turn = Turn::run(client.clone(), open).await?;
    let output = collect(&mut turn, progress).await?;
    Ok(CallToolResult::success(vec![ContentBlock::text(output)]))
}

/// Waits for the whole text of a turn.
async fn collect(turn: &mut Turn, progress: &mut Progress) -> coze_api::Result<String> {
    let mut answer = String::new();
    while let Some(piece) = turn.next().await? {
        if let Piece::Text(text) = piece {
            answer.push_str(&text);
            progress.add(&text).await;
        }
    }
    progress.end().await;
    Ok(answer)
}
