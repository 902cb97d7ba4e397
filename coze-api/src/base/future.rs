//! Futures of traits that are used as trait objects.

use std::pin::Pin;

/// A boxed future, which traits that are used as trait objects return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
