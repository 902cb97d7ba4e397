// The chat pane: its settings, the turns, and the input.

import { Conversation } from './conversation.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { pickId } from './idview.js';
import { markdown } from './markdown.js';
import { followUps, turnView } from './turnview.js';

/** @typedef {import('./turns.js').Turn} Turn */

/** @param {Conversation} conversation @param {import('./api.js').State} state */
export function chatPane(conversation, state) {
  const pane = new ChatPane(conversation, state);
  return { node: pane.node, leave: () => pane.leave() };
}

class ChatPane {
  /** @param {Conversation} conversation @param {import('./api.js').State} state */
  constructor(conversation, state) {
    this.conversation = conversation;
    this.state = state;
    this.frame = 0;
    this.log = h('div', {
      class: 'chat-log',
      role: 'log',
      'aria-live': 'polite',
      'aria-label': t('chat.log'),
      tabindex: '0',
    });
    const send = (/** @type {string} */ text) => this.send(text);
    this.input = messageInput(send);
    this.input.value = conversation.draft;
    this.input.addEventListener('input', () => {
      conversation.draft = this.input.value;
      conversation.keep();
    });
    this.sendButton = button(
      t('chat.send'),
      () => (conversation.running ? conversation.stop() : send(this.input.value)),
      { class: 'primary' },
    );
    this.settings = new ChatSettings(conversation, state, () => this.input.focus());
    this.older = button(t('chat.older'), () => void conversation.loadOlder(), {
      class: 'quiet small',
      hidden: true,
    });
    this.renderTurns = turnRenderer(this.log, conversation, send);
    conversation.onChange = () => {
      this.frame ||= requestAnimationFrame(() => this.render());
    };
    this.render();
    void conversation.greet();
    this.node = h(
      'div',
      { class: 'chat' },
      h('h1', { class: 'offscreen' }, t('nav.chat')),
      this.settings.node,
      this.older,
      this.log,
      h('div', { class: 'chat-input' }, this.input, this.sendButton),
    );
  }

  /** @param {string} text */
  send(text) {
    const question = text.trim();
    if (!question || this.conversation.running) return;
    if (!this.conversation.bot.trim()) return this.settings.askForBot();
    this.input.value = '';
    void this.conversation.send(question);
    this.log.scrollTop = this.log.scrollHeight;
  }

  render() {
    const { log, conversation } = this;
    this.frame = 0;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    setChildren(this.sendButton, t(conversation.running ? 'chat.stop' : 'chat.send'));
    this.sendButton.classList.toggle('cancel', conversation.running);
    this.settings.render();
    this.older.hidden = !conversation.older;
    // Screen readers read an answer when it is complete.
    log.setAttribute('aria-busy', String(conversation.running));
    this.renderTurns();
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  leave() {
    cancelAnimationFrame(this.frame);
    this.conversation.onChange = () => {};
  }
}

/** The bot, the user and the conversation, and the list of recent conversations. */
class ChatSettings {
  /**
   * @param {Conversation} conversation @param {import('./api.js').State} state
   * @param {() => void} focusInput
   */
  constructor(conversation, state, focusInput) {
    this.conversation = conversation;
    this.problem = h('p', { class: 'field-error', role: 'alert', hidden: true }, t('chat.no_bot'));
    this.bot = settingField(t('chat.bot'), conversation.bot, (value) => {
      this.setBot(value);
    });
    const choose = async () => {
      const id = await pickId('bot_id', {}, state);
      if (id) this.setBot((this.bot.input.value = id));
    };
    this.user = settingField(t('chat.user'), conversation.user, (value) => {
      conversation.user = value;
      conversation.keep();
    });
    const created = t('chat.conversation.new');
    this.id = settingField(t('chat.conversation'), conversation.id, () => {}, created);
    this.recent = h('select', { 'aria-label': t('chat.recent') });
    this.recent.addEventListener('change', () => this.openRecent());
    const load = () => {
      const id = this.id.input.value.trim();
      if (id) void conversation.open(id);
    };
    const restart = () => {
      conversation.reset();
      focusInput();
    };
    const actions = [
      button(t('chat.choose'), () => void choose(), { class: 'quiet small' }),
      button(t('chat.open'), load, { class: 'quiet small' }),
      button(t('chat.new'), restart, { class: 'quiet small' }),
      this.recent,
    ];
    this.node = h(
      'div',
      { class: 'chat-settings' },
      this.bot.node,
      this.user.node,
      this.id.node,
      h('div', { class: 'chat-actions' }, actions),
      this.problem,
    );
  }

  /** @param {string} bot */
  setBot(bot) {
    this.conversation.bot = bot;
    this.problem.hidden = true;
    this.conversation.keep();
    void this.conversation.greet();
  }

  /** Says that a bot is needed. */
  askForBot() {
    this.problem.hidden = false;
    this.bot.input.focus();
  }

  openRecent() {
    const chosen = Conversation.recent().find((each) => each.id === this.recent.value);
    if (!chosen) return;
    this.conversation.bot = this.bot.input.value = chosen.bot;
    void this.conversation.open(chosen.id);
  }

  render() {
    const { input } = this.id;
    if (document.activeElement !== input) input.value = this.conversation.id;
    setChildren(
      this.recent,
      h('option', { value: '' }, t('chat.recent')),
      Conversation.recent().map((each) => h('option', { value: each.id }, each.title || each.id)),
    );
  }
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
    if (!all.length) setChildren(log, greetingView(conversation, send));
  };
}

/** @param {Conversation} conversation @param {(text: string) => void} send */
function greetingView({ bot, greeting }, send) {
  const { prologue, questions } = greeting.bot === bot.trim() ? greeting : { prologue: '', questions: [] };
  return h(
    'div',
    { class: 'empty greeting' },
    prologue && h('div', { class: 'bubble bot' }, markdown(prologue, () => null, { breaks: true })),
    h('p', null, t('chat.empty')),
    questions.length > 0 && followUps(questions, send),
  );
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
