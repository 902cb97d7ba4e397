//! `cargo xtask ci`: runs every check that a change must pass, the cheapest first.

use std::env;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{Outcome, coverage, generate, lint, package, semver, words};

struct Step {
    name: &'static str,
    /// The command line, with single spaces between arguments.
    line: &'static str,
    env: &'static [(&'static str, &'static str)],
}

impl Step {
    const fn new(name: &'static str, line: &'static str) -> Self {
        Self { name, line, env: &[] }
    }
}

/// Checks each feature alone, and each crate without features. The lints cover all features, and
/// the tests the default ones.
const FEATURES: &str = ".ci/tool hack check --each-feature --exclude-all-features \
    --exclude-features default --package coze-api --package coze-api-redis --package coze-spec \
    --package coze-gen --package coze-mock --package coze-serve --package coze-widget \
    --package coze-cli";

const INSTALL: &str =
    "cargo install --quiet --debug --locked --force --path coze-cli --root target/install";

/// The only list of checks: `.ci/run` installs tools and runs this command.
const STEPS: [Step; 21] = [
    Step::new("format", "cargo fmt --all --check"),
    Step::new("words", "cargo xtask words"),
    Step::new("spec", "cargo xtask lint"),
    Step::new("documented API", "cargo xtask coverage"),
    Step::new("generated code", "cargo xtask generate --check"),
    Step::new("dependencies", ".ci/tool deny --log-level error check bans licenses sources"),
    Step::new("advisories", ".ci/advisories"),
    Step::new("lints", "cargo clippy --workspace --all-targets --all-features -- -D warnings"),
    Step::new("features", FEATURES),
    Step {
        name: "tests",
        line: "cargo test --workspace --features coze-tests/gzip,coze-tests/sqlite",
        // Many tests wait for a timeout or a process rather than for a core.
        env: &[("RUST_TEST_THREADS", "4")],
    },
    Step::new("packages", "cargo xtask package"),
    Step::new("Rust API", "cargo xtask semver"),
    // The scripts below use the program that this installs.
    Step::new("installation", INSTALL),
    Step {
        name: "documentation",
        line: "cargo doc --workspace --all-features --no-deps",
        env: &[("RUSTDOC", ".ci/rustdoc"), ("RUSTDOCFLAGS", "-D warnings --cfg docsrs")],
    },
    Step::new("playground in a browser", "tests/playground/run.sh"),
    Step::new("bundle in an independent validator", "tests/peers/validate-bundle.sh"),
    Step::new("bundle in independent linters", "tests/peers/lint-bundle.sh"),
    Step::new("official Python SDK against the mock", "tests/peers/coze-py.sh"),
    Step::new("clients of `coze serve` and `coze mcp`", "tests/peers/serve.sh"),
    Step::new("official JavaScript SDK against the mock", "tests/peers/coze-js.sh"),
    Step::new("samples in every language against the mock", "tests/peers/samples.sh"),
];

pub(crate) fn run(
    workspace: &Workspace,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    run_steps(&STEPS, out, |step, out| match step.line.strip_prefix("cargo xtask ") {
        // Another cargo would wait for the lock of this one.
        Some(line) => {
            let command =
                command(line).with_context(|| format!("`cargo xtask {line}` is not a step"))?;
            Ok(command(workspace, out, err)? == Outcome::Done)
        }
        None => run_process(workspace, step),
    })
}

type Run = fn(&Workspace, &mut dyn Write, &mut dyn Write) -> Result<Outcome>;

/// Returns the command of xtask with a name and arguments.
fn command(line: &str) -> Option<Run> {
    Some(match line {
        "coverage" => coverage::run,
        "generate --check" => {
            |workspace, out, err| generate::run(workspace, generate::Args { check: true }, out, err)
        }
        "lint" => |workspace, out, _| lint::run(workspace, &lint::Args::default(), out),
        "semver" => |workspace, out, _| semver::run(workspace, semver::Args::default(), out),
        "package" => |workspace, out, _| package::run(workspace, &package::Args::default(), out),
        "words" => |workspace, out, _| words::run(workspace, out),
        _ => return None,
    })
}

fn run_process(workspace: &Workspace, step: &Step) -> Result<bool> {
    let mut arguments = step.line.split(' ');
    let program = match arguments.next() {
        // The cargo that runs xtask, so that a `+toolchain` applies to the steps too.
        Some("cargo") => env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        script => workspace.root().join(script.unwrap_or_default()).into(),
    };
    let status = Command::new(program)
        .args(arguments)
        .envs(step.env.iter().copied())
        .env("COZE", workspace.root().join("target/install/bin/coze"))
        .current_dir(workspace.root())
        .status()
        .with_context(|| format!("cannot run `{}`", step.line))?;
    Ok(status.success())
}

/// Runs the steps up to the first failure, and prints their times.
fn run_steps(
    steps: &[Step],
    out: &mut dyn Write,
    mut check: impl FnMut(&Step, &mut dyn Write) -> Result<bool>,
) -> Result<Outcome> {
    let mut times = Vec::new();
    let mut outcome = Outcome::Done;
    let bold = Style::new().bold();
    for step in steps {
        writeln!(out, "{bold}== {}: {}{bold:#}", step.name, step.line)?;
        // The output of the step must not overtake its heading.
        out.flush()?;
        let start = Instant::now();
        let passed = check(step, out)?;
        times.push((step.name, start.elapsed(), passed));
        if !passed {
            outcome = Outcome::Findings;
            break;
        }
    }
    writeln!(out)?;
    for (name, time, passed) in times {
        print_time(name, time, passed, out)?;
    }
    Ok(outcome)
}

fn print_time(name: &str, time: Duration, passed: bool, out: &mut dyn Write) -> Result<()> {
    let (word, color) =
        if passed { ("passed", AnsiColor::Green) } else { ("FAILED", AnsiColor::Red) };
    let style = color.on_default();
    Ok(writeln!(out, "{style}{word}{style:#} {name:<16} {:>7.1} s", time.as_secs_f64())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs all steps, of which one fails. Returns the outcome, the steps that ran, and the output.
    fn run_failing(name: &str) -> (Outcome, Vec<&'static str>, String) {
        let (mut ran, mut out) = (Vec::new(), Vec::new());
        let outcome = run_steps(&STEPS, &mut out, |step, _| {
            ran.push(step.name);
            Ok(step.name != name)
        })
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        (outcome, ran, anstream::adapter::strip_str(&text).to_string())
    }

    #[test]
    fn the_first_failure_ends_the_run() {
        let (outcome, ran, text) = run_failing("lints");
        assert_eq!(outcome, Outcome::Findings);
        assert_eq!(ran[..2], ["format", "words"]);
        assert_eq!(ran.last(), Some(&"lints"));
        assert!(ran.len() < STEPS.len());
        assert!(text.contains("passed format"), "{text}");
        assert!(text.contains("FAILED lints"), "{text}");
    }

    #[test]
    fn every_step_runs_when_none_fails() {
        let (outcome, ran, text) = run_failing("none");
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(ran.len(), STEPS.len());
        assert_eq!(text.matches("passed ").count(), STEPS.len());
    }

    #[test]
    fn steps_of_xtask_are_known() {
        assert!(command("unknown").is_none());
        for line in STEPS.iter().filter_map(|step| step.line.strip_prefix("cargo xtask ")) {
            assert!(command(line).is_some(), "{line}");
        }
    }

    #[test]
    fn steps_run_scripts_of_the_checkout() {
        let scripts = STEPS.iter().filter(|step| !step.line.starts_with("cargo "));
        for step in scripts {
            let script = step.line.split(' ').next().unwrap();
            assert!(Workspace::find().root().join(script).is_file(), "{}", step.line);
        }
    }

    #[test]
    fn the_ci_script_runs_these_steps() {
        let script = include_str!("../../.ci/run");
        assert_eq!(script.lines().last(), Some("exec cargo xtask ci"));
    }
}
