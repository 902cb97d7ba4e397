//! Reads the body of a request, and records its beginning.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use coze_spec::model::Media;
use futures_util::{StreamExt as _, stream};
use http::request::Parts;
use http::{HeaderValue, header};
use hyper::body::Incoming;

use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::form::Form;
use crate::record::Ticket;
use crate::request::Payload;
use crate::server::Core;

/// The maximum size of a body that is not multipart, in bytes.
const LARGEST: usize = 64 << 20;

/// The bytes received so far.
#[derive(Default)]
struct Arrived {
    length: u64,
    beginning: BytesMut,
}

/// Records the received bytes when it is dropped, even if the client went away.
struct BodyRecorder<'a> {
    arrived: Arc<Mutex<Arrived>>,
    ticket: &'a Ticket,
}

impl Drop for BodyRecorder<'_> {
    fn drop(&mut self) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let (length, beginning) = (arrived.length, arrived.beginning.split().freeze());
        self.ticket.update(|record| {
            record.body_length = length;
            record.body = beginning;
        });
    }
}

/// Reads the whole body in the format that the operation takes.
pub(crate) async fn body(
    core: &Core,
    endpoint: Option<&Endpoint>,
    parts: &Parts,
    body: Incoming,
    ticket: &Ticket,
) -> Result<Payload, ApiError> {
    let arrived = Arc::new(Mutex::new(Arrived::default()));
    let _recorder = BodyRecorder { arrived: arrived.clone(), ticket };
    let keep = core.options.keep_bodies;
    let chunks = Box::pin(in_time(body, core.options.body_timeout)).inspect(move |chunk| {
        let Ok(chunk) = chunk else { return };
        let mut arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.length += chunk.len() as u64;
        let room = keep.saturating_sub(arrived.beginning.len());
        arrived.beginning.extend_from_slice(&chunk[..room.min(chunk.len())]);
    });
    let kind = parts.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = String::from_utf8_lossy(kind.unwrap_or_default()).to_ascii_lowercase();
    let wanted = endpoint.and_then(|endpoint| endpoint.operation()?.body.as_ref());
    let multipart = wanted.is_some_and(|body| body.media == Media::Multipart);
    let is_form = kind.starts_with("multipart/form-data") && (multipart || wanted.is_none());
    if let (Some(endpoint), true) = (endpoint, is_form) {
        let mut request = axum::extract::Request::new(Body::from_stream(chunks));
        request.headers_mut().clone_from(&parts.headers);
        let form = Form::read(endpoint, request, keep).await?;
        return Ok(Payload::Form(form));
    }
    let bytes = collect(chunks).await?;
    match wanted {
        _ if bytes.is_empty() => Ok(Payload::Nothing),
        Some(_) if multipart => Err(ApiError::bad_request("the body must be multipart/form-data")),
        Some(_) => json(&kind, &bytes),
        None if kind.starts_with("application/json") => json(&kind, &bytes),
        None => Ok(Payload::Bytes(bytes)),
    }
}

/// Returns the chunks of a body, and an error if the next one does not arrive in time.
fn in_time(
    body: Incoming,
    timeout: Duration,
) -> impl futures_core::Stream<Item = Result<Bytes, axum::Error>> {
    let chunks = Some(Body::new(body).into_data_stream());
    stream::unfold(chunks, move |chunks| async move {
        let mut chunks = chunks?;
        match tokio::time::timeout(timeout, chunks.next()).await {
            Ok(chunk) => Some((chunk?, Some(chunks))),
            Err(_) => Some((Err(axum::Error::new("the body does not arrive")), None)),
        }
    })
}

async fn collect(
    mut chunks: impl futures_core::Stream<Item = Result<Bytes, axum::Error>> + Unpin,
) -> Result<Bytes, ApiError> {
    let mut all = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(ApiError::bad_request)?;
        if all.len() + chunk.len() > LARGEST {
            return Err(ApiError::bad_request("the body is larger than 64 MiB"));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all.freeze())
}

fn json(kind: &str, bytes: &[u8]) -> Result<Payload, ApiError> {
    if !kind.starts_with("application/json") {
        return Err(ApiError::bad_request("the header Content-Type must be application/json"));
    }
    let value = serde_json::from_slice(bytes);
    let value = value
        .map_err(|error| ApiError::bad_request(format_args!("the body is not JSON: {error}")))?;
    Ok(Payload::Json(value))
}
