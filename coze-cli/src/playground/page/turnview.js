// The view of a turn of a chat. It changes only the parts that have changed, because screen readers
// follow the log, and selections and open details must stay.

import { actionButtons, errorActions, missingPermission } from './actions.js';
import { cardView, isCard } from './cardview.js';
import { copyIcon } from './clipboard.js';
import { button, h, setChildren } from './dom.js';
import { t } from './i18n.js';
import { renderMarkdown } from './markdown.js';
import { chunks, fillWithText, GrowingText, splitLongText } from './text.js';
import { openTurnCode, timeline } from './timeline.js';
import { toolForm } from './toolform.js';

/** @typedef {import('./turns.js').Turn} Turn */
/** @typedef {import('./turns.js').Tool} Tool */
/** @typedef {import('./conversation.js').Conversation} Conversation */
/**
 * @typedef {object} TurnOptions
 * @property {Conversation} conversation
 * @property {import('./api.js').State} state
 * @property {(text: string) => void} send
 * @property {(operation: string, values: Record<string, unknown>) => void} go
 */

/** A part of the view, which is built again only if its key changes. */
class Slot {
  constructor() {
    this.node = h('div', { class: 'slot' });
    this.key = '';
  }

  /** @param {string} key an empty key leaves it empty @param {() => import('./dom.js').Child | import('./dom.js').Child[]} build */
  show(key, build) {
    if (key === this.key) return;
    this.key = key;
    setChildren(this.node, key && build());
  }
}

export class TurnView {
  /** @param {Turn} turn @param {TurnOptions} options */
  constructor(turn, options) {
    this.turn = turn;
    this.options = options;
    const slot = () => new Slot();
    this.tools = slot();
    this.waiting = slot();
    this.form = slot();
    this.end = slot();
    this.followUps = slot();
    this.reasoning = new GrowingText(h('p', null));
    /** The number of characters of the reasoning that are shown. */
    this.reasoned = 0;
    this.thoughts = h(
      'details',
      { class: 'reasoning', hidden: true },
      h('summary', null, t('chat.reasoning')),
      this.reasoning.element,
      this.reasoning.more,
    );
    /** @type {Map<string, AnswerView>} */
    this.bubbles = new Map();
    this.answers = h('div', { class: 'slot' });
    const asked = turn.question || turn.attachments.length > 0;
    this.node = h(
      'article',
      { class: 'turn' },
      asked && question(turn),
      this.thoughts,
      this.tools.node,
      this.answers,
      [this.waiting, this.form, this.end, this.followUps].map(({ node }) => node),
    );
  }

  /** Shows the current state of the turn. @param {boolean} last */
  update(last) {
    const { turn, options } = this;
    const { phase } = turn;
    this.node.dataset.phase = phase;
    this.thoughts.hidden = !turn.reasoning;
    this.reasoning.append(turn.reasoning.slice(this.reasoned));
    this.reasoned = turn.reasoning.length;
    this.updateTools();
    this.updateAnswers();
    const idle = phase === 'running' && !this.bubbles.size;
    this.waiting.show(idle ? 'waiting' : '', waiting);
    const asks = phase === 'waiting' && turn.pendingCalls.length > 0;
    const calls = turn.pendingCalls.map(({ id }) => id).join(' ');
    this.form.show(asks ? `calls ${calls}` : '', () => toolForm(turn, options.conversation));
    const ended = phase !== 'running' && phase !== 'waiting';
    this.end.show(ended ? `${phase} ${turn.steps.length}` : '', () => endView(turn, options));
    const suggests = last && phase === 'done' && turn.followUps.length > 0;
    this.followUps.show(suggests ? turn.followUps.join('\n') : '', () =>
      followUps(turn.followUps, options.send),
    );
  }

  updateTools() {
    const running = this.turn.phase === 'running';
    this.tools.show(this.turn.tools.length ? JSON.stringify([this.turn.tools, running]) : '', () => {
      const open = [...this.tools.node.querySelectorAll('details')].map((each) => each.open);
      return this.turn.tools.map((tool, at) => toolView(tool, Boolean(open[at]), running));
    });
  }

  updateAnswers() {
    const { turn, options } = this;
    const running = turn.phase === 'running';
    for (const id of turn.order) {
      const text = turn.answers[id];
      const card = turn.cards.includes(id);
      let view = this.bubbles.get(id);
      // A card appears when its JSON is complete.
      if (!view && (!text || (card && running && !isCard(text)))) continue;
      if (!view) {
        view = new AnswerView(card && isCard(text) ? options.send : null);
        this.answers.append(view.node);
        this.bubbles.set(id, view);
      }
      view.update(text, running);
    }
  }
}

/** The share of the time that a growing answer may take, as it is read again with each event. */
const RENDER_SHARE = 0.2;

/** The bubble of an answer: its Markdown, or its card. */
class AnswerView {
  /** @param {((text: string) => void) | null} send sends the choice of a card; `null` for Markdown */
  constructor(send) {
    this.send = send;
    this.text = '';
    this.content = h('div', { class: send ? '' : 'markdown' });
    const who = h('span', { class: 'offscreen' }, `${t('chat.bot')}: `);
    this.node = h('div', { class: 'bubble bot' }, who, this.content, copyIcon(() => this.text));
    /** The text that is shown. @type {string | null} */
    this.shown = null;
    this.nextAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {string} text @param {boolean} grows */
  update(text, grows) {
    this.text = text;
    clearTimeout(this.timer);
    const wait = grows ? this.nextAt - performance.now() : 0;
    if (wait > 0) this.timer = setTimeout(() => this.render(), wait);
    else this.render();
  }

  render() {
    if (this.shown === this.text) return;
    this.shown = this.text;
    const start = performance.now();
    if (this.send) setChildren(this.content, cardView(this.text, this.send));
    else {
      renderMarkdown(this.content, this.text, () => null, { breaks: true });
      splitLongText(this.content);
    }
    const now = performance.now();
    this.nextAt = now + (now - start) / RENDER_SHARE;
  }
}

/** The length of a question from which on it is laid out in chunks. */
const MAX_WHOLE = 2000;

/** @param {Turn} turn */
function question({ question: text, attachments }) {
  return h(
    'div',
    { class: 'bubble user' },
    h('span', { class: 'offscreen' }, t('chat.you')),
    attachments.length > 0 && h('ul', { class: 'sent-files' }, attachments.map(attachment)),
    text.length > MAX_WHOLE ? chunks(text) : text,
  );
}

/** @param {import('./turns.js').Attachment} file */
function attachment({ kind, name, url }) {
  const image = kind === 'image' && url && /^(blob|https):/.test(url);
  const content = image ? h('img', { src: url, alt: name, referrerpolicy: 'no-referrer' }) : name;
  return h('li', { class: image ? '' : 'sent-file' }, content);
}

/** @param {Tool} tool @param {boolean} open @param {boolean} running */
function toolView({ name, input, output }, open, running) {
  const spinner = output === null && running && h('span', { class: 'spinner' });
  return h(
    'details',
    { class: 'tool', open },
    h('summary', null, t('chat.tool'), ' ', h('code', null, name), spinner),
    input && toolText(input),
    output !== null && toolText(output),
  );
}

/** Shows the input or the output of a tool. @param {string} text */
function toolText(text) {
  const code = h('code', null);
  fillWithText(code, text);
  return h('div', { class: 'tool-text' }, copyIcon(() => text), h('pre', { tabindex: '0' }, code));
}

function waiting() {
  const state = h('span', { class: 'offscreen' }, t('state.running'));
  return h('div', { class: 'bubble bot' }, h('span', { class: 'spinner' }), state);
}

/** Shows how the turn ended: an error, the tokens, the timeline and the code. @param {Turn} turn @param {TurnOptions} options */
function endView(turn, options) {
  const { error, phase, usage, steps, call } = turn;
  return [
    error && errorView(turn, options),
    phase === 'stopped' && h('p', { class: 'help' }, t('chat.stopped')),
    (usage !== null || steps.length > 0 || call !== null) &&
      h(
        'div',
        { class: 'turn-foot' },
        usage && h('span', { class: 'help tokens' }, t('chat.tokens', { ...usage, n: usage.total })),
        call && button(t('chat.code'), () => openTurnCode(call), { class: 'quiet small' }),
        steps.length > 0 && timeline(steps),
      ),
  ];
}

/** @param {Turn} turn @param {TurnOptions} options */
function errorView({ error, call }, { conversation, state, go }) {
  if (!error) return null;
  const { code, message, hint, log_id } = error;
  const title = code ? h('strong', null, `${t('result.error_code', { code })} `) : null;
  const values = { bot_id: conversation.bot, conversation_id: conversation.id || undefined };
  const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  const actions = actionButtons(errorActions(error, known, state), go);
  const permission = missingPermission(error, conversation.operations.get(call?.id ?? ''));
  return h(
    'div',
    { class: 'error', role: 'alert' },
    h('p', null, title, message),
    hint && h('p', { class: 'hint' }, hint),
    permission && h('p', { class: 'hint' }, permission),
    log_id && h('p', { class: 'muted' }, `${t('result.log')} ${log_id}`),
    actions.length > 0 && h('div', { class: 'error-actions' }, actions),
  );
}

/** @param {string[]} questions @param {(text: string) => void} send */
export function followUps(questions, send) {
  return h(
    'div',
    { class: 'follow-ups', 'aria-label': t('chat.follow_ups'), role: 'group' },
    questions.map((each) => button(each, () => send(each), { class: 'follow-up' })),
  );
}
