// Copies text and confirms it.

import { button, h, setChildren } from './dom.js';
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
 * Creates a small button that copies the result of `text`, for each of many values.
 * @param {() => string} text
 */
export function copyIcon(text) {
  const props = { class: 'quiet copy-icon', title: t('copy'), 'aria-label': t('copy') };
  const element = button('', async () => {
    element.dataset.state = (await copy(text())) ? 'copied' : 'failed';
    setTimeout(() => delete element.dataset.state, 1500);
  }, props);
  return element;
}

/**
 * Creates a button that copies the result of `text`, unless that is `null`.
 * @param {() => string | null} text
 * @param {{label?: string, failed?: string}} [labels]
 */
export function copyButton(text, { label = t('copy'), failed = t('copy.failed') } = {}) {
  const show = async () => {
    const value = text();
    const done = value !== null && (await copy(value));
    setChildren(element, done ? t('copied') : failed);
    setTimeout(() => setChildren(element, label), 1500);
  };
  const element = button(label, show, { class: 'quiet small copy', 'aria-live': 'polite' });
  return element;
}
