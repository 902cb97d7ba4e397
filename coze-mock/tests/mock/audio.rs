//! Voices, speech and voiceprints.

use crate::support::{Mock, assert_error, data, json};
use bytes::Bytes;
use coze_mock::state::{BOT, USER, VOICE};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn speech(mock: &Mock, body: Value) -> (String, Bytes) {
    let request = mock.with_json("POST", "/v1/audio/speech", &body);
    let response = request.send().await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    (kind, response.bytes().await.unwrap())
}

async fn upload(
    mock: &Mock,
    method: &str,
    path: &str,
    file: Bytes,
    fields: &[(&str, &str)],
) -> Value {
    let file = Part::bytes(file.to_vec()).file_name("voice.wav");
    let form = fields.iter().fold(Form::new().part("file", file), |form, (name, value)| {
        form.text((*name).to_owned(), (*value).to_owned())
    });
    json(mock.request(method, path).multipart(form).send().await.unwrap()).await
}

#[tokio::test]
async fn spoken_texts_are_transcribed() {
    let mock = Mock::strict().await;
    let text = "今天天气怎么样？ Fine!";
    let ask = |format: &str| json!({"input": text, "voice_id": VOICE, "response_format": format});
    let (kind, wav) = speech(&mock, ask("wav")).await;
    assert_eq!(kind, "audio/wav");
    assert_eq!((&wav[..4], &wav[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
    let (kind, pcm) = speech(&mock, ask("pcm")).await;
    assert_eq!(kind, "audio/pcm");
    assert_eq!(pcm.len(), text.chars().count() * 60 * 24 * 2);
    assert_eq!(wav[44..], pcm);
    for (format, expected) in [("mp3", "audio/mpeg"), ("ogg_opus", "audio/ogg")] {
        let (kind, file) = speech(&mock, ask(format)).await;
        assert_eq!((kind.as_str(), file), (expected, wav.clone()));
    }
    for file in [wav, pcm] {
        let reply = upload(&mock, "POST", "/v1/audio/transcriptions", file, &[]).await;
        assert_eq!(data(reply)["text"], text);
    }
    let reply = upload(&mock, "POST", "/v1/audio/transcriptions", "noise".into(), &[]).await;
    assert!(data(reply)["text"].as_str().unwrap().contains("5 bytes"));
    mock.server.state(|state| state.transcripts.push_back("Laid down".to_owned()));
    let reply = upload(&mock, "POST", "/v1/audio/transcriptions", "noise".into(), &[]).await;
    assert_eq!(data(reply)["text"], "Laid down");
}

#[tokio::test]
async fn speech_options_change_the_audio() {
    let mock = Mock::strict().await;
    let usual = json!({"input": "Hello, world!", "voice_id": VOICE, "response_format": "pcm"});
    let with = |name: &str, value: Value| {
        let mut body = usual.clone();
        body[name] = value;
        body
    };
    let (_, plain) = speech(&mock, usual.clone()).await;
    let (_, fast) = speech(&mock, with("speed", json!(2.0))).await;
    assert_eq!(plain.len(), fast.len() * 2);
    let (_, low) = speech(&mock, with("sample_rate", json!(8000))).await;
    assert_eq!(plain.len(), low.len() * 3);
    for (name, value) in [("input", json!("")), ("speed", json!(9))] {
        let request = mock.with_json("POST", "/v1/audio/speech", &with(name, value));
        assert_error(&json(request.send().await.unwrap()).await, 4000, &format!("`{name}`"));
    }
    let request = mock.with_json("POST", "/v1/audio/speech", &with("voice_id", json!("1")));
    assert_error(&json(request.send().await.unwrap()).await, 4200, "voice_id=1");
}

#[tokio::test]
async fn a_voice_is_cloned_trained_and_listed() {
    let mock = Mock::strict().await;
    let clone = "/v1/audio/voices/clone";
    let fields = [("voice_name", "Mine"), ("audio_format", "wav"), ("preview_text", "It is me.")];
    let voice =
        data(upload(&mock, "POST", clone, "voice".into(), &fields).await)["voice_id"].clone();
    let voice = voice.as_str().unwrap();
    let own = "/v1/audio/voices?filter_system_voice=true";
    let shown = data(mock.get(own).await)["voice_list"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(shown[0]["voice_id"], voice);
    assert_eq!(shown[0]["available_training_times"], 9);
    let url = shown[0]["preview_audio"].as_str().unwrap();
    let preview = mock.client.get(url).send().await.unwrap().bytes().await.unwrap();
    let heard = upload(&mock, "POST", "/v1/audio/transcriptions", preview, &[]).await;
    assert_eq!(data(heard)["text"], "It is me.");

    let again = [("voice_name", "Mine, too"), ("audio_format", "wav"), ("voice_id", voice)];
    for _ in 0..9 {
        assert_eq!(
            data(upload(&mock, "POST", clone, "voice".into(), &again).await)["voice_id"],
            voice
        );
    }
    let reply = upload(&mock, "POST", clone, "voice".into(), &again).await;
    assert_error(&reply, 4000, "10 times");
    assert_eq!(data(mock.get(own).await)["voice_list"][0]["name"], "Mine, too");
    let system = [("voice_name", "x"), ("audio_format", "wav"), ("voice_id", VOICE)];
    assert_error(&upload(&mock, "POST", clone, "v".into(), &system).await, 4000, "`voice_id`");

    let mut ids = Vec::new();
    for page in 1..=4 {
        let page = data(mock.get(&format!("/v1/audio/voices?page_num={page}&page_size=1")).await);
        ids.push(page["voice_list"][0]["voice_id"].as_str().unwrap().to_owned());
        assert_eq!(page["has_more"], ids.len() < 4);
    }
    assert_eq!((ids[0].as_str(), ids[3].as_str()), (voice, VOICE));
    let small = data(mock.get("/v1/audio/voices?model_type=small").await);
    assert_eq!(small["voice_list"].as_array().unwrap().len(), 1);
    let init = data(mock.get("/v1/audio/voices?voice_state=init").await);
    assert_eq!(init["voice_list"], json!([]));
}

#[tokio::test]
async fn speakers_are_identified() {
    let mock = Mock::strict().await;
    let groups = "/v1/audio/voiceprint_groups";
    let group = data(mock.post(groups, json!({"name": "Family"})).await)["id"].clone();
    let group = format!("{groups}/{}", group.as_str().unwrap());
    let mut ids = Vec::new();
    for name in ["Mother", "Father", "Child"] {
        let reply =
            upload(&mock, "POST", &format!("{group}/features"), name.into(), &[("name", name)])
                .await;
        ids.push(data(reply)["id"].as_str().unwrap().to_owned());
    }
    let identify = format!("{group}/speaker_identify");
    let scores = data(upload(&mock, "POST", &identify, "Father".into(), &[("top_k", "2")]).await);
    let scores = scores["feature_score_list"].as_array().unwrap();
    assert_eq!(scores.len(), 2);
    assert_eq!((&scores[0]["feature_id"], &scores[0]["score"]), (&json!(ids[1]), &json!(100.0)));
    assert!(scores[1]["score"].as_f64().unwrap() < 100.0);

    let feature = format!("{group}/features/{}", ids[1]);
    data(upload(&mock, "PUT", &feature, "Papa".into(), &[("name", "Papa")]).await);
    let scores = data(upload(&mock, "POST", &identify, "Father".into(), &[]).await);
    assert!(scores["feature_score_list"][0]["score"].as_f64().unwrap() < 100.0);
    let page = data(mock.get(&format!("{group}/features?page_size=2&page_num=1")).await);
    assert_eq!((&page["total"], &page["items"][1]["name"]), (&json!(3), &json!("Papa")));
    data(mock.delete(&feature).await);
    assert_error(&mock.delete(&feature).await, 4200, &ids[1]);

    data(mock.put(&group, json!({"desc": "All of us"})).await);
    let listed = data(mock.get(&format!("{groups}?name=Fam&user_id={USER}")).await);
    assert_eq!(listed["items"][0]["feature_count"], 2);
    assert_eq!(listed["items"][0]["desc"], "All of us");
    assert_eq!(data(mock.get(&format!("{groups}?name=Kitchen")).await)["total"], 0);
    data(mock.delete(&group).await);
    assert_error(&mock.get(&format!("{group}/features")).await, 4200, "group_id");
}

#[tokio::test]
async fn a_room_is_created() {
    let mock = Mock::strict().await;
    let room = json!({"bot_id": BOT, "voice_id": VOICE, "uid": "me"});
    let room = data(mock.post("/v1/audio/rooms", room).await);
    assert_eq!(room["uid"], "me");
    let other = data(mock.post("/v1/audio/rooms", json!({"bot_id": BOT})).await);
    assert_ne!(room["room_id"], other["room_id"]);
    assert_ne!(room["token"], other["token"]);
    assert_error(&mock.post("/v1/audio/rooms", json!({"bot_id": "1"})).await, 4200, "bot_id=1");
    assert_error(&mock.get("/v1/audio/live/1").await, 4200, "live_id=1");
}
