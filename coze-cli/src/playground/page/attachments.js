// The images and files of the next message: chosen, dropped or pasted, and shown until it is sent.

import { button, h, setChildren } from './dom.js';
import { size, t } from './i18n.js';

/** @typedef {import('./messagefiles.js').Item} Item */

export class Attachments {
  /** @param {import('./messagefiles.js').MessageFiles} files @param {() => void} changed */
  constructor(files, changed) {
    this.files = files;
    this.list = h('ul', { class: 'attachments', 'aria-label': t('chat.files'), hidden: true });
    const input = h('input', { type: 'file', multiple: true, hidden: true, 'aria-label': t('chat.attach') });
    input.addEventListener('change', () => {
      files.add([...(input.files ?? [])]);
      input.value = '';
    });
    this.button = button('+', () => input.click(), {
      class: 'icon attach',
      'aria-label': t('chat.attach'),
      title: t('chat.attach'),
    });
    this.input = input;
    files.onChange = () => {
      this.render();
      changed();
    };
    this.render();
  }

  leave() {
    this.files.onChange = () => {};
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
    this.files.add([...data.files]);
  }

  render() {
    const { items } = this.files;
    this.list.hidden = !items.length;
    setChildren(this.list, items.map((item) => this.chip(item)));
  }

  /** @param {Item} item */
  chip(item) {
    const { name, upload, error } = item;
    const state = error || (upload ? size(item.size) : t('chat.uploading'));
    return h(
      'li',
      { class: error ? 'attachment wrong' : 'attachment' },
      upload?.url && h('img', { src: upload.url, alt: '' }),
      !upload && !error && h('span', { class: 'spinner', 'aria-hidden': 'true' }),
      h('span', { class: 'attachment-name' }, name),
      h('span', { class: error ? '' : 'muted', role: error ? 'alert' : undefined }, state),
      button('✕', () => this.files.remove(item), {
        class: 'quiet icon',
        'aria-label': t('chat.detach', { name }),
      }),
    );
  }
}
