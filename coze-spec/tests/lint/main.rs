//! One invalid document for each rule of the spec, and all findings about it.

#![cfg(feature = "source")]
#![allow(clippy::panic, reason = "a helper of a test may fail it")]

mod channels;
mod completeness;
mod document;
mod errors;
mod examples;
mod facts;
mod grammar;
mod load;
mod names;
mod operations;
mod paging;
mod prose;
mod schemas;
mod site;
mod studio;
mod values;
