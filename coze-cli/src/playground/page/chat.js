// The chat pane: messages, reasoning, tool calls and suggested questions.

import { Conversation } from './conversation.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { markdown } from './markdown.js';

/** @typedef {import('./turns.js').Turn} Turn */

/** @param {Conversation} conversation */
export function chatPane(conversation) {
  const log = h('div', {
    class: 'chat-log',
    role: 'log',
    'aria-live': 'polite',
    'aria-label': t('chat.log'),
    tabindex: '0',
  });
  const input = messageInput((text) => send(text));
  const sendButton = button(
    t('chat.send'),
    () => (conversation.running ? conversation.stop() : send(input.value)),
    { class: 'primary' },
  );
  const bot = settingField(t('chat.bot'), conversation.bot, (value) => {
    conversation.bot = value;
  });
  const user = settingField(t('chat.user'), conversation.user, (value) => {
    conversation.user = value;
  });
  const id = settingField(
    t('chat.conversation'),
    conversation.id,
    () => {},
    t('chat.conversation.new'),
  );
  const recent = h('select', { 'aria-label': t('chat.recent') });
  let frame = 0;

  /** @param {string} text */
  const send = (text) => {
    const question = text.trim();
    if (!question || conversation.running) return;
    if (!conversation.bot.trim()) return bot.input.focus();
    input.value = '';
    void conversation.send(question);
    log.scrollTop = log.scrollHeight;
  };
  const renderTurns = turnRenderer(log, conversation, send);
  const render = () => {
    frame = 0;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    setChildren(sendButton, t(conversation.running ? 'chat.stop' : 'chat.send'));
    sendButton.classList.toggle('cancel', conversation.running);
    if (document.activeElement !== id.input) id.input.value = conversation.id;
    setChildren(
      recent,
      h('option', { value: '' }, t('chat.recent')),
      Conversation.recent().map((each) => h('option', { value: each.id }, each.title || each.id)),
    );
    renderTurns();
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  recent.addEventListener('change', () => {
    const chosen = Conversation.recent().find((each) => each.id === recent.value);
    if (!chosen) return;
    conversation.bot = bot.input.value = chosen.bot;
    void conversation.open(chosen.id);
  });
  const openButton = button(
    t('chat.open'),
    () => id.input.value.trim() && conversation.open(id.input.value.trim()),
    { class: 'quiet small' },
  );
  const newButton = button(
    t('chat.new'),
    () => {
      conversation.reset();
      input.focus();
    },
    { class: 'quiet small' },
  );
  conversation.onChange = () => {
    frame ||= requestAnimationFrame(render);
  };
  render();
  return {
    node: h(
      'div',
      { class: 'chat' },
      h(
        'div',
        { class: 'chat-settings' },
        bot.node,
        user.node,
        id.node,
        h('div', { class: 'chat-actions' }, openButton, newButton, recent),
      ),
      log,
      h('div', { class: 'chat-input' }, input, sendButton),
    ),
    leave: () => {
      cancelAnimationFrame(frame);
      conversation.onChange = () => {};
    },
  };
}

/** Creates the input for messages, which Enter sends. @param {(text: string) => void} send */
function messageInput(send) {
  const input = h('textarea', {
    id: 'chat-input',
    rows: '2',
    placeholder: t('chat.placeholder'),
    'aria-label': t('chat.placeholder'),
  });
  input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    send(input.value);
  });
  return input;
}

/**
 * Returns a function that renders the turns that may have changed: the last one and the previous
 * last one.
 * @param {HTMLElement} log @param {Conversation} conversation @param {(text: string) => void} send
 */
function turnRenderer(log, conversation, send) {
  /** @type {{turn: Turn, last: boolean, node: HTMLElement}[]} */
  const rendered = [];
  return () => {
    const all = conversation.turns;
    log.querySelector('.empty')?.remove();
    for (const removed of rendered.splice(all.length)) removed.node.remove();
    all.forEach((turn, at) => {
      const last = at === all.length - 1;
      const old = rendered[at];
      if (old?.turn === turn && !last && !old.last) return;
      // Rendering again would discard the text that the user is typing.
      if (old?.turn === turn && turn.phase === 'waiting' && old.node.dataset.phase === 'waiting')
        return;
      const node = turnView(turn, last, conversation, send);
      const open = [...(old?.node.querySelectorAll('details') ?? [])]
        .filter((each) => each.open)
        .map((each) => each.dataset.part);
      for (const each of node.querySelectorAll('details'))
        each.open = open.includes(each.dataset.part);
      if (old) old.node.replaceWith(node);
      else log.append(node);
      rendered[at] = { turn, last, node };
    });
    if (!all.length) setChildren(log, h('p', { class: 'empty' }, t('chat.empty')));
  };
}

/** @param {string} label @param {string} value @param {(value: string) => void} changed */
function settingField(label, value, changed, placeholder = '') {
  const id = uniqueId('chat');
  const input = h('input', {
    id,
    type: 'text',
    value,
    placeholder,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  input.addEventListener('input', () => changed(input.value));
  return { node: h('div', { class: 'setting' }, h('label', { for: id }, label), input), input };
}

/**
 * @param {Turn} turn @param {boolean} last @param {Conversation} conversation
 * @param {(text: string) => void} send
 */
function turnView(turn, last, conversation, send) {
  const texts = turn.order.map((id) => turn.answers[id]).filter(Boolean);
  const isWaiting = turn.phase === 'running' && !texts.length;
  return h(
    'article',
    { class: 'turn', dataset: { phase: turn.phase } },
    turn.question &&
      h(
        'div',
        { class: 'bubble user' },
        h('span', { class: 'offscreen' }, t('chat.you')),
        turn.question,
      ),
    turn.reasoning &&
      h(
        'details',
        { class: 'reasoning', dataset: { part: 'reasoning' } },
        h('summary', null, t('chat.reasoning')),
        h('p', null, turn.reasoning),
      ),
    turn.tools.map((tool, at) =>
      h(
        'details',
        { class: 'tool', dataset: { part: `tool-${at}` } },
        h(
          'summary',
          null,
          t('chat.tool'),
          ' ',
          h('code', null, tool.name),
          tool.output === null && turn.phase === 'running' && h('span', { class: 'spinner' }),
        ),
        tool.input && h('pre', { tabindex: '0' }, h('code', null, tool.input)),
        tool.output !== null && h('pre', { tabindex: '0' }, h('code', null, tool.output)),
      ),
    ),
    texts.map((text) =>
      h(
        'div',
        { class: 'bubble bot' },
        h('span', { class: 'offscreen' }, `${t('chat.bot')}: `),
        markdown(text, () => null, { breaks: true }),
      ),
    ),
    isWaiting &&
      h(
        'div',
        { class: 'bubble bot' },
        h('span', { class: 'spinner' }),
        h('span', { class: 'offscreen' }, t('state.running')),
      ),
    turn.pendingCalls.length > 0 && turn.phase === 'waiting' && toolForm(turn, conversation),
    turn.error &&
      h(
        'div',
        { class: 'error', role: 'alert' },
        h(
          'p',
          null,
          turn.error.code
            ? h('strong', null, `${t('result.error_code', { code: turn.error.code })} `)
            : null,
          turn.error.message,
        ),
        turn.error.hint && h('p', { class: 'hint' }, turn.error.hint),
        turn.error.log_id && h('p', { class: 'muted' }, `${t('result.log')} ${turn.error.log_id}`),
      ),
    turn.phase === 'stopped' && h('p', { class: 'help' }, t('chat.stopped')),
    turn.tokens > 0 && h('p', { class: 'help tokens' }, t('chat.tokens', { n: turn.tokens })),
    last &&
      turn.phase === 'done' &&
      turn.followUps.length > 0 &&
      h(
        'div',
        { class: 'follow-ups', 'aria-label': t('chat.follow_ups'), role: 'group' },
        turn.followUps.map((each) => button(each, () => send(each), { class: 'follow-up' })),
      ),
  );
}

/**
 * The form for the outputs of tools that run outside the platform.
 * @param {Turn} turn @param {Conversation} conversation
 */
function toolForm(turn, conversation) {
  const inputs = turn.pendingCalls.map((call) => ({
    call,
    input: h('input', { type: 'text', id: uniqueId('tool') }),
  }));
  const submit = () =>
    conversation.submit(
      turn,
      Object.fromEntries(inputs.map(({ call, input }) => [call.id, input.value])),
    );
  return h(
    'form',
    {
      class: 'tool-form',
      on: {
        submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          void submit();
        },
      },
    },
    h('p', null, t('chat.pending_calls')),
    inputs
      .map(({ call, input }) => [
        h('label', { for: input.id }, h('code', null, `${call.name}(${call.input})`)),
        input,
      ])
      .flat(),
    h('button', { type: 'submit', class: 'primary small' }, t('chat.submit')),
  );
}
