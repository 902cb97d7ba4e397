//! Budgets: memory, file descriptors and tasks do not grow with the size of what is sent or
//! received, nor with the number of calls.
//!
//! This is a separate binary, because the allocator and the descriptors are those of the whole
//! process. So its tests run one at a time, and the mock server is a second process.

#![allow(clippy::expect_used, reason = "helpers of tests may panic")]

#[cfg(target_os = "linux")]
mod cycles;
mod download;
mod reply;
mod soak;
mod stream;
mod upload;

use std::sync::{Mutex, PoisonError};

use coze_api::Client;
use coze_tests::child;
use coze_tests::server::TOKEN;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Runs a test while no other one runs.
fn alone(test: impl Future<Output = ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

/// Returns the output of a future, and the memory that it needed at its peak.
async fn peak_of<T>(work: impl Future<Output = T>) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let output = work.await;
    (output, ALLOCATOR.peak_usage().saturating_sub(before))
}

fn client(base_url: impl Into<String>) -> Client {
    let builder = Client::builder().token(TOKEN).base_url(base_url);
    builder.build().expect("a client")
}

/// The process of [`child::Server`].
#[test]
fn server() {
    child::serve();
}
