//! Generates the Coze SDK from its curated OpenAPI spec.
//!
//! The document of `coze-spec` goes in, a map of file contents comes out: nothing here prints, looks at the clock or starts a
//! process. The stages are the modules, in the order in which data flows through them.
//!
//! Without the feature `generate` (on by default), the crate only writes [expressions](expression), and is light.

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
mod render;
#[cfg(feature = "generate")]
mod rewrite;
#[cfg(feature = "generate")]
mod types;

#[cfg(feature = "generate")]
pub use files::{Change, ChangeKind, Files};
#[cfg(feature = "generate")]
pub use generate::{Generated, generate};
