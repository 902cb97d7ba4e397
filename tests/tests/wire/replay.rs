//! The command that replays recordings.

use std::path::Path;
use std::process::Command;

fn replay(paths: &[&Path]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_replay")).args(paths).output();
    let output = output.expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn each_file_is_reported_whatever_the_others_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("inner")).expect("created");
    std::fs::write(path("inner/chat.sse"), coze_tests::events::sample("chat.sse"))
        .expect("written");
    std::fs::write(path("refused.json"), r#"{"code":4000,"msg":"no such bot"}"#).expect("written");
    let (code, text) = replay(&[folder.path()]);
    assert_eq!(code, Some(0), "{text}");
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(lines[0].contains("chat.sse: stream of a chat, "), "{text}");
    assert!(lines[1].contains("refused.json: JSON in place of events, 0 events"), "{text}");
    assert!(text.contains("the server reported: ") && text.contains("no such bot"), "{text}");

    std::fs::write(path("a.sse"), "event:conversation.chat.dreamed\ndata:{}\n\n").expect("written");
    let (code, text) = replay(&[folder.path()]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.ends_with("1 recordings were not understood completely\n"), "{text}");

    // One path that cannot be read does not hide the others.
    let missing = path("missing.sse");
    let (code, text) = replay(&[&missing, folder.path()]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("missing.sse: cannot be read: "), "{text}");
    assert!(text.contains("chat.sse: stream of a chat, "), "{text}");
    assert!(text.ends_with("1 paths could not be read\n"), "{text}");
}

#[test]
fn without_a_path_the_usage_is_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_replay")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("usage: replay"));
}
