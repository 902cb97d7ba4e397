//! Completion in shells.

use coze_mock::MockServer;
use coze_mock::state::WORKSPACE;

#[cfg(unix)]
use crate::common::cozeapi;
use crate::common::{BOT, against, assert_success, coze, run};

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
    let values = candidates(&["call", "benefits.retrieve", "--benefit_type_list", ""]);
    assert!(values.contains(&"call_tool_limit".to_owned()), "{values:?}");
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

/// The ids in responses are offered later, in every place that takes one of their kind.
#[tokio::test(flavor = "multi_thread")]
async fn recent_ids_are_completed() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_secret\n");
    let bots: [&[&str]; 3] = [
        &["chat", ""],
        &["call", "bots.retrieve", "--bot_id", ""],
        &["serve", "--mock", "--bot", ""],
    ];
    for line in bots {
        assert!(!completed(home.path(), line).contains(&BOT.to_owned()), "{line:?}");
    }
    let call = |args: &[&str]| assert_success(&against(&server, home.path(), args, ""));
    call(&["call", "bots.list", "--workspace-id", WORKSPACE, "--all"]);
    call(&["chat", BOT, "--message", "Hello"]);
    for line in bots {
        assert!(completed(home.path(), line).contains(&BOT.to_owned()), "{line:?}");
    }
    let workspaces = completed(home.path(), &["call", "workflows.list", "--workspace_id", ""]);
    assert_eq!(workspaces, [WORKSPACE]);
    let conversations = completed(home.path(), &["chat", BOT, "--conversation", ""]);
    assert_eq!(conversations.len(), 1, "{conversations:?}");
    let kept = std::fs::read_to_string(home.path().join("recent.json")).unwrap();
    assert!(!kept.contains("pat_secret") && !kept.contains("Hello"), "{kept}");
    // Requests to paths leave them too, and so do lists of other objects.
    std::fs::remove_file(home.path().join("recent.json")).unwrap();
    call(&["api", "GET", &format!("/v1/bots?workspace_id={WORKSPACE}")]);
    assert!(completed(home.path(), &["chat", ""]).contains(&BOT.to_owned()));
    call(&["api", "GET", "/v1/audio/voices", "--paginate"]);
    let voices = completed(home.path(), &["call", "audio.speech.create", "--voice_id", ""]);
    assert!(voices.iter().any(|voice| voice == coze_mock::state::VOICE), "{voices:?}");
    // A dry run and the mock of a command leave nothing.
    std::fs::remove_file(home.path().join("recent.json")).unwrap();
    call(&["call", "bots.retrieve", "--bot_id", BOT, "--dry-run"]);
    call(&["call", "workspaces.list", "--mock"]);
    assert!(!home.path().join("recent.json").exists());
}

/// People rename it if they have another program of this name.
#[cfg(unix)]
#[test]
fn the_script_is_for_the_name_of_the_program() {
    let home = tempfile::tempdir().unwrap();
    let output = cozeapi(home.path()).args(["completions", "bash"]).output();
    let script = assert_success(&output.unwrap());
    assert!(script.contains("_clap_complete_coze cozeapi\n"), "{script}");
    assert!(assert_success(&run(&["completions", "bash"])).contains("_clap_complete_coze coze\n"));
}

#[test]
fn scripts_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = assert_success(&run(&["completions", shell]));
        assert!(script.contains("coze") && script.contains("COZE_COMPLETE"), "{shell}: {script}");
    }
}
