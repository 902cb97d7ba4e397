//! Bots and workflows that are talked to through a pipe, and speech.

use coze_mock::MockServer;
use serde_json::Value;

use crate::common::{BOT, against, coze, failed, fed, mocked, printed, text, typed, value};

/// What the bot has said, without the notes.
fn said(output: &std::process::Output) -> Vec<String> {
    printed(output).lines().map(str::to_owned).collect()
}

#[test]
fn a_bot_chats() {
    let answer = printed(&mocked(&["chat", BOT, "--message", "Hello"]));
    assert_eq!(answer, "You said: Hello.\n");
    let lines = "Hello\n\nWhat else?\n/new\nBye\n/quit\nnever\n";
    assert_eq!(
        said(&typed(&["chat", BOT], lines)),
        [
            "You said: Hello.",
            "You said: What else? This is turn 2 of our conversation.",
            "You said: Bye.",
        ]
    );
    let home = tempfile::tempdir().unwrap();
    // A pipe leaves no history.
    let mut command = coze(home.path());
    command.args(["chat", BOT, "--mock"]);
    printed(&fed(command, "Hello\n"));
    assert!(!home.path().join("history").exists());
}

#[test]
fn the_outputs_of_tools_are_the_next_lines() {
    let lines = "[tool get_uptime {\"unit\": \"h\"}] How long?\n42 hours\n\
                 [tool a {}] [tool b {\"x\": 1}] Both?\none\ntwo\nThanks\n";
    let output = typed(&["chat", BOT], lines);
    let said = said(&output);
    assert_eq!(said[0], "The tool get_uptime says: 42 hours.");
    assert!(said[1].starts_with("The tool a says: one. The tool b says: two."), "{said:?}");
    assert!(said[2].starts_with("You said: Thanks."), "{said:?}");
    let notes = text(&output.stderr);
    for note in [
        "[calls] get_uptime {\"unit\":\"h\"}",
        "[waits for] get_uptime {\"unit\":\"h\"}",
        "[waits for] b {\"x\":1}",
        "[result] two",
    ] {
        assert!(notes.contains(note), "no {note} in {notes}");
    }
    // Tools may be called again and again.
    let lines = "[tool a {}] Once\n1\n[tool a {}] Twice\n2\n";
    assert!(printed(&typed(&["chat", BOT], lines)).contains("The tool a says: 2."));
    let ended = failed(&mocked(&["chat", BOT, "--message", "[tool get_uptime {}]"]), 2);
    assert!(ended.contains("output of get_uptime"), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_are_submitted_once() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let args = ["chat", BOT, "--message", "[tool get_uptime {}] How long?"];
    let output = against(&server, home.path(), &args, "42 hours\n");
    assert_eq!(printed(&output), "The tool get_uptime says: 42 hours.\n");
    let [submitted] = &server.requests_to("chat.submit_tool_outputs")[..] else {
        panic!("one submission")
    };
    assert_eq!(submitted.json()["tool_outputs"][0]["output"], "42 hours");
}

#[test]
fn a_chat_obeys_commands() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("my note.txt");
    std::fs::write(&path, "remember the milk").unwrap();
    let lines =
        format!("/history\n/file '{}'\nWhat is in it?\n/history\n//usr\n/help\n", path.display());
    let output = typed(&["chat", BOT], &lines);
    let said = said(&output);
    assert!(said[0].contains("my note.txt (17 bytes)"), "{said:?}");
    assert!(said[1].starts_with("you: ") && said[2].starts_with("bot: "), "{said:?}");
    assert!(said[3].starts_with("You said: /usr."), "{said:?}");
    assert!(said[4].starts_with("/help"), "{said:?}");
    assert!(text(&output.stderr).contains("nothing was said yet"));
    for wrong in ["/nope\n", "/file\n"] {
        failed(&typed(&["chat", BOT], wrong), 2);
    }
    failed(&typed(&["chat", BOT], "/file /no/file\n"), 1);
}

#[test]
fn a_chat_is_read_by_programs() {
    let args = ["chat", BOT, "--message", "[tool f {}] Hello", "--output", "json"];
    let events: Vec<Value> = said(&typed(&args, "42\n"))
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let named = |name: &str| events.iter().any(|event| event["event"] == name);
    assert!(named("conversation.chat.requires_action"));
    assert!(named("conversation.message.delta"));
    assert_eq!(events.last().unwrap()["event"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_with_variables() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let say = |more: &[&str]| {
        let args = [&["chat", BOT, "--message", "Hello"], more].concat();
        printed(&against(&server, home.path(), &args, ""))
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
fn a_bot_is_published_and_answers() {
    let told = printed(&mocked(&["publish", BOT]));
    assert!(told.contains("published") && told.contains("It answers: "), "{told}");
    let told = value(&mocked(&["publish", BOT, "--output", "json"]));
    assert_eq!((&told["bot_id"], &told["answer"]), (&BOT.into(), &"You said: Hello.".into()));
}

#[test]
fn speech_is_made_and_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hello.wav");
    let path = path.to_str().unwrap();
    let voice = coze_mock::state::VOICE;
    printed(&mocked(&["speak", "Hello there", "--voice", voice, "--save", path]));
    assert_eq!(printed(&mocked(&["transcribe", path])), "Hello there\n");
    let args = ["speak", "-", "--voice", voice, "--save", path];
    printed(&typed(&args, "From a pipe\n"));
    let heard = value(&mocked(&["transcribe", path, "--output", "json"]));
    assert_eq!(heard["text"], "From a pipe");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_the_file_asks_for_the_format() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    for (name, format) in [("a.mp3", "mp3"), ("a.wav", "wav"), ("a.ogg", "ogg_opus")] {
        let path = home.path().join(name);
        let voice = coze_mock::state::VOICE;
        let args = ["speak", "Hi", "--voice", voice, "--save", path.to_str().unwrap()];
        printed(&against(&server, home.path(), &args, ""));
        let sent = server.requests_to("audio.speech.create").pop().unwrap().json();
        assert_eq!(sent["response_format"], format, "{name}");
    }
}

#[test]
fn a_workflow_runs() {
    let run = ["workflow", "run", coze_mock::state::WORKFLOW, "--param", "city=Kunming"];
    let told = printed(&mocked(&run));
    assert!(told.starts_with('[') && told.contains("Kunming"), "{told}");
    let events = printed(&mocked(&[&run[..], &["--output", "json"]].concat()));
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "Done");
}

#[test]
fn a_workflow_asks() {
    let run = ["workflow", "run", coze_mock::state::ASKING_WORKFLOW];
    let output = typed(&run, "Monday\n");
    let told = printed(&output);
    assert!(told.contains("\n[Result] There is a train that leaves at noon: Monday.\n"), "{told}");
    let notes = text(&output.stderr);
    assert!(notes.contains("[asks] Ask: On which day do you want to travel?"), "{notes}");
    assert!(notes.contains("see how it ran"), "{notes}");
    let ended = failed(&mocked(&run), 2);
    assert!(ended.contains("answer to Ask"), "{ended}");
}
