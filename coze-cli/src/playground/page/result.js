// The result of a run: the response as it came, its reading by the SDK, and the request.

import { copyButton } from './clipboard.js';
import { actionButtons, errorActions, missingPermission } from './actions.js';
import { h, setChildren, tabs } from './dom.js';
import { bytesOf } from './download.js';
import { EventList } from './events.js';
import { duration, size, t } from './i18n.js';
import { findIds, idOf, kindOf } from './ids.js';
import { IdBar, openActions } from './idview.js';
import { interruptForm, interruptOf } from './interrupt.js';
import { fileView } from './media.js';
import { Reading } from './reading.js';
import { load, save } from './store.js';
import { textView } from './text.js';

/** @typedef {import('./api.js').Line} Line */

/**
 * @typedef {import('./idview.js').IdActions & {state: import('./api.js').State}} ResultOptions
 */

/** @param {import('./session.js').Session} session @param {ResultOptions} options */
export function resultPane(session, options) {
  const pane = new ResultPane(session, options);
  return {
    node: pane.node,
    add: (/** @type {Line} */ line) => pane.add(line),
    phase: () => pane.phase(),
    leave: () => pane.leave(),
  };
}

/** The maximum length of a body in which ids are searched. */
const MAX_SEARCHED = 1024 * 1024;

/** @param {string} text */
const emptyNote = (text) => h('p', { class: 'empty' }, text);

class ResultPane {
  /** @param {import('./session.js').Session} session @param {ResultOptions} options */
  constructor(session, options) {
    this.session = session;
    this.options = options;
    /** @type {import('./tree.js').OpenId} */
    this.openId = (name, value) => {
      const [kind, id] = [kindOf(name), idOf(value)];
      return kind && id ? () => openActions({ name: kind.names[0], id }, options) : null;
    };
    this.status = h('div', { class: 'status-bar', role: 'status', 'aria-live': 'polite' });
    this.reply = h('div', { class: 'reply' });
    /** The status and the headers of each response. */
    this.heads = h('div', null);
    this.ids = new IdBar(options);
    this.reading = new Reading(this.openId);
    this.request = h('div', null);
    this.events = new EventList(session.operation.id);
    this.attempts = 0;
    this.clock = new Clock(session);
    this.choice = this.tabs();
    this.reset();
    if (session.phase === 'idle') setChildren(this.reply, emptyNote(t('result.idle')));
    for (const line of session.lines) this.add(line);
    if (session.phase !== 'idle') this.showPhase();
    this.clock.run(session.phase === 'running');
    this.node = h(
      'section',
      { class: 'result', 'aria-label': t('result.label') },
      h('div', { class: 'pane-head' }, this.choice.list),
      h('div', { class: 'status-row' }, this.status, this.clock.node),
      this.choice.panel,
    );
  }

  tabs() {
    const { session } = this;
    return tabs(
      [
        { id: 'reply', label: t('result.reply'), panel: () => this.response() },
        { id: 'reading', label: t('result.reading'), panel: () => this.reading.node },
        { id: 'request', label: t('result.request'), panel: () => this.request },
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

  /** Returns the response as it came: its status and headers, and its body or frames. */
  response() {
    return h('div', null, this.heads, this.ids.node, this.reply);
  }

  reset() {
    this.events = new EventList(this.session.operation.id);
    this.reading = new Reading(this.openId);
    this.attempts = 0;
    this.ids.clear();
    setChildren(this.heads);
    setChildren(this.reply);
    setChildren(this.request, emptyNote(t('result.not_sent')));
  }

  /** @param {Line} line */
  add(line) {
    switch (line.kind) {
      case 'request':
        return this.addRequest(line);
      case 'head':
        this.heads.append(headView(line));
        this.noteExample(line);
        return this.showStatus();
      case 'body':
        return this.addBody(line);
      case 'event':
        if (!this.events.count) this.reply.prepend(this.events.node);
        this.reading.addEvent(line);
        this.events.add(line);
        this.findIds(line.data);
        return this.askFor(line);
      case 'file':
        return this.reply.append(fileView(line));
      case 'error':
        // A `body` line may have shown the body already.
        if (line.body && !this.reply.querySelector('.body-text'))
          this.reply.append(textView(line.body));
        return this.reply.prepend(this.errorView(line));
      case 'end':
        return this.events.end();
      default:
    }
  }

  /** @param {import('./api.js').RequestLine} line */
  addRequest(line) {
    this.attempts += 1;
    if (this.attempts === 1) setChildren(this.request);
    const title = t('result.attempt', { n: this.attempts });
    if (this.attempts > 1) this.request.append(h('h2', null, title));
    this.request.append(...requestView(line));
    this.showStatus();
  }

  /** Says that a response is only an example. @param {import('./api.js').HeadLine} line */
  noteExample({ headers }) {
    const example = headers.find(([name]) => name === 'x-coze-mock-example');
    if (!example) return;
    const [, id] = example;
    const note = id ? t('result.example.id', { id }) : t('result.example');
    this.reply.append(h('p', { class: 'help example-note' }, note));
  }

  /** @param {import('./api.js').BodyLine} line */
  addBody(line) {
    const { text, base64 } = line;
    this.reading.addBody(line);
    this.findIds(text);
    if (base64) this.reply.append(h('p', { class: 'help' }, t('text.invalid')));
    const name = `${this.session.operation.id}.${/^\s*[[{]/.test(text) ? 'json' : 'txt'}`;
    this.reply.append(textView(text, { name, parts: () => [bytesOf(text, base64)] }));
    this.askFor(line);
  }

  /** Offers the ids in a body or in the data of an event. @param {string} text */
  findIds(text) {
    if (text.length < MAX_SEARCHED) this.ids.add(findIds(this.session.operation, text));
  }

  /** Asks the user what an interrupted workflow asks. @param {import('./api.js').EventLine | import('./api.js').BodyLine} line */
  askFor(line) {
    const interrupt = interruptOf(line);
    const { go } = this.options;
    if (interrupt) this.reply.prepend(interruptForm(interrupt, this.session.values, go));
  }

  /** Shows an error with the actions that solve it. @param {import('./api.js').ErrorLine} line */
  errorView(line) {
    const { state, go } = this.options;
    const { operation, values } = this.session;
    const actions = actionButtons(errorActions(line, values, state), go);
    return errorView(line, missingPermission(line, operation), actions);
  }

  showStatus() {
    setChildren(this.status, statusChips(this.session, this.events.count, this.attempts));
  }

  /** Called when the phase of the session changes. */
  phase() {
    if (this.session.phase === 'running') {
      this.reset();
      this.choice.select('reply');
    }
    this.showPhase();
    this.clock.run(this.session.phase === 'running');
  }

  leave() {
    this.clock.run(false);
  }

  showPhase() {
    const { phase } = this.session;
    if (phase === 'canceled') this.reply.append(h('p', { class: 'help' }, t('result.canceled')));
    if (phase === 'ok' && !this.reply.firstChild)
      this.reply.append(emptyNote(t('result.nothing')));
    this.showStatus();
  }
}

/** The time that a running call has taken. Screen readers do not announce its ticks. */
class Clock {
  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
    this.node = h('span', { class: 'fact clock', 'aria-hidden': 'true', hidden: true });
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  /** @param {boolean} running */
  run(running) {
    clearInterval(this.timer);
    this.node.hidden = !running;
    if (!running) return;
    const show = () => setChildren(this.node, duration(performance.now() - this.session.started));
    show();
    this.timer = setInterval(show, 100);
  }
}

/** @param {import('./session.js').Session} session @param {number} events @param {number} attempts */
function statusChips(session, events, attempts) {
  const { phase } = session;
  if (phase === 'idle') return [];
  const { status, ms, logId } = session.outcome();
  const bytes = session.bytes();
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
    bytes !== null && h('span', { class: 'fact' }, size(bytes)),
    events > 0 && h('span', { class: 'fact' }, t('result.events', { n: events })),
    attempts > 1 && h('span', { class: 'fact' }, t('result.attempts', { n: attempts })),
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
  const address = h(
    'p',
    { class: 'request-line' },
    h('strong', null, line.method),
    ' ',
    h('code', null, line.url),
    copyButton(() => line.url),
  );
  const body = line.body ? [h('h2', null, t('result.body')), textView(line.body)] : [];
  return [address, headerTable(line.headers), ...body];
}

/** The name of the choice to show headers, which is kept. */
const SHOWS_HEADERS = 'result.headers';

/** @param {import('./api.js').HeadLine} line */
function headView({ status, headers }) {
  const text = () => [`HTTP ${status}`, ...headers.map((each) => each.join(': '))].join('\n');
  const title = [h('strong', null, `HTTP ${status}`), ' · ', t('result.headers', { n: headers.length })];
  const view = h(
    'details',
    { class: 'response-head', open: load(SHOWS_HEADERS, false) },
    h('summary', null, title),
    h('div', { class: 'json-bar' }, copyButton(text)),
    headerTable(headers),
  );
  view.addEventListener('toggle', () => {
    if (view.open !== load(SHOWS_HEADERS, false)) save(SHOWS_HEADERS, view.open);
  });
  return view;
}

/** @param {import('./api.js').Headers} headers */
function headerTable(headers) {
  const rows = headers.map(([name, value]) =>
    h('tr', null, h('th', { scope: 'row' }, name), h('td', null, value)),
  );
  return h('div', { class: 'scroll' }, h('table', { class: 'headers' }, h('tbody', null, rows)));
}

/** @param {import('./api.js').ErrorLine} line @param {string} permission @param {Node[]} actions */
function errorView(line, permission, actions) {
  const title = line.code ? t('result.error_code', { code: line.code }) : t('state.failed');
  return h(
    'div',
    { class: 'error', role: 'alert' },
    h('p', null, h('strong', null, title), ' ', line.message),
    line.hint && h('p', { class: 'hint' }, line.hint),
    permission && h('p', { class: 'hint' }, permission),
    h('div', { class: 'error-actions' }, actions, copyButton(() => `${title} ${line.message}`)),
  );
}
