// The last chat of each conversation, which an error about a running chat refers to.

import { makeCall } from './api.js';
import { listAt, parseJson, textAt } from './json.js';
import { load, save, scoped } from './store.js';

const NAME = 'chats';
const MAX_CHATS = 50;

/** @returns {Record<string, string>} the ids of chats, by conversation */
const known = () => load(scoped(NAME), {});

/**
 * Remembers the chat that an event or a response is about.
 * @param {import('./api.js').Line} line
 */
export function rememberChat(line) {
  const isChat = line.kind === 'event' && line.event.startsWith('conversation.chat.');
  if (!isChat && (line.kind !== 'body' || !line.text.includes('conversation_id'))) return;
  const data = parseJson(line.kind === 'event' ? line.data : line.text);
  const chat = isChat ? data : /** @type {{data?: unknown}} */ (data)?.data;
  const [conversation, id] = [textAt(chat, 'conversation_id'), textAt(chat, 'id')];
  // A message has a chat, too, but is not one.
  if (!conversation || !id || textAt(chat, 'role') || known()[conversation] === id) return;
  const others = Object.entries(known()).filter(([each]) => each !== conversation);
  save(scoped(NAME), Object.fromEntries([...others.slice(1 - MAX_CHATS), [conversation, id]]));
}

/**
 * Returns the id of the chat that runs in a conversation: the last one that this page knows, or
 * the one of the newest message.
 * @param {string} conversation_id
 */
export async function runningChat(conversation_id) {
  const id = known()[conversation_id];
  if (id || !conversation_id) return id ?? '';
  const values = { conversation_id, order: 'desc', limit: 1 };
  const call = { id: 'conversations.messages.list', values, stream: false };
  try {
    for await (const line of makeCall(call, new Map(), AbortSignal.timeout(10_000)))
      if (line.kind === 'body') return textAt(listAt(parseJson(line.text), 'data')[0], 'chat_id');
  } catch {
    // The user can still enter it.
  }
  return '';
}
