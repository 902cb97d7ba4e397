// Settings in the browser's local storage. If it is not available, they are not kept.

import { parseExact, stringifyExact } from './json.js';

const PREFIX = 'coze-playground.';

/** @template T @param {string} name @param {T} fallback @returns {T} */
export function load(name, fallback) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : /** @type {T} */ (parseExact(text));
  } catch {
    return fallback;
  }
}

/** Stores a value. Returns `false` on failure. @param {string} name @param {unknown} value */
export function save(name, value) {
  try {
    localStorage.setItem(PREFIX + name, stringifyExact(value));
    return true;
  } catch {
    return false;
  }
}
