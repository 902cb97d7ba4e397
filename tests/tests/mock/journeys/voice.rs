//! A spoken conversation: speech is transcribed and answered in text and speech.

use coze_api::Upload;
use coze_api::realtime::wav::{self, PcmFormat, WavHeader};
use coze_api::realtime::{ChatSettings, TurnEvent};
use coze_mock::state::{BOT, VOICE};
use coze_tests::mock;
use futures_util::TryStreamExt as _;

const QUESTION: &str = "When does the train to Kunming leave?";

#[tokio::test]
async fn synthesized_speech_is_transcribed() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("question.wav");
    let speech = coze.audio().speech().create(QUESTION, VOICE).response_format("wav");
    speech.await.unwrap().save(&path).await.unwrap();
    let file = std::fs::read(&path).unwrap();
    let header = WavHeader::parse(&file).expect("a WAV file");
    assert!(header.format.duration(header.data_len.unwrap()).as_millis() > 200);
    let heard = coze.audio().transcriptions().create(Upload::path(&path)).await.unwrap();
    assert_eq!(heard.text, QUESTION);
}

#[tokio::test]
async fn a_spoken_turn_is_answered_in_text_and_speech() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let question = coze.realtime().speech().synthesize(QUESTION);
    let question: Vec<bytes::Bytes> = question.try_collect().await.unwrap();
    let format = PcmFormat::default();

    let mut session = coze.realtime().chat(BOT).connect().await.unwrap();
    session.sender().update(ChatSettings::new().input_audio(format)).await.unwrap();
    let (mut transcript, mut text, mut audio) = (String::new(), String::new(), Vec::new());
    let mut turn = session.say(question.concat());
    while let Some(event) = turn.try_next().await.unwrap() {
        match event {
            TurnEvent::Transcript(heard) => transcript = heard,
            TurnEvent::Text(piece) => text.push_str(&piece),
            TurnEvent::Audio(piece) => audio.extend_from_slice(&piece),
            _ => {}
        }
    }
    assert_eq!(transcript, QUESTION);
    assert!(text.contains(QUESTION), "{text}");
    let reply = wav::encode(format, &audio);
    assert!(WavHeader::parse(&reply).is_some() && audio.len() > 1000);

    // The same session continues with a written message.
    let reply = session.ask("And back?").reply().await.unwrap();
    assert!(reply.text.contains("And back?"), "{}", reply.text);
    session.close().await.unwrap();

    // The bot's speech can be transcribed.
    let file = Upload::bytes("answer.wav", wav::encode(format, &audio));
    let heard = coze.audio().transcriptions().create(file).await.unwrap();
    assert_eq!(heard.text.trim(), text.trim());
}
