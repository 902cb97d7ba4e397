// The values of forms that have not been sent, kept without secrets and files.

import { stringifyExact } from './json.js';
import { paramsOf } from './model.js';
import { hasSecrets, mayHaveSecrets, withoutSecrets } from './schema.js';
import { load, save, scoped } from './store.js';

/**
 * @typedef {object} Draft
 * @property {Record<string, unknown>} values
 * @property {boolean} stream
 * @property {boolean} asJson
 * @property {string} [text] the text of the JSON editor, if it is not the values
 */

const NAME = 'drafts';
/** Larger drafts are not kept. */
const MAX_LENGTH = 256 * 1024;

/** Returns the draft of an operation. @param {string} id @returns {Draft | undefined} */
export function draftOf(id) {
  const drafts = /** @type {Record<string, Draft>} */ (load(scoped(NAME), {}));
  return drafts[id];
}

/** @param {import('./model.js').Operation} operation @param {Draft} draft */
export function saveDraft(operation, { values, stream, asJson, text }) {
  const params = paramsOf(operation);
  /** @type {Draft} */
  const draft = { values: withoutSecrets(params, values), stream, asJson };
  // Text that is not JSON cannot be searched for secrets.
  if (text !== undefined && !hasSecrets(params) && !mayHaveSecrets(text)) draft.text = text;
  if (stringifyExact(draft).length > MAX_LENGTH) return;
  save(scoped(NAME), { ...load(scoped(NAME), {}), [operation.id]: draft });
}
