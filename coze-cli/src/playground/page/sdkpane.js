// The layout that the SDKs share: the form, the code, the pages to copy, and the preview.

import { copyButton } from './clipboard.js';
import { externalLink, h } from './dom.js';
import { t } from './i18n.js';
import { docOf, htmlOf } from './sdkcode.js';

/** @typedef {import('./sdkeditor.js').SdkEditor} SdkEditor */
/** @typedef {import('./dom.js').Child} Child */

/**
 * @typedef {object} SdkPane
 * @property {import('./sdkcode.js').Sdk} sdk
 * @property {SdkEditor} editor
 * @property {string} help says what the SDK is for
 * @property {Node[]} run the buttons that start and stop the preview
 * @property {Node} [settings] the settings that are not options of the SDK
 * @property {Child[]} notes what is said below the code
 * @property {{script: string, label: string}[]} pages the pages to copy, which differ in the script
 * @property {Child} [facts] what is said below the pages
 * @property {Node | undefined} preview
 */

/** @param {SdkPane} pane */
export function sdkPane({ sdk, editor, help, run, settings, notes, pages, facts, preview }) {
  return h(
    'div',
    { class: 'sdk-pane' },
    h(
      'section',
      { class: 'sdk-left', 'aria-label': t('sdk.form') },
      h('p', { class: 'help' }, help, ' ', externalLink(docOf(sdk), t('sdk.docs'))),
      h('div', { class: 'sdk-bar' }, run, h('span', { class: 'space' }), editor.actions),
      editor.form.node,
      settings,
    ),
    h(
      'div',
      { class: 'sdk-right' },
      h(
        'section',
        { class: 'sdk-code-pane', 'aria-label': t('sdk.code') },
        h('h2', null, t('sdk.code')),
        editor.codeNode,
        notes,
        copies(sdk, editor, pages),
        facts,
      ),
      preview,
    ),
  );
}

/**
 * Creates the buttons that copy pages with the options.
 * @param {import('./sdkcode.js').Sdk} sdk @param {SdkEditor} editor
 * @param {{script: string, label: string}[]} pages
 */
function copies(sdk, editor, pages) {
  /** @param {string} script */
  const html = (script) => {
    try {
      return htmlOf(sdk, editor.read().source, script);
    } catch {
      return null;
    }
  };
  return h(
    'section',
    { class: 'sdk-copies', 'aria-label': t('sdk.copy') },
    h('h2', null, t('sdk.copy')),
    pages.map(({ script, label }) =>
      h(
        'div',
        { class: 'sdk-copy' },
        copyButton(() => html(script), { label }),
        h('code', null, script),
      ),
    ),
    pages.length > 1 && h('p', { class: 'help' }, t('sdk.copy.help')),
  );
}
