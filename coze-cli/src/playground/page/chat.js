// The chat pane: its settings, the turns, and the input.

import { Attachments } from './attachments.js';
import { ChatLog } from './chatlog.js';
import { Conversation } from './conversation.js';
import { button, h, setChildren, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { pickId } from './picker.js';

/**
 * @typedef {object} ChatOptions
 * @property {import('./api.js').State} state
 * @property {(operation: string, values: Record<string, unknown>) => void} go
 */

/** @param {Conversation} conversation @param {ChatOptions} options */
export function chatPane(conversation, options) {
  const pane = new ChatPane(conversation, options);
  return { node: pane.node, leave: () => pane.leave() };
}

class ChatPane {
  /** @param {Conversation} conversation @param {ChatOptions} options */
  constructor(conversation, { state, go }) {
    this.conversation = conversation;
    this.frame = 0;
    const send = (/** @type {string} */ text) => this.send(text);
    this.log = new ChatLog({ conversation, state, send, go });
    this.input = messageInput(send);
    this.input.value = conversation.draft;
    this.input.addEventListener('input', () => {
      conversation.draft = this.input.value;
      conversation.keep();
    });
    const click = (/** @type {MouseEvent} */ { detail }) => {
      if (!conversation.running) send(this.input.value);
      // The second click of a double click does not stop the answer.
      else if (detail < 2) conversation.stop();
    };
    this.sendButton = h('button', { type: 'button', class: 'primary', on: { click } }, t('chat.send'));
    this.files = new Attachments(conversation.files, () => this.render());
    this.settings = new ChatSettings(conversation, state, () => this.input.focus());
    this.problem = h('p', { class: 'field-error', role: 'alert', hidden: true });
    this.older = button(t('chat.older'), () => void conversation.loadOlder(), {
      class: 'quiet small',
      hidden: true,
    });
    conversation.onChange = () => {
      this.frame ||= requestAnimationFrame(() => this.render());
    };
    this.node = this.layout();
    this.render();
    // The log has no height before it is shown.
    requestAnimationFrame(() => this.log.scrollToEnd());
    void conversation.greet();
  }

  layout() {
    const { files } = this;
    const bar = h('div', { class: 'chat-input' }, files.button, files.input, this.input, this.sendButton);
    const composer = h('div', { class: 'composer' }, files.list, bar);
    files.listen(composer);
    return h(
      'div',
      { class: 'chat' },
      h('h1', { class: 'offscreen' }, t('nav.chat')),
      this.settings.node,
      this.problem,
      this.older,
      this.log.node,
      composer,
    );
  }

  /** @param {string} text */
  send(text) {
    const question = text.trim();
    const { conversation } = this;
    const { files } = conversation;
    if ((!question && !files.any) || !files.ready || conversation.running) return;
    if (!conversation.bot.trim()) return this.settings.askForBot();
    this.input.value = '';
    void conversation.send(question, files.takeAll());
    this.log.update();
    this.log.scrollToEnd();
  }

  render() {
    const { conversation } = this;
    this.frame = 0;
    setChildren(this.sendButton, t(conversation.running ? 'chat.stop' : 'chat.send'));
    this.sendButton.classList.toggle('cancel', conversation.running);
    this.sendButton.disabled = !conversation.running && !conversation.files.ready;
    this.settings.render();
    this.older.hidden = !conversation.older;
    setChildren(this.problem, conversation.problem?.message);
    this.problem.hidden = !conversation.problem;
    this.log.update();
  }

  leave() {
    cancelAnimationFrame(this.frame);
    this.files.leave();
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
    this.bot.addPick(() => pickId('bot_id', {}, state));
    this.user = settingField(t('chat.user'), conversation.user, (value) => {
      conversation.user = value;
      conversation.keep();
    });
    this.user.addPick(() => pickId('user_id', {}, state));
    const created = t('chat.conversation.new');
    this.id = settingField(t('chat.conversation'), conversation.id, () => {}, created);
    this.id.addPick(async () => {
      const id = await pickId('conversation_id', { bot_id: conversation.bot }, state);
      if (id) void conversation.open(id);
      return id;
    });
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
  const head = h('div', { class: 'setting-head' }, h('label', { for: id }, label));
  /** Adds a button that lists the objects. @param {() => Promise<string | undefined>} pick */
  const addPick = (pick) => {
    const choose = async () => {
      const chosen = await pick();
      if (chosen === undefined) return;
      input.value = chosen;
      changed(chosen);
    };
    // The name contains the visible text.
    const props = { class: 'quiet small pick', 'aria-label': `${t('form.choose')} ${label}` };
    head.append(button(t('form.choose'), () => void choose(), props));
  };
  return { node: h('div', { class: 'setting' }, head, input), input, addPick };
}
