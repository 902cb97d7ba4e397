//! `coze serve`: bots, chatflows and workflows behind an OpenAI-compatible endpoint.

use std::net::{IpAddr, SocketAddr};

use coze_mock::state::BOT;
use coze_serve::openai::{self, Endpoint, Model};
use tokio::net::TcpListener;

use crate::backend::{Backend, BackendArgs};
use crate::cli::ServeArgs;
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::program::PROGRAM;
use crate::{output, secrets, server};

pub(super) async fn run(args: ServeArgs, backend: &BackendArgs) -> CommandResult {
    let models = models(&args, backend.mock)?;
    let keys = keys(&args.api_key);
    check_access(args.host, &keys)?;
    let Backend { client, mock: _mock } = backend.open().await?;
    let names = models.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let mut endpoint = Endpoint::new(client).default_user_id(args.user);
    for key in &keys {
        endpoint = endpoint.api_key(key);
    }
    for (name, model) in models {
        endpoint = endpoint.model(name, model);
    }
    let (listener, url) = listen(SocketAddr::new(args.host, args.port)).await?;
    let stop = server::shutdown_signal();
    output::line(&format!("{url}/v1"))?;
    let key = if keys.is_empty() { text("any text", "任意文本") } else { "COZE_SERVE_API_KEY" };
    let note = say!(
        "use this as the base URL of OpenAI clients, with the API key {key} and the model {names}; \
         Ctrl-C stops it",
        "请将此地址设为 OpenAI 客户端的 base URL，API 密钥为 {key}，模型为 {names}；按 Ctrl-C 停止",
    );
    output::note(text("serve", "服务"), &note)?;
    let router = endpoint.router().fallback(openai::not_found);
    server::serve_until(listener, router, stop).await;
    Ok(())
}

/// Returns the keys that are set, which are hidden in all output.
pub(super) fn keys(given: &[String]) -> Vec<&str> {
    let keys: Vec<&str> = given.iter().map(|key| key.trim()).collect();
    let keys: Vec<&str> = keys.into_iter().filter(|key| !key.is_empty()).collect();
    for key in &keys {
        secrets::register(key);
    }
    keys
}

/// Refuses to serve other machines without a key.
pub(super) fn check_access(host: IpAddr, keys: &[&str]) -> CommandResult {
    if !keys.is_empty() || host.is_loopback() {
        return Ok(());
    }
    Err(Failure::Usage(say!(
        "other machines need an API key to connect: set COZE_SERVE_API_KEY to a secret of your \
         choice",
        "其他机器需要 API 密钥才能连接：请将 COZE_SERVE_API_KEY 设为自定义的密钥",
    )))
}

/// Listens on an address, and returns its URL.
pub(super) async fn listen(address: SocketAddr) -> Result<(TcpListener, String), Failure> {
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.map_err(|error| Failure::cannot_listen(&address.to_string(), &error))?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// Returns the models that the arguments name; by default the bot of the mock.
fn models(args: &ServeArgs, is_mock: bool) -> Result<Vec<(String, Model)>, Failure> {
    let mut models = Vec::new();
    for bot in &args.bot {
        let (name, id) = named(bot)?;
        models.push((name.to_owned(), Model::bot(id)));
    }
    for chatflow in &args.chatflow {
        let (name, id, bot) = with_runner(chatflow)?;
        models.push((name, Model::chatflow_of_bot(id, bot)));
    }
    for chatflow in &args.app_chatflow {
        let (name, id, app) = with_runner(chatflow)?;
        models.push((name, Model::chatflow_of_app(id, app)));
    }
    for workflow in &args.workflow {
        let (name, model) = if workflow.contains('@') {
            let (name, id, app) = with_runner(workflow)?;
            (name, Model::workflow_of_app(id, app))
        } else {
            let (name, id) = named(workflow)?;
            (name.to_owned(), Model::workflow(id))
        };
        models.push((name, model.input_parameter(&args.input_parameter)));
    }
    if models.is_empty() && is_mock {
        models.push(("bot".to_owned(), Model::bot(BOT)));
    }
    if models.is_empty() {
        return Err(Failure::Usage(say!(
            "name at least one model with --bot, --chatflow, --app-chatflow or --workflow; \
             `{PROGRAM} call bots.list` lists bots",
            "请用 --bot、--chatflow、--app-chatflow 或 --workflow 指定至少一个模型；\
             `{PROGRAM} call bots.list` 可列出智能体",
        )));
    }
    let variable = args.system_variable.as_ref();
    let models = models.into_iter().map(|(name, model)| match variable {
        Some(variable) => (name, model.system_variable(variable)),
        None => (name, model),
    });
    Ok(models.collect())
}

/// Splits `NAME=ID`; the name of `ID` is the ID.
fn named(model: &str) -> Result<(&str, &str), Failure> {
    let (name, id) = model.split_once('=').unwrap_or((model, model));
    if name.is_empty() || id.is_empty() {
        return Err(invalid(model, "NAME=ID"));
    }
    Ok((name, id))
}

/// Splits `NAME=ID@RUNNER`; the name of `ID@RUNNER` is the ID.
fn with_runner(model: &str) -> Result<(String, &str, &str), Failure> {
    let (name, target) = named(model)?;
    match target.split_once('@') {
        Some((id, runner)) if !id.is_empty() && !runner.is_empty() => {
            let name = if model.contains('=') { name } else { id };
            Ok((name.to_owned(), id, runner))
        }
        _ => Err(invalid(model, "NAME=ID@RUNNER")),
    }
}

fn invalid(model: &str, form: &str) -> Failure {
    Failure::Usage(say!("{model} must have the form {form}", "{model} 的格式应为 {form}"))
}
