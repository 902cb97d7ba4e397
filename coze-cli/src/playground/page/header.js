// The header of the page: navigation, the API that calls go to, theme and language.

import { button, h } from './dom.js';
import { language, t } from './i18n.js';
import { CHAT_HASH, GUIDE_HASH, sdkHash } from './router.js';
import { save } from './store.js';
import { targetButton } from './target.js';

export const THEMES = ['auto', 'light', 'dark'];

/**
 * @param {import('./api.js').State} state
 * @param {{menu: () => void, theme: (theme: string) => void, language: () => void}} actions
 */
export function header(state, actions) {
  return h(
    'header',
    { class: 'top' },
    skipLink(),
    button('☰', actions.menu, {
      class: 'quiet icon menu',
      'aria-label': t('menu'),
      'aria-controls': 'drawer',
      'aria-expanded': 'false',
    }),
    h(
      'span',
      { class: 'brand' },
      h('img', { src: '/assets/icon.svg', alt: '', width: '24', height: '24' }),
      h('span', { class: 'brand-name' }, 'Coze API Playground'),
    ),
    h(
      'nav',
      { class: 'nav', 'aria-label': t('nav') },
      h('a', { href: GUIDE_HASH }, t('nav.guide')),
      h('a', { href: '#/' }, t('nav.operations')),
      h('a', { href: CHAT_HASH }, t('nav.chat')),
      h('a', { href: sdkHash() }, t('nav.sdk')),
    ),
    h('span', { class: 'space' }),
    targetButton(state),
    themeChoice(actions.theme),
    button(t('language.other'), actions.language, {
      class: 'quiet language',
      lang: language() === 'zh' ? 'en' : 'zh-CN',
    }),
  );
}

function skipLink() {
  const skip = (/** @type {Event} */ event) => {
    event.preventDefault();
    const target = document.querySelector('#chat-input') ?? document.querySelector('#page h1');
    /** @type {HTMLElement | null} */ (target)?.focus();
  };
  return h('a', { class: 'skip', href: '#page', on: { click: skip } }, t('skip'));
}

/** @param {(theme: string) => void} choose */
function themeChoice(choose) {
  const theme = h(
    'select',
    { class: 'theme', 'aria-label': t('theme') },
    THEMES.map((each) => h('option', { value: each }, t(`theme.${each}`))),
  );
  theme.value = document.documentElement.dataset.theme ?? 'auto';
  theme.addEventListener('change', () => {
    choose(theme.value);
    save('theme', theme.value);
  });
  return theme;
}
