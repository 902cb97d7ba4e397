// What the page remembers in this browser. A browser may refuse to store anything; then it is forgotten.

const PREFIX = 'coze-playground.';

/** @template T @param {string} name @param {T} fallback @returns {T} */
export function load(name, fallback) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Whether it was stored. @param {string} name @param {unknown} value */
export function save(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
