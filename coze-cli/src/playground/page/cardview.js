// Cards in the chat, which the widget of this project shows as far as their format is known.

import { createPreview, deletePreview } from './api.js';
import { h, setChildren } from './dom.js';
import { language } from './i18n.js';
import { indentJson, isJson } from './json.js';
import { fillWithText } from './text.js';

/**
 * @typedef {object} CardModules
 * @property {(json: string, t: unknown, actions: {send: (text: string) => void,
 *   openImage: (url: string) => void}) => HTMLElement} renderCard
 * @property {(root: ShadowRoot) => void} applyStyle
 * @property {(language: string) => unknown} textsOf
 */

/** @type {Promise<CardModules> | undefined} */
let modules;

/** Loads the modules of the widget. Its server has them at the address of a preview. */
async function loadModules() {
  const { id, url } = await createPreview({ card: { json: '{}', lang: '', theme: '', readonly: false, calls: [] } });
  try {
    const names = ['card', 'style', 'texts'];
    const all = await Promise.all(names.map((name) => import(new URL(`${url}modules/${name}.js`, location.href).href)));
    return /** @type {CardModules} */ (Object.assign({}, ...all));
  } finally {
    deletePreview(id).catch(() => {});
  }
}

/** Returns `true` if the JSON of a card is complete. @param {string} json */
export const isCard = (json) => isJson(json);

/**
 * Shows a card. Until the modules are loaded, and if they cannot be, its JSON is shown.
 * @param {string} json @param {(text: string) => void} send sends the text of a choice
 */
export function cardView(json, send) {
  const code = h('code', null);
  fillWithText(code, indentJson(json));
  const host = h('div', { class: 'chat-card' }, h('pre', { tabindex: '0' }, code));
  modules ??= loadModules();
  modules.then(
    ({ renderCard, applyStyle, textsOf }) => {
      const shadowHost = h('div', { dataset: { theme: document.documentElement.dataset.theme ?? 'auto' } });
      const root = shadowHost.attachShadow({ mode: 'open' });
      applyStyle(root);
      const lang = language() === 'zh' ? 'zh-CN' : 'en';
      const openImage = (/** @type {string} */ url) => void window.open(url, '_blank', 'noopener');
      const card = renderCard(json, textsOf(lang), { send, openImage });
      root.append(h('div', { class: 'widget inside', lang }, card));
      setChildren(host, shadowHost);
    },
    () => {
      modules = undefined;
    },
  );
  return host;
}
