// The form of an operation: its values, the choice of streaming, and buttons that fill it in.

import { copyButton } from './clipboard.js';
import { button, h } from './dom.js';
import { t } from './i18n.js';
import { chosenIds, withIds } from './ids.js';
import { openIds } from './idview.js';
import { pickId } from './picker.js';
import { supportsStreaming } from './model.js';
import { valueEditor } from './values.js';

/** @typedef {import('./model.js').Operation} Operation */
/** @typedef {import('./api.js').State} State */

/**
 * @typedef {object} FormOptions
 * @property {State} state
 * @property {Record<string, unknown>} values
 * @property {boolean} stream
 * @property {() => Record<string, unknown>} example
 * @property {boolean} asJson
 * @property {string | undefined} text the text of the JSON editor, if it is not the values
 * @property {(values: Record<string, unknown>, stream: boolean, text?: string) => void} changed
 * @property {(asJson: boolean) => void} switched called when the form switches to or from JSON
 * @property {() => string | null} link returns the link to the form, if it can have one
 * @property {() => void} exported called to export the call
 */

/** @param {Operation} operation @param {FormOptions} options */
export function requestForm(operation, options) {
  let { stream } = options;
  const changed = () => options.changed(editor.values(), stream, editor.text());
  const editor = valueEditor(operation, {
    ...options,
    changed,
    pick: (name) => pickId(name, editor.values(), options.state),
  });
  const streaming = h('input', { type: 'checkbox', checked: stream });
  streaming.addEventListener('change', () => {
    stream = streaming.checked;
    changed();
  });
  const streamSwitch =
    operation.reply !== 'events' &&
    supportsStreaming(operation) &&
    h('label', { class: 'switch' }, streaming, h('span', null, t('form.stream')));
  /** The form before something replaced it. @type {{values: Record<string, unknown>, stream: boolean} | null} */
  let before = null;
  /** @param {Record<string, unknown>} newValues @param {boolean} streamed */
  const set = (newValues, streamed) => {
    editor.set(newValues);
    stream = streaming.checked = streamed;
    changed();
  };
  /** Sets values that the user can take back. @param {Record<string, unknown>} newValues @param {boolean} streamed */
  const fill = (newValues, streamed) => {
    before = { values: editor.values(), stream };
    undo.hidden = false;
    set(newValues, streamed);
  };
  const takeBack = () => {
    if (before) set(before.values, before.stream);
    before = null;
    undo.hidden = true;
  };
  const undo = button(t('form.undo'), takeBack, { class: 'quiet small', hidden: true });
  /** @param {string} label @param {() => void} act */
  const action = (label, act) => button(label, act, { class: 'quiet small' });
  const bar = h(
    'div',
    { class: 'form-bar' },
    streamSwitch,
    h('span', { class: 'space' }),
    undo,
    action(t('form.example'), () => fill(options.example(), stream)),
    action(t('form.clear'), () => fill({}, stream)),
    action(t('ids.own'), () => openIds(options.state, () => fill(withIds(operation, editor.values(), chosenIds()), stream))),
    copyButton(options.link, { label: t('form.link'), failed: t('form.link.none') }),
    action(t('form.export'), options.exported),
    editor.toggle,
  );
  const props = { class: 'request-form', novalidate: true, 'aria-label': t('tab.parameters') };
  const node = h('form', props, bar, editor.summary, tokenField(options.state), editor.node);
  node.addEventListener('submit', (event) => event.preventDefault());
  return {
    node,
    values: editor.values,
    check: editor.check,
    set,
    fill,
  };
}

/** Shows that a token is sent. The token itself stays on the local server. @param {State} state */
function tokenField(state) {
  const note =
    state.backend === 'mock' ? t('token.mock') : t('token.profile', { name: state.profile ?? '' });
  return h(
    'div',
    { class: 'field token' },
    h(
      'div',
      { class: 'field-head' },
      h('span', { class: 'name' }, 'Authorization'),
      h('span', { class: 'star' }, '*'),
      h('span', { class: 'type' }, t('type.header')),
    ),
    h(
      'div',
      { class: 'masked' },
      h('code', null, 'Bearer ••••••••'),
      h('span', { class: 'muted' }, note),
    ),
  );
}
