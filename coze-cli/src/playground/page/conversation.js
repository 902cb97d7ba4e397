// A conversation with a bot.

import { makeCall, ServerError } from './api.js';
import { rememberChat } from './chats.js';
import { t } from './i18n.js';
import { contentOf, MessageFiles } from './messagefiles.js';
import { load, save, scoped } from './store.js';
import { addStep, applyEvent, applyOutputs, newTurn, turnsOf } from './turns.js';
import { listAt, parseJson, textAt, valueAt } from './json.js';

/** @typedef {import('./turns.js').Turn} Turn */
/** @typedef {{id: string, bot: string, title: string}} Recent */

/**
 * @typedef {{bot: string, user: string, id: string, draft: string, turns: Turn[],
 *   files: import('./messagefiles.js').StoredFile[]}} StoredChat
 */

const NAME = 'chat';
const MAX_RECENT = 20;
/** The number of turns that are kept. The platform has the others. */
const MAX_TURNS = 50;

/** Restores a turn. One that was running when the page was left has stopped. @param {Turn} kept @returns {Turn} */
function restored(kept) {
  const turn = { ...newTurn(''), ...kept };
  // Addresses of local files end with the page.
  const attachments = turn.attachments.map(({ kind, name, url }) =>
    url?.startsWith('https:') ? { kind, name, url } : { kind, name },
  );
  return { ...turn, attachments, phase: turn.phase === 'running' ? 'stopped' : turn.phase };
}

export class Conversation {
  /**
   * @param {import('./api.js').State} state @param {import('./session.js').Confirm} confirm
   * @param {Map<string, import('./model.js').Operation>} operations by id
   */
  constructor(state, confirm, operations) {
    const kept = /** @type {Partial<StoredChat>} */ (load(scoped(NAME), {}));
    this.confirm = confirm;
    this.operations = operations;
    this.bot = kept.bot || (state.defaults.bot_id ?? '');
    this.user = kept.user || 'playground';
    this.id = kept.id ?? '';
    /** The message that the user has not sent yet. */
    this.draft = kept.draft ?? '';
    this.turns = (kept.turns ?? []).map(restored);
    /** The loaded messages before the first question. @type {unknown[]} */
    this.opening = [];
    /** The reason why messages were not loaded. @type {import('./turns.js').TurnError | null} */
    this.problem = null;
    /** The id after which older messages follow, or an empty text if there are none. */
    this.older = '';
    /** @type {{bot: string, prologue: string, questions: string[]}} */
    this.greeting = { bot: '', prologue: '', questions: [] };
    this.running = false;
    /** The operations that the user has confirmed, each for one bot. @type {Set<string>} */
    this.confirmed = new Set();
    /** The images and files of the next message. */
    this.files = new MessageFiles(
      (file, uploading) => this.upload(file, uploading),
      kept.files ?? [],
      () => this.keep(),
    );
    this.abort = new AbortController();
    this.stopped = Promise.resolve();
    this.onChange = () => {};
  }

  /** @param {string} text @param {import('./messagefiles.js').Upload[]} [uploads] */
  async send(text, uploads = []) {
    this.leaveWaiting();
    const attachments = uploads.map(({ kind, name, url }) => ({ kind, name, ...(url && { url }) }));
    const question = newTurn(text, attachments);
    this.turns.push(question);
    this.draft = '';
    this.keep();
    /** @type {Record<string, unknown>} */
    const values = {
      bot_id: this.bot,
      user_id: this.user,
      auto_save_history: true,
      additional_messages: [{ role: 'user', type: 'question', ...contentOf(text, uploads) }],
    };
    if (this.id) values.conversation_id = this.id;
    await this.stream(question, 'chat.create', values);
  }

  /** Ends a chat that waits for outputs, because another message follows. */
  leaveWaiting() {
    const last = this.turns.at(-1);
    if (last?.phase !== 'waiting') return;
    last.phase = 'stopped';
    last.pendingCalls = [];
    if (last.chatId && this.id) this.stopped = this.cancel(last.chatId, this.id);
  }

  /**
   * Uploads a file for a message. Resolves to its id.
   * @param {File} file @param {AbortController} abort
   */
  async upload(file, abort) {
    const files = new Map([['file', file]]);
    for await (const line of this.call('files.upload', {}, false, abort, files)) {
      if (line.kind === 'error') throw new Error(line.message);
      const id = line.kind === 'body' ? textAt(parseJson(line.text), 'data', 'id') : '';
      if (id) return id;
    }
    return '';
  }

  /**
   * Submits the outputs of tools.
   * @param {Turn} turn @param {Record<string, string>} outputs by id of the call
   */
  async submit(turn, outputs) {
    const tool_outputs = Object.entries(outputs).map(([tool_call_id, output]) => ({
      tool_call_id,
      output,
    }));
    applyOutputs(turn, outputs);
    turn.phase = 'running';
    await this.stream(turn, 'chat.submit_tool_outputs', {
      conversation_id: this.id,
      chat_id: turn.chatId,
      tool_outputs,
    });
  }

  /** @param {Turn} turn @param {string} operation @param {Record<string, unknown>} values */
  async stream(turn, operation, values) {
    this.running = true;
    turn.call ??= { id: operation, values, stream: true };
    const abort = new AbortController();
    this.abort = abort;
    this.onChange();
    // A conversation can have only one running chat.
    await this.stopped;
    try {
      for await (const line of this.call(operation, values, true, abort)) {
        // Ignore lines that arrive after the chat was stopped.
        if (!abort.signal.aborted) this.handleLine(turn, line);
      }
      abort.signal.throwIfAborted();
      if (turn.phase === 'running') turn.phase = turn.pendingCalls.length ? 'waiting' : 'done';
    } catch (error) {
      const stopped = abort.signal.aborted;
      turn.phase = stopped ? 'stopped' : 'failed';
      if (!stopped)
        turn.error = { message: error instanceof Error ? error.message : String(error) };
    }
    this.running = false;
    this.saveRecent();
    this.keep();
    this.onChange();
  }

  /** Keeps the conversation for the next start. */
  keep() {
    const { bot, user, id, draft, turns } = this;
    const kept = { bot, user, id, draft, turns: turns.slice(-MAX_TURNS), files: this.files.stored() };
    save(scoped(NAME), kept);
  }

  /** @param {Turn} turn @param {import('./api.js').Line} line */
  handleLine(turn, line) {
    rememberChat(line);
    if (line.kind === 'event') {
      const data = parseJson(line.data);
      addStep(turn, line.event, line.ms);
      this.id = textAt(data, 'conversation_id') || this.id;
      applyEvent(turn, line.event, data);
    } else if (line.kind === 'error') {
      turn.phase = 'failed';
      turn.error = line;
    }
    this.onChange();
  }

  /**
   * @param {string} id @param {Record<string, unknown>} values @param {boolean} stream
   * @param {AbortController} abort @param {Map<string, File>} [files]
   * @returns {AsyncGenerator<import('./api.js').Line>}
   */
  async *call(id, values, stream, abort, files = new Map()) {
    if (!this.isConfirmed(id) && !(await this.ask(id, values, false))) return abort.abort();
    try {
      yield* makeCall({ id, values, stream, confirmed: this.isConfirmed(id) }, files, abort.signal);
    } catch (error) {
      if (!(error instanceof ServerError && error.needsConfirmation) || this.isConfirmed(id)) throw error;
      if (!(await this.ask(id, values, true))) return abort.abort();
      yield* this.call(id, values, stream, abort, files);
    }
  }

  /**
   * Asks for confirmation, if needed. Returns `false` if the user refuses.
   * @param {string} id @param {Record<string, unknown>} values @param {boolean} demanded
   */
  async ask(id, values, demanded) {
    const operation = this.operations.get(id);
    if (!operation) return true;
    const confirming = this.confirming(id);
    const asked = { bot_id: this.bot, ...values };
    const answer = await this.confirm(operation, asked, { note: t('confirm.chat', { id }), demanded });
    if (answer === 'yes') this.confirmed.add(confirming);
    return answer !== 'no';
  }

  /** Returns what a confirmation is for. @param {string} id */
  confirming(id) {
    return `${id} ${this.bot.trim()}`;
  }

  /** @param {string} id the id of an operation */
  isConfirmed(id) {
    return this.confirmed.has(this.confirming(id));
  }

  /** Stops the reply here and on the platform, which would otherwise continue it. */
  stop() {
    const running = this.turns.at(-1);
    this.abort.abort();
    if (running?.chatId && this.id) this.stopped = this.cancel(running.chatId, this.id);
  }

  /** @param {string} chat_id @param {string} conversation_id */
  async cancel(chat_id, conversation_id) {
    const values = { chat_id, conversation_id };
    try {
      // Errors are ignored, because the chat may have ended in the meantime.
      for await (const line of makeCall(
        { id: 'chat.cancel', values, stream: false, confirmed: true },
        new Map(),
        new AbortController().signal,
      ))
        void line;
    } catch {
      // The reply was stopped here even if the server cannot be reached.
    }
  }

  /** Opens an existing conversation with its newest messages. @param {string} id */
  async open(id) {
    this.reset();
    this.id = id;
    await this.loadMessages({});
  }

  /** Loads the messages before those that are shown. */
  async loadOlder() {
    if (this.older) await this.loadMessages({ after_id: this.older });
  }

  /**
   * Loads a page of messages, newest first, and shows it above the others.
   * @param {{after_id?: string}} from
   */
  async loadMessages(from) {
    const values = { conversation_id: this.id, order: 'desc', limit: 50, ...from };
    this.problem = null;
    this.abort = new AbortController();
    try {
      const list = 'conversations.messages.list';
      for await (const line of this.call(list, values, false, this.abort)) {
        if (line.kind === 'error') this.problem = line;
        if (line.kind === 'body') this.prepend(parseJson(line.text));
      }
    } catch (error) {
      this.problem = { message: error instanceof Error ? error.message : String(error) };
    }
    this.keep();
    this.onChange();
  }

  /** Adds the turns of a page of messages. Its last turn may continue in those that are shown. @param {unknown} page */
  prepend(page) {
    const messages = [...listAt(page, 'data').toReversed(), ...this.opening];
    const shown = this.turns.slice(this.opening.length ? 1 : 0);
    const first = messages.findIndex((each) => textAt(each, 'role') === 'user');
    this.opening = first < 0 ? messages : messages.slice(0, first);
    this.turns = [...turnsOf(messages), ...shown];
    this.older = valueAt(page, 'has_more') === true ? textAt(page, 'last_id') : '';
  }

  /** Loads the opening message and the suggested questions of the bot, once for each bot. */
  async greet() {
    const bot = this.bot.trim();
    if (!bot || this.turns.length || this.greeting.bot === bot) return;
    this.greeting = { bot, prologue: '', questions: [] };
    try {
      const signal = new AbortController().signal;
      const call = { id: 'bots.retrieve', values: { bot_id: bot }, stream: false };
      for await (const line of makeCall(call, new Map(), signal)) {
        if (line.kind !== 'body' || this.greeting.bot !== bot) continue;
        const info = valueAt(parseJson(line.text), 'data', 'onboarding_info');
        this.greeting = {
          bot,
          prologue: textAt(info, 'prologue') || textAt(info, 'Prologue'),
          questions: [...listAt(info, 'suggested_questions'), ...listAt(info, 'SuggestedQuestions')]
            .filter((each) => typeof each === 'string')
            .filter((each, at, all) => all.indexOf(each) === at),
        };
      }
    } catch {
      // Without a greeting, the chat works as well.
    }
    this.onChange();
  }

  reset() {
    if (this.running) this.stop();
    this.id = '';
    this.turns = [];
    this.opening = [];
    this.problem = null;
    this.older = '';
    this.keep();
    this.onChange();
  }

  /** @returns {Recent[]} */
  static recent() {
    return load(scoped('chat.recent'), []);
  }

  saveRecent() {
    if (!this.id) return;
    const others = Conversation.recent().filter((each) => each.id !== this.id);
    const known = Conversation.recent().find((each) => each.id === this.id);
    const title = known?.title ?? this.turns[0]?.question.slice(0, 60) ?? '';
    save(scoped('chat.recent'), [{ id: this.id, bot: this.bot, title }, ...others].slice(0, MAX_RECENT));
  }
}
