//! The page, its data, and calls.

use super::*;

#[tokio::test]
async fn the_page_and_its_data_are_served() {
    let playground = Playground::start();
    let page = playground.request(Method::GET, "/").send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    let html = page.text().await.unwrap();
    // All assets of the page exist.
    let mut assets = 0;
    for asset in html.split('"').filter(|word| word.starts_with("/assets/")) {
        let response = playground.request(Method::GET, asset).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{asset}");
        assets += 1;
    }
    assert!(assets >= 2);
    let state = playground.json("/api/state").await;
    assert_eq!(state["backend"], "mock");
    assert_eq!(state["profile"], Value::Null);
    assert!(state["defaults"]["bot_id"].is_string());
    let api = coze_spec::api();
    let plain = playground.json("/api/operations").await;
    assert_eq!(plain.as_array().unwrap().len(), api.operations().count());
    let request = playground.request(Method::GET, "/api/operations");
    let response = request.header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    // The list comes before everything else, so it is small.
    let length = response.bytes().await.unwrap().len();
    assert!(length < 16 * 1024, "{length}");
}

#[tokio::test]
async fn operations_are_described_in_the_language_of_the_page() {
    let playground = Playground::start();
    for (tag, language) in [("en", Language::English), ("zh-CN", Language::Chinese)] {
        let get = async |path: &str| {
            let request = playground.request(Method::GET, path).header("accept-language", tag);
            let text = request.send().await.unwrap().text().await.unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let api = coze_spec::api_in(language);
        let other = [Language::English, Language::Chinese].into_iter().find(|it| *it != language);
        let list = get("/api/operations").await;
        let texts = get("/api/search-texts").await;
        for (operation, entry) in api.operations().zip(list.as_array().unwrap()) {
            assert_eq!(entry["id"], operation.id);
            assert_eq!(entry["summary"], operation.summary);
            let summary =
                &coze_spec::api_in(other.unwrap()).operation(&operation.id).unwrap().summary;
            assert_eq!(entry["other_summaries"], json!([summary]));
            let text = texts[&operation.id].as_str().unwrap();
            assert!(text.contains(&operation.description.to_lowercase()), "{}", operation.id);
            let details = get(&format!("/api/operations/{}", operation.id)).await;
            assert_eq!(details["operation"], serde_json::to_value(operation).unwrap());
            assert_complete(&details, &operation.id);
        }
    }
    let unknown = playground.request(Method::GET, "/api/operations/bots.none").send().await;
    assert_eq!(unknown.unwrap().status(), StatusCode::NOT_FOUND);
}

/// Checks that the details contain every type that they refer to, once.
fn assert_complete(details: &Value, id: &str) {
    fn visit<'a>(value: &'a Value, names: &mut Vec<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| visit(item, names)),
            Value::Object(members) => {
                for (name, member) in members {
                    match (name.as_str(), member.as_str()) {
                        ("named" | "flat" | "union" | "data", Some(schema)) => names.push(schema),
                        ("example" | "documented", _) => {}
                        _ => visit(member, names),
                    }
                }
            }
            _ => {}
        }
    }
    let mut names = Vec::new();
    visit(details, &mut names);
    let schemas = details["schemas"].as_array().unwrap();
    let known: Vec<_> = schemas.iter().map(|schema| schema["name"].as_str().unwrap()).collect();
    for name in names {
        let count = known.iter().filter(|known| **known == name).count();
        assert_eq!(count, 1, "{id}: {name}");
    }
}

#[tokio::test]
async fn calls_return_a_line_for_each_event() {
    let playground = Playground::start();
    let call = json!({"id": "bots.list", "values": example_of("bots.list")});
    let lines = playground.lines(&call, None).await;
    assert_eq!(kinds(&lines), ["request", "head", "body", "end"]);
    assert!(body(&lines[2])["data"]["items"][0]["id"].is_string());
    let members = lines[2]["annotated"]["members"].as_array().unwrap();
    assert!(members.iter().any(|member| member["name"] == "code" && member["known"].is_object()));
    assert_eq!(lines[1]["status"], 200);
    assert!(!lines[0].to_string().contains("pat_mock"), "{}", lines[0]);

    let call = json!({"id": "chat.create", "stream": true,
        "values": {"bot_id": playground.json("/api/state").await["defaults"]["bot_id"],
            "user_id": "u",
            "additional_messages":
                [{"role": "user", "content": "Hello", "content_type": "text"}]}});
    let lines = playground.lines(&call, None).await;
    assert!(kinds(&lines).iter().filter(|kind| **kind == "event").count() > 2);
    assert_eq!(lines[lines.len() - 2]["event"], "done");

    let call = json!({"id": "files.upload", "values": {"file": "note.txt"}});
    let lines = playground.lines(&call, Some(("file", "remember the milk"))).await;
    assert_eq!(body(&lines[2])["data"]["file_name"], "note.txt");
    assert_eq!(body(&lines[2])["data"]["bytes"], 17);

    let values = example_of("audio.speech.create");
    let call = json!({"id": "audio.speech.create", "values": values});
    let lines = playground.lines(&call, None).await;
    assert_eq!(kinds(&lines), ["request", "head", "file", "end"]);
    let url = lines[2]["url"].as_str().unwrap();
    let file = playground.request(Method::GET, url).send().await.unwrap();
    let bytes = file.bytes().await.unwrap().len();
    assert_eq!(lines[2]["bytes"], bytes);

    let call = json!({"id": "bots.retrieve", "values": {"bot_id": "1"}});
    let lines = playground.lines(&call, None).await;
    assert_eq!(kinds(&lines), ["request", "head", "body", "error", "end"]);
    assert_eq!(body(&lines[2])["code"], 4200);
    assert_eq!(lines[3]["code"], 4200);
    let message = lines[3]["message"].as_str().unwrap();
    assert!(!message.is_empty() && !message.contains("4200"), "{message}");
}

#[tokio::test]
async fn files_support_range_requests() {
    let playground = Playground::start();
    let values = example_of("audio.speech.create");
    let call = json!({"id": "audio.speech.create", "values": values});
    let lines = playground.lines(&call, None).await;
    let url = lines[2]["url"].as_str().unwrap();
    let get = async |range: &str| {
        let request = playground.request(Method::GET, url).header("range", range);
        let response = request.send().await.unwrap();
        let range = response.headers().get("content-range");
        let range = range.map(|range| range.to_str().unwrap().to_owned());
        (response.status(), range, response.bytes().await.unwrap())
    };
    let (status, content_range, full) = get("letters=a-b").await;
    assert_eq!((status, content_range), (StatusCode::OK, None));
    let length = full.len();
    for (range, start, end) in
        [("bytes=0-", 0, length), ("bytes=4-9", 4, 10), ("bytes=-3", length - 3, length)]
    {
        let (status, content_range, part) = get(range).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT, "{range}");
        let expected = format!("bytes {start}-{}/{length}", end - 1);
        assert_eq!(content_range.as_deref(), Some(expected.as_str()), "{range}");
        assert_eq!(part, full[start..end], "{range}");
    }
    let (status, content_range, _) = get(&format!("bytes={length}-")).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(content_range, Some(format!("bytes */{length}")));
    let (status, _, several) = get("bytes=0-1,4-5").await;
    assert_eq!((status, several), (StatusCode::OK, full));
}

#[tokio::test]
async fn samples_contain_the_values() {
    let playground = Playground::start();
    let request = json!({"id": "bots.list", "values": {"workspace_id": "42", "page_size": 3}});
    let response = playground
        .request(Method::POST, "/api/samples")
        .body(request.to_string())
        .send()
        .await
        .unwrap();
    let samples: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let rust = samples["rust"].as_str().unwrap();
    assert!(rust.contains("coze.bots().list(\"42\").page_size(3)"), "{rust}");
    let curl = samples["curl"].as_str().unwrap();
    assert!(curl.contains("workspace_id=42") && curl.contains("$COZE_API_TOKEN"), "{curl}");
    // Unknown values are sent, and a comment in the Rust sample says that they have no setter.
    let new = json!({"id": "bots.list", "values": {"brand_new": "x"}});
    let response = playground.request(Method::POST, "/api/samples").body(new.to_string());
    let response = response.send().await.unwrap().bytes().await.unwrap();
    let samples: Value = serde_json::from_slice(&response).unwrap();
    assert!(samples["curl"].as_str().unwrap().contains("brand_new=x"), "{samples}");
    assert!(samples["rust"].as_str().unwrap().contains("no setter for brand_new"), "{samples}");
    let invalid = json!({"id": "bots.retrieve", "values": {"bot_id": ".."}});
    let response = playground.request(Method::POST, "/api/samples").body(invalid.to_string());
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.text().await.unwrap().contains("bot_id"));
}
