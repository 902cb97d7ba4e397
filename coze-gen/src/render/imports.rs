//! Determines the imports of a file from the names in its items.

use std::collections::{BTreeMap, BTreeSet};

use coze_spec::model::Api;
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMacro, ItemUse, Macro, Meta, Path};

use super::Folder;
use crate::format::inside;

/// The names in generated code, and their paths. The names of macros have an exclamation mark.
const KNOWN: [(&str, &[&str]); 15] = [
    ("std::collections", &["BTreeMap"]),
    ("serde", &["Deserialize", "Serialize"]),
    ("serde_json", &["Map", "Value"]),
    ("crate::base", &["convert"]),
    ("crate::base::convert", &["Entries", "maybe!"]),
    ("crate::base::decode", &["fields!"]),
    ("crate::base::open_enum", &["integer_enum!", "string_enum!"]),
    ("crate::base::secret", &["Secret"]),
    ("crate::realtime", &["Connect", "Realtime", "channel!", "command_union!"]),
    ("crate::wire::call", &["Call"]),
    ("crate::wire::client", &["Client"]),
    ("crate::wire::page", &["Page", "Paged", "Paging"]),
    ("crate::wire::request", &["binary!", "paged!", "request!", "stream_only!", "streamed!"]),
    ("crate::wire::stream", &["event_union!"]),
    ("crate::wire::upload", &["Upload"]),
];

/// Returns the imports in a fixed order.
pub(super) fn imports(api: &Api, folder: Folder, items: &[Item]) -> Vec<ItemUse> {
    let mut names = Names::default();
    for item in items {
        names.visit_item(item);
    }
    let named = names.0;
    let own: BTreeSet<String> = items.iter().filter_map(name_of).collect();
    let mut uses: BTreeMap<(u8, &str), Vec<&str>> = BTreeMap::new();
    for (path, names) in KNOWN {
        let used = names.iter().filter(|name| named.contains(**name));
        let used = used.map(|name| name.trim_end_matches('!'));
        uses.insert((order(path), path), used.collect());
    }
    let mut shared = vec![(&api.shared, "super::shared")];
    if folder == Folder::Realtime {
        shared = vec![
            (&api.channels_shared, "super::shared"),
            (&api.shared, "crate::generated::shared"),
        ];
    }
    for (schemas, path) in shared {
        let names = schemas.iter().map(|schema| schema.rust.as_str());
        let used = names.filter(|name| named.contains(*name) && !own.contains(*name));
        uses.insert((2, path), used.collect());
    }
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

/// Returns the group of an import: the standard library, other crates, or this crate.
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
        Item::Macro(item) => inside(item)?.iter().find_map(name_of),
        _ => None,
    }
}

/// Collects the first segment of every path, the names of macros, and every word in derives and in
/// macros without items.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn name(&mut self, invocation: &Macro) {
        let name = invocation.path.get_ident();
        self.0.extend(name.map(|name| format!("{name}!")));
    }

    fn collect(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    let word = ident.to_string();
                    // Lower-case words belong to the macro, such as `list` in `request!(ListBots,
                    // Bot, list)`.
                    if word.starts_with(char::is_uppercase) {
                        self.0.insert(word);
                    }
                }
                TokenTree::Group(group) => self.collect(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_path(&mut self, path: &'ast Path) {
        if let Some(first) = path.segments.first() {
            self.0.insert(first.ident.to_string());
        }
        visit::visit_path(self, path);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        match inside(item) {
            Some(items) => {
                self.name(&item.mac);
                // The names of variants are not types; only their data contain types.
                for item in &items {
                    Names::visit_item(self, item);
                }
            }
            None => visit::visit_item_macro(self, item),
        }
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        self.collect(invocation.tokens.clone());
        self.name(invocation);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let (true, Meta::List(list)) = (attribute.path().is_ident("derive"), &attribute.meta) {
            self.collect(list.tokens.clone());
        }
    }
}

#[cfg(test)]
mod tests;
