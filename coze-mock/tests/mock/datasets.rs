//! Knowledge bases: documents and images are added and polled until they are processed.

use crate::support::{Mock, assert_error, data, json};
use coze_mock::state::WORKSPACE;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn dataset(mock: &Mock, name: &str, format: i64) -> String {
    let body = json!({"name": name, "space_id": WORKSPACE, "format_type": format});
    let id = data(mock.post("/v1/datasets", body).await)["dataset_id"].clone();
    id.as_str().unwrap().to_owned()
}

/// Calls an operation with the header that keeps 64-bit ids as strings.
async fn documents(mock: &Mock, method: &str, body: Value) -> Value {
    let path = format!("/open_api/knowledge/document/{method}");
    let request = mock.with_json("POST", &path, &body).header("agw-js-conv", "str");
    json(request.send().await.unwrap()).await
}

async fn process(mock: &Mock, dataset: &str, ids: &[&str]) -> Value {
    let path = format!("/v1/datasets/{dataset}/process");
    let body = json!({"document_ids": ids});
    let request = mock.with_json("POST", &path, &body).header("agw-js-conv", "str");
    json(request.send().await.unwrap()).await
}

fn local(name: &str, base64: &str) -> Value {
    let info = json!({"file_base64": base64, "file_type": "txt", "document_source": 0});
    json!({"name": name, "source_info": info})
}

#[tokio::test]
async fn a_knowledge_base_is_filled_and_processed() {
    let mock = Mock::strict().await;
    let dataset = dataset(&mock, "Manuals", 0).await;
    let create = json!({
        "dataset_id": dataset,
        "document_bases": [local("a.txt", "5rWL6K+V"), local("[fail].txt", "YQ==")],
        "chunk_strategy": {"chunk_type": 1, "separator": "\n", "max_tokens": 100},
        "format_type": 0,
    });
    let created = documents(&mock, "create", create).await;
    let infos = created["document_infos"].as_array().unwrap();
    assert_eq!(infos[0]["size"], 6);
    assert_eq!(infos[0]["char_count"], 2);
    assert_eq!(infos[0]["slice_count"], 1);
    assert_eq!(infos[0]["status"], 0);
    let ids: Vec<&str> = infos.iter().map(|info| info["document_id"].as_str().unwrap()).collect();

    let mut seen = Vec::new();
    for _ in 0..3 {
        let all = data(process(&mock, &dataset, &ids).await)["data"].clone();
        let of = |index: usize| (all[index]["status"].as_i64(), all[index]["progress"].as_i64());
        seen.push((of(0), of(1)));
    }
    let (going, done) = ((Some(0), Some(50)), (Some(1), Some(100)));
    assert_eq!(seen, [(going, going), (done, (Some(9), Some(50))), (done, (Some(9), Some(50)))]);
    let failed = data(process(&mock, &dataset, &ids[1..]).await);
    assert_eq!(failed["data"][0]["status_descript"], "The document cannot be read.");

    let listed = data(mock.get(&format!("/v1/datasets?space_id={WORKSPACE}")).await);
    let shown = &listed["dataset_list"][0];
    assert_eq!(shown["doc_count"], 2);
    assert_eq!(shown["failed_file_list"], json!(["[fail].txt"]));
    assert_eq!(shown["processing_file_list"], json!([]));
    assert_eq!(shown["chunk_strategy"]["max_tokens"], 100);
}

#[tokio::test]
async fn documents_are_paged_changed_and_deleted() {
    let mock = Mock::strict().await;
    let dataset = dataset(&mock, "Pages", 0).await;
    for index in 0..5 {
        let info = json!({"web_url": format!("https://example.com/{index}"), "document_source": 1});
        let base = json!({"name": format!("{index}"), "source_info": info,
            "update_rule": {"update_type": 1, "update_interval": 24}});
        let body = json!({"dataset_id": dataset, "document_bases": [base], "chunk_strategy": {"chunk_type": 0}});
        assert_eq!(documents(&mock, "create", body).await["code"], 0);
    }
    let mut names = Vec::new();
    let mut first = String::new();
    for page in 1..=3 {
        let reply =
            documents(&mock, "list", json!({"dataset_id": dataset, "page": page, "size": 2})).await;
        assert_eq!(reply["total"], 5);
        for info in reply["document_infos"].as_array().unwrap() {
            names.push(info["name"].as_str().unwrap().to_owned());
            if first.is_empty() {
                info["document_id"].as_str().unwrap().clone_into(&mut first);
            }
        }
    }
    assert_eq!(names, ["0", "1", "2", "3", "4"]);
    let update =
        json!({"document_id": first, "document_name": "zero", "update_rule": {"update_type": 0}});
    let updated = documents(&mock, "update", update).await;
    assert_eq!(updated["document_info"]["name"], "zero");
    assert_eq!(updated["document_info"]["update_type"], 0);
    // The list has been requested three times.
    assert_eq!(updated["document_info"]["status"], 1);
    let both = documents(&mock, "delete", json!({"document_ids": [first, "1"]})).await;
    assert_error(&both, 4200, "document_ids=1");
    assert_eq!(documents(&mock, "delete", json!({"document_ids": [first]})).await["code"], 0);
    let left = documents(&mock, "list", json!({"dataset_id": dataset})).await;
    assert_eq!(left["total"], 4);
    assert_error(&process(&mock, &dataset, &[&first]).await, 4200, &first);
}

#[tokio::test]
async fn images_are_captioned() {
    let mock = Mock::strict().await;
    let dataset = dataset(&mock, "Photos", 2).await;
    let part = Part::bytes(vec![1; 30]).file_name("kitten.PNG");
    let upload = mock.request("POST", "/v1/files/upload").multipart(Form::new().part("file", part));
    let file = data(json(upload.send().await.unwrap()).await)["id"].clone();
    let create = |caption_type: i64, file: &Value| {
        let info = json!({"source_file_id": file, "document_source": 5});
        json!({
            "dataset_id": dataset,
            "document_bases": [{"name": "kitten", "source_info": info}],
            "chunk_strategy": {"caption_type": caption_type, "chunk_type": 0},
            "format_type": 2,
        })
    };
    assert_eq!(documents(&mock, "create", create(0, &file)).await["code"], 0);
    let second = documents(&mock, "create", create(1, &file)).await;
    let second = second["document_infos"][0]["document_id"].as_str().unwrap().to_owned();
    assert_error(
        &documents(&mock, "create", create(1, &json!("1"))).await,
        4200,
        "source_file_id=1",
    );

    let path = format!("/v1/datasets/{dataset}/images");
    let bare = data(mock.get(&format!("{path}?has_caption=false")).await);
    assert_eq!(bare["photo_infos"][0]["document_id"], second.as_str());
    assert_eq!(bare["photo_infos"][0]["type"], "png");
    assert_eq!(bare["photo_infos"][0]["size"], 30);
    let caption = json!({"caption": "A cat on a mat"});
    data(mock.put(&format!("{path}/{second}"), caption).await);
    let found = data(mock.get(&format!("{path}?keyword=mat")).await);
    assert_eq!(found["total_count"], 1);
    assert_eq!(data(mock.get(&path).await)["total_count"], 2);
}

#[tokio::test]
async fn a_dataset_is_listed_changed_and_deleted() {
    let mock = Mock::strict().await;
    for name in ["one", "two", "three"] {
        dataset(&mock, name, i64::from(name == "two") * 2).await;
    }
    let list = format!("/v1/datasets?space_id={WORKSPACE}");
    let mut names = Vec::new();
    for page in 1..=3 {
        let page = data(mock.get(&format!("{list}&page_num={page}&page_size=1")).await);
        assert_eq!(page["total_count"], 3);
        names.push(page["dataset_list"][0]["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(names, ["one", "two", "three"]);
    let images = data(mock.get(&format!("{list}&format_type=2")).await);
    assert_eq!(images["total_count"], 1);
    let id = images["dataset_list"][0]["dataset_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/datasets/{id}");
    data(mock.put(&path, json!({"name": "deux", "description": "2"})).await);
    let changed = data(mock.get(&format!("{list}&name=deux")).await);
    assert_eq!(changed["dataset_list"][0]["description"], "2");
    // Omitted fields are reset to their defaults.
    data(mock.put(&path, json!({"name": "deux"})).await);
    let changed = data(mock.get(&format!("{list}&name=deux")).await);
    assert_eq!(changed["dataset_list"][0]["description"], "");
    data(mock.delete(&path).await);
    assert_error(&mock.delete(&path).await, 4200, &id);
    assert_eq!(data(mock.get(&list).await)["total_count"], 2);
}

#[tokio::test]
async fn errors_name_the_invalid_field() {
    let mock = Mock::strict().await;
    let table = json!({"name": "t", "space_id": WORKSPACE, "format_type": 1});
    assert_error(&mock.post("/v1/datasets", table).await, 4000, "`format_type`");
    let texts = dataset(&mock, "Texts", 0).await;
    let create = |base: Value| json!({"dataset_id": texts, "document_bases": [base], "chunk_strategy": {"chunk_type": 0}});
    let source = |info: Value| create(json!({"name": "a", "source_info": info}));
    let cases = [
        (create(local("a", "not Base64!")), "file_base64"),
        (source(json!({"file_base64": "YQ==", "file_type": "exe"})), "file_type"),
        (source(json!({"web_url": "ftp://x", "document_source": 1})), "web_url"),
        (source(json!({"source_file_id": "1", "document_source": 5})), "source_info"),
        (
            json!({"dataset_id": texts, "document_bases": [], "chunk_strategy": {"chunk_type": 0}}),
            "document_bases",
        ),
    ];
    for (body, field) in cases {
        assert_error(&documents(&mock, "create", body).await, 4000, field);
    }
    let images = mock.get(&format!("/v1/datasets/{texts}/images")).await;
    assert_error(&images, 4000, "`dataset_id`");
}
