//! Runs the target that the environment variable `TARGET` names.

#![no_main]

use std::sync::LazyLock;

use coze_api_fuzz::TARGETS;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("TARGET").expect("TARGET is the name of a target");
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target.expect("TARGET is the name of a target").1
});

fuzz_target!(|input: &[u8]| TARGET(input));
