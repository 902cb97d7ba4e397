// Cards of question nodes. Their format is not public: known elements are shown, and the rest
// is JSON.

import { button, h, link } from './dom.js';

/** The depth and the number of elements of a card that are read. */
const MAX_DEPTH = 12;
const MAX_ELEMENTS = 200;

/**
 * Shows a card: its texts, images, links and choices, and its JSON. The choices of a card that is
 * only to be read are disabled.
 * @param {string} json @param {import('./texts.js').Translate} t
 * @param {{send: (text: string) => void, openImage: (url: string, label: string) => void,
 *   isReadonly?: boolean}} actions
 */
export function renderCard(json, t, actions) {
  /** @type {unknown} */
  let card;
  try {
    card = JSON.parse(json);
  } catch (_) {
    return h('div', { class: 'card' }, h('p', null, json));
  }
  const found = elementsOf(card);
  return h(
    'div',
    { class: 'card' },
    found.map((element) => show(element, t, actions)),
    h('details', null, h('summary', null, t('card')), h('pre', { tabindex: '0' }, JSON.stringify(card, null, 2))),
  );
}

/** @typedef {{kind: 'text' | 'image' | 'link' | 'choice', text: string, url: string}} CardElement */

/** @param {CardElement} element @param {import('./texts.js').Translate} t @param {Parameters<typeof renderCard>[2]} actions */
function show({ kind, text, url }, t, actions) {
  switch (kind) {
    case 'image': {
      const label = text || t('image');
      const image = h('img', { src: url, alt: label, referrerpolicy: 'no-referrer' });
      const open = () => actions.openImage(url, label);
      return h('button', { type: 'button', class: 'picture', 'aria-label': label, on: { click: open } }, image);
    }
    case 'link':
      return h('p', null, link(url, text || url));
    case 'choice':
      return button(text, () => actions.send(text), { class: 'suggestion', disabled: actions.isReadonly });
    default:
      return h('p', null, text);
  }
}

/** Returns the elements of a card that a reader understands, in their order. @param {unknown} card */
export function elementsOf(card) {
  /** @type {CardElement[]} */
  const found = [];
  const add = (/** @type {CardElement['kind']} */ kind, /** @type {unknown} */ text, url = '') => {
    if (found.length < MAX_ELEMENTS) found.push({ kind, text: String(text || ''), url });
  };
  const visit = (/** @type {any} */ value, /** @type {number} */ depth) => {
    if (!value || typeof value !== 'object' || depth > MAX_DEPTH) return;
    if (Array.isArray(value)) return value.forEach((each) => visit(each, depth + 1));
    const type = String(value.type || value.component || value.tag || '').toLowerCase();
    const text = value.text || value.content || value.title || value.label || value.question;
    const url = value.url || value.src || value.image_url || value.href;
    const isUrl = typeof url === 'string' && /^https?:\/\//i.test(url);
    if (isUrl && /image|img|picture|avatar/.test(type)) add('image', value.alt || '', url);
    else if (isUrl && typeof text === 'string') add('link', text, url);
    else if (/button|option|choice/.test(type) && typeof text === 'string') add('choice', text);
    else
      for (const each of new Set([value.title, text])) if (typeof each === 'string' && each) add('text', each);
    for (const [name, member] of Object.entries(value)) {
      if (name !== 'options' || !Array.isArray(member)) visit(member, depth + 1);
      else
        for (const option of member) {
          const label = typeof option === 'string' ? option : option && (option.name || option.label || option.text);
          if (typeof label === 'string') add('choice', label);
        }
    }
    return undefined;
  };
  visit(card, 0);
  return found;
}
