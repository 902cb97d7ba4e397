// A chat as data: turns, made of the events of a stream or of the messages of a conversation.

import { at, isRecord, listAt, textAt } from './wire.js';

/** @typedef {{name: string, input: string, output: string | null}} Tool */
/** @typedef {{id: string, name: string, input: string}} Wanted a tool of the client that the chat waits for */
/**
 * @typedef {object} Turn
 * @property {string} question
 * @property {string[]} order ids of answers
 * @property {Record<string, string>} answers
 * @property {string} thought
 * @property {Tool[]} tools
 * @property {Wanted[]} wanted
 * @property {string[]} followUps
 * @property {'running' | 'done' | 'waiting' | 'stopped' | 'failed'} phase
 * @property {Pick<import('./api.js').ErrorLine, 'message' | 'hint' | 'code' | 'log_id'> | null} error
 * @property {string} chatId
 * @property {number} tokens
 */

/** @param {string} question @returns {Turn} */
export function turn(question) {
  return {
    question,
    order: [],
    answers: {},
    thought: '',
    tools: [],
    wanted: [],
    followUps: [],
    phase: 'running',
    error: null,
    chatId: '',
    tokens: 0,
  };
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a message says, whatever its type. @param {unknown} value */
function said(value) {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value);
}

/** @param {Turn} turn @param {unknown} message @param {boolean} whole not a piece of one */
function takeMessage(turn, message, whole) {
  const content = said(at(message, 'content'));
  const type = textAt(message, 'type') || 'answer';
  const thought = textAt(message, 'reasoning_content');
  switch (type) {
    case 'answer': {
      const id = textAt(message, 'id');
      if (!(id in turn.answers)) turn.order.push(id);
      const before = turn.answers[id] ?? '';
      turn.answers[id] = whole ? content || before : before + content;
      if (!whole || !turn.thought) turn.thought += thought;
      break;
    }
    case 'function_call': {
      if (!whole) break;
      const call = parsed(content);
      const name = textAt(call, 'name') || textAt(call, 'function', 'name') || type;
      const input = at(call, 'arguments') ?? at(call, 'function', 'arguments') ?? content;
      turn.tools.push({ name, input: said(input), output: null });
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

/** What the client's tools have given. @param {Turn} turn @param {Record<string, string>} outputs by id of the call */
export function takeOutputs(turn, outputs) {
  for (const { id, name, input } of turn.wanted) {
    const output = outputs[id] ?? '';
    const told = turn.tools.find((each) => each.name === name && each.output === null);
    if (told) told.output = output;
    else turn.tools.push({ name, input, output });
  }
  turn.wanted = [];
}

/** Takes an event of the stream. @param {Turn} turn @param {string} event @param {unknown} data */
export function takeEvent(turn, event, data) {
  if (!isRecord(data)) return;
  if (event.startsWith('conversation.chat.')) turn.chatId = textAt(data, 'id') || turn.chatId;
  switch (event) {
    case 'conversation.message.delta':
      takeMessage(turn, data, false);
      break;
    case 'conversation.message.completed':
      takeMessage(turn, data, true);
      break;
    case 'conversation.chat.requires_action':
      turn.wanted = listAt(data, 'required_action', 'submit_tool_outputs', 'tool_calls').map(
        (call) => ({
          id: textAt(call, 'id'),
          name: textAt(call, 'function', 'name') || textAt(call, 'type'),
          input: textAt(call, 'function', 'arguments'),
        }),
      );
      break;
    case 'conversation.chat.completed':
      turn.tokens = Number(at(data, 'usage', 'token_count') ?? 0);
      break;
    default:
  }
}

/** The turns of a conversation's messages, the oldest first. @param {unknown[]} messages */
export function turnsOf(messages) {
  /** @type {Turn[]} */
  const turns = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (textAt(message, 'role') === 'user')
      turns.push({ ...turn(said(at(message, 'content'))), phase: 'done' });
    else if (last) takeMessage(last, message, true);
    else {
      /** @type {Turn} */
      const opening = { ...turn(''), phase: 'done' };
      turns.push(opening);
      takeMessage(opening, message, true);
    }
  }
  return turns;
}
