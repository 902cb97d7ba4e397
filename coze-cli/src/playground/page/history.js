// Records of runs, kept without secrets and files, and the responses of the last ones.

import { isRecord, parseJson } from './json.js';
import { eventsOf, fieldsOf, paramsOf, replyOf } from './model.js';
import { hasSecrets, holdsSecrets, mayHaveSecrets, withoutSecrets } from './schema.js';
import { flush, load, loadResponse, pruneResponses, save, saveResponse, update } from './store.js';

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
 * @property {number} [bytes] the size of the kept response
 */

const NAME = 'records';
const MAX_RECORDS = 200;
/** The maximum size of a response that is kept, which is the limit of the server. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** The maximum size of all kept responses. The oldest ones are deleted first. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024;
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
  return readRecords(load(NAME, /** @type {unknown} */ ([])));
}

/** Returns the records of a kept value. @param {unknown} stored @returns {RunRecord[]} */
function readRecords(stored) {
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
  const response = new Blob([JSON.stringify(lines)]);
  const unkept = whyNotKept(operation, lines, response.size);
  const kept = unkept ? { unkept } : { bytes: response.size };
  const entry = { ...outcome, id, operation: operation.id, values: stored, left_out, ...kept };
  // At once, so that no view shows the record without its response.
  const sent = unkept ? undefined : saveResponse(id, response);
  await update(NAME, (stored) => {
    const others = readRecords(stored).filter((each) => each.id !== id);
    return [entry, ...others].slice(0, MAX_RECORDS);
  });
  await flush();
  await sent;
  pruneResponses(recentIds());
}

/**
 * Returns the reason why the events of a run are not kept, if there is one.
 * @param {import('./model.js').Operation} operation @param {import('./api.js').Line[]} lines
 * @param {number} bytes the size of the events
 * @returns {Reason | undefined}
 */
function whyNotKept(operation, lines, bytes) {
  // The server removes files when it stops.
  if (lines.some((line) => line.kind === 'file')) return 'file';
  if (bytes > MAX_RESPONSE_BYTES) return 'large';
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
  let total = 0;
  const recent = records().filter(({ operation, at, bytes = 0 }) => {
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    const isRecent = count <= limits.count && Date.now() - at < limits.days * DAY_MS;
    if (isRecent) total += bytes;
    return isRecent && total <= MAX_KEPT_BYTES;
  });
  return new Set(recent.map((each) => each.id));
}

/** Returns the events of a run as JSON. @param {RunRecord} record */
export function responseTextOf(record) {
  return loadResponse(record.id);
}

/** Returns the events of a run. @param {RunRecord} record @returns {Promise<import('./api.js').Line[]>} */
export async function responseOf(record) {
  // Numbers of the API are inside of texts.
  const lines = JSON.parse(await responseTextOf(record));
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
