//! Tests of chats and workflows with piped input, and of speech.

use coze_mock::MockServer;
use serde_json::Value;

use crate::common::{
    BOT, against, assert_failure, assert_success, coze, mocked, mocked_with_input,
    output_with_input, text, value,
};

/// Returns the lines of standard output, which contain the replies but not the notes.
fn reply_lines(output: &std::process::Output) -> Vec<String> {
    assert_success(output).lines().map(str::to_owned).collect()
}

#[test]
fn a_bot_replies() {
    let reply = assert_success(&mocked(&["chat", BOT, "--message", "Hello"]));
    assert_eq!(reply, "You said: Hello.\n");
    let lines = "Hello\n\nWhat else?\n/new\nBye\n/quit\nnever\n";
    assert_eq!(
        reply_lines(&mocked_with_input(&["chat", BOT], lines)),
        [
            "You said: Hello.",
            "You said: What else? This is turn 2 of our conversation.",
            "You said: Bye.",
        ]
    );
    let home = tempfile::tempdir().unwrap();
    // Piped input is not added to the history.
    let mut command = coze(home.path());
    command.args(["chat", BOT, "--mock"]);
    assert_success(&output_with_input(command, "Hello\n"));
    assert!(!home.path().join("history").exists());
}

#[test]
fn tool_outputs_are_read_from_the_next_lines() {
    let lines = "[tool get_uptime {\"unit\": \"h\"}] How long?\n42 hours\n\
                 [tool a {}] [tool b {\"x\": 1}] Both?\none\ntwo\nThanks\n";
    let output = mocked_with_input(&["chat", BOT], lines);
    let replies = reply_lines(&output);
    assert_eq!(replies[0], "The tool get_uptime says: 42 hours.");
    assert!(replies[1].starts_with("The tool a says: one. The tool b says: two."), "{replies:?}");
    assert!(replies[2].starts_with("You said: Thanks."), "{replies:?}");
    let notes = text(&output.stderr);
    for note in [
        "[calls] get_uptime {\"unit\":\"h\"}",
        "[waiting for] get_uptime {\"unit\":\"h\"}",
        "[waiting for] b {\"x\":1}",
        "[result] two",
    ] {
        assert!(notes.contains(note), "no {note} in {notes}");
    }
    // A tool can be called repeatedly.
    let lines = "[tool a {}] Once\n1\n[tool a {}] Twice\n2\n";
    assert!(
        assert_success(&mocked_with_input(&["chat", BOT], lines)).contains("The tool a says: 2.")
    );
    let ended = assert_failure(&mocked(&["chat", BOT, "--message", "[tool get_uptime {}]"]), 2);
    assert!(ended.contains("output of get_uptime"), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_are_submitted_once() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let args = ["chat", BOT, "--message", "[tool get_uptime {}] How long?"];
    let output = against(&server, home.path(), &args, "42 hours\n");
    assert_eq!(assert_success(&output), "The tool get_uptime says: 42 hours.\n");
    let [submitted] = &server.requests_to("chat.submit_tool_outputs")[..] else {
        panic!("one submission")
    };
    assert_eq!(submitted.json()["tool_outputs"][0]["output"], "42 hours");
}

#[test]
fn a_chat_runs_commands() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("my note.txt");
    std::fs::write(&path, "remember the milk").unwrap();
    let lines =
        format!("/history\n/file '{}'\nWhat is in it?\n/history\n//usr\n/help\n", path.display());
    let output = mocked_with_input(&["chat", BOT], &lines);
    let replies = reply_lines(&output);
    assert!(replies[0].contains("my note.txt (17 bytes)"), "{replies:?}");
    assert!(replies[1].starts_with("you: ") && replies[2].starts_with("bot: "), "{replies:?}");
    assert!(replies[3].starts_with("You said: /usr."), "{replies:?}");
    assert!(replies[4].starts_with("/help"), "{replies:?}");
    assert!(text(&output.stderr).contains("no messages yet"));
    for invalid in ["/nope\n", "/file\n"] {
        assert_failure(&mocked_with_input(&["chat", BOT], invalid), 2);
    }
    assert_failure(&mocked_with_input(&["chat", BOT], "/file /no/file\n"), 1);
}

#[test]
fn images_are_sent() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("photo");
    std::fs::write(&path, "x").unwrap();
    let path = path.to_str().unwrap();
    let reply = assert_success(&mocked(&["chat", BOT, "--message", "Look", "--image", path]));
    assert!(reply.contains("the image photo (1 bytes)"), "{reply}");
    let lines = format!("/image {path}\nLook\n");
    let replies = reply_lines(&mocked_with_input(&["chat", BOT], &lines));
    assert!(replies[0].contains("the image photo (1 bytes)"), "{replies:?}");
}

#[test]
fn the_last_messages_are_shown() {
    let replies = reply_lines(&mocked_with_input(&["chat", BOT], "One\nTwo\n/history 2\n"));
    let [.., question, answer] = &replies[..] else { panic!("{replies:?}") };
    assert_eq!(question, "you: Two");
    assert!(answer.starts_with("bot: You said: Two."), "{replies:?}");
    assert!(!replies.iter().any(|line| line == "you: One"), "{replies:?}");
    assert_failure(&mocked_with_input(&["chat", BOT], "/history many\n"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_resumed() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let chat = |more: &[&str], lines: &str| {
        against(&server, home.path(), &[&["chat", BOT], more].concat(), lines)
    };
    let unknown = assert_failure(&chat(&["--resume", "--message", "Hello"], ""), 2);
    assert!(unknown.contains("no earlier conversation"), "{unknown}");
    assert_success(&chat(&["--message", "One"], ""));
    let resumed = reply_lines(&chat(&["--resume", "--message", "Two"], ""));
    assert_eq!(resumed[0], "you: One");
    assert!(resumed[2].contains("turn 2"), "{resumed:?}");
    let resumed = reply_lines(&chat(&[], "/resume\nThree\n"));
    assert!(resumed[4].contains("turn 3"), "{resumed:?}");
    let id =
        server.state(|state| state.chats.all().next().map(|chat| chat.conversation_id.clone()));
    let lines = format!("Other\n/resume {}\nFour\n", id.unwrap());
    let resumed = reply_lines(&chat(&[], &lines));
    assert!(resumed.last().unwrap().contains("turn 4"), "{resumed:?}");
    assert_failure(&chat(&[], "/resume 1\n"), 3);
}

#[test]
fn the_last_turn_is_shown_as_code() {
    let args = ["chat", BOT, "--variable", "city=Kunming"];
    let code = assert_success(&mocked_with_input(&args, "Say \"hi\"\n/code\n"));
    for part in [".create(", BOT, r#"Say \"hi\""#, "Kunming", "curl --"] {
        assert!(code.contains(part), "no {part} in {code}");
    }
    assert!(!code.contains("pat_mock"), "{code}");
    let python = assert_success(&mocked_with_input(&args, "Hello\n/code Python\n"));
    assert!(python.contains("import") && !python.contains("curl"), "{python}");
    let none = mocked_with_input(&args, "/code\n");
    assert_success(&none);
    assert!(text(&none.stderr).contains("no messages yet"));
    assert_failure(&mocked_with_input(&args, "Hello\n/code cobol\n"), 2);
}

#[test]
fn a_chat_prints_events_as_json() {
    let args = ["chat", BOT, "--message", "[tool f {}] Hello", "--output", "json"];
    let events: Vec<Value> = reply_lines(&mocked_with_input(&args, "42\n"))
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let has_event = |name: &str| events.iter().any(|event| event["event"] == name);
    assert!(has_event("conversation.chat.requires_action"));
    assert!(has_event("conversation.message.delta"));
    assert_eq!(events.last().unwrap()["event"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_are_sent_and_a_conversation_continues() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let say = |more: &[&str]| {
        let args = [&["chat", BOT, "--message", "Hello"], more].concat();
        assert_success(&against(&server, home.path(), &args, ""))
    };
    say(&["--variable", "city=Kunming", "--variable", "days=3"]);
    let sent = server.requests_to("chat.create")[0].json();
    assert_eq!(sent["custom_variables"]["city"], "Kunming");
    assert_eq!(sent["custom_variables"]["days"], "3");
    let chat =
        server.state(|state| state.chats.all().next().map(|chat| chat.conversation_id.clone()));
    assert!(say(&["--conversation", &chat.unwrap()]).contains("turn 2"));
}

#[test]
fn a_bot_is_published_and_replies() {
    let output = assert_success(&mocked(&["publish", BOT]));
    assert!(output.contains("Published") && output.contains("It replies: "), "{output}");
    let output = value(&mocked(&["publish", BOT, "--output", "json"]));
    assert_eq!((&output["bot_id"], &output["answer"]), (&BOT.into(), &"You said: Hello.".into()));
}

#[test]
fn speech_is_created_and_transcribed() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hello.wav");
    let path = path.to_str().unwrap();
    let voice = coze_mock::state::VOICE;
    assert_success(&mocked(&["speak", "Hello there", "--voice", voice, "--save", path]));
    assert_eq!(assert_success(&mocked(&["transcribe", path])), "Hello there\n");
    let args = ["speak", "-", "--voice", voice, "--save", path];
    assert_success(&mocked_with_input(&args, "From a pipe\n"));
    let transcript = value(&mocked(&["transcribe", path, "--output", "json"]));
    assert_eq!(transcript["text"], "From a pipe");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_extension_selects_the_audio_format() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    for (name, format) in [("a.mp3", "mp3"), ("a.wav", "wav"), ("a.ogg", "ogg_opus")] {
        let path = home.path().join(name);
        let voice = coze_mock::state::VOICE;
        let args = ["speak", "Hi", "--voice", voice, "--save", path.to_str().unwrap()];
        assert_success(&against(&server, home.path(), &args, ""));
        let sent = server.requests_to("audio.speech.create").pop().unwrap().json();
        assert_eq!(sent["response_format"], format, "{name}");
    }
}

#[test]
fn a_workflow_runs() {
    let run = ["workflow", "run", coze_mock::state::WORKFLOW, "--param", "city=Kunming"];
    let output = assert_success(&mocked(&run));
    assert!(output.starts_with('[') && output.contains("Kunming"), "{output}");
    let events = assert_success(&mocked(&[&run[..], &["--output", "json"]].concat()));
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "Done");
}

#[test]
fn a_workflow_asks_questions() {
    let run = ["workflow", "run", coze_mock::state::ASKING_WORKFLOW];
    let output = mocked_with_input(&run, "Monday\n");
    let printed = assert_success(&output);
    let result = "\n[Result] There is a train that leaves at noon: Monday.\n";
    assert!(printed.contains(result), "{printed}");
    let notes = text(&output.stderr);
    assert!(notes.contains("[asks] Ask: On which day do you want to travel?"), "{notes}");
    assert!(notes.contains("debug URL"), "{notes}");
    let ended = assert_failure(&mocked(&run), 2);
    assert!(ended.contains("answer to Ask"), "{ended}");
}
