//! The fuzz targets: one module per target, whose `run` takes the input.
//!
//! `coze-api/fuzz/run.py` searches for new inputs. The test `tests/tests/wire/fuzz.rs` runs the
//! same functions with the kept inputs (`corpus/`) and with several thousand reproducible ones.

pub mod catcher;
pub mod config;
pub mod envelope;
pub mod event_stream;
pub mod key;
pub mod memory;
pub mod path;
pub mod profile;
pub mod redirect;
pub mod spec;
pub mod token;
pub mod webhook;

/// A target, which panics if it fails.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Target); 11] = [
    ("catcher", catcher::run),
    ("config", config::run),
    ("envelope", envelope::run),
    ("event_stream", event_stream::run),
    ("key", key::run),
    ("path", path::run),
    ("profile", profile::run),
    ("redirect", redirect::run),
    ("spec", spec::run),
    ("token", token::run),
    ("webhook", webhook::run),
];
