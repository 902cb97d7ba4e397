// The form of an operation: its values, the choice of streaming, and buttons that fill it in.

import { copyButton } from './clipboard.js';
import { button, h } from './dom.js';
import { t } from './i18n.js';
import { chosenIds, withIds } from './ids.js';
import { openIds } from './idview.js';
import { pickId } from './picker.js';
import { supportsStreaming } from './model.js';
import { apiName } from './target.js';
import { valueEditor } from './values.js';

/** @typedef {import('./model.js').Operation} Operation */
/** @typedef {import('./api.js').State} State */

/**
 * What a form shows: the values, which may have partial input, and the text of the JSON editor if
 * it is not the values. `values` are those that a call sends.
 * @typedef {{input: Record<string, unknown>, stream: boolean, text: string | undefined,
 *   values: Record<string, unknown>}} FormState
 */
/**
 * @typedef {object} FormOptions
 * @property {State} state
 * @property {Record<string, unknown>} input the values, which may have partial input
 * @property {boolean} stream
 * @property {() => Record<string, unknown>} example
 * @property {boolean} asJson
 * @property {string | undefined} text the text of the JSON editor, if it is not the values
 * @property {(form: FormState) => void} changed
 * @property {(asJson: boolean) => void} switched called when the form switches to or from JSON
 * @property {() => string | null} link returns the link to the form, if it can have one
 * @property {() => void} exported called to export the call
 */

/** @param {Operation} operation @param {FormOptions} options */
export function requestForm(operation, options) {
  let { stream } = options;
  /** @returns {FormState} */
  const state = () => ({ input: editor.input(), stream, text: editor.text(), values: editor.values() });
  const changed = () => options.changed(state());
  const editor = valueEditor(operation, {
    ...options,
    changed,
    ids: () => ({ ...options.state.defaults, ...chosenIds() }),
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
  /** The form before something replaced it. @type {FormState | null} */
  let before = null;
  /** @param {Record<string, unknown>} input @param {boolean} streamed @param {string} [text] */
  const set = (input, streamed, text) => {
    editor.set(input, text);
    stream = streaming.checked = streamed;
    changed();
  };
  /** Sets values that the user can take back. @param {Record<string, unknown>} input @param {boolean} streamed */
  const fill = (input, streamed) => {
    before = state();
    undo.hidden = false;
    set(input, streamed);
  };
  const takeBack = () => {
    if (before) set(before.input, before.stream, before.text);
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
    h(
      'div',
      { class: 'form-actions' },
      undo,
      action(t('form.example'), () => fill(options.example(), stream)),
      action(t('form.clear'), () => fill({}, stream)),
      action(t('ids.own'), () => openIds(options.state, () => fill(withIds(operation, editor.input(), chosenIds()), stream))),
      copyButton(options.link, { label: t('form.link'), failed: t('form.link.none') }),
      action(t('form.export'), options.exported),
      editor.toggle,
    ),
  );
  const props = { class: 'request-form', novalidate: true, 'aria-label': t('tab.parameters') };
  const tooLarge = h('p', { class: 'help', role: 'status', hidden: true }, t('form.not_kept'));
  const node = h('form', props, bar, editor.summary, tooLarge, tokenField(options.state), editor.node);
  node.addEventListener('submit', (event) => event.preventDefault());
  const showKept = (/** @type {boolean} */ isKept) => tooLarge.toggleAttribute('hidden', isKept);
  return { node, state, check: editor.check, set, fill, showKept };
}

/** Shows that a token is sent. The token itself stays on the local server. @param {State} state */
function tokenField(state) {
  const note =
    state.backend === 'mock' ? t('token.mock') : t('token.profile', { name: apiName(state) });
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
