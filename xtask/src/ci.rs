//! `cargo xtask ci`: runs every check that a change must pass, the cheapest first.
//!
//! The first checks run one after another. Then there are two lanes: what cargo builds and tests,
//! and what can run beside it, mostly scripts that use the program that was installed from its
//! package. Each lane alone would leave a core idle for half of the time: tests wait for timeouts,
//! and rustc checks a crate on one core.

use std::env;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
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
    /// The step of the other lane that must have passed before.
    after: Option<&'static str>,
}

impl Step {
    const fn new(name: &'static str, line: &'static str) -> Self {
        Self { name, line, env: &[], after: None }
    }

    const fn after(self, step: &'static str) -> Self {
        Self { after: Some(step), ..self }
    }

    const fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }
}

/// Checks each feature of these packages alone, and each package without features. The lints cover
/// all features, and the tests the default ones.
macro_rules! features {
    ($packages:literal) => {
        concat!(
            ".ci/tool hack check --each-feature --exclude-all-features ",
            "--exclude-features default,keyring ",
            $packages
        )
    };
}

macro_rules! tests {
    () => {
        "cargo test --workspace --features coze-tests/gzip,coze-tests/sqlite"
    };
}

/// The only list of checks: `.ci/run` installs tools and runs this command.
const STEPS: Steps = Steps {
    first: &[
        Step::new("format", "cargo fmt --all --check"),
        Step::new("words", "cargo xtask words"),
        Step::new("spec", "cargo xtask lint"),
        Step::new("documented API", "cargo xtask coverage"),
        Step::new("generated code", "cargo xtask generate --check"),
    ],
    cargo: &[
        Step::new("lints", "cargo clippy --workspace --all-targets --all-features -- -D warnings"),
        Step::new("packages", "cargo xtask package --unpacked").after("archives"),
        // Before the tests, one of which uses what this has checked.
        Step::new("features of the SDK", features!("--package coze-api --package coze-api-redis")),
        Step::new("build of the tests", concat!(tests!(), " --no-run")),
        // Many tests wait for a timeout or a process rather than for a core.
        Step::new("tests", tests!()).env(&[("RUST_TEST_THREADS", "8")]),
        Step::new("Rust API", "cargo xtask semver"),
    ],
    beside: &[
        // The first ones wait for registries.
        Step::new("archives", "cargo xtask package --archives"),
        Step::new("dependencies", ".ci/tool deny --log-level error check bans licenses sources"),
        Step::new("advisories", ".ci/advisories"),
        // These compile, too, and would wait for the build of the tests.
        Step::new("samples in every language against the mock", "tests/peers/samples.sh")
            .after("packages"),
        Step::new("playground in a browser", "tests/playground/run.sh"),
        Step::new("bundle in an independent validator", "tests/peers/validate-bundle.sh"),
        Step::new("bundle in independent linters", "tests/peers/lint-bundle.sh"),
        Step::new("official Python SDK against the mock", "tests/peers/coze-py.sh"),
        Step::new("clients of `coze serve` and `coze mcp`", "tests/peers/serve.sh"),
        Step::new("official JavaScript SDK against the mock", "tests/peers/coze-js.sh"),
        // While cargo builds tests, nothing else can be built.
        Step::new("documentation", "cargo doc --workspace --all-features --no-deps")
            .env(&[("RUSTDOC", ".ci/rustdoc"), ("RUSTDOCFLAGS", "-D warnings --cfg docsrs")])
            .after("build of the tests"),
        Step::new(
            "features of the other crates",
            features!(
                "--package coze-spec --package coze-gen --package coze-mock --package coze-serve \
                 --package coze-widget --package coze-cli"
            ),
        ),
    ],
};

struct Steps {
    /// Run one after another, before the others.
    first: &'static [Step],
    cargo: &'static [Step],
    /// Run beside those of cargo, without their output mixed into it.
    beside: &'static [Step],
}

pub(crate) fn run(
    workspace: &Workspace,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    // Asked for once: a step that builds this program again removes the file that runs.
    let program = env::current_exe()?;
    let check = |step: &Step, out: &mut dyn Write| match step.line.strip_prefix(XTASK) {
        Some(line) => {
            let command =
                command(line).with_context(|| format!("`cargo xtask {line}` is not a step"))?;
            Ok(command(workspace, out, err)? == Outcome::Done)
        }
        None => Ok(process(workspace, &program, step).status().context(step.line)?.success()),
    };
    STEPS
        .run(out, check, |step| run_recorded(process(workspace, &program, step)).context(step.line))
}

/// The beginning of a step that this program runs itself.
const XTASK: &str = "cargo xtask ";

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
        "package --unpacked" => {
            |workspace, out, _| package::run(workspace, &package::Args::UNPACKED, out)
        }
        "words" => |workspace, out, _| words::run(workspace, out),
        _ => return None,
    })
}

/// Returns the command of a step. `xtask` is the path of this program.
fn process(workspace: &Workspace, xtask: &Path, step: &Step) -> Command {
    let mut arguments = step.line.split(' ');
    let program = match arguments.next() {
        // Another cargo would wait for the lock of this one.
        Some("cargo") if step.line.starts_with(XTASK) => {
            arguments.next();
            xtask.into()
        }
        // The cargo that runs xtask, so that a `+toolchain` applies to the steps too.
        Some("cargo") => env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        script => workspace.root().join(script.unwrap_or_default()).into(),
    };
    let mut process = Command::new(program);
    process
        .args(arguments)
        .envs(step.env.iter().copied())
        .env("COZE", workspace.root().join("target/install/bin/coze"))
        // Its sources.
        .env("COZE_SOURCE", workspace.root().join("target/packages"))
        .env("XTASK", xtask)
        .current_dir(workspace.root());
    process
}

/// Runs a step, and returns whether it passed and its output.
fn run_recorded(mut process: Command) -> Result<(bool, Vec<u8>)> {
    // One file, so that output and errors keep their order.
    let mut file: File = tempfile::tempfile()?;
    process.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file.try_clone()?);
    let status = process.status()?;
    let mut output = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut output)?;
    Ok((status.success(), output))
}

/// A step that has ended: its name, its time, and whether it passed.
type Ended = (&'static str, Duration, bool);

/// The state that both lanes share.
#[derive(Default)]
struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    passed: Vec<&'static str>,
    failed: bool,
}

impl Progress {
    /// Waits until a step may run. Returns `false` if one has failed, here or in the other lane.
    fn wait(&self, step: &Step) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.failed {
                return false;
            }
            if step.after.is_none_or(|name| state.passed.contains(&name)) {
                return true;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn end(&self, step: &Step, passed: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if passed {
            state.passed.push(step.name);
        } else {
            state.failed = true;
        }
        self.changed.notify_all();
    }

    fn has_failed(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failed
    }
}

impl Steps {
    /// Runs the steps up to the first failure, and prints their times. `check` runs a step that
    /// prints by itself, and `check_beside` one whose output is printed once it has ended.
    fn run(
        &self,
        out: &mut dyn Write,
        mut check: impl FnMut(&Step, &mut dyn Write) -> Result<bool>,
        check_beside: impl Fn(&Step) -> Result<(bool, Vec<u8>)> + Send,
    ) -> Result<Outcome> {
        let mut ended = Vec::new();
        let progress = Progress::default();
        for step in self.first {
            run_step(step, out, &mut check, &mut ended, &progress)?;
        }
        thread::scope(|scope| {
            let (sender, beside) = mpsc::channel();
            let progress = &progress;
            // The sender moves into the thread and ends with it.
            scope.spawn(move || run_beside(self.beside, check_beside, &sender, progress));
            for step in self.cargo {
                run_step(step, out, &mut check, &mut ended, progress)?;
                for record in beside.try_iter() {
                    print_record(record, out, &mut ended)?;
                }
            }
            beside.iter().try_for_each(|record| print_record(record, out, &mut ended))
        })?;
        writeln!(out)?;
        for (name, time, passed) in ended {
            print_time(name, time, passed, out)?;
        }
        Ok(if progress.has_failed() { Outcome::Findings } else { Outcome::Done })
    }
}

/// Runs a step unless one has failed.
fn run_step(
    step: &Step,
    out: &mut dyn Write,
    check: &mut dyn FnMut(&Step, &mut dyn Write) -> Result<bool>,
    ended: &mut Vec<Ended>,
    progress: &Progress,
) -> Result<()> {
    if !progress.wait(step) {
        return Ok(());
    }
    print_heading(step, out)?;
    // The output of the step must not overtake its heading.
    out.flush()?;
    let start = Instant::now();
    let passed = check(step, out);
    progress.end(step, matches!(passed, Ok(true)));
    ended.push((step.name, start.elapsed(), passed?));
    Ok(())
}

/// A step that ran beside others, the time that it took, and its result and output.
type Record = (&'static Step, Duration, Result<(bool, Vec<u8>)>);

/// Runs steps until one fails, here or in the other lane.
fn run_beside(
    steps: &'static [Step],
    check: impl Fn(&Step) -> Result<(bool, Vec<u8>)>,
    sender: &Sender<Record>,
    progress: &Progress,
) {
    for step in steps {
        if !progress.wait(step) {
            break;
        }
        let start = Instant::now();
        let result = check(step);
        progress.end(step, matches!(result, Ok((true, _))));
        // Nobody listens after an error of the other lane.
        let _ = sender.send((step, start.elapsed(), result));
    }
}

fn print_record(record: Record, out: &mut dyn Write, ended: &mut Vec<Ended>) -> Result<()> {
    let (step, time, result) = record;
    let (passed, output) = result?;
    print_heading(step, out)?;
    out.write_all(&output)?;
    ended.push((step.name, time, passed));
    Ok(())
}

fn print_heading(step: &Step, out: &mut dyn Write) -> Result<()> {
    let bold = Style::new().bold();
    Ok(writeln!(out, "{bold}== {}: {}{bold:#}", step.name, step.line)?)
}

fn print_time(name: &str, time: Duration, passed: bool, out: &mut dyn Write) -> Result<()> {
    let (word, color) =
        if passed { ("passed", AnsiColor::Green) } else { ("FAILED", AnsiColor::Red) };
    let style = color.on_default();
    Ok(writeln!(out, "{style}{word}{style:#} {name:<16} {:>7.1} s", time.as_secs_f64())?)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn all() -> impl Iterator<Item = &'static Step> {
        [STEPS.first, STEPS.cargo, STEPS.beside].into_iter().flatten()
    }

    /// Runs all steps, of which one fails. Returns the outcome, the steps that ran, and the output.
    fn run_failing(name: &str) -> (Outcome, Vec<&'static str>, String) {
        let (ran, mut out) = (Mutex::new(Vec::new()), Vec::new());
        let run = |step: &Step| {
            ran.lock().unwrap().push(step.name);
            step.name != name
        };
        let outcome = STEPS
            .run(
                &mut out,
                |step, _| Ok(run(step)),
                |step| Ok((run(step), format!("output of {}\n", step.name).into_bytes())),
            )
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        (outcome, ran.into_inner().unwrap(), anstream::adapter::strip_str(&text).to_string())
    }

    #[test]
    fn the_first_failure_ends_the_run() {
        let (outcome, ran, text) = run_failing("spec");
        assert_eq!(outcome, Outcome::Findings);
        assert_eq!(ran, ["format", "words", "spec"]);
        assert!(text.contains("passed format"), "{text}");
        assert!(text.contains("FAILED spec"), "{text}");
    }

    #[test]
    fn a_failure_ends_both_lanes() {
        for (failing, never) in [
            ("archives", &["packages", "playground in a browser"][..]),
            ("packages", &["samples in every language against the mock", "tests"]),
            ("playground in a browser", &["bundle in independent linters"]),
            ("build of the tests", &["tests", "documentation"]),
        ] {
            let (outcome, ran, text) = run_failing(failing);
            assert_eq!(outcome, Outcome::Findings);
            assert!(ran.contains(&failing) && ran.contains(&"generated code"), "{ran:?}");
            assert!(never.iter().all(|step| !ran.contains(step)), "{ran:?}");
            assert!(text.contains(&format!("FAILED {failing}")), "{text}");
        }
    }

    #[test]
    fn steps_wait_for_the_other_lane() {
        let waits =
            |lane: &'static [Step]| lane.iter().filter_map(|step| Some((step, step.after?)));
        // A step that waits for an unknown one, or for a later one of its own lane, never runs.
        for (lane, other) in [(STEPS.cargo, STEPS.beside), (STEPS.beside, STEPS.cargo)] {
            for (step, before) in waits(lane) {
                assert!(other.iter().any(|other| other.name == before), "{}", step.name);
            }
        }
        let (_, ran, _) = run_failing("none");
        let place = |name| ran.iter().position(|step| *step == name).unwrap();
        for (step, before) in [STEPS.cargo, STEPS.beside].into_iter().flat_map(waits) {
            assert!(place(before) < place(step.name), "{}: {ran:?}", step.name);
        }
    }

    #[test]
    fn every_step_runs_when_none_fails() {
        let (outcome, ran, text) = run_failing("none");
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(ran.len(), all().count());
        assert_eq!(text.matches("passed ").count(), all().count());
        for step in STEPS.beside {
            let shown = format!("== {}: {}\noutput of {}\n", step.name, step.line, step.name);
            assert!(text.contains(&shown), "{text}");
        }
    }

    #[test]
    fn the_errors_of_a_step_beside_others_are_kept() {
        let step = Step::new("dependencies", ".ci/tool unknown");
        let (passed, output) =
            run_recorded(process(&Workspace::find(), Path::new("xtask"), &step)).unwrap();
        assert!(!passed);
        assert!(String::from_utf8(output).unwrap().starts_with("usage: .ci/tool"));
    }

    #[test]
    fn steps_of_xtask_are_known() {
        assert!(command("unknown").is_none());
        for line in [STEPS.first, STEPS.cargo]
            .into_iter()
            .flatten()
            .filter_map(|step| step.line.strip_prefix(XTASK))
        {
            assert!(command(line).is_some(), "{line}");
        }
    }

    #[test]
    fn steps_run_scripts_of_the_checkout() {
        for step in all().filter(|step| !step.line.starts_with("cargo ")) {
            let script = step.line.split(' ').next().unwrap();
            assert!(Workspace::find().root().join(script).is_file(), "{}", step.line);
        }
    }

    #[test]
    fn the_ci_script_runs_these_steps() {
        let script = include_str!("../../.ci/run");
        let last = script.lines().last();
        assert_eq!(last, Some(r#"exec "${CARGO_TARGET_DIR:-target}/debug/xtask" ci"#));
        // With the features of the tests.
        let (_, features) = tests!().split_once(" test ").unwrap();
        assert!(script.contains(&format!("\ncargo build --quiet {features} --bin xtask ")));
    }
}
