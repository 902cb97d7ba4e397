//! The fixtures: one file per page of the documentation, and its facts alone.

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
    /// What was mended of samples that were not valid.
    #[serde(default)]
    #[expect(dead_code, reason = "for who reads the fixture")]
    notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// The operation, where the page shows how to use another one.
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
    /// Paths of the reply that its type does not keep, since the page documents no such field.
    #[serde(default)]
    pub(crate) lost: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Frame {
    pub(crate) id: Option<String>,
    pub(crate) event: String,
    /// JSON, or the text of what is none.
    pub(crate) data: Value,
    #[serde(default)]
    pub(crate) lost: Vec<String>,
}

impl Page {
    /// The operation of a request.
    pub(crate) fn operation_of<'a>(&'a self, own: &'a Option<String>) -> &'a str {
        own.as_deref().unwrap_or(&self.operation)
    }
}

/// All pages.
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
