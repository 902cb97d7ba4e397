//! The table of error codes.

use std::fmt::Write as _;

use coze_spec::model::{Api, ErrorCategory, ErrorCode, ErrorSource, RetryAdvice};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use super::GENERATED;
use crate::doc::doc;
use crate::files::Output;
use crate::syntax::{ident, integer};

/// `generated/errors.rs`, if the spec has error codes.
pub(crate) fn table(api: &Api) -> Option<Output> {
    let codes: Vec<&ErrorCode> = codes(api).collect();
    if codes.is_empty() {
        return None;
    }
    let rows = codes.iter().map(|code| row(code));
    let constants = codes.iter().filter_map(|code| constant(code));
    let mut items: Vec<Item> = vec![
        parse_quote!(
            use crate::base::error::{ErrorCategory, ErrorCode, RetryAdvice};
        ),
        parse_quote! {
            /// The error codes, in the order of the table above.
            pub static CODES: &[ErrorCode] = &[#(#rows,)*];
        },
    ];
    items.extend(constants);
    Some(Output {
        path: format!("{GENERATED}/errors.rs"),
        source: "spec/errors.yaml".to_owned(),
        docs: docs(&codes),
        items,
    })
}

/// The codes that servers send.
fn codes(api: &Api) -> impl Iterator<Item = &ErrorCode> {
    api.errors.iter().filter(|error| error.source != ErrorSource::ChatSdk)
}

/// Renders the constant of a code.
fn constant(error: &ErrorCode) -> Option<Item> {
    let number = error.code.parse().ok().filter(|_| !error.name.is_empty())?;
    let (name, alias, number) = (ident(&error.name), &error.code, integer(number));
    let docs = doc(&format!("{}\n\n{}", error.meaning, error.action));
    Some(parse_quote! {
        #(#docs)*
        #[doc(alias = #alias)]
        pub const #name: i64 = #number;
    })
}

fn row(error: &ErrorCode) -> TokenStream {
    let category = match error.kind {
        ErrorCategory::Auth => quote!(Auth),
        ErrorCategory::Permission => quote!(Permission),
        ErrorCategory::RateLimit => quote!(RateLimit),
        ErrorCategory::Quota => quote!(Quota),
        ErrorCategory::Request => quote!(Request),
        ErrorCategory::NotFound => quote!(NotFound),
        ErrorCategory::Content => quote!(Content),
        ErrorCategory::Conflict => quote!(Conflict),
        ErrorCategory::Server => quote!(Server),
        ErrorCategory::Canceled => quote!(Canceled),
        ErrorCategory::Other => quote!(Other),
    };
    let retry = match error.retry {
        RetryAdvice::Transient => quote!(Transient),
        RetryAdvice::Later => quote!(Later),
        RetryAdvice::AfterLogin => quote!(AfterLogin),
        RetryAdvice::Never => quote!(Never),
        RetryAdvice::Unknown => quote!(Unknown),
    };
    let (meaning, action) = (&error.meaning, &error.action);
    let make = match error.code.parse::<i64>() {
        Ok(code) => {
            let code = integer(code);
            quote!(ErrorCode::number(#code, ErrorCategory::#category, RetryAdvice::#retry))
        }
        Err(_) => {
            let name = &error.code;
            quote!(ErrorCode::name(#name, ErrorCategory::#category, RetryAdvice::#retry))
        }
    };
    quote!(#make.explained(#meaning, #action))
}

fn docs(codes: &[&ErrorCode]) -> String {
    let mut docs = "The error codes of the API.\n\n\
                    [`Error::explanation`](crate::Error::explanation) returns the entry of an \
                    error. Codes of the cloud come first, then those that only Coze Studio sends, \
                    then the names of errors of token endpoints.\n\n\
                    | code | meaning | what to do |\n|---|---|---|\n"
        .to_owned();
    for ErrorCode { code, name, meaning, action, .. } in codes {
        let name = if name.is_empty() { String::new() } else { format!(" [`{name}`]") };
        // Writing to a string cannot fail.
        let _ = writeln!(docs, "| `{code}`{name} | {meaning} | {action} |");
    }
    docs
}
