// The bot or the app of a chat: its name, its greeting, its pictures.

/**
 * @typedef {object} AgentInfo
 * @property {string} name
 * @property {string} icon
 * @property {string} prologue
 * @property {string[]} questions
 * @property {{web: string, mobile: string}} background
 * @property {'text' | 'voice'} input
 * @property {Shortcut[]} shortcuts
 */
/**
 * @typedef {object} Shortcut
 * @property {string} id
 * @property {string} name
 * @property {string} text the question that it asks
 */

/** @type {AgentInfo} */
export const NO_INFO = {
  name: '',
  icon: '',
  prologue: '',
  questions: [],
  background: { web: '', mobile: '' },
  input: 'text',
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
  const shortcuts = list(bot.shortcut_commands).map((each) => ({
    id: text(each && (each.id || each.command_id)),
    name: text(each && (each.name || each.command || each.shortcut_command)),
    text: text(each && (each.query_template || each.template_query || each.description)),
  }));
  return {
    name: text(bot.name),
    icon: text(bot.icon_url),
    ...greeting(bot.onboarding_info, user),
    background: background(bot.background_image_info),
    input: bot.default_user_input_type === 'voice' ? 'voice' : 'text',
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
    input: role.user_input_config && role.user_input_config.default_input_mode === 2 ? 'voice' : 'text',
    shortcuts: [],
  };
}
