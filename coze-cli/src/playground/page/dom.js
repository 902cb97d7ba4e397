// Creates elements. All content is inserted as text and never parsed as HTML.

/** @typedef {Node | string | number | null | undefined | false} Child */
/**
 * @typedef {{class?: string, dataset?: Record<string, string>, on?: Listeners,
 *   [attribute: string]: unknown}} Props
 */
/**
 * @typedef {{[Name in keyof HTMLElementEventMap]?:
 *   (event: HTMLElementEventMap[Name]) => unknown}} Listeners
 */

let serial = 0;

/** Returns a unique id for an element. */
export function uniqueId(prefix = 'e') {
  serial += 1;
  return `${prefix}-${serial}`;
}

/**
 * Creates an element. `props` are `class`, `dataset`, `on` (listeners by event), `value`,
 * `checked`, `open` and attributes. Values that are null, undefined or false are skipped.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.className = String(value);
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name === 'on') {
      for (const [event, listener] of Object.entries(value))
        element.addEventListener(event, listener);
    } else if (name === 'value' || name === 'checked' || name === 'open')
      Reflect.set(element, name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
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

/**
 * Replaces all children.
 * @template {Element} Parent
 * @param {Parent} element @param {...(Child | Child[])} children @returns {Parent}
 */
export function setChildren(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Creates a button. @param {Child} label @param {() => void} act @param {Props} [props] */
export function button(label, act, props = {}) {
  return h('button', { type: 'button', ...props, on: { click: act } }, label);
}

/**
 * Creates a link to another site. URLs with schemes other than HTTP become plain text.
 * @param {string} url @param {Child} label @param {Props} [props]
 */
export function externalLink(url, label, props = {}) {
  if (!/^https?:\/\//i.test(url)) return h('span', props, label);
  return h('a', { ...props, href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
}

/**
 * Creates tabs: a row of buttons, which the arrow keys move through, and the selected panel.
 * @param {{id: string, label: Child, panel: () => Node}[]} tabs
 * @param {{label: string, selected?: string, onSelect?: (id: string) => void}} options
 */
export function tabs(tabs, { label, selected = tabs[0].id, onSelect = () => {} }) {
  const panel = h('div', {
    class: 'panel',
    role: 'tabpanel',
    id: uniqueId('panel'),
    tabindex: '-1',
  });
  const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label });
  /** @type {HTMLElement[]} */
  const all = [];
  /** @param {string} id @param {boolean} [focus] */
  const select = (id, focus = false) => {
    const chosen = tabs.find((tab) => tab.id === id) ?? tabs[0];
    for (const tab of all) {
      const on = tab.dataset.tab === chosen.id;
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on && focus) tab.focus();
      if (on) panel.setAttribute('aria-labelledby', tab.id);
    }
    setChildren(panel, chosen.panel());
    onSelect(chosen.id);
  };
  for (const tab of tabs) {
    const props = {
      role: 'tab',
      id: uniqueId('tab'),
      class: 'tab',
      dataset: { tab: tab.id },
      'aria-controls': panel.id,
    };
    all.push(button(tab.label, () => select(tab.id), props));
  }
  list.append(...all);
  list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const at = all.findIndex((tab) => tab === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    select(tabs[(to + tabs.length) % tabs.length].id, true);
  });
  select(selected);
  return { list, panel, select };
}
