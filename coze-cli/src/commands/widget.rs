//! `coze widget`: serves a page with the chat widget.

use crate::backend::BackendArgs;
use crate::cli::WidgetArgs;
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::output;
use crate::playground::Source;
use crate::widget::{Demo, WidgetPage};

pub(super) async fn run(args: &WidgetArgs, backend: &BackendArgs) -> CommandResult {
    let source = Source::of(backend)?;
    let is_mock = source == Source::Mock;
    let bot = match &args.bot {
        Some(bot) => bot.clone(),
        None if is_mock => coze_mock::state::BOT.to_owned(),
        None => {
            let message = text(
                "--bot is missing: name a bot of this API",
                "缺少 --bot：请指定该接口的智能体",
            );
            return Err(Failure::Usage(message.to_owned()));
        }
    };
    let mock_voice = || is_mock.then(|| coze_mock::state::VOICE.to_owned());
    let voice = args.voice.clone().or_else(mock_voice);
    let demo = Demo { bot, voice, origins: args.origin.clone(), is_mock };
    let backend = source.open(backend).await?;
    let page = WidgetPage::bind(args.port, backend, demo).await?;
    output::line(page.url())?;
    let url = page.base_url();
    output::status(&if is_mock {
        say!(
            "The widget calls a mock, which needs no account. Ctrl-C stops it.",
            "聊天组件调用本地 Mock，无需账号。按 Ctrl-C 停止。",
        )
    } else {
        say!("The widget calls {url}. Ctrl-C stops it.", "聊天组件调用 {url}。按 Ctrl-C 停止。")
    });
    if args.open {
        // The printed URL can be opened by hand.
        let _ = open::that_detached(page.url());
    }
    page.serve().await
}
