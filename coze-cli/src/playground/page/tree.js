// A body as it came, and the same beside what the model says of it. Children of a tree are made when they are first seen.

import { copyButton } from './clipboard.js';
import { button, fill, h, outside } from './dom.js';
import { t } from './i18n.js';
import { indented, parsed } from './wire.js';

/** @typedef {import('./api.js').Reading} Reading */
/** @typedef {import('./api.js').Description} Description */

const AT_ONCE = 100;
/** A text is laid out in pieces: the time that a long line of several scripts takes grows with its square. */
const PIECE = 1000;
const PIECES_AT_ONCE = 40;

/** A text as it came; JSON only with line breaks added. What is copied is the text itself. @param {string} text */
export function textView(text) {
  const shown = indented(text);
  const code = h('code', null);
  let end = 0;
  const more = button('', () => show(), { class: 'quiet small' });
  const show = () => {
    for (let piece = 0; piece < PIECES_AT_ONCE && end < shown.length; piece += 1) {
      const line = shown.lastIndexOf('\n', end + PIECE - 1);
      const next = line > end && end + PIECE < shown.length ? line + 1 : end + PIECE;
      code.append(h('span', { class: 'piece' }, shown.slice(end, next)));
      end = next;
    }
    more.hidden = end >= shown.length;
    fill(more, t('tree.more_text', { n: Math.max(0, shown.length - end) }));
  };
  show();
  return h(
    'div',
    { class: 'json-view' },
    h(
      'div',
      { class: 'json-bar' },
      copyButton(() => text),
    ),
    h('pre', { class: 'body-text', tabindex: '0' }, code),
    more,
  );
}

/** A value as a tree that folds, with a bar. @param {Reading} reading */
export function readingView(reading) {
  const body = h('div', { class: 'json-body' });
  const show = (/** @type {number} */ open) =>
    fill(body, h('div', { class: 'tree' }, node(null, reading, open, undefined)));
  show(3);
  const folds = (reading.members || reading.items) && [
    button(t('tree.unfold'), () => show(8), { class: 'quiet small' }),
    button(t('tree.fold'), () => show(1), { class: 'quiet small' }),
  ];
  return h('div', { class: 'json-view' }, h('div', { class: 'json-bar' }, folds), body);
}

/**
 * @param {string | number | null} key @param {Reading} reading @param {number} open how many levels are open
 * @param {Description | null | undefined} known what the model says; null if it does not know the member
 * @returns {HTMLElement}
 */
function node(key, reading, open, known) {
  const name =
    key === null
      ? null
      : h(
          'span',
          { class: typeof key === 'number' ? 'index' : 'key', title: known?.description },
          String(key),
        );
  const marks = [
    known === null &&
      h('span', { class: 'mark', title: t('reading.unknown.title') }, t('reading.unknown')),
    reading.unexpected && h('span', { class: 'mark warn' }, reading.unexpected),
  ];
  /** @type {(() => HTMLElement)[]} */
  const children =
    reading.members?.map(
      (each) => () =>
        node(
          each.name,
          each.value,
          open - 1,
          each.known ?? (reading.missing || hasKnown(reading) ? null : undefined),
        ),
    ) ??
    reading.items?.map((each, at) => () => node(at, each, open - 1, undefined)) ??
    [];
  children.push(...(reading.missing ?? []).map((each) => () => missing(each)));
  if (reading.text !== undefined)
    return h('div', { class: 'leaf' }, name, name && ': ', leaf(reading.text), marks);
  const [before, after] = reading.items ? '[]' : '{}';
  if (!children.length)
    return h(
      'div',
      { class: 'leaf' },
      name,
      name && ': ',
      h('span', { class: 'muted' }, before + after),
      marks,
    );
  const count = (reading.members ?? reading.items ?? []).length;
  return branch(
    [name, name && ' ', h('span', { class: 'muted' }, `${before}${count}${after}`), marks],
    children,
    open > 0,
  );
}

/** Whether the model knows any member; of an object that it does not describe, none is unknown. @param {Reading} reading */
function hasKnown(reading) {
  return reading.members?.some((each) => each.known) ?? false;
}

/** @param {(Node | string | null | false | undefined | (Node | string | null | false | undefined)[])[]} label @param {(() => HTMLElement)[]} make @param {boolean} open */
function branch(label, make, open) {
  const inside = h('div', { class: 'children' });
  const element = h('details', null, h('summary', null, label.flat()), inside);
  let made = 0;
  const more = () => {
    inside.append(...make.slice(made, made + AT_ONCE).map((each) => each()));
    made += AT_ONCE;
    if (made >= make.length) return;
    const rest = button(
      t('tree.more', { n: make.length - made }),
      () => {
        rest.remove();
        more();
      },
      { class: 'quiet small' },
    );
    inside.append(rest);
  };
  element.addEventListener('toggle', () => {
    if (element.open && !made) more();
  });
  if (open) {
    more();
    element.open = true;
  }
  return element;
}

/** A field that the server left out. @param {Description} field */
function missing({ name, type, description }) {
  return h(
    'div',
    { class: 'leaf missing' },
    h('span', { class: 'key', title: description }, name),
    ' ',
    h('span', { class: 'type' }, type),
    ' ',
    h('span', { class: 'muted' }, t('reading.missing')),
  );
}

/** A scalar, exactly as it came. @param {string} text */
function leaf(text) {
  const kind = { '"': 'string', t: 'boolean', f: 'boolean', n: 'null' }[text[0]] ?? 'number';
  const shown = h('span', { class: `json-${kind}` }, text);
  const value = kind === 'string' ? parsed(text) : null;
  return typeof value === 'string' && /^https?:\/\/\S+$/.test(value)
    ? outside(value, shown)
    : shown;
}
