//! A paused clock that waits for the kernel.

use std::thread::sleep;
use std::time::Duration;

/// The longest jump of the clock.
const STEP: Duration = Duration::from_secs(1);
/// The time that the kernel has after each jump.
const PAUSE: Duration = Duration::from_millis(1);

/// Keeps the paused clock of a runtime from jumping far while bytes are on their way to a socket.
///
/// Such a clock jumps to the next timeout when no task can do anything. Usually the kernel has
/// delivered what was sent when `write` returns. On a busy machine it may do so later, and the
/// response would be late by minutes.
pub fn wait_for_kernel() {
    tokio::spawn(async {
        loop {
            tokio::time::sleep(STEP).await;
            // Meanwhile the clock stands still.
            let pause = tokio::task::spawn_blocking(|| sleep(PAUSE));
            pause.await.expect("no panic");
        }
    });
}
