// Highlights comments, strings, numbers and keywords in sample code.

import { h } from './dom.js';

const words = (/** @type {string[]} */ ...lists) => new Set(lists.join(' ').split(' '));

const KEYWORDS = {
  rust: words(
    'as async await break const dyn else enum fn for if impl in let loop match mod move mut pub',
    'ref return self struct use while true false Ok Err Some None',
  ),
  python: words(
    'and as async await class def elif else except False finally for from if import in is lambda',
    'None not or print raise return True try while with',
  ),
  javascript: words(
    'async await const else false for from function if import let new null of return throw true',
    'undefined while',
  ),
  java: words(
    'class do else final for if implements import interface new null public return static throw',
    'throws true try var void while',
  ),
  go: words(
    'any case const defer err else for func if import interface map nil package range return',
    'string struct switch type var',
  ),
  curl: words('curl'),
};
const C_COMMENT = '\\/\\/[^\\n]*|\\/\\*[\\s\\S]*?\\*\\/';
const C_STRING = '"(?:\\\\.|[^"\\\\\\n])*"|\'(?:\\\\.|[^\'\\\\\\n])*\'';
const COMMENT = {
  rust: '\\/\\/[^\\n]*',
  python: '#[^\\n]*',
  javascript: C_COMMENT,
  java: C_COMMENT,
  go: C_COMMENT,
  curl: '(?<=^|\\s)#[^\\n]*',
};
const STRING = {
  rust: 'r#"[\\s\\S]*?"#|b?"(?:\\\\[\\s\\S]|[^"\\\\])*"',
  python: '"""[\\s\\S]*?"""|"(?:\\\\.|[^"\\\\\\n])*"|\'(?:\\\\.|[^\'\\\\\\n])*\'',
  javascript: `${C_STRING}|\`(?:\\\\.|[^\`\\\\])*\``,
  java: `"""[\\s\\S]*?"""|${C_STRING}`,
  go: `${C_STRING}|\`[^\`]*\``,
  curl: '"(?:\\\\[\\s\\S]|[^"\\\\])*"|\'[^\']*\'',
};

/** @param {string} code @param {import('./api.js').Language} language @returns {Node[]} */
export function highlight(code, language) {
  const token = new RegExp(
    `(${COMMENT[language]})|(${STRING[language]})|` +
      '(?<![\\w])(-{1,2}[A-Za-z][\\w-]*|\\d[\\d_.]*)(?![\\w])|([A-Za-z_]\\w*)',
    'g',
  );
  /** @type {Node[]} */
  const nodes = [];
  let end = 0;
  const plain = (/** @type {string} */ text) => {
    if (text) nodes.push(new Text(text));
  };
  for (const found of code.matchAll(token)) {
    const [text, comment, string, literal] = found;
    const kind = comment
      ? 'c'
      : string
        ? 's'
        : literal
          ? 'n'
          : KEYWORDS[language].has(text)
            ? 'k'
            : null;
    if (!kind) continue;
    plain(code.slice(end, found.index));
    nodes.push(h('span', { class: `hl-${kind}` }, text));
    end = (found.index ?? 0) + text.length;
  }
  plain(code.slice(end));
  return nodes;
}
