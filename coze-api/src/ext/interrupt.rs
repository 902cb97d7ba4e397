//! Interrupts of a workflow that are answered while the stream goes on.

use crate::base::error::{BoxError, Error, Kind};
use crate::generated::workflows::{ResumeRun, WorkflowEvent, WorkflowInterrupted, WorkflowRuns};
use crate::wire::stream::{EventStream, NextStream};

/// Workflows.
impl EventStream<WorkflowEvent> {
    /// Answers the interrupts of the run, such as questions to the user, and goes on with its
    /// events.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::workflows::WorkflowEvent;
    /// use futures_util::TryStreamExt as _;
    /// use tokio::io::{AsyncBufReadExt as _, BufReader};
    ///
    /// let run = coze.workflows().runs().stream("7366468917055000001").await?;
    /// let mut events = run.on_interrupt(|interrupt| async move {
    ///     println!("{}: {}", interrupt.node_title, interrupt.interrupt_data.data);
    ///     let mut answer = String::new();
    ///     let mut input = BufReader::new(tokio::io::stdin());
    ///     input.read_line(&mut answer).await.map(|_| answer)
    /// });
    /// while let Some(event) = events.try_next().await? {
    ///     if let WorkflowEvent::Message(message) = event {
    ///         print!("{}", message.content);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// The function returns the `resume_data` for `workflows.runs.resume`, which is sent with the
    /// token, headers and timeouts of the original request. If the function fails, the stream ends
    /// with an error for which [`is_handler`](Error::is_handler) is true.
    ///
    /// The stream returns each [`Interrupt`](WorkflowEvent::Interrupt) before the function is
    /// called. The platform accepts three answers to an interrupt; if the third does not fit, the
    /// run fails.
    #[doc(alias = "resume")]
    #[doc(alias = "human in the loop")]
    pub fn on_interrupt<F, E>(
        self,
        answer: impl Fn(WorkflowInterrupted) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.continued_by(Box::new(move |call, event| {
            let WorkflowEvent::Interrupt(interrupt) = event else { return None };
            // A raw call may stream workflow events without naming a workflow.
            let workflow_id = call.param::<String>("workflow_id")?;
            let data = interrupt.interrupt_data.clone();
            let answering = answer(interrupt.clone());
            let options = call.clone();
            let next: NextStream<WorkflowEvent> = Box::pin(async move {
                let answer = answering.await.map_err(|source| {
                    let what = "the function that answers interrupts failed".to_owned();
                    Error::from_kind(Kind::Handler(what))
                        .with_operation(options.operation().clone())
                        .with_source(source)
                })?;
                let runs = WorkflowRuns::new(options.client().clone());
                let request = runs.resume(workflow_id, data.event_id, data.kind, answer);
                ResumeRun(request.0.with_options_of(&options)).stream().await
            });
            Some(next)
        }))
    }
}
