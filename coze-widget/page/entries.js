// Shows the entries of a chat. An entry is shown anew only when it has changed.

import { renderCard } from './card.js';
import { button, h, icon, iconButton, link, mediaUrl, setChildren } from './dom.js';
import { renderMarkdown } from './markdown.js';
import { textOf } from './messages.js';
import { formatSize, reasonOf } from './texts.js';

/** @typedef {import('./messages.js').Entry} Entry */
/** @typedef {import('./messages.js').Answer} Answer */
/** @typedef {import('./messages.js').Part} Part */
/**
 * What the user can do with entries.
 * @typedef {object} EntryActions
 * @property {(url: string, label: string) => void} openImage
 * @property {(text: string) => void} copy
 * @property {(answer: Answer, kind: '' | 'like' | 'dislike') => void} rate
 * @property {(text: string) => void} quote
 * @property {(entry: Entry) => void} remove
 * @property {() => void} regenerate
 * @property {(key: string, text: string) => void} speak
 * @property {(text: string) => void} send
 */
/**
 * @typedef {object} Shown
 * @property {HTMLElement} node
 * @property {string} state the state of the entry for which the node was made
 */

/** The list of the entries. */
export class EntryList {
  /**
   * @param {import('./chat.js').Chat} chat @param {import('./options.js').Settings} settings
   * @param {import('./texts.js').Translate} t @param {EntryActions} actions
   * @param {import('./audio.js').Speaker} speaker
   */
  constructor(chat, settings, t, actions, speaker) {
    this.chat = chat;
    this.settings = settings;
    this.t = t;
    this.actions = actions;
    this.speaker = speaker;
    this.node = h('div', { class: 'entries' });
    /** @type {Map<string, Shown>} */
    this.shown = new Map();
  }

  /** Shows the entries as they are now. */
  update() {
    const { entries } = this.chat;
    const last = entries[entries.length - 1];
    const keys = new Set();
    /** @type {ChildNode | null} */
    let place = this.node.firstChild;
    for (const entry of entries) {
      if (entry.kind === 'tool' && !this.settings.hasTools) continue;
      keys.add(entry.key);
      const node = this.nodeOf(entry, entry === last);
      if (node === place) place = node.nextSibling;
      else this.node.insertBefore(node, place);
    }
    for (const [key, { node }] of this.shown) {
      if (keys.has(key)) continue;
      node.remove();
      this.shown.delete(key);
    }
  }

  /** @param {Entry} entry @param {boolean} isLast */
  nodeOf(entry, isLast) {
    const isSpeaking = this.speaker.key === entry.key;
    const state = [entry.version || 0, isLast, this.chat.isRunning, isSpeaking].join();
    const known = this.shown.get(entry.key);
    if (known && known.state === state) return known.node;
    const node = known ? known.node : h('div', { class: `entry ${entry.kind}` });
    const focused = focusedAction(node);
    const isOpen = Array.from(node.querySelectorAll('details')).map((each) => each.open);
    setChildren(node, ...this.render(entry, isLast));
    node.classList.toggle('last', isLast);
    node.querySelectorAll('details').forEach((each, at) => {
      if (isOpen[at] !== undefined) each.open = isOpen[at];
    });
    if (focused) /** @type {HTMLElement | null} */ (node.querySelector(focused))?.focus();
    this.shown.set(entry.key, { node, state });
    return node;
  }

  /** @param {Entry} entry @param {boolean} isLast @returns {(Node | null)[]} */
  render(entry, isLast) {
    switch (entry.kind) {
      case 'question':
        return this.question(entry);
      case 'answer':
        return this.answer(entry, isLast);
      case 'tool':
        return [this.tool(entry)];
      case 'divider':
        return [h('span', null, this.t('contextDivider'))];
      default:
        return this.failure(entry, isLast);
    }
  }

  /** @param {Entry & {kind: 'question'}} entry */
  question(entry) {
    const { user } = this.settings;
    const files = entry.parts.filter((part) => part.type !== 'text');
    const text = textOf(entry.parts);
    const picture = mediaUrl(user.url);
    return [
      user.name || picture
        ? h(
            'div',
            { class: 'author' },
            user.name,
            picture ? h('img', { class: 'avatar', src: picture, alt: '' }) : null,
          )
        : null,
      h('div', { class: 'hidden-text' }, user.name ? null : this.t('you')),
      entry.quote ? h('blockquote', { class: 'quoted' }, entry.quote) : null,
      files.length ? h('div', { class: 'files' }, files.map((part) => this.file(part))) : null,
      text ? h('div', { class: 'bubble' }, text) : null,
      this.questionActions(entry, text),
    ];
  }

  /** @param {Entry} entry @param {string} text */
  questionActions(entry, text) {
    const { t, actions } = this;
    if (this.chat.isRunning) return null;
    return h(
      'div',
      { class: 'actions' },
      text ? iconButton('copy', t('copy'), () => actions.copy(text)) : null,
      this.deleteButton(entry),
    );
  }

  /** @param {Entry} entry */
  deleteButton(entry) {
    if (!entry.id || !this.settings.canDelete) return null;
    return iconButton('trash', this.t('delete'), () => this.actions.remove(entry), { class: 'delete' });
  }

  /** @param {Part} part */
  file(part) {
    const url = mediaUrl(part.url);
    if (part.type === 'image' && url) {
      const label = part.name || this.t('image');
      const image = h('img', { src: url, alt: label, referrerpolicy: 'no-referrer' });
      return h('button', { type: 'button', class: 'picture', 'aria-label': label, on: { click: () => this.actions.openImage(url, label) } }, image);
    }
    const content = [
      icon('file'),
      h(
        'span',
        { class: 'file-text' },
        h('span', { class: 'file-name' }, part.name || this.t(part.type === 'image' ? 'image' : 'file')),
        part.size ? h('span', { class: 'file-size' }, formatSize(part.size)) : null,
      ),
    ];
    const card = url && /^https?:/i.test(url) ? link(url, ...content) : h('div', null, ...content);
    card.className = 'file-card';
    return card;
  }

  /** @param {Answer} entry @param {boolean} isLast */
  answer(entry, isLast) {
    const body = h('div', { class: 'bubble markdown' });
    if (entry.card) body.append(renderCard(entry.card, this.t, this.actions));
    setChildren(body, ...Array.from(body.childNodes), ...renderMarkdown(entry.text, this.markdownActions()));
    return [
      entry.reasoning
        ? h('details', { class: 'reasoning' }, h('summary', null, icon('chevron'), this.t('reasoning')), h('p', null, entry.reasoning))
        : null,
      entry.files.length ? h('div', { class: 'files' }, entry.files.map((part) => this.file(part))) : null,
      entry.text || entry.card ? body : null,
      entry.state === 'stopped' ? h('p', { class: 'state' }, this.t('stopped')) : null,
      entry.state === 'streaming' ? null : this.answerActions(entry, isLast, body),
    ];
  }

  markdownActions() {
    const { openImage, copy } = this.actions;
    return {
      openImage,
      codeActions: (/** @type {string} */ code) => iconButton('copy', this.t('copy'), () => copy(code)),
    };
  }

  /** @param {Answer} entry @param {boolean} isLast @param {HTMLElement} body */
  answerActions(entry, isLast, body) {
    const { t, actions, settings, chat } = this;
    if (chat.isRunning) return null;
    const plain = () => (body.innerText || body.textContent || '').trim();
    const isSpeaking = this.speaker.key === entry.key;
    const rate = (/** @type {'like' | 'dislike'} */ kind) =>
      iconButton(kind, t(kind), () => actions.rate(entry, entry.feedback === kind ? '' : kind), {
        class: `rate-${kind}`,
        'aria-pressed': String(entry.feedback === kind),
      });
    const canSpeak = chat.server.speech && settings.hasAudio && entry.text;
    return h(
      'div',
      { class: 'actions' },
      entry.text ? iconButton('copy', t('copy'), () => actions.copy(entry.text)) : null,
      canSpeak
        ? iconButton(isSpeaking ? 'stop' : 'sound', t(isSpeaking ? 'playStop' : 'play'), () => actions.speak(entry.key, plain()), { class: 'speak' })
        : null,
      settings.feedback.isShown && entry.id ? [rate('like'), rate('dislike')] : [],
      settings.hasQuotes && entry.text ? iconButton('quote', t('quote'), () => actions.quote(plain())) : null,
      isLast && chat.lastQuestion() ? iconButton('retry', t('regenerate'), () => actions.regenerate(), { class: 'regenerate' }) : null,
      this.deleteButton(entry),
    );
  }

  /** @param {import('./messages.js').Tool} entry */
  tool(entry) {
    const name = entry.name === 'knowledge' ? this.t('knowledge') : entry.name;
    const section = (/** @type {string} */ title, /** @type {string} */ text) =>
      text ? [h('p', { class: 'tool-title' }, this.t(title)), h('pre', { tabindex: '0' }, text)] : [];
    return h(
      'details',
      { class: entry.isRunning ? 'running' : '' },
      h('summary', null, icon('tool'), h('span', null, this.t(entry.isRunning ? 'toolRunning' : 'tool', { name })), icon('chevron')),
      h('div', { class: 'tool-body' }, ...section('toolInput', entry.input), ...section('toolOutput', entry.output)),
    );
  }

  /** @param {import('./messages.js').Failure} entry @param {boolean} isLast */
  failure({ message, error }, isLast) {
    const text = message === 'needsAction' ? this.t(message) : this.t('failed', { why: reasonOf(error, this.t) });
    const canRetry = isLast && !this.chat.isRunning && this.chat.lastQuestion();
    return [
      h('p', { role: 'alert' }, icon('warning'), h('span', null, text)),
      canRetry ? button([icon('retry'), this.t('retry')], () => this.actions.regenerate(), { class: 'plain retry' }) : null,
    ];
  }
}

/** Returns a selector of the focused button, which is made anew. @param {HTMLElement} node */
function focusedAction(node) {
  const root = /** @type {ShadowRoot | Document} */ (node.getRootNode());
  const focused = node.isConnected ? root.activeElement : null;
  if (!focused || !node.contains(focused)) return '';
  const kind = Array.from(focused.classList).find((name) => name !== 'icon-button');
  return kind ? `.${kind}` : '';
}
