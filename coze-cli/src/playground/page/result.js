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
  const status = h('div', { class: 'status-bar', role: 'status', 'aria-live': 'polite' });
  const reply = h('div', { class: 'reply' });
  const annotations = h('div', null);
  const request = h('div', null);
  const headers = h('div', null);
  let events = eventView();
  const choice = tabs(
    [
      { id: 'reply', label: t('result.reply'), panel: () => reply },
      { id: 'fields', label: t('result.fields'), panel: () => annotations },
      { id: 'request', label: t('result.request'), panel: () => request },
      { id: 'headers', label: t('result.headers'), panel: () => headers },
    ],
    {
      label: t('result.label'),
      selected: session.resultTab,
      onSelect: (id) => {
        session.resultTab = id;
      },
    },
  );

  /** @param {Line} line */
  const showLine = (line) => {
    switch (line.kind) {
      case 'request':
        return void setChildren(request, requestView(line));
      case 'head':
        setChildren(headers, headerTable(line.headers));
        return summary();
      case 'body':
        annotations.querySelector('.empty')?.remove();
        annotations.append(
          line.annotated
            ? annotatedView(line.annotated)
            : h('p', { class: 'empty' }, t('annotated.none')),
        );
        return reply.append(textView(line.text));
      case 'event':
        if (!events.count()) reply.prepend(events.node);
        return events.add(line);
      case 'file':
        return reply.append(fileView(line));
      case 'error':
        // A `body` line may have shown the body already.
        if (line.body && !reply.querySelector('.body-text')) reply.append(textView(line.body));
        return reply.prepend(errorView(line));
      case 'end':
        return events.end();
      default:
    }
  };
  const summary = () => void setChildren(status, statusChips(session, events.count()));
  const phase = () => {
    if (session.phase === 'running' && !session.lines.length) reset();
    if (session.phase === 'canceled') reply.append(h('p', { class: 'help' }, t('result.canceled')));
    if (session.phase === 'ok' && !reply.firstChild)
      reply.append(h('p', { class: 'empty' }, t('result.nothing')));
    summary();
  };
  const reset = () => {
    setChildren(reply);
    setChildren(annotations, h('p', { class: 'empty' }, t('result.not_there')));
    setChildren(request, h('p', { class: 'empty' }, t('result.not_sent')));
    setChildren(headers, h('p', { class: 'empty' }, t('result.not_there')));
  };
  reset();
  if (session.phase === 'idle') setChildren(reply, h('p', { class: 'empty' }, t('result.idle')));
  for (const line of session.lines) showLine(line);
  if (session.phase !== 'idle') phase();
  return {
    node: h(
      'section',
      { class: 'result', 'aria-label': t('result.label') },
      h('div', { class: 'pane-head' }, choice.list),
      status,
      choice.panel,
    ),
    add: showLine,
    phase: () => {
      if (session.phase === 'running') {
        events = eventView();
        choice.select('reply');
      }
      phase();
    },
  };
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
