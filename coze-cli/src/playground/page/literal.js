// Reads object literals of JavaScript without running them.

/** Code that is not a literal, such as a function. */
export class Code {
  /** @param {string} source */
  constructor(source) {
    this.source = source;
  }
}

/** The reasons why a literal cannot be read. The texts have the keys `literal.NAME`. */
/**
 * @typedef {'object' | 'name' | 'colon' | 'value' | 'comma' | 'closed' | 'string' | 'spread'
 *   | 'more' | 'comment'} Reason
 */

/** Says what is wrong with a literal, and where. */
export class LiteralError extends Error {
  /** @param {Reason} reason @param {string} text @param {number} at @param {string} [found] */
  constructor(reason, text, at, found = '') {
    super(reason);
    this.reason = reason;
    this.at = Math.min(at, text.length);
    this.line = text.slice(0, this.at).split('\n').length;
    this.found = found;
  }
}

/**
 * A value with its place in the text.
 * @typedef {{start: number, end: number}} Range
 * @typedef {Range & {kind: 'object', members: Member[]}} ObjectNode
 * @typedef {Range & {kind: 'list', items: Node[]}} ListNode
 * @typedef {Range & {kind: 'value', value: unknown}} ValueNode
 * @typedef {ObjectNode | ListNode | ValueNode} Node
 * @typedef {{name: string, start: number, value: Node}} Member
 */

const WORDS = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);
const NAME = /[A-Za-z_$][\w$]*/y;
const NUMBER = /[+-]?(?:0[xX][\da-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w$])/y;
const METHOD = /((?:(?:async|get|set)\s+)?\*?)\s*([A-Za-z_$][\w$]*)\s*\(/y;
const CLOSING = /** @type {Record<string, string>} */ ({ '(': ')', '[': ']', '{': '}' });
const ESCAPES = /** @type {Record<string, string>} */ ({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' });
/** The beginning of an expression that continues after a value. */
const OPERATOR = /^(?:[+\-*%?.|&=<>([`,]|\/(?![/*]))/;
/** Objects inside of objects. Deeper ones would exhaust the stack. */
const MAX_DEPTH = 100;

class Reader {
  /** @param {string} text @param {number} at */
  constructor(text, at) {
    this.text = text;
    this.at = at;
    this.depth = 0;
  }

  /** @param {Reason} reason @param {number} [at] @param {string} [found] @returns {never} */
  fail(reason, at = this.at, found = '') {
    throw new LiteralError(reason, this.text, at, found);
  }

  /** Moves behind white space and comments. */
  skip() {
    for (;;) {
      while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
      if (this.text.startsWith('//', this.at)) {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else if (this.text.startsWith('/*', this.at)) {
        const end = this.text.indexOf('*/', this.at + 2);
        if (end < 0) this.fail('comment');
        this.at = end + 2;
      } else return;
    }
  }

  /** Returns the match at the current place. @param {RegExp} pattern */
  match(pattern) {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  /** @returns {Node} */
  value() {
    this.skip();
    const start = this.at;
    const first = this.text[start];
    if (first === '{' || first === '[') {
      this.depth += 1;
      if (this.depth > MAX_DEPTH) this.fail('value');
      const node = first === '{' ? this.object() : this.list();
      this.depth -= 1;
      return this.atEnd() ? node : this.code(start);
    }
    const literal = this.literal();
    if (literal && this.atEnd()) return { kind: 'value', start, end: literal.end, value: literal.value };
    this.at = start;
    return this.code(start);
  }

  /** Returns `true` if the value is complete, and fails if a comma is missing after it. */
  atEnd() {
    const end = this.at;
    this.skip();
    const rest = this.text.slice(this.at, this.at + 2);
    const isComplete = !rest || /^[,\]})]|^;/.test(rest);
    if (!isComplete && !OPERATOR.test(rest)) this.fail('comma', end);
    this.at = end;
    return isComplete;
  }

  /** Reads a string, a number or a word. */
  literal() {
    const first = this.text[this.at] ?? '';
    if (first === '"' || first === "'" || first === '`') {
      const value = this.string(first);
      return value === null ? null : { value, end: this.at };
    }
    const number = this.match(NUMBER);
    if (number) {
      this.at += number[0].length;
      return { value: Number(number[0].replaceAll('_', '')), end: this.at };
    }
    const word = this.match(NAME);
    if (!word || !WORDS.has(word[0])) return null;
    this.at += word[0].length;
    return { value: WORDS.get(word[0]), end: this.at };
  }

  /** Reads a string. Returns `null` for a template with expressions. @param {string} quote */
  string(quote) {
    const start = this.at;
    const { text } = this;
    let value = '';
    let isTemplate = false;
    for (this.at += 1; this.at < text.length; this.at += 1) {
      const each = text[this.at];
      if (each === quote) {
        this.at += 1;
        return isTemplate ? null : value;
      }
      if (each === '\n' && quote !== '`') break;
      if (quote === '`' && text.startsWith('${', this.at)) {
        isTemplate = true;
        this.at += 1;
        this.balanced('{');
        this.at -= 1;
      } else value += each === '\\' ? this.escape() : each;
    }
    return this.fail('string', start);
  }

  /** Reads an escape, and stays at its last character. */
  escape() {
    this.at += 1;
    const next = this.text[this.at] ?? '';
    if (next === '\n') return '';
    const [, digits] = /^(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\})/i
      .exec(this.text.slice(this.at, this.at + 10))?.filter((each) => each !== undefined) ?? [];
    if (!digits) return ESCAPES[next] ?? next;
    this.at += digits.length + (this.text[this.at + 1] === '{' ? 2 : 0);
    const point = Number.parseInt(digits, 16);
    return point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
  }

  /** Moves behind a bracket and what it contains. @param {string} open */
  balanced(open) {
    const start = this.at;
    this.at += 1;
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.fail('value');
    for (;;) {
      this.skip();
      const each = this.text[this.at];
      if (each === undefined) this.fail('closed', start, open);
      if (each === CLOSING[open]) break;
      if (each in CLOSING) this.balanced(each);
      else if (each === ')' || each === ']' || each === '}') this.fail('closed', start, open);
      else if (each === '"' || each === "'" || each === '`') this.string(each);
      else this.at += 1;
    }
    this.at += 1;
    this.depth -= 1;
  }

  /** Reads an expression as text. @param {number} start @returns {ValueNode} */
  code(start) {
    this.at = start;
    let end = start;
    let questions = 0;
    for (;;) {
      this.skip();
      const each = this.text[this.at] ?? '';
      if (!each || /[,;)\]}]/.test(each)) break;
      if (each in CLOSING) this.balanced(each);
      else if (each === '"' || each === "'" || each === '`') this.string(each);
      else if (each === ':') {
        // After a forgotten comma, the name of the next member follows.
        const before = this.text.slice(start, this.at).replace(/[\w$]+\s*$/, '').trimEnd();
        if (!questions) this.fail('comma', start + before.length);
        questions -= 1;
        this.at += 1;
      } else {
        if (each === '?' && !/^\?[.?]/.test(this.text.slice(this.at, this.at + 2))) questions += 1;
        this.at += /^\?[.?]/.test(this.text.slice(this.at, this.at + 2)) ? 2 : 1;
      }
      end = this.at;
    }
    this.at = end;
    if (end === start) this.fail('value');
    return { kind: 'value', start, end, value: new Code(this.text.slice(start, end).trim()) };
  }

  /** @returns {ObjectNode} */
  object() {
    const start = this.at;
    /** @type {Member[]} */
    const members = [];
    this.at += 1;
    for (;;) {
      this.skip();
      if (this.text[this.at] === undefined) this.fail('closed', start, '{');
      if (this.text[this.at] === '}') break;
      members.push(this.member());
      this.skip();
      if (this.text[this.at] === ',') this.at += 1;
      else if (this.text[this.at] === undefined) this.fail('closed', start, '{');
      else if (this.text[this.at] !== '}') this.fail('comma');
    }
    this.at += 1;
    return { kind: 'object', start, end: this.at, members };
  }

  /** @returns {Member} */
  member() {
    const start = this.at;
    if (this.text.startsWith('...', start) || this.text[start] === '[') this.fail('spread');
    const method = this.match(METHOD);
    if (method) return { name: method[2], start, value: this.method(start, method) };
    const name = this.name();
    this.skip();
    if (this.text[this.at] === ':') {
      this.at += 1;
      return { name, start, value: this.value() };
    }
    // A variable with the same name.
    if (/[,}]/.test(this.text[this.at] ?? ''))
      return { name, start, value: { kind: 'value', start, end: this.at, value: new Code(name) } };
    return this.fail('colon', this.at, name);
  }

  /** Reads a method as a function. @param {number} start @param {RegExpExecArray} head */
  method(start, [head, prefix]) {
    const node = this.code(start);
    const source = this.text.slice(start + head.length - 1, node.end);
    const isAsync = prefix.startsWith('async') ? 'async ' : '';
    node.value = new Code(`${isAsync}function${prefix.includes('*') ? '*' : ''} ${source}`);
    return node;
  }

  name() {
    const first = this.text[this.at];
    if (first === '"' || first === "'") return String(this.string(first));
    const found = this.match(NAME) ?? this.match(NUMBER);
    if (!found) return this.fail('name');
    this.at += found[0].length;
    return found[0];
  }

  /** @returns {ListNode} */
  list() {
    const start = this.at;
    /** @type {Node[]} */
    const items = [];
    this.at += 1;
    for (;;) {
      this.skip();
      if (this.text[this.at] === undefined) this.fail('closed', start, '[');
      if (this.text[this.at] === ']') break;
      if (this.text.startsWith('...', this.at)) this.fail('spread');
      items.push(this.value());
      this.skip();
      if (this.text[this.at] === ',') this.at += 1;
      else if (this.text[this.at] === undefined) this.fail('closed', start, '[');
      else if (this.text[this.at] !== ']') this.fail('comma');
    }
    this.at += 1;
    return { kind: 'list', start, end: this.at, items };
  }
}

/**
 * Reads the object in a text: the argument of one of the calls, such as `WebChatClient`, or else
 * the object that the text consists of.
 * @param {string} text @param {string[]} [calls] @returns {ObjectNode}
 */
export function readObject(text, calls = []) {
  const call = calls.length ? new RegExp(`\\b(?:${calls.join('|')})\\s*\\(`).exec(text) : null;
  const reader = new Reader(text, call ? call.index + call[0].length : 0);
  reader.skip();
  if (text[reader.at] !== '{') reader.fail('object');
  const node = reader.object();
  reader.skip();
  if (!call && reader.at < text.length) reader.fail('more');
  if (call && !/[,)]/.test(text[reader.at] ?? '')) reader.fail('closed', call.index, '(');
  return node;
}

/** Reads a text that consists of one value. @param {string} text @returns {unknown} */
export function readValue(text) {
  const reader = new Reader(text, 0);
  const node = reader.value();
  reader.skip();
  if (reader.at < text.length) reader.fail('more');
  return valueOf(node);
}

/** Returns the value of a node. Code stays `Code`. @param {Node} node @returns {unknown} */
export function valueOf(node) {
  if (node.kind === 'value') return node.value;
  if (node.kind === 'list') return node.items.map(valueOf);
  return Object.fromEntries(node.members.map(({ name, value }) => [name, valueOf(value)]));
}
