//! What the tests of the program share: running it away from the settings of whoever runs the tests.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::Path;
use std::process::{Command, Output};

/// The program, with its settings in `home`.
pub(crate) fn coze(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coze"));
    command
        .env_remove("COZE_API_TOKEN")
        .env_remove("COZE_API_BASE")
        .env("COZE_CONFIG_DIR", home)
        .env("NO_PROXY", "127.0.0.1");
    command
}

/// What was printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What was printed by a command that ended well.
pub(crate) fn printed(output: &Output) -> String {
    let errors = text(&output.stderr);
    assert!(output.status.success(), "{:?}: {errors}", output.status);
    text(&output.stdout)
}
