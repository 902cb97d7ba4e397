//! What those need who read the spec itself: the generator and its commands.

use std::sync::Arc;

use serde_json::Value;

pub use crate::diagnostic::{Diagnostic, Diagnostics};
pub use crate::fields::{Fields, Side};
pub use crate::lint::{IMPORTED, lint};
pub use crate::load::{Document, load, load_texts};
pub use crate::lower::lower;
use crate::model::Api;
pub use crate::node::SCHEMAS;
pub use crate::read::{EventsInfo, OperationInfo};

/// The file that holds the embedded model, relative to the workspace.
pub const ARTEFACT: &str = "coze-spec/src/model.json";

/// Returns the spec as one OpenAPI 3.0.3 document.
pub fn bundle(document: &Document) -> Value {
    document.root.clone()
}

/// Returns the model as the text of [`ARTEFACT`].
pub fn artefact(api: &Api) -> String {
    // Strings are the only keys, so there is nothing that cannot be written.
    serde_json::to_string(api).unwrap_or_default() + "\n"
}

/// Returns the content of one file of the spec, as JSON.
///
/// # Errors
/// What keeps it from being read.
pub fn parse(file: &str, text: &str) -> Result<Value, Diagnostics> {
    let mut findings = Diagnostics::new();
    let parsed = crate::yaml::parse(&Arc::from(file), text, &mut findings);
    parsed.map(|parsed| parsed.value).ok_or(findings)
}
