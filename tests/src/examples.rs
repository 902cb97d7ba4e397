//! Builds and runs the examples of the SDK.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

/// The maximum time of an example, so that a test fails instead of hanging.
const LIMIT: Duration = Duration::from_secs(300);

/// All examples, built when one of them first runs.
#[derive(Default)]
pub struct Examples {
    programs: OnceLock<Vec<PathBuf>>,
}

impl Examples {
    /// Creates the set without building anything.
    pub const fn new() -> Self {
        Self { programs: OnceLock::new() }
    }

    fn program(&self, name: &str) -> PathBuf {
        let programs = self.programs.get_or_init(build);
        let program =
            programs.iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
        program.unwrap_or_else(|| panic!("{name} is not among {programs:?}")).clone()
    }

    /// Runs an example. Returns whether it succeeded, its standard output and its standard error.
    pub async fn run(
        &'static self,
        name: &'static str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> (bool, String, String) {
        let mut command = self.command(name).await;
        command.args(arguments).envs(variables.iter().copied());
        finish(command, "").await
    }

    /// Runs an example as on a fresh machine: without a token and without arguments. `folder` is
    /// its working directory and its directory for temporary files, `input` its standard input.
    pub async fn run_bare(
        &'static self,
        name: &'static str,
        folder: &Path,
        input: &'static str,
    ) -> (bool, String, String) {
        let mut command = self.command(name).await;
        command.current_dir(folder).env("TMPDIR", folder);
        finish(command, input).await
    }

    /// Starts an example that serves until the process is dropped. Returns it with the address that
    /// it prints.
    pub async fn serve(
        &'static self,
        name: &'static str,
        variables: &[(&str, &str)],
    ) -> (Child, String) {
        let mut command = self.command(name).await;
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("a program");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let first = tokio::time::timeout(LIMIT, lines.next_line()).await.expect("a line in time");
        (child, first.expect("UTF-8").expect("an address"))
    }

    async fn command(&'static self, name: &'static str) -> Command {
        let program = tokio::task::spawn_blocking(move || self.program(name)).await;
        let mut command = Command::new(program.expect("no panic"));
        for variable in ["COZE_API_TOKEN", "COZE_API_BASE", "COZE_WEBHOOK_TOKEN"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs an example against a server.
    pub async fn against(
        &'static self,
        base_url: &str,
        name: &'static str,
        arguments: &[&str],
    ) -> (bool, String, String) {
        let variables = [("COZE_API_TOKEN", "pat_example"), ("COZE_API_BASE", base_url)];
        self.run(name, arguments, &variables).await
    }
}

/// Writes `input` to a program and waits for its end.
async fn finish(mut command: Command, input: &str) -> (bool, String, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().expect("a program");
    let mut stdin = child.stdin.take().expect("a pipe");
    let finished = async {
        // Most examples end without reading their input, so this may fail.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        child.wait_with_output().await.expect("a program")
    };
    let output = tokio::time::timeout(LIMIT, finished).await;
    let Output { status, stdout, stderr } = output.expect("an end within the limit");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.success(), text(stdout), text(stderr))
}

fn build() -> Vec<PathBuf> {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    // This selects what `cargo test --workspace` with the features of this crate has already built.
    cargo.args(["build", "--quiet", "--workspace", "--examples"]);
    for (feature, is_enabled) in [
        ("coze-tests/gzip", cfg!(feature = "gzip")),
        ("coze-tests/sqlite", cfg!(feature = "sqlite")),
    ] {
        cargo.args(is_enabled.then_some(["--features", feature]).into_iter().flatten());
    }
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).expect("UTF-8");
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).collect()
}
