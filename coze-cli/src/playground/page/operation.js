// The view of an operation: its description, form, response fields, records, samples and result.

import { button, h, setChildren, tabs } from './dom.js';
import { requestForm } from './form.js';
import { addRecord } from './history.js';
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
 * @typedef {object} ViewOptions
 * @property {import('./api.js').State} state
 * @property {import('./session.js').Confirm} confirm
 * @property {import('./markdown.js').Resolve} resolve
 * @property {(record: RunRecord, run: boolean) => void} replay
 */

/** @param {Session} session @param {ViewOptions} options */
export function operationView(session, { state, confirm, resolve, replay }) {
  const { operation } = session;
  const samples = samplePane({
    selected: load('sample', 'rust'),
    onSelect: (id) => save('sample', id),
  });
  const updateSamples = (now = false) => samples.update(session.call().call, now);
  const form = requestForm(operation, {
    state,
    values: session.values,
    stream: session.stream,
    asJson: session.asJson,
    changed: (values, stream) => {
      session.values = values;
      session.stream = stream;
      updateSamples();
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
  const sections = sectionTabs(session, form, records);

  const run = async () => {
    if (session.phase === 'running') return;
    session.values = form.values();
    if (!form.check()) {
      side.open(false);
      sections.select('parameters');
      form.check();
      return;
    }
    const { values, stream } = session;
    const at = Date.now();
    side.open(true);
    await session.run(confirm);
    const outcome = /** @type {RunRecord['outcome']} */ (session.phase);
    addRecord(operation, values, { at, outcome, stream, ...session.outcome() });
    records.render();
  };
  const runButtons = [runButton(session, run), runButton(session, run)];
  const renderPhase = () => {
    const running = session.phase === 'running';
    for (const each of runButtons) {
      setChildren(each, t(running ? 'cancel' : 'run'));
      each.classList.toggle('cancel', running);
    }
  };
  const side = sidePane(samples.node, runButtons[0], result.node);
  session.onLine = result.add;
  session.onPhase = () => {
    result.phase();
    renderPhase();
  };
  renderPhase();
  updateSamples(true);
  return {
    node: h(
      'div',
      { class: 'operation' },
      h(
        'div',
        { class: 'middle' },
        information(operation, resolve),
        h('div', { class: 'pane-head sticky' }, sections.list),
        sections.panel,
      ),
      side.node,
      h('div', { class: 'bottom-bar' }, runButtons[1], side.toggle),
    ),
    run,
    /** Fills in the values of a record. @param {RunRecord} each */
    fillIn: (each) => {
      // Values that records omit stay unchanged in the form.
      const rest = Object.entries(session.values).filter(([name]) => each.left_out?.includes(name));
      form.set({ ...Object.fromEntries(rest), ...each.values }, each.stream);
      sections.select('parameters');
    },
    leave: () => {
      samples.stop();
      session.onLine = () => {};
      session.onPhase = () => {};
    },
  };
}

/** @param {Session} session @param {() => void} run */
function runButton(session, run) {
  return button(t('run'), () => (session.phase === 'running' ? session.cancel() : run()), {
    class: 'primary run',
    'aria-keyshortcuts': 'Control+Enter Meta+Enter',
    title: 'Ctrl/⌘ + Enter',
  });
}

/**
 * Creates the tabs of parameters, response fields and records.
 * @param {Session} session @param {{node: HTMLElement}} form
 * @param {ReturnType<typeof recordList>} records
 */
function sectionTabs(session, form, records) {
  return tabs(
    [
      { id: 'parameters', label: t('tab.parameters'), panel: () => form.node },
      { id: 'reply', label: t('tab.reply'), panel: () => replyFields(session.operation) },
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
}

/**
 * Creates the pane of samples and result, which is a drawer on narrow screens.
 * @param {Node} samples @param {Node} run @param {Node} result
 */
function sidePane(samples, run, result) {
  const node = h('aside', { class: 'side', id: 'side', 'aria-label': t('side.label') });
  const expanded = { 'aria-controls': 'side', 'aria-expanded': 'false' };
  const toggle = button(t('side.open'), () => open(!node.classList.contains('open')), {
    class: 'side-toggle',
    ...expanded,
  });
  const close = button('✕', () => closePane(), {
    class: 'quiet icon side-close',
    'aria-label': t('close'),
    ...expanded,
  });
  const open = (/** @type {boolean} */ isOpen) => {
    node.classList.toggle('open', isOpen);
    for (const each of [toggle, close]) each.setAttribute('aria-expanded', String(isOpen));
  };
  const closePane = () => {
    open(false);
    toggle.focus();
  };
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && close.checkVisibility()) closePane();
  });
  setChildren(
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
