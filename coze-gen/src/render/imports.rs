//! The `use` lines that a file needs, found by looking at what it names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Item, ItemUse};

use crate::model::Api;

/// What generated code names, and where it comes from.
const KNOWN: [(&str, &[&str]); 8] = [
    ("std::collections", &["BTreeMap"]),
    ("serde", &["Deserialize", "Serialize"]),
    ("serde_json", &["Map", "Value"]),
    ("crate::client", &["Client"]),
    ("crate::convert", &["Entries", "into", "list", "map", "object"]),
    ("crate::open_enum", &["integer_enum", "string_enum"]),
    ("crate::page", &["Page", "Paged", "Paging"]),
    ("crate::request", &["Call", "paged", "request"]),
];

/// The imports, in the order of rustfmt.
pub(crate) fn imports(api: &Api, items: &[Item]) -> Vec<ItemUse> {
    let mut named = BTreeSet::new();
    for item in items {
        collect(item.to_token_stream(), &mut named);
    }
    let own: BTreeSet<String> = items.iter().filter_map(name_of).collect();
    let mut uses: BTreeMap<(u8, &str), Vec<&str>> = BTreeMap::new();
    for (path, names) in KNOWN {
        let used = names.iter().filter(|name| named.contains(**name));
        uses.insert((order(path), path), used.copied().collect());
    }
    uses.insert((2, "crate::upload"), ["Upload"].into_iter().filter(|name| named.contains(*name)).collect());
    let shared = api.shared.iter().map(|schema| schema.rust.as_str());
    let mut shared: Vec<&str> =
        shared.filter(|name| named.contains(*name) && !own.contains(*name)).collect();
    shared.sort_unstable();
    uses.insert((2, "super::shared"), shared);
    let mut lines: Vec<((u8, u8), String)> = Vec::new();
    for ((group, path), mut names) in uses {
        names.sort_unstable();
        let line = match &names[..] {
            [] => continue,
            [one] => format!("use {path}::{one};"),
            many => format!("use {path}::{{{}}};", many.join(", ")),
        };
        lines.push(((group, u8::from(path.starts_with("crate"))), line));
    }
    lines.sort();
    lines.iter().filter_map(|(_, line)| syn::parse_str(line).ok()).collect()
}

/// Standard library, other crates, ours.
fn order(path: &str) -> u8 {
    match path.split("::").next() {
        Some("std") => 0,
        Some("crate" | "super") => 2,
        _ => 1,
    }
}

fn name_of(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

fn collect(tokens: TokenStream, named: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                named.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), named),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
