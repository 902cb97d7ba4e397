//! Pages with the chat widget or with a card, which the view *SDK* shows in a frame.
//!
//! A preview has the routes of `coze-widget` at a path that cannot be guessed. Its calls are made
//! with the credentials of the target, and only for the bot or the app of its options.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use coze_widget::WidgetOptions;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::random_key;
use super::target::Target;
use super::{AppState, error_response};
use crate::language::{say, text};
use crate::widget::escape;

/// The prefix of the paths of all previews.
pub(super) const PREFIX: &str = "/preview/";
/// The number of previews that are kept. Pages that are closed do not always stop theirs.
const MAX_PREVIEWS: usize = 8;

/// The widget and its page work under a policy that forbids everything from elsewhere but pictures.
pub(super) const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                              img-src 'self' data: blob: https:; media-src 'self' blob:; \
                              connect-src 'self'; base-uri 'none'; form-action 'none'; \
                              frame-ancestors 'self'";

/// The previews that have not been stopped, the newest one last.
#[derive(Default)]
pub(super) struct Previews(Mutex<VecDeque<Arc<Preview>>>);

struct Preview {
    id: String,
    html: String,
    /// The routes of the widget.
    widget: Router,
    /// Keeps the mock running.
    _target: Arc<Target>,
}

impl Previews {
    fn with<T>(&self, change: impl FnOnce(&mut VecDeque<Arc<Preview>>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, id: &str) -> Option<Arc<Preview>> {
        self.with(|previews| previews.iter().find(|preview| preview.id == id).cloned())
    }

    fn add(&self, preview: Preview) {
        self.with(|previews| {
            if previews.len() >= MAX_PREVIEWS {
                previews.pop_front();
            }
            previews.push_back(Arc::new(preview));
        });
    }

    fn remove(&self, id: &str) {
        self.with(|previews| previews.retain(|preview| preview.id != id));
    }

    /// Stops all previews, whose target is about to be replaced.
    pub(super) fn clear(&self) {
        self.with(VecDeque::clear);
    }
}

/// The bot or the chatflow that a preview may chat with.
#[derive(Deserialize)]
#[serde(untagged)]
enum Agent {
    Bot { bot_id: String },
    App { app_id: String, workflow_id: String },
}

impl Agent {
    fn is_complete(&self) -> bool {
        match self {
            Self::Bot { bot_id } => !bot_id.is_empty(),
            Self::App { app_id, workflow_id } => !app_id.is_empty() && !workflow_id.is_empty(),
        }
    }
}

#[derive(Deserialize)]
struct PreviewRequest {
    /// `None` for a card, which makes no calls.
    agent: Option<Agent>,
    #[serde(default)]
    options: Value,
    #[serde(default)]
    card: Value,
    /// The voice in which answers are read aloud. The mock has one of its own.
    #[serde(default)]
    voice: String,
    /// `true` once the user has agreed to chats with a real account.
    #[serde(default)]
    confirmed: bool,
}

/// Starts a preview, and returns its address.
pub(super) async fn create(State(app): State<Arc<AppState>>, body: Bytes) -> Response {
    let request = serde_json::from_slice::<PreviewRequest>(&body).ok();
    let request = request.filter(|request| match &request.agent {
        Some(agent) => agent.is_complete() && request.options.is_object(),
        None => request.card.is_object(),
    });
    let Some(request) = request else {
        let message =
            text("the body is not a valid request for a preview", "请求体不是有效的预览请求");
        return error_response(StatusCode::BAD_REQUEST, message);
    };
    let target = app.targets.current();
    if request.agent.is_some() && target.mock().is_none() && !request.confirmed {
        let message = text(
            "the preview chats with your account, which may incur costs; confirm it",
            "预览会使用你的账号进行对话，可能产生费用；请先确认",
        );
        let body = json!({"needs_confirmation": true, "message": message});
        return (StatusCode::CONFLICT, Json(body)).into_response();
    }
    let id = match random_key() {
        Ok(id) => id,
        Err(failure) => {
            return error_response(StatusCode::INTERNAL_SERVER_ERROR, &failure.to_string());
        }
    };
    let url = format!("{PREFIX}{id}/");
    let widget = coze_widget::router(target.backend.client.clone(), options(&request, &target));
    let preview = Preview { id: id.clone(), html: page(&request), widget, _target: target };
    app.previews.add(preview);
    Json(json!({"id": id, "url": url})).into_response()
}

/// Returns the options of the widget's server.
fn options(request: &PreviewRequest, target: &Target) -> WidgetOptions {
    let options = match &request.agent {
        Some(Agent::Bot { bot_id }) => WidgetOptions::new().bot(bot_id),
        Some(Agent::App { app_id, workflow_id }) => WidgetOptions::new().app(app_id, workflow_id),
        None => WidgetOptions::new(),
    };
    match (request.voice.as_str(), target.mock()) {
        ("", Some(_)) => options.voice(coze_mock::state::VOICE),
        ("", None) => options,
        (voice, _) => options.voice(voice),
    }
}

/// Returns the page of a preview.
fn page(request: &PreviewRequest) -> String {
    let lang = text("en", "zh-CN");
    let settings = json!({
        "lang": lang,
        "options": request.options,
        "card": request.card,
        "texts": {
            "title": text("A page of yours", "你的网页"),
            "text": text(
                "The floating button at the bottom right opens the chat.",
                "点击右下角的悬浮按钮打开对话。",
            ),
        },
    });
    let settings = escape(&settings.to_string());
    let title = text("Preview", "预览");
    format!(
        r#"<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/preview.css">
</head>
<body data-settings="{settings}">
<main id="page"></main>
<script src="index.js"></script>
<script type="module" src="/assets/preview.js"></script>
</body>
</html>
"#
    )
}

/// Stops a preview.
pub(super) async fn delete(State(app): State<Arc<AppState>>, Path(id): Path<String>) -> Response {
    app.previews.remove(&id);
    (StatusCode::NO_CONTENT, [(header::CONTENT_LENGTH, "0")]).into_response()
}

/// Answers the requests of a preview: its page, the script of the widget, and the calls that the
/// script makes.
pub(super) async fn serve(State(app): State<Arc<AppState>>, request: Request) -> Response {
    let path = request.uri().path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let (id, _) = path.split_once('/').unwrap_or((&path, ""));
    let Some(preview) = app.previews.find(id) else {
        let message = text(
            "the preview was stopped; run it again in the playground",
            "预览已停止，请在 Playground 中重新运行",
        );
        return error_response(StatusCode::NOT_FOUND, message);
    };
    let rest = path.get(id.len()..).unwrap_or_default();
    if rest == "/" {
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        return ([(header::CONTENT_TYPE, kind)], preview.html.clone()).into_response();
    }
    match within_preview(rest, request) {
        Ok(request) => {
            let response = TowerToHyperService::new(preview.widget.clone()).call(request).await;
            response.unwrap_or_else(|never: Infallible| match never {})
        }
        Err(error) => {
            let message = say!("invalid path: {error}", "路径无效：{error}");
            error_response(StatusCode::BAD_REQUEST, &message)
        }
    }
}

/// Returns the request as the widget's routes expect it: with the path after that of the preview,
/// and without what the routes of the playground have added.
fn within_preview(
    path: &str,
    request: Request,
) -> Result<axum::http::Request<Body>, axum::http::Error> {
    let path = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let uri = Uri::from(path.parse::<PathAndQuery>()?);
    let (parts, body) = request.into_parts();
    let mut inner = Request::builder().method(parts.method).uri(uri).body(body)?;
    *inner.headers_mut() = parts.headers;
    Ok(inner)
}
