//! The public functions that read the spec itself, for the generator and its commands.

use std::sync::Arc;

use serde_json::{Map, Value};

pub use crate::bundle::bundle;
pub use crate::diagnostic::{Diagnostic, Diagnostics};
pub use crate::document::{Document, SCHEMAS};
use crate::language::Language;
pub use crate::lint::{IMPORTED, MODULES, REALTIME, ROOT, SITE, WEBHOOK, lint, lint_site};
pub use crate::load::{load, load_site, load_texts};
pub use crate::lower::{lower, lower_site};
use crate::model::Api;
use crate::overlay::difference;
pub use crate::unbundle::load_bundle;

/// The file of the embedded model, relative to the workspace.
pub const ARTEFACT: &str = "coze-spec/src/model.json";

/// Returns the model as the text of [`ARTEFACT`].
pub fn artefact(api: &Api) -> String {
    // Serialization cannot fail, because all keys are strings.
    serde_json::to_string(api).unwrap_or_default() + "\n"
}

/// Returns the path of the file that holds the texts of the embedded model in another language.
pub fn overlay_file(language: Language) -> String {
    format!("coze-spec/src/model.{language}.json")
}

/// Returns the text of [`overlay_file`]: the texts of `translated` that differ from those of `api`.
///
/// Each text takes a line of its own, so that translations of different texts can be merged.
pub fn overlay(api: &Api, translated: &Api) -> String {
    let [original, translated] = [api, translated].map(|api| serde_json::to_value(api).ok());
    let difference = original.zip(translated).and_then(|(api, other)| difference(&api, &other));
    let overlay = difference.unwrap_or_else(|| Value::Object(Map::new()));
    format!("{overlay:#}\n")
}

/// Returns the content of one file of the spec, as JSON.
///
/// # Errors
/// Syntax that cannot be parsed.
pub fn parse(file: &str, text: &str) -> Result<Value, Diagnostics> {
    let mut findings = Diagnostics::new();
    let parsed = crate::yaml::parse(&Arc::from(file), text, &mut findings);
    parsed.map(|parsed| parsed.value).ok_or(findings)
}
