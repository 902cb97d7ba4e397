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
  curl: words('curl'),
};
const COMMENT = { rust: '\\/\\/[^\\n]*', python: '#[^\\n]*', curl: '(?<=^|\\s)#[^\\n]*' };
const STRING = {
  rust: 'r#"[\\s\\S]*?"#|b?"(?:\\\\[\\s\\S]|[^"\\\\])*"',
  python: '"""[\\s\\S]*?"""|"(?:\\\\.|[^"\\\\\\n])*"|\'(?:\\\\.|[^\'\\\\\\n])*\'',
  curl: '"(?:\\\\[\\s\\S]|[^"\\\\])*"|\'[^\']*\'',
};

/** @param {string} code @param {'rust' | 'curl' | 'python'} language @returns {Node[]} */
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
