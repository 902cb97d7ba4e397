//! The transport: a [`Call`] goes in, a response comes out. Tokens, attempts, timeouts and traces
//! are all here.

mod body;
mod exchange;
mod failure;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderMap;
use reqwest::{Response, Upgraded};
use tokio::time::timeout_at;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::base::redact;
use crate::base::region::doubtful_end;
use crate::base::runtime;
use crate::base::token::AccessToken;
use crate::wire::call::{Call, Deadline};
use crate::wire::envelope::Reply;
use crate::wire::observation::Observation;
use crate::wire::retry::RetryDecision;

/// Sends a call until `read` accepts its response or its retry policy gives up.
///
/// The function stores what it has read, so that nothing here is compiled per type.
pub(crate) async fn send(
    call: &Call,
    read: &mut (dyn FnMut(&Reply) -> Result<()> + Send),
) -> Result<Reply> {
    let mut attempts = Attempts::new(call, Reading::Whole);
    let mut refused = None;
    loop {
        let Answer { reply, .. } = attempts.next(refused).await?;
        match read(&reply) {
            Ok(()) => {
                attempts.succeed();
                return Ok(reply);
            }
            Err(error) => refused = Some(error),
        }
    }
}

/// Sends a call as [`send`] does, with a function that needs the call.
pub(crate) type Exchange = Box<
    dyn for<'a> FnOnce(
            &'a mut (dyn FnMut(&Call, &Reply) -> Result<()> + Send),
        ) -> BoxFuture<'a, Result<Reply>>
        + Send,
>;

/// Returns the exchange of a call, which hides its type: in a generic caller that has the call,
/// rustc proves for each part of the client that it is [`Send`], which took a fifth of the time
/// to check this crate.
pub(crate) fn exchange(call: Call) -> Exchange {
    Box::new(move |read| {
        Box::pin(async move {
            let mut read = |reply: &Reply| read(&call, reply);
            send(&call, &mut read).await
        })
    })
}

/// A response whose body is read after the call.
pub(crate) struct Open<T> {
    /// The head of the response, with what has been read of the body.
    pub(crate) reply: Reply,
    pub(crate) rest: T,
    /// The record of the call, which ends with the response.
    pub(crate) observation: Observation,
}

/// Sends a call until its response begins to stream events or its retry policy gives up.
pub(crate) async fn open(call: &Call) -> Result<Open<Response>> {
    let mut attempts = Attempts::new(call, Reading::Unless(Reply::is_event_stream));
    let mut refused = None;
    loop {
        let Answer { reply, unread } = attempts.next(refused).await?;
        refused = match unread {
            Some(rest) => {
                let mut observation = attempts.begin_stream();
                observation.expect_events();
                return Ok(Open { reply, rest, observation });
            }
            None => Some(reply.instead_of_events()),
        };
    }
}

/// Sends a call until its response begins to send a file or its retry policy gives up. The reply
/// has the beginning of the file, which had to be read to tell it from an error.
pub(crate) async fn download(call: &Call) -> Result<Open<Option<Response>>> {
    let mut attempts = Attempts::new(call, Reading::File);
    let mut refused = None;
    loop {
        let Answer { reply, unread } = attempts.next(refused).await?;
        match reply.check_file() {
            Ok(()) => {
                let observation = attempts.begin_stream();
                return Ok(Open { reply, rest: unread, observation });
            }
            Err(error) => refused = Some(error),
        }
    }
}

/// Sends a call until the server switches protocols or its retry policy gives up, and hands over
/// the connection. `begin` asks for the protocol, anew in each attempt.
#[allow(dead_code, reason = "features upgrade connections")]
pub(crate) async fn upgrade(call: &Call, begin: BeginUpgrade) -> Result<Open<Upgraded>> {
    let mut attempts = Attempts::new(call, Reading::Upgrade(begin));
    let mut refused = None;
    loop {
        let Answer { reply, unread } = attempts.next(refused).await?;
        refused = match unread {
            None => Some(reply.unexpected("no switch of protocols")),
            Some(response) => match response.upgrade().await {
                Ok(rest) => {
                    let mut observation = attempts.begin_stream();
                    observation.expect_events();
                    return Ok(Open { reply, rest, observation });
                }
                Err(error) => {
                    let kind = Kind::Transport("the connection did not switch protocols");
                    Some(Error::from_kind(kind).with_source(error.without_url()))
                }
            },
        };
    }
}

/// Adds to a request the headers that ask for another protocol, and returns the check of the
/// response.
pub(crate) type BeginUpgrade = fn(&mut HeaderMap) -> UpgradeCheck;

/// Returns an error unless a response agrees to speak the other protocol.
pub(crate) type UpgradeCheck = Box<dyn Fn(&Reply) -> Result<()> + Send + Sync>;

/// Which part of a response an attempt reads.
#[derive(Clone, Copy)]
pub(crate) enum Reading {
    /// All of it.
    Whole,
    /// All of it, unless the function is true of its status and headers.
    Unless(fn(&Reply) -> bool),
    /// The beginning of a file; all of anything that is not one.
    File,
    /// Only what does not switch protocols, as far as it helps to say why.
    Upgrade(BeginUpgrade),
}

/// The response to one attempt.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// The rest of the response, if its body was not read.
    pub(crate) unread: Option<Response>,
}

/// The attempts of one call.
///
/// The caller decodes the answers and hands back its error, because the API refuses requests inside
/// of good responses too. So this code does not depend on the types of operations.
pub(crate) struct Attempts<'a> {
    call: Cow<'a, Call>,
    reading: Reading,
    json: Option<Bytes>,
    span: tracing::Span,
    observation: Observation,
    made: u32,
    /// The token of the last attempt.
    token: Option<AccessToken>,
    renewed: bool,
    /// The call has the path of another platform than that of the client.
    redirected: bool,
    deadline: Option<Deadline>,
    /// The error after which the next attempt is due.
    last_error: Option<Error>,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(call: &'a Call, reading: Reading) -> Self {
        let call = call.for_platform();
        let span = tracing::debug_span!(
            "coze",
            operation = &**call.operation(),
            attempts = Empty,
            status = Empty,
            outcome = Empty,
            otel.kind = "client",
            otel.status_code = Empty
        );
        let hooks = call.client().hooks();
        Self {
            reading,
            json: call.body().to_json(),
            observation: Observation::start(hooks, &span, call.operation().clone()),
            span,
            made: 0,
            token: None,
            renewed: false,
            redirected: false,
            deadline: call.deadline().map(Deadline::start),
            last_error: None,
            call,
        }
    }

    /// The number of attempts so far.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// Makes attempts until one is answered or the retry policy gives up.
    ///
    /// `refused` is the error of the last answer, if there was one.
    pub(crate) async fn next(&mut self, refused: Option<Error>) -> Result<Answer> {
        let span = self.span.clone();
        let deadline = self.deadline;
        // The future is large: boxed, what users hold is small, and nothing is moved around.
        let answer = runtime::guard(Box::pin(self.run(refused)).instrument(span));
        let answer = match deadline.and_then(Deadline::end) {
            None => answer.await,
            Some(end) => {
                let in_time = async { Ok(timeout_at(end, answer).await.ok()) };
                match runtime::guard(in_time).await {
                    Ok(Some(answer)) => answer,
                    Ok(None) => Err(self.late()),
                    Err(error) => Err(error),
                }
            }
        };
        answer.map_err(|error| {
            let error = self.describe(error);
            self.observation.fail(&error);
            error
        })
    }

    /// Notes that the answer is good, and ends the call.
    pub(crate) fn succeed(&mut self) {
        self.refund();
        self.observation.succeed();
    }

    /// Notes that the answer is good, and hands over the record of the call to the caller, which
    /// reads the rest of the response.
    fn begin_stream(&mut self) -> Observation {
        self.refund();
        self.observation.begin_stream()
    }

    fn refund(&self) {
        self.call.client().retry_budget().refund(self.made.saturating_sub(1));
    }

    /// Returns the error of a call that has not ended by its deadline.
    #[cold]
    fn late(&self) -> Error {
        let limit = self.deadline.map_or(Duration::ZERO, Deadline::limit);
        let error = Error::from_kind(Kind::Unfinished(format!("no end within {limit:?}")));
        match self.last_error.clone() {
            Some(last) => error.or_log_id(last.log_id().map(str::to_owned)).with_source(last),
            None => error,
        }
    }

    async fn run(&mut self, mut failure: Option<Error>) -> Result<Answer> {
        if self.made == 0 {
            self.call.check()?;
        }
        loop {
            if let Some(error) = failure {
                // The error of a response, which may quote the request.
                let secrets = self.call.secrets(self.token.as_ref());
                self.prepare_retry(error.without(&secrets)).await?;
            }
            let token = match self.call.token() {
                Some(token) => token.clone(),
                // A source of tokens has its own way of trying again.
                None => match self.call.client().token().await {
                    Ok(token) => token,
                    Err(error) => {
                        let operation = &**self.call.operation();
                        tracing::warn!(operation, %error, "no token");
                        return Err(error);
                    }
                },
            };
            self.made += 1;
            self.observation.begin_attempt();
            match self.attempt(&token).await {
                Ok(answer) => {
                    self.token = Some(token);
                    return Ok(answer);
                }
                Err(error) => failure = Some(error),
            }
            self.token = Some(token);
        }
    }

    /// Waits until the next attempt may be made, or returns the error if there is none.
    async fn prepare_retry(&mut self, error: Error) -> Result<()> {
        let delay = if self.renew(&error) || self.redirect(&error) {
            Duration::ZERO
        } else if let Some(delay) = self.delay(&error) {
            delay
        } else {
            let error = self.describe(error);
            self.observation.end_attempt(Some(&error), None);
            let (operation, attempts) = (&**self.call.operation(), self.made);
            tracing::debug!(operation, attempts, %error, "failed");
            return Err(error);
        };
        let (operation, delay_ms) = (&**self.call.operation(), millis(delay));
        tracing::warn!(operation, attempt = self.made, delay_ms, %error, "retry");
        self.observation.end_attempt(Some(&error), Some(delay));
        self.last_error = Some(error);
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// Adds to an error which call failed.
    fn describe(&self, error: Error) -> Error {
        let error = if error.has_status(404) { self.add_hint(error) } else { error };
        error.with_operation(self.call.operation().clone()).with_attempts(self.made)
    }

    /// Adds why a path may be missing.
    #[cold]
    fn add_hint(&self, error: Error) -> Error {
        let Some(end) = doubtful_end(self.call.client().base_url()) else { return error };
        let hint = format!("the base URL ends in `{end}`, which each operation adds: leave it out");
        error.with_details(|details| details.hint = Some(hint))
    }

    /// Returns `true` if the token was refused and there is a fresh one. A refused request did
    /// nothing, so any call may be repeated with that, but only once: a token that is refused right
    /// after it was issued will not get better.
    fn renew(&mut self, error: &Error) -> bool {
        let possible = error.is_auth() && !self.renewed && self.call.token().is_none();
        if !possible || !self.call.body().is_replayable() {
            return false;
        }
        self.renewed = self.token.as_ref().is_some_and(|token| self.call.client().reject(token));
        self.renewed
    }

    /// Returns `true` if the server has shown that it is of a platform on which the operation has
    /// another path. The request did nothing, so any call may be repeated there.
    fn redirect(&mut self, error: &Error) -> bool {
        let call = self.call.for_other_platform(error);
        let Some(call) = call.filter(|call| call.body().is_replayable() && !self.redirected) else {
            return false;
        };
        self.json = call.body().to_json();
        self.call = Cow::Owned(call);
        self.redirected = true;
        true
    }

    /// Returns how long to wait before the next attempt, or `None` to give up.
    fn delay(&self, error: &Error) -> Option<Duration> {
        let allowed = RetryDecision::of(error).allows(self.call.is_idempotent())
            && self.call.body().is_replayable();
        if !allowed {
            return None;
        }
        let delay = self.call.retry().delay(self.made, error.retry_after())?;
        // An error now is better than the same error at the deadline.
        let in_time = self.deadline.is_none_or(|deadline| deadline.allows(delay));
        (in_time && self.call.client().retry_budget().take()).then_some(delay)
    }

    async fn attempt(&self, token: &AccessToken) -> Result<Answer> {
        let (operation, attempt) = (&**self.call.operation(), self.made);
        let started = Instant::now();
        let result = self.exchange(token).await;
        let result = result.map_err(|error| error.without(&self.call.secrets(Some(token))));
        if tracing::enabled!(tracing::Level::DEBUG) {
            let elapsed_ms = millis(started.elapsed());
            let (status, log_id, error) = match &result {
                Ok(Answer { reply, .. }) => {
                    let secrets = self.call.secrets(Some(token));
                    let log_id = reply.log_id().map(|id| secrets.hide(&id).unwrap_or(id));
                    (Some(reply.status), log_id, None)
                }
                Err(error) => (error.status(), error.log_id().map(str::to_owned), Some(error)),
            };
            let log_id = log_id.map(|id| redact::one_line(&id, 120));
            let status = status.map(|status| status.as_u16());
            let (log_id, error) = (log_id.as_deref(), error.map(tracing::field::display));
            tracing::debug!(operation, attempt, status, log_id, elapsed_ms, error, "attempt");
        }
        result
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
