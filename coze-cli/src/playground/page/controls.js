// Form controls for single values: text, numbers, enumerations, secrets, files and JSON.

import { button, h, setChildren, uniqueId } from './dom.js';
import { size, t } from './i18n.js';
import { exactInteger, parseExact, stringifyExact } from './json.js';
import { controlKind, variantsOf } from './model.js';

/**
 * A control for one value. The value `undefined` is not sent.
 * @typedef {object} Control
 * @property {HTMLElement} node
 * @property {string} [input] the id of the element for the label
 * @property {() => unknown} value
 * @property {(value: unknown) => void} set
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
  const { min_length = 0, max_length = Infinity } = parameter.limits ?? {};
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
  const check = () => {
    const length = [...input.value].length;
    if (!length) return [];
    if (length < min_length) return [t('form.too_short', { n: min_length })];
    if (length > max_length) return [t('form.too_long', { n: max_length })];
    return [];
  };
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

/** @param {Param} parameter @param {Context} context */
function number(parameter, context) {
  const whole = controlKind(parameter.kind) === 'integer';
  const { minimum, maximum } = parameter.limits ?? {};
  const input = h('input', {
    id: uniqueId('f'),
    type: 'number',
    step: whole ? '1' : 'any',
    min: minimum,
    max: maximum,
    required: parameter.required,
    placeholder: parameter.default ?? '',
    on: { input: context.changed },
  });
  const check = () => {
    if (input.validity.badInput) return [t('form.number')];
    if (input.value === '') return [];
    const value = Number(input.value);
    if (whole && !Number.isInteger(value)) return [t('form.integer')];
    if (minimum !== undefined && value < minimum) return [t('form.too_small', { n: minimum })];
    if (maximum !== undefined && value > maximum) return [t('form.too_large', { n: maximum })];
    return [];
  };
  return control(
    input,
    () => (input.value === '' ? undefined : whole ? integer(input.value) : Number(input.value)),
    (value) => {
      input.value = value === undefined || value === null ? '' : String(value);
    },
    check,
  );
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
    return other.value === '' ? undefined : numeric ? Number(other.value) : other.value;
  };
  const set = (/** @type {unknown} */ newValue) => {
    const text = stringifyExact(newValue);
    const listed = known.some((each) => JSON.stringify(each.value) === text);
    select.value = newValue === undefined || newValue === null ? '' : listed ? text : 'other';
    other.value = select.value === 'other' ? String(newValue) : '';
    updateOther();
  };
  const check = () =>
    numeric && select.value === 'other' && Number.isNaN(value()) ? [t('form.number')] : [];
  return control(select, value, set, check, h('div', { class: 'choice' }, select, other));
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
    try {
      return { value: parseExact(area.value) };
    } catch (error) {
      return { error: t('form.json.wrong', { why: /** @type {Error} */ (error).message }) };
    }
  };
  const showState = () => {
    const { value, error } = parse();
    setChildren(state, error ?? (value === undefined ? '' : t('form.json.right')));
    state.classList.toggle('wrong', Boolean(error));
  };
  const set = (/** @type {unknown} */ value) => {
    area.value = value === undefined ? '' : stringifyExact(value, 2);
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
    // Shows where the JSON is wrong.
    focus: () => {
      area.focus();
      const at = /position (\d+)/.exec(parse().error ?? '');
      if (at) area.setSelectionRange(Number(at[1]), Number(at[1]) + 1);
    },
    text: () => area.value,
    setText: (/** @type {string} */ text) => {
      area.value = text;
      showState();
    },
  };
}
