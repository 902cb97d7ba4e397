//! The facts about Coze Studio, as a table that the runtime reads.

use coze_spec::model::{Api, Operation, Place, StudioServer};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use syn::{Item, parse_quote};

use super::GENERATED;
use crate::files::Output;
use crate::syntax::integer;

/// `generated/studio.rs`.
pub(crate) fn module(api: &Api) -> Output {
    let none = StudioServer::default();
    let StudioServer { url, log_id, absent, wrapped } = api.studio.as_ref().unwrap_or(&none);
    let log_id = log_id.to_ascii_lowercase();
    let codes = wrapped.codes.iter().map(|code| integer(*code));
    let [before, between, after] = wrapped.texts();
    let (mut served, missing): (Vec<&Operation>, Vec<&Operation>) =
        api.operations().partition(|operation| operation.studio.is_some());
    served.sort_by(|one, other| one.id.cmp(&other.id));
    let served: Vec<TokenStream> = served.into_iter().map(differences).collect();
    let mut missing: Vec<String> =
        missing.into_iter().map(|operation| operation.id.clone()).collect();
    let channels = api.channels.iter().filter(|channel| channel.path.is_some());
    missing.extend(channels.map(|channel| format!("realtime.{}", channel.name)));
    missing.sort_unstable();
    let mut imports = vec!["Facts", "Wrapped"];
    if !served.is_empty() {
        imports.push("Served");
    }
    if api.operations().any(|operation| !values(operation).is_empty()) {
        imports.push("Sent");
    }
    imports.sort_unstable();
    let imports = imports.into_iter().map(crate::syntax::ident);
    let items: Vec<Item> = vec![
        parse_quote!(use crate::base::platform::{#(#imports),*};),
        parse_quote! {
            pub(crate) static STUDIO: Facts = Facts {
                url: #url,
                log_id: #log_id,
                absent: #absent,
                wrapped: Wrapped { codes: &[#(#codes),*], texts: [#before, #between, #after] },
                served: &[#(#served),*],
                missing: &[#(#missing),*],
            };
        },
    ];
    Output {
        path: format!("{GENERATED}/studio.rs"),
        source: "spec".to_owned(),
        docs: "How Coze Studio, the self-hosted platform, differs from the cloud.".to_owned(),
        items,
    }
}

fn differences(operation: &Operation) -> TokenStream {
    let id = &operation.id;
    let Some(studio) = &operation.studio else { return quote!(Served::new(#id)) };
    let mut fields: Vec<TokenStream> = Vec::new();
    fields.extend(studio.path.as_ref().map(|path| quote!(path: Some(#path))));
    fields.extend(studio.payload.as_ref().map(|member| quote!(payload: Some(#member))));
    if studio.bare {
        fields.push(quote!(bare: true));
    }
    if let (Some(first), Some(page)) =
        (studio.first_page, operation.paging.as_ref().and_then(|paging| paging.style.page()))
    {
        let (page, first) = (&page.wire, integer(first));
        fields.push(quote!(first_page: Some((#page, #first))));
    }
    let send = values(operation);
    if !send.is_empty() {
        fields.push(quote!(send: &[#(#send),*]));
    }
    if fields.is_empty() {
        return quote!(Served::new(#id));
    }
    quote!(Served { #(#fields,)* ..Served::new(#id) })
}

/// The values that must be sent, except the switch that each request of such an operation sets.
fn values(operation: &Operation) -> Vec<TokenStream> {
    let switch = operation.stream.as_ref().is_some_and(|stream| stream.switch);
    let send = operation.studio.iter().flat_map(|studio| &studio.send);
    let send = send.filter(|(name, _)| !(switch && *name == "stream"));
    send.map(|(name, value)| {
        let param = operation.params.iter().find(|param| param.field.wire == *name);
        if param.is_some_and(|param| param.place == Place::Body) {
            let json = value.to_string();
            return quote!(Sent::Body(#name, #json));
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        quote!(Sent::Query(#name, #text))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn only_used_types_are_imported() {
        let items = module(&Api::default()).items;
        let import = items[0].to_token_stream().to_string().replace(' ', "");
        assert_eq!(import, "usecrate::base::platform::{Facts,Wrapped};");
    }
}
