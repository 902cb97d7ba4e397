// Finds the first mistake in a text that is not JSON, without the messages of the browser, which
// differ and often lack the place.

import { skipSpace, tokenEnd } from './json.js';

/**
 * The place of a mistake and what is expected there.
 * @typedef {{at: number, expected: Expected}} Mistake
 */
/**
 * What may follow: a value, or the end of the list; a name, or the end of the object; and so on.
 * @typedef {'value' | 'item' | 'name' | 'member' | 'colon' | 'item_end' | 'member_end' | 'end' |
 * 'quote'} Expected
 */

/** A valid string without its closing quote. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** Returns the first mistake in a text, or `null` if it is JSON. @param {string} text @returns {Mistake | null} */
export function findMistake(text) {
  /** The brackets that are open. @type {string[]} */
  const open = [];
  /** @type {Expected} */
  let expected = 'value';
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    const next = after(expected, token, open);
    if (!next) return { at, expected };
    const wrong = token[0] === '"' ? wrongCharacter(text, at) : null;
    if (wrong !== null) return { at: wrong, expected: 'quote' };
    expected = next;
    at = skipSpace(text, end);
  }
  return expected === 'end' ? null : { at, expected };
}

/** Returns the place where a string is wrong, or `null`. @param {string} text @param {number} at */
function wrongCharacter(text, at) {
  STRING.lastIndex = at;
  const end = at + (STRING.exec(text)?.[0].length ?? 0);
  return text[end] === '"' ? null : end;
}

/**
 * Returns what is expected after a token, or `null` if the token is not expected.
 * @param {Expected} expected @param {string} token @param {string[]} open
 * @returns {Expected | null}
 */
function after(expected, token, open) {
  const isString = token[0] === '"';
  switch (expected) {
    case 'name':
    case 'member':
      if (isString) return 'colon';
      return expected === 'member' && token === '}' ? close(open) : null;
    case 'colon':
      return token === ':' ? 'value' : null;
    case 'item_end':
      if (token === ',') return 'value';
      return token === ']' ? close(open) : null;
    case 'member_end':
      if (token === ',') return 'name';
      return token === '}' ? close(open) : null;
    case 'value':
    case 'item':
      if (expected === 'item' && token === ']') return close(open);
      if (token === '{' || token === '[') {
        open.push(token);
        return token === '{' ? 'member' : 'item';
      }
      return isString || SCALAR.test(token) ? ending(open) : null;
    default:
      return null;
  }
}

/** Returns what follows after a bracket is closed. @param {string[]} open */
function close(open) {
  open.pop();
  return ending(open);
}

/** Returns what follows after a value. @param {string[]} open @returns {Expected} */
function ending(open) {
  const inside = open.at(-1);
  if (!inside) return 'end';
  return inside === '{' ? 'member_end' : 'item_end';
}

/** Returns the line and the column of a place, from 1. @param {string} text @param {number} at */
export function lineAndColumn(text, at) {
  const lines = text.slice(0, at).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
