//! The script of the widget: its modules, and one classic script of all of them.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};

use crate::bundle::{Module, modules};
use crate::reply::{Refusal, Reply};

macro_rules! modules {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../page/", $name)))),*]
    };
}

/// The names and sources of the modules.
const MODULES: &[(&str, &str)] = modules![
    "agent.js",
    "api.js",
    "audio.js",
    "card.js",
    "chat.js",
    "client.js",
    "composer.js",
    "dom.js",
    "entries.js",
    "feedback.js",
    "main.js",
    "markdown.js",
    "marked.js",
    "messages.js",
    "options.js",
    "overlay.js",
    "run.js",
    "shortcut.js",
    "sidebar.js",
    "sse.js",
    "style.js",
    "texts.js",
    "visitor.js",
    "window.js",
];

/// The modules as one classic script: the class `CozeWebSDK` must exist right after its tag.
static SCRIPT: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let modules: String = modules(MODULES, "main.js")?.iter().map(Module::declaration).collect();
    Ok(format!("(() => {{\n'use strict';\n{modules}}})();\n"))
});

fn javascript(text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        // The name does not change with the version.
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, text).into_response()
}

pub(crate) async fn script() -> Reply {
    match &*SCRIPT {
        Ok(script) => Ok(javascript(script)),
        Err(error) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.as_str())),
    }
}

pub(crate) async fn module(Path(name): Path<String>) -> Reply {
    // Only listed names are served, so a path cannot leave the folder.
    let module = MODULES.iter().find(|(other, _)| *other == name);
    let (_, source) =
        module.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "unknown module"))?;
    Ok(javascript(source))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_modules_are_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.rsplit('.').next() == Some("js"))
            .collect();
        assert_eq!(files, MODULES.iter().map(|(name, _)| (*name).to_owned()).collect());
    }

    #[test]
    fn the_modules_become_one_script() {
        let script = SCRIPT.as_ref().unwrap();
        assert!(script.contains("CozeWebSDK"));
        assert!(
            !script.lines().any(|line| line.starts_with("import ") || line.starts_with("export "))
        );
        // Each module is part of it.
        for (name, _) in MODULES {
            assert!(script.contains(&format!("\n// {name}\n")), "{name}");
        }
    }
}
