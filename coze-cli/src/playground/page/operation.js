// The view of an operation: its description, form, response fields, records, samples and result.

import { button, h, setChildren, tabs } from './dom.js';
import { openExports, recordedOf } from './exportview.js';
import { requestForm } from './form.js';
import { addRecord, responseOf } from './history.js';
import { t } from './i18n.js';
import { information } from './info.js';
import { linkOf } from './link.js';
import { recordList } from './records.js';
import { replyFields } from './reply.js';
import { resultPane } from './result.js';
import { samplePane } from './samples.js';
import { splitter } from './splitter.js';
import { hasResponse, load, save } from './store.js';
import { hostOf } from './sites.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./history.js').RunRecord} RunRecord */

/**
 * @typedef {object} ViewOptions
 * @property {import('./api.js').State} state
 * @property {import('./session.js').Confirm} confirm
 * @property {import('./markdown.js').Resolve} resolve
 * @property {(record: RunRecord, run: boolean) => void} replay
 * @property {(operation: import('./model.js').Operation) => Record<string, unknown>} example
 * @property {import('./idview.js').IdActions} ids
 */

const DOUBLE_CLICK_MS = 500;

/** @param {Session} session @param {ViewOptions} options */
export function operationView(session, options) {
  const view = new OperationView(session, options);
  return {
    node: view.node,
    run: () => view.run(),
    fillIn: (/** @type {RunRecord} */ record) => view.fillIn(record),
    replace: (/** @type {Record<string, unknown>} */ values) => view.replace(values),
    link: (/** @type {import('./link.js').LinkedForm} */ form) => view.fill(form),
    leave: () => view.leave(),
  };
}

class OperationView {
  /** @param {Session} session @param {ViewOptions} options */
  constructor(session, { state, confirm, resolve, replay, example, ids }) {
    this.session = session;
    this.state = state;
    this.confirm = confirm;
    this.samples = samplePane({
      selected: load('sample', 'rust'),
      onSelect: (id) => save('sample', id),
    });
    this.form = requestForm(session.operation, {
      state,
      input: session.input,
      stream: session.stream,
      asJson: session.asJson,
      text: session.text,
      example: () => example(session.operation),
      changed: (form) => this.change(form),
      link: () => linkOf(session.operation, session),
      exported: () => void openExports(session.call().call, recordedOf(session.lines)),
      switched: (asJson) => {
        session.asJson = asJson;
        session.keep();
      },
    });
    this.records = recordList(session.operation, {
      onLoad: (each) => replay(each, false),
      onReplay: (each) => replay(each, true),
      onShow: (each) => void this.showResponse(each),
      onExport: (each) => void exportRecord(each),
    });
    this.result = resultPane(session, { ...ids, state });
    this.sections = sectionTabs(session, this.form, this.records);
    this.runButtons = [this.runButton(), this.runButton()];
    this.side = sidePane(this.samples.node, this.runButtons[0], this.result.node);
    session.onLine = this.result.add;
    session.onPhase = () => {
      this.result.phase();
      this.renderPhase();
    };
    this.renderPhase();
    // The form knows the ids that variables stand for.
    session.values = this.form.state().values;
    this.samples.update(session.call().call, true);
    /** @type {HTMLElement} */
    this.node = this.layout(resolve);
  }

  /** @param {import('./markdown.js').Resolve} resolve */
  layout(resolve) {
    const middle = h(
      'div',
      { class: 'middle' },
      information(this.session.operation, resolve),
      h('div', { class: 'pane-head sticky' }, this.sections.list),
      this.sections.panel,
    );
    const bottom = h('div', { class: 'bottom-bar' }, this.runButtons[1], this.side.toggle);
    const node = h('div', { class: 'operation' });
    const bar = splitter(node, { name: 'middle', label: t('split.columns'), initial: 50, min: 25 });
    return setChildren(node, middle, bar, this.side.node, bottom);
  }

  /** @param {import('./form.js').FormState} form */
  change(form) {
    Object.assign(this.session, form);
    this.session.keep();
    this.form.showKept(this.session.isKept);
    this.samples.update(this.session.call().call);
  }

  async run() {
    const { session, form } = this;
    if (session.phase === 'running') return;
    Object.assign(session, form.state());
    if (!form.check()) {
      this.side.open(false);
      this.sections.select('parameters');
      form.check(true);
      return;
    }
    const { values, stream } = session;
    const at = Date.now();
    this.side.open(true);
    await session.run(this.confirm);
    const outcome = /** @type {RunRecord['outcome']} */ (session.phase);
    const summary = { at, outcome, stream, host: hostOf(this.state), ...session.outcome() };
    await addRecord(session.operation, values, summary, session.lines);
    this.records.render();
  }

  /** Shows the response of an earlier run. @param {RunRecord} record */
  async showResponse(record) {
    this.session.show(await responseOf(record));
    this.side.open(true);
  }

  runButton() {
    const { session } = this;
    const act = () => {
      if (session.phase !== 'running') return void this.run();
      // The second click of a double click does not cancel.
      if (performance.now() - session.started > DOUBLE_CLICK_MS) session.cancel();
    };
    return button(t('run'), act, {
      class: 'primary run',
      'aria-keyshortcuts': 'Control+Enter Meta+Enter',
      title: 'Ctrl/⌘ + Enter',
    });
  }

  renderPhase() {
    const running = this.session.phase === 'running';
    for (const each of this.runButtons) {
      setChildren(each, t(running ? 'cancel' : 'run'));
      each.classList.toggle('cancel', running);
    }
  }

  /** Replaces values of the form. @param {Record<string, unknown>} values */
  replace(values) {
    const { input, stream, text } = this.session;
    // The text of the JSON editor would hide the values, so it can be brought back instead.
    if (text === undefined) this.form.set({ ...input, ...values }, stream);
    else this.form.fill({ ...input, ...values }, stream);
    this.sections.select('parameters');
  }

  /** Fills in the values of a record. @param {RunRecord} each */
  fillIn(each) {
    // Values that records omit stay unchanged in the form.
    const rest = Object.entries(this.session.values).filter(([name]) =>
      each.left_out?.includes(name),
    );
    this.fill({ values: { ...Object.fromEntries(rest), ...each.values }, stream: each.stream });
  }

  /** Fills in a form, which can be undone. @param {import('./link.js').LinkedForm} form */
  fill({ values, stream }) {
    this.form.fill(values, stream);
    this.sections.select('parameters');
  }

  leave() {
    this.samples.stop();
    this.result.leave();
    this.session.onLine = () => {};
    this.session.onPhase = () => {};
  }
}

/** Exports a run with its response, if that is kept. @param {RunRecord} record */
async function exportRecord(record) {
  const { operation: id, values, stream } = record;
  const lines = hasResponse(record.id) ? await responseOf(record) : [];
  await openExports({ id, values, stream }, recordedOf(lines));
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
    splitter(node, { name: 'samples', label: t('split.rows'), vertical: true, initial: 40, min: 10 }),
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
