//! The turns of a voice chat: recording, asking, playing and interrupting.
//!
//! The devices and the keyboard are behind traits.

use std::io::Write as _;
use std::time::Duration;

use coze_api::realtime::TurnEvent;
use coze_api::realtime::wav::PcmFormat;

use super::sound::{self, Resampler};
use super::{Captions, ChatSession, submit_outputs};
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::output;

/// The rate of the platform, in both directions.
pub(super) fn rate() -> u32 {
    PcmFormat::default().sample_rate
}

/// A microphone, whose samples have the rate of the platform.
pub(super) trait Microphone {
    /// Starts or stops, and drops the samples that were not read.
    fn record(&mut self, on: bool);

    /// Returns the next samples. Dropping the future loses none.
    async fn samples(&mut self) -> Option<Vec<i16>>;
}

/// A speaker with a queue of samples.
pub(super) trait Speaker {
    fn rate(&self) -> u32;

    fn play(&self, samples: Vec<i16>);

    /// Drops the samples that were not played.
    fn clear(&self);

    fn is_playing(&self) -> bool;
}

/// The lines that the user enters.
pub(super) trait Keys {
    /// Returns the next line, or `None` at the end. Dropping the future loses no line.
    async fn next(&mut self) -> Result<Option<String>, Failure>;
}

/// Takes turns until the end of the input.
pub(super) async fn talk(
    session: &mut ChatSession,
    microphone: &mut impl Microphone,
    speaker: &impl Speaker,
    keys: &mut impl Keys,
) -> CommandResult {
    while let Some(line) = keys.next().await? {
        let question = match line.trim() {
            "" => match record(microphone, keys).await? {
                Some(audio) => Question::Audio(audio),
                None => break,
            },
            line => Question::Text(line.to_owned()),
        };
        if !answer(session, question, speaker, keys).await? {
            break;
        }
    }
    Ok(())
}

/// The speech of a user in one turn.
enum Question {
    Audio(Vec<u8>),
    Text(String),
}

/// Records until Enter is pressed. Returns `None` at the end of the input.
async fn record(
    microphone: &mut impl Microphone,
    keys: &mut impl Keys,
) -> Result<Option<Vec<u8>>, Failure> {
    let mut audio = Vec::new();
    microphone.record(true);
    let end = loop {
        tokio::select! {
            key = keys.next() => break key?,
            Some(samples) = microphone.samples() => {
                eprint!("\r{} ", sound::meter(&samples));
                std::io::stderr().flush()?;
                audio.extend(sound::to_bytes(&samples));
            }
        }
    };
    microphone.record(false);
    Ok(end.map(|_| audio))
}

/// Asks, and plays the reply. Returns `false` at the end of the input.
async fn answer(
    session: &mut ChatSession,
    question: Question,
    speaker: &impl Speaker,
    keys: &mut impl Keys,
) -> Result<bool, Failure> {
    let mut captions = Captions::new(true);
    let mut resampler = Resampler::new(rate(), speaker.rate());
    let mut turn = match question {
        Question::Audio(audio) => session.say(audio),
        Question::Text(text) => session.ask(text),
    };
    let (mut goes_on, mut interrupted, mut created) = (true, false, false);
    loop {
        let event = tokio::select! {
            event = turn.next() => match event {
                Some(event) => event?,
                None => break,
            },
            key = keys.next(), if !interrupted => {
                (goes_on, interrupted) = (key?.is_some(), true);
                speaker.clear();
                if created {
                    turn.sender().cancel().await?;
                }
                continue;
            }
        };
        match &event {
            // The rest of the speech may be on its way already.
            TurnEvent::Audio(piece) if !interrupted => {
                speaker.play(resampler.resample(&sound::from_bytes(piece)));
            }
            TurnEvent::Created(_) => {
                created = true;
                // Before, there was nothing to cancel.
                if interrupted {
                    turn.sender().cancel().await?;
                }
            }
            _ => {}
        }
        captions.show(&event)?;
        if let TurnEvent::RequiresAction(chat) = event {
            let answer = async |prompt: String| {
                output::note(text("input", "输入"), &prompt)?;
                let ended = || Failure::Usage(say!("no {prompt} was given", "没有提供{prompt}"));
                keys.next().await?.ok_or_else(ended)
            };
            submit_outputs(&turn, &chat, answer).await?;
        }
    }
    captions.end()?;
    // The audio arrives faster than it is played.
    while goes_on && speaker.is_playing() {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
            key = keys.next() => {
                goes_on = key?.is_some();
                speaker.clear();
            }
        }
    }
    Ok(goes_on)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic fails the test")]
mod tests {
    use std::collections::VecDeque;
    use std::future::pending;
    use std::sync::Mutex;

    use coze_api::Client;
    use coze_api::realtime::OutputAudio;
    use coze_api::realtime::wav::WavHeader;
    use coze_mock::MockServer;
    use coze_mock::state::BOT;
    use tokio::sync::watch;

    use super::super::connect;
    use super::*;
    use crate::cli::TalkArgs;

    /// A microphone that hears these samples, and tells when it has heard all of them.
    struct FakeMicrophone {
        pieces: VecDeque<Vec<i16>>,
        heard: watch::Sender<bool>,
        switched: Vec<bool>,
    }

    impl FakeMicrophone {
        fn new(samples: &[i16]) -> Self {
            let pieces = samples.chunks(1_000).map(<[i16]>::to_vec).collect();
            Self { pieces, heard: watch::Sender::new(false), switched: Vec::new() }
        }
    }

    impl Microphone for FakeMicrophone {
        fn record(&mut self, on: bool) {
            self.switched.push(on);
        }

        async fn samples(&mut self) -> Option<Vec<i16>> {
            if let Some(piece) = self.pieces.pop_front() {
                return Some(piece);
            }
            self.heard.send_replace(true);
            pending().await
        }
    }

    /// A speaker that plays nothing, so that its queue is never empty before it is cleared.
    struct FakeSpeaker {
        queue: Mutex<Vec<i16>>,
        /// Set when there are samples.
        played: watch::Sender<bool>,
        /// Set after the reply, when its end is awaited.
        awaited: watch::Sender<bool>,
    }

    impl FakeSpeaker {
        fn new() -> Self {
            let [played, awaited] = [false, false].map(watch::Sender::new);
            Self { queue: Mutex::default(), played, awaited }
        }
    }

    impl Speaker for FakeSpeaker {
        fn rate(&self) -> u32 {
            rate()
        }

        fn play(&self, samples: Vec<i16>) {
            self.queue.lock().unwrap().extend(samples);
            self.played.send_replace(true);
        }

        fn clear(&self) {
            self.queue.lock().unwrap().clear();
        }

        fn is_playing(&self) -> bool {
            self.awaited.send_replace(true);
            !self.queue.lock().unwrap().is_empty()
        }
    }

    /// Lines that are entered one after another, each as soon as something has happened. Nothing
    /// follows.
    struct FakeKeys(VecDeque<(Option<watch::Receiver<bool>>, Option<&'static str>)>);

    impl FakeKeys {
        fn none() -> Self {
            Self(VecDeque::new())
        }

        fn now(mut self, line: Option<&'static str>) -> Self {
            self.0.push_back((None, line));
            self
        }

        fn after(mut self, event: &watch::Sender<bool>, line: Option<&'static str>) -> Self {
            self.0.push_back((Some(event.subscribe()), line));
            self
        }
    }

    impl Keys for FakeKeys {
        async fn next(&mut self) -> Result<Option<String>, Failure> {
            match self.0.front_mut() {
                None => pending().await,
                Some((None, _)) => {}
                Some((Some(event), _)) => drop(event.wait_for(|happened| *happened).await.unwrap()),
            }
            let (_, line) = self.0.pop_front().unwrap();
            Ok(line.map(str::to_owned))
        }
    }

    async fn session(mock: &MockServer) -> ChatSession {
        let client = Client::builder().token("pat_test").base_url(mock.base_url()).build().unwrap();
        let args = TalkArgs {
            bot: BOT.to_owned(),
            input: None,
            save: None,
            voice: None,
            user: "ann".to_owned(),
            conversation: None,
        };
        let (input, output) = (PcmFormat::default(), OutputAudio::new());
        connect(&client, &args, input, output).await.unwrap()
    }

    /// Returns the samples of a text, as the mock speaks it.
    fn speech(text: &str) -> Vec<i16> {
        let recording = coze_mock::recording(text);
        let header = WavHeader::parse(&recording).unwrap();
        assert_eq!(header.format, PcmFormat::default());
        sound::from_bytes(&recording[header.data_start..])
    }

    #[tokio::test]
    async fn a_recording_ends_with_a_key() {
        let samples: Vec<i16> = (0..2_500).collect();
        let mut microphone = FakeMicrophone::new(&samples);
        let mut keys = FakeKeys::none().after(&microphone.heard, Some(""));
        let audio = record(&mut microphone, &mut keys).await.unwrap();
        assert_eq!(audio, Some(sound::to_bytes(&samples)));
        assert_eq!(microphone.switched, [true, false]);
        let mut keys = FakeKeys::none().after(&microphone.heard, None);
        assert_eq!(record(&mut microphone, &mut keys).await.unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_recorded_is_asked_and_the_end_of_the_input_ends_it() {
        let mock = MockServer::start().await.unwrap();
        let mut session = session(&mock).await;
        let mut microphone = FakeMicrophone::new(&speech("Hello there"));
        let speaker = FakeSpeaker::new();
        let keys = FakeKeys::none().now(Some("")).after(&microphone.heard, Some(""));
        // The reply is complete when its end is awaited.
        let mut keys = keys.after(&speaker.awaited, None);
        talk(&mut session, &mut microphone, &speaker, &mut keys).await.unwrap();
        session.close().await.unwrap();
        assert!(keys.0.is_empty());
        assert_eq!(microphone.switched, [true, false]);
        let asked = mock.state(|state| {
            let messages = state.conversations.all().flat_map(|one| one.messages.clone());
            messages.map(|message| message.content).collect::<Vec<_>>()
        });
        assert!(asked.iter().any(|message| message.contains("Hello there")), "{asked:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_interrupts_the_reply() {
        let mock = MockServer::start().await.unwrap();
        let mut session = session(&mock).await;
        let speaker = FakeSpeaker::new();
        let mut keys = FakeKeys::none().after(&speaker.played, Some(""));
        let question = Question::Text("[answer Well done. And more. Much more.] [hold]".to_owned());
        assert!(answer(&mut session, question, &speaker, &mut keys).await.unwrap());
        assert!(keys.0.is_empty());
        assert!(!speaker.is_playing(), "the rest of the speech is dropped");
        // The next turn is heard again.
        let mut keys = FakeKeys::none().after(&speaker.awaited, None);
        let question = Question::Text("Hello".to_owned());
        assert!(!answer(&mut session, question, &speaker, &mut keys).await.unwrap());
        session.close().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_stops_audio_that_is_still_playing() {
        let mock = MockServer::start().await.unwrap();
        let mut session = session(&mock).await;
        let speaker = FakeSpeaker::new();
        let mut keys = FakeKeys::none().after(&speaker.awaited, Some(""));
        let question = Question::Text("Hello".to_owned());
        assert!(answer(&mut session, question, &speaker, &mut keys).await.unwrap());
        assert!(keys.0.is_empty() && !speaker.is_playing());
        session.close().await.unwrap();
    }
}
