// The ids of a response as buttons, and the dialogs that use or choose an id.

import { makeCall } from './api.js';
import { dialog } from './dialog.js';
import { button, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { chooseId, chosenIds, forgetId, KINDS, kindOf, objectsOf } from './ids.js';
import { parseJson } from './json.js';

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
 * Lists the objects that a parameter can identify. Resolves to the chosen id.
 * @param {string} name @param {Record<string, unknown>} values the values of the form
 * @param {import('./api.js').State} state
 * @returns {Promise<string | undefined>}
 */
export function pickId(name, values, state) {
  const kind = kindOf(name);
  if (!kind) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const list = h('div', { class: 'id-actions' }, h('span', { class: 'spinner' }));
    const title = t('ids.choose', { name });
    const abort = new AbortController();
    const { node, close } = dialog(
      title,
      (answer) => {
        abort.abort();
        resolve(answer || undefined);
      },
      [
        list,
        h('p', { class: 'help' }, t('ids.source', { id: kind.list })),
        h('div', { class: 'dialog-foot' }, button(t('close'), () => close(''), { class: 'quiet' })),
      ],
    );
    document.body.append(node);
    node.showModal();
    const own = Object.fromEntries(Object.entries(values).filter(([each]) => kindOf(each)));
    const ids = { ...state.defaults, ...chosenIds(), ...own };
    const workspace = ids.workspace_id ?? ids.space_id;
    const known = workspace ? { ...ids, workspace_id: workspace, space_id: workspace } : ids;
    void listObjects(kind, known, abort.signal).then((found) => {
      if (typeof found === 'string') return void setChildren(list, h('p', { class: 'field-error' }, found));
      const entries = found.map(({ id, label }) =>
        button(label ? `${label} · ${id}` : id, () => close(id), { class: 'id-choice' }),
      );
      setChildren(list, entries.length ? entries : h('p', { class: 'empty' }, t('ids.none')));
    });
  });
}

/**
 * Returns the objects of a kind, or the message of an error.
 * @param {import('./ids.js').Kind} kind @param {Record<string, unknown>} ids
 * @param {AbortSignal} signal
 */
async function listObjects(kind, ids, signal) {
  const { list, needs } = kind;
  const known = needs ? ids[needs] : undefined;
  const call = { id: list, values: needs && known ? { [needs]: known } : {}, stream: false };
  try {
    for await (const line of makeCall(call, new Map(), signal)) {
      if (line.kind === 'error') return line.message;
      if (line.kind === 'body') return objectsOf(kind, parseJson(line.text));
    }
    return [];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
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
