// Saves content as a file.

import { button, h } from './dom.js';
import { t } from './i18n.js';

/** @param {BlobPart[]} parts @param {string} name @param {string} [type] */
export function download(parts, name, type = 'text/plain') {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Creates a small button that saves the result of `parts`.
 * @param {string} name the name of the file @param {() => BlobPart[]} parts
 */
export function saveButton(name, parts) {
  const save = () => download(parts(), name, 'application/octet-stream');
  return button(t('text.save'), save, { class: 'quiet small', title: name });
}

/**
 * Returns the bytes of a text that came over the wire. The server sends them if they are not valid
 * UTF-8.
 * @param {string} text @param {string | null} [base64] @returns {BlobPart}
 */
export function bytesOf(text, base64) {
  return base64 ? Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)) : text;
}
