//! `coze listen` and `coze trigger`: callbacks during development.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use coze_api::webhook::{Callback, Delivery, Signer, Verifier, WebhookResponse};
use coze_spec::model::Webhook;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::call::read_text;
use crate::cli::{Format, ListenArgs, TriggerArgs};
use crate::failure::{CommandResult, Failure};
use crate::language::{self, say, text};
use crate::program::PROGRAM;
use crate::{json, output, secrets, server};

/// The time that a forwarded callback may take, so that breakpoints are possible.
const FORWARD_TIMEOUT: Duration = Duration::from_secs(300);

/// The time that the platform waits at most.
const TRIGGER_TIMEOUT: Duration = Duration::from_secs(10);

/// The type of the event that checks an address.
const CHALLENGE: &str = "url_verification";

/// What receives callbacks.
struct Listener {
    verifier: Verifier,
    forward: Option<String>,
    http: reqwest::Client,
    as_json: bool,
}

pub(super) async fn listen(args: ListenArgs, output: Option<Format>) -> CommandResult {
    let verifier = Verifier::new(token(args.token)?)?.allow_unsigned_challenges();
    let forward = args.forward.map(|url| absolute(&url)).transpose()?;
    let listener = Listener {
        verifier,
        forward,
        http: http_client(FORWARD_TIMEOUT)?,
        as_json: output == Some(Format::Json),
    };
    let address = format!("127.0.0.1:{}", args.port);
    let socket = TcpListener::bind(&address).await;
    let socket = socket.map_err(|error| Failure::cannot_listen(&address, &error))?;
    let stop = server::shutdown_signal();
    output::line(&format!("http://{}", socket.local_addr()?))?;
    let hint = say!(
        "set this address, or that of a tunnel to it, as the callback URL of the app; \
         `{PROGRAM} trigger` sends events to it; Ctrl-C stops it",
        "请将此地址或指向它的隧道地址设为应用的回调 URL；\
         `{PROGRAM} trigger` 向其发送事件；按 Ctrl-C 停止",
    );
    output::note(text("listen", "监听"), &hint)?;
    let router = Router::new().fallback(receive).with_state(Arc::new(listener));
    server::serve_until(socket, router, stop).await;
    Ok(())
}

/// Receives a delivery: verifies it, prints it, and forwards it.
async fn receive(
    State(listener): State<Arc<Listener>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Infallible> {
    // Serving goes on if nothing reads the lines anymore.
    Ok(match listener.verifier.verify(&headers, &body) {
        Err(error) => {
            let _ = output::note(text("refused", "已拒绝"), &error.to_string());
            error.response().into_response()
        }
        Ok(Delivery::Challenge(challenge)) => {
            let answered = text("answered a challenge", "已回应地址校验");
            let _ = output::note(text("listen", "监听"), answered);
            challenge.response().into_response()
        }
        Ok(Delivery::Event(callback)) => {
            let _ = listener.print(&callback, &body);
            listener.forward(&callback, headers, body).await
        }
    })
}

impl Listener {
    fn print(&self, callback: &Callback, body: &Bytes) -> CommandResult {
        let body = String::from_utf8_lossy(body);
        if self.as_json {
            return output::json(&json::compact(&body));
        }
        let header = &callback.header;
        output::line(&format!("{} {}", header.event_type, header.event_id))?;
        match json::member(&body, "event") {
            Some(event) => output::json(&json::pretty(event)),
            None => Ok(()),
        }
    }

    /// Sends a delivery on unchanged, and returns the response to it.
    async fn forward(&self, callback: &Callback, headers: HeaderMap, body: Bytes) -> Response {
        let Some(url) = &self.forward else { return WebhookResponse::ok().into_response() };
        let started = Instant::now();
        let label = text("forward", "转发");
        let request = self.http.post(url).headers(end_to_end(&headers)).body(body);
        let response = match send(request).await {
            Ok(response) => response,
            Err(reason) => {
                let _ = output::note(label, &format!("{url}: {reason}"));
                return WebhookResponse::failed().into_response();
            }
        };
        let elapsed = started.elapsed();
        let mut message = format!("{url} → {} ({} ms)", response.0, elapsed.as_millis());
        if elapsed > callback.deadline() {
            let seconds = callback.deadline().as_secs();
            message.push_str(&say!(
                "; the platform waits only {seconds} seconds for it",
                "；平台只等待 {seconds} 秒",
            ));
        }
        let _ = output::note(label, &message);
        response.into_response()
    }
}

/// Returns the headers that belong to a delivery, rather than to its connection.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        if name == http::header::CONTENT_TYPE || name.as_str().starts_with("x-") {
            kept.append(name, value.clone());
        }
    }
    kept
}

pub(super) async fn trigger(args: TriggerArgs, output: Option<Format>) -> CommandResult {
    let url = absolute(&args.to)?;
    let token = token(args.token)?;
    let challenge = random()?;
    let event = match (&args.data, args.event.as_str()) {
        (None, CHALLENGE) => json!({"challenge": challenge}),
        (None, name) => example(name)?,
        (Some(data), _) => data_of(data)?,
    };
    let body = delivery(&args.event, &event)?;
    let headers = Signer::new(token)?.headers(body.as_bytes());
    let request = http_client(TRIGGER_TIMEOUT)?.post(&url).headers(headers).body(body);
    let (status, _, answer) = send(request).await.map_err(|reason| {
        Failure::Local(say!("cannot send to {url}: {reason}", "无法发送到 {url}：{reason}"))
    })?;
    let answer = String::from_utf8_lossy(&answer);
    match output {
        Some(format) => {
            let body = serde_json::from_str(&answer);
            let body: Value = body.unwrap_or_else(|_| answer.as_ref().into());
            output::value(&json!({"status": status.as_u16(), "body": body}), format)?;
        }
        None => output::line(format!("HTTP {status}\n{answer}").trim_end())?,
    }
    let answered: Value = serde_json::from_str(&answer).unwrap_or_default();
    if !status.is_success() {
        return Err(refused(&url, &status.to_string()));
    }
    if args.event == CHALLENGE && args.data.is_none() && answered["challenge"] != challenge {
        let reason = text("it did not return the challenge", "没有返回 challenge 的值");
        return Err(refused(&url, reason));
    }
    Ok(())
}

fn refused(url: &str, reason: &str) -> Failure {
    let message = say!("{url} refused the event: {reason}", "{url} 拒绝了事件：{reason}");
    Failure::Stream(crate::engine::StreamFailure::new(message))
}

/// Returns the example of an event.
fn example(name: &str) -> Result<Value, Failure> {
    let found = events().find(|webhook| webhook.event.wire == name);
    found.and_then(|webhook| webhook.event.example.clone()).ok_or_else(|| {
        let known = events().map(|webhook| webhook.event.wire.as_str()).chain([CHALLENGE]);
        Failure::Usage(say!(
            "there is no example of {name}: pass its fields with --data, or use one of {}",
            "没有 {name} 的示例：请用 --data 传入其字段，或使用以下事件之一：{}",
            known.collect::<Vec<_>>().join(", "),
        ))
    })
}

/// Returns the events that the spec has.
pub(crate) fn events() -> impl Iterator<Item = &'static Webhook> {
    language::api().webhooks.iter().flat_map(|webhooks| &webhooks.items)
}

/// Reads the fields of an event: JSON, or `@` and the path of a file.
fn data_of(data: &str) -> Result<Value, Failure> {
    let content = match data.strip_prefix('@') {
        Some(path) => read_text(path.as_ref())?,
        None => data.to_owned(),
    };
    serde_json::from_str(&content).map_err(|error| {
        Failure::Usage(say!("--data is not JSON: {error}", "--data 不是 JSON：{error}"))
    })
}

/// Returns the body of a delivery.
fn delivery(event_type: &str, event: &Value) -> Result<String, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let header = json!({
        "event_type": event_type,
        "event_id": random()?,
        "created_at": u64::try_from(now.as_millis()).unwrap_or_default(),
        "coze_account_id": "7493066380997000001",
        "api_app_id": "7493066380997000002",
    });
    Ok(json!({"header": header, "event": event}).to_string())
}

/// Returns a random text.
fn random() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Failure::local)?;
    let mut hex = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

/// Returns the token that signs callbacks.
fn token(token: Option<String>) -> Result<String, Failure> {
    let token = token.filter(|token| !token.trim().is_empty()).ok_or_else(|| {
        Failure::Usage(say!(
            "set COZE_WEBHOOK_TOKEN to the token of the callback app; for `{PROGRAM} trigger` \
             alone, any text will do",
            "请将 COZE_WEBHOOK_TOKEN 设为回调应用的令牌；\
             仅使用 `{PROGRAM} trigger` 时，可以是任意文本",
        ))
    })?;
    secrets::register(&token);
    Ok(token)
}

/// Accepts addresses without a scheme, such as `localhost:8080/coze`.
fn absolute(url: &str) -> Result<String, Failure> {
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    match url.parse::<http::Uri>() {
        Ok(uri) if uri.host().is_some() => Ok(url),
        _ => Err(Failure::Usage(say!("{url} is not a URL", "{url} 不是有效的 URL"))),
    }
}

fn http_client(timeout: Duration) -> Result<reqwest::Client, Failure> {
    // The server runs on this machine or nearby, and the platform follows no redirects.
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.timeout(timeout).build().map_err(Failure::local)
}

/// Sends a request. An error is its root cause.
async fn send(
    request: reqwest::RequestBuilder,
) -> Result<(StatusCode, [(HeaderName, String); 1], Bytes), String> {
    let exchange = async {
        let response = request.send().await?;
        let status = response.status();
        let content_type = response.headers().get(http::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("application/json").to_owned();
        let body = response.bytes().await?;
        Ok::<_, reqwest::Error>((status, [(http::header::CONTENT_TYPE, content_type)], body))
    };
    exchange.await.map_err(|error| {
        let mut reason: &dyn std::error::Error = &error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        reason.to_string()
    })
}
