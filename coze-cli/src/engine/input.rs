//! The values of a call, taken one by one by the generated functions.

use std::collections::{BTreeMap, BTreeSet};

use coze_api::stream::StreamEvent;
use coze_api::{Download, EventStream, Upload};
use futures_core::Stream;
use futures_util::{FutureExt as _, StreamExt as _, TryFutureExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Made, Mode, Outcome, Sending, Unfit};

/// The values of a call, and what it is to answer with.
pub(crate) struct Input {
    values: Map<String, Value>,
    uploads: BTreeMap<String, Upload>,
    mode: Mode,
    taken: BTreeSet<&'static str>,
}

/// Sets an optional value on a builder if there is one.
macro_rules! set {
    ($request:ident, $input:ident, $setter:ident, $name:literal, $kind:ty) => {
        if let Some(value) = $input.optional::<$kind>($name)? {
            $request = $request.$setter(value);
        }
    };
}

pub(crate) use set;

impl Input {
    pub(super) fn new(
        values: Map<String, Value>,
        uploads: BTreeMap<String, Upload>,
        mode: Mode,
    ) -> Self {
        Self { values, uploads, mode, taken: BTreeSet::new() }
    }

    /// A value that must be there.
    pub(crate) fn required<T: DeserializeOwned + Serialize>(
        &mut self,
        name: &'static str,
    ) -> Result<T, Unfit> {
        self.optional(name)?.ok_or_else(|| Unfit::new(name, "a value is required"))
    }

    /// A value that may be there; `null` is none.
    pub(crate) fn optional<T: DeserializeOwned + Serialize>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, Unfit> {
        self.taken.insert(name);
        let Some(given) = self.values.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let value: T = serde_path_to_error::deserialize(given).map_err(|error| {
            let path = match error.path().to_string() {
                path if path == "." => name.to_owned(),
                path if path.starts_with('[') => format!("{name}{path}"),
                path => format!("{name}.{path}"),
            };
            Unfit::new(&path, error.into_inner().to_string())
        })?;
        // What a type does not know it would silently leave out.
        let sent =
            serde_json::to_value(&value).map_err(|error| Unfit::new(name, error.to_string()))?;
        match lost(name, given, &sent) {
            Some(path) => Err(Unfit::new(&path, "there is no such field")),
            None => Ok(Some(value)),
        }
    }

    /// A file that must be there.
    pub(crate) fn upload(&mut self, name: &'static str) -> Result<Upload, Unfit> {
        self.taken.insert(name);
        self.uploads.remove(name).ok_or_else(|| Unfit::new(name, "a file is required"))
    }

    /// Whether there is a file.
    pub(crate) fn has_upload(&mut self, name: &'static str) -> bool {
        self.taken.insert(name);
        self.uploads.contains_key(name)
    }

    pub(crate) fn wants_events(&self) -> bool {
        self.mode == Mode::Events
    }

    pub(crate) fn wants_all(&self) -> bool {
        self.mode == Mode::All
    }

    /// Answers with the reply.
    pub(crate) fn value<R, T>(&self, request: R) -> Made
    where
        R: IntoFuture<Output = coze_api::Result<T>, IntoFuture: Send + 'static>,
        T: Serialize + 'static,
    {
        self.finish(&[Mode::Whole])?;
        let value = |value: T| serde_json::to_value(value).unwrap_or_default();
        Ok(Outcome::Value(request.into_future().map_ok(value).boxed()))
    }

    /// Answers with a file.
    pub(crate) fn file<R>(&self, request: R) -> Made
    where
        R: IntoFuture<Output = coze_api::Result<Download>, IntoFuture: Send + 'static>,
    {
        self.finish(&[Mode::Whole])?;
        let sending: Sending<Download> = Box::pin(request.into_future());
        Ok(Outcome::File(sending))
    }

    /// Answers with events.
    pub(crate) fn events<E: StreamEvent + 'static>(
        &self,
        request: impl Future<Output = coze_api::Result<EventStream<E>>> + Send + 'static,
    ) -> Made {
        self.finish(&[Mode::Whole, Mode::Events])?;
        Ok(Outcome::Events(request.map_ok(EventStream::into_frames).boxed()))
    }

    /// Answers with the items of all pages.
    pub(crate) fn items<T: Serialize + 'static>(
        &self,
        items: impl Stream<Item = coze_api::Result<T>> + Send + 'static,
    ) -> Made {
        self.finish(&[Mode::All])?;
        let value = |item: coze_api::Result<T>| {
            item.map(|item| serde_json::to_value(item).unwrap_or_default())
        };
        Ok(Outcome::Items(items.map(value).boxed()))
    }

    /// Refuses what the operation does not have.
    fn finish(&self, modes: &[Mode]) -> Result<(), Unfit> {
        let given = self.values.keys().chain(self.uploads.keys());
        let mut unknown = given.filter(|name| !self.taken.contains(name.as_str()));
        if let Some(name) = unknown.next() {
            return Err(Unfit::new(name, "the operation has no such parameter"));
        }
        match self.mode {
            mode if modes.contains(&mode) => Ok(()),
            Mode::Events => Err(Unfit::general("the operation has no events")),
            Mode::All => Err(Unfit::general("the operation has no pages")),
            Mode::Whole => Err(Unfit::general("the operation answers otherwise")),
        }
    }
}

/// The first member of an object that was given and is not sent.
fn lost(path: &str, given: &Value, sent: &Value) -> Option<String> {
    match (given, sent) {
        (Value::Object(given), Value::Object(sent)) => {
            given.iter().filter(|(_, value)| !value.is_null()).find_map(|(name, value)| {
                let path = format!("{path}.{name}");
                match sent.get(name) {
                    Some(sent) => lost(&path, value, sent),
                    None => Some(path),
                }
            })
        }
        (Value::Array(given), Value::Array(sent)) => {
            let mut pairs = given.iter().zip(sent).enumerate();
            pairs.find_map(|(at, (given, sent))| lost(&format!("{path}[{at}]"), given, sent))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn input(values: Value) -> Input {
        let Value::Object(values) = values else { return input(json!({})) };
        Input::new(values, BTreeMap::new(), Mode::Whole)
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_path() {
        let mut input = input(json!({
            "count": "many",
            "prompt": {"prompt_mode": 7},
            "more": {"prompt": "x", "promt_mode": "standard"},
        }));
        let unfit = input.required::<i32>("count").map_err(|unfit| unfit.field);
        assert_eq!(unfit, Err(Some("count".into())));
        let unfit = input.optional::<coze_api::bots::PromptInfo>("prompt");
        assert_eq!(unfit.map_err(|unfit| unfit.field), Err(Some("prompt.prompt_mode".into())));
        let unfit = input.optional::<coze_api::bots::PromptInfo>("more");
        assert_eq!(unfit.map_err(|unfit| unfit.field), Err(Some("more.promt_mode".into())));
        assert_eq!(
            input.required::<String>("absent").map_err(|unfit| unfit.to_string()),
            Err("absent: a value is required".into())
        );
    }
}
