// Reading JSON from outside, of which any part may be missing or of another type.

/** Whether it is an object with names. @param {unknown} value @returns {value is Record<string, unknown>} */
export function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lies at the end of a path. @param {unknown} value @param {...string} path @returns {unknown} */
export function at(value, ...path) {
  return path.reduce((/** @type {unknown} */ inside, name) => (isRecord(inside) ? inside[name] : undefined), value);
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
