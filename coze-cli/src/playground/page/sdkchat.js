// The Chat SDK: its options, a preview, and the page to copy.

import { button, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { pickId } from './picker.js';
import { LOCAL_SCRIPT, previewOptions, SCRIPTS } from './sdkcode.js';
import { SdkEditor } from './sdkeditor.js';
import { idField, literalMessage } from './sdkform.js';
import { CHAT_GROUPS } from './sdkoptions.js';
import { sdkPane } from './sdkpane.js';
import { SdkPreview } from './sdkpreview.js';
import { load, save, scoped } from './store.js';
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
    const kept = load(scoped('sdk.voice'), '');
    /** The voice in which the preview reads aloud. */
    this.voice = typeof kept === 'string' ? kept : '';
    this.ignored = h('p', { class: 'help sdk-ignored', role: 'status', hidden: true });
    this.preview = new SdkPreview({ hasMethods: true });
    this.runButton = button(t('sdk.run'), () => void this.run(), { class: 'primary run' });
    this.stopButton = button(t('sdk.stop'), () => this.stop(), { hidden: true });
    this.editor = new SdkEditor('chat', CHAT_GROUPS, options.state, () => this.changed());
    this.node = this.layout();
    this.changed();
  }

  layout() {
    return sdkPane({
      sdk: 'chat',
      editor: this.editor,
      help: t('sdk.chat.help'),
      run: [this.runButton, this.stopButton],
      settings: h('fieldset', { class: 'option-form talk-settings', 'aria-label': t('talk.settings') }, this.voiceField()),
      notes: [this.ignored, h('p', { class: 'help' }, t('sdk.secret'))],
      pages: [
        { script: LOCAL_SCRIPT, label: t('sdk.copy.local') },
        { script: SCRIPTS.chat, label: t('sdk.copy.vendor') },
      ],
      preview: this.preview.node,
    });
  }

  voiceField() {
    const changed = (/** @type {string} */ voice) => {
      this.voice = voice;
      save(scoped('sdk.voice'), voice);
    };
    const pick = () => pickId('voice_id', {}, this.options.state);
    return idField(t('sdk.preview.voice'), t('sdk.preview.voice.help'), this.voice, { pick, changed });
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
    const request = { agent: isApp ? app : { bot_id: agent.botId }, options, voice: this.voice, confirmed: true };
    await preview.start(request, skipped);
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
