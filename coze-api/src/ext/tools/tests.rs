use serde_json::{Value, json};

use super::*;

fn chat(calls: &Value) -> Chat {
    let chat = json!({
        "status": "requires_action",
        "required_action": {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}},
    });
    serde_json::from_value(chat).expect("a chat")
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

async fn outputs(tools: &mut Tools, calls: Value) -> Result<Value> {
    let outputs = tools.run(&chat(&calls)).expect("tools for all").await?;
    Ok(serde_json::to_value(outputs).expect("plain data"))
}

#[derive(serde::Deserialize)]
struct Place {
    city: String,
}

#[tokio::test]
async fn functions_take_arguments_and_return_text_or_json() -> Result<()> {
    let mut tools = Tools::new()
        .function("weather", |place: Place| async move { format!("fine in {}", place.city) })
        .function("time", |_: Value| async { "noon" })
        .function("all", |all: Value| async move { json!([all]) })
        .function("good", |_: Value| async { Ok::<_, std::io::Error>("yes") })
        .fallback(|name, arguments| async move { format!("{name}{arguments}") });
    let calls = json!([
        call("1", "weather", r#"{"city": "Kunming"}"#),
        call("2", "time", ""),
        call("3", "time", r#"{"zone": 8}"#),
        call("4", "all", r#"{"n":1}"#),
        call("5", "good", "{}"),
        call("6", "other", "{}"),
    ]);
    let expected = ["fine in Kunming", "noon", "noon", r#"[{"n":1}]"#, "yes", "other{}"];
    let expected: Vec<Value> = (1..)
        .zip(expected)
        .map(|(id, output)| json!({"tool_call_id": id.to_string(), "output": output}))
        .collect();
    assert_eq!(outputs(&mut tools, calls).await?, Value::from(expected));
    Ok(())
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_told_to_the_model() -> Result<()> {
    let mut tools = Tools::new().function("weather", |place: Place| async { place.city });
    for arguments in ["7", "[]", "{\"city\":", "\"Kunming\""] {
        let outputs = outputs(&mut tools, json!([call("1", "weather", arguments)])).await?;
        let output: Value =
            serde_json::from_str(outputs[0]["output"].as_str().expect("text")).expect("JSON");
        let told = output["error"].as_str().expect("text");
        assert!(told.starts_with("the arguments do not fit: "), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn calls_run_at_the_same_time() -> Result<()> {
    // Each waits for the other: one after the other they would never end.
    let barrier = Arc::new(tokio::sync::Barrier::new(2));
    let mut tools = Tools::new().function("meet", move |_: Value| {
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            "met"
        }
    });
    let calls = json!([call("1", "meet", "{}"), call("2", "meet", "{}")]);
    assert_eq!(outputs(&mut tools, calls).await?[1]["output"], "met");
    Ok(())
}

#[tokio::test]
async fn results_of_any_type_become_json() -> Result<()> {
    #[derive(serde::Serialize)]
    struct Weather {
        city: String,
        high: f32,
    }
    let mut tools = Tools::new()
        .function("read", |city: String| async { Json(Weather { city, high: 22.1 }) })
        .function("check", |_: Value| async { Ok::<_, std::io::Error>(Json(vec![Some(1), None])) })
        .function("fail", |_: Value| async { Json(BTreeMap::from([(vec![1], 1)])) });
    let calls = json!([call("1", "read", "\"Kunming\""), call("2", "check", "{}")]);
    let results = outputs(&mut tools, calls).await?;
    assert_eq!(results[0]["output"], r#"{"city":"Kunming","high":22.1}"#);
    assert_eq!(results[1]["output"], "[1,null]");
    let error = outputs(&mut tools, json!([call("1", "fail", "{}")])).await.expect_err("no JSON");
    assert!(error.is_handler(), "{error}");
    Ok(())
}

#[tokio::test]
async fn an_error_of_a_function_is_the_source() {
    let mut tools = Tools::new()
        .function("fail", |_: Value| async { Err::<String, _>("out of order") })
        .function("wait", |_: Value| std::future::pending::<String>());
    let calls = json!([call("1", "wait", "{}"), call("2", "fail", "{}")]);
    let error = outputs(&mut tools, calls).await.expect_err("a failure");
    assert!(error.is_handler(), "{error}");
    assert_eq!(error.to_string(), "the function of the tool fail failed");
    let source = std::error::Error::source(&error).expect("a source");
    assert_eq!(source.to_string(), "out of order");
}

#[tokio::test]
async fn what_cannot_be_run_is_left_to_the_caller() {
    let mut tools = Tools::new().function("known", |_: Value| async { "yes" });
    let reply = json!({"id": "1", "type": "reply_message", "function": {"name": "known"}});
    for calls in [
        json!([]),
        json!([call("1", "known", "{}"), call("2", "unknown", "{}")]),
        json!([reply]),
        json!([{"id": "1", "type": "function"}]),
    ] {
        assert!(tools.run(&chat(&calls)).is_none(), "{calls}");
    }
    let mut over = chat(&json!([call("1", "known", "{}")]));
    over.status = crate::ChatStatus::Completed;
    assert!(tools.run(&over).is_none());
}

#[tokio::test]
async fn rounds_are_limited() {
    let mut tools = Tools::new().function("f", |_: Value| async { "x" }).rounds(1);
    let calls = json!([call("1", "f", "{}")]);
    assert!(outputs(&mut tools, calls.clone()).await.is_ok());
    let error = outputs(&mut tools, calls).await.expect_err("the second round");
    assert!(error.is_handler(), "{error}");
}

#[test]
fn tools_show_their_names() {
    let tools = Tools::new().function("f", |_: Value| async { "x" });
    let shown = format!("{tools:?}");
    assert_eq!(shown, r#"Tools { functions: ["f"], fallback: false, rounds: 16 }"#);
}
