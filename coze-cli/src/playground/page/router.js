// Routes in the fragment of the URL: `#/operation/bots.create` and `#/chat`.

/** @typedef {{view: 'operation', id: string} | {view: 'chat'} | {view: 'start'}} Route */

/** @param {string} id */
export function operationHash(id) {
  return `#/operation/${encodeURIComponent(id)}`;
}

export const CHAT_HASH = '#/chat';

/** @param {string} hash @returns {Route} */
export function parse(hash) {
  const [, view, id] = hash.split('/');
  if (view === 'chat') return { view: 'chat' };
  if (view !== 'operation' || !id) return { view: 'start' };
  try {
    return { view: 'operation', id: decodeURIComponent(id) };
  } catch {
    return { view: 'start' };
  }
}
