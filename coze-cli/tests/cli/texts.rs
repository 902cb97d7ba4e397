//! What the program says: the help of every command, and what it tells of wrong arguments.

use crate::common::{BOT, failed, mocked, printed, run, text};

const HELP: [&[&str]; 18] = [
    &[],
    &["ops"],
    &["ops", "show"],
    &["call"],
    &["call", "bots.list"],
    &["call", "files.upload"],
    &["auth"],
    &["auth", "login"],
    &["auth", "status"],
    &["auth", "logout"],
    &["playground"],
    &["mock"],
    &["publish"],
    &["chat"],
    &["workflow", "run"],
    &["speak"],
    &["transcribe"],
    &["completions"],
];

#[test]
fn help_says_what_there_is() {
    for command in HELP {
        let help = printed(&run(&[command, &["--help"]].concat()));
        let name = [&["help"], command].concat().join("_").replace('.', "_");
        insta::assert_snapshot!(name, help);
    }
}

#[test]
fn no_command_is_forgotten() {
    let help = printed(&run(&["--help"]));
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

/// A name, arguments, and the exit code.
const ERRORS: [(&str, &[&str], i32); 25] = [
    ("no_profile", &["call", "users.me"], 4),
    ("unknown_command", &["bots"], 2),
    ("unknown_operation", &["call", "bots.lst", "--mock"], 2),
    ("missing_value", &["call", "bots.list", "--mock"], 2),
    ("unknown_parameter", &["call", "bots.list", "--workspce-id", "1", "--mock"], 2),
    ("wrong_type", &["call", "bots.list", "--page_size", "many", "--mock"], 2),
    ("not_in_the_enum", &["call", "bots.list", "--output", "yaml", "--mock"], 2),
    ("no_events", &["call", "bots.list", "--workspace-id", "1", "--stream", "--mock"], 2),
    ("no_pages", &["call", "users.me", "--all", "--mock"], 2),
    ("no_file_to_upload", &["call", "files.upload", "--file", "/no/file", "--mock"], 1),
    ("no_json_file", &["call", "users.me", "--json", "/no/file", "--mock"], 1),
    ("no_match", &["ops", "nothing like that"], 2),
    ("show_unknown_operation", &["ops", "show", "publish.bots"], 2),
    ("login_without_token", &["auth", "login"], 2),
    ("login_by_no_file", &["auth", "login", "--app", "/no/file"], 1),
    ("login_at_the_mock", &["auth", "login", "--mock"], 2),
    ("bad_profile", &["auth", "logout", "--profile", "../../etc"], 2),
    ("playground_without_profile", &["playground", "--profile", "absent"], 4),
    ("publish_unknown_bot", &["publish", "1", "--mock"], 3),
    ("chat_with_unknown_bot", &["chat", "1", "--message", "Hello", "--mock"], 3),
    ("chat_with_odd_variable", &["chat", BOT, "--variable", "city", "--mock"], 2),
    ("workflow_with_odd_parameter", &["workflow", "run", "1", "--param", "x"], 2),
    ("speak_as_text", &["speak", "Hello", "--voice", "1", "--save", "/no/file.txt", "--mock"], 2),
    ("transcribe_no_file", &["transcribe", "/no/file", "--mock"], 1),
    ("completions_of_no_shell", &["completions", "cmd"], 2),
];

#[test]
fn errors_say_what_to_do() {
    for (name, args, code) in ERRORS {
        insta::assert_snapshot!(name, without_log_id(&failed(&run(args), code)));
    }
    let output = run(&["mock", "--fault", "explode"]);
    insta::assert_snapshot!("bad_fault", failed(&output, 2));
}

/// The log id is another one each time.
fn without_log_id(told: &str) -> String {
    ["log id ", "\"logid\":\""].iter().fold(told.to_owned(), |told, mark| {
        match told.split_once(mark) {
            Some((before, rest)) => {
                let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                format!("{before}{mark}…{rest}")
            }
            None => told,
        }
    })
}

#[test]
fn nothing_is_colored_that_is_not_on_a_terminal() {
    let output = mocked(&["chat", BOT, "--message", "[tool f {}] Hello"]);
    assert!(failed(&output, 2).contains("[waits for] f {}"));
    for bytes in [&output.stdout, &output.stderr] {
        assert!(!text(bytes).contains('\u{1b}'), "{}", text(bytes));
    }
}
