//! Callback apps: created, given a URL that answers a challenge, subscribed to events.

use http::Method;
use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::callback::{self, Callback};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::ApiApp;

/// The length of an app's token in characters.
const TOKEN: usize = 32;

pub(super) fn register(all: &mut Behaviors) {
    all.on("api_apps.create", create);
    all.on("api_apps.list", list);
    all.on("api_apps.update", update);
    all.on("api_apps.delete", delete);
    all.on("api_apps.events.create", subscribe);
    all.on("api_apps.events.list", list_events);
    all.on("api_apps.events.delete", unsubscribe);
    all.route("mock.callback", Method::POST, "/mock/callbacks", deliver);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let kind = request.text("app_type");
    let connector = request.text("connector_id");
    let (name, connector_id) = match kind {
        "connector" if connector.is_empty() => {
            return Err(ApiError::field("connector_id", "an app of a channel needs one"));
        }
        // It is named after its channel.
        "connector" => (format!("Channel {connector}"), connector.to_owned()),
        _ if request.text("name").is_empty() => {
            return Err(ApiError::field("name", "a normal app needs one"));
        }
        _ => (request.text("name").to_owned(), String::new()),
    };
    let random = &mut context.state.random;
    let verify_token = (0..TOKEN).map(|_| random.alphanumeric()).collect();
    let app = ApiApp {
        id: context.id(),
        kind: kind.to_owned(),
        name,
        connector_id,
        verify_token,
        creator_id: context.caller.user_id.clone(),
        ..ApiApp::default()
    };
    let shown = app.to_json();
    context.state.api_apps.insert(app.id.clone(), app);
    Ok(Reply::data(shown))
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let kind = request.text("app_type");
    let all = context.state.api_apps.all();
    let all = all.filter(|app| kind.is_empty() || app.kind == kind).map(ApiApp::to_json);
    let all = all.collect();
    context.page(request, all)
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mut changed = find(context, request)?.clone();
    if request.has("name") && !request.text("name").is_empty() {
        request.text("name").clone_into(&mut changed.name);
    }
    let url = request.text("callback_url");
    if url.is_empty() {
        context.state.api_apps.insert(changed.id.clone(), changed);
        return Ok(Reply::empty());
    }
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(ApiError::field("callback_url", "it is not a URL"));
    }
    url.clone_into(&mut changed.callback_url);
    let challenge = format!("{:032x}", context.state.random.u128(..));
    let event = Some(json!({"challenge": challenge}));
    let shared = context.shared();
    let check = Callback::new(context.state, &shared, &changed, "url_verification", event)?;
    Ok(Reply::later(async move {
        callback::check_url(check, &challenge).await?;
        shared.with(|state| {
            let app = state.api_apps.require_mut("api_app_id", &changed.id)?;
            // Other requests may have changed the subscriptions in the meantime.
            app.name = changed.name;
            app.callback_url = changed.callback_url;
            Ok(Reply::empty())
        })
    }))
}

fn delete(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = find(context, request)?.id.clone();
    context.state.api_apps.remove(&id);
    Ok(Reply::empty())
}

fn subscribe(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let events = request.texts("event_types").into_iter().map(str::to_owned);
    find(context, request)?.events.extend(events);
    Ok(Reply::empty())
}

fn unsubscribe(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let app = find(context, request)?;
    for event in request.texts("event_types") {
        app.events.remove(event);
    }
    Ok(Reply::empty())
}

fn list_events(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let app = find(context, request)?;
    let all = app.events.iter().map(|event| {
        json!({
            "name": app.name,
            "api_app_id": app.id,
            "event_type": event,
            "description": describe(event),
        })
    });
    let all = all.collect();
    context.page(request, all)
}

fn describe(event: &str) -> &'static str {
    match event {
        "bot.published" => "A bot was published.",
        "bot.unpublished" => "A bot was removed from a channel.",
        "bot.deleted" => "A bot was deleted.",
        "benefit.usage" => "Something was used that costs credits.",
        "benefit.plugin.scale.requested" => "More calls of a plugin were applied for.",
        "benefit.plugin.scale.expired" => "Additional calls of a plugin have expired.",
        _ => "",
    }
}

fn find<'a>(context: &'a mut Context<'_>, request: &Request) -> Result<&'a mut ApiApp, ApiError> {
    context.state.api_apps.require_mut("api_app_id", request.text("api_app_id"))
}

/// Sends an event to an app on demand, even without a subscription.
fn deliver(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let app = find(context, request)?.clone();
    let event = request.value("event");
    let event = (!event.is_null()).then(|| event.clone());
    let shared = context.shared();
    let kind = request.text("event_type");
    let callback = Callback::new(context.state, &shared, &app, kind, event)?;
    Ok(Reply::later(async move { Ok(Reply::data(callback.deliver().await.to_json())) }))
}

/// Sends an event to the apps that have subscribed to it.
pub(super) fn notify(context: &mut Context<'_>, event_type: &str, event: &Value) {
    let shared = context.shared();
    let apps = context.state.api_apps.all().filter(|app| app.events.contains(event_type));
    let apps: Vec<ApiApp> = apps.cloned().collect();
    for app in apps {
        let event = Some(event.clone());
        // An app without a URL receives nothing.
        let Ok(callback) = Callback::new(context.state, &shared, &app, event_type, event) else {
            continue;
        };
        context.spawn(async move {
            callback.deliver().await;
        });
    }
}
