//! One attempt: the request on its way out, and as much of its response as is asked for.
//!
//! The limit of the attempt covers the time without progress: bytes that are sent or arrive extend
//! it. Reading ends early in two cases: a stream, a download or an upgraded connection is handed on
//! after the head of the response, unless that reports an error; and a body that is longer than the
//! limit of the call is not read to its end.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use reqwest::{Request, RequestBuilder, Response, Url};

use super::body::{self, Progress};
use super::{Answer, Attempts, Reading, failure};
use crate::base::activity::Activity;
use crate::base::error::{Error, Kind, Result};
use crate::base::token::AccessToken;
use crate::wire::body::Body;
use crate::wire::client::{Connection, Protocol};
use crate::wire::envelope::Reply;
use crate::wire::observe::Outgoing;
use crate::wire::upload::{self, Transfer};

/// Counts the bytes of a request, also of one that is dropped while it is sent.
struct Sent<'a> {
    attempts: &'a Attempts<'a>,
    /// The progress of a body that is sent in pieces.
    transfer: Option<&'a Transfer>,
}

impl Sent<'_> {
    /// Notes that a body without pieces was sent.
    fn note_json(&self) {
        if let (None, Some(json)) = (self.transfer, &self.attempts.json) {
            self.attempts.observation.add_sent(json.len() as u64);
        }
    }
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        if let Some(transfer) = self.transfer {
            self.attempts.observation.add_sent(transfer.sent());
        }
    }
}

impl Attempts<'_> {
    /// Sends the request once and reads as much of the response as is asked for.
    pub(super) async fn exchange(&self, token: &AccessToken) -> Result<Answer> {
        let client = self.call.client();
        let url = self.call.url()?;
        let protocol = match self.reading {
            Reading::Upgrade(_) => Protocol::Http1,
            Reading::Whole | Reading::Unless(_) | Reading::File => Protocol::Any,
        };
        let connection = client.connections().get(&url, protocol)?;
        let (mut request, transfer) = self.request(url, token, &connection).await?;
        let check = match self.reading {
            Reading::Upgrade(begin) => Some(begin(request.headers_mut())),
            Reading::Whole | Reading::Unless(_) | Reading::File => None,
        };
        if let (Some(hooks), Some(secrets)) = (client.interceptors(), self.call.added_secrets()) {
            let headers = hooks.intercept(self.outgoing(&request), secrets).await?;
            *request.headers_mut() = headers;
        }
        self.observation.sending(|| self.outgoing(&request));
        let limit = self.call.timeout();
        let sent = Sent { attempts: self, transfer: transfer.as_deref() };
        let own = Activity::new();
        let activity = transfer.as_deref().map_or(&own, Transfer::activity);
        activity.note();
        let exchange = pin!(async {
            let response = connection.execute(request).await;
            let mut response = response.map_err(|e| failure::of_sending(e, limit))?;
            activity.note();
            connection.answered(response.version());
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            self.observation.responded(status, &headers);
            let mut reply = Reply {
                status,
                headers,
                body: Bytes::new(),
                token: token.clone(),
                attempts: self.made,
            };
            let unread = self.read(&mut reply, response, activity).await?;
            Ok(Answer { reply, unread })
        });
        let answered: Option<Result<Answer>> = activity.within(limit, exchange).await;
        if !matches!(&answered, Some(Err(error)) if error.is_connect()) {
            sent.note_json();
        }
        let answer = match answered {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => {
                let failure = transfer.as_deref().and_then(Transfer::take_failure);
                return Err(failure.unwrap_or(error));
            }
            None => {
                connection.abandon();
                return Err(Error::from_kind(Kind::Timeout(limit)));
            }
        };
        if let Some(check) = check {
            check(&answer.reply)?;
        }
        Ok(answer)
    }

    /// Reads the body of a response, or gives back the response if it is to be left.
    async fn read(
        &self,
        reply: &mut Reply,
        mut response: Response,
        activity: &Activity,
    ) -> Result<Option<Response>> {
        let limit = self.call.timeout();
        let progress = Progress { activity, observation: &self.observation };
        match self.reading {
            Reading::Unless(wanted) if wanted(reply) => return Ok(Some(response)),
            Reading::Upgrade(_) if reply.status == StatusCode::SWITCHING_PROTOCOLS => {
                return Ok(Some(response));
            }
            Reading::Upgrade(_) => {
                let body = body::beginning(&mut response).await;
                reply.body = body.map_err(|e| failure::translate(e, limit))?;
                self.observation.add_received(reply.body.len());
            }
            Reading::File if reply.status.is_success() => {
                let start = body::file_start(&mut response, reply.is_page(), progress).await;
                let (start, ended) = start.map_err(|e| failure::translate(e, limit))?;
                reply.body = start;
                return Ok((!ended).then_some(response));
            }
            Reading::Unless(_) | Reading::File | Reading::Whole => {
                let whole = body::whole(&mut response, self.call.body_limit(), progress).await;
                let whole = whole.map_err(|e| failure::translate(e, limit))?;
                reply.body = whole.ok_or_else(|| reply.too_long(self.call.body_limit()))?;
            }
        }
        Ok(None)
    }

    /// Returns the request as observers and interceptors see it.
    fn outgoing<'a>(&'a self, request: &'a Request) -> Outgoing<'a> {
        Outgoing {
            operation: self.call.operation(),
            attempt: self.made,
            request,
            json: self.json.as_ref(),
            body: self.call.body(),
            is_confidential: self.call.client().is_for_tokens(),
        }
    }

    /// Builds the request, and opens the files that it sends.
    async fn request(
        &self,
        url: Url,
        token: &AccessToken,
        connection: &Connection<'_>,
    ) -> Result<(Request, Option<Arc<Transfer>>)> {
        let mut request = Request::new(self.call.method().clone(), url);
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
        let mut transfer = None;
        if let Some(json) = &self.json {
            let (body, watched) = upload::json(json);
            *request.body_mut() = Some(body);
            transfer = watched;
            if transfer.is_some() {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(json.len()));
            }
        }
        if let Some(kind) = self.call.accepted() {
            headers.insert(header::ACCEPT, HeaderValue::from_static(kind));
        }
        // Last, because what the caller sets by hand is what the caller wants.
        for (name, value) in self.call.headers() {
            headers.insert(name, value.clone());
        }
        *request.headers_mut() = headers;
        let Body::Multipart(parts) = self.call.body() else {
            return Ok((request, transfer));
        };
        let (form, transfer) = upload::form(parts).await?;
        // Only this builder writes the length and the boundary of a form.
        let builder = RequestBuilder::from_parts(connection.form_client()?, request);
        let request = builder.multipart(form).build().map_err(|e| {
            Error::request("the multipart body cannot be built").with_source(e.without_url())
        })?;
        Ok((request, Some(transfer)))
    }
}
