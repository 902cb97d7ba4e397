//! The Coze API as data.
//!
//! The feature `source` (on by default) reads a spec folder and returns findings or a [`model`].
//! The feature `embedded` makes the model of the real API a part of the crate, see [`api`]. Without
//! `source`, the crate does not read YAML.
//!
//! The crate does not print, read the clock or start processes, and it knows neither HTTP nor code
//! generation. ARCHITECTURE.md lists the modules, and which of them each may import.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "source")]
mod bundle;
pub mod compare;
mod constraints;
#[cfg(feature = "source")]
mod diagnostic;
#[cfg(feature = "source")]
mod document;
#[cfg(feature = "source")]
pub mod documented;
#[cfg(feature = "source")]
pub mod drift;
#[cfg(feature = "embedded")]
mod embedded;
mod language;
#[cfg(feature = "source")]
mod lint;
#[cfg(feature = "source")]
mod load;
#[cfg(feature = "source")]
pub mod locale;
mod location;
#[cfg(feature = "source")]
mod lower;
pub mod model;
mod overlay;
pub mod prose;
#[cfg(feature = "source")]
mod read;
#[cfg(feature = "source")]
mod source;
#[cfg(feature = "source")]
mod unbundle;
#[cfg(feature = "source")]
mod yaml;

#[cfg(feature = "embedded")]
pub use embedded::{api, api_in};
pub use language::{Language, UnknownLanguage};
pub use location::Location;
#[cfg(feature = "source")]
pub use source::*;
