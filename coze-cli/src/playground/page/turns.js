// The turns of a chat, built from the events of a stream or the messages of a conversation.

import { isRecord, listAt, textAt, valueAt } from './json.js';

/** @typedef {{name: string, input: string, output: string | null}} Tool */
/**
 * A call of a client tool, whose output the chat waits for.
 * `isQuestion` is set if a node of a workflow asks the user.
 * @typedef {{id: string, name: string, input: string, isQuestion: boolean}} PendingCall
 */
/** @typedef {import('./api.js').ErrorLine} ErrorLine */
/** @typedef {Pick<ErrorLine, 'message' | 'hint' | 'code' | 'log_id'>} TurnError */
/**
 * @typedef {object} Turn
 * @property {string} question
 * @property {string[]} order the ids of the answers in order
 * @property {Record<string, string>} answers
 * @property {string} reasoning
 * @property {Tool[]} tools
 * @property {PendingCall[]} pendingCalls
 * @property {string[]} followUps
 * @property {'running' | 'done' | 'waiting' | 'stopped' | 'failed'} phase
 * @property {TurnError | null} error
 * @property {string} chatId
 * @property {number} tokens
 */

/** @param {string} question @returns {Turn} */
export function newTurn(question) {
  return {
    question,
    order: [],
    answers: {},
    reasoning: '',
    tools: [],
    pendingCalls: [],
    followUps: [],
    phase: 'running',
    error: null,
    chatId: '',
    tokens: 0,
  };
}

/** Parses JSON. Returns null if the text is not JSON. @param {string} text @returns {unknown} */
function parseJsonOrNull(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Converts a value to text. @param {unknown} value */
function asText(value) {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value);
}

/** @param {Turn} turn @param {unknown} message @param {boolean} whole false for a delta */
function applyMessage(turn, message, whole) {
  const content = asText(valueAt(message, 'content'));
  const type = textAt(message, 'type') || 'answer';
  const reasoning = textAt(message, 'reasoning_content');
  switch (type) {
    case 'answer': {
      const id = textAt(message, 'id');
      if (!(id in turn.answers)) turn.order.push(id);
      const before = turn.answers[id] ?? '';
      turn.answers[id] = whole ? content || before : before + content;
      if (!whole || !turn.reasoning) turn.reasoning += reasoning;
      break;
    }
    case 'function_call': {
      if (!whole) break;
      const call = parseJsonOrNull(content);
      const name = textAt(call, 'name') || textAt(call, 'function', 'name') || type;
      const input = valueAt(call, 'arguments') ?? valueAt(call, 'function', 'arguments') ?? content;
      turn.tools.push({ name, input: asText(input), output: null });
      break;
    }
    case 'tool_response':
    case 'tool_output': {
      const tool = turn.tools.find((each) => each.output === null);
      if (whole && tool) tool.output = content;
      break;
    }
    case 'knowledge':
      if (whole) turn.tools.push({ name: 'knowledge', input: '', output: content });
      break;
    case 'follow_up':
      if (whole && content) turn.followUps.push(content);
      break;
    default:
  }
}

/**
 * Applies the outputs of client tools.
 * @param {Turn} turn @param {Record<string, string>} outputs by id of the call
 */
export function applyOutputs(turn, outputs) {
  for (const { id, name, input } of turn.pendingCalls) {
    const output = outputs[id] ?? '';
    const tool = turn.tools.find((each) => each.name === name && each.output === null);
    if (tool) tool.output = output;
    else turn.tools.push({ name, input, output });
  }
  turn.pendingCalls = [];
}

/**
 * Applies an event of the stream.
 * @param {Turn} turn @param {string} event @param {unknown} data
 */
export function applyEvent(turn, event, data) {
  if (!isRecord(data)) return;
  if (event.startsWith('conversation.chat.')) turn.chatId = textAt(data, 'id') || turn.chatId;
  switch (event) {
    case 'conversation.message.delta':
      applyMessage(turn, data, false);
      break;
    case 'conversation.message.completed':
      applyMessage(turn, data, true);
      break;
    case 'conversation.chat.requires_action':
      turn.pendingCalls = listAt(data, 'required_action', 'submit_tool_outputs', 'tool_calls').map(
        (call) => ({
          id: textAt(call, 'id'),
          name: textAt(call, 'function', 'name') || textAt(call, 'type'),
          input: textAt(call, 'function', 'arguments'),
          isQuestion: textAt(call, 'type') === 'reply_message',
        }),
      );
      break;
    case 'conversation.chat.completed':
      turn.tokens = Number(valueAt(data, 'usage', 'token_count') ?? 0);
      break;
    default:
  }
}

/** Returns the text of a user's message, whose parts may be text, images and files. @param {unknown} message */
function questionText(message) {
  const content = asText(valueAt(message, 'content'));
  if (textAt(message, 'content_type') !== 'object_string') return content;
  const parts = parseJsonOrNull(content);
  if (!Array.isArray(parts)) return content;
  const names = ['text', 'name', 'file_url', 'file_id'];
  return parts.map((part) => names.map((name) => textAt(part, name)).find(Boolean) ?? '').join('\n');
}

/** Converts the messages of a conversation to turns, oldest first. @param {unknown[]} messages */
export function turnsOf(messages) {
  /** @type {Turn[]} */
  const turns = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (textAt(message, 'role') === 'user')
      turns.push({ ...newTurn(questionText(message)), phase: 'done' });
    else if (last) applyMessage(last, message, true);
    else {
      /** @type {Turn} */
      const opening = { ...newTurn(''), phase: 'done' };
      turns.push(opening);
      applyMessage(opening, message, true);
    }
  }
  return turns;
}
