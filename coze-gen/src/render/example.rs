//! Renders the examples in the documentation, with values from the spec.

use coze_spec::model::{Api, Channel, Operation, Param, Reply, Type};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value};

use super::resource::is_argument;
use crate::expression::{Expressions, Uploads};
use crate::format::statements;
use crate::syntax::ident;

/// Renders the example of a channel, which connects with the required values.
pub(crate) fn connection(api: &Api, channel: &Channel) -> Vec<String> {
    let method = ident(&channel.name);
    let expressions = Expressions::new(api);
    let arguments = channel.params.iter().filter(|param| is_argument(param));
    let arguments = arguments.map(|param| expressions.parameter(param, param.example.as_ref()));
    let call = quote!(coze.realtime().#method(#(#arguments),*));
    fenced(false, &quote!(let session = #call.connect().await?;))
}

/// Renders the example of an operation, with the required values and those that the spec selects.
pub(crate) fn documentation(api: &Api, operation: &Operation) -> Vec<String> {
    let values = values(&operation.params, |param| match (&param.documented, &param.field.kind) {
        (Some(value), _) => Some(value.clone()),
        (None, Type::File) if param.field.required => Some("example.txt".into()),
        (None, _) => param.example.clone().filter(|_| param.field.required),
    });
    let call = Expressions::new(api).call("coze", operation, &values);
    let statement = match (&operation.reply, &operation.paging) {
        (_, Some(_)) => quote!(let page = #call.await?;),
        (Reply::Empty, None) => quote!(#call.await?;),
        (_, None) if operation.stream.is_some() => quote!(let events = #call.stream().await?;),
        (_, None) => quote!(let reply = #call.await?;),
    };
    fenced(operation.deprecated.is_some(), &statement)
}

/// Renders the call with all example values, for the tests.
pub(crate) fn whole_call(api: &Api, operation: &Operation, client: &str) -> TokenStream {
    let values = values(&operation.params, |param| param.example.clone());
    Expressions::new(api).with_uploads(Uploads::Content).call(client, operation, &values)
}

/// Returns the values of parameters, by their names on the wire.
fn values(params: &[Param], value: impl Fn(&Param) -> Option<Value>) -> Map<String, Value> {
    let values = params.iter().map(|param| Some((param.field.wire.clone(), value(param)?)));
    values.flatten().collect()
}

/// Returns a statement as an example that the documentation tests compile.
fn fenced(deprecated: bool, statement: &TokenStream) -> Vec<String> {
    let mut lines = vec!["```no_run".to_owned()];
    if deprecated {
        lines.push("# #![allow(deprecated)]".to_owned());
    }
    lines.push("# async fn example(coze: coze_api::Client) -> coze_api::Result<()> {".to_owned());
    lines.extend(statements(statement));
    lines.push("# Ok(()) }".to_owned());
    lines.push("```".to_owned());
    lines
}
