//! Completion in shells.

use crate::common::{BOT, assert_success, coze, run};

/// Returns the candidates that bash gets for the last word of a command line.
fn completed(home: &std::path::Path, line: &[&str]) -> Vec<String> {
    let mut command = coze(home);
    command.args(["--", "coze"]).args(line);
    command.env("COZE_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", line.len().to_string());
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true");
    let output = assert_success(&command.output().unwrap());
    output.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn operations_and_their_parameters_are_completed() {
    let home = tempfile::tempdir().unwrap();
    let candidates = |line: &[&str]| completed(home.path(), line);
    assert_eq!(candidates(&["call", "bots.retrieve_"]), ["bots.retrieve_published"]);
    assert!(candidates(&["ops", "show", "data"]).contains(&"databases.create".to_owned()));
    let options = candidates(&["call", "bots.list", "--w"]);
    assert_eq!(options, ["--workspace_id"]);
    let options = candidates(&["call", "bots.list", "--"]);
    for option in ["--page_size", "--dry-run", "--jq", "--profile"] {
        assert!(options.iter().any(|candidate| candidate == option), "{option}: {options:?}");
    }
    let values = candidates(&["call", "bots.list", "--publish_status", ""]);
    assert!(values.contains(&"published_online".to_owned()), "{values:?}");
    assert!(candidates(&["trigger", "bot.pub"]).contains(&"bot.published".to_owned()));
    assert!(candidates(&["tr"]).contains(&"trigger".to_owned()));
    // The program ends after completion: nothing is called.
    assert_eq!(candidates(&["chat", BOT, "--mess"]), ["--message"]);
}

#[test]
fn profiles_are_completed() {
    let home = tempfile::tempdir().unwrap();
    for name in ["work", "world", "home"] {
        let path = home.path().join(format!("{name}.profile.json"));
        std::fs::write(path, r#"{"kind": "token", "token": "pat_x"}"#).unwrap();
    }
    assert_eq!(completed(home.path(), &["auth", "switch", "wor"]), ["work", "world"]);
    assert_eq!(completed(home.path(), &["chat", "--profile", "h"]), ["home"]);
}

#[test]
fn scripts_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = assert_success(&run(&["completions", shell]));
        assert!(script.contains("coze") && script.contains("COZE_COMPLETE"), "{shell}: {script}");
    }
}
