// A conversation with a bot: sending, stopping, handing in what tools give, loading what was said before.

import { makeCall, Refused } from './api.js';
import { load, save } from './store.js';
import { takeEvent, takeOutputs, turn, turnsOf } from './turns.js';

/** @typedef {import('./turns.js').Turn} Turn */
/** @typedef {{id: string, bot: string, title: string}} Recent */

const MOST_RECENT = 20;

export class Conversation {
  /** @param {import('./api.js').State} state @param {(message: string) => Promise<boolean>} confirm */
  constructor(state, confirm) {
    this.confirm = confirm;
    this.bot = state.defaults.bot_id ?? load('chat.bot', '');
    this.user = load('chat.user', 'playground');
    this.id = '';
    /** @type {Turn[]} */
    this.turns = [];
    this.running = false;
    // Asked once, not for every message.
    this.agreed = false;
    this.abort = new AbortController();
    this.onChange = () => {};
  }

  /** @param {string} text */
  async send(text) {
    const question = turn(text);
    this.turns.push(question);
    save('chat.bot', this.bot);
    save('chat.user', this.user);
    /** @type {Record<string, any>} */
    const values = {
      bot_id: this.bot, user_id: this.user, auto_save_history: true,
      additional_messages: [{ role: 'user', type: 'question', content: text, content_type: 'text' }],
    };
    if (this.id) values.conversation_id = this.id;
    await this.stream(question, 'chat.create', values);
  }

  /** Hands in what the tools have given. @param {Turn} turn @param {Record<string, string>} outputs by id of the call */
  async submit(turn, outputs) {
    const tool_outputs = Object.entries(outputs).map(([tool_call_id, output]) => ({ tool_call_id, output }));
    takeOutputs(turn, outputs);
    turn.phase = 'running';
    await this.stream(turn, 'chat.submit_tool_outputs', { conversation_id: this.id, chat_id: turn.chatId, tool_outputs });
  }

  /** @param {Turn} turn @param {string} operation @param {Record<string, any>} values */
  async stream(turn, operation, values) {
    this.running = true;
    this.abort = new AbortController();
    this.onChange();
    try {
      for await (const line of this.call(operation, values, true, this.abort.signal)) this.take(turn, line);
      if (turn.phase === 'running') turn.phase = turn.wanted.length ? 'waiting' : 'done';
    } catch (error) {
      const stopped = this.abort.signal.aborted;
      turn.phase = stopped ? 'stopped' : 'failed';
      if (!stopped) turn.error = { message: error instanceof Error ? error.message : String(error) };
    }
    this.running = false;
    this.remember();
    this.onChange();
  }

  /** @param {Turn} turn @param {import('./api.js').Line} line */
  take(turn, line) {
    if (line.kind === 'event') {
      if (line.data?.conversation_id) this.id = line.data.conversation_id;
      takeEvent(turn, line.event, line.data);
    } else if (line.kind === 'error') {
      turn.phase = 'failed';
      turn.error = /** @type {any} */ (line);
    }
    this.onChange();
  }

  /**
   * @param {string} id @param {Record<string, any>} values @param {boolean} stream @param {AbortSignal} signal
   * @returns {AsyncGenerator<import('./api.js').Line>}
   */
  async *call(id, values, stream, signal) {
    try {
      yield* makeCall({ id, values, stream, confirmed: this.agreed }, new Map(), signal);
    } catch (error) {
      if (!(error instanceof Refused && error.needsConfirmation) || this.agreed) throw error;
      this.agreed = await this.confirm(error.message);
      if (!this.agreed) return this.abort.abort();
      yield* this.call(id, values, stream, signal);
    }
  }

  /** Stops the answer, here and at the platform, which would go on otherwise. */
  async stop() {
    const running = this.turns.at(-1);
    this.abort.abort();
    if (!running?.chatId || !this.id) return;
    const values = { chat_id: running.chatId, conversation_id: this.id };
    try {
      // The error of a chat that is over already is no news.
      for await (const line of makeCall({ id: 'chat.cancel', values, stream: false, confirmed: true }, new Map(), new AbortController().signal)) void line;
    } catch {
      // Whoever stops does not wait for an answer.
    }
  }

  /** Goes on with a conversation that there is. @param {string} id */
  async open(id) {
    this.reset();
    this.id = id;
    this.abort = new AbortController();
    const opened = turn('');
    try {
      for await (const line of this.call('conversations.messages.list', { conversation_id: id, order: 'asc', limit: 50 }, false, this.abort.signal)) {
        if (line.kind === 'value') this.turns = turnsOf(listIn(line.value));
        if (line.kind === 'error') this.turns = [{ ...opened, phase: 'failed', error: /** @type {any} */ (line) }];
      }
    } catch (error) {
      this.turns = [{ ...opened, phase: 'failed', error: { message: String(error) } }];
    }
    this.onChange();
  }

  reset() {
    if (this.running) void this.stop();
    this.id = '';
    this.turns = [];
    this.onChange();
  }

  /** @returns {Recent[]} */
  static recent() {
    return load('chat.recent', []);
  }

  remember() {
    if (!this.id) return;
    const others = Conversation.recent().filter((each) => each.id !== this.id);
    const known = Conversation.recent().find((each) => each.id === this.id);
    const title = known?.title ?? this.turns[0]?.question.slice(0, 60) ?? '';
    save('chat.recent', [{ id: this.id, bot: this.bot, title }, ...others].slice(0, MOST_RECENT));
  }
}

/** The list in a page of a list, whatever its name is. @param {any} value @returns {any[]} */
function listIn(value) {
  if (Array.isArray(value)) return value;
  return Object.values(value ?? {}).find(Array.isArray) ?? [];
}
