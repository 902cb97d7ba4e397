//! Every example of the SDK without a token and arguments: it starts a mock server, says so, and
//! prints a result. One needs no server.

use std::collections::BTreeSet;
use std::path::Path;

use crate::EXAMPLES;

/// Every example, a part of its output, and its input.
const ALL: [(&str, &str, &str); 50] = [
    ("auth_device", "Hello, User 2478774393201234!\n", ""),
    ("auth_jwt", "Hello, User 2478774393201234!\n", ""),
    ("auth_pkce", "Hello, User 2478774393201234!\n", ""),
    ("auth_token", "Hello, User 2478774393201234!\n", ""),
    ("auth_web", "Hello, User 2478774393201234!\n", ""),
    ("batch", "How hot is green tea?\n  You said: How hot is green tea?\nAnd black tea?\n", ""),
    ("blocking", "You said: Hello!", ""),
    ("bot_publish", "You said: How hot is green tea?\nunpublished ", ""),
    ("bots_to_csv", "bots.csv: 1 bots\n", ""),
    ("call_plugin", "echo: Returns its arguments.\n", ""),
    ("chat_cancel", "the chat is canceled\n", ""),
    ("chat_multimodal", "With it came the image cup.png (142 bytes).\n", ""),
    ("chat_poll", "With it came the image https://example.com/cup.png.\n", ""),
    ("chat_server", "data: {\"text\":\"You \"}\n", ""),
    ("chat_stream", "You said: Hello!\nsuggested question: ", ""),
    ("chat_tools", r#"{"city":"Kunming","degrees":22,"sky":"clear"}"#, ""),
    ("chatflow", "You said: Tell me about Kunming.", ""),
    (
        "conversation",
        "This is turn 2 of our conversation.\n",
        "My name is Ann.\nWhat is my name?\n",
    ),
    ("create_dataset", "https://example.com/ 100%\nguide.txt 50%\nguide.txt 100%\n", ""),
    ("databases", "Ann: 12 cups\nLing: 3 cups\n2 records deleted\ndeleted ", ""),
    ("errors", "there is no bot 1\n", ""),
    ("export_conversation", "\"content\":\"What is your name?\"", ""),
    ("http_proxy", "the proxy forwards GET /v1/users/me\nHello, User 2478774393201234!\n", ""),
    ("list_bots", "Personal (7361424235321600001)\n  7342866812345000001 Mock [published]\n", ""),
    ("logging", "close", ""),
    ("manage_dataset", "found An example: Created by an example of the Rust SDK.\ndeleted ", ""),
    ("metrics", "coze_calls_total{operation=\"chat.create\",outcome=\"success\"} 1\n", ""),
    ("quickstart", "You said: Hello!\n", ""),
    ("raw_request", "conversation.chat.completed: {", ""),
    ("realtime_chat", "You said: Good morning!", ""),
    ("realtime_speech", "answer.wav: ", ""),
    ("realtime_transcribe", "Good morning!\n", ""),
    ("sign_requests", "Mock: the gateway received a signed request\n", ""),
    ("site", "You said: The train leaves at noon.\n", ""),
    ("speech_to_file", "speech.mp3: ", ""),
    ("studio", "You said: Hello!\n", ""),
    ("tenants", "ann is User 2478774393201234\nmo is User 2478774393201234\n", ""),
    ("test_offline", "the tests have passed\n", ""),
    ("token_store", "ann is User 2478774393201234\nmo: open ", ""),
    ("trace_context", "bots.retrieve: Some(\"00-", ""),
    ("transcribe", "Good morning!\n", ""),
    ("upload_file", " cup.png (142 bytes)\n", ""),
    ("voice_question", "question: Good morning!\nanswer: You said: Good morning!\n", ""),
    ("webhook_send", "200 OK\nreceived bot.published ", ""),
    ("webhook_server", ": BotPublished(", ""),
    ("workflow_background", "Success: {", ""),
    ("workflow_resume", "Monday", ""),
    ("workflow_run", r#""output": "You gave it {}.""#, ""),
    ("workflow_stream", "a train that leaves at noon: Monday.  [Result]\n", "Monday\n"),
    ("workspace_members", "2478774393201234 owner User 2478774393201234\n", ""),
];

#[test]
fn every_example_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../coze-api/examples");
    let files = std::fs::read_dir(folder).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    let there: BTreeSet<String> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let tested: BTreeSet<String> = ALL.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(there, tested);
}

#[tokio::test]
async fn every_example_runs_without_a_token_and_without_arguments() {
    let run = |(name, piece, input): (&'static str, &'static str, &'static str)| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (good, out, err) = EXAMPLES.run_bare(name, folder.path(), input).await;
        let note = ": using a mock server at http://127.0.0.1:";
        let notes = err.lines().filter(|line| line.contains(note)).count();
        let good = good && out.contains(piece) && notes == usize::from(name != "test_offline");
        (!good).then(|| format!("{name}:\n{out}\n{err}"))
    };
    // The first run builds all examples.
    let failures = futures_util::future::join_all(ALL.map(run)).await;
    let failures: Vec<String> = failures.into_iter().flatten().collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
