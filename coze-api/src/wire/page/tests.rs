use futures_util::TryStreamExt as _;

use super::*;
use crate::testing::sample::{Bot, Bots};
use crate::testing::{Act, Server};

fn ids(bots: &[Bot]) -> Vec<&str> {
    bots.iter().map(|bot| bot.id.as_str()).collect()
}

fn counted(ids: &[i32], total: i32) -> Act {
    let items: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":{id}}}"#)).collect();
    Act::json(&format!(r#"{{"code":0,"data":{{"items":[{}],"total":{total}}}}}"#, items.join(",")))
}

#[tokio::test]
async fn numbered_pages_end_with_the_total() -> Result<()> {
    let server = Server::play([counted(&[1, 2], 5), counted(&[3, 4], 5), counted(&[5], 5)]).await;
    let bots: Vec<Bot> = Bots(server.client()).list("w").items().try_collect().await?;
    assert_eq!(ids(&bots), ["1", "2", "3", "4", "5"]);
    assert_eq!(
        server.lines(),
        [
            "GET /v1/bots?workspace_id=w HTTP/1.1",
            "GET /v1/bots?workspace_id=w&page_num=2 HTTP/1.1",
            "GET /v1/bots?workspace_id=w&page_num=3 HTTP/1.1",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn smaller_pages_than_asked_for_lose_nothing() -> Result<()> {
    let server = Server::play([counted(&[1, 2], 5), counted(&[3, 4], 5), counted(&[5], 5)]).await;
    let pages = Bots(server.client()).list("w").page_size(500).pages();
    let pages: Vec<Page<Bot>> = pages.try_collect().await?;
    assert_eq!(pages.len(), 3);
    Ok(())
}

#[tokio::test]
async fn one_page_says_whether_more_follows() -> Result<()> {
    let server = Server::play([counted(&[1, 2], 5)]).await;
    let bots = Bots(server.client());
    assert!(bots.list("w").await?.has_more);
    assert!(bots.list("w").page_num(2).await?.has_more);
    assert!(!bots.list("w").page_num(3).page_size(2).await?.has_more);
    let page = bots.list("w").page_num(4).await?;
    assert_eq!((page.has_more, page.total, page.into_iter().count()), (false, Some(5), 2));
    Ok(())
}

#[tokio::test]
async fn a_walk_may_start_anywhere_and_ends_at_an_empty_page() -> Result<()> {
    let server = Server::play([counted(&[5, 6], 9), counted(&[], 9)]).await;
    let pages: Vec<_> = Bots(server.client()).list("w").page_num(3).pages().try_collect().await?;
    assert_eq!(pages.len(), 2);
    assert!(server.lines()[1].contains("page_num=4"));
    Ok(())
}

#[tokio::test]
async fn tokens_are_followed_until_they_end_or_repeat() -> Result<()> {
    let page = |id: i32, token: &str, more: bool| {
        let items = format!(r#"[{{"id":{id}}}]"#);
        Act::json(&format!(
            r#"{{"code":0,"data":{{"items":{items},"next_page_token":"{token}","has_more":{more}}}}}"#
        ))
    };
    let last = [page(3, "c", false), page(3, "", true), page(3, "b&", true)];
    for last in last {
        let server = Server::play([page(1, "a", true), page(2, "b&", true), last]).await;
        let bots: Vec<Bot> = Bots(server.client()).versions().items().try_collect().await?;
        assert_eq!(ids(&bots), ["1", "2", "3"]);
        let lines = server.lines();
        assert_eq!(lines[1], "GET /v1/versions?page_token=a HTTP/1.1");
        assert_eq!(lines[2], "GET /v1/versions?page_token=b%26 HTTP/1.1");
    }
    Ok(())
}

#[tokio::test]
async fn cursors_walk_both_ways_in_the_body() -> Result<()> {
    let page = |first: i32, last: i32, more: bool| {
        Act::json(&format!(
            r#"{{"code":0,"data":[{{"id":{first}}},{{"id":{last}}}],"first_id":"{first}","last_id":{last},"has_more":{more}}}"#
        ))
    };
    let server = Server::play([page(1, 2, true), page(3, 4, false)]).await;
    let all: Vec<Bot> = Bots(server.client()).messages("c").items().try_collect().await?;
    assert_eq!(ids(&all), ["1", "2", "3", "4"]);
    let seen = server.seen();
    assert_eq!(seen[0].text(), "{}");
    assert_eq!(seen[1].text(), r#"{"after_id":"2"}"#);
    assert!(seen[1].line.contains("conversation_id=c"));

    let server = Server::play([page(7, 8, true), page(5, 6, false)]).await;
    let list = Bots(server.client()).messages("c").before_id("9");
    let pages: Vec<Page<Bot>> = list.pages().try_collect().await?;
    assert_eq!(pages.len(), 2);
    assert_eq!(server.seen()[1].text(), r#"{"before_id":"7"}"#);
    Ok(())
}

#[tokio::test]
async fn an_error_ends_the_stream() -> Result<()> {
    let refusal = Act::json(r#"{"code":4101,"msg":"no"}"#);
    let server = Server::play([counted(&[1], 5), refusal]).await;
    let mut items = Bots(server.client()).list("w").items();
    assert!(items.try_next().await?.is_some());
    assert!(items.try_next().await.expect_err("refused").is_permission_denied());
    assert!(items.try_next().await?.is_none());
    assert_eq!(server.seen().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_server_that_ignores_the_position_is_an_error() -> Result<()> {
    let page = |log: &str| {
        Act::json(&format!(
            r#"{{"code":0,"data":{{"items":[{{"id":1}}],"total":9}},"detail":{{"logid":"{log}"}}}}"#
        ))
    };
    let server = Server::play([page("a"), page("b"), page("c")]).await;
    let mut items = Bots(server.client()).list("w").items();
    assert_eq!(items.try_next().await?.expect("an item").id, "1");
    let error = items.try_next().await.expect_err("the same page");
    assert!(error.is_truncated() && error.to_string().contains("`page_num`"), "{error}");
    assert_eq!(error.operation(), "bots.list");
    assert!(items.try_next().await?.is_none());
    assert_eq!(server.seen().len(), 2);
    Ok(())
}

#[test]
fn a_page_is_stored_and_read_again() {
    let page = Page { has_more: true, ..Page::counted(vec!["a".to_owned()], 7) };
    let json = serde_json::to_string(&page).expect("JSON");
    let read: Page<String> = serde_json::from_str(&json).expect("a page");
    assert_eq!(read, page);
    let least: Page<String> = serde_json::from_str(r#"{"items":[]}"#).expect("a page");
    assert_eq!(least, Page::of(Vec::new()));
}

const _: fn() = || {
    fn check<T: Send + Sync + Unpin + 'static>() {}
    check::<Pages<Bot>>();
    check::<Items<Bot>>();
};
