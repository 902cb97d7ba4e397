// JSON as a tree that folds. Children are made when they are first seen.

import { copyButton } from './clipboard.js';
import { button, fill, h, outside } from './dom.js';
import { t } from './i18n.js';

const AT_ONCE = 100;

/** @param {unknown} value */
const isBranch = (value) => typeof value === 'object' && value !== null;

/** @param {unknown} value @param {number} [open] how many levels are open */
export function tree(value, open = 2) {
  return h('div', { class: 'tree' }, node(null, value, open));
}

/** A tree with a bar: unfold, fold, text, copy. @param {unknown} value */
export function jsonView(value) {
  const body = h('div', { class: 'json-body' });
  let raw = false;
  const text = () => JSON.stringify(value, null, 2);
  const show = (/** @type {number} */ open) => fill(body, raw ? h('pre', { tabindex: '0' }, h('code', null, text())) : tree(value, open));
  const toggle = button(t('tree.text'), () => {
    raw = !raw;
    toggle.setAttribute('aria-pressed', String(raw));
    show(2);
  }, { class: 'quiet small', 'aria-pressed': 'false' });
  show(2);
  const folds = isBranch(value) && [
    button(t('tree.unfold'), () => show(8), { class: 'quiet small' }),
    button(t('tree.fold'), () => show(1), { class: 'quiet small' }),
  ];
  return h('div', { class: 'json-view' }, h('div', { class: 'json-bar' }, folds, toggle, copyButton(text)), body);
}

/** @param {string | number | null} key @param {unknown} value @param {number} open @returns {HTMLElement} */
function node(key, value, open) {
  const name = key === null ? null : h('span', { class: typeof key === 'number' ? 'index' : 'key' }, String(key));
  if (!isBranch(value)) return h('div', { class: 'leaf' }, name, name && ': ', leaf(value));
  const entries = Array.isArray(value) ? value.map((each, at) => /** @type {[number, unknown]} */ ([at, each])) : Object.entries(value);
  const label = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  if (!entries.length) return h('div', { class: 'leaf' }, name, name && ': ', h('span', { class: 'muted' }, Array.isArray(value) ? '[]' : '{}'));
  const children = h('div', { class: 'children' });
  const element = h('details', null, h('summary', null, name, name && ' ', h('span', { class: 'muted' }, label)), children);
  let made = 0;
  const more = () => {
    const next = entries.slice(made, made + AT_ONCE);
    made += next.length;
    children.append(...next.map(([k, each]) => node(k, each, open - 1)));
    if (made < entries.length) {
      const rest = button(t('tree.more', { n: entries.length - made }), () => {
        rest.remove();
        more();
      }, { class: 'quiet small' });
      children.append(rest);
    }
  };
  element.addEventListener('toggle', () => {
    if (element.open && !made) more();
  });
  if (open > 0) {
    more();
    element.open = true;
  }
  return element;
}

/** @param {unknown} value */
function leaf(value) {
  if (typeof value !== 'string') return h('span', { class: `json-${value === null ? 'null' : typeof value}` }, String(value));
  const quoted = h('span', { class: 'json-string' }, JSON.stringify(value));
  return /^https?:\/\/\S+$/.test(value) ? outside(value, quoted) : quoted;
}
