//! Deployed projects, which are servers of their own.

use serde_json::Value;

use super::{Api, Page, Verb};

/// The interface of a deployed project. It is not a part of the API of the platform.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    /// Documentation.
    pub description: String,
    /// The page of the documentation.
    pub page: Option<Page>,
    /// The member of the data of an event that has the name of the event.
    pub tag: String,
    /// The operations, in the order of the spec.
    pub operations: Vec<SiteOperation>,
    /// The types, as those of a resource `site` without operations.
    pub types: Api,
}

/// An operation of a deployed project.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteOperation {
    /// The name.
    pub name: String,
    /// The method.
    pub verb: Verb,
    /// The path, with parameters in braces.
    pub path: String,
    /// Documentation.
    pub description: String,
    /// `true` if it may be sent again.
    pub idempotent: bool,
    /// The seconds that a response may take, if it takes longer than usual.
    pub timeout: Option<u64>,
    /// The schema of the response; none if it is arbitrary JSON or a stream.
    pub response: Option<String>,
    /// The union of the events of a stream.
    pub events: Option<String>,
    /// An example of the response.
    pub example: Option<Value>,
}

impl SiteOperation {
    /// Returns the names of the parameters in the path.
    pub fn params(&self) -> Vec<&str> {
        let parts = self.path.split('{').skip(1);
        parts.filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
    }
}
