//! Runs workflows node by node, until the run waits for an answer, fails, or ends.

use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::script::{self, Script, Step};
use crate::state::{Ids, Interrupt, Node, Output, Run, RunStatus};

/// The maximum number of unusable answers to a question.
const MAX_MISMATCHES: u32 = 3;

/// Advances a run until it waits, fails, or is over. Its outputs are added to [`Run::outputs`].
pub(crate) fn advance(run: &mut Run, ids: &mut Ids, now: i64) {
    while !run.nodes.is_empty() {
        match run.nodes.remove(0) {
            Node::Output { title, text } => {
                let text = fill(&text, &run.values);
                run.usage.1 += script::tokens(&text);
                let number = 900_001 + run.outputs.len();
                run.outputs.push(Output {
                    title,
                    node_id: number.to_string(),
                    uuid: uuid(&run.execute_id, number),
                    text,
                    updated_at: now,
                });
            }
            Node::Question { title, text } => {
                let question = fill(&text, &run.values);
                return wait(run, ids, title, question, Vec::new());
            }
            Node::Input { title, fields } => {
                return wait(run, ids, title, String::new(), fields);
            }
            Node::Fail { code, msg } => return fail(run, code, msg),
        }
    }
    run.status = RunStatus::Success;
}

/// Takes the answer that a run waits for. If it does not fit, the run asks again, up to a limit.
pub(crate) fn answer(run: &mut Run, ids: &mut Ids, answer: &str, now: i64) {
    let Some(mut interrupt) = run.interrupt.take() else { return };
    run.updated_at = now;
    let given = match matching_values(&interrupt, answer) {
        Some(given) => given,
        None if interrupt.mismatches + 1 == MAX_MISMATCHES => {
            return fail(run, 720_701_002, "The answers do not fit the question.".to_owned());
        }
        None => {
            interrupt.mismatches += 1;
            interrupt.event_id = format!("{}/{}", run.execute_id, ids.next());
            run.interrupt = Some(interrupt);
            return;
        }
    };
    run.values.extend(given);
    advance(run, ids, now);
}

/// Returns the values of an answer, if it has all requested ones.
fn matching_values(interrupt: &Interrupt, answer: &str) -> Option<Map<String, Value>> {
    if interrupt.fields.is_empty() {
        let answer = answer.trim();
        let value = (interrupt.title.clone(), Value::from(answer));
        return (!answer.is_empty()).then(|| Map::from_iter([value]));
    }
    let given: Map<String, Value> = serde_json::from_str(answer).ok()?;
    interrupt.fields.iter().all(|(name, _)| given.contains_key(name)).then_some(given)
}

fn wait(
    run: &mut Run,
    ids: &mut Ids,
    title: String,
    question: String,
    fields: Vec<(String, String)>,
) {
    run.interrupt = Some(Interrupt {
        event_id: format!("{}/{}", run.execute_id, ids.next()),
        title,
        question,
        fields,
        mismatches: 0,
    });
}

fn fail(run: &mut Run, code: i64, msg: String) {
    run.error = Some((code, msg));
    run.status = RunStatus::Fail;
    run.nodes.clear();
}

/// Replaces names in a text by their values; `{parameters}` stands for all of them.
fn fill(text: &str, values: &Map<String, Value>) -> String {
    let mut fill = text.to_owned();
    for (name, value) in values {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        fill = fill.replace(&format!("{{{name}}}"), &value);
    }
    if fill.contains("{parameters}") {
        let all = Value::from(values.clone()).to_string();
        fill = fill.replace("{parameters}", &all);
    }
    fill
}

/// Removes directives in brackets, such as `[ask Which day?]`, from the parameters, and returns
/// them as nodes.
pub(crate) fn directives(values: &mut Map<String, Value>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for value in values.values_mut() {
        let Some(text) = value.as_str() else { continue };
        let (script, plain) = Script::directives(text);
        if script.0.is_empty() {
            continue;
        }
        for step in script.0 {
            let title = |kind: &str| format!("{kind}_{}", nodes.len() + 1);
            let node = match step {
                Step::Answer(text) => Node::Output { title: title("Output"), text },
                Step::Ask(text) => {
                    let title = title("Question");
                    let answered = format!("You answered {{{title}}}.");
                    nodes.push(Node::Question { title, text });
                    Node::Output { title: "Answered".to_owned(), text: answered }
                }
                Step::Fail { code, msg } => Node::Fail { code, msg },
                _ => continue,
            };
            nodes.push(node);
        }
        *value = Value::from(plain);
    }
    nodes
}

/// Returns the id of a node's execution, the same for the same run and node.
fn uuid(execute_id: &str, number: usize) -> String {
    let hash = hmac_sha256::Hash::hash(format!("{execute_id}/{number}").as_bytes());
    let half = |at: usize| {
        let bytes = [0, 1, 2, 3, 4, 5, 6, 7].map(|offset| hash[at + offset]);
        u64::from_be_bytes(bytes)
    };
    let hex = format!("{:016x}{:016x}", half(0), half(8));
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// The error of a run that has failed.
pub(crate) fn error(run: &Run) -> Option<ApiError> {
    run.error.as_ref().map(|(code, msg)| ApiError::new(*code, msg.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(nodes: Vec<Node>, values: &Value) -> (Run, Ids) {
        let values = values.as_object().cloned().unwrap_or_default();
        let run = Run { execute_id: "1".to_owned(), nodes, values, ..Run::default() };
        (run, Ids::new(0))
    }

    #[test]
    fn directives_become_nodes() {
        let mut values = json!({"a": "Go [ask Which day?]", "b": 2, "c": "[fail 7 No]"});
        let values = values.as_object_mut().unwrap();
        let nodes = directives(values);
        assert_eq!(values["a"], "Go");
        assert_eq!(nodes.len(), 3);
        let (mut run, mut ids) = run(nodes, &json!({}));
        advance(&mut run, &mut ids, 5);
        assert_eq!(run.interrupt.as_ref().unwrap().question, "Which day?");
        answer(&mut run, &mut ids, "Monday", 6);
        assert_eq!(run.outputs[0].text, "You answered Monday.");
        assert_eq!(error(&run), Some(ApiError::new(7, "No")));
    }

    #[test]
    fn a_run_fails_after_three_answers_that_do_not_fit() {
        let input = Node::Input {
            title: "In".to_owned(),
            fields: vec![("n".to_owned(), "integer".to_owned())],
        };
        let (mut run, mut ids) = run(vec![input], &json!({}));
        advance(&mut run, &mut ids, 5);
        let mut seen = Vec::new();
        for wrong in ["", "{}"] {
            seen.push(run.interrupt.clone().unwrap().event_id);
            answer(&mut run, &mut ids, wrong, 6);
            assert_eq!(run.status, RunStatus::Running);
        }
        assert_ne!(seen[0], seen[1]);
        answer(&mut run, &mut ids, "[]", 6);
        assert_eq!((run.status, run.interrupt), (RunStatus::Fail, None));
    }

    #[test]
    fn every_execution_of_a_node_has_its_own_id() {
        assert_eq!(uuid("1", 1).len(), 36);
        assert_ne!(uuid("1", 1), uuid("1", 2));
    }
}
