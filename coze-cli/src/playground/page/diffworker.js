// A worker that compares two runs, so that long responses do not block the page.

import { condensed, diffLines } from './diff.js';
import { indentJson } from './json.js';

/**
 * What to compare, before and after: the values as text, and the kept responses as JSON, if both
 * are kept.
 * @typedef {{values: string[], responses: string[] | null}} Pair
 */
/** @typedef {import('./diff.js').DiffItem[]} Items */
/** @typedef {{values: Items, response: Items | null}} Differences */

self.addEventListener('message', (/** @type {MessageEvent<Pair>} */ { data }) => {
  /** @type {Differences} */
  const found = {
    values: compared(data.values),
    response: data.responses && compared(data.responses.map(responseText)),
  };
  self.postMessage(found);
});

/** @param {string[]} texts */
function compared([before, after]) {
  return condensed(diffLines(before, after));
}

/** Returns a kept response as text with short lines. @param {string} json */
function responseText(json) {
  /** @type {import('./api.js').Line[]} */
  const lines = JSON.parse(json) ?? [];
  const texts = lines.map((line) => {
    if (line.kind === 'body') return indentJson(line.text);
    if (line.kind === 'event') return `event: ${line.event}\n${indentJson(line.data)}`;
    return line.kind === 'error' && line.body ? indentJson(line.body) : '';
  });
  return texts.filter(Boolean).join('\n\n');
}
