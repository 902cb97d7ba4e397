// Records of runs, kept without secrets and files, and the responses of the last ones.

import { isRecord, parseJson } from './json.js';
import { eventsOf, fieldsOf, paramsOf, replyOf } from './model.js';
import { hasSecrets, holdsSecrets, mayHaveSecrets, withoutSecrets } from './schema.js';
import { flush, load, loadResponse, pruneResponses, refresh, save, saveResponse } from './store.js';

/** @typedef {'secret' | 'file' | 'large'} Reason */
/** @typedef {{count: number, days: number}} Limits */
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
 * @property {Reason} [unkept] why the response is not kept
 */

const NAME = 'records';
const MAX_RECORDS = 200;
const MAX_RESPONSE_LENGTH = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const LIMITS = 'responses';
/** The numbers of responses of each operation, and of days, that the user can choose. */
export const COUNTS = [5, 10, 20, 50];
export const DAYS = [7, 30, 90, 365];

/** Returns how many responses of each operation are kept, and for how many days. @returns {Limits} */
export function responseLimits() {
  const { count, days } = /** @type {Partial<Limits>} */ (load(LIMITS, {}));
  return {
    count: COUNTS.find((each) => each === count) ?? COUNTS[0],
    days: DAYS.find((each) => each === days) ?? DAYS[0],
  };
}

/** @param {Partial<Limits>} changed */
export function setResponseLimits(changed) {
  save(LIMITS, { ...responseLimits(), ...changed });
  pruneResponses(recentIds());
}

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
  const unkept = whyNotKept(operation, lines);
  const entry = { ...outcome, id, operation: operation.id, values: stored, left_out, ...(unkept && { unkept }) };
  // Another tab may have added records.
  await refresh(NAME);
  save(NAME, [entry, ...records()].slice(0, MAX_RECORDS));
  await flush();
  if (!unkept) await saveResponse(id, lines);
  pruneResponses(recentIds());
}

/**
 * Returns the reason why the events of a run are not kept, if there is one.
 * @param {import('./model.js').Operation} operation @param {import('./api.js').Line[]} lines
 * @returns {Reason | undefined}
 */
function whyNotKept(operation, lines) {
  // The server removes files when it stops.
  if (lines.some((line) => line.kind === 'file')) return 'file';
  const length = lines.reduce((sum, line) => sum + ('text' in line ? line.text.length : 0), 0);
  if (length > MAX_RESPONSE_LENGTH || JSON.stringify(lines).length > MAX_RESPONSE_LENGTH) return 'large';
  const isPrivate = hasSecrets(replyOf(operation)) || lines.some((line) => lineHoldsSecrets(operation, line));
  return isPrivate ? 'secret' : undefined;
}

/** @param {import('./model.js').Operation} operation @param {import('./api.js').Line} line */
function lineHoldsSecrets(operation, line) {
  if (line.kind === 'request') return holdsSecrets(paramsOf(operation), parseJson(line.body ?? ''));
  if (line.kind === 'body') return holdsSecrets(replyOf(operation), parseJson(line.text));
  if (line.kind === 'event') {
    const named = eventsOf(operation).find((each) => each.wire === line.event)?.data;
    return holdsSecrets(named ? fieldsOf({ named }) : [], parseJson(line.data));
  }
  return mayHaveSecrets(JSON.stringify(line));
}

/** Returns the ids of the runs whose responses are kept. */
function recentIds() {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const limits = responseLimits();
  const recent = records().filter(({ operation, at }) => {
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    return count <= limits.count && Date.now() - at < limits.days * DAY_MS;
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
