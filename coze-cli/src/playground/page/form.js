// The form of an operation: its fields by place, examples, and the same values as JSON.

import { json } from './controls.js';
import { button, fill, h } from './dom.js';
import { fieldSet } from './fields.js';
import { t } from './i18n.js';
import { paramsOf, streams } from './model.js';
import { exampleOf } from './schema.js';
import { isRecord } from './wire.js';

/** @typedef {import('./model.js').Operation} Operation */
/** @typedef {import('./api.js').State} State */

const PLACES = ['path', 'query', 'header', 'body', 'part'];

/**
 * @param {Operation} operation
 * @param {{state: State, values: Record<string, unknown>, stream: boolean, asJson: boolean,
 *   changed: (values: Record<string, unknown>, stream: boolean) => void, switched: (asJson: boolean) => void}} options
 */
export function requestForm(operation, options) {
  const { state } = options;
  let { stream, asJson } = options;
  const changed = () => options.changed(values(), stream);
  const params = paramsOf(operation);
  const set = fieldSet(params, { changed });
  const files = params.filter((each) => each.kind === 'file').map((each) => each.wire);
  const editor = json({ changed }, '12');
  const body = h('div', { class: 'fields' });
  const summary = h('p', { class: 'problems', role: 'alert', hidden: true });

  /** @param {Record<string, unknown>} values @param {boolean} chosen those that are files, or those that are not */
  const pick = (values, chosen) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => files.includes(name) === chosen));
  const values = () => {
    if (!asJson) return set.values();
    const given = editor.value();
    return { ...(isRecord(given) ? given : {}), ...pick(set.values(), true) };
  };
  /** @param {Record<string, unknown>} given */
  const put = (given) => {
    set.set(given);
    editor.set(pick(given, false));
    summary.hidden = true;
  };
  const show = () => {
    modes.setAttribute('aria-pressed', String(asJson));
    const fields = asJson ? set.fields.filter((each) => files.includes(each.name)) : set.fields;
    const sections = PLACES.map((place) =>
      section(
        place,
        fields.filter((each) => placeOf(operation, each.name) === place),
      ),
    );
    fill(
      body,
      asJson &&
        h(
          'div',
          { class: 'field' },
          h('label', { for: editor.input, class: 'name' }, t('form.values')),
          editor.node,
        ),
      sections,
      !params.length && h('p', { class: 'empty' }, t('form.none')),
    );
  };
  const modes = button(
    'JSON',
    () => {
      const flawed = asJson && editor.flaws().length > 0;
      if (flawed) return editor.focus();
      put(values());
      asJson = !asJson;
      options.switched(asJson);
      show();
    },
    { class: 'quiet small', title: t('form.as_json') },
  );

  const streaming = h('input', {
    type: 'checkbox',
    checked: stream,
    on: {
      change: () => {
        stream = streaming.checked;
        changed();
      },
    },
  });
  const streamed =
    operation.reply !== 'events' &&
    streams(operation) &&
    h('label', { class: 'switch' }, streaming, h('span', null, t('form.stream')));

  /** Shows what is wrong; whether nothing is. */
  const check = () => {
    const fields = asJson ? [] : set.problems();
    const missing = asJson ? missingNames() : [];
    const flaws = asJson ? editor.flaws() : [];
    for (const problem of fields) problem.show();
    const messages = [
      ...fields.map((each) => each.message),
      ...missing.map((name) => `${name}: ${t('form.required')}`),
      ...flaws,
    ];
    fill(
      summary,
      messages.length ? t('form.problems', { n: messages.length }) : '',
      asJson ? h('span', null, messages.join(' · ')) : '',
    );
    summary.hidden = !messages.length;
    if (fields.length) fields[0].focus();
    else if (messages.length) editor.focus();
    return messages.length === 0;
  };
  const missingNames = () => {
    const given = values();
    return params
      .filter((each) => each.required && given[each.wire] === undefined)
      .map((each) => each.wire);
  };

  put(options.values);
  show();
  const node = h(
    'form',
    {
      class: 'request-form',
      novalidate: true,
      'aria-label': t('tab.parameters'),
      on: { submit: (/** @type {Event} */ event) => event.preventDefault() },
    },
    h(
      'div',
      { class: 'form-bar' },
      streamed,
      h('span', { class: 'space' }),
      button(
        t('form.example'),
        () => {
          put(exampleOf(operation));
          changed();
        },
        { class: 'quiet small' },
      ),
      button(
        t('form.clear'),
        () => {
          put({});
          changed();
        },
        { class: 'quiet small' },
      ),
      modes,
    ),
    summary,
    token(state),
    body,
  );
  return {
    node,
    values,
    check,
    /** @param {Record<string, unknown>} given @param {boolean} streams */
    set: (given, streams) => {
      put(given);
      stream = streaming.checked = streams;
      changed();
    },
  };
}

/** @param {Operation} operation @param {string} name */
function placeOf(operation, name) {
  const place = paramsOf(operation).find((each) => each.wire === name)?.place ?? 'body';
  return typeof place === 'object' ? 'query' : place;
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

/** The token is never here: it stays with the local server. @param {State} state */
function token(state) {
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
      h('span', { class: 'type' }, 'header'),
    ),
    h(
      'div',
      { class: 'masked' },
      h('code', null, 'Bearer ••••••••'),
      h('span', { class: 'muted' }, note),
    ),
  );
}
