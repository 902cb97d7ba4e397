//! The commands of the project, run as `cargo xtask <command>`. Only this crate prints, knows paths
//! and sets exit codes. The work is done by `coze-spec` and `coze-gen`.

mod build_cost;
mod bundle;
mod ci;
mod compare;
mod coverage;
mod diff;
mod drift;
mod generate;
mod lint;
mod locale;
mod migrating;
mod minimal_versions;
mod mutants;
mod new_operation;
mod package;
mod semver;
mod words;
mod workspace;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the generated code of the SDK from the spec
    Generate(generate::Args),
    /// Writes the list of the public items of the SDK, `coze-api/api.txt`, and prints its changes
    Api,
    /// Lists every finding about the spec
    Lint(lint::Args),
    /// Lists what is missing in the translations of the spec, and writes entries for it
    Locale(locale::Args),
    /// Drafts an operation in the spec with everything that it needs, and prints what is left to do
    NewOperation(new_operation::Args),
    /// Prints the spec as one OpenAPI 3.0.3 document
    Bundle(bundle::Args),
    /// Compares the spec with the operations and fields that the vendor documents
    Coverage,
    /// Shows what a change of the spec means for users of the SDK; the exit code is 0 for words
    /// only, 10 for additions, 11 for breaking changes on the wire, and 12 for breaking changes in
    /// Rust
    Diff(compare::Args),
    /// Reports what changed on the vendor's documentation pages since they were last read
    Drift(drift::Args),
    /// Finds prose and names that the style of this project excludes
    Words,
    /// Packages the crates for crates.io, and builds the packages outside of the workspace
    Package(package::Args),
    /// Measures what it costs to build the SDK, beside a program written by hand; takes minutes
    BuildCost,
    /// Changes the code in small ways, and reports which changes the tests miss; takes hours
    Mutants(mutants::Args),
    /// Compares the Rust API of `coze-api` with that of the last release; builds a tool the first
    /// time
    Semver(semver::Args),
    /// Builds `coze-api` with the oldest versions of its dependencies; takes minutes
    MinimalVersions(minimal_versions::Args),
    /// Runs every check that a change must pass
    Ci,
}

/// The result of a command. Failures such as an unreadable file are errors instead. clap exits with
/// 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// The command worked and has findings.
    Findings,
    /// The generated code is not current.
    Stale,
    /// The new spec adds something.
    Adds,
    /// The new spec changes what programs send or receive.
    BreaksWire,
    /// The new spec keeps programs from compiling.
    BreaksRust,
}

impl Outcome {
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Stale => 4,
            Self::Adds => 10,
            Self::BreaksWire => 11,
            Self::BreaksRust => 12,
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let workspace = Workspace::find();
    // These streams remove styles unless they write to a terminal.
    let (mut out, mut err) = (anstream::stdout().lock(), anstream::stderr());
    let outcome = match cli.command {
        Command::Generate(args) => generate::run(&workspace, args, &mut out, &mut err),
        Command::Api => generate::api(&workspace, &mut out, &mut err),
        Command::Lint(args) => lint::run(&workspace, &args, &mut out),
        Command::Locale(args) => locale::run(&workspace, args, &mut out, &mut err),
        Command::NewOperation(args) => new_operation::run(&workspace, &args, &mut out, &mut err),
        Command::Bundle(args) => bundle::run(&workspace, &args, &mut out, &mut err),
        Command::Coverage => coverage::run(&workspace, &mut out, &mut err),
        Command::Diff(args) => compare::run(&workspace, &args, &mut out, &mut err),
        Command::Drift(args) => drift::run(&workspace, &args, &mut out),
        Command::Words => words::run(&workspace, &mut out),
        Command::Package(args) => package::run(&workspace, &args, &mut out),
        Command::BuildCost => build_cost::run(&workspace, &mut out),
        Command::Mutants(args) => mutants::run(&workspace, &args, &mut out),
        Command::Semver(args) => semver::run(&workspace, args, &mut out),
        Command::MinimalVersions(args) => minimal_versions::run(&workspace, &args, &mut out),
        Command::Ci => ci::run(&workspace, &mut out, &mut err),
    };
    match outcome.and_then(|outcome| Ok(out.flush().map(|()| outcome)?)) {
        Ok(outcome) => outcome.code().into(),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr fails as well, the exit code still reports the error.
            let _ = writeln!(err, "error: {error:#}");
            Outcome::Findings.code().into()
        }
    }
}

/// Returns `true` if the reader of the output, such as `head`, closed the pipe. That is not a
/// failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
