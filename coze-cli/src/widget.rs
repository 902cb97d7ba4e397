//! A page with the chat widget, for trying it with a bot and copying its code.

use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Router, middleware};
use coze_api::BoxFuture;
use coze_widget::WidgetOptions;
use serde_json::json;
use tokio::net::TcpListener;

use crate::backend::Backend;
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::server;

/// The widget works under a policy that forbids everything from elsewhere but pictures.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                   img-src 'self' data: blob: https:; media-src 'self' blob:; \
                   connect-src 'self'; base-uri 'none'; form-action 'none'; \
                   frame-ancestors 'none'";

const PAGE: &str = include_str!("widget/page.html");
const SCRIPT: &str = include_str!("widget/page.js");
const STYLE: &str = include_str!("widget/page.css");

/// The content of the page.
pub(crate) struct Demo {
    pub(crate) bot: String,
    pub(crate) voice: Option<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) is_mock: bool,
}

/// The server of the page.
pub(crate) struct WidgetPage {
    listener: TcpListener,
    router: Router,
    stop: BoxFuture<'static, ()>,
    url: String,
    backend: Backend,
}

impl WidgetPage {
    /// Listens on the loopback interface.
    pub(crate) async fn bind(port: u16, backend: Backend, demo: Demo) -> Result<Self, Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::local(say!(
                "cannot listen at {address}: {error}",
                "无法在 {address} 监听：{error}",
            ))
        })?;
        let url = format!("http://{}/", listener.local_addr()?);
        let router = router(&backend, demo);
        Ok(Self { listener, router, stop: server::shutdown_signal(), url, backend })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the base URL of the API.
    pub(crate) fn base_url(&self) -> &str {
        self.backend.client.base_url()
    }

    /// Serves until the program is told to stop.
    pub(crate) async fn serve(self) -> CommandResult {
        tokio::select! {
            () = server::serve(self.listener, self.router) => Ok(()),
            () = self.stop => Ok(()),
        }
    }
}

fn router(backend: &Backend, demo: Demo) -> Router {
    let mut options = WidgetOptions::new().bot(&demo.bot);
    if let Some(voice) = demo.voice {
        options = options.voice(voice);
    }
    for origin in demo.origins {
        options = options.allow_origin(origin);
    }
    let settings = json!({
        "bot": demo.bot,
        "mock": demo.is_mock,
        "language": text("en", "zh-CN"),
    });
    let html = PAGE
        .replace("LANGUAGE", text("en", "zh-CN"))
        // The settings are an attribute in double quotes.
        .replace("SETTINGS", &escape(&settings.to_string()));
    let page = Router::new()
        .route("/", get(|| async { file("text/html; charset=utf-8", html) }))
        .route("/page.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/page.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .layer(middleware::from_fn(with_policy));
    page.nest("/widget", coze_widget::router(backend.client.clone(), options))
}

fn file(kind: &'static str, content: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, kind)], content.into()).into_response()
}

/// Escapes a text for an attribute in double quotes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

async fn with_policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
