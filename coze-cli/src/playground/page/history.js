// Records of runs, kept without secrets and files, and the responses of the last ones.

import { isRecord } from './json.js';
import { paramsOf, replyOf } from './model.js';
import { hasSecrets, mayHaveSecrets, withoutSecrets } from './schema.js';
import { flush, load, loadResponse, pruneResponses, refresh, save, saveResponse } from './store.js';

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
 * @property {string} [host] the host that the call went to
 * @property {string[]} left_out the names of values that are not stored
 */

const NAME = 'records';
const MAX_RECORDS = 200;
/** The responses that are kept: the last ones of each operation, for a limited time. */
const MAX_RESPONSES = 5;
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_RESPONSE_LENGTH = 1024 * 1024;

/** Returns the records, newest first. @returns {RunRecord[]} */
export function records() {
  const stored = load(NAME, /** @type {RunRecord[]} */ ([]));
  return Array.isArray(stored)
    ? stored.filter(
        (each) => isRecord(each) && typeof each.operation === 'string' && isRecord(each.values),
      )
    : [];
}

/**
 * @param {import('./model.js').Operation} operation @param {Record<string, unknown>} values
 * @param {Omit<RunRecord, 'id' | 'operation' | 'values' | 'left_out'>} outcome
 * @param {import('./api.js').Line[]} lines the events of the run
 */
export async function addRecord(operation, values, outcome, lines) {
  const stored = withoutSecrets(paramsOf(operation), values);
  const left_out = Object.keys(values).filter((name) => !(name in stored));
  const id = crypto.randomUUID();
  const entry = { ...outcome, id, operation: operation.id, values: stored, left_out };
  // Another tab may have added records.
  await refresh(NAME);
  save(NAME, [entry, ...records()].slice(0, MAX_RECORDS));
  await flush();
  if (isKeepable(operation, lines)) await saveResponse(id, lines);
  pruneResponses(recentIds());
}

/**
 * Returns `true` if the events of a run have no secrets and are not too long.
 * @param {import('./model.js').Operation} operation @param {import('./api.js').Line[]} lines
 */
function isKeepable(operation, lines) {
  const length = lines.reduce((sum, line) => sum + ('text' in line ? line.text.length : 0), 0);
  if (length > MAX_RESPONSE_LENGTH) return false;
  const text = JSON.stringify(lines);
  const isPrivate = hasSecrets(replyOf(operation)) || mayHaveSecrets(text);
  // The server removes files when it stops.
  const hasFile = lines.some((line) => line.kind === 'file');
  return !isPrivate && !hasFile && text.length <= MAX_RESPONSE_LENGTH;
}

/** Returns the ids of the runs whose responses are kept. */
function recentIds() {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const recent = records().filter(({ operation, at }) => {
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    return count <= MAX_RESPONSES && Date.now() - at < MAX_AGE_MS;
  });
  return new Set(recent.map((each) => each.id));
}

/** Returns the events of a run. @param {RunRecord} record @returns {Promise<import('./api.js').Line[]>} */
export async function responseOf(record) {
  const lines = await loadResponse(record.id);
  return Array.isArray(lines) ? lines : [];
}

/**
 * Deletes the records of an operation, or all records. Returns a function that restores them.
 * @param {string} [operation]
 */
export function deleteRecords(operation) {
  const all = records();
  save(NAME, operation === undefined ? [] : all.filter((each) => each.operation !== operation));
  return () => save(NAME, all);
}
