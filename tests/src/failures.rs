//! Tests over many cases: all cases run, and all failures are reported.

use std::fmt::Write as _;

use futures_util::{StreamExt as _, stream};

/// The number of cases that run at once.
const AT_ONCE: usize = 16;

/// Runs all cases and panics if any fails, with their names.
pub async fn assert_none<C>(cases: impl IntoIterator<Item = (String, C)>)
where
    C: Future<Output = ()> + Send + 'static,
{
    let running = cases.into_iter().map(|(name, case)| async move {
        // A separate task turns a panic into an error.
        tokio::spawn(case).await.err().map(|error| (name, panic_message(error)))
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

/// Returns the message of a task's panic.
pub fn panic_message(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "it was canceled".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref().map(|text: &&str| (*text).to_owned()));
    text.unwrap_or_else(|| "it failed".to_owned())
}
