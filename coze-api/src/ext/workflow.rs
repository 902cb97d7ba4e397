//! Workflows: outputs that are JSON text in a string.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::json::parse;
use crate::base::error::Result;
use crate::generated::workflows::{
    WorkflowInterrupt, WorkflowMessage, WorkflowNodeOutput, WorkflowRun, WorkflowRunHistory,
};

impl WorkflowRun {
    /// Deserializes [`data`](Self::data), the output of the workflow.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Weather {
    ///     city: String,
    ///     degrees: f64,
    /// }
    ///
    /// let run = coze.workflows().runs().create("7366468917055000001").await?;
    /// let weather: Weather = run.parse()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](crate::Error::is_decode) is true if the output is plain
    /// text or does not fit the type. The text itself is in [`data`](Self::data).
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        parse("the output of the workflow", &self.data)
    }
}

impl WorkflowRunHistory {
    /// Deserializes [`output`](Self::output).
    ///
    /// It is an object whose values may be JSON in a string again: `{"Output": "{…}"}`. Use
    /// [`parse_node`](Self::parse_node) for those.
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](crate::Error::is_decode) is true if the output is not JSON
    /// or does not fit the type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        parse("the output of the run", &self.output)
    }

    /// Deserializes the output of one node, given its name in [`output`](Self::output).
    ///
    /// The output of a node is JSON in a string, or plain text. Read plain text with
    /// [`parse`](Self::parse), as a map of strings.
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](crate::Error::is_decode) is true if there is no such node,
    /// or its output is not JSON or does not fit the type.
    pub fn parse_node<T: DeserializeOwned>(&self, node: &str) -> Result<T> {
        let nodes: BTreeMap<String, String> = self.parse()?;
        let output = nodes.get(node).map(String::as_str).unwrap_or_default();
        parse(&format!("the output of the node {node}"), output)
    }
}

impl WorkflowMessage {
    /// Deserializes [`content`](Self::content).
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](crate::Error::is_decode) is true if the content is not
    /// JSON, as a piece of a longer text is not, or does not fit the type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        parse("the content of the message", &self.content)
    }
}

impl WorkflowInterrupt {
    /// Deserializes [`data`](Self::data), the question or input request of the workflow.
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](crate::Error::is_decode) is true if the data is not JSON or
    /// does not fit the type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        parse("the data of the interrupt", &self.data)
    }
}

impl WorkflowNodeOutput {
    /// Deserializes [`node_output`](Self::node_output).
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](crate::Error::is_decode) is true if the output is not JSON
    /// or does not fit the type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        parse("the output of the node", &self.node_output)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn outputs_are_read_into_types() -> Result<()> {
        let run =
            WorkflowRun { data: r#"{"city":"Kunming"}"#.to_owned(), ..WorkflowRun::default() };
        assert_eq!(run.parse::<Value>()?, json!({"city": "Kunming"}));
        let history = WorkflowRunHistory {
            output: r#"{"Output":"{\"n\":1}"}"#.to_owned(),
            ..WorkflowRunHistory::default()
        };
        assert_eq!(history.parse::<Value>()?, json!({"Output": "{\"n\":1}"}));
        assert_eq!(history.parse_node::<Value>("Output")?, json!({"n": 1}));
        assert!(history.parse_node::<Value>("Other").is_err_and(|error| error.is_decode()));
        let message = WorkflowMessage { content: "true".to_owned(), ..WorkflowMessage::default() };
        assert!(message.parse::<bool>()?);
        let interrupt = WorkflowInterrupt {
            data: r#"{"question":"Where?"}"#.to_owned(),
            ..WorkflowInterrupt::default()
        };
        assert_eq!(interrupt.parse::<Value>()?, json!({"question": "Where?"}));
        let node =
            WorkflowNodeOutput { node_output: "[1,2]".to_owned(), ..WorkflowNodeOutput::default() };
        assert_eq!(node.parse::<Vec<i64>>()?, [1, 2]);
        Ok(())
    }

    #[test]
    fn plain_text_is_a_clear_error_that_does_not_quote_it() {
        let run = WorkflowRun { data: "hush, a secret".to_owned(), ..WorkflowRun::default() };
        let error = run.parse::<Value>().expect_err("no JSON");
        assert!(error.is_decode());
        let text = error.to_string();
        assert!(text.contains("the output of the workflow is not JSON"), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }
}
