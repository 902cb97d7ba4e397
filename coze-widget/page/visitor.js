// The key by which the server recognizes a browser without a login.

const NAME = 'coze-widget.visitor';

/** The key of this page, if the browser keeps nothing. */
const temporary = { key: '' };

/** Returns 192 random bits as text. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const text = btoa(String.fromCharCode(...Array.from(bytes)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

/** Returns the key of this browser. */
export function visitorKey() {
  try {
    const kept = localStorage.getItem(NAME);
    if (kept && /^[\w-]{22,64}$/.test(kept)) return kept;
    const key = newKey();
    localStorage.setItem(NAME, key);
    return key;
  } catch (_) {
    // The browser keeps nothing, so that each page is a new visitor.
    temporary.key = temporary.key || newKey();
    return temporary.key;
  }
}
