//! Audio in events, which is encoded as Base64.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use bytes::Bytes;

use crate::base::error::{Error, Kind, Result};
use crate::generated::Message;
use crate::generated::realtime::AudioDelta;

/// Writes padding, but does not require it when reading.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Detects the features of the processor once. Base64 is most of the work for audio events.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static BASE64: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::standard(CONFIG));

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static BASE64: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, CONFIG));

impl AudioDelta {
    /// Creates the data of an audio event from the bytes of the audio.
    ///
    /// ```
    /// use coze_api::realtime::AudioDelta;
    ///
    /// let piece = AudioDelta::of(&[1, 2, 3]);
    /// assert_eq!(piece.delta, "AQID");
    /// assert_eq!(piece.audio()?, [1, 2, 3][..]);
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    pub fn of(audio: &[u8]) -> Self {
        Self::new(BASE64.encode(audio))
    }

    /// Returns the event `input_audio_buffer.append` as JSON, as
    /// [`append_audio`](super::Sender::append_audio) sends it, for a connection of your own.
    pub fn append_event(audio: &[u8]) -> String {
        append_event(audio)
    }

    /// Returns the bytes of the audio.
    ///
    /// # Errors
    ///
    /// [`is_decode`](Error::is_decode) if `delta` is not valid Base64.
    pub fn audio(&self) -> Result<Bytes> {
        decode(&self.delta)
    }
}

impl Message {
    /// Returns the bytes of the audio in a message of content type `audio`, such as that of
    /// `conversation.audio.delta`.
    ///
    /// # Errors
    ///
    /// [`is_decode`](Error::is_decode) if the content is not valid Base64.
    pub fn audio(&self) -> Result<Bytes> {
        decode(&self.content)
    }
}

fn decode(base64: &str) -> Result<Bytes> {
    match BASE64.decode(base64) {
        Ok(audio) => Ok(audio.into()),
        Err(e) => {
            Err(Error::from_kind(Kind::Decode("the audio is not valid Base64".into()))
                .with_source(e))
        }
    }
}

/// Returns the event `input_audio_buffer.append` as JSON.
///
/// All channels with audio input have this event and send it more than any other, so the audio is
/// encoded directly into the JSON rather than copied from one string to another.
pub(super) fn append_event(audio: &[u8]) -> String {
    const HEAD: &str = r#"{"event_type":"input_audio_buffer.append","data":{"delta":""#;
    const TAIL: &str = r#""}}"#;
    let length = audio.len().div_ceil(3).saturating_mul(4);
    let mut json = String::with_capacity(HEAD.len() + length + TAIL.len());
    json.push_str(HEAD);
    BASE64.encode_string(audio, &mut json);
    json.push_str(TAIL);
    json
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::generated::realtime::{ChatClientEvent, TranscriptionsClientEvent};

    proptest! {
        #[test]
        fn append_event_equals_the_typed_event(audio: Vec<u8>) {
            let json = append_event(&audio);
            let delta = AudioDelta::of(&audio);
            prop_assert_eq!(&delta.audio().expect("Base64")[..], &audio);
            let chat = ChatClientEvent::InputAudioBufferAppend(delta.clone());
            prop_assert_eq!(&json, &serde_json::to_string(&chat).expect("JSON"));
            let other = TranscriptionsClientEvent::InputAudioBufferAppend(delta);
            prop_assert_eq!(&json, &serde_json::to_string(&other).expect("JSON"));
        }
    }

    #[test]
    fn padding_is_optional_and_invalid_base64_is_an_error() {
        assert_eq!(AudioDelta::new("AQ").audio().expect("Base64"), [1][..]);
        let error = AudioDelta::new("§").audio().expect_err("no Base64");
        assert!(error.is_decode(), "{error}");
    }
}
