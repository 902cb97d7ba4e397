//! `coze talk` with files in place of devices.

use coze_mock::MockServer;
use serde_json::Value;

use crate::common::{
    BOT, against, assert_failure, assert_success, mocked, mocked_with_input, text, value,
};

/// Writes what a user says.
fn recording(folder: &tempfile::TempDir, said: &str) -> String {
    let path = folder.path().join("question.wav");
    std::fs::write(&path, coze_mock::recording(said)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_bot_hears_and_speaks() {
    let home = tempfile::tempdir().unwrap();
    let input = recording(&home, "Hello there");
    let save = home.path().join("answer.wav");
    let save = save.to_str().unwrap();
    let talked = mocked(&["talk", BOT, "--input", &input, "--save", save]);
    assert_eq!(assert_success(&talked), "You said: Hello there.\n");
    let notes = text(&talked.stderr);
    assert!(notes.contains("[you] Hello there"), "{notes}");
    assert!(notes.contains("written to"), "{notes}");
    // The mock recognizes its own speech.
    let transcript = assert_success(&mocked(&["transcribe", save]));
    assert_eq!(transcript, "You said: Hello there.\n");

    let talked = mocked(&["talk", BOT, "--input", &input, "--output", "json"]);
    let summary: Value = value(&talked);
    assert_eq!(summary["transcript"], "Hello there");
    assert_eq!(summary["text"], "You said: Hello there.");
    assert!(summary["seconds"].as_f64().unwrap() > 0.2, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_has_the_settings_of_the_command() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let input = recording(&home, "Hello");
    let voice = coze_mock::state::VOICE;
    let args = ["talk", BOT, "--input", &input, "--voice", voice, "--user", "ann"];
    assert_success(&against(&server, home.path(), &args, ""));
    let id =
        server.state(|state| state.chats.all().next().map(|chat| chat.conversation_id.clone()));
    let args = ["talk", BOT, "--input", &input, "--conversation", &id.unwrap()];
    let again = assert_success(&against(&server, home.path(), &args, ""));
    assert!(again.contains("turn 2"), "{again}");
}

#[test]
fn tool_outputs_are_read_from_the_next_lines() {
    let home = tempfile::tempdir().unwrap();
    let input = recording(&home, "[tool get_uptime {}] How long?");
    let talked = mocked_with_input(&["talk", BOT, "--input", &input], "42 hours\n");
    assert_eq!(assert_success(&talked), "The tool get_uptime says: 42 hours.\n");
    assert!(text(&talked.stderr).contains("[waiting for] get_uptime"));
    let ended = assert_failure(&mocked(&["talk", BOT, "--input", &input]), 2);
    assert!(ended.contains("output of get_uptime"), "{ended}");
}

#[test]
fn other_files_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("note.txt");
    std::fs::write(&path, "Hello").unwrap();
    let refused = assert_failure(&mocked(&["talk", BOT, "--input", path.to_str().unwrap()]), 2);
    assert!(refused.contains("not a WAV file with 16-bit PCM"), "{refused}");
    assert_failure(&mocked(&["talk", BOT, "--input", "/no/file.wav"]), 1);
    let failure = mocked(&["talk", "1", "--input", &recording(&home, "Hello")]);
    assert_failure(&failure, 3);
}

/// Without the feature, the message says how to get it.
#[cfg(not(feature = "talk"))]
#[test]
fn devices_need_the_feature() {
    let refused = assert_failure(&mocked(&["talk", BOT]), 2);
    assert!(refused.contains("--features talk"), "{refused}");
}
