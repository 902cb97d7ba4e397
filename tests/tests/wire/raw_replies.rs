//! What the server sends and this crate does not know: the body of responses and pages, the frames
//! of events, and responses that are read into types of the caller.

use std::collections::BTreeMap;

use coze_api::{ChatEvent, ListLayout, Method, Page, Result};
use coze_tests::server::{Reply, Server};
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Thing {
    id: String,
    new: Value,
}

fn thing(id: &str, new: Value) -> Thing {
    Thing { id: id.to_owned(), new }
}

#[tokio::test]
async fn a_typed_response_keeps_its_body() {
    let body = r#"{"code":0, "data":{"bot_id":"7","name":"Ada","new":[1.50]},"more":{}}"#;
    let reply = Reply::new(200, &[("content-type", "application/json")], body);
    let server = Server::replies(vec![reply]).await;
    let response = server.once().bots().retrieve("7").with_response().await.expect("a bot");
    assert_eq!(response.value.name, "Ada");
    assert_eq!(response.body(), body);
    let found: BTreeMap<String, Value> = response.data().expect("an object");
    assert_eq!(found["new"], json!([1.5]));
    let root: BTreeMap<String, Value> = response.flat().expect("the root");
    assert_eq!(root["more"], json!({}));
    let error = response.data::<Vec<u8>>().expect_err("not a list");
    assert!(error.is_decode() && error.operation() == "bots.retrieve", "{error}");
    assert!(!format!("{response:?}").contains("1.5"), "{response:?}");
}

#[tokio::test]
async fn a_page_keeps_its_body() {
    let body = r#"{"code":0,"data":{"items":[{"id":"1","new":"a"}],"total":1,"extra":true}}"#;
    let reply = Reply::new(200, &[("content-type", "application/json")], body);
    let server = Server::replies(vec![reply]).await;
    let list = server.once().bots().list("w");
    let page = list.clone().await.expect("a page");
    assert_eq!((page.body(), page.items[0].id.as_str()), (&body.into(), "1"));
    // The body is not a part of the value, and not shown.
    let mut pages = list.pages();
    let other = pages.try_next().await.expect("a page").expect("a page");
    assert_eq!(other, page);
    assert!(!format!("{page:?}").contains("extra"), "{page:?}");
    assert!(serde_json::to_value(&page).expect("JSON").get("body").is_none());
    assert!(Page::<Thing>::default().body().is_empty());
}

#[tokio::test]
async fn a_typed_request_can_be_read_into_other_types() {
    #[derive(Deserialize)]
    struct New {
        new: u8,
    }

    let server = Server::replies(vec![Reply::data(&json!({"bot_id": "7", "new": 2}))]).await;
    let coze = server.once();
    let bot: New =
        coze.bots().retrieve("7").with_query("v", 2).into_raw().data().await.expect("a bot");
    assert_eq!(bot.new, 2);
    assert_eq!(server.lines(), ["GET /v1/bots/7?v=2"]);
}

const EVENTS: &str = "id: 5\nevent: conversation.message.delta\ndata: {\"content\":\"Hi\",\"new\":1}\n\n\
                      event: done\ndata: [DONE]\n\n";

fn events(body: &str) -> Reply {
    Reply::new(200, &[("content-type", "text/event-stream")], body)
}

#[tokio::test]
async fn events_keep_what_is_not_known() -> Result<()> {
    let server = Server::replies(vec![events(EVENTS)]).await;
    let mut stream = server.once().chat().create("7", "me").stream().await?;
    assert!(stream.last_frame().data().is_empty());
    let event = stream.try_next().await?.expect("an event");
    assert!(matches!(event, ChatEvent::MessageDelta(_)), "{event:?}");
    let frame = stream.last_frame();
    assert_eq!(
        (frame.event(), frame.text().as_str()),
        (event.name(), r#"{"content":"Hi","new":1}"#)
    );
    Ok(())
}

#[tokio::test]
async fn events_are_read_into_types_of_the_caller() -> Result<()> {
    let server = Server::replies(vec![events(EVENTS)]).await;
    let call = server.once().chat().create("7", "me").with_field("stream", true).into_raw();
    let all: Vec<_> = call.stream_of::<BTreeMap<String, Value>>().await?.try_collect().await?;
    assert_eq!((all[0].name.as_str(), all[0].id.as_str()), ("conversation.message.delta", "5"));
    assert_eq!(all[0].data.as_ref().expect("data")["new"], json!(1));
    assert_eq!(all[1].name, "done");
    assert_eq!(server.request().json()["stream"], json!(true));

    // The end is not decoded if it does not fit.
    let server = Server::replies(vec![events("data: [1]\n\nevent: done\ndata: [DONE]\n\n")]).await;
    let call = server.once().request(Method::POST, "/v1/x");
    let all: Vec<_> = call.stream_of::<[u8; 1]>().await?.try_collect().await?;
    assert_eq!(all.iter().map(|event| event.data).collect::<Vec<_>>(), [Some([1]), None]);

    for (body, truncated) in [("data: [1]\n\n", true), ("data: {}\n\nevent: done\n\n", false)] {
        let server = Server::replies(vec![events(body)]).await;
        let stream = server.once().request(Method::POST, "/v1/x").stream_of::<[u8; 1]>().await?;
        let error = stream.try_collect::<Vec<_>>().await.expect_err(body);
        assert_eq!((error.is_truncated(), error.is_decode()), (truncated, !truncated), "{error}");
    }
    Ok(())
}

async fn walk(layout: ListLayout, replies: Vec<Value>) -> (Vec<Thing>, Vec<String>) {
    let server = Server::replies(replies.iter().map(Reply::json).collect()).await;
    let call = server.once().request(Method::GET, "/v1/things").query("kind", "a");
    let items = call.items::<Thing>(layout).try_collect().await.expect("all items");
    let lines = server.lines().into_iter();
    let tails = lines.map(|line| line.split_once("kind=a").expect("the query").1.to_owned());
    (items, tails.collect())
}

#[tokio::test]
async fn lists_that_are_not_known_are_walked_in_every_style() {
    let one_two = [thing("1", json!("a")), thing("2", Value::Null)];
    let numbered = || ListLayout::numbered("page", "size");
    let item = |id: u8| if id == 1 { json!({"id": 1, "new": "a"}) } else { json!({"id": id}) };

    let page = |id| json!({"code": 0, "data": {"things": [item(id)], "count": 2}});
    let layout = numbered().items("things").total("count");
    let walked = walk(layout, vec![page(1), page(2)]).await;
    assert_eq!(walked, (one_two.to_vec(), vec![String::new(), "&page=2".to_owned()]));

    // At the root, and a list without a count, which ends at the first empty page.
    let page = |id| json!({"code": 0, "data": [item(id)]});
    let walked = walk(numbered(), vec![page(1), page(2), json!({"code": 0, "data": []})]).await;
    assert_eq!(walked.0, one_two);
    assert_eq!(walked.1, ["", "&page=2", "&page=3"]);

    // `has_more` takes precedence over `total`.
    let page = |id, total, more: bool| json!({"code": 0, "data": {"items": [item(id)], "total": total, "has_more": more}});
    let walked = walk(numbered(), vec![page(1, 1, true), page(2, 9, false)]).await;
    assert_eq!(walked, (one_two.to_vec(), vec![String::new(), "&page=2".to_owned()]));

    let page = |id, next: &str, more: bool| json!({"code": 0, "data": {"items": [item(id)], "after": next, "more": more}});
    let layout = ListLayout::tokens("token").next_token("after").more("more");
    let walked = walk(layout, vec![page(1, "t/2", true), page(2, "", false)]).await;
    assert_eq!(walked, (one_two.to_vec(), vec![String::new(), "&token=t%2F2".to_owned()]));

    let page = |id: u8, more| {
        let id_text = id.to_string();
        json!({"code": 0, "data": [item(id)], "first_id": id_text, "last_id": id_text, "has_more": more})
    };
    let layout = ListLayout::ids("before", "after");
    let walked = walk(layout, vec![page(1, true), page(2, false)]).await;
    assert_eq!(walked, (one_two.to_vec(), vec![String::new(), "&after=1".to_owned()]));

    // Backwards, before the first item.
    let page = |first: &str, last: &str, more| json!({"code": 0, "data": {"items": [item(1)], "first_id": first, "last_id": last, "has_more": more}});
    let server = Server::replies(vec![
        Reply::json(&page("5", "6", true)),
        Reply::json(&page("4", "4", false)),
    ])
    .await;
    let call = server.once().request(Method::GET, "/v1/things").query("before", "9");
    let things: Vec<Thing> = call.items(layout).try_collect().await.expect("all items");
    assert_eq!(things.len(), 2);
    let lines = server.lines().into_iter();
    let queries = lines.map(|line| line.split_once('?').expect("a query").1.to_owned());
    assert_eq!(queries.collect::<Vec<_>>(), ["before=9", "before=5"]);
}

#[tokio::test]
async fn lists_that_do_not_fit_or_do_not_end_are_errors() {
    let page = json!({"code": 0, "data": {"items": [{"id": {}}, 5], "total": 9}});
    let server = Server::replies(vec![Reply::json(&page)]).await;
    let call = server.once().request(Method::GET, "/v1/things");
    let layout = ListLayout::numbered("page", "size");
    let error = call.clone().items::<Thing>(layout).try_next().await.expect_err("no things");
    assert!(error.is_decode() && error.to_string().contains("items"), "{error}");
    let error = call.items::<Value>(layout).try_collect::<Vec<_>>().await.expect_err("no end");
    assert!(error.is_truncated() && error.to_string().contains("`page`"), "{error}");

    let server = Server::replies(vec![Reply::code(4000, "no")]).await;
    let call = server.once().request(Method::GET, "/v1/things");
    let error = call.pages::<Value>(layout).try_next().await.expect_err("a refusal");
    assert_eq!(error.code(), Some(4000));
}
