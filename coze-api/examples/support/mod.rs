//! What the examples share: reading arguments, and saying plainly what went wrong.

use std::error::Error;
use std::process::ExitCode;

/// The argument at a position.
pub(crate) fn argument(position: usize, name: &str) -> Result<String, Box<dyn Error>> {
    let usage = || {
        format!("the argument {name} is missing; see the first lines of this example")
    };
    std::env::args().nth(position).ok_or_else(|| usage().into())
}

/// Prints an error with its causes.
pub(crate) fn report(result: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}
