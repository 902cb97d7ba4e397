// Messages of the platform as entries of the chat.

/** @typedef {{type: 'text' | 'image' | 'file', text: string, url: string, name: string, size: number}} Part */
/**
 * @typedef {object} Question
 * @property {'question'} kind
 * @property {string} key
 * @property {string} id
 * @property {Part[]} parts
 * @property {string} quote
 */
/**
 * @typedef {object} Answer
 * @property {'answer'} kind
 * @property {string} key
 * @property {string} id
 * @property {string} text
 * @property {string} reasoning
 * @property {string} card JSON of a card, or nothing
 * @property {Part[]} files images and files
 * @property {'streaming' | 'done' | 'stopped'} state
 * @property {'' | 'like' | 'dislike'} feedback
 */
/**
 * @typedef {object} Tool
 * @property {'tool'} kind
 * @property {string} key
 * @property {string} id
 * @property {string} name
 * @property {string} input
 * @property {string} output
 * @property {boolean} isRunning
 */
/** @typedef {{kind: 'divider', key: string, id: string}} Divider */
/** @typedef {{kind: 'error', key: string, id: string, message: string, error?: unknown}} Failure */
/** @typedef {{version?: number} & (Question | Answer | Tool | Divider | Failure)} Entry */
/**
 * A message of the platform.
 * @typedef {{id?: string, role?: string, type?: string, content?: string, content_type?: string,
 *   reasoning_content?: string, section_id?: string, chat_id?: string,
 *   feedback?: {feedback_type?: string} | null}} Message
 */

let serial = 0;

/** Returns a key that no other entry has. */
export function newKey() {
  serial += 1;
  return `entry-${serial}`;
}

/** @param {string} text @returns {any} */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch (_) {
    return null;
  }
}

/** Returns a text part. @param {string} text @returns {Part} */
export function textPart(text) {
  return { type: 'text', text, url: '', name: '', size: 0 };
}

/**
 * Returns the part for an uploaded file.
 * @param {{url: string, isImage: boolean, name: string, size: number}} file @returns {Part}
 */
export function filePart({ url, isImage, name, size }) {
  return { type: isImage ? 'image' : 'file', text: '', url, name, size };
}

/** Returns the texts of a message. @param {Part[]} parts */
export function textOf(parts) {
  const texts = parts.filter((part) => part.type === 'text');
  return texts.map((part) => part.text).join('\n');
}

/** Returns the content of a message. @param {Message} message @returns {{parts: Part[], quote: string}} */
export function readQuestion(message) {
  const content = String(message.content || '');
  const items = message.content_type === 'object_string' ? parseJson(content) : null;
  if (!Array.isArray(items)) return { parts: [textPart(content)], quote: '' };
  /** @type {Part[]} */
  const parts = [];
  let quote = '';
  for (const item of items) {
    if (!item || typeof item !== 'object') continue;
    if (item.is_refer) quote = String(item.text || '');
    else if (item.type === 'text') parts.push(textPart(String(item.text || '')));
    else if (item.type === 'image' || item.type === 'file' || item.type === 'audio')
      parts.push({
        type: item.type === 'image' ? 'image' : 'file',
        text: '',
        url: String(item.file_url || ''),
        name: String(item.name || ''),
        size: Number(item.size || 0),
      });
  }
  return { parts, quote };
}

/**
 * Returns the body of a question.
 * @param {string} text @param {{id: string, url: string, isImage: boolean}[]} files
 * @param {string} quote
 */
export function writeQuestion(text, files, quote) {
  if (!files.length && !quote) return { role: 'user', content_type: 'text', content: text };
  const items = [
    ...(quote ? [{ type: 'text', text: quote, is_refer: true }] : []),
    ...files.map(({ id, isImage }) => ({ type: isImage ? 'image' : 'file', file_id: id })),
    ...(text ? [{ type: 'text', text }] : []),
  ];
  return { role: 'user', content_type: 'object_string', content: JSON.stringify(items) };
}

/** Returns a value as readable text. @param {unknown} value */
function readable(value) {
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  if (parsed === null || typeof parsed !== 'object') return String(value === undefined ? '' : value);
  return JSON.stringify(parsed, null, 2);
}

/** Returns the call of a tool. @param {Message} message @returns {Tool} */
export function readTool(message) {
  const call = parseJson(String(message.content || '')) || {};
  const name = call.name || call.plugin_name || call.tool_name || (call.function || {}).name || '';
  const input = call.arguments || call.args || (call.function || {}).arguments || '';
  return {
    kind: 'tool',
    key: newKey(),
    id: message.id || '',
    name: String(name),
    input: readable(input),
    output: '',
    isRunning: true,
  };
}

/**
 * Adds a complete message to the entries, and returns true if it is shown.
 * @param {Entry[]} entries @param {Message} message
 */
export function addMessage(entries, message) {
  const { id = '', content = '', role, type } = message;
  if (role === 'user' && (!type || type === 'question')) {
    entries.push({ kind: 'question', key: newKey(), id, ...readQuestion(message) });
  } else if (type === 'answer' || (role === 'assistant' && !type)) {
    entries.push(readAnswer(message));
  } else if (type === 'function_call') {
    entries.push(readTool(message));
  } else if (type === 'tool_response' || type === 'tool_output') {
    const open = entries.filter((entry) => entry.kind === 'tool' && entry.isRunning);
    const tool = /** @type {Tool | undefined} */ (open[0]);
    if (!tool) return false;
    tool.output = readable(content);
    tool.isRunning = false;
    change(tool);
  } else if (type === 'knowledge') {
    entries.push({ ...readTool({ id }), name: 'knowledge', output: content, isRunning: false });
  } else return false;
  return true;
}

/** @param {Message} message @returns {Answer} */
export function readAnswer(message) {
  const isCard = message.content_type === 'card';
  const { parts } = isCard ? { parts: [] } : readQuestion(message);
  const liked = message.feedback && message.feedback.feedback_type;
  return {
    kind: 'answer',
    key: newKey(),
    id: message.id || '',
    text: textOf(parts),
    reasoning: message.reasoning_content || '',
    card: isCard ? String(message.content || '') : '',
    files: parts.filter((part) => part.type !== 'text'),
    state: 'done',
    feedback: liked === 'like' ? 'like' : liked === 'unlike' ? 'dislike' : '',
  };
}

/** Marks an entry as changed, so that it is shown anew. @param {Entry} entry */
export function change(entry) {
  entry.version = (entry.version || 0) + 1;
}

/** Returns the context to which the first of some messages belongs. @param {Message[]} messages */
export function firstSection(messages) {
  const first = messages.find((message) => message.section_id);
  return (first && first.section_id) || '';
}

/**
 * Returns the entries of a page of messages, the oldest first, with a divider between contexts.
 * @param {Message[]} messages @param {string} [next] the context of the messages after the page
 */
export function readHistory(messages, next = '') {
  /** @type {Entry[]} */
  const entries = [];
  let section = '';
  for (const message of messages) {
    const changed = section && message.section_id && message.section_id !== section;
    if (changed) entries.push({ kind: 'divider', key: newKey(), id: '' });
    section = message.section_id || section;
    addMessage(entries, message);
  }
  if (section && next && next !== section) entries.push({ kind: 'divider', key: newKey(), id: '' });
  for (const entry of entries) if (entry.kind === 'tool') entry.isRunning = false;
  return entries;
}
