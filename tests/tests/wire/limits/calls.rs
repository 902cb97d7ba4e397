//! Requests, their pages, streams and files, and polls.

use coze_api::stream::Event;
use coze_api::{ChatEvent, Download, Method, RawCall, Result};
use coze_mock::state::{BOT, VOICE, WORKFLOW as WORKFLOW_ID};
use serde_json::{Value, json};

use super::world::{AGENT, IDLE, POLL, READ, Row, WORKFLOW, WRITE, World, row};

fn raw(world: &World) -> RawCall {
    world.cut();
    world.coze.request(Method::GET, "/v1/users/me")
}

async fn download(world: &World) -> Result<Download> {
    world.slow();
    let file = world.coze.audio().speech().create("Hello.", VOICE).await;
    world.cut();
    file
}

pub(super) fn rows() -> Vec<Row> {
    [requests(), raw_calls(), bodies(), polls()].into_iter().flatten().collect()
}

fn requests() -> Vec<Row> {
    vec![
        row!("request!", READ, |world| {
            world.cut();
            world.coze.bots().retrieve(BOT).await.map(drop)
        }),
        row!("sendable!", READ, |world| {
            world.cut();
            world.site.task("7").await.map(drop)
        }),
        row!("wire::request::WithResponse<T>::send", READ, |world| {
            world.cut();
            world.coze.bots().retrieve(BOT).with_response().send().await.map(drop)
        }),
        row!("wire::request::WithResponse<T>: impl<T: Send + 'static> IntoFuture", READ, |world| {
            world.cut();
            world.coze.bots().retrieve(BOT).with_response().await.map(drop)
        }),
        row!("paged!", READ, |world| {
            world.cut();
            world.coze.bots().list("7").await.map(drop)
        }),
        row!("wire::page::Pages<T>::next", READ, |world| {
            world.cut();
            world.coze.bots().list("7").pages().next().await.transpose().map(drop)
        }),
        row!("wire::page::Items<T>::next", READ, |world| {
            world.cut();
            world.coze.bots().list("7").items().next().await.transpose().map(drop)
        }),
        row!("client::Client::detect_platform", READ, |world| {
            world.cut();
            world.coze.detect_platform().await.map(drop)
        }),
    ]
}

fn raw_calls() -> Vec<Row> {
    vec![
        row!("client::raw::RawCall::bytes", READ, |world| { raw(&world).bytes().await.map(drop) }),
        row!("client::raw::RawCall::data<T: DeserializeOwned + Send>", READ, |world| {
            raw(&world).data::<Value>().await.map(drop)
        }),
        row!("client::raw::RawCall::flat<T: DeserializeOwned + Send>", READ, |world| {
            raw(&world).flat::<Value>().await.map(drop)
        }),
        row!("client::raw::RawCall::exchange", READ, |world| {
            raw(&world).exchange().await.map(drop)
        }),
        row!("client::raw::RawCall::download", READ + IDLE, |world| {
            raw(&world).download().await?.bytes().await.map(drop)
        }),
        row!("client::raw::RawCall::frames", READ + IDLE, |world| {
            raw(&world).frames().await?.next().await.transpose().map(drop)
        }),
        row!("client::raw::RawCall::stream<E: StreamEvent>", READ + IDLE, |world| {
            raw(&world).stream::<ChatEvent>().await?.next().await.transpose().map(drop)
        }),
        row!("client::raw::RawCall::stream_of<T: DeserializeOwned>", READ + IDLE, |world| {
            let mut events = raw(&world).stream_of::<Value>().await?;
            let event: Option<Event<Value>> = events.next().await.transpose()?;
            drop(event);
            Ok(())
        }),
    ]
}

fn bodies() -> Vec<Row> {
    vec![
        row!("streamed!", WRITE + IDLE, |world| {
            world.cut();
            let stream = world.coze.chat().create(BOT, "me").message("Hello").stream();
            stream.await?.collect_reply().await.map(drop)
        }),
        row!("stream_only!", WORKFLOW + IDLE, |world| {
            world.cut();
            world.coze.workflows().runs().stream(WORKFLOW_ID).await?.collect_reply().await.map(drop)
        }),
        row!("wire::stream::EventStream<E>::next", IDLE, |world| {
            let mut events = world.stream().await?;
            while let Some(event) = events.next().await {
                event?;
            }
            Ok(())
        }),
        row!("ext::accumulate::TextStream<R>::next", IDLE, |world| {
            let mut pieces = world.stream().await?.text();
            while let Some(piece) = pieces.next().await {
                piece?;
            }
            Ok(())
        }),
        row!("ext::chat_reply::EventStream<ChatEvent>::collect_reply", IDLE, |world| {
            world.stream().await?.collect_reply().await.map(drop)
        }),
        row!("ext::workflow_reply::EventStream<WorkflowEvent>::collect_reply", IDLE, |world| {
            world.slow();
            let events = world.coze.workflows().runs().stream(WORKFLOW_ID).await?;
            world.cut();
            events.collect_reply().await.map(drop)
        }),
        row!("site::agent::EventStream<AgentEvent>::collect_reply", AGENT, |world| {
            world.slow();
            let events = world.site.ask("s1", ["Hello"]).await?;
            world.cut();
            events.collect_reply().await.map(drop)
        }),
        row!("site::agent::AskAgent::reply", AGENT, |world| {
            world.cut();
            world.site.ask("s1", ["Hello"]).reply().await.map(drop)
        }),
        row!("binary!", WRITE + IDLE, |world| {
            world.cut();
            let file = world.coze.audio().speech().create("Hello.", VOICE).await?;
            file.bytes().await.map(drop)
        }),
        row!("wire::stream::download::Download::next", IDLE, |world| {
            let mut file = download(&world).await?;
            while let Some(piece) = file.next().await {
                piece?;
            }
            Ok(())
        }),
        row!("wire::stream::download::Download::bytes", IDLE, |world| {
            download(&world).await?.bytes().await.map(drop)
        }),
        row!("wire::stream::download::Download::save", IDLE, |world| {
            let folder = tempfile::tempdir().expect("a folder");
            download(&world).await?.save(folder.path().join("speech")).await.map(drop)
        }),
    ]
}

fn polls() -> Vec<Row> {
    vec![
        row!("polls!", POLL, |world| {
            world.cut();
            world.coze.chat().create(BOT, "me").message("Hello").and_poll().await.map(drop)
        }),
        row!("ext::poll::chat::PollChat::send", POLL, |world| {
            world.cut();
            world.coze.chat().poll("1", "2").send().await.map(drop)
        }),
        row!("and_poll!", POLL, |world| {
            world.cut();
            let records = world.coze.databases().records();
            records.create_from("7", [json!({"name": "a"})]).and_poll().await.map(drop)
        }),
        row!("ext::poll::task::PollDatabaseTask::send", POLL, |world| {
            world.cut();
            world.coze.databases().tasks().poll("7").send().await.map(drop)
        }),
        row!("ext::poll::run::PollWorkflowRun::send", POLL, |world| {
            world.cut();
            world.coze.workflows().runs().poll("7", "8").send().await.map(drop)
        }),
        row!("ext::datasets::poll::PollDocuments::send", POLL, |world| {
            world.cut();
            world.coze.datasets().poll("7", ["8"]).send().await.map(drop)
        }),
        row!("site::task::PollTask::send", POLL, |world| {
            world.cut();
            world.site.start(&json!({})).and_poll().send().await.map(drop)
        }),
    ]
}
