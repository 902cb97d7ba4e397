// What a parameter says about its values.

import { fieldsOf, paramsOf } from './model.js';
import { isRecord, textAt } from './wire.js';

/** @typedef {import('./model.js').Field} Field */

/** Limits such as `1–100`. @param {import('./model.js').Field} field */
export function limits({ limits: given = {} }) {
  /** @param {number | undefined} low @param {number | undefined} high */
  const range = (low, high) => {
    if (low !== undefined && high !== undefined) return low === high ? `${low}` : `${low}–${high}`;
    if (low !== undefined) return `≥ ${low}`;
    return high !== undefined ? `≤ ${high}` : '';
  };
  return {
    value: range(given.minimum, given.maximum),
    length: range(given.min_length, given.max_length),
    items: range(given.min_items, given.max_items),
  };
}

const KEYS = ['key', 'keyword', 'name'];
const SECRET_NAME = /token|secret|password|authorization|api_?key|credential/i;

/**
 * The values without secrets and files: what may be kept. Where the schema says nothing, the name decides, and so does the
 * key of a pair of key and value.
 * @param {Field[]} fields @param {Record<string, unknown>} values
 */
export function withoutSecrets(fields, values) {
  /** @type {Record<string, unknown>} */
  const kept = {};
  for (const [name, value] of Object.entries(values)) {
    const field = fields.find((each) => each.wire === name);
    const named = field
      ? ['secret', 'file'].includes(/** @type {string} */ (field.kind))
      : SECRET_NAME.test(name);
    const hidden =
      named || (name === 'value' && KEYS.some((key) => SECRET_NAME.test(textAt(values, key))));
    if (!hidden) kept[name] = withoutSecret(field?.kind, value);
  }
  return kept;
}

/** @param {import('./model.js').Type | undefined} kind @param {unknown} value @returns {unknown} */
function withoutSecret(kind, value) {
  if (Array.isArray(value)) return value.map((each) => withoutSecret(kind, each));
  return isRecord(value) ? withoutSecrets(kind ? fieldsOf(kind) : [], value) : value;
}

const POSITION = /^(?:page_token|cursor)$/;

/**
 * The example of an operation. A list starts at its beginning; a file gets a small file of its own.
 * @param {import('./model.js').Operation} operation
 */
export function exampleOf(operation) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const param of paramsOf(operation)) {
    const { wire, required } = param;
    const value = param.example ?? operation.body?.example[wire];
    if (operation.paging && !required && POSITION.test(wire)) continue;
    if (param.kind !== 'file') {
      if (value !== undefined) values[wire] = value;
    } else if (value !== undefined || required) {
      values[wire] = new File(
        [typeof value === 'string' ? value : 'An example.\n'],
        'example.txt',
        { type: 'text/plain' },
      );
    }
  }
  return values;
}

/** Files apart from what JSON can hold. @param {Record<string, unknown>} values */
export function splitFiles(values) {
  /** @type {Map<string, File>} */
  const files = new Map();
  /** @type {Record<string, unknown>} */
  const plain = {};
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof File) files.set(name, value);
    else plain[name] = value;
  }
  return { files, plain };
}
