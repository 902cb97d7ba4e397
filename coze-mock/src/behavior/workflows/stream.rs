//! A run as a stream of events.

use serde_json::{Value, json};

use crate::event::Event;
use crate::script;
use crate::state::{Output, Run, RunStatus};

/// Returns the events of a run after its first `since` outputs. They are numbered from 0, even
/// after a resumption.
pub(super) fn events(run: &Run, since: usize) -> Vec<Event> {
    let frames = frames(run, since).into_iter().enumerate();
    frames.map(|(number, (name, data))| Event::json(name, &data).id(number).spaced()).collect()
}

/// Returns the names and the data of the events.
pub(in crate::behavior) fn frames(run: &Run, since: usize) -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&'static str, Value)> = Vec::new();
    for output in &run.outputs[since..] {
        all.extend(messages(run, output).into_iter().map(|message| ("Message", message)));
    }
    // A keep-alive may come between any two events.
    if all.len() > 1 {
        all.insert(1, ("PING", json!({})));
    }
    all.push(match (&run.interrupt, &run.error) {
        (Some(interrupt), _) => {
            let data =
                json!({"interrupt_data": interrupt.to_json(), "node_title": interrupt.title});
            ("Interrupt", data)
        }
        (None, Some((code, msg))) => ("Error", json!({"error_code": code, "error_message": msg})),
        (None, None) => ("Done", json!({"debug_url": run.debug_url()})),
    });
    if run.status == RunStatus::Success {
        let end = all.len() - 1;
        all.insert(end, ("Message", last(run)));
    }
    all
}

/// Returns the output of a node, piece by piece.
fn messages(run: &Run, output: &Output) -> Vec<Value> {
    let mut pieces = script::pieces(&output.text);
    if pieces.is_empty() {
        pieces.push("");
    }
    let last = pieces.len() - 1;
    let message = |(index, piece): (usize, &&str)| {
        let mut message = json!({
            "content": piece,
            "content_type": "text",
            "node_title": output.title,
            "node_seq_id": index.to_string(),
            "node_is_finish": index == last,
            "node_id": output.node_id,
            "node_execute_uuid": output.uuid,
        });
        if index == last {
            message["usage"] = run.usage_json();
        }
        message
    };
    pieces.iter().enumerate().map(message).collect()
}

/// Returns the output of the end node.
fn last(run: &Run) -> Value {
    json!({
        "content": run.result(),
        "content_type": "text",
        "node_title": "End",
        "node_seq_id": "0",
        "node_is_finish": true,
        "node_id": "900000",
        "usage": run.usage_json(),
        "token": run.usage.0 + run.usage.1,
        "cost": "0",
    })
}
