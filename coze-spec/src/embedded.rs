//! The model of the real API, which `cargo xtask generate` writes.

use std::sync::LazyLock;

use crate::model::Api;

#[expect(clippy::expect_used, reason = "a test reads the file, which only the generator writes")]
static API: LazyLock<Api> = LazyLock::new(|| {
    serde_json::from_str(include_str!("model.json")).expect("model.json holds a model")
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
