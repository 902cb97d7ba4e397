// Images and files for a message: chosen, dropped or pasted, uploaded at once, and sent with it.

import { button, h, setChildren } from './dom.js';
import { size, t } from './i18n.js';

/**
 * An uploaded file. `url` is a local address of its content.
 * @typedef {{kind: 'image' | 'audio' | 'file', name: string, fileId: string, url?: string}} Upload
 */
/**
 * @typedef {object} Item
 * @property {File} file
 * @property {AbortController} abort
 * @property {Upload | null} upload
 * @property {string} error
 */

/** Returns the content of a message. @param {string} text @param {Upload[]} uploads */
export function contentOf(text, uploads) {
  if (!uploads.length) return { content: text, content_type: 'text' };
  const parts = uploads.map(({ kind, fileId }) => ({ type: kind, file_id: fileId }));
  const all = text ? [{ type: 'text', text }, ...parts] : parts;
  return { content: JSON.stringify(all), content_type: 'object_string' };
}

/** @param {File} file @returns {Upload['kind']} */
function kindOf({ type }) {
  const [kind] = type.split('/');
  return kind === 'image' || kind === 'audio' ? kind : 'file';
}

export class Attachments {
  /**
   * @param {(file: File, abort: AbortController) => Promise<string>} upload resolves to the id
   * @param {() => void} changed
   */
  constructor(upload, changed) {
    this.upload = upload;
    this.changed = changed;
    /** @type {Item[]} */
    this.items = [];
    this.list = h('ul', { class: 'attachments', 'aria-label': t('chat.files'), hidden: true });
    const input = h('input', { type: 'file', multiple: true, hidden: true, 'aria-label': t('chat.attach') });
    input.addEventListener('change', () => {
      this.add([...(input.files ?? [])]);
      input.value = '';
    });
    this.button = button('+', () => input.click(), {
      class: 'icon attach',
      'aria-label': t('chat.attach'),
      title: t('chat.attach'),
    });
    this.input = input;
  }

  /** Accepts files that are dropped on an element or pasted into it. @param {HTMLElement} target */
  listen(target) {
    target.addEventListener('dragover', (/** @type {DragEvent} */ event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      target.classList.add('over');
    });
    target.addEventListener('dragleave', () => target.classList.remove('over'));
    target.addEventListener('drop', (/** @type {DragEvent} */ event) => {
      target.classList.remove('over');
      this.take(event, event.dataTransfer);
    });
    target.addEventListener('paste', (/** @type {ClipboardEvent} */ event) =>
      this.take(event, event.clipboardData),
    );
  }

  /** @param {Event} event @param {DataTransfer | null} data */
  take(event, data) {
    if (!data?.files.length) return;
    event.preventDefault();
    this.add([...data.files]);
  }

  /** @param {File[]} files */
  add(files) {
    for (const file of files) {
      /** @type {Item} */
      const item = { file, abort: new AbortController(), upload: null, error: '' };
      this.items.push(item);
      void this.send(item);
    }
    this.render();
  }

  /** @param {Item} item */
  async send(item) {
    const { file, abort } = item;
    try {
      const fileId = await this.upload(file, abort);
      const kind = kindOf(file);
      const url = kind === 'image' ? { url: URL.createObjectURL(file) } : {};
      if (fileId) item.upload = { kind, name: file.name, fileId, ...url };
      else this.remove(item);
    } catch (error) {
      item.error = error instanceof Error ? error.message : String(error);
    }
    this.render();
  }

  /** @param {Item} item */
  remove(item) {
    item.abort.abort();
    this.items = this.items.filter((each) => each !== item);
    this.render();
  }

  /** Returns `true` if files are chosen. */
  get any() {
    return this.items.length > 0;
  }

  /** Returns `true` if every file has been uploaded. */
  get ready() {
    return this.items.every((each) => each.upload);
  }

  /** Returns the uploads, and starts the next message without them. */
  takeAll() {
    const uploads = this.items.flatMap(({ upload }) => (upload ? [upload] : []));
    this.items = [];
    this.render();
    return uploads;
  }

  render() {
    this.list.hidden = !this.items.length;
    setChildren(this.list, this.items.map((item) => this.chip(item)));
    this.changed();
  }

  /** @param {Item} item */
  chip(item) {
    const { file, upload, error } = item;
    const state = error || (upload ? size(file.size) : t('chat.uploading'));
    return h(
      'li',
      { class: error ? 'attachment wrong' : 'attachment' },
      upload?.url && h('img', { src: upload.url, alt: '' }),
      !upload && !error && h('span', { class: 'spinner', 'aria-hidden': 'true' }),
      h('span', { class: 'attachment-name' }, file.name),
      h('span', { class: error ? '' : 'muted', role: error ? 'alert' : undefined }, state),
      button('✕', () => this.remove(item), {
        class: 'quiet icon',
        'aria-label': t('chat.detach', { name: file.name }),
      }),
    );
  }
}
