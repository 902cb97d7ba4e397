// Modal dialogs.

import { h, uniqueId } from './dom.js';

/**
 * Creates a dialog, which is removed when it is closed.
 * @param {string} title @param {(answer: string) => void} closed
 * @param {(import('./dom.js').Child | import('./dom.js').Child[])[]} children
 */
export function dialog(title, closed, children) {
  const id = uniqueId('dialog');
  const end = () => {
    if (!node.isConnected) return;
    node.remove();
    closed(node.returnValue);
  };
  const node = /** @type {HTMLDialogElement} */ (
    h(
      'dialog',
      {
        class: 'dialog',
        'aria-labelledby': id,
        on: {
          close: end,
        },
      },
      h('h2', { id }, title),
      ...children,
    )
  );
  const close = (/** @type {string} */ answer) => {
    node.close(answer);
    // The event comes later, when the user may be doing something else already.
    end();
  };
  return { node, close };
}
