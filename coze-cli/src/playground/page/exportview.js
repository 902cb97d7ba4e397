// The dialog that shows a call in the forms of other tools.

import { fetchExports } from './api.js';
import { copyButton } from './clipboard.js';
import { dialog } from './dialog.js';
import { button, h, setChildren, tabs } from './dom.js';
import { download } from './download.js';
import { highlight } from './highlight.js';
import { t } from './i18n.js';

/** @typedef {import('./api.js').Recorded} Recorded */
/** @typedef {import('./api.js').Line} Line */

/** @type {{id: keyof import('./api.js').Exports, label: string, language: 'curl' | 'rust', file: string}[]} */
const FORMS = [
  { id: 'curl', label: 'curl', language: 'curl', file: 'sh' },
  { id: 'http', label: '.http', language: 'curl', file: 'http' },
  { id: 'coze', label: 'coze call', language: 'curl', file: 'sh' },
  { id: 'test', label: 'export.test', language: 'rust', file: 'rs' },
];

/** A longer response would make the test unreadable. */
const MAX_RECORDED = 256 * 1024;

/** Returns the response that a test can replay. @param {Line[]} lines @returns {Recorded | null} */
export function recordedOf(lines) {
  const length = lines.reduce((sum, line) => sum + JSON.stringify(line).length, 0);
  if (length > MAX_RECORDED) return null;
  const events = lines.filter((line) => line.kind === 'event');
  if (events.length)
    return { events: events.map(({ event, data }) => /** @type {[string, string]} */ ([event, data])) };
  const body = lines.find((line) => line.kind === 'body')?.text;
  const failed = lines.find((line) => line.kind === 'error')?.body;
  const text = body ?? failed;
  return text ? { body: text } : null;
}

/** @param {import('./api.js').Call} call @param {Recorded | null} recorded */
export async function openExports(call, recorded) {
  const content = h('div', null, h('span', { class: 'spinner' }));
  const { node, close } = dialog(t('export.title', { id: call.id }), () => {}, [
    content,
    h('p', { class: 'help' }, t('export.help')),
    h('div', { class: 'dialog-foot' }, button(t('close'), () => close('no'), { class: 'quiet' })),
  ]);
  node.classList.add('wide');
  document.body.append(node);
  node.showModal();
  try {
    setChildren(content, exportTabs(call.id, await fetchExports(call, recorded)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    setChildren(content, h('p', { class: 'field-error', role: 'alert' }, message));
  }
}

/** @param {string} id @param {import('./api.js').Exports} exports */
function exportTabs(id, exports) {
  const choice = tabs(
    FORMS.map(({ id: form, label, language, file }) => ({
      id: form,
      label: label.includes('.test') ? t(label) : label,
      panel: () => codeView(exports[form], language, `${id.replaceAll('.', '_')}.${file}`),
    })),
    { label: t('export.label'), selected: FORMS[0].id, onSelect: () => {} },
  );
  return h('div', null, h('div', { class: 'pane-head' }, choice.list), choice.panel);
}

/** @param {string} text @param {'curl' | 'rust'} language @param {string} name */
function codeView(text, language, name) {
  const save = button(t('export.save', { name }), () => download([text], name), { class: 'quiet small' });
  return h(
    'div',
    null,
    h('div', { class: 'json-bar' }, save, copyButton(() => text)),
    h('pre', { class: 'sample export', tabindex: '0' }, h('code', null, highlight(text, language))),
  );
}
