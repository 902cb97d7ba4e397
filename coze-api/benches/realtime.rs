//! Audio events of a WebSocket session: this crate against hand-written `serde_json` and `base64`.
//!
//! `cargo bench -p coze-api --features realtime --bench realtime`. Both sides produce the same
//! bytes. Compare the times of the two benchmarks in a group; the ratio must not exceed 1.

#![allow(clippy::expect_used, reason = "a benchmark must not measure failures")]

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use coze_api::realtime::{AudioDelta, Received, SpeechServerEvent};
use divan::counter::BytesCount;
use serde::{Deserialize, Serialize};

/// 20 and 100 milliseconds, and a second, of PCM with 24,000 Hz and 16 bit.
const SIZES: [usize; 3] = [960, 4_800, 48_000];

fn main() {
    for size in SIZES {
        let (audio, text) = (audio(size), event(size));
        assert_eq!(decoded(&text.clone().into()), audio);
        assert_eq!(decoded_by_hand(&text), audio);
        assert_eq!(AudioDelta::append_event(&audio), encoded_by_hand(&audio));
    }
    divan::main();
}

fn audio(size: usize) -> Vec<u8> {
    (0..=250).cycle().take(size).collect()
}

fn event(size: usize) -> String {
    let delta = STANDARD.encode(audio(size));
    format!(
        r#"{{"id":"7446668538246561816","event_type":"speech.audio.update","data":{{"delta":"{delta}"}},"detail":{{"logid":"20241210152726467C48D89D6DB2F3A23","respond_at":"1733815646852"}}}}"#
    )
}

fn decoded(text: &Bytes) -> Bytes {
    let received: Received<SpeechServerEvent> =
        Received::from_json(text.clone()).expect("an event");
    match &black_box(received).event {
        SpeechServerEvent::SpeechAudioUpdate(piece) => piece.audio().expect("audio"),
        other => unreachable!("{other:?}"),
    }
}

/// Hand-written types for the same values.
#[derive(Serialize, Deserialize)]
struct Delta {
    delta: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded to be measured")]
struct Plain {
    id: String,
    event_type: String,
    data: Delta,
    detail: Detail,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded to be measured")]
struct Detail {
    logid: String,
    respond_at: String,
}

/// The fastest way: without a union of events, and with all members in the expected places.
fn decoded_by_hand(text: &str) -> Vec<u8> {
    let plain: Plain = serde_json::from_str(text).expect("an event");
    STANDARD.decode(&black_box(plain).data.delta).expect("Base64")
}

#[derive(Serialize)]
struct Append {
    event_type: &'static str,
    data: Delta,
}

fn encoded_by_hand(audio: &[u8]) -> String {
    let data = Delta { delta: STANDARD.encode(audio) };
    let append = Append { event_type: "input_audio_buffer.append", data };
    serde_json::to_string(&append).expect("JSON")
}

#[divan::bench(args = SIZES)]
fn decode_coze_api(bencher: divan::Bencher<'_, '_>, size: usize) {
    let text = Bytes::from(event(size));
    bencher.counter(BytesCount::new(size)).bench_local(|| decoded(&text));
}

#[divan::bench(args = SIZES)]
fn decode_hand_written(bencher: divan::Bencher<'_, '_>, size: usize) {
    let text = event(size);
    bencher.counter(BytesCount::new(size)).bench_local(|| decoded_by_hand(&text));
}

#[divan::bench(args = SIZES)]
fn encode_coze_api(bencher: divan::Bencher<'_, '_>, size: usize) {
    let audio = audio(size);
    bencher.counter(BytesCount::new(size)).bench_local(|| AudioDelta::append_event(&audio));
}

#[divan::bench(args = SIZES)]
fn encode_hand_written(bencher: divan::Bencher<'_, '_>, size: usize) {
    let audio = audio(size);
    bencher.counter(BytesCount::new(size)).bench_local(|| encoded_by_hand(&audio));
}
