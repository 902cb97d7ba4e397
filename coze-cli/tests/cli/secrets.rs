//! The output contains no credentials, whatever a server quotes.

mod apps;

use std::path::Path;

use crate::common::quoting::{self, TOKEN};
use crate::common::{coze, output_with_input, text};

/// Runs the program with the token, and asserts that its output does not contain it.
fn assert_clean(home: &Path, base_url: &str, args: &[&str], case: &str) {
    let mut command = coze(home);
    command
        .args(args)
        .current_dir(home)
        .env("COZE_API_BASE", base_url)
        .env("COZE_API_TOKEN", TOKEN);
    // Traces are not printed, but a program that reads this must not begin to leak.
    command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
    let output = output_with_input(command, "");
    // It ends by itself, even with nothing to print.
    assert!(output.status.code().is_some(), "{args:?} of {case}");
    let shown = text(&output.stdout) + &text(&output.stderr);
    quoting::assert_hidden(&shown, &format!("{args:?} of {case}"));
}

#[test]
fn no_output_shows_a_token_that_the_server_quotes() {
    let home = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 7] = [
        &["call", "bots.retrieve", "--bot-id", "7"],
        &["call", "bots.retrieve", "--bot-id", "7", "--output", "table"],
        &["call", "bots.list", "--workspace-id", "7", "--all"],
        &["call", "chat.create", "--bot-id", "7", "--user-id", "1", "--stream"],
        &["call", "audio.speech.create", "--input", "a", "--voice-id", "7", "--save", "speech"],
        &["chat", "7", "--message", "hello"],
        &["auth", "status"],
    ];
    let dry_run = ["call", "bots.retrieve", "--bot-id", "7", "--dry-run"];
    assert_clean(home.path(), "http://127.0.0.1:1", &dry_run, "nothing");
    for reply in quoting::replies() {
        let case = String::from_utf8_lossy(&reply).into_owned();
        let base_url = quoting::serve(reply);
        for args in commands {
            assert_clean(home.path(), &base_url, args, &case);
        }
    }
}

#[test]
fn no_login_shows_the_token() {
    let home = tempfile::tempdir().unwrap();
    for reply in quoting::replies() {
        let case = String::from_utf8_lossy(&reply).into_owned();
        let mut command = coze(home.path());
        command.args(["auth", "login"]).env("COZE_API_BASE", quoting::serve(reply));
        let output = output_with_input(command, &format!("{TOKEN}\n"));
        quoting::assert_hidden(&(text(&output.stdout) + &text(&output.stderr)), &case);
    }
}
