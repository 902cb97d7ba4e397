// The reading of a response by the SDK: its members with the facts of the model, and the members
// and events that are new or missing.

import { h, setChildren } from './dom.js';
import { size, t } from './i18n.js';
import { jsonTree } from './json.js';
import { annotatedView, hasDifferences, treeView } from './tree.js';

/** @typedef {import('./api.js').AnnotatedValue} AnnotatedValue */
/** @typedef {import('./api.js').EventLine} EventLine */

/** The maximum number of events that are listed as they arrive. */
const MAX_EVENTS = 500;
/** The maximum number of later events that are listed because they differ from the model. */
const MAX_LATER = 500;
/** The maximum length of JSON that is shown as a tree, and of JSON that the server annotates. */
const MAX_LENGTH = 4 * 1024 * 1024;
const MAX_ANNOTATED = 1024 * 1024;

/** @param {string} text */
const note = (text) => h('p', { class: 'empty' }, text);

/** Returns `true` if an event, or a member of its data, differs from the model. @param {EventLine} line */
const differs = ({ new: isNew, annotated }) => Boolean(isNew || (annotated && hasDifferences(annotated)));

export class Reading {
  /** @param {import('./tree.js').OpenId} openId */
  constructor(openId) {
    this.openId = openId;
    this.node = h('div', { class: 'reading' }, note(t('result.not_there')));
    this.list = h('ol', { class: 'events', 'aria-label': t('events.label') });
    this.summary = h('p', { class: 'differences' });
    this.more = h('p', { class: 'help', hidden: true });
    this.isEmpty = true;
    this.counts = { events: 0, new: 0, differ: 0, later: 0 };
  }

  /** @param {...Node} nodes */
  append(...nodes) {
    if (this.isEmpty) setChildren(this.node);
    this.isEmpty = false;
    this.node.append(...nodes);
  }

  /** @param {import('./api.js').BodyLine} line */
  addBody({ text, annotated, too_long }) {
    if (annotated) return this.append(annotatedView(annotated, this.openId));
    this.append(...unannotated(text, too_long, this.openId));
  }

  /** @param {EventLine} line */
  addEvent(line) {
    const { counts } = this;
    if (!counts.events) this.append(this.summary, this.list, this.more);
    const isDifferent = differs(line);
    counts.events += 1;
    if (line.new) counts.new += 1;
    else if (isDifferent) counts.differ += 1;
    this.showCounts();
    if (counts.events <= MAX_EVENTS) return this.list.append(row(line, counts.events, this.openId));
    if (isDifferent && counts.later < MAX_LATER) {
      counts.later += 1;
      this.list.append(row(line, counts.events, this.openId));
    }
    const n = counts.events - MAX_EVENTS - counts.later;
    this.more.hidden = n <= 0;
    this.more.textContent = t('annotated.more_events', { n, max: MAX_EVENTS });
  }

  showCounts() {
    const { new: isNew, differ } = this.counts;
    const facts = [
      isNew && t('annotated.count.new_events', { n: isNew }),
      differ && t('annotated.count.events', { n: differ }),
    ].filter(Boolean);
    this.summary.className = `differences ${facts.length ? 'mark warn' : 'help'}`;
    this.summary.textContent = facts.join(' · ') || t('annotated.same');
  }
}

/**
 * Shows JSON that the server has not annotated, and says why it has not.
 * @param {string} text @param {boolean | undefined} tooLong
 * @param {import('./tree.js').OpenId} openId
 */
function unannotated(text, tooLong, openId) {
  const isTree = text.length <= MAX_LENGTH;
  const tree = isTree && jsonTree(text);
  if (!tooLong) return [tree ? treeView(tree, openId) : note(t('annotated.none'))];
  const key = isTree ? 'annotated.too_long' : 'annotated.too_long.tree';
  return [
    note(t(key, { max: size(MAX_ANNOTATED), tree: size(MAX_LENGTH) })),
    ...(tree ? [treeView(tree, openId)] : []),
  ];
}

/** @param {EventLine} line @param {number} number @param {import('./tree.js').OpenId} openId */
function row(line, number, openId) {
  const { event, data, annotated } = line;
  const element = h(
    'details',
    null,
    h('summary', null, h('code', { class: 'event-name' }, event), mark(line)),
  );
  const view = () =>
    annotated
      ? [annotatedView(annotated, openId)]
      : line.too_long
        ? unannotated(data, true, openId)
        : [note(t('annotated.not_json'))];
  element.addEventListener('toggle', () => element.append(...view()), { once: true });
  return h('li', { value: String(number) }, element);
}

/** Says how an event compares with the model. @param {EventLine} line */
function mark({ new: isNew, annotated, data }) {
  if (isNew) return h('span', { class: 'mark new', title: t('annotated.new_event.title') }, t('annotated.new'));
  if (!annotated) return h('span', { class: 'muted' }, data.slice(0, 60));
  return hasDifferences(annotated)
    ? h('span', { class: 'mark warn' }, t('annotated.differs'))
    : h('span', { class: 'muted' }, t('annotated.same'));
}
