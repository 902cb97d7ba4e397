// The timeline of a turn: when its events arrived. And the code of the call that started it.

import { dialog } from './dialog.js';
import { button, h } from './dom.js';
import { duration, t } from './i18n.js';
import { samplePane } from './samples.js';
import { load, save } from './store.js';

/** @param {import('./turns.js').Step[]} steps */
export function timeline(steps) {
  const end = Math.max(1, ...steps.map(({ to }) => to));
  const first = steps.find(({ event }) => event === 'conversation.message.delta');
  const facts = [first && t('chat.first', { time: duration(first.from) }), duration(end)];
  const rows = steps.map(({ event, from, to, count }) => {
    const bar = h('span', { class: 'step-bar', 'aria-hidden': 'true' });
    // The bar of the last event stays visible.
    bar.style.marginInlineStart = `${Math.min(98, (from / end) * 100)}%`;
    bar.style.width = `${((to - from) / end) * 100}%`;
    const time = to > from ? `${duration(from)} – ${duration(to)}` : duration(from);
    return h(
      'li',
      null,
      h('code', { class: 'event-name' }, event),
      h('span', { class: 'muted' }, count > 1 ? `× ${count}` : ''),
      h('span', { class: 'muted' }, time),
      h('span', { class: 'step-line' }, bar),
    );
  });
  return h(
    'details',
    { class: 'timeline' },
    h('summary', null, t('chat.timeline'), ' · ', facts.filter(Boolean).join(' · ')),
    h('ol', null, rows),
  );
}

/** Shows the code that sends the message of a turn. @param {import('./api.js').Call} call */
export function openTurnCode(call) {
  const pane = samplePane({
    selected: load('sample', 'rust'),
    onSelect: (id) => save('sample', id),
  });
  const { node, close } = dialog(t('chat.code.title'), () => pane.stop(), [
    pane.node,
    h('div', { class: 'dialog-foot' }, button(t('close'), () => close('no'), { class: 'quiet' })),
  ]);
  node.classList.add('wide');
  document.body.append(node);
  node.showModal();
  pane.update(call, true);
}
