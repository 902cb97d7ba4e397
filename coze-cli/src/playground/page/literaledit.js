// Writes object literals of JavaScript, and changes single members of one without touching the
// rest, so that its comments and functions stay.

import { Code, readObject } from './literal.js';

/** @typedef {import('./literal.js').ObjectNode} ObjectNode */

/** @param {string} text */
function quote(text) {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  // In a page, the end of a script would be found inside of a string as well.
  return `'${escaped.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--')}'`;
}

/** @param {string} name */
const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name));

/** Writes a value as a literal. @param {unknown} value @param {string} [indent] @returns {string} */
export function writeValue(value, indent = '') {
  if (value instanceof Code) return value.source;
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((each) => writeValue(each, inner))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${key(name)}: ${writeValue(member, inner)}`);
  const [open, close] = isList ? '[]' : '{}';
  if (!parts.length) return open + close;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`;
}

/** Returns the member with a name. The last one counts. @param {ObjectNode} node @param {string} name */
function memberOf(node, name) {
  return node.members.findLast((each) => each.name === name);
}

/** Returns the white space before the first word of the line. @param {string} text @param {number} at */
function indentAt(text, at) {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/**
 * Returns the text with another value of a member, which is added if it is missing. `undefined`
 * removes the member, and the objects that become empty.
 * @param {string} text @param {string[]} path @param {unknown} value
 * @param {string[]} [calls] those of `readObject`
 */
export function setMember(text, path, value, calls = []) {
  const root = readObject(text, calls);
  /** The objects on the way. @type {ObjectNode[]} */
  const parents = [root];
  for (const [at, name] of path.entries()) {
    const parent = parents[at];
    const member = memberOf(parent, name);
    const isLast = at === path.length - 1;
    if (!member) return value === undefined ? text : insert(text, parent, name, nest(path.slice(at + 1), value));
    if (!isLast && member.value.kind === 'object') {
      parents.push(member.value);
      continue;
    }
    if (value === undefined) return isLast ? remove(text, path, parents) : text;
    return replace(text, parent, name, nest(path.slice(at + 1), value));
  }
  return text;
}

/** Returns the value inside of objects. @param {string[]} path @param {unknown} value */
function nest(path, value) {
  return path.reduceRight((/** @type {unknown} */ inner, name) => ({ [name]: inner }), value);
}

/** @param {string} text @param {ObjectNode} parent @param {string} name @param {unknown} value */
function replace(text, parent, name, value) {
  const member = memberOf(parent, name);
  if (!member) return text;
  const written = writeValue(value, indentAt(text, member.start));
  // A method has no value of its own.
  const isWhole = member.value.start === member.start;
  return (
    text.slice(0, member.value.start) +
    (isWhole ? `${key(name)}: ${written}` : written) +
    text.slice(member.value.end)
  );
}

/** @param {string} text @param {ObjectNode} parent @param {string} name @param {unknown} value */
function insert(text, parent, name, value) {
  const last = parent.members.at(-1);
  if (!last) {
    const indent = indentAt(text, parent.start);
    const inside = text.slice(parent.start + 1, parent.end - 1).trimEnd();
    const member = `${indent}  ${key(name)}: ${writeValue(value, `${indent}  `)},`;
    return `${text.slice(0, parent.start + 1)}${inside}\n${member}\n${indent}${text.slice(parent.end - 1)}`;
  }
  const isInline = !text.slice(parent.start, parent.end).includes('\n');
  const { comma, end } = afterMember(text, last.value.end);
  if (isInline) {
    const at = last.value.end;
    return `${text.slice(0, at)}, ${key(name)}: ${writeValue(value, indentAt(text, parent.start))}${text.slice(at)}`;
  }
  const indent = indentAt(text, last.start);
  const member = `${indent}${key(name)}: ${writeValue(value, indent)},`;
  const before = comma ? text.slice(0, end) : `${text.slice(0, last.value.end)},${text.slice(last.value.end, end)}`;
  const rest = text.slice(end);
  return `${before}\n${member}${/^\s*\n/.test(rest) ? '' : '\n'}${rest}`;
}

/**
 * Finds the comma after a member, and the end of the comment that follows on its line.
 * @param {string} text @param {number} at
 */
function afterMember(text, at) {
  const gap = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*/.exec(text.slice(at))?.[0] ?? '';
  const comma = text[at + gap.length] === ',';
  const behind = comma ? at + gap.length + 1 : at;
  const note = /^[ \t]*(?:\/\/[^\n]*|\/\*[^\n]*?\*\/[ \t]*(?=\n))/.exec(text.slice(behind))?.[0] ?? '';
  return { comma, end: behind + note.length };
}

/**
 * Removes a member, and the objects that would be empty without it.
 * @param {string} text @param {string[]} path @param {ObjectNode[]} parents
 */
function remove(text, path, parents) {
  let depth = path.length - 1;
  while (depth > 0 && parents[depth].members.length === 1) depth -= 1;
  const parent = parents[depth];
  const at = parent.members.findLastIndex((each) => each.name === path[depth]);
  const member = parent.members[at];
  const { end } = afterMember(text, member.value.end);
  const lineStart = text.lastIndexOf('\n', member.start - 1) + 1;
  const isLine = !text.slice(lineStart, member.start).trim();
  const [line] = /^[ \t]*(?:\n|$)/.exec(text.slice(end)) ?? [];
  if (isLine && line !== undefined) return text.slice(0, lineStart) + text.slice(end + line.length);
  if (parent.members.length === 1) return `${text.slice(0, parent.start + 1)}${text.slice(parent.end - 1)}`;
  const next = parent.members[at + 1];
  if (next) return text.slice(0, member.start) + text.slice(next.start);
  return text.slice(0, parent.members[at - 1].value.end) + text.slice(member.value.end);
}
