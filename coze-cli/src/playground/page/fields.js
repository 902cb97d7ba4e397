// Fields: a control with its name, type, help and message; objects, arrays and maps made of fields.

import { scalar } from './controls.js';
import { button, fill, freshId, h } from './dom.js';
import { t } from './i18n.js';
import { markdown } from './markdown.js';
import { controlKind, fieldsOf, typeLabel } from './model.js';
import { limits } from './schema.js';
import { isRecord } from './wire.js';

/** @typedef {import('./model.js').Field} Param */
/** @typedef {import('./controls.js').Control} Control */
/** @typedef {import('./controls.js').Problem} Problem */
/** @typedef {import('./controls.js').Context} Context */
/** @typedef {{node: HTMLElement, control: Control, key?: () => string, setKey?: (key: string) => void, focus: () => void}} Row a row of a list or of a map */
/** @typedef {{node: HTMLElement, name: string, value: () => unknown, set: (value: unknown) => void, problems: () => Problem[]}} FieldView */

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
  const message = h('p', { class: 'problem', id: freshId('problem'), hidden: true });
  const clear = () => {
    message.hidden = true;
    node.classList.remove('wrong');
    target()?.removeAttribute('aria-invalid');
  };
  const changed = () => {
    clear();
    context.changed();
  };
  const control = controlOf(parameter, { changed });
  const explanation = help(parameter.description);
  const target = () =>
    control.input ? control.node.ownerDocument.getElementById(control.input) : null;
  const node = h(
    'div',
    { class: 'field', dataset: { name: parameter.wire } },
    head(parameter, control.input),
    control.input ? [control.node, message, explanation] : [explanation, control.node, message],
  );

  /** @param {string} text @returns {Problem} */
  const problem = (text) => ({
    message: `${parameter.wire}: ${text}`,
    show: () => {
      fill(message, text);
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
  const problems = () => {
    const flaws = control.flaws();
    if (flaws.length) return flaws.map(problem);
    if (control.value() !== undefined) return control.problems();
    const inside = control.problems();
    return inside.length || !parameter.required ? inside : [problem(t('form.required'))];
  };
  return {
    node,
    name: parameter.wire,
    value: control.value,
    set: (value) => {
      clear();
      control.set(value);
    },
    problems,
  };
}

const SHORT = 240;

/** A description; of a long one the first paragraph, and the rest on demand. @param {string | undefined} text */
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

/** @param {Param} parameter @param {string | undefined} input */
function head(parameter, input) {
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
  );
}

/**
 * Fields side by side as one value; names without a field are kept as they are.
 * @param {Param[]} parameters @param {Context} context
 */
export function fieldSet(parameters, context) {
  const fields = parameters.map((parameter) => field(parameter, context));
  /** @type {Record<string, unknown>} */
  let others = {};
  return {
    fields,
    values: () => {
      const given = fields
        .map(({ name, value }) => [name, value()])
        .filter(([, value]) => value !== undefined);
      return { ...others, ...Object.fromEntries(given) };
    },
    /** @param {Record<string, unknown>} values */
    set: (values) => {
      others = Object.fromEntries(
        Object.entries(values).filter(([name]) => !fields.some((each) => each.name === name)),
      );
      for (const each of fields) each.set(values[each.name]);
    },
    problems: () => fields.flatMap((each) => each.problems()),
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
  const value = () => {
    const values = inside.values();
    return Object.keys(values).length ? values : undefined;
  };
  return {
    node,
    value,
    set: (given) => {
      const values = isRecord(given) ? given : {};
      inside.set(values);
      node.open = Boolean(parameter.required) || Object.keys(values).length > 0;
    },
    flaws: () => [],
    // The required fields of an object that is not sent are not missed.
    problems: () => (value() === undefined && !parameter.required ? [] : inside.problems()),
    focus: () => {
      node.open = true;
      /** @type {HTMLElement | null} */ (node.querySelector('input, textarea, select'))?.focus();
    },
  };
}

/** The type of what is in a list or a map. @param {import('./model.js').Type} kind @returns {import('./model.js').Type} */
function innerOf(kind) {
  if (typeof kind !== 'object') return 'json';
  return 'list' in kind ? kind.list : 'map' in kind ? kind.map : 'json';
}

/** Rows that can be added and removed. @param {string} addLabel @param {Context} context @param {() => Row} make */
function rows(addLabel, context, make) {
  /** @type {Row[]} */
  let all = [];
  const list = h('div', { class: 'rows' });
  const add = () => {
    const row = make();
    const remove = button(
      '✕',
      () => {
        all = all.filter((each) => each !== row);
        wrapper.remove();
        context.changed();
        adder.focus();
      },
      { class: 'quiet icon', 'aria-label': t('form.remove') },
    );
    const wrapper = h('div', { class: 'row' }, row.node, remove);
    all.push(row);
    list.append(wrapper);
    return row;
  };
  const adder = button(
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
    fill(list);
  };
  return {
    node: h('div', { class: 'nested' }, list, adder),
    all: () => all,
    add,
    clear,
    focus: () => adder.focus(),
  };
}

/** @param {Param} parameter @param {Context} context @returns {Control} */
function array(parameter, context) {
  const item = {
    wire: parameter.wire,
    kind: innerOf(parameter.kind),
    limits: parameter.limits?.each ?? {},
    required: true,
  };
  const { min_items = 0, max_items = Infinity } = parameter.limits ?? {};
  const list = rows(t('form.add'), context, () => {
    const control = controlOf(item, context);
    return { node: labelled(control, parameter.wire), control, focus: control.focus };
  });
  const values = () =>
    list
      .all()
      .map((row) => row.control.value())
      .filter((value) => value !== undefined);
  return {
    node: list.node,
    value: () => (values().length ? values() : undefined),
    set: (given) => {
      list.clear();
      for (const each of Array.isArray(given) ? given : []) list.add().control.set(each);
    },
    flaws: () => {
      const n = values().length;
      if (n && n < min_items) return [t('form.too_few', { n: min_items })];
      if (n > max_items) return [t('form.too_many', { n: max_items })];
      return list.all().flatMap((row) => row.control.flaws());
    },
    problems: () =>
      list
        .all()
        .flatMap((row) => (row.control.value() === undefined ? [] : row.control.problems())),
    focus: list.focus,
  };
}

/** @param {Param} parameter @param {Context} context @returns {Control} */
function map(parameter, context) {
  const item = { wire: parameter.wire, kind: innerOf(parameter.kind), required: true };
  const list = rows(t('form.add.entry'), context, () => {
    const key = h('input', {
      type: 'text',
      class: 'key',
      placeholder: t('form.key'),
      'aria-label': t('form.key'),
      on: { input: context.changed },
    });
    const control = controlOf(item, context);
    const node = h('div', { class: 'entry-row' }, key, labelled(control, t('form.value')));
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
  const value = () => {
    const entries = list.all().map((row) => [row.key?.() ?? '', row.control.value()]);
    const given = entries.filter(([key, each]) => key !== '' && each !== undefined);
    return given.length ? Object.fromEntries(given) : undefined;
  };
  return {
    node: list.node,
    value,
    set: (given) => {
      list.clear();
      if (!isRecord(given)) return;
      for (const [key, each] of Object.entries(given)) {
        const row = list.add();
        row.setKey?.(key);
        row.control.set(each);
      }
    },
    flaws: () => {
      const keys = list.all().map((row) => row.key?.() ?? '');
      const used = list.all().filter((row) => row.control.value() !== undefined);
      if (used.some((row) => row.key?.() === '')) return [t('form.key.missing')];
      if (new Set(keys.filter(Boolean)).size < keys.filter(Boolean).length)
        return [t('form.key.twice')];
      return list.all().flatMap((row) => row.control.flaws());
    },
    problems: () => list.all().flatMap((row) => row.control.problems()),
    focus: list.focus,
  };
}

/** A control without a label of its own gets a name. @param {Control} control @param {string} name */
function labelled(control, name) {
  const target =
    control.input &&
    (control.node.id === control.input
      ? control.node
      : control.node.querySelector(`#${control.input}`));
  if (target instanceof HTMLElement) target.setAttribute('aria-label', name);
  return control.node;
}
