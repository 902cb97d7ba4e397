//! The table of contents of the vendor's documentation, as `spec/documented.yaml` lists it.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// One entry: a page, or what official SDKs offer without one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) group: String,
    pub(crate) title: String,
    pub(crate) kind: Kind,
    pub(crate) slug: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
}

/// What an entry documents.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Http,
    Websocket,
    Oauth,
    Event,
    Object,
    Reference,
}

impl Kind {
    /// The kinds that nothing in the spec describes.
    pub(crate) const OTHER: [Self; 3] = [Self::Oauth, Self::Object, Self::Reference];

    /// Whether something in the spec has to serve it.
    pub(crate) fn is_served(self) -> bool {
        !Self::OTHER.contains(&self)
    }
}

impl fmt::Display for Kind {
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

impl Entry {
    /// The request that the entry documents, if it is a single one.
    pub(crate) fn route(&self) -> Option<Route<'_>> {
        Some(Route { method: self.method.as_deref()?, path: self.path.as_deref()? })
    }
}

/// A method and a path. Two routes are equal whatever their path parameters are called: pages and the spec differ in that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
}

impl PartialEq for Route<'_> {
    fn eq(&self, other: &Self) -> bool {
        let segments = |path| str::split(path, '/').map(nameless);
        self.method.eq_ignore_ascii_case(other.method)
            && segments(self.path).eq(segments(other.path))
    }
}

fn nameless(segment: &str) -> &str {
    if segment.starts_with('{') && segment.ends_with('}') { "{}" } else { segment }
}

impl fmt::Display for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Reads the table of contents.
pub(crate) fn read(file: &Path) -> Result<Vec<Entry>> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&text).with_context(|| format!("cannot understand {}", file.display()))
}

fn parse(text: &str) -> Result<Vec<Entry>> {
    Ok(serde_saphyr::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route<'a>(method: &'a str, path: &'a str) -> Route<'a> {
        Route { method, path }
    }

    #[test]
    fn the_names_of_path_parameters_do_not_count() {
        let documented = route("GET", "/v1/bots/{bot_id}/versions");
        assert_eq!(documented, route("get", "/v1/bots/{id}/versions"));
        assert_ne!(documented, route("POST", "/v1/bots/{bot_id}/versions"));
        assert_ne!(documented, route("GET", "/v1/bots/bot_id/versions"));
        assert_ne!(documented, route("GET", "/v1/bots/{bot_id}/versions/{version}"));
        assert_ne!(documented, route("GET", "/v1/bots/{bot_id}"));
    }

    #[test]
    fn entries_are_read_and_unknown_keys_refused() {
        let text = "
- {group: 文件, title: 上传文件, kind: http, slug: upload_files, method: POST, path: /v1/files/upload}
- {group: 鉴权, title: 添加个人访问令牌, kind: reference, slug: pat}";
        let entries = parse(text).unwrap();
        assert_eq!(entries[0].route(), Some(route("POST", "/v1/files/upload")));
        assert_eq!(entries[0].group, "文件");
        assert_eq!((entries[1].kind, entries[1].route()), (Kind::Reference, None));

        assert!(parse("- {group: a, title: b, kind: http, page: c}").is_err());
        assert!(parse("- {group: a, title: b, kind: grpc}").is_err());
    }

    #[test]
    fn the_table_of_contents_is_whole_and_unambiguous() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/documented.yaml");
        let entries = read(Path::new(file)).unwrap();
        let documented: Vec<_> = entries
            .iter()
            .filter(|entry| entry.kind == Kind::Http && entry.slug.is_some())
            .collect();
        assert_eq!(documented.len(), 116);

        for (i, entry) in entries.iter().enumerate() {
            let twin = entries[..i].iter().find(|earlier| {
                (entry.slug.is_some() && entry.slug == earlier.slug)
                    || (entry.route().is_some() && entry.route() == earlier.route())
            });
            assert!(twin.is_none(), "{entry:?} and {twin:?}");
            assert_eq!(
                entry.kind == Kind::Http || entry.kind == Kind::Websocket,
                entry.route().is_some(),
                "{entry:?}"
            );
        }
    }
}
