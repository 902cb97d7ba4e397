//! Reading a spec takes time in proportion to its size.

#![cfg(feature = "source")]
#![allow(clippy::panic, reason = "a helper of a test may fail it")]

mod many;

use std::time::Duration;

use cpu_time::ThreadTime;
use many::spec;

/// Returns the CPU time of a function, which does not depend on other programs on the machine.
fn measure(operations: usize) -> Duration {
    let files = spec(operations);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let start = ThreadTime::now();
    let document = coze_spec::load_texts(&files).unwrap_or_else(|findings| panic!("{findings}"));
    let findings = coze_spec::lint(&document);
    assert!(findings.is_empty(), "{findings}");
    let api = coze_spec::lower(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let elapsed = start.elapsed();
    assert_eq!(api.operations().count(), operations);
    elapsed
}

/// Twice the operations take about twice the time. Quadratic code would take four times as long.
#[test]
fn time_is_linear_in_the_number_of_operations() {
    let best = |operations| (0..3).map(|_| measure(operations)).min().unwrap_or_default();
    let (half, full) = (best(1000), best(2000));
    println!("1000 operations: {half:?}, 2000 operations: {full:?}");
    assert!(full < 3 * half, "1000 operations: {half:?}, 2000 operations: {full:?}");
}
