// Form controls for single values: text, numbers, enumerations, secrets, files and JSON.

import { checkLength, checkNumber } from './check.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { size, t } from './i18n.js';
import { exactInteger, parseExact, stringifyExact } from './json.js';
import { findMistake, lineAndColumn } from './jsonmistake.js';
import { controlKind, variantsOf } from './model.js';
import { PartialInput } from './partial.js';

/**
 * A control for one value. The value `undefined` is not sent.
 * @typedef {object} Control
 * @property {HTMLElement} node
 * @property {string} [input] the id of the element for the label
 * @property {() => unknown} value
 * @property {(value: unknown) => void} set sets a value, or partial input
 * @property {() => unknown} [state] what `set` takes to show the same; by default, the value
 * @property {() => string[]} errors errors of the value itself
 * @property {() => FieldError[]} fieldErrors errors of nested fields
 * @property {() => void} focus
 */
/**
 * An error of a field. `show` displays the message at the field.
 * @typedef {{message: string, show: () => void, focus: () => void}} FieldError
 */
/**
 * @typedef {object} Context
 * @property {() => void} changed
 * @property {(name: string) => Promise<string | undefined>} [pick] lists the objects of an id
 */
/** @typedef {import('./model.js').Field & {example?: unknown}} Param */

const LONG_TEXT_NAME = /content|prompt|description|prologue|^input$|text/;

/**
 * Creates the control for a scalar.
 * @param {Param} parameter @param {Context} context @returns {Control}
 */
export function scalar(parameter, context) {
  const variants = variantsOf(parameter.kind);
  if (variants.length) return choice(parameter, variants, context);
  switch (controlKind(parameter.kind)) {
    case 'boolean':
      return choice(parameter, [{ value: true }, { value: false }], context);
    case 'integer':
    case 'number':
      return number(parameter, context);
    case 'file':
      return file(context);
    case 'string':
      return text(parameter, context);
    default:
      return json(context);
  }
}

/**
 * @param {HTMLElement} input @param {() => unknown} value @param {(value: unknown) => void} set
 * @param {() => string[]} [check]
 * @returns {Control}
 */
function control(input, value, set, check = () => [], node = input) {
  return {
    node,
    input: input.id,
    value,
    set,
    errors: check,
    fieldErrors: () => [],
    focus: () => input.focus(),
  };
}

/** @param {Param} parameter @param {Context} context */
function text(parameter, context) {
  const example = String(parameter.example ?? parameter.default ?? '');
  const secret = parameter.kind === 'secret';
  const long =
    !secret &&
    (example.length > 48 || example.includes('\n') || LONG_TEXT_NAME.test(parameter.wire));
  const hint =
    parameter.default !== null && parameter.default !== undefined ? String(parameter.default) : '';
  const props = {
    id: uniqueId('f'),
    placeholder: hint,
    autocomplete: 'off',
    spellcheck: 'false',
    on: { input: context.changed },
    required: parameter.required,
  };
  const type = secret ? 'password' : 'text';
  /** @type {HTMLInputElement | HTMLTextAreaElement} */
  let input = long ? h('textarea', { ...props, rows: '2' }) : h('input', { ...props, type });
  const node = h('div', { class: 'text' }, input);
  // An input would drop line breaks.
  const useTextarea = () => {
    const area = h('textarea', {
      ...props,
      rows: '2',
      'aria-label': input.getAttribute('aria-label'),
    });
    input.replaceWith(area);
    input = area;
  };
  const check = () => [checkLength(parameter.limits ?? {}, input.value)].filter(Boolean);
  const set = (/** @type {unknown} */ value) => {
    const text =
      value === undefined || value === null
        ? ''
        : typeof value === 'string'
          ? value
          : stringifyExact(value);
    if (text.includes('\n') && input instanceof HTMLInputElement && !secret) useTextarea();
    input.value = text;
  };
  return {
    ...control(input, () => input.value || undefined, set, check, node),
    focus: () => input.focus(),
  };
}

/** Reads an integer without rounding. @param {string} text */
function integer(text) {
  return /^-?\d+$/.test(text) ? exactInteger(text) : Number(text);
}

/**
 * An input for a number. One of the type `number` would hide text that is not a number.
 * @param {Param} parameter @param {Context} context
 */
function number(parameter, context) {
  const whole = controlKind(parameter.kind) === 'integer';
  const input = h('input', {
    id: uniqueId('f'),
    type: 'text',
    inputmode: whole ? 'numeric' : 'decimal',
    autocomplete: 'off',
    required: parameter.required,
    placeholder: parameter.default ?? '',
    on: { input: context.changed },
  });
  const text = () => input.value.trim();
  const value = () => {
    if (!text() || !Number.isFinite(Number(text()))) return undefined;
    return whole ? integer(text()) : Number(text());
  };
  const check = () =>
    text() ? [checkNumber(whole, parameter.limits ?? {}, text())].filter(Boolean) : [];
  /** @param {unknown} newValue */
  const set = (newValue) => {
    const shown = newValue instanceof PartialInput ? newValue.text : (newValue ?? '');
    input.value = String(shown);
  };
  const state = () => (value() === undefined && text() ? new PartialInput({ text: input.value }) : value());
  return { ...control(input, value, set, check), state };
}

/**
 * A selection of known values. Enumerations are open, so other values can be entered too.
 * @param {Param} parameter @param {{value: unknown, description?: string}[]} known
 * @param {Context} context
 */
function choice(parameter, known, context) {
  const none = parameter.required ? t('form.choose') : t('form.unset');
  const preset = parameter.default ?? undefined;
  const select = h(
    'select',
    { id: uniqueId('f'), required: parameter.required },
    h(
      'option',
      { value: '' },
      preset === undefined ? none : `${none} (${t('form.default', { value: String(preset) })})`,
    ),
    known.map((each) =>
      h(
        'option',
        { value: JSON.stringify(each.value) },
        String(each.value) + (each.description ? ` — ${shorten(each.description)}` : ''),
      ),
    ),
    parameter.kind !== 'boolean' && h('option', { value: 'other' }, t('form.other')),
  );
  const other = h('input', {
    type: 'text',
    class: 'other',
    'aria-label': t('form.other'),
    hidden: true,
    on: { input: context.changed },
  });
  const updateOther = () => {
    other.hidden = select.value !== 'other';
  };
  select.addEventListener('change', () => {
    updateOther();
    if (select.value === 'other') other.focus();
    context.changed();
  });
  const numeric = ['integer', 'number'].includes(controlKind(parameter.kind));
  const value = () => {
    if (select.value !== 'other') return select.value === '' ? undefined : JSON.parse(select.value);
    if (!numeric) return other.value || undefined;
    return other.value === '' || Number.isNaN(Number(other.value)) ? undefined : Number(other.value);
  };
  const isPartial = () => select.value === 'other' && other.value !== '' && value() === undefined;
  const set = (/** @type {unknown} */ newValue) => {
    if (newValue instanceof PartialInput) {
      select.value = 'other';
      other.value = newValue.text;
      return updateOther();
    }
    const text = stringifyExact(newValue);
    const listed = known.some((each) => JSON.stringify(each.value) === text);
    select.value = newValue === undefined || newValue === null ? '' : listed ? text : 'other';
    other.value = select.value === 'other' ? String(newValue) : '';
    updateOther();
  };
  const check = () => (isPartial() ? [t('form.number')] : []);
  const state = () => (isPartial() ? new PartialInput({ text: other.value }) : value());
  return { ...control(select, value, set, check, h('div', { class: 'choice' }, select, other)), state };
}

/** @param {string} text */
function shorten(text) {
  const plain = text.split('\n')[0].replaceAll('`', '').replace(/\.$/, '');
  return plain.length > 60 ? `${plain.slice(0, 57)}…` : plain;
}

/** @param {Context} context */
function file(context) {
  /** @type {File | undefined} */
  let chosen;
  const input = h('input', { type: 'file', id: uniqueId('f') });
  const name = h('span', { class: 'file-name' });
  const remove = button('✕', () => set(undefined, true), {
    class: 'quiet icon',
    'aria-label': t('form.file.remove'),
  });
  const node = h(
    'div',
    { class: 'file' },
    input,
    h('div', { class: 'file-chosen' }, name, remove),
    h('p', { class: 'help' }, t('form.file.drop')),
  );
  /** @param {unknown} value @param {boolean} [byUser] */
  const set = (value, byUser = false) => {
    chosen = value instanceof File ? value : undefined;
    setChildren(name, chosen ? `${chosen.name} · ${size(chosen.size)}` : '');
    remove.hidden = !chosen;
    if (!chosen) input.value = '';
    if (byUser) context.changed();
  };
  input.addEventListener('change', () => set(input.files?.[0], true));
  node.addEventListener('dragover', (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    node.classList.add('over');
  });
  node.addEventListener('dragleave', () => node.classList.remove('over'));
  node.addEventListener('drop', (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    node.classList.remove('over');
    if (event.dataTransfer?.files[0]) set(event.dataTransfer.files[0], true);
  });
  set(undefined);
  return control(
    input,
    () => chosen,
    set,
    () => [],
    node,
  );
}

/** @param {Context} context */
export function json(context, rows = '4') {
  const area = h('textarea', {
    id: uniqueId('f'),
    class: 'json',
    rows,
    spellcheck: 'false',
    autocomplete: 'off',
    placeholder: t('form.json.hint'),
  });
  const state = h('span', { class: 'json-state', role: 'status' });
  /** @returns {{value?: unknown, error?: string}} */
  const parse = () => {
    if (!area.value.trim()) return {};
    const mistake = findMistake(area.value);
    if (!mistake) return { value: parseExact(area.value) };
    const why = t(`form.json.${mistake.expected}`);
    return { error: t('form.json.wrong', { why, ...lineAndColumn(area.value, mistake.at) }) };
  };
  const showState = () => {
    const { value, error } = parse();
    setChildren(state, error ?? (value === undefined ? '' : t('form.json.right')));
    state.classList.toggle('wrong', Boolean(error));
  };
  const set = (/** @type {unknown} */ value) => {
    const isPartial = value instanceof PartialInput;
    area.value = isPartial ? value.text : value === undefined ? '' : stringifyExact(value, 2);
    area.rows = Math.min(24, Math.max(Number(rows), area.value.split('\n').length));
    showState();
  };
  area.addEventListener('input', () => {
    showState();
    context.changed();
  });
  const format = button(
    t('form.json.format'),
    () => {
      const { value, error } = parse();
      if (!error) set(value);
    },
    { class: 'quiet small' },
  );
  const node = h(
    'div',
    { class: 'json-editor' },
    area,
    h('div', { class: 'json-foot' }, state, format),
  );
  const errors = () => [parse().error].filter((each) => each !== undefined);
  return {
    ...control(area, () => parse().value, set, errors, node),
    state: () => (parse().error ? new PartialInput({ text: area.value }) : parse().value),
    // Shows where the JSON is wrong.
    focus: () => {
      area.focus();
      const mistake = area.value.trim() ? findMistake(area.value) : null;
      if (mistake) area.setSelectionRange(mistake.at, mistake.at + 1);
    },
    text: () => area.value,
    setText: (/** @type {string} */ text) => {
      area.value = text;
      showState();
    },
  };
}
