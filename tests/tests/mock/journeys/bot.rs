//! The lifecycle of a bot: created, changed, published, used, published again, unpublished.

use coze_api::bots::{OnboardingInfo, PromptInfo};
use coze_api::{Client, Message};
use coze_mock::state::{API_CONNECTOR, WORKSPACE};
use coze_tests::mock;
use futures_util::TryStreamExt as _;

async fn ask(coze: &Client, bot_id: &str) -> coze_api::Result<String> {
    let chat = coze.chat().create(bot_id, "visitor").message(Message::user("Hello"));
    Ok(chat.stream().await?.collect_reply().await?.text())
}

async fn listed(coze: &Client) -> Vec<String> {
    let bots = coze.bots().list(WORKSPACE).page_size(1).items();
    bots.map_ok(|bot| bot.name).try_collect().await.unwrap()
}

#[tokio::test]
async fn a_bot_is_created_published_changed_and_unpublished() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let icon = coze_api::Upload::bytes("icon.png", &b"\x89PNG"[..]);
    let icon = coze.files().upload(icon).await.unwrap();
    let draft = coze
        .bots()
        .create(WORKSPACE, "Guide")
        .icon_file_id(&icon.id)
        .prompt_info(PromptInfo::new().prompt("You know Kunming."))
        .onboarding_info(OnboardingInfo::new().prologue("Where do you want to go?"));
    let bot_id = draft.await.unwrap().bot_id;

    // A draft cannot be used.
    let error = ask(&coze, &bot_id).await.unwrap_err();
    assert_eq!(error.code(), Some(4015), "{error}");
    let error = coze.bots().retrieve(&bot_id).await.unwrap_err();
    assert_eq!(error.code(), Some(4015), "{error}");
    assert!(!listed(&coze).await.contains(&"Guide".to_owned()));

    let first = coze.bots().publish(&bot_id, [API_CONNECTOR]).await.unwrap();
    assert_eq!(first.bot_id, bot_id);
    assert!(ask(&coze, &bot_id).await.unwrap().contains("Hello"));
    assert!(listed(&coze).await.contains(&"Guide".to_owned()));
    let bot = coze.bots().retrieve(&bot_id).await.unwrap();
    assert_eq!((&*bot.name, &*bot.version), ("Guide", &*first.version));
    assert_eq!(bot.prompt_info.unwrap().prompt.unwrap(), "You know Kunming.");
    let onboarding = bot.onboarding_info.unwrap();
    assert_eq!(onboarding.prologue(), "Where do you want to go?");

    // The change has not been published yet.
    let update = coze.bots().update(&bot_id).name("City guide");
    update.description("Knows every tea house.").await.unwrap();
    let bot = coze.bots().retrieve(&bot_id).await.unwrap();
    assert_eq!(bot.name, "Guide");
    let bot = coze.bots().retrieve(&bot_id).is_published(false).await.unwrap();
    assert_eq!((&*bot.name, &*bot.description), ("City guide", "Knows every tea house."));

    let second = coze.bots().publish(&bot_id, [API_CONNECTOR]).await.unwrap();
    assert_ne!(second.version, first.version);
    let versions = coze.bots().versions().list(&bot_id).page_size(1).items();
    let versions: Vec<_> = versions.map_ok(|version| version.version).try_collect().await.unwrap();
    assert_eq!(versions.len(), 2);
    assert!(versions.contains(&first.version) && versions.contains(&second.version));
    assert!(listed(&coze).await.contains(&"City guide".to_owned()));

    let unpublish = coze.bots().unpublish(&bot_id, API_CONNECTOR);
    unpublish.unpublish_reason("It is winter.").await.unwrap();
    let error = ask(&coze, &bot_id).await.unwrap_err();
    assert_eq!(error.code(), Some(4015), "{error}");
    // Calls that failed with an API error were not retried.
    assert_eq!(server.requests_to("chat.create").len(), 3);
}
