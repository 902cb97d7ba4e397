//! A workflow that asks a question during its run: streamed and asynchronous, answered and failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coze_api::workflows::{WorkflowEvent, WorkflowInterrupted, WorkflowRunStatus};
use coze_mock::state::{ASKING_WORKFLOW, WORKFLOW};
use coze_tests::mock;
use futures_util::TryStreamExt as _;

#[tokio::test]
async fn an_interrupted_stream_is_resumed() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let run = coze.workflows().runs().stream(ASKING_WORKFLOW);
    let mut events = run.parameters([("city", "Kunming")]).await.unwrap();
    let interrupted = loop {
        match events.try_next().await.unwrap().expect("an interrupt") {
            WorkflowEvent::Interrupt(interrupted) => break interrupted,
            WorkflowEvent::Message(_) => {}
            other => panic!("{other:?}"),
        }
    };
    // An interrupted stream ends without an error.
    assert!(events.try_next().await.unwrap().is_none());
    let data = &interrupted.interrupt_data;
    let kind = data.kind.clone();
    let resumed = coze.workflows().runs().resume(ASKING_WORKFLOW, &data.event_id, kind, "Monday");
    let reply = resumed.await.unwrap().collect_reply().await.unwrap();
    assert!(reply.text().contains("Monday"), "{}", reply.text());
    // An answered question cannot be answered again.
    let again = coze.workflows().runs().resume(ASKING_WORKFLOW, &data.event_id, 2, "Friday");
    let error = again.await.unwrap_err();
    assert_eq!(error.code(), Some(4200), "{error}");
}

#[tokio::test]
async fn a_question_is_repeated_until_the_answer_fits() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let run = coze.workflows().runs().stream(ASKING_WORKFLOW).await.unwrap();
    let answered = run.on_interrupt(move |_: WorkflowInterrupted| {
        let nth = count.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, std::io::Error>(if nth == 0 { " " } else { "Monday" }.to_owned()) }
    });
    let reply = answered.collect_reply().await.unwrap();
    assert!(reply.text().contains("Monday"), "{}", reply.text());
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_asynchronous_run_is_polled() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let run = coze.workflows().runs().create(WORKFLOW).is_async(true);
    let run = run.parameters([("city", "Kunming")]).await.unwrap();
    let histories = coze.workflows().runs().run_histories();
    let mut looks = 0;
    let history = loop {
        let found = histories.retrieve(WORKFLOW, &run.execute_id).await.unwrap();
        let [history] = &found[..] else { panic!("{found:?}") };
        if history.execute_status == WorkflowRunStatus::Success {
            break history.clone();
        }
        looks += 1;
        assert!(looks < 100, "{history:?}");
    };
    assert!(looks > 0, "it ended at once");
    assert!(history.output.contains("Kunming"), "{}", history.output);
}

#[tokio::test]
async fn a_run_fails() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let run =
        || coze.workflows().runs().stream(WORKFLOW).parameters([("a", "[fail 720702222 No tea.]")]);
    let error = run().await.unwrap().collect_reply().await.unwrap_err();
    assert!(error.is_api(), "{error:?}");
    assert_eq!((error.code(), error.msg()), (Some(720_702_222), Some("No tea.")));
    assert!(error.log_id().is_some());
}
