// The key to the local server. It comes from the fragment of the printed URL, or in exchange for
// the ticket in that of the URL with which the command started the browser. It is stored for this
// tab; other tabs of the page ask this one for it.

const NAME = 'coze-playground.key';
/** The time to wait for another tab. */
const WAIT_MS = 300;

const FRAGMENT = /^#(key|ticket)=([0-9a-f]+)$/;

const channel = new BroadcastChannel(NAME);
let key = '';

/** Finds the key. Returns an empty string if it is not known. */
export async function findKey() {
  const [, kind, fromUrl] = location.hash.match(FRAGMENT) ?? [];
  // Keep the key out of the address bar, the history and bookmarks.
  if (fromUrl) history.replaceState(null, '', '/');
  const given = kind === 'ticket' ? await redeem(fromUrl) : fromUrl;
  key = given ?? sessionStorage.getItem(NAME) ?? (await fromAnotherTab());
  if (key) sessionStorage.setItem(NAME, key);
  channel.onmessage = ({ data }) => {
    if (data === 'key?' && key) channel.postMessage({ key });
  };
  return key;
}

/** Returns `true` if the URL brings a key. */
export const bringsKey = () => FRAGMENT.test(location.hash);

/** Exchanges a ticket for the key. @param {string} ticket @returns {Promise<string | undefined>} */
async function redeem(ticket) {
  const headers = { authorization: `Bearer ${ticket}` };
  const response = await fetch('/api/key', { method: 'POST', headers });
  return response.ok ? (await response.json()).key : undefined;
}

/** @returns {Promise<string>} */
function fromAnotherTab() {
  return new Promise((resolve) => {
    setTimeout(() => resolve(''), WAIT_MS);
    channel.onmessage = ({ data }) => {
      if (typeof data?.key === 'string') resolve(data.key);
    };
    channel.postMessage('key?');
  });
}

/** Deletes a key that the server rejected. */
export function forgetKey() {
  key = '';
  sessionStorage.removeItem(NAME);
}

/** Returns the name of a protocol with the key, for a WebSocket, which cannot have headers. */
export function keyProtocol() {
  return `key.${key}`;
}

/** Returns the header with the key. @returns {Record<string, string>} */
export function keyHeader() {
  return { authorization: `Bearer ${key}` };
}
