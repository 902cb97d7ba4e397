// The turns of a chat, built from the events of a stream or the messages of a conversation.

import { isRecord, listAt, textAt, valueAt } from './json.js';

/** @typedef {{name: string, input: string, output: string | null}} Tool */
/**
 * A call of a client tool, whose output the chat waits for.
 * `isQuestion` is set if a node of a workflow asks the user.
 * @typedef {{id: string, name: string, input: string, isQuestion: boolean}} PendingCall
 */
/** @typedef {import('./api.js').ErrorLine} ErrorLine */
/** @typedef {Pick<ErrorLine, 'message' | 'hint' | 'code' | 'log_id' | 'status' | 'doc'>} TurnError */
/**
 * A file of a question. `url` is its address, if it is known.
 * @typedef {{kind: 'image' | 'audio' | 'file', name: string, url?: string}} Attachment
 */
/**
 * Events of one kind that followed each other. `from` and `to` are milliseconds after the start.
 * @typedef {{event: string, from: number, to: number, count: number}} Step
 */
/** @typedef {{total: number, input: number, output: number}} Usage */
/**
 * @typedef {object} Turn
 * @property {string} question
 * @property {Attachment[]} attachments
 * @property {string[]} order the ids of the answers in order
 * @property {Record<string, string>} answers
 * @property {string[]} cards the ids of the answers that are the JSON of a card
 * @property {string} reasoning
 * @property {Tool[]} tools
 * @property {PendingCall[]} pendingCalls
 * @property {string[]} followUps
 * @property {'running' | 'done' | 'waiting' | 'stopped' | 'failed'} phase
 * @property {TurnError | null} error
 * @property {string} chatId
 * @property {Usage | null} usage
 * @property {Step[]} steps
 * @property {import('./api.js').Call | null} call the call that started it
 * @property {Record<string, string>} [typed] the outputs of pending calls that are not submitted
 */

/** @param {string} question @param {Attachment[]} [attachments] @returns {Turn} */
export function newTurn(question, attachments = []) {
  return {
    question,
    attachments,
    order: [],
    answers: {},
    cards: [],
    reasoning: '',
    tools: [],
    pendingCalls: [],
    followUps: [],
    phase: 'running',
    error: null,
    chatId: '',
    usage: null,
    steps: [],
    call: null,
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
  const parts = whole ? partsOf(message) : null;
  const content = parts ? markdownOf(parts) : asText(valueAt(message, 'content'));
  const type = textAt(message, 'type') || 'answer';
  const reasoning = textAt(message, 'reasoning_content');
  switch (type) {
    case 'answer': {
      const id = textAt(message, 'id');
      if (!(id in turn.answers)) turn.order.push(id);
      const before = turn.answers[id] ?? '';
      turn.answers[id] = whole ? content || before : before + content;
      if (textAt(message, 'content_type') === 'card' && !turn.cards.includes(id)) turn.cards.push(id);
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
      turn.usage = usageOf(valueAt(data, 'usage'));
      break;
    default:
  }
}

/** @param {unknown} usage @returns {Usage} */
function usageOf(usage) {
  const count = (/** @type {string} */ name) => Number(valueAt(usage, name) ?? 0);
  return { total: count('token_count'), input: count('input_count'), output: count('output_count') };
}

/** Adds an event to the timeline. @param {Turn} turn @param {string} event @param {number} ms */
export function addStep(turn, event, ms) {
  const last = turn.steps.at(-1);
  if (last?.event === event) Object.assign(last, { to: ms, count: last.count + 1 });
  else turn.steps.push({ event, from: ms, to: ms, count: 1 });
}

/** Returns the parts of a message with several types of content. @param {unknown} message */
function partsOf(message) {
  if (textAt(message, 'content_type') !== 'object_string') return null;
  const parts = parseJsonOrNull(asText(valueAt(message, 'content')));
  return Array.isArray(parts) ? parts : null;
}

/** @param {unknown} part */
const nameOf = (part) => textAt(part, 'name') || textAt(part, 'file_name') || textAt(part, 'file_id');
/** @param {unknown} part */
const urlOf = (part) => textAt(part, 'file_url') || textAt(part, 'url');

/** Writes the parts of an answer as Markdown. @param {unknown[]} parts */
function markdownOf(parts) {
  return parts
    .map((part) => {
      const [text, url] = [textAt(part, 'text'), urlOf(part)];
      if (text || !url) return text || nameOf(part);
      const label = (nameOf(part) || url).replace(/[[\]\\]/g, '');
      return `${textAt(part, 'type') === 'image' ? '!' : ''}[${label}](<${url.replace(/[<>]/g, '')}>)`;
    })
    .join('\n\n');
}

/** Converts the message of a user to a turn. @param {unknown} message */
function questionTurn(message) {
  const parts = partsOf(message);
  if (!parts) return newTurn(asText(valueAt(message, 'content')));
  const text = parts.map((part) => textAt(part, 'text')).filter(Boolean).join('\n');
  const files = parts.filter((part) => !textAt(part, 'text'));
  return newTurn(
    text,
    files.map((part) => {
      const type = textAt(part, 'type');
      const kind = type === 'image' || type === 'audio' ? type : 'file';
      const url = urlOf(part);
      return { kind, name: nameOf(part) || url, ...(url && { url }) };
    }),
  );
}

/** Converts the messages of a conversation to turns, oldest first. @param {unknown[]} messages */
export function turnsOf(messages) {
  /** @type {Turn[]} */
  const turns = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (textAt(message, 'role') === 'user')
      turns.push({ ...questionTurn(message), phase: 'done' });
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
