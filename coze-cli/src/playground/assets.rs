//! The files of the page, which are embedded in the binary.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::bundle::{Module, modules};
use super::error_response;
use crate::language::text;

/// The names and contents of the files.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The content type of a module.
const MODULE: &str = "text/javascript; charset=utf-8";

/// The page, with one script instead of a hundred modules, which take a browser half as long again.
static PAGE: LazyLock<String> =
    LazyLock::new(|| content("index.html").replacen("/assets/main.js", "/assets/page.js", 1));

/// The script of the page. It exports its modules, for tests.
static SCRIPT: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let names = FILES.iter().map(|(name, _)| *name).filter(|name| content_type(name) == MODULE);
    let sources: Vec<_> = names.map(|name| (name, content(name))).collect();
    let mut modules = modules(&sources, "main.js")?;
    // The last one is not wrapped, because it awaits.
    let main = modules.pop().map(|main| main.body).unwrap_or_default();
    let declarations: String = modules.iter().map(Module::declaration).collect();
    let variables: Vec<_> = modules.iter().map(Module::variable).collect();
    Ok(format!("{declarations}{main}export {{ {} }};\n", variables.join(", ")))
});

/// Returns the content of a text file.
fn content(name: &str) -> &'static str {
    let file = FILES.iter().find(|(other, _)| *other == name);
    file.and_then(|(_, content)| std::str::from_utf8(content).ok()).unwrap_or_default()
}

pub(super) async fn page() -> Response {
    ([(header::CONTENT_TYPE, content_type("index.html"))], PAGE.as_str()).into_response()
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    if name != "page.js" {
        return file(&name);
    }
    match &*SCRIPT {
        Ok(script) => ([(header::CONTENT_TYPE, MODULE)], script.as_str()).into_response(),
        Err(error) => error_response(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
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
    fn the_page_loads_one_script_of_all_its_modules() {
        assert!(PAGE.contains("src=\"/assets/page.js\""));
        let script = SCRIPT.as_ref().unwrap();
        for name in ["dom.js", "sdk.js", "en.js", "purify.js"] {
            assert!(script.contains(&format!("\n// {name}\n")), "{name}");
        }
        let last = script.lines().last().unwrap();
        assert!(last.starts_with("export { $") && last.contains("$store_js"), "{last}");
    }
}
