//! The program that the playground shows for a voice chat.
//! The tests of the playground compare it.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-tests --example voice_chat
//! ```

// [dependencies]
// coze-api = { version = "0.1", features = ["realtime"] }
// tokio = { version = "1", features = ["full"] }
use coze_api::Client;
use coze_api::realtime::{ChatServerEvent, ChatSettings, TurnDetection, TurnDetectionType};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let coze = Client::from_env()?;
    let session = coze.realtime().chat("7342866812345000001").connect().await?;
    let (sender, mut receiver) = session.split();
    let settings =
        ChatSettings::new().turn_detection(TurnDetection::new().kind(TurnDetectionType::ServerVad));
    sender.update(settings).await?;

    // Replace the silence by the microphone: 16-bit mono PCM at 24,000 Hz, in pieces of 40 ms.
    let microphone = sender.clone();
    tokio::spawn(async move {
        let mut pieces = tokio::time::interval(std::time::Duration::from_millis(40));
        loop {
            pieces.tick().await;
            microphone.append_audio([0; 1920]).await?;
        }
        #[allow(unreachable_code, reason = "names the type of the errors")]
        Ok::<(), coze_api::Error>(())
    });
    while let Some(received) = receiver.receive().await {
        match received?.event {
            // The user interrupts the bot: stop the playback.
            ChatServerEvent::InputAudioBufferSpeechStarted => println!("(listening)"),
            ChatServerEvent::ConversationAudioTranscriptCompleted(text) => {
                println!("You: {}", text.content);
            }
            ChatServerEvent::ConversationMessageDelta(message) => print!("{}", message.content),
            ChatServerEvent::ConversationAudioDelta(message) => {
                let _play = message.audio()?;
            }
            ChatServerEvent::ConversationChatCompleted(_) => println!(),
            _ => {}
        }
    }
    Ok(())
}
