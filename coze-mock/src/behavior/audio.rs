//! Speech: voices, speech synthesis and transcription.

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::form::FilePart;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Voice, WORKSPACE};
use crate::voice::{self, SAMPLE_RATE, SpeechOptions};

/// The maximum number of trainings of a voice, including the first.
const TRAININGS: u32 = 10;

/// The maximum size of a recording in bytes.
const LARGEST: u64 = 10 << 20;

pub(super) fn register(all: &mut Behaviors) {
    all.on("audio.voices.list", list_voices);
    all.on("audio.voices.clone_voice", clone_voice);
    all.on("audio.speech.create", speak);
    all.on("audio.transcriptions.create", transcribe);
    all.on("audio.rooms.create", create_room);
    all.on("audio.live.retrieve", live);
    all.route("mock.voice", http::Method::GET, "/mock/voices/{voice_id}", preview);
}

fn list_voices(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let base_url = context.base_url();
    let without_system = request.flag("filter_system_voice");
    let model = request.text("model_type");
    // Every voice of the mock is a clone.
    let all_wait = request.text("voice_state") == "init";
    let all = context.state.audio.voices.all().rev().filter(|voice| {
        let hidden = all_wait || (without_system && voice.system);
        !hidden && (model.is_empty() || voice.model == model)
    });
    let all = all.map(|voice| to_json(voice, &base_url)).collect();
    context.page(request, all)
}

fn to_json(voice: &Voice, base_url: &str) -> Value {
    let language = match voice.language.as_str() {
        "zh" => "Chinese",
        "en" => "English",
        "ja" => "Japanese",
        "es" => "Spanish",
        "id" => "Indonesian",
        "pt" => "Portuguese",
        other => other,
    };
    let emotions = voice.emotions.iter().map(|emotion| {
        json!({
            "emotion": emotion,
            "display_name": emotion,
            "emotion_scale_interval": {"max": 5, "min": 1, "default": 4},
        })
    });
    json!({
        "name": voice.name,
        "state": "cloned",
        "voice_id": voice.id,
        "model_name": "Mock speech",
        "model_type": voice.model,
        "create_time": voice.created_at,
        "update_time": voice.updated_at,
        "preview_text": voice.preview_text,
        "language_code": voice.language,
        "language_name": language,
        "preview_audio": format!("{base_url}/mock/voices/{}", voice.id),
        "is_system_voice": voice.system,
        "support_emotions": emotions.collect::<Vec<_>>(),
        "available_training_times": voice.trainings,
    })
}

/// Returns the text of a voice's preview.
fn preview(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let voice = context.state.audio.voices.require("voice_id", request.text("voice_id"))?;
    let pcm = voice::speak(&voice.preview_text, SAMPLE_RATE);
    Ok(Reply::file("audio/wav", voice::wav(&pcm, SAMPLE_RATE)))
}

fn clone_voice(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    recording(request, LARGEST)?;
    if request.text("voice_name").len() > 128 {
        return Err(ApiError::field("voice_name", "a name has at most 128 bytes"));
    }
    let workspace = match request.text("space_id") {
        "" => WORKSPACE,
        workspace => workspace,
    };
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("space_id", workspace));
    }
    let now = context.now();
    let voice = match request.text("voice_id") {
        "" => Voice { id: context.id(), trainings: TRAININGS, created_at: now, ..Voice::default() },
        id => context.state.audio.voices.require("voice_id", id)?.clone(),
    };
    if voice.system {
        return Err(ApiError::field("voice_id", "voices of the system cannot be trained"));
    }
    if voice.trainings == 0 {
        return Err(ApiError::field("voice_id", "the voice was trained 10 times already"));
    }
    let language = match request.text("language") {
        "" => "zh",
        language => language,
    };
    let id = voice.id.clone();
    let voice = Voice {
        name: request.text("voice_name").to_owned(),
        model: "big".to_owned(),
        language: language.to_owned(),
        preview_text: request.text("preview_text").to_owned(),
        workspace_id: workspace.to_owned(),
        trainings: voice.trainings - 1,
        updated_at: now,
        ..voice
    };
    context.state.audio.voices.insert(&id, voice);
    Ok(Reply::data(json!({"voice_id": id})))
}

/// Returns the recording of a request.
pub(super) fn recording(request: &Request, largest: u64) -> Result<&FilePart, ApiError> {
    let file = request.file("file");
    let file = file.ok_or_else(|| ApiError::field("file", "it is not a file part"))?;
    if file.length > largest {
        let megabytes = largest >> 20;
        return Err(ApiError::field("file", format_args!("it has more than {megabytes} MB")));
    }
    Ok(file)
}

fn speak(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let voice = request.text("voice_id");
    if context.state.audio.voices.get(voice).is_none() && !context.is_example(voice) {
        return Err(ApiError::unknown("voice_id", voice));
    }
    let text = request.text("input");
    if text.is_empty() {
        return Err(ApiError::field("input", "there is nothing to say"));
    }
    let number = |name: &str| request.value(name).as_f64();
    let sample_rate = request.integer("sample_rate").and_then(|rate| u32::try_from(rate).ok());
    let options = SpeechOptions {
        sample_rate: sample_rate.unwrap_or(SAMPLE_RATE),
        speed: number("speed").unwrap_or(1.0),
        loudness: 1.0 + number("loudness_rate").unwrap_or_default() / 100.0,
    };
    let pcm = voice::speak_with(text, options);
    // The mock has no encoders. Compressed formats are WAV under another name, which players
    // recognize.
    Ok(match request.text("response_format") {
        "pcm" => Reply::file("audio/pcm", pcm),
        format => {
            let file = voice::wav(&pcm, options.sample_rate);
            let kind = match format {
                "wav" => "audio/wav",
                "ogg_opus" => "audio/ogg",
                _ => "audio/mpeg",
            };
            Reply::file(kind, file)
        }
    })
}

/// Returns the transcript that a test has queued, the text that the mock itself has spoken, or else
/// the length of the file.
fn transcribe(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let content = recording(request, LARGEST)?.content.clone().unwrap_or_default();
    let text = voice::recognize(context.state, &content);
    Ok(Reply::data(json!({"text": text})))
}

fn create_room(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    context.state.bots.require(request.text("bot_id"))?;
    let (voice, conversation) = (request.text("voice_id"), request.text("conversation_id"));
    if !voice.is_empty() {
        context.state.audio.voices.require("voice_id", voice)?;
    }
    if !conversation.is_empty() && context.state.conversations.get(conversation).is_none() {
        return Err(ApiError::unknown("conversation_id", conversation));
    }
    let room = format!("room_id_{}", context.id());
    let uid = match request.text("uid") {
        "" => format!("uid_{}", context.id()),
        uid => uid.to_owned(),
    };
    let token = format!("{:016x}", context.state.random.u64(..));
    Ok(Reply::data(json!({
        "uid": uid,
        "token": token,
        "app_id": "6705332c79516e0100000001",
        "room_id": room,
    })))
}

/// The API cannot start a live broadcast: only the one of the spec's example exists.
fn live(_: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    Err(ApiError::unknown("live_id", request.text("live_id")))
}
