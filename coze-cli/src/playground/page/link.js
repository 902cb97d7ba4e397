// Links that carry the values of a form. They have no secrets and files, and nothing is sent before
// the user runs the operation.

import { isRecord, parseExact, stringifyExact } from './json.js';
import { paramsOf } from './model.js';
import { operationHash } from './router.js';
import { holdsSecrets, withoutSecrets } from './schema.js';

/** @typedef {{values: Record<string, unknown>, stream: boolean}} LinkedForm */

/** Longer links are cut by some programs. */
const MAX_LENGTH = 32_000;

/**
 * Returns the link to a form, or `null` if its values are too long or may have secrets.
 * @param {import('./model.js').Operation} operation @param {LinkedForm} form
 */
export function linkOf(operation, { values, stream }) {
  const params = paramsOf(operation);
  const visible = withoutSecrets(params, values);
  if (holdsSecrets(params, visible)) return null;
  const text = stringifyExact(visible);
  const query = new URLSearchParams({ stream: String(stream), values: text });
  const link = `${location.origin}/${operationHash(operation.id)}?${query}`;
  return link.length > MAX_LENGTH ? null : link;
}

/** Reads the form in the query of a link. Returns `null` if there is none. @param {string} query @returns {LinkedForm | null} */
export function linkedForm(query) {
  const params = new URLSearchParams(query);
  try {
    const values = parseExact(params.get('values') ?? '');
    return isRecord(values) ? { values, stream: params.get('stream') === 'true' } : null;
  } catch {
    return null;
  }
}
