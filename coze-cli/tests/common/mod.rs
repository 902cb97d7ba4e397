//! What the tests of the program share: running it away from the settings of whoever runs the tests.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::assert::OutputAssertExt as _;
use coze_mock::MockServer;
use serde_json::Value;

pub(crate) const BOT: &str = coze_mock::state::BOT;
pub(crate) const WORKSPACE: &str = coze_mock::state::WORKSPACE;

/// The program, with its settings in `home`.
pub(crate) fn coze(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coze"));
    command
        .env_remove("COZE_API_TOKEN")
        .env_remove("COZE_API_BASE")
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

/// Runs the program with a mock in its own process.
pub(crate) fn mocked(args: &[&str]) -> Output {
    typed(args, "")
}

/// Runs the program with a mock in its own process, and with an input.
pub(crate) fn typed(args: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(args).arg("--mock");
    fed(command, input)
}

/// Runs the program with an input, against a mock of the test.
pub(crate) fn against(server: &MockServer, home: &Path, args: &[&str], input: &str) -> Output {
    let mut command = coze(home);
    command.args(args).env("COZE_API_BASE", server.base_url());
    fed(command, input)
}

/// Runs a command with an input, of which it need not read everything.
pub(crate) fn fed(command: Command, input: &str) -> Output {
    assert_cmd::Command::from_std(command).write_stdin(input).output().unwrap()
}

/// What was printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What was printed by a command that ended well.
pub(crate) fn printed(output: &Output) -> String {
    text(&output.clone().assert().success().get_output().stdout)
}

/// The JSON that was printed.
pub(crate) fn value(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

/// What a command told that ended with this code.
pub(crate) fn failed(output: &Output, code: i32) -> String {
    text(&output.clone().assert().code(code).get_output().stderr)
}

/// The example values of an operation; of a file its content.
pub(crate) fn example(operation: &coze_spec::model::Operation) -> Value {
    let params = operation.params.iter().filter(|param| param.constant.is_none());
    let values = params.filter_map(|param| {
        let of_body = || operation.body.as_ref()?.example.get(&param.field.wire);
        let value = param.example.as_ref().or_else(of_body)?;
        Some((param.field.wire.clone(), value.clone()))
    });
    Value::Object(values.collect())
}

/// The example values of the operation with this id.
pub(crate) fn example_of(id: &str) -> Value {
    example(coze_spec::api().operation(id).unwrap())
}
