//! Speech synthesis and recognition: a tone as long as the text, with the text embedded.
//!
//! The mock recognizes its own speech: the text is stored in the first samples, at a very low
//! volume.

use std::f64::consts::TAU;

use crate::state::State;

/// The default number of samples per second.
pub(crate) const SAMPLE_RATE: u32 = 24_000;

/// The samples before an embedded text.
const MARK: [i16; 4] = [3, -7, 11, -13];

/// The duration of a spoken character, in milliseconds.
const CHARACTER: u32 = 60;

/// The minimum and the maximum duration of a spoken text, in milliseconds.
const LENGTHS: (u32, u32) = (200, 60_000);

/// The maximum number of embedded bytes of a text. Their number is embedded too, in two samples.
const LONGEST_TEXT: usize = 0xffff;

/// Options of speech synthesis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpeechOptions {
    /// Samples per second.
    pub(crate) sample_rate: u32,
    /// The speed; 1 is normal.
    pub(crate) speed: f64,
    /// The loudness; 1 is normal.
    pub(crate) loudness: f64,
}

/// Synthesizes a text as PCM: mono, 16 bit, little-endian.
///
/// The speech is a tone of 60 ms per character, at least a fifth of a second and at most a minute
/// long. Texts of different lengths have different pitches.
pub(crate) fn speak(text: &str, sample_rate: u32) -> Vec<u8> {
    let usual = SpeechOptions { sample_rate, speed: 1.0, loudness: 1.0 };
    speak_with(text, usual)
}

/// Returns a WAV file with a spoken text. The server transcribes it word for word.
///
/// ```
/// let recording = coze_mock::recording("What is the weather in Kunming?");
/// assert!(recording.starts_with(b"RIFF"));
/// ```
pub fn recording(text: &str) -> Vec<u8> {
    wav(&speak(text, SAMPLE_RATE), SAMPLE_RATE)
}

/// Synthesizes a text as [`speak`] does, with options.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths and loudness are bounded"
)]
pub(crate) fn speak_with(text: &str, options: SpeechOptions) -> Vec<u8> {
    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let length = characters.saturating_mul(CHARACTER).clamp(LENGTHS.0, LENGTHS.1);
    let rate = f64::from(options.sample_rate);
    let count = (f64::from(length) / options.speed.clamp(0.1, 10.0) * rate / 1000.0) as u32;
    let pitch = 220.0 * 2_f64.powf(f64::from(characters % 25) / 12.0);
    let peak = 8_000.0 * options.loudness.clamp(0.0, 4.0);
    let mut samples = embed(text, count as usize);
    let quiet = samples.len() as u32;
    samples.extend((quiet..count).map(|index| {
        let loudness = peak * (f64::from(count - index) / (rate / 20.0)).min(1.0);
        (loudness * (TAU * pitch * f64::from(index) / rate).sin()) as i16
    }));
    samples.into_iter().flat_map(i16::to_le_bytes).collect()
}

/// Returns the text as samples, truncated to the maximum length.
fn embed(text: &str, room: usize) -> Vec<i16> {
    let room = room.saturating_sub(MARK.len() + 2).min(LONGEST_TEXT);
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let [.., high, low] = end.to_be_bytes();
    let length = [high, low].map(i16::from);
    let text = text.as_bytes()[..end].iter().map(|byte| i16::from(*byte));
    MARK.into_iter().chain(length).chain(text).collect()
}

/// Returns the texts that [`speak`] has embedded in these samples, joined; `None` if there are
/// none.
pub(crate) fn embedded_text(pcm: &[u8]) -> Option<String> {
    let samples = pcm.as_chunks::<2>().0;
    let samples: Vec<i16> = samples.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
    let mut transcripts = None;
    let mut rest = &samples[..];
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        rest = &rest[at + MARK.len()..];
        if let Some((text, after)) = read(rest) {
            transcripts.get_or_insert_with(String::new).push_str(&text);
            rest = after;
        }
    }
    transcripts
}

/// Reads the text after a mark.
fn read(samples: &[i16]) -> Option<(String, &[i16])> {
    let byte = |sample: &i16| u8::try_from(*sample).ok();
    let (length, rest) = samples.split_first_chunk::<2>()?;
    let length = usize::from(byte(&length[0])?) * 256 + usize::from(byte(&length[1])?);
    let (text, rest) = rest.split_at_checked(length)?;
    let text: Option<Vec<u8>> = text.iter().map(byte).collect();
    Some((String::from_utf8(text?).ok()?, rest))
}

/// Returns the transcript of a recording: the next one of [`State::transcripts`], the text that the
/// mock has spoken itself, or else a sentence about the length of the recording.
pub(crate) fn recognize(state: &mut State, recording: &[u8]) -> String {
    let pcm = samples(recording);
    let laid_down = state.transcripts.pop_front();
    laid_down
        .or_else(|| embedded_text(pcm))
        .unwrap_or_else(|| format!("This is a recording of {} bytes.", pcm.len()))
}

/// Returns a WAV file of PCM, mono, 16 bit.
pub(crate) fn wav(pcm: &[u8], sample_rate: u32) -> Vec<u8> {
    let length = u32::try_from(pcm.len()).unwrap_or(u32::MAX - 36);
    let mut file = Vec::with_capacity(44 + pcm.len());
    file.extend(b"RIFF");
    file.extend((length + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(sample_rate.to_le_bytes());
    file.extend((sample_rate * 2).to_le_bytes());
    // Two bytes a frame, 16 bits a sample.
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(pcm);
    file
}

/// Returns the samples of a WAV file, or all bytes of any other content.
pub(crate) fn samples(recording: &[u8]) -> &[u8] {
    if !recording.starts_with(b"RIFF") {
        return recording;
    }
    let mut rest = recording.get(12..).unwrap_or_default();
    while let Some((header, content)) = rest.split_first_chunk::<8>() {
        let length = [header[4], header[5], header[6], header[7]];
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if header.starts_with(b"data") {
            return &content[..length.min(content.len())];
        }
        rest = content.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    &[]
}

/// Splits a text into sentences, which are spoken one by one. Joined they equal the text.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if ends_sentence(character, next) {
            let end = at + character.len_utf8();
            sentences.push(&text[start..end]);
            start = end;
        }
    }
    if start < text.len() {
        sentences.push(&text[start..]);
    }
    sentences
}

/// Returns `true` if a sentence ends with a character that is followed by `next`. A full stop may
/// be part of a number.
pub(crate) fn ends_sentence(character: char, next: Option<char>) -> bool {
    match character {
        '。' | '！' | '？' | '\n' => true,
        '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoken_texts_are_recognized() {
        for text in ["", "Hello!", "昆明的天气怎么样？", &"long ".repeat(1000)] {
            let pcm = speak(text, SAMPLE_RATE);
            assert_eq!(embedded_text(&pcm).as_deref(), Some(text));
            assert_eq!(embedded_text(samples(&wav(&pcm, SAMPLE_RATE))).as_deref(), Some(text));
            let milliseconds = pcm.len() / 2 * 1000 / SAMPLE_RATE as usize;
            assert_eq!(milliseconds, (text.chars().count() * 60).clamp(200, 60_000));
        }
        assert_eq!(embedded_text(&[0; 100]), None);
        assert_eq!(embedded_text(&speak("Hello!", 8_000)[..20]), None);
    }

    #[test]
    fn a_tone_is_loud_and_ends_in_silence() {
        let pcm = speak("Hello!", SAMPLE_RATE);
        let samples: Vec<i16> =
            pcm.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
        let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((7_500..=8_000).contains(&loudest), "{loudest}");
        assert!(samples[samples.len() - 10..].iter().all(|sample| sample.abs() < 100));
    }

    #[test]
    fn options_change_length_and_loudness() {
        let usual = SpeechOptions { sample_rate: 8_000, speed: 1.0, loudness: 1.0 };
        let text = "How are you today?";
        let loudest = |pcm: &[u8]| {
            let samples = pcm.as_chunks::<2>().0.iter();
            samples.map(|sample| i16::from_le_bytes(*sample).unsigned_abs()).max().unwrap()
        };
        let (plain, fast) =
            (speak_with(text, usual), speak_with(text, SpeechOptions { speed: 2.0, ..usual }));
        assert_eq!(plain, speak(text, 8_000));
        assert_eq!(plain.len(), fast.len() * 2);
        let loud = speak_with(text, SpeechOptions { loudness: 2.0, ..usual });
        assert!(loudest(&loud) > loudest(&plain) * 3 / 2);
        for pcm in [fast, loud] {
            assert_eq!(embedded_text(&pcm).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_wav_file_has_a_header() {
        let file = wav(&[1, 2, 3, 4], 16_000);
        assert_eq!(file.len(), 48);
        assert_eq!(file[4..8], 40_u32.to_le_bytes());
        assert_eq!(file[24..28], 16_000_u32.to_le_bytes());
        assert_eq!(samples(&file), [1, 2, 3, 4]);
        assert_eq!(samples(b"RIFF"), [0; 0]);
        assert_eq!(samples(b"raw"), b"raw");
    }

    #[test]
    fn sentences_end_with_their_marks() {
        assert_eq!(sentences("One. Two!  3.5"), ["One.", " Two!", "  3.5"]);
        assert_eq!(sentences("你好。昆明"), ["你好。", "昆明"]);
        assert_eq!(sentences(""), [""; 0]);
    }

    #[test]
    fn sentences_that_follow_each_other_are_heard_as_one_text() {
        let text = "The train leaves. When? 中午。Good";
        let pcm = sentences(text).iter().flat_map(|one| speak(one, 16_000)).collect::<Vec<_>>();
        assert_eq!(embedded_text(&pcm).as_deref(), Some(text));
    }
}
