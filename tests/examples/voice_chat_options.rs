//! The program that the playground shows for a voice chat with all options.
//! The tests of the playground compare it.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-tests --example voice_chat_options
//! ```

// [dependencies]
// coze-api = { version = "0.1", features = ["realtime"] }
// tokio = { version = "1", features = ["full"] }
use coze_api::Client;
use coze_api::realtime::{
    ChatConfig, ChatServerEvent, ChatSettings, OutputAudio, TurnDetection, TurnDetectionType,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let coze = Client::from_env()?;
    let session = coze
        .realtime()
        .chat("7342866812345000001")
        .workflow_id("7366468917055000003")
        .connect()
        .await?;
    let (sender, mut receiver) = session.split();
    let settings = ChatSettings::new()
        .chat_config(ChatConfig::new().conversation_id("7374752000116113452").user_id("ling"))
        .output_audio(OutputAudio::new().voice_id("7426720361732000003"))
        .turn_detection(TurnDetection::new().kind(TurnDetectionType::ClientInterrupt))
        .need_play_prologue(true)
        .prologue_content("Good day to you");
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
    // When the user has finished speaking: sender.complete().await?;
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
