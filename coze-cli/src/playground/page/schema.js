// What a parameter says about its values.

import { isRecord, textAt } from './wire.js';

/** @typedef {import('./api.js').Parameter} Parameter */

/** A type such as `array<string>`. @param {Parameter | undefined} parameter @returns {string} */
export function typeLabel(parameter) {
  if (!parameter) return 'json';
  if (parameter.type === 'array') return `array<${typeLabel(parameter.items)}>`;
  if (parameter.type === 'map') return `map<${typeLabel(parameter.values)}>`;
  return parameter.type;
}

/** Limits such as `1–100`. @param {Parameter} parameter */
export function limits(parameter) {
  /** @param {number | null | undefined} low @param {number | null | undefined} high */
  const range = (low, high) => {
    const [from, to] = [low ?? null, high ?? null];
    if (from !== null && to !== null) return from === to ? `${from}` : `${from}–${to}`;
    if (from !== null) return `≥ ${from}`;
    return to !== null ? `≤ ${to}` : '';
  };
  return {
    value: range(parameter.minimum, parameter.maximum),
    length: range(parameter.min_length, parameter.max_length),
    items: range(parameter.min_items, parameter.max_items),
  };
}

const KEYS = ['key', 'keyword', 'name'];
const SECRET_NAME = /token|secret|password|authorization|api_?key|credential/i;

/**
 * The values without secrets and files: what may be kept. Where the schema says nothing, the name decides, and so does the
 * key of a pair of key and value.
 * @param {Parameter[]} parameters @param {Record<string, unknown>} values
 */
export function withoutSecrets(parameters, values) {
  /** @type {Record<string, unknown>} */
  const kept = {};
  for (const [name, value] of Object.entries(values)) {
    const parameter = parameters.find((each) => each.name === name);
    const named = parameter ? parameter.secret || parameter.type === 'file' : SECRET_NAME.test(name);
    const hidden = named || (name === 'value' && KEYS.some((key) => SECRET_NAME.test(textAt(values, key))));
    if (!hidden) kept[name] = withoutSecret(parameter, value);
  }
  return kept;
}

/** @param {Parameter | undefined} parameter @param {unknown} value @returns {unknown} */
function withoutSecret(parameter, value) {
  if (Array.isArray(value)) return value.map((each) => withoutSecret(parameter?.items, each));
  return isRecord(value) ? withoutSecrets(parameter?.properties ?? [], value) : value;
}

const POSITION = /^(?:page_token|cursor)$/;

/**
 * The example of an operation. A list starts at its beginning; a file gets a small file of its own.
 * @param {import('./api.js').Operation} operation
 */
export function exampleOf(operation) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const parameter of operation.parameters) {
    const { name, required } = parameter;
    const value = operation.example[name] ?? parameter.example ?? undefined;
    if (operation.paged && !required && POSITION.test(name)) continue;
    if (parameter.type !== 'file') {
      if (value !== undefined) values[name] = value;
    } else if (value !== undefined || required) {
      values[name] = new File([typeof value === 'string' ? value : 'An example.\n'], 'example.txt', { type: 'text/plain' });
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
