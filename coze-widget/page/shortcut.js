// Shortcut commands of a bot: what they ask for, and what a question with one sends.

import { button, h, uniqueId } from './dom.js';

/**
 * @typedef {object} Input
 * @property {string} name
 * @property {string} description
 * @property {'text' | 'select' | 'file'} type
 * @property {string} value the default
 * @property {boolean} isHidden
 * @property {string[]} options the choices, or the types of files
 */
/**
 * @typedef {object} Shortcut
 * @property {string} id
 * @property {string} name
 * @property {string} template the question that it asks, with `{{name}}` for the inputs
 * @property {Input[]} inputs
 */
/** A file of an input that has been uploaded. @typedef {{id: string, name: string, isImage: boolean}} InputFile */
/** The values of inputs by name. @typedef {Map<string, string | InputFile>} InputValues */

/** The types of files that browsers can filter. */
const ACCEPTED = new Map([
  ['image', 'image/*'],
  ['audio', 'audio/*'],
  ['video', 'video/*'],
]);

/** @param {any} value */
const text = (value) => (typeof value === 'string' ? value : '');

/** @param {any} component @returns {Input} */
function readInput(component) {
  const { name, description, type, default_value: value, is_hide: isHidden, options } = component || {};
  return {
    name: text(name),
    description: text(description),
    type: type === 'select' || type === 'file' ? type : 'text',
    value: text(value),
    isHidden: isHidden === true,
    options: Array.isArray(options) ? options.map(text).filter(Boolean) : [],
  };
}

/** Reads a shortcut of a bot. @param {any} value @returns {Shortcut} */
export function readShortcut(value) {
  const shortcut = value || {};
  const { components } = shortcut;
  return {
    id: text(shortcut.id || shortcut.command_id),
    name: text(shortcut.name || shortcut.command || shortcut.shortcut_command),
    template: text(shortcut.query_template || shortcut.template_query || shortcut.description),
    inputs: (Array.isArray(components) ? components : []).map(readInput).filter(({ name }) => name),
  };
}

/** Returns the inputs that the user sees. @param {Shortcut} shortcut */
export function visibleInputs({ inputs }) {
  return inputs.filter(({ isHidden }) => !isHidden);
}

/** Returns the defaults of the inputs. @param {Shortcut} shortcut @returns {InputValues} */
export function defaultsOf({ inputs }) {
  return new Map(inputs.filter(({ value }) => value).map(({ name, value }) => [name, value]));
}

/** Returns the question of a shortcut. @param {Shortcut} shortcut @param {InputValues} values */
export function fillTemplate({ name, template }, values) {
  const filled = template.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, input) => {
    const value = values.get(input);
    return typeof value === 'object' ? value.name : value || '';
  });
  return filled.trim() || name;
}

/** Returns the parameters that a question sends, each as the content of a message. @param {InputValues} values */
export function parametersOf(values) {
  return Object.fromEntries(
    Array.from(values, ([name, value]) => {
      const part =
        typeof value === 'string'
          ? { type: 'text', text: value }
          : { type: value.isImage ? 'image' : 'file', file_id: value.id };
      return [name, JSON.stringify([part])];
    }),
  );
}

/** @param {Input} input */
function controlOf({ type, value, options, description }) {
  const id = uniqueId('input');
  const props = { id, class: 'input', required: true, 'aria-describedby': description ? `${id}-help` : null };
  if (type === 'file') {
    const isKnown = options.length && options.every((each) => ACCEPTED.has(each));
    return h('input', { ...props, type: 'file', accept: isKnown ? options.map((each) => ACCEPTED.get(each)).join() : null });
  }
  if (type === 'text') return h('input', { ...props, type: 'text', value });
  const select = h('select', props, options.map((each) => h('option', { value: each }, each)));
  if (options.includes(value)) select.value = value;
  return select;
}

/**
 * Asks for the inputs that are not hidden. Returns nothing if the user cancels.
 * @param {import('./overlay.js').Overlays} overlays @param {Shortcut} shortcut
 * @param {import('./texts.js').Translate} t
 * @returns {Promise<Map<string, string | File> | null>}
 */
export function askForInputs(overlays, shortcut, t) {
  return new Promise((resolve) => {
    /** @type {Map<string, string | File> | null} */
    let answer = null;
    const fields = visibleInputs(shortcut).map((input) => ({ input, control: controlOf(input) }));
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      answer = new Map();
      for (const { input, control } of fields) {
        const file = input.type === 'file' && 'files' in control && control.files ? control.files[0] : null;
        answer.set(input.name, file || control.value);
      }
      close();
    };
    const form = h(
      'form',
      { on: { submit } },
      h('p', { class: 'dialog-title' }, shortcut.name),
      fields.flatMap(({ input: { name, description }, control }) => [
        h('label', { for: control.id }, name),
        control,
        description ? h('p', { class: 'input-help', id: `${control.id}-help` }, description) : null,
      ]),
      h(
        'div',
        { class: 'dialog-buttons' },
        button(t('cancel'), () => close(), { class: 'plain' }),
        h('button', { type: 'submit', class: 'primary' }, t('send')),
      ),
    );
    if (fields.length) fields[0].control.setAttribute('data-autofocus', '');
    const content = h('div', { class: 'dialog' }, form);
    const close = overlays.open(content, { label: shortcut.name, kind: 'center', onClose: () => resolve(answer) });
  });
}
