//! Voices, speech and voiceprints.

use coze_api::Upload;

use super::{Sample, file, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("audio_transcriptions", 0, |coze| {
        value(coze.audio().transcriptions().create(Upload::bytes("jay.MP3", "example")))
    }),
    ("clone_voices", 0, |coze| {
        value(
            coze.audio()
                .voices()
                .clone_voice("jay", Upload::bytes("jay.MP3", "example"), "mp3")
                .preview_text("Text 1"),
        )
    }),
    ("create_room", 0, |coze| value(coze.audio().rooms().create("7348293334459311234"))),
    ("create_voiceprint", 0, |coze| {
        value(
            coze.audio()
                .voiceprint_groups()
                .features()
                .create("75143038117378123", Upload::bytes("test_1.wav", "example"), "Text 1")
                .desc("Text 1"),
        )
    }),
    ("create_voiceprint_group", 0, |coze| {
        value(coze.audio().voiceprint_groups().create("Text 1").desc("Text 1"))
    }),
    ("delete_voiceprint", 0, |coze| {
        value(
            coze.audio()
                .voiceprint_groups()
                .features()
                .delete("751198840854621234", "751199564415311234"),
        )
    }),
    ("delete_voiceprint_group", 0, |coze| {
        value(coze.audio().voiceprint_groups().delete("75097754823261234"))
    }),
    ("identify_voiceprint", 0, |coze| {
        value(
            coze.audio()
                .voiceprint_groups()
                .speaker_identify("751386497718912345", Upload::bytes("test_3.wav", "example")),
        )
    }),
    ("list_voiceprint", 0, |coze| {
        value(
            coze.audio()
                .voiceprint_groups()
                .features()
                .list("7511988408546279468")
                .page_num(1)
                .page_size(10),
        )
    }),
    ("list_voiceprint_group", 0, |coze| {
        value(
            coze.audio()
                .voiceprint_groups()
                .list()
                .page_num(1)
                .page_size(10)
                .group_id("7511988408546279468"),
        )
    }),
    ("list_voices", 0, |coze| {
        value(
            coze.audio()
                .voices()
                .list()
                .filter_system_voice(false)
                .model_type("big")
                .page_num(1)
                .page_size(100),
        )
    }),
    ("text_to_speech", 0, |coze| {
        file(coze.audio().speech().create("Text 1", "742894123456789").response_format("wav"))
    }),
    ("update_voiceprint", 0, |coze| {
        value(
            coze.audio()
                .voiceprint_groups()
                .features()
                .update("751198840854627123", "75119956441528123")
                .file(Upload::bytes("test_1.wav", "example"))
                .name("Text 1")
                .desc("Text 1"),
        )
    }),
    ("update_voiceprint_group", 0, |coze| {
        value(
            coze.audio()
                .voiceprint_groups()
                .update("7513864977188123")
                .name("Text 1")
                .desc("Text 1"),
        )
    }),
];
