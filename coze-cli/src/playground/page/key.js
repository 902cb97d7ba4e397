// The key that the local server asks for. It comes in the fragment of the printed address, and stays in this tab. Another tab of
// the same address asks those that have it.

const NAME = 'coze-playground.key';
/** How long a tab waits for another one. */
const WAIT_MS = 300;

const channel = new BroadcastChannel(NAME);
let key = '';

/** The key; empty if nobody has it. */
export async function findKey() {
  const [, given] = location.hash.match(/^#key=([0-9a-f]+)$/) ?? [];
  // Out of the address bar, the history and bookmarks.
  if (given) history.replaceState(null, '', '/');
  key = given ?? sessionStorage.getItem(NAME) ?? (await fromAnotherTab());
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

/** Forgets a key that the server does not know. */
export function forgetKey() {
  key = '';
  sessionStorage.removeItem(NAME);
}

/** The header that shows the key. @returns {Record<string, string>} */
export function keyHeader() {
  return { authorization: `Bearer ${key}` };
}
