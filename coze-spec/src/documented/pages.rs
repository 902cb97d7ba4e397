//! The table of contents of the vendor's documentation.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::location::Location;
use crate::yaml;

/// The file of the table of contents, relative to the workspace.
pub const PAGES: &str = "spec/documented.yaml";

/// An entry of the table of contents: a page, or an operation of the official SDKs without a page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// The chapter.
    pub group: String,
    /// The title.
    pub title: String,
    /// The subject.
    pub kind: PageKind,
    /// The last segment of the page's address; `None` if the entry has no page.
    pub slug: Option<String>,
    /// The HTTP method, or `WS` for a channel.
    pub method: Option<String>,
    /// The path of the operation or channel, or the type of the callback.
    pub path: Option<String>,
}

/// The subject of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageKind {
    /// An HTTP operation.
    Http,
    /// A WebSocket channel.
    Websocket,
    /// An OAuth flow.
    Oauth,
    /// The events of a channel, or a callback.
    Event,
    /// The description of an object.
    Object,
    /// A guide.
    Reference,
}

impl PageKind {
    /// The kinds that have no counterpart in the spec.
    pub const OTHER: [Self; 3] = [Self::Oauth, Self::Object, Self::Reference];

    /// Returns `true` if the spec has to cover pages of this kind.
    pub fn needs_cover(self) -> bool {
        !Self::OTHER.contains(&self)
    }
}

impl fmt::Display for PageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http => "http",
            Self::Websocket => "websocket",
            Self::Oauth => "oauth",
            Self::Event => "event",
            Self::Object => "object",
            Self::Reference => "reference",
        })
    }
}

impl Page {
    /// Returns the route of the operation, channel or callback, if the page describes a single one.
    pub fn route(&self) -> Option<Route> {
        Some(Route { method: self.method.clone(), path: self.path.clone()? })
    }
}

/// The address of an operation, a channel or a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method, or `WS`, where it is known.
    pub method: Option<String>,
    /// The path template of an operation or channel, or the type of a callback.
    pub path: String,
}

impl Route {
    /// Returns `true` if both routes lead to the same operation.
    ///
    /// The names of path parameters are ignored, because pages and the spec differ in them. A route
    /// without a method matches every method.
    pub fn matches(&self, other: &Self) -> bool {
        let segments = |path| str::split(path, '/').map(without_name);
        let methods = self.method.as_ref().zip(other.method.as_ref());
        methods.is_none_or(|(method, other)| method.eq_ignore_ascii_case(other))
            && segments(&self.path).eq(segments(&other.path))
    }
}

fn without_name(segment: &str) -> &str {
    if segment.starts_with('{') && segment.ends_with('}') { "{}" } else { segment }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        f.write_str(&self.path)
    }
}

/// Reads the table of contents.
pub(super) fn read(text: &str) -> Result<Vec<Page>, Diagnostics> {
    const HELP: &str = "write each entry as the comment at the head of the file says";
    let mut findings = Diagnostics::new();
    let file: Arc<str> = PAGES.into();
    let parsed = yaml::parse(&file, text, &mut findings);
    let mut pages = Vec::new();
    if let Some(parsed) = parsed {
        let Value::Array(entries) = &parsed.value else {
            findings.push(Location::line(file, 1), "the file is not a list", HELP);
            return Err(findings);
        };
        for (index, entry) in entries.iter().enumerate() {
            match Page::deserialize(entry) {
                Ok(page) => pages.push(page),
                Err(error) => {
                    let line = parsed.lines.get(&format!("/{index}")).copied().unwrap_or(1);
                    findings.push(Location::line(file.clone(), line), error.to_string(), HELP);
                }
            }
        }
    }
    findings.or(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> Route {
        let method = (!method.is_empty()).then(|| method.to_owned());
        Route { method, path: path.to_owned() }
    }

    #[test]
    fn routes_match_regardless_of_parameter_names() {
        let documented = route("GET", "/v1/bots/{bot_id}/versions");
        for (method, path, expected) in [
            ("get", "/v1/bots/{id}/versions", true),
            ("", "/v1/bots/{id}/versions", true),
            ("POST", "/v1/bots/{bot_id}/versions", false),
            ("GET", "/v1/bots/bot_id/versions", false),
            ("GET", "/v1/bots/{bot_id}/versions/{version}", false),
            ("GET", "/v1/bots/{bot_id}", false),
        ] {
            assert_eq!(documented.matches(&route(method, path)), expected, "{method} {path}");
        }
    }

    #[test]
    fn entries_are_read() {
        let text = "
- {group: 文件, title: 上传文件, kind: http, slug: upload_files, method: POST, path: /v1/files/upload}
- {group: 鉴权, title: 添加个人访问令牌, kind: reference, slug: pat}";
        let pages = read(text).unwrap();
        assert_eq!(pages[0].route(), Some(route("POST", "/v1/files/upload")));
        assert_eq!(pages[0].group, "文件");
        assert_eq!((pages[1].kind, pages[1].route()), (PageKind::Reference, None));
    }

    #[test]
    fn malformed_entries_are_findings_at_their_lines() {
        let text = "
- {group: a, title: b, kind: http, page: c}
- {group: a, title: b, kind: http}
- {group: a, title: b, kind: grpc}";
        let findings: Vec<_> = read(text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("spec/documented.yaml:2: unknown field `page`"));
        assert!(findings[1].starts_with("spec/documented.yaml:4: unknown variant `grpc`"));
        assert!(read("a: b").is_err());
        assert!(read("[").is_err());
    }
}
