// The list of conversations.

import { button, h, iconButton, setChildren } from './dom.js';

const DAY = 24 * 60 * 60 * 1000;

/** @typedef {import('./chat.js').Conversation} Conversation */

/**
 * Returns the group of a time: today, the last 30 days, or earlier.
 * @param {number} seconds @param {Date} now
 */
export function groupOf(seconds, now) {
  const time = new Date(seconds * 1000);
  if (time.toDateString() === now.toDateString()) return 'today';
  return now.getTime() - time.getTime() < 30 * DAY ? 'month' : 'earlier';
}

/** The list of conversations, beside the chat or over it. */
export class Sidebar {
  /**
   * @param {import('./chat.js').Chat} chat @param {import('./texts.js').Translate} t
   * @param {import('./overlay.js').Overlays} overlays @param {() => void} onChoose
   */
  constructor(chat, t, overlays, onChoose) {
    this.chat = chat;
    this.t = t;
    this.overlays = overlays;
    this.onChoose = onChoose;
    this.list = h('div', { class: 'conversation-list', on: { scroll: () => this.scrolled() } });
    this.isLoading = false;
    this.node = h(
      'nav',
      { class: 'sidebar', 'aria-label': t('conversations') },
      button(t('newConversation'), () => this.act(() => chat.newConversation()), { class: 'new-conversation' }),
      this.list,
    );
    this.state = '';
  }

  /** @param {() => Promise<void>} action */
  async act(action) {
    try {
      await action();
      this.onChoose();
    } catch (error) {
      this.overlays.fail('actionFailed', error);
    }
  }

  /** Shows the conversations as they are now. */
  update() {
    const { conversations, conversation } = this.chat;
    const state = JSON.stringify([conversations, conversation]);
    if (state === this.state) return;
    this.state = state;
    const now = new Date();
    const groups = ['today', 'month', 'earlier'].map((group) => ({
      group,
      items: conversations.filter((each) => groupOf(each.updated_at, now) === group),
    }));
    setChildren(
      this.list,
      conversations.length ? null : h('p', { class: 'empty' }, this.t('conversationsEmpty')),
      groups
        .filter(({ items }) => items.length)
        .flatMap(({ group, items }) => [
          h('p', { class: 'group' }, this.t(group)),
          h('ul', null, ...items.map((each) => this.item(each))),
        ]),
    );
  }

  /** @param {Conversation} conversation */
  item(conversation) {
    const { chat, t } = this;
    const name = conversation.name || t('untitled');
    const isCurrent = conversation.id === chat.conversation;
    const open = () => this.act(() => chat.openConversation(conversation));
    const more = iconButton('more', `${t('more')}: ${name}`, () =>
      this.overlays.menu(more, [
        { label: t('rename'), act: () => this.rename(conversation) },
        { label: t('delete'), act: () => this.remove(conversation, name) },
      ]),
    );
    more.setAttribute('aria-haspopup', 'menu');
    return h(
      'li',
      { class: isCurrent ? 'current' : null },
      button(name, open, { class: 'conversation', 'aria-current': isCurrent ? 'true' : null, title: name }),
      more,
    );
  }

  /** @param {Conversation} conversation */
  async rename(conversation) {
    const name = await this.overlays.prompt(this.t('renameTitle'), this.t('name'), conversation.name);
    if (!name) return;
    await this.chat.rename(conversation.id, name).catch((error) => this.overlays.fail('actionFailed', error));
  }

  /** @param {Conversation} conversation @param {string} name */
  async remove(conversation, name) {
    const question = this.t('deleteConversation', { name });
    if (!(await this.overlays.confirm(question, this.t('delete')))) return;
    await this.chat
      .deleteConversation(conversation.id)
      .catch((error) => this.overlays.fail('actionFailed', error));
  }

  async scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    if (this.isLoading || scrollTop + clientHeight < scrollHeight - 80) return;
    this.isLoading = true;
    await this.chat.moreConversations().catch((error) => this.overlays.fail('actionFailed', error));
    this.isLoading = false;
  }
}
