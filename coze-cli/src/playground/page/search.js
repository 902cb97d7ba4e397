// Searches the operations.

import { groupNames } from './i18n.js';
import { groupOf } from './model.js';

/** @typedef {import('./model.js').Operation} Operation */

/**
 * Returns the operations that contain every word, best matches first.
 * @param {Operation[]} operations @param {string} query @returns {Operation[]}
 */
export function search(operations, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return operations;
  return operations
    .map((operation, order) => ({ operation, order, score: score(operation, words) }))
    .filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map((found) => found.operation);
}

/** @param {Operation} operation @param {string[]} words */
function score(operation, words) {
  const titles = [operation.summary, ...operation.otherSummaries].join('\n');
  const [id, title, path] = [operation.id, titles, operation.path].map((text) =>
    text.toLowerCase(),
  );
  const group = groupNames(groupOf(operation)).join('\n').toLowerCase();
  let sum = 0;
  for (const word of words) {
    if (id === word) sum += 100;
    else if (id.startsWith(word)) sum += 20;
    else if (id.split(/[._]/).some((part) => part.startsWith(word))) sum += 12;
    else if (id.includes(word)) sum += 8;
    else if (operation.page?.title.includes(word) || title.includes(word)) sum += 5;
    else if (group.includes(word)) sum += 3;
    else if (operation.permissions?.some((each) => each.toLowerCase().includes(word))) sum += 2;
    else if (path.includes(word) || operation.verb.toLowerCase() === word) sum += 2;
    else return 0;
  }
  return sum;
}
