//! Snapshots of help texts and error messages.

use crate::common::{BOT, assert_failure, assert_success, mocked, run, text};

const HELP: [&[&str]; 27] = [
    &[],
    &["ops"],
    &["ops", "show"],
    &["call"],
    &["call", "bots.list"],
    &["call", "files.upload"],
    &["api"],
    &["auth"],
    &["auth", "login"],
    &["auth", "list"],
    &["auth", "switch"],
    &["auth", "status"],
    &["auth", "logout"],
    &["playground"],
    &["widget"],
    &["mock"],
    &["serve"],
    &["mcp"],
    &["publish"],
    &["chat"],
    &["talk"],
    &["workflow", "run"],
    &["speak"],
    &["transcribe"],
    &["listen"],
    &["trigger"],
    &["completions"],
];

#[test]
fn help_of_every_command() {
    for command in HELP {
        let help = assert_success(&run(&[command, &["--help"]].concat()));
        let name = [&["help"], command].concat().join("_").replace('.', "_");
        insta::assert_snapshot!(name, help);
    }
}

#[test]
fn every_command_has_snapshots() {
    let help = assert_success(&run(&["--help"]));
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next();
    let commands = commands.unwrap().lines().filter_map(|line| {
        line.strip_prefix("  ")?.split_whitespace().next().filter(|name| *name != "help")
    });
    for command in commands {
        let known = HELP.iter().any(|args| args.first() == Some(&command));
        assert!(known, "no snapshot of the help of {command}");
        let known = ERRORS.iter().any(|(_, args, _)| args.first() == Some(&command));
        assert!(known || command == "mock", "no snapshot of an error of {command}");
    }
}

/// People rename it if they have another program of this name.
#[cfg(unix)]
#[test]
fn texts_have_the_name_of_the_program() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| crate::common::cozeapi(home.path()).args(args).output().unwrap();
    for language in ["en", "zh"] {
        for command in HELP {
            let help = assert_success(&run(&[command, &["--help", "--lang", language]].concat()));
            for other in ["`coze ", "\n  coze ", "(coze ", "Usage: coze "] {
                assert!(!help.contains(other), "{command:?}: {help}");
            }
            if !matches!(command, [] | ["auth"]) {
                assert!(help.contains("cozeapi "), "{command:?}: {help}");
            }
        }
        let stderr = assert_failure(&run(&["call", "users.me", "--lang", language]), 4);
        assert!(stderr.contains("`cozeapi auth login`"), "{stderr}");
        let stderr = assert_failure(&run(&["call", "bots.list", "--mock", "--lang", language]), 2);
        assert!(stderr.contains("`cozeapi call bots.list --help`"), "{stderr}");
    }
}

/// A name, arguments, and the exit code.
const ERRORS: [(&str, &[&str], i32); 34] = [
    ("no_profile", &["call", "users.me"], 4),
    ("unknown_command", &["bots"], 2),
    ("unknown_operation", &["call", "bots.lst", "--mock"], 2),
    ("missing_value", &["call", "bots.list", "--mock"], 2),
    ("unknown_parameter", &["call", "bots.list", "--workspce-id", "1", "--mock"], 2),
    ("wrong_type", &["call", "bots.list", "--page_size", "many", "--mock"], 2),
    ("not_in_the_enum", &["call", "bots.list", "--output", "yaml", "--mock"], 2),
    ("no_events", &["call", "bots.list", "--workspace-id", "1", "--stream", "--mock"], 2),
    ("no_pages", &["call", "users.me", "--all", "--mock"], 2),
    ("upload_of_missing_file", &["call", "files.upload", "--file", "/no/file", "--mock"], 1),
    ("missing_json_file", &["call", "users.me", "--json", "/no/file", "--mock"], 1),
    ("api_with_invalid_header", &["api", "GET", "/v1/bots", "-H", "x"], 2),
    ("no_match", &["ops", "nothing like that"], 2),
    ("show_unknown_operation", &["ops", "show", "publish.bots"], 2),
    ("login_without_token", &["auth", "login"], 2),
    ("login_with_missing_file", &["auth", "login", "--app", "/no/file"], 1),
    ("login_with_mock", &["auth", "login", "--mock"], 2),
    ("switch_to_missing_profile", &["auth", "switch", "absent"], 4),
    ("bad_profile", &["auth", "logout", "--profile", "../../etc"], 2),
    ("widget_without_bot", &["widget", "--base-url", "http://localhost:1"], 2),
    ("playground_without_profile", &["playground", "--profile", "absent"], 4),
    ("serve_without_model", &["serve"], 2),
    ("serve_without_key", &["serve", "--bot", "1", "--host", "0.0.0.0"], 2),
    ("mcp_without_key", &["mcp", "--http", "0", "--host", "0.0.0.0"], 2),
    ("publish_unknown_bot", &["publish", "1", "--mock"], 3),
    ("talk_without_file", &["talk", BOT, "--input", "/no/file.wav", "--mock"], 1),
    ("chat_with_unknown_bot", &["chat", "1", "--message", "Hello", "--mock"], 3),
    ("chat_with_invalid_variable", &["chat", BOT, "--variable", "city", "--mock"], 2),
    ("workflow_with_invalid_parameter", &["workflow", "run", "1", "--param", "x"], 2),
    ("speak_as_text", &["speak", "Hello", "--voice", "1", "--save", "/no/file.txt", "--mock"], 2),
    ("transcribe_missing_file", &["transcribe", "/no/file", "--mock"], 1),
    ("listen_without_token", &["listen"], 2),
    ("trigger_unknown_event", &["trigger", "bot.lost", "--token", "a token"], 2),
    ("completions_of_unknown_shell", &["completions", "cmd"], 2),
];

#[test]
fn error_messages() {
    for (name, args, code) in ERRORS {
        insta::assert_snapshot!(name, without_log_id(&assert_failure(&run(args), code)));
    }
    let output = run(&["mock", "--fault", "explode"]);
    insta::assert_snapshot!("bad_fault", assert_failure(&output, 2));
}

/// Replaces the log id, which differs between runs.
fn without_log_id(stderr: &str) -> String {
    ["log id ", "\"logid\":\""].iter().fold(stderr.to_owned(), |stderr, mark| {
        match stderr.split_once(mark) {
            Some((before, rest)) => {
                let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                format!("{before}{mark}…{rest}")
            }
            None => stderr,
        }
    })
}

#[test]
fn only_terminals_get_colors() {
    let output = mocked(&["chat", BOT, "--message", "[tool f {}] Hello"]);
    assert!(assert_failure(&output, 2).contains("[waiting for] f {}"));
    for bytes in [&output.stdout, &output.stderr] {
        assert!(!text(bytes).contains('\u{1b}'), "{}", text(bytes));
    }
}
