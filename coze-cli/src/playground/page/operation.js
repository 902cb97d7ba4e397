// The view of one operation: information, form, reply fields, records; sample code, Run, result.

import { confirmChange } from './confirm.js';
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
 * @param {{state: import('./api.js').State, resolve: import('./markdown.js').Resolve, replay: (record: RunRecord, run: boolean) => void}} options
 */
export function operationView(session, { state, resolve, replay }) {
  const { operation } = session;
  const samples = samplePane({ selected: load('sample', 'rust'), onSelect: (id) => save('sample', id) });
  const follow = (now = false) => samples.follow(session.call().call, now);
  const form = requestForm(operation, {
    state, values: session.values, stream: session.stream, asJson: session.asJson,
    changed: (values, stream) => {
      session.values = values;
      session.stream = stream;
      follow();
    },
    switched: (asJson) => { session.asJson = asJson; },
  });
  const records = recordList(operation, { onLoad: (each) => replay(each, false), onReplay: (each) => replay(each, true) });
  const result = resultPane(session);
  const parts = tabs([
    { id: 'parameters', label: t('tab.parameters'), panel: () => form.node },
    { id: 'reply', label: t('tab.reply'), panel: () => replyFields(operation) },
    { id: 'records', label: t('tab.records'), panel: () => { records.render(); return records.node; } },
  ], { label: t('tab.label'), selected: session.tab, onSelect: (id) => { session.tab = id; } });
  const aside = h('aside', { class: 'side', id: 'side', 'aria-label': t('side.label') });
  const drawer = (/** @type {boolean} */ open) => {
    aside.classList.toggle('open', open);
    for (const each of [toggle, sideClose]) each.setAttribute('aria-expanded', String(open));
  };

  const run = async () => {
    if (session.phase === 'running') return;
    session.values = form.values();
    if (!form.check()) {
      drawer(false);
      parts.select('parameters');
      form.check();
      return;
    }
    const { values, stream } = session;
    const at = Date.now();
    drawer(true);
    await session.run(confirmChange);
    const outcome = /** @type {RunRecord['outcome']} */ (session.phase);
    record(operation, values, { at, outcome, stream, ...session.outcome() });
    records.render();
  };
  const runButtons = [0, 1].map(() => button(t('run'), () => (session.phase === 'running' ? session.cancel() : run()), {
    class: 'primary run', 'aria-keyshortcuts': 'Control+Enter Meta+Enter', title: 'Ctrl/⌘ + Enter',
  }));
  const phase = () => {
    const running = session.phase === 'running';
    for (const each of runButtons) {
      fill(each, t(running ? 'cancel' : 'run'));
      each.classList.toggle('cancel', running);
    }
  };
  const toggle = button(t('side.open'), () => drawer(!aside.classList.contains('open')), { class: 'side-toggle', 'aria-controls': 'side', 'aria-expanded': 'false' });
  const sideClose = button('✕', () => { drawer(false); toggle.focus(); }, { class: 'quiet icon side-close', 'aria-label': t('close'), 'aria-controls': 'side', 'aria-expanded': 'false' });
  aside.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && aside.classList.contains('open')) drawer(false);
  });

  fill(aside, samples.node,
    h('div', { class: 'run-bar' }, runButtons[0], h('span', { class: 'muted keys' }, 'Ctrl/⌘ + Enter'), h('span', { class: 'space' }), sideClose), result.node);
  session.onLine = result.add;
  session.onPhase = () => {
    result.phase();
    phase();
  };
  phase();
  follow(true);
  return {
    node: h('div', { class: 'operation' },
      h('div', { class: 'middle' }, information(operation, resolve), h('div', { class: 'pane-head sticky' }, parts.list), parts.panel),
      aside, h('div', { class: 'bottom-bar' }, runButtons[1], toggle)),
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
