// Checks values that were entered as JSON by the types and limits of their fields, as the controls
// of the form do.

import { t } from './i18n.js';
import { isRecord } from './json.js';
import { controlKind, fieldsOf, itemType } from './model.js';

/** @typedef {Pick<import('./model.js').Field, 'kind' | 'limits' | 'required'>} Checked */
/**
 * What is wrong with a value. `misfit` is set if no control can show it, and `missing` if a
 * required value is missing.
 * @typedef {{message: string, misfit?: boolean | undefined, missing?: boolean}} Problem
 */

/**
 * Returns what is wrong with values, each with the path of the value.
 * @param {import('./model.js').Field[]} fields @param {Record<string, unknown>} values
 * @param {string} [prefix] the path of the values
 * @returns {Problem[]}
 */
export function checkValues(fields, values, prefix = '') {
  return fields.flatMap((each) => checkValue(each, values[each.wire], `${prefix}${each.wire}`));
}

/** @param {string} path @param {string} text @param {boolean} [misfit] @returns {Problem[]} */
const problem = (path, text, misfit) => [{ message: `${path}: ${text}`, misfit }];

/** @param {Checked} field @param {unknown} value @param {string} path @returns {Problem[]} */
function checkValue(field, value, path) {
  if (value === undefined || value === null)
    return field.required ? [{ message: `${path}: ${t('form.required')}`, missing: true }] : [];
  const kind = controlKind(field.kind);
  switch (kind) {
    case 'array':
      return checkList(field, value, path);
    case 'map': {
      if (!isRecord(value)) return problem(path, t('form.object'), true);
      const item = { kind: itemType(field.kind), required: false };
      return Object.entries(value).flatMap(([name, each]) => checkValue(item, each, `${path}.${name}`));
    }
    case 'object': {
      const fields = fieldsOf(field.kind);
      if (!fields.length) return [];
      return isRecord(value) ? checkValues(fields, value, `${path}.`) : problem(path, t('form.object'), true);
    }
    default: {
      const text = checkScalar(kind, field.limits ?? {}, value);
      return text ? problem(path, text, kind === 'boolean') : [];
    }
  }
}

/** @param {Checked} field @param {unknown} value @param {string} path */
function checkList({ kind, limits = {} }, value, path) {
  if (!Array.isArray(value)) return problem(path, t('form.list'), true);
  const { min_items = 0, max_items = Infinity, each = {} } = limits;
  const count = value.length;
  const item = { kind: itemType(kind), limits: each, required: true };
  return [
    ...(count > 0 && count < min_items ? problem(path, t('form.too_few', { n: min_items })) : []),
    ...(count > max_items ? problem(path, t('form.too_many', { n: max_items })) : []),
    ...value.flatMap((one, at) => checkValue(item, one, `${path}[${at}]`)),
  ];
}

/**
 * Returns the message about a scalar, or an empty text. Numbers may be written as text, and text
 * as a number, because the path and the query have text only.
 * @param {import('./model.js').ControlKind} kind @param {import('./model.js').Limits} limits
 * @param {unknown} value
 */
function checkScalar(kind, limits, value) {
  if (kind === 'json' || kind === 'file') return '';
  if (kind === 'boolean') return typeof value === 'boolean' ? '' : t('form.boolean');
  if (kind === 'string') return typeof value === 'object' ? t('form.text') : checkLength(limits, String(value));
  const isNumber = typeof value !== 'object' && typeof value !== 'boolean';
  return checkNumber(kind === 'integer', limits, isNumber ? String(value).trim() : 'none');
}

/**
 * Returns the message about the text of a number, or an empty text.
 * @param {boolean} whole @param {import('./model.js').Limits} limits @param {string} text
 */
export function checkNumber(whole, { minimum = -Infinity, maximum = Infinity }, text) {
  const number = Number(text);
  if (!text || !Number.isFinite(number)) return t('form.number');
  if (whole && !Number.isInteger(number)) return t('form.integer');
  if (number < minimum) return t('form.too_small', { n: minimum });
  return number > maximum ? t('form.too_large', { n: maximum }) : '';
}

/**
 * Returns the message about the length of a text, or an empty text.
 * @param {import('./model.js').Limits} limits @param {string} text
 */
export function checkLength({ min_length = 0, max_length = Infinity }, text) {
  const length = [...text].length;
  if (!length) return '';
  if (length < min_length) return t('form.too_short', { n: min_length });
  return length > max_length ? t('form.too_long', { n: max_length }) : '';
}
