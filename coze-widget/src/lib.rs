#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod agents;
mod assets;
mod body;
mod bundle;
mod cache;
mod calls;
mod limits;
mod options;
mod owners;
mod reply;
mod state;
mod users;

pub use limits::Limits;
pub use options::WidgetOptions;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use axum::{Router, middleware};
use coze_api::Client;

use state::State;

/// Returns the routes of the widget: its script, and the calls that the script makes.
///
/// ```no_run
/// # fn example(coze: coze_api::Client) -> axum::Router {
/// use coze_widget::WidgetOptions;
///
/// let options = WidgetOptions::new().bot("7342866812345000001").allow_host("www.example.com");
/// axum::Router::new().nest("/widget", coze_widget::router(coze, options))
/// # }
/// ```
///
/// A page then loads `/widget/index.js`. The calls are made with the credentials of `client`, which
/// stay on the server. Only the listed calls exist, and only for the bots and apps of the options:
///
/// | path | methods |
/// |---|---|
/// | `/v1/bots/{id}`, `/v1/apps/{id}`, `/v1/workflows/{id}` | GET, reduced to names and greetings |
/// | `/v1/conversations` | GET, only those of the user |
/// | `/v1/conversation/create` | POST |
/// | `/v1/conversations/{id}` | PUT, DELETE |
/// | `/v1/conversations/{id}/clear` | POST |
/// | `/v1/conversation/message/list`, `/v1/conversation/message/delete` | POST |
/// | `/v1/conversations/{id}/messages/{id}/feedback` | POST, DELETE |
/// | `/v3/chat`, `/v3/chat/cancel`, `/v1/workflows/chat` | POST |
/// | `/v1/files/upload`, `/v1/audio/transcriptions`, `/v1/audio/speech` | POST |
pub fn router(client: Client, options: WidgetOptions) -> Router {
    let uploads = options.limits.upload_bytes;
    let json = options.limits.json_bytes;
    let state = Arc::new(State::new(client, options));
    // A form has a little more than the file.
    let forms = Router::new()
        .route("/v1/files/upload", post(calls::media::upload))
        .route("/v1/audio/transcriptions", post(calls::media::transcribe))
        .layer(DefaultBodyLimit::max(uploads.saturating_add(64 * 1024)));
    let api = Router::new()
        .route("/config", get(calls::agents::config))
        .route("/v1/bots/{bot}", get(calls::agents::bot))
        .route("/v1/apps/{app}", get(calls::agents::app))
        .route("/v1/workflows/{workflow}", get(calls::agents::workflow))
        .route("/v1/conversations", get(calls::conversations::list))
        .route("/v1/conversation/create", post(calls::conversations::create))
        .route(
            "/v1/conversations/{conversation}",
            put(calls::conversations::rename).delete(calls::conversations::delete),
        )
        .route("/v1/conversations/{conversation}/clear", post(calls::conversations::clear))
        .route("/v1/conversation/message/list", post(calls::messages::list))
        .route("/v1/conversation/message/delete", post(calls::messages::delete))
        .route(
            "/v1/conversations/{conversation}/messages/{message}/feedback",
            post(calls::messages::feedback).delete(calls::messages::withdraw),
        )
        .route("/v3/chat", post(calls::chat::chat))
        .route("/v3/chat/cancel", post(calls::chat::cancel))
        .route("/v1/workflows/chat", post(calls::chat::workflow))
        .route("/v1/audio/speech", post(calls::media::speak))
        .layer(DefaultBodyLimit::max(json))
        .merge(forms)
        .fallback(access::unknown)
        .method_not_allowed_fallback(access::unknown)
        .layer(middleware::from_fn_with_state(state.clone(), access::identify));
    Router::new()
        .route("/index.js", get(assets::script))
        .route("/modules/{name}", get(assets::module))
        .merge(api)
        .layer(middleware::from_fn_with_state(state.clone(), access::check))
        .with_state(state)
}
