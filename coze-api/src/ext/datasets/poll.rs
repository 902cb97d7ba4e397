//! The wait until documents are processed.

use std::fmt;
use std::sync::Arc;

use tokio::time::timeout_at;

use crate::base::error::{Error, Kind, Result};
use crate::base::runtime;
use crate::ext::poll::{Schedule, polls};
use crate::generated::datasets::{
    CreateDocument, Datasets, Document, DocumentProgress, DocumentStatus, ProcessDataset,
};
use crate::wire::call::Call;

/// Adds documents to a dataset, and polls their progress until all of them are processed.
///
/// Returned by [`CreateDocument::and_poll`] and [`Datasets::poll`]. Await it for the
/// [`DocumentProgress`] of each document, in the order in which they were added.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::datasets::{ChunkStrategy, DocumentBase};
///
/// let notes = [
///     DocumentBase::from_path("guide.pdf").await?,
///     DocumentBase::from_text("Opening hours", "Monday to Friday, 9 to 17"),
/// ];
/// let documents = coze.datasets().documents();
/// let ready = documents
///     .create("7446689358658301234", notes, ChunkStrategy::automatic())
///     .and_poll()
///     .on_progress(|documents| {
///         for document in documents {
///             eprintln!("{}: {}%", document.document_name, document.progress);
///         }
///     })
///     .await?;
/// println!("{} documents are ready", ready.len());
/// # Ok(()) }
/// ```
///
/// A document is processed when its status is `Completed` or `Disabled`. It has failed when it is
/// `Failed`, `AuditFailed` or `Deleted`. Polling goes on as long as one has another status.
///
/// The token needs the permission `readDocumentProgress`.
///
/// # Errors
///
/// If documents fail, the error names each of them with the reason, after the others have been
/// processed; [`is_api`](Error::is_api) is true for it. Once the documents are known, every error
/// has their last progress in [`document_progress`](Error::document_progress). Processing goes on
/// on the platform; wait for it again with [`Datasets::poll`].
#[doc(alias = "and_wait")]
#[doc(alias = "polling")]
#[derive(Clone)]
#[must_use = "nothing is sent until it is awaited"]
pub struct PollDocuments {
    call: Call,
    dataset_id: String,
    /// The documents, unless the call creates them.
    document_ids: Option<Vec<String>>,
    schedule: Schedule,
    on_progress: Option<OnProgress>,
}

type OnProgress = Arc<dyn Fn(&[DocumentProgress]) + Send + Sync>;

/// The last progress that is known, which an error keeps.
struct LastProgress(Vec<DocumentProgress>);

enum State {
    Processing,
    Processed,
    Failed,
}

impl PollDocuments {
    fn new(mut call: Call, dataset_id: String, document_ids: Option<Vec<String>>) -> Self {
        let schedule = Schedule::of(&mut call);
        Self { call, dataset_id, document_ids, schedule, on_progress: None }
    }

    /// Sets a function that is called with the progress of all documents after each status request.
    ///
    /// It is called from the task that awaits the poll, so it should return at once.
    #[doc(alias = "callback")]
    pub fn on_progress(
        mut self,
        function: impl Fn(&[DocumentProgress]) + Send + Sync + 'static,
    ) -> Self {
        self.on_progress = Some(Arc::new(function));
        self
    }

    /// Sends the requests. Awaiting the value does the same.
    pub async fn send(self) -> Result<Vec<DocumentProgress>> {
        let operation = self.call.operation().clone();
        let result = runtime::guard(self.run()).await;
        result.map_err(|error| error.with_operation(operation))
    }

    async fn run(self) -> Result<Vec<DocumentProgress>> {
        let mut seen = Vec::new();
        let result = match timeout_at(self.schedule.end(), self.wait(&mut seen)).await {
            Ok(result) => result,
            Err(_) => Err(self.unfinished(&seen)),
        };
        match result {
            Ok(()) => Ok(seen),
            Err(error) if seen.is_empty() => Err(error),
            Err(error) => Err(error.with_partial(LastProgress(seen))),
        }
    }

    /// Waits until no document is being processed.
    async fn wait(&self, seen: &mut Vec<DocumentProgress>) -> Result<()> {
        let mut waits = self.schedule.waits();
        match &self.document_ids {
            Some(ids) => seen.extend(ids.iter().map(|id| DocumentProgress {
                document_id: id.clone(),
                ..DocumentProgress::default()
            })),
            None => {
                let created = CreateDocument(self.call.clone()).send().await?;
                seen.extend(created.document_infos.into_iter().map(first_progress));
                waits.wait().await;
            }
        }
        if seen.is_empty() {
            return Ok(());
        }
        loop {
            self.look(seen).await?;
            if let Some(report) = &self.on_progress {
                report(seen);
            }
            if !seen.iter().any(|document| matches!(state(document), State::Processing)) {
                break;
            }
            waits.wait().await;
        }
        match failure(seen) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Requests the progress of all documents.
    async fn look(&self, seen: &mut [DocumentProgress]) -> Result<()> {
        let ids = seen.iter().map(|document| &document.document_id);
        let datasets = Datasets::new(self.call.client().clone());
        let call = datasets.process(&self.dataset_id, ids).0.with_options_of(&self.call);
        for mut next in ProcessDataset(call).send().await?.data {
            let same = |document: &&mut DocumentProgress| document.document_id == next.document_id;
            if let Some(document) = seen.iter_mut().find(same) {
                if next.document_name.is_empty() {
                    next.document_name = std::mem::take(&mut document.document_name);
                }
                *document = next;
            }
        }
        Ok(())
    }

    #[cold]
    fn unfinished(&self, seen: &[DocumentProgress]) -> Error {
        let pending = seen.iter().filter(|document| matches!(state(document), State::Processing));
        let pending: Vec<String> = pending
            .map(|document| format!("{} is at {}%", name(document), document.progress))
            .collect();
        let rest = match &*pending {
            [] => "the documents may have been added, but their ids did not arrive".to_owned(),
            pending => pending.join(", "),
        };
        Error::from_kind(Kind::Unfinished(format!(
            "no end within {:?}: {rest}",
            self.schedule.deadline
        )))
    }
}

/// Returns what the response says about a document that was added.
fn first_progress(document: Document) -> DocumentProgress {
    DocumentProgress {
        document_id: document.document_id,
        document_name: document.name,
        size: document.size,
        file_type: document.file_type,
        update_type: document.update_type,
        update_interval: document.update_interval,
        ..DocumentProgress::default()
    }
}

fn state(document: &DocumentProgress) -> State {
    match &document.status {
        Some(DocumentStatus::Completed | DocumentStatus::Disabled) => State::Processed,
        Some(DocumentStatus::Failed | DocumentStatus::AuditFailed | DocumentStatus::Deleted) => {
            State::Failed
        }
        // A status that is not known may not be the last one.
        _ => State::Processing,
    }
}

fn name(document: &DocumentProgress) -> &str {
    match &*document.document_name {
        "" => &document.document_id,
        name => name,
    }
}

/// Returns the error that names the documents that failed, if there are any.
#[cold]
fn failure(seen: &[DocumentProgress]) -> Option<Error> {
    let failed = seen.iter().filter(|document| matches!(state(document), State::Failed));
    let failed: Vec<_> = failed.collect();
    if failed.is_empty() {
        return None;
    }
    let reasons: Vec<String> = failed.iter().map(|document| describe_failure(document)).collect();
    let msg =
        format!("{} of {} documents failed: {}", failed.len(), seen.len(), reasons.join("; "));
    let error = Error::from_kind(Kind::Api { code: None, name: None, msg });
    Some(error.with_body(serde_json::to_string(&failed).unwrap_or_default()))
}

fn describe_failure(document: &DocumentProgress) -> String {
    let reason = match (&*document.status_descript, &document.status) {
        ("", Some(DocumentStatus::AuditFailed)) => "the content was refused by a review",
        ("", Some(DocumentStatus::Deleted)) => "it was deleted",
        ("", _) => "no reason was given",
        (reason, _) => reason,
    };
    format!("{}: {reason}", name(document))
}

impl fmt::Debug for PollDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollDocuments")
            .field("call", &self.call)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

polls!(PollDocuments, Vec<DocumentProgress>, schedule);

impl CreateDocument {
    /// Adds the documents, and polls their progress until all of them are processed.
    ///
    /// See [`PollDocuments`](crate::PollDocuments) for progress, deadlines and an example.
    #[doc(alias = "and_wait")]
    #[doc(alias = "create_and_wait")]
    pub fn and_poll(self) -> PollDocuments {
        let dataset_id = self.0.param("dataset_id").unwrap_or_default();
        PollDocuments::new(self.0, dataset_id, None)
    }
}

impl Datasets {
    /// Polls the progress of documents that were added before until all of them are processed.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// coze.datasets().poll("7446689358658301234", ["7446670805219091234"]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// See [`PollDocuments`](crate::PollDocuments).
    #[doc(alias = "wait")]
    pub fn poll(
        &self,
        dataset_id: impl Into<String>,
        document_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> PollDocuments {
        let dataset_id = dataset_id.into();
        let document_ids: Vec<String> = document_ids.into_iter().map(Into::into).collect();
        let call = self.process(&dataset_id, &document_ids).0;
        PollDocuments::new(call, dataset_id, Some(document_ids))
    }
}

impl Error {
    /// Returns the last known progress of the documents of a
    /// [`PollDocuments`](crate::PollDocuments) that failed or whose outcome is unknown.
    pub fn document_progress(&self) -> Option<&[DocumentProgress]> {
        self.partial::<LastProgress>().map(|progress| &*progress.0)
    }
}
