//! Plugins, files and variables.

use coze_api::{Upload, variables};
use serde_json::json;

use super::{Sample, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("batch_get_plugins_info", 0, |coze| {
        value(coze.plugins().mget(["7506817938062819123", "742665585406735123"]))
    }),
    ("call_plugin_tool", 0, |coze| {
        value(coze.plugins().tools().call(
            "7545873263293123",
            "getToutiaoNews",
            [("q", json!("Text 1"))],
        ))
    }),
    ("get_plugin", 0, |coze| value(coze.plugins().retrieve("75458732632938906123"))),
    ("list_plugin", 0, |coze| value(coze.stores().plugins().list())),
    ("list_plugin_category", 0, |coze| value(coze.stores().categories().list())),
    ("read_variable", 0, |coze| {
        value(
            coze.variables()
                .retrieve("7432567")
                .app_id("7448857477636685850")
                .bot_id("749315101239")
                .connector_id("1024"),
        )
    }),
    ("retrieve_files", 0, |coze| value(coze.files().retrieve("7369495981102022700"))),
    ("update_variable", 0, |coze| {
        value(
            coze.variables()
                .update(
                    "7432567",
                    [
                        variables::UserVariableValue::new("name", "Text 1"),
                        variables::UserVariableValue::new("age", "18"),
                    ],
                )
                .bot_id("749315102740009123")
                .connector_id("1024"),
        )
    }),
    ("upload_files", 0, |coze| value(coze.files().upload(Upload::bytes("1120.jpeg", "example")))),
];
