//! The one way out: a [`Call`] goes in, a checked reply comes out. Tokens, attempts,
//! timeouts and traces are all here.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, header};
use reqwest::{Request, RequestBuilder, Response};
use tracing::Instrument as _;

use crate::base::error::{Error, Kind, Result};
use crate::base::token::AccessToken;
#[cfg(feature = "realtime")]
use crate::realtime::Handshake;
use crate::wire::body::Body;
use crate::wire::call::Call;
use crate::wire::envelope::Reply;
use crate::wire::observe::Outgoing;
use crate::wire::retry::{Repeat, parse_retry_after};
use crate::wire::stream::Source;
use crate::wire::upload::{self, Transfer};

/// Decodes a reply and keeps the value. Its failure is the attempt's, since the API
/// refuses requests inside of good answers too. It is no type parameter: all operations
/// share the code of this module.
pub(crate) type Accept<'a> = &'a mut (dyn FnMut(&Reply) -> Result<()> + Send);

/// Sends a call until it succeeds or its retry policy gives up.
pub(crate) async fn send(call: &Call, accept: Accept<'_>) -> Result<Reply> {
    let span = tracing::debug_span!("coze", operation = &**call.operation());
    Box::pin(run(call, accept, None)).instrument(span).await
}

/// Sends a call until its reply begins to stream events or its retry policy gives up.
pub(crate) async fn open(call: &Call) -> Result<(Reply, Source)> {
    let accept: Accept<'_> = &mut |reply| {
        if reply.is_event_stream() { Ok(()) } else { Err(reply.instead_of_events()) }
    };
    let (reply, response) = leave(call, accept, Reply::is_event_stream).await?;
    let response = response.ok_or_else(|| Error::request("no attempt was made"))?;
    Ok((reply, Source::of(response)))
}

/// Sends a call until its reply begins to send a file or its retry policy gives up. A file
/// that had to be looked at is in the reply.
pub(crate) async fn download(call: &Call) -> Result<(Reply, Option<Source>)> {
    let accept: Accept<'_> = &mut |reply| if reply.is_file() { Ok(()) } else { reply.check_file() };
    let (reply, response) = leave(call, accept, Reply::is_file).await?;
    Ok((reply, response.map(Source::of)))
}

/// Sends a call until its reply switches to WebSocket or its retry policy gives up.
#[cfg(feature = "realtime")]
pub(crate) async fn upgrade(call: &Call) -> Result<(Reply, reqwest::Upgraded)> {
    let accept: Accept<'_> = &mut |reply| {
        if reply.is_upgrade() { Ok(()) } else { Err(reply.instead_of_websocket()) }
    };
    let (reply, response) = leave(call, accept, Reply::is_upgrade).await?;
    let response = response.ok_or_else(|| Error::request("no attempt was made"))?;
    match response.upgrade().await {
        Ok(connection) => Ok((reply, connection)),
        Err(error) => Err(Error::new(Kind::Transport("the connection did not switch"))
            .with_source(error.without_url())
            .with_log_id(reply.log_id())
            .with_operation(call.operation().clone())),
    }
}

/// Sends a call, and does not read a reply that `wanted` is true of.
async fn leave(
    call: &Call,
    accept: Accept<'_>,
    wanted: fn(&Reply) -> bool,
) -> Result<(Reply, Option<Response>)> {
    let span = tracing::debug_span!("coze", operation = &**call.operation());
    let mut response = None;
    let left = Left { wanted, response: &mut response };
    let reply = Box::pin(run(call, accept, Some(left))).instrument(span).await?;
    Ok((reply, response))
}

/// Which replies are not read, and where they are left.
struct Left<'a> {
    wanted: fn(&Reply) -> bool,
    response: &'a mut Option<Response>,
}

/// With `left`, a reply may be left there.
///
/// Its future is large, so it is boxed where it begins: what users hold is small, and
/// nothing is moved around with it.
async fn run(call: &Call, accept: Accept<'_>, mut left: Option<Left<'_>>) -> Result<Reply> {
    let mut attempts = 0;
    let failure = |error: Error, attempts| {
        Err(error.with_operation(call.operation().clone()).with_attempts(attempts))
    };
    let exchange = match Exchange::prepare(call) {
        Ok(exchange) => exchange,
        Err(error) => return failure(error, attempts),
    };
    let mut renewed = false;
    loop {
        let token = match exchange.token().await {
            Ok(token) => token,
            // A source of tokens has its own way of trying again.
            Err(error) => return failure(error, attempts),
        };
        attempts += 1;
        let error = match exchange.attempt(attempts, &token, accept, left.as_mut()).await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        let delay = if exchange.renew(&error, &token, &mut renewed) {
            Duration::ZERO
        } else if let Some(delay) = exchange.delay(&error, attempts) {
            delay
        } else {
            return failure(error, attempts);
        };
        let (operation, delay_ms) = (&**call.operation(), millis(delay));
        tracing::warn!(operation, attempt = attempts, delay_ms, %error, "retry");
        tokio::time::sleep(delay).await;
    }
}

/// What all attempts of a call share.
struct Exchange<'a> {
    call: &'a Call,
    json: Option<Bytes>,
}

impl<'a> Exchange<'a> {
    fn prepare(call: &'a Call) -> Result<Self> {
        call.check()?;
        Ok(Self { call, json: call.body().to_json() })
    }

    async fn token(&self) -> Result<AccessToken> {
        match self.call.token() {
            Some(token) => Ok(token.clone()),
            None => self.call.client().token().await,
        }
    }

    /// Whether the token was refused and there is a fresh one. A refused request did
    /// nothing, so any call may be repeated with that, but only once: a token that is
    /// refused right after it was issued will not get better.
    fn renew(&self, error: &Error, token: &AccessToken, renewed: &mut bool) -> bool {
        let possible = error.is_auth() && !*renewed && self.call.token().is_none();
        if !possible || !self.call.body().is_replayable() {
            return false;
        }
        *renewed = self.call.client().reject(token);
        *renewed
    }

    /// How long to wait before the next attempt, or `None` to give up.
    fn delay(&self, error: &Error, attempts: u32) -> Option<Duration> {
        let allowed =
            Repeat::of(error).allows(self.call.is_repeatable()) && self.call.body().is_replayable();
        if !allowed {
            return None;
        }
        self.call.retry().delay(attempts, error.retry_after())
    }

    async fn attempt(
        &self,
        attempt: u32,
        token: &AccessToken,
        accept: &mut (dyn FnMut(&Reply) -> Result<()> + Send),
        left: Option<&mut Left<'_>>,
    ) -> Result<Reply> {
        let operation = &**self.call.operation();
        let started = Instant::now();
        let result = self.exchange(token, left).await.and_then(|reply| match accept(&reply) {
            Ok(()) => Ok(reply),
            Err(error) => Err(error.with_retry_after(retry_after(&reply.headers))),
        });
        if tracing::enabled!(tracing::Level::DEBUG) {
            let elapsed_ms = millis(started.elapsed());
            let (status, log_id, error) = match &result {
                Ok(reply) => (Some(reply.status.as_u16()), reply.log_id(), None),
                Err(error) => (error.status(), error.log_id().map(str::to_owned), Some(error)),
            };
            let (log_id, error) = (log_id.as_deref(), error.map(tracing::field::display));
            tracing::debug!(operation, attempt, status, log_id, elapsed_ms, error, "attempt");
        }
        result
    }

    /// Sends the request once and reads the answer to its end, unless it is to be left.
    async fn exchange(&self, token: &AccessToken, left: Option<&mut Left<'_>>) -> Result<Reply> {
        #[cfg_attr(not(feature = "realtime"), expect(unused_mut))]
        let (mut request, transfer) = self.request(token).await?;
        #[cfg(feature = "realtime")]
        let handshake = self.call.is_websocket().then(|| Handshake::begin(request.headers_mut()));
        self.show(&request)?;
        let http = self.call.http()?;
        let limit = self.call.timeout();
        let exchange = pin!(async {
            let mut response = http.execute(request).await?;
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            if let Some(observer) = self.call.client().observer() {
                observer.answered(status.as_u16(), &headers);
            }
            let (body, token) = (Bytes::new(), token.clone());
            let mut reply = Reply { status, headers, body, token };
            match left {
                Some(left) if (left.wanted)(&reply) => {
                    *left.response = Some(response);
                }
                _ if self.call.is_websocket() => {
                    reply.body = beginning(&mut response).await?;
                }
                _ => reply.body = response.bytes().await?,
            }
            Ok(reply)
        });
        let result = within(limit, transfer.as_deref(), exchange).await;
        match result {
            Some(Ok(reply)) => {
                #[cfg(feature = "realtime")]
                if let Some(handshake) = handshake {
                    handshake.check(&reply)?;
                }
                Ok(reply)
            }
            Some(Err(error)) => Err(match transfer.and_then(|transfer| transfer.take_failure()) {
                Some(failure) => failure,
                None => broken(error, limit),
            }),
            None => Err(Error::new(Kind::Timeout(limit))),
        }
    }

    /// Shows the request to whoever watches, who may hold it back.
    fn show(&self, request: &Request) -> Result<()> {
        let Some(observer) = self.call.client().observer() else { return Ok(()) };
        let outgoing = Outgoing {
            operation: self.call.operation(),
            request,
            json: self.json.as_ref(),
            body: self.call.body(),
        };
        if observer.sending(&outgoing) {
            Ok(())
        } else {
            Err(Error::request("the request was held back by its observer"))
        }
    }

    /// Builds the request, and opens the files that it sends.
    async fn request(&self, token: &AccessToken) -> Result<(Request, Option<Arc<Transfer>>)> {
        let mut request = Request::new(self.call.method().clone(), self.call.url()?);
        let mut headers = self.call.client().headers().clone();
        if !token.is_none() {
            headers.entry(header::AUTHORIZATION).or_insert_with(|| token.header().clone());
        }
        let writes = matches!(*self.call.method(), Method::POST | Method::PUT | Method::PATCH);
        let bare = writes && matches!(self.call.body(), Body::Empty);
        if self.json.is_some() || bare {
            // Also without a body, as the documentation does: gateways look at it.
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if bare {
            // Some ask for a length, which the HTTP client leaves out where it is zero.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(json) = &self.json {
            *request.body_mut() = Some(json.clone().into());
        }
        // Last, because what the caller sets by hand is what the caller wants.
        for (name, value) in self.call.headers() {
            headers.insert(name, value.clone());
        }
        *request.headers_mut() = headers;
        let Body::Multipart(parts) = self.call.body() else {
            return Ok((request, None));
        };
        let (form, transfer) = upload::form(parts).await?;
        // Only this builder writes the length and the boundary of a form.
        let builder = RequestBuilder::from_parts(self.call.client().http().clone(), request);
        let request = builder.multipart(form).build().map_err(|e| {
            Error::request("the multipart body cannot be built").with_source(e.without_url())
        })?;
        Ok((request, Some(transfer)))
    }
}

/// As much of a body as says why there is no WebSocket.
async fn beginning(response: &mut Response) -> reqwest::Result<Bytes> {
    const ENOUGH: usize = 64 * 1024;
    let mut body = BytesMut::new();
    while body.len() < ENOUGH {
        let Some(chunk) = response.chunk().await? else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(ENOUGH - body.len())]);
    }
    Ok(body.freeze())
}

/// Waits for `exchange` for `limit`, and with an upload as long as that makes progress at least every `limit`.
async fn within<T>(
    limit: Duration,
    transfer: Option<&Transfer>,
    mut exchange: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let sent = || transfer.map(Transfer::sent);
    let mut before = sent();
    loop {
        if let Ok(result) = tokio::time::timeout(limit, exchange.as_mut()).await {
            return Some(result);
        }
        let now = sent();
        if now == before {
            return None;
        }
        before = now;
    }
}

/// Translates an error of the HTTP client, whose type is nobody's business.
fn broken(error: reqwest::Error, limit: Duration) -> Error {
    let kind = if error.is_connect() {
        Kind::Connect
    } else if error.is_timeout() {
        // Of a client that the user configured.
        Kind::Timeout(limit)
    } else if error.is_builder() {
        Kind::Request("the request cannot be sent".into())
    } else if error.is_body() || error.is_decode() {
        Kind::Transport("the reply broke off")
    } else {
        Kind::Transport("the connection broke before a reply came")
    };
    Error::new(kind).with_source(error.without_url())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    parse_retry_after(headers.get(header::RETRY_AFTER)?.to_str().ok()?)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
