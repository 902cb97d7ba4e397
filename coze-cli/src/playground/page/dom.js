// Making elements. Everything that comes from outside goes in as text; nothing here parses HTML.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {{class?: string, dataset?: Record<string, string>, on?: Listeners, [attribute: string]: unknown}} Props */
/** @typedef {{[Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => unknown}} Listeners */

let serial = 0;

/** An id that no other element of the page has. */
export function freshId(prefix = 'e') {
  serial += 1;
  return `${prefix}-${serial}`;
}

/**
 * An element. `props`: `class`, `dataset`, `on` (listeners by event), properties of forms (`value`, `checked`, …), and
 * attributes for the rest; what is null, undefined or false is left out.
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

/** Puts these children in the place of all others. @param {Element} element @param {...(Child | Child[])} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** A button. @param {Child} label @param {() => void} act @param {Props} [props] */
export function button(label, act, props = {}) {
  return h('button', { type: 'button', ...props, on: { click: act } }, label);
}

/**
 * A link that leaves the page, if the address is one that a browser may follow.
 * @param {string} address @param {Child} label @param {Props} [props]
 */
export function outside(address, label, props = {}) {
  if (!/^https?:\/\//i.test(address)) return h('span', props, label);
  return h('a', { ...props, href: address, target: '_blank', rel: 'noopener noreferrer' }, label);
}

/**
 * Tabs: a row of buttons and the panel of the one that is selected, moved through with the arrow keys.
 * @param {{id: string, label: Child, panel: () => Node}[]} tabs
 * @param {{label: string, selected?: string, onSelect?: (id: string) => void}} options
 */
export function tabs(tabs, { label, selected = tabs[0].id, onSelect = () => {} }) {
  const panel = h('div', {
    class: 'panel',
    role: 'tabpanel',
    id: freshId('panel'),
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
    fill(panel, chosen.panel());
    onSelect(chosen.id);
  };
  for (const tab of tabs) {
    const props = {
      role: 'tab',
      id: freshId('tab'),
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
