// Creates elements. All content is inserted as text and never parsed as HTML.

/** @typedef {Node | string | number | null | undefined | false} Child */
/**
 * @typedef {{[Name in keyof HTMLElementEventMap]?:
 *   (event: HTMLElementEventMap[Name]) => unknown}} Listeners
 */
/** @typedef {{class?: string | null | undefined, on?: Listeners, [attribute: string]: unknown}} Props */

let serial = 0;

/** Returns an id that no other element of the widget has. @param {string} prefix */
export function uniqueId(prefix) {
  serial += 1;
  return `coze-${prefix}-${serial}`;
}

/**
 * Creates an element. `props` are `class`, `on` (listeners by event), `value`, and attributes.
 * Null, undefined and false are skipped.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.className = String(value);
    else if (name === 'value') Reflect.set(element, name, value);
    else if (name === 'on') {
      for (const [event, listener] of Object.entries(value))
        element.addEventListener(event, listener);
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/** @param {Element} element @param {(Child | Child[])[]} children */
function append(element, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces all children. @param {Element} element @param {...(Child | Child[])} children */
export function setChildren(element, ...children) {
  while (element.lastChild) element.lastChild.remove();
  append(element, children);
  return element;
}

/**
 * Creates a button with a text.
 * @param {Child | Child[]} label @param {(event: MouseEvent) => unknown} act @param {Props} [props]
 */
export function button(label, act, props = {}) {
  return h('button', { type: 'button', ...props, on: { click: act } }, label);
}

/**
 * Creates a button with an icon, whose name is read aloud and shown as a tooltip.
 * @param {keyof typeof PATHS} name @param {string} label
 * @param {(event: MouseEvent) => unknown} act @param {Props} [props]
 */
export function iconButton(name, label, act, props = {}) {
  const kind = props.class ? `icon-button ${props.class}` : 'icon-button';
  return button(icon(name), act, { 'aria-label': label, title: label, ...props, class: kind });
}

/** Returns the URL if a link may lead there. @param {unknown} url */
export function safeUrl(url) {
  const text = String(url || '').trim();
  return /^(https?:|mailto:|tel:)/i.test(text) ? text : null;
}

/** Returns the URL if an image, a file or a recording may be loaded from it. @param {unknown} url */
export function mediaUrl(url) {
  const text = String(url || '').trim();
  if (/^(https?:|blob:|data:image\/(png|jpe?g|gif|webp|svg\+xml)[;,])/i.test(text)) return text;
  // An address of the page itself.
  return /^(\.{0,2}\/)?[\w%-][^:\s]*$/.test(text) ? text : null;
}

/** Creates a link that opens a new tab. @param {unknown} url @param {...(Child | Child[])} label */
export function link(url, ...label) {
  const href = safeUrl(url);
  if (!href) return h('span', null, ...label);
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...label);
}

// The outlines of the icons, in a square of 24.
export const PATHS = {
  chat: 'M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.3 6l-.6 3.3 3.6-1.8c.9.2 1.8.3 2.7.3 5 0 9-3.5 9-7.8s-4-7.7-9-7.7z',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M12 19V5M5.5 11.5L12 5l6.5 6.5',
  stop: 'M8 8h8v8H8z',
  attach: 'M20 11.5l-7.8 7.8a5 5 0 0 1-7-7l8-8a3.3 3.3 0 0 1 4.7 4.7l-7.9 7.9a1.7 1.7 0 0 1-2.4-2.4l7.2-7.1',
  mic: 'M12 3.5a2.8 2.8 0 0 0-2.8 2.8v5a2.8 2.8 0 0 0 5.6 0v-5A2.8 2.8 0 0 0 12 3.5zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  like: 'M7 11v9H4v-9zM7 11l4-7c1.6 0 2.6 1.2 2.3 2.8L12.8 10H18a2 2 0 0 1 2 2.4l-1.3 6A2 2 0 0 1 16.7 20H7',
  dislike: 'M17 13V4h3v9zM17 13l-4 7c-1.6 0-2.6-1.2-2.3-2.8l.5-3.2H6a2 2 0 0 1-2-2.4l1.3-6A2 2 0 0 1 7.3 4H17',
  quote: 'M10 7H6a2 2 0 0 0-2 2v3.5h5V16a2 2 0 0 1-2 2M20 7h-4a2 2 0 0 0-2 2v3.5h5V16a2 2 0 0 1-2 2',
  trash: 'M4 6.5h16M9.5 6.5V4h5v2.5M6.5 6.5l.8 13.5h9.4l.8-13.5M10.3 10.5v6M13.7 10.5v6',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3.5v4h-4',
  add: 'M12 5v14M5 12h14',
  broom: 'M14 10l6-6M10.5 8.5l5 5M9.5 9.5c-2 0-3.5 1-4.5 3L3.5 19l9-.5c2.5-.5 4-2.5 4-5',
  list: 'M4 7h16M4 12h16M4 17h10',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  edit: 'M4 20l.8-4L16 4.8 19.2 8 8 19.2zM13.5 7.3l3.2 3.2',
  sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11',
  file: 'M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5',
  tool: 'M14.5 6.5a4 4 0 0 1 5-1.5l-2.7 2.7 1.5 1.5L21 6.5a4 4 0 0 1-5.5 5L7 20l-3-3 8.5-8.5a4 4 0 0 1 2-2z',
  chevron: 'M9 6l6 6-6 6',
  down: 'M12 5v14M5.5 12.5L12 19l6.5-6.5',
  warning: 'M12 4L2.5 20h19zM12 10v4.5M12 17.3v.2',
};

/** Creates an icon, which is not read aloud. @param {keyof typeof PATHS} name */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
