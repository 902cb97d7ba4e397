// Sample code, which is updated with the form.

import { fetchSamples } from './api.js';
import { copyButton } from './clipboard.js';
import { h, setChildren, tabs } from './dom.js';
import { highlight } from './highlight.js';
import { t } from './i18n.js';

/** @typedef {'rust' | 'curl' | 'python'} Code */

const DEBOUNCE_MS = 200;
const LANGUAGES = /** @type {{id: Code, label: string}[]} */ ([
  { id: 'rust', label: 'Rust' },
  { id: 'curl', label: 'curl' },
  { id: 'python', label: 'Python' },
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
      if (!signal.aborted) this.fail(error instanceof Error ? error.message : String(error));
    }
  }
}

/** @param {{selected: string, onSelect: (id: string) => void}} options */
export function samplePane({ selected, onSelect }) {
  /** @type {import('./api.js').Samples | null} */
  let samples = null;
  /** @type {Code} */
  let language = 'rust';
  const code = h('code', null);
  const block = h(
    'pre',
    { class: 'sample', role: 'group', tabindex: '0', 'aria-label': t('samples.label') },
    code,
  );
  const note = h('p', { class: 'help sample-note', role: 'status', hidden: true });
  const text = () => samples?.[language] ?? '';
  const render = () => {
    const missing = samples !== null && !text();
    block.dataset.language = language;
    setChildren(
      code,
      missing ? h('span', { class: 'hl-c' }, t('samples.none')) : highlight(text(), language),
    );
  };
  /** @param {Code} id */
  const panel = (id) => {
    language = id;
    render();
    return block;
  };
  const choice = tabs(
    LANGUAGES.map(({ id, label }) => ({ id, label, panel: () => panel(id) })),
    { label: t('samples.label'), selected, onSelect },
  );
  const requests = new Requests(
    (received) => {
      samples = received;
      note.hidden = true;
      render();
    },
    (why) => {
      setChildren(note, t('samples.wait', { why }));
      note.hidden = false;
    },
  );
  const head = [choice.list, h('span', { class: 'space' }), copyButton(text)];
  return {
    node: h(
      'section',
      { class: 'samples', 'aria-label': t('samples.label') },
      h('div', { class: 'pane-head' }, head),
      note,
      choice.panel,
    ),
    /** @param {import('./api.js').Call} call @param {boolean} [now] */
    update: (call, now = false) => requests.start(call, now),
    stop: () => requests.stop(),
  };
}
