//! Renders accessors: the type behind `client.bots()`, with a method for each operation and each
//! sub-resource.

use coze_spec::model::{Api, Group, Operation, Page, Param, Place, Reply};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::{Attribute, Item, parse_quote};

use super::argument::accepts_param;
use super::example;
use super::request::added;
use crate::doc::{attribute, doc, lines};
use crate::syntax::ident;

/// Renders the accessor type of a group and its methods.
pub(crate) fn accessor(api: &Api, group: &Group) -> Vec<Item> {
    let name = ident(&group.accessor);
    let about = attribute(&format!("The operations of `{}`.", group.path.join(".")));
    let path = group.path.iter().map(|word| format!("{word}()")).collect::<Vec<_>>().join(".");
    let returned = attribute(&format!("Returned by `client.{path}`."));
    let operations = group.operations.iter().map(|operation| method(api, operation));
    let children = group.children.iter().map(|child| {
        let method = ident(child.path.last().map_or("", String::as_str));
        let name = ident(&child.accessor);
        let about = attribute(&format!("The operations of `{}`.", child.path.join(".")));
        quote! {
            #about
            pub fn #method(&self) -> #name {
                #name::new(self.0.clone())
            }
        }
    });
    vec![
        parse_quote! {
            #about
            #[doc = ""]
            #returned
            #[derive(Clone, Debug)]
            pub struct #name(Client);
        },
        parse_quote! {
            impl #name {
                pub(crate) fn new(client: Client) -> Self {
                    Self(client)
                }
                #(#operations)*
                #(#children)*
            }
        },
    ]
}

fn method(api: &Api, operation: &Operation) -> TokenStream {
    let docs = documentation(api, operation);
    let deprecated = operation.deprecated.as_ref().map(|note| quote!(#[deprecated(note = #note)]));
    let method = ident(&operation.method);
    let builder = ident(&operation.builder);
    let arguments = operation.params.iter().filter(|param| is_argument(param)).map(|param| {
        let (name, accepts) = (ident(&param.field.rust), accepts_param(api, param));
        quote!(#name: #accepts)
    });
    let verb = ident(operation.verb.name());
    let (id, path) = (&operation.id, &operation.path);
    let required = operation.params.iter().filter(|param| param.field.required);
    let added = required.map(|param| added(api, param));
    let in_body = |param: &&Param| param.place == Place::Body;
    let body: Vec<&Param> = operation.params.iter().filter(in_body).collect();
    // Without required properties in the body, an empty object is sent.
    let object = (!body.is_empty() && body.iter().all(|param| !param.field.required))
        .then(|| quote!(.with_object()));
    // Without the switch, some platforms stream and others do not.
    let unstreamed = operation.stream.as_ref().is_some_and(|stream| stream.switch)
        && !matches!(operation.reply, Reply::Events);
    let switch = unstreamed.then(|| quote!(.field("stream", false)));
    let idempotent = operation.idempotent;
    let idempotent =
        (idempotent != operation.verb.is_idempotent()).then(|| quote!(.idempotent(#idempotent)));
    let timeout = operation.timeout.map(Literal::u64_unsuffixed);
    let timeout = timeout.map(|seconds| quote!(.default_timeout(#seconds)));
    quote! {
        #(#docs)*
        #deprecated
        pub fn #method(&self, #(#arguments),*) -> #builder {
            #builder(
                Call::new(&self.0, #id).#verb(#path) #object #idempotent #timeout #switch #(#added)*
            )
        }
    }
}

/// Returns `true` for parameters that become arguments: required, and not constant.
pub(crate) fn is_argument(param: &Param) -> bool {
    param.is_argument()
}

fn documentation(api: &Api, operation: &Operation) -> Vec<Attribute> {
    let mut docs = doc(&operation.summary);
    let mut section = |lines: Vec<String>| {
        if !lines.is_empty() {
            docs.push(attribute(""));
            docs.extend(lines.iter().map(|line| attribute(line)));
        }
    };
    section(example::documentation(api, operation));
    let arguments = operation.params.iter().filter(|param| is_argument(param));
    section(arguments.flat_map(argument).collect());
    section(lines(&operation.description));
    if let Some(seconds) = operation.timeout {
        section(vec![format!("The default timeout of an attempt is {seconds} seconds.")]);
    }
    section(lines(&reference(&operation.permissions, operation.page.as_ref())));
    docs
}

/// Returns a list item, with indented continuation lines.
pub(crate) fn argument(param: &Param) -> Vec<String> {
    let description = param.field.documentation().trim().replace('\n', "\n  ");
    lines(&format!("- `{}`: {description}", param.field.rust))
}

/// Returns the documentation of the permission and the page.
pub(crate) fn reference(permission: &[String], page: Option<&Page>) -> String {
    let permission = match permission {
        [] => String::new(),
        [one] => format!("Needs the permission `{one}`. "),
        many => format!("Needs the permissions `{}`. ", many.join("`, `")),
    };
    let page = page.map(|Page { url, title }| {
        let title = title.replace('[', "\\[").replace(']', "\\]");
        format!("Documentation: [{title}]({url}).")
    });
    format!("{permission}{}", page.unwrap_or_default())
}
