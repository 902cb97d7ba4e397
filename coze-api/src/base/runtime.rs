//! The Tokio runtime in which calls run.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};

use crate::base::error::{Error, Result};

/// Returns an error outside a Tokio runtime, where much of Tokio panics.
pub(crate) fn check() -> Result<()> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::config(
            "there is no Tokio runtime; call from a task, `Runtime::block_on` or `#[tokio::main]`",
        )),
    }
}

/// Runs `task` beside its caller. In a test of the orders of tasks, it is one of them.
pub(crate) fn spawn(runtime: &Handle, task: impl Future<Output = ()> + Send + 'static) {
    #[cfg(test)]
    if crate::base::interleave::is_running() {
        return crate::base::interleave::spawn(task);
    }
    runtime.spawn(task);
}

/// Waits until `deadline`, or returns an error if the runtime has no timer.
pub(crate) fn sleep_until(deadline: Instant) -> Result<Sleep> {
    check()?;
    catch_unwind(|| tokio::time::sleep_until(deadline)).map_err(|_| no_driver())
}

/// Runs `future`, and returns an error where Tokio panics because its runtime lacks something.
///
/// The drivers of a runtime cannot be asked for. Other panics continue.
pub(crate) async fn guard<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    catch(future, |panic| std::panic::resume_unwind(panic)).await
}

/// Runs code of a user as [`guard`] does, and returns `error` if it panics.
pub(crate) async fn guard_panics<T>(
    future: impl Future<Output = Result<T>>,
    error: impl Fn() -> Error,
) -> Result<T> {
    catch(future, |_| Err(error())).await
}

async fn catch<T>(
    future: impl Future<Output = Result<T>>,
    other: impl Fn(Box<dyn Any + Send>) -> Result<T>,
) -> Result<T> {
    check()?;
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| future.as_mut().poll(cx));
        match catch_unwind(poll) {
            Ok(polled) => polled,
            Err(panic) if is_about_runtime(&*panic) => Poll::Ready(Err(no_driver())),
            Err(panic) => Poll::Ready(other(panic)),
        }
    })
    .await
}

fn no_driver() -> Error {
    Error::config(
        "the Tokio runtime has no timer or no network; call `enable_all()` on its builder",
    )
}

/// Returns `true` for the panics of Tokio that are about its context.
fn is_about_runtime(panic: &(dyn Any + Send)) -> bool {
    let message = panic.downcast_ref::<&str>().copied();
    let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    message.is_some_and(|message| message.contains("Tokio 1.x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_panics_about_the_runtime_become_errors() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let timer = guard(async {
            tokio::time::sleep(std::time::Duration::ZERO).await;
            Ok(())
        });
        let error = runtime.block_on(timer).expect_err("no timer");
        assert!(error.is_config() && error.to_string().contains("enable_all"), "{error}");

        let bug = guard(std::future::poll_fn(|_| -> Poll<Result<()>> {
            std::panic::resume_unwind(Box::new("a bug of the caller"))
        }));
        let panic = catch_unwind(AssertUnwindSafe(|| runtime.block_on(bug)));
        assert!(!is_about_runtime(&*panic.expect_err("a panic")));
    }

    #[test]
    fn without_a_runtime_there_is_an_error() {
        let future = guard(async { Ok(()) });
        let error = futures_util::FutureExt::now_or_never(future).expect("at once");
        assert!(error.expect_err("no runtime").to_string().contains("no Tokio runtime"));
        assert!(sleep_until(Instant::now()).is_err());
    }
}
