// The bot or the app of a chat: its name, its greeting, its pictures.

import { readShortcut } from './shortcut.js';

/**
 * @typedef {object} AgentInfo
 * @property {string} name
 * @property {string} icon
 * @property {string} prologue
 * @property {string[]} questions
 * @property {{web: string, mobile: string}} background
 * @property {unknown} suggestReply the settings of a chatflow for suggested questions, or nothing
 * @property {Shortcut[]} shortcuts
 */
/** @typedef {import('./shortcut.js').Shortcut} Shortcut */

/** @type {AgentInfo} */
export const NO_INFO = {
  name: '',
  icon: '',
  prologue: '',
  questions: [],
  background: { web: '', mobile: '' },
  suggestReply: null,
  shortcuts: [],
};

/** @param {any} value @returns {any[]} */
const list = (value) => (Array.isArray(value) ? value : []);

/** @param {any} value */
const text = (value) => (typeof value === 'string' ? value : '');

/** @param {any} info */
function background(info) {
  const url = (/** @type {any} */ picture) => text(picture && (picture.image_url || picture.url));
  const images = info || {};
  return { web: url(images.web_background_image), mobile: url(images.mobile_background_image) };
}

/** @param {any} info @param {string} user */
function greeting(info, user) {
  const { prologue, Prologue, suggested_questions, SuggestedQuestions } = info || {};
  const words = text(prologue) || text(Prologue);
  const questions = list(suggested_questions).concat(list(SuggestedQuestions)).map(text);
  return {
    prologue: words.replace(/\{\{user_name\}\}/g, user),
    questions: questions.filter((each, at) => each && questions.indexOf(each) === at),
  };
}

/** Reads a bot. @param {any} bot @param {string} user @returns {AgentInfo} */
export function readBot(bot, user) {
  const shortcuts = list(bot.shortcut_commands).map(readShortcut);
  return {
    name: text(bot.name),
    icon: text(bot.icon_url),
    ...greeting(bot.onboarding_info, user),
    background: background(bot.background_image_info),
    suggestReply: null,
    shortcuts: shortcuts.filter(({ id, name }) => id && name),
  };
}

/** Reads an app and its chatflow. @param {any} app @param {any} workflow @param {string} user @returns {AgentInfo} */
export function readApp(app, workflow, user) {
  const role = (workflow && workflow.role) || {};
  const greets = greeting(role.onboarding_info, user);
  const all = Boolean(role.onboarding_info && role.onboarding_info.display_all_suggestions);
  return {
    name: text(role.name) || text(app.name),
    icon: text(role.avatar && role.avatar.image_url) || text(app.icon_url),
    ...greets,
    questions: all ? greets.questions : greets.questions.slice(0, 3),
    background: background(role.background_image_info),
    suggestReply: role.suggest_reply_info || null,
    shortcuts: [],
  };
}
