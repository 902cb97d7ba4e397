// The Chat SDK: its options, a preview, and the page to copy.

import { copyButton } from './clipboard.js';
import { button, externalLink, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { docOf, htmlOf, LOCAL_SCRIPT, previewOptions, SCRIPTS } from './sdkcode.js';
import { SdkEditor } from './sdkeditor.js';
import { literalMessage } from './sdkform.js';
import { CHAT_GROUPS } from './sdkoptions.js';
import { SdkPreview } from './sdkpreview.js';
import { ignoredOptions, readOptions } from './widgetoptions.js';

/** @typedef {import('./sdk.js').SdkOptions} SdkOptions */
/** @typedef {import('./widgetoptions.js').Options} WidgetOptions */

/** @param {SdkOptions} options */
export function chatSdk(options) {
  const pane = new ChatSdk(options);
  return { node: pane.node, leave: () => pane.preview.leave(), run: () => void pane.run() };
}

class ChatSdk {
  /** @param {SdkOptions} options */
  constructor(options) {
    this.options = options;
    /** The options of the running preview. */
    this.started = '';
    /** Confirmed once for all previews. */
    this.confirmed = false;
    this.ignored = h('p', { class: 'help sdk-ignored', role: 'status', hidden: true });
    this.preview = new SdkPreview({ hasMethods: true });
    this.runButton = button(t('sdk.run'), () => void this.run(), { class: 'primary run' });
    this.stopButton = button(t('sdk.stop'), () => this.stop(), { hidden: true });
    this.editor = new SdkEditor('chat', CHAT_GROUPS, options.state, () => this.changed());
    this.node = this.layout();
    this.changed();
  }

  layout() {
    const { editor } = this;
    return h(
      'div',
      { class: 'sdk-pane' },
      h(
        'section',
        { class: 'sdk-left', 'aria-label': t('sdk.form') },
        h('p', { class: 'help' }, t('sdk.chat.help'), ' ', externalLink(docOf('chat'), t('sdk.docs'))),
        h('div', { class: 'sdk-bar' }, this.runButton, this.stopButton, h('span', { class: 'space' }), editor.actions),
        editor.form.node,
      ),
      h(
        'div',
        { class: 'sdk-right' },
        h(
          'section',
          { class: 'sdk-code-pane', 'aria-label': t('sdk.code') },
          h('h2', null, t('sdk.code')),
          editor.codeNode,
          this.ignored,
          h('p', { class: 'help' }, t('sdk.secret')),
          copies('chat', editor, [
            { script: LOCAL_SCRIPT, label: t('sdk.copy.local') },
            { script: SCRIPTS.chat, label: t('sdk.copy.vendor') },
          ]),
        ),
        this.preview.node,
      ),
    );
  }

  changed() {
    // The first call comes from the editor itself, before it is ready.
    const { editor } = this;
    if (!editor) return;
    try {
      const { values, source } = editor.read();
      const ignored = ignoredOptions(values);
      setChildren(this.ignored, ignored.length ? t('sdk.ignored', { names: ignored.join(', ') }) : '');
      this.ignored.hidden = !ignored.length;
      this.preview.setStale(source !== this.started);
    } catch {
      // The editor says what is wrong.
    }
  }

  async run() {
    const { preview, editor } = this;
    /** @type {import('./sdkeditor.js').ReadOptions} */
    let read;
    try {
      read = editor.read();
    } catch (error) {
      return preview.fail(literalMessage(error));
    }
    const { options, skipped } = previewOptions(read.values);
    const widget = /** @type {WidgetOptions} */ (options);
    const { agent } = readOptions(widget, { userAgent: '', baseUrl: '' });
    const isApp = agent.type === 'app';
    if (isApp ? !agent.appId || !agent.workflowId : !agent.botId)
      return preview.fail(t(isApp ? 'sdk.preview.need.app' : 'sdk.preview.need.bot'));
    if (!(await this.confirm(agent))) return;
    this.started = read.source;
    const app = { app_id: agent.appId, workflow_id: agent.workflowId };
    await preview.start({ agent: isApp ? app : { bot_id: agent.botId }, options, confirmed: true }, skipped);
    this.showButtons();
    preview.node.scrollIntoView({ block: 'nearest' });
  }

  /** Asks before a preview may chat with a real account. @param {{type: string, botId: string, workflowId: string}} agent */
  async confirm({ type, botId, workflowId }) {
    const isApp = type === 'app';
    const operation = this.options.operations.get(isApp ? 'workflows.chat' : 'chat.create');
    if (!operation || this.confirmed) return true;
    const values = isApp ? { workflow_id: workflowId } : { bot_id: botId };
    const answer = await this.options.confirm(operation, values, { note: t('sdk.preview.confirm') });
    this.confirmed = answer !== 'no';
    return this.confirmed;
  }

  stop() {
    this.preview.stop();
    this.showButtons();
    this.runButton.focus();
  }

  showButtons() {
    const { isRunning } = this.preview;
    setChildren(this.runButton, t(isRunning ? 'sdk.restart' : 'sdk.run'));
    this.stopButton.hidden = !isRunning;
  }
}

/**
 * Creates the buttons that copy pages with the options.
 * @param {import('./sdkcode.js').Sdk} sdk @param {SdkEditor} editor
 * @param {{script: string, label: string}[]} pages
 */
export function copies(sdk, editor, pages) {
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
