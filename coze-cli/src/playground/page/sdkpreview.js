// A page of the local server with the chat widget or a card, in a frame.

import { createPreview, deletePreview } from './api.js';
import { button, h, setChildren } from './dom.js';
import { moment, t } from './i18n.js';

/** The name of the messages between the page and the frame. */
const MESSAGE = 'coze-sdk-preview';
const METHODS = ['showChatBot', 'hideChatBot', 'getToken', 'destroy'];
/** The number of events that are shown. */
const MAX_EVENTS = 50;

/** @typedef {{label: string, isError?: boolean}} Entry */

export class SdkPreview {
  /** @param {{hasMethods: boolean}} options */
  constructor({ hasMethods }) {
    this.hasMethods = hasMethods;
    /** The running preview. @type {import('./api.js').Preview | null} */
    this.preview = null;
    /** @type {HTMLIFrameElement | null} */
    this.frame = null;
    /** Counts the starts, because a later one may be ready before an earlier one. */
    this.starts = 0;
    this.place = h('div', { class: 'sdk-frame' }, h('p', { class: 'empty' }, t('sdk.preview.empty')));
    this.problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
    this.note = h('p', { class: 'help', role: 'status', hidden: true }, t('sdk.preview.changed'));
    this.log = h('ul', { class: 'sdk-log', 'aria-label': t('sdk.log'), tabindex: '0' });
    this.tools = h('div', { class: 'sdk-tools', hidden: true });
    this.node = h(
      'section',
      { class: 'sdk-preview', 'aria-label': t('sdk.preview') },
      this.problem,
      this.note,
      this.place,
      this.tools,
      h('h2', null, t('sdk.log')),
      this.log,
    );
    this.listener = (/** @type {MessageEvent} */ event) => this.receive(event);
    window.addEventListener('message', this.listener);
    this.clearLog();
  }

  get isRunning() {
    return this.preview !== null;
  }

  clearLog() {
    setChildren(this.log, h('li', { class: 'muted' }, t('sdk.log.none')));
    this.isEmpty = true;
  }

  /** @param {Entry} entry */
  add({ label, isError = false }) {
    if (this.isEmpty) setChildren(this.log);
    this.isEmpty = false;
    this.log.append(
      h('li', { class: isError ? 'wrong' : '' }, h('time', { class: 'muted' }, moment(Date.now()).split(' ').at(-1) ?? ''), ' ', label),
    );
    while (this.log.childElementCount > MAX_EVENTS) this.log.firstElementChild?.remove();
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** @param {string} message */
  fail(message) {
    setChildren(this.problem, message);
    this.problem.hidden = false;
  }

  /**
   * Starts a preview in place of the one before.
   * @param {import('./api.js').PreviewRequest} request @param {string[]} skipped the names of the
   *   options that the preview leaves out
   */
  async start(request, skipped) {
    this.stop();
    this.starts += 1;
    const current = this.starts;
    try {
      const preview = await createPreview(request);
      if (current !== this.starts) return void deletePreview(preview.id).catch(() => {});
      this.preview = preview;
      this.show(preview);
      if (skipped.length) this.add({ label: t('sdk.log.skipped', { names: skipped.join(', ') }) });
    } catch (error) {
      if (current === this.starts) this.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {import('./api.js').Preview} preview */
  show({ url }) {
    this.frame = h('iframe', { src: url, title: t('sdk.preview'), allow: 'microphone; clipboard-write' });
    setChildren(this.place, this.frame);
    const link = h('a', { href: url, target: '_blank', class: 'button small' }, t('sdk.preview.open'));
    const methods = this.hasMethods
      ? METHODS.map((name) => button(`${name}()`, () => this.call(name), { class: 'small' }))
      : [];
    setChildren(this.tools, methods, h('span', { class: 'space' }), link);
    this.tools.hidden = false;
  }

  /** Calls a method of the client in the frame. @param {string} method */
  call(method) {
    this.add({ label: t('sdk.log.method', { name: method }) });
    this.frame?.contentWindow?.postMessage({ type: MESSAGE, method }, location.origin);
  }

  /** @param {MessageEvent} event */
  receive({ source, origin, data }) {
    if (!this.frame || source !== this.frame.contentWindow || origin !== location.origin) return;
    if (data?.type === 'chat-sdk-error')
      return this.add({ label: `${data.data?.type}: ${data.data?.message}`, isError: true });
    if (data?.type !== MESSAGE) return;
    if (data.name === 'ready') this.add({ label: t('sdk.log.ready') });
    else this.add({ label: `${t('sdk.log.called', { name: data.name })}${data.detail ? ` → ${data.detail}` : ''}` });
  }

  /** Says that the options are not those of the running preview. @param {boolean} isStale */
  setStale(isStale) {
    this.note.hidden = !isStale || !this.preview;
  }

  stop() {
    this.starts += 1;
    this.problem.hidden = this.note.hidden = this.tools.hidden = true;
    if (this.preview) deletePreview(this.preview.id).catch(() => {});
    this.preview = this.frame = null;
    setChildren(this.place, h('p', { class: 'empty' }, t('sdk.preview.empty')));
    this.clearLog();
  }

  leave() {
    this.stop();
    window.removeEventListener('message', this.listener);
  }
}
