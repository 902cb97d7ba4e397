use serde_json::{Value, json};

use super::*;
use crate::catalog;
use crate::samples::example;

const CN: &str = "https://api.coze.cn";

fn sample(id: &str, values: &Value, mode: Mode) -> Result<String, String> {
    sample_at(CN, id, values, mode)
}

fn sample_at(base_url: &str, id: &str, values: &Value, mode: Mode) -> Result<String, String> {
    let operation = catalog::find(id).expect(id);
    let values = values.as_object().expect("an object");
    cozepy(&Context::of_call(operation, values, mode, base_url))
}

/// Returns the part of a sample after the creation of the client.
fn program(id: &str, values: &Value, mode: Mode) -> String {
    let sample = sample(id, values, mode).expect(id);
    let (_, program) = sample
        .split_once("COZE_CN_BASE_URL,\n)\n")
        .unwrap_or_else(|| sample.split_once("base_url=COZE_CN_BASE_URL)\n").expect("a client"));
    program.to_owned()
}

#[test]
fn a_complete_program() {
    let values = json!({
        "dataset_id": "1",
        "document_bases": [{
            "name": "Times",
            "source_info": {"web_url": "https://example.com", "document_source": 1},
            "caption": "A table",
        }],
        "chunk_strategy": {"chunk_type": 0},
        "format_type": 0,
    });
    assert_eq!(
        sample("datasets.documents.create", &values, Mode::Reply).expect("a sample"),
        r#"import os

from cozepy import (
    COZE_CN_BASE_URL,
    Coze,
    DocumentBase,
    DocumentChunkStrategy,
    DocumentFormatType,
    DocumentSourceInfo,
    DocumentSourceType,
    TokenAuth,
)

coze = Coze(auth=TokenAuth(os.environ["COZE_API_TOKEN"]), base_url=COZE_CN_BASE_URL)
# cozepy has no argument for document_bases[].caption.
for item in coze.datasets.documents.create(
    dataset_id="1",
    document_bases=[
        DocumentBase(
            name="Times",
            source_info=DocumentSourceInfo(
                web_url="https://example.com",
                document_source=DocumentSourceType.ONLINE_WEB,
            ),
        ),
    ],
    chunk_strategy=DocumentChunkStrategy(chunk_type=0),
    format_type=DocumentFormatType.DOCUMENT,
):
    print(item)
"#
    );
}

#[test]
fn streams_use_their_own_method() {
    let values = json!({"bot_id": "1", "user_id": "u", "enable_card": true});
    assert_eq!(
        program("chat.create", &values, Mode::Events),
        "for event in coze.chat.stream(bot_id=\"1\", user_id=\"u\", enable_card=True):\n    \
         print(event)\n"
    );
    assert_eq!(
        program("chat.create", &values, Mode::Reply),
        "# cozepy has no argument for enable_card.\n\
         reply = coze.chat.create(bot_id=\"1\", user_id=\"u\")\nprint(reply)\n"
    );
    let values = json!({"conversation_id": "1", "chat_id": "2", "tool_outputs": []});
    for (mode, stream) in [(Mode::Events, "stream=True"), (Mode::Reply, "stream=False")] {
        let program = program("chat.submit_tool_outputs", &values, mode);
        assert!(program.contains(stream), "{program}");
    }
}

#[test]
fn unsupported_optional_values_are_omitted() {
    let values = json!({
        "bot_id": "1",
        "prompt_info": {"prompt_mode": "prefix"},
        "model_info_config": {"model_id": "2", "parameters": {"budget": 2000}},
    });
    assert_eq!(
        program("bots.update", &values, Mode::Reply),
        "# cozepy cannot send this value of prompt_info.\n\
         # cozepy cannot send this value of model_info_config.parameters.\n\
         coze.bots.update(bot_id=\"1\", model_info_config=BotModelInfo(model_id=\"2\"))\n"
    );
}

#[test]
fn calls_with_unsupported_required_values_are_refused() {
    let values = |kind: i32| json!({"name": "A", "space_id": "1", "format_type": kind});
    assert!(sample("datasets.create", &values(2), Mode::Reply).is_ok());
    let remark = "cozepy 0.20.0 cannot send these values.";
    assert_eq!(sample("datasets.create", &values(7), Mode::Reply), Err(remark.to_owned()));
    let remark = "cozepy 0.20.0 does not have this operation.";
    assert_eq!(sample("workspaces.create", &json!({}), Mode::Reply), Err(remark.to_owned()));
}

#[test]
fn open_enumerations_accept_any_value() {
    let values = json!({"workspace_id": "1", "publish_status": "new"});
    let program = program("apps.list", &values, Mode::Reply);
    assert!(program.contains("publish_status=PublishStatus(\"new\")"), "{program}");
}

#[test]
fn arguments_that_only_cozepy_requires_are_added() {
    let values = json!({"workspace_id": "1"});
    let folders = program("folders.list", &values, Mode::Reply);
    assert!(folders.contains("folder_type=FolderType.DEVELOPMENT"), "{folders}");
    let bots = program("bots.list", &values, Mode::Reply);
    assert!(bots.contains("space_id=\"1\", use_api_version=2"), "{bots}");
    let variables = program("variables.retrieve", &json!({"connector_uid": "u"}), Mode::Reply);
    assert!(variables.contains("keywords=[]"), "{variables}");
}

#[test]
fn the_client_has_the_base_url_of_the_other_samples() {
    let with_base =
        |base: &str| sample_at(base, "users.me", &json!({}), Mode::Reply).expect("a sample");
    assert!(with_base(CN).contains("base_url=COZE_CN_BASE_URL)"));
    assert!(with_base("https://api.coze.com").contains("base_url=COZE_COM_BASE_URL)"));
    let local = with_base("http://127.0.0.1:8080");
    assert!(local.contains("base_url=\"http://127.0.0.1:8080\","), "{local}");
    assert!(local.contains("from cozepy import Coze, TokenAuth\n"), "{local}");
}

#[test]
fn bugs_of_cozepy_are_mentioned_if_they_matter() {
    let all = program("workflows.list", &json!({"workspace_id": "1"}), Mode::Reply);
    assert!(all.starts_with("page = "), "{all}");
    let values = json!({"workspace_id": "1", "workflow_mode": "chatflow"});
    let some = program("workflows.list", &values, Mode::Reply);
    assert!(some.starts_with("# cozepy 0.20.0: it sends member names"), "{some}");
    assert!(some.contains("workflow_mode=WorkflowMode.CHATFLOW.value"), "{some}");
    let members = sample("workspaces.members.list", &json!({"workspace_id": "1"}), Mode::Reply);
    let remark = members.expect_err("a bug");
    assert!(remark.starts_with("cozepy 0.20.0 raises ValidationError"), "{remark}");
}

#[test]
fn operations_with_bindings_have_samples() {
    let mut samples = 0;
    for operation in coze_spec::api().operations() {
        for mode in [Mode::Reply, Mode::Events] {
            let known = call(Bindings::get(), operation, mode);
            let works =
                known.is_some_and(|call| call.bug.as_ref().is_none_or(|bug| bug.raises.is_none()));
            let values = Value::Object(example(operation));
            let sample = sample(&operation.id, &values, mode);
            assert_eq!(sample.is_ok(), works, "{}: {sample:?}", operation.id);
            samples += usize::from(works);
        }
    }
    assert!(samples >= 160, "{samples}");
}

#[test]
fn files_are_written_as_paths() {
    let program =
        sample("files.upload", &json!({"file": "a \"b\".txt"}), Mode::Reply).expect("a sample");
    assert!(program.contains("from pathlib import Path\n"), "{program}");
    assert!(program.contains(r#"upload(file=Path("a \"b\".txt"))"#), "{program}");
}
