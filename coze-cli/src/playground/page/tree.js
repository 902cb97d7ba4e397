// Trees of JSON, annotated with the model. They create children when they are first shown.

import { copyIcon } from './clipboard.js';
import { button, externalLink, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { indentJson, jsonTree, parseJson } from './json.js';
import { fillWithText } from './text.js';

/** @typedef {import('./api.js').AnnotatedValue} AnnotatedValue */
/** @typedef {import('./api.js').FieldDoc} FieldDoc */
/**
 * Returns what a click on the value of a member does, if it is an id.
 * @typedef {(name: string, value: string) => (() => void) | null} OpenId
 */

/** @type {OpenId} */
const opensNothing = () => null;

const CHILDREN_PER_BATCH = 100;

/**
 * Shows an annotated value as a collapsible tree, below the number of differences from the model.
 * @param {AnnotatedValue} annotated @param {OpenId} [openId]
 */
export function annotatedView(annotated, openId) {
  return h('div', null, differenceNote(annotated), treeView(annotated, openId));
}

/** Shows a value as a collapsible tree. @param {AnnotatedValue} annotated @param {OpenId} [openId] */
export function treeView(annotated, openId = opensNothing) {
  const body = h('div', { class: 'json-body' });
  const show = (/** @type {number} */ open) =>
    setChildren(body, h('div', { class: 'tree' }, node(null, annotated, open, undefined, openId)));
  show(3);
  const foldButtons = (annotated.members || annotated.items) && [
    button(t('tree.unfold'), () => show(8), { class: 'quiet small' }),
    button(t('tree.fold'), () => show(1), { class: 'quiet small' }),
  ];
  return h('div', { class: 'json-view' }, h('div', { class: 'json-bar' }, foldButtons), body);
}

/** Returns `true` if a value differs from the model. @param {AnnotatedValue} annotated */
export function hasDifferences(annotated) {
  const found = countDifferences(annotated);
  return found.unknown + found.missing + found.unexpected > 0;
}

/** @param {AnnotatedValue} annotated */
function differenceNote(annotated) {
  const found = countDifferences(annotated);
  const facts = [
    found.unknown && t('annotated.count.new', { n: found.unknown }),
    found.missing && t('annotated.count.missing', { n: found.missing }),
    found.unexpected && t('annotated.count.unexpected', { n: found.unexpected }),
  ].filter(Boolean);
  return facts.length
    ? h('p', { class: 'differences mark warn' }, facts.join(' · '))
    : h('p', { class: 'differences help' }, t('annotated.same'));
}

/** Counts the differences from the model. @param {AnnotatedValue} annotated */
function countDifferences(annotated, found = { unknown: 0, missing: 0, unexpected: 0 }) {
  if (annotated.unexpected) found.unexpected += 1;
  found.missing += annotated.missing?.filter((each) => each.required).length ?? 0;
  const described = Boolean(annotated.missing) || hasKnown(annotated);
  for (const { known, value } of annotated.members ?? []) {
    if (described && !known) found.unknown += 1;
    countDifferences(value, found);
  }
  for (const each of annotated.items ?? []) countDifferences(each, found);
  return found;
}

/**
 * @param {string | number | null} key @param {AnnotatedValue} annotated
 * @param {number} open the number of expanded levels
 * @param {FieldDoc | null | undefined} known the field of the model; null for unknown members
 * @param {OpenId} openId
 * @returns {HTMLElement}
 */
function node(key, annotated, open, known, openId) {
  const name =
    key === null
      ? null
      : h(
          'span',
          { class: typeof key === 'number' ? 'index' : 'key', title: known?.description },
          String(key),
        );
  const marks = [
    known === null &&
      h('span', { class: 'mark new', title: t('annotated.new.title') }, t('annotated.new')),
    annotated.unexpected && h('span', { class: 'mark warn' }, annotated.unexpected),
  ];
  /** @type {(() => HTMLElement)[]} */
  const children =
    annotated.members?.map(
      (each) => () =>
        node(
          each.name,
          each.value,
          open - 1,
          each.known ?? (annotated.missing || hasKnown(annotated) ? null : undefined),
          openId,
        ),
    ) ??
    annotated.items?.map((each, at) => () => node(at, each, open - 1, undefined, openId)) ??
    [];
  children.push(...(annotated.missing ?? []).map((each) => () => missing(each)));
  if (annotated.text !== undefined)
    return h('div', { class: 'leaf' }, name, name && ': ', leaf(String(key), annotated.text, openId), marks);
  const [before, after] = annotated.items ? '[]' : '{}';
  if (!children.length)
    return h(
      'div',
      { class: 'leaf' },
      name,
      name && ': ',
      h('span', { class: 'muted' }, before + after),
      marks,
    );
  const count = (annotated.members ?? annotated.items ?? []).length;
  const label = [name, name && ' ', h('span', { class: 'muted' }, `${before}${count}${after}`), marks];
  // A button inside a summary could not be reached by all users.
  const copy = copyIcon(() => indentJson(jsonOf(annotated)));
  return h('div', { class: 'object' }, branch(label, children, open > 0), copy);
}

/** Writes a value as JSON, with its scalars unchanged. @param {AnnotatedValue} annotated @returns {string} */
function jsonOf({ text, members, items }) {
  if (items) return `[${items.map(jsonOf).join(',')}]`;
  if (!members) return text ?? 'null';
  return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${jsonOf(value)}`).join(',')}}`;
}

/**
 * Returns `true` if the model knows any member. Objects that the model does not describe have no
 * unknown members.
 * @param {AnnotatedValue} annotated
 */
function hasKnown(annotated) {
  return annotated.members?.some((each) => each.known) ?? false;
}

/**
 * @param {(import('./dom.js').Child | import('./dom.js').Child[])[]} label
 * @param {(() => HTMLElement)[]} make @param {boolean} open @param {string} [name] a class
 */
function branch(label, make, open, name = 'branch') {
  const inside = h('div', { class: 'children' });
  const element = h('details', { class: name }, h('summary', null, label.flat()), inside);
  let created = 0;
  const more = () => {
    inside.append(...make.slice(created, created + CHILDREN_PER_BATCH).map((each) => each()));
    created += CHILDREN_PER_BATCH;
    if (created >= make.length) return;
    const rest = button(
      t('tree.more', { n: make.length - created }),
      () => {
        rest.remove();
        more();
      },
      { class: 'quiet small' },
    );
    inside.append(rest);
  };
  element.addEventListener('toggle', () => {
    if (element.open && !created) more();
  });
  if (open) {
    more();
    element.open = true;
  }
  return element;
}

/** Shows a field that the response lacks. @param {FieldDoc} field */
function missing({ name, type, required, description }) {
  const note = required
    ? h('span', { class: 'mark warn' }, t('annotated.missing'))
    : h('span', { class: 'muted' }, t('annotated.absent'));
  return h(
    'div',
    { class: 'leaf missing' },
    h('span', { class: 'key', title: description }, name),
    ' ',
    h('span', { class: 'type' }, type),
    ' ',
    note,
  );
}

/**
 * Shows the unchanged text of a scalar. JSON in a string can be opened, and so can an id.
 * @param {string} name @param {string} text @param {OpenId} openId
 */
function leaf(name, text, openId) {
  const kind = { '"': 'string', t: 'boolean', f: 'boolean', n: 'null' }[text[0]] ?? 'number';
  const element = h('span', { class: `json-${kind}` });
  fillWithText(element, text);
  const value = kind === 'string' ? parseJson(text) : text;
  if (typeof value !== 'string') return [element];
  const open = openId(name, value);
  const shown = open
    ? button(element, open, { class: 'quiet id-value', 'aria-haspopup': 'dialog' })
    : /^https?:\/\/\S+$/.test(value)
      ? externalLink(value, element)
      : element;
  return [shown, copyIcon(() => value), insideOf(value, openId)];
}

/** Returns the JSON inside a string, to be opened. @param {string} value @param {OpenId} openId */
function insideOf(value, openId) {
  if (!/^\s*[{[]/.test(value)) return null;
  const tree = jsonTree(value);
  if (!tree) return null;
  return branch([t('tree.inside')], [() => node(null, tree, 3, undefined, openId)], false, 'inside');
}
