use coze_api::ToolOutput;
use serde_json::{Value, json};

use super::super::attachment::{Kind, Source};
use super::super::ids::tool_call_id;
use super::*;

fn read(messages: &Value, conversation_id: Option<&str>, model: &Model) -> Result<Prompt, Value> {
    let body = json!({"model": "m", "messages": messages}).to_string();
    let request: CompletionRequest = parse(body.as_bytes()).map_err(|error| error.to_json())?;
    let transcript = Transcript {
        messages: request.messages,
        member: "messages",
        instructions: None,
        conversation_id: conversation_id.map(str::to_owned),
        repeats: true,
    };
    prompt(transcript, model).map_err(|error| error.to_json())
}

fn of_bot(messages: &Value) -> Result<Prompt, Value> {
    read(messages, None, &Model::bot("1"))
}

/// Returns the messages of a chat as `user: text` or `assistant: text`, and the instructions.
fn texts(prompt: Prompt) -> (Vec<String>, Option<String>) {
    let Prompt::Chat { messages, instructions, .. } = prompt else { panic!("{prompt:?}") };
    let role = |message: &Outgoing| if message.is_user { "user" } else { "assistant" };
    let texts = messages.iter().map(|message| format!("{}: {}", role(message), message.text));
    (texts.collect(), instructions)
}

fn history() -> Value {
    json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1_2_x"}]},
        {"role": "tool", "tool_call_id": "call_1_2_x", "content": "22"},
        {"role": "assistant", "content": [{"type": "text", "text": "Two"}]},
        {"role": "user", "content": [{"type": "text", "text": "Three"}, {"type": "text", "text": "3"}]},
    ])
}

#[test]
fn messages_become_the_context() {
    let (messages, instructions) = texts(of_bot(&history()).unwrap());
    assert_eq!(messages, ["user: Be brief.", "user: One", "assistant: Two", "user: Three\n3"]);
    assert_eq!(instructions, None);
}

#[test]
fn a_conversation_remembers_messages_up_to_the_last_answer() {
    let model = Model::bot("1").system_variable("style");
    let prompt = read(&history(), Some("7"), &model).unwrap();
    let Prompt::Chat { conversation_id, .. } = &prompt else { panic!("{prompt:?}") };
    assert_eq!(conversation_id.as_deref(), Some("7"));
    let (messages, instructions) = texts(prompt);
    assert_eq!(messages, ["user: Three\n3"]);
    assert_eq!(instructions.as_deref(), Some("Be brief."));
}

#[test]
fn files_are_uploaded_or_passed_on() {
    let prompt = of_bot(&json!([{"role": "user", "content": [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAEC", "detail": "low"}},
        {"type": "image_url", "image_url": "https://example.com/a.png"},
        {"type": "input_audio", "input_audio": {"data": "AAE", "format": "mp3"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}},
        {"type": "file", "file": {"file_id": "77"}},
    ]}]));
    let Ok(Prompt::Chat { messages, .. }) = prompt else { panic!("{prompt:?}") };
    let bytes = |name: &str, bytes: &[u8]| Source::Bytes(name.to_owned(), bytes.to_vec());
    let expected = [
        (Kind::Image, bytes("image.jpg", &[0, 1, 2])),
        (Kind::Image, Source::Url("https://example.com/a.png".to_owned())),
        (Kind::Audio, bytes("audio.mp3", &[0, 1])),
        (Kind::File, bytes("a.pdf", &[0])),
        (Kind::File, Source::Id("77".to_owned())),
    ];
    let expected = expected.map(|(kind, source)| Attachment { kind, source });
    assert_eq!(messages[0].files, expected);
}

#[test]
fn results_of_tools_continue_their_chat() {
    let id = |call: &str| tool_call_id("70", "80", call);
    let prompt = of_bot(&json!([
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "", "tool_calls": []},
        {"role": "tool", "tool_call_id": id("BU_JJ=="), "content": "sunny"},
        {"role": "tool", "tool_call_id": id("b"), "content": [{"type": "text", "text": "22"}]},
    ]));
    let expected = Prompt::ToolOutputs {
        conversation_id: "70".to_owned(),
        chat_id: "80".to_owned(),
        outputs: vec![ToolOutput::new("BU_JJ==", "sunny"), ToolOutput::new("b", "22")],
    };
    assert_eq!(prompt.unwrap(), expected);
}

#[test]
fn invalid_requests_name_the_member() {
    let user = |part: Value| json!([{"role": "user", "content": [part]}]);
    let tool = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": ""});
    let image = |url: &str| user(json!({"type": "image_url", "image_url": {"url": url}}));
    for (messages, param) in [
        (json!([]), "messages"),
        (json!([{"role": "assistant", "content": "Hi"}]), "messages"),
        (json!([{"role": "robot", "content": "Hi"}]), "messages[0].role"),
        (json!([{"role": "user", "content": 7}]), "messages[0].content"),
        (image("data:image/png;base64,%%"), "messages[0].content[0]"),
        (image("data:image/png,AAAA"), "messages[0].content[0]"),
        (image("file:///etc/passwd"), "messages[0].content[0]"),
        (user(json!({"type": "file", "file": {}})), "messages[0].content[0]"),
        (json!([tool("call_abc")]), "messages[0].tool_call_id"),
        (json!([tool("call_1/2_3_x")]), "messages[0].tool_call_id"),
        (json!([tool("call_1_2_x"), tool("call_1_3_x")]), "messages[1].tool_call_id"),
    ] {
        let error = of_bot(&messages).unwrap_err();
        assert_eq!(error["error"]["param"], param, "{messages}: {error}");
        assert_eq!(error["error"]["type"], "invalid_request_error", "{error}");
    }
}

#[test]
fn limits_of_the_platform_are_reported_before_a_call() {
    let chatflow = Model::chatflow_of_bot("1", "2");
    let messages = |count: usize| json!(vec![json!({"role": "user", "content": "Hi"}); count]);
    assert!(of_bot(&messages(100)).is_ok());
    let error = of_bot(&messages(101)).unwrap_err();
    assert_eq!(error["error"]["code"], "context_length_exceeded");
    assert!(read(&messages(51), None, &chatflow).is_err());
    let image = json!([{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]}]);
    assert!(read(&image, None, &chatflow).is_err());
}

/// Reads the input of a response.
fn read_input(input: &Value, instructions: Option<&str>, model: &Model) -> Result<Prompt, Value> {
    let body = json!({"model": "m", "input": input}).to_string();
    let request: ResponseRequest = parse(body.as_bytes()).map_err(|error| error.to_json())?;
    let transcript = Transcript {
        messages: request.input.into_messages().map_err(|error| error.to_json())?,
        member: "input",
        instructions: instructions.map(str::to_owned),
        conversation_id: Some("7".to_owned()),
        repeats: false,
    };
    prompt(transcript, model).map_err(|error| error.to_json())
}

#[test]
fn items_are_messages() {
    let bot = Model::bot("1");
    let (messages, _) = texts(read_input(&json!("Hi"), Some("Be brief."), &bot).unwrap());
    assert_eq!(messages, ["user: Be brief.", "user: Hi"]);
    let items = json!([
        {"role": "developer", "content": "In verse."},
        {"role": "user", "content": "One"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "call_1_2_x", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1_2_x", "output": "22"},
        {"type": "message", "role": "assistant", "id": "msg_1", "content": [
            {"type": "output_text", "text": "Two", "annotations": []},
        ]},
        {"role": "user", "content": [
            {"type": "input_text", "text": "Three"},
            {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
            {"type": "input_image", "file_id": "77"},
            {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,AA=="},
            {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        ]},
    ]);
    let style = bot.clone().system_variable("style");
    let prompt = read_input(&items, Some("Be brief."), &style).unwrap();
    let Prompt::Chat { messages, .. } = &prompt else { panic!("{prompt:?}") };
    let expected = [
        (Kind::Image, Source::Url("https://example.com/a.png".to_owned())),
        (Kind::Image, Source::Id("77".to_owned())),
        (Kind::File, Source::Bytes("a.txt".to_owned(), vec![0])),
        (Kind::File, Source::Url("https://example.com/a.pdf".to_owned())),
    ];
    let expected = expected.map(|(kind, source)| Attachment { kind, source });
    assert_eq!(messages[2].files, expected);
    let (messages, instructions) = texts(prompt);
    assert_eq!(messages, ["user: One", "assistant: Two", "user: Three"]);
    assert_eq!(instructions.as_deref(), Some("Be brief.\n\nIn verse."));
}

#[test]
fn outputs_of_functions_continue_their_chat() {
    let output = json!([{"type": "function_call_output", "call_id": "call_70_80_x", "output": [
        {"type": "input_text", "text": "22"},
    ]}]);
    let expected = Prompt::ToolOutputs {
        conversation_id: "70".to_owned(),
        chat_id: "80".to_owned(),
        outputs: vec![ToolOutput::new("x", "22")],
    };
    assert_eq!(read_input(&output, Some("Be brief."), &Model::bot("1")).unwrap(), expected);
}

#[test]
fn invalid_items_name_the_member() {
    let user = |part: Value| json!([{"role": "user", "content": [part]}]);
    for (input, param) in [
        (json!([]), "input"),
        (json!(7), "input"),
        (json!([{"role": "robot", "content": "Hi"}]), "input[0].role"),
        (json!([{"role": "user", "content": 7}]), "input[0].content"),
        (json!([{"content": "Hi"}]), "input[0].role"),
        (json!([{"type": "item_reference", "id": "msg_1"}]), "input[0].type"),
        (user(json!({"type": "input_image"})), "input[0].content[0]"),
        (user(json!({"type": "input_text"})), "input[0].content[0]"),
        (user(json!({"type": "input_file"})), "input[0].content[0]"),
        (
            json!([{"type": "function_call_output", "call_id": "1", "output": ""}]),
            "input[0].call_id",
        ),
    ] {
        let error = read_input(&input, None, &Model::bot("1")).unwrap_err();
        assert_eq!(error["error"]["param"], param, "{input}: {error}");
    }
}

#[test]
fn a_workflow_receives_the_last_message() {
    let flow = Model::workflow("1").system_variable("style");
    let (messages, instructions) = texts(read(&history(), None, &flow).unwrap());
    assert_eq!(messages, ["user: Three\n3"]);
    assert_eq!(instructions.as_deref(), Some("Be brief."));
    let image = json!([{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]}]);
    assert!(read(&image, None, &flow).is_err());
}
