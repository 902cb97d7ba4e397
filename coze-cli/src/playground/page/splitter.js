// A bar between two panes that changes their sizes, by dragging or with the arrow keys.

import { h } from './dom.js';
import { load, save } from './store.js';

const STEP = 2;

/**
 * Creates a bar that sets the custom property `--NAME` of an element: the size of its first pane in
 * percent, which is kept.
 * @param {HTMLElement} container
 * @param {{name: string, label: string, vertical?: boolean, initial: number, min?: number}} options
 *   `vertical` panes are above each other
 */
export function splitter(container, { name, label, vertical = false, initial, min = 20 }) {
  const bar = h('div', {
    class: `splitter ${vertical ? 'horizontal' : 'vertical'}`,
    role: 'separator',
    tabindex: '0',
    'aria-label': label,
    'aria-orientation': vertical ? 'horizontal' : 'vertical',
    'aria-valuemin': min,
    'aria-valuemax': 100 - min,
  });
  let size = initial;
  /** @param {number} percent */
  const set = (percent) => {
    size = Math.round(Math.min(100 - min, Math.max(min, percent)) * 10) / 10;
    container.style.setProperty(`--${name}`, `${size}%`);
    bar.setAttribute('aria-valuenow', String(Math.round(size)));
  };
  const change = (/** @type {number} */ percent) => {
    set(percent);
    save(`split.${name}`, size);
  };
  set(load(`split.${name}`, initial));
  bar.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const [less, more] = vertical ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    const to = { [less]: size - STEP, [more]: size + STEP, Home: min, End: 100 - min }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    change(to);
  });
  bar.addEventListener('dblclick', () => change(initial));
  bar.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
    event.preventDefault();
    bar.focus();
    bar.setPointerCapture(event.pointerId);
  });
  bar.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const { left, top, width, height } = container.getBoundingClientRect();
    const part = vertical ? (event.clientY - top) / height : (event.clientX - left) / width;
    change(part * 100);
  });
  return bar;
}
