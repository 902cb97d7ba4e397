// The page: loads the state and the model, and shows the view of the current URL.

import { fetchModel, fetchState, ServerError } from './api.js';
import { chatPane } from './chat.js';
import { confirmation } from './confirm.js';
import { Conversation } from './conversation.js';
import { button, h, setChildren } from './dom.js';
import { language, preferredLanguage, setLanguage, t, titleOf } from './i18n.js';
import { findKey, forgetKey } from './key.js';
import { operationList } from './list.js';
import { loadModel } from './model.js';
import { operationView } from './operation.js';
import { CHAT_HASH, operationHash, parse } from './router.js';
import { exampleOf } from './schema.js';
import { Session } from './session.js';
import { load, save } from './store.js';

/** @typedef {import('./history.js').RunRecord} RunRecord */
/**
 * @typedef {object} View
 * @property {HTMLElement} node
 * @property {() => void} leave called before another view is shown
 * @property {() => void} [run]
 * @property {(record: RunRecord) => void} [fillIn]
 */

const THEMES = ['auto', 'light', 'dark'];

/** @param {string} theme */
function setTheme(theme) {
  document.documentElement.dataset.theme = THEMES.includes(theme) ? theme : 'auto';
}

/** @param {string} selector */
function focus(selector) {
  /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();
}

/**
 * Handles global keyboard shortcuts.
 * @param {{run: () => void, menu: (open: boolean) => void}} actions
 */
function listenToKeys({ run, menu }) {
  document.addEventListener('keydown', (event) => {
    const typing =
      event.target instanceof Element && event.target.closest('input, textarea, select, dialog');
    if (
      event.key === 'Enter' &&
      (event.ctrlKey || event.metaKey) &&
      !document.querySelector('dialog[open]')
    ) {
      event.preventDefault();
      run();
    } else if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      menu(true);
    } else if (event.key === 'Escape') menu(false);
  });
}

/** Marks the current view in the navigation. @param {HTMLElement} root @param {boolean} chat */
function markCurrent(root, chat) {
  for (const link of root.querySelectorAll('.nav a')) {
    if ((link.getAttribute('href') === CHAT_HASH) === chat)
      link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/**
 * Opens or closes the list where it is a drawer.
 * @param {HTMLElement} root @param {boolean} open
 */
function toggleDrawer(root, open) {
  /** @type {HTMLElement | null} */
  const opener = root.querySelector('.menu');
  const left =
    !open &&
    root.classList.contains('menu-open') &&
    root.querySelector('.drawer')?.contains(document.activeElement);
  root.classList.toggle('menu-open', open);
  opener?.setAttribute('aria-expanded', String(open));
  // Where the opener is visible, closing hides the list together with the focused element.
  if (left && opener?.checkVisibility()) opener.focus();
}

/**
 * @param {HTMLElement} root @param {import('./api.js').State} state
 * @param {import('./model.js').Operation[]} operations
 */
function start(root, state, operations) {
  const byId = new Map(operations.map((each) => [each.id, each]));
  /** @type {Map<string, Session>} */
  const sessions = new Map();
  const confirm = confirmation(state.profile ?? '');
  const conversation = new Conversation(state, confirm);
  /** @type {View | null} */
  let view = null;
  let query = '';
  let list = makeList();
  const page = h('main', { class: 'page', id: 'page' });

  function makeList() {
    return operationList(operations, {
      query,
      platform: state.platform,
      onQuery: (text) => {
        query = text;
      },
      onOpen: () => menu(false),
    });
  }
  /** @param {string} code */
  const resolve = (code) => (byId.has(code) ? operationHash(code) : null);
  /** @param {string} id */
  const sessionOf = (id) => {
    const operation = /** @type {import('./model.js').Operation} */ (byId.get(id));
    const session = sessions.get(id) ?? new Session(operation, exampleOf(operation));
    sessions.set(id, session);
    return session;
  };
  /** @param {import('./history.js').RunRecord} record @param {boolean} run */
  const replay = (record, run) => {
    if (!byId.has(record.operation)) return;
    if (sessionOf(record.operation) !== currentSession) {
      history.pushState(null, '', operationHash(record.operation));
      route();
    }
    view?.fillIn?.(record);
    if (run) view?.run?.();
  };
  /** @type {Session | null} */
  let currentSession = null;
  const route = () => {
    const to = parse(location.hash);
    view?.leave();
    currentSession = null;
    if (to.view === 'chat') {
      view = chatPane(conversation);
      document.title = `${t('nav.chat')} · Coze API Playground`;
    } else {
      const requested = to.view === 'operation' ? to.id : load('last', '');
      if (to.view === 'operation' && !byId.has(to.id)) return showUnknown(to.id);
      currentSession = sessionOf(byId.has(requested) ? requested : operations[0].id);
      save('last', currentSession.operation.id);
      view = operationView(currentSession, { state, confirm, resolve, replay });
      document.title = `${titleOf(currentSession.operation)} · Coze API Playground`;
    }
    setChildren(page, view.node);
    page.scrollTop = 0;
    list.select(currentSession?.operation.id ?? '');
    markCurrent(root, to.view === 'chat');
  };
  /** @param {string} id */
  const showUnknown = (id) => {
    view = null;
    setChildren(page, h('p', { class: 'empty', role: 'alert' }, t('list.unknown', { id })));
  };
  /** @param {boolean} open */
  const menu = (open) => {
    toggleDrawer(root, open);
    if (open) list.focus();
  };
  const render = () => {
    list = makeList();
    setChildren(
      root,
      header(state, {
        menu: () => menu(!root.classList.contains('menu-open')),
        language: async () => {
          setLanguage(language() === 'zh' ? 'en' : 'zh');
          save('language', language());
          // The names of the page change even if the local server does not respond.
          await fetchModel().then(loadModel, () => {});
          render();
          focus('.language');
        },
      }),
      h(
        'div',
        { class: 'body' },
        h('div', { class: 'drawer', id: 'drawer' }, list.node),
        h('div', { class: 'veil', on: { click: () => menu(false) } }),
        page,
      ),
    );
    route();
  };
  listenToKeys({ run: () => view?.run?.(), menu });
  window.addEventListener('hashchange', route);
  render();
}

/**
 * @param {import('./api.js').State} state
 * @param {{menu: () => void, language: () => void}} actions
 */
function header(state, actions) {
  const theme = h(
    'select',
    { class: 'theme', 'aria-label': t('theme') },
    THEMES.map((each) => h('option', { value: each }, t(`theme.${each}`))),
  );
  theme.value = document.documentElement.dataset.theme ?? 'auto';
  theme.addEventListener('change', () => {
    setTheme(theme.value);
    save('theme', theme.value);
  });
  const mock = state.backend === 'mock';
  return h(
    'header',
    { class: 'top' },
    h(
      'a',
      {
        class: 'skip',
        href: '#page',
        on: {
          click: (event) => {
            event.preventDefault();
            focus('#page h1, #chat-input');
          },
        },
      },
      t('skip'),
    ),
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
      h('a', { href: '#/' }, t('nav.operations')),
      h('a', { href: CHAT_HASH }, t('nav.chat')),
    ),
    h('span', { class: 'space' }),
    h(
      'span',
      { class: `backend ${mock ? 'mock' : 'live'}`, title: state.base_url },
      mock ? t('backend.mock') : t('backend.profile', { name: state.profile ?? '' }),
    ),
    theme,
    button(t('language.other'), actions.language, {
      class: 'quiet language',
      lang: language() === 'zh' ? 'en' : 'zh-CN',
    }),
  );
}

/** Explains how to open the page with its key. */
function showLocked() {
  forgetKey();
  setChildren(
    root,
    h(
      'main',
      { class: 'locked', role: 'alert' },
      h('h1', null, t('locked.title')),
      h('p', null, t('locked.why')),
      h('p', null, t('locked.what')),
      h('pre', null, 'coze playground'),
    ),
  );
}

// Opening the printed URL in a tab of the page changes only the fragment.
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#key=')) location.reload();
});
setTheme(load('theme', 'auto'));
setLanguage(load('language', preferredLanguage()));
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
try {
  if (await findKey()) {
    const [state, model] = await Promise.all([fetchState(), fetchModel()]);
    start(root, state, loadModel(model));
  } else showLocked();
} catch (error) {
  if (error instanceof ServerError && error.status === 401) showLocked();
  else
    setChildren(
      root,
      h(
        'p',
        { class: 'fatal', role: 'alert' },
        t('fatal', { why: error instanceof Error ? error.message : String(error) }),
      ),
    );
}
root.removeAttribute('aria-busy');
