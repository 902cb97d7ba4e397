// Views of unchanged text. Long text is shown in pieces.

import { copyButton } from './clipboard.js';
import { button, h, setChildren } from './dom.js';
import { saveButton } from './download.js';
import { t } from './i18n.js';
import { Indented, isJson } from './json.js';
import { load, save } from './store.js';

/** Long text is split, because the layout time of a line with several scripts is quadratic. */
const CHUNK_LENGTH = 1000;
const CHUNKS_PER_BATCH = 40;

/** Returns the end of a chunk that begins at `from`: the last line feed in reach, if there is one. @param {string} text @param {number} from */
function chunkEnd(text, from) {
  if (text.length - from <= CHUNK_LENGTH) return text.length;
  const line = text.lastIndexOf('\n', from + CHUNK_LENGTH - 1);
  if (line > from) return line + 1;
  const end = from + CHUNK_LENGTH;
  // A character of two code units stays together.
  const isPair = text.charCodeAt(end) >> 10 === 0x37 && text.charCodeAt(end - 1) >> 10 === 0x36;
  return isPair ? end - 1 : end;
}

/** Returns an element for each chunk of a text. @param {string} text */
export function chunks(text) {
  const all = [];
  for (let from = 0; from < text.length; ) {
    const end = chunkEnd(text, from);
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

/** The length up to which a text is checked before the user asks for its indentation. */
const MAX_CHECKED = 1024 * 1024;
/** The name of the choice to indent JSON, which is kept. */
const INDENT = 'text.indent';

/** Returns `true` if a text is JSON with several lines when indented, as far as that is cheap to tell. @param {string} text */
function mayBeIndented(text) {
  return /^\s*[[{]/.test(text) && (text.length > MAX_CHECKED || isJson(text));
}

/**
 * Shows text as it came. JSON is indented if the user asks for that; the copy button copies the
 * unchanged text.
 * @param {string} text
 * @param {{name: string, parts: () => BlobPart[]}} [file] offers the text as a file
 */
export function textView(text, file) {
  const body = h('div', { class: 'text-pieces' });
  const canIndent = mayBeIndented(text);
  let indents = canIndent && Boolean(load(INDENT, false));
  const show = () => {
    setChildren(body, indents ? viewOf(new Indented(text)) : plainView(text));
    toggle.setAttribute('aria-pressed', String(indents));
  };
  const toggle = button(
    t('text.indent'),
    () => {
      indents = !indents;
      save(INDENT, indents);
      show();
    },
    { class: 'quiet small', title: t('text.indent.title') },
  );
  show();
  const bar = h(
    'div',
    { class: 'json-bar' },
    canIndent && toggle,
    file && saveButton(file.name, file.parts),
    copyButton(() => text),
  );
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

/** The length up to which a text is shown at once. */
const SHORT_LENGTH = 2000;

/** Shows a text in an element, long text in pieces. @param {HTMLElement} element @param {string} text */
export function fillWithText(element, text) {
  if (text.length <= SHORT_LENGTH) return void setChildren(element, text);
  const { code, more } = pieces(plain(text));
  setChildren(element, code, more);
}

/** Splits the long text in the blocks of an answer, such as its paragraphs. @param {HTMLElement} root */
export function splitLongText(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const long = [];
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    if (node.data.length > SHORT_LENGTH && node.parentNode !== root) long.push(node);
  }
  for (const node of long) node.replaceWith(...chunks(node.data));
}

/** The number of characters of a growing text that are shown before the user asks for more. */
const GROWS_TO = 200_000;

/**
 * A text that grows at the end of `element`. Only its last chunk is laid out again. Long text has a
 * button, `more`, that shows the next piece.
 */
export class GrowingText {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    /** @type {Text | null} */
    this.last = null;
    /** The number of characters that may be shown. */
    this.room = GROWS_TO;
    /** The parts that are not shown. @type {string[]} */
    this.rest = [];
    this.left = 0;
    this.more = button('', () => this.showMore(), { class: 'quiet small', hidden: true });
  }

  /** @param {string} text */
  append(text) {
    let at = 0;
    while (at < text.length && this.room > 0) {
      const before = this.last?.data ?? '';
      const joined = before + text.slice(at, at + CHUNK_LENGTH);
      const end = chunkEnd(joined, 0);
      if (end < before.length) {
        this.split(end);
        continue;
      }
      const added = Math.min(end - before.length, this.room);
      if (added > 0) this.extend(text.slice(at, at + added));
      // The chunk is full.
      if (end < joined.length) this.last = null;
      at += added;
      this.room -= added;
    }
    if (at >= text.length) return;
    this.rest.push(text.slice(at));
    this.left += text.length - at;
    setChildren(this.more, t('tree.more_text', { n: this.left }));
    this.more.hidden = false;
  }

  /** Ends the last chunk at a line feed, so that no line is broken in the middle. @param {number} at */
  split(at) {
    const tail = this.last?.splitText(at);
    this.last = null;
    if (!tail) return;
    tail.remove();
    this.extend(tail.data);
  }

  /** Adds text to the last chunk, or begins one. @param {string} text */
  extend(text) {
    if (this.last) return this.last.appendData(text);
    this.last = document.createTextNode(text);
    this.element.append(h('span', { class: 'chunk' }, this.last));
  }

  showMore() {
    const rest = this.rest.join('');
    this.rest = [];
    this.left = 0;
    this.more.hidden = true;
    this.room = CHUNK_LENGTH * CHUNKS_PER_BATCH;
    this.append(rest);
  }
}
