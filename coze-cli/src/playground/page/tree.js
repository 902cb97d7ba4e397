// Views of response bodies: the unchanged text, and a tree annotated with the model. The tree
// creates children when they are first shown.

import { copyButton } from './clipboard.js';
import { button, externalLink, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { indentJson, parseJson } from './json.js';

/** @typedef {import('./api.js').AnnotatedValue} AnnotatedValue */
/** @typedef {import('./api.js').FieldDoc} FieldDoc */

const CHILDREN_PER_BATCH = 100;
/** Long text is split, because the layout time of a line with several scripts is quadratic. */
const CHUNK_LENGTH = 1000;
const CHUNKS_PER_BATCH = 40;

/**
 * Shows text, and indents JSON. The copy button copies the unchanged text.
 * @param {string} text
 */
export function textView(text) {
  const pretty = indentJson(text);
  const code = h('code', null);
  let end = 0;
  const more = button('', () => show(), { class: 'quiet small' });
  const show = () => {
    for (let chunk = 0; chunk < CHUNKS_PER_BATCH && end < pretty.length; chunk += 1) {
      const line = pretty.lastIndexOf('\n', end + CHUNK_LENGTH - 1);
      const next = line > end && end + CHUNK_LENGTH < pretty.length ? line + 1 : end + CHUNK_LENGTH;
      code.append(h('span', { class: 'chunk' }, pretty.slice(end, next)));
      end = next;
    }
    more.hidden = end >= pretty.length;
    setChildren(more, t('tree.more_text', { n: Math.max(0, pretty.length - end) }));
  };
  show();
  return h(
    'div',
    { class: 'json-view' },
    h(
      'div',
      { class: 'json-bar' },
      copyButton(() => text),
    ),
    h('pre', { class: 'body-text', tabindex: '0' }, code),
    more,
  );
}

/** Shows an annotated value as a collapsible tree. @param {AnnotatedValue} annotated */
export function annotatedView(annotated) {
  const body = h('div', { class: 'json-body' });
  const show = (/** @type {number} */ open) =>
    setChildren(body, h('div', { class: 'tree' }, node(null, annotated, open, undefined)));
  show(3);
  const foldButtons = (annotated.members || annotated.items) && [
    button(t('tree.unfold'), () => show(8), { class: 'quiet small' }),
    button(t('tree.fold'), () => show(1), { class: 'quiet small' }),
  ];
  return h('div', { class: 'json-view' }, h('div', { class: 'json-bar' }, foldButtons), body);
}

/**
 * @param {string | number | null} key @param {AnnotatedValue} annotated
 * @param {number} open the number of expanded levels
 * @param {FieldDoc | null | undefined} known the field of the model; null for unknown members
 * @returns {HTMLElement}
 */
function node(key, annotated, open, known) {
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
      h('span', { class: 'mark', title: t('annotated.unknown.title') }, t('annotated.unknown')),
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
        ),
    ) ??
    annotated.items?.map((each, at) => () => node(at, each, open - 1, undefined)) ??
    [];
  children.push(...(annotated.missing ?? []).map((each) => () => missing(each)));
  if (annotated.text !== undefined)
    return h('div', { class: 'leaf' }, name, name && ': ', leaf(annotated.text), marks);
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
  return branch(
    [name, name && ' ', h('span', { class: 'muted' }, `${before}${count}${after}`), marks],
    children,
    open > 0,
  );
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
 * @param {(() => HTMLElement)[]} make @param {boolean} open
 */
function branch(label, make, open) {
  const inside = h('div', { class: 'children' });
  const element = h('details', null, h('summary', null, label.flat()), inside);
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
function missing({ name, type, description }) {
  return h(
    'div',
    { class: 'leaf missing' },
    h('span', { class: 'key', title: description }, name),
    ' ',
    h('span', { class: 'type' }, type),
    ' ',
    h('span', { class: 'muted' }, t('annotated.missing')),
  );
}

/** Shows the unchanged text of a scalar. @param {string} text */
function leaf(text) {
  const kind = { '"': 'string', t: 'boolean', f: 'boolean', n: 'null' }[text[0]] ?? 'number';
  const element = h('span', { class: `json-${kind}` }, text);
  const value = kind === 'string' ? parseJson(text) : null;
  return typeof value === 'string' && /^https?:\/\/\S+$/.test(value)
    ? externalLink(value, element)
    : element;
}
