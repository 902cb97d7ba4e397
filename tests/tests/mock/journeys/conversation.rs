//! A conversation about a file: uploaded, discussed, listed, changed, cleared.

use coze_api::{ContentPart, Message, MessageContentType, MessageRole, Upload};
use coze_mock::state::BOT;
use coze_tests::mock;
use futures_util::TryStreamExt as _;

#[tokio::test]
async fn a_conversation_about_a_file() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Tee & Käse \u{8336}.txt");
    std::fs::write(&path, "green;12\n".repeat(1000)).unwrap();
    let file = coze.files().upload(Upload::path(&path)).await.unwrap();
    assert_eq!((file.bytes, &*file.file_name), (9000, "Tee & Käse \u{8336}.txt"));
    assert_eq!(coze.files().retrieve(&file.id).await.unwrap(), file);

    let conversation = coze.conversations().create().bot_id(BOT).name("Tea");
    let conversation = conversation.meta_data([("table", "7")]).await.unwrap();
    let id = &conversation.id;
    let question = Message::user_parts([
        ContentPart::text("What does green tea cost?"),
        ContentPart::file_id(&file.id),
    ]);
    let chat = coze.chat().create(BOT, "me").conversation_id(id).message(question);
    let reply = chat.stream().await.unwrap().collect_reply().await.unwrap();
    assert!(!reply.text().is_empty());
    assert!(reply.usage().is_some_and(|usage| usage.token_count > 0));

    let note = coze.conversations().messages().create(
        id,
        MessageRole::User,
        "A note",
        MessageContentType::Text,
    );
    let note = note.meta_data([("by", "hand")]).await.unwrap();
    // Page by page, the newest first.
    let messages = coze.conversations().messages().list(id).limit(1).items();
    let messages: Vec<Message> = messages.try_collect().await.unwrap();
    let [newest, answer, asked] = &messages[..] else { panic!("{messages:#?}") };
    assert_eq!(newest.id, note.id);
    assert_eq!(answer.content, reply.text());
    let parts = asked.parts().unwrap();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].file_id, file.id);

    let update = coze.conversations().messages().update(id, &note.id);
    update.content("Another note").await.unwrap();
    let changed = coze.conversations().messages().retrieve(id, &note.id).await.unwrap();
    assert_eq!(changed.content, "Another note");
    coze.conversations().messages().delete(id, &note.id).await.unwrap();
    let gone = coze.conversations().messages().retrieve(id, &note.id).await;
    assert_eq!(gone.unwrap_err().code(), Some(4200));

    let renamed = coze.conversations().update(id, "Green tea").await.unwrap();
    assert_eq!(renamed.name, "Green tea");
    let section = coze.conversations().clear(id).await.unwrap();
    assert_ne!(section.id, conversation.last_section_id);
    let mut all = coze.conversations().list(BOT).page_size(1).items();
    assert_eq!(all.try_next().await.unwrap().unwrap().name, "Green tea");
    coze.conversations().delete(id).await.unwrap();
    let gone = coze.conversations().retrieve(id).await.unwrap_err();
    assert_eq!(gone.code(), Some(4200));
}

#[tokio::test]
async fn a_second_question_must_wait_for_the_first_answer() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let id = coze.conversations().create().bot_id(BOT).await.unwrap().id;
    let ask = |text: &str| {
        coze.chat().create(BOT, "me").conversation_id(&id).message(Message::user(text))
    };
    let chat = ask("Who are you?").await.unwrap();
    let error = ask("And now?").await.unwrap_err();
    assert_eq!(error.code(), Some(4016), "{error}");
    let canceled = coze.chat().cancel(&chat.conversation_id, &chat.id).await.unwrap();
    assert_eq!(canceled.status, coze_api::ChatStatus::Canceled);
    let reply = ask("And now?").stream().await.unwrap().collect_reply().await.unwrap();
    assert!(reply.text().contains("And now?"), "{}", reply.text());
}
