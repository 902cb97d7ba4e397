//! Generates the Coze SDK from its curated OpenAPI spec.
//!
//! [`generate`] takes the document of `coze-spec` and returns the contents of files. The crate does
//! not print, read the clock or start processes. ARCHITECTURE.md lists the modules, and which of
//! them each may import.
//!
//! Without the feature `generate` (on by default), the crate only writes [expressions](expression)
//! and has few dependencies.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod expression;
mod syntax;

#[cfg(feature = "generate")]
mod doc;
#[cfg(feature = "generate")]
mod files;
#[cfg(feature = "generate")]
mod format;
#[cfg(feature = "generate")]
mod generate;
#[cfg(feature = "generate")]
mod links;
#[cfg(feature = "generate")]
mod listing;
#[cfg(feature = "generate")]
mod render;
#[cfg(feature = "generate")]
mod rewrite;
#[cfg(feature = "generate")]
mod types;

#[cfg(feature = "generate")]
pub use files::{Change, ChangeKind, Files};
#[cfg(feature = "generate")]
pub use generate::{Generated, generate, generate_with_site};
#[cfg(feature = "generate")]
pub use listing::listing;
