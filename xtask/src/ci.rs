//! `cargo xtask ci`: every check that a change must pass, in the order in which failures are cheapest to mend.

use std::env;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{Outcome, generate};

struct Step {
    name: &'static str,
    /// The command as one would type it, arguments separated by single spaces.
    line: &'static str,
    env: &'static [(&'static str, &'static str)],
}

/// `.ci/run` runs the same, as a test below sees to.
const STEPS: [Step; 7] = [
    Step { name: "format", line: "cargo fmt --all --check", env: &[] },
    Step {
        name: "lints",
        line: "cargo clippy --workspace --all-targets --all-features -- -D warnings",
        env: &[],
    },
    Step { name: "generated code", line: FRESH, env: &[] },
    Step { name: "tests", line: "cargo test --workspace", env: &[] },
    Step {
        name: "documentation",
        line: "cargo doc --workspace --all-features --no-deps",
        env: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Step {
        name: "playground in a browser",
        // With the binary that the tests have built.
        line: "tests/playground/run.sh --built",
        env: &[],
    },
    Step { name: "official Python SDK against the mock", line: "tests/peers/coze-py.sh", env: &[] },
];

/// Run within this process: starting cargo once more would only wait for its lock.
const FRESH: &str = "cargo xtask generate --check";

pub(crate) fn run(
    workspace: &Workspace,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    run_steps(&STEPS, out, |step, out| {
        if step.line == FRESH {
            let outcome = generate::run(workspace, generate::Args { check: true }, out, err)?;
            return Ok(outcome == Outcome::Done);
        }
        let mut words = step.line.split(' ');
        let program = match words.next() {
            // The cargo that started us, so that a `+toolchain` holds for the steps too.
            Some("cargo") => env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            script => workspace.root().join(script.unwrap_or_default()).into(),
        };
        let status = Command::new(program)
            .args(words)
            .envs(step.env.iter().copied())
            .current_dir(workspace.root())
            .status()
            .with_context(|| format!("cannot run `{}`", step.line))?;
        Ok(status.success())
    })
}

/// Runs the steps up to the first that fails, and prints how long each took.
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
        // What the step prints must not overtake its heading.
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
    let (word, colour) =
        if passed { ("passed", AnsiColor::Green) } else { ("FAILED", AnsiColor::Red) };
    let style = colour.on_default();
    Ok(writeln!(out, "{style}{word}{style:#} {name:<16} {:>7.1} s", time.as_secs_f64())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs all steps, of which the named one fails; gives what was run and what was printed.
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
    fn the_first_failure_ends_the_run_and_is_named() {
        let (outcome, ran, text) = run_failing("lints");
        assert_eq!(outcome, Outcome::Findings);
        assert_eq!(ran, ["format", "lints"]);
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
    fn the_ci_script_runs_the_same_steps_in_the_same_order() {
        let script = include_str!("../../.ci/run");
        let places: Vec<_> = STEPS.map(|step| (script.find(step.line), step.line)).into();
        assert!(places.iter().all(|(place, _)| place.is_some()), "{places:?}");
        assert!(places.is_sorted(), "{places:?}");
        for (name, value) in STEPS.iter().flat_map(|step| step.env) {
            assert!(script.contains(&format!("{name}='{value}'")), "{name}");
        }
    }
}
