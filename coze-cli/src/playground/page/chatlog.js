// The log of a chat: its turns, each with a view that lives as long as the turn is shown.

import { h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { markdown } from './markdown.js';
import { followUps, TurnView } from './turnview.js';

/** @typedef {import('./turns.js').Turn} Turn */

/** The distance from the end, in pixels, up to which the log follows new text. */
const NEAR_END = 60;

export class ChatLog {
  /** @param {import('./turnview.js').TurnOptions} options */
  constructor(options) {
    this.options = options;
    /** @type {Map<Turn, TurnView>} */
    this.views = new Map();
    this.empty = h('div', null);
    /** The first and the last turn that were shown. @type {Turn | undefined} */
    this.first = undefined;
    /** @type {Turn | undefined} */
    this.last = undefined;
    this.greeted = '';
    this.node = h('div', {
      class: 'chat-log',
      role: 'log',
      'aria-live': 'polite',
      'aria-label': t('chat.log'),
      tabindex: '0',
    });
  }

  update() {
    const { node } = this;
    const { conversation } = this.options;
    const { turns } = conversation;
    const fromEnd = node.scrollHeight - node.scrollTop;
    const follows = fromEnd - node.clientHeight < NEAR_END;
    // Older turns appear above those that the user is reading.
    const isOther = turns[0] !== this.first;
    const isOlder = isOther && this.last !== undefined && turns.includes(this.last);
    this.first = turns[0];
    this.last = turns.at(-1);
    // Screen readers read an answer when it is complete.
    node.setAttribute('aria-busy', String(conversation.running));
    this.remove(turns);
    turns.forEach((turn, at) => {
      const view = this.views.get(turn) ?? new TurnView(turn, this.options);
      this.views.set(turn, view);
      if (node.children[at] !== view.node) node.insertBefore(view.node, node.children[at] ?? null);
      view.update(at === turns.length - 1);
    });
    this.showGreeting(turns.length === 0);
    if (isOlder) node.scrollTop = node.scrollHeight - fromEnd;
    else if (follows || isOther) this.scrollToEnd();
  }

  /** Removes the views of turns that are no longer shown. @param {Turn[]} turns */
  remove(turns) {
    for (const [turn, view] of this.views) {
      if (turns.includes(turn)) continue;
      view.node.remove();
      this.views.delete(turn);
    }
  }

  /** Shows the opening message of the bot while there are no turns. @param {boolean} isEmpty */
  showGreeting(isEmpty) {
    const { bot, greeting } = this.options.conversation;
    const known = greeting.bot === bot.trim() ? greeting : { prologue: '', questions: [] };
    const key = isEmpty ? JSON.stringify(known) : '';
    if (key === this.greeted) return;
    this.greeted = key;
    this.empty.remove();
    if (!isEmpty) return;
    this.empty = greetingView(known, this.options.send);
    this.node.append(this.empty);
  }

  scrollToEnd() {
    this.node.scrollTop = this.node.scrollHeight;
  }
}

/** @param {{prologue: string, questions: string[]}} greeting @param {(text: string) => void} send */
function greetingView({ prologue, questions }, send) {
  const bubble = h('div', { class: 'bubble bot' });
  if (prologue) setChildren(bubble, markdown(prologue, undefined, { breaks: true }));
  return h(
    'div',
    { class: 'empty greeting' },
    prologue && bubble,
    h('p', null, t('chat.empty')),
    questions.length > 0 && followUps(questions, send),
  );
}
