// The values of an operation, edited as fields or as JSON.

import { checkValues } from './check.js';
import { json } from './controls.js';
import { button, h, setChildren } from './dom.js';
import { extraValues } from './extras.js';
import { fieldSet } from './fields.js';
import { t } from './i18n.js';
import { isRecord } from './json.js';
import { paramsOf } from './model.js';
import { hasPartialInput, PartialInput, sentOf } from './partial.js';
import { missingVariables, withVariables } from './variables.js';

/** @typedef {import('./model.js').Operation} Operation */
/** @typedef {import('./fields.js').FieldView} FieldView */
/** @typedef {Record<string, unknown>} Values */

const PLACES = ['path', 'query', 'header', 'body', 'part'];

/**
 * @typedef {object} EditorOptions
 * @property {Values} input the values, which may have partial input
 * @property {boolean} asJson
 * @property {string | undefined} text the text of the JSON editor, if it is not the values
 * @property {() => Record<string, string>} ids the ids that variables stand for
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
    input: () => editor.input(),
    text: () => editor.text(),
    set: (/** @type {Values} */ input, /** @type {string | undefined} */ text) => editor.set(input, text),
    check: (again = false) => editor.check(again),
  };
}

class ValueEditor {
  /** @param {Operation} operation @param {EditorOptions} options */
  constructor(operation, { input, asJson, text, changed, switched, pick, ids }) {
    this.operation = operation;
    this.params = paramsOf(operation);
    this.fileNames = this.params.filter((each) => each.kind === 'file').map((each) => each.wire);
    this.fields = fieldSet(this.params, { changed, pick });
    this.extras = extraValues(changed);
    this.json = json({ changed }, '12');
    this.asJson = asJson;
    this.ids = ids;
    this.switched = switched;
    /** The JSON whose errors the user has seen. */
    this.insisted = '';
    this.body = h('div', { class: 'fields' });
    this.summary = h('p', { class: 'form-errors', role: 'alert', hidden: true });
    this.toggle = button('JSON', () => this.switch(), {
      class: 'quiet small',
      title: t('form.as_json'),
    });
    this.set(input, text);
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

  /** Returns what the user has entered. `set` shows the same again. @returns {Values} */
  input() {
    const extras = this.extras.state();
    if (!this.asJson) return { ...this.fields.state(), ...extras };
    const edited = this.json.value();
    const unnamed = Object.entries(extras).filter(([, value]) => value instanceof PartialInput);
    return {
      ...(isRecord(edited) ? edited : {}),
      ...this.pick(this.fields.values(), true),
      ...Object.fromEntries(unnamed),
    };
  }

  /** Returns the values that a call sends. @returns {Values} */
  values() {
    return withVariables(sentOf(this.input()), this.ids());
  }

  /**
   * Shows values, which may have partial input, and the text of the JSON editor if it is not the
   * values.
   * @param {Values} input @param {string} [text]
   */
  set(input, text) {
    const isKnown = (/** @type {[string, unknown]} */ [name]) =>
      this.params.some((each) => each.wire === name);
    const entries = Object.entries(input);
    this.fields.set(Object.fromEntries(entries.filter(isKnown)));
    this.extras.set(Object.fromEntries(entries.filter((each) => !isKnown(each))));
    this.json.set(this.pick(sentOf(input), false));
    if (this.asJson && text !== undefined) this.json.setText(text);
    this.summary.hidden = true;
  }

  /** Switches between fields and JSON, unless the other one cannot show what was entered. */
  switch() {
    if (this.asJson ? this.hasMisfits() : hasPartialInput(this.fields.state())) return void this.check(true);
    this.set(this.input());
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

  /**
   * Shows the errors. Returns `true` if there are none, or if the user insists on the values. With
   * `again`, it only shows the errors of the last check.
   * @param {boolean} [again]
   */
  check(again = false) {
    const unknown = missingVariables(sentOf(this.input()), this.ids()).map((message) => ({ message, missing: true }));
    return this.asJson ? this.checkJson(unknown, again) : this.checkFields(unknown);
  }

  /** @param {import('./check.js').Problem[]} others */
  checkFields(others) {
    const errors = this.fields.fieldErrors();
    for (const error of errors) error.show();
    this.summarize(errors.length, others);
    if (errors.length) errors[0].focus();
    return errors.length + others.length === 0;
  }

  /** @param {import('./check.js').Problem[]} others @param {boolean} again */
  checkJson(others, again) {
    const syntax = this.syntaxErrors().map((message) => ({ message, missing: true }));
    const checked = syntax.length ? syntax : checkValues(this.params, sentOf(this.input()));
    const problems = [...checked, ...others];
    // The description of the API may be wrong, so values of other types can be sent.
    const mayInsist = !problems.some(({ missing }) => missing);
    const insists = !again && mayInsist && this.insisted === this.json.text();
    this.insisted = this.json.text();
    const hint = { message: t('form.json.insist') };
    this.summarize(0, insists ? [] : problems, problems.length && mayInsist ? [hint] : []);
    if (problems.length && !insists) this.json.focus();
    return !problems.length || insists;
  }

  /**
   * @param {number} shown the number of errors that are shown at their fields
   * @param {import('./check.js').Problem[]} problems
   * @param {import('./check.js').Problem[]} [hints]
   */
  summarize(shown, problems, hints = []) {
    const n = shown + problems.length;
    const texts = [...problems, ...hints].map(({ message }) => message).join(' · ');
    setChildren(this.summary, n ? t('form.errors', { n }) : '', n > shown ? h('span', null, texts) : '');
    this.summary.hidden = !n;
  }

  /** Returns why the text of the JSON editor is not an object with values. */
  syntaxErrors() {
    const errors = this.json.errors();
    const value = this.json.value();
    return errors.length || value === undefined || isRecord(value) ? errors : [t('form.json.object')];
  }

  /** Returns `true` if the fields cannot show the JSON. */
  hasMisfits() {
    return this.syntaxErrors().length > 0 || checkValues(this.params, sentOf(this.input())).some(({ misfit }) => misfit);
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
