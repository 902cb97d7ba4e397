// The key to the local server. It comes from the fragment of the printed URL and is stored for this
// tab. Other tabs of the page ask this one for it.

const NAME = 'coze-playground.key';
/** The time to wait for another tab. */
const WAIT_MS = 300;

const channel = new BroadcastChannel(NAME);
let key = '';

/** Finds the key. Returns an empty string if it is not known. */
export async function findKey() {
  const [, fromUrl] = location.hash.match(/^#key=([0-9a-f]+)$/) ?? [];
  // Keep the key out of the address bar, the history and bookmarks.
  if (fromUrl) history.replaceState(null, '', '/');
  key = fromUrl ?? sessionStorage.getItem(NAME) ?? (await fromAnotherTab());
  if (key) sessionStorage.setItem(NAME, key);
  channel.onmessage = ({ data }) => {
    if (data === 'key?' && key) channel.postMessage({ key });
  };
  return key;
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
