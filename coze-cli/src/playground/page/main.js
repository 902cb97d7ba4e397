// The page: loads the state and the model, and shows the view of the current URL.

import { fetchDetails, fetchOperations, fetchSearchTexts, fetchState, ServerError } from './api.js';
import { chatPane } from './chat.js';
import { confirmation } from './confirm.js';
import { Conversation } from './conversation.js';
import { h, setChildren } from './dom.js';
import { guidePane } from './guide.js';
import { header, THEMES } from './header.js';
import { language, preferredLanguage, setLanguage, t, titleOf } from './i18n.js';
import { chooseId, chosenIds, withChosenIds, withIds } from './ids.js';
import { bringsKey, findKey, forgetKey } from './key.js';
import { operationList } from './list.js';
import { linkedForm } from './link.js';
import { addDetails, groupOf, hasDetails, loadList } from './model.js';
import { operationView } from './operation.js';
import { CHAT_HASH, GUIDE_HASH, operationHash, parse, sdkHash } from './router.js';
import { exampleOf } from './schema.js';
import { sdkPane } from './sdk.js';
import { Session } from './session.js';
import { setDescriptions } from './search.js';
import { load, openStore, save, scopeStore } from './store.js';
import { scopeOf, watchTarget } from './target.js';

/** @typedef {import('./history.js').RunRecord} RunRecord */
/** @typedef {import('./model.js').Operation} Operation */
/**
 * @typedef {object} View
 * @property {HTMLElement} node
 * @property {() => void} leave called before another view is shown
 * @property {() => void} [run]
 * @property {(record: RunRecord) => void} [fillIn]
 * @property {(values: Record<string, unknown>) => void} [replace]
 * @property {(form: import('./link.js').LinkedForm) => void} [link]
 */

/** @param {string} theme */
function setTheme(theme) {
  document.documentElement.dataset.theme = THEMES.includes(theme) ? theme : 'auto';
}

/** @param {string} title */
function setTitle(title) {
  document.title = `${title} · Coze API Playground`;
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

/** Marks the current view in the navigation. @param {HTMLElement} root @param {string} hash */
function markCurrent(root, hash) {
  for (const link of root.querySelectorAll('.nav a')) {
    if (link.getAttribute('href') === hash) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/** Returns `true` if the list is a drawer: on narrow screens, and without its pin. @param {HTMLElement} root */
function isDrawer(root) {
  return root.classList.contains('list-hidden') || matchMedia('(max-width: 760px)').matches;
}

/**
 * Opens or closes the list where it is a drawer.
 * @param {HTMLElement} root @param {boolean} open
 */
function toggleDrawer(root, open) {
  /** @type {HTMLElement | null} */
  const opener = root.querySelector('.menu');
  const hides = !open && isDrawer(root);
  const hidesFocus = hides && root.querySelector('.drawer')?.contains(document.activeElement);
  root.classList.toggle('menu-open', open);
  opener?.setAttribute('aria-expanded', String(!hides));
  if (hidesFocus) opener?.focus();
}

const LIST_HIDDEN = 'list.hidden';

/** The page: its header, the list of operations, and the current view. */
class App {
  /**
   * @param {HTMLElement} root @param {import('./api.js').State} state
   * @param {Operation[]} operations
   */
  constructor(root, state, operations) {
    this.root = root;
    this.state = state;
    this.operations = operations;
    this.byId = new Map(operations.map((each) => [each.id, each]));
    /** @type {Map<string, Session>} */
    this.sessions = new Map();
    this.confirm = confirmation(state);
    this.conversation = new Conversation(state, this.confirm, this.byId);
    /** @type {View | null} */
    this.view = null;
    /** @type {Session | null} */
    this.session = null;
    this.query = '';
    this.list = this.makeList();
    this.page = h('main', { class: 'page', id: 'page' });
    listenToKeys({ run: () => this.view?.run?.(), menu: (open) => this.openMenu(open) });
    window.addEventListener('hashchange', () => void this.route());
    /** Counts the views, because a later one may be ready before an earlier one. */
    this.views = 0;
  }

  makeList() {
    return operationList(this.operations, {
      query: this.query,
      platform: this.state.platform,
      onQuery: (text) => {
        this.query = text;
      },
      onOpen: () => this.openMenu(false),
      onPin: () => this.hideList(!this.root.classList.contains('list-hidden')),
    });
  }

  /** Shows everything in the current language. */
  async render() {
    this.list = this.makeList();
    setChildren(
      this.root,
      header(this.state, {
        menu: () => this.toggleMenu(),
        theme: setTheme,
        language: () => this.switchLanguage(),
      }),
      h(
        'div',
        { class: 'body' },
        h('div', { class: 'drawer', id: 'drawer' }, this.list.node),
        h('div', { class: 'veil', on: { click: () => this.openMenu(false) } }),
        this.page,
      ),
    );
    if (!matchMedia('(max-width: 760px)').matches) this.hideList(load(LIST_HIDDEN, false));
    await this.route();
    this.loadSearch();
  }

  /** Loads the texts for the search, which nothing else waits for. */
  loadSearch() {
    const load = async () => {
      setDescriptions(await fetchSearchTexts());
      if (this.query.trim()) this.list.render();
    };
    // Without them, the search finds titles, ids and paths.
    load().catch(() => {});
  }

  async switchLanguage() {
    setLanguage(language() === 'zh' ? 'en' : 'zh');
    save('language', language());
    // The names of the page change even if the local server does not respond.
    await fetchOperations().then(loadList, () => {});
    await this.render();
    focus('.language');
  }

  /** Shows the view of the current URL. */
  async route() {
    const to = parse(location.hash);
    const listed = to.view === 'operation' || to.view === 'start';
    const operation = listed ? this.byId.get(this.idOf(to)) : undefined;
    this.views += 1;
    const current = this.views;
    const problem = operation && (await this.loadDetails(operation.id));
    if (current !== this.views) return;
    this.view?.leave();
    this.view = null;
    this.session = null;
    if (to.view === 'chat') this.showChat();
    else if (to.view === 'guide') this.showGuide();
    else if (to.view === 'sdk') this.showSdk(to.tab);
    else if (problem) this.showMessage(problem);
    else if (operation) this.showOperation(operation);
    else this.showMessage(t('list.unknown', { id: this.idOf(to) }));
    if (to.view === 'operation' && to.query) this.openLink(to.id, to.query);
    this.page.scrollTop = 0;
    const shown = /** @type {Session | null} */ (this.session);
    this.list.select(shown?.operation.id ?? '');
    const links = { chat: CHAT_HASH, guide: GUIDE_HASH, sdk: sdkHash(), operation: '#/', start: '#/' };
    markCurrent(this.root, links[to.view]);
  }

  /** Returns the operation of a route. @param {import('./router.js').Route} to */
  idOf(to) {
    if (to.view === 'operation') return to.id;
    const last = load('last', '');
    return this.byId.has(last) ? last : this.operations[0].id;
  }

  /** Loads the details of an operation. Returns a message if that is not possible. @param {string} id */
  async loadDetails(id) {
    if (hasDetails(id)) return '';
    try {
      addDetails(await fetchDetails(id));
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Fills in the form of a link, which is removed from the address. @param {string} id @param {string} query */
  openLink(id, query) {
    const form = linkedForm(query);
    if (form) this.view?.link?.(form);
    history.replaceState(null, '', operationHash(id));
  }

  showChat() {
    this.view = chatPane(this.conversation, {
      state: this.state,
      go: (id, values) => void this.go(id, values),
    });
    setTitle(t('nav.chat'));
    setChildren(this.page, this.view.node);
  }

  showGuide() {
    this.view = guidePane({
      state: this.state,
      operations: this.byId,
      confirm: this.confirm,
      go: (id, values) => void this.go(id, values),
      chat: (bot) => this.chatWith(bot),
    });
    setTitle(t('nav.guide'));
    setChildren(this.page, this.view.node);
  }

  /** @param {string} tab */
  showSdk(tab) {
    const { state, confirm, byId: operations } = this;
    this.view = sdkPane(tab, { state, confirm, operations });
    setTitle(t('nav.sdk'));
    setChildren(this.page, this.view.node);
  }

  /** @param {Operation} operation */
  showOperation(operation) {
    this.session = this.sessionOf(operation);
    save('last', this.session.operation.id);
    this.view = operationView(this.session, {
      state: this.state,
      confirm: this.confirm,
      resolve: (code) => (this.byId.has(code) ? operationHash(code) : null),
      replay: (record, run) => void this.replay(record, run),
      example: (operation) => this.example(operation),
      ids: {
        use: (found) => this.useId(found),
        go: (id, values, run) => void this.go(id, values, run),
        chat: (bot) => this.chatWith(bot),
      },
    });
    setTitle(titleOf(this.session.operation));
    setChildren(this.page, this.view.node);
  }

  /** @param {string} message */
  showMessage(message) {
    setTitle(message);
    setChildren(this.page, h('div', { class: 'notice', role: 'alert' }, h('h1', null, message)));
  }

  /** @param {Operation} operation */
  sessionOf(operation) {
    const session = this.sessions.get(operation.id) ?? new Session(operation, () => this.initial(operation));
    this.sessions.set(operation.id, session);
    return session;
  }

  /** Returns the initial values of a form. A real API does not have the objects of examples. */
  initial(/** @type {Operation} */ operation) {
    return this.state.backend === 'mock'
      ? this.example(operation)
      : withIds(operation, {}, chosenIds());
  }

  /**
   * Returns the example of an operation, with parents that the mock has and with the objects that
   * the user has chosen, so that a list shows what another example has created.
   * @param {Operation} operation
   */
  example(operation) {
    const { workspace_id, bot_id } = this.state.defaults;
    const group = groupOf(operation);
    // The members of examples belong to other workspaces.
    const shared = workspace_id && group !== 'workspaces';
    /** @type {Record<string, string>} */
    const existing = shared ? { workspace_id, space_id: workspace_id } : {};
    // The examples of conversations have several bots and channels; 1024 is the API.
    if (shared && group === 'conversations') Object.assign(existing, { bot_id, connector_id: '1024' });
    const example = withIds(operation, exampleOf(operation), existing);
    return withChosenIds(operation, example);
  }

  /** Uses an id in all forms. @param {import('./ids.js').FoundId} found */
  useId(found) {
    chooseId(found);
    const ids = chosenIds();
    for (const session of this.sessions.values()) {
      session.replaceInput(withIds(session.operation, session.input, ids));
    }
    const { session } = this;
    if (session) this.view?.replace?.(withIds(session.operation, session.input, ids));
  }

  /** Opens an operation with values, and may run it. @param {string} id @param {Record<string, unknown>} values */
  async go(id, values, run = false) {
    history.pushState(null, '', operationHash(id));
    await this.route();
    const known = Object.entries(values).filter(([, value]) => value !== undefined);
    if (known.length) this.view?.replace?.(Object.fromEntries(known));
    focus('#page h1');
    if (run) this.view?.run?.();
  }

  /** @param {string} bot */
  chatWith(bot) {
    this.conversation.reset();
    this.conversation.bot = bot;
    this.conversation.keep();
    location.hash = CHAT_HASH;
  }

  /** Fills in the values of a record, and runs them. @param {RunRecord} record @param {boolean} run */
  async replay(record, run) {
    const operation = this.byId.get(record.operation);
    if (!operation) return;
    if (operation !== this.session?.operation) {
      history.pushState(null, '', operationHash(operation.id));
      await this.route();
    }
    this.view?.fillIn?.(record);
    if (run) this.view?.run?.();
  }

  /** Opens or closes the list where it is a drawer. @param {boolean} open */
  openMenu(open) {
    toggleDrawer(this.root, open);
    if (open) this.list.focus();
  }

  /** Opens or closes the list. Where it is a pinned column, it becomes a drawer. */
  toggleMenu() {
    if (isDrawer(this.root)) this.openMenu(!this.root.classList.contains('menu-open'));
    else this.hideList(true);
  }

  /**
   * Makes the list a drawer, or a column if the screen is wide, until the user changes that.
   * @param {boolean} hidden
   */
  hideList(hidden) {
    this.root.classList.toggle('list-hidden', hidden);
    toggleDrawer(this.root, false);
    this.list.setPinned(!hidden);
    save(LIST_HIDDEN, hidden);
  }
}

/** Explains how to open the page with its key. */
function showLocked() {
  forgetKey();
  setChildren(
    root,
    h(
      'main',
      { class: 'locked' },
      h(
        'div',
        { role: 'alert' },
        h('h1', null, t('locked.title')),
        h('p', null, t('locked.why')),
        h('p', null, t('locked.what')),
        h('pre', null, 'coze playground'),
      ),
    ),
  );
}

/** Loads what every view needs, in the language of the user. */
async function start() {
  const [state, , list] = await Promise.all([fetchState(), openStore(), fetchOperations()]);
  scopeStore(scopeOf(state));
  watchTarget(state);
  setTheme(load('theme', 'auto'));
  const kept = load('language', preferredLanguage());
  if (kept === language()) return { state, list };
  setLanguage(kept);
  return { state, list: await fetchOperations() };
}

// Opening the printed URL in a tab of the page changes only the fragment.
window.addEventListener('hashchange', () => {
  if (bringsKey()) location.reload();
});
setLanguage(preferredLanguage());
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
try {
  if (await findKey()) {
    const { state, list } = await start();
    await new App(root, state, loadList(list)).render();
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
