// Events of a stream as they come, and the text that they make together.

import { h } from './dom.js';
import { duration, t } from './i18n.js';
import { speechPlayer } from './media.js';
import { readingView, textView } from './tree.js';
import { at, isRecord, parsed, textAt } from './wire.js';

const MOST_ROWS = 500;

/**
 * The piece of the answer that an event carries.
 * @param {string} event @param {unknown} data
 * @returns {{text?: string, source?: string, last?: boolean}} `source`: the message or the node that the text belongs to; `last`: it is whole now
 */
function pieceOf(event, data) {
  const text = textAt(data, 'content');
  if (event === 'conversation.message.delta' && (textAt(data, 'type') || 'answer') === 'answer')
    return { text, source: textAt(data, 'id') };
  // Only the first event of a node has its id.
  if (event === 'Message')
    return { text, source: textAt(data, 'node_title'), last: at(data, 'node_is_finish') === true };
  return {};
}

/** What an event says, on one line. @param {unknown} data */
function gist(data) {
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
      const data = parsed(line.data);
      count += 1;
      const piece = pieceOf(event, data);
      if (piece.text) {
        if (text.firstChild && piece.source !== source) text.append('\n\n');
        source = piece.last ? undefined : piece.source;
        text.append(piece.text);
        assembled.hidden = false;
      }
      if (event === 'conversation.audio.delta') audio.push(textAt(data, 'content'));
      list.append(row(line, data));
      if (list.children.length > MOST_ROWS) {
        list.firstElementChild?.remove();
        hidden.textContent = t('events.hidden', { n: count - MOST_ROWS });
        hidden.hidden = false;
        list.setAttribute('start', String(count - MOST_ROWS + 1));
      }
    },
    /** No more will come. */
    end: () => {
      try {
        if (audio.length && !speech.firstChild) speech.append(speechPlayer(audio));
      } catch {
        // Not base64: the events show it as it is.
      }
    },
  };
}

/** @param {import('./api.js').EventLine} line @param {unknown} data */
function row({ event, data: text, reading, ms }, data) {
  const element = h(
    'details',
    null,
    h(
      'summary',
      null,
      h('code', { class: 'event-name' }, event),
      h('span', { class: 'gist' }, gist(data)),
      h('span', { class: 'muted ms' }, duration(ms)),
    ),
  );
  element.addEventListener(
    'toggle',
    () => element.append(textView(text), ...(reading ? [readingView(reading)] : [])),
    { once: true },
  );
  return h('li', null, element);
}
