//! Runs Rust samples: a name per line of the input, and END with the error after the output of
//! each.

mod samples;

use std::io::Write as _;

fn main() {
    for name in std::io::stdin().lines().map_while(Result::ok) {
        let sample = samples::ALL.iter().find(|(known, _)| *known == name).map(|(_, main)| *main);
        let run = || sample.expect("a sample")().map_err(|error| error.to_string());
        let failure = match std::panic::catch_unwind(run) {
            Ok(result) => result.err().unwrap_or_default(),
            Err(_) => "it panics".to_owned(),
        };
        print!("\n\0END {failure}\0");
        std::io::stdout().flush().expect("an output");
    }
}
