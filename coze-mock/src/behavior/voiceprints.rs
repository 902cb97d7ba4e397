//! Groups of voiceprints, and speaker identification.

use serde_json::{Value, json};

use super::audio::recording;
use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Voiceprint, VoiceprintGroup};

/// The maximum size of a recording in bytes.
const LARGEST: u64 = 4 << 20;

/// The maximum number of groups.
const GROUPS: usize = 1000;

pub(super) fn register(all: &mut Behaviors) {
    all.on("audio.voiceprint_groups.create", create_group);
    all.on("audio.voiceprint_groups.list", list_groups);
    all.on("audio.voiceprint_groups.update", update_group);
    all.on("audio.voiceprint_groups.delete", delete_group);
    all.on("audio.voiceprint_groups.speaker_identify", identify);
    all.on("audio.voiceprint_groups.features.create", create);
    all.on("audio.voiceprint_groups.features.list", list);
    all.on("audio.voiceprint_groups.features.update", update);
    all.on("audio.voiceprint_groups.features.delete", delete);
}

fn create_group(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    if context.state.audio.groups.all().len() >= GROUPS {
        return Err(ApiError::bad_request("there can be at most 1,000 groups"));
    }
    let (id, now) = (context.id(), context.now());
    let group = VoiceprintGroup {
        id: id.clone(),
        name: request.text("name").to_owned(),
        description: request.text("desc").to_owned(),
        creator_id: context.caller.user_id.clone(),
        created_at: now,
        updated_at: now,
        ..VoiceprintGroup::default()
    };
    context.state.audio.groups.insert(&id, group);
    Ok(Reply::data(json!({"id": id})))
}

fn list_groups(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (name, user) = (request.text("name"), request.text("user_id"));
    // The group of the example does not exist, and must not hide the others.
    let id =
        Some(request.text("group_id")).filter(|id| !context.is_example(id)).unwrap_or_default();
    let all = context.state.audio.groups.all().filter(|group| {
        group.name.starts_with(name)
            && (user.is_empty() || group.creator_id == user)
            && (id.is_empty() || group.id == id)
    });
    let all = all.map(|group| {
        json!({
            "id": group.id,
            "desc": group.description,
            "name": group.name,
            "icon_url": "https://example.com/voiceprints/group.png",
            "user_info": user_info(&group.creator_id),
            "created_at": group.created_at,
            "updated_at": group.updated_at,
            "feature_count": group.features.all().len(),
        })
    });
    let all = all.collect();
    context.page(request, all)
}

fn user_info(user: &str) -> Value {
    json!({
        "id": user,
        "name": format!("user{user}"),
        "nickname": format!("User {user}"),
        "avatar_url": format!("https://example.com/users/{user}.png"),
    })
}

fn update_group(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let group = find(context, request)?;
    if request.has("name") {
        request.text("name").clone_into(&mut group.name);
    }
    if request.has("desc") {
        request.text("desc").clone_into(&mut group.description);
    }
    group.updated_at = now;
    Ok(Reply::empty())
}

fn delete_group(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = find(context, request)?.id.clone();
    context.state.audio.groups.remove(&id);
    Ok(Reply::empty())
}

/// Scores a recording: 100 for that of the voiceprint itself, less for any other, and always the
/// same.
fn identify(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let recording = recording(request, LARGEST)?;
    let group = find(context, request)?;
    let mut scores: Vec<_> = group
        .features
        .all()
        .map(|feature| (score(&feature.sha256, &recording.sha256), feature))
        .collect();
    scores.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let best = request.integer("top_k").and_then(|count| usize::try_from(count).ok());
    scores.truncate(best.unwrap_or(usize::MAX));
    let scores: Vec<_> = scores
        .into_iter()
        .map(|(score, feature)| {
            json!({
                "score": score,
                "feature_id": feature.id,
                "feature_desc": feature.description,
                "feature_name": feature.name,
            })
        })
        .collect();
    Ok(Reply::data(json!({"feature_score_list": scores})))
}

fn score(a: &str, b: &str) -> f64 {
    if a == b {
        return 100.0;
    }
    let alike = a.bytes().zip(b.bytes()).filter(|(a, b)| a == b).count();
    // The number of equal digits out of 64.
    f64::from(u8::try_from(alike).unwrap_or(u8::MAX)) * 100.0 / 65.0
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let sha256 = recording(request, LARGEST)?.sha256.clone();
    let (id, now) = (context.id(), context.now());
    let creator_id = context.caller.user_id.clone();
    let group = find(context, request)?;
    let feature = Voiceprint {
        id: id.clone(),
        name: request.text("name").to_owned(),
        description: request.text("desc").to_owned(),
        sha256,
        creator_id,
        created_at: now,
        updated_at: now,
    };
    group.features.insert(&id, feature);
    Ok(Reply::data(json!({"id": id})))
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let group = find(context, request)?;
    let all = group.features.all().map(|feature| {
        json!({
            "id": feature.id,
            "desc": feature.description,
            "name": feature.name,
            "group_id": group.id,
            "icon_url": "https://example.com/voiceprints/feature.png",
            "audio_url": format!("https://example.com/voiceprints/{}.wav", feature.id),
            "user_info": user_info(&feature.creator_id),
            "created_at": feature.created_at,
            "updated_at": feature.updated_at,
        })
    });
    let all = all.collect();
    context.page(request, all)
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let sha256 = match request.file("file") {
        Some(_) => Some(recording(request, LARGEST)?.sha256.clone()),
        None => None,
    };
    let now = context.now();
    let id = request.text("feature_id");
    let feature = find(context, request)?.features.require_mut("feature_id", id)?;
    if request.has("name") {
        request.text("name").clone_into(&mut feature.name);
    }
    if request.has("desc") {
        request.text("desc").clone_into(&mut feature.description);
    }
    feature.sha256 = sha256.unwrap_or_else(|| feature.sha256.clone());
    feature.updated_at = now;
    Ok(Reply::data(json!({"id": feature.id})))
}

fn delete(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("feature_id");
    let group = find(context, request)?;
    match group.features.remove(id) {
        Some(_) => Ok(Reply::empty()),
        None => Err(ApiError::unknown("feature_id", id)),
    }
}

fn find<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut VoiceprintGroup, ApiError> {
    context.state.audio.groups.require_mut("group_id", request.text("group_id"))
}
