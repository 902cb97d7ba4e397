// Searches the operations.

import { groupNames } from './i18n.js';
import { groupOf } from './model.js';

/** @typedef {import('./model.js').Operation} Operation */

/** Words that users search for, and the words of the operations that they mean. */
const SYNONYMS = [
  ['asr', 'stt', '语音识别', '语音转文字', '转写', 'audio.transcriptions'],
  ['tts', '语音合成', '文字转语音', '文本转语音', 'audio.speech'],
  ['rtc', '实时音视频', '实时语音', '音视频房间', 'audio.rooms'],
  ['voice clone', '声音复刻', '音色克隆', 'audio.voices.clone'],
  ['agent', '机器人', 'bot'],
  ['rag', 'knowledge', '知识库', '向量', 'datasets'],
  ['flow', '工作流', 'workflow'],
  ['sse', 'streaming', '流式', '.stream'],
  ['space', '空间', '团队', 'workspace'],
  ['message', '消息', 'messages'],
  ['function calling', 'tool call', '工具调用', '端插件', 'submit_tool_outputs'],
  ['upload', '上传', 'files.upload'],
  ['webhook', 'callback', 'event subscription', '回调', '事件订阅', 'api_apps.events'],
  ['whoami', '我是谁', 'users.me'],
  ['deprecated', '已弃用', '废弃', '已下线'],
];

/**
 * Returns the operations that contain every word, best matches first.
 * @param {Operation[]} operations @param {string} query @returns {Operation[]}
 */
export function search(operations, query) {
  const words = wordsOf(query);
  if (!words.length) return operations;
  return operations
    .map((operation, order) => ({ operation, order, score: score(operation, words) }))
    .filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map((found) => found.operation);
}

/**
 * Returns the words of a query. Latin and Chinese words need no space between them.
 * @param {string} query
 */
function wordsOf(query) {
  const text = query.toLowerCase().trim();
  // A synonym of several words stays together.
  const phrase = SYNONYMS.flat().find((each) => each.includes(' ') && each === text);
  if (phrase) return [phrase];
  return text
    .replace(/(?<=[a-z0-9])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[a-z0-9])/g, ' ')
    .split(/\s+/)
    .filter(Boolean);
}

/** Returns the synonyms of a word. @param {string} word */
function synonymsOf(word) {
  return SYNONYMS.filter((each) => each.includes(word)).flat();
}

/** The descriptions of the operations and their parameters in lower case, once they are loaded. @type {Record<string, string>} */
let descriptions = {};

/** Lets the search find words of descriptions and parameters, too. @param {Record<string, string>} texts by id */
export function setDescriptions(texts) {
  descriptions = texts;
}

/** @param {Operation} operation @param {string[]} words */
function score(operation, words) {
  const titles = [operation.summary, operation.page?.title ?? '', ...operation.other_summaries];
  const texts = {
    id: operation.id,
    path: `${operation.verb} ${operation.path}`.toLowerCase(),
    title: titles.join('\n').toLowerCase(),
    group: groupNames(groupOf(operation)).join('\n').toLowerCase(),
    permissions: (operation.permissions ?? []).join('\n').toLowerCase(),
    text: descriptions[operation.id] ?? '',
    deprecated: Boolean(operation.deprecated),
  };
  let sum = 0;
  for (const word of words) {
    const best = wordScore(texts, word) || synonymScore(texts, word);
    if (!best) return 0;
    sum += best;
  }
  return sum;
}

/**
 * @typedef {{id: string, path: string, title: string, group: string, permissions: string,
 *   text: string, deprecated: boolean}} Texts
 */

/** @param {Texts} texts @param {string} word */
function wordScore({ id, path, title, group, permissions }, word) {
  if (id === word) return 100;
  if (id.startsWith(word)) return 20;
  if (id.split(/[._]/).some((part) => part.startsWith(word))) return 12;
  if (id.includes(word)) return 8;
  if (title.includes(word)) return 5;
  if (group.includes(word)) return 3;
  return permissions.includes(word) || path.includes(word) ? 2 : 0;
}

/** Scores synonyms and, below them, the descriptions. @param {Texts} texts @param {string} word */
function synonymScore(texts, word) {
  const synonyms = synonymsOf(word);
  if (synonyms.includes('deprecated')) return texts.deprecated ? 4 : 0;
  if (synonyms.some((each) => texts.id.includes(each) || texts.title.includes(each))) return 4;
  // Short Latin words are parts of many others. A Chinese word has two characters.
  const isSearched = word.length > (/[^ -\u024f]/.test(word) ? 1 : 2);
  return isSearched && texts.text.includes(word) ? 1 : 0;
}
