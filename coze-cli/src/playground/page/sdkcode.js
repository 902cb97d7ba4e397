// The code of the platform's SDKs for web pages: what it is at first, the page around it, and what
// a preview can do with it.

import { language } from './i18n.js';
import { API_CHANNEL } from './ids.js';
import { Code } from './literal.js';
import { writeValue } from './literaledit.js';

/** @typedef {'chat' | 'app' | 'project' | 'card' | 'realtime'} Sdk */

export const PLACEHOLDER = 'YOUR_TOKEN';

/** The calls that get the options. @type {Record<Sdk, string[]>} */
export const CALLS = {
  chat: ['WebChatClient'],
  app: ['AppWebSDK'],
  project: ['cozeWebSDK\\.init'],
  card: ['WebCardRuntime'],
  realtime: ['RealtimeClient'],
};

/** @type {Record<Sdk, string>} */
const HEADS = {
  chat: 'const client = new CozeWebSDK.WebChatClient(',
  app: 'const client = new CozeWebSDK.AppWebSDK(',
  project: 'const client = cozeWebSDK.init(',
  card: 'const card = new WebCardRuntime(',
  realtime: 'const client = new RealtimeClient(',
};

const CDN = 'https://lf-cdn.coze.cn/obj/unpkg';
const CHAT_SDK = `${CDN}/flow-platform/chat-app-sdk/1.2.0-beta.20/libs/cn`;

/** The scripts of the platform. @type {Record<Sdk, string>} */
export const SCRIPTS = {
  chat: `${CHAT_SDK}/index.js`,
  app: `${CDN}/flow-platform/builder-web-sdk/0.1.0/dist/umd/index.js`,
  project: `${CDN}/latest/coze/web-sdk/dist/js-umd/index.min.js`,
  card: `${CHAT_SDK}/ui.js`,
  // The file of the npm package for script elements, which contains all that it needs.
  realtime: 'https://cdn.jsdelivr.net/npm/@coze/realtime-api@1/dist/umd/index.js',
};

/** The script of the widget, where the program of the user serves it. */
export const LOCAL_SCRIPT = '/widget/index.js';

/** Returns the page of the documentation. @param {Sdk} sdk */
export function docOf(sdk) {
  const pages = {
    chat: 'install_web_sdk',
    app: 'ui_builder_web_sdk',
    project: 'vibe_coding_websdk',
    card: 'card_sdk',
    realtime: 'streaming_chat_api',
  };
  return `https://docs.coze.cn/developer_guides/${pages[sdk]}`;
}

/** Returns the code at first. @param {Sdk} sdk @param {Record<string, string>} ids */
export function initialCode(sdk, ids) {
  const isChinese = language() === 'zh';
  const lang = isChinese ? 'zh-CN' : 'en';
  const refresh = new Code(`async () => '${PLACEHOLDER}'`);
  const options = {
    chat: {
      config: { type: 'bot', botId: ids.bot_id ?? '' },
      auth: { type: 'token', token: PLACEHOLDER, onRefreshToken: refresh },
      userInfo: { id: 'user-1', nickname: isChinese ? '小林' : 'Ling' },
      ui: {
        base: { lang },
        chatBot: { title: isChinese ? '问一问' : 'Ask us', uploadable: true },
        footer: {
          expressionText: isChinese ? '由 {{us}} 提供' : 'Powered by {{us}}',
          linkvars: { us: { text: isChinese ? '我们的网站' : 'our site', link: 'https://example.com' } },
        },
      },
    },
    app: { token: PLACEHOLDER, appId: ids.app_id ?? '', container: '#app' },
    project: { projectId: '', container: '#app', refreshToken: refresh, theme: 'light' },
    card: {
      el: new Code("document.querySelector('#app')"),
      runtimeOptions: { dsl: exampleCard(isChinese), lang },
    },
    realtime: { accessToken: PLACEHOLDER, botId: ids.bot_id ?? '', connectorId: API_CHANNEL, turnDetection: { type: 'server_vad' } },
  };
  return codeOf(sdk, writeValue(options[sdk]));
}

/** @param {boolean} isChinese */
function exampleCard(isChinese) {
  return {
    type: 'card',
    title: isChinese ? '喝什么茶？' : 'Which tea?',
    content: isChinese ? '今天有两种茶。' : 'There are two today.',
    options: isChinese ? ['绿茶', '红茶'] : ['Green tea', 'Black tea'],
  };
}

/** Returns the code around options. @param {Sdk} sdk @param {string} options */
export function codeOf(sdk, options) {
  return `${HEADS[sdk]}${options});\n`;
}

// Members whose names end with "token", and texts that look like tokens.
const MEMBER = /((?:\b|["'])\w*token["']?\s*:\s*)(["'`])((?:\\.|(?!\2)[^\\])*)\2/gi;
const TOKEN = /\b(?:pat|sat|cztei|czs)_[\w-]{8,}|\beyJ[\w-]{8,}(?:\.[\w-]+){1,2}/g;

/** Returns code in which placeholders replace all tokens. @param {string} code */
export function withoutTokens(code) {
  return code
    .replace(MEMBER, (all, name, mark, value) => (value ? `${name}${mark}${PLACEHOLDER}${mark}` : all))
    .replace(TOKEN, PLACEHOLDER);
}

/**
 * Returns a page with options. The pages for the platform's script and for the widget differ only
 * in the address of the script.
 * @param {Sdk} sdk @param {string} options @param {string} script
 */
export function htmlOf(sdk, options, script) {
  // The end of a script would be found inside of a string as well.
  const code = withoutTokens(codeOf(sdk, options)).replaceAll(/<(?=\/script|!--)/gi, '\\x3c');
  const place = sdk === 'chat' ? '' : '  <div id="app"></div>\n';
  const body = sdk === 'realtime' ? realtimeBody(code, script) : `${place}  <script src="${script}"></script>
  <script>
${code}  </script>`;
  return `<!doctype html>
<html lang="${language() === 'zh' ? 'zh-CN' : 'en'}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Coze</title>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Returns a body with two buttons, because browsers give the microphone to the user's clicks. @param {string} code @param {string} script */
function realtimeBody(code, script) {
  const isChinese = language() === 'zh';
  return `  <button id="start" type="button">${isChinese ? '开始' : 'Start'}</button>
  <button id="end" type="button">${isChinese ? '结束' : 'End'}</button>
  <p id="state" role="status"></p>
  <script src="${script}"></script>
  <script>
const { RealtimeClient } = CozeRealtimeApi;
const show = (text) => { document.getElementById('state').textContent = text; };
const fail = (error) => show(error.message);
${code}client.on('client.*', (name) => show(name));
client.on('server.*', (name, event) => console.log(name, event));
document.getElementById('start').onclick = () => client.connect().catch(fail);
document.getElementById('end').onclick = () => client.disconnect().catch(fail);
  </script>`;
}

// The functions and elements for which a preview has a replacement.
const CALLBACKS = new Set([
  'auth.onRefreshToken',
  'ui.chatBot.onShow',
  'ui.chatBot.onHide',
  'ui.chatBot.onBeforeShow',
  'ui.chatBot.onBeforeHide',
]);
const ELEMENTS = new Set(['el', 'ui.chatBot.el']);
/** The server of a preview has the credentials, and its own address. */
const LEFT_OUT = new Set(['auth.token', 'config.baseUrl', 'config.sdk_verify_token']);

/** Returns what a function always returns, if that is obvious. @param {string} source */
function constantOf(source) {
  const [, value] = /^(?:async\s*)?\(\)\s*=>\s*(true|false)$/.exec(source.trim()) ?? [];
  return value ? value === 'true' : null;
}

/**
 * Returns options as JSON values, in which marks stand for functions and elements, and the names of
 * the options that a preview leaves out.
 * @param {unknown} options
 */
export function previewOptions(options) {
  /** @type {string[]} */
  const skipped = [];
  /** @param {unknown} value @param {string} path @returns {unknown} */
  const convert = (value, path) => {
    if (path === 'config.baseUrl' && value) skipped.push(path);
    if (LEFT_OUT.has(path)) return undefined;
    if (value instanceof Code) {
      if (CALLBACKS.has(path)) return { $call: path.split('.').at(-1), result: constantOf(value.source) };
      if (ELEMENTS.has(path)) return { $element: true };
      skipped.push(path);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((each, at) => convert(each, `${path}.${at}`) ?? null);
    if (typeof value !== 'object' || value === null) return value;
    const inner = (/** @type {string} */ name) => (path ? `${path}.${name}` : name);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, convert(each, inner(name))]));
  };
  return { options: convert(options, ''), skipped };
}
