//! Runs tasks one at a time, and switches between them at random, so that a test can try many
//! orders in which threads may run.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, TryLockError};
use std::task::Poll;

use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, Runner};

thread_local! {
    static RUNNING: Cell<bool> = const { Cell::new(false) };
}

/// The number of orders that a test tries, unless the variable `ORDERS` is another one.
const ORDERS: usize = 500;

/// Runs `test` in many random orders. It fails if `test` panics or if all tasks wait.
pub(crate) fn check(test: impl Fn() + Send + Sync + 'static) {
    let orders = std::env::var("ORDERS").ok().and_then(|orders| orders.parse().ok());
    let orders = orders.unwrap_or(ORDERS);
    let mut config = Config::new();
    // Futures are large in builds that are not optimized.
    config.stack_size = 0x10_0000;
    // Limits of time need a runtime, but never end here.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let _entered = runtime.enter();
    RUNNING.set(true);
    Runner::new(RandomScheduler::new(orders), config).run(test);
    RUNNING.set(false);
}

/// Returns `true` inside of [`check`].
pub(crate) fn is_running() -> bool {
    RUNNING.get()
}

/// Runs a task beside the others. As in Tokio, its panic ends only this task.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    let mut task = Box::pin(task);
    shuttle::future::spawn(std::future::poll_fn(move |cx| {
        let poll = AssertUnwindSafe(|| task.as_mut().poll(cx));
        catch_unwind(poll).unwrap_or(Poll::Ready(()))
    }));
}

/// Lets other tasks run, as a thread may be interrupted before it locks a mutex, and has to wait
/// until the mutex is free.
pub(crate) fn before_lock<T>(mutex: &Mutex<T>) {
    if is_running() {
        shuttle::thread::yield_now();
        while matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)) {
            shuttle::thread::yield_now();
        }
    }
}

/// Lets other tasks run a few times.
pub(crate) async fn pause() {
    for _ in 0..random(3) {
        shuttle::future::yield_now().await;
    }
}

/// Returns a number below `end`.
pub(crate) fn random(end: u32) -> u32 {
    use shuttle::rand::Rng as _;
    shuttle::rand::thread_rng().gen_range(0..end)
}
