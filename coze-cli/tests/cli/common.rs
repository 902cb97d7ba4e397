//! Shared helpers, which run the program isolated from the user's settings.

pub(crate) mod quoting;

use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::assert::OutputAssertExt as _;
use coze_mock::MockServer;
use serde_json::Value;

pub(crate) const BOT: &str = coze_mock::state::BOT;
pub(crate) const WORKSPACE: &str = coze_mock::state::WORKSPACE;

/// Returns the command for the program, with its settings in `home`.
pub(crate) fn coze(home: &Path) -> Command {
    at(Path::new(env!("CARGO_BIN_EXE_coze")), home)
}

/// Returns the command for the program under another name, with its settings in `home`.
#[cfg(unix)]
pub(crate) fn cozeapi(home: &Path) -> Command {
    let link = home.join("cozeapi");
    if !link.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_coze"), &link).unwrap();
    }
    at(&link, home)
}

fn at(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_remove("COZE_API_TOKEN")
        .env_remove("COZE_API_BASE")
        .env_remove("COZE_API_PLATFORM")
        .env_remove("COZE_PROFILE")
        .env_remove("COZE_SERVE_API_KEY")
        .env_remove("COZE_WEBHOOK_TOKEN")
        .env("LC_ALL", "C")
        .env("COZE_CONFIG_DIR", home)
        .env("COZE_TOKEN_STORE", "file")
        .env("NO_PROXY", "127.0.0.1");
    command
}

/// Runs the program without settings.
pub(crate) fn run(args: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    coze(home.path()).args(args).output().unwrap()
}

/// Runs the program with `--mock`.
pub(crate) fn mocked(args: &[&str]) -> Output {
    mocked_with_input(args, "")
}

/// Runs the program with `--mock` and standard input.
pub(crate) fn mocked_with_input(args: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(args).arg("--mock");
    output_with_input(command, input)
}

/// Runs the program with standard input against a mock server of the test.
pub(crate) fn against(server: &MockServer, home: &Path, args: &[&str], input: &str) -> Output {
    let mut command = coze(home);
    command.args(args).env("COZE_API_BASE", server.base_url());
    output_with_input(command, input)
}

/// Runs a command with standard input, which it need not read completely.
pub(crate) fn output_with_input(command: Command, input: &str) -> Output {
    assert_cmd::Command::from_std(command).write_stdin(input).output().unwrap()
}

/// Returns bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts that a command succeeded, and returns its standard output.
pub(crate) fn assert_success(output: &Output) -> String {
    text(&output.clone().assert().success().get_output().stdout)
}

/// Returns the JSON that a successful command printed.
pub(crate) fn value(output: &Output) -> Value {
    serde_json::from_str(&assert_success(output)).unwrap()
}

/// Asserts that a command failed with this exit code, and returns its standard error.
pub(crate) fn assert_failure(output: &Output, code: i32) -> String {
    text(&output.clone().assert().code(code).get_output().stderr)
}

/// Returns the example values of an operation. The example of a file is its content.
pub(crate) fn example(operation: &coze_spec::model::Operation) -> Value {
    let params = operation.params.iter().filter(|param| param.constant.is_none());
    let values = params.filter_map(|param| {
        let body_example = || operation.body.as_ref()?.example.get(&param.field.wire);
        let value = param.example.as_ref().or_else(body_example)?;
        Some((param.field.wire.clone(), value.clone()))
    });
    Value::Object(values.collect())
}

/// Returns the example values of the operation with this id.
pub(crate) fn example_of(id: &str) -> Value {
    example(coze_spec::api().operation(id).unwrap())
}
