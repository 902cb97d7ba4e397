//! What this crate costs beside reqwest and `serde_json` used by hand.
//!
//! `cargo bench -p coze-api --bench sdk` prints a table of ratios beside their bars, then the times of each side by
//! itself. `-- ratios` prints the table only.
//!
//! Both sides of a comparison make the same values of the same replies, in turns, so that what else the machine does
//! hits both.

#![allow(clippy::expect_used, reason = "a benchmark of what fails measures nothing")]
#![allow(clippy::print_stdout, reason = "a table is what this is for")]

mod calls;
mod compare;
mod server;
mod stream;
mod upload;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let only_ratios = arguments.iter().any(|argument| argument == "ratios");
    // `cargo test --benches` asks whether all of it runs, not how fast.
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
    println!("| what | coze-api | by hand | ratio | bar |\n|---|--:|--:|--:|--:|");
    compare::print([upload::comparison()].into_iter());
    // A server that now shares the core of its client and now has one for itself makes the same work cost thrice as
    // much. From here on both sides share one, and so do the servers that are started.
    if let Some(core) = core_affinity::get_core_ids().unwrap_or_default().last() {
        core_affinity::set_for_current(*core);
    }
    compare::print(calls::comparisons().chain(stream::comparisons()));
    println!();
}
