//! Reading the body of a response: to its end, or as far as is needed.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

use crate::base::activity::Activity;
use crate::base::decode;
use crate::wire::observation::Observation;

/// The largest announced length for which memory is set aside.
const TRUSTED_LENGTH: usize = 16 * 1024 * 1024;

/// What every piece of a body is reported to.
#[derive(Clone, Copy)]
pub(super) struct Progress<'a> {
    pub(super) activity: &'a Activity,
    pub(super) observation: &'a Observation,
}

/// Reads the next piece of a body, which counts as progress.
async fn next(response: &mut Response, progress: Progress<'_>) -> reqwest::Result<Option<Bytes>> {
    let chunk = response.chunk().await;
    progress.activity.note();
    if let Ok(Some(chunk)) = &chunk {
        progress.observation.add_received(chunk.len());
    }
    chunk
}

/// Reads a body to its end, or returns `None` if it is longer than `limit`.
pub(super) async fn whole(
    response: &mut Response,
    limit: usize,
    progress: Progress<'_>,
) -> reqwest::Result<Option<Bytes>> {
    let Some(first) = next(response, progress).await? else { return Ok(Some(Bytes::new())) };
    if first.len() > limit {
        return Ok(None);
    }
    // Most bodies are one chunk, which is not copied.
    let Some(second) = next(response, progress).await? else { return Ok(Some(first)) };
    let rest = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(limit);
    let expected = first.len() + second.len() + rest;
    let mut body = BytesMut::with_capacity(expected.min(TRUSTED_LENGTH));
    body.extend_from_slice(&first);
    let mut unread = Some(second);
    while let Some(chunk) = unread {
        if chunk.len() > limit - body.len() {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
        unread = next(response, progress).await?;
    }
    Ok(Some(body.freeze()))
}

/// The number of bytes that tell whether a body is an error, and which.
const ENOUGH: usize = 64 * 1024;

/// Reads a body until it is clear that it is not an error of the API. Returns what has been read,
/// and whether that is all.
///
/// The label of a body says little: servers send the JSON of an error as `audio/mpeg` too. A page
/// is read further, to describe it.
pub(super) async fn file_start(
    response: &mut Response,
    is_page: bool,
    progress: Progress<'_>,
) -> reqwest::Result<(Bytes, bool)> {
    let Some(first) = next(response, progress).await? else { return Ok((Bytes::new(), true)) };
    // The start of most files is one chunk, which is not copied.
    if !is_page && !decode::may_be_object(&first) {
        return Ok((first, false));
    }
    let mut body = BytesMut::from(&*first);
    while body.len() < ENOUGH && (is_page || decode::may_be_object(&body)) {
        let Some(chunk) = next(response, progress).await? else {
            return Ok((body.freeze(), true));
        };
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), false))
}

/// Reads the beginning of the body with which a server refuses to switch protocols, to explain the
/// refusal. Its bytes do not extend the timeout, so the server cannot prolong the attempt.
pub(super) async fn beginning(response: &mut Response) -> reqwest::Result<Bytes> {
    let mut body = BytesMut::new();
    while body.len() < ENOUGH {
        let Some(chunk) = response.chunk().await? else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(ENOUGH - body.len())]);
    }
    Ok(body.freeze())
}
