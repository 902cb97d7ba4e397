// Records of runs, stored in this browser without secrets and files.

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
 * @property {string[]} left_out the names of values that are not stored
 */

const NAME = 'records';
const MAX_RECORDS = 200;

/** Returns the records, newest first. @returns {RunRecord[]} */
export function records() {
  const stored = load(NAME, /** @type {RunRecord[]} */ ([]));
  return Array.isArray(stored)
    ? stored.filter(
        (each) => each && typeof each.operation === 'string' && typeof each.values === 'object',
      )
    : [];
}

/**
 * @param {import('./model.js').Operation} operation @param {Record<string, unknown>} values
 * @param {Omit<RunRecord, 'id' | 'operation' | 'values' | 'left_out'>} outcome
 */
export function addRecord(operation, values, outcome) {
  const stored = withoutSecrets(paramsOf(operation), values);
  const left_out = Object.keys(values).filter((name) => !(name in stored));
  const entry = {
    ...outcome,
    id: crypto.randomUUID(),
    operation: operation.id,
    values: stored,
    left_out,
  };
  let all = [entry, ...records()].slice(0, MAX_RECORDS);
  // If the browser's storage is full, keep fewer records.
  while (!save(NAME, all) && all.length > 1) all = all.slice(0, Math.floor(all.length / 2));
}

/** Deletes the records of an operation, or all records. @param {string} [operation] */
export function deleteRecords(operation) {
  save(
    NAME,
    operation === undefined ? [] : records().filter((each) => each.operation !== operation),
  );
}
