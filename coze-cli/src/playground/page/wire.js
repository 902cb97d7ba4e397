// Reading JSON from outside, of which any part may be missing or of another type.

/** Whether it is an object with names. @param {unknown} value @returns {value is Record<string, unknown>} */
export function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of JSON text; the text itself if it is not JSON. @param {string} text @returns {unknown} */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What lies at the end of a path. @param {unknown} value @param {...string} path @returns {unknown} */
export function at(value, ...path) {
  return path.reduce(
    (/** @type {unknown} */ inside, name) => (isRecord(inside) ? inside[name] : undefined),
    value,
  );
}

/** The text at the end of a path; empty if there is none. @param {unknown} value @param {...string} path */
export function textAt(value, ...path) {
  const text = at(value, ...path);
  return typeof text === 'string' ? text : '';
}

/** The list at the end of a path; empty if there is none. @param {unknown} value @param {...string} path @returns {unknown[]} */
export function listAt(value, ...path) {
  const list = at(value, ...path);
  return Array.isArray(list) ? list : [];
}

/** JSON text with a line for each member and item. Every token stays as it came: numbers of any length, the order, repeated names. @param {string} text */
export function indented(text) {
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
