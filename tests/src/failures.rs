//! One test over many cases: all of them run, and all that fail are told of.

use std::fmt::Write as _;

use futures_util::{StreamExt as _, stream};

/// How many cases are under way at once.
const AT_ONCE: usize = 16;

/// Runs all cases and fails if one of them does, by name.
pub async fn none<C>(cases: impl IntoIterator<Item = (String, C)>)
where
    C: Future<Output = ()> + Send + 'static,
{
    let running = cases.into_iter().map(|(name, case)| async move {
        // A task of its own turns a panic into an error.
        tokio::spawn(case).await.err().map(|error| (name, why(error)))
    });
    let failed: Vec<_> = stream::iter(running)
        .buffered(AT_ONCE)
        .filter_map(|failure| async { failure })
        .collect()
        .await;
    let mut text = String::new();
    for (name, why) in &failed {
        let _ = write!(text, "\n{name}: {why}");
    }
    assert!(failed.is_empty(), "{} cases fail:{text}", failed.len());
}

/// What a task says that failed.
pub fn why(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "it was stopped".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref().map(|text: &&str| (*text).to_owned()));
    text.unwrap_or_else(|| "it failed".to_owned())
}
