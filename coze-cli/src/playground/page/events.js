// The events of a stream, and the text that they form.

import { h } from './dom.js';
import { duration, t } from './i18n.js';
import { speechPlayer } from './media.js';
import { annotatedView, textView } from './tree.js';
import { isRecord, parseJson, textAt, valueAt } from './json.js';

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

/** Summarizes the data of an event in one line. @param {unknown} data */
function summarize(data) {
  if (!isRecord(data)) return String(data ?? '');
  const texts = ['content', 'reasoning_content', 'status', 'msg'].map((name) => textAt(data, name));
  const line = texts.find(Boolean) ?? JSON.stringify(data);
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

export function eventView() {
  const text = h('div', { class: 'assembled-text' });
  const assembled = h(
    'section',
    { class: 'assembled', hidden: true, 'aria-label': t('events.text') },
    h('h3', null, t('events.text')),
    text,
  );
  const speech = h('div', { class: 'speech' });
  const hidden = h('p', { class: 'help', hidden: true });
  const list = h('ol', { class: 'events', 'aria-label': t('events.label') });
  /** @type {string[]} */
  const audio = [];
  let count = 0;
  /** @type {string | undefined} */
  let source;
  return {
    node: h('div', { class: 'event-view' }, assembled, speech, hidden, list),
    count: () => count,
    /** @param {import('./api.js').EventLine} line */
    add: (line) => {
      const { event } = line;
      const data = parseJson(line.data);
      count += 1;
      const part = textOf(event, data);
      if (part.text) {
        if (text.firstChild && part.source !== source) text.append('\n\n');
        source = part.last ? undefined : part.source;
        text.append(part.text);
        assembled.hidden = false;
      }
      if (event === 'conversation.audio.delta') audio.push(textAt(data, 'content'));
      list.append(row(line, data));
      if (list.children.length > MAX_ROWS) {
        list.firstElementChild?.remove();
        hidden.textContent = t('events.hidden', { n: count - MAX_ROWS });
        hidden.hidden = false;
        list.setAttribute('start', String(count - MAX_ROWS + 1));
      }
    },
    /** Called at the end of the stream. */
    end: () => {
      try {
        if (audio.length && !speech.firstChild) speech.append(speechPlayer(audio));
      } catch {
        // The audio is not base64. The list still shows the events.
      }
    },
  };
}

/** @param {import('./api.js').EventLine} line @param {unknown} data */
function row({ event, data: text, annotated, ms }, data) {
  const element = h(
    'details',
    null,
    h(
      'summary',
      null,
      h('code', { class: 'event-name' }, event),
      h('span', { class: 'event-summary' }, summarize(data)),
      h('span', { class: 'muted ms' }, duration(ms)),
    ),
  );
  element.addEventListener(
    'toggle',
    () => element.append(textView(text), ...(annotated ? [annotatedView(annotated)] : [])),
    { once: true },
  );
  return h('li', null, element);
}
