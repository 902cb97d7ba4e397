//! Knowledge bases.

use coze_api::datasets;

use super::{Sample, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("create_dataset", 0, |coze| {
        value(
            coze.datasets()
                .create("Text 1", "7311219484398791234", datasets::DocumentFormat::Image)
                .description("Text 1")
                .file_id("7446678469381451234"),
        )
    }),
    ("create_knowledge_files", 0, |coze| {
        value(
            coze.datasets().documents().create(
                "7363569245306941234",
                [datasets::DocumentBase::new(
                    "Coze.pdf",
                    datasets::DocumentSourceInfo::new()
                        .file_base64("5rWL6K+V5LiA5LiL5ZOm")
                        .file_type("pdf"),
                )],
                datasets::ChunkStrategy::new()
                    .chunk_type(datasets::ChunkType::Custom)
                    .separator("\n\n")
                    .max_tokens(800)
                    .remove_extra_spaces(false)
                    .remove_urls_emails(false),
            ),
        )
    }),
    ("create_knowledge_files", 1, |coze| {
        value(
            coze.datasets().documents().create(
                "7363569245306945580",
                [datasets::DocumentBase::new(
                    "Text 1",
                    datasets::DocumentSourceInfo::new()
                        .web_url("163.com")
                        .document_source(datasets::DocumentSource::WebPage),
                )
                .update_rule(
                    datasets::DocumentUpdateRule::new()
                        .update_type(datasets::DocumentUpdateType::Automatic)
                        .update_interval(24),
                )],
                datasets::ChunkStrategy::new()
                    .chunk_type(datasets::ChunkType::Custom)
                    .separator("\n\n")
                    .max_tokens(800)
                    .remove_extra_spaces(false)
                    .remove_urls_emails(false),
            ),
        )
    }),
    ("create_knowledge_files", 2, |coze| {
        value(
            coze.datasets()
                .documents()
                .create(
                    "7446322655646591234",
                    [
                        datasets::DocumentBase::new(
                            "test1",
                            datasets::DocumentSourceInfo::new()
                                .document_source(datasets::DocumentSource::UploadedFile)
                                .source_file_id("7446678469381451234"),
                        ),
                        datasets::DocumentBase::new(
                            "test2",
                            datasets::DocumentSourceInfo::new()
                                .document_source(datasets::DocumentSource::UploadedFile)
                                .source_file_id("7446678469381451234"),
                        ),
                    ],
                    datasets::ChunkStrategy::new().caption_type(datasets::CaptionType::Automatic),
                )
                .format_type(datasets::DocumentFormat::Image),
        )
    }),
    ("delete_dataset", 0, |coze| value(coze.datasets().delete("7446689358658301234"))),
    ("delete_knowdge_files", 0, |coze| value(coze.datasets().documents().delete(["123"]))),
    ("get_dataset_progress", 0, |coze| {
        value(
            coze.datasets()
                .process("7446322655646591234", ["7442585813587123", "7442585813668123"]),
        )
    }),
    ("get_images", 0, |coze| {
        value(
            coze.datasets()
                .images()
                .list("7446329741668041234")
                .page_num(1)
                .page_size(5)
                .keyword("Text 1")
                .has_caption(true),
        )
    }),
    ("list_dataset", 0, |coze| {
        value(coze.datasets().list("7311219484398791234").name("Text 1").page_num(1).page_size(5))
    }),
    ("list_knowledge_files", 0, |coze| {
        value(coze.datasets().documents().list("7363569245306941234").page(0).size(10))
    }),
    ("modify_knowledge_files", 0, |coze| {
        value(
            coze.datasets().documents().update("7386942056030101234").document_name("cozeoverview"),
        )
    }),
    ("update_dataset", 0, |coze| {
        value(
            coze.datasets()
                .update("7446322655646591234", "Text 1")
                .file_id("74466784693814123")
                .description("Text 2"),
        )
    }),
    ("update_image_caption", 0, |coze| {
        value(coze.datasets().images().update(
            "7446322655646591234",
            "7446670805219111234",
            "Text 1",
        ))
    }),
];
