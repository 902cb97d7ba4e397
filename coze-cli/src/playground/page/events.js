// The unchanged frames of a stream, its events, and the text and speech that they form.

import { copyButton } from './clipboard.js';
import { button, h } from './dom.js';
import { bytesOf, saveButton } from './download.js';
import { duration, t } from './i18n.js';
import { speechPlayer } from './media.js';
import { load, save } from './store.js';
import { GrowingText, textView } from './text.js';
import { parseJson, textAt, valueAt } from './json.js';

const MAX_ROWS = 500;

/**
 * Returns the part of the text that an event carries. `source` is the message or the node of the
 * text, and `last` marks the end of that text.
 * @param {string} event @param {unknown} data
 * @returns {{text?: string, source?: string, last?: boolean}}
 */
function textOf(event, data) {
  const text = textAt(data, 'content');
  if (event === 'conversation.message.delta' && (textAt(data, 'type') || 'answer') === 'answer')
    return { text, source: textAt(data, 'id') };
  // Only the first event of a node has the node's id, so the title identifies the node.
  if (event === 'Message')
    return {
      text,
      source: textAt(data, 'node_title'),
      last: valueAt(data, 'node_is_finish') === true,
    };
  return {};
}

/** Returns the frame of an event as it came. Runs that were kept earlier have only its fields. @param {import('./api.js').EventLine} line */
function frameText({ event, id, data, raw }) {
  if (raw) return raw;
  const lines = data.split('\n').map((each) => `data: ${each}`);
  return [...(id ? [`id: ${id}`] : []), `event: ${event}`, ...lines, '', ''].join('\n');
}

/** The name of the choice to list the events, which is kept. */
const LISTS = 'events.list';

/** The frames of a stream, unchanged or as a list, and the text and speech that they form. */
export class EventList {
  /** @param {string} operation the id of the operation, which names the file with the frames */
  constructor(operation) {
    /** @type {import('./api.js').EventLine[]} */
    this.lines = [];
    /** @type {string[]} */
    this.audio = [];
    /** @type {string | undefined} */
    this.source = undefined;
    /** @type {string[]} */
    this.texts = [];
    this.text = new GrowingText(h('div', { class: 'assembled-text' }));
    this.assembled = h(
      'section',
      { class: 'assembled', hidden: true, 'aria-label': t('events.text') },
      h('div', { class: 'json-bar' }, copyButton(() => this.texts.join(''))),
      h('h2', null, t('events.text')),
      this.text.element,
      this.text.more,
    );
    this.speech = h('div', { class: 'speech' });
    this.hidden = h('p', { class: 'help', hidden: true });
    this.list = h('ol', { class: 'events', 'aria-label': t('events.label') });
    this.rows = h('div', { hidden: true }, this.hidden, this.list);
    this.frames = new GrowingText(h('code', null));
    const { element, more } = this.frames;
    this.raw = h('div', null, h('pre', { class: 'body-text', tabindex: '0' }, element), more);
    const file = () => this.lines.map((line) => bytesOf(frameText(line), line.base64));
    this.node = h(
      'div',
      { class: 'event-view' },
      this.assembled,
      this.speech,
      h(
        'div',
        { class: 'json-bar' },
        this.listToggle(),
        saveButton(`${operation}.txt`, file),
        copyButton(() => this.lines.map(frameText).join('')),
      ),
      h('div', { class: 'json-body' }, this.rows, this.raw),
    );
    if (load(LISTS, false)) this.showList(true);
  }

  get count() {
    return this.lines.length;
  }

  /** Creates the button that lists the events instead of the frames. */
  listToggle() {
    const toggle = button(
      t('events.list'),
      () => {
        const lists = Boolean(this.rows.hidden);
        this.showList(lists);
        save(LISTS, lists);
      },
      { class: 'quiet small', title: t('events.list.title'), 'aria-pressed': 'false' },
    );
    this.toggle = toggle;
    return toggle;
  }

  /** @param {boolean} lists */
  showList(lists) {
    this.rows.hidden = !lists;
    this.raw.hidden = lists;
    this.toggle?.setAttribute('aria-pressed', String(lists));
    if (lists && !this.list.firstChild) {
      this.list.append(...this.lines.slice(-MAX_ROWS).map(row));
      this.countHidden();
    }
  }

  /** @param {import('./api.js').EventLine} line */
  add(line) {
    const data = parseJson(line.data);
    this.lines.push(line);
    const part = textOf(line.event, data);
    if (part.text) {
      if (this.texts.length && part.source !== this.source) this.addText('\n\n');
      this.source = part.last ? undefined : part.source;
      this.addText(part.text);
    }
    if (line.event === 'conversation.audio.delta') this.audio.push(textAt(data, 'content'));
    this.frames.append(frameText(line));
    if (this.rows.hidden) return;
    this.list.append(row(line));
    if (this.list.children.length > MAX_ROWS) this.list.firstElementChild?.remove();
    this.countHidden();
  }

  /** @param {string} text */
  addText(text) {
    this.texts.push(text);
    this.text.append(text);
    this.assembled.hidden = false;
  }

  /** Says how many events are above the list. */
  countHidden() {
    const n = this.count - MAX_ROWS;
    this.hidden.hidden = n <= 0;
    if (n <= 0) return;
    this.hidden.textContent = t('events.hidden', { n });
    this.list.setAttribute('start', String(n + 1));
  }

  /** Called at the end of the stream. */
  end() {
    try {
      if (this.audio.length && !this.speech.firstChild) this.speech.append(speechPlayer(this.audio));
    } catch {
      // The audio is not base64. The list still shows the events.
    }
  }
}

const SUMMARY_LENGTH = 240;

/** @param {import('./api.js').EventLine} line */
function row({ event, data, ms }) {
  const element = h(
    'details',
    null,
    h(
      'summary',
      null,
      h('code', { class: 'event-name' }, event),
      h('code', { class: 'event-summary' }, data.slice(0, SUMMARY_LENGTH)),
      h('span', { class: 'muted ms' }, duration(ms)),
    ),
  );
  element.addEventListener('toggle', () => element.append(textView(data)), { once: true });
  return h('li', null, element);
}
