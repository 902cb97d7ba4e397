// The key by which the server recognizes a visitor, who has no login.

const NAME = 'coze-widget.visitor';

/** The keys of this page by user, if the browser keeps nothing. @type {Map<string, string>} */
const temporary = new Map();

/** Returns 192 random bits as text. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const text = btoa(String.fromCharCode(...Array.from(bytes)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

/**
 * Returns the key of a user in this browser. People who share a browser have different ids, if the
 * page knows them, and so different keys.
 * @param {string} user the id that the page gives, or nothing
 */
export function visitorKey(user) {
  const name = user ? `${NAME}.${user}` : NAME;
  try {
    const kept = localStorage.getItem(name);
    if (kept && /^[\w-]{22,64}$/.test(kept)) return kept;
    const key = newKey();
    localStorage.setItem(name, key);
    return key;
  } catch (_) {
    // The browser keeps nothing, so that each page is a new visitor.
    const key = temporary.get(name) || newKey();
    temporary.set(name, key);
    return key;
  }
}
