//! Generating code takes time in proportion to the size of the spec.

#![cfg(feature = "generate")]
#![allow(clippy::panic, reason = "a helper of a test may fail it")]

#[path = "../../coze-spec/tests/many/mod.rs"]
mod many;

use std::time::Duration;

use cpu_time::ProcessTime;

/// Returns the CPU time of all threads, which does not depend on other programs on the machine.
fn measure(operations: usize) -> Duration {
    let files = many::spec(operations);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let document = coze_spec::load_texts(&files).unwrap_or_else(|findings| panic!("{findings}"));
    let start = ProcessTime::now();
    let generated = coze_gen::generate(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let elapsed = start.elapsed();
    assert_eq!(generated.operations, operations);
    elapsed
}

/// Twice the operations take about twice the time. Quadratic code would take four times as long.
#[test]
fn time_is_linear_in_the_number_of_operations() {
    let best = |operations| (0..2).map(|_| measure(operations)).min().unwrap_or_default();
    let (half, full) = (best(500), best(1000));
    println!("500 operations: {half:?}, 1000 operations: {full:?}");
    assert!(full < 3 * half, "500 operations: {half:?}, 1000 operations: {full:?}");
}
