// Dialogs, menus, notices and the preview of images, inside the window of the chat.

import { button, h, iconButton, uniqueId } from './dom.js';
import { reasonOf } from './texts.js';

/** @typedef {import('./texts.js').Translate} Translate */

/** The elements that Tab reaches. */
const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled])';

/** Shows what lies over the chat. */
export class Overlays {
  /** @param {HTMLElement} root @param {Translate} t */
  constructor(root, t) {
    this.root = root;
    this.t = t;
    this.status = h('div', { class: 'hidden-text', role: 'status', 'aria-live': 'polite' });
    this.notices = h('div', { class: 'notices' });
    this.timer = 0;
    root.append(this.status, this.notices);
  }

  /** Reads a text aloud in screen readers. @param {string} text */
  announce(text) {
    this.status.textContent = text;
  }

  /** Shows a text for a moment. @param {string} text @param {'info' | 'error'} [kind] */
  notify(text, kind = 'info') {
    clearTimeout(this.timer);
    while (this.notices.lastChild) this.notices.lastChild.remove();
    this.notices.append(h('div', { class: `notice ${kind}` }, text));
    this.announce(text);
    this.timer = window.setTimeout(() => {
      while (this.notices.lastChild) this.notices.lastChild.remove();
    }, 5000);
  }

  /** Shows an error. @param {string} key a text with `{why}` @param {unknown} error @param {Record<string, string>} [values] */
  fail(key, error, values = {}) {
    this.notify(this.t(key, { why: reasonOf(error, this.t), ...values }), 'error');
  }

  /**
   * Opens a modal layer, and returns the function that closes it.
   * @param {HTMLElement} content
   * @param {{label: string, kind: string, onClose?: () => void}} options
   */
  open(content, { label, kind, onClose = () => {} }) {
    const root = /** @type {Document | ShadowRoot} */ (this.root.getRootNode());
    const before = /** @type {HTMLElement | null} */ (root.activeElement);
    const layer = h('div', { class: `layer ${kind}` }, content);
    content.setAttribute('role', 'dialog');
    content.setAttribute('aria-modal', 'true');
    content.setAttribute('aria-label', label);
    content.tabIndex = -1;
    let isOpen = true;
    const close = () => {
      if (!isOpen) return;
      isOpen = false;
      layer.remove();
      onClose();
      if (before && before.isConnected) before.focus();
    };
    layer.addEventListener('mousedown', (event) => {
      if (event.target === layer) close();
    });
    layer.addEventListener('keydown', (event) => keepFocus(event, content, close));
    this.root.append(layer);
    const first = content.querySelector('[data-autofocus]') || content;
    /** @type {HTMLElement} */ (first).focus();
    return close;
  }

  /** Asks for a confirmation. @param {string} question @param {string} yes */
  confirm(question, yes) {
    return new Promise((/** @type {(answer: boolean) => void} */ resolve) => {
      let answer = false;
      const decide = (/** @type {boolean} */ value) => () => {
        answer = value;
        close();
      };
      const content = h(
        'div',
        { class: 'dialog' },
        h('p', null, question),
        h(
          'div',
          { class: 'dialog-buttons' },
          button(this.t('cancel'), decide(false), { class: 'plain', 'data-autofocus': true }),
          button(yes, decide(true), { class: 'primary' }),
        ),
      );
      const close = this.open(content, { label: question, kind: 'center', onClose: () => resolve(answer) });
    });
  }

  /** Asks for a text. @param {string} title @param {string} label @param {string} value */
  prompt(title, label, value) {
    return new Promise((/** @type {(text: string | null) => void} */ resolve) => {
      /** @type {string | null} */
      let answer = null;
      const id = uniqueId('prompt');
      const input = h('input', { id, type: 'text', value, maxlength: 100, 'data-autofocus': true, class: 'input' });
      const submit = (/** @type {Event} */ event) => {
        event.preventDefault();
        answer = input.value.trim() || null;
        close();
      };
      const form = h(
        'form',
        { on: { submit } },
        h('p', { class: 'dialog-title' }, title),
        h('label', { for: id }, label),
        input,
        h(
          'div',
          { class: 'dialog-buttons' },
          button(this.t('cancel'), () => close(), { class: 'plain' }),
          h('button', { type: 'submit', class: 'primary' }, this.t('save')),
        ),
      );
      const content = h('div', { class: 'dialog' }, form);
      const close = this.open(content, { label: title, kind: 'center', onClose: () => resolve(answer) });
      input.select();
    });
  }

  /** Shows an image in full size. @param {string} url @param {string} label */
  preview(url, label) {
    const image = h('img', { src: url, alt: label || this.t('image') });
    const content = h(
      'div',
      { class: 'preview' },
      image,
      iconButton('close', this.t('close'), () => close(), { class: 'preview-close', 'data-autofocus': true }),
    );
    const close = this.open(content, { label: this.t('preview'), kind: 'dark' });
  }

  /**
   * Opens a menu at a button.
   * @param {HTMLElement} opener @param {{label: string, act: () => unknown}[]} items
   */
  menu(opener, items) {
    const list = h('div', { class: 'menu', role: 'menu' });
    const close = (focus = true) => {
      list.remove();
      opener.setAttribute('aria-expanded', 'false');
      if (focus) opener.focus();
    };
    for (const { label, act } of items) {
      const choose = () => {
        close();
        act();
      };
      list.append(button(label, choose, { role: 'menuitem' }));
    }
    list.addEventListener('keydown', (event) => {
      const all = /** @type {HTMLElement[]} */ (Array.from(list.children));
      const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (event.key === 'Escape' || event.key === 'Tab') close();
      else if (step) all[(at + step + all.length) % all.length].focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    list.addEventListener('focusout', (event) => {
      if (!list.contains(/** @type {Node | null} */ (event.relatedTarget)) && event.relatedTarget) close(false);
    });
    opener.setAttribute('aria-expanded', 'true');
    /** @type {HTMLElement} */ (opener.parentElement).append(list);
    /** @type {HTMLElement} */ (list.firstElementChild).focus();
  }
}

/**
 * Keeps the focus inside a dialog, and closes it with Escape.
 * @param {KeyboardEvent} event @param {HTMLElement} content @param {() => void} close
 */
function keepFocus(event, content, close) {
  if (event.key === 'Escape') {
    event.stopPropagation();
    close();
  } else if (event.key === 'Tab') {
    const all = /** @type {NodeListOf<HTMLElement>} */ (content.querySelectorAll(FOCUSABLE));
    if (!all.length) return event.preventDefault();
    const [first, last] = [all[0], all[all.length - 1]];
    const focused = /** @type {ShadowRoot | Document} */ (content.getRootNode()).activeElement;
    if (event.shiftKey && (focused === first || focused === content)) last.focus();
    else if (!event.shiftKey && focused === last) first.focus();
    else return undefined;
    event.preventDefault();
  }
  return undefined;
}
