// The panel that asks what was wrong with an answer.

import { button, h, uniqueId } from './dom.js';

/**
 * Asks for details, and returns nothing if the user gives none.
 * @param {import('./overlay.js').Overlays} overlays
 * @param {import('./options.js').Settings['feedback']} options
 * @param {import('./texts.js').Translate} t
 * @returns {Promise<{comment: string, reasons: string[]} | null>}
 */
export function askForFeedback(overlays, options, t) {
  return new Promise((resolve) => {
    /** @type {{comment: string, reasons: string[]} | null} */
    let answer = null;
    const id = uniqueId('feedback');
    const title = options.title || t('feedbackTitle');
    const details = h('textarea', {
      id,
      class: 'input',
      rows: 3,
      maxlength: 1000,
      placeholder: options.placeholder || t('feedbackPlaceholder'),
      'aria-label': options.placeholder || t('feedbackPlaceholder'),
    });
    const tags = options.tags.map(({ label, hasDetail }) => ({
      label,
      hasDetail,
      node: button(label, () => toggle(label), { class: 'tag', 'aria-pressed': 'false' }),
    }));
    const chosen = () => tags.filter(({ node }) => node.getAttribute('aria-pressed') === 'true');
    // With tags, the field is for those that need details.
    const update = () => {
      details.hidden = tags.length > 0 && !chosen().some(({ hasDetail }) => hasDetail);
    };
    const toggle = (/** @type {string} */ label) => {
      const tag = tags.find((each) => each.label === label);
      if (tag) tag.node.setAttribute('aria-pressed', String(!chosen().includes(tag)));
      update();
    };
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const comment = details.hidden ? '' : details.value.trim();
      answer = { comment, reasons: chosen().map(({ label }) => label) };
      close();
    };
    const form = h(
      'form',
      { on: { submit } },
      h('p', { class: 'dialog-title' }, title),
      tags.length ? h('div', { class: 'tags' }, tags.map(({ node }) => node)) : null,
      details,
      h(
        'div',
        { class: 'dialog-buttons' },
        button(t('cancel'), () => close(), { class: 'plain' }),
        h('button', { type: 'submit', class: 'primary' }, t('feedbackSend')),
      ),
    );
    const content = h('div', { class: 'dialog' }, form);
    update();
    const close = overlays.open(content, { label: title, kind: 'bottom', onClose: () => resolve(answer) });
  });
}
