//! The fixtures: one file per page of the documentation, with only the facts of the page.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The samples of a page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// The slug of the page.
    pub(crate) page: String,
    /// The operation that the page is about.
    pub(crate) operation: String,
    pub(crate) requests: Vec<Request>,
    #[serde(default)]
    pub(crate) replies: Vec<Reply>,
    /// Streams of events.
    #[serde(default)]
    pub(crate) streams: Vec<Vec<Frame>>,
    /// Corrections of invalid samples.
    #[serde(default)]
    #[expect(dead_code, reason = "for readers of the fixture")]
    notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// The operation, if it is not the one of the page.
    pub(crate) operation: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: Map<String, Value>,
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    pub(crate) body: Option<Value>,
    /// The parts of a multipart body; a file is an object with its name.
    #[serde(default)]
    pub(crate) form: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    pub(crate) operation: Option<String>,
    pub(crate) reply: Value,
    /// Paths of the reply that are missing in its type, because the page does not document these
    /// fields.
    #[serde(default)]
    pub(crate) lost: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Frame {
    pub(crate) id: Option<String>,
    pub(crate) event: String,
    /// JSON, or a string if the data is not JSON.
    pub(crate) data: Value,
    #[serde(default)]
    pub(crate) lost: Vec<String>,
}

impl Page {
    /// Returns the operation of a request.
    pub(crate) fn operation_of<'a>(&'a self, own: &'a Option<String>) -> &'a str {
        own.as_deref().unwrap_or(&self.operation)
    }
}

/// Returns all pages.
pub(crate) fn pages() -> Vec<Page> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/samples");
    let mut pages: Vec<Page> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let page: Page = serde_json::from_slice(&std::fs::read(&path).unwrap())
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(path.file_stem().unwrap().to_str(), Some(&*page.page));
            page
        })
        .collect();
    pages.sort_by(|a, b| a.page.cmp(&b.page));
    pages
}
