//! The calls of @coze/api, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The calls of one version of @coze/api. `tests/peers` checks them against the package.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bindings {
    pub(super) version: String,
    operations: BTreeMap<String, Calls>,
}

/// The methods of an operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calls {
    call: Option<Call>,
    /// The method that returns events.
    stream: Option<Call>,
    /// A bug that makes `call` useless.
    bug: Option<String>,
}

/// A method, such as `bots.retrieveNew(bot_id, *)`. `*` is an object with the other values, and
/// `* stream` adds the switch for events.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Call {
    /// The path of the method below the client.
    pub(super) path: String,
    pub(super) arguments: Vec<Argument>,
    pub(super) bug: Option<String>,
}

/// An argument of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// One value.
    Named(String),
    /// An object with all other values.
    Others,
    /// The same, with `stream: true`.
    Streamed,
}

impl Argument {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Others | Self::Streamed => None,
        }
    }
}

impl From<String> for Call {
    fn from(text: String) -> Self {
        let (path, arguments) = text.split_once('(').unwrap_or((&text, ""));
        let names = arguments.trim_end_matches(')').split(", ").filter(|name| !name.is_empty());
        let arguments = names.map(|name| match name {
            "*" => Argument::Others,
            "* stream" => Argument::Streamed,
            name => Argument::Named(name.to_owned()),
        });
        Self { path: path.to_owned(), arguments: arguments.collect(), bug: None }
    }
}

static BINDINGS: LazyLock<Bindings> = LazyLock::new(|| {
    // A test checks that the file is valid.
    serde_json::from_str(include_str!("coze-js.json")).unwrap_or_default()
});

impl Bindings {
    pub(super) fn get() -> &'static Self {
        &BINDINGS
    }

    pub(super) fn call(&self, operation: &str, events: bool) -> Option<Call> {
        let Calls { call, stream, bug } = self.operations.get(operation)?;
        if events {
            return stream.clone();
        }
        Some(Call { bug: bug.clone(), ..call.clone()? })
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a panic fails the test")]
mod tests {
    use coze_spec::model::Reply;

    use super::*;
    use crate::catalog;

    #[test]
    fn the_bindings_match_the_operations() {
        let bindings: Bindings =
            serde_json::from_str(include_str!("coze-js.json")).expect("valid bindings");
        for (id, calls) in &bindings.operations {
            let operation = catalog::find(id).expect(id);
            assert_eq!(calls.stream.is_some(), operation.stream.is_some(), "{id}");
            assert_eq!(calls.call.is_none(), operation.reply == Reply::Events, "{id}");
            for call in calls.call.iter().chain(&calls.stream) {
                for name in call.arguments.iter().filter_map(Argument::name) {
                    assert!(operation.param(name).is_some(), "{id}: {name}");
                }
            }
        }
    }
}
