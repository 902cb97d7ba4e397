// The view "SDK": a chat, an app or a card in a web page, and voice chats.

import { h, tabs } from './dom.js';
import { t } from './i18n.js';
import { sdkHash } from './router.js';
import { chatSdk } from './sdkchat.js';
import { realtimeSdk } from './sdkrealtime.js';
import { webSdk } from './sdkweb.js';

/**
 * @typedef {object} SdkOptions
 * @property {import('./api.js').State} state
 * @property {import('./session.js').Confirm} confirm
 * @property {Map<string, import('./model.js').Operation>} operations
 */
/** @typedef {{node: HTMLElement, leave: () => void, run?: () => void}} Pane */

export const SDK_TABS = ['chat', 'web', 'realtime'];

/** @param {string} tab @param {SdkOptions} options */
export function sdkPane(tab, options) {
  /** @type {Pane | null} */
  let pane = null;
  const makers = { chat: chatSdk, web: webSdk, realtime: realtimeSdk };
  /** @param {keyof typeof makers} id */
  const show = (id) => {
    pane?.leave();
    pane = makers[id](options);
    return pane.node;
  };
  const choice = tabs(
    [
      { id: 'chat', label: t('sdk.chat'), panel: () => show('chat') },
      { id: 'web', label: t('sdk.web'), panel: () => show('web') },
      { id: 'realtime', label: t('sdk.realtime'), panel: () => show('realtime') },
    ],
    {
      label: t('sdk.tabs'),
      selected: SDK_TABS.includes(tab) ? tab : 'chat',
      // The address names the tab, without a new view.
      onSelect: (id) => history.replaceState(null, '', sdkHash(id)),
    },
  );
  const node = h(
    'div',
    { class: 'sdk' },
    h('div', { class: 'sdk-head' }, h('h1', { tabindex: '-1' }, t('sdk.title')), choice.list),
    choice.panel,
  );
  return { node, leave: () => pane?.leave(), run: () => pane?.run?.() };
}
