// The values of forms that have not been sent, kept without secrets and files.

import { stringifyExact } from './json.js';
import { paramsOf } from './model.js';
import { decodeState, encodeState } from './partial.js';
import { hasSecrets, mayHaveSecrets, withoutSecrets } from './schema.js';
import { load, save, scoped } from './store.js';

/**
 * @typedef {object} Draft
 * @property {Record<string, unknown>} input the values, which may have partial input
 * @property {boolean} stream
 * @property {boolean} asJson
 * @property {string} [text] the text of the JSON editor, if it is not the values
 */

const NAME = 'drafts';
/** Larger drafts are not kept. A call cannot send more than 1 MiB either. */
const MAX_LENGTH = 1.5 * 1024 * 1024;
/** The server keeps up to 8 MiB, so the drafts that were changed first make room. */
const MAX_TOTAL = 6 * 1024 * 1024;

/** @typedef {{values: Record<string, unknown>, stream: boolean, asJson: boolean, text?: string}} StoredDraft */

/** @returns {Record<string, StoredDraft>} */
const drafts = () => load(scoped(NAME), {});

/** Returns the draft of an operation. @param {string} id @returns {Draft | undefined} */
export function draftOf(id) {
  const draft = drafts()[id];
  if (!draft) return undefined;
  const { values, ...rest } = draft;
  return { ...rest, input: /** @type {Draft['input']} */ (decodeState(values)) };
}

/**
 * Keeps a draft. Returns `false` if it is too large.
 * @param {import('./model.js').Operation} operation @param {Draft} draft
 */
export function saveDraft(operation, { input, stream, asJson, text }) {
  const params = paramsOf(operation);
  const values = /** @type {StoredDraft['values']} */ (encodeState(withoutSecrets(params, input)));
  /** @type {StoredDraft} */
  const draft = { values, stream, asJson };
  // Text that is not JSON cannot be searched for secrets.
  if (text !== undefined && !hasSecrets(params) && !mayHaveSecrets(text)) draft.text = text;
  const { [operation.id]: before, ...others } = drafts();
  const length = lengthOf(draft);
  const isKept = length <= MAX_LENGTH;
  // An older draft would come back as if it were this one.
  if (isKept) save(scoped(NAME), { ...withRoom(others, length), [operation.id]: draft });
  else if (before) save(scoped(NAME), others);
  return isKept;
}

/** @type {WeakMap<StoredDraft, number>} */
const lengths = new WeakMap();

/** Returns the length of a draft as JSON, which is computed once. @param {StoredDraft} draft */
function lengthOf(draft) {
  const length = lengths.get(draft) ?? stringifyExact(draft).length;
  lengths.set(draft, length);
  return length;
}

/**
 * Removes the drafts that were changed first, until the others leave room for `length` characters.
 * @param {Record<string, StoredDraft>} others @param {number} length
 */
function withRoom(others, length) {
  let total = length;
  const kept = Object.entries(others)
    .toReversed()
    .filter(([, draft]) => (total += lengthOf(draft)) <= MAX_TOTAL);
  return Object.fromEntries(kept.toReversed());
}
