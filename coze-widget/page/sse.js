// Reads server-sent events.

/** @typedef {{event: string, data: string}} SentEvent */

/** Splits text into events, by the rules of the HTML standard. */
export class EventDecoder {
  constructor() {
    this.rest = '';
    this.event = '';
    /** @type {string[]} */
    this.data = [];
  }

  /** Returns the events that are complete with this text. @param {string} text */
  push(text) {
    /** @type {SentEvent[]} */
    const events = [];
    // A line break may come in two parts.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() || '';
    for (const line of lines) this.line(line, events);
    return events;
  }

  /** Returns the last event, which may lack its empty line. */
  end() {
    /** @type {SentEvent[]} */
    const events = [];
    if (this.rest) this.line(this.rest.replace(/\r$/, ''), events);
    this.rest = '';
    this.line('', events);
    return events;
  }

  /** @param {string} line @param {SentEvent[]} events */
  line(line, events) {
    if (!line) {
      if (this.data.length) events.push({ event: this.event, data: this.data.join('\n') });
      this.event = '';
      this.data = [];
      return;
    }
    const at = line.indexOf(':');
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
    if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
  }
}

/**
 * Calls a function with each event of a response, until it returns true.
 * @param {Response} response @param {(event: SentEvent) => boolean} handle
 */
export async function readEvents(response, handle) {
  if (!response.body) throw new Error('the response has no body');
  const reader = response.body.getReader();
  const text = new TextDecoder();
  const decoder = new EventDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const events = done ? decoder.end() : decoder.push(text.decode(value, { stream: true }));
      for (const event of events) if (handle(event)) return;
      if (done) return;
    }
  } finally {
    // The connection is not needed any more, even if the server keeps it open.
    reader.cancel().catch(() => {});
  }
}
