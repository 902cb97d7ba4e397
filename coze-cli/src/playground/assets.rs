//! The files of the page, which are in the program.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::refusal;

const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

pub(super) async fn page() -> Response {
    found("index.html")
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    found(&name)
}

fn found(name: &str) -> Response {
    // Names are compared with those of the list, so that no path leads elsewhere.
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((name, content)) => ([(header::CONTENT_TYPE, kind(name))], *content).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "there is no such file"),
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
