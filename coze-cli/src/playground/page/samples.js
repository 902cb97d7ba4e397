// Sample code, which is updated with the form.

import { fetchSamples, ServerError } from './api.js';
import { copyButton } from './clipboard.js';
import { h, setChildren, tabs } from './dom.js';
import { highlight } from './highlight.js';
import { t } from './i18n.js';

/** @typedef {import('./api.js').Language} Code */

const DEBOUNCE_MS = 200;
const LANGUAGES = /** @type {{id: Code, label: string}[]} */ ([
  { id: 'rust', label: 'Rust' },
  { id: 'curl', label: 'curl' },
  { id: 'python', label: 'Python' },
  { id: 'javascript', label: 'JavaScript' },
  { id: 'java', label: 'Java' },
  { id: 'go', label: 'Go' },
]);

/** Requests the samples of a call, and forgets the requests that a later one replaces. */
class Requests {
  /**
   * @param {(samples: import('./api.js').Samples) => void} show
   * @param {(message: string) => void} fail
   */
  constructor(show, fail) {
    this.show = show;
    this.fail = fail;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.controller = new AbortController();
  }

  /**
   * Requests the samples of a call, at once or when the user stops typing.
   * @param {import('./api.js').Call} call @param {boolean} now
   */
  start(call, now) {
    this.stop();
    this.timer = setTimeout(() => this.send(call), now ? 0 : DEBOUNCE_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.controller.abort();
  }

  /** @param {import('./api.js').Call} call */
  async send(call) {
    this.controller = new AbortController();
    const { signal } = this.controller;
    try {
      this.show(await fetchSamples(call, signal));
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      const isInvalid = error instanceof ServerError && error.status === 400;
      this.fail(t(isInvalid ? 'samples.wait' : 'samples.failed', { why }));
    }
  }
}

/**
 * Lets the user choose the job that the samples do, for operations with several.
 * @param {(id: string) => void} choose
 */
function scenarioChoice(choose) {
  const select = h('select', { class: 'scenario', 'aria-label': t('samples.scenario') });
  const row = h('div', { class: 'scenario-row', hidden: true }, select);
  select.addEventListener('change', () => choose(select.value));
  /** @param {import('./api.js').Samples} samples */
  const show = ({ scenario, scenarios }) => {
    row.hidden = !scenarios.length;
    setChildren(
      select,
      scenarios.map(({ id, title }) => h('option', { value: id ?? '' }, title)),
    );
    select.value = scenario ?? '';
  };
  return { row, show };
}

/** Creates the block that shows the sample of a language, or the reason why there is none. */
function codeBlock() {
  const code = h('code', null);
  const node = h(
    'pre',
    { class: 'sample', role: 'group', tabindex: '0', 'aria-label': t('samples.label') },
    code,
  );
  /** @param {import('./api.js').Samples | null} samples @param {Code} language */
  const show = (samples, language) => {
    const missing = samples?.missing?.[language];
    node.dataset.language = language;
    setChildren(
      code,
      missing
        ? h('span', { class: 'hl-c' }, t('samples.none', { why: missing }))
        : highlight(samples?.[language] ?? '', language),
    );
  };
  return { node, show };
}

/** @param {{selected: string, onSelect: (id: string) => void}} options */
export function samplePane({ selected, onSelect }) {
  /** @type {import('./api.js').Samples | null} */
  let samples = null;
  /** @type {Code} */
  let language = 'rust';
  /** @type {string | undefined} */
  let scenario;
  /** @type {import('./api.js').Call | undefined} */
  let last;
  const block = codeBlock();
  const note = h('p', { class: 'help sample-note', role: 'status', hidden: true });
  const choice = tabs(
    LANGUAGES.map(({ id, label }) => ({
      id,
      label,
      panel: () => {
        language = id;
        block.show(samples, language);
        return block.node;
      },
    })),
    { label: t('samples.label'), selected, onSelect },
  );
  const requests = new Requests(
    (received) => {
      samples = received;
      note.hidden = true;
      scenarios.show(received);
      block.show(samples, language);
    },
    (message) => {
      setChildren(note, message);
      note.hidden = false;
    },
  );
  const scenarios = scenarioChoice((id) => {
    scenario = id || undefined;
    if (last) requests.start({ ...last, scenario }, true);
  });
  const copy = copyButton(() => samples?.[language] ?? '');
  return {
    node: h(
      'section',
      { class: 'samples', 'aria-label': t('samples.label') },
      h('div', { class: 'pane-head' }, choice.list, h('span', { class: 'space' }), copy),
      scenarios.row,
      note,
      choice.panel,
    ),
    /** @param {import('./api.js').Call} call @param {boolean} [now] */
    update: (call, now = false) => {
      // The switch of the form says what to do with the response.
      if (last && call.stream !== last.stream) scenario = undefined;
      last = call;
      requests.start({ ...call, scenario }, now);
    },
    stop: () => requests.stop(),
  };
}
