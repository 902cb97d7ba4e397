// The options of an SDK, edited in a form or as code. The code is what counts: the form shows its
// values, and changes single members of it.

import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { chosenIds } from './ids.js';
import { pickId } from './picker.js';
import { readObject, valueOf } from './literal.js';
import { setMember } from './literaledit.js';
import { CALLS, initialCode, withoutTokens } from './sdkcode.js';
import { literalMessage, optionForm } from './sdkform.js';
import { load, save, scoped } from './store.js';

/** @typedef {import('./sdkcode.js').Sdk} Sdk */
/** The options: their values, and their source. @typedef {{values: unknown, source: string}} ReadOptions */

/** Larger drafts are not kept. */
const MAX_LENGTH = 256 * 1024;

export class SdkEditor {
  /**
   * @param {Sdk} sdk @param {import('./sdkoptions.js').Group[]} groups
   * @param {import('./api.js').State} state @param {() => void} changed
   */
  constructor(sdk, groups, state, changed) {
    this.sdk = sdk;
    this.state = state;
    this.changed = changed;
    /** The code before it was reset. @type {string | null} */
    this.before = null;
    const id = uniqueId('code');
    this.form = optionForm(groups, {
      changed: (path, value) => this.set(setMember(this.area.value, path, value, CALLS[sdk])),
      pick: (name) => pickId(name, {}, state),
    });
    this.area = h('textarea', { id, class: 'json sdk-code', rows: '12', spellcheck: 'false', autocomplete: 'off' });
    this.area.addEventListener('input', () => this.update());
    this.status = h('p', { class: 'json-state', role: 'status' });
    this.undo = button(t('sdk.undo'), () => this.takeBack(), { class: 'quiet small', hidden: true });
    this.label = h('label', { for: id, class: 'offscreen' }, t('sdk.code.label'));
    this.actions = [button(t('sdk.reset'), () => this.reset(), { class: 'quiet small' }), this.undo];
    this.codeNode = h('div', { class: 'sdk-code-box' }, this.label, this.area, this.status, h('p', { class: 'help' }, t('sdk.code.help')));
    const kept = load(scoped(`sdk.${sdk}`), '');
    this.set(typeof kept === 'string' && kept ? kept : this.initial());
  }

  initial() {
    return initialCode(this.sdk, { ...this.state.defaults, ...chosenIds() });
  }

  /** Reads the options. Throws if that is not possible. @returns {ReadOptions} */
  read() {
    const text = this.area.value;
    const node = readObject(text, CALLS[this.sdk]);
    return { values: valueOf(node), source: text.slice(node.start, node.end) };
  }

  /** @param {string} code */
  set(code) {
    this.area.value = code;
    this.update();
  }

  /** Shows the options of the code in the form, or what is wrong with the code. */
  update() {
    let problem = '';
    /** @type {unknown} */
    let values = null;
    try {
      ({ values } = this.read());
    } catch (error) {
      problem = literalMessage(error);
    }
    this.form.show(values);
    setChildren(this.status, problem ? `${problem} ${t('sdk.form.wait')}` : t('sdk.code.right'));
    this.status.classList.toggle('wrong', Boolean(problem));
    const kept = withoutTokens(this.area.value);
    if (kept.length <= MAX_LENGTH) save(scoped(`sdk.${this.sdk}`), kept);
    this.changed();
  }

  reset() {
    this.before = this.area.value;
    this.undo.hidden = false;
    this.set(this.initial());
  }

  takeBack() {
    if (this.before !== null) this.set(this.before);
    this.before = null;
    this.undo.hidden = true;
  }
}
