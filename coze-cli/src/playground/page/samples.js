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

/** @param {{selected: string, onSelect: (id: string) => void}} options */
export function samplePane({ selected, onSelect }) {
  /** @type {import('./api.js').Samples | null} */
  let samples = null;
  /** @type {Code} */
  let language = 'rust';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let controller = new AbortController();
  const code = h('code', null);
  const block = h(
    'pre',
    { class: 'sample', tabindex: '0', 'aria-label': t('samples.label') },
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
  const choice = tabs(
    LANGUAGES.map(({ id, label }) => ({
      id,
      label,
      panel: () => {
        language = id;
        render();
        return block;
      },
    })),
    { label: t('samples.label'), selected, onSelect },
  );

  /** @param {import('./api.js').Call} call */
  const request = async (call) => {
    controller = new AbortController();
    const { signal } = controller;
    try {
      samples = await fetchSamples(call, signal);
      note.hidden = true;
      render();
    } catch (error) {
      if (signal.aborted) return;
      setChildren(
        note,
        t('samples.wait', { why: error instanceof Error ? error.message : String(error) }),
      );
      note.hidden = false;
    }
  };
  return {
    node: h(
      'section',
      { class: 'samples', 'aria-label': t('samples.label') },
      h(
        'div',
        { class: 'pane-head' },
        choice.list,
        h('span', { class: 'space' }),
        copyButton(text),
      ),
      note,
      choice.panel,
    ),
    /**
     * Requests the samples of a call, at once or when the user stops typing.
     * @param {import('./api.js').Call} call @param {boolean} [now]
     */
    update: (call, now = false) => {
      clearTimeout(timer);
      controller.abort();
      timer = setTimeout(() => request(call), now ? 0 : DEBOUNCE_MS);
    },
    stop: () => {
      clearTimeout(timer);
      controller.abort();
    },
  };
}
