// State that survives a restart. The local server keeps it in the user's data folder.

import { deleteKept, fetchKept, fetchKeptText, putKept } from './api.js';
import { parseExact, stringifyExact } from './json.js';

/** The time to wait for further changes of a value before it is sent. */
const DEBOUNCE_MS = 250;

/** The entry of the tab's storage by which a page hands unsaved values to the page that follows. */
const HANDOVER = 'coze-playground-unsaved';

/** @type {Map<string, unknown>} */
const values = new Map();
/** @type {Set<string>} */
const changed = new Set();
/** The values that the server has not confirmed. @type {Set<string>} */
const unsaved = new Set();
/** @type {Set<string>} */
const responses = new Set();
/** The responses that are being sent. @type {Map<string, Promise<unknown>>} */
const sending = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let scope = '';

/** Names the API whose values `scoped` separates from those of others. @param {string} target */
export function scopeStore(target) {
  scope = target;
}

/** Loads everything that is kept. */
export async function openStore() {
  const kept = await fetchKept();
  for (const [name, value] of Object.entries(kept.values)) values.set(name, value);
  for (const name of kept.responses) responses.add(name);
  takeOver();
  window.addEventListener('pagehide', () => {
    handOver();
    void flush(true);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') void flush(true);
  });
}

/** Hands unsaved values to the next page, which may load before the server has stored them. */
function handOver() {
  try {
    sessionStorage.removeItem(HANDOVER);
    if (unsaved.size === 0) return;
    const entries = [...unsaved].map((name) => [name, values.get(name)]);
    sessionStorage.setItem(HANDOVER, stringifyExact(Object.fromEntries(entries)));
  } catch {
    // The tab's storage is off or full. Then the last request to the server has to be enough.
  }
}

/** Takes over what the previous page of this tab has handed over. */
function takeOver() {
  try {
    const handed = parseExact(sessionStorage.getItem(HANDOVER) ?? '{}');
    sessionStorage.removeItem(HANDOVER);
    for (const [name, value] of Object.entries(/** @type {Record<string, unknown>} */ (handed))) save(name, value);
  } catch {
    // The tab's storage is off.
  }
}

/** Returns the name of a value that belongs to the current API. @param {string} name */
export function scoped(name) {
  return `${name}.${scope}`;
}

/** @template T @param {string} name @param {T} fallback @returns {T} */
export function load(name, fallback) {
  return values.has(name) ? /** @type {T} */ (values.get(name)) : fallback;
}

/** Keeps a value. @param {string} name @param {unknown} value */
export function save(name, value) {
  values.set(name, value);
  changed.add(name);
  unsaved.add(name);
  clearTimeout(timer);
  timer = setTimeout(() => void flush(), DEBOUNCE_MS);
}

/** Sends the changed values. `last` is set while the page is left. */
export async function flush(last = false) {
  clearTimeout(timer);
  const names = [...changed];
  changed.clear();
  // A value that cannot be kept stays usable until the page is left.
  await Promise.allSettled(names.map((name) => put(name, last)));
}

/** @param {string} name @param {boolean} last */
async function put(name, last) {
  await putKept(name, stringifyExact(values.get(name)), last);
  if (!changed.has(name)) unsaved.delete(name);
}

/**
 * Changes a value that other tabs change, too. The change applies to what this page knows, at once,
 * because the page may be left while the value is read again.
 * @param {string} name @param {(value: unknown) => unknown} change
 */
export async function update(name, change) {
  const early = change(values.get(name));
  values.set(name, early);
  changed.add(name);
  unsaved.add(name);
  try {
    const value = parseExact(await fetchKeptText(name));
    if (value !== null && values.get(name) === early) values.set(name, change(value));
  } catch {
    // The server is not available.
  }
  save(name, values.get(name));
}

/** @param {string} id */
const responseName = (id) => `response-${id}`;

/** Returns `true` if the response of a run is kept. @param {string} id */
export function hasResponse(id) {
  return responses.has(responseName(id));
}

/** Returns the response of a run as JSON. @param {string} id */
export async function loadResponse(id) {
  // The server does not have it before.
  await sending.get(responseName(id));
  return fetchKeptText(responseName(id));
}

/** Keeps the response of a run. @param {string} id @param {Blob} json */
export async function saveResponse(id, json) {
  const name = responseName(id);
  responses.add(name);
  const sent = putKept(name, json, false)
    .catch(() => responses.delete(name))
    .finally(() => sending.delete(name));
  sending.set(name, sent);
  await sent;
}

/** Deletes the responses of other runs than these. @param {Set<string>} ids */
export function pruneResponses(ids) {
  for (const name of responses) {
    if (ids.has(name.slice(responseName('').length))) continue;
    responses.delete(name);
    deleteKept(name).catch(() => {});
  }
}
