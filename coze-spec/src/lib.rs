//! The Coze API as data.
//!
//! A spec folder goes in, findings or a model come out: nothing here prints, looks at the clock or starts a process, and
//! nothing knows HTTP or how code is generated. Whoever wants to know something about an operation asks the [`model`].
//! The stages are the modules, in the order in which data flows through them.

mod diagnostic;
mod load;
mod node;
mod yaml;

mod fields;
mod lint;
mod read;

mod lower;
pub mod model;
mod table;

use std::sync::Arc;

use serde_json::Value;

pub use diagnostic::{Diagnostic, Diagnostics, Place};
pub use fields::{Fields, Side};
pub use lint::{IMPORTED, lint};
pub use load::{Document, load, load_texts};
pub use lower::lower;
pub use node::SCHEMAS;
pub use read::{EventsInfo, OperationInfo};
pub use table::{TABLE, table};

/// The spec as one OpenAPI 3.0.3 document.
pub fn bundle(document: &Document) -> Value {
    document.root.clone()
}

/// The content of one file of the spec, as JSON.
///
/// # Errors
/// What keeps it from being read.
pub fn parse(file: &str, text: &str) -> Result<Value, Diagnostics> {
    let mut findings = Diagnostics::new();
    let parsed = yaml::parse(&Arc::from(file), text, &mut findings);
    parsed.map(|parsed| parsed.value).ok_or(findings)
}
