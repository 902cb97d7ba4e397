//! Lists of every paging style are walked with exactly the necessary requests.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use coze_api::bots::BotSummary;
use coze_api::{Page, Result};
use coze_tests::server::{Reply, Request, Server};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use tokio::sync::Notify;

fn bots(ids: &[u32], total: u32) -> Reply {
    let items: Vec<_> = ids.iter().map(|id| json!({"id": id.to_string()})).collect();
    Reply::data(&json!({"items": items, "total": total}))
}

fn versions(ids: &[u32], has_more: bool) -> Reply {
    let items: Vec<_> = ids.iter().map(|id| json!({"version": id.to_string()})).collect();
    Reply::data(&json!({"items": items, "has_more": has_more}))
}

fn apps(ids: &[u32], next: &str, has_more: bool) -> Reply {
    let items: Vec<_> = ids.iter().map(|id| json!({"id": id.to_string()})).collect();
    Reply::data(&json!({"items": items, "next_page_token": next, "has_more": has_more}))
}

fn messages(ids: &[u32], has_more: bool) -> Reply {
    let text = |id: Option<&u32>| id.map(u32::to_string).unwrap_or_default();
    let data: Vec<_> = ids.iter().map(|id| json!({"id": id.to_string(), "role": "user"})).collect();
    Reply::json(&json!({
        "code": 0, "data": data, "has_more": has_more, "first_id": text(ids.first()), "last_id": text(ids.last()),
    }))
}

fn documents(ids: &[u32], total: u32) -> Reply {
    let infos: Vec<_> = ids.iter().map(|id| json!({"document_id": id.to_string()})).collect();
    Reply::json(&json!({"code": 0, "document_infos": infos, "total": total}))
}

fn targets(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.target).collect()
}

fn bodies(server: &Server) -> Vec<Value> {
    server.requests().iter().map(Request::json).collect()
}

async fn ids(items: impl Stream<Item = Result<BotSummary>>) -> Vec<String> {
    items.map_ok(|bot| bot.id).try_collect().await.expect("all items")
}

#[tokio::test]
async fn numbered_pages_end_with_the_total() {
    let server = Server::replies(vec![bots(&[1, 2], 5), bots(&[3, 4], 5), bots(&[5], 5)]).await;
    let list = server.once().bots().list("w").page_size(2);
    assert_eq!(ids(list.items()).await, ["1", "2", "3", "4", "5"]);
    assert_eq!(
        server.lines(),
        [
            "GET /v1/bots?workspace_id=w&page_size=2",
            "GET /v1/bots?workspace_id=w&page_size=2&page_num=2",
            "GET /v1/bots?workspace_id=w&page_size=2&page_num=3",
        ]
    );
}

#[tokio::test]
async fn a_full_last_page_needs_no_further_request() {
    let server = Server::replies(vec![bots(&[1, 2], 4), bots(&[3, 4], 4)]).await;
    assert_eq!(ids(server.once().bots().list("w").items()).await.len(), 4);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_list_may_be_empty() {
    let server = Server::replies(vec![bots(&[], 0)]).await;
    assert!(ids(server.once().bots().list("w").items()).await.is_empty());
    server.request();
    let pages: Vec<Page<_>> =
        server.once().bots().list("w").pages().try_collect().await.expect("pages");
    assert_eq!((pages.len(), pages[0].total, pages[0].has_more), (1, Some(0), false));
}

#[tokio::test]
async fn numbered_pages_end_when_the_server_says_so() {
    let replies = vec![versions(&[1, 2], true), versions(&[3], true), versions(&[4], false)];
    let server = Server::replies(replies).await;
    let list = server.once().bots().versions().list("7").page_size(2);
    let versions: Vec<_> = list.items().map_ok(|v| v.version).try_collect().await.expect("all");
    assert_eq!(versions, ["1", "2", "3", "4"]);
    assert_eq!(
        targets(&server),
        [
            "/v1/bots/7/versions?page_size=2",
            "/v1/bots/7/versions?page_size=2&page_num=2",
            "/v1/bots/7/versions?page_size=2&page_num=3",
        ]
    );
}

#[tokio::test]
async fn page_tokens_are_sent_back_unchanged() {
    let replies =
        vec![apps(&[1, 2], "a/b+c==", true), apps(&[3], "扣", true), apps(&[4], "unused", false)];
    let server = Server::replies(replies).await;
    let list = server.once().api_apps().list();
    let ids: Vec<_> = list.items().map_ok(|app| app.id).try_collect().await.expect("all");
    assert_eq!(ids, ["1", "2", "3", "4"]);
    assert_eq!(
        targets(&server),
        [
            "/v1/api_apps",
            "/v1/api_apps?page_token=a%2Fb%2Bc%3D%3D",
            "/v1/api_apps?page_token=%E6%89%A3"
        ]
    );
}

#[tokio::test]
async fn id_cursors_continue_after_the_last_item() {
    let replies = vec![messages(&[1, 2], true), messages(&[3, 4], true), messages(&[5], false)];
    let server = Server::replies(replies).await;
    let list = server.once().conversations().messages().list("9").limit(2);
    let ids: Vec<_> = list.items().map_ok(|message| message.id).try_collect().await.expect("all");
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
    assert_eq!(server.lines(), ["POST /v1/conversation/message/list?conversation_id=9"; 3]);
    assert_eq!(
        bodies(&server),
        [
            json!({"limit": 2}),
            json!({"limit": 2, "after_id": "2"}),
            json!({"limit": 2, "after_id": "4"})
        ]
    );
}

#[tokio::test]
async fn id_cursors_go_backwards_before_the_first_item_on_request() {
    let replies = vec![messages(&[7, 8], true), messages(&[5, 6], true), messages(&[4], false)];
    let server = Server::replies(replies).await;
    let list = server.once().conversations().messages().list("9").before_id("9");
    let pages: Vec<_> = list.pages().try_collect().await.expect("all");
    let bounds: Vec<_> =
        pages.iter().map(|page| (page.first_id.as_deref(), page.last_id.as_deref())).collect();
    assert_eq!(bounds, [(Some("7"), Some("8")), (Some("5"), Some("6")), (Some("4"), Some("4"))]);
    assert_eq!(
        bodies(&server),
        [json!({"before_id": "9"}), json!({"before_id": "7"}), json!({"before_id": "5"})]
    );
}

#[tokio::test]
async fn the_second_page_adds_its_position_to_an_empty_body() {
    let server = Server::replies(vec![messages(&[1], true), messages(&[2], false)]).await;
    let list = server.once().conversations().messages().list("9");
    assert_eq!(list.items().count().await, 2);
    let requests = server.requests();
    assert_eq!((&*requests[0].body, &*requests[1].body), (&b"{}"[..], &br#"{"after_id":"1"}"#[..]));
}

#[tokio::test]
async fn page_numbers_may_be_in_the_body() {
    let server = Server::replies(vec![documents(&[1, 2], 3), documents(&[3], 3)]).await;
    let list = server.once().datasets().documents().list("9").size(2);
    let ids: Vec<_> =
        list.items().map_ok(|document| document.document_id).try_collect().await.expect("all");
    assert_eq!(ids, ["1", "2", "3"]);
    assert_eq!(server.lines(), ["POST /open_api/knowledge/document/list"; 2]);
    assert_eq!(
        bodies(&server),
        [json!({"dataset_id": "9", "size": 2}), json!({"dataset_id": "9", "size": 2, "page": 2})]
    );
    for request in server.requests() {
        assert_eq!(request.header("agw-js-conv"), "str");
    }
}

#[tokio::test]
async fn a_walk_can_start_at_a_later_page() {
    let server =
        Server::replies(vec![bots(&[41, 42], 45), bots(&[43, 44], 45), bots(&[45], 45)]).await;
    let list = server.once().bots().list("w").page_num(21).page_size(2);
    assert_eq!(ids(list.items()).await, ["41", "42", "43", "44", "45"]);
    let numbers: Vec<_> =
        targets(&server).iter().map(|t| t.replace("/v1/bots?workspace_id=w&", "")).collect();
    assert_eq!(
        numbers,
        ["page_num=21&page_size=2", "page_num=22&page_size=2", "page_num=23&page_size=2"]
    );

    let server = Server::replies(vec![documents(&[5], 5)]).await;
    let list = server.once().datasets().documents().list("9").page(3).size(2);
    assert_eq!(list.items().count().await, 1);
    assert_eq!(bodies(&server), [json!({"dataset_id": "9", "page": 3, "size": 2})]);

    let server = Server::replies(vec![apps(&[3], "", false)]).await;
    assert_eq!(server.once().api_apps().list().page_token("t 2").items().count().await, 1);
    assert_eq!(targets(&server), ["/v1/api_apps?page_token=t%202"]);
}

#[tokio::test]
async fn an_error_ends_the_walk_after_the_received_items() {
    let server =
        Server::replies(vec![bots(&[1, 2], 5), Reply::code(4000, "no"), bots(&[5], 5)]).await;
    let mut items = server.client_without_delay().bots().list("w").items();
    assert_eq!(items.next().await.expect("an item").expect("good").id, "1");
    assert_eq!(items.next().await.expect("an item").expect("good").id, "2");
    let error = items.next().await.expect("an item").expect_err("refused");
    assert_eq!((error.code(), error.operation()), (Some(4000), "bots.list"));
    for _ in 0..3 {
        assert!(items.next().await.is_none());
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_page_is_retried_like_any_call() {
    let server =
        Server::replies(vec![bots(&[1], 2), Reply::reset(), Reply::code(4013, ""), bots(&[2], 2)])
            .await;
    assert_eq!(ids(server.client_without_delay().bots().list("w").items()).await, ["1", "2"]);
    let second = "/v1/bots?workspace_id=w&page_num=2";
    assert_eq!(targets(&server), ["/v1/bots?workspace_id=w", second, second, second]);
}

#[tokio::test]
async fn a_walk_ends_if_the_server_makes_no_progress() {
    // It announces more items, but returns none, or the same position again.
    let server = Server::replies(vec![versions(&[1], true), versions(&[], true)]).await;
    assert_eq!(server.once().bots().versions().list("7").items().count().await, 1);
    assert_eq!(server.requests().len(), 2);

    let server = Server::replies(vec![bots(&[1], 9), bots(&[], 9)]).await;
    assert_eq!(server.once().bots().list("w").items().count().await, 1);
    assert_eq!(server.requests().len(), 2);

    for next in ["same", ""] {
        let server = Server::replies(vec![apps(&[1], next, true)]).await;
        server.once().api_apps().list().items().count().await;
        assert_eq!(server.requests().len(), if next.is_empty() { 1 } else { 2 });
    }

    let server = Server::replies(vec![messages(&[1, 2], true)]).await;
    server.once().conversations().messages().list("9").items().count().await;
    assert_eq!(server.requests().len(), 2);

    let server = Server::replies(vec![messages(&[], true)]).await;
    assert_eq!(server.once().conversations().messages().list("9").items().count().await, 0);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_page_is_requested_only_when_needed() {
    let server = Server::replies(vec![bots(&[1, 2], 6), bots(&[3, 4], 6), bots(&[5, 6], 6)]).await;
    let mut items = server.once().bots().list("w").items();
    assert_eq!(server.requests().len(), 0);
    for (taken, requests) in [(1, 1), (2, 1), (3, 2), (4, 2)] {
        assert_eq!(items.next().await.expect("an item").expect("good").id, taken.to_string());
        assert_eq!(server.requests().len(), requests, "after {taken} items");
    }
    drop(items);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_dropped_walk_closes_its_connection() {
    let never = Arc::new(Notify::new());
    let server = Server::replies(vec![bots(&[1], 2), bots(&[2], 2).after(&never)]).await;
    let mut items = server.once().bots().list("w").items();
    items.next().await.expect("an item").expect("good");
    // The second page has been requested and never arrives.
    let mut next = Box::pin(items.next());
    poll_fn(|cx| {
        assert!(Pin::new(&mut next).poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    let arrived = server.arrived(2);
    tokio::select! {
        () = arrived => {}
        item = &mut next => panic!("{item:?}"),
    }
    drop(next);
    drop(items);
    server.closed().await;
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_options_of_a_list_apply_to_all_its_pages() {
    let server = Server::replies(vec![bots(&[1], 2), bots(&[2], 2)]).await;
    let list = server.once().bots().list("w").with_token("sat_other").with_header("x-a", "1");
    assert_eq!(list.items().count().await, 2);
    for request in server.requests() {
        assert_eq!(
            (request.header("authorization"), request.header("x-a")),
            ("Bearer sat_other", "1")
        );
    }
}
