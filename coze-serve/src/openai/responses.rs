//! `POST /v1/responses`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::App;
use super::answer::{Answer, Common, KEEP_ALIVE, conversation_id};
use super::error::ApiError;
use super::ids::read_response_id;
use super::input::{ConversationRef, ResponseRequest, Transcript, parse, prompt};
use events::Writer;

mod events;

/// The members of a request that its response repeats.
struct Echo {
    instructions: Option<String>,
    previous_response_id: Option<String>,
    metadata: BTreeMap<String, String>,
    user: Option<String>,
}

/// Creates a response.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let request: ResponseRequest = parse(&body?)?;
    if request.background == Some(true) {
        let message = "responses are not kept, so they cannot be created in the background";
        return Err(ApiError::invalid("background".to_owned(), message));
    }
    let conversation_id = conversation(&request, &parts.headers)?;
    let echo = Echo {
        instructions: request.instructions.clone(),
        previous_response_id: request.previous_response_id,
        metadata: request.metadata.clone().unwrap_or_default(),
        user: request.user.clone(),
    };
    let common = Common {
        model: request.model,
        user: request.user.or(request.safety_identifier),
        meta_data: request.metadata,
    };
    let transcript = Transcript {
        messages: request.input.into_messages()?,
        member: "input",
        instructions: request.instructions,
        conversation_id,
        repeats: false,
    };
    let answer = Answer::start(&app, &parts, common, |model| prompt(transcript, model)).await?;
    let headers = answer.headers();
    let writer = Writer::new(answer, echo);
    let mut response = if request.stream.unwrap_or_default() {
        stream(writer)
    } else {
        Json(collect(writer).await?).into_response()
    };
    response.headers_mut().extend(headers);
    Ok(response)
}

/// Returns the conversation that a request continues.
fn conversation(
    request: &ResponseRequest,
    headers: &HeaderMap,
) -> Result<Option<String>, ApiError> {
    match (&request.previous_response_id, &request.conversation) {
        (Some(_), Some(_)) => {
            let message = "a request has either a conversation or a previous response";
            Err(ApiError::invalid("conversation".to_owned(), message))
        }
        (Some(id), None) => match read_response_id(id) {
            Some(id) => Ok(Some(id.to_owned())),
            None => {
                let message = "this is not the ID of a response with a conversation";
                Err(ApiError::invalid("previous_response_id".to_owned(), message))
            }
        },
        (None, Some(ConversationRef::Id(id) | ConversationRef::Object { id })) => {
            Ok(Some(id.clone()))
        }
        (None, None) => conversation_id(headers),
    }
}

/// Waits for the whole response.
async fn collect(mut writer: Writer) -> Result<Value, ApiError> {
    let mut response = Value::Null;
    loop {
        let mut events = writer.next().await?;
        let Some(last) = events.last_mut() else { return Ok(response) };
        response = last["response"].take();
    }
}

/// Returns the response as a stream of events.
fn stream(writer: Writer) -> Response {
    let batches = stream::unfold(writer, async |mut writer| {
        let events = match writer.next().await {
            Ok(events) => events,
            // The status is sent already.
            Err(error) => writer.fail(&ApiError::from(error)),
        };
        (!events.is_empty()).then(|| (stream::iter(events), writer))
    });
    let events = batches.flatten().map(|event| {
        let name = event["type"].as_str().unwrap_or_default();
        Ok::<_, Infallible>(Event::default().event(name).data(event.to_string()))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}
