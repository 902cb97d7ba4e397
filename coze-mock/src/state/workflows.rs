//! Workflows, and their runs.

use serde_json::{Map, Value, json};

use super::table::Table;
use super::{API_CONNECTOR, USER, WORKSPACE};

/// A workflow that every server has. It outputs its parameters and asks nothing.
pub const WORKFLOW: &str = "7366468917055000001";

/// A workflow that every server has. Its second node asks the user for a day.
pub const ASKING_WORKFLOW: &str = "7366468917055000002";

/// A chatflow that every server has. It answers as a bot does.
pub const CHATFLOW: &str = "7366468917055000003";

/// Workflows and their runs.
#[derive(Debug)]
pub struct Workflows {
    /// The workflows.
    pub all: Table<Workflow>,
    /// All runs, by `execute_id`.
    pub runs: Table<Run>,
    /// The number of polls after which an asynchronous run ends. Default: 2.
    pub polls: u32,
}

/// A workflow.
#[derive(Clone, Debug, Default)]
pub struct Workflow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The workspace that holds it.
    pub workspace_id: String,
    /// The app that holds it, or empty.
    pub app_id: String,
    /// `true` for a chatflow.
    pub is_chatflow: bool,
    /// The nodes between its start and its end.
    pub nodes: Vec<Node>,
    /// Its parameters and their types.
    pub parameters: Vec<(String, String)>,
    /// Its published versions with their creation times, the oldest first.
    pub versions: Vec<(String, i64)>,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
}

/// A node of a workflow. In its texts, `{name}` stands for the parameter of that name, or for the
/// answer to the node of that name.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Outputs a text.
    Output {
        /// Its name.
        title: String,
        /// The output.
        text: String,
    },
    /// Asks the user a question and waits for the answer.
    Question {
        /// Its name.
        title: String,
        /// The question.
        text: String,
    },
    /// Waits for values.
    Input {
        /// Its name.
        title: String,
        /// The names and types of the values.
        fields: Vec<(String, String)>,
    },
    /// Fails.
    Fail {
        /// The error code.
        code: i64,
        /// The problem.
        msg: String,
    },
}

/// A run of a workflow.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its id.
    pub execute_id: String,
    /// The workflow.
    pub workflow_id: String,
    /// The user who started it.
    pub creator_id: String,
    /// The bot on whose behalf it runs, or empty.
    pub bot_id: String,
    /// The channel on which it runs.
    pub connector_id: String,
    /// The user for whom it runs.
    pub connector_uid: String,
    /// The run mode.
    pub mode: RunMode,
    /// Its status.
    pub status: RunStatus,
    /// Values by name: parameters, then answers.
    pub values: Map<String, Value>,
    /// The outputs of its nodes.
    pub outputs: Vec<Output>,
    /// The interrupt that it waits for.
    pub interrupt: Option<Interrupt>,
    /// Code and message of its failure.
    pub error: Option<(i64, String)>,
    /// The start time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last resumption, in Unix seconds.
    pub updated_at: i64,
    /// Tokens of the input and of the output.
    pub usage: (i64, i64),
    /// The number of polls since it last began to run.
    pub(crate) polls: u32,
    /// The nodes that have not run yet.
    pub(crate) nodes: Vec<Node>,
    /// The log id of the call that started it.
    pub(crate) log_id: String,
}

/// The mode of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunMode {
    /// The caller waits for the result.
    #[default]
    Sync,
    /// As a stream.
    Stream,
    /// The caller asks for the result later.
    Async,
}

/// The status of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunStatus {
    /// It is running, or waits for an answer.
    #[default]
    Running,
    /// It has succeeded.
    Success,
    /// It has failed.
    Fail,
}

/// The output of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The name of the node.
    pub title: String,
    /// The id of the node.
    pub node_id: String,
    /// The id of this execution of the node.
    pub uuid: String,
    /// The text of the output.
    pub text: String,
    /// The time, in Unix seconds.
    pub updated_at: i64,
}

/// An interrupt that a run waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Interrupt {
    /// Its id, which is needed to resume the run.
    pub event_id: String,
    /// The name of the node.
    pub title: String,
    /// The question.
    pub question: String,
    /// The requested values; empty for a question.
    pub fields: Vec<(String, String)>,
    /// The number of unusable answers.
    pub mismatches: u32,
}

impl Workflow {
    /// A workflow in [`WORKSPACE`] with these nodes. It has one published version.
    pub fn new(id: impl Into<String>, name: &str, nodes: Vec<Node>, now: i64) -> Self {
        Self {
            id: id.into(),
            name: name.to_owned(),
            workspace_id: WORKSPACE.to_owned(),
            nodes,
            versions: vec![("v0.0.1".to_owned(), now)],
            created_at: now,
            updated_at: now,
            ..Self::default()
        }
    }

    /// The workflow as the API shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "workflow_id": self.id,
            "workflow_name": self.name,
            "description": self.description,
            "app_id": if self.app_id.is_empty() { "0" } else { &self.app_id },
            "creator": {"id": USER, "name": "mock"},
            "icon_url": "https://example.com/icon/workflow.png",
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    /// The input of the start node and the output of the end node.
    pub(crate) fn interface(&self) -> (Value, Value) {
        let parameters = parameters(&self.parameters, false);
        let output = parameters_of_output();
        (json!({"parameters": parameters}), output)
    }
}

fn parameters_of_output() -> Value {
    let output = [("output".to_owned(), "string".to_owned())];
    json!({"parameters": parameters(&output, false), "terminate_plan": "return_variables"})
}

/// The definitions of parameters by their names.
fn parameters(all: &[(String, String)], required: bool) -> Map<String, Value> {
    let each = |(name, kind): &(String, String)| {
        (name.clone(), json!({"type": kind, "required": required}))
    };
    all.iter().map(each).collect()
}

impl Interrupt {
    /// The kind of interrupt: 2 for a question, 5 for an input.
    pub fn kind(&self) -> i64 {
        if self.fields.is_empty() { 2 } else { 5 }
    }

    /// The interrupt as the API shows it.
    pub fn to_json(&self) -> Value {
        let content = if self.fields.is_empty() {
            self.question.clone()
        } else {
            let field = |(name, kind): &(String, String)| json!({"type": kind, "name": name, "required": true});
            Value::from(self.fields.iter().map(field).collect::<Vec<_>>()).to_string()
        };
        let data = json!({"content_type": "text", "content": content}).to_string();
        let mut shown = json!({"event_id": self.event_id, "type": self.kind(), "data": data});
        if !self.fields.is_empty() {
            shown["required_parameters"] = Value::from(parameters(&self.fields, true));
        }
        shown
    }
}

impl Run {
    /// A run of a workflow on the API channel.
    pub(crate) fn new(execute_id: String, workflow: &Workflow, now: i64) -> Self {
        Self {
            execute_id,
            workflow_id: workflow.id.clone(),
            connector_id: API_CONNECTOR.to_owned(),
            nodes: workflow.nodes.clone(),
            created_at: now,
            updated_at: now,
            ..Self::default()
        }
    }

    /// Returns the URL of the page on which it can be debugged. The page does not exist.
    pub fn debug_url(&self) -> String {
        format!(
            "https://www.coze.cn/work_flow?execute_id={}&space_id={WORKSPACE}&workflow_id={}",
            self.execute_id, self.workflow_id
        )
    }

    /// Returns the token usage as the API shows it.
    pub fn usage_json(&self) -> Value {
        let (input, output) = self.usage;
        json!({"input_count": input, "output_count": output, "token_count": input + output})
    }

    /// Returns the output of the end node: JSON as a string.
    pub fn result(&self) -> String {
        let last = self.outputs.last().map_or("", |output| &output.text);
        json!({"output": last}).to_string()
    }

    /// The run as its history shows it.
    pub fn to_json(&self) -> Value {
        let nodes = self.outputs.iter().map(|output| {
            let status = json!({
                "node_id": output.node_id,
                "is_finish": true,
                "update_time": output.updated_at,
                "node_execute_uuid": output.uuid,
            });
            (output.title.clone(), status)
        });
        let over = self.status == RunStatus::Success;
        let mut put_out: Map<String, Value> = self
            .outputs
            .iter()
            .map(|output| (output.title.clone(), Value::from(output.text.as_str())))
            .collect();
        if over {
            put_out.insert("Output".to_owned(), Value::from(self.result()));
        }
        let (code, message) = self.error.clone().unwrap_or_default();
        let none_is_zero = |id: &str| if id.is_empty() { "0".to_owned() } else { id.to_owned() };
        let mut shown = json!({
            "execute_id": self.execute_id,
            "execute_status": self.status.as_str(),
            "bot_id": none_is_zero(&self.bot_id),
            "connector_id": self.connector_id,
            "connector_uid": self.connector_uid,
            "run_mode": self.mode as i64,
            "output": Value::from(put_out).to_string(),
            "create_time": self.created_at,
            "update_time": self.updated_at,
            "node_execute_status": nodes.collect::<Map<String, Value>>(),
            "error_code": if code == 0 { String::new() } else { code.to_string() },
            "error_message": message,
            "debug_url": self.debug_url(),
            "usage": self.usage_json(),
            "token": (self.usage.0 + self.usage.1).to_string(),
            "is_output_trimmed": false,
            "logid": self.log_id,
        });
        if let Some(interrupt) = &self.interrupt {
            shown["interrupt_data"] = interrupt.to_json();
        }
        shown
    }
}

impl RunStatus {
    /// The status as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Success => "Success",
            Self::Fail => "Fail",
        }
    }
}

impl Workflows {
    pub(super) fn new(now: i64) -> Self {
        let output = |title: &str, text: &str| Node::Output {
            title: title.to_owned(),
            text: text.to_owned(),
        };
        let question = Node::Question {
            title: "Ask".to_owned(),
            text: "On which day do you want to travel?".to_owned(),
        };
        let telling = vec![
            output("Greeting", "Hello, this is a workflow of the mock."),
            output("Echo", "You gave it {parameters}."),
        ];
        let asking = vec![
            output("Search", "Looking for a train with {parameters}."),
            question,
            output("Result", "There is a train that leaves at noon: {Ask}."),
        ];
        let mut all = Table::default();
        for (id, name, nodes) in [
            (WORKFLOW, "tell_parameters", telling),
            (ASKING_WORKFLOW, "find_train", asking),
            (CHATFLOW, "talk", Vec::new()),
        ] {
            let mut workflow = Workflow::new(id, name, nodes, now);
            workflow.is_chatflow = id == CHATFLOW;
            workflow.parameters = vec![("input".to_owned(), "string".to_owned())];
            all.insert(id, workflow);
        }
        Self { all, runs: Table::default(), polls: 2 }
    }

    /// Returns the run that waits for this event.
    pub(crate) fn waiting(&self, event_id: &str) -> Option<&Run> {
        // The id of an event begins with the id of its run.
        let run = self.runs.get(event_id.split('/').next()?)?;
        run.interrupt.as_ref().filter(|interrupt| interrupt.event_id == event_id)?;
        Some(run)
    }
}
