// Limits, secrets and examples of parameters.

import { fieldsOf, paramsOf } from './model.js';
import { isRecord, textAt } from './json.js';
import { PartialInput } from './partial.js';

/** @typedef {import('./model.js').Field} Field */

/** Formats limits, such as `1–100`. @param {import('./model.js').Field} field */
export function limits({ limits: bounds = {} }) {
  /** @param {number | undefined} low @param {number | undefined} high */
  const range = (low, high) => {
    if (low !== undefined && high !== undefined) return low === high ? `${low}` : `${low}–${high}`;
    if (low !== undefined) return `≥ ${low}`;
    return high !== undefined ? `≤ ${high}` : '';
  };
  return {
    value: range(bounds.minimum, bounds.maximum),
    length: range(bounds.min_length, bounds.max_length),
    items: range(bounds.min_items, bounds.max_items),
  };
}

const KEYS = ['key', 'keyword', 'name'];
const SECRET_NAME = /token|secret|password|authorization|api_?key|credential/i;

/**
 * Removes secrets and files from values. Values that the schema does not describe are secrets if
 * their name, or the key of their key-value pair, looks like one.
 * @param {Field[]} fields @param {Record<string, unknown>} values
 */
export function withoutSecrets(fields, values) {
  /** @type {Record<string, unknown>} */
  const visible = {};
  for (const [name, value] of Object.entries(values)) {
    const field = fields.find((each) => each.wire === name);
    const named = field
      ? ['secret', 'file'].includes(/** @type {string} */ (field.kind))
      : SECRET_NAME.test(name);
    const secret =
      named || (name === 'value' && KEYS.some((key) => SECRET_NAME.test(textAt(values, key))));
    if (!secret) visible[name] = withoutSecret(field?.kind, value);
  }
  return visible;
}

/** @param {import('./model.js').Type | undefined} kind @param {unknown} value @returns {unknown} */
function withoutSecret(kind, value) {
  if (value instanceof PartialInput) return withoutSecretInput(kind, value);
  if (Array.isArray(value)) return value.map((each) => withoutSecret(kind, each));
  return isRecord(value) ? withoutSecrets(kind ? fieldsOf(kind) : [], value) : value;
}

/** The start of credentials. */
const CREDENTIAL = /^\s*(?:(?:bearer|basic)\s|(?:pat|sat|cztei)_)/i;

/**
 * Removes secrets from input that is not a value yet.
 * @param {import('./model.js').Type | undefined} kind @param {PartialInput} input
 */
function withoutSecretInput(kind, { text, rows }) {
  const isPrivate = hasSecrets(kind ? fieldsOf(kind) : []) || mayHaveSecrets(text);
  const visible = rows?.filter(
    ([name, value]) => !SECRET_NAME.test(name) && !(typeof value === 'string' && CREDENTIAL.test(value)),
  );
  return new PartialInput({
    text: isPrivate ? '' : text,
    rows: visible?.map(([name, value]) => [name, withoutSecret(kind, value)]),
  });
}

/**
 * Returns `true` if any of the fields, at any depth, is a secret.
 * @param {Field[]} fields @param {Set<Field[]>} [seen] the fields that were visited before
 * @returns {boolean}
 */
export function hasSecrets(fields, seen = new Set()) {
  if (seen.has(fields)) return false;
  seen.add(fields);
  return fields.some(({ kind }) => kind === 'secret' || hasSecrets(fieldsOf(kind), seen));
}

/** A member whose value is a string. In JSON inside strings, the quotes are escaped. */
const SECRET_MEMBER = new RegExp(
  String.raw`(?:${SECRET_NAME.source})[a-z_]*\\*"\s*:\s*\\*"`,
  'i',
);

/** Returns `true` if a text may have a member with a secret. @param {string} text */
export function mayHaveSecrets(text) {
  return SECRET_MEMBER.test(text);
}

/**
 * Returns `true` if a JSON value may hold a secret: a member that its field or its name says to be
 * one, or a text that may have such a member. `fields` describe the members of the value.
 * @param {Field[]} fields @param {unknown} value @returns {boolean}
 */
export function holdsSecrets(fields, value) {
  if (typeof value === 'string') return mayHaveSecrets(value);
  if (Array.isArray(value)) return value.some((each) => holdsSecrets(fields, each));
  if (!isRecord(value)) return false;
  return Object.entries(value).some(([name, member]) => {
    const field = fields.find((each) => each.wire === name);
    const ofPair = name === 'value' && KEYS.some((key) => SECRET_NAME.test(textAt(value, key)));
    const isSecret = field ? field.kind === 'secret' : SECRET_NAME.test(name);
    if ((isSecret || ofPair) && typeof member === 'string' && member) return true;
    return holdsSecrets(field ? fieldsOf(field.kind) : [], member);
  });
}

const POSITION = /^(?:page_token|cursor)$/;

/**
 * Returns the example values of an operation. Page tokens are omitted, and files have a short text.
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

/** Separates files from values that JSON can represent. @param {Record<string, unknown>} values */
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
