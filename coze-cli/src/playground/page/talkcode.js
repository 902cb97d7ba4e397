// Programs that open a voice chat with the settings of the page.

import { PLACEHOLDER } from './sdkcode.js';

/** The address that the SDKs use by themselves. */
const DEFAULT_BASE = 'https://api.coze.cn';

/** @typedef {import('./sdkrealtime.js').VoiceSettings} Settings */

/** @type {Record<string, string>} */
const DETECTIONS = { server_vad: 'ServerVad', client_interrupt: 'ClientInterrupt', semantic_vad: 'SemanticVad' };

/** Writes a text as a string of Rust or JavaScript. @param {string} text */
const quote = (text) => JSON.stringify(text.trim());

/** @param {'rust' | 'javascript'} language @param {Settings} settings @param {string} base the address of the API */
export function talkCode(language, settings, base) {
  return language === 'rust' ? rust(settings, base) : javascript(settings, base);
}

/** Writes a statement with a chain of calls as rustfmt breaks lines. @param {string} name @param {string} first @param {unknown[]} calls */
function assign(name, first, calls) {
  const chain = `${first}${calls.join('')};`;
  const line = `let ${name} = ${chain}`;
  if (line.length <= 96) return line;
  const indent = '\n        ';
  return `let ${name} =${chain.length <= 92 ? `${indent}${chain}` : ` ${[first, ...calls].join(indent)};`}`;
}

/** @param {Settings} settings @param {string} base */
function rust({ bot, voice, workflow, conversation, user, detection, vad, prologue, opening }, base) {
  const client =
    base === DEFAULT_BASE
      ? 'let coze = Client::from_env()?;'
      : assign('coze', 'Client::builder()', ['.token(std::env::var("COZE_API_TOKEN")?)', `.base_url(${quote(base)})`, '.build()?']);
  const chat = [conversation && `.conversation_id(${quote(conversation)})`, user && `.user_id(${quote(user)})`].filter(Boolean);
  const setters = [
    chat.length && `.chat_config(ChatConfig::new()${chat.join('')})`,
    voice && `.output_audio(OutputAudio::new().voice_id(${quote(voice)}))`,
    `.turn_detection(TurnDetection::new().kind(TurnDetectionType::${DETECTIONS[detection] ?? 'ServerVad'}))`,
    (prologue || opening) && '.need_play_prologue(true)',
    opening && `.prologue_content(${quote(opening)})`,
  ].filter(Boolean);
  const names = [
    chat.length && 'ChatConfig',
    'ChatServerEvent',
    'ChatSettings',
    voice && 'OutputAudio',
    'TurnDetection',
    'TurnDetectionType',
  ];
  const list = names.filter(Boolean).join(', ');
  // As rustfmt breaks lines.
  const imports = list.length > 70 ? `{\n    ${list},\n}` : `{${list}}`;
  const calls = ['.realtime()', `.chat(${quote(bot)})`, workflow && `.workflow_id(${quote(workflow)})`, '.connect()', '.await?'];
  const session = assign('session', 'coze', calls.filter(Boolean));
  return `// [dependencies]
// coze-api = { version = "0.1", features = ["realtime"] }
// tokio = { version = "1", features = ["full"] }
use coze_api::Client;
use coze_api::realtime::${imports};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ${client}
    ${session}
    let (sender, mut receiver) = session.split();
    ${assign('settings', 'ChatSettings::new()', setters)}
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

/** Returns the address of WebSockets, which have a host of their own on the platform. @param {string} base */
const socketsOf = (base) => base.replace(/^http/, 'ws').replace(/^(wss:\/\/)api(?=\.coze\.)/, '$1ws');

/** @param {Settings} settings @param {string} base */
function javascript({ bot, voice, workflow, conversation, user, detection, vad, muted, prologue, opening }, base) {
  const chat = [conversation && `conversation_id: ${quote(conversation)}`, user && `user_id: ${quote(user)}`].filter(Boolean);
  const data = [
    chat.length && `chat_config: { ${chat.join(', ')} }`,
    `turn_detection: { type: ${quote(detection)} }`,
    // The package's own default is `true`.
    `need_play_prologue: ${Boolean(prologue || opening)}`,
    opening && `prologue_content: ${quote(opening)}`,
  ].filter(Boolean);
  const options = [
    `botId: ${quote(bot)}`,
    voice && `voiceId: ${quote(voice)}`,
    workflow && `workflowId: ${quote(workflow)}`,
    muted && 'audioMutedDefault: true',
    base !== DEFAULT_BASE && `baseWsURL: ${quote(socketsOf(base))}`,
  ].filter(Boolean);
  const push = `
// While the user speaks: client.startRecord(). At the end: client.stopRecord().
`;
  return `// npm install @coze/api
import { WsChatClient } from '@coze/api/ws-tools';

const client = new WsChatClient({
  // Let a server of your own give tokens to pages, and never put one into a page.
  token: '${PLACEHOLDER}',
  ${options.join(',\n  ')},
});

client.on('realtime.event', (name, event) => console.log(name, event));

const connect = () =>
  client.connect({
    chatUpdate: {
      id: '1',
      event_type: 'chat.update',
      data: {
        ${data.join(',\n        ')},
      },
    },
  });

// Browsers play no sound before the user has clicked.
addEventListener('click', () => connect().catch(console.error), { once: true });
${vad ? '' : push}`;
}
