// The demonstration page of the chat widget.

const TEXTS = {
  en: {
    title: 'Chat widget',
    mock: 'Runs on a mock',
    real: 'Runs on the real API',
    about: 'The chat at the right is the widget, which talks to the bot through this local server. The token stays here: neither the page nor its visitors can read it.',
    open: 'Open chat',
    language: '中文',
    theme: 'Dark',
    light: 'Light',
    code: 'The code of this page',
    server: 'The server in your own program',
  },
  'zh-CN': {
    title: '聊天组件',
    mock: '使用本地 Mock',
    real: '使用真实接口',
    about: '右侧的对话窗口就是聊天组件，它通过本地服务与智能体对话。令牌只保存在这里，网页和访客都无法读取。',
    open: '打开对话',
    language: 'English',
    theme: '深色',
    light: '浅色',
    code: '此页面的代码',
    server: '在自己的程序中提供服务',
  },
};

const settings = JSON.parse(document.body.dataset.settings || '{}');
const query = new URLSearchParams(location.search);
const language = query.get('lang') || settings.language;
const theme = query.get('theme') || 'auto';
const texts = language === 'zh-CN' ? TEXTS['zh-CN'] : TEXTS.en;
document.documentElement.lang = language === 'zh-CN' ? 'zh-CN' : 'en';
document.title = texts.title;
if (theme !== 'auto') document.documentElement.style.colorScheme = theme;

const options = {
  config: { botId: settings.bot },
  ui: {
    base: { lang: language === 'zh-CN' ? 'zh-CN' : 'en', theme },
    conversations: { isNeed: true },
    chatBot: {
      title: texts.title,
      isNeedQuote: true,
      isNeedClearContext: true,
      isNeedAddNewConversation: true,
      feedback: {
        isNeedFeedback: true,
        feedbackPanel: language === 'zh-CN'
          ? { tags: [{ label: '不准确' }, { label: '不完整' }, { label: '其他', isNeedDetail: true }] }
          : { tags: [{ label: 'Not correct' }, { label: 'Not complete' }, { label: 'Other', isNeedDetail: true }] },
      },
    },
  },
};

/** @param {string} tag @param {Record<string, string>} props @param {...(Node | string)} children */
function make(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {Record<string, string>} changes */
const address = (changes) => `?${new URLSearchParams({ lang: language, theme, ...changes })}`;

const html = `<script src="${location.origin}/widget/index.js"></script>
<script>
  new CozeWebSDK.WebChatClient(${JSON.stringify({ config: options.config }, null, 2).replace(/\n/g, '\n  ')});
</script>`;
const rust = `let options = coze_widget::WidgetOptions::new().bot("${settings.bot}");
let app = axum::Router::new().nest("/widget", coze_widget::router(client, options));`;

const open = make('button', { type: 'button', class: 'primary' }, texts.open);
/** @type {HTMLElement} */ (document.getElementById('page')).append(
  make('span', { class: 'badge' }, settings.mock ? texts.mock : texts.real),
  make('h1', {}, texts.title),
  make('p', {}, texts.about),
  make(
    'nav',
    {},
    open,
    make('a', { href: address({ lang: language === 'zh-CN' ? 'en' : 'zh-CN' }) }, texts.language),
    theme === 'dark'
      ? make('a', { href: address({ theme: 'light' }) }, texts.light)
      : make('a', { href: address({ theme: 'dark' }) }, texts.theme),
  ),
  make('h2', {}, texts.code),
  make('pre', { tabindex: '0' }, html),
  make('h2', {}, texts.server),
  make('pre', { tabindex: '0' }, rust),
);

const client = new window.CozeWebSDK.WebChatClient(options);
open.addEventListener('click', () => client.showChatBot());
if (!/Mobi/i.test(navigator.userAgent) && window.innerWidth > 900) client.showChatBot();
