//! The types of other crates in the public API of `coze-api`. A new major version of one of these
//! crates is a new major version of `coze-api`, so the list is decided and not found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use regex::Regex;

use crate::imports::{dependencies, sources};

/// The allowed types. `coze-api` exports those that programs have to name.
const ALLOWED: &[&str] = &[
    // Feature `webhook-axum`.
    "axum_core::extract::FromRequest",
    "axum_core::extract::rejection::BytesRejection",
    "axum_core::response::IntoResponse",
    "bytes::Bytes",
    "futures_core::Stream",
    "http::HeaderMap",
    "http::Method",
    "http::Response",
    "http::StatusCode",
    "reqwest::Client",
    // Of a transport in place of the HTTP client.
    "reqwest::Request",
    "reqwest::Response",
    "secrecy::ExposeSecret",
    "secrecy::SecretString",
    "serde::Deserialize",
    "serde::Serialize",
    "serde::de::DeserializeOwned",
    "serde_json::Map",
    "serde_json::Value",
    "tokio::io::AsyncRead",
];

#[test]
fn types_of_other_crates_are_allowed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../coze-api");
    let dependencies = dependencies(&root.join("Cargo.toml"));
    let src = root.join("src");
    let files: Vec<_> = sources(&src)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(path).unwrap())
        })
        .filter(|(name, _)| !name.split('/').any(|folder| folder == "tests"))
        .collect();
    let found = foreign_types(&files, &dependencies);
    let list: BTreeMap<_, _> = found.iter().map(|(name, lines)| (name.as_str(), lines)).collect();
    let allowed: BTreeSet<_> = ALLOWED.iter().copied().collect();
    let new: BTreeMap<_, _> = list.iter().filter(|(name, _)| !allowed.contains(**name)).collect();
    assert!(new.is_empty(), "wrap these types, or allow them: {new:#?}");
    let unused: Vec<_> = allowed.iter().filter(|name| !list.contains_key(**name)).collect();
    assert!(unused.is_empty(), "remove {unused:?} from the list");
}

/// Returns the types and traits of other crates in public items, and the lines of these items.
fn foreign_types(
    files: &[(String, String)],
    dependencies: &BTreeSet<String>,
) -> BTreeMap<String, Vec<String>> {
    let listings: Vec<BTreeSet<String>> = files
        .iter()
        .map(|(name, text)| coze_gen::listing([(name.as_str(), text.as_str())]).unwrap())
        .collect();
    let declaration = Regex::new(r"^[\w:]*?(\w+): (?:struct|enum|trait)\b").unwrap();
    let public: BTreeSet<String> = listings
        .iter()
        .flatten()
        .filter_map(|line| Some(declaration.captures(line)?[1].to_owned()))
        .collect();

    let implementation =
        Regex::new(r"^[\w:]*?(\w+)(?:<[^:]*>)?: impl(?:<.*?>)? (?:\w+::)*(\w+)").unwrap();
    let path = Regex::new(r"\w+(?:::\w+)*").unwrap();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((file, text), lines) in files.iter().zip(&listings) {
        let imports = foreign_imports(text, dependencies);
        let module = file.trim_end_matches(".rs").trim_start_matches("generated/");
        let module = module.replace('/', "::") + "::";
        for line in lines {
            let is_public = implementation.captures(line).is_none_or(|names| {
                // A public type has the trait, or a type of another crate has a public trait.
                public.contains(&names[1]) || public.contains(&names[2])
            });
            if !is_public {
                continue;
            }
            // A line begins with the path of the item itself, which matters only for its traits.
            let own = line.strip_prefix(&module).unwrap_or(line);
            let skipped = usize::from(!implementation.is_match(line));
            for path in path.find_iter(own).skip(skipped) {
                if let Some(name) = resolve(path.as_str(), &imports, dependencies) {
                    found.entry(name).or_default().push(line.clone());
                }
            }
        }
    }
    found
}

/// Returns the full path if `path` names something of another crate.
fn resolve(
    path: &str,
    imports: &BTreeMap<String, String>,
    dependencies: &BTreeSet<String>,
) -> Option<String> {
    let is_type = |name: &str| name.starts_with(char::is_uppercase);
    let segments: Vec<_> = path.split("::").collect();
    let (first, last) = (*segments.first()?, *segments.last()?);
    if !is_type(last) {
        return None;
    }
    let prefix = imports.get(first).map(String::as_str);
    let prefix = prefix.or_else(|| dependencies.contains(first).then_some(first))?;
    Some([&[prefix], &segments[1..]].concat().join("::"))
}

/// Returns the names that a file imports from other crates, and their full paths.
fn foreign_imports(text: &str, dependencies: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let tokens: Vec<TokenTree> = text.parse::<TokenStream>().unwrap().into_iter().collect();
    for statement in tokens.split(|token| token.to_string() == ";") {
        let start = statement.iter().position(|token| token.to_string() == "use");
        if let Some(start) = start {
            import(&statement[start + 1..], "", &mut names);
        }
    }
    let is_foreign = |path: &str| dependencies.contains(path.split("::").next().unwrap_or(path));
    names.retain(|_, path| is_foreign(path));
    names
}

/// Adds the names of a tree such as `a::{B, c::D as E}`.
fn import(tree: &[TokenTree], prefix: &str, names: &mut BTreeMap<String, String>) {
    let mut path = prefix.to_owned();
    let mut name = None;
    for token in tree {
        match token {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for tree in inner.split(|token| token.to_string() == ",") {
                    import(tree, &path, names);
                }
                return;
            }
            TokenTree::Ident(ident) if ident == "as" || ident == "self" => {}
            TokenTree::Ident(ident) => {
                // After `as`, the path is complete.
                if path.is_empty() || path.ends_with("::") {
                    path.push_str(&ident.to_string());
                }
                name = Some(ident.to_string());
            }
            TokenTree::Punct(_) if !path.ends_with("::") => path.push_str("::"),
            _ => {}
        }
    }
    let path = path.trim_end_matches("::");
    let last = path.rsplit("::").next().unwrap_or_default();
    names.insert(name.unwrap_or_else(|| last.to_owned()), path.to_owned());
}

#[test]
fn types_of_other_crates_are_found() {
    let text = "
        use bytes::{self, Bytes, buf::Buf as Buffer};
        use http::HeaderMap;
        use serde_json::value::{RawValue, Value};
        use crate::base::Entry;
        pub use secrecy::SecretString;
        #[derive(Clone)]
        pub struct Client { pub entry: Entry, url: Value }
        struct Private;
        impl Client {
            pub fn send(&self, headers: &HeaderMap, http: bytes::BytesMut) -> Buffer {}
            fn hidden(&self) -> Value {}
        }
        impl From<Bytes> for Client {}
        impl From<Value> for Private {}
        pub trait Result {}
        impl Result for serde_json::Map {}
        impl Result for RawValue {}
    ";
    let dependencies =
        ["bytes", "http", "secrecy", "serde_json"].map(str::to_owned).into_iter().collect();
    let found = foreign_types(&[("client/http.rs".to_owned(), text.to_owned())], &dependencies);
    let expected = [
        "bytes::Bytes",
        "bytes::BytesMut",
        "bytes::buf::Buf",
        "http::HeaderMap",
        "secrecy::SecretString",
        "serde_json::Map",
        "serde_json::value::RawValue",
    ];
    assert_eq!(found.keys().collect::<Vec<_>>(), expected, "{found:#?}");
}
