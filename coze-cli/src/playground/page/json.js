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

/**
 * Indents JSON text. Numbers, the order of members and repeated names stay unchanged.
 * @param {string} text
 */
export function indentJson(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  return text.replace(
    /("(?:\\.|[^"\\])*")|([{[])\s*([}\]])?|([}\]])|(,)|(:)|(\s+)/g,
    (_token, string, open, empty, close, comma, colon, space) => {
      if (string) return string;
      if (space) return '';
      if (comma) return `,${line()}`;
      if (colon) return ': ';
      if (close) {
        depth -= 1;
        return line() + close;
      }
      if (empty) return open + empty;
      depth += 1;
      return open + line();
    },
  );
}
