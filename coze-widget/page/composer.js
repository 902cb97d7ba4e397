// The input: text, files, speech, quotes and shortcuts.

import { canRecord, Recording } from './audio.js';
import { button, h, icon, iconButton, setChildren } from './dom.js';
import { askForInputs, defaultsOf, fillTemplate, parametersOf, visibleInputs } from './shortcut.js';
import { formatSize } from './texts.js';

const MAX_FILES = 6;
const MAX_HEIGHT = 160;

/**
 * A file that is uploaded.
 * @typedef {object} Attachment
 * @property {string} name
 * @property {number} size
 * @property {string} url
 * @property {boolean} isImage
 * @property {string} id the id of the file at the platform, once it is there
 * @property {number} share of the file that was sent
 * @property {AbortController} abort
 */

/** @param {File} file */
const isImage = ({ type }) => /^image\/(png|jpe?g|gif|webp|bmp|svg\+xml|heic|avif)/.test(type);

/** The input at the bottom of the chat. */
export class Composer {
  /**
   * @param {import('./chat.js').Chat} chat @param {import('./options.js').Settings} settings
   * @param {import('./texts.js').Translate} t @param {import('./overlay.js').Overlays} overlays
   */
  constructor(chat, settings, t, overlays) {
    this.chat = chat;
    this.settings = settings;
    this.t = t;
    this.overlays = overlays;
    /** @type {Attachment[]} */
    this.attachments = [];
    /** Ends when all files have been uploaded. */
    this.uploads = Promise.resolve();
    this.quote = '';
    /** @type {Recording | null} */
    this.recording = null;
    this.isTranscribing = false;
    this.timer = 0;
    /** The state for which the buttons were made. */
    this.state = '';
    this.filesState = '';
    this.input = h('textarea', {
      class: 'composer-input',
      rows: 1,
      placeholder: t('placeholder'),
      'aria-label': t('placeholder'),
      on: { input: () => this.changed(), keydown: (event) => this.key(event), paste: (event) => this.paste(event) },
    });
    this.picker = h('input', {
      type: 'file',
      multiple: true,
      class: 'hidden-text',
      tabindex: '-1',
      'aria-hidden': 'true',
      on: { change: () => this.pick() },
    });
    this.quoteBox = h('div', { class: 'composer-quote' });
    this.files = h('div', { class: 'composer-files' });
    this.hint = h('p', { class: 'composer-hint', role: 'status' });
    this.tools = h('div', { class: 'composer-tools' });
    this.main = h('div', { class: 'composer-main' });
    this.shortcuts = h('div', { class: 'shortcuts' });
    this.box = h('div', { class: 'composer-box' }, this.quoteBox, this.files, this.hint, this.main);
    this.row = h('div', { class: 'composer-row' }, this.tools, this.box);
    this.node = h('div', { class: 'composer' }, this.shortcuts, this.row);
    this.update();
  }

  get canSend() {
    const isUploaded = this.attachments.every((each) => each.id);
    // The platform refuses files without a text.
    return Boolean(this.input.value.trim() && isUploaded && !this.chat.isRunning && this.chat.phase === 'ready');
  }

  /** Shows the current state. */
  update() {
    const { t, chat, settings, attachments } = this;
    this.shortcutButtons();
    setChildren(
      this.quoteBox,
      this.quote ? h('span', null, this.quote) : null,
      this.quote ? iconButton('close', t('quoteRemove'), () => this.setQuote('')) : null,
    );
    this.quoteBox.hidden = !this.quote;
    const filesState = attachments.map(({ name, id, share }) => [name, id, share]).join('\n');
    if (filesState !== this.filesState)
      setChildren(this.files, attachments.map((each) => this.attachment(each)));
    this.filesState = filesState;
    this.files.hidden = !attachments.length;
    const hint = attachments.length && !this.input.value.trim() ? t('filesNeedText') : '';
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
    this.hint.hidden = !hint;
    if (this.recording) return this.showRecording();
    const isFull = attachments.length >= MAX_FILES;
    // A button that is made anew between pressing and releasing the mouse would not be clicked.
    const state = [isFull, this.isTranscribing, chat.isRunning, this.canSend].join();
    if (state === this.state && this.input.isConnected) return undefined;
    this.state = state;
    const attach = settings.hasUploads
      ? iconButton('attach', t('attach'), () => this.picker.click(), { class: 'attach', disabled: isFull })
      : null;
    const record =
      settings.hasAudio && canRecord()
        ? iconButton('mic', t(this.isTranscribing ? 'transcribing' : 'record'), () => this.record(), { class: 'mic', disabled: this.isTranscribing })
        : null;
    const send = chat.isRunning
      ? iconButton('stop', t('stop'), () => this.chat.stop(), { class: 'send stop' })
      : iconButton('send', t('send'), () => this.send(), { class: 'send', disabled: !this.canSend });
    this.replaceControls(this.input, this.picker, h('span', { class: 'composer-buttons' }, attach, record, send));
    return undefined;
  }

  /** Keeps the text field in place, because it would lose the focus. @param {...HTMLElement} controls */
  replaceControls(...controls) {
    const focused = this.focusedControl();
    for (const child of Array.from(this.main.children))
      if (!controls.includes(/** @type {HTMLElement} */ (child))) child.remove();
    for (const control of controls) if (!control.isConnected || control.parentElement !== this.main) this.main.append(control);
    const again = focused && /** @type {HTMLElement | null} */ (this.main.querySelector(focused));
    if (again) again.focus();
  }

  /** Returns a selector of the focused button, which is made anew. */
  focusedControl() {
    const root = /** @type {ShadowRoot | Document} */ (this.main.getRootNode());
    const focused = 'activeElement' in root ? root.activeElement : null;
    if (!focused || !this.main.contains(focused) || focused === this.input) return '';
    return focused.classList.contains('send') ? '.send' : `.${focused.classList[1]}`;
  }

  shortcutButtons() {
    const { shortcuts } = this.chat.info;
    if (this.shortcuts.childElementCount === shortcuts.length) return;
    setChildren(
      this.shortcuts,
      shortcuts.map((each) => button(each.name, () => this.runShortcut(each), { class: 'shortcut' })),
    );
  }

  /** Asks for the inputs of a shortcut, and sends it. @param {import('./shortcut.js').Shortcut} shortcut */
  async runShortcut(shortcut) {
    if (this.chat.isRunning) return;
    const values = defaultsOf(shortcut);
    const inputs = visibleInputs(shortcut).length ? await askForInputs(this.overlays, shortcut, this.t) : new Map();
    if (!inputs) return;
    for (const [name, value] of inputs) {
      const stored = typeof value === 'string' ? value : await this.uploadInput(value);
      if (!stored) return;
      values.set(name, stored);
    }
    const parameters = parametersOf(values);
    this.chat.send({ text: fillTemplate(shortcut, values), files: [], quote: '', shortcut: { id: shortcut.id, parameters } });
  }

  /** Uploads the file of an input, and returns nothing if that fails. @param {File} file */
  async uploadInput(file) {
    const { name } = file;
    if (this.isTooLarge(file)) return null;
    try {
      const stored = await this.chat.api.upload('/v1/files/upload', file, name);
      return { id: String(stored.id), name, isImage: isImage(file) };
    } catch (error) {
      this.overlays.fail('uploadFailed', error, { name });
      return null;
    }
  }

  /** Says that a file is larger than the server allows, if it is. @param {File} file */
  isTooLarge({ name, size }) {
    const limit = this.chat.server.upload_bytes;
    if (!limit || size <= limit) return false;
    this.overlays.notify(this.t('tooLarge', { name, size: formatSize(limit) }), 'error');
    return true;
  }

  changed() {
    this.input.style.height = 'auto';
    this.input.style.height = `${Math.min(this.input.scrollHeight, MAX_HEIGHT)}px`;
    this.update();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    // During the composition of Chinese characters, Enter selects one.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  send() {
    if (!this.canSend) return;
    const files = this.attachments.map(({ id, url, isImage, name, size }) => ({ id, url, isImage, name, size }));
    const draft = { text: this.input.value.trim(), files, quote: this.quote };
    this.input.value = '';
    this.attachments = [];
    this.quote = '';
    this.changed();
    this.chat.send(draft);
  }

  /** @param {string} text */
  setQuote(text) {
    this.quote = text.slice(0, 2000);
    this.update();
    this.input.focus();
  }

  pick() {
    this.addFiles(Array.from(this.picker.files || []));
    this.picker.value = '';
  }

  /** @param {ClipboardEvent} event */
  paste(event) {
    const files = Array.from((event.clipboardData && event.clipboardData.files) || []);
    if (!files.length || !this.settings.hasUploads) return;
    event.preventDefault();
    this.addFiles(files);
  }

  /** Uploads files. @param {File[]} files */
  addFiles(files) {
    for (const file of files) {
      if (this.attachments.length >= MAX_FILES) {
        this.overlays.notify(this.t('tooManyFiles', { n: MAX_FILES }), 'error');
        break;
      }
      if (!this.isTooLarge(file)) this.upload(file);
    }
    this.update();
  }

  /** Adds a file, and uploads it after those before it. @param {File} file */
  upload(file) {
    const attachment = {
      name: file.name,
      size: file.size,
      url: URL.createObjectURL(file),
      isImage: isImage(file),
      id: '',
      share: 0,
      abort: new AbortController(),
    };
    this.attachments.push(attachment);
    // The server limits the uploads at the same time.
    this.uploads = this.uploads.then(() => this.uploadNow(attachment, file));
  }

  /** @param {Attachment} attachment @param {File} file */
  async uploadNow(attachment, file) {
    // The user may have removed it while it waited.
    if (attachment.abort.signal.aborted) return;
    const onProgress = (/** @type {number} */ share) => {
      attachment.share = share;
      this.update();
    };
    try {
      const { signal } = attachment.abort;
      const stored = await this.chat.api.upload('/v1/files/upload', file, file.name, { onProgress, signal });
      attachment.id = String(stored.id);
      attachment.share = 1;
    } catch (error) {
      if (!attachment.abort.signal.aborted) {
        this.overlays.fail('uploadFailed', error, { name: file.name });
        this.remove(attachment);
      }
    }
    this.update();
  }

  /** @param {Attachment} attachment */
  remove(attachment) {
    attachment.abort.abort();
    URL.revokeObjectURL(attachment.url);
    this.attachments = this.attachments.filter((each) => each !== attachment);
    this.update();
    this.input.focus();
  }

  /** @param {Attachment} attachment */
  attachment(attachment) {
    const { name, size, url, isImage, id, share } = attachment;
    const progress = h('progress', { max: 1, 'aria-label': this.t('uploading', { name }) });
    progress.value = share;
    return h(
      'div',
      { class: 'attachment' },
      isImage ? h('img', { src: url, alt: '' }) : icon('file'),
      h(
        'span',
        { class: 'file-text' },
        h('span', { class: 'file-name' }, name),
        id ? h('span', { class: 'file-size' }, formatSize(size)) : progress,
      ),
      iconButton('close', this.t('remove', { name }), () => this.remove(attachment)),
    );
  }

  async record() {
    try {
      this.recording = await Recording.start();
    } catch (_) {
      this.overlays.notify(this.t('noMicrophone'), 'error');
      return;
    }
    this.timer = window.setInterval(() => this.showTime(), 500);
    this.update();
    const stop = /** @type {HTMLElement | null} */ (this.main.querySelector('.record-stop'));
    if (stop) stop.focus();
  }

  showRecording() {
    const t = this.t;
    if (this.state === 'recording') return;
    this.state = 'recording';
    this.time = h('span', { class: 'record-time' });
    this.showTime();
    this.replaceControls(
      h('span', { class: 'recording', role: 'status' }, h('span', { class: 'pulse' }), this.time),
      h(
        'span',
        { class: 'composer-buttons' },
        iconButton('close', t('recordCancel'), () => this.endRecording(false), { class: 'record-cancel' }),
        iconButton('check', t('recordStop'), () => this.endRecording(true), { class: 'record-stop' }),
      ),
    );
  }

  showTime() {
    if (!this.recording || !this.time) return;
    const { seconds } = this.recording;
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    this.time.textContent = this.t('recording', { time });
  }

  /** @param {boolean} isWanted */
  async endRecording(isWanted) {
    const { recording } = this;
    if (!recording) return;
    clearInterval(this.timer);
    this.recording = null;
    this.isTranscribing = isWanted;
    this.update();
    this.input.focus();
    if (!isWanted) return recording.discard();
    try {
      const file = await recording.finish();
      const result = await this.chat.api.upload('/v1/audio/transcriptions', file, 'speech.wav');
      const text = String((result && result.text) || '').trim();
      if (!text) this.overlays.notify(this.t('transcribeEmpty'));
      this.input.value = [this.input.value.trim(), text].filter(Boolean).join(' ');
    } catch (error) {
      this.overlays.fail('audioFailed', error);
    }
    this.isTranscribing = false;
    this.changed();
    return undefined;
  }

  /** Ends what is going on. */
  close() {
    clearInterval(this.timer);
    if (this.recording) this.recording.discard();
    for (const { abort, id } of this.attachments) if (!id) abort.abort();
  }
}
