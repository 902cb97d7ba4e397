// The question before something is changed.

import { button, h } from './dom.js';
import { t } from './i18n.js';

/** Whether the person agrees. @param {string} message @returns {Promise<boolean>} */
export function confirmChange(message) {
  return new Promise((resolve) => {
    const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { class: 'confirm', 'aria-labelledby': 'confirm-title', on: {
      close: () => {
        dialog.remove();
        resolve(dialog.returnValue === 'yes');
      },
    } },
    h('h2', { id: 'confirm-title' }, t('confirm.title')), h('p', null, message || t('confirm.message')),
    h('div', { class: 'dialog-foot' },
      button(t('confirm.no'), () => dialog.close('no'), { class: 'quiet', autofocus: true }),
      button(t('confirm.yes'), () => dialog.close('yes'), { class: 'primary' }))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
