// The confirmation before data is changed.

import { button, h } from './dom.js';
import { t } from './i18n.js';

/**
 * Creates the confirmation dialog for a profile.
 * @param {string} profile @returns {import('./session.js').Confirm}
 */
export function confirmation(profile) {
  return (operation, note) =>
    new Promise((resolve) => {
      const dialog = /** @type {HTMLDialogElement} */ (
        h(
          'dialog',
          {
            class: 'confirm',
            'aria-labelledby': 'confirm-title',
            on: {
              close: () => {
                dialog.remove();
                resolve(dialog.returnValue === 'yes');
              },
            },
          },
          h('h2', { id: 'confirm-title' }, t('confirm.title')),
          h('p', null, t('confirm.message', { id: operation, name: profile })),
          note && h('p', { class: 'help' }, note),
          h(
            'div',
            { class: 'dialog-foot' },
            button(t('confirm.no'), () => dialog.close('no'), { class: 'quiet', autofocus: true }),
            button(t('confirm.yes'), () => dialog.close('yes'), { class: 'primary' }),
          ),
        )
      );
      document.body.append(dialog);
      dialog.showModal();
    });
}
