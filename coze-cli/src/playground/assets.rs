//! The files of the page, which are embedded in the binary.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error_response;
use crate::language::text;

/// The names and contents of the files.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The content type of a module.
const MODULE: &str = "text/javascript; charset=utf-8";

/// The page, which names its modules, so that the browser loads them all at once.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let page = FILES.iter().find(|(name, _)| *name == "index.html");
    let page = page.map_or_else(String::new, |(_, page)| String::from_utf8_lossy(page).into());
    let mut links = String::new();
    for (name, _) in FILES.iter().filter(|(name, _)| content_type(name) == MODULE) {
        // Writing to a string cannot fail.
        let _ = writeln!(links, "    <link rel=\"modulepreload\" href=\"/assets/{name}\">");
    }
    page.replacen("  </head>", &format!("{links}  </head>"), 1)
});

pub(super) async fn page() -> Response {
    ([(header::CONTENT_TYPE, content_type("index.html"))], PAGE.as_str()).into_response()
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
        Some("js") => MODULE,
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
