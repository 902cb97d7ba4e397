// Copying with a word that it was done.

import { fill, h } from './dom.js';
import { t } from './i18n.js';

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without the permission, the old way: select and copy.
    const area = h('textarea', { value: text, class: 'offscreen', 'aria-hidden': 'true' });
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** A button that copies what `text` gives. @param {() => string} text @param {string} [label] */
export function copyButton(text, label = t('copy')) {
  const element = h(
    'button',
    { type: 'button', class: 'quiet small copy', 'aria-live': 'polite' },
    label,
  );
  element.addEventListener('click', async () => {
    fill(element, (await copy(text())) ? t('copied') : t('copy.failed'));
    setTimeout(() => fill(element, label), 1500);
  });
  return element;
}
