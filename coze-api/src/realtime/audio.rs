//! Audio in events, which is Base64 there.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use bytes::Bytes;

use crate::base::error::{Error, Kind, Result};
use crate::generated::Message;
use crate::generated::realtime::AudioDelta;

/// Writes padding, and does not insist on reading it.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Looks once for what the processor can do: Base64 is most of the work that audio makes.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static BASE64: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::standard(CONFIG));

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static BASE64: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, CONFIG));

impl AudioDelta {
    /// A piece of audio, from its bytes.
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

    /// The event `input_audio_buffer.append` of a piece of audio, as JSON: what
    /// [`append_audio`](super::Sender::append_audio) sends, for a connection of your own.
    pub fn append_event(audio: &[u8]) -> String {
        append_event(audio)
    }

    /// The bytes of the audio.
    ///
    /// # Errors
    ///
    /// If it is no Base64: [`is_decode`](Error::is_decode).
    pub fn audio(&self) -> Result<Bytes> {
        decode(&self.delta)
    }
}

impl Message {
    /// The bytes of the audio that a message of content type `audio` holds, such as that of
    /// `conversation.audio.delta`.
    ///
    /// # Errors
    ///
    /// If the content is no Base64: [`is_decode`](Error::is_decode).
    pub fn audio(&self) -> Result<Bytes> {
        decode(&self.content)
    }
}

fn decode(base64: &str) -> Result<Bytes> {
    match BASE64.decode(base64) {
        Ok(audio) => Ok(audio.into()),
        Err(e) => Err(Error::new(Kind::Decode("the audio is no Base64".into())).with_source(e)),
    }
}

/// The event `input_audio_buffer.append` as JSON. All channels with audio in have it, and it is
/// what they send most: so the audio is written where it belongs, and not copied from one text to
/// the next.
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
        fn audio_is_written_as_its_type_would(audio: Vec<u8>) {
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
    fn padding_may_be_missing_but_nonsense_is_an_error() {
        assert_eq!(AudioDelta::new("AQ").audio().expect("Base64"), [1][..]);
        let error = AudioDelta::new("§").audio().expect_err("no Base64");
        assert!(error.is_decode(), "{error}");
    }
}
