#![allow(clippy::panic, reason = "a helper of a test may fail it")]

use super::{Folder, KNOWN, imports};
use coze_spec::IMPORTED;
use coze_spec::model::Api;
use quote::ToTokens as _;
use syn::{Item, parse_quote};

fn made(items: &[Item]) -> Vec<String> {
    let api = Api::default();
    imports(&api, Folder::Root, items)
        .iter()
        .map(|item| item.to_token_stream().to_string().replace(' ', ""))
        .collect()
}

/// A type of the spec that is called as something imported would hide it.
#[test]
fn what_is_imported_is_refused_as_a_name_of_types() {
    let names = KNOWN.iter().flat_map(|(_, names)| *names);
    for name in names.filter(|name| name.starts_with(char::is_uppercase)) {
        assert!(IMPORTED.contains(name), "{name}");
    }
}

#[test]
fn only_what_is_used_is_imported() {
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
    assert_eq!(made(&items), expected);
}
