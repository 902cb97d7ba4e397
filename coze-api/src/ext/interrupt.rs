//! Interrupts of a workflow, answered while its stream goes on.

use crate::base::error::{BoxError, Error, Kind};
use crate::generated::workflows::{ResumeRun, WorkflowEvent, WorkflowInterrupted, WorkflowRuns};
use crate::wire::stream::{EventStream, NextStream};

/// Workflows.
impl EventStream<WorkflowEvent> {
    /// Answers the interrupts of the run, and goes on with its events.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::workflows::WorkflowEvent;
    /// use futures_util::TryStreamExt as _;
    ///
    /// let run = coze.workflows().runs().stream("7366468917055112345").await?;
    /// let mut events = run.on_interrupt(|interrupt| async move {
    ///     println!("{}: {}", interrupt.node_title, interrupt.interrupt_data.data);
    ///     let mut answer = String::new();
    ///     std::io::stdin().read_line(&mut answer).map(|_| answer)
    /// });
    /// while let Some(event) = events.try_next().await? {
    ///     if let WorkflowEvent::Message(message) = event {
    ///         print!("{}", message.content);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// What the function returns is the `resume_data` of `workflows.runs.resume`, sent with the same token, headers and time
    /// limits as the request that the stream answers. An error of it ends the stream with one that
    /// [`is_handler`](Error::is_handler).
    ///
    /// The event [`Interrupt`](WorkflowEvent::Interrupt) still comes, before the function is called. The platform takes three
    /// answers; if the third does not fit either, the run has failed.
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
            // A stream that was got by the escape hatch may be of no workflow.
            let workflow_id = call.param::<String>("workflow_id")?;
            let data = interrupt.interrupt_data.clone();
            let asked = answer(interrupt.clone());
            let options = call.clone();
            let next: NextStream<WorkflowEvent> = Box::pin(async move {
                let answer = asked.await.map_err(|source| {
                    let what = "the function that answers interrupts failed".to_owned();
                    Error::new(Kind::Handler(what))
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
