#![allow(clippy::panic, reason = "a helper of a test may fail it")]

use super::{Folder, KNOWN, imports};
use coze_spec::IMPORTED;
use coze_spec::model::Api;
use quote::ToTokens as _;
use syn::{Item, parse_quote};

fn imported(items: &[Item]) -> Vec<String> {
    let api = Api::default();
    imports(&api, Folder::Root, items)
        .iter()
        .map(|item| item.to_token_stream().to_string().replace(' ', ""))
        .collect()
}

/// A type of the spec with the name of an import would hide the import.
#[test]
fn imported_names_are_not_type_names() {
    let names = KNOWN.iter().flat_map(|(_, names)| *names);
    for name in names.filter(|name| name.starts_with(char::is_uppercase)) {
        assert!(IMPORTED.contains(name), "{name}");
    }
}

#[test]
fn only_used_names_are_imported() {
    let items: [Item; 4] = [
        parse_quote!(impl List { pub fn list(&self, map: i32) -> Value { self.object(convert::into::<String>(1)) } }),
        parse_quote!(request!(ListBots, Upload, list);),
        parse_quote!(impl Bot { fn channel(channel: i32) -> i32 { channel + paged } }),
        parse_quote!(
            #[derive(Serialize)]
            pub struct Bot {
                object: Option<BTreeMap<String, Bot>>,
            }
        ),
    ];
    let expected = [
        "usestd::collections::BTreeMap;",
        "useserde::Serialize;",
        "useserde_json::Value;",
        "usecrate::base::convert;",
        "usecrate::wire::request::request;",
        "usecrate::wire::upload::Upload;",
    ];
    assert_eq!(imported(&items), expected);
}
