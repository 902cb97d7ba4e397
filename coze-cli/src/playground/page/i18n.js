// The texts of the page in the selected language.

import en from './en.js';
import zh from './zh.js';

/** @typedef {'en' | 'zh'} Language */

const TEXTS = { en, zh };

/** @type {Language} */
let current = 'en';

/** Returns the preferred language of the browser. @returns {Language} */
export function preferredLanguage() {
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** @param {Language} language */
export function setLanguage(language) {
  current = language in TEXTS ? language : 'en';
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en';
}

export function language() {
  return current;
}

/**
 * Returns the text of a key, with placeholders such as `{name}` replaced. Returns the key itself if
 * there is no text. The text of `key.one` is used if `n` is 1.
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const texts = TEXTS[current];
  const text = (values.n === 1 ? texts[`${key}.one`] : undefined) ?? texts[key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (/** @type {string} */ all, /** @type {string} */ name) =>
    String(values[name] ?? all),
  );
}

/** Returns the name of a group of operations. @param {string} group */
export function groupName(group) {
  const key = `group.${group}`;
  const name = t(key);
  return name === key ? group : name;
}

/** Returns the names of a group in all languages. @param {string} group */
export function groupNames(group) {
  return Object.values(TEXTS).map((texts) => texts[`group.${group}`] ?? group);
}

/**
 * Returns the title of an operation: in English, what it does as a command, which scans better than
 * the summary.
 * @param {import('./model.js').Operation} operation
 */
export function titleOf(operation) {
  const summary = summaryOf(operation);
  return current === 'zh' ? operation.page?.title || summary : asCommand(summary);
}

/** Returns “Run it and stream its text” for “Runs it and streams its text”. @param {string} text */
function asCommand(text) {
  /** @param {string} verb */
  const base = (verb) => verb.replace(/ies$/, 'y').replace(/(ss|x|z|sh|ch)es$/, '$1').replace(/([^s])s$/, '$1');
  return text
    .replace(/^[A-Z][a-z]+s\b/, base)
    // Verbs are followed by an article or a pronoun, and nouns are not.
    .replace(/(?<=\b(?:and|or) )[a-z]+s(?= (?:an?|the|its?)\b)/g, base);
}

/** Returns the summary without its period. @param {import('./model.js').Operation} operation */
export function summaryOf(operation) {
  return operation.summary.replace(/`|[.。]$/g, '');
}

/** Formats a number of bytes. @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / 1024 / 1024, 'MiB'];
  return `${value.toFixed(1)} ${unit}`;
}

/** Formats milliseconds. @param {number} ms */
export function duration(ms) {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Formats a time of the day. @param {number} at milliseconds since 1970 */
export function moment(at) {
  return new Intl.DateTimeFormat(current === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
}
