//! Sessions over WebSocket.

use std::io::Cursor;
use std::time::Duration;

use coze_api::realtime::{
    ChatClientEvent, ChatServerEvent, ChatSettings, InterpretationSettings, Session,
    SpeechSettings, TranscriptionSettings,
};
use coze_api::{Result, ToolOutput};
use coze_mock::state::BOT;

use super::world::{Row, World, row};

/// Three handshakes of 30 seconds, and the delays between them.
const CONNECT: u64 = 3 * 30 + 5;
/// Silence until a ping, silence after it, and closing.
const SESSION: u64 = 20 + 20 + 10;

/// Holds a session, and cuts the network.
async fn session(world: &World) -> Result<Session<ChatClientEvent, ChatServerEvent>> {
    let session = world.coze.realtime().chat(BOT).await?;
    world.cut_session();
    Ok(session)
}

/// Creates the row of a method that sends an event, every second until the session has ended.
macro_rules! sending {
    ($name:literal, $channel:ident($($argument:expr)?), |$sender:ident| $send:expr) => {
        row!($name, SESSION, |world| {
            let session = world.coze.realtime().$channel($($argument)?).await?;
            world.cut_session();
            let ($sender, _receiver) = session.split();
            let refused = loop {
                if let Err(error) = $send.await {
                    break error;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            };
            Err(refused)
        })
    };
}

pub(super) fn rows() -> Vec<Row> {
    [sessions(), senders(), helpers()].into_iter().flatten().collect()
}

fn sessions() -> Vec<Row> {
    vec![
        // The handshake ends with the head that arrives in one of the weathers.
        row!("channel!", CONNECT + SESSION, |world| {
            world.cut();
            let mut session = world.coze.realtime().chat(BOT).connect().await?;
            while let Some(received) = session.receive().await {
                received?;
            }
            Ok(())
        }),
        row!("realtime::session::Session<C, S>::receive", SESSION, |world| {
            let mut session = session(&world).await?;
            while let Some(received) = session.receive().await {
                received?;
            }
            Ok(())
        }),
        row!("realtime::receiver::Receiver<S>::receive", SESSION, |world| {
            let (_sender, mut receiver) = session(&world).await?.split();
            while let Some(received) = receiver.receive().await {
                received?;
            }
            Ok(())
        }),
        row!("realtime::session::Session<C, S>::next", SESSION, |world| {
            let mut session = session(&world).await?;
            while let Some(received) = session.next().await {
                received?;
            }
            Ok(())
        }),
        row!("realtime::receiver::Receiver<S>::next", SESSION, |world| {
            let (_sender, mut receiver) = session(&world).await?.split();
            while let Some(received) = receiver.next().await {
                received?;
            }
            Ok(())
        }),
        row!("realtime::session::Session<C, S>::close", SESSION, |world| {
            session(&world).await?.close().await
        }),
        row!("realtime::session::Session<C, S>::close_with", SESSION, |world| {
            session(&world).await?.close_with(1000, "bye").await
        }),
        row!("realtime::sender::Sender<C>::close", SESSION, |world| {
            session(&world).await?.sender().close().await
        }),
        row!("realtime::sender::Sender<C>::close_with", SESSION, |world| {
            session(&world).await?.sender().close_with(1000, "bye").await
        }),
    ]
}

fn senders() -> Vec<Row> {
    vec![
        sending!("realtime::sender::Sender<C>::send", chat(BOT), |sender| {
            sender.send(ChatClientEvent::InputAudioBufferClear)
        }),
        sending!("realtime::sender::Sender<C>::send_with_id", chat(BOT), |sender| {
            sender.send_with_id("7", ChatClientEvent::InputAudioBufferClear)
        }),
        sending!("audio_input!", chat(BOT), |sender| sender.append_audio([0; 640])),
        sending!("realtime::typed::Sender<ChatClientEvent>::cancel", chat(BOT), |sender| sender
            .cancel()),
        sending!("realtime::typed::Sender<ChatClientEvent>::clear", chat(BOT), |sender| sender
            .clear()),
        sending!("realtime::typed::Sender<ChatClientEvent>::clear_context", chat(BOT), |sender| {
            sender.clear_context()
        }),
        sending!("realtime::typed::Sender<ChatClientEvent>::send_text", chat(BOT), |sender| sender
            .send_text("Hi")),
        sending!("realtime::typed::Sender<ChatClientEvent>::speak", chat(BOT), |sender| sender
            .speak("Hi")),
        sending!(
            "realtime::typed::Sender<ChatClientEvent>::submit_tool_outputs",
            chat(BOT),
            |sender| sender.submit_tool_outputs("7", [ToolOutput::new("1", "2")])
        ),
        sending!("realtime::typed::Sender<ChatClientEvent>::update", chat(BOT), |sender| sender
            .update(ChatSettings::new())),
        sending!(
            "realtime::typed::Sender<SimultInterpretationClientEvent>::update",
            simult_interpretation(),
            |sender| sender.update(InterpretationSettings::new())
        ),
        sending!("realtime::typed::Sender<SpeechClientEvent>::append_text", speech(), |sender| {
            sender.append_text("Hi")
        }),
        sending!("realtime::typed::Sender<SpeechClientEvent>::complete", speech(), |sender| sender
            .complete()),
        sending!("realtime::typed::Sender<SpeechClientEvent>::update", speech(), |sender| sender
            .update(SpeechSettings::new())),
        sending!(
            "realtime::typed::Sender<TranscriptionsClientEvent>::clear",
            transcriptions(),
            |sender| sender.clear()
        ),
        sending!(
            "realtime::typed::Sender<TranscriptionsClientEvent>::update",
            transcriptions(),
            |sender| sender.update(TranscriptionSettings::new())
        ),
    ]
}

fn helpers() -> Vec<Row> {
    vec![
        row!("realtime::speech::Speech::next", CONNECT, |world| {
            world.cut();
            world.coze.realtime().speech().synthesize("Hello.").next().await.transpose().map(drop)
        }),
        row!("realtime::speech::Speech::save", CONNECT, |world| {
            let folder = tempfile::tempdir().expect("a folder");
            world.cut();
            let speech = world.coze.realtime().speech().synthesize("Hello.");
            speech.save(folder.path().join("speech.wav")).await.map(drop)
        }),
        row!("realtime::transcribe::LiveTranscription::next", CONNECT, |world| {
            world.cut();
            let audio = Cursor::new(vec![0; 4800]);
            let mut texts = world.coze.realtime().transcriptions().transcribe(audio);
            texts.next().await.transpose().map(drop)
        }),
        row!("realtime::transcribe::LiveTranscription::text", CONNECT, |world| {
            world.cut();
            let audio = Cursor::new(vec![0; 4800]);
            world.coze.realtime().transcriptions().transcribe(audio).text().await.map(drop)
        }),
        row!("realtime::turn::Turn<'a>::next", SESSION, |world| {
            let mut session = session(&world).await?;
            let mut turn = session.ask("Hello");
            while let Some(event) = turn.next().await {
                event?;
            }
            Ok(())
        }),
        row!("realtime::turn::Turn<'a>::reply", SESSION, |world| {
            let mut session = session(&world).await?;
            session.ask("Hello").reply().await.map(drop)
        }),
    ]
}
