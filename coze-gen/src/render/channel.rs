//! Renders the methods and builders that connect channels. Their events are unions, see `stream`.

use coze_spec::model::{Api, Channel};
use quote::quote;
use syn::{Item, parse_quote};

use super::GENERATED;
use super::argument::accepts;
use super::example;
use super::request::{added, setter};
use super::resource::{argument, is_argument, reference};
use crate::doc::{attribute, lines};
use crate::files::Output;
use crate::syntax::ident;

/// Renders `generated/realtime/mod.rs`.
pub(crate) fn module(api: &Api) -> Output {
    let mut names: Vec<&str> = api.channels.iter().map(|channel| channel.name.as_str()).collect();
    names.push("shared");
    names.sort_unstable();
    let modules = names.iter().map(|name| ident(name));
    let mut items: Vec<Item> = modules.map(|module| parse_quote!(mod #module;)).collect();
    let empty = api.channels_shared.is_empty();
    let filled = names.iter().filter(|name| **name != "shared" || !empty);
    items.extend(
        filled.map(|name| ident(name)).map(|module| -> Item { parse_quote!(pub use #module::*;) }),
    );
    Output {
        path: format!("{GENERATED}/realtime/mod.rs"),
        source: "spec/realtime".to_owned(),
        docs: "One file per channel, and the types that they share.".to_owned(),
        items,
    }
}

/// Renders the method that connects, and its builder. A channel without a path has neither.
pub(crate) fn connection(api: &Api, channel: &Channel) -> Vec<Item> {
    let Some(path) = &channel.path else { return Vec::new() };
    let method = ident(&channel.name);
    let builder = ident(&channel.builder);
    let [client, server] = [&channel.client_event, &channel.server_event].map(|name| ident(name));
    let docs = documentation(api, channel);
    let id = format!("realtime.{}", channel.name);
    let arguments = channel.params.iter().filter(|param| is_argument(param));
    let arguments = arguments.map(|param| {
        let (name, accepts) = (ident(&param.field.rust), accepts(api, &param.field.kind));
        quote!(#name: #accepts)
    });
    let required = channel.params.iter().filter(|param| param.field.required);
    let added = required.map(|param| added(api, param));
    let about = format!("A channel before it is connected, from [`Realtime::{}`].", channel.name);
    let about = attribute(&about);
    let optional = channel.params.iter().filter(|param| !param.field.required);
    let setters: Vec<_> = optional.map(|param| setter(api, param)).collect();
    let mut items: Vec<Item> = vec![
        parse_quote! {
            impl Realtime {
                #(#docs)*
                pub fn #method(&self, #(#arguments),*) -> #builder {
                    #builder(Connect::new(self.client(), #id, #path) #(#added)*)
                }
            }
        },
        parse_quote! {
            #about
            #[derive(Clone, Debug)]
            #[must_use = "a channel does nothing until it is connected"]
            pub struct #builder(pub(crate) Connect);
        },
        parse_quote!(channel!(#builder, #client, #server);),
    ];
    if !setters.is_empty() {
        items.push(parse_quote!(impl #builder { #(#setters)* }));
    }
    items
}

fn documentation(api: &Api, channel: &Channel) -> Vec<syn::Attribute> {
    let (summary, rest) =
        channel.description.split_once("\n\n").unwrap_or((&channel.description, ""));
    let mut docs = lines(summary);
    let mut section = |lines: Vec<String>| {
        if !lines.is_empty() {
            docs.push(String::new());
            docs.extend(lines);
        }
    };
    section(example::connection(api, channel));
    let arguments = channel.params.iter().filter(|param| is_argument(param));
    section(arguments.flat_map(argument).collect());
    section(lines(rest));
    section(lines(&reference(&channel.permissions, channel.page.as_ref())));
    docs.iter().map(|line| attribute(line)).collect()
}

#[cfg(test)]
mod tests {
    use coze_spec::model::Schema;
    use quote::ToTokens as _;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_channel_is_exported_and_shared_types_if_there_are_some() {
        let channel = json!({
            "name": "chat", "source": "spec/realtime/chat.yaml", "description": "Chats.",
            "permissions": [], "builder": "ConnectChat", "client_event": "ChatClientEvent",
            "server_event": "ChatServerEvent", "params": [], "schemas": [],
        });
        let api = json!({ "channels": [channel] });
        let mut api: Api = serde_json::from_value(api).unwrap();
        let exports = |api: &Api| {
            let items = module(api).items.into_iter();
            let text = items.map(|item| item.to_token_stream().to_string().replace(' ', ""));
            text.filter(|item| item.starts_with("pub")).collect::<Vec<_>>()
        };
        assert_eq!(exports(&api), ["pubusechat::*;"]);
        let schema = json!({
            "name": "Frame", "rust": "Frame", "description": "A frame.", "usage": {},
            "location": {"file": "spec/realtime/shared.yaml", "line": 1},
            "shape": {"struct": []},
        });
        api.channels_shared.push(serde_json::from_value::<Schema>(schema).unwrap());
        assert_eq!(exports(&api), ["pubusechat::*;", "pubuseshared::*;"]);
    }
}
