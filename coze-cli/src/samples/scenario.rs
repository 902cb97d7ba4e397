//! Scenarios: programs around a call that do a whole job, such as waiting for an answer.

use coze_mock::state::ASKING_WORKFLOW;
use coze_spec::model::Operation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Language, param_example};
use crate::engine::Mode;
use crate::language::text;

/// A job that takes more than one call, or more than printing a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scenario {
    /// Print the answer of a chat while it arrives
    Stream,
    /// Poll a chat until it ends, and print the answer
    Poll,
    /// Run the tools that a bot calls in this program
    Tools,
    /// Ask a question about an image
    Image,
    /// Run a workflow asynchronously, and poll it until it ends
    Run,
    /// Answer the questions of a workflow
    Resume,
}

/// The content of the message that the program replaces.
const CONTENT: &str = "CONTENT";

/// The values of a chat that the mock does not have.
const OF_THE_EXAMPLE: [&str; 4] =
    ["conversation_id", "shortcut_command", "publish_status", "bot_version"];

fn question(content_type: &str, content: &str) -> Value {
    json!([{
        "role": "user",
        "type": "question",
        "content_type": content_type,
        "content": content,
    }])
}

macro_rules! templates {
    ($scenario:expr, $extension:literal) => {
        match $scenario {
            Scenario::Stream => include_str!(concat!("scenarios/stream.", $extension)),
            Scenario::Poll => include_str!(concat!("scenarios/poll.", $extension)),
            Scenario::Tools => include_str!(concat!("scenarios/tools.", $extension)),
            Scenario::Image => include_str!(concat!("scenarios/image.", $extension)),
            Scenario::Run => include_str!(concat!("scenarios/run.", $extension)),
            Scenario::Resume => include_str!(concat!("scenarios/resume.", $extension)),
        }
    };
}

impl Scenario {
    /// Returns the scenarios of an operation.
    pub(crate) fn of(operation: &Operation) -> &'static [Self] {
        match operation.id.as_str() {
            "chat.create" => &[Self::Stream, Self::Poll, Self::Tools, Self::Image],
            "workflows.runs.create" => &[Self::Run],
            "workflows.runs.stream" => &[Self::Resume],
            _ => &[],
        }
    }

    /// Returns the scenario that a sample shows unless another one is chosen. The response of a
    /// chat without streaming does not contain the answer yet.
    pub(super) fn default_of(operation: &Operation, mode: Mode) -> Option<Self> {
        match (operation.id.as_str(), mode) {
            ("chat.create", Mode::Events) => Some(Self::Stream),
            ("chat.create", _) => Some(Self::Poll),
            _ => None,
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Stream => text("Stream the answer", "流式打印回答"),
            Self::Poll => text("Poll until the answer", "轮询直到得到回答"),
            Self::Tools => text("Run client-side tools", "执行端插件工具"),
            Self::Image => text("Ask about an image", "就图片提问"),
            Self::Run => text("Run in the background and poll", "异步运行并轮询"),
            Self::Resume => text("Answer an interrupt and resume", "回答中断并恢复运行"),
        }
    }

    /// Returns the mode of the first call.
    pub(super) const fn mode(self) -> Mode {
        match self {
            Self::Poll | Self::Run => Mode::Reply,
            Self::Stream | Self::Tools | Self::Image | Self::Resume => Mode::Events,
        }
    }

    /// Changes the values of the first call. On the mock, they make the bot or the workflow do what
    /// the scenario is about: the mock does not have the objects of examples.
    pub(super) fn adapt(
        self,
        operation: &Operation,
        values: &mut Map<String, Value>,
        on_mock: bool,
    ) {
        let chats = matches!(self, Self::Poll | Self::Tools | Self::Image);
        if on_mock && chats {
            for name in OF_THE_EXAMPLE {
                let param = operation.param(name);
                let example = param.and_then(|param| param_example(operation, param));
                if values.get(name) == example {
                    values.remove(name);
                }
            }
        }
        match self {
            Self::Tools => {
                let call = if on_mock { "[tool get_time {}] " } else { "" };
                let content = format!("{call}What time is it?");
                values.insert("additional_messages".to_owned(), question("text", &content));
            }
            Self::Image => {
                let question = question("object_string", CONTENT);
                values.insert("additional_messages".to_owned(), question);
            }
            Self::Run => drop(values.insert("is_async".to_owned(), true.into())),
            Self::Resume if on_mock => {
                values.insert("workflow_id".to_owned(), ASKING_WORKFLOW.into());
                values.remove("app_id");
                values.remove("workflow_version");
            }
            Self::Stream | Self::Poll | Self::Resume => {}
        }
    }

    pub(super) const fn python(self) -> &'static str {
        templates!(self, "py")
    }

    pub(super) const fn javascript(self) -> &'static str {
        templates!(self, "mjs")
    }

    pub(super) const fn rust(self) -> &'static str {
        templates!(self, "rs")
    }

    pub(super) fn java(self) -> Vec<&'static str> {
        let (common, events) =
            (include_str!("scenarios/common.java"), include_str!("scenarios/events.java"));
        self.files(templates!(self, "java"), common, events)
    }

    pub(super) fn go(self) -> Vec<&'static str> {
        let (common, events) =
            (include_str!("scenarios/common.go"), include_str!("scenarios/events.go"));
        self.files(templates!(self, "go"), common, events)
    }

    /// Returns the files that make up a program: its own, that of all scenarios, and that of those
    /// that read events.
    fn files(
        self,
        program: &'static str,
        common: &'static str,
        events: &'static str,
    ) -> Vec<&'static str> {
        let events = (self.mode() == Mode::Events).then_some(events);
        [program, common].into_iter().chain(events).collect()
    }

    /// Returns the reason why a language has no sample for the scenario.
    pub(super) fn missing_in(self, language: Language) -> Option<&'static str> {
        let has_sample = language != Language::Curl || matches!(self, Self::Stream | Self::Poll);
        (!has_sample).then(|| {
            text(
                "curl only makes single requests; this needs a program in another language",
                "curl 只能发送单个请求；该场景需要用其他语言编写程序",
            )
        })
    }
}

impl std::fmt::Display for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
