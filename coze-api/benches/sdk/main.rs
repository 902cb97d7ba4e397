//! The cost of this crate compared with hand-written reqwest and `serde_json` code.
//!
//! `cargo bench -p coze-api --bench sdk` prints a table of ratios and their maxima, then the times
//! of each side. `-- ratios` prints only the table.
//!
//! Both sides of a comparison take turns at decoding the same replies into the same values, so that
//! other load on the machine affects both.

#![allow(clippy::expect_used, reason = "a benchmark must not measure failures")]
#![allow(clippy::print_stdout, reason = "the benchmark prints a table")]

mod calls;
mod compare;
mod server;
mod stream;
mod upload;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let only_ratios = arguments.iter().any(|argument| argument == "ratios");
    // `cargo test --benches` only checks that the benchmarks run.
    let measured = arguments.iter().any(|argument| argument == "--bench");
    if measured && (only_ratios || arguments.len() == 1) {
        print_table();
    }
    if !only_ratios {
        divan::main();
    }
    upload::clean_up();
}

fn print_table() {
    println!("| what | coze-api | by hand | ratio | quartiles | bar |\n|---|--:|--:|--:|--:|--:|");
    compare::print([upload::comparison()].into_iter());
    // If the server sometimes shares a core with the client and sometimes not, the same work can
    // cost three times as much. From here on, both sides and the servers share one core.
    if let Some(core) = core_affinity::get_core_ids().unwrap_or_default().last() {
        core_affinity::set_for_current(*core);
    }
    compare::print(calls::comparisons().chain(stream::comparisons()));
    println!();
}
