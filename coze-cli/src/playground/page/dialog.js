// Modal dialogs.

import { h, uniqueId } from './dom.js';

/**
 * Creates a dialog, which is removed when it is closed.
 * @param {string} title @param {(answer: string) => void} closed
 * @param {(import('./dom.js').Child | import('./dom.js').Child[])[]} children
 */
export function dialog(title, closed, children) {
  const id = uniqueId('dialog');
  const node = /** @type {HTMLDialogElement} */ (
    h(
      'dialog',
      {
        class: 'dialog',
        'aria-labelledby': id,
        on: {
          close: () => {
            node.remove();
            closed(node.returnValue);
          },
        },
      },
      h('h2', { id }, title),
      ...children,
    )
  );
  return { node, close: (/** @type {string} */ answer) => node.close(answer) };
}
