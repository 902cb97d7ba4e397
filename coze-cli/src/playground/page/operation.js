// The view of one operation: information, form, reply fields, records; sample code, Run, result.

import { button, fill, h, tabs } from './dom.js';
import { requestForm } from './form.js';
import { record } from './history.js';
import { t } from './i18n.js';
import { information } from './info.js';
import { recordList } from './records.js';
import { replyFields } from './reply.js';
import { resultPane } from './result.js';
import { samplePane } from './samples.js';
import { load, save } from './store.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./history.js').RunRecord} RunRecord */

/**
 * @param {Session} session
 * @param {{state: import('./api.js').State, confirm: import('./session.js').Confirm, resolve: import('./markdown.js').Resolve, replay: (record: RunRecord, run: boolean) => void}} options
 */
export function operationView(session, { state, confirm, resolve, replay }) {
  const { operation } = session;
  const samples = samplePane({
    selected: load('sample', 'rust'),
    onSelect: (id) => save('sample', id),
  });
  const follow = (now = false) => samples.follow(session.call().call, now);
  const form = requestForm(operation, {
    state,
    values: session.values,
    stream: session.stream,
    asJson: session.asJson,
    changed: (values, stream) => {
      session.values = values;
      session.stream = stream;
      follow();
    },
    switched: (asJson) => {
      session.asJson = asJson;
    },
  });
  const records = recordList(operation, {
    onLoad: (each) => replay(each, false),
    onReplay: (each) => replay(each, true),
  });
  const result = resultPane(session);
  const parts = tabs(
    [
      { id: 'parameters', label: t('tab.parameters'), panel: () => form.node },
      { id: 'reply', label: t('tab.reply'), panel: () => replyFields(operation) },
      {
        id: 'records',
        label: t('tab.records'),
        panel: () => {
          records.render();
          return records.node;
        },
      },
    ],
    {
      label: t('tab.label'),
      selected: session.tab,
      onSelect: (id) => {
        session.tab = id;
      },
    },
  );

  const run = async () => {
    if (session.phase === 'running') return;
    session.values = form.values();
    if (!form.check()) {
      side.open(false);
      parts.select('parameters');
      form.check();
      return;
    }
    const { values, stream } = session;
    const at = Date.now();
    side.open(true);
    await session.run(confirm);
    const outcome = /** @type {RunRecord['outcome']} */ (session.phase);
    record(operation, values, { at, outcome, stream, ...session.outcome() });
    records.render();
  };
  const runButtons = [0, 1].map(() =>
    button(t('run'), () => (session.phase === 'running' ? session.cancel() : run()), {
      class: 'primary run',
      'aria-keyshortcuts': 'Control+Enter Meta+Enter',
      title: 'Ctrl/⌘ + Enter',
    }),
  );
  const phase = () => {
    const running = session.phase === 'running';
    for (const each of runButtons) {
      fill(each, t(running ? 'cancel' : 'run'));
      each.classList.toggle('cancel', running);
    }
  };
  const side = sidePane(samples.node, runButtons[0], result.node);
  session.onLine = result.add;
  session.onPhase = () => {
    result.phase();
    phase();
  };
  phase();
  follow(true);
  return {
    node: h(
      'div',
      { class: 'operation' },
      h(
        'div',
        { class: 'middle' },
        information(operation, resolve),
        h('div', { class: 'pane-head sticky' }, parts.list),
        parts.panel,
      ),
      side.node,
      h('div', { class: 'bottom-bar' }, runButtons[1], side.toggle),
    ),
    run,
    /** Takes over the values of a record. @param {RunRecord} each */
    fillIn: (each) => {
      // What records do not keep stays as it is in the form.
      const rest = Object.entries(session.values).filter(([name]) => each.left_out?.includes(name));
      form.set({ ...Object.fromEntries(rest), ...each.values }, each.stream);
      parts.select('parameters');
    },
    leave: () => {
      samples.stop();
      session.onLine = () => {};
      session.onPhase = () => {};
    },
  };
}

/** Code and result, which are a drawer where there is little room. @param {Node} samples @param {Node} run @param {Node} result */
function sidePane(samples, run, result) {
  const node = h('aside', { class: 'side', id: 'side', 'aria-label': t('side.label') });
  const expanded = { 'aria-controls': 'side', 'aria-expanded': 'false' };
  const toggle = button(t('side.open'), () => open(!node.classList.contains('open')), {
    class: 'side-toggle',
    ...expanded,
  });
  const close = button('✕', () => leave(), {
    class: 'quiet icon side-close',
    'aria-label': t('close'),
    ...expanded,
  });
  const open = (/** @type {boolean} */ shown) => {
    node.classList.toggle('open', shown);
    for (const each of [toggle, close]) each.setAttribute('aria-expanded', String(shown));
  };
  const leave = () => {
    open(false);
    toggle.focus();
  };
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && close.checkVisibility()) leave();
  });
  fill(
    node,
    samples,
    h(
      'div',
      { class: 'run-bar' },
      run,
      h('span', { class: 'muted keys' }, 'Ctrl/⌘ + Enter'),
      h('span', { class: 'space' }),
      close,
    ),
    result,
  );
  return { node, toggle, open };
}
