// Renders Markdown. The tokens become elements one by one, so that HTML in a reply stays text.

import { h, link, mediaUrl, safeUrl } from './dom.js';
import { lexer } from './marked.js';

/**
 * A token of `marked`.
 * @typedef {{type: string, raw: string, text?: string, tokens?: Token[], items?: Token[],
 *   depth?: number, lang?: string, href?: string, title?: string | null, ordered?: boolean,
 *   start?: number | '', task?: boolean, checked?: boolean, header?: Cell[], rows?: Cell[][],
 *   align?: (string | null)[]}} Token
 */
/** @typedef {{tokens: Token[]}} Cell */

/**
 * Actions on what is rendered.
 * @typedef {object} Actions
 * @property {(url: string, label: string) => void} openImage shows an image in full size
 * @property {(code: string) => Node} codeActions creates the buttons of a block of code
 */

/** Code points of the few character references that bots write. @type {Record<string, string>} */
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** @param {string} text */
function unescape(text) {
  return text.replace(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (all, /** @type {string} */ name) => {
    if (name[0] !== '#') return ENTITIES[name.toLowerCase()] || all;
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** @param {Token[] | undefined} tokens @param {Actions} actions @returns {Node[]} */
function nodes(tokens, actions) {
  return (tokens || []).map((token) => node(token, actions));
}

/** @param {Token} token @param {Actions} actions @returns {Node} */
function node(token, actions) {
  const inside = () => nodes(token.tokens, actions);
  switch (token.type) {
    case 'space':
    case 'def':
      return document.createTextNode('');
    case 'heading':
      // The headings of a reply are not those of the page.
      return h('p', { class: `heading heading-${token.depth}` }, ...inside());
    case 'paragraph':
      return h('p', null, ...inside());
    case 'strong':
      return h('strong', null, ...inside());
    case 'em':
      return h('em', null, ...inside());
    case 'del':
      return h('del', null, ...inside());
    case 'codespan':
      return h('code', null, unescape(token.text || ''));
    case 'br':
      return h('br');
    case 'hr':
      return h('hr');
    case 'blockquote':
      return h('blockquote', null, ...inside());
    case 'link':
      return link(token.href, ...inside());
    case 'image':
      return picture(token, actions);
    case 'code':
      return codeBlock(token, actions);
    case 'list':
      return list(token, actions);
    case 'table':
      return table(token, actions);
    case 'text':
      return token.tokens
        ? h('span', null, ...inside())
        : document.createTextNode(unescape(token.text || ''));
    case 'escape':
      return document.createTextNode(unescape(token.text || ''));
    default:
      // HTML stays text.
      return document.createTextNode(token.raw);
  }
}

/** @param {Token} token @param {Actions} actions */
function picture(token, actions) {
  const [url, label] = [mediaUrl(token.href), unescape(token.text || '')];
  if (!url || !safeUrl(url)) return h('span', null, label || token.raw);
  const image = h('img', { src: url, alt: label, loading: 'lazy', referrerpolicy: 'no-referrer' });
  const open = () => actions.openImage(url, label);
  return h('button', { type: 'button', class: 'picture', 'aria-label': label, on: { click: open } }, image);
}

/** @param {Token} token @param {Actions} actions */
function codeBlock(token, actions) {
  const code = token.text || '';
  const language = (token.lang || '').split(/\s/)[0];
  return h(
    'div',
    { class: 'code' },
    h('div', { class: 'code-bar' }, h('span', null, language), actions.codeActions(code)),
    h('pre', { tabindex: '0' }, h('code', null, code)),
  );
}

/** @param {Token} token @param {Actions} actions */
function list(token, actions) {
  const item = (/** @type {Token} */ each) => {
    const box = each.task
      ? h('input', { type: 'checkbox', disabled: true, checked: each.checked, 'aria-label': each.checked ? '✓' : '☐' })
      : null;
    return h('li', each.task ? { class: 'task' } : null, box, ...nodes(each.tokens, actions).filter(isShown));
  };
  const items = (token.items || []).map(item);
  const start = token.ordered && token.start !== 1 ? token.start : null;
  return token.ordered ? h('ol', { start }, ...items) : h('ul', null, ...items);
}

/** Task lists have a checkbox of their own. @param {Node} each */
function isShown(each) {
  return each.nodeType !== Node.TEXT_NODE || !/^\[[ x]\] $/i.test(each.textContent || '');
}

/** @param {Token} token @param {Actions} actions */
function table(token, actions) {
  const align = token.align || [];
  const row = (/** @type {Cell[]} */ cells, /** @type {'th' | 'td'} */ tag) =>
    h(
      'tr',
      null,
      ...cells.map((cell, at) =>
        h(tag, { class: align[at] ? `align-${align[at]}` : null }, ...nodes(cell.tokens, actions)),
      ),
    );
  return h(
    'div',
    { class: 'table', tabindex: '0' },
    h(
      'table',
      null,
      h('thead', null, row(token.header || [], 'th')),
      h('tbody', null, ...(token.rows || []).map((cells) => row(cells, 'td'))),
    ),
  );
}

/** Renders Markdown as elements. @param {string} text @param {Actions} actions @returns {Node[]} */
export function renderMarkdown(text, actions) {
  try {
    return nodes(/** @type {Token[]} */ (lexer(text, { gfm: true, breaks: true })), actions);
  } catch (_) {
    // The text is readable without its formatting.
    return [h('p', null, text)];
  }
}
