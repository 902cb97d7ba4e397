// The list of operations, with groups, search and keyboard navigation.

import { h, setChildren } from './dom.js';
import { groupName, t, titleOf } from './i18n.js';
import { groupOf } from './model.js';
import { operationHash } from './router.js';
import { search } from './search.js';

/** @typedef {import('./model.js').Operation} Operation */

/** @param {string} method */
export function methodBadge(method) {
  return h('span', { class: `method ${method.toLowerCase()}` }, method);
}

/**
 * @param {Operation[]} operations
 * @param {object} options
 * @param {string} options.query
 * @param {string} options.platform
 * @param {(query: string) => void} options.onQuery
 * @param {() => void} options.onOpen
 */
export function operationList(operations, { query, platform, onQuery, onOpen }) {
  const results = h('nav', { class: 'operations', 'aria-label': t('list.label') });
  const count = h('p', { class: 'count', role: 'status' });
  const input = searchInput(query);
  let current = '';

  const markCurrent = () => {
    for (const link of linksOf(results)) {
      if (link.dataset.id === current) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  };
  const render = () => {
    const found = search(operations, input.value);
    setChildren(
      count,
      input.value.trim()
        ? t('list.found', { n: found.length })
        : t('list.all', { n: found.length }),
    );
    setChildren(
      results,
      found.length ? groups(found, platform) : h('p', { class: 'empty' }, t('list.none')),
    );
    markCurrent();
  };

  input.addEventListener('input', () => {
    onQuery(input.value);
    render();
  });
  moveByKeys(input, results, () => {
    input.value = '';
    onQuery('');
    render();
  });
  results.addEventListener('click', (/** @type {MouseEvent} */ event) => {
    if (/** @type {Element} */ (event.target).closest('a')) onOpen();
  });
  render();

  return {
    node: h(
      'div',
      { class: 'list' },
      h('div', { class: 'list-head' }, input, h('kbd', { 'aria-hidden': 'true' }, '/'), count),
      results,
    ),
    focus: () => {
      input.focus();
      input.select();
    },
    /** @param {string} id */
    select: (id) => {
      current = id;
      markCurrent();
      results.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
    },
  };
}

/** @param {string} query */
function searchInput(query) {
  return h('input', {
    type: 'search',
    class: 'search',
    id: 'search',
    value: query,
    placeholder: t('list.search'),
    'aria-label': t('list.search'),
    'aria-keyshortcuts': '/',
    autocomplete: 'off',
    spellcheck: 'false',
  });
}

/** @param {HTMLElement} results */
function linksOf(results) {
  return /** @type {HTMLAnchorElement[]} */ ([...results.querySelectorAll('a')]);
}

/**
 * Moves between the input and the results with the arrow keys. Escape clears the input.
 * @param {HTMLInputElement} input @param {HTMLElement} results @param {() => void} clear
 */
function moveByKeys(input, results, clear) {
  input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'ArrowDown') linksOf(results)[0]?.focus();
    else if (event.key === 'Enter') linksOf(results)[0]?.click();
    else if (event.key === 'Escape' && input.value) clear();
    else return;
    event.preventDefault();
  });
  results.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const all = linksOf(results);
    const at = all.findIndex((link) => link === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    (all[to] ?? (to < 0 ? input : all[at]))?.focus();
  });
}

/**
 * Renders operations by group, in the order of their first members.
 * @param {Operation[]} operations
 * @param {string} platform
 */
function groups(operations, platform) {
  /** @type {Map<string, Operation[]>} */
  const byGroup = new Map();
  for (const operation of operations) {
    const group = byGroup.get(groupOf(operation)) ?? [];
    group.push(operation);
    byGroup.set(groupOf(operation), group);
  }
  return [...byGroup].map(([group, members]) =>
    h(
      'section',
      null,
      h('h2', null, groupName(group)),
      h(
        'ul',
        null,
        members.map((each) => h('li', null, entry(each, platform))),
      ),
    ),
  );
}

/** @param {Operation} operation @param {string} platform */
function entry(operation, platform) {
  const unserved = platform === 'studio' && !operation.studio;
  return h(
    'a',
    {
      href: operationHash(operation.id),
      dataset: { id: operation.id },
      title: `${operation.verb} ${operation.path}`,
    },
    methodBadge(operation.verb),
    h(
      'span',
      { class: 'entry' },
      h('span', { class: operation.deprecated ? 'title deprecated' : 'title' }, titleOf(operation)),
      h('span', { class: 'id' }, operation.id),
      unserved && h('span', { class: 'mark warn' }, t('list.unserved')),
    ),
  );
}
