// The dialog that lists the objects which a parameter can identify.

import { makeCall } from './api.js';
import { dialog } from './dialog.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { chosenIds, hasMore, kindOf, objectsOf } from './ids.js';
import { parseJson, textAt } from './json.js';

/** @typedef {import('./ids.js').Kind} Kind */
/** @typedef {{id: string, label: string}} Entry */

/**
 * Lists the objects that a parameter can identify. Resolves to the chosen id.
 * @param {string} name @param {Record<string, unknown>} values the values of the form
 * @param {import('./api.js').State} state
 * @returns {Promise<string | undefined>}
 */
export function pickId(name, values, state) {
  const kind = kindOf(name);
  if (!kind) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const picker = new Picker(kind, listValues(kind, values, state), (id) => close(id));
    const { node, close } = dialog(
      t('ids.choose', { name }),
      (answer) => {
        picker.abort.abort();
        resolve(answer || undefined);
      },
      [
        picker.node,
        h('p', { class: 'help' }, t('ids.source', { id: kind.list })),
        h('div', { class: 'dialog-foot' }, button(t('close'), () => close(''), { class: 'quiet' })),
      ],
    );
    document.body.append(node);
    node.showModal();
    void picker.start();
  });
}

/**
 * Returns the values of the operation that lists the objects.
 * @param {Kind} kind @param {Record<string, unknown>} values
 * @param {import('./api.js').State} state
 */
function listValues({ needs }, values, state) {
  const own = Object.fromEntries(Object.entries(values).filter(([each]) => kindOf(each)));
  const ids = { ...state.defaults, ...chosenIds(), ...own };
  const workspace = ids.workspace_id ?? ids.space_id;
  /** @type {Record<string, unknown>} */
  const known = workspace ? { ...ids, workspace_id: workspace, space_id: workspace } : ids;
  return needs && known[needs] ? { [needs]: known[needs] } : {};
}

/** The entries that are loaded, a filter for them, and a button that loads the next page. */
class Picker {
  /** @param {Kind} kind @param {Record<string, unknown>} values @param {(id: string) => void} choose */
  constructor(kind, values, choose) {
    this.kind = kind;
    this.values = values;
    this.choose = choose;
    this.abort = new AbortController();
    this.page = 0;
    /** @type {Entry[]} */
    this.entries = [];
    /** The account itself, if the objects are users. @type {Entry[]} */
    this.own = [];
    this.filter = h('input', {
      type: 'search',
      id: uniqueId('filter'),
      'aria-label': t('ids.filter'),
      placeholder: t('ids.filter'),
      autocomplete: 'off',
      spellcheck: 'false',
    });
    this.list = h('div', { class: 'id-actions' });
    this.problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
    this.status = h('p', { class: 'help', role: 'status' });
    this.more = button(t('ids.more'), () => void this.load(), { class: 'small', hidden: true });
    this.node = h('div', null, this.filter, this.list, this.problem, this.status, this.more);
    this.filter.addEventListener('input', () => this.show());
    this.filter.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      const [first] = this.found();
      if (event.key !== 'Enter' || event.isComposing || !first) return;
      event.preventDefault();
      this.choose(first.id);
    });
  }

  async start() {
    await Promise.all([this.load(), this.loadOwn()]);
  }

  /** Loads the next page. */
  async load() {
    // A hidden button loses the focus.
    if (document.activeElement === this.more) this.filter.focus();
    this.more.hidden = true;
    this.problem.hidden = true;
    setChildren(this.status, h('span', { class: 'spinner' }));
    const values = { ...this.values, ...(this.page ? { page_num: this.page + 1 } : {}) };
    const reply = await request(this.kind.list, values, this.abort.signal);
    if (this.abort.signal.aborted) return;
    if ('error' in reply) {
      setChildren(this.problem, reply.error);
      this.problem.hidden = false;
      // The same page can be tried again.
      this.more.hidden = this.page === 0;
      return this.show();
    }
    const found = objectsOf(this.kind, reply.body);
    this.page += 1;
    this.entries.push(...found);
    this.more.hidden = !found.length || !hasMore(this.kind, reply.body, this.entries.length);
    this.show();
  }

  /** Loads the account itself. It is an offer only, so failures are ignored. */
  async loadOwn() {
    if (!this.kind.own) return;
    const reply = await request(this.kind.own, {}, this.abort.signal);
    if ('error' in reply) return;
    const id = textAt(reply.body, 'data', this.kind.id);
    const name = textAt(reply.body, 'data', 'nick_name') || textAt(reply.body, 'data', 'user_name');
    if (id) this.own = [{ id, label: t('ids.me', { name }) }];
    this.show();
  }

  /** Returns the entries that contain the typed text, the account itself first. */
  found() {
    const [own] = this.own;
    const all = [...this.own, ...this.entries.filter(({ id }) => id !== own?.id)];
    const text = this.filter.value.trim().toLowerCase();
    return all.filter(({ id, label }) => `${label} ${id}`.toLowerCase().includes(text));
  }

  show() {
    const found = this.found();
    setChildren(
      this.list,
      found.map(({ id, label }) =>
        button(label ? `${label} · ${id}` : id, () => this.choose(id), { class: 'id-choice' }),
      ),
    );
    const empty = this.filter.value.trim() ? t('ids.no_match') : t('ids.none');
    setChildren(this.status, found.length || !this.problem.hidden ? '' : empty);
  }
}

/**
 * Calls an operation that only reads. Returns the body, or the message of an error.
 * @param {string} id @param {Record<string, unknown>} values @param {AbortSignal} signal
 * @returns {Promise<{body: unknown} | {error: string}>}
 */
async function request(id, values, signal) {
  try {
    for await (const line of makeCall({ id, values, stream: false }, new Map(), signal)) {
      if (line.kind === 'error') return { error: line.message };
      if (line.kind === 'body') return { body: parseJson(line.text) };
    }
    return { body: null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
