//! The files of the page, which are embedded in the binary.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error_response;
use crate::language::text;

/// The names and contents of the files.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

pub(super) async fn page() -> Response {
    file("index.html")
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    file(&name)
}

fn file(name: &str) -> Response {
    // Only listed names are served, so a path cannot leave the folder.
    match FILES.iter().find(|(other, _)| *other == name) {
        Some((name, content)) => {
            ([(header::CONTENT_TYPE, content_type(name))], *content).into_response()
        }
        None => error_response(StatusCode::NOT_FOUND, text("unknown file", "没有该文件")),
    }
}

fn content_type(name: &str) -> &'static str {
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
