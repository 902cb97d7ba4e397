// A chat as data: turns, made of the events of a stream or of the messages of a conversation.

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
 * @property {{message: string, hint?: string, code?: number, log_id?: string} | null} error
 * @property {string} chatId
 * @property {number} tokens
 */

/** @param {string} question @returns {Turn} */
export function turn(question) {
  return { question, order: [], answers: {}, thought: '', tools: [], wanted: [], followUps: [], phase: 'running', error: null, chatId: '', tokens: 0 };
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {Turn} turn @param {any} message @param {boolean} whole not a piece of one */
function takeMessage(turn, message, whole) {
  const content = String(message.content ?? '');
  switch (message.type ?? 'answer') {
    case 'answer': {
      const id = message.id ?? '';
      if (!(id in turn.answers)) {
        turn.order.push(id);
        turn.answers[id] = '';
      }
      turn.answers[id] = whole ? content || turn.answers[id] : turn.answers[id] + content;
      if (!whole && message.reasoning_content) turn.thought += message.reasoning_content;
      if (whole && message.reasoning_content && !turn.thought) turn.thought = message.reasoning_content;
      break;
    }
    case 'function_call': {
      if (!whole) break;
      const call = parsed(content);
      const input = call?.arguments ?? call?.function?.arguments ?? content;
      turn.tools.push({ name: call?.name ?? call?.function?.name ?? message.type, input: typeof input === 'string' ? input : JSON.stringify(input), output: null });
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

/** Takes an event of the stream. @param {Turn} turn @param {string} event @param {any} data */
export function takeEvent(turn, event, data) {
  if (typeof data !== 'object' || data === null) return;
  if (event.startsWith('conversation.chat.') && data.id) turn.chatId = data.id;
  switch (event) {
    case 'conversation.message.delta':
      takeMessage(turn, data, false);
      break;
    case 'conversation.message.completed':
      takeMessage(turn, data, true);
      break;
    case 'conversation.chat.requires_action':
      turn.wanted = (data.required_action?.submit_tool_outputs?.tool_calls ?? []).map((/** @type {any} */ call) => ({
        id: call.id, name: call.function?.name ?? call.type, input: call.function?.arguments ?? '',
      }));
      break;
    case 'conversation.chat.completed':
      turn.tokens = data.usage?.token_count ?? 0;
      break;
    default:
  }
}

/** The turns of a conversation's messages, the oldest first. @param {any[]} messages */
export function turnsOf(messages) {
  /** @type {Turn[]} */
  const turns = [];
  for (const message of messages) {
    if (message.role === 'user') turns.push({ ...turn(String(message.content ?? '')), phase: 'done' });
    else {
      if (!turns.length) turns.push({ ...turn(''), phase: 'done' });
      takeMessage(turns[turns.length - 1], message, true);
    }
  }
  return turns;
}
