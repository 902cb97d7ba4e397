// The reading of a response by the SDK: its members with the facts of the model, and the members
// that are new or missing.

import { h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { jsonTree } from './json.js';
import { annotatedView, hasDifferences, treeView } from './tree.js';

/** @typedef {import('./api.js').AnnotatedValue} AnnotatedValue */

/** The maximum number of events and the maximum length of a body that are shown. */
const MAX_EVENTS = 500;
const MAX_LENGTH = 4 * 1024 * 1024;

/** @param {string} text */
const note = (text) => h('p', { class: 'empty' }, text);

export class Reading {
  constructor() {
    this.node = h('div', { class: 'reading' }, note(t('result.not_there')));
    this.list = h('ol', { class: 'events', 'aria-label': t('events.label') });
    this.isEmpty = true;
  }

  /** @param {Node} node */
  append(node) {
    if (this.isEmpty) setChildren(this.node);
    this.isEmpty = false;
    this.node.append(node);
  }

  /** @param {import('./api.js').BodyLine} line */
  addBody({ text, annotated }) {
    if (annotated) return this.append(annotatedView(annotated));
    this.append(note(t('annotated.none')));
    const tree = text.length <= MAX_LENGTH && jsonTree(text);
    if (tree) this.append(treeView(tree));
  }

  /** @param {import('./api.js').EventLine} line */
  addEvent({ event, data, annotated }) {
    if (!this.list.isConnected && !this.list.parentElement) this.append(this.list);
    if (this.list.children.length >= MAX_EVENTS) return;
    const element = h(
      'details',
      null,
      h(
        'summary',
        null,
        h('code', { class: 'event-name' }, event),
        annotated && hasDifferences(annotated)
          ? h('span', { class: 'mark warn' }, t('annotated.differs'))
          : h('span', { class: 'muted' }, annotated ? t('annotated.same') : data.slice(0, 60)),
      ),
    );
    const view = () => (annotated ? annotatedView(annotated) : note(t('annotated.not_json')));
    element.addEventListener('toggle', () => element.append(view()), { once: true });
    this.list.append(h('li', null, element));
  }
}
