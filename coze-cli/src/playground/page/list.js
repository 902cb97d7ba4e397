// The list of operations, with groups, search and keyboard navigation.

import { button, h, setChildren } from './dom.js';
import { groupName, t, titleOf } from './i18n.js';
import { groupOf } from './model.js';
import { operationHash } from './router.js';
import { search } from './search.js';
import { load, save } from './store.js';

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
 * @param {() => void} options.onPin
 */
export function operationList(operations, { query, platform, onQuery, onOpen, onPin }) {
  const results = h('nav', { class: 'operations', 'aria-label': t('list.label') });
  const count = h('p', { class: 'count', role: 'status' });
  const input = searchInput(query);
  const pin = button(t('list.pin'), onPin, { class: 'quiet small pin', title: t('list.pin.title'), 'aria-pressed': 'true' });
  let current = '';

  const markCurrent = () => {
    for (const link of linksOf(results)) {
      const isCurrent = link.dataset.id === current;
      if (isCurrent) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
      // One tab stop for all operations; the arrow keys move between them.
      link.tabIndex = isCurrent ? 0 : -1;
    }
    const stop = results.querySelector('[aria-current]') ?? linksOf(results)[0];
    if (stop instanceof HTMLElement) stop.tabIndex = 0;
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
      found.length
        ? groups(found, platform, Boolean(input.value.trim()))
        : h('p', { class: 'empty' }, t('list.none')),
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
    node: h('div', { class: 'list' }, listHead(input, count, pin), results),
    /** Searches again, after the texts of the operations have been loaded. */
    render,
    focus: () => {
      input.focus();
      input.select();
    },
    /** @param {boolean} pinned */
    setPinned: (pinned) => pin.setAttribute('aria-pressed', String(pinned)),
    /** @param {string} id */
    select: (id) => {
      current = id;
      markCurrent();
      const group = results.querySelector('[aria-current]')?.closest('details');
      if (group) group.open = true;
      results.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
    },
  };
}

/** @param {Node} input @param {Node} count @param {Node} pin */
function listHead(input, count, pin) {
  const key = h('kbd', { 'aria-hidden': 'true' }, '/');
  return h('div', { class: 'list-head', role: 'search' }, input, key, count, pin);
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
    if (event.key === 'Escape' && input.checkVisibility()) return input.focus();
    const all = linksOf(results).filter((link) => link.checkVisibility());
    const at = all.findIndex((link) => link === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    (all[to] ?? (to < 0 ? input : all[at]))?.focus();
  });
}

const FOLDED = 'folded';

/**
 * Renders operations by group, in the order of their first members. Results of a search are never
 * folded.
 * @param {Operation[]} operations
 * @param {string} platform
 * @param {boolean} searched
 */
function groups(operations, platform, searched) {
  /** @type {Map<string, Operation[]>} */
  const byGroup = new Map();
  for (const operation of operations) {
    const group = byGroup.get(groupOf(operation)) ?? [];
    group.push(operation);
    byGroup.set(groupOf(operation), group);
  }
  /** @type {string[]} */
  const folded = load(FOLDED, []);
  return [...byGroup].map(([group, members]) => {
    const entries = members.map((each) => h('li', null, entry(each, platform)));
    const count = h('span', { class: 'muted' }, String(members.length));
    const open = searched || !folded.includes(group);
    const node = h(
      'details',
      { class: 'group', open },
      h('summary', null, groupName(group), ' ', count),
      h('ul', null, entries),
    );
    node.addEventListener('toggle', () => {
      if (!searched) fold(group, !node.open);
    });
    return node;
  });
}

/** Keeps a group folded or not. @param {string} group @param {boolean} isFolded */
function fold(group, isFolded) {
  const others = /** @type {string[]} */ (load(FOLDED, [])).filter((each) => each !== group);
  save(FOLDED, isFolded ? [...others, group] : others);
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
