// The form of the options of an SDK.

import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { Code, LiteralError, readValue } from './literal.js';
import { writeValue } from './literaledit.js';

/** @typedef {import('./sdkoptions.js').Option} Option */
/**
 * @typedef {object} FormOptions
 * @property {(path: string[], value: unknown) => void} changed
 * @property {(name: string) => Promise<string | undefined>} pick lists the objects of an id
 */
/** @typedef {{node: HTMLElement, value: () => unknown, set: (value: unknown) => void}} Control */

/** Returns the text about an error in code. @param {unknown} error */
export function literalMessage(error) {
  if (!(error instanceof LiteralError)) return String(error);
  return t(`literal.${error.reason}`, { line: error.line, found: error.found });
}

/** Returns the value at a path. @param {unknown} values @param {string[]} path */
function valueAt(values, path) {
  return path.reduce(
    (/** @type {unknown} */ object, name) =>
      typeof object === 'object' && object !== null && !(object instanceof Code) && Object.hasOwn(object, name)
        ? Reflect.get(object, name)
        : undefined,
    values,
  );
}

/** @param {import('./sdkoptions.js').Group[]} groups @param {FormOptions} options */
export function optionForm(groups, options) {
  const fields = groups.flatMap((group) => group.options.map((option) => ({ group, ...field(option, options) })));
  const sections = groups.map((group, at) => {
    const own = fields.filter((each) => each.group === group);
    const count = h('span', { class: 'muted' });
    const node = h(
      'details',
      { class: 'option-group', dataset: { group: group.name } },
      h('summary', null, h('h2', null, t(`sdk.group.${group.name}`)), ' ', count),
      own.map(({ node }) => node),
    );
    node.open = at === 0;
    const update = (/** @type {unknown} */ values) => {
      const set = own.filter(({ path }) => valueAt(values, path) !== undefined).length;
      setChildren(count, set ? String(set) : '');
    };
    return { node, update };
  });
  const set = h('fieldset', { class: 'option-form' }, sections.map(({ node }) => node));
  set.setAttribute('aria-label', t('sdk.form'));
  return {
    node: set,
    /** Shows values, or that there are none because the code cannot be read. @param {unknown} values */
    show: (values) => {
      set.disabled = values === null;
      if (values === null) return;
      for (const { path, show } of fields) show(valueAt(values, path));
      for (const { update } of sections) update(values);
    },
  };
}

/** @param {Option} option @param {FormOptions} options */
function field(option, { changed, pick }) {
  const id = uniqueId('option');
  const path = option.path.split('.');
  const problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
  const apply = () => {
    try {
      changed(path, control.value());
      problem.hidden = true;
    } catch (error) {
      setChildren(problem, literalMessage(error));
      problem.hidden = false;
    }
  };
  const control = controlOf(option, id, apply);
  const { pick: name } = option;
  const choose = async () => {
    const chosen = name && (await pick(name));
    if (!chosen) return;
    control.set(chosen);
    apply();
  };
  const { support } = option;
  const mark = support && h('span', { class: 'mark', title: t(`sdk.mark.${support}.title`) }, t(`sdk.mark.${support}`));
  const node = h(
    'div',
    { class: 'field', dataset: { name: option.path } },
    h(
      'div',
      { class: 'field-head' },
      h('label', { class: 'name', for: id }, option.path),
      option.preset && h('span', { class: 'type' }, t('form.default', { value: option.preset })),
      mark,
      h('span', { class: 'space' }),
      name &&
        button(t('form.choose'), () => void choose(), {
          class: 'quiet small pick',
          'aria-label': `${t('form.choose')} ${option.path}`,
        }),
    ),
    control.node,
    problem,
    h('p', { class: 'help' }, t(`option.${option.text ?? option.path}`)),
  );
  /** @param {unknown} value */
  const show = (value) => {
    problem.hidden = true;
    // The text is not replaced while the user edits it.
    if (!control.node.contains(document.activeElement)) control.set(value);
  };
  return { node, path, show };
}

/** @param {Option} option @param {string} id @param {() => void} changed @returns {Control} */
function controlOf(option, id, changed) {
  switch (option.kind) {
    case 'boolean':
      return choice([true, false], id, changed);
    case 'choice':
      return choice(option.values ?? [], id, changed);
    case 'literal':
    case 'code':
      return literal(option.kind, id, changed);
    default:
      return line(option.kind, id, changed);
  }
}

/** @param {string} kind @param {string} id @param {() => void} changed @returns {Control} */
function line(kind, id, changed) {
  const type = kind === 'secret' ? 'password' : kind;
  const input = h('input', { id, type, autocomplete: 'off', spellcheck: 'false', on: { input: changed } });
  return {
    node: input,
    value: () => (input.value === '' ? undefined : kind === 'number' ? Number(input.value) : input.value),
    set: (value) => {
      input.value = value === undefined || value === null ? '' : value instanceof Code ? value.source : String(value);
    },
  };
}

/** @param {(string | boolean)[]} values @param {string} id @param {() => void} changed @returns {Control} */
function choice(values, id, changed) {
  const select = h('select', { id, on: { change: changed } });
  /** @param {unknown} value */
  const set = (value) => {
    const isOther = value !== undefined && !values.some((each) => each === value);
    const all = /** @type {unknown[]} */ (isOther ? [...values, value] : values);
    setChildren(
      select,
      h('option', { value: '' }, t('sdk.unset')),
      all.map((each, at) => h('option', { value: String(at) }, typeof each === 'string' ? each : writeValue(each))),
    );
    select.value = value === undefined ? '' : String(all.indexOf(value));
    read = () => (select.value === '' ? undefined : all[Number(select.value)]);
  };
  /** @type {() => unknown} */
  let read = () => undefined;
  set(undefined);
  return { node: select, value: () => read(), set };
}

/** A value that is written as code: an object, a list or a function. @param {string} kind @param {string} id @param {() => void} changed @returns {Control} */
function literal(kind, id, changed) {
  const hint = kind === 'code' ? '() => {}' : '{}';
  const area = h('textarea', { id, class: 'json', rows: '1', spellcheck: 'false', placeholder: hint, on: { input: changed } });
  return {
    node: area,
    value: () => (area.value.trim() ? readValue(area.value) : undefined),
    set: (value) => {
      area.value = value === undefined ? '' : writeValue(value);
      area.rows = Math.min(12, area.value.split('\n').length);
    },
  };
}

/**
 * Creates a field for an ID whose objects can be listed.
 * @param {string} label @param {string} help @param {string} value
 * @param {{pick: () => Promise<string | undefined>, changed: (value: string) => void}} actions
 */
export function idField(label, help, value, { pick, changed }) {
  const id = uniqueId('id');
  const input = h('input', { id, type: 'text', value, autocomplete: 'off', spellcheck: 'false' });
  input.addEventListener('input', () => changed(input.value.trim()));
  const choose = async () => {
    const chosen = await pick();
    if (chosen === undefined) return;
    input.value = chosen;
    changed(chosen);
  };
  const act = button(t('form.choose'), () => void choose(), {
    class: 'quiet small pick',
    'aria-label': `${t('form.choose')} ${label}`,
  });
  const head = h('div', { class: 'setting-head' }, h('label', { for: id }, label), act);
  return h('div', { class: 'setting' }, head, input, h('p', { class: 'help' }, help));
}
