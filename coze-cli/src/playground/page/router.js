// Routes in the fragment of the URL: `#/operation/bots.create`, `#/chat`, `#/guide`, `#/sdk/web`. A
// link to a form has its values in a query.

/**
 * @typedef {{view: 'operation', id: string, query: string}
 *   | {view: 'chat'} | {view: 'guide'} | {view: 'sdk', tab: string} | {view: 'start'}} Route
 */

/** @param {string} id */
export function operationHash(id) {
  return `#/operation/${encodeURIComponent(id)}`;
}

export const CHAT_HASH = '#/chat';
export const GUIDE_HASH = '#/guide';

/** Returns the address of the view "SDK". @param {string} [tab] */
export function sdkHash(tab = 'chat') {
  return tab === 'chat' ? '#/sdk' : `#/sdk/${tab}`;
}

/** @param {string} hash @returns {Route} */
export function parse(hash) {
  const mark = hash.indexOf('?');
  const [path, query] = mark < 0 ? [hash, ''] : [hash.slice(0, mark), hash.slice(mark + 1)];
  const [, view, id] = path.split('/');
  if (view === 'chat' || view === 'guide') return { view };
  if (view === 'sdk') return { view, tab: id ?? 'chat' };
  if (view !== 'operation' || !id) return { view: 'start' };
  try {
    return { view: 'operation', id: decodeURIComponent(id), query };
  } catch {
    return { view: 'start' };
  }
}
