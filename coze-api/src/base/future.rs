//! Futures of traits that are used as trait objects.

use std::pin::Pin;

/// A boxed future, which traits that are used as trait objects return.
///
/// ```
/// use coze_api::{AccessToken, BoxFuture, Result};
///
/// fn token() -> BoxFuture<'static, Result<AccessToken>> {
///     Box::pin(async { AccessToken::new("pat_example") })
/// }
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
