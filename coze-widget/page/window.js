// The window of the chat: title bar, messages, input and the line at the bottom.

import { ApiError } from './api.js';
import { Speaker } from './audio.js';
import { Chat } from './chat.js';
import { Composer } from './composer.js';
import { button, h, icon, iconButton, link, mediaUrl, setChildren } from './dom.js';
import { EntryList } from './entries.js';
import { askForFeedback } from './feedback.js';
import { renderMarkdown } from './markdown.js';
import { footerParts } from './options.js';
import { Overlays } from './overlay.js';
import { Sidebar } from './sidebar.js';
import { reasonOf } from './texts.js';

/** The code of a bot that is not bound to the channel any more. */
const UNBOUND = 702242003;

/** The width from which the list of conversations has room beside the chat. */
const WIDE = 780;

/** @typedef {import('./options.js').Settings} Settings */
/** @typedef {import('./messages.js').Answer} Answer */

/** @typedef {{name: 'broom' | 'trash' | 'add', label: string, act: () => Promise<void>}} WindowTool */

/** The window of a chat. */
export class ChatWindow {
  /**
   * @param {import('./api.js').Api} api @param {Settings} settings
   * @param {import('./texts.js').Translate} t
   * @param {{close: () => void, failed: (error: unknown) => void}} events
   */
  constructor(api, settings, t, events) {
    this.settings = settings;
    this.t = t;
    this.events = events;
    this.chat = new Chat(api, settings, () => this.schedule());
    this.speaker = new Speaker(api, () => this.schedule());
    this.node = h('div', {
      role: 'group',
      class: `window ${settings.el ? 'inside' : settings.layout}`,
      'aria-label': settings.title,
      tabindex: '-1',
    });
    this.overlays = new Overlays(this.node, t);
    this.composer = new Composer(this.chat, settings, t, this.overlays);
    this.entries = new EntryList(this.chat, settings, t, this.actions(), this.speaker);
    this.sidebar = new Sidebar(this.chat, t, this.overlays, () => this.showList(this.isWide()));
    this.greeting = h('div', { class: 'greeting' });
    this.suggestions = h('div', { class: 'suggestions', role: 'group', 'aria-label': t('suggestions') });
    this.older = button(t('older'), () => this.loadOlder(), { class: 'plain older' });
    this.typing = h('div', { class: 'typing', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    this.messages = h(
      'div',
      { class: 'messages', role: 'log', 'aria-live': 'off', 'aria-label': t('messages'), tabindex: '0' },
      h('div', { class: 'messages-inner' }, this.older, this.greeting, this.entries.node, this.typing, this.suggestions),
    );
    this.latest = iconButton('down', t('latest'), () => this.scrollToEnd(true), { class: 'latest' });
    this.state = h('div', { class: 'screen' });
    this.headerTools = h('div', { class: 'header-tools' });
    this.main = h('div', { class: 'main' }, this.header(), this.state, this.messages, h('div', { class: 'latest-place' }, this.latest), this.composer.node, this.footer());
    this.node.append(...(settings.hasConversations ? [this.sidebar.node, h('div', { class: 'veil', on: { click: () => this.showList(false) } })] : []), this.main);
    this.frame = 0;
    this.isAtEnd = true;
    this.wasRunning = false;
    this.shownState = '';
    this.messages.addEventListener('scroll', () => this.scrolled());
    this.listen();
    this.update();
  }

  listen() {
    const { node } = this;
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      if (node.classList.contains('list-open') && !this.isWide()) this.showList(false);
      else if (!this.settings.el && this.settings.header.hasClose) this.events.close();
    });
    if (!this.settings.hasUploads) return;
    node.addEventListener('dragover', (event) => {
      if (!event.dataTransfer || !Array.from(event.dataTransfer.types).includes('Files')) return;
      event.preventDefault();
      node.classList.add('dropping');
    });
    node.addEventListener('dragleave', (event) => {
      if (!node.contains(/** @type {Node | null} */ (event.relatedTarget))) node.classList.remove('dropping');
    });
    node.addEventListener('drop', (event) => {
      event.preventDefault();
      node.classList.remove('dropping');
      this.composer.addFiles(Array.from((event.dataTransfer && event.dataTransfer.files) || []));
    });
    node.append(h('div', { class: 'drop-hint', 'aria-hidden': 'true' }, this.t('drop')));
  }

  /** Loads the chat, once the window is in the page. */
  async start() {
    if (this.settings.hasConversations) this.showList(this.isWide());
    await this.chat.start();
    if (this.chat.phase === 'failed') return this.events.failed(this.chat.error);
    this.scrollToEnd(true);
    if (this.settings.hasConversations)
      this.chat.refreshConversations().catch((error) => this.overlays.fail('actionFailed', error));
    return undefined;
  }

  /** Ends what is going on, before the window is removed. */
  close() {
    cancelAnimationFrame(this.frame);
    this.chat.onChange = () => {};
    this.speaker.onChange = () => {};
    this.chat.leave();
    this.speaker.stop();
    this.composer.close();
  }

  focus() {
    // On a phone, the keyboard would cover the greeting.
    (this.settings.layout === 'mobile' ? this.node : this.composer.input).focus({ preventScroll: true });
  }

  isWide() {
    return this.node.offsetWidth >= WIDE;
  }

  /** @param {boolean} isOpen */
  showList(isOpen) {
    this.node.classList.toggle('list-open', isOpen);
    this.node.classList.toggle('wide', this.isWide());
    if (this.listButton) this.listButton.setAttribute('aria-expanded', String(isOpen));
    // Tab must not reach hidden elements.
    this.sidebar.node.hidden = !isOpen;
  }

  header() {
    const { header, hasConversations, el } = this.settings;
    this.picture = h('span', { class: 'avatar-place' });
    this.title = h('h2', { class: 'title' });
    if (hasConversations)
      this.listButton = iconButton('list', this.t('conversationsOpen'), () => this.showList(!this.node.classList.contains('list-open')), { 'aria-expanded': 'false', class: 'list-button' });
    const close = header.hasClose && !el ? iconButton('close', this.t('close'), () => this.events.close(), { class: 'close' }) : null;
    if (!header.isShown)
      return h('div', { class: 'no-header' }, this.listButton || null, close);
    return h('div', { class: 'header' }, this.listButton || null, this.picture, this.title, this.headerTools, header.extra ? h('span', null, header.extra) : null, close);
  }

  footer() {
    const { footer } = this.settings;
    if (!footer.isShown) return null;
    const text = footer.text === undefined ? this.t('footer') : footer.text;
    const parts = footerParts(text, footer.links);
    return h('p', { class: 'footer' }, ...parts.map((part) => (part.link ? link(part.link, part.text) : part.text)));
  }

  /** Places the buttons for contexts and conversations, as the options and the title bar need it. */
  placeTools() {
    const { settings, t, chat } = this;
    /** @type {WindowTool[]} */
    const tools = [];
    if (settings.hasClearContext) tools.push({ name: 'broom', label: t('newContext'), act: () => chat.clearContext() });
    if (settings.hasClearMessages) tools.push({ name: 'trash', label: t('clearMessages'), act: () => this.clearMessages() });
    else if (settings.hasNewConversation) tools.push({ name: 'add', label: t('newConversation'), act: () => chat.newConversation() });
    const make = (/** @type {WindowTool} */ { name, label, act }, /** @type {string} */ kind) =>
      iconButton(name, label, () => this.try(act), {
        class: `${kind} tool-${name}`,
        disabled: chat.phase !== 'ready',
      });
    const left = settings.header.isShown ? tools.slice(0, 1) : tools;
    setChildren(this.headerTools, settings.header.isShown ? tools.slice(1).map((tool) => make(tool, 'header-tool')) : null);
    if (left.length > 1) {
      const more = iconButton('more', t('more'), () => this.overlays.menu(more, left.map(({ label, act }) => ({ label, act: () => this.try(act) }))), { 'aria-haspopup': 'menu', class: 'composer-tool' });
      setChildren(this.composer.tools, more);
    } else setChildren(this.composer.tools, left.map((tool) => make(tool, 'composer-tool')));
  }

  async clearMessages() {
    if (await this.overlays.confirm(this.t('clearQuestion'), this.t('delete'))) await this.chat.newConversation();
  }

  /** @param {() => Promise<unknown>} action */
  async try(action) {
    try {
      await action();
      this.composer.input.focus();
    } catch (error) {
      this.overlays.fail('actionFailed', error);
    }
  }

  /** @returns {import('./entries.js').EntryActions} */
  actions() {
    const { overlays } = this;
    return {
      openImage: (url, label) => overlays.preview(url, label),
      copy: (text) => this.copy(text),
      rate: (answer, kind) => this.rate(answer, kind),
      quote: (text) => this.composer.setQuote(text),
      remove: (entry) => this.remove(entry),
      regenerate: () => this.chat.regenerate(),
      speak: (key, text) => {
        if (this.speaker.key === key) this.speaker.stop();
        else this.speaker.play(key, text).catch((error) => overlays.fail('playFailed', error));
      },
      send: (text) => this.chat.send({ text, files: [], quote: '' }),
    };
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.overlays.notify(this.t('copied'));
    } catch (error) {
      this.overlays.fail('actionFailed', error);
    }
  }

  /** Deletes a message, if the user confirms it. @param {import('./messages.js').Entry} entry */
  async remove(entry) {
    const { overlays, t } = this;
    if (!(await overlays.confirm(t('deleteMessage'), t('delete')))) return;
    await this.try(() =>
      this.chat.deleteMessage(entry).catch((error) => {
        if (isMissing(error)) this.settings.canDelete = false;
        this.showAnew();
        throw error;
      }),
    );
  }

  /** Shows the entries anew, because an option has changed. */
  showAnew() {
    this.entries.shown.forEach((shown) => (shown.state = ''));
    this.schedule();
  }

  /** @param {Answer} answer @param {'' | 'like' | 'dislike'} kind */
  async rate(answer, kind) {
    const { feedback } = this.settings;
    try {
      await this.chat.sendFeedback(answer, kind);
      if (kind !== 'dislike' || !feedback.hasPanel) return;
      const details = await askForFeedback(this.overlays, feedback, this.t);
      if (!details || !(details.comment || details.reasons.length)) return;
      await this.chat.sendFeedback(answer, kind, details);
      this.overlays.notify(this.t('feedbackThanks'));
    } catch (error) {
      if (isMissing(error)) feedback.isShown = false;
      this.showAnew();
      this.overlays.fail('actionFailed', error);
    }
  }

  async loadOlder() {
    const before = this.messages.scrollHeight;
    await this.chat.loadOlder().catch((error) => this.overlays.fail('actionFailed', error));
    this.update();
    // The messages that were shown stay in place.
    this.messages.scrollTop += this.messages.scrollHeight - before;
  }

  scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.messages;
    this.isAtEnd = scrollTop + clientHeight > scrollHeight - 60;
    this.latest.hidden = this.isAtEnd;
  }

  /** @param {boolean} force */
  scrollToEnd(force) {
    if (force) this.isAtEnd = true;
    if (this.isAtEnd) this.messages.scrollTop = this.messages.scrollHeight;
    this.scrolled();
  }

  /** Shows changes together with the next frame. */
  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.update();
    });
  }

  update() {
    const { chat, settings } = this;
    const started = chat.isRunning && !this.wasRunning;
    const state = `${chat.phase} ${chat.info.name}`;
    if (state !== this.shownState) this.showAgent();
    this.shownState = state;
    this.showScreen();
    this.older.hidden = !chat.older;
    this.greeting.hidden = Boolean(chat.older);
    this.entries.update();
    const last = chat.entries[chat.entries.length - 1];
    const isWriting = last && last.kind === 'answer' && last.state === 'streaming' && (last.text || last.reasoning);
    this.typing.hidden = !chat.isRunning || Boolean(isWriting);
    this.showSuggestions();
    this.composer.update();
    if (settings.hasConversations) this.sidebar.update();
    this.scrollToEnd(started);
    this.announce();
    this.wasRunning = chat.isRunning;
  }

  /** Tells screen readers about the start and the end of an answer. */
  announce() {
    const { chat, wasRunning } = this;
    if (chat.isRunning && !wasRunning) this.overlays.announce(this.t('answering'));
    if (chat.isRunning || !wasRunning) return;
    const last = chat.entries[chat.entries.length - 1];
    if (last && last.kind === 'answer') this.overlays.announce(this.t('answered', { text: last.text.slice(0, 500) }));
  }

  /** Shows the name, the pictures and the greeting of the bot. */
  showAgent() {
    const { chat, settings, t } = this;
    const { info } = chat;
    const picture = mediaUrl(settings.icon || info.icon);
    const avatar = () => avatarOf(picture);
    if (this.picture) setChildren(this.picture, avatar());
    if (this.title) setChildren(this.title, settings.title);
    this.placeTools();
    const background = mediaUrl(info.background[settings.layout === 'mobile' ? 'mobile' : 'web'] || info.background.web);
    this.node.classList.toggle('has-background', Boolean(background));
    this.node.style.setProperty('--background-image', background ? `url("${background.replace(/["\\\n]/g, encodeURIComponent)}")` : 'none');
    if (chat.phase !== 'ready') return;
    const markdown = { openImage: this.overlays.preview.bind(this.overlays), codeActions: () => h('span') };
    setChildren(
      this.greeting,
      h('div', { class: 'greeting-head' }, avatar(), h('p', { class: 'greeting-name' }, info.name || settings.title)),
      info.prologue ? h('div', { class: 'bubble markdown' }, ...renderMarkdown(info.prologue, markdown)) : null,
      info.questions.length
        ? h('div', { class: 'suggestions', role: 'group', 'aria-label': t('suggestions') }, info.questions.map((each) => this.suggestion(each)))
        : null,
    );
  }

  /** @param {string} text */
  suggestion(text) {
    const send = () => {
      this.chat.send({ text, files: [], quote: '' });
      this.composer.input.focus();
    };
    return button(text, send, { class: 'suggestion' });
  }

  showSuggestions() {
    const { suggestions, isRunning } = this.chat;
    const shown = isRunning ? [] : suggestions;
    const texts = Array.from(this.suggestions.children).map((each) => each.textContent);
    if (texts.join('\n') !== shown.join('\n') || texts.length !== shown.length)
      setChildren(this.suggestions, shown.map((each) => this.suggestion(each)));
    this.suggestions.hidden = !shown.length;
  }

  /** Shows that the chat is loading or could not be loaded. */
  showScreen() {
    const { chat, t } = this;
    const { phase, error } = chat;
    this.state.hidden = phase === 'ready';
    this.messages.hidden = phase !== 'ready';
    if (phase === 'ready' || this.state.dataset.phase === phase) return;
    this.state.dataset.phase = phase;
    if (phase === 'loading') setChildren(this.state, h('div', { class: 'spinner', role: 'status', 'aria-label': t('loading') }));
    else {
      const isUnbound = error instanceof ApiError && error.code === UNBOUND;
      const why = reasonOf(error, t);
      setChildren(
        this.state,
        h('div', { class: 'failure', role: 'alert' }, icon('warning'), h('p', { class: 'failure-title' }, t(isUnbound ? 'unbound' : 'loadFailed')), isUnbound ? null : h('p', null, why)),
        isUnbound ? null : button(t('retry'), () => this.start(), { class: 'primary' }),
      );
    }
  }
}

/** Returns true if the platform lacks a call. @param {unknown} error */
const isMissing = (error) => error instanceof ApiError && error.isMissing;

/** Shows the picture of a bot, or an icon if it has none. @param {string | null} picture */
function avatarOf(picture) {
  const own = h('span', { class: 'avatar' }, icon('chat'));
  if (!picture) return own;
  const image = h('img', { class: 'avatar', src: picture, alt: '' });
  image.addEventListener('error', () => image.replaceWith(own));
  return image;
}
