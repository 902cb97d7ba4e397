// The ids of a response as buttons, and the dialogs that use and show ids.

import { dialog } from './dialog.js';
import { button, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { chooseId, chosenIds, forgetId, KINDS, kindOf } from './ids.js';
import { pickId } from './picker.js';

/** @typedef {import('./ids.js').FoundId} FoundId */
/**
 * @typedef {object} IdActions
 * @property {(found: FoundId) => void} use uses an id in all forms
 * @property {(operation: string, values: Record<string, unknown>, run?: boolean) => void} go opens
 *   an operation with values, and may run it
 * @property {(bot: string) => void} chat
 */

/** The number of ids that are shown before the user asks for the others. */
const MAX_SHOWN = 8;

/** The ids in a response as buttons. */
export class IdBar {
  /** @param {IdActions} actions */
  constructor(actions) {
    this.actions = actions;
    /** @type {Set<string>} */
    this.known = new Set();
    this.buttons = h('span', { class: 'id-buttons' });
    this.showsAll = false;
    this.more = button('', () => this.showAll(), { class: 'quiet small', hidden: true });
    this.node = h(
      'div',
      { class: 'id-bar', role: 'group', 'aria-label': t('ids.label'), hidden: true },
      h('span', { class: 'muted' }, t('ids.label')),
      this.buttons,
      this.more,
    );
  }

  /** Adds ids that are not in the bar. @param {FoundId[]} ids */
  add(ids) {
    for (const found of ids) {
      const label = `${found.name} ${found.id}`;
      if (this.known.has(label)) continue;
      this.known.add(label);
      this.buttons.append(
        button(label, () => openActions(found, this.actions), {
          class: 'small id-button',
          'aria-haspopup': 'dialog',
          hidden: !this.showsAll && this.known.size > MAX_SHOWN,
        }),
      );
    }
    this.node.hidden = this.known.size === 0;
    const n = this.showsAll ? 0 : this.known.size - MAX_SHOWN;
    this.more.hidden = n <= 0;
    setChildren(this.more, t('ids.show_all', { n }));
  }

  showAll() {
    this.showsAll = true;
    this.more.hidden = true;
    for (const each of this.buttons.children) each.removeAttribute('hidden');
  }

  clear() {
    this.known.clear();
    this.showsAll = false;
    setChildren(this.buttons);
    this.node.hidden = this.more.hidden = true;
  }
}

/** Asks what to do with an id. @param {FoundId} found @param {IdActions} actions */
export function openActions(found, { use, go, chat }) {
  const { name, id } = found;
  const kind = kindOf(name);
  /** @param {() => void} act */
  const then = (act) => () => {
    close('yes');
    act();
  };
  const { open } = kind ?? {};
  const { node, close } = dialog(`${name} = ${id}`, () => {}, [
    h(
      'div',
      { class: 'id-actions' },
      button(t('ids.use'), then(() => use(found)), { class: 'primary' }),
      open && button(t('ids.open', { id: open }), then(() => go(open, { [name]: id }))),
      name === 'bot_id' && button(t('ids.chat'), then(() => chat(id))),
    ),
    h('p', { class: 'help' }, t('ids.use.help')),
    h('div', { class: 'dialog-foot' }, button(t('close'), () => close('no'), { class: 'quiet' })),
  ]);
  document.body.append(node);
  node.showModal();
}

/**
 * Shows the ids that all forms are filled with, and lets the user choose and forget them.
 * @param {import('./api.js').State} state @param {() => void} changed called after a choice
 */
export function openIds(state, changed) {
  const list = h('ul', { class: 'targets' });
  const { node, close } = dialog(t('ids.own.title'), () => {}, [
    h('p', { class: 'help' }, t('ids.own.help')),
    list,
    h('div', { class: 'dialog-foot' }, button(t('close'), () => close('no'), { class: 'quiet' })),
  ]);
  /** @param {import('./ids.js').Kind} kind @param {string | undefined} id */
  const apply = (kind, id) => {
    if (id) chooseId({ name: kind.names[0], id });
    else forgetId(kind);
    changed();
    render();
  };
  const render = () => setChildren(list, KINDS.map((kind) => ownId(kind, state, apply)));
  render();
  document.body.append(node);
  node.showModal();
}

/**
 * @param {import('./ids.js').Kind} kind @param {import('./api.js').State} state
 * @param {(kind: import('./ids.js').Kind, id: string | undefined) => void} apply
 */
function ownId(kind, state, apply) {
  const [name] = kind.names;
  const id = chosenIds()[name];
  const choose = async () => {
    const chosen = await pickId(name, {}, state);
    if (chosen) apply(kind, chosen);
  };
  return h(
    'li',
    null,
    h('code', { class: 'name' }, name),
    h('code', { class: 'muted' }, id ?? t('ids.own.none')),
    h('span', { class: 'space' }),
    id &&
      button(t('ids.own.forget'), () => apply(kind, undefined), {
        class: 'quiet small',
        'aria-label': `${t('ids.own.forget')} ${name}`,
      }),
    button(t('form.choose'), () => void choose(), {
      class: 'small',
      'aria-label': `${t('form.choose')} ${name}`,
    }),
  );
}
