// Variables in values, such as `{{bot_id}}`, which stand for the ids that the user has chosen. Only
// a whole value can be one, because prompts have variables of their own.

import { kindOf } from './ids.js';
import { isRecord } from './json.js';
import { t } from './i18n.js';

/** Returns the name of the variable that a value is. @param {unknown} value */
function variableOf(value) {
  const name = typeof value === 'string' ? /^\{\{\s*(\w+)\s*\}\}$/.exec(value)?.[1] : undefined;
  return name && kindOf(name) ? name : undefined;
}

/**
 * Replaces variables by ids. Those without an id stay.
 * @template T @param {T} value @param {Record<string, string>} ids @returns {T}
 */
export function withVariables(value, ids) {
  const replace = (/** @type {unknown} */ each) => withVariables(each, ids);
  if (Array.isArray(value)) return /** @type {T} */ (value.map(replace));
  if (isRecord(value) && !(value instanceof File)) {
    const members = Object.entries(value).map(([name, each]) => [name, replace(each)]);
    return /** @type {T} */ (Object.fromEntries(members));
  }
  const name = variableOf(value);
  const id = name && kindOf(name)?.names.map((each) => ids[each]).find(Boolean);
  return id ? /** @type {T} */ (id) : value;
}

/**
 * Returns messages about the variables without an id.
 * @param {unknown} value @param {Record<string, string>} ids @returns {string[]}
 */
export function missingVariables(value, ids) {
  if (Array.isArray(value)) return value.flatMap((each) => missingVariables(each, ids));
  if (isRecord(value) && !(value instanceof File)) return missingVariables(Object.values(value), ids);
  const name = variableOf(withVariables(value, ids));
  return name ? [t('form.no_id', { variable: `{{${name}}}` })] : [];
}
