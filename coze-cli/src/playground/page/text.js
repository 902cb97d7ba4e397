// Views of unchanged text. Long text is shown in pieces.

import { copyButton } from './clipboard.js';
import { button, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { Indented, isJson } from './json.js';

/** Long text is split, because the layout time of a line with several scripts is quadratic. */
const CHUNK_LENGTH = 1000;
const CHUNKS_PER_BATCH = 40;

/** Returns an element for each chunk of a text. @param {string} text */
function chunks(text) {
  const all = [];
  for (let from = 0; from < text.length; ) {
    const rest = text.length - from;
    const line = rest > CHUNK_LENGTH ? text.lastIndexOf('\n', from + CHUNK_LENGTH - 1) : -1;
    const end = line > from ? line + 1 : from + CHUNK_LENGTH;
    all.push(h('span', { class: 'chunk' }, text.slice(from, end)));
    from = end;
  }
  return all;
}

/**
 * A text that is read in pieces. `left` is the number of characters that are left.
 * @typedef {{next: (length: number) => string, done: boolean, left: number}} Source
 */

/** Shows a text in pieces: the first one, and a button that shows the next one. @param {Source} source */
function pieces(source) {
  const code = h('code', null);
  let rest = '';
  const show = () => {
    const length = CHUNK_LENGTH * CHUNKS_PER_BATCH;
    if (rest.length < length) rest += source.next(length - rest.length);
    code.append(...chunks(rest.slice(0, length)));
    rest = rest.slice(length);
    more.hidden = !rest && source.done;
    setChildren(more, t('tree.more_text', { n: rest.length + source.left }));
  };
  const more = button('', show, { class: 'quiet small' });
  show();
  return { code, more };
}

/** Reads an unchanged text in pieces. @param {string} text */
function plain(text) {
  let at = 0;
  return {
    next: (/** @type {number} */ length) => text.slice(at, (at += length)),
    get done() {
      return at >= text.length;
    },
    get left() {
      return Math.max(0, text.length - at);
    },
  };
}

/**
 * Shows text. JSON is indented until the user asks for the unchanged text, which the copy button
 * copies.
 * @param {string} text
 */
export function textView(text) {
  const body = h('div', { class: 'text-pieces' });
  const valid = isJson(text);
  let raw = !valid;
  const show = () => {
    setChildren(body, raw ? plainView(text) : viewOf(new Indented(text, valid)));
    toggle.setAttribute('aria-pressed', String(raw));
  };
  const toggle = button(
    t('text.raw'),
    () => {
      raw = !raw;
      show();
    },
    { class: 'quiet small', title: t('text.raw.title') },
  );
  show();
  const copy = copyButton(() => text);
  const bar = h('div', { class: 'json-bar' }, valid && toggle, copy);
  return h('div', { class: 'json-view' }, bar, body);
}

/** Shows text unchanged. @param {string} text */
export function plainView(text) {
  return viewOf(plain(text));
}

/** @param {Source} source */
function viewOf(source) {
  const { code, more } = pieces(source);
  return h('div', null, h('pre', { class: 'body-text', tabindex: '0' }, code), more);
}

/** The length up to which a text in a tree is shown at once. */
const SHORT_LENGTH = 2000;

/** Shows a text in an element, long text in pieces. @param {HTMLElement} element @param {string} text */
export function fillWithText(element, text) {
  if (text.length <= SHORT_LENGTH) return void setChildren(element, text);
  const { code, more } = pieces(plain(text));
  setChildren(element, code, more);
}
