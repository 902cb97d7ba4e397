// The result of a run: status, response, request and headers.

import { copyButton } from './clipboard.js';
import { h, setChildren, tabs } from './dom.js';
import { eventView } from './events.js';
import { duration, t } from './i18n.js';
import { fileView } from './media.js';
import { annotatedView, textView } from './tree.js';

/** @typedef {import('./api.js').Line} Line */

/** @param {import('./session.js').Session} session */
export function resultPane(session) {
  const pane = new ResultPane(session);
  return {
    node: pane.node,
    add: (/** @type {Line} */ line) => pane.add(line),
    phase: () => pane.phase(),
  };
}

/** @param {string} text */
const emptyNote = (text) => h('p', { class: 'empty' }, text);

class ResultPane {
  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
    this.status = h('div', { class: 'status-bar', role: 'status', 'aria-live': 'polite' });
    this.reply = h('div', { class: 'reply' });
    this.annotations = h('div', null);
    this.request = h('div', null);
    this.headers = h('div', null);
    this.events = eventView();
    this.choice = this.tabs();
    this.reset();
    if (session.phase === 'idle') setChildren(this.reply, emptyNote(t('result.idle')));
    for (const line of session.lines) this.add(line);
    if (session.phase !== 'idle') this.showPhase();
    this.node = h(
      'section',
      { class: 'result', 'aria-label': t('result.label') },
      h('div', { class: 'pane-head' }, this.choice.list),
      this.status,
      this.choice.panel,
    );
  }

  tabs() {
    const { session } = this;
    return tabs(
      [
        { id: 'reply', label: t('result.reply'), panel: () => this.reply },
        { id: 'fields', label: t('result.fields'), panel: () => this.annotations },
        { id: 'request', label: t('result.request'), panel: () => this.request },
        { id: 'headers', label: t('result.headers'), panel: () => this.headers },
      ],
      {
        label: t('result.label'),
        selected: session.resultTab,
        onSelect: (id) => {
          session.resultTab = id;
        },
      },
    );
  }

  reset() {
    this.events = eventView();
    setChildren(this.reply);
    setChildren(this.annotations, emptyNote(t('result.not_there')));
    setChildren(this.request, emptyNote(t('result.not_sent')));
    setChildren(this.headers, emptyNote(t('result.not_there')));
  }

  /** @param {Line} line */
  add(line) {
    switch (line.kind) {
      case 'request':
        return void setChildren(this.request, requestView(line));
      case 'head':
        setChildren(this.headers, headerTable(line.headers));
        return this.showStatus();
      case 'body':
        return this.addBody(line);
      case 'event':
        if (!this.events.count()) this.reply.prepend(this.events.node);
        return this.events.add(line);
      case 'file':
        return this.reply.append(fileView(line));
      case 'error':
        // A `body` line may have shown the body already.
        if (line.body && !this.reply.querySelector('.body-text'))
          this.reply.append(textView(line.body));
        return this.reply.prepend(errorView(line));
      case 'end':
        return this.events.end();
      default:
    }
  }

  /** @param {import('./api.js').BodyLine} line */
  addBody({ text, annotated }) {
    this.annotations.querySelector('.empty')?.remove();
    this.annotations.append(
      annotated ? annotatedView(annotated) : emptyNote(t('annotated.none')),
    );
    this.reply.append(textView(text));
  }

  showStatus() {
    setChildren(this.status, statusChips(this.session, this.events.count()));
  }

  /** Called when the phase of the session changes. */
  phase() {
    if (this.session.phase === 'running') {
      this.reset();
      this.choice.select('reply');
    }
    this.showPhase();
  }

  showPhase() {
    const { phase } = this.session;
    if (phase === 'canceled') this.reply.append(h('p', { class: 'help' }, t('result.canceled')));
    if (phase === 'ok' && !this.reply.firstChild)
      this.reply.append(emptyNote(t('result.nothing')));
    this.showStatus();
  }
}

/** @param {import('./session.js').Session} session @param {number} events */
function statusChips(session, events) {
  const { phase } = session;
  if (phase === 'idle') return [];
  const { status, ms, logId } = session.outcome();
  const running = phase === 'running';
  return [
    h(
      'span',
      { class: `chip ${phase}`, dataset: { phase } },
      running && h('span', { class: 'spinner', 'aria-hidden': 'true' }),
      t(`state.${phase}`),
    ),
    status && h('span', { class: 'fact' }, `HTTP ${status}`),
    !running && h('span', { class: 'fact' }, duration(ms)),
    events > 0 && h('span', { class: 'fact' }, t('result.events', { n: events })),
    logId &&
      h(
        'span',
        { class: 'fact log' },
        t('result.log'),
        ' ',
        h('code', { class: 'log-id' }, logId),
        copyButton(() => logId),
      ),
  ];
}

/** @param {import('./api.js').RequestLine} line */
function requestView(line) {
  const body = line.body ? textView(line.body) : null;
  return [
    h(
      'p',
      { class: 'request-line' },
      h('strong', null, line.method),
      ' ',
      h('code', null, line.url),
      copyButton(() => line.url),
    ),
    headerTable(line.headers),
    body && h('h3', null, t('result.body')),
    body,
  ];
}

/** @param {import('./api.js').Headers} headers */
function headerTable(headers) {
  return h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      { class: 'headers' },
      h(
        'tbody',
        null,
        (headers ?? []).map(([name, value]) =>
          h('tr', null, h('th', { scope: 'row' }, name), h('td', null, value)),
        ),
      ),
    ),
  );
}

/** @param {import('./api.js').ErrorLine} line */
function errorView(line) {
  return h(
    'div',
    { class: 'error', role: 'alert' },
    h(
      'p',
      null,
      h(
        'strong',
        null,
        line.code ? t('result.error_code', { code: line.code }) : t('state.failed'),
      ),
      ' ',
      line.message,
    ),
    line.hint && h('p', { class: 'hint' }, line.hint),
  );
}
