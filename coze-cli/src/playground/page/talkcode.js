// Programs that open a voice chat with the settings of the page.

import { PLACEHOLDER } from './sdkcode.js';

/** @typedef {{bot: string, voice: string, vad: boolean, prologue: boolean}} Settings */

/** Writes a text as a string of Rust or JavaScript. @param {string} text */
const quote = (text) => JSON.stringify(text.trim());

/** @param {'rust' | 'javascript'} language @param {Settings} settings */
export function talkCode(language, settings) {
  return language === 'rust' ? rust(settings) : javascript(settings);
}

/** @param {Settings} settings */
function rust({ bot, voice, vad, prologue }) {
  const setters = [
    voice.trim() && `.output_audio(OutputAudio::new().voice_id(${quote(voice)}))`,
    `.turn_detection(TurnDetection::new().kind(TurnDetectionType::${vad ? 'ServerVad' : 'ClientInterrupt'}))`,
    prologue && '.need_play_prologue(true)',
  ].filter(Boolean);
  const names = ['ChatServerEvent', 'ChatSettings', voice.trim() && 'OutputAudio', 'TurnDetection', 'TurnDetectionType'];
  const list = names.filter(Boolean).join(', ');
  // As rustfmt breaks lines.
  const imports = voice.trim() ? `{\n    ${list},\n}` : `{${list}}`;
  return `// [dependencies]
// coze-api = { version = "0.1", features = ["realtime"] }
// tokio = { version = "1", features = ["full"] }
use coze_api::Client;
use coze_api::realtime::${imports};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let coze = Client::builder().token(std::env::var("COZE_API_TOKEN")?).build()?;
    let session = coze.realtime().chat(${quote(bot)}).connect().await?;
    let (sender, mut receiver) = session.split();
    let settings = ChatSettings::new()
        ${setters.join('\n        ')};
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
${vad ? '' : '    // When the user has finished speaking: sender.complete().await?;\n'}    while let Some(received) = receiver.receive().await {
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
`;
}

/** @param {Settings} settings */
function javascript({ bot, voice, vad, prologue }) {
  const data = [
    `turn_detection: { type: '${vad ? 'server_vad' : 'client_interrupt'}' }`,
    prologue && 'need_play_prologue: true',
  ].filter(Boolean);
  return `// npm install @coze/api
import { WsChatClient } from '@coze/api/ws-tools';

const client = new WsChatClient({
  // Let a server of your own give tokens to pages, and never put one into a page.
  token: '${PLACEHOLDER}',
  botId: ${quote(bot)},${voice.trim() ? `\n  voiceId: ${quote(voice)},` : ''}
});

client.on('realtime.event', (name, event) => console.log(name, event));
await client.connect({
  chatUpdate: {
    id: '1',
    event_type: 'chat.update',
    data: {
      ${data.join(',\n      ')},
    },
  },
});
`;
}
