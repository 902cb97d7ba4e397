use std::time::Duration;

use crate::testing::sample::{Bot, Bots};
use crate::testing::{Act, Server};
use crate::wire::call::Call;
use crate::wire::upload::Upload;
use crate::{Client, Items, Page, Pages, Response, Result, Retry};

fn client() -> Client {
    Client::builder().token("pat_x").base_url("http://localhost:9/prefix/").build().expect("valid")
}

fn url(call: &Call) -> String {
    call.url().expect("a URL").to_string()
}

const _: fn() = || {
    fn future<F: Future + Send + 'static>(_: F) {}
    fn value<T: Send + Sync + Clone + Unpin + 'static>(_: &T) {}
    fn stream<T: Send + Unpin + 'static>(_: T) {}
    let bots = Bots(client());
    value(&bots.list("1"));
    future(bots.list("1").send());
    future(bots.list("1").into_future());
    future(bots.retrieve("1").with_response().send());
    future(bots.upload(Upload::bytes("a", "b")).send());
    stream::<Pages<Bot>>(bots.list("1").pages());
    stream::<Items<Bot>>(bots.list("1").items());
};

#[test]
fn paths_and_queries_are_encoded() {
    let call = Call::new(&client(), "x")
        .get("/v1/{a}/x/{b_c}")
        .path_param("b_c", "ü/?#%")
        .path_param("a", "a b+c~-._")
        .query("q", "a&b=c d+ü")
        .query("n", 7)
        .query("q", "again")
        .query_each("ids", ["1", "2,3"])
        .query_joined("list", [4, 5]);
    assert_eq!(
        url(&call),
        "http://localhost:9/prefix/v1/a%20b%2Bc~-._/x/%C3%BC%2F%3F%23%25?q=again&n=7&ids=1&ids=2%2C3&list=4%2C5"
    );
    assert_eq!(url(&call.query_each("ids", ["9"])).matches("ids=").count(), 1);
}

#[test]
fn a_segment_that_leads_elsewhere_is_refused() {
    for value in ["", ".", ".."] {
        let call = Call::new(&client(), "bots.retrieve")
            .get("/v1/bots/{bot_id}")
            .path_param("bot_id", value);
        let error = call.check().expect_err(value);
        assert!(error.is_request() && error.to_string().contains("bot_id"), "{error}");
    }
    let call = Call::new(&client(), "x").get("/v1/{a}/{b}").path_param("a", "1");
    assert!(call.url().expect_err("no b").to_string().contains('b'));
}

#[test]
fn fields_are_written_in_the_order_of_first_setting() {
    let call = Call::new(&client(), "x")
        .post("/x")
        .field("b", "q\"uote")
        .push("list", 1)
        .field("a", None::<i32>)
        .push("list", "two")
        .field("b", true)
        .elements("none", Vec::<i32>::new())
        .push("none", 3)
        .elements("some", ["x"])
        .push("some", 4);
    let json = call.body().to_json().expect("a body");
    assert_eq!(json, r#"{"b":true,"list":[1,"two"],"a":null,"none":[3],"some":["x",4]}"#);
}

#[test]
fn paging_reads_and_sets_where_the_value_belongs() {
    let get = Call::new(&client(), "x").get("/x").query("page", 3);
    assert_eq!(get.param::<i64>("page"), Some(3));
    let get = get.set("page", 4).set("size", 5);
    assert_eq!(url(&get), "http://localhost:9/prefix/x?page=4&size=5");

    let post =
        Call::new(&client(), "x").post("/x").query("id", "7").field("after", "a\"b").field("n", 2);
    assert_eq!(post.param::<String>("after").as_deref(), Some("a\"b"));
    assert_eq!(post.param::<i64>("n"), Some(2));
    let post = post.set("after", "c").set("n", 3).set("id", "8");
    assert_eq!(post.body().to_json().expect("a body"), r#"{"after":"c","n":3}"#);
    assert_eq!(url(&post), "http://localhost:9/prefix/x?id=8");
}

#[test]
fn debug_shows_no_values() {
    let call = Call::new(&client(), "x")
        .post("/x")
        .query("q", "private")
        .field("f", "private")
        .with_token("private".into());
    assert!(!format!("{call:?}").contains("private"));
}

#[tokio::test]
async fn a_request_carries_what_it_should() -> Result<()> {
    let server = Server::play([Act::json(r#"{"code":0,"data":{"id":7,"created_at":"5"}}"#)]).await;
    let coze = server.builder().header("x-team", "a").user_agent_suffix("app/1").build()?;
    let bot = Bots(coze).retrieve("a/b").with_header("x-call", "b").await?;
    assert_eq!(bot, Bot { id: "7".into(), created_at: 5 });
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "GET /v1/bots/a%2Fb HTTP/1.1");
    assert_eq!(seen.header("authorization"), Some("Bearer pat_current"));
    assert_eq!(seen.header("x-team"), Some("a"));
    assert_eq!(seen.header("x-call"), Some("b"));
    assert!(seen.header("user-agent").is_some_and(|agent| agent.ends_with(" app/1")));
    assert!(seen.header("x-coze-client-user-agent").is_some());
    assert_eq!(seen.header("content-type"), None);
    assert!(seen.body.is_empty());
    Ok(())
}

#[tokio::test]
async fn bodies_travel_as_json() -> Result<()> {
    let server = Server::play([Act::json(r#"{"code":0,"bot_id":1,"bots":null}"#)]).await;
    let bots = Bots(server.client());
    assert_eq!(bots.create("n").await?.bot_id, "1");
    bots.delete("7").await?;
    let seen = server.seen();
    assert_eq!(seen[0].text(), r#"{"name":"n"}"#);
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_eq!(
        (seen[1].line.as_str(), seen[1].text().as_str()),
        ("DELETE /v1/bot HTTP/1.1", r#"{"bot_id":"7"}"#)
    );
    Ok(())
}

#[tokio::test]
async fn options_reach_the_wire() -> Result<()> {
    let server =
        Server::play([Act::json(r#"{"code":0,"data":{"id":"1"}}"#), Act::HangUp, Act::Stall]).await;
    let bots = Bots(server.client());
    bots.retrieve("1").with_token("sat_other").await?;
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer sat_other"));
    let error = bots.retrieve("1").with_retry(Retry::none()).await.expect_err("hung up");
    assert!(error.is_transport() && error.attempts() == 1, "{error:?}");
    let call = bots.create("x").with_timeout(Duration::from_millis(50));
    assert!(call.await.expect_err("stalls").is_timeout());
    let error = bots.retrieve("1").with_header("a b", "c").await.expect_err("no header");
    assert!(error.is_request() && error.operation() == "bots.retrieve", "{error:?}");
    let error = bots.retrieve("1").with_token(" ").await.expect_err("no token");
    assert!(error.is_request(), "{error:?}");
    assert_eq!(server.seen().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_response_tells_more_than_the_value() -> Result<()> {
    let body =
        r#"{"code":0,"data":{"items":[{"id":"1"}],"total":1},"detail":{"logid":"from body"}}"#;
    let server =
        Server::play([Act::json(body), Act::json(body).header("x-tt-logid", "from header")]).await;
    let bots = Bots(server.client());
    let response: Response<Page<Bot>> = bots.list("w").with_response().await?;
    assert_eq!((response.status().as_u16(), response.log_id()), (200, Some("from body")));
    assert_eq!(response.value.items.len(), 1);
    let response = bots.list("w").with_response().await?;
    assert_eq!(response.log_id(), Some("from header"));
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.into_value().total, Some(1));
    Ok(())
}

#[tokio::test]
async fn the_escape_hatch_reads_replies_three_ways() -> Result<()> {
    use crate::Method;
    use serde_json::{Value, json};

    let body = r#"{"code":0,"msg":"","data":{"id":7},"more":[1]}"#;
    let server = Server::play([Act::json(body)]).await;
    let coze = server.client();
    let call = || coze.request(Method::GET, "/v1/new%2Fthing").query("a b", 1).query("a b", 2);
    assert_eq!(call().data::<Value>().await?, json!({"id": 7}));
    assert_eq!(call().flat::<Value>().await?, json!({"data": {"id": 7}, "more": [1]}));
    assert_eq!(call().bytes().await?, body);
    assert_eq!(call().exchange().await?.into_body(), body);
    assert_eq!(server.lines()[0], "GET /v1/new%2Fthing?a%20b=1&a%20b=2 HTTP/1.1");
    let error = coze.request(Method::GET, "/v1?token=secret").bytes().await.expect_err("a query");
    assert!(error.is_request() && !error.to_string().contains("secret"), "{error}");
    assert_eq!(error.operation(), "GET /v1");
    Ok(())
}
