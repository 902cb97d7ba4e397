// Sample code that follows the form.

import { fetchSamples } from './api.js';
import { copyButton } from './clipboard.js';
import { fill, h, tabs } from './dom.js';
import { highlight } from './highlight.js';
import { t } from './i18n.js';

/** @typedef {'rust' | 'curl' | 'python'} Code */

const PAUSE_MS = 200;
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
  let shown = 'rust';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asking = new AbortController();
  const code = h('code', null);
  const block = h(
    'pre',
    { class: 'sample', tabindex: '0', 'aria-label': t('samples.label') },
    code,
  );
  const note = h('p', { class: 'help sample-note', role: 'status', hidden: true });
  const text = () => samples?.[shown] ?? '';
  const render = () => {
    const missing = samples !== null && !text();
    block.dataset.language = shown;
    fill(
      code,
      missing ? h('span', { class: 'hl-c' }, t('samples.none')) : highlight(text(), shown),
    );
  };
  const choice = tabs(
    LANGUAGES.map(({ id, label }) => ({
      id,
      label,
      panel: () => {
        shown = id;
        render();
        return block;
      },
    })),
    { label: t('samples.label'), selected, onSelect },
  );

  /** @param {import('./api.js').Call} call */
  const ask = async (call) => {
    asking = new AbortController();
    const { signal } = asking;
    try {
      samples = await fetchSamples(call, signal);
      note.hidden = true;
      render();
    } catch (error) {
      if (signal.aborted) return;
      fill(
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
    /** Asks for samples of this call, at once or when the typing pauses. @param {import('./api.js').Call} call @param {boolean} [now] */
    follow: (call, now = false) => {
      clearTimeout(timer);
      asking.abort();
      timer = setTimeout(() => ask(call), now ? 0 : PAUSE_MS);
    },
    stop: () => {
      clearTimeout(timer);
      asking.abort();
    },
  };
}
