// Copies text and confirms it.

import { h, setChildren } from './dom.js';
import { t } from './i18n.js';

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without the permission, fall back to copying a selection.
    const area = h('textarea', { value: text, class: 'offscreen', 'aria-hidden': 'true' });
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/**
 * Creates a button that copies the result of `text`.
 * @param {() => string} text @param {string} [label]
 */
export function copyButton(text, label = t('copy')) {
  const element = h(
    'button',
    { type: 'button', class: 'quiet small copy', 'aria-live': 'polite' },
    label,
  );
  element.addEventListener('click', async () => {
    setChildren(element, (await copy(text())) ? t('copied') : t('copy.failed'));
    setTimeout(() => setChildren(element, label), 1500);
  });
  return element;
}
