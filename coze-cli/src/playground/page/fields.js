// Form fields: controls with a name, type, help and error message, and fields for objects, lists
// and maps.

import { scalar } from './controls.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { markdown } from './markdown.js';
import { controlKind, fieldsOf, itemType, typeLabel } from './model.js';
import { limits } from './schema.js';
import { kindOf } from './ids.js';
import { isRecord } from './json.js';
import { PartialInput } from './partial.js';

/** @typedef {import('./model.js').Field} Param */
/** @typedef {import('./controls.js').Control} Control */
/** @typedef {import('./controls.js').FieldError} FieldError */
/** @typedef {import('./controls.js').Context} Context */
/**
 * A row of a list or a map.
 * @typedef {object} Row
 * @property {HTMLElement} node
 * @property {Control} control
 * @property {() => string} [key]
 * @property {(key: string) => void} [setKey]
 * @property {() => void} focus
 */
/**
 * @typedef {object} FieldView
 * @property {HTMLElement} node
 * @property {string} name
 * @property {() => unknown} value
 * @property {() => unknown} state
 * @property {(value: unknown) => void} set
 * @property {() => FieldError[]} fieldErrors
 */

/** @param {Param} parameter @param {Context} context @returns {Control} */
function controlOf(parameter, context) {
  switch (controlKind(parameter.kind)) {
    case 'object':
      return fieldsOf(parameter.kind).length
        ? object(parameter, context)
        : scalar(parameter, context);
    case 'array':
      return array(parameter, context);
    case 'map':
      return map(parameter, context);
    default:
      return scalar(parameter, context);
  }
}

/** @param {Param} parameter @param {Context} context @returns {FieldView} */
export function field(parameter, context) {
  const message = h('p', { class: 'field-error', id: uniqueId('error'), hidden: true });
  const clear = () => {
    message.hidden = true;
    node.classList.remove('wrong');
    target()?.removeAttribute('aria-invalid');
  };
  const changed = () => {
    clear();
    context.changed();
  };
  const control = controlOf(parameter, { ...context, changed });
  const description = help(parameter.description);
  const target = () =>
    control.input ? control.node.ownerDocument.getElementById(control.input) : null;
  const node = h(
    'div',
    { class: 'field', dataset: { name: parameter.wire } },
    fieldHead(parameter, control.input, pickButton(parameter, control, { ...context, changed })),
    control.input ? [control.node, message, description] : [description, control.node, message],
  );

  /** @param {string} text @returns {FieldError} */
  const fieldError = (text) => ({
    message: `${parameter.wire}: ${text}`,
    show: () => {
      setChildren(message, text);
      message.hidden = false;
      node.classList.add('wrong');
      target()?.setAttribute('aria-invalid', 'true');
      target()?.setAttribute('aria-describedby', message.id);
    },
    focus: () => {
      for (let up = node.parentElement; up; up = up.parentElement)
        if (up instanceof HTMLDetailsElement) up.open = true;
      control.focus();
    },
  });
  const fieldErrors = () => {
    const errors = control.errors();
    if (errors.length) return errors.map(fieldError);
    if (control.value() !== undefined) return control.fieldErrors();
    const inside = control.fieldErrors();
    return inside.length || !parameter.required ? inside : [fieldError(t('form.required'))];
  };
  return {
    node,
    name: parameter.wire,
    value: control.value,
    state: () => stateOf(control),
    set: (value) => {
      clear();
      control.set(value);
    },
    fieldErrors,
  };
}

/** Returns what a control shows: its value, or partial input. @param {Control} control */
const stateOf = (control) => (control.state ?? control.value)();

const SHORT = 240;

/**
 * Renders a description. Of a long one, only the first paragraph is expanded.
 * @param {string | undefined} text
 */
export function help(text) {
  if (!text) return null;
  const end = text.indexOf('\n\n');
  if (text.length <= SHORT || end < 0) return h('div', { class: 'help' }, markdown(text));
  return h(
    'div',
    { class: 'help' },
    markdown(text.slice(0, end)),
    h('details', null, h('summary', null, t('more')), markdown(text.slice(end))),
  );
}

/**
 * Creates the button that lists the objects of an id.
 * @param {Param} parameter @param {Control} control @param {Context} context
 */
function pickButton({ wire, kind }, control, { pick, changed }) {
  if (!pick || kind !== 'string' || !kindOf(wire)) return null;
  const choose = async () => {
    const id = await pick(wire);
    if (id === undefined) return;
    control.set(id);
    changed();
  };
  return button(t('form.choose'), () => void choose(), { class: 'quiet small pick' });
}

/** @param {Param} parameter @param {string | undefined} input @param {Node | null} pick */
function fieldHead(parameter, input, pick) {
  const { value, length, items } = limits(parameter);
  const facts = [
    value,
    length && t('limit.length', { range: length }),
    items && t('limit.items', { range: items }),
    parameter.default !== undefined &&
      parameter.default !== null &&
      t('form.default', { value: JSON.stringify(parameter.default) }),
  ].filter(Boolean);
  return h(
    'div',
    { class: 'field-head' },
    h(input ? 'label' : 'span', { for: input, class: 'name' }, parameter.wire),
    parameter.required &&
      h(
        'span',
        { class: 'star', title: t('form.required') },
        '*',
        h('span', { class: 'offscreen' }, t('form.required')),
      ),
    h('span', { class: 'type' }, typeLabel(parameter.kind)),
    facts.map((fact) => h('span', { class: 'limit' }, fact)),
    pick,
  );
}

/**
 * Creates fields for an object. Values without a field are kept unchanged.
 * @param {Param[]} parameters @param {Context} context
 */
export function fieldSet(parameters, context) {
  const fields = parameters.map((parameter) => field(parameter, context));
  /** @type {Record<string, unknown>} */
  let others = {};
  /** @param {(field: FieldView) => unknown} read */
  const all = (read) => {
    const entries = fields.map((each) => [each.name, read(each)]);
    return { ...others, ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
  };
  return {
    fields,
    values: () => all((each) => each.value()),
    state: () => all((each) => each.state()),
    /** @param {Record<string, unknown>} values */
    set: (values) => {
      others = Object.fromEntries(
        Object.entries(values).filter(([name]) => !fields.some((each) => each.name === name)),
      );
      for (const each of fields) each.set(values[each.name]);
    },
    fieldErrors: () => fields.flatMap((each) => each.fieldErrors()),
  };
}

/** @param {Param} parameter @param {Context} context @returns {Control} */
function object(parameter, context) {
  const inside = fieldSet(fieldsOf(parameter.kind), context);
  const count = h('span', { class: 'muted' }, t('form.fields', { n: inside.fields.length }));
  const node = h(
    'details',
    { class: 'nested', open: Boolean(parameter.required) },
    h('summary', null, count),
    inside.fields.map((each) => each.node),
  );
  const unlessEmpty = (/** @type {Record<string, unknown>} */ values) =>
    Object.keys(values).length ? values : undefined;
  const value = () => unlessEmpty(inside.values());
  return {
    node,
    value,
    state: () => unlessEmpty(inside.state()),
    set: (newValue) => {
      const values = isRecord(newValue) && !(newValue instanceof PartialInput) ? newValue : {};
      inside.set(values);
      node.open = Boolean(parameter.required) || Object.keys(values).length > 0;
    },
    errors: () => [],
    // An optional object that is not sent may lack its required fields.
    fieldErrors: () =>
      Object.keys(inside.state()).length || parameter.required ? inside.fieldErrors() : [],
    focus: () => {
      node.open = true;
      /** @type {HTMLElement | null} */ (node.querySelector('input, textarea, select'))?.focus();
    },
  };
}

/**
 * Creates a list of rows that can be added and removed.
 * @param {string} addLabel @param {Context} context @param {() => Row} createRow
 */
function rows(addLabel, context, createRow) {
  /** @type {Row[]} */
  let all = [];
  const list = h('div', { class: 'rows' });
  const add = () => {
    const row = createRow();
    const remove = button(
      '✕',
      () => {
        all = all.filter((each) => each !== row);
        wrapper.remove();
        context.changed();
        addButton.focus();
      },
      { class: 'quiet icon', 'aria-label': t('form.remove') },
    );
    const wrapper = h('div', { class: 'row' }, row.node, remove);
    all.push(row);
    list.append(wrapper);
    return row;
  };
  const addButton = button(
    `+ ${addLabel}`,
    () => {
      const row = add();
      context.changed();
      row.focus();
    },
    { class: 'quiet small add' },
  );
  const clear = () => {
    all = [];
    setChildren(list);
  };
  return {
    node: h('div', { class: 'nested' }, list, addButton),
    all: () => all,
    add,
    clear,
    focus: () => addButton.focus(),
  };
}

/** @param {Param} parameter @param {Context} context @returns {Control} */
function array(parameter, context) {
  const item = {
    wire: parameter.wire,
    kind: itemType(parameter.kind),
    limits: parameter.limits?.each ?? {},
    required: true,
  };
  const { min_items = 0, max_items = Infinity } = parameter.limits ?? {};
  const list = rows(t('form.add'), context, () => {
    const control = controlOf(item, context);
    return { node: withLabel(control, parameter.wire), control, focus: control.focus };
  });
  const values = () =>
    list
      .all()
      .map((row) => row.control.value())
      .filter((value) => value !== undefined);
  return {
    node: list.node,
    value: () => (values().length ? values() : undefined),
    state: () => {
      const states = list.all().map((row) => stateOf(row.control));
      const entered = states.filter((each) => each !== undefined);
      return entered.length ? entered : undefined;
    },
    set: (newValue) => {
      list.clear();
      for (const each of Array.isArray(newValue) ? newValue : []) list.add().control.set(each);
    },
    errors: () => {
      const n = values().length;
      if (n && n < min_items) return [t('form.too_few', { n: min_items })];
      if (n > max_items) return [t('form.too_many', { n: max_items })];
      return list.all().flatMap((row) => row.control.errors());
    },
    fieldErrors: () =>
      list
        .all()
        .flatMap((row) => (stateOf(row.control) === undefined ? [] : row.control.fieldErrors())),
    focus: list.focus,
  };
}

/** @param {Param} parameter @param {Context} context @returns {Control} */
function map(parameter, context) {
  const item = { wire: parameter.wire, kind: itemType(parameter.kind), required: true };
  const list = rows(t('form.add.entry'), context, () => {
    const key = h('input', {
      type: 'text',
      class: 'key',
      placeholder: t('form.key'),
      'aria-label': t('form.key'),
      on: { input: context.changed },
    });
    const control = controlOf(item, context);
    const node = h('div', { class: 'entry-row' }, key, withLabel(control, t('form.value')));
    return {
      node,
      control,
      key: () => key.value,
      setKey: (/** @type {string} */ name) => {
        key.value = name;
      },
      focus: () => key.focus(),
    };
  });
  /** @param {(control: Control) => unknown} read @returns {[string, unknown][]} */
  const entries = (read) => list.all().map((row) => [row.key?.() ?? '', read(row.control)]);
  const value = () => {
    const complete = entries((each) => each.value()).filter(([key, each]) => key !== '' && each !== undefined);
    return complete.length ? Object.fromEntries(complete) : undefined;
  };
  const state = () => {
    const rows = entries(stateOf).filter(([key, each]) => key !== '' || each !== undefined);
    if (!rows.length) return undefined;
    const isComplete = rows.every(([key, each]) => key !== '' && each !== undefined);
    const isUnique = new Set(rows.map(([key]) => key)).size === rows.length;
    return isComplete && isUnique ? Object.fromEntries(rows) : new PartialInput({ rows });
  };
  return {
    node: list.node,
    value,
    state,
    set: (newValue) => {
      list.clear();
      if (!isRecord(newValue)) return;
      const isPartial = newValue instanceof PartialInput;
      for (const [key, each] of isPartial ? (newValue.rows ?? []) : Object.entries(newValue)) {
        const row = list.add();
        row.setKey?.(key);
        row.control.set(each);
      }
    },
    errors: () => {
      const keys = list.all().map((row) => row.key?.() ?? '');
      const used = list.all().filter((row) => row.control.value() !== undefined);
      if (used.some((row) => row.key?.() === '')) return [t('form.key.missing')];
      if (new Set(keys.filter(Boolean)).size < keys.filter(Boolean).length)
        return [t('form.key.twice')];
      return list.all().flatMap((row) => row.control.errors());
    },
    fieldErrors: () => list.all().flatMap((row) => row.control.fieldErrors()),
    focus: list.focus,
  };
}

/**
 * Sets the accessible name of a control without a label.
 * @param {Control} control @param {string} name
 */
function withLabel(control, name) {
  const target =
    control.input &&
    (control.node.id === control.input
      ? control.node
      : control.node.querySelector(`#${control.input}`));
  if (target instanceof HTMLElement) target.setAttribute('aria-label', name);
  return control.node;
}
