//! The Coze API as data.
//!
//! With the feature `source` (on by default) a spec folder goes in, and findings or a [`model`] come out. With the feature
//! `embedded` the model of the real API is part of the crate, see [`api`]; without `source` nothing here knows YAML.
//! Nothing prints, looks at the clock or starts a process, and nothing knows HTTP or how code is generated. Whoever wants to know
//! something about an operation asks the model.
//!
//! The stages are the modules, in the order in which data flows through them.

#[cfg(feature = "source")]
mod diagnostic;
mod language;
mod location;

#[cfg(feature = "source")]
mod load;
#[cfg(feature = "source")]
mod node;
#[cfg(feature = "source")]
mod yaml;

#[cfg(feature = "source")]
mod fields;
#[cfg(feature = "source")]
mod lint;
#[cfg(feature = "source")]
mod read;

#[cfg(feature = "source")]
pub mod locale;
#[cfg(feature = "source")]
mod lower;
pub mod model;
pub mod prose;
mod words;

#[cfg(feature = "embedded")]
mod embedded;
#[cfg(feature = "source")]
mod source;

#[cfg(feature = "embedded")]
pub use embedded::api;
pub use language::{Language, UnknownLanguage};
pub use location::Location;
#[cfg(feature = "source")]
pub use source::*;
