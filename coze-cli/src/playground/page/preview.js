// The page of a preview: it gives the options to the widget of this project, or shows a card, and
// tells the page around it what happens. Functions and elements of the options are replacements.

export const MESSAGE = 'coze-sdk-preview';

/** @typedef {{show: string, place: string, title: string, text: string}} Texts */

/** @typedef {{json: string, lang: string, theme: string, readonly: boolean, calls: string[]}} Card */

/** @type {{lang: string, options: unknown, card: Card | null, texts: Texts}} */
const settings = JSON.parse(document.body.dataset.settings ?? '{}');

/** @param {string} name @param {string} [detail] */
function report(name, detail = '') {
  if (window.parent !== window) window.parent.postMessage({ type: MESSAGE, name, detail }, location.origin);
}

/** @param {string} tag @param {Record<string, string>} attributes @param {...(Node | string)} children */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const page = /** @type {HTMLElement} */ (document.getElementById('page'));
const place = make('div', { id: 'place' });

/** Returns the options with a function or an element in place of each mark. @param {unknown} value @returns {unknown} */
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  const { $call: name, $element: isElement, result } = /** @type {Record<string, unknown>} */ (value);
  if (isElement) {
    page.append(place);
    return place;
  }
  if (typeof name !== 'string')
    return Object.fromEntries(Object.entries(value).map(([each, member]) => [each, revive(member)]));
  return () => {
    report(name, typeof result === 'boolean' ? String(result) : '');
    // The server of the preview has the token, so that any text will do here.
    return name === 'onRefreshToken' ? 'preview' : (result ?? undefined);
  };
}

function showClient() {
  const { title, text } = settings.texts;
  page.append(make('h1', {}, title), make('p', {}, text));
  const { WebChatClient } = Reflect.get(window, 'CozeWebSDK');
  const client = new WebChatClient(revive(settings.options));
  window.addEventListener('message', ({ source, origin, data }) => {
    const { type, method } = data ?? {};
    if (source !== window.parent || origin !== location.origin || type !== MESSAGE) return;
    if (['showChatBot', 'hideChatBot', 'getToken', 'destroy'].includes(method)) void client[method]();
  });
}

/** @param {Card} card */
async function showCard({ json, lang, theme, readonly, calls }) {
  const call = (/** @type {string} */ name, detail = '') => {
    if (calls.includes(name)) report(name, detail);
  };
  /** @param {string} name */
  const module = (name) => import(new URL(`modules/${name}.js`, location.href).href);
  const [{ renderCard }, { applyStyle }, { textsOf }] = await Promise.all(['card', 'style', 'texts'].map(module));
  const host = make('div', { class: 'coze-chat-sdk' });
  host.dataset.theme = theme || 'auto';
  const root = host.attachShadow({ mode: 'open' });
  applyStyle(root);
  const t = textsOf(lang === 'zh-CN' ? 'zh-CN' : 'en');
  const actions = {
    send: (/** @type {string} */ text) => call('sendMsg', text),
    openImage: (/** @type {string} */ url) => call('previewImage', url),
    isReadonly: readonly,
  };
  const frame = make('div', { class: 'widget inside preview-card', lang: lang || 'en' }, renderCard(json, t, actions));
  root.append(frame);
  page.append(host);
  call('afterRender');
  try {
    JSON.parse(json);
  } catch (error) {
    // The text of the card is shown all the same.
    call('onError', String(error));
  }
}

document.documentElement.lang = settings.lang;
report('ready');
if (settings.card) await showCard(settings.card);
else showClient();
