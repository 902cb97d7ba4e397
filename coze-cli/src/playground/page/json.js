// Reads JSON whose parts may be missing or have unexpected types.

/**
 * Returns `true` for objects other than arrays.
 * @param {unknown} value @returns {value is Record<string, unknown>}
 */
export function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON. Returns the text itself if it is not JSON.
 * @param {string} text @returns {unknown}
 */
export function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Returns the value at a path.
 * @param {unknown} value @param {...string} path @returns {unknown}
 */
export function valueAt(value, ...path) {
  return path.reduce(
    (/** @type {unknown} */ object, name) => (isRecord(object) ? object[name] : undefined),
    value,
  );
}

/** Returns the string at a path, or an empty one. @param {unknown} value @param {...string} path */
export function textAt(value, ...path) {
  const text = valueAt(value, ...path);
  return typeof text === 'string' ? text : '';
}

/**
 * Returns the list at a path, or an empty one.
 * @param {unknown} value @param {...string} path @returns {unknown[]}
 */
export function listAt(value, ...path) {
  const list = valueAt(value, ...path);
  return Array.isArray(list) ? list : [];
}

/** Returns `true` for the white space of JSON. @param {number} code */
const isSpace = (code) => code === 32 || code === 10 || code === 13 || code === 9;

/** Returns the index after the string that starts at `at`. @param {string} text @param {number} at */
function stringEnd(text, at) {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Returns the index after the token that starts at `at`. @param {string} text @param {number} at */
export function tokenEnd(text, at) {
  if (text[at] === '"') return stringEnd(text, at);
  if ('{}[],:'.includes(text[at])) return at + 1;
  let end = at + 1;
  while (end < text.length && !'{}[],:"'.includes(text[end]) && !isSpace(text.charCodeAt(end))) end += 1;
  return end;
}

/** Returns the index after the white space at `at`. @param {string} text @param {number} at */
export function skipSpace(text, at) {
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Returns `true` if a text is valid JSON. @param {string} text */
export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Indents JSON in pieces, because a long text is shown in pieces. Numbers, the order of members and
 * repeated names stay unchanged. Text that is not JSON is returned unchanged.
 */
export class Indented {
  /** @param {string} text @param {boolean} [valid] */
  constructor(text, valid = isJson(text)) {
    this.text = text;
    this.valid = valid;
    this.at = 0;
    this.depth = 0;
  }

  /** Returns `true` if `next` has returned everything. */
  get done() {
    return this.at >= this.text.length;
  }

  /** The number of characters of the unchanged text that `next` has not returned. */
  get left() {
    return this.text.length - this.at;
  }

  /** Returns a piece that has at least `length` characters, except for the last one. @param {number} length */
  next(length) {
    if (!this.valid) {
      const from = this.at;
      this.at = Math.min(this.text.length, from + length);
      return this.text.slice(from, this.at);
    }
    let piece = '';
    while (piece.length < length && !this.done) piece += this.token();
    return piece;
  }

  token() {
    const { text } = this;
    const from = skipSpace(text, this.at);
    this.at = tokenEnd(text, from);
    const token = text.slice(from, this.at);
    const line = () => `\n${'  '.repeat(this.depth)}`;
    if (token === ',') return token + line();
    if (token === ':') return ': ';
    if (token === '}' || token === ']') {
      this.depth -= 1;
      return line() + token;
    }
    if (token !== '{' && token !== '[') return token;
    const after = skipSpace(text, this.at);
    if (text[after] === '}' || text[after] === ']') {
      this.at = after + 1;
      return token + text[after];
    }
    this.depth += 1;
    return token + line();
  }
}

/**
 * Indents JSON text, as `Indented` does.
 * @param {string} text
 */
export function indentJson(text) {
  return new Indented(text).next(Infinity);
}

/**
 * Reads JSON into a tree of its unchanged scalars. Returns `null` if the text is not JSON, or is
 * nested too deeply.
 * @param {string} text @returns {import('./api.js').AnnotatedValue | null}
 */
export function jsonTree(text) {
  if (!isJson(text)) return null;
  let at = 0;
  const token = () => {
    const from = skipSpace(text, at);
    at = tokenEnd(text, from);
    return text.slice(from, at);
  };
  /** @param {string} first @returns {import('./api.js').AnnotatedValue} */
  const value = (first) => {
    if (first === '{') {
      const members = [];
      for (let name = token(); name !== '}'; name = token()) {
        if (name === ',') continue;
        token();
        members.push({ name: JSON.parse(name), value: value(token()) });
      }
      return { members };
    }
    if (first !== '[') return { text: first };
    const items = [];
    for (let each = token(); each !== ']'; each = token()) if (each !== ',') items.push(value(each));
    return { items };
  };
  try {
    return value(token());
  } catch {
    return null;
  }
}

/**
 * Parses JSON without rounding: integers that a number cannot represent become a `BigInt`.
 * Throws a `SyntaxError` if the text is not JSON.
 * @param {string} text @returns {unknown}
 */
export function parseExact(text) {
  const parsed = JSON.parse(text);
  // Most texts have only short numbers, which a number represents.
  if (!/\d{16}/.test(text)) return parsed;
  const tree = jsonTree(text);
  return tree ? exactValue(tree) : parsed;
}

/** @param {import('./api.js').AnnotatedValue} tree @returns {unknown} */
function exactValue({ text, members, items }) {
  if (items) return items.map(exactValue);
  if (members) return Object.fromEntries(members.map(({ name, value }) => [name, exactValue(value)]));
  return text !== undefined && /^-?\d+$/.test(text) ? exactInteger(text) : JSON.parse(text ?? 'null');
}

/** Returns an integer as a number, or as a `BigInt` if a number would round it. @param {string} text */
export function exactInteger(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

const BIG = '\u0000integer:';

/**
 * Writes a value as JSON. A `BigInt` becomes an integer.
 * @param {unknown} value @param {number} [indent]
 */
export function stringifyExact(value, indent) {
  const text = JSON.stringify(
    value,
    (_name, each) => (typeof each === 'bigint' ? `${BIG}${each}` : each),
    indent,
  );
  return text?.replace(/"\\u0000integer:(-?\d+)"/g, '$1');
}
