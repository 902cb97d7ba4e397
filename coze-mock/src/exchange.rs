//! The processing of a request, from its arrival to the end of its response.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::ws::WebSocketUpgrade;
use coze_spec::model::Platform;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Incoming;
use serde_json::Value;

use crate::auth::Caller;
use crate::behavior::{self, Behavior, Context};
use crate::body::{BodyFault, BodySource, Outgoing, Stop};
use crate::connection::{Control, Cut};
use crate::endpoint::Endpoint;
use crate::error::{ApiError, ErrorKind};
use crate::fault::{Fault, inject};
use crate::host;
use crate::parameters;
use crate::receive;
use crate::record::{RecordedRequest, Ticket};
use crate::reply::{Content, Reply, SocketHandler};
use crate::request::{Payload, Request};
use crate::route::RouteMatch;
use crate::server::Core;
use crate::socket::Socket;
use crate::spec;
use crate::studio;
use crate::validate;

/// The connection on which a request came.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) number: u64,
    pub(crate) control: Arc<Control>,
}

type HttpResult = Result<Response<Body>, Infallible>;

/// Answers a request.
pub(crate) async fn serve(
    core: Arc<Core>,
    link: Link,
    request: http::Request<Incoming>,
) -> HttpResult {
    let (mut parts, body) = request.into_parts();
    let _in_flight = link.control.head_received(parts.version);
    if let Err(error) = host::check(&parts, &core.options.hosts) {
        return refuse_host(&core, link, &parts, error).await;
    }
    let found = core.router.find(&parts.method, parts.uri.path());
    let endpoint = match &found {
        RouteMatch::Endpoint(endpoint, _) => Some(endpoint.clone()),
        _ => None,
    };
    if endpoint.as_ref().is_some_and(|endpoint| endpoint.is_channel()) {
        crate::auth::take_from_query(&mut parts);
    }
    let fault = fault_of(&core, &parts, endpoint.as_deref());
    let log_id = core.state.with(crate::state::State::log_id);
    let noted = fault.as_ref().ok().and_then(Option::as_ref).map(Fault::to_string);
    let ticket = arrive(&core, &link, &parts, endpoint.as_deref(), noted, &log_id);

    let payload = receive::body(&core, endpoint.as_deref(), &parts, body, &ticket).await;
    let fault = match fault {
        Ok(fault) => fault.unwrap_or_default(),
        Err(error) => {
            let error = ApiError::bad_request(error).with_status(StatusCode::BAD_REQUEST);
            return send(Exchange::new(&core, link, ticket, log_id), error.into()).await;
        }
    };
    if let Some(latency) = fault.latency {
        tokio::time::sleep(latency).await;
    }
    if let Some((cut, None)) = fault.cut {
        return stop(&link, ticket, cut).await;
    }
    let reply = match inject::replacement(&fault) {
        Some(reply) => reply,
        None => {
            let reply = match payload {
                Ok(payload) => answer(&core, found, &parts, payload).await,
                Err(error) => Err(error),
            };
            reply.unwrap_or_else(|error| match core.options.platform {
                Platform::Cloud => error.into(),
                Platform::Studio => studio::refuse(endpoint.as_deref(), parts.uri.path(), &error),
            })
        }
    };
    let mut exchange = Exchange::new(&core, link, ticket, log_id);
    exchange.fault = fault;
    if let Content::Socket(_) = &reply.content {
        return upgrade(core, &mut parts, exchange, reply).await;
    }
    send(exchange, reply).await
}

/// Refuses a request for another host before it can read or change anything.
async fn refuse_host(core: &Core, link: Link, parts: &Parts, error: ApiError) -> HttpResult {
    let log_id = core.state.with(crate::state::State::log_id);
    let ticket = arrive(core, &link, parts, None, None, &log_id);
    send(Exchange::new(core, link, ticket, log_id), error.into()).await
}

/// The fault that applies to a request: the one of its header, or else the next one of the server.
fn fault_of(
    core: &Core,
    parts: &Parts,
    endpoint: Option<&Endpoint>,
) -> Result<Option<Fault>, crate::fault::FaultError> {
    if let Some(value) = parts.headers.get("x-coze-mock-fault") {
        return String::from_utf8_lossy(value.as_bytes()).parse().map(Some);
    }
    let id = endpoint.map(|endpoint| endpoint.id.as_str());
    Ok(core.state.with(|state| state.faults.next(id, &mut state.random)))
}

fn arrive(
    core: &Core,
    link: &Link,
    parts: &Parts,
    endpoint: Option<&Endpoint>,
    fault: Option<String>,
    log_id: &str,
) -> Ticket {
    let mut headers = parts.headers.clone();
    if let Some(token) = headers.get_mut(header::AUTHORIZATION) {
        token.set_sensitive(true);
    }
    core.records.arrive(RecordedRequest {
        number: 0,
        connection: link.number,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers,
        body: bytes::Bytes::new(),
        body_length: 0,
        operation: endpoint.map(|endpoint| endpoint.id.clone()),
        fault,
        log_id: log_id.to_owned(),
        status: None,
        code: None,
        sent: 0,
        elapsed: std::time::Duration::ZERO,
        end: None,
    })
}

/// Checks the request and runs the behavior of the operation.
async fn answer(
    core: &Arc<Core>,
    found: RouteMatch,
    parts: &Parts,
    payload: Payload,
) -> Result<Reply, ApiError> {
    let (endpoint, path) = match found {
        RouteMatch::Endpoint(endpoint, path) => (endpoint, path),
        RouteMatch::OtherMethods(methods) => {
            let methods: Vec<&str> = methods.iter().map(http::Method::as_str).collect();
            let why = format!("{} takes only {}", parts.uri.path(), methods.join(", "));
            if core.options.platform == Platform::Studio {
                core.state.with(|state| {
                    let now = state.now();
                    state.tokens.authenticate(&parts.headers, now).map(drop)
                })?;
            }
            let error = ApiError::new(4000, why).with_kind(ErrorKind::Method);
            return Err(error.with_status(StatusCode::METHOD_NOT_ALLOWED));
        }
        RouteMatch::Nothing => {
            let why = format!("there is no operation {} {}", parts.method, parts.uri.path());
            let error = ApiError::new(4200, why).with_kind(ErrorKind::Path);
            return Err(error.with_status(StatusCode::NOT_FOUND));
        }
    };
    let caller = core.state.with(|state| {
        let now = state.now();
        state.tokens.check(&parts.headers, &endpoint, now)
    })?;
    let request = read_request(core.options.platform, endpoint, parts, path, payload)?;
    if core.options.refuse_unknown && request.endpoint.is_authenticated() {
        validate::refuse_unknown(&request.endpoint, &request.query, request.body())?;
    }
    let mut reply = behave_once(core, &caller, &request)?;
    if let Content::Later(answer) = reply.content {
        reply = answer.await?;
    }
    core.check(&request, &reply)?;
    Ok(match core.options.platform {
        Platform::Cloud => reply,
        Platform::Studio => studio::response(&request, reply),
    })
}

/// The header of a response that is the example of the spec. Its value is the example id that the
/// request is about, or empty if the operation has no behavior.
const EXAMPLE: &str = "x-coze-mock-example";

/// Locks the state and runs the behavior of the operation.
fn behave_once(core: &Arc<Core>, caller: &Caller, request: &Request) -> Result<Reply, ApiError> {
    let mut state = core.state.lock();
    let mut context = Context { state: &mut state, caller, core };
    match core.behavior(&request.endpoint.id) {
        Some(behavior) => behave(&*behavior, &mut context, request),
        None => Ok(behavior::example(request).with_header(EXAMPLE, "")),
    }
}

/// Runs a behavior. An unknown id that the spec's examples use is answered with the example.
fn behave(
    behavior: &Behavior,
    context: &mut Context<'_>,
    request: &Request,
) -> Result<Reply, ApiError> {
    behavior(context, request).or_else(|error| match &error.kind {
        ErrorKind::Unknown { id, .. }
            if context.core.options.examples
                && spec::is_example_id(id)
                && request.endpoint.has_examples() =>
        {
            Ok(behavior::example(request).with_header(EXAMPLE, id))
        }
        _ => Err(error),
    })
}

/// Reads a request, and checks it against the model.
fn read_request(
    platform: Platform,
    endpoint: Arc<Endpoint>,
    parts: &Parts,
    path: Vec<(String, String)>,
    body: Payload,
) -> Result<Request, ApiError> {
    let query = parameters::pairs(parts.uri.query().unwrap_or_default());
    let mut parameters = parameters::read(&endpoint, &path, &query, &parts.headers)?;
    if let Some(operation) = endpoint.operation() {
        match (&operation.body, &body) {
            (Some(_), Payload::Json(value)) => validate::body(&endpoint, value)?,
            // Coze Studio has another error for a missing file.
            (Some(_), Payload::Form(_)) if platform == Platform::Studio => {}
            (Some(_), Payload::Form(form)) => validate::body(&endpoint, &form.as_object())?,
            (Some(body), _) if body.required => {
                return Err(ApiError::bad_request("the body is missing"));
            }
            _ => {}
        }
    } else {
        parameters.extend(path.into_iter().map(|(name, value)| (name, Value::String(value))));
    }
    let mut request = Request {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.clone(),
        endpoint,
        parameters,
        query,
        body,
    };
    if platform == Platform::Studio {
        studio::prepare(&mut request)?;
    }
    Ok(request)
}

/// A reply that is being sent.
struct Exchange {
    link: Link,
    ticket: Ticket,
    log_id: String,
    fault: Fault,
    platform: Platform,
}

impl Exchange {
    fn new(core: &Core, link: Link, ticket: Ticket, log_id: String) -> Self {
        let platform = core.options.platform;
        Self { link, ticket, log_id, fault: Fault::default(), platform }
    }
}

async fn send(exchange: Exchange, mut reply: Reply) -> HttpResult {
    let Exchange { link, ticket, log_id, fault, platform } = exchange;
    if let Some(gate) = reply.gate.take() {
        gate.await;
    }
    reply.sign(platform, &log_id);
    let code = reply.code();
    let source = match reply.content {
        Content::Json(body) => BodySource::from(bytes::Bytes::from(body.to_string())),
        Content::Bytes(bytes) => BodySource::from(bytes),
        Content::Stream(chunks) => BodySource::Stream(chunks),
        // Sockets are served only by `upgrade`, and a deferred reply cannot be deferred again.
        Content::Socket(_) | Content::Later(_) => BodySource::from(bytes::Bytes::new()),
    };
    let content_type = reply.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let source = inject::break_body(source, &fault);
    let source = inject::pad(source, &fault, content_type.unwrap_or_default());
    let length = source.length();
    let cut = fault
        .cut
        .and_then(|(cut, point)| point.map(|point| (point.within(length), Stop::Cut(cut))));
    let truncated = fault.truncate.map(|point| (point.within(length), Stop::End));
    let fault = BodyFault { stop: cut.or(truncated), pieces: fault.dribble };
    ticket.answered(reply.status.as_u16(), code);
    let body = Outgoing::new(source, fault, link.control, ticket);
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

/// Stops before the reply.
async fn stop(link: &Link, mut ticket: Ticket, cut: Cut) -> HttpResult {
    ticket.cut();
    link.control.arm(cut);
    std::future::pending().await
}

/// Turns the connection into a WebSocket.
async fn upgrade(
    core: Arc<Core>,
    parts: &mut Parts,
    mut exchange: Exchange,
    reply: Reply,
) -> HttpResult {
    let Content::Socket(handler) = reply.content else { return send(exchange, reply).await };
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let error = ApiError::bad_request(rejection.body_text());
            let error = error.with_status(rejection.status());
            exchange.fault = Fault::default();
            return send(exchange, error.into()).await;
        }
    };
    let log_id = HeaderValue::from_str(&exchange.log_id);
    exchange.link.control.set_multiplexed();
    exchange.ticket.answered(StatusCode::SWITCHING_PROTOCOLS.as_u16(), None);
    let mut response =
        upgrade.on_upgrade(move |socket| run_socket(core, socket, exchange, handler));
    if let Ok(log_id) = log_id {
        response.headers_mut().insert("x-tt-logid", log_id);
    }
    Ok(response)
}

/// Serves a WebSocket until the behavior, the client or the server ends it.
async fn run_socket(
    core: Arc<Core>,
    socket: axum::extract::ws::WebSocket,
    exchange: Exchange,
    handler: SocketHandler,
) {
    let Exchange { link, mut ticket, log_id, fault, .. } = exchange;
    let cut = fault.cut.and_then(|(cut, point)| Some((cut, point?.within(None))));
    let socket = Socket::new(socket, link.control, cut, log_id);
    let stopped = core.stopped();
    drop(core);
    tokio::select! {
        () = handler(socket) => ticket.whole(),
        () = stopped => {}
    }
}
