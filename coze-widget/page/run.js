// A running answer: reads its events, and adds what they say to the entries.

import { ApiError } from './api.js';
import { addMessage, change, newKey, readAnswer } from './messages.js';

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text) || {};
  } catch (_) {
    return {};
  }
}

/** A running answer. */
export class Run {
  /** @param {import('./chat.js').Chat} chat @param {string} question the key of the question */
  constructor(chat, question) {
    this.chat = chat;
    this.question = question;
    this.abort = new AbortController();
    this.chatId = '';
    this.conversation = chat.conversation;
    this.isStopped = false;
    this.hasLeft = false;
    this.isFinished = false;
    this.isOver = false;
    this.onStop = () => {};
    /** Ends when the user stops the answer. @type {Promise<void>} */
    this.stopped = new Promise((resolve) => {
      this.onStop = resolve;
    });
    /** @type {Map<string, import('./messages.js').Answer>} */
    this.answers = new Map();
  }

  /** Streams the answer to the end. @param {{path: string, query: Record<string, string>, json: unknown}} request */
  async stream({ path, query, json }) {
    try {
      const { signal } = this.abort;
      await this.chat.api.stream(path, { query, json, signal }, (event) => this.handle(event));
      if (!this.isFinished && !this.isStopped) throw new ApiError('', 0, 0);
    } catch (error) {
      if (!this.isStopped && !this.hasLeft) this.fail(error);
    }
    this.finish();
  }

  /** @param {unknown} error */
  fail(error) {
    const message = error instanceof ApiError ? error.message : '';
    this.chat.entries.push({ kind: 'error', key: newKey(), id: '', message, error });
  }

  /** Nothing is running any more. */
  finish() {
    if (this.isOver) return;
    this.isOver = true;
    for (const answer of this.answers.values()) {
      if (answer.state === 'streaming') answer.state = this.isStopped ? 'stopped' : 'done';
      change(answer);
    }
    for (const entry of this.chat.entries) {
      if (entry.kind !== 'tool' || !entry.isRunning) continue;
      entry.isRunning = false;
      change(entry);
    }
  }

  /** Handles an event, and returns true if it is the last one. @param {import('./sse.js').SentEvent} event */
  handle({ event, data }) {
    if (this.hasLeft) return true;
    // The rest of a stopped answer is not shown, but its id is needed to cancel it.
    if (this.isStopped) {
      if (event === 'conversation.chat.created') this.created(parse(data));
      return Boolean(this.chatId);
    }
    if (event === 'done') return (this.isFinished = true);
    const value = parse(data);
    const end = this.act(event, value);
    this.chat.onChange();
    return end;
  }

  /** @param {string} event @param {any} value */
  act(event, value) {
    switch (event) {
      case 'conversation.chat.created':
        this.created(value);
        break;
      case 'conversation.message.delta':
        this.delta(value);
        break;
      case 'conversation.message.completed':
        this.completed(value);
        break;
      case 'conversation.chat.requires_action':
        this.chat.entries.push({ kind: 'error', key: newKey(), id: '', message: 'needsAction' });
        return (this.isFinished = true);
      case 'conversation.chat.failed': {
        const last = value.last_error || {};
        throw new ApiError(last.msg || '', Number(last.code || 0), 200);
      }
      case 'error':
      case 'Error': {
        const message = value.msg || value.error_message || '';
        throw new ApiError(message, Number(value.code || value.error_code || 0), 200);
      }
      case 'conversation.chat.completed':
        return (this.isFinished = true);
      default:
    }
    return false;
  }

  /** @param {any} chat */
  created(chat) {
    this.chatId = chat.id || '';
    const inserted = chat.inserted_additional_messages || [];
    const last = inserted[inserted.length - 1];
    const question = this.chat.entries.find(({ key }) => key === this.question);
    if (question && last && last.id) {
      question.id = last.id;
      change(question);
    }
    if (!this.isStopped) return;
    this.cancel();
    this.chat.onChange();
  }

  /** @param {any} message */
  delta(message) {
    if (message.type && message.type !== 'answer') return;
    const answer = this.answerOf(message);
    // The JSON of a card or of several parts is readable only when it is complete.
    const isText = !message.content_type || message.content_type === 'text';
    if (isText) answer.text += message.content || '';
    answer.reasoning += message.reasoning_content || '';
    change(answer);
  }

  /** @param {any} message @returns {import('./messages.js').Answer} */
  answerOf(message) {
    const known = this.answers.get(message.id || '');
    if (known) return known;
    const answer = readAnswer({ id: message.id });
    answer.state = 'streaming';
    this.answers.set(answer.id, answer);
    this.chat.entries.push(answer);
    return answer;
  }

  /** @param {any} message */
  completed(message) {
    if (message.type === 'follow_up') {
      if (message.content) this.chat.suggestions.push(message.content);
    } else if (message.type === 'answer' || (!message.type && message.role === 'assistant')) {
      const answer = this.answerOf(message);
      const { text, reasoning, card, files } = readAnswer(message);
      Object.assign(answer, { text: text || (card || files.length ? '' : answer.text), card, files, state: 'done' });
      answer.reasoning = reasoning || answer.reasoning;
      change(answer);
    } else if (message.role !== 'user') addMessage(this.chat.entries, message);
  }

  /** Stops the answer: here at once, and at the platform as soon as its id is known. */
  async stop() {
    if (this.isStopped) return;
    this.isStopped = true;
    this.finish();
    this.onStop();
    if (this.chatId) await this.cancel();
  }

  async cancel() {
    const json = { conversation_id: this.conversation, chat_id: this.chatId };
    // It may have ended in the meantime.
    await this.chat.api.call('/v3/chat/cancel', { json }).catch(() => {});
    this.abort.abort();
  }

  leave() {
    this.hasLeft = true;
    this.abort.abort();
  }
}
