// The values of an operation, edited as fields or as JSON.

import { json } from './controls.js';
import { button, h, setChildren } from './dom.js';
import { extraValues } from './extras.js';
import { fieldSet } from './fields.js';
import { t } from './i18n.js';
import { isRecord } from './json.js';
import { paramsOf } from './model.js';

/** @typedef {import('./model.js').Operation} Operation */
/** @typedef {import('./fields.js').FieldView} FieldView */
/** @typedef {Record<string, unknown>} Values */

const PLACES = ['path', 'query', 'header', 'body', 'part'];

/**
 * @typedef {object} EditorOptions
 * @property {Values} values
 * @property {boolean} asJson
 * @property {string | undefined} text the text of the JSON editor, if it is not the values
 * @property {() => void} changed
 * @property {(name: string) => Promise<string | undefined>} pick lists the objects of an id
 * @property {(asJson: boolean) => void} switched called when the editor switches to or from JSON
 */

/** @param {Operation} operation @param {EditorOptions} options */
export function valueEditor(operation, options) {
  const editor = new ValueEditor(operation, options);
  return {
    node: editor.body,
    toggle: editor.toggle,
    summary: editor.summary,
    values: () => editor.values(),
    text: () => editor.text(),
    set: (/** @type {Values} */ values) => editor.set(values),
    check: () => editor.check(),
  };
}

class ValueEditor {
  /** @param {Operation} operation @param {EditorOptions} options */
  constructor(operation, { values, asJson, text, changed, switched, pick }) {
    this.operation = operation;
    this.params = paramsOf(operation);
    this.fileNames = this.params.filter((each) => each.kind === 'file').map((each) => each.wire);
    this.fields = fieldSet(this.params, { changed, pick });
    this.extras = extraValues(changed);
    this.json = json({ changed }, '12');
    this.asJson = asJson;
    this.switched = switched;
    this.body = h('div', { class: 'fields' });
    this.summary = h('p', { class: 'form-errors', role: 'alert', hidden: true });
    this.toggle = button('JSON', () => this.switch(), {
      class: 'quiet small',
      title: t('form.as_json'),
    });
    this.set(values);
    if (asJson && text !== undefined) this.json.setText(text);
    this.render();
  }

  /** Returns the text of the JSON editor if it is not an object, so that `values` lacks it. */
  text() {
    return this.asJson && !isRecord(this.json.value()) ? this.json.text() : undefined;
  }

  /** Returns only the files, or only the other values. @param {Values} values @param {boolean} files */
  pick(values, files) {
    return Object.fromEntries(
      Object.entries(values).filter(([name]) => this.fileNames.includes(name) === files),
    );
  }

  /** @returns {Values} */
  values() {
    if (!this.asJson) return { ...this.fields.values(), ...this.extras.values() };
    const edited = this.json.value();
    return { ...(isRecord(edited) ? edited : {}), ...this.pick(this.fields.values(), true) };
  }

  /** @param {Values} values */
  set(values) {
    const isKnown = (/** @type {[string, unknown]} */ [name]) =>
      this.params.some((each) => each.wire === name);
    const entries = Object.entries(values);
    this.fields.set(Object.fromEntries(entries.filter(isKnown)));
    this.extras.set(Object.fromEntries(entries.filter((each) => !isKnown(each))));
    this.json.set(this.pick(values, false));
    this.summary.hidden = true;
  }

  /** Switches between fields and JSON, unless the JSON is invalid. */
  switch() {
    if (this.asJson && this.json.errors().length) return this.json.focus();
    this.set(this.values());
    this.asJson = !this.asJson;
    this.switched(this.asJson);
    this.render();
  }

  render() {
    this.toggle.setAttribute('aria-pressed', String(this.asJson));
    const { fields } = this.fields;
    const shown = this.asJson ? fields.filter((each) => this.fileNames.includes(each.name)) : fields;
    setChildren(
      this.body,
      this.asJson && this.jsonField(),
      sections(this.operation, shown),
      !this.asJson && this.extras.node,
      !this.params.length && h('p', { class: 'empty' }, t('form.none')),
    );
  }

  jsonField() {
    const label = h('label', { for: this.json.input, class: 'name' }, t('form.values'));
    return h('div', { class: 'field' }, label, this.json.node);
  }

  /** Shows the errors. Returns `true` if there are none. */
  check() {
    const fields = this.asJson ? [] : this.fields.fieldErrors();
    for (const error of fields) error.show();
    const messages = this.asJson ? this.jsonErrors() : fields.map((each) => each.message);
    setChildren(
      this.summary,
      messages.length ? t('form.errors', { n: messages.length }) : '',
      this.asJson ? h('span', null, messages.join(' · ')) : '',
    );
    this.summary.hidden = !messages.length;
    if (fields.length) fields[0].focus();
    else if (messages.length) this.json.focus();
    return messages.length === 0;
  }

  jsonErrors() {
    const current = this.values();
    const missing = this.params
      .filter((each) => each.required && current[each.wire] === undefined)
      .map((each) => `${each.wire}: ${t('form.required')}`);
    return [...missing, ...this.json.errors()];
  }
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
    h('h2', null, t(`place.${place}`)),
    fields.map((each) => each.node),
  );
}
