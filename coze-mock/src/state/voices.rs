//! Voices, and the voiceprints by which speakers are recognized.

use super::Table;

/// A voice of the system that every server has.
pub const VOICE: &str = "7426720361732000001";

/// Voices and voiceprints.
#[derive(Clone, Debug)]
pub struct Audio {
    /// System voices and cloned voices.
    pub voices: Table<Voice>,
    /// Groups of voiceprints.
    pub groups: Table<VoiceprintGroup>,
}

/// A voice.
#[derive(Clone, Debug, Default)]
pub struct Voice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `true` for a voice of the system.
    pub system: bool,
    /// `big` or `small`.
    pub model: String,
    /// Its language, for example `zh`.
    pub language: String,
    /// The text of its preview.
    pub preview_text: String,
    /// The emotions with which it can speak.
    pub emotions: Vec<String>,
    /// The workspace in which it was cloned; empty for a voice of the system.
    pub workspace_id: String,
    /// The number of trainings left.
    pub trainings: u32,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last training, in Unix seconds.
    pub updated_at: i64,
}

/// A group of voiceprints.
#[derive(Clone, Debug, Default)]
pub struct VoiceprintGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// The user who created it.
    pub creator_id: String,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
    /// Its voiceprints.
    pub features: Table<Voiceprint>,
}

/// A voiceprint.
#[derive(Clone, Debug, Default)]
pub struct Voiceprint {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The speaker.
    pub description: String,
    /// The SHA-256 of the recording.
    pub sha256: String,
    /// The user who created it.
    pub creator_id: String,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
}

impl Audio {
    pub(super) fn new(now: i64) -> Self {
        let system = [
            (VOICE, "Gentle girl", "zh", "big", &["happy", "sad", "neutral"][..]),
            ("7426720361732000002", "Cheerful boy", "zh", "big", &[]),
            ("7426720361732000003", "Storyteller", "en", "small", &[]),
        ];
        let mut voices = Table::default();
        for (id, name, language, model, emotions) in system {
            let voice = Voice {
                id: id.to_owned(),
                name: name.to_owned(),
                system: true,
                model: model.to_owned(),
                language: language.to_owned(),
                preview_text: "Hello!".to_owned(),
                emotions: emotions.iter().map(|emotion| (*emotion).to_owned()).collect(),
                created_at: now,
                updated_at: now,
                ..Voice::default()
            };
            voices.insert(id, voice);
        }
        Self { voices, groups: Table::default() }
    }
}
