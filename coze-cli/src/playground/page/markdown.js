// Renders a subset of Markdown. HTML in it stays text.

import { externalLink, h } from './dom.js';

/**
 * Returns the address in the page for a code span, if any.
 * @typedef {(code: string) => string | null} Resolve
 */

const INLINE =
  /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|~~([^~]+)~~|(!?)\[([^\]]*)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)"'`，。；）]+)/;

/** @param {string} text @param {Resolve} resolve @returns {Node[]} */
function inline(text, resolve) {
  /** @type {Node[]} */
  const nodes = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    if (found.index) nodes.push(new Text(rest.slice(0, found.index)));
    const [all, code, strong, emphasis, deleted, image, label, address, bare] = found;
    if (code) {
      const target = resolve(code);
      const element = h('code', null, code);
      nodes.push(target ? h('a', { href: target }, element) : element);
    } else if (strong) nodes.push(h('strong', null, inline(strong, resolve)));
    else if (emphasis) nodes.push(h('em', null, inline(emphasis, resolve)));
    else if (deleted) nodes.push(h('del', null, inline(deleted, resolve)));
    else if (image) nodes.push(picture(address, label));
    else if (address) nodes.push(externalLink(address, label || address));
    else nodes.push(externalLink(bare, bare));
    rest = rest.slice(found.index + all.length);
  }
  if (rest) nodes.push(new Text(rest));
  return nodes;
}

/** Shows an image, which the policy of the page loads over HTTPS only. @param {string} address @param {string} label */
function picture(address, label) {
  return /^https:\/\//i.test(address)
    ? h('img', { src: address, alt: label, loading: 'lazy', referrerpolicy: 'no-referrer' })
    : externalLink(address, label || address);
}

const BULLET = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

/**
 * Renders paragraphs, headings, lists, tables and code. `breaks` keeps line breaks.
 * @param {string} text @param {Resolve} [resolve] @param {{breaks?: boolean}} [options]
 * @returns {HTMLElement}
 */
export function markdown(text, resolve = () => null, { breaks = false } = {}) {
  const root = h('div', { class: 'markdown' });
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  let at = 0;
  /** @param {(line: string) => boolean} test */
  const take = (test) => {
    const from = at;
    while (at < lines.length && test(lines[at])) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at];
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (!line.trim()) at += 1;
    else if (/^\s*```/.test(line)) {
      at += 1;
      const code = take((each) => !/^\s*```/.test(each));
      at += 1;
      root.append(h('pre', { tabindex: '0' }, h('code', null, code.join('\n'))));
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      at += 1;
      root.append(h('hr', null));
    } else if (/^\s*>/.test(line)) {
      const quoted = take((each) => /^\s*>/.test(each)).map((each) => each.replace(/^\s*> ?/, ''));
      root.append(h('blockquote', null, markdown(quoted.join('\n'), resolve, { breaks })));
    } else if (heading) {
      at += 1;
      root.append(h('p', { class: 'heading' }, h('strong', null, inline(heading[2], resolve))));
    } else if (/^\s*\|/.test(line))
      root.append(
        table(
          take((each) => /^\s*\|/.test(each)),
          resolve,
        ),
      );
    else if (BULLET.test(line))
      root.append(
        list(
          take((each) => BULLET.test(each) || /^\s+\S/.test(each)),
          resolve,
        ),
      );
    else {
      const [first, ...more] = [
        lines[at++],
        ...take(
          (each) =>
            Boolean(each.trim()) && !/^\s*(\||```|#{1,6}\s|>)/.test(each) && !BULLET.test(each),
        ),
      ];
      root.append(
        h(
          'p',
          null,
          inline([first, ...more].map((each) => each.trim()).join(breaks ? '\n' : ' '), resolve),
        ),
      );
    }
  }
  return root;
}

/** @param {string[]} lines @param {Resolve} resolve */
function list(lines, resolve) {
  /** @type {string[]} */
  const items = [];
  for (const line of lines) {
    const found = BULLET.exec(line);
    if (found) items.push(found[2]);
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  const ordered = BULLET.exec(lines[0])?.[1];
  return h(
    ordered ? 'ol' : 'ul',
    ordered ? { start: ordered } : null,
    items.map((item) => h('li', null, inline(item, resolve))),
  );
}

/** @param {string[]} lines @param {Resolve} resolve */
function table(lines, resolve) {
  const rows = lines.map((line) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
  const rule = rows.findIndex((row) => row.every((cell) => /^:?-+:?$/.test(cell)));
  const head = rule > 0 ? rows.slice(0, rule) : [];
  const body = rule >= 0 ? rows.slice(rule + 1) : rows;
  /** @param {'th' | 'td'} tag @param {string[][]} all */
  const part = (tag, all) =>
    all.map((row) =>
      h(
        'tr',
        null,
        row.map((cell) => h(tag, null, inline(cell, resolve))),
      ),
    );
  return h(
    'div',
    { class: 'scroll' },
    h('table', null, h('thead', null, part('th', head)), h('tbody', null, part('td', body))),
  );
}
