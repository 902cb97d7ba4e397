// The Web SDKs, whose content comes from the platform: their options, code, and what they load. The
// Card SDK, whose cards the widget shows as far as it knows them.

import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { textAt, valueAt } from './json.js';
import { previewOptions, SCRIPTS } from './sdkcode.js';
import { SdkEditor } from './sdkeditor.js';
import { literalMessage } from './sdkform.js';
import { APP_GROUPS, CARD_GROUPS, PROJECT_GROUPS, unusedOptions } from './sdkoptions.js';
import { sdkPane } from './sdkpane.js';
import { SdkPreview } from './sdkpreview.js';
import { load, save } from './store.js';

/** @typedef {'app' | 'project' | 'card'} WebSdk */

const GROUPS = { app: APP_GROUPS, project: PROJECT_GROUPS, card: CARD_GROUPS };
/** The callbacks whose calls a preview of a card reports. */
const CARD_CALLS = [
  'runtimeOptions.afterRender',
  'runtimeOptions.onError',
  'runtimeOptions.eventCallbacks.sendMsg',
  'runtimeOptions.eventCallbacks.previewImage',
];
/** @param {string} path */
const lastName = (path) => path.slice(path.lastIndexOf('.') + 1);
const KINDS = /** @type {WebSdk[]} */ (['app', 'project', 'card']);

/** @param {import('./sdk.js').SdkOptions} options */
export function webSdk({ state }) {
  const id = uniqueId('sdk');
  const kept = load('sdk.web', 'app');
  const select = h('select', { id }, KINDS.map((kind) => h('option', { value: kind }, t(`sdk.web.${kind}`))));
  select.value = KINDS.some((kind) => kind === kept) ? kept : 'app';
  const content = h('div', { class: 'sdk-content' });
  let pane = new WebPane(/** @type {WebSdk} */ (select.value), state);
  setChildren(content, pane.node);
  select.addEventListener('change', () => {
    pane.leave();
    pane = new WebPane(/** @type {WebSdk} */ (select.value), state);
    save('sdk.web', select.value);
    setChildren(content, pane.node);
  });
  const choice = h('div', { class: 'sdk-choice' }, h('label', { for: id }, t('sdk.web.kind')), select);
  const node = h('div', { class: 'sdk-web' }, choice, content);
  return { node, leave: () => pane.leave(), run: () => void pane.run() };
}

class WebPane {
  /** @param {WebSdk} sdk @param {import('./api.js').State} state */
  constructor(sdk, state) {
    this.sdk = sdk;
    this.loads = h('dl', { class: 'facts' });
    /** @type {SdkPreview | null} */
    this.preview = sdk === 'card' ? new SdkPreview({ hasMethods: false }) : null;
    this.editor = new SdkEditor(sdk, GROUPS[sdk], state, () => this.showLoads());
    const { editor, preview } = this;
    this.stopButton = button(t('sdk.stop'), () => this.stop(), { hidden: true });
    const run = [button(t('sdk.run'), () => void this.run(), { class: 'primary run' }), this.stopButton];
    this.node = sdkPane({
      sdk,
      editor,
      help: t(`sdk.web.${sdk}.needs`),
      run: preview ? run : [],
      notes: [sdk !== 'card' && h('p', { class: 'help' }, t('sdk.secret'))],
      pages: [{ script: SCRIPTS[sdk], label: t('sdk.copy.vendor') }],
      facts: h('section', { 'aria-label': t('sdk.loads') }, h('h2', null, t('sdk.loads')), this.loads),
      preview: preview?.node,
    });
    this.showLoads();
  }

  /** Shows the addresses that the page would load from. */
  showLoads() {
    const { sdk, editor } = this;
    if (!editor) return;
    /** @param {string} name @param {string} value */
    const fact = (name, value) => [h('dt', null, t(`sdk.loads.${name}`)), h('dd', null, h('code', null, value))];
    let appId = '';
    try {
      appId = textAt(editor.read().values, 'appId');
    } catch {
      // The editor says what is wrong.
    }
    setChildren(
      this.loads,
      fact('script', SCRIPTS[sdk]),
      sdk === 'project' ? fact('package', '@coze/web-sdk') : [],
      sdk === 'project' ? fact('frame', 'https://sdk.coze.site') : [],
      sdk === 'app' ? fact('frame', t('sdk.web.frame.app', { id: appId || '…' })) : [],
    );
  }

  /** Shows the card. */
  async run() {
    const { preview, editor } = this;
    if (!preview) return;
    try {
      const { values } = editor.read();
      const settings = valueAt(previewOptions(values).options, 'runtimeOptions');
      const dsl = valueAt(settings, 'dsl');
      const card = {
        json: typeof dsl === 'string' ? dsl : JSON.stringify(dsl ?? {}),
        lang: textAt(settings, 'lang'),
        theme: textAt(settings, 'theme'),
        readonly: valueAt(settings, 'readonly') === true,
        calls: CARD_CALLS.filter((path) => valueAt(values, ...path.split('.')) !== undefined).map(lastName),
      };
      await preview.start({ card }, unusedOptions(CARD_GROUPS, values));
    } catch (error) {
      preview.fail(literalMessage(error));
    }
    this.stopButton.hidden = !preview.isRunning;
  }

  stop() {
    this.preview?.stop();
    this.stopButton.hidden = true;
  }

  leave() {
    this.preview?.leave();
  }
}
