//! The files of the page, which are embedded in the binary.

use std::collections::BTreeSet;
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

/// The page, which names the modules that it needs at once, so that the browser loads all of them
/// together.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let mut links = String::new();
    for name in modules("main.js") {
        // Writing to a string cannot fail.
        let _ = writeln!(links, "    <link rel=\"modulepreload\" href=\"/assets/{name}\">");
    }
    content("index.html").replacen("  </head>", &format!("{links}  </head>"), 1)
});

/// Returns the names of a module and of all that it imports statically.
fn modules(name: &'static str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut todo = vec![name];
    while let Some(name) = todo.pop() {
        if found.insert(name) {
            todo.extend(imports(content(name)));
        }
    }
    found
}

/// Returns the names of the files from which a module imports or exports.
fn imports(module: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = module.lines().filter_map(|line| line.strip_suffix("';")?.split_once("from './"));
    lines.map(|(_, name)| name).filter(|name| FILES.iter().any(|(other, _)| other == name))
}

/// Returns the content of a text file.
fn content(name: &str) -> &'static str {
    let file = FILES.iter().find(|(other, _)| *other == name);
    file.and_then(|(_, content)| std::str::from_utf8(content).ok()).unwrap_or_default()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_the_modules_that_every_view_needs() {
        let names = modules("main.js");
        assert!(names.is_superset(&BTreeSet::from(["dom.js", "main.js", "operation.js"])));
        // These are loaded when their views are shown.
        assert!(names.is_disjoint(&BTreeSet::from(["chat.js", "guide.js", "sdk.js"])), "{names:?}");
        for name in names {
            assert!(PAGE.contains(&format!("href=\"/assets/{name}\"")), "{name}");
        }
    }
}
