// The unchanged events of a stream, and the text and speech that they form.

import { copyButton } from './clipboard.js';
import { button, h, setChildren } from './dom.js';
import { duration, t } from './i18n.js';
import { speechPlayer } from './media.js';
import { plainView, textView } from './text.js';
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

/** Writes an event as the text of a stream. @param {import('./api.js').EventLine} line */
function frameText({ event, id, data }) {
  const lines = data.split('\n').map((each) => `data: ${each}`);
  return [...(id ? [`id: ${id}`] : []), `event: ${event}`, ...lines, '', ''].join('\n');
}

/** The events of a stream, unchanged, and the text and speech that they form. */
export class EventList {
  constructor() {
    /** @type {import('./api.js').EventLine[]} */
    this.lines = [];
    /** @type {string[]} */
    this.audio = [];
    /** @type {string | undefined} */
    this.source = undefined;
    this.text = h('div', { class: 'assembled-text' });
    this.assembled = h(
      'section',
      { class: 'assembled', hidden: true, 'aria-label': t('events.text') },
      h('div', { class: 'json-bar' }, copyButton(() => this.text.textContent ?? '')),
      h('h2', null, t('events.text')),
      this.text,
    );
    this.speech = h('div', { class: 'speech' });
    this.hidden = h('p', { class: 'help', hidden: true });
    this.list = h('ol', { class: 'events', 'aria-label': t('events.label') });
    this.frames = h('div', { hidden: true });
    this.node = h(
      'div',
      { class: 'event-view' },
      this.assembled,
      this.speech,
      h('div', { class: 'json-bar' }, this.rawToggle(), copyButton(() => this.frameTexts())),
      h('div', { class: 'json-body' }, this.hidden, this.list, this.frames),
    );
  }

  get count() {
    return this.lines.length;
  }

  frameTexts() {
    return this.lines.map(frameText).join('');
  }

  /** Creates the button that shows the frames as one text. */
  rawToggle() {
    const toggle = button(
      t('text.raw'),
      () => {
        this.frames.hidden = !this.frames.hidden;
        this.list.hidden = !this.frames.hidden;
        toggle.setAttribute('aria-pressed', String(this.list.hidden));
        setChildren(this.frames, this.list.hidden && plainView(this.frameTexts()));
      },
      { class: 'quiet small', title: t('events.raw.title'), 'aria-pressed': 'false' },
    );
    return toggle;
  }

  /** @param {import('./api.js').EventLine} line */
  add(line) {
    const data = parseJson(line.data);
    this.lines.push(line);
    const part = textOf(line.event, data);
    if (part.text) {
      if (this.text.firstChild && part.source !== this.source) this.text.append('\n\n');
      this.source = part.last ? undefined : part.source;
      this.text.append(part.text);
      this.assembled.hidden = false;
    }
    if (line.event === 'conversation.audio.delta') this.audio.push(textAt(data, 'content'));
    this.list.append(row(line));
    if (this.list.children.length > MAX_ROWS) {
      this.list.firstElementChild?.remove();
      this.hidden.textContent = t('events.hidden', { n: this.count - MAX_ROWS });
      this.hidden.hidden = false;
      this.list.setAttribute('start', String(this.count - MAX_ROWS + 1));
    }
  }

  /** Called at the end of the stream. */
  end() {
    if (!this.list.hidden || !this.count) return this.addSpeech();
    setChildren(this.frames, plainView(this.frameTexts()));
    this.addSpeech();
  }

  addSpeech() {
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
