// Run records: what was run, when, with which values, and how it went. Kept in this browser, without secrets and files.

import { paramsOf } from './model.js';
import { withoutSecrets } from './schema.js';
import { load, save } from './store.js';

/**
 * @typedef {object} RunRecord
 * @property {string} id
 * @property {string} operation
 * @property {number} at milliseconds since 1970
 * @property {number} ms
 * @property {number | null} status
 * @property {'ok' | 'failed' | 'canceled'} outcome
 * @property {string | null} message
 * @property {string | null} logId
 * @property {boolean} stream
 * @property {Record<string, unknown>} values
 * @property {string[]} left_out names of values that are not kept
 */

const NAME = 'records';
const MOST = 200;

/** @returns {RunRecord[]} the newest first */
export function records() {
  const kept = load(NAME, /** @type {RunRecord[]} */ ([]));
  return Array.isArray(kept)
    ? kept.filter(
        (each) => each && typeof each.operation === 'string' && typeof each.values === 'object',
      )
    : [];
}

/**
 * @param {import('./model.js').Operation} operation @param {Record<string, unknown>} values
 * @param {Omit<RunRecord, 'id' | 'operation' | 'values' | 'left_out'>} outcome
 */
export function record(operation, values, outcome) {
  const kept = withoutSecrets(paramsOf(operation), values);
  const left_out = Object.keys(values).filter((name) => !(name in kept));
  const entry = {
    ...outcome,
    id: crypto.randomUUID(),
    operation: operation.id,
    values: kept,
    left_out,
  };
  let all = [entry, ...records()].slice(0, MOST);
  // A browser that is out of room keeps fewer.
  while (!save(NAME, all) && all.length > 1) all = all.slice(0, Math.floor(all.length / 2));
}

/** Forgets the records of an operation, or all. @param {string} [operation] */
export function forget(operation) {
  save(
    NAME,
    operation === undefined ? [] : records().filter((each) => each.operation !== operation),
  );
}
