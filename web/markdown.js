// Renders Markdown as sanitized elements.
//
// `marked` reads the Markdown, and HTML in it becomes text. `DOMPurify` removes everything from the
// result that is not listed here. Text that grows, as the answer of a bot does, keeps the elements
// of the blocks that have not changed.

import { Marked } from './marked.js';
import DOMPurify from './purify.js';

/**
 * Returns the address in the page for a code span, if any.
 * @typedef {(code: string) => string | null} Resolve
 */
/** @typedef {{breaks?: boolean}} Options `breaks` keeps line breaks */
/** @typedef {import('./marked.js').Token} Token */
/** @typedef {{raw: string, nodes: Node[]}} Block */

const TAGS = [
  ...['a', 'blockquote', 'br', 'code', 'del', 'div', 'em', 'hr', 'img', 'li', 'ol', 'p', 'pre'],
  ...['strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
];
const ATTRIBUTES = [
  ...['align', 'alt', 'class', 'href', 'loading', 'referrerpolicy', 'rel', 'src', 'start'],
  ...['tabindex', 'target', 'title'],
];
/** Attributes that are not addresses. */
const PLAIN = ATTRIBUTES.filter((name) => name !== 'href' && name !== 'src');
/** Links lead to the web or to a view of the page. */
const ADDRESSES = /^(?:https?:\/\/|#\/)/i;

/** @param {string} text */
function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** @param {string} address @param {string} label HTML */
function link(address, label) {
  if (!ADDRESSES.test(address)) return label;
  const outside = address.startsWith('#') ? '' : ' target="_blank" rel="noopener noreferrer"';
  return `<a href="${escaped(address)}"${outside}>${label}</a>`;
}

/** @param {Resolve} resolve @param {boolean} breaks */
function parserOf(resolve, breaks) {
  return new Marked({
    gfm: true,
    breaks,
    renderer: {
      // Only the page itself has headings.
      heading({ tokens }) {
        return `<p class="heading"><strong>${this.parser.parseInline(tokens)}</strong></p>`;
      },
      code({ text, lang }) {
        const language = lang ? ` class="language-${escaped(lang.split(/\s/)[0])}"` : '';
        return `<pre tabindex="0"><code${language}>${escaped(text)}</code></pre>`;
      },
      codespan({ text }) {
        const target = resolve(text);
        const code = `<code>${escaped(text)}</code>`;
        return target ? link(target, code) : code;
      },
      link({ href, tokens }) {
        return link(href, this.parser.parseInline(tokens));
      },
      // An image is loaded without telling its server who shows it.
      image({ href, text }) {
        if (!/^https:\/\//i.test(href)) return link(href, escaped(text || href));
        const privacy = 'loading="lazy" referrerpolicy="no-referrer"';
        return `<img src="${escaped(href)}" alt="${escaped(text)}" ${privacy}>`;
      },
      html({ text }) {
        return /^<br\s*\/?>$/i.test(text.trim()) ? '<br>' : escaped(text);
      },
      checkbox({ checked }) {
        return checked ? '☑ ' : '☐ ';
      },
    },
  });
}

/** Converts a block to elements. @param {Marked} parser @param {Token} token @returns {Node[]} */
function elements(parser, token) {
  const html = parser.parser([token]);
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ADD_URI_SAFE_ATTR: PLAIN,
    ALLOWED_URI_REGEXP: ADDRESSES,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const table of fragment.querySelectorAll('table')) {
    const scroll = document.createElement('div');
    scroll.className = 'scroll';
    scroll.tabIndex = 0;
    table.replaceWith(scroll);
    scroll.append(table);
  }
  return [...fragment.childNodes].filter((node) => node.textContent?.trim() || node instanceof Element);
}

/** The blocks that an element shows. @type {WeakMap<HTMLElement, Block[]>} */
const shown = new WeakMap();

/**
 * Shows Markdown in an element. The elements of blocks at the beginning that are the same as before
 * stay in place.
 * @param {HTMLElement} root @param {string} text
 * @param {Resolve} [resolve] @param {Options} [options]
 */
export function renderMarkdown(root, text, resolve = () => null, { breaks = false } = {}) {
  const parser = parserOf(resolve, breaks);
  const tokens = parser.lexer(text).filter(({ type }) => type !== 'space' && type !== 'def');
  const before = shown.get(root) ?? [];
  let same = 0;
  while (same < before.length && before[same].raw === tokens[same]?.raw) same += 1;
  for (const { nodes } of before.slice(same)) for (const each of nodes) each.parentNode?.removeChild(each);
  const added = tokens.slice(same).map((token) => {
    const nodes = elements(parser, token);
    root.append(...nodes);
    return { raw: token.raw, nodes };
  });
  shown.set(root, [...before.slice(0, same), ...added]);
}

/**
 * Returns an element with Markdown.
 * @param {string} text @param {Resolve} [resolve] @param {Options} [options]
 */
export function markdown(text, resolve, options) {
  const root = document.createElement('div');
  root.className = 'markdown';
  renderMarkdown(root, text, resolve, options);
  return root;
}
