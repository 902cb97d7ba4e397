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

/** @param {FoundId[]} ids @param {IdActions} actions */
export function idBar(ids, actions) {
  return h(
    'div',
    { class: 'id-bar', role: 'group', 'aria-label': t('ids.label') },
    h('span', { class: 'muted' }, t('ids.label')),
    ids.map((found) =>
      button(`${found.name} ${found.id}`, () => openActions(found, actions), {
        class: 'small id-button',
        'aria-haspopup': 'dialog',
      }),
    ),
  );
}

/** @param {FoundId} found @param {IdActions} actions */
function openActions(found, { use, go, chat }) {
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
