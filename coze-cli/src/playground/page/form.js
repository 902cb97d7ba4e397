// The form of an operation, with its values as fields or as JSON.

import { json } from './controls.js';
import { button, h, setChildren } from './dom.js';
import { fieldSet } from './fields.js';
import { t } from './i18n.js';
import { paramsOf, supportsStreaming } from './model.js';
import { exampleOf } from './schema.js';
import { isRecord } from './json.js';

/** @typedef {import('./model.js').Operation} Operation */
/** @typedef {import('./api.js').State} State */
/** @typedef {import('./fields.js').FieldView} FieldView */

const PLACES = ['path', 'query', 'header', 'body', 'part'];

/**
 * @typedef {object} FormOptions
 * @property {State} state
 * @property {Record<string, unknown>} values
 * @property {boolean} stream
 * @property {boolean} asJson
 * @property {(values: Record<string, unknown>, stream: boolean) => void} changed
 * @property {(asJson: boolean) => void} switched called when the form switches to or from JSON
 */

/** @param {Operation} operation @param {FormOptions} options */
export function requestForm(operation, options) {
  const { state } = options;
  let { stream, asJson } = options;
  const changed = () => options.changed(values(), stream);
  const params = paramsOf(operation);
  const set = fieldSet(params, { changed });
  const files = params.filter((each) => each.kind === 'file').map((each) => each.wire);
  const editor = json({ changed }, '12');
  const body = h('div', { class: 'fields' });
  const summary = h('p', { class: 'form-errors', role: 'alert', hidden: true });

  /**
   * Returns only the files, or only the other values.
   * @param {Record<string, unknown>} values @param {boolean} wantFiles
   */
  const pick = (values, wantFiles) =>
    Object.fromEntries(
      Object.entries(values).filter(([name]) => files.includes(name) === wantFiles),
    );
  const values = () => {
    if (!asJson) return set.values();
    const edited = editor.value();
    return { ...(isRecord(edited) ? edited : {}), ...pick(set.values(), true) };
  };
  /** @param {Record<string, unknown>} newValues */
  const setValues = (newValues) => {
    set.set(newValues);
    editor.set(pick(newValues, false));
    summary.hidden = true;
  };
  const render = () => {
    jsonToggle.setAttribute('aria-pressed', String(asJson));
    const fields = asJson ? set.fields.filter((each) => files.includes(each.name)) : set.fields;
    setChildren(
      body,
      asJson &&
        h(
          'div',
          { class: 'field' },
          h('label', { for: editor.input, class: 'name' }, t('form.values')),
          editor.node,
        ),
      sections(operation, fields),
      !params.length && h('p', { class: 'empty' }, t('form.none')),
    );
  };
  const jsonToggle = button(
    'JSON',
    () => {
      const invalid = asJson && editor.errors().length > 0;
      if (invalid) return editor.focus();
      setValues(values());
      asJson = !asJson;
      options.switched(asJson);
      render();
    },
    { class: 'quiet small', title: t('form.as_json') },
  );

  const streaming = h('input', { type: 'checkbox', checked: stream });
  streaming.addEventListener('change', () => {
    stream = streaming.checked;
    changed();
  });
  const streamSwitch =
    operation.reply !== 'events' &&
    supportsStreaming(operation) &&
    h('label', { class: 'switch' }, streaming, h('span', null, t('form.stream')));
  /** @param {string} label @param {() => Record<string, unknown>} newValues */
  const fillButton = (label, newValues) =>
    button(
      label,
      () => {
        setValues(newValues());
        changed();
      },
      { class: 'quiet small' },
    );

  /** Shows the errors. Returns `true` if there are none. */
  const check = () => {
    const fields = asJson ? [] : set.fieldErrors();
    const missing = asJson ? missingNames() : [];
    const errors = asJson ? editor.errors() : [];
    for (const error of fields) error.show();
    const messages = [
      ...fields.map((each) => each.message),
      ...missing.map((name) => `${name}: ${t('form.required')}`),
      ...errors,
    ];
    setChildren(
      summary,
      messages.length ? t('form.errors', { n: messages.length }) : '',
      asJson ? h('span', null, messages.join(' · ')) : '',
    );
    summary.hidden = !messages.length;
    if (fields.length) fields[0].focus();
    else if (messages.length) editor.focus();
    return messages.length === 0;
  };
  const missingNames = () => {
    const current = values();
    return params
      .filter((each) => each.required && current[each.wire] === undefined)
      .map((each) => each.wire);
  };

  setValues(options.values);
  render();
  const bar = h(
    'div',
    { class: 'form-bar' },
    streamSwitch,
    h('span', { class: 'space' }),
    fillButton(t('form.example'), () => exampleOf(operation)),
    fillButton(t('form.clear'), () => ({})),
    jsonToggle,
  );
  const props = { class: 'request-form', novalidate: true, 'aria-label': t('tab.parameters') };
  const node = h('form', props, bar, summary, tokenField(state), body);
  node.addEventListener('submit', (event) => event.preventDefault());
  return {
    node,
    values,
    check,
    /** @param {Record<string, unknown>} newValues @param {boolean} streamed */
    set: (newValues, streamed) => {
      setValues(newValues);
      stream = streaming.checked = streamed;
      changed();
    },
  };
}

/** @param {Operation} operation @param {string} name */
function placeOf(operation, name) {
  const place = paramsOf(operation).find((each) => each.wire === name)?.place ?? 'body';
  return typeof place === 'object' ? 'query' : place;
}

/** Groups fields by place. @param {Operation} operation @param {FieldView[]} fields */
function sections(operation, fields) {
  return PLACES.map((place) =>
    section(
      place,
      fields.filter((each) => placeOf(operation, each.name) === place),
    ),
  );
}

/** @param {string} place @param {{node: HTMLElement}[]} fields */
function section(place, fields) {
  if (!fields.length) return null;
  return h(
    'section',
    { class: 'place', 'aria-label': t(`place.${place}`) },
    h('h3', null, t(`place.${place}`)),
    fields.map((each) => each.node),
  );
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
