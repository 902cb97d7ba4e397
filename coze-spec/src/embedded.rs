//! The model of the real API, which `cargo xtask generate` writes.

use std::sync::LazyLock;

use serde_json::Value;

use crate::language::Language;
use crate::model::Api;
use crate::overlay::apply;

const MODEL: &str = include_str!("model.json");
const CHINESE: &str = include_str!("model.zh-CN.json");

#[expect(clippy::expect_used, reason = "a test reads the file, which only the generator writes")]
static API: LazyLock<Api> =
    LazyLock::new(|| serde_json::from_str(MODEL).expect("model.json holds a model"));

#[expect(clippy::expect_used, reason = "a test reads both files, which only the generator writes")]
static IN_CHINESE: LazyLock<Api> = LazyLock::new(|| {
    let mut model: Value = serde_json::from_str(MODEL).expect("model.json holds JSON");
    let overlay = serde_json::from_str(CHINESE).expect("model.zh-CN.json holds JSON");
    apply(&mut model, &overlay);
    serde_json::from_value(model).expect("an overlay changes texts only")
});

/// Returns the model of the API. The first call parses it.
///
/// ```
/// let operation = coze_spec::api().operation("bots.create");
/// assert!(operation.is_some_and(|operation| operation.changes));
/// ```
pub fn api() -> &'static Api {
    &API
}

/// Returns the model of the API with its texts in a language. It is read once.
///
/// A text without a translation is in English. Everything but texts is the same in every language.
///
/// ```
/// use coze_spec::{Language, api, api_in};
///
/// let (english, chinese) = (api(), api_in(Language::Chinese));
/// assert_eq!(english.operations().count(), chinese.operations().count());
/// ```
pub fn api_in(language: Language) -> &'static Api {
    match language {
        Language::English => &API,
        Language::Chinese => &IN_CHINESE,
    }
}
